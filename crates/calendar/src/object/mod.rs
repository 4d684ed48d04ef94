//! One UID, one kind of component: a master and the instances that differ from it (RFC 4791 §4.1).
//!
//! Invariants: an object has at least one component, all of one kind and with one UID; at most one of
//! them is the master; no two overrides are of the same instance. An object is immutable; where nothing
//! was edited it prints as the octets it was read from.

mod structure;
mod submitted;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use structure::Structure;

use crate::instances::InstanceId;
use crate::participant::Organizer;
use crate::source::{Component, Item};
use crate::zone::ZoneSet;
use crate::{Limits, ParseError};

/// The kinds of component that a calendar holds (RFC 5545 §3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComponentKind {
    /// VEVENT.
    Event,
    /// VTODO.
    Todo,
    /// VJOURNAL.
    Journal,
    /// VFREEBUSY.
    FreeBusy,
}

impl ComponentKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Event, Self::Todo, Self::Journal, Self::FreeBusy];

    /// The component's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Event => "VEVENT",
            Self::Todo => "VTODO",
            Self::Journal => "VJOURNAL",
            Self::FreeBusy => "VFREEBUSY",
        }
    }

    /// The kind of a component with this name, in any letter case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for ComponentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The identity of an event, task or journal entry in all its copies (RFC 5545 §3.8.4.7).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(String);

impl Uid {
    /// Octets of the longest UID taken. Exchange makes some of 232.
    pub const MAX_LENGTH: usize = 1000;

    /// Reads the text of a UID; an empty one, or one beyond [`Uid::MAX_LENGTH`], is none.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty() && text.len() <= Self::MAX_LENGTH).then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A calendar object. Cheap to clone.
#[derive(Clone, Debug)]
pub struct CalendarObject {
    tree: Arc<Component>,
    structure: Arc<Structure>,
}

impl CalendarObject {
    /// Reads what a client wants to store: all checks of RFC 4791 §5.3.2.1 that the data alone decide.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, ParseError> {
        Self::read(octets, limits, None)
    }

    /// Reads what a client wants to store in the place of `stored`: what that has already it may keep. A limit on
    /// attendees may have been lowered since (RFC 4791 §5.2.9); a series that moves may leave overrides behind whose
    /// RECURRENCE-IDs named instances of it until now; and an invitation may have come with a flaw, which is stored
    /// again by who answers it.
    pub fn parse_over(stored: &[u8], octets: &[u8], limits: &Limits) -> Result<Self, ParseError> {
        let was = Self::parse_stored(stored).ok();
        let attendees = was.iter().flat_map(Self::components).map(|c| c.attendees().count()).max();
        let max_attendees_per_instance =
            attendees.unwrap_or_default().max(limits.max_attendees_per_instance);
        let limits = Limits { max_attendees_per_instance, ..*limits };
        Self::read(octets, &limits, was.as_ref()).or_else(|error| {
            match Self::read(stored, &limits, was.as_ref()) {
                Err(known) if known == error => Self::parse_stored(octets),
                _ => Err(error),
            }
        })
    }

    /// Reads what comes out of another calendar: as what a client stores, with the overrides that were left behind there.
    pub fn parse_imported(octets: &[u8], limits: &Limits) -> Result<Self, ParseError> {
        Self::read(octets, limits, None).or_else(|_| {
            let was = Self::parse_stored(octets).ok();
            Self::read(octets, limits, was.as_ref())
        })
    }

    fn read(octets: &[u8], limits: &Limits, was: Option<&Self>) -> Result<Self, ParseError> {
        let tree = Component::parse(octets, limits)?;
        refuse_method(&tree)?;
        let object = Self::from_components(tree)?;
        submitted::check(&object, limits, was)?;
        Ok(object)
    }

    /// Reads what is stored already: what only a client must observe is not asked again, so that data
    /// which came by a message, or under other limits, stays readable.
    pub fn parse_stored(octets: &[u8]) -> Result<Self, ParseError> {
        let limits =
            Limits { max_resource_size: usize::MAX, max_lines: usize::MAX, ..Limits::default() };
        Self::from_tree(Component::parse(octets, &limits)?)
    }

    /// The object of an edited tree. The invariants are checked, not what a client must observe.
    pub fn from_tree(tree: Component) -> Result<Self, ParseError> {
        refuse_method(&tree)?;
        Self::from_components(tree)
    }

    /// As [`CalendarObject::from_tree`], for a tree that may have a METHOD.
    pub(crate) fn from_components(tree: Component) -> Result<Self, ParseError> {
        let structure = Structure::of(&tree)?;
        let object = Self { tree: Arc::new(tree), structure: Arc::new(structure) };
        refuse_doubles(&object)?;
        Ok(object)
    }

    /// The VCALENDAR with all its lines.
    pub fn tree(&self) -> &Component {
        &self.tree
    }

    /// The tree, to edit.
    pub fn into_tree(self) -> Component {
        Arc::unwrap_or_clone(self.tree)
    }

    /// The octets: those that were parsed where nothing was edited.
    pub fn octets(&self) -> Vec<u8> {
        self.tree.to_octets()
    }

    /// The UID of all components.
    pub fn uid(&self) -> &Uid {
        &self.structure.uid
    }

    /// The kind of all components.
    pub fn kind(&self) -> ComponentKind {
        self.structure.kind
    }

    /// The component without RECURRENCE-ID.
    pub fn master(&self) -> Option<&Component> {
        self.structure.master.and_then(|index| self.component_at(index))
    }

    /// The components with RECURRENCE-ID, in the order of the octets.
    pub fn overrides(&self) -> impl Iterator<Item = &Component> {
        self.structure.overrides.iter().filter_map(|&index| self.component_at(index))
    }

    /// The master, then the overrides in the order of the octets.
    pub fn components(&self) -> impl Iterator<Item = &Component> {
        self.master().into_iter().chain(self.overrides())
    }

    /// What the TZIDs of the object mean.
    pub fn zones(&self) -> &ZoneSet {
        &self.structure.zones
    }

    /// The ORGANIZER of the first component that has one.
    pub fn organizer(&self) -> Option<Organizer<'_>> {
        self.components().find_map(Component::organizer)
    }

    /// Whether there is, or may be, more than one instance: a rule, dates, or overrides.
    pub fn is_recurring(&self) -> bool {
        const RECURRENCE: [&str; 3] = ["RRULE", "RDATE", "EXRULE"];
        !self.structure.overrides.is_empty()
            || self.master().is_some_and(|c| c.properties().any(|p| RECURRENCE.contains(&p.name())))
    }

    fn component_at(&self, index: usize) -> Option<&Component> {
        self.tree.items().get(index).and_then(Item::as_component)
    }
}

/// RFC 4791 §4.1: an object in a calendar has no METHOD.
fn refuse_method(tree: &Component) -> Result<(), ParseError> {
    match tree.property("METHOD") {
        Some(_) => Err(ParseError::object("a stored calendar object cannot have a METHOD")),
        None => Ok(()),
    }
}

/// RFC 4791 §4.1 has one component for each instance; with two it would be undecided which one holds.
/// Instances are told apart by instant, not by how RECURRENCE-ID is written.
fn refuse_doubles(object: &CalendarObject) -> Result<(), ParseError> {
    let mut instances = HashSet::new();
    for id in object.overrides().map(|component| object.instance_id(component)) {
        if let InstanceId::Recurrence(instant) = id
            && !instances.insert(id)
        {
            let message = format!("two components have the same RECURRENCE-ID, {instant}");
            return Err(ParseError::object(message));
        }
    }
    Ok(())
}
