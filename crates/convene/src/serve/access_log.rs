//! One line in the log for each request, and a span around everything that is logged for it.

use std::{
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures_util::future::BoxFuture;
use http::{Request, Response};
use tower::{Layer, Service};
use tracing::{Instrument, field::Empty, info, info_span};

/// Logs method, path, status and duration, within a span that has the request's id and its user.
///
/// Never a body, a query or a header besides the id: they can hold what people write to each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccessLogLayer;

impl<S> Layer<S> for AccessLogLayer {
    type Service = AccessLog<S>;

    fn layer(&self, inner: S) -> AccessLog<S> {
        AccessLog { inner }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct AccessLog<S> {
    inner: S,
}

impl<S, B, R> Service<Request<B>> for AccessLog<S>
where
    S: Service<Request<B>, Response = Response<R>, Future: Send + 'static>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<R>, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let started = Instant::now();
        let id = request.extensions().get::<dav::RequestId>().map_or("", |id| &*id.0);
        let span = info_span!("request", id, user = Empty);
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let answer = span.in_scope(|| self.inner.call(request));
        let logged = async move {
            let response = answer.await?;
            info!(
                target: "convene::access",
                method = method.as_str(),
                path = uri.path(),
                status = response.status().as_u16(),
                ms = milliseconds(started.elapsed()),
            );
            Ok(response)
        };
        Box::pin(logged.instrument(span))
    }
}

/// With two decimals.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 100_000.0).round() / 100.0
}

/// Writes into the request's span who makes it.
pub(crate) fn record_user(name: &str) {
    tracing::Span::current().record("user", name);
}
