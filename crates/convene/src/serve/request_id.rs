//! Every request has an id: in the log, in the audit and in its answer.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use futures_util::future::BoxFuture;
use http::{HeaderName, HeaderValue, Request, Response};
use tower::{Layer, Service};

/// The header that carries the id in both directions.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id taken over from a client or a proxy.
const LONGEST: usize = 64;

/// Puts a [`dav::RequestId`] into the request's extensions, and the same in its answer's `X-Request-Id`.
#[derive(Clone, Debug)]
pub(crate) struct RequestIdLayer {
    ids: Arc<Ids>,
}

/// Ids of this process: a random part, so that they differ from those of the last run, and a number.
#[derive(Debug)]
struct Ids {
    process: u32,
    next: AtomicU64,
}

impl RequestIdLayer {
    pub(crate) fn new() -> Self {
        let random = RandomState::new().hash_one(std::process::id());
        #[expect(
            clippy::cast_possible_truncation,
            reason = "half of a random number is one as well"
        )]
        let process = random as u32;
        Self { ids: Arc::new(Ids { process, next: AtomicU64::new(1) }) }
    }
}

impl Ids {
    fn next(&self) -> HeaderValue {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let text = format!("{:08x}-{number:x}", self.process);
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("none"))
    }
}

impl<S> Layer<S> for RequestIdLayer {
    type Service = RequestId<S>;

    fn layer(&self, inner: S) -> RequestId<S> {
        RequestId { inner, ids: Arc::clone(&self.ids) }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct RequestId<S> {
    inner: S,
    ids: Arc<Ids>,
}

impl<S, B, R> Service<Request<B>> for RequestId<S>
where
    S: Service<Request<B>, Response = Response<R>, Future: Send + 'static>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<R>, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let given = request.headers().get(X_REQUEST_ID).filter(|id| is_sane(id)).cloned();
        let id = given.unwrap_or_else(|| self.ids.next());
        request.extensions_mut().insert(dav::RequestId(id.to_str().unwrap_or_default().into()));
        let answer = self.inner.call(request);
        Box::pin(async move {
            let mut response = answer.await?;
            response.headers_mut().insert(X_REQUEST_ID, id);
            Ok(response)
        })
    }
}

/// Whether an id can stand in a log line as it is.
fn is_sane(id: &HeaderValue) -> bool {
    let octets = id.as_bytes();
    (1..=LONGEST).contains(&octets.len())
        && octets.iter().all(|o| o.is_ascii_alphanumeric() || b"-_.:+/=@".contains(o))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tower::{ServiceExt, service_fn};

    use super::*;

    #[tokio::test]
    async fn a_sane_id_is_kept_and_any_other_replaced() {
        let long = "x".repeat(LONGEST + 1);
        for (given, kept) in [
            (Some("01J9-abc_DEF.7:8"), true),
            (Some(""), false),
            (Some("two words"), false),
            (Some("\"quoted\""), false),
            (Some(long.as_str()), false),
            (None, false),
        ] {
            let seen = service_fn(|request: Request<()>| async move {
                let id = request.extensions().get::<dav::RequestId>().map(|id| id.0.to_string());
                Ok::<_, Infallible>(Response::new(id))
            });
            let mut request = Request::new(());
            if let Some(id) = given {
                request.headers_mut().insert(X_REQUEST_ID, HeaderValue::from_str(id).unwrap());
            }
            let response = RequestIdLayer::new().layer(seen).oneshot(request).await.unwrap();
            let id = response.headers().get(X_REQUEST_ID).unwrap();
            assert_eq!(id.to_str().ok(), response.body().as_deref(), "the same within and without");
            assert_eq!(id.to_str().ok() == given, kept, "{given:?}");
            assert!(is_sane(id));
        }
    }
}
