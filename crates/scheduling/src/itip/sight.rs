//! Who is listed where in an object, as what (RFC 6638 sections 3.2.1 and 3.2.6).

use std::collections::BTreeMap;

use calendar::{
    Attendee, CalendarAddress, CalendarObject, Component, InstanceId, Partstat, Role, ScheduleAgent,
};

use super::role::is_wholly_cancelled;
use crate::directory::{Directory, LocalUser, Person, UserKind};
use crate::tree;

/// Where everybody but the organizer is listed, on lines that the server schedules.
pub(super) type Sight = BTreeMap<Person, Listing>;

/// One attendee.
pub(super) struct Listing {
    /// The address he is first listed by.
    pub(super) address: CalendarAddress,
    /// The components that name him and are not cancelled, in the order of the file.
    pub(super) lines: Vec<(InstanceId, Line)>,
}

/// One of his lines.
pub(super) struct Line {
    pub(super) standing: Standing,
    pub(super) partstat: Partstat,
}

/// What being on a line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// He takes part and is told.
    Told,
    /// Listed for information, never sent a message: ROLE=NON-PARTICIPANT without RSVP (design rule
    /// 1), or who is represented and wants to hear no more.
    Informed,
    /// Nobody here has the address, and mail does not reach it.
    Unknown,
}

impl Listing {
    pub(super) fn line(&self, id: InstanceId) -> Option<&Line> {
        self.lines.iter().find(|(at, _)| *at == id).map(|(_, line)| line)
    }

    pub(super) fn sees(&self, id: InstanceId) -> bool {
        self.line(id).is_some()
    }

    /// The line that counts for an instance: its own, else the master's.
    pub(super) fn line_for(&self, id: InstanceId) -> Option<&Line> {
        self.line(id).or_else(|| self.line(InstanceId::Master))
    }

    /// Whether he is told about an instance.
    pub(super) fn is_told(&self, id: InstanceId) -> bool {
        self.line_for(id).is_some_and(|line| line.standing == Standing::Told)
    }

    pub(super) fn ids(&self) -> Vec<InstanceId> {
        self.lines.iter().map(|(id, _)| *id).collect()
    }
}

/// Looks at who is to come, in an object whose organizer is `organizer`.
pub(super) fn look(object: &CalendarObject, organizer: &LocalUser, directory: &Directory) -> Sight {
    let parts = tree::parts(object).into_iter().filter(|(_, part)| !part.is_cancelled());
    look_at(parts, organizer, directory)
}

/// Looks at who is listed in an object that is removed: who is to come, or was when all of it was cancelled. RFC 6638
/// section 3.2.1.3 has each line looked at. Of those it was cancelled for before, who is elsewhere has had a CANCEL, and
/// a second mail would tell him nothing (design rule 11): their addresses.
pub(super) fn look_at_removed(
    object: &CalendarObject,
    organizer: &LocalUser,
    directory: &Directory,
) -> (Sight, Vec<CalendarAddress>) {
    if !is_wholly_cancelled(object) {
        return (look(object, organizer, directory), Vec::new());
    }
    let listed = look_at(tree::parts(object), organizer, directory).into_iter();
    let (here, elsewhere): (Sight, Sight) =
        listed.partition(|(person, _)| matches!(person, Person::Local(_)));
    (here, elsewhere.into_values().map(|listing| listing.address).collect())
}

fn look_at<'c>(
    parts: impl IntoIterator<Item = (InstanceId, &'c Component)>,
    organizer: &LocalUser,
    directory: &Directory,
) -> Sight {
    let mut sight = Sight::new();
    for (id, component) in parts {
        for (address, attendee) in tree::attendees(component) {
            // RFC 6638 section 3.2.1: never a message to the attendee who is the organizer.
            if organizer.has(&address) || attendee.schedule_agent() != ScheduleAgent::Server {
                continue;
            }
            // Its members are told, each on his own line; nobody reads what a group gets.
            if directory.find(&address).is_some_and(|user| user.kind == UserKind::Group) {
                continue;
            }
            let line = Line {
                standing: standing(&address, attendee, directory),
                partstat: attendee.partstat(),
            };
            let listing = sight
                .entry(directory.person(&address))
                .or_insert_with(|| Listing { address, lines: Vec::new() });
            match listing.lines.iter_mut().find(|(at, _)| *at == id) {
                None => listing.lines.push((id, line)),
                // By another of his addresses he may be told.
                Some((_, known)) if known.standing != Standing::Told => *known = line,
                Some(_) => {}
            }
        }
    }
    sight
}

fn standing(address: &CalendarAddress, attendee: Attendee<'_>, directory: &Directory) -> Standing {
    let user = directory.find(address);
    if user.is_none() && !attendee.is_mail() {
        return Standing::Unknown;
    }
    // A room or resource is always told: it is to be booked.
    let is_listed_only = attendee.role() == Role::NonParticipant && !attendee.rsvp();
    // RFC 5546 section 4.2.5: who sends somebody in his place says by RSVP whether he wants to hear more.
    let is_out = attendee.partstat() == Partstat::Delegated
        && attendee.property().param("RSVP").is_some_and(|rsvp| rsvp.eq_ignore_ascii_case("FALSE"));
    if is_out {
        return Standing::Informed;
    }
    if is_listed_only && !user.is_some_and(LocalUser::is_booked) {
        Standing::Informed
    } else {
        Standing::Told
    }
}
