//! COPY and MOVE of calendar objects within a home, and MOVE of a calendar, which gives it another name there (RFC 4918
//! 9.8 and 9.9).

use std::sync::Arc;

use http::header::ETAG;
use http::{HeaderMap, Response, StatusCode};
use scheduling::intercept::{Overwrite, Transfer, TransferOutcome};
use store::CollectionKind;

use super::check_name;
use super::get::{SCHEDULE_TAG, insert_tag};
use super::put::{place, represent};
use crate::access::{self, Privilege};
use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::headers::{self, Depth};
use crate::request::Request;
use crate::target::Target;

/// Puts the source's object at the destination, and with MOVE takes it away from the source.
pub(crate) async fn handle(
    cx: &Arc<Context>,
    request: &Request,
    transfer: Transfer,
) -> Result<Response<Body>> {
    match &request.target {
        Target::Object { .. } => {}
        Target::Collection { home, collection } if transfer == Transfer::Move => {
            return rename(cx, request, home, collection).await;
        }
        _ => {
            return Err(Error::forbidden(
                "calendar objects can be copied and moved, and calendars be renamed by MOVE",
            ));
        }
    }
    let destination = headers::destination(&request.headers, &request.uri)?;
    let overwrite = match headers::overwrite(&request.headers)? {
        headers::Overwrite::Allow => Overwrite::Allow,
        headers::Overwrite::Forbid => Overwrite::Forbid,
    };
    let conditions = request.conditions()?;
    check_destination(cx, &request.target, &destination).await?;
    let (from, to) = (place(&request.target)?, place(&destination)?);
    check_name(&to.name)?;
    let outcome =
        cx.door.transfer(&cx.writing(), transfer, &from, &to, overwrite, &conditions).await?;
    if headers::prefer(&request.headers)?.is_representation() {
        let status = if outcome.created { StatusCode::CREATED } else { StatusCode::OK };
        return represent(cx, &to, status).await;
    }
    Ok(transferred(&outcome))
}

/// Where the object may not go, whatever is there.
async fn check_destination(cx: &Context, source: &Target, destination: &Target) -> Result<()> {
    if source == destination {
        // RFC 4918 9.8.5 and 9.9.4.
        return Err(Error::forbidden("source and destination are the same"));
    }
    match destination {
        Target::Object { .. } => {}
        Target::Nowhere => {
            return Err(Error::conflict(
                "the calendar that should hold this object does not exist",
            ));
        }
        _ => return Err(Error::forbidden("calendar objects are stored in a calendar, directly")),
    }
    access::authorize(cx, &destination.parent(), Privilege::Bind).await?;
    if source.home() != destination.home() {
        return Err(Error::forbidden("calendar objects are copied and moved within one home"));
    }
    Ok(())
}

fn transferred(outcome: &TransferOutcome) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() =
        if outcome.created { StatusCode::CREATED } else { StatusCode::NO_CONTENT };
    insert_tag(response.headers_mut(), ETAG, &outcome.etag);
    if let Some(tag) = &outcome.schedule_tag {
        insert_tag(response.headers_mut(), SCHEDULE_TAG, tag);
    }
    response
}

/// A calendar at another name in its home is the same calendar: nobody is told, what is in it and the sync tokens stay,
/// and if new invitations went there, they still do.
async fn rename(
    cx: &Arc<Context>,
    request: &Request,
    home: &str,
    name: &str,
) -> Result<Response<Body>> {
    check_whole(&request.headers)?;
    let destination = headers::destination(&request.headers, &request.uri)?;
    let overwrite = headers::overwrite(&request.headers)?;
    if request.target == destination {
        return Err(Error::forbidden("source and destination are the same"));
    }
    let Target::Collection { home: other, collection: to } = &destination else {
        return Err(Error::forbidden("a calendar lies in a calendar home, directly"));
    };
    access::authorize(cx, &destination.parent(), Privilege::Bind).await?;
    if other != home {
        return Err(Error::forbidden("a calendar stays in its home"));
    }
    check_name(to)?;
    let mut tx = cx.store.write(&[]).await?;
    let calendar = tx.find_collection(home, name).await?.ok_or_else(Error::not_found)?;
    if calendar.kind != CollectionKind::Calendar {
        return Err(Error::forbidden("the inbox and the outbox stay where they are"));
    }
    match tx.rename_collection(calendar.id, to).await {
        Err(store::Error::Taken { .. }) => return Err(occupied(overwrite)),
        renamed => renamed?,
    };
    tx.commit().await?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// RFC 4918 9.9.2: a collection moves with all that is in it.
fn check_whole(headers: &HeaderMap) -> Result<()> {
    match headers::depth(headers)? {
        None | Some(Depth::Infinity) => Ok(()),
        Some(Depth::Zero | Depth::One) => {
            Err(Error::bad_request("a collection is moved with Depth: infinity or none"))
        }
    }
}

/// RFC 4918 9.9.3 would delete what is at the destination: calendars go by DELETE only, which says what follows for the
/// meetings in them.
fn occupied(overwrite: headers::Overwrite) -> Error {
    match overwrite {
        headers::Overwrite::Forbid => Error::precondition_failed("Overwrite", None),
        headers::Overwrite::Allow => {
            Error::forbidden("there is a collection at the destination: delete it first")
        }
    }
}
