//! A PUBLISH arrives (RFC 5546 sections 3.2.1, 3.4.1 and 3.5.1).
//!
//! Nobody is asked anything by it, and anybody can send it: it stays in the inbox for its reader. What he has taken into
//! his calendar already follows it.

use calendar::CalendarObject;

use super::request::update;
use super::{Arrival, Merge};
use crate::itip::{SchedulingRole, role_of};
use crate::tree;

/// Brings a published event, task or journal entry up to date that the recipient has.
pub(super) fn apply(arrival: &Arrival<'_>) -> Merge {
    let message = arrival.message.content();
    let Some((organizer, line)) = message.components().find_map(tree::organizer) else {
        return Merge::unchanged(true, "a PUBLISH without ORGANIZER can't be merged", arrival);
    };
    let is_published = |copy: &&CalendarObject| {
        role_of(copy, arrival.recipient) == SchedulingRole::Unscheduled
            && copy.organizer().is_some()
            && arrival.is_organized_by(copy, &organizer)
    };
    match arrival.copy.filter(is_published) {
        Some(copy) if arrival.speaks_for(&organizer, line) => {
            update(arrival, copy, &organizer, &tree::parts(message))
        }
        _ => Merge::unchanged(true, "kept in the inbox for its reader to act on", arrival),
    }
}
