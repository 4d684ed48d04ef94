//! `/healthz`: whether this process can serve.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response, StatusCode};
use store::Store;
use tokio::time::timeout;
use tower::{Layer, Service};

use super::answers::sentence;

/// How long the database may take to say something.
const PATIENCE: Duration = Duration::from_secs(2);

/// Answers `/healthz`, and passes everything else on.
#[derive(Clone, Debug)]
pub(crate) struct HealthLayer {
    pub(crate) store: Store,
}

impl<S> Layer<S> for HealthLayer {
    type Service = Health<S>;

    fn layer(&self, inner: S) -> Health<S> {
        Health { inner, store: self.store.clone() }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Health<S> {
    inner: S,
    store: Store,
}

impl<S, B, R> Service<Request<B>> for Health<S>
where
    S: Service<Request<B>, Response = Response<R>, Future: Send + 'static>,
    S::Error: Send,
    R: From<Bytes> + Send,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<R>, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if request.uri().path() != "/healthz" {
            return Box::pin(self.inner.call(request));
        }
        let store = self.store.clone();
        Box::pin(async move {
            Ok(match timeout(PATIENCE, is_well(&store)).await {
                Ok(Ok(())) => sentence(StatusCode::OK, "ok"),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the database fails");
                    sentence(StatusCode::SERVICE_UNAVAILABLE, "The database fails.")
                }
                Err(_) => {
                    sentence(StatusCode::SERVICE_UNAVAILABLE, "The database does not answer.")
                }
            })
        })
    }
}

async fn is_well(store: &Store) -> Result<(), store::Error> {
    store.read().await?.list_principals(None, 1).await.map(drop)
}
