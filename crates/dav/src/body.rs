//! The bodies of answers: whole, or produced while they are sent.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::mpsc;

use crate::error::Error;

/// The body of every answer.
#[derive(Debug, Default)]
pub struct Body(Kind);

#[derive(Debug, Default)]
enum Kind {
    #[default]
    Empty,
    Whole(Bytes),
    Streamed(Stream),
}

/// A producer that runs only while the client reads, and what it has sent so far.
///
/// The producer is polled by the body itself: a client that goes away drops both, and one that reads
/// slowly holds back the producer, since the channel has room for one chunk.
pub(crate) struct Stream {
    producer: Option<Producer>,
    chunks: mpsc::Receiver<Bytes>,
    /// A chunk that was taken to see whether there is one.
    first: Option<Bytes>,
}

type Producer = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// The connection is closed in the middle of a body: what was sent cannot be taken back.
#[derive(Debug, thiserror::Error)]
#[error("the answer broke off: {0}")]
pub struct BrokenOff(Error);

impl Body {
    /// No content.
    pub fn empty() -> Self {
        Self::default()
    }
}

impl From<Bytes> for Body {
    fn from(octets: Bytes) -> Self {
        if octets.is_empty() { Self::empty() } else { Self(Kind::Whole(octets)) }
    }
}

impl From<Vec<u8>> for Body {
    fn from(octets: Vec<u8>) -> Self {
        Bytes::from(octets).into()
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match &mut self.0 {
            Kind::Empty => Poll::Ready(None),
            Kind::Whole(octets) => {
                let octets = std::mem::take(octets);
                self.0 = Kind::Empty;
                Poll::Ready(Some(Ok(Frame::data(octets))))
            }
            Kind::Streamed(stream) => stream
                .poll_chunk(cx)
                .map(|chunk| chunk.map(|octets| octets.map(Frame::data).map_err(BrokenOff))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, Kind::Empty)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Whole(octets) => SizeHint::with_exact(octets.len() as u64),
            Kind::Streamed(_) => SizeHint::default(),
        }
    }
}

impl Stream {
    pub(crate) fn new(
        producer: impl Future<Output = Result<(), Error>> + Send + 'static,
        chunks: mpsc::Receiver<Bytes>,
    ) -> Self {
        Self { producer: Some(Box::pin(producer)), chunks, first: None }
    }

    /// Runs the producer until it has sent something or failed. The body, if it did not fail: whole
    /// when that was everything.
    pub(crate) async fn into_body(mut self) -> Result<Body, Error> {
        let first = poll_fn(|cx| self.poll_chunk(cx)).await.transpose()?;
        if self.producer.is_none() && self.chunks.is_empty() {
            return Ok(first.unwrap_or_default().into());
        }
        self.first = first;
        Ok(Body(Kind::Streamed(self)))
    }

    /// The next chunk; the producer is polled for it when none is waiting.
    ///
    /// Chunks are taken without a waker: only the producer sends them, and it is polled here. `poll_recv` would
    /// also answer `Pending` for a chunk that is there once the task's share of polls is used up.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        if let Some(chunk) = self.first.take() {
            return Poll::Ready(Some(Ok(chunk)));
        }
        loop {
            if let Ok(chunk) = self.chunks.try_recv() {
                return Poll::Ready(Some(Ok(chunk)));
            }
            let Some(producer) = &mut self.producer else {
                return Poll::Ready(None);
            };
            match producer.as_mut().poll(cx) {
                Poll::Ready(Ok(())) => self.producer = None,
                Poll::Ready(Err(error)) => {
                    self.producer = None;
                    return Poll::Ready(Some(Err(error)));
                }
                Poll::Pending if self.chunks.is_empty() => return Poll::Pending,
                Poll::Pending => {}
            }
        }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc as threads;
    use std::thread;
    use std::time::Duration;

    use http_body_util::BodyExt as _;
    use tokio::{runtime, task};

    use super::*;

    /// A task may await about a hundred things in one turn before tokio lets others run: a body that is read in
    /// one turn uses that up between a chunk that is sent and the next.
    #[test]
    fn a_long_answer_that_is_read_at_once_goes_to_its_end() {
        const CHUNKS: usize = 2_000;
        let (done, awaited) = threads::channel();
        thread::spawn(move || {
            let (sender, chunks) = mpsc::channel(1);
            let producer = async move {
                // Without it the share ends between two chunks.
                task::consume_budget().await;
                for _ in 0..CHUNKS {
                    sender.send(Bytes::from_static(b"chunk")).await.expect("the body receives");
                }
                Ok(())
            };
            let runtime = runtime::Builder::new_current_thread().build().expect("a runtime");
            let read = runtime.block_on(async {
                let body = Stream::new(producer, chunks).into_body().await.expect("a body");
                body.collect().await.expect("all chunks").to_bytes().len()
            });
            done.send(read)
        });
        let read = awaited.recv_timeout(Duration::from_secs(30)).expect("the body ends");
        assert_eq!(read, CHUNKS * b"chunk".len());
    }
}
