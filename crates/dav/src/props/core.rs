//! RFC 4918 15: the properties of WebDAV itself.
//!
//! There are no locks, so `supportedlock` is empty and there is no `lockdiscovery`.

use jiff::Timestamp;

use super::node::{Facts, Kind, View};
use super::{Found, Row, any_value, only_text};
use crate::xml::{Writer, names};

pub(super) const ROWS: &[Row] = &[
    Row::live(names::CREATIONDATE, WITH_DATES, creationdate).in_allprop(),
    Row::live(names::DISPLAYNAME, &[Kind::Principal, Kind::Home], displayname).in_allprop(),
    Row::stored(names::DISPLAYNAME, Kind::COLLECTIONS, only_text).in_allprop(),
    Row::stored(names::DISPLAYNAME, &[Kind::Object], any_value).in_allprop(),
    Row::live(names::GETCONTENTLENGTH, &[Kind::Object], getcontentlength).in_allprop(),
    Row::live(names::GETCONTENTTYPE, &[Kind::Object], getcontenttype).in_allprop(),
    Row::live(names::GETETAG, &[Kind::Object], getetag).in_allprop(),
    Row::live(names::GETLASTMODIFIED, &[Kind::Object], getlastmodified).in_allprop(),
    Row::live(names::RESOURCETYPE, Kind::ALL, resourcetype).in_allprop(),
    Row::live(names::SUPPORTEDLOCK, Kind::ALL, |_, _| Found::Yes).in_allprop(),
];

const WITH_DATES: &[Kind] =
    &[Kind::Principal, Kind::Calendar, Kind::Plain, Kind::Inbox, Kind::Outbox, Kind::Object];

/// RFC 4918 15.1: RFC 3339 in UTC.
fn creationdate(view: &View<'_>, xml: &mut Writer) -> Found {
    let created_at = match (&view.object, &view.node.facts) {
        (Some(object), _) => match object.row.details {
            Some(details) => details.created_at,
            None => return Found::No,
        },
        (None, Facts::Principal { principal, .. }) => principal.created_at,
        (None, Facts::Collection { collection, .. }) => collection.created_at,
        (None, Facts::Fixed | Facts::Home { .. }) => return Found::No,
    };
    xml.text(&created_at.to_string());
    Found::Yes
}

fn displayname(view: &View<'_>, xml: &mut Writer) -> Found {
    let (Facts::Principal { principal, .. } | Facts::Home { principal, .. }) = &view.node.facts
    else {
        return Found::No;
    };
    xml.text(principal.display_name.as_ref().unwrap_or(&principal.name));
    Found::Yes
}

fn getcontentlength(view: &View<'_>, xml: &mut Writer) -> Found {
    let Some(details) = view.object.and_then(|object| object.row.details) else { return Found::No };
    xml.number(u64::try_from(details.size).unwrap_or_default());
    Found::Yes
}

/// The kind of component is told in the media type (RFC 5545 8.1), so that clients need not open the
/// object to know what it is.
fn getcontenttype(view: &View<'_>, xml: &mut Writer) -> Found {
    let Some(details) = view.object.and_then(|object| object.row.details) else { return Found::No };
    xml.raw(content_type(details.kind));
    Found::Yes
}

/// The media type that a calendar object is served with.
pub(crate) fn content_type(kind: store::ComponentKind) -> &'static str {
    match kind {
        store::ComponentKind::Event => "text/calendar; charset=utf-8; component=vevent",
        store::ComponentKind::Todo => "text/calendar; charset=utf-8; component=vtodo",
        store::ComponentKind::Journal => "text/calendar; charset=utf-8; component=vjournal",
        store::ComponentKind::FreeBusy => "text/calendar; charset=utf-8; component=vfreebusy",
    }
}

fn getetag(view: &View<'_>, xml: &mut Writer) -> Found {
    let Some(object) = view.object else { return Found::No };
    xml.raw("\"");
    xml.text(object.row.etag);
    xml.raw("\"");
    Found::Yes
}

fn getlastmodified(view: &View<'_>, xml: &mut Writer) -> Found {
    let Some(details) = view.object.and_then(|object| object.row.details) else { return Found::No };
    xml.text(&http_date(details.modified_at));
    Found::Yes
}

/// RFC 9110 5.6.7: IMF-fixdate.
pub(crate) fn http_date(instant: Timestamp) -> String {
    instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn resourcetype(view: &View<'_>, xml: &mut Writer) -> Found {
    xml.raw(match view.kind() {
        Kind::Site | Kind::Root | Kind::Principals | Kind::Homes | Kind::Home | Kind::Plain => {
            "<D:collection/>"
        }
        Kind::Principal => "<D:collection/><D:principal/>",
        Kind::Calendar => "<D:collection/><C:calendar/>",
        Kind::Inbox => "<D:collection/><C:schedule-inbox/>",
        Kind::Outbox => "<D:collection/><C:schedule-outbox/>",
        Kind::Object => "",
    });
    Found::Yes
}
