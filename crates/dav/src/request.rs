//! A request as the handlers see it: target parsed, body still unread and bounded when it is read.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Method, Uri};
use http_body::Body as _;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::headers::{self, Conditions, ContentType};
use crate::target::Target;
use crate::xml::{self, Element};

/// A request body of whatever type came in.
pub(crate) type RequestBody = UnsyncBoxBody<Bytes, ReceiveError>;

/// Why the rest of a request body did not come.
#[derive(Debug, thiserror::Error)]
#[error("the request body broke off: {0}")]
pub(crate) struct ReceiveError(Box<dyn std::error::Error + Send + Sync>);

impl ReceiveError {
    pub(crate) fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// One request to a handler.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// What it is about.
    pub target: Target,
    /// The address as sent.
    pub uri: Uri,
    /// The headers.
    pub headers: HeaderMap,
    /// In a mutex that is never locked, since a body can be sent between threads but not shared.
    pub(crate) body: Mutex<RequestBody>,
    /// The entity tag by which a header `If` held, to be checked again in the transaction.
    pub(crate) if_etag: Option<String>,
}

impl Request {
    /// The conditions of a write: those of the headers, and the one an `If` header held by.
    pub fn conditions(&self) -> Result<Conditions> {
        let mut conditions = headers::conditions(&self.headers)?;
        if conditions.if_match.is_none()
            && let Some(etag) = &self.if_etag
        {
            conditions.if_match = Some(headers::TagMatch::Tags(vec![etag.clone()]));
        }
        Ok(conditions)
    }

    /// Host and port that the request was sent to.
    pub fn authority(&self) -> Option<&str> {
        headers::authority(&self.headers, &self.uri)
    }

    /// Reads the body; one octet more than the limit and it is `too_large`.
    pub async fn read_body(
        &mut self,
        limit: usize,
        too_large: impl FnOnce() -> Error,
    ) -> Result<Bytes> {
        // RFC 9110 15.5.16: what is compressed would be read as what it is not.
        if self.headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
            return Err(Error::unsupported_media_type("bodies are taken without Content-Encoding"));
        }
        let body = self.body.get_mut().unwrap_or_else(PoisonError::into_inner);
        let body = std::mem::take(body);
        if body.size_hint().lower() > limit as u64 {
            return Err(too_large());
        }
        match Limited::new(body, limit).collect().await {
            Ok(collected) => Ok(collected.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
            Err(_) => Err(Error::bad_request("the request body broke off")),
        }
    }

    /// Reads an XML body; `None`: there is no body.
    pub async fn read_xml(&mut self, cx: &Context) -> Result<Option<Element>> {
        let limit = cx.config.max_xml;
        let octets = self.read_body(limit, || Error::too_large(limit as u64)).await?;
        if octets.is_empty() {
            return Ok(None);
        }
        // Clients that forget the header, or say text/plain, mean XML all the same when it is XML.
        if headers::content_type(&self.headers)? == ContentType::Calendar {
            return Err(Error::unsupported_media_type("this method takes an XML body"));
        }
        Ok(Some(xml::read(&octets)?))
    }
}
