//! Overrides that an organizer's object does not have as his client wrote it.
//!
//! An attendee's answer to one instance makes an override in the organizer's object, and so does his sending somebody
//! else there. A client that writes the series without having seen it does not take that back (design rule 3). An
//! instance that goes back to the time of its series is asked about again, so it keeps an override as well. And one that
//! the series leaves out has none.

use calendar::diff::ObjectDiff;
use calendar::{Attendee, CalendarObject, Component, InstanceId, Partstat};

use super::organizer::rebuilt;
use crate::{Reason, Refusal, Verdict, tree};

/// The object without the overrides of instances that its EXDATEs leave out, when it has such: EXDATE takes an instance
/// out of the recurrence set, and RECURRENCE-ID names one that is in it (RFC 5545 sections 3.8.5.1 and 3.8.4.4). One
/// that describes later instances as well begins with the first of these.
pub(super) fn drop_excluded(
    new: &CalendarObject,
    reasons: &mut Vec<Reason>,
) -> Result<Option<CalendarObject>, Refusal> {
    let excluded = tree::excluded(new);
    let is_dropped =
        |(id, part): &(InstanceId, &Component)| excluded.contains(id) && !part.is_cancelled();
    let dropped: Vec<_> = tree::parts(new).into_iter().filter(is_dropped).collect();
    if dropped.is_empty() {
        return Ok(None);
    }
    let (kind, mut tree) = (new.kind().as_str(), new.tree().clone());
    let mut ids = tree::parts(new).into_iter().map(|(id, _)| id);
    tree.retain_components(|component| {
        let is_kept = |id| dropped.iter().all(|(at, _)| *at != id);
        component.name() != kind || ids.next().is_none_or(is_kept)
    });
    for (id, part) in dropped {
        if part.is_this_and_future()
            && let Some(next) = tree::next_described(new, id)
        {
            tree.push_component(next);
        }
        let text = "it is left out by EXDATE, and its component with it";
        reasons.push(Reason::general(id, Verdict::PutBack, text));
    }
    rebuilt(tree).map(Some)
}

/// The new object with the overrides that only held answers, when it lacks such.
pub(super) fn keep_answers(
    old: &CalendarObject,
    new: &CalendarObject,
    differences: &ObjectDiff,
    reasons: &mut Vec<Reason>,
) -> Result<Option<CalendarObject>, Refusal> {
    if differences.of(InstanceId::Master).is_some_and(|item| item.rescheduled) {
        return Ok(None);
    }
    let mut tree = new.tree().clone();
    let mut has_kept = false;
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
        if id == InstanceId::Master || component.is_cancelled() || tree::part(new, id).is_some() {
            continue;
        }
        let is_moved = differences.of(id).is_some_and(|item| item.rescheduled);
        let answer = kept(old, new, id, component)
            .map(|kept| (kept, "the answer to this instance is the attendee's own: kept"));
        let text = "it goes back to the time of the series: everybody is asked again";
        let asked = || Some((asked_again(old, new, id).filter(|_| is_moved)?, text));
        if let Some((kept, text)) = answer.or_else(asked) {
            tree.push_component(kept);
            reasons.push(Reason::general(id, Verdict::PutBack, text));
            has_kept = true;
        }
    }
    has_kept.then(|| rebuilt(tree)).transpose()
}

fn kept(
    old: &CalendarObject,
    new: &CalendarObject,
    id: InstanceId,
    component: &Component,
) -> Option<Component> {
    let was = tree::by_the_series(old, id)?;
    if !tree::differ_in_answers_only(&was, component, |_| true) {
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
    for (address, line) in answers {
        let delegators = Attendee::new(line).delegated_from();
        let is_sent = delegators.iter().any(|from| kept.attendee(from).is_some());
        if is_sent && kept.attendee(&address).is_none() {
            kept.push_property(line.clone());
        }
    }
    has_answers.then_some(kept)
}

/// An override for an instance whose override was taken back with its time, if answers to the series
/// would stand for it otherwise (RFC 6638 section 3.2.8).
fn asked_again(old: &CalendarObject, new: &CalendarObject, id: InstanceId) -> Option<Component> {
    let series = old.master()?;
    let organizer = tree::organizer(series).map(|(address, _)| address);
    let is_answered = tree::attendees(series).any(|(address, line)| {
        Some(&address) != organizer.as_ref() && line.partstat() != Partstat::NeedsAction
    });
    if is_answered { new.derive_override(&id) } else { None }
}
