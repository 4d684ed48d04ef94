//! RFC 4791 5.2, 6.2.1 and 7.5.1, RFC 7529 10.1: calendars, and where they are.

use jiff::Timestamp;

use super::node::{Facts, Kind, View};
use super::{Found, Read, Row, Write, only_text};
use crate::target::home_href;
use crate::xml::{Writer, names};

pub(super) const ROWS: &[Row] = &[
    Row::live(names::CALENDAR_HOME_SET, &[Kind::Principal], calendar_home_set),
    Row::stored(names::CALENDAR_DESCRIPTION, &[Kind::Calendar], only_text),
    Row {
        name: names::CALENDAR_TIMEZONE,
        on: &[Kind::Calendar],
        allprop: false,
        read: Read::Live(calendar_timezone),
        write: Write::Timezone,
    },
    Row::live(
        names::SUPPORTED_CALENDAR_COMPONENT_SET,
        &[Kind::Calendar, Kind::Inbox],
        supported_calendar_component_set,
    ),
    Row::live(names::SUPPORTED_CALENDAR_DATA, WITH_DATA, supported_calendar_data),
    Row::live(names::MAX_RESOURCE_SIZE, WITH_DATA, max_resource_size),
    Row::live(names::MIN_DATE_TIME, WITH_DATA, |view, xml| {
        date_time(xml, view.cx.config.min_date_time)
    }),
    Row::live(names::MAX_DATE_TIME, WITH_DATA, |view, xml| {
        date_time(xml, view.cx.config.max_date_time)
    }),
    Row::live(names::MAX_INSTANCES, WITH_DATA, |view, xml| {
        limit(xml, view.cx.config.calendar.max_instances)
    }),
    Row::live(names::MAX_ATTENDEES_PER_INSTANCE, WITH_DATA, |view, xml| {
        limit(xml, view.cx.config.calendar.max_attendees_per_instance)
    }),
    Row::live(names::SUPPORTED_COLLATION_SET, WITH_REPORTS, supported_collation_set),
    Row::live(names::SUPPORTED_RSCALE_SET, &[Kind::Home, Kind::Calendar], supported_rscale_set),
    Row::live(names::CALENDAR_DATA, &[Kind::Object], calendar_data),
];

/// RFC 6638 2.1.1 and 2.2.1 ask for the limits on inbox and outbox as well.
const WITH_DATA: &[Kind] = &[Kind::Calendar, Kind::Inbox, Kind::Outbox];
const WITH_REPORTS: &[Kind] = &[Kind::Home, Kind::Calendar, Kind::Inbox, Kind::Object];

fn calendar_home_set(view: &View<'_>, xml: &mut Writer) -> Found {
    let Facts::Principal { principal, .. } = &view.node.facts else { return Found::No };
    xml.href(&home_href(&principal.name));
    Found::Yes
}

fn calendar_timezone(view: &View<'_>, xml: &mut Writer) -> Found {
    match view.node.collection().and_then(|collection| collection.timezone.as_deref()) {
        Some(timezone) => {
            xml.text(timezone);
            Found::Yes
        }
        None => Found::No,
    }
}

fn supported_calendar_component_set(view: &View<'_>, xml: &mut Writer) -> Found {
    let Some(collection) = view.node.collection() else { return Found::No };
    for component in collection.components.iter() {
        xml.raw("<C:comp name=\"");
        xml.raw(component.as_str());
        xml.raw("\"/>");
    }
    Found::Yes
}

fn supported_calendar_data(_: &View<'_>, xml: &mut Writer) -> Found {
    xml.raw("<C:calendar-data content-type=\"text/calendar\" version=\"2.0\"/>");
    Found::Yes
}

fn max_resource_size(view: &View<'_>, xml: &mut Writer) -> Found {
    limit(xml, view.cx.config.calendar.max_resource_size)
}

fn limit(xml: &mut Writer, limit: usize) -> Found {
    xml.number(limit as u64);
    Found::Yes
}

/// RFC 4791 5.2.6: a date with UTC time as in iCalendar.
fn date_time(xml: &mut Writer, instant: Timestamp) -> Found {
    xml.text(&instant.strftime("%Y%m%dT%H%M%SZ").to_string());
    Found::Yes
}

fn supported_collation_set(_: &View<'_>, xml: &mut Writer) -> Found {
    for collation in ["i;ascii-casemap", "i;octet", "i;unicode-casemap"] {
        xml.text_element(names::SUPPORTED_COLLATION, collation);
    }
    Found::Yes
}

/// RFC 7529 8: without it, clients must not store an RSCALE, and so no SKIP.
fn supported_rscale_set(_: &View<'_>, xml: &mut Writer) -> Found {
    xml.text_element(names::SUPPORTED_RSCALE, "GREGORIAN");
    Found::Yes
}

/// Not a property, but reports name it among them (RFC 4791 9.6).
fn calendar_data(view: &View<'_>, xml: &mut Writer) -> Found {
    match view.object.and_then(|object| object.calendar_data) {
        Some(octets) => {
            xml.text_octets(octets);
            Found::Yes
        }
        None => Found::No,
    }
}
