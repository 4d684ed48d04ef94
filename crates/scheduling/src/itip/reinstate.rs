//! An attendee takes back that he left an instance out: the EXDATE that he had added to his copy is gone, or, where he
//! is in single instances only, the component that he had taken out is there again.
//!
//! RFC 6638 section 3.2.2.1 lets him add an EXDATE, which declines, and change his PARTSTAT, which is an answer: having
//! declined an instance does not keep him from coming after all. So the instance is compared as one that he has and
//! had declined, and he says of it what he says now. What the organizer left out stays out.

use std::collections::BTreeSet;

use calendar::{CalendarObject, Component, InstanceId, Partstat};
use jiff::Timestamp;

use super::Change;
use super::attendee::{declining, own_line};
use super::organizer::rebuilt;
use crate::{Refusal, refresh, tree};

/// Both versions as if he had never left the instances out.
pub(super) struct Reinstated {
    pub(super) stored: CalendarObject,
    pub(super) sent: CalendarObject,
}

/// Brings back what he had left out himself and leaves out no more; none when there is no such instance.
pub(super) fn apply(
    change: &Change<'_>,
    stored: &CalendarObject,
    sent: &CalendarObject,
) -> Result<Option<Reinstated>, Refusal> {
    let taken_back = taken_back(change, stored, sent);
    if taken_back.is_empty() {
        return Ok(None);
    }
    let kind = stored.kind().as_str();
    let organizers =
        change.organizers.and_then(|meeting| refresh::as_seen_by(meeting, change.writer));
    let (mut stored_tree, mut sent_tree) = (stored.tree().clone(), sent.tree().clone());
    for (id, instant) in taken_back {
        let mut whole = stored.tree().clone();
        if let Some(series) = tree::master_mut(&mut whole, kind) {
            series.reinstate(instant, stored.zones());
        }
        let known =
            organizers.as_ref().map_or_else(|| rebuilt(whole), |known| Ok(known.clone()))?;
        let declined = declining(change, &known, id).filter(|part| !part.is_cancelled());
        let Some(declined) = declined else { continue };
        for tree in [&mut stored_tree, &mut sent_tree] {
            if let Some(series) = tree::master_mut(tree, kind) {
                series.reinstate(instant, stored.zones());
            }
        }
        if tree::part(sent, id).is_none() {
            sent_tree.push_component(as_the_series(change, sent, declined.clone()));
        }
        if tree::part(stored, id).is_none() {
            stored_tree.push_component(declined);
        }
    }
    Ok(Some(Reinstated { stored: rebuilt(stored_tree)?, sent: rebuilt(sent_tree)? }))
}

/// The instances that he left out, and leaves out no more; or answers anew, where what describes all later ones is there
/// though its own instance is left out.
fn taken_back(
    change: &Change<'_>,
    stored: &CalendarObject,
    sent: &CalendarObject,
) -> Vec<(InstanceId, Timestamp)> {
    let still_out = tree::excluded(sent);
    let says = |object: &CalendarObject, id| {
        tree::part(object, id).and_then(|part| Some(own_line(change, part)?.1.partstat()))
    };
    let answers_anew = |id| {
        let now = says(sent, id).filter(|now| *now != Partstat::Declined);
        now.is_some() && now != says(stored, id)
    };
    let is_back = |id: &InstanceId| !still_out.contains(id) || answers_anew(*id);
    let left_out: BTreeSet<InstanceId> = match stored.master() {
        Some(_) => tree::excluded(stored).into_iter().filter(is_back).collect(),
        None => without_series(stored, sent).collect(),
    };
    let is_own = |id| change.remembered.own(change.writer, id).is_some();
    left_out
        .into_iter()
        .filter_map(|id| match id {
            InstanceId::Recurrence(instant) if is_own(id) => Some((id, instant)),
            _ => None,
        })
        .collect()
}

/// The instances that he has in single components only, of those that he had not.
fn without_series<'a>(
    stored: &'a CalendarObject,
    sent: &'a CalendarObject,
) -> impl Iterator<Item = InstanceId> + 'a {
    let ids = tree::parts(sent).into_iter().map(|(id, _)| id);
    ids.filter(|id| tree::part(stored, *id).is_none())
}

/// An instance of which he says nothing by itself: he says of it what he says of the series.
fn as_the_series(change: &Change<'_>, sent: &CalendarObject, mut instance: Component) -> Component {
    let Some((_, said)) = sent.master().and_then(|series| own_line(change, series)) else {
        return instance;
    };
    for line in instance.properties_mut().filter(|line| tree::is_attendee(line)) {
        if tree::address(line).is_some_and(|address| change.writer.has(&address)) {
            for parameter in ["PARTSTAT", "DELEGATED-TO", "RSVP"] {
                tree::copy_param(said.property(), line, parameter);
            }
        }
    }
    instance
}
