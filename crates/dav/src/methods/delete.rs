//! DELETE of calendar objects, inbox items and calendars (RFC 4918 9.6, RFC 6638 3.2.2.3 and 4.1).

use std::sync::Arc;

use http::{HeaderMap, Response, StatusCode};
use scheduling::intercept::DeleteOptions;

use super::put::place;
use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::headers::{self, Conditions, Depth, TagMatch};
use crate::request::Request;
use crate::target::Target;

/// Removes what is at the target.
pub(crate) async fn handle(cx: &Arc<Context>, request: &Request) -> Result<Response<Body>> {
    let options = DeleteOptions {
        reply: headers::schedule_reply(&request.headers)?,
        silent: !headers::scheduling_enabled(&request.headers)?,
        declines_counter: headers::asks_for_reply(&request.headers)?,
    };
    match &request.target {
        target @ Target::Object { .. } => {
            let conditions = request.conditions()?;
            cx.door.delete(&cx.writing(), &place(target)?, &conditions, options).await?;
        }
        Target::Collection { home, collection } => {
            check_depth(&request.headers)?;
            check_conditions(&request.conditions()?)?;
            cx.door.delete_collection(&cx.writing(), home, collection, options).await?;
        }
        _ => return Err(Error::forbidden("only calendars and what is in them can be deleted")),
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// A collection has no entity tag, so that only `*` matches it (RFC 9110 13.1).
fn check_conditions(conditions: &Conditions) -> Result<()> {
    if let Some(TagMatch::Tags(_)) = conditions.if_match {
        return Err(Error::precondition_failed("If-Match", None));
    }
    if let Some(TagMatch::Any) = conditions.if_none_match {
        return Err(Error::precondition_failed("If-None-Match", None));
    }
    Ok(())
}

/// RFC 4918 9.6.1: a collection goes with all that is in it, or not at all.
fn check_depth(headers: &HeaderMap) -> Result<()> {
    match headers::depth(headers)? {
        None | Some(Depth::Infinity) => Ok(()),
        Some(Depth::Zero | Depth::One) => {
            Err(Error::bad_request("a collection is deleted with Depth: infinity or none"))
        }
    }
}
