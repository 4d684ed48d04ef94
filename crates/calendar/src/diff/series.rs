//! Which instances the masters of two versions make.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Side;
use super::times::{Form, Times, same_zone};
use crate::instances::InstanceId;
use crate::recur::instant;

/// Instances that are compared one by one before the rules alone decide.
const COMPARED: usize = 10_000;

/// The instances that an EXDATE or RDATE of one version names and none of the other.
pub(super) fn named_in_one<'a>(
    old: &'a Times,
    new: &'a Times,
) -> impl Iterator<Item = Timestamp> + 'a {
    let excluded = old.excluded.symmetric_difference(&new.excluded).copied();
    let dates = old.dates.symmetric_difference(&new.dates).map(|(start, _)| *start);
    excluded.chain(dates).map(|(_, instant)| instant)
}

/// Whether RRULE, RDATE or EXDATE make instances that were not there, or put some at another time
/// (RFC 6638 §3.2.8). An instance with an override of its own is that component's concern.
pub(super) fn adds_or_moves(old: &Side<'_>, new: &Side<'_>) -> bool {
    if old.times.start != new.times.start {
        return false; // a reschedule already
    }
    let same_zone = same_zone(old.object, new.object);
    if same_zone && old.times.same_recurrence(&new.times) {
        return false;
    }
    if other_periods(&old.times, &new.times) {
        return true;
    }
    let is_new = |instant: Timestamp| {
        let id = InstanceId::Recurrence(instant);
        new.component(id).is_none() && old.component(id).is_none()
    };
    if same_zone && old.times.same_rules(&new.times) && !reinstates_days(&old.times, &new.times) {
        return named_in_one(&old.times, &new.times).any(|instant| {
            let is_in = |side: &Side<'_>| side.instances.contains(&instant.as_second());
            is_new(instant) && is_in(new) && !is_in(old)
        });
    }
    goes_beyond(old, new, is_new)
}

/// Whether an instance lasts as long as another RDATE period says (RFC 5545 §3.8.5.2).
fn other_periods(old: &Times, new: &Times) -> bool {
    let starts: BTreeSet<_> = old.dates.iter().map(|(start, _)| start).collect();
    new.dates.difference(&old.dates).any(|(start, _)| starts.contains(start))
}

/// Whether an EXDATE went that named, as a DATE, whatever began on that day.
fn reinstates_days(old: &Times, new: &Times) -> bool {
    let is_day = |(form, _): &(Form, Timestamp)| *form == Form::Date;
    old.start.is_some_and(|start| !is_day(&start))
        && old.excluded.difference(&new.excluded).any(is_day)
}

/// Walks along both series and looks for what only the new one has.
fn goes_beyond(old: &Side<'_>, new: &Side<'_>, is_new: impl Fn(Timestamp) -> bool) -> bool {
    let Some(new_series) = new.series.set() else { return false };
    let Some(old_series) = old.series.set() else { return true };
    let (mut old_at, mut new_at) = (old_series.cursor(i64::MIN), new_series.cursor(i64::MIN));
    let mut in_old = old_series.next(&mut old_at);
    for _ in 0..COMPARED {
        let Some(in_new) = new_series.next(&mut new_at) else { return false };
        while in_old.is_some_and(|in_old| in_old < in_new) {
            in_old = old_series.next(&mut old_at);
        }
        let is_there = in_old == Some(in_new);
        if !is_there && is_new(instant(in_new)) {
            return true;
        }
    }
    // So far nothing is new. What comes later can only be when the rules differ in more than their end,
    // or when the old one ends.
    !(old.times.is_endless() && old.times.same_rules_but_for_their_end(&new.times))
}
