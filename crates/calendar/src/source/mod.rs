//! A lossless tree of content lines (RFC 5545 §3.1, §3.4, §3.6; RFC 6868).
//!
//! Invariants: a line that nobody edited prints as the octets it was read from (folding, letter case,
//! line ends, blank lines and byte order mark included); so parsing and printing is the identity. An
//! edited or new line prints with CRLF, folded at 75 octets, and reads back as what was set.

mod names;
mod property;
mod read;
#[cfg(test)]
mod tests;
mod text;
mod write;

use std::borrow::Cow;

pub use property::{Parameter, Property};
pub use text::{escape_text, split_values, unescape_text};

use crate::{Limits, ParseError};
use text::Span;

/// A component: what stands between BEGIN and END, in the order of the source.
#[derive(Clone, Debug)]
pub struct Component {
    name: Cow<'static, str>,
    begin: Option<Span>,
    items: Vec<Item>,
    end: Option<Span>,
}

/// A line or a component within a component.
#[derive(Clone, Debug)]
pub enum Item {
    /// A content line.
    Property(Property),
    /// A component with all its lines.
    Component(Component),
}

impl Component {
    /// Reads octets that hold exactly one component and nothing after it.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, ParseError> {
        read::read(octets, limits)
    }

    /// An empty component.
    pub fn new(name: &str) -> Self {
        Self { name: names::canonical(name), begin: None, items: Vec::new(), end: None }
    }

    /// The name in upper case: `VEVENT`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Lines and components in the order of the source.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The component's own lines.
    pub fn properties(&self) -> impl Iterator<Item = &Property> {
        self.items.iter().filter_map(Item::as_property)
    }

    /// The component's own lines, to edit.
    pub fn properties_mut(&mut self) -> impl Iterator<Item = &mut Property> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Property(property) => Some(property),
            Item::Component(_) => None,
        })
    }

    /// The lines of this name, whatever its letter case.
    pub fn properties_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Property> {
        self.properties().filter(move |p| p.is(name))
    }

    /// The first line of this name.
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties().find(|p| p.is(name))
    }

    /// The components directly within this one.
    pub fn components(&self) -> impl Iterator<Item = &Self> {
        self.items.iter().filter_map(Item::as_component)
    }

    /// The components directly within this one, to edit.
    pub fn components_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Component(component) => Some(component),
            Item::Property(_) => None,
        })
    }

    /// Puts the property where the first of its name stands and drops further ones; where there is
    /// none it comes after the last property.
    pub fn set_property(&mut self, property: Property) {
        let name = property.name().to_owned();
        let mut new = Some(property);
        self.items.retain_mut(|item| match item {
            Item::Property(old) if old.is(&name) => match new.take() {
                Some(property) => {
                    *old = property;
                    true
                }
                None => false,
            },
            _ => true,
        });
        if let Some(property) = new {
            self.push_property(property);
        }
    }

    /// Adds the property after the last one, before the components.
    pub fn push_property(&mut self, property: Property) {
        let last = self.items.iter().rposition(|item| matches!(item, Item::Property(_)));
        self.items.insert(last.map_or(0, |i| i + 1), Item::Property(property));
    }

    /// Removes all properties of this name.
    pub fn remove_properties(&mut self, name: &str) {
        self.retain_properties(|p| !p.is(name));
    }

    /// Keeps the properties for which `keep` says so.
    pub fn retain_properties(&mut self, mut keep: impl FnMut(&Property) -> bool) {
        self.items.retain(|item| item.as_property().is_none_or(&mut keep));
    }

    /// Adds a component at the end.
    pub fn push_component(&mut self, component: Self) {
        self.items.push(Item::Component(component));
    }

    /// A copy without the components of this name.
    #[must_use]
    pub fn without_components(&self, name: &str) -> Self {
        let is_kept = |item: &&Item| item.as_component().is_none_or(|part| part.name() != name);
        Self {
            name: self.name.clone(),
            begin: self.begin.clone(),
            items: self.items.iter().filter(is_kept).cloned().collect(),
            end: self.end.clone(),
        }
    }

    /// Keeps the components for which `keep` says so.
    pub fn retain_components(&mut self, mut keep: impl FnMut(&Self) -> bool) {
        self.items.retain(|item| item.as_component().is_none_or(&mut keep));
    }

    /// Has the lines printed anew that were read without CRLF or longer than 75 octets (RFC 5545 §3.1): what the server
    /// makes of them for others is its own.
    pub fn refold(&mut self) {
        let is_untidy = |span: &mut Span| !write::is_folded(span.octets());
        self.begin.take_if(is_untidy);
        self.end.take_if(is_untidy);
        for item in &mut self.items {
            match item {
                Item::Property(property) => drop(property.read.take_if(is_untidy)),
                Item::Component(component) => component.refold(),
            }
        }
    }

    /// The octets: those that were read where nothing was edited.
    pub fn to_octets(&self) -> Vec<u8> {
        write::write(self)
    }
}

impl Item {
    /// The line, if it is one.
    pub fn as_property(&self) -> Option<&Property> {
        match self {
            Self::Property(property) => Some(property),
            Self::Component(_) => None,
        }
    }

    /// The component, if it is one.
    pub fn as_component(&self) -> Option<&Component> {
        match self {
            Self::Component(component) => Some(component),
            Self::Property(_) => None,
        }
    }
}
