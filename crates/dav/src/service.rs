//! The service: from a path and a method to a handler, from whatever came of it to an answer.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Poll};

use bytes::Bytes;
use http::header::{LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use http_body_util::BodyExt;
use scheduling::intercept::Door;
use store::Store;

use crate::access;
use crate::body::Body;
use crate::clock::Clock;
use crate::context::{Caller, Config, Context, RequestId};
use crate::error::{Audience, Error, Result};
use crate::headers;
use crate::if_check::check_if;
use crate::methods;
use crate::request::{ReceiveError, Request, RequestBody};
use crate::target::Target;

/// WebDAV and CalDAV as a tower service.
///
/// Authentication is a layer around it that puts a [`Caller`] into the request's extensions; without
/// one every request is answered 401, but for the redirect from `/.well-known/caldav`.
#[derive(Clone, Debug)]
pub struct DavService(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    store: Store,
    door: Arc<Door>,
    config: Arc<Config>,
    clock: Clock,
}

impl DavService {
    /// A service on this store; calendar objects are written through this door.
    pub fn new(store: Store, door: Arc<Door>, config: Config, clock: Clock) -> Self {
        Self(Arc::new(Shared { store, door, config: Arc::new(config), clock }))
    }
}

impl<B> tower::Service<http::Request<B>> for DavService
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let shared = Arc::clone(&self.0);
        let request = request.map(|body| RequestBody::new(body.map_err(ReceiveError::new)));
        Box::pin(async move { Ok(shared.answer(request).await) })
    }
}

impl Shared {
    async fn answer(&self, request: http::Request<RequestBody>) -> Response<Body> {
        let audience = Audience::of(request.headers());
        let is_head = request.method() == Method::HEAD;
        let RequestId(request_id) = request.extensions().get().cloned().unwrap_or_default();
        let answered =
            tokio::time::timeout(self.config.deadline, self.dispatch(request, &request_id));
        let outcome = answered
            .await
            .unwrap_or_else(|_| Err(Error::unavailable("the request took longer than it may")));
        let mut response = outcome.unwrap_or_else(|error| {
            tracing::debug!(%error, "refused");
            error.into_response(&request_id, audience)
        });
        if is_head {
            strip_body(&mut response);
        }
        response
    }

    async fn dispatch(
        &self,
        request: http::Request<RequestBody>,
        request_id: &Arc<str>,
    ) -> Result<Response<Body>> {
        let (parts, body) = request.into_parts();
        headers::check_host(&parts.headers, parts.version)?;
        let target = match parts.uri.path() {
            // RFC 9110 9.3.7: about the server as a whole.
            "*" if parts.method == Method::OPTIONS => Ok(Target::Root),
            path => Target::parse(path),
        };
        if matches!(target, Ok(Target::WellKnown)) {
            return Ok(redirect_to_root());
        }
        let Some(caller) = parts.extensions.get::<Caller>().cloned() else {
            return Err(Error::unauthorized());
        };
        let target = target?;
        let cx = Arc::new(Context {
            store: self.store.clone(),
            door: Arc::clone(&self.door),
            config: Arc::clone(&self.config),
            caller,
            now: self.clock.now(),
            client: client(&parts.headers),
            request_id: Arc::clone(request_id),
        });
        methods::check_allowed(&parts.method, &target)?;
        access::authorize_method(&cx, &parts.method, &target).await?;
        let mut request = Request {
            method: parts.method,
            target,
            uri: parts.uri,
            headers: parts.headers,
            body: Mutex::new(body),
            if_etag: None,
        };
        request.if_etag = check_if(&cx, &request).await?;
        methods::handle(&cx, request).await
    }
}

/// RFC 6764 5, before authentication. The Location is relative, so that it is right behind any proxy.
fn redirect_to_root() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    response.headers_mut().insert(LOCATION, HeaderValue::from_static("/dav/"));
    response
}

fn client(headers: &HeaderMap) -> String {
    let agent = headers.get(USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()));
    agent
        .map(|agent| agent.chars().filter(|c| !c.is_control()).take(200).collect())
        .unwrap_or_default()
}

/// RFC 9110 9.3.2: the headers of a GET without its content.
fn strip_body(response: &mut Response<Body>) {
    use http_body::Body as _;
    let length = response.body().size_hint().exact();
    if let Some(length) = length {
        response.headers_mut().entry(http::header::CONTENT_LENGTH).or_insert_with(|| length.into());
    }
    *response.body_mut() = Body::empty();
}
