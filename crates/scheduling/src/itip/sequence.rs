//! Counting SEQUENCE for the organizer (RFC 5546 section 2.1.4; design rule 7).

use std::collections::BTreeSet;

use calendar::{CalendarObject, Component, InstanceId};

use crate::tree;

/// Counts every component that is concerned, from the larger of the stored and the sent number; the
/// rest never sinks. What was no meeting before goes on from `last`, what was sent about one that is none any more.
pub(super) fn count(
    old: Option<&CalendarObject>,
    last: u32,
    new: &CalendarObject,
    concerned: &BTreeSet<InstanceId>,
    edited: &mut Component,
) {
    let kind = new.kind().as_str();
    for ((id, sent), component) in tree::parts(new).into_iter().zip(tree::parts_mut(edited, kind)) {
        let stored = old.and_then(|old| tree::part_for(old, id)).map_or(0, Component::sequence);
        let removed = old.map_or(0, |old| highest_of_removed(old, new, id));
        let mut number = sent.sequence().max(stored).max(last).max(removed);
        if concerned.contains(&id) {
            number = number.saturating_add(1);
        }
        if number != sent.sequence() {
            component.set_sequence(number);
        }
    }
}

/// Instances whose override is gone are described by another component from now on, by the master at last: its number must
/// pass theirs, so that what is said about them next counts as newer.
fn highest_of_removed(old: &CalendarObject, new: &CalendarObject, by: InstanceId) -> u32 {
    let is_described = |id| {
        let describing = || new.component_for(&id).map(|part| new.instance_id(part));
        by == InstanceId::Master || describing() == Some(by)
    };
    let gone = tree::parts(old).into_iter().filter(|(id, _)| {
        *id != InstanceId::Master && tree::part(new, *id).is_none() && is_described(*id)
    });
    gone.map(|(_, component)| component.sequence()).max().unwrap_or(0)
}
