//! Reading and editing the participants of component trees.

use std::collections::{BTreeMap, BTreeSet};

use calendar::diff::{DiffKind, ObjectDiff};
use calendar::zone::{LAST_INSTANT, Zone, ZoneSet};
use calendar::{
    Attendee, CalendarAddress, CalendarObject, Component, InstanceId, Limits, Property,
};

/// The components of an object's own kind, in the order of the file, with the instance that each
/// describes.
///
/// The same position in an edited copy of the object's tree is the same component: see
/// [`parts_mut`].
pub(crate) fn parts(object: &CalendarObject) -> Vec<(InstanceId, &Component)> {
    let kind = object.kind().as_str();
    let of_kind = object.tree().components().filter(|component| component.name() == kind);
    of_kind.map(|component| (object.instance_id(component), component)).collect()
}

/// The component in a tree that was made from an object, for an instance that has one there.
pub(crate) fn part_mut<'a>(
    object: &CalendarObject,
    tree: &'a mut Component,
    id: InstanceId,
) -> Option<&'a mut Component> {
    let at = parts(object).iter().position(|(at, _)| *at == id)?;
    tree.components_mut().filter(|component| component.name() == object.kind().as_str()).nth(at)
}

/// The component that stands for exactly this instance.
pub(crate) fn part(object: &CalendarObject, id: InstanceId) -> Option<&Component> {
    object.override_for(&id)
}

/// The component that says how an instance is, or was while there was one: the master at last.
pub(crate) fn part_for(object: &CalendarObject, id: InstanceId) -> Option<&Component> {
    part(object, id).or_else(|| object.component_for(&id)).or_else(|| object.master())
}

/// The instance as a component of its own: its override, or what the master makes of it.
///
/// None when the object has no such instance.
pub(crate) fn instance(object: &CalendarObject, id: InstanceId) -> Option<Component> {
    part(object, id).cloned().or_else(|| object.derive_override(&id))
}

/// The components of kind `kind` in a tree, in the order of the file.
pub(crate) fn parts_mut<'a>(
    tree: &'a mut Component,
    kind: &'a str,
) -> impl Iterator<Item = &'a mut Component> {
    tree.components_mut().filter(move |component| component.name() == kind)
}

/// ORGANIZER or ATTENDEE.
pub(crate) fn is_participant(line: &Property) -> bool {
    is_attendee(line) || line.name().eq_ignore_ascii_case("ORGANIZER")
}

pub(crate) fn is_attendee(line: &Property) -> bool {
    line.name().eq_ignore_ascii_case("ATTENDEE")
}

/// The address of a participant's line; none when it can't be read as one.
pub(crate) fn address(line: &Property) -> Option<CalendarAddress> {
    CalendarAddress::parse(line.value()).ok()
}

/// The attendees of a component whose addresses can be read.
pub(crate) fn attendees(
    component: &Component,
) -> impl Iterator<Item = (CalendarAddress, Attendee<'_>)> {
    component
        .properties_named("ATTENDEE")
        .filter_map(|line| Some((address(line)?, Attendee::new(line))))
}

/// The attendees' lines by address; of two for one address, the first.
pub(crate) fn lines_by_address(component: &Component) -> BTreeMap<CalendarAddress, &Property> {
    let mut lines = BTreeMap::new();
    for (address, attendee) in attendees(component) {
        lines.entry(address).or_insert(attendee.property());
    }
    lines
}

/// The organizer's address and line.
pub(crate) fn organizer(component: &Component) -> Option<(CalendarAddress, &Property)> {
    let line = component.property("ORGANIZER")?;
    Some((address(line)?, line))
}

/// The edited tree as an object, when it differs from what it was made from.
pub(crate) fn if_edited(object: &CalendarObject, edited: Component) -> Option<CalendarObject> {
    let edited = CalendarObject::from_tree(edited).ok()?;
    (edited.octets() != object.octets()).then_some(edited)
}

/// The instances that the master leaves out by EXDATE (RFC 5545 section 3.8.5.1).
pub(crate) fn excluded(object: &CalendarObject) -> BTreeSet<InstanceId> {
    let master = object.master();
    let instants = master.map(|master| master.excluded(object.zones())).unwrap_or_default();
    instants.into_iter().map(InstanceId::Recurrence).collect()
}

/// The instances of the old version that only the new one leaves out.
pub(crate) fn newly_excluded(differences: &ObjectDiff, new: &CalendarObject) -> Vec<InstanceId> {
    let after = excluded(new);
    let removed = differences.instances.iter().filter(|item| item.kind == DiffKind::Removed);
    removed.map(|item| item.id).filter(|id| after.contains(id)).collect()
}

/// Takes the EXDATEs of those instances out of a tree's master that have a component of their own.
pub(crate) fn settle_exclusions(tree: &mut Component, kind: &str) {
    let zones = ZoneSet::from_tree(tree);
    let overridden: Vec<InstanceId> = parts_mut(tree, kind)
        .filter_map(|component| InstanceId::of(component, &zones).ok())
        .collect();
    let Some(master) = master_mut(tree, kind) else { return };
    for id in overridden {
        if let InstanceId::Recurrence(instant) = id {
            master.reinstate(instant, &zones);
        }
    }
}

/// The component without RECURRENCE-ID.
pub(crate) fn master_mut<'a>(tree: &'a mut Component, kind: &'a str) -> Option<&'a mut Component> {
    parts_mut(tree, kind).find(|component| component.property("RECURRENCE-ID").is_none())
}

/// Makes a parameter of `to` what it is on `from`.
pub(crate) fn copy_param(from: &Property, to: &mut Property, name: &str) {
    let values: Vec<&str> = from.param_values(name).collect();
    if values.is_empty() {
        to.remove_param(name);
    } else {
        to.set_param_values(name, &values);
    }
}

/// Puts a line in place of an attendee's, or adds it.
pub(crate) fn set_attendee(component: &mut Component, attendee: &CalendarAddress, line: Property) {
    let is_his = |line: &Property| is_attendee(line) && address(line).as_ref() == Some(attendee);
    if let Some(own) = component.properties_mut().find(|line| is_his(line)) {
        *own = line;
    } else {
        component.push_property(line);
    }
}

/// What the series says about an instance, its own override left aside.
pub(crate) fn by_the_series(object: &CalendarObject, id: InstanceId) -> Option<Component> {
    let mut tree = object.tree().clone();
    let mut at = parts(object).into_iter().map(|(at, _)| at);
    let kind = object.kind().as_str();
    tree.retain_components(|component| component.name() != kind || at.next() != Some(id));
    CalendarObject::from_tree(tree).ok()?.derive_override(&id)
}

/// The first of the later instances that an override describes, as the component that describes these instead of it.
pub(crate) fn next_described(object: &CalendarObject, id: InstanceId) -> Option<Component> {
    let InstanceId::Recurrence(from) = id else { return None };
    let mut later = object.instances(from..LAST_INSTANT, &Zone::utc(), &Limits::default());
    let next = later
        .find(|later| later.id > id && object.instance_id(later.component) == id)
        .and_then(|next| object.derive_override(&next.id));
    next.map(|mut next| {
        next.set_this_and_future(true);
        next
    })
}

/// What does not make a difference between two revisions (RFC 5545 section 3.8.7).
pub(crate) const STAMPS: [&str; 4] = ["DTSTAMP", "SEQUENCE", "LAST-MODIFIED", "CREATED"];

/// Who comes, to how many instances, and how messages about it went.
const PARTICIPATION: [&str; 4] = ["PARTSTAT", "SCHEDULE-STATUS", "RSVP", "RANGE"];

/// What an attendee says on his line, and how messages about it went.
const ANSWER: [&str; 4] = ["PARTSTAT", "SCHEDULE-STATUS", "RSVP", "DELEGATED-TO"];

/// Whether two components differ in what attendees said only: whether they come, and who comes in their place.
pub(crate) fn differ_in_answers_only(
    one: &Component,
    other: &Component,
    counts: impl Fn(&Property) -> bool,
) -> bool {
    let (ones, others) = (lines_by_address(one), lines_by_address(other));
    let is_sent = |line: &Property| !Attendee::new(line).delegated_from().is_empty();
    let says_same = |one: &Property, other: &Property| {
        is_sent(one) || is_sent(other) || agree(one, other, &ANSWER)
    };
    let is_so = |address| match (ones.get(address), others.get(address)) {
        (Some(one), Some(other)) => says_same(one, other),
        (one, other) => one.or(other).is_some_and(|line| is_sent(line)),
    };
    ones.keys().chain(others.keys()).all(is_so) && same_but_for_attendees(one, other, counts)
}

/// Whether two components differ, of the lines that count, in who comes only.
pub(crate) fn differ_in_participation_only(
    one: &Component,
    other: &Component,
    counts: impl Fn(&Property) -> bool,
) -> bool {
    let (ones, others) = (lines_by_address(one), lines_by_address(other));
    let same_attendees = ones.len() == others.len()
        && ones.iter().all(|(address, line)| {
            others.get(address).is_some_and(|other| agree(line, other, &PARTICIPATION))
        });
    same_attendees && same_but_for_attendees(one, other, counts)
}

fn same_but_for_attendees(
    one: &Component,
    other: &Component,
    counts: impl Fn(&Property) -> bool,
) -> bool {
    let is_counted = |line: &&Property| {
        !is_attendee(line) && !STAMPS.iter().any(|name| line.is(name)) && counts(line)
    };
    let ones: Vec<&Property> = one.properties().filter(is_counted).collect();
    let others: Vec<&Property> = other.properties().filter(is_counted).collect();
    ones.len() == others.len()
        && ones.iter().all(|line| others.iter().any(|other| agree(line, other, &PARTICIPATION)))
}

/// Parameters that mean the same when they are absent (RFC 5545 section 3.2, RFC 6638 section 7.1).
const DEFAULTS: [(&str, &str); 5] = [
    ("PARTSTAT", "NEEDS-ACTION"),
    ("RSVP", "FALSE"),
    ("ROLE", "REQ-PARTICIPANT"),
    ("CUTYPE", "INDIVIDUAL"),
    ("SCHEDULE-AGENT", "SERVER"),
];

/// Whether two lines say the same, whatever the order and spelling of their parameters.
///
/// `ignored` parameters don't count.
pub(crate) fn agree(one: &Property, other: &Property, ignored: &[&str]) -> bool {
    if one == other {
        return true;
    }
    let same_value = one.value() == other.value()
        || one.to_text() == other.to_text()
        || (is_participant(one) && address(one).is_some() && address(one) == address(other));
    one.is(other.name()) && same_value && said(one, ignored) == said(other, ignored)
}

fn said<'a>(line: &'a Property, ignored: &[&str]) -> BTreeSet<(String, Vec<&'a str>)> {
    let counts = |name: &str, values: &[&str]| {
        let is_default = DEFAULTS.iter().any(|(known, default)| {
            name.eq_ignore_ascii_case(known)
                && matches!(values, [value] if value.eq_ignore_ascii_case(default))
        });
        !is_default && !ignored.iter().any(|ignored| name.eq_ignore_ascii_case(ignored))
    };
    let said = line
        .params()
        .iter()
        .map(|parameter| (parameter.name(), parameter.values().collect::<Vec<_>>()));
    said.filter(|(name, values)| counts(name, values))
        .map(|(name, values)| (name.to_ascii_uppercase(), values))
        .collect()
}
