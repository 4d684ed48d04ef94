//! The few answers that are not the DAV service's own: plain sentences.

use std::any::Any;

use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};

/// An answer that is one sentence.
pub(crate) fn sentence<R: From<Bytes>>(status: StatusCode, text: &str) -> Response<R> {
    let mut response = Response::new(R::from(Bytes::from(format!("{text}\n"))));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The answer of a request whose work panicked. What it panicked with is for the log only.
#[expect(clippy::needless_pass_by_value, reason = "the signature that CatchPanicLayer asks for")]
pub(crate) fn for_panic<R: From<Bytes>>(panic: Box<dyn Any + Send>) -> Response<R> {
    let detail = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    tracing::error!(detail, "a request panicked");
    sentence(
        StatusCode::INTERNAL_SERVER_ERROR,
        "The server failed at this request; nothing was changed. Its log has the reason beside the id in X-Request-Id.",
    )
}
