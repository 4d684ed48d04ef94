//! PROPPATCH (RFC 4918 9.2): all changes or none.

use std::sync::Arc;

use http::{HeaderName, Response, StatusCode};
use store::{PropertyTarget, Tx};

use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::headers::{self, Return};
use crate::multistatus;
use crate::props::{self, Change, Kind, Needs, Refused};
use crate::request::Request;
use crate::target::Target;
use crate::xml::names;

pub(crate) async fn handle(cx: &Arc<Context>, mut request: Request) -> Result<Response<Body>> {
    let prefer = headers::prefer(&request.headers)?;
    let body = request.read_xml(cx).await?.filter(|body| body.is(names::PROPERTYUPDATE));
    let Some(body) = body else {
        return Err(Error::bad_request("the body of a PROPPATCH is DAV:propertyupdate"));
    };
    let changes = props::changes(&body)?;
    if changes.is_empty() {
        return Err(Error::bad_request("DAV:propertyupdate sets or removes at least one property"));
    }
    let refused = write(cx, &request, &changes).await?;
    if refused.is_empty() && prefer.is_minimal() {
        // RFC 8144 2.2: no body when there is nothing to tell.
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::OK;
        let applied = HeaderName::from_static("preference-applied");
        response.headers_mut().insert(applied, Return::Minimal.applied());
        return Ok(response);
    }
    let href = request.target.href();
    multistatus::respond(|mut out| async move {
        out.open_response(&href);
        props::write_outcome(out.xml(), &changes, &refused);
        out.close_response();
        Ok(out)
    })
    .await
}

/// Writes all changes and commits, or says what stands against them.
async fn write(cx: &Context, request: &Request, changes: &[Change]) -> Result<Vec<Refused>> {
    let mut tx = cx.store.write(&[]).await?;
    let refused = match &request.target {
        Target::Object { home, collection, name } => {
            let place = [home.as_str(), collection, name];
            write_to_object(cx, &mut tx, place, request, changes).await?
        }
        target => write_to_node(cx, &mut tx, target, request, changes).await?,
    };
    if refused.is_empty() {
        tx.commit().await?;
    }
    Ok(refused)
}

async fn write_to_node(
    cx: &Context,
    tx: &mut Tx,
    target: &Target,
    request: &Request,
    changes: &[Change],
) -> Result<Vec<Refused>> {
    let node = props::load(tx, target, Needs::default()).await?.ok_or_else(Error::not_found)?;
    let (update, mut refused) =
        props::decide(node.kind, changes, request.authority(), &cx.config.calendar);
    refused.extend(update.check_default_calendar(tx, &node).await?);
    if refused.is_empty() {
        update.apply(tx, &node).await?;
    }
    Ok(refused)
}

async fn write_to_object(
    cx: &Context,
    tx: &mut Tx,
    [home, collection, name]: [&str; 3],
    request: &Request,
    changes: &[Change],
) -> Result<Vec<Refused>> {
    let located = tx.find_object_without_octets(home, collection, name).await?;
    let row = located.object.ok_or_else(Error::not_found)?;
    let (update, refused) =
        props::decide(Kind::Object, changes, request.authority(), &cx.config.calendar);
    if refused.is_empty() {
        update.set_stored(tx, PropertyTarget::Object(row.id)).await?;
    }
    Ok(refused)
}
