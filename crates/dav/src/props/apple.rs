//! What Apple's clients brought, and all others look at: calendarserver.org's ctag (caldav-ctag-02),
//! colour and order of calendars.

use super::node::{Facts, Kind, View};
use super::{Found, Row, only_text};
use crate::xml::{Writer, names};

pub(super) const ROWS: &[Row] = &[
    Row::live(names::GETCTAG, &[Kind::Home, Kind::Calendar, Kind::Inbox], getctag),
    Row::live(names::EMAIL_ADDRESS_SET, &[Kind::Principal], email_address_set),
    Row::stored(names::CALENDAR_COLOR, &[Kind::Calendar], only_text),
    Row::stored(names::CALENDAR_ORDER, &[Kind::Calendar], only_text),
];

/// What a client shows beside a name.
fn email_address_set(view: &View<'_>, xml: &mut Writer) -> Found {
    let Facts::Principal { addresses, .. } = &view.node.facts else { return Found::No };
    for address in addresses.iter().filter_map(|address| address.strip_prefix("mailto:")) {
        xml.text_element(names::EMAIL_ADDRESS, address);
    }
    Found::Yes
}

/// Changes whenever anything in the collection does; of a home, whenever anything below it does.
fn getctag(view: &View<'_>, xml: &mut Writer) -> Found {
    match &view.node.facts {
        // With its id, since a calendar that was made again starts to count again.
        Facts::Collection { collection, .. } => {
            xml.text(&format!("{}-{}", collection.id, collection.change));
        }
        Facts::Home { change, .. } => xml.text(&change.to_string()),
        Facts::Fixed | Facts::Principal { .. } => return Found::No,
    }
    Found::Yes
}
