//! Expanded names: a namespace and a local name (XML Namespaces 1.0).

use std::borrow::Cow;
use std::fmt;

use super::names;

/// A borrowed expanded name. Constants of this type stand in [`names`] and can be matched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QName<'a> {
    /// The namespace; empty for a name in no namespace.
    pub namespace: &'a str,
    /// The local part.
    pub local: &'a str,
}

impl<'a> QName<'a> {
    /// A name in a namespace.
    pub const fn new(namespace: &'a str, local: &'a str) -> Self {
        Self { namespace, local }
    }

    /// The prefix that every document we write declares on its root, if this namespace has one.
    pub(super) fn fixed_prefix(self) -> Option<&'static str> {
        match self.namespace {
            names::DAV => Some("D"),
            names::CALDAV => Some("C"),
            names::CALENDARSERVER => Some("CS"),
            names::APPLE_ICAL => Some("ICAL"),
            _ => None,
        }
    }
}

impl fmt::Display for QName<'_> {
    /// `prefix:local` for the namespaces everybody knows, else `{namespace}local`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fixed_prefix() {
            Some("D") => write!(f, "DAV:{}", self.local),
            Some("C") => write!(f, "CALDAV:{}", self.local),
            Some(prefix) => write!(f, "{prefix}:{}", self.local),
            None => write!(f, "{{{}}}{}", self.namespace, self.local),
        }
    }
}

/// An owned expanded name, as read from a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    namespace: Cow<'static, str>,
    local: Box<str>,
}

impl Name {
    /// Takes a copy of a name; the namespaces of [`names`] cost nothing.
    pub fn new(namespace: &str, local: &str) -> Self {
        let namespace = match names::NAMESPACES.iter().find(|known| **known == namespace) {
            Some(known) => Cow::Borrowed(*known),
            None => Cow::Owned(namespace.to_owned()),
        };
        Self { namespace, local: local.into() }
    }

    /// The name to compare and match with.
    pub fn as_qname(&self) -> QName<'_> {
        QName { namespace: &self.namespace, local: &self.local }
    }
}

impl From<QName<'_>> for Name {
    fn from(name: QName<'_>) -> Self {
        Self::new(name.namespace, name.local)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_qname().fmt(f)
    }
}
