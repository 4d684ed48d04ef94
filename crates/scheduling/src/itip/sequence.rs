//! Counting SEQUENCE for the organizer (RFC 5546 section 2.1.4; design rule 7).

use std::collections::{BTreeMap, BTreeSet};

use calendar::{CalendarObject, Component, InstanceId};

use crate::{Answers, tree};

/// Counts every component that is concerned, from the larger of the stored and the sent number; the
/// rest never sinks. What was no meeting before goes on from `last`, what was sent about one that is none any more.
pub(super) fn count(
    old: Option<&CalendarObject>,
    (remembered, last): (&Answers, u32),
    new: &CalendarObject,
    concerned: &BTreeSet<InstanceId>,
    edited: &mut Component,
) {
    let kind = new.kind().as_str();
    let taken_over = old.map(|old| taken_over(old, remembered, new)).unwrap_or_default();
    for ((id, sent), component) in tree::parts(new).into_iter().zip(tree::parts_mut(edited, kind)) {
        let stored = old.and_then(|old| tree::part_for(old, id)).map_or(0, Component::sequence);
        let taken_over = taken_over.get(&id).copied().unwrap_or(0);
        let mut number = sent.sequence().max(stored).max(last).max(taken_over);
        if concerned.contains(&id) {
            number = number.saturating_add(1);
        }
        if number != sent.sequence() {
            component.set_sequence(number);
        }
    }
}

/// Instances whose override is gone are described by another component from now on, by the master at last, and so are those
/// that come back: its number must pass theirs, so that what is said about them next counts as newer.
fn taken_over(
    old: &CalendarObject,
    remembered: &Answers,
    new: &CalendarObject,
) -> BTreeMap<InstanceId, u32> {
    let mut numbers: BTreeMap<InstanceId, u32> = BTreeMap::new();
    let mut pass = |by: InstanceId, number: u32| {
        let known = numbers.entry(by).or_default();
        *known = number.max(*known);
    };
    let is_own = |id: InstanceId| id == InstanceId::Master || tree::part(new, id).is_some();
    let describing = |id: InstanceId| new.component_for(&id).map(|part| new.instance_id(part));
    // What would describe a date that is left out, if it came back.
    let left_out = tree::excluded(new);
    let reaching = |id: InstanceId| {
        let earlier = tree::parts(new)
            .into_iter()
            .filter(|(at, part)| left_out.contains(&id) && *at < id && part.is_this_and_future());
        earlier.map(|(at, _)| at).max()
    };
    for (id, part) in tree::parts(old).into_iter().filter(|(id, _)| !is_own(*id)) {
        pass(InstanceId::Master, part.sequence());
        // Who is in these dates alone hears a CANCEL, with the next number; the series counts on by itself.
        let later = describing(id).or_else(|| reaching(id)).filter(|by| *by != InstanceId::Master);
        later.into_iter().for_each(|by| pass(by, part.sequence().saturating_add(1)));
    }
    for (id, number) in remembered.rescheduled().filter(|(id, _)| !is_own(*id)) {
        describing(id).into_iter().for_each(|by| pass(by, number));
    }
    // The CANCEL of a date that was left out had the number after that of what described it.
    let before = tree::parts(old).into_iter().filter(|(_, part)| part.is_this_and_future());
    if let Some(last) = before.map(|(_, part)| part.sequence()).max() {
        let back = tree::excluded(old).into_iter().filter(|id| !left_out.contains(id));
        back.filter_map(describing).for_each(|by| pass(by, last.saturating_add(1)));
    }
    numbers
}
