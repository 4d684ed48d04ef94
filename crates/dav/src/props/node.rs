//! What properties are read from: a resource with everything about it that was loaded.

use jiff::Timestamp;
use store::{Collection, CollectionKind, ComponentKind, Listed, Principal, Property};

use crate::context::Context;
use crate::target::Target;

/// The kinds of resource that have different properties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `/`.
    Site,
    /// `/dav/`.
    Root,
    /// `/dav/principals/`.
    Principals,
    /// `/dav/calendars/`.
    Homes,
    /// A user, group, room or resource.
    Principal,
    /// A calendar home.
    Home,
    /// A calendar collection.
    Calendar,
    /// A collection that is no calendar.
    Plain,
    /// A scheduling inbox.
    Inbox,
    /// A scheduling outbox.
    Outbox,
    /// A calendar object resource, in a calendar or an inbox.
    Object,
}

impl Kind {
    pub(super) const ALL: &'static [Self] = &[
        Self::Site,
        Self::Root,
        Self::Principals,
        Self::Homes,
        Self::Principal,
        Self::Home,
        Self::Calendar,
        Self::Plain,
        Self::Inbox,
        Self::Outbox,
        Self::Object,
    ];
    /// Everything below a principal's home, and the home.
    pub(super) const OWNED: &'static [Self] =
        &[Self::Home, Self::Calendar, Self::Plain, Self::Inbox, Self::Outbox, Self::Object];
    /// The collections in a home.
    pub(super) const COLLECTIONS: &'static [Self] =
        &[Self::Calendar, Self::Plain, Self::Inbox, Self::Outbox];
}

impl From<CollectionKind> for Kind {
    fn from(kind: CollectionKind) -> Self {
        match kind {
            CollectionKind::Calendar => Self::Calendar,
            CollectionKind::Inbox => Self::Inbox,
            CollectionKind::Outbox => Self::Outbox,
            CollectionKind::Plain => Self::Plain,
        }
    }
}

/// A resource other than a calendar object.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where it is.
    pub(crate) target: Target,
    /// Its address.
    pub(crate) href: String,
    /// What it is.
    pub(crate) kind: Kind,
    /// What was loaded of it.
    pub(crate) facts: Facts,
    /// The properties that clients have set, if they were asked for.
    pub(crate) stored: Vec<Property>,
}

/// What a property may need to know; what was not asked for is empty.
#[derive(Clone, Debug)]
pub(crate) enum Facts {
    /// Site, root and the two collections below it.
    Fixed,
    /// A principal.
    Principal {
        /// Its row.
        principal: Box<Principal>,
        /// Its calendar user addresses, the preferred one first.
        addresses: Vec<String>,
        /// The names of a group's members.
        members: Vec<String>,
        /// The names of the groups it is in.
        groups: Vec<String>,
    },
    /// A home.
    Home {
        /// Its owner.
        principal: Box<Principal>,
        /// The number that grows with every change in it.
        change: i64,
    },
    /// A collection in a home.
    Collection {
        /// Its row.
        collection: Box<Collection>,
        /// Of an inbox: the name of the collection where invitations go.
        default_calendar: Option<String>,
    },
}

impl Node {
    pub(crate) fn new(target: Target, kind: Kind, facts: Facts) -> Self {
        let href = target.href();
        Self { target, href, kind, facts, stored: Vec::new() }
    }

    /// A collection in this home. Of an inbox, the name of the default calendar belongs to it.
    pub(crate) fn of_collection(
        home: &str,
        collection: Collection,
        default_calendar: Option<String>,
    ) -> Self {
        let target =
            Target::Collection { home: home.to_owned(), collection: collection.name.clone() };
        let kind = collection.kind.into();
        let facts = Facts::Collection { collection: Box::new(collection), default_calendar };
        Self::new(target, kind, facts)
    }

    /// The collection's row.
    pub(crate) fn collection(&self) -> Option<&Collection> {
        match &self.facts {
            Facts::Collection { collection, .. } => Some(collection),
            _ => None,
        }
    }
}

/// What is known of a calendar object without reading it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'a> {
    /// The last segment of its path, decoded.
    pub(crate) name: &'a str,
    /// DAV:getetag, without quotes.
    pub(crate) etag: &'a str,
    /// What not every listing has, see [`Needs::details`](super::Needs).
    pub(crate) details: Option<Details<'a>>,
}

/// The rest of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Details<'a> {
    /// What it is about.
    pub(crate) kind: ComponentKind,
    /// CALDAV:schedule-tag, without quotes.
    pub(crate) schedule_tag: Option<&'a str>,
    /// How many octets.
    pub(crate) size: i64,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// When it was last written.
    pub(crate) modified_at: Timestamp,
}

impl<'a> From<&'a Listed> for Member<'a> {
    fn from(row: &'a Listed) -> Self {
        let Listed { kind, size, created_at, modified_at, .. } = *row;
        let schedule_tag = row.schedule_tag.as_deref();
        let details = Details { kind, schedule_tag, size, created_at, modified_at };
        Self { name: &row.name, etag: &row.etag, details: Some(details) }
    }
}

/// A calendar object in a listing or a report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object<'a> {
    /// Its row.
    pub(crate) row: Member<'a>,
    /// The properties that clients have set, if they were asked for.
    pub(crate) stored: &'a [Property],
    /// `CALDAV:calendar-data`, in reports that return it.
    pub(crate) calendar_data: Option<&'a [u8]>,
}

/// The resource whose properties are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    /// The request.
    pub(crate) cx: &'a Context,
    /// The resource; of an object, the collection it is in.
    pub(crate) node: &'a Node,
    /// The object, if it is about one.
    pub(crate) object: Option<Object<'a>>,
}

impl<'a> View<'a> {
    /// A resource that is no calendar object.
    pub(crate) fn of(cx: &'a Context, node: &'a Node) -> Self {
        Self { cx, node, object: None }
    }

    /// A calendar object in a collection.
    pub(crate) fn of_object(cx: &'a Context, collection: &'a Node, object: Object<'a>) -> Self {
        Self { cx, node: collection, object: Some(object) }
    }

    pub(super) fn kind(&self) -> Kind {
        if self.object.is_some() { Kind::Object } else { self.node.kind }
    }

    pub(super) fn stored(&self) -> &'a [Property] {
        match self.object {
            Some(object) => object.stored,
            None => &self.node.stored,
        }
    }

    /// The address of the resource itself.
    pub(super) fn target(&self) -> Target {
        match (self.object, &self.node.target) {
            (Some(object), Target::Collection { home, collection }) => Target::Object {
                home: home.clone(),
                collection: collection.clone(),
                name: object.row.name.to_owned(),
            },
            (_, target) => target.clone(),
        }
    }
}
