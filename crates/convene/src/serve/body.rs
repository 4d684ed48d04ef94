//! Request bodies as the DAV service reads them: bounded in size and in patience.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, header::EXPECT};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::{
    runtime::Handle,
    time::{Sleep, sleep, timeout},
};

/// How much of a body nobody wants is still taken in, so that the client comes to read its answer.
const DRAIN_SIZE: usize = 256 * 1024 * 1024;
/// And for how long.
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// What bounds a request body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    pub(crate) size: usize,
    pub(crate) pause: Duration,
}

/// A request body.
///
/// One that is dropped before its end goes on being read and thrown away for a while: a connection
/// closed with octets unread is reset by the system, and the client would see that instead of the
/// answer, for example of the 403 for a PUT that is too large.
pub(crate) struct RequestBody<B>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
{
    inner: Option<B>,
    limits: BodyLimits,
    read: usize,
    waiting: Option<Pin<Box<Sleep>>>,
    /// The client sends nothing until it is told to (RFC 9110 10.1.1), which reading does.
    is_awaited: bool,
}

/// Why a body could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the body is larger than {0} octets")]
    TooLarge(usize),
    #[error("nothing came for {} seconds", .0.as_secs())]
    Stalled(Duration),
    #[error("the connection broke: {0}")]
    Broken(Box<dyn std::error::Error + Send + Sync>),
}

impl<B> RequestBody<B>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
{
    pub(crate) fn new(inner: B, headers: &HeaderMap, limits: BodyLimits) -> Self {
        Self {
            inner: Some(inner),
            limits,
            read: 0,
            waiting: None,
            is_awaited: headers.contains_key(EXPECT),
        }
    }
}

impl<B> Body for RequestBody<B>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>>
        + Send
        + Unpin
        + 'static,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let Some(inner) = this.inner.as_mut() else { return Poll::Ready(None) };
        this.is_awaited = false;
        let Poll::Ready(frame) = Pin::new(inner).poll_frame(cx) else {
            let pause = this.limits.pause;
            let waiting = this.waiting.get_or_insert_with(|| Box::pin(sleep(pause)));
            ready!(waiting.as_mut().poll(cx));
            this.inner = None;
            return Poll::Ready(Some(Err(BodyError::Stalled(pause))));
        };
        this.waiting = None;
        let Some(frame) = frame else { return Poll::Ready(None) };
        let frame = frame.map_err(|error| BodyError::Broken(error.into()))?;
        this.read = this.read.saturating_add(frame.data_ref().map_or(0, Bytes::len));
        if this.read > this.limits.size {
            return Poll::Ready(Some(Err(BodyError::TooLarge(this.limits.size))));
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl<B> Drop for RequestBody<B>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
{
    fn drop(&mut self) {
        let Some(inner) = self.inner.take() else { return };
        if self.is_awaited || inner.is_end_stream() {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(timeout(DRAIN_TIME, drain(inner)));
        }
    }
}

async fn drain<B: Body<Data = Bytes> + Unpin>(mut body: B) {
    let mut left = DRAIN_SIZE;
    while let Some(Ok(frame)) = body.frame().await {
        let size = frame.data_ref().map_or(0, Bytes::len);
        let Some(rest) = left.checked_sub(size) else { return };
        left = rest;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use http::HeaderValue;

    use super::*;

    /// Gives so many frames of ten octets, and counts how many were taken.
    struct Frames {
        left: usize,
        taken: Arc<AtomicUsize>,
        ends: bool,
    }

    impl Body for Frames {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
            if self.left == 0 {
                return if self.ends { Poll::Ready(None) } else { Poll::Pending };
            }
            self.left -= 1;
            self.taken.fetch_add(1, Ordering::SeqCst);
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"0123456789")))))
        }
    }

    fn body(
        left: usize,
        ends: bool,
        headers: &HeaderMap,
    ) -> (RequestBody<Frames>, Arc<AtomicUsize>) {
        let taken = Arc::new(AtomicUsize::new(0));
        let frames = Frames { left, taken: Arc::clone(&taken), ends };
        let limits = BodyLimits { size: 30, pause: Duration::from_millis(20) };
        (RequestBody::new(frames, headers, limits), taken)
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit_and_not_past_it() {
        for (frames, read) in [(0, Some(0)), (3, Some(30)), (4, None)] {
            let (body, _) = body(frames, true, &HeaderMap::new());
            let octets = body.collect().await.map(|body| body.to_bytes().len());
            assert_eq!(octets.ok(), read, "{frames} frames");
        }
    }

    #[tokio::test]
    async fn a_body_that_stops_coming_is_given_up() {
        let (body, _) = body(2, false, &HeaderMap::new());
        let error = body.collect().await.unwrap_err();
        assert!(matches!(error, BodyError::Stalled(_)), "{error}");
    }

    #[tokio::test]
    async fn a_body_nobody_reads_is_drained_unless_the_client_waits_to_be_asked() {
        let mut waiting = HeaderMap::new();
        waiting.insert(EXPECT, HeaderValue::from_static("100-continue"));
        for (headers, drained) in [(HeaderMap::new(), 5), (waiting, 0)] {
            let (body, taken) = body(5, true, &headers);
            drop(body);
            tokio::task::yield_now().await;
            assert_eq!(taken.load(Ordering::SeqCst), drained, "{headers:?}");
        }
    }
}
