//! What goes wrong, as a client meets it: a status, the condition that was not met, a sentence.
//!
//! RFC 4918 16 defines the `DAV:error` body; each condition is named by the document that defines it.
//! Nothing outside this folder turns the errors of the inner crates into HTTP.

mod inner;
mod precondition;

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

pub use self::precondition::Precondition;
use crate::body::Body;
use crate::xml::{Writer, names};

/// What every handler fails with.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    status: StatusCode,
    precondition: Option<Precondition>,
    sentence: Cow<'static, str>,
    headers: HeaderMap,
}

/// A result whose error has an HTTP answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A status and a sentence that says what to mend.
    pub fn new(status: StatusCode, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            status,
            precondition: None,
            sentence: sentence.into(),
            headers: HeaderMap::new(),
        }))
    }

    /// A condition that was not met; its status follows from it.
    pub fn unmet(precondition: Precondition, sentence: impl Into<Cow<'static, str>>) -> Self {
        let mut error = Self::new(precondition.status(), sentence);
        error.0.precondition = Some(precondition);
        error
    }

    /// 400.
    pub fn bad_request(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, sentence)
    }

    /// 401 with the challenge of RFC 7617.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "log in with the name and password of your account")
            .with_header(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"convene\", charset=\"UTF-8\""),
            )
    }

    /// 403.
    pub fn forbidden(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, sentence)
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is nothing at this address")
    }

    /// 405 with what is allowed instead.
    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "this resource does not have that method")
            .with_header(ALLOW, HeaderValue::from_static(allow))
    }

    /// 409.
    pub fn conflict(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, sentence)
    }

    /// 412 because of this header, with the entity tag that holds now, if there is one.
    pub fn precondition_failed(header: &str, current_etag: Option<&str>) -> Self {
        let sentence = format!("the condition of {header} does not hold for what is stored now");
        let error = Self::new(StatusCode::PRECONDITION_FAILED, sentence);
        match current_etag.and_then(|tag| HeaderValue::from_str(&format!("\"{tag}\"")).ok()) {
            Some(tag) => error.with_header(ETAG, tag),
            None => error,
        }
    }

    /// 413.
    pub fn too_large(limit: u64) -> Self {
        let sentence = format!("the request body is larger than the {limit} octets that are taken");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, sentence)
    }

    /// 415.
    pub fn unsupported_media_type(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence)
    }

    /// 502: the destination is on another server (RFC 4918 9.8.5).
    pub fn other_server() -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "the Destination is on another server")
    }

    /// 503 with Retry-After.
    pub fn unavailable(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, sentence)
            .with_header(RETRY_AFTER, HeaderValue::from_static("5"))
    }

    /// Adds a header to the answer.
    pub fn with_header(mut self, name: http::HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The condition that was not met, where one is defined.
    pub fn precondition(&self) -> Option<&Precondition> {
        self.0.precondition.as_ref()
    }

    /// What went wrong, for a person.
    pub fn sentence(&self) -> &str {
        &self.0.sentence
    }

    /// The content of a `DAV:error`: the condition, the sentence, the number to ask about.
    pub(crate) fn write_content(&self, xml: &mut Writer, request_id: &str) {
        if let Some(precondition) = self.precondition() {
            precondition.write(xml);
        }
        xml.text_element(names::DETAIL, self.sentence());
        if !request_id.is_empty() {
            xml.text_element(names::REQUEST_ID, request_id);
        }
    }

    /// The answer: XML for programs, a small page for a person's browser.
    pub fn into_response(self, request_id: &str, audience: Audience) -> Response<Body> {
        let (body, content_type) = match audience {
            Audience::Program => (self.to_xml(request_id), "application/xml; charset=utf-8"),
            Audience::Person => (self.to_html(request_id), "text/html; charset=utf-8"),
        };
        let mut response = Response::new(Body::from(Bytes::from(body)));
        *response.status_mut() = self.0.status;
        *response.headers_mut() = self.0.headers;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        response
    }

    fn to_xml(&self, request_id: &str) -> Vec<u8> {
        let mut xml = Writer::with_capacity(512);
        xml.open_root(names::ERROR);
        self.write_content(&mut xml, request_id);
        xml.raw("</D:error>\n");
        xml.take()
    }

    fn to_html(&self, request_id: &str) -> Vec<u8> {
        let status = self.0.status.to_string();
        let mut html = Writer::with_capacity(512);
        html.raw("<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>");
        html.text(&status);
        html.raw("</title>\n<h1>");
        html.text(&status);
        html.raw("</h1>\n<p>");
        html.text(self.sentence().trim_end_matches('.'));
        html.raw(".</p>\n<p><small>Request ");
        html.text(request_id);
        html.raw("</small></p>\n</html>\n");
        html.take()
    }
}

/// Who reads the body of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// A client: `DAV:error`.
    Program,
    /// A browser: HTML.
    Person,
}

impl Audience {
    /// A browser names `text/html` in Accept; no calendar client does.
    pub fn of(headers: &HeaderMap) -> Self {
        let accept = headers.get(http::header::ACCEPT).and_then(|v| v.to_str().ok());
        match accept {
            Some(accept) if accept.contains("text/html") => Self::Person,
            _ => Self::Program,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.status, self.0.sentence)?;
        match &self.0.precondition {
            Some(precondition) => write!(f, " ({})", precondition.name()),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;
    use crate::xml::{names, read};

    async fn body(error: Error, audience: Audience) -> String {
        let response = error.into_response("req-7", audience);
        let octets = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(octets.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_condition_is_told_with_its_content_a_sentence_and_the_request() {
        let href = "/dav/calendars/alice/c/a&b.ics".to_owned();
        let error =
            Error::unmet(Precondition::NoUidConflict { href: href.clone() }, "taken <there>");
        assert_eq!(error.to_string(), "403 Forbidden: taken <there> (CALDAV:no-uid-conflict)");
        let root = read(body(error, Audience::Program).await.as_bytes()).unwrap();
        assert_eq!(root.name(), names::ERROR);
        let condition = root.find(names::NO_UID_CONFLICT).unwrap();
        assert_eq!(condition.find(names::HREF).unwrap().text(), href);
        assert_eq!(root.find(names::DETAIL).unwrap().text(), "taken <there>");
        assert_eq!(root.find(names::REQUEST_ID).unwrap().text(), "req-7");
    }

    #[tokio::test]
    async fn a_person_reads_the_same_as_a_page() {
        let page = body(Error::forbidden("not <here>"), Audience::Person).await;
        assert!(page.contains("<p>not &lt;here&gt;.</p>"), "{page}");
        assert!(page.contains("req-7"), "{page}");
    }
}
