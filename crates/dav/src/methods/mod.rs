//! One file for each method, and which of them a resource has.

pub(crate) mod copy_move;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod mkcalendar;
pub(crate) mod options;
pub(crate) mod post;
pub(crate) mod propfind;
pub(crate) mod proppatch;
pub(crate) mod put;
pub(crate) mod report;

use std::sync::Arc;

use http::{Method, Response, StatusCode};
use scheduling::intercept::Transfer;

use self::mkcalendar::Making;
use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::request::Request;
use crate::target::{INBOX, OUTBOX, Target};

/// Answers a request that is allowed to its caller.
pub(crate) async fn handle(cx: &Arc<Context>, request: Request) -> Result<Response<Body>> {
    match request.method.as_str() {
        "OPTIONS" => options::handle(cx, request).await,
        "PROPFIND" => propfind::handle(cx, request).await,
        "PROPPATCH" => proppatch::handle(cx, request).await,
        "GET" | "HEAD" => get::handle(cx, &request).await,
        "PUT" => put::handle(cx, request).await,
        "DELETE" => delete::handle(cx, &request).await,
        "COPY" => copy_move::handle(cx, &request, Transfer::Copy).await,
        "MOVE" => copy_move::handle(cx, &request, Transfer::Move).await,
        "MKCALENDAR" => mkcalendar::handle(cx, request, Making::Calendar).await,
        "MKCOL" => mkcalendar::handle(cx, request, Making::Collection).await,
        "POST" => post::handle(cx, request).await,
        "REPORT" => report::handle(cx, request).await,
        _ => Err(not_implemented()),
    }
}

/// 405 with `Allow` where the resource lacks the method, 501 where the server does (RFC 9110 15.6.2).
pub(crate) fn check_allowed(method: &Method, target: &Target) -> Result<()> {
    if !KNOWN.contains(&method.as_str()) {
        return Err(not_implemented());
    }
    // Their handlers know why it cannot be done there, which tells more than a 405.
    let explained = match method.as_str() {
        "MKCALENDAR" | "MKCOL" => true,
        "DELETE" | "COPY" | "MOVE" => *target != Target::Nowhere,
        _ => false,
    };
    match target {
        _ if explained => Ok(()),
        Target::Nowhere if method == Method::OPTIONS => Ok(()),
        // RFC 4918 9.7.1: the collection that should hold it is missing.
        Target::Nowhere if method == Method::PUT => {
            Err(Error::conflict("the collection that should hold this resource does not exist"))
        }
        Target::Nowhere => Err(Error::not_found()),
        _ if allow(target).split(", ").any(|allowed| allowed == method.as_str()) => Ok(()),
        _ => Err(Error::method_not_allowed(allow(target))),
    }
}

/// What `Allow` says of a resource.
pub(crate) fn allow(target: &Target) -> &'static str {
    match target {
        Target::WellKnown => "OPTIONS, GET, HEAD, PROPFIND",
        Target::Site
        | Target::Root
        | Target::Principals
        | Target::Homes
        | Target::Principal { .. } => "OPTIONS, GET, HEAD, PROPFIND, REPORT",
        Target::Nowhere => "OPTIONS",
        Target::Home { .. } => "OPTIONS, GET, HEAD, PROPFIND, PROPPATCH, REPORT",
        Target::Collection { collection, .. } => match collection.as_str() {
            INBOX => "OPTIONS, GET, HEAD, PROPFIND, PROPPATCH, REPORT",
            OUTBOX => "OPTIONS, GET, HEAD, POST, PROPFIND, PROPPATCH, REPORT",
            _ => "OPTIONS, GET, HEAD, PROPFIND, PROPPATCH, REPORT, DELETE, MKCALENDAR, MKCOL",
        },
        Target::Object { .. } => {
            "OPTIONS, GET, HEAD, PUT, DELETE, COPY, MOVE, PROPFIND, PROPPATCH, REPORT"
        }
    }
}

/// Every method that some resource has.
const KNOWN: &[&str] = &[
    "OPTIONS",
    "GET",
    "HEAD",
    "PUT",
    "DELETE",
    "POST",
    "COPY",
    "MOVE",
    "MKCOL",
    "MKCALENDAR",
    "PROPFIND",
    "PROPPATCH",
    "REPORT",
];

/// Octets of the longest name that an object or a calendar may have, as in most file systems.
const MAX_NAME: usize = 255;

/// Names are the client's choice (RFC 4791 5.3.2) up to this length.
fn check_name(name: &str) -> Result<()> {
    if name.len() <= MAX_NAME {
        return Ok(());
    }
    Err(Error::forbidden(format!(
        "a name has at most {MAX_NAME} octets, this one has {}",
        name.len()
    )))
}

fn not_implemented() -> Error {
    Error::new(StatusCode::NOT_IMPLEMENTED, "this server does not have that method")
}
