//! OPTIONS (RFC 9110 9.3.7): what a resource can do.

use std::sync::Arc;

use http::header::ALLOW;
use http::{HeaderName, HeaderValue, Response, StatusCode};

use crate::body::Body;
use crate::context::Context;
use crate::error::Result;
use crate::methods::allow;
use crate::request::Request;

/// The compliance classes: RFC 4918 18.1 and 18.3 (without locks, no 2), RFC 5689 3.1, RFC 4791 5.1,
/// RFC 6638 2. The same at every resource: Thunderbird asks the home, Evolution the calendars.
const DAV: HeaderValue =
    HeaderValue::from_static("1, 3, extended-mkcol, calendar-access, calendar-auto-schedule");

pub(crate) async fn handle(_: &Arc<Context>, request: Request) -> Result<Response<Body>> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("dav"), DAV);
    headers.insert(ALLOW, HeaderValue::from_static(allow(&request.target)));
    Ok(response)
}
