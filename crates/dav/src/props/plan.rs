//! A request for properties, worked out once for each kind of resource, so that a listing of many
//! members only copies fragments and values.

use http::StatusCode;
use store::Property;

use super::node::{Kind, View};
use super::{Found, PropRequest, Read, Row, find, may_be_dead, rows};
use crate::multistatus::{Multistatus, write_propstat_of_names, write_status};
use crate::xml::{Name, QName, Writer, names};

/// What has to be loaded for the properties asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Properties that clients have set.
    pub(crate) stored: bool,
    /// A principal's calendar user addresses.
    pub(crate) addresses: bool,
    /// A principal's groups and members.
    pub(crate) groups: bool,
    /// A home's change number.
    pub(crate) home_change: bool,
    /// An inbox's default calendar.
    pub(crate) default_calendar: bool,
    /// Of a calendar object, more than its name and ETag.
    pub(crate) details: bool,
}

impl Needs {
    /// What either needs.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            stored: self.stored || other.stored,
            addresses: self.addresses || other.addresses,
            groups: self.groups || other.groups,
            home_change: self.home_change || other.home_change,
            default_calendar: self.default_calendar || other.default_calendar,
            details: self.details || other.details,
        }
    }
}

/// How to answer a request for properties of one kind of resource.
#[derive(Debug)]
pub(crate) struct Plan {
    steps: Vec<Step>,
    /// After the steps: all other stored properties.
    all_stored: bool,
    values: bool,
    /// `Prefer: return=minimal`: absent properties are not mentioned (RFC 8144 2.1).
    minimal: bool,
}

#[derive(Debug)]
struct Step {
    name: Name,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Live {
        open: String,
        close: String,
        read: fn(&View<'_>, &mut Writer) -> Found,
    },
    Stored,
    /// No such property, whatever the resource.
    Absent,
}

/// What is read from the details of a calendar object.
const DETAILS: [QName<'static>; 5] = [
    names::CREATIONDATE,
    names::GETCONTENTLENGTH,
    names::GETCONTENTTYPE,
    names::GETLASTMODIFIED,
    names::SCHEDULE_TAG,
];

impl Plan {
    /// Works out a request for a kind of resource.
    pub(crate) fn new(request: &PropRequest, kind: Kind, minimal: bool) -> Self {
        let mut steps = Vec::new();
        let (all_stored, values) = match request {
            PropRequest::Prop(asked) => {
                steps.extend(asked.iter().map(|name| Step::named(kind, name.as_qname())));
                (false, true)
            }
            PropRequest::AllProp(include) => {
                steps.extend(rows(kind).filter(|row| row.allprop).map(Step::of_row));
                for name in include {
                    if !steps.iter().any(|step| step.name == *name) {
                        steps.push(Step::named(kind, name.as_qname()));
                    }
                }
                (true, true)
            }
            PropRequest::PropName => {
                steps.extend(rows(kind).map(Step::of_row));
                (true, false)
            }
        };
        // What allprop and propname stand for is never absent.
        let minimal = minimal || !matches!(request, PropRequest::Prop(_));
        Self { steps, all_stored, values, minimal }
    }

    /// What has to be loaded.
    pub(crate) fn needs(&self) -> Needs {
        let asks = |name| self.steps.iter().any(|step| step.name.as_qname() == name);
        let stored =
            self.all_stored || self.steps.iter().any(|step| matches!(step.source, Source::Stored));
        Needs {
            stored,
            addresses: asks(names::CALENDAR_USER_ADDRESS_SET) || asks(names::EMAIL_ADDRESS_SET),
            groups: asks(names::GROUP_MEMBER_SET) || asks(names::GROUP_MEMBERSHIP),
            home_change: asks(names::GETCTAG),
            default_calendar: asks(names::SCHEDULE_DEFAULT_CALENDAR_URL),
            // Properties are stored under an object's id.
            details: stored || DETAILS.into_iter().any(asks),
        }
    }

    /// Writes the whole response about one resource.
    pub(crate) fn write_response(&self, view: &View<'_>, href: &str, out: &mut Multistatus) {
        out.open_response(href);
        self.write_propstats(view, out.xml());
        out.close_response();
    }

    /// Writes what stands in a response about one resource.
    pub(crate) fn write_propstats(&self, view: &View<'_>, xml: &mut Writer) {
        let start = xml.len();
        xml.raw("<D:propstat><D:prop>");
        let before = xml.len();
        let mut absent: Vec<QName<'_>> = Vec::new();
        for step in &self.steps {
            if self.write_property(step, view, xml) == Found::No {
                absent.push(step.name.as_qname());
            }
        }
        if self.all_stored {
            self.write_other_stored(view.stored(), xml);
        }
        let nothing = xml.len() == before;
        if nothing && !absent.is_empty() && !self.minimal {
            xml.truncate(start);
        } else {
            xml.raw("</D:prop>");
            write_status(xml, StatusCode::OK);
            xml.raw("</D:propstat>");
        }
        if !absent.is_empty() && !self.minimal {
            write_propstat_of_names(xml, absent, StatusCode::NOT_FOUND, None);
        }
    }

    fn write_property(&self, step: &Step, view: &View<'_>, xml: &mut Writer) -> Found {
        match &step.source {
            Source::Absent => Found::No,
            Source::Stored => {
                let name = step.name.as_qname();
                match view.stored().iter().find(|property| name_of(property) == name) {
                    Some(property) => self.write_stored(property, xml),
                    None => return Found::No,
                }
                Found::Yes
            }
            Source::Live { open, close, read } => {
                let mark = xml.len();
                xml.raw(open);
                let found = read(view, xml);
                if found == Found::No {
                    xml.truncate(mark);
                } else if self.values {
                    xml.raw(close);
                } else {
                    xml.truncate(mark);
                    xml.empty(step.name.as_qname());
                }
                found
            }
        }
    }

    fn write_other_stored(&self, stored: &[Property], xml: &mut Writer) {
        for property in stored {
            let name = name_of(property);
            if !self.steps.iter().any(|step| step.name.as_qname() == name) {
                self.write_stored(property, xml);
            }
        }
    }

    fn write_stored(&self, property: &Property, xml: &mut Writer) {
        if self.values {
            xml.raw(&property.value);
        } else {
            xml.empty(name_of(property));
        }
    }
}

impl Step {
    fn of_row(row: &'static Row) -> Self {
        let source = match row.read {
            Read::Stored => Source::Stored,
            Read::Live(read) => {
                let tag = |write: fn(&mut Writer, QName<'_>)| {
                    let mut xml = Writer::new();
                    write(&mut xml, row.name);
                    String::from_utf8(xml.take()).unwrap_or_default()
                };
                Source::Live { open: tag(Writer::open), close: tag(Writer::close), read }
            }
        };
        Self { name: row.name.into(), source }
    }

    fn named(kind: Kind, name: QName<'_>) -> Self {
        if let Some(row) = find(kind, name) {
            return Self::of_row(row);
        }
        // What is never stored need not be looked for.
        let source = if may_be_dead(kind, name) { Source::Stored } else { Source::Absent };
        Self { name: name.into(), source }
    }
}

fn name_of(property: &Property) -> QName<'_> {
    QName::new(&property.namespace, &property.name)
}
