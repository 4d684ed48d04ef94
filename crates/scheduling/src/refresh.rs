//! Keeping the other attendees' copies in step with who comes (RFC 6638 section 4.2; design rule
//! 15).
//!
//! Invariants: his own line is never touched; only PARTSTAT changes (with RSVP, which asks for it), and after
//! a delegation the two lines; SEQUENCE stays; refreshing twice equals refreshing once.

use calendar::{Attendee, CalendarAddress, CalendarObject, Component, Property};

use crate::directory::LocalUser;
use crate::itip::Builder;
use crate::{ScheduleTag, tree};

/// A refreshed copy.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// The copy with the others' participation as the organizer has it.
    pub object: CalendarObject,
    /// Stays while only participation changed.
    pub schedule_tag: ScheduleTag,
}

/// Brings the others' participation in an attendee's copy up to date; none when it is.
pub fn refresh(
    organizer: &CalendarObject,
    copy: &CalendarObject,
    recipient: &LocalUser,
) -> Option<Refreshed> {
    let mut edited = copy.tree().clone();
    let mut schedule_tag = ScheduleTag::Keep;
    for ((id, local), component) in
        tree::parts(copy).into_iter().zip(tree::parts_mut(&mut edited, copy.kind().as_str()))
    {
        // Where only the copy has a component of its own, the series answers for that instance.
        let theirs = tree::instance(organizer, id)
            .filter(|theirs| names(theirs, recipient) && !local.is_cancelled());
        if theirs.is_some_and(|theirs| refresh_component(&theirs, component, recipient)) {
            schedule_tag = ScheduleTag::Change;
        }
    }
    for (id, theirs) in tree::parts(organizer) {
        let is_hidden = tree::part(copy, id).is_some() || tree::excluded(copy).contains(&id);
        if is_hidden || !names(theirs, recipient) || theirs.is_cancelled() {
            continue;
        }
        // Somebody answered for this instance alone: it is told apart from the series by
        // participation only.
        if let Some(mut component) = tree::instance(copy, id) {
            if refresh_component(theirs, &mut component, recipient) {
                schedule_tag = ScheduleTag::Change;
            }
            edited.push_component(component);
        }
    }
    let object = tree::if_edited(copy, edited)?;
    Some(Refreshed { object, schedule_tag })
}

fn names(component: &Component, user: &LocalUser) -> bool {
    tree::attendees(component).any(|(address, _)| user.has(&address))
}

/// Whether more than PARTSTAT changed.
fn refresh_component(theirs: &Component, component: &mut Component, recipient: &LocalUser) -> bool {
    let mut theirs = tree::lines_by_address(theirs);
    theirs.retain(|address, _| !recipient.has(address));
    let mut is_delegation = false;
    for line in component.properties_mut().filter(|line| tree::is_attendee(line)) {
        let Some(source) = tree::address(line).and_then(|address| theirs.remove(&address)) else {
            continue;
        };
        if delegation(line) != delegation(source) {
            *line = as_sent(source);
            is_delegation = true;
        } else if Attendee::new(line).partstat() != Attendee::new(source).partstat() {
            line.set_partstat(&Attendee::new(source).partstat());
            tree::copy_param(source, line, "RSVP");
        }
    }
    for source in theirs.into_values().filter(|source| !delegation(source).1.is_empty()) {
        component.push_property(as_sent(source));
        is_delegation = true;
    }
    is_delegation
}

/// Whom a line delegates to, and from whom it comes.
fn delegation(line: &Property) -> (Vec<CalendarAddress>, Vec<CalendarAddress>) {
    (Attendee::new(line).delegated_to(), Attendee::new(line).delegated_from())
}

/// A line as a message would bring it.
fn as_sent(line: &Property) -> Property {
    let mut line = line.clone();
    line.strip_schedule_parameters();
    line
}

/// The organizer's object as an attendee may see it (RFC 6638 section 3.2.6); none when it does not
/// name him.
pub(crate) fn as_seen_by(organizer: &CalendarObject, user: &LocalUser) -> Option<CalendarObject> {
    let component = organizer.components().find(|component| names(component, user))?;
    let (address, _) = tree::attendees(component).find(|(address, _)| user.has(address))?;
    let view = Builder { source: organizer, now: component.dtstamp().unwrap_or_default() }
        .view(&address)
        .ok()?;
    let mut tree = view.tree().clone();
    tree.remove_properties("METHOD");
    CalendarObject::from_tree(tree).ok()
}
