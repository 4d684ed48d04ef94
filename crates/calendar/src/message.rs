//! An iTIP message (RFC 5546): a METHOD and the components it is about.

use std::fmt;

use crate::object::{CalendarObject, ComponentKind, Uid};
use crate::participant::Organizer;
use crate::source::Component;
use crate::zone::ZoneSet;
use crate::{Limits, ParseError};

/// What a message asks for or says (RFC 5546 §1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// For information.
    Publish,
    /// An invitation or an update.
    Request,
    /// An answer.
    Reply,
    /// More instances.
    Add,
    /// A cancellation.
    Cancel,
    /// Asks for the current state.
    Refresh,
    /// Proposes something else.
    Counter,
    /// Turns a proposal down.
    DeclineCounter,
}

impl Method {
    const ALL: [Self; 8] = [
        Self::Publish,
        Self::Request,
        Self::Reply,
        Self::Add,
        Self::Cancel,
        Self::Refresh,
        Self::Counter,
        Self::DeclineCounter,
    ];

    /// The value of METHOD.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "PUBLISH",
            Self::Request => "REQUEST",
            Self::Reply => "REPLY",
            Self::Add => "ADD",
            Self::Cancel => "CANCEL",
            Self::Refresh => "REFRESH",
            Self::Counter => "COUNTER",
            Self::DeclineCounter => "DECLINECOUNTER",
        }
    }

    /// Reads a value of METHOD, in any letter case.
    pub fn parse(value: &str) -> Option<Self> {
        let value = value.trim();
        Self::ALL.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(value))
    }

    /// Whether its events have a DTSTART: RFC 5546 §3.2.1, .2, .4, .7. The others may leave it out.
    fn requires_start(self) -> bool {
        matches!(self, Self::Publish | Self::Request | Self::Add | Self::Counter)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A message. Cheap to clone.
///
/// Read leniently, since it comes from other people's programs: VERSION, PRODID, DTSTAMP and ORGANIZER
/// may be missing.
#[derive(Clone, Debug)]
pub struct Message {
    method: Method,
    content: CalendarObject,
}

impl Message {
    /// Reads a message.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, ParseError> {
        Self::from_tree(Component::parse(octets, limits)?)
    }

    /// The message of a tree.
    pub fn from_tree(tree: Component) -> Result<Self, ParseError> {
        let Some(value) = tree.property("METHOD") else {
            return Err(ParseError::object("a message has a METHOD"));
        };
        let method = Method::parse(value.value())
            .ok_or_else(|| ParseError::object(format!("METHOD:{} is not known", value.value())))?;
        let content = CalendarObject::from_components(tree)?;
        let timeless = |c: &Component| c.property("DTSTART").is_none();
        if method.requires_start()
            && content.kind() == ComponentKind::Event
            && content.components().any(timeless)
        {
            return Err(ParseError::data(format!("a VEVENT in a {method} has no DTSTART")));
        }
        Ok(Self { method, content })
    }

    /// What it asks for or says.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Its components as those of an object, with instances, zones and identities; the tree has the
    /// METHOD.
    pub fn content(&self) -> &CalendarObject {
        &self.content
    }

    /// The VCALENDAR with all its lines, METHOD included.
    pub fn tree(&self) -> &Component {
        self.content.tree()
    }

    /// The octets.
    pub fn octets(&self) -> Vec<u8> {
        self.content.octets()
    }

    /// The UID of all components.
    pub fn uid(&self) -> &Uid {
        self.content.uid()
    }

    /// The kind of all components.
    pub fn kind(&self) -> ComponentKind {
        self.content.kind()
    }

    /// The component without RECURRENCE-ID.
    pub fn master(&self) -> Option<&Component> {
        self.content.master()
    }

    /// The components with RECURRENCE-ID.
    pub fn overrides(&self) -> impl Iterator<Item = &Component> {
        self.content.overrides()
    }

    /// The master, then the overrides.
    pub fn components(&self) -> impl Iterator<Item = &Component> {
        self.content.components()
    }

    /// What the TZIDs of the message mean.
    pub fn zones(&self) -> &ZoneSet {
        self.content.zones()
    }

    /// The ORGANIZER of the first component that has one.
    pub fn organizer(&self) -> Option<Organizer<'_>> {
        self.content.organizer()
    }
}
