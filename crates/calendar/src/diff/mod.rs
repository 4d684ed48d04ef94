//! What changed between two versions of an object, instance by instance (RFC 6638 §3.2.8,
//! RFC 5546 §2.1.4).
//!
//! Invariants: spelling is no difference (folding, order of properties, parameters and rule parts, DTEND
//! or DURATION, one TZID or another for the same instants, values that are the default); an object
//! does not differ from itself; swapping old and new swaps added and removed.

mod canonical;
mod series;
mod times;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use canonical::{attendee_list, content, own_lines};
use times::Times;

use crate::instances::{InstanceId, Series};
use crate::object::CalendarObject;
use crate::recur::instant;
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
const TOLD: [&str; 11] = [
    "SUMMARY",
    "DESCRIPTION",
    "LOCATION",
    "GEO",
    "URL",
    "CONFERENCE",
    "ATTACH",
    "PRIORITY",
    "PERCENT-COMPLETE",
    "COMPLETED",
    "RECURRENCE-ID",
];

/// Compares two versions of an object.
pub fn diff(old: &CalendarObject, new: &CalendarObject) -> ObjectDiff {
    let (mut old, mut new) = (Side::of(old), Side::of(new));
    let ids: BTreeSet<i64> = series::named_in_one(&old.times, &new.times)
        .chain(old.overridden())
        .chain(new.overridden())
        .map(Timestamp::as_second)
        .collect();
    old.find_instances(&ids);
    new.find_instances(&ids);
    let instances = ids.into_iter().filter_map(|id| diff_instance(&old, &new, id));
    ObjectDiff { instances: diff_masters(&old, &new).into_iter().chain(instances).collect() }
}

/// One version.
struct Side<'a> {
    object: &'a CalendarObject,
    components: BTreeMap<InstanceId, &'a Component>,
    /// Of the master.
    times: Times,
    series: Series<'a>,
    /// Which of the instances that are compared the master makes.
    instances: BTreeSet<i64>,
}

impl<'a> Side<'a> {
    fn of(object: &'a CalendarObject) -> Self {
        let components = object.components().map(|c| (object.instance_id(c), c)).collect();
        let times = object.master().map(|master| Times::of(master, object.zones()));
        Self {
            object,
            components,
            times: times.unwrap_or_default(),
            series: Series::new(object),
            instances: BTreeSet::new(),
        }
    }

    fn find_instances(&mut self, ids: &BTreeSet<i64>) {
        let set = self.series.set();
        self.instances = set.and_then(|set| set.among(ids)).unwrap_or_default();
    }

    fn component(&self, id: InstanceId) -> Option<&'a Component> {
        self.components.get(&id).copied()
    }

    fn overridden(&self) -> impl Iterator<Item = Timestamp> {
        self.components.keys().filter_map(|id| match id {
            InstanceId::Recurrence(instant) => Some(*instant),
            InstanceId::Master => None,
        })
    }

    /// How an instance is: its override, or what the master makes of it.
    fn instance(&self, id: i64) -> Option<Cow<'a, Component>> {
        if let Some(component) = self.component(InstanceId::Recurrence(instant(id))) {
            return Some(Cow::Borrowed(component));
        }
        if !self.instances.contains(&id) {
            return None;
        }
        if self.object.is_recurring() {
            return self.series.derive(id).map(Cow::Owned);
        }
        self.object.master().map(Cow::Borrowed)
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
    fn unchanged(id: InstanceId) -> Self {
        Self {
            id,
            kind: DiffKind::Changed,
            properties: BTreeSet::new(),
            rescheduled: false,
            significant: false,
            changed: false,
        }
    }

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
        let moved = entry.get_or_insert_with(|| InstanceDiff::unchanged(id));
        if !moved.significant {
            moved.properties.insert("DTSTART".to_owned());
        }
        (moved.rescheduled, moved.significant, moved.changed) = (true, true, true);
    }
    entry
}

fn diff_instance(old: &Side<'_>, new: &Side<'_>, seconds: i64) -> Option<InstanceDiff> {
    let id = InstanceId::Recurrence(instant(seconds));
    let is_overridden = old.component(id).is_some() || new.component(id).is_some();
    match (old.instance(seconds), new.instance(seconds)) {
        (Some(_), None) => Some(InstanceDiff::whole(id, DiffKind::Removed)),
        (None, Some(_)) => Some(InstanceDiff::whole(id, DiffKind::Added)),
        (Some(in_old), Some(in_new)) if is_overridden => {
            let (old_zones, new_zones) = (old.object.zones(), new.object.zones());
            let old_times = Times::of(&in_old, old_zones);
            let new_times = Times::of(&in_new, new_zones);
            let mut entry =
                compare((&in_old, old_zones, &old_times), (&in_new, new_zones, &new_times), id)?;
            // All later instances go with it. Where the series has it at the time that it had before, they stay as well.
            let has_been_apart = old.component(id).is_some() && new.component(id).is_some();
            entry.rescheduled |= has_been_apart && entry.properties.contains("RECURRENCE-ID");
            Some(entry)
        }
        // As the masters have it: their entry says how the two differ.
        _ => None,
    }
}

/// A component, the zones that its TZIDs mean, and its times in these.
type Timed<'a> = (&'a Component, &'a ZoneSet, &'a Times);

fn compare(
    (old, old_zones, old_times): Timed<'_>,
    (new, new_zones, new_times): Timed<'_>,
    id: InstanceId,
) -> Option<InstanceDiff> {
    if old_times == new_times && old.to_octets() == new.to_octets() {
        return None; // most overrides of most writes
    }
    let differing = old_times.differing(new_times, new.name());
    let mut properties: BTreeSet<String> = differing.map(str::to_owned).collect();
    let moved = old_times.start != new_times.start || old_times.end != new_times.end;

    let (old_lines, new_lines) = own_lines(old, new);
    let old_content = content(&old_lines, old, old_zones);
    let new_content = content(&new_lines, new, new_zones);
    let names = old_content.keys().chain(new_content.keys());
    properties
        .extend(names.filter(|&name| old_content.get(name) != new_content.get(name)).cloned());
    if properties.is_empty() {
        return None;
    }
    let (old_list, new_list) = (attendee_list(&old_lines), attendee_list(&new_lines));
    let revised = REVISED.iter().any(|&name| properties.contains(name));
    let reaches = properties.contains("RECURRENCE-ID");
    let other_people = !old_list.keys().eq(new_list.keys());
    let significant = revised || reaches || properties.contains("LOCATION") || other_people;
    let told = TOLD.iter().any(|&name| properties.contains(name));
    Some(InstanceDiff {
        id,
        kind: DiffKind::Changed,
        rescheduled: moved,
        significant,
        changed: significant || told || old_list != new_list,
        properties,
    })
}

#[cfg(test)]
mod tests;
