//! Reading and editing the participants of component trees.

use calendar::{Attendee, CalendarAddress, CalendarObject, Component, InstanceId, Property};

/// The components of an object's own kind, in the order of the file, with the instance that each describes.
///
/// The same position in an edited copy of the object's tree is the same component: see [`parts_mut`].
pub(crate) fn parts(object: &CalendarObject) -> Vec<(InstanceId, &Component)> {
    let kind = object.kind().as_str();
    let of_kind = object.tree().components().filter(|component| component.name() == kind);
    of_kind.map(|component| (object.instance_id(component), component)).collect()
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
