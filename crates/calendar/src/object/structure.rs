//! Which components of a tree belong together, and the invariants of an object (RFC 4791 §4.1).

use super::{ComponentKind, Uid};
use crate::ParseError;
use crate::source::{Component, Item};
use crate::time::CalendarTime;
use crate::zone::ZoneSet;

/// What was found in a tree: where its components stand among the items, and what they share.
#[derive(Debug)]
pub(super) struct Structure {
    pub(super) uid: Uid,
    pub(super) kind: ComponentKind,
    pub(super) master: Option<usize>,
    pub(super) overrides: Vec<usize>,
    pub(super) zones: ZoneSet,
}

impl Structure {
    pub(super) fn of(tree: &Component) -> Result<Self, ParseError> {
        if tree.name() != "VCALENDAR" {
            return Err(ParseError::data(format!(
                "calendar data begins with BEGIN:VCALENDAR, not BEGIN:{}",
                tree.name()
            )));
        }
        let members = members(tree);
        let Some(&(_, first, kind)) = members.first() else {
            return Err(no_member(tree));
        };
        let uid = uid_of(first)?;
        let zones = ZoneSet::from_tree(tree);
        let mut structure = Self { uid, kind, master: None, overrides: Vec::new(), zones };
        for (index, component, kind) in members {
            structure.add(index, component, kind)?;
        }
        Ok(structure)
    }

    fn add(
        &mut self,
        index: usize,
        component: &Component,
        kind: ComponentKind,
    ) -> Result<(), ParseError> {
        if kind != self.kind {
            // RFC 4791 §4.1: not more than one type of calendar component.
            return Err(ParseError::object(format!(
                "{} and {} components cannot be in one calendar object",
                self.kind, kind
            )));
        }
        let uid = uid_of(component)?;
        if uid != self.uid {
            // RFC 4791 §4.1: components with different UIDs are separate objects.
            return Err(ParseError::object(format!(
                "all components of a calendar object have one UID, but {:?} and {:?} are here",
                self.uid.as_str(),
                uid.as_str()
            )));
        }
        let Some(recurrence_id) = component.property("RECURRENCE-ID") else {
            return match self.master.replace(index) {
                None => Ok(()),
                Some(_) => {
                    let message = "two components of a calendar object have no RECURRENCE-ID";
                    Err(ParseError::object(message))
                }
            };
        };
        CalendarTime::from_property(recurrence_id).map_err(|_| {
            let value = recurrence_id.value();
            ParseError::data(format!("RECURRENCE-ID:{value} is not a date or time"))
        })?;
        self.overrides.push(index);
        Ok(())
    }
}

/// The calendar components with their places. VTIMEZONE goes along (RFC 4791 §4.1); components with
/// names that are not known here are kept and mean nothing (RFC 5545 §3.6: implementations MUST
/// ignore x-comp and iana-comp that they don't recognise).
fn members(tree: &Component) -> Vec<(usize, &Component, ComponentKind)> {
    let components = tree.items().iter().map(Item::as_component).enumerate();
    components
        .filter_map(|(index, component)| {
            let component = component?;
            Some((index, component, ComponentKind::from_name(component.name())?))
        })
        .collect()
}

fn no_member(tree: &Component) -> ParseError {
    match tree.components().find(|component| component.name() != "VTIMEZONE") {
        Some(component) => ParseError::UnsupportedComponent { name: component.name().to_owned() },
        None => {
            ParseError::object("there is no event, task or journal entry in the calendar object")
        }
    }
}

/// RFC 5545 §3.8.4.7: UID is required, and identifies; RFC 4791 §4.1 builds on it.
fn uid_of(component: &Component) -> Result<Uid, ParseError> {
    let Some(property) = component.property("UID") else {
        return Err(ParseError::object(format!("a {} has no UID", component.name())));
    };
    Uid::parse(&property.to_text()).ok_or_else(|| {
        ParseError::object(format!(
            "the UID of a {} is empty or longer than {} octets",
            component.name(),
            Uid::MAX_LENGTH
        ))
    })
}
