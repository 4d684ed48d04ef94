//! Reading and editing the participants of component trees.

use std::collections::BTreeSet;

use calendar::zone::Zone;
use calendar::{Attendee, CalendarAddress, CalendarObject, CalendarTime, Component, InstanceId, Property};

/// The components of an object's own kind, in the order of the file, with the instance that each describes.
///
/// The same position in an edited copy of the object's tree is the same component: see [`parts_mut`].
pub(crate) fn parts(object: &CalendarObject) -> Vec<(InstanceId, &Component)> {
    let kind = object.kind().as_str();
    let of_kind = object.tree().components().filter(|component| component.name() == kind);
    of_kind.map(|component| (object.instance_id(component), component)).collect()
}

/// The component that stands for exactly this instance.
pub(crate) fn part(object: &CalendarObject, id: InstanceId) -> Option<&Component> {
    object.components().find(|component| object.instance_id(component) == id)
}

/// The component that says how an instance is: its override, else the master.
pub(crate) fn part_for(object: &CalendarObject, id: InstanceId) -> Option<&Component> {
    part(object, id).or_else(|| object.master())
}

/// The components of kind `kind` in a tree, in the order of the file.
pub(crate) fn parts_mut<'a>(tree: &'a mut Component, kind: &'a str) -> impl Iterator<Item = &'a mut Component> {
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
pub(crate) fn attendees(component: &Component) -> impl Iterator<Item = (CalendarAddress, Attendee<'_>)> {
    component.properties_named("ATTENDEE").filter_map(|line| Some((address(line)?, Attendee::new(line))))
}

/// The organizer's address and line.
pub(crate) fn organizer(component: &Component) -> Option<(CalendarAddress, &Property)> {
    let line = component.property("ORGANIZER")?;
    Some((address(line)?, line))
}

/// SEQUENCE, 0 where there is none (RFC 5545 section 3.8.7.4).
pub(crate) fn sequence(component: &Component) -> u32 {
    component.property("SEQUENCE").and_then(|line| line.value().trim().parse().ok()).unwrap_or(0)
}

/// Whether STATUS is CANCELLED.
pub(crate) fn is_cancelled(component: &Component) -> bool {
    component.property("STATUS").is_some_and(|line| line.value().trim().eq_ignore_ascii_case("CANCELLED"))
}

/// The edited tree as an object, when it differs from what it was made from.
pub(crate) fn if_edited(object: &CalendarObject, edited: Component) -> Option<CalendarObject> {
    let edited = CalendarObject::from_tree(edited).ok()?;
    (edited.octets() != object.octets()).then_some(edited)
}

/// A component that describes an instance: its override, the master, or what the master says about that instance.
///
/// None when the object has no such instance.
pub(crate) fn instance(object: &CalendarObject, id: InstanceId) -> Option<Component> {
    part(object, id).cloned()
}

/// The instances that the master leaves out by EXDATE (RFC 5545 section 3.8.5.1).
pub(crate) fn excluded(object: &CalendarObject) -> BTreeSet<InstanceId> {
    let lines = object.master().into_iter().flat_map(|master| master.properties_named("EXDATE"));
    let ids = |line: &Property| -> Vec<InstanceId> {
        let times = line.value().split(',').filter_map(|value| CalendarTime::parse(value, line.param("TZID")).ok());
        times.map(|time| InstanceId::Recurrence(time.instant(object.zones(), &Zone::utc()))).collect()
    };
    lines.flat_map(ids).collect()
}

/// The instances of `old` that only `new` leaves out.
pub(crate) fn newly_excluded(old: &CalendarObject, new: &CalendarObject) -> Vec<InstanceId> {
    let before = excluded(old);
    let after = excluded(new).into_iter();
    after.filter(|id| !before.contains(id) && instance(old, *id).is_some()).collect()
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
    let same_value = one.value() == other.value()
        || one.to_text() == other.to_text()
        || (is_participant(one) && address(one).is_some() && address(one) == address(other));
    one.is(other.name()) && same_value && said(one, ignored) == said(other, ignored)
}

fn said<'a>(line: &'a Property, ignored: &[&str]) -> BTreeSet<(String, Vec<&'a str>)> {
    let counts = |name: &str, values: &[&str]| {
        let is_default = DEFAULTS.iter().any(|(known, default)| {
            name.eq_ignore_ascii_case(known) && matches!(values, [value] if value.eq_ignore_ascii_case(default))
        });
        !is_default && !ignored.iter().any(|ignored| name.eq_ignore_ascii_case(ignored))
    };
    let said = line.params().iter().map(|parameter| (parameter.name(), parameter.values().collect::<Vec<_>>()));
    said.filter(|(name, values)| counts(name, values)).map(|(name, values)| (name.to_ascii_uppercase(), values)).collect()
}
