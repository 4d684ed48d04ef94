//! What changed between two versions of an object, instance by instance (RFC 6638 §3.2.8,
//! RFC 5546 §2.1.4).
//!
//! Invariants: spelling is no difference (folding, order of properties, parameters and rule parts, DTEND
//! or DURATION, one TZID or another for the same instants, values that are the default); an object
//! does not differ from itself; swapping old and new swaps added and removed.

mod canonical;
mod series;
mod times;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use canonical::{attendee_list, content};
use times::Times;

use crate::instances::InstanceId;
use crate::object::CalendarObject;
use crate::recur::{RecurrenceSet, Timeline};
use crate::source::Component;
use crate::zone::ZoneSet;

/// The differences between two versions of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectDiff {
    /// One for the master and one for each instance that differs, in the order of their identities.
    ///
    /// An instance has its own entry when it is named in one of the versions: by an override, an EXDATE
    /// or an RDATE. What a changed rule adds or takes away shows in the master's entry alone.
    pub instances: Vec<InstanceDiff>,
}

/// How one instance differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceDiff {
    /// Which instance.
    pub id: InstanceId,
    /// Whether it is in both versions.
    pub kind: DiffKind,
    /// The names of the properties that differ in what they mean; those of inner components as well
    /// (`VALARM`). Times go by one name however they are written: DTEND, or DUE for a task, also where
    /// it is DURATION that changed. Empty for an instance that was added or removed.
    pub properties: BTreeSet<String>,
    /// Whether it is a reschedule: exactly the table of RFC 6638 §3.2.8.
    pub rescheduled: bool,
    /// Whether SEQUENCE counts it: RFC 5546 §2.1.4, and by house rule LOCATION and who attends.
    pub significant: bool,
    /// Whether it is a change that others are told of.
    pub changed: bool,
}

/// Whether an instance is in both versions of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffKind {
    /// Only in the new one.
    Added,
    /// Only in the old one.
    Removed,
    /// In both.
    Changed,
}

/// RFC 5546 §2.1.4, and EXRULE, which RFC 5545 dropped but which still means instances.
const REVISED: [&str; 9] =
    ["DTSTART", "DTEND", "DURATION", "DUE", "RRULE", "RDATE", "EXDATE", "EXRULE", "STATUS"];

/// What else others are told of (design rule 4); the attendee list is compared apart.
const TOLD: [&str; 9] = [
    "SUMMARY",
    "DESCRIPTION",
    "LOCATION",
    "GEO",
    "URL",
    "CONFERENCE",
    "ATTACH",
    "PRIORITY",
    "RECURRENCE-ID",
];

/// Compares two versions of an object.
pub fn diff(old: &CalendarObject, new: &CalendarObject) -> ObjectDiff {
    let (old, new) = (Side::of(old), Side::of(new));
    let mut entries = BTreeMap::new();
    entries.extend(diff_masters(&old, &new).map(|entry| (entry.id, entry)));
    let overridden = old.components.keys().chain(new.components.keys());
    let named = series::named_in_one(&old, &new).into_iter().map(InstanceId::Recurrence);
    for id in overridden.copied().chain(named) {
        if let InstanceId::Recurrence(instant) = id
            && !entries.contains_key(&id)
        {
            entries.extend(diff_instance(&old, &new, instant).map(|entry| (id, entry)));
        }
    }
    ObjectDiff { instances: entries.into_values().collect() }
}

/// One version.
struct Side<'a> {
    object: &'a CalendarObject,
    components: BTreeMap<InstanceId, &'a Component>,
    /// Of the master.
    times: Times,
    /// The instances that the master makes.
    series: Option<RecurrenceSet>,
}

impl<'a> Side<'a> {
    fn of(object: &'a CalendarObject) -> Self {
        let components = object.components().map(|c| (object.instance_id(c), c)).collect();
        let zones = object.zones();
        let times = object.master().map(|master| Times::of(master, zones)).unwrap_or_default();
        let series = object.master().and_then(|master| {
            let timeline = Timeline::new(&master.start()?, zones);
            Some(RecurrenceSet::new(master, timeline, zones))
        });
        Self { object, components, times, series }
    }

    fn component(&self, id: InstanceId) -> Option<&'a Component> {
        self.components.get(&id).copied()
    }
}

impl ObjectDiff {
    /// The difference of this instance.
    pub fn of(&self, id: InstanceId) -> Option<&InstanceDiff> {
        self.instances.iter().find(|entry| entry.id == id)
    }

    /// Whether nothing differs but spelling.
    pub fn is_empty(&self) -> bool {
        self.instances.is_empty()
    }
}

impl InstanceDiff {
    /// An instance that is in one version only. One that is new has been answered by nobody.
    fn whole(id: InstanceId, kind: DiffKind) -> Self {
        Self {
            id,
            kind,
            properties: BTreeSet::new(),
            rescheduled: kind == DiffKind::Added,
            significant: true,
            changed: true,
        }
    }
}

fn diff_masters(old: &Side<'_>, new: &Side<'_>) -> Option<InstanceDiff> {
    let id = InstanceId::Master;
    let (old_master, new_master) = match (old.component(id), new.component(id)) {
        (Some(old_master), Some(new_master)) => (old_master, new_master),
        (Some(_), None) => return Some(InstanceDiff::whole(id, DiffKind::Removed)),
        (None, Some(_)) => return Some(InstanceDiff::whole(id, DiffKind::Added)),
        (None, None) => return None,
    };
    let mut entry = compare(
        (old_master, old.object.zones(), &old.times),
        (new_master, new.object.zones(), &new.times),
        id,
    );
    if series::adds_or_moves(old, new) {
        // The same words in another zone: the later instances are at other times.
        let moved = || InstanceDiff {
            id,
            kind: DiffKind::Changed,
            properties: BTreeSet::from(["DTSTART".to_owned()]),
            rescheduled: true,
            significant: true,
            changed: true,
        };
        entry.get_or_insert_with(moved).rescheduled = true;
    }
    entry
}

/// An instance is its override, or what the master makes of it.
fn diff_instance(old: &Side<'_>, new: &Side<'_>, instant: Timestamp) -> Option<InstanceDiff> {
    let id = InstanceId::Recurrence(instant);
    let (in_old, in_new) = (old.component(id), new.component(id));
    if in_old.is_none() && in_new.is_none() {
        // As the masters have it: their entry says how the two differ.
        return match (series::has_instance(old, instant), series::has_instance(new, instant)) {
            (false, true) => Some(InstanceDiff::whole(id, DiffKind::Added)),
            (true, false) => Some(InstanceDiff::whole(id, DiffKind::Removed)),
            _ => None,
        };
    }
    let or_derived = |component: Option<&Component>, side: &Side<'_>| match component {
        Some(component) => Some(component.clone()),
        None if series::has_instance(side, instant) => side.object.derive_override(&id),
        None => None,
    };
    match (or_derived(in_old, old), or_derived(in_new, new)) {
        (Some(in_old), Some(in_new)) => {
            let (old_zones, new_zones) = (old.object.zones(), new.object.zones());
            let (old_times, new_times) =
                (Times::of(&in_old, old_zones), Times::of(&in_new, new_zones));
            compare((&in_old, old_zones, &old_times), (&in_new, new_zones, &new_times), id)
        }
        (Some(_), None) => Some(InstanceDiff::whole(id, DiffKind::Removed)),
        (None, Some(_)) => Some(InstanceDiff::whole(id, DiffKind::Added)),
        (None, None) => None,
    }
}

/// A component, the zones that its TZIDs mean, and its times in these.
type Timed<'a> = (&'a Component, &'a ZoneSet, &'a Times);

fn compare(
    (old, old_zones, old_times): Timed<'_>,
    (new, new_zones, new_times): Timed<'_>,
    id: InstanceId,
) -> Option<InstanceDiff> {
    let differing = old_times.differing(new_times, new.name());
    let mut properties: BTreeSet<String> = differing.map(str::to_owned).collect();
    let moved = old_times.start != new_times.start || old_times.end != new_times.end;

    let (old_content, new_content) = (content(old, old_zones), content(new, new_zones));
    let names = old_content.keys().chain(new_content.keys());
    properties
        .extend(names.filter(|&name| old_content.get(name) != new_content.get(name)).cloned());
    if properties.is_empty() {
        return None;
    }
    let (old_list, new_list) = (attendee_list(old), attendee_list(new));
    let revised = REVISED.iter().any(|&name| properties.contains(name));
    let reaches = properties.contains("RECURRENCE-ID");
    let other_people = !old_list.keys().eq(new_list.keys());
    let significant = revised || reaches || properties.contains("LOCATION") || other_people;
    let told = TOLD.iter().any(|&name| properties.contains(name));
    Some(InstanceDiff {
        id,
        kind: DiffKind::Changed,
        rescheduled: moved || reaches,
        significant,
        changed: significant || told || old_list != new_list,
        properties,
    })
}

#[cfg(test)]
mod tests;
