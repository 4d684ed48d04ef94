//! Keeping the other attendees' copies in step with who comes (RFC 6638 section 4.2; design rule 15).
//!
//! Invariants: his own line is never touched; only PARTSTAT changes, and after a delegation the two lines; SEQUENCE
//! stays; refreshing twice equals refreshing once.

use calendar::{Attendee, CalendarObject, Component, Property};

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
        let theirs = tree::part(organizer, id)
            .filter(|theirs| names(theirs, recipient) && !local.is_cancelled());
        if theirs.is_some_and(|theirs| refresh_component(theirs, component, recipient)) {
            schedule_tag = ScheduleTag::Change;
        }
    }
    for (id, theirs) in tree::parts(organizer) {
        let is_hidden = tree::part(copy, id).is_some() || tree::excluded(copy).contains(&id);
        if is_hidden || !names(theirs, recipient) || theirs.is_cancelled() {
            continue;
        }
        // Somebody answered for this instance alone: it is told apart from the series by participation only.
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
    let mut is_delegation = false;
    for (address, line) in tree::attendees(theirs).filter(|(address, _)| !recipient.has(address)) {
        let own = component.attendee(&address).map(|own| own.property().clone());
        match own {
            Some(own) if delegation(Attendee::new(&own)) == delegation(line) => {
                if Attendee::new(&own).partstat() != line.partstat() {
                    let mut refreshed = own;
                    refreshed.set_partstat(&line.partstat());
                    tree::set_attendee(component, &address, refreshed);
                }
            }
            None if line.delegated_from().is_empty() => {}
            _ => {
                tree::set_attendee(component, &address, as_sent(line));
                is_delegation = true;
            }
        }
    }
    is_delegation
}

fn delegation(
    line: Attendee<'_>,
) -> (Vec<calendar::CalendarAddress>, Vec<calendar::CalendarAddress>) {
    (line.delegated_to(), line.delegated_from())
}

fn as_sent(line: Attendee<'_>) -> Property {
    let mut line = line.property().clone();
    line.strip_schedule_parameters();
    line
}

/// The organizer's object as an attendee may see it (RFC 6638 section 3.2.6); none when it does not name him.
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
