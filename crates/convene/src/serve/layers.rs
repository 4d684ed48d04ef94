//! The layers around the DAV service, from the outside in.

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use dav::DavService;
use http::{Request, Response, header::AUTHORIZATION};
use http_body::Body;
use hyper::body::Incoming;
use store::Store;
use tokio::sync::Semaphore;
use tower::{BoxError, Service, ServiceBuilder, limit::GlobalConcurrencyLimitLayer};
use tower_http::{
    catch_panic::CatchPanicLayer, sensitive_headers::SetSensitiveRequestHeadersLayer,
};

use super::{
    access_log::AccessLogLayer, answers::for_panic, body::RequestBody, deadline::DeadlineLayer,
    health::HealthLayer, request_id::RequestIdLayer,
};
use crate::{
    auth::{AuthenticationLayer, Authenticator, Passwords},
    config::Config,
};

/// What connections are served with. Sizes and pauses of bodies are bounded before the first layer, by
/// [`RequestBody`].
pub(super) fn around(
    dav: DavService,
    store: &Store,
    passwords: &Passwords,
    config: &Config,
) -> impl Service<
    Request<RequestBody<Incoming>>,
    Response = Response<impl Body<Data = Bytes, Error = BoxError> + Send + 'static>,
    Error = Infallible,
    Future: Send,
> + Clone
+ Send
+ 'static {
    let authenticator = Authenticator::new(store.clone(), passwords.clone());
    let requests = Arc::new(Semaphore::new(config.limits.max_requests));
    ServiceBuilder::new()
        // Outermost: whatever answers further in, the answer carries the id and the log knows it.
        .layer(RequestIdLayer::new())
        // Before anything that could print a request.
        .layer(SetSensitiveRequestHeadersLayer::new([AUTHORIZATION]))
        // Outside of all that answers by itself, so that each request has its line.
        .layer(AccessLogLayer)
        // Within the log, so that a panic is logged with the request's id and answered as a 500.
        .layer(CatchPanicLayer::custom(for_panic::<dav::Body>))
        // Before authentication and limits: a busy server is still alive.
        .layer(HealthLayer { store: store.clone() })
        // Around authentication, whose hashes queue up as well.
        .layer(DeadlineLayer(Duration::from_secs(config.limits.request_seconds)))
        // Who it is, before any work is done for him.
        .layer(AuthenticationLayer {
            authenticator,
            trusted_proxies: config.trusted_proxies.clone(),
        })
        // Innermost: only work takes up a place, not a login that is held back.
        .layer(GlobalConcurrencyLimitLayer::with_semaphore(requests))
        .service(dav)
}
