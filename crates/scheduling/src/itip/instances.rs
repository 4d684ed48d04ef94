//! Answers to single instances that an organizer's client does not know of (design rule 3).
//!
//! An attendee's answer to one instance makes an override in the organizer's object. A client that
//! writes the series without having seen it does not take the answer back by that.

use calendar::diff::ObjectDiff;
use calendar::{CalendarObject, Component, InstanceId};

use super::organizer::rebuilt;
use crate::{Reason, Refusal, Verdict, tree};

/// The new object with the overrides that only held answers, when it lacks such.
pub(super) fn keep_answers(
    old: &CalendarObject,
    new: &CalendarObject,
    differences: &ObjectDiff,
) -> Result<Option<(CalendarObject, Vec<Reason>)>, Refusal> {
    if differences.of(InstanceId::Master).is_some_and(|item| item.rescheduled) {
        return Ok(None);
    }
    let mut tree = new.tree().clone();
    let mut reasons = Vec::new();
    // From there on all is at another time.
    let moved = tree::parts(new)
        .into_iter()
        .filter(|(_, part)| part.is_this_and_future())
        .map(|(id, _)| id)
        .find(|id| differences.of(*id).is_some_and(|item| item.rescheduled));
    for (id, component) in tree::parts(old) {
        if moved.is_some_and(|moved| moved <= id) {
            continue;
        }
        if let Some(kept) = kept(old, new, id, component) {
            tree.push_component(kept);
            let text = "the answer to this instance is the attendee's own: kept";
            reasons.push(Reason::general(id, Verdict::PutBack, text));
        }
    }
    if reasons.is_empty() { Ok(None) } else { Ok(Some((rebuilt(tree)?, reasons))) }
}

fn kept(
    old: &CalendarObject,
    new: &CalendarObject,
    id: InstanceId,
    component: &Component,
) -> Option<Component> {
    if id == InstanceId::Master || component.is_cancelled() || tree::part(new, id).is_some() {
        return None;
    }
    let was = tree::by_the_series(old, id)?;
    if !tree::differ_in_participation_only(&was, component, |_| true) {
        return None;
    }
    let mut kept = new.derive_override(&id)?;
    kept.set_this_and_future(component.is_this_and_future());
    let answers = tree::lines_by_address(component);
    let mut has_answers = false;
    for line in kept.properties_mut().filter(|line| tree::is_attendee(line)) {
        let Some(answer) = tree::address(line).and_then(|address| answers.get(&address).copied())
        else {
            continue;
        };
        for parameter in ["PARTSTAT", "DELEGATED-TO", "DELEGATED-FROM", "RSVP", "SCHEDULE-STATUS"] {
            tree::copy_param(answer, line, parameter);
        }
        has_answers = true;
    }
    has_answers.then_some(kept)
}
