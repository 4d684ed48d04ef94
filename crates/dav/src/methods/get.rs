//! GET and HEAD (RFC 9110 9.3.1, 9.3.2): an object's octets, or a page that says what a collection is.

use std::sync::Arc;

use http::header::{CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, LAST_MODIFIED};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use store::{Listed, Octets};

use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::headers;
use crate::props;
use crate::request::Request;
use crate::target::{INBOX, OUTBOX, Target, home_href};
use crate::xml::Writer;

/// RFC 6638 8.2.
pub(super) const SCHEDULE_TAG: HeaderName = HeaderName::from_static("schedule-tag");

/// Answers what is at the target.
pub(crate) async fn handle(cx: &Arc<Context>, request: &Request) -> Result<Response<Body>> {
    let found = match &request.target {
        Target::Object { home, collection, name } => {
            return match cx.store.read().await?.find_content(home, collection, name).await? {
                Some((row, octets)) => object(&request.headers, &row, octets),
                None => Err(Error::not_found()),
            };
        }
        Target::Collection { home, collection } => {
            cx.store.read().await?.find_collection(home, collection).await?.is_some()
        }
        Target::Principal { name } => cx.principal_exists(name).await?,
        Target::Nowhere => false,
        Target::WellKnown
        | Target::Site
        | Target::Root
        | Target::Principals
        | Target::Homes
        | Target::Home { .. } => true,
    };
    if found { Ok(page(cx, &request.target)) } else { Err(Error::not_found()) }
}

/// The octets as they are stored, unless a condition says otherwise (RFC 9110 13.2.2).
fn object(headers: &HeaderMap, row: &Listed, octets: Octets) -> Result<Response<Body>> {
    let conditions = headers::conditions(headers)?;
    if let Some(condition) = &conditions.if_match
        && !headers::if_match_holds(condition, Some(&row.etag))
    {
        return Err(Error::precondition_failed("If-Match", Some(&row.etag)));
    }
    let not_modified = match &conditions.if_none_match {
        Some(condition) => !headers::if_none_match_holds(condition, Some(&row.etag)),
        None => modified_since(headers).is_some_and(|since| row.modified_at <= since),
    };
    let mut response = Response::new(Body::empty());
    describe(response.headers_mut(), row);
    if not_modified {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        *response.body_mut() = octets.into();
    }
    Ok(response)
}

/// The headers that say what a stored object is: of GET, and of a write that answers with the object.
pub(super) fn describe(headers: &mut HeaderMap, row: &Listed) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(props::content_type(row.kind)));
    insert_tag(headers, ETAG, &row.etag);
    if let Some(tag) = &row.schedule_tag {
        insert_tag(headers, SCHEDULE_TAG, tag);
    }
    if let Ok(modified) = HeaderValue::try_from(props::http_date(row.modified_at)) {
        headers.insert(LAST_MODIFIED, modified);
    }
}

/// A tag in its quotes. Tags are made by this server, of characters that a header may have.
pub(super) fn insert_tag(headers: &mut HeaderMap, name: HeaderName, tag: &str) {
    if let Ok(value) = HeaderValue::try_from(format!("\"{tag}\"")) {
        headers.insert(name, value);
    }
}

/// A date that cannot be read counts as absent (RFC 9110 13.1.3).
fn modified_since(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get(IF_MODIFIED_SINCE)?.to_str().ok()?;
    DateTimeParser::new().parse_timestamp(date).ok()
}

/// What somebody sees who opens the address in a browser.
fn page(cx: &Context, target: &Target) -> Response<Body> {
    let (title, text) = match target {
        Target::Principal { .. } => {
            ("An account", "This is the address of an account of this server.")
        }
        Target::Home { .. } => (
            "A calendar home",
            "All calendars of one account are below this address. Give it to a calendar program as the \
             address of a CalDAV account, with your name and password.",
        ),
        Target::Collection { collection, .. } if collection == INBOX => (
            "A scheduling inbox",
            "Invitations and answers arrive here. Calendar programs look after it by themselves.",
        ),
        Target::Collection { collection, .. } if collection == OUTBOX => {
            ("A scheduling outbox", "Calendar programs ask here when other people are busy.")
        }
        Target::Collection { .. } => (
            "A calendar",
            "Give this address to a calendar program as that of a CalDAV calendar, with your name and \
             password; or the address of your home, to have all calendars at once.",
        ),
        Target::WellKnown
        | Target::Site
        | Target::Root
        | Target::Principals
        | Target::Homes
        | Target::Nowhere
        | Target::Object { .. } => (
            "A calendar server",
            "This is a CalDAV server. Give its address to a calendar program, with your name and password.",
        ),
    };
    let mut html = Writer::with_capacity(1024);
    html.raw("<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>");
    html.text(title);
    html.raw("</title>\n<h1>");
    html.text(title);
    html.raw("</h1>\n<p>");
    html.text(text);
    let home = home_href(&cx.caller.name);
    html.raw("</p>\n<p>Your calendars are at <a href=\"");
    html.text(&home);
    html.raw("\">");
    html.text(&home);
    html.raw("</a>.</p>\n</html>\n");
    let mut response = Response::new(html.take().into());
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}
