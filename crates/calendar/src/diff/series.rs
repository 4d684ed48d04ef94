//! Which instances a master makes, before and after.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Side;
use crate::source::Component;

pub(super) fn has_instance(side: &Side<'_>, instant: Timestamp) -> bool {
    side.times.start.is_some_and(|(_, start)| start == instant)
        && !side.times.excluded.iter().any(|(_, at)| *at == instant)
}

pub(super) fn derived(side: &Side<'_>, instant: Timestamp) -> Option<Component> {
    if !has_instance(side, instant) {
        return None;
    }
    let master = side.object.master()?;
    let start = master.start()?;
    let mut component = master.clone();
    component.retain_properties(|p| !["RRULE", "RDATE", "EXDATE", "EXRULE"].contains(&p.name()));
    component.push_property(start.at(instant, side.object.zones()).to_property("RECURRENCE-ID"));
    Some(component)
}

/// The instances that an EXDATE or RDATE of one version names and none of the other.
pub(super) fn named_in_one(old: &Side<'_>, new: &Side<'_>) -> BTreeSet<Timestamp> {
    let excluded = old.times.excluded.symmetric_difference(&new.times.excluded);
    let added = old.times.dates.symmetric_difference(&new.times.dates).map(|(start, _)| start);
    excluded.chain(added).map(|(_, instant)| *instant).collect()
}

pub(super) fn adds_or_moves(old: &Side<'_>, new: &Side<'_>) -> bool {
    old.times.rules != new.times.rules && !new.times.rules.is_empty()
}
