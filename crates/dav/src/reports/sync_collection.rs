//! DAV:sync-collection (RFC 6578): what changed in a collection since a token.
//!
//! Invariants: the token of an answer names a state that the answer has reached, so nothing is missed
//! between two reports; a member stands in an answer once, since changes later than the collection's
//! number at the beginning are left for the next report.

use std::sync::Arc;

use http::{Response, StatusCode};
use store::{Change, ChangedMember, Collection, Listed};

use super::objects::{ObjectWriter, Wanted};
use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Precondition, Result};
use crate::headers::Depth;
use crate::multistatus::{self, Multistatus};
use crate::props::Node;
use crate::sync_token::SyncToken;
use crate::xml::{Element, names};

/// The request body (RFC 6578 6.1).
#[derive(Clone, Debug)]
pub(crate) struct SyncCollection {
    /// The state the client has; `None` asks for everything (3.4).
    since: Option<String>,
    /// At most so many members (3.7).
    limit: Option<usize>,
    wanted: Wanted,
}

impl SyncCollection {
    // <!ELEMENT sync-collection (sync-token, sync-level, limit?, prop)>
    pub(super) fn parse(
        cx: &Context,
        body: &Element,
        depth: Option<Depth>,
        minimal: bool,
    ) -> Result<Self> {
        let token = body.find(names::SYNC_TOKEN).ok_or_else(|| {
            Error::bad_request("sync-collection needs a sync-token element, empty the first time")
        })?;
        let token = token.text();
        check_level(body.find(names::SYNC_LEVEL), depth)?;
        Ok(Self {
            since: Some(token.trim()).filter(|token| !token.is_empty()).map(str::to_owned),
            limit: body.find(names::LIMIT).map(limit).transpose()?,
            wanted: Wanted::of(cx, body, minimal)?,
        })
    }

    /// Answers with the changes of the collection.
    pub(super) async fn answer(self, cx: &Arc<Context>, node: Node) -> Result<Response<Body>> {
        let collection = node.collection().cloned().ok_or_else(Error::not_found)?;
        let since = match &self.since {
            Some(token) => Some(change_of(cx, &collection, token)?),
            None => None,
        };
        let href = node.href.clone();
        let writer =
            ObjectWriter::new(cx, node, &self.wanted, None).ok_or_else(Error::not_found)?;
        let cx = Arc::clone(cx);
        let changes = Changes { cx, writer, href, collection, since, limit: self.limit };
        multistatus::respond(move |out| changes.write(out)).await
    }
}

// <!ELEMENT sync-level (#PCDATA)> <!-- MUST be either "1" or "infinite" -->
/// Calendars hold no collections, so that both levels say the same.
fn check_level(element: Option<&Element>, depth: Option<Depth>) -> Result<()> {
    // RFC 6578 appendix A: clients of its drafts say it in the Depth header, which we don't look at
    // otherwise, since clients in use send Depth: 1 here (against 3.2).
    let level = element.map(Element::text);
    match (level.as_deref().map(str::trim), depth) {
        (Some("1" | "infinite" | "infinity"), _) | (None, Some(Depth::One | Depth::Infinity)) => {
            Ok(())
        }
        (Some(_), _) | (None, Some(Depth::Zero) | None) => {
            Err(Error::bad_request("sync-collection needs a sync-level element, 1 or infinite"))
        }
    }
}

// <!ELEMENT limit (nresults)>  <!ELEMENT nresults (#PCDATA)>   RFC 5323 5.17
fn limit(element: &Element) -> Result<usize> {
    element
        .find(names::NRESULTS)
        .and_then(|nresults| nresults.text().trim().parse().ok())
        .filter(|limit| *limit > 0)
        .ok_or_else(|| Error::bad_request("a limit holds nresults with a positive number"))
}

/// RFC 6578 3.2, `DAV:valid-sync-token`: given by this store for this collection, and its tombstones
/// still there.
fn change_of(cx: &Context, collection: &Collection, token: &str) -> Result<i64> {
    SyncToken::parse(token)
        .filter(|token| token.store == cx.store.id() && token.collection == collection.id.get())
        .map(|token| token.change)
        .filter(|change| (collection.oldest_token..=collection.change).contains(change))
        .ok_or_else(|| {
            Error::unmet(
                Precondition::ValidSyncToken,
                "the sync token is not one of this collection, or too old; start again without one",
            )
        })
}

/// The changes that one answer lists.
struct Changes {
    cx: Arc<Context>,
    writer: ObjectWriter,
    href: String,
    collection: Collection,
    since: Option<i64>,
    limit: Option<usize>,
}

/// What one page of changes comes to.
#[derive(Debug, Default)]
struct Page {
    current: Vec<Listed>,
    removed: Vec<String>,
    /// The number of the last change in it, or before it.
    reached: Option<i64>,
    end: End,
}

/// What comes after a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    #[default]
    More,
    /// The client's limit is used up, and there are more changes.
    Truncated,
    Done,
}

impl Changes {
    async fn write(self, mut out: Multistatus) -> Result<Multistatus> {
        let mut reached = self.since;
        let mut left = self.limit.unwrap_or(usize::MAX);
        let end = loop {
            let limit = self.cx.config.page;
            let mut queries = self.cx.store.read().await?;
            let changes = queries.list_changes_since(self.collection.id, reached, limit).await?;
            drop(queries);
            let is_last = changes.len() < limit as usize;
            let page = self.page(changes, reached, &mut left);
            reached = page.reached;
            for name in &page.removed {
                out.status_response(&self.writer.href(name), StatusCode::NOT_FOUND, None);
                out.pause().await;
            }
            self.writer.write_found(&page.current, &mut out).await?;
            if page.end != End::More || is_last {
                break page.end;
            }
        };
        if end == End::Truncated {
            // RFC 6578 3.6: the token is that of what was listed.
            let unmet = Precondition::NumberOfMatchesWithinLimits;
            out.status_response(&self.href, StatusCode::INSUFFICIENT_STORAGE, Some(&unmet));
        } else {
            reached = Some(self.collection.change);
        }
        let store = self.cx.store.id();
        let change = reached.unwrap_or_default();
        let token = SyncToken { store, collection: self.collection.id.get(), change };
        out.sync_token(&token.to_string());
        Ok(out)
    }

    /// Takes from a list of changes what the answer may hold.
    fn page(&self, changes: Vec<Change>, reached: Option<i64>, left: &mut usize) -> Page {
        let mut page = Page { reached, ..Page::default() };
        for change in changes {
            if change.change > self.collection.change {
                page.end = End::Done;
                break;
            }
            // RFC 6578 3.4: the first report names no removed members.
            let removed = matches!(change.member, ChangedMember::Removed(_));
            if removed && self.since.is_none() {
                page.reached = Some(change.change);
                continue;
            }
            if *left == 0 {
                page.end = End::Truncated;
                break;
            }
            *left -= 1;
            page.reached = Some(change.change);
            match change.member {
                ChangedMember::Changed(row) => page.current.push(*row),
                ChangedMember::Removed(name) => page.removed.push(name),
            }
        }
        page
    }
}
