//! RFC 3253 3.1: what a resource supports. Each answer is read from what decides it.

use super::node::{Kind, View};
use super::{Found, Row, rows};
use crate::methods;
use crate::xml::{QName, Writer, names};

pub(super) const ROWS: &[Row] = &[
    Row::live(names::SUPPORTED_REPORT_SET, Kind::ALL, supported_report_set),
    Row::live(names::SUPPORTED_METHOD_SET, Kind::ALL, supported_method_set),
    Row::live(names::SUPPORTED_LIVE_PROPERTY_SET, Kind::ALL, supported_live_property_set),
];

/// The reports of a kind of resource (RFC 3253 3.8, RFC 3744 9.4 and 9.5, RFC 4791 7, RFC 6578 3.2); REPORT refuses
/// all others.
pub(crate) fn reports(kind: Kind) -> &'static [QName<'static>] {
    match kind {
        Kind::Calendar => &[
            names::CALENDAR_QUERY,
            names::CALENDAR_MULTIGET,
            names::FREE_BUSY_QUERY,
            names::SYNC_COLLECTION,
            names::EXPAND_PROPERTY,
        ],
        Kind::Inbox => &[
            names::CALENDAR_QUERY,
            names::CALENDAR_MULTIGET,
            names::SYNC_COLLECTION,
            names::EXPAND_PROPERTY,
        ],
        Kind::Home => &[
            names::CALENDAR_QUERY,
            names::CALENDAR_MULTIGET,
            names::FREE_BUSY_QUERY,
            names::EXPAND_PROPERTY,
        ],
        Kind::Object => &[names::CALENDAR_QUERY, names::CALENDAR_MULTIGET],
        Kind::Site | Kind::Root | Kind::Principals | Kind::Homes | Kind::Principal => &[
            names::EXPAND_PROPERTY,
            names::PRINCIPAL_PROPERTY_SEARCH,
            names::PRINCIPAL_SEARCH_PROPERTY_SET,
            names::CALENDARSERVER_PRINCIPAL_SEARCH,
        ],
        Kind::Plain | Kind::Outbox => &[names::EXPAND_PROPERTY],
    }
}

fn supported_report_set(view: &View<'_>, xml: &mut Writer) -> Found {
    for report in reports(view.kind()) {
        xml.raw("<D:supported-report><D:report>");
        xml.empty(*report);
        xml.raw("</D:report></D:supported-report>");
    }
    Found::Yes
}

fn supported_method_set(view: &View<'_>, xml: &mut Writer) -> Found {
    for method in methods::allow(&view.target()).split(", ") {
        xml.raw("<D:supported-method name=\"");
        xml.raw(method);
        xml.raw("\"/>");
    }
    Found::Yes
}

fn supported_live_property_set(view: &View<'_>, xml: &mut Writer) -> Found {
    for row in rows(view.kind()) {
        xml.raw("<D:supported-live-property><D:prop>");
        xml.empty(row.name);
        xml.raw("</D:prop></D:supported-live-property>");
    }
    Found::Yes
}
