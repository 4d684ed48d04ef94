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
const CHUNK: usize = 64 * 1024;

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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http_body_util::BodyExt;

    use super::*;
    use crate::error::Error;

    async fn many(count: usize, written: Arc<AtomicUsize>, fails: bool) -> Result<Response<Body>> {
        respond(|mut out| async move {
            for _ in 0..count {
                out.status_response("/dav/x", StatusCode::NOT_FOUND, None);
                out.pause().await;
                written.fetch_add(1, Ordering::Relaxed);
            }
            if fails { Err(Error::unavailable("no database")) } else { Ok(out) }
        })
        .await
    }

    #[tokio::test]
    async fn nothing_is_written_ahead_of_the_client() {
        let written = Arc::new(AtomicUsize::new(0));
        let response = many(100_000, Arc::clone(&written), false).await.unwrap();
        let mut body = response.into_body();
        let mut octets = 0;
        while let Some(frame) = body.frame().await {
            octets += frame.unwrap().into_data().unwrap().len();
            let ahead = written.load(Ordering::Relaxed) * 90;
            assert!(ahead < octets + 4 * CHUNK, "{ahead} octets written, {octets} taken");
        }
        assert_eq!(written.load(Ordering::Relaxed), 100_000);
    }

    #[tokio::test]
    async fn an_answer_that_fits_is_sent_whole() {
        use http_body::Body as _;
        let response = many(3, Arc::default(), false).await.unwrap();
        assert!(response.body().size_hint().exact().is_some());
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let root = crate::xml::read(&body).unwrap();
        assert_eq!(root.find_all(names::RESPONSE).count(), 3);
    }

    #[tokio::test]
    async fn an_error_before_the_first_octet_has_its_own_status() {
        let error = many(3, Arc::default(), true).await.unwrap_err();
        assert_eq!(error.status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test]
    async fn an_error_after_it_breaks_the_answer_off() {
        let response = many(2000, Arc::default(), true).await.unwrap();
        let error = response.into_body().collect().await.unwrap_err();
        assert!(error.to_string().contains("broke off"));
    }
}
