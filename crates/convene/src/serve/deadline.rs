//! No request is worked on for ever.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Request, Response, StatusCode, header::RETRY_AFTER};
use tokio::time::timeout;
use tower::{Layer, Service};

use super::answers::sentence;

/// Answers 503 to what has no answer by then. The work is dropped, and with it its transaction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeadlineLayer(pub(crate) Duration);

impl<S> Layer<S> for DeadlineLayer {
    type Service = Deadline<S>;

    fn layer(&self, inner: S) -> Deadline<S> {
        Deadline { inner, after: self.0 }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Deadline<S> {
    inner: S,
    after: Duration,
}

impl<S, B, R> Service<Request<B>> for Deadline<S>
where
    S: Service<Request<B>, Response = Response<R>, Future: Send + 'static>,
    R: From<Bytes>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<R>, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let answer = timeout(self.after, self.inner.call(request));
        let seconds = self.after.as_secs();
        Box::pin(async move {
            answer.await.unwrap_or_else(|_| {
                tracing::warn!(seconds, "a request was given up at its deadline");
                let mut late = sentence(
                    StatusCode::SERVICE_UNAVAILABLE,
                    &format!("The request took longer than {seconds} seconds and was given up. Nothing was changed; try again."),
                );
                late.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("10"));
                Ok(late)
            })
        })
    }
}
