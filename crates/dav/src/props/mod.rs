//! Properties: one row for each, in the table of the standard that defines it.
//!
//! PROPFIND, PROPPATCH, MKCALENDAR and the reports walk the same tables. A property without a row is
//! a dead one: stored and returned as it was sent (RFC 4918 4).

mod acl;
mod apple;
mod caldav;
mod core;
mod load;
mod node;
mod plan;
mod request;
mod schedule;
mod sync;
mod update;
mod versioning;

use crate::xml::{Element, QName, Writer, names};

pub(crate) use core::{content_type, http_date};
pub(crate) use load::{load, load_members_of_home, principals_page, stored_of_objects};
pub(crate) use node::{Facts, Kind, Member, Node, Object, View};
pub(crate) use plan::{Needs, Plan};
pub(crate) use request::PropRequest;
pub(crate) use schedule::cutype;
pub(crate) use update::{Change, Refused, Update, changes, decide, write_outcome};
pub(crate) use versioning::reports;

/// One property of one or several kinds of resource.
pub(crate) struct Row {
    /// Its name.
    pub(crate) name: QName<'static>,
    /// The kinds of resource that have it.
    pub(crate) on: &'static [Kind],
    /// Whether `DAV:allprop` returns it.
    pub(crate) allprop: bool,
    /// Where its value comes from.
    pub(crate) read: Read,
    /// Who may set it, and to what.
    pub(crate) write: Write,
}

/// Where a value comes from.
pub(crate) enum Read {
    /// Written by this function, inside the property's element.
    Live(fn(&View<'_>, &mut Writer) -> Found),
    /// Returned as it was set.
    Stored,
}

/// Whether a resource has a property that its kind can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Yes,
    No,
}

/// How a property can be set.
pub(crate) enum Write {
    /// Only the server sets it.
    Protected,
    /// Stored as sent, when this function has nothing against it.
    Stored(fn(&Element) -> Result<(), &'static str>),
    /// `CALDAV:calendar-timezone`.
    Timezone,
    /// `CALDAV:schedule-calendar-transp`.
    Transparency,
    /// `CALDAV:schedule-default-calendar-URL`.
    DefaultCalendar,
}

impl Row {
    /// A protected property that is computed.
    const fn live(
        name: QName<'static>,
        on: &'static [Kind],
        read: fn(&View<'_>, &mut Writer) -> Found,
    ) -> Self {
        Self { name, on, allprop: false, read: Read::Live(read), write: Write::Protected }
    }

    /// A property that clients set and get back.
    const fn stored(
        name: QName<'static>,
        on: &'static [Kind],
        check: fn(&Element) -> Result<(), &'static str>,
    ) -> Self {
        Self { name, on, allprop: false, read: Read::Stored, write: Write::Stored(check) }
    }

    const fn in_allprop(mut self) -> Self {
        self.allprop = true;
        self
    }

    const fn written_as(mut self, write: Write) -> Self {
        self.write = write;
        self
    }
}

/// All tables, in the order in which `DAV:propname` lists them.
const TABLES: &[&[Row]] = &[
    core::ROWS,
    acl::ROWS,
    versioning::ROWS,
    sync::ROWS,
    caldav::ROWS,
    schedule::ROWS,
    apple::ROWS,
];

/// The rows of a kind of resource.
pub(crate) fn rows(kind: Kind) -> impl Iterator<Item = &'static Row> {
    TABLES.iter().flat_map(|table| table.iter()).filter(move |row| row.on.contains(&kind))
}

/// The row of a property on a kind of resource; `None`: it would be a dead one.
pub(crate) fn find(kind: Kind, name: QName<'_>) -> Option<&'static Row> {
    rows(kind).find(|row| row.name == name)
}

/// The rows of this name, on whatever kinds of resource.
fn rows_named(name: QName<'_>) -> impl Iterator<Item = &'static Row> {
    TABLES.iter().flat_map(|table| table.iter()).filter(move |row| row.name == name)
}

/// Names that mean something to the server are not stored where they would mean nothing, but for
/// those that clients keep anywhere (Apple sets colours on homes).
fn may_be_dead(kind: Kind, name: QName<'_>) -> bool {
    match name {
        names::LOCKDISCOVERY | names::INHERITED_ACL_SET | names::GROUP => false,
        _ if kind == Kind::Object => rows_named(name).next().is_none(),
        _ => rows_named(name).all(|row| matches!(row.write, Write::Stored(_))),
    }
}

/// Nothing against any value.
fn any_value(_: &Element) -> Result<(), &'static str> {
    Ok(())
}

/// Text and nothing else (`#PCDATA`).
fn only_text(property: &Element) -> Result<(), &'static str> {
    match property.elements().next() {
        None => Ok(()),
        Some(_) => Err("the property holds text, not elements"),
    }
}
