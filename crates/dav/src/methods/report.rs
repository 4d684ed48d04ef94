//! REPORT (RFC 3253 3.6): which report the body asks for, on what.

use std::sync::Arc;

use http::header::HeaderName;
use http::{Response, StatusCode};

use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::headers::{self, Return};
use crate::reports::{self, Report};
use crate::request::Request;

/// Answers the report.
pub(crate) async fn handle(cx: &Arc<Context>, mut request: Request) -> Result<Response<Body>> {
    let body = request
        .read_xml(cx)
        .await?
        .ok_or_else(|| Error::bad_request("a REPORT has a body that names the report"))?;
    let depth = headers::depth(&request.headers)?;
    let minimal = headers::prefer(&request.headers)?.is_minimal();
    let report = Report::parse(cx, &body, depth, minimal)?;
    let mut response = reports::answer(cx, report, &request.target, request.authority()).await?;
    if minimal && response.status() == StatusCode::MULTI_STATUS {
        let applied = HeaderName::from_static("preference-applied");
        response.headers_mut().insert(applied, Return::Minimal.applied());
    }
    Ok(response)
}
