//! When a calendar user is available: VAVAILABILITY and its AVAILABLE components (RFC 7953 §3.1).

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Timestamp;

use crate::Limits;
use crate::instances::{Instance, Instances, Series};
use crate::object::ComponentKind;
use crate::source::Component;
use crate::zone::{Zone, ZoneSet};

/// UIDs of one VAVAILABILITY that are looked at.
const MAX_UIDS: usize = 50;

/// The instances of all AVAILABLE components of a VAVAILABILITY that a window touches, one UID
/// after the other. Each recurs, is overridden and has an end as a VEVENT.
pub fn available<'a>(
    availability: &'a Component,
    zones: &'a ZoneSet,
    window: &Range<Timestamp>,
    floating: &Zone,
    limits: &Limits,
) -> Vec<Instance<'a>> {
    let mut by_uid: BTreeMap<_, Vec<&Component>> = BTreeMap::new();
    for component in availability.components().filter(|c| c.name() == "AVAILABLE") {
        let uid = component.property("UID").map(|uid| uid.to_text());
        by_uid.entry(uid).or_default().push(component);
    }
    let mut found = Vec::new();
    for components in by_uid.into_values().take(MAX_UIDS) {
        let (overrides, masters): (Vec<&Component>, Vec<&Component>) =
            components.into_iter().partition(|c| c.property("RECURRENCE-ID").is_some());
        let master = masters.first().copied();
        let series = Series::of(ComponentKind::Event, zones, true, master, overrides.into_iter());
        let left = Limits { max_instances: limits.max_instances - found.len(), ..*limits };
        found.extend(Instances::new(series, window.clone(), floating, &left));
    }
    found
}
