//! In which role a calendar's owner writes an object (RFC 6638 section 3.1), and what kind of write
//! it is.

use std::borrow::Cow;

use calendar::{
    CalendarAddress, CalendarObject, Component, ComponentKind, InstanceId, ScheduleAgent,
};

use super::{Change, SchedulingRole};
use crate::directory::LocalUser;
use crate::{Reason, Refusal, Verdict, refresh, summary, tree};

/// What is to be decided.
pub(super) enum Case<'a> {
    /// Nobody is told anything.
    Plain(SchedulingRole),
    /// The organizer creates, modifies or removes; only versions with attendees count.
    Organizer { old: Option<&'a CalendarObject>, new: Option<&'a CalendarObject> },
    /// An attendee writes his copy.
    Attendee { old: Cow<'a, CalendarObject>, new: &'a CalendarObject },
    /// An attendee stores an invitation that came another way.
    AttendeeCreates { new: &'a CalendarObject },
    /// An attendee removes his copy.
    AttendeeRemoves { old: &'a CalendarObject },
}

/// `CALDAV:same-organizer-in-all-components` (RFC 6638 section 3.2.4.2).
pub(super) fn check_same_organizer(object: Option<&CalendarObject>) -> Result<(), Refusal> {
    let Some(object) = object else { return Ok(()) };
    let mut organizers =
        object.components().filter_map(tree::organizer).map(|(address, _)| address);
    let Some(first) = organizers.next() else { return Ok(()) };
    match organizers.find(|other| *other != first) {
        None => Ok(()),
        Some(second) => Err(Refusal::SameOrganizerInAllComponents {
            first: first.as_str().to_owned(),
            second: second.as_str().to_owned(),
        }),
    }
}

/// The role of `owner` in an object.
///
/// An object is scheduled when it is an event or a task and names an organizer and at least one
/// attendee.
pub(crate) fn role_of(object: &CalendarObject, owner: &LocalUser) -> SchedulingRole {
    if !matches!(object.kind(), ComponentKind::Event | ComponentKind::Todo) {
        return SchedulingRole::Unscheduled;
    }
    let Some(organizer) = organizer_of(object) else { return SchedulingRole::Unscheduled };
    let mut attendees = object.components().flat_map(tree::attendees).peekable();
    if owner.has(&organizer) {
        let any = attendees.peek().is_some();
        return if any { SchedulingRole::Organizer } else { SchedulingRole::Unscheduled };
    }
    if attendees.any(|(address, _)| owner.has(&address)) {
        SchedulingRole::Attendee
    } else {
        SchedulingRole::Unscheduled
    }
}

pub(super) fn organizer_of(object: &CalendarObject) -> Option<CalendarAddress> {
    object.components().find_map(tree::organizer).map(|(address, _)| address)
}

/// SCHEDULE-AGENT of ORGANIZER: anything but SERVER leaves the object to the client (RFC 6638
/// section 3.2.2.3).
fn is_left_to_client(object: &CalendarObject) -> bool {
    object.organizer().is_some_and(|organizer| organizer.schedule_agent() != ScheduleAgent::Server)
}

/// Finds out what kind of write this is.
pub(super) fn classify<'a>(change: &Change<'a>) -> Result<Case<'a>, Refusal> {
    let role = |object: Option<&CalendarObject>| {
        object.map_or(SchedulingRole::Unscheduled, |object| role_of(object, change.writer))
    };
    let (before, after) = (role(change.old), role(change.new));
    if change.intent.silent {
        return Ok(Case::Plain(if change.new.is_some() { after } else { before }));
    }
    match (change.old, change.new) {
        (None, None) => Ok(Case::Plain(SchedulingRole::Unscheduled)),
        (Some(old), None) => Ok(match before {
            SchedulingRole::Unscheduled => Case::Plain(before),
            SchedulingRole::Organizer => Case::Organizer { old: Some(old), new: None },
            SchedulingRole::Attendee if is_left_to_client(old) => Case::Plain(before),
            SchedulingRole::Attendee => Case::AttendeeRemoves { old },
        }),
        (old, Some(new)) => match (before, after) {
            (SchedulingRole::Organizer, SchedulingRole::Organizer)
            | (SchedulingRole::Unscheduled, SchedulingRole::Organizer) => {
                check_whole(old, new)?;
                Ok(Case::Organizer { old, new: Some(new) })
            }
            (SchedulingRole::Organizer, _) => organizer_leaves(change, old, new),
            (SchedulingRole::Attendee, _) if old.is_some_and(is_wholly_cancelled) => {
                attendee_case(old, new, after)
            }
            (SchedulingRole::Attendee, SchedulingRole::Attendee) if is_left_to_client(new) => {
                Ok(Case::Plain(after))
            }
            (SchedulingRole::Attendee, _) => attendee_case(old, new, after),
            (SchedulingRole::Unscheduled, SchedulingRole::Attendee) if is_left_to_client(new) => {
                Ok(Case::Plain(after))
            }
            (SchedulingRole::Unscheduled, SchedulingRole::Attendee) => {
                invitation_from_elsewhere(change, new)
            }
            (SchedulingRole::Unscheduled, SchedulingRole::Unscheduled) => Ok(Case::Plain(after)),
        },
    }
}

/// Only attendees hold instances without the series that these belong to (RFC 4791 section 4.1, RFC 6638 section 3.2.6):
/// whoever organizes a meeting has all of it.
fn check_whole(old: Option<&CalendarObject>, new: &CalendarObject) -> Result<(), Refusal> {
    let lacks_series = |object: &CalendarObject| object.master().is_none();
    if !lacks_series(new) || old.is_some_and(lacks_series) {
        return Ok(());
    }
    Err(Refusal::organizer(
        "RECURRENCE-ID",
        "RECURRENCE-ID names an instance of a series that is missing here: an organizer stores the whole event.",
    ))
}

fn attendee_case<'a>(
    old: Option<&'a CalendarObject>,
    new: &'a CalendarObject,
    after: SchedulingRole,
) -> Result<Case<'a>, Refusal> {
    Ok(old.map_or(Case::Plain(after), |old| Case::Attendee { old: Cow::Borrowed(old), new }))
}

pub(super) fn is_wholly_cancelled(object: &CalendarObject) -> bool {
    object.components().all(Component::is_cancelled)
}

/// Why nobody is told of an object that looks like a meeting: its ORGANIZER is somebody else, and its
/// owner is not among the attendees.
pub(super) fn why_plain(change: &Change<'_>, role: SchedulingRole) -> Option<Reason> {
    let new =
        change.new.filter(|_| role == SchedulingRole::Unscheduled && !change.intent.silent)?;
    let organizer = new.components().find_map(|component| component.property("ORGANIZER"))?;
    let text = format!(
        "ORGANIZER {} is not the owner of this calendar, who is not invited either: kept as a note",
        organizer.value()
    );
    let has_attendees = new.components().any(|component| component.property("ATTENDEE").is_some());
    has_attendees.then(|| Reason::general(InstanceId::Master, Verdict::NotTold, text))
}

/// An organizer's object that is not one any more: the attendees are taken off, or the organizer
/// is.
fn organizer_leaves<'a>(
    change: &Change<'a>,
    old: Option<&'a CalendarObject>,
    new: &'a CalendarObject,
) -> Result<Case<'a>, Refusal> {
    let has_attendees = new.components().any(|component| component.property("ATTENDEE").is_some());
    match organizer_of(new) {
        Some(organizer) if !change.writer.has(&organizer) => Err(Refusal::organizer(
            "ORGANIZER",
            format!(
                "ORGANIZER can't be changed to {}: the event was organized by you.",
                summary::shown(&organizer)
            ),
        )),
        None if has_attendees => Err(Refusal::organizer(
            "ORGANIZER",
            "ORGANIZER can't be removed while there are ATTENDEEs: remove these as well, or delete the event.",
        )),
        _ => Ok(Case::Organizer { old, new: Some(new) }),
    }
}

/// An object whose organizer is somebody else and that was not here before (RFC 6638 section
/// 3.2.2.2).
fn invitation_from_elsewhere<'a>(
    change: &Change<'a>,
    new: &'a CalendarObject,
) -> Result<Case<'a>, Refusal> {
    let Some(organizer) = organizer_of(new) else {
        return Ok(Case::Plain(SchedulingRole::Unscheduled));
    };
    if change.directory.find(&organizer).is_none() {
        return Ok(Case::AttendeeCreates { new });
    }
    // A local organizer's own object says what the invitation is; without one that names the writer
    // there is none.
    let invitation =
        change.organizers.and_then(|object| refresh::as_seen_by(object, change.writer));
    match invitation {
        Some(old) => Ok(Case::Attendee { old: Cow::Owned(old), new }),
        None => Err(Refusal::attendee(
            "ORGANIZER",
            format!(
                "The ORGANIZER {} has not invited you to this; only the organizer can create it.",
                summary::shown(&organizer)
            ),
        )),
    }
}
