//! `Destination` and `Overwrite` (RFC 4918 10.3, 10.6).

use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, Version};

use super::joined;
use crate::error::{Error, Result};
use crate::target::Target;

/// Whether COPY and MOVE may replace what is at the destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// `T`, and the default.
    Allow,
    /// `F`.
    Forbid,
}

/// Where COPY or MOVE goes. An address on another server is a 502.
pub fn destination(headers: &HeaderMap, uri: &Uri) -> Result<Target> {
    match joined(headers, &HeaderName::from_static("destination"))? {
        Some(reference) => Target::from_reference(&reference, authority(headers, uri)),
        None => Err(Error::bad_request("COPY and MOVE need the header Destination")),
    }
}

/// Host and port that the client sent the request to.
pub fn authority<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    match headers.get(HOST) {
        Some(host) => host.to_str().ok(),
        None => uri.authority().map(http::uri::Authority::as_str),
    }
}

/// RFC 9112 3.2: a request of HTTP/1.1 has one Host, and that can be one. Later versions say it in another way.
pub fn check_host(headers: &HeaderMap, version: Version) -> Result<()> {
    let mut hosts = headers.get_all(HOST).iter();
    let (host, more) = (hosts.next(), hosts.next());
    let is_host = |host: &HeaderValue| {
        let octets = host.as_bytes();
        let is_authority = || Authority::try_from(octets).is_ok_and(|_| !octets.contains(&b'@'));
        octets.is_empty() || is_authority()
    };
    match (host, more) {
        (Some(host), None) if is_host(host) => Ok(()),
        (None, _) if version != Version::HTTP_11 => Ok(()),
        _ => Err(Error::bad_request("a request has one header Host that names this server")),
    }
}

/// The header's value.
pub fn overwrite(headers: &HeaderMap) -> Result<Overwrite> {
    match joined(headers, &HeaderName::from_static("overwrite"))?.as_deref() {
        None | Some("T" | "t") => Ok(Overwrite::Allow),
        Some("F" | "f") => Ok(Overwrite::Forbid),
        Some(_) => Err(Error::bad_request("the header Overwrite is 'T' or 'F'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::headers;

    #[test]
    fn destinations_are_on_this_server() {
        let uri = Uri::from_static("/dav/calendars/alice/a/x");
        for (value, expected) in [
            ("/dav/calendars/alice/", Ok("/dav/calendars/alice/")),
            (
                "http://h.example:81/dav/calendars/alice/b/%79.ics",
                Ok("/dav/calendars/alice/b/y.ics"),
            ),
            ("http://h.example/dav/", Err(502)),
            ("/dav/%2e%2e/", Err(400)),
        ] {
            let lines = headers(&[("host", "h.example:81"), ("destination", value)]);
            let target = destination(&lines, &uri).map(|t| t.href());
            assert_eq!(
                target.map_err(|e| e.status().as_u16()),
                expected.map(str::to_owned),
                "{value}"
            );
        }
        assert_eq!(destination(&HeaderMap::new(), &uri).unwrap_err().status(), 400);
        let http2 = Uri::from_static("https://h.example/dav/");
        let lines = headers(&[("destination", "https://h.example/dav/calendars/")]);
        assert_eq!(destination(&lines, &http2).unwrap(), Target::Homes);
    }

    #[test]
    fn overwrite_is_allowed_unless_forbidden() {
        assert_eq!(overwrite(&HeaderMap::new()).unwrap(), Overwrite::Allow);
        assert_eq!(overwrite(&headers(&[("overwrite", "T")])).unwrap(), Overwrite::Allow);
        assert_eq!(overwrite(&headers(&[("overwrite", "F")])).unwrap(), Overwrite::Forbid);
        assert!(overwrite(&headers(&[("overwrite", "no")])).is_err());
    }
}
