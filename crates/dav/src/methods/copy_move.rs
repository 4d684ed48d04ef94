//! COPY and MOVE of calendar objects within a home (RFC 4918 9.8 and 9.9).

use std::sync::Arc;

use http::header::ETAG;
use http::{Response, StatusCode};
use scheduling::intercept::{Overwrite, Transfer, TransferOutcome};

use super::check_name;
use super::get::{SCHEDULE_TAG, insert_tag};
use super::put::{place, represent};
use crate::access::{self, Privilege};
use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::headers;
use crate::request::Request;
use crate::target::Target;

/// Puts the source's object at the destination, and with MOVE takes it away from the source.
pub(crate) async fn handle(
    cx: &Arc<Context>,
    request: &Request,
    transfer: Transfer,
) -> Result<Response<Body>> {
    if !matches!(request.target, Target::Object { .. }) {
        return Err(Error::forbidden(
            "only calendar objects can be copied and moved; make a new calendar with MKCALENDAR",
        ));
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
