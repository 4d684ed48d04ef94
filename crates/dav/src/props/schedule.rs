//! RFC 6638 2.1.1, 2.2.1, 2.4 and 9: what scheduling needs to know of people and calendars.

use store::PrincipalKind;

use super::node::{Facts, Kind, View};
use super::{Found, Row, Write};
use crate::target::{INBOX, OUTBOX, collection_href};
use crate::xml::{Writer, names};

pub(super) const ROWS: &[Row] = &[
    Row::live(names::SCHEDULE_INBOX_URL, &[Kind::Principal], |view, xml| url(view, xml, INBOX)),
    Row::live(names::SCHEDULE_OUTBOX_URL, &[Kind::Principal], |view, xml| url(view, xml, OUTBOX)),
    Row::live(names::CALENDAR_USER_ADDRESS_SET, &[Kind::Principal], calendar_user_address_set),
    Row::live(names::CALENDAR_USER_TYPE, &[Kind::Principal], calendar_user_type),
    Row::live(names::SCHEDULE_CALENDAR_TRANSP, &[Kind::Calendar], schedule_calendar_transp)
        .written_as(Write::Transparency),
    Row::live(names::SCHEDULE_DEFAULT_CALENDAR_URL, &[Kind::Inbox], schedule_default_calendar_url)
        .written_as(Write::DefaultCalendar),
    Row::live(names::SCHEDULE_TAG, &[Kind::Object], schedule_tag),
];

fn url(view: &View<'_>, xml: &mut Writer, collection: &str) -> Found {
    let Facts::Principal { principal, .. } = &view.node.facts else { return Found::No };
    xml.href(&collection_href(&principal.name, collection));
    Found::Yes
}

fn calendar_user_address_set(view: &View<'_>, xml: &mut Writer) -> Found {
    let Facts::Principal { addresses, .. } = &view.node.facts else { return Found::No };
    for address in addresses {
        xml.href(address);
    }
    Found::Yes
}

fn calendar_user_type(view: &View<'_>, xml: &mut Writer) -> Found {
    let Facts::Principal { principal, .. } = &view.node.facts else { return Found::No };
    xml.raw(cutype(principal.kind));
    Found::Yes
}

/// CUTYPE (RFC 5545 3.2.3).
pub(crate) fn cutype(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::User => "INDIVIDUAL",
        PrincipalKind::Group => "GROUP",
        PrincipalKind::Room => "ROOM",
        PrincipalKind::Resource => "RESOURCE",
    }
}

fn schedule_calendar_transp(view: &View<'_>, xml: &mut Writer) -> Found {
    let Some(collection) = view.node.collection() else { return Found::No };
    xml.raw(if collection.transparent { "<C:transparent/>" } else { "<C:opaque/>" });
    Found::Yes
}

fn schedule_default_calendar_url(view: &View<'_>, xml: &mut Writer) -> Found {
    match (&view.node.facts, view.node.target.home()) {
        (Facts::Collection { default_calendar: Some(name), .. }, Some(home)) => {
            xml.href(&collection_href(home, name));
            Found::Yes
        }
        _ => Found::No,
    }
}

/// Only scheduling object resources have one (RFC 6638 3.2.10).
fn schedule_tag(view: &View<'_>, xml: &mut Writer) -> Found {
    let details = view.object.and_then(|object| object.row.details);
    match details.and_then(|details| details.schedule_tag) {
        Some(tag) => {
            xml.raw("\"");
            xml.text(tag);
            xml.raw("\"");
            Found::Yes
        }
        None => Found::No,
    }
}
