//! `DAV:multistatus` (RFC 4918 13), written while it is sent.
//!
//! Memory is flat whatever the number of responses: what is written leaves in chunks, and the
//! producer waits until the client has taken the last one. An error before the first chunk has left
//! is answered with its own status.

use std::future::Future;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use tokio::sync::mpsc;

use crate::body::{Body, Stream};
use crate::error::{Precondition, Result};
use crate::xml::{QName, Writer, names};

/// How much is gathered before it leaves.
const CHUNK: usize = 32 * 1024;

/// A multistatus in the making.
#[derive(Debug)]
pub struct Multistatus {
    xml: Writer,
    chunks: mpsc::Sender<Bytes>,
}

/// Answers 207 with what `produce` writes.
///
/// `produce` gets the multistatus and gives it back when all is written. Between responses it calls
/// [`Multistatus::pause`], which sends what has gathered.
pub async fn respond<F>(produce: impl FnOnce(Multistatus) -> F) -> Result<Response<Body>>
where
    F: Future<Output = Result<Multistatus>> + Send + 'static,
{
    let (sender, chunks) = mpsc::channel(1);
    let mut xml = Writer::with_capacity(CHUNK + CHUNK / 8);
    xml.open_root(names::MULTISTATUS);
    let responses = produce(Multistatus { xml, chunks: sender });
    let producer = async move {
        let mut done = responses.await?;
        done.xml.raw("</D:multistatus>\n");
        done.send().await;
        Ok(())
    };
    let body = Stream::new(producer, chunks).into_body().await?;
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::MULTI_STATUS;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/xml; charset=utf-8"));
    Ok(response)
}

impl Multistatus {
    /// The buffer, for what no method here writes.
    pub fn xml(&mut self) -> &mut Writer {
        &mut self.xml
    }

    /// Opens a `DAV:response` about this resource. The href is in our canonical encoding.
    pub fn open_response(&mut self, href: &str) {
        self.xml.raw("<D:response><D:href>");
        self.xml.text(href);
        self.xml.raw("</D:href>");
    }

    /// Closes it.
    pub fn close_response(&mut self) {
        self.xml.raw("</D:response>\n");
    }

    /// A whole response that only has a status, and perhaps the condition behind it.
    pub fn status_response(
        &mut self,
        href: &str,
        status: StatusCode,
        precondition: Option<&Precondition>,
    ) {
        self.open_response(href);
        write_status(&mut self.xml, status);
        if let Some(precondition) = precondition {
            self.xml.raw("<D:error>");
            precondition.write(&mut self.xml);
            self.xml.raw("</D:error>");
        }
        self.close_response();
    }

    /// The token at the end of a `sync-collection` answer (RFC 6578 6.4).
    pub fn sync_token(&mut self, token: &str) {
        self.xml.text_element(names::SYNC_TOKEN, token);
    }

    /// Lets a full chunk leave; waits while the client has not taken the one before it.
    pub async fn pause(&mut self) {
        if self.xml.len() >= CHUNK {
            self.send().await;
        }
    }

    async fn send(&mut self) {
        let octets = self.xml.take();
        self.xml = Writer::with_capacity(CHUNK + CHUNK / 8);
        // The receiver is the body that polls us: when it is gone, so are we.
        let _ = self.chunks.send(octets.into()).await;
    }
}

/// Writes a `DAV:status`.
pub fn write_status(xml: &mut Writer, status: StatusCode) {
    xml.raw("<D:status>HTTP/1.1 ");
    xml.raw(status.as_str());
    xml.raw(" ");
    xml.raw(status.canonical_reason().unwrap_or("Status"));
    xml.raw("</D:status>");
}

/// Writes a `DAV:propstat` of bare names.
pub fn write_propstat_of_names<'a>(
    xml: &mut Writer,
    properties: impl IntoIterator<Item = QName<'a>>,
    status: StatusCode,
    precondition: Option<&Precondition>,
) {
    xml.raw("<D:propstat><D:prop>");
    for name in properties {
        xml.empty(name);
    }
    xml.raw("</D:prop>");
    write_status(xml, status);
    if let Some(precondition) = precondition {
        xml.raw("<D:error>");
        precondition.write(xml);
        xml.raw("</D:error>");
    }
    xml.raw("</D:propstat>");
}
