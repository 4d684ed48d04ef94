//! Accepting connections, serving HTTP/1.1 and HTTP/2 on them, and stopping.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http::{Request, Response};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tower::{BoxError, Service, ServiceExt};
use tracing::{debug, warn};

use super::body::{BodyLimits, RequestBody};
use crate::{config::Limits, stop::Stop};

/// The most that the headers of a request may take.
const HEADER_SIZE: usize = 64 * 1024;
/// Requests at the same time on one HTTP/2 connection.
const STREAMS: u32 = 100;
/// How long a peer on HTTP/2 may stay silent before it is asked whether it is still there.
const PING: Duration = Duration::from_secs(60);
/// A pause after an accept that failed, mostly for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The other end of the connection that a request came on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// What every connection is served with.
#[derive(Clone)]
pub(crate) struct Connections<S> {
    pub(crate) service: S,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) limits: Limits,
}

impl<S, R> Connections<S>
where
    S: Service<Request<RequestBody<Incoming>>, Response = Response<R>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    R: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    /// Accepts until it is to stop; then lets the requests under way finish, up to the deadline.
    pub(crate) async fn serve(self, listener: TcpListener, mut stop: Stop) {
        let room = Arc::new(Semaphore::new(self.limits.max_connections));
        let mut tasks = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = accept(&listener, &room) => accepted,
                () = stop.requested() => break,
            };
            // Finished connections leave their result behind until it is taken.
            while tasks.try_join_next().is_some() {}
            match accepted {
                Ok((stream, peer, permit)) => {
                    let connection = self.clone().connection(stream, peer, stop.clone());
                    tasks.spawn(async move {
                        connection.await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        // The port is free from here on: the next server may already start.
        drop(listener);
        let deadline = Duration::from_secs(self.limits.stop_seconds);
        let all_done = async { while tasks.join_next().await.is_some() {} };
        if timeout(deadline, all_done).await.is_err() {
            warn!(connections = tasks.len(), "connections were cut off at the end of the stop");
        }
    }

    async fn connection(self, stream: TcpStream, peer: SocketAddr, stop: Stop) {
        // Answers are written in few pieces; waiting to fill packets only adds latency.
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "TCP_NODELAY could not be set");
        }
        let Some(tls) = self.tls.clone() else { return self.http(stream, peer, stop).await };
        let mut stopping = stop.clone();
        let shaken = tokio::select! {
            shaken = timeout(Duration::from_secs(self.limits.header_seconds), tls.accept(stream)) => shaken,
            () = stopping.requested() => return,
        };
        match shaken {
            Ok(Ok(stream)) => self.http(stream, peer, stop).await,
            Ok(Err(error)) => debug!(%peer, %error, "no TLS handshake"),
            Err(_) => debug!(%peer, "the TLS handshake took too long"),
        }
    }

    async fn http<I>(self, stream: I, peer: SocketAddr, mut stop: Stop)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let patience = Duration::from_secs(self.limits.header_seconds);
        let body_limits = BodyLimits {
            size: self.limits.max_body_size,
            pause: Duration::from_secs(self.limits.body_pause_seconds),
        };
        let has_asked = AtomicBool::new(false);
        let (stack, asked) = (self.service, &has_asked);
        let service = service_fn(move |mut request: Request<Incoming>| {
            asked.store(true, Ordering::Relaxed);
            request.extensions_mut().insert(Peer(peer));
            let (head, body) = request.into_parts();
            let body = RequestBody::new(body, &head.headers, body_limits);
            stack.clone().oneshot(Request::from_parts(head, body))
        });
        let builder = protocol(patience);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        // hyper's own header timeout starts once it knows which protocol is spoken. A peer that says
        // nothing, or the first octets of the HTTP/2 preface only, is dealt with here.
        let mut silence = pin!(sleep(patience));
        let mut watching = true;
        let result = loop {
            tokio::select! {
                result = connection.as_mut() => break result,
                () = silence.as_mut(), if watching => {
                    watching = false;
                    if !has_asked.load(Ordering::Relaxed) {
                        return;
                    }
                }
                () = stop.requested() => {
                    connection.as_mut().graceful_shutdown();
                    break connection.as_mut().await;
                }
            }
        };
        if let Err(error) = result {
            debug!(%peer, %error, "a connection ended early");
        }
    }
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, permit))
}

fn protocol(patience: Duration) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // Also closes a connection kept alive that nobody uses.
        .header_read_timeout(patience)
        .max_buf_size(HEADER_SIZE);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADER_SIZE as u32)
        .keep_alive_interval(PING)
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}
