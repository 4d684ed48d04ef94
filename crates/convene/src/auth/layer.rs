//! Authentication as a layer: finds the caller, or answers.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{
    HeaderValue, Request, Response, StatusCode,
    header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE},
};
use tower::{Layer, Service, ServiceExt};

use super::{
    authenticator::{Authenticator, Denied},
    basic::Credentials,
    throttle::Origin,
};
use crate::{
    config::Network,
    serve::{Peer, access_log::record_user, answers::sentence},
};

/// What RFC 7617 2 and 2.1 have a server say, so that clients send UTF-8.
const CHALLENGE: HeaderValue =
    HeaderValue::from_static("Basic realm=\"convene\", charset=\"UTF-8\"");

/// Puts [`dav::Caller`] into the request's extensions.
///
/// A request without credentials goes on without a caller: the DAV service redirects
/// `/.well-known/caldav`, and asks for credentials everywhere else.
#[derive(Clone, Debug)]
pub(crate) struct AuthenticationLayer {
    pub(crate) authenticator: Authenticator,
    pub(crate) trusted_proxies: Vec<Network>,
}

impl<S> Layer<S> for AuthenticationLayer {
    type Service = Authentication<S>;

    fn layer(&self, inner: S) -> Authentication<S> {
        Authentication {
            inner,
            authenticator: self.authenticator.clone(),
            trusted_proxies: self.trusted_proxies.clone().into(),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Authentication<S> {
    inner: S,
    authenticator: Authenticator,
    trusted_proxies: Arc<[Network]>,
}

impl<S, B, R> Service<Request<B>> for Authentication<S>
where
    S: Service<Request<B>, Response = Response<R>, Future: Send> + Clone + Send + 'static,
    B: Send + 'static,
    R: From<Bytes>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<R>, S::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        // What is inside is asked once the caller is known: a login that is held back must not take up
        // the place of a request.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let (inner, authenticator) = (self.inner.clone(), self.authenticator.clone());
        // RFC 6764 section 5: the redirect comes before authentication, whatever credentials are sent.
        let is_redirect = request.uri().path().trim_end_matches('/') == "/.well-known/caldav";
        let Some(header) = request.headers().get(AUTHORIZATION).filter(|_| !is_redirect) else {
            return Box::pin(inner.oneshot(request));
        };
        let credentials = Credentials::parse(header);
        let origin = origin(&request, &self.trusted_proxies);
        Box::pin(async move {
            let Some(credentials) = credentials else { return Ok(unauthorized(NOT_BASIC)) };
            match authenticator.authenticate(&credentials, origin).await {
                Ok(caller) => {
                    record_user(&caller.name);
                    request.extensions_mut().insert(caller);
                    inner.oneshot(request).await
                }
                Err(denied) => Ok(refusal(denied)),
            }
        })
    }
}

const NOT_BASIC: &str = "The Authorization header is not readable. This server takes the Basic scheme: name and password, in UTF-8.";
const WRONG: &str = "There is no account with this name and password.";

fn refusal<R: From<Bytes>>(denied: Denied) -> Response<R> {
    match denied {
        Denied::Wrong => unauthorized(WRONG),
        Denied::Wait(seconds) => retry_later(
            StatusCode::TOO_MANY_REQUESTS,
            seconds,
            &format!(
                "Too many logins failed. Try again in {seconds} seconds, with the right password."
            ),
        ),
        Denied::Unavailable(error) => {
            tracing::error!(%error, "accounts cannot be looked up");
            retry_later(
                StatusCode::SERVICE_UNAVAILABLE,
                10,
                "The server cannot reach its database. Try again later.",
            )
        }
    }
}

fn unauthorized<R: From<Bytes>>(text: &str) -> Response<R> {
    let mut response = sentence(StatusCode::UNAUTHORIZED, text);
    response.headers_mut().insert(WWW_AUTHENTICATE, CHALLENGE);
    response
}

fn retry_later<R: From<Bytes>>(status: StatusCode, seconds: u64, text: &str) -> Response<R> {
    let mut response = sentence(status, text);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Where a request comes from: the other end of the connection, or whom a trusted proxy names.
fn origin<B>(request: &Request<B>, trusted: &[Network]) -> Origin {
    let peer = request
        .extensions()
        .get::<Peer>()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip().to_canonical());
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(peer) {
        return Origin { address: peer, is_shared: peer.is_loopback() };
    }
    // Each proxy appends whom it heard from; what stands before the last trusted one is hearsay.
    let hops: Vec<&str> = request
        .headers()
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let named = hops
        .into_iter()
        .rev()
        .map_while(|hop| hop.trim().parse::<IpAddr>().ok())
        .map(|address| address.to_canonical())
        .find(|address| !is_trusted(*address));
    Origin { address: named.unwrap_or(peer), is_shared: named.is_none() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_comes_from_its_peer_or_from_whom_a_trusted_proxy_names() {
        let trusted = [Network::parse("10.0.0.0/8").unwrap()];
        for (what, peer, forwarded, address, is_shared) in [
            ("a client", "192.0.2.1", None, "192.0.2.1", false),
            ("a client that pretends", "192.0.2.1", Some("198.51.100.1"), "192.0.2.1", false),
            ("this machine", "127.0.0.1", None, "127.0.0.1", true),
            ("a proxy's client", "10.0.0.1", Some("198.51.100.1"), "198.51.100.1", false),
            ("two proxies", "10.0.0.1", Some("198.51.100.1, 10.0.0.2"), "198.51.100.1", false),
            (
                "a proxy's client that pretends",
                "10.0.0.1",
                Some("203.0.113.9, 198.51.100.1"),
                "198.51.100.1",
                false,
            ),
            (
                "a proxy's client behind an unknown one",
                "10.0.0.1",
                Some("unknown, 198.51.100.1"),
                "198.51.100.1",
                false,
            ),
            ("a proxy that names nobody", "10.0.0.1", None, "10.0.0.1", true),
            ("a proxy that names nonsense", "10.0.0.1", Some("unknown"), "10.0.0.1", true),
        ] {
            let mut request = Request::new(());
            request.extensions_mut().insert(Peer((peer.parse::<IpAddr>().unwrap(), 1).into()));
            if let Some(forwarded) = forwarded {
                let value = HeaderValue::from_str(forwarded).unwrap();
                request.headers_mut().insert("x-forwarded-for", value);
            }
            let expected = Origin { address: address.parse().unwrap(), is_shared };
            assert_eq!(origin(&request, &trusted), expected, "{what}");
        }
    }
}
