//! Whether the header `If` holds (RFC 4918 10.4, RFC 6578 5).

use store::Queries;

use crate::access::{self, Privilege};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::headers::{self, IfList, IfState};
use crate::request::Request;
use crate::sync_token::SyncToken;
use crate::target::Target;

/// Answers 412 unless a list of the header holds, or there is no header.
///
/// Returns the entity tag that a list matched on the request's own target: a write checks it again
/// inside its transaction.
pub(crate) async fn check_if(cx: &Context, request: &Request) -> Result<Option<String>> {
    let Some(header) = headers::if_header(&request.headers)? else {
        return Ok(None);
    };
    let mut queries = cx.store.read().await?;
    for list in &header.lists {
        let target = match &list.resource {
            Some(reference) => Target::from_reference(reference, request.authority())?,
            None => request.target.clone(),
        };
        let state = state(cx, &mut queries, &target).await?;
        if list.holds(state.etag.as_deref(), state.token.as_deref()) {
            return Ok((target == request.target).then(|| matched_etag(list)).flatten());
        }
    }
    Err(Error::precondition_failed("If", None))
}

/// What a resource can be compared by; nothing of a resource that the caller may not read.
#[derive(Default)]
struct State {
    etag: Option<String>,
    token: Option<String>,
}

async fn state(cx: &Context, queries: &mut Queries, target: &Target) -> Result<State> {
    if !access::privileges(&cx.caller, target).holds(Privilege::Read) {
        return Ok(State::default());
    }
    match target {
        Target::Object { home, collection, name } => {
            let located = queries.find_object_without_octets(home, collection, name).await?;
            Ok(State { etag: located.object.map(|row| row.etag), token: None })
        }
        Target::Collection { home, collection } => {
            let found = queries.find_collection(home, collection).await?;
            let token = found.map(|collection| SyncToken {
                store: cx.store.id(),
                collection: collection.id.get(),
                change: collection.change,
            });
            Ok(State { etag: None, token: token.map(|token| token.to_string()) })
        }
        _ => Ok(State::default()),
    }
}

fn matched_etag(list: &IfList) -> Option<String> {
    list.conditions.iter().find_map(|condition| match &condition.state {
        IfState::Etag(tag) if !condition.negated => Some(tag.clone()),
        _ => None,
    })
}
