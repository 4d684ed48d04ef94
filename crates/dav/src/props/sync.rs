//! RFC 6578 4: the state of a collection.

use super::node::{Kind, View};
use super::{Found, Row};
use crate::sync_token::SyncToken;
use crate::xml::{Writer, names};

pub(super) const ROWS: &[Row] =
    &[Row::live(names::SYNC_TOKEN, &[Kind::Calendar, Kind::Inbox], sync_token)];

fn sync_token(view: &View<'_>, xml: &mut Writer) -> Found {
    let Some(collection) = view.node.collection() else { return Found::No };
    let token = SyncToken {
        store: view.cx.store.id(),
        collection: collection.id.get(),
        change: collection.change,
    };
    xml.text(&token.to_string());
    Found::Yes
}
