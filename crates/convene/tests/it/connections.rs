//! Connections and requests, whatever they ask for.

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::http::{TestServer, basic};

async fn connect(server: &TestServer) -> TcpStream {
    TcpStream::connect(server.running.addr).await.unwrap()
}

/// What comes until the connection ends.
async fn rest_of(stream: &mut TcpStream) -> String {
    let mut octets = Vec::new();
    stream.read_to_end(&mut octets).await.unwrap();
    String::from_utf8_lossy(&octets).into_owned()
}

#[tokio::test]
async fn every_answer_carries_the_id_of_its_request() {
    let server = TestServer::start().await;
    let made = server.send(Method::GET, "/dav/", &[], "").await;
    assert!(!made.header("x-request-id").is_empty());
    let given = [("x-request-id", "from-the-proxy-7")];
    let kept = server.send(Method::GET, "/dav/", &given, "").await;
    assert_eq!(kept.header("x-request-id"), "from-the-proxy-7");
    assert!(kept.body.contains("from-the-proxy-7"), "{}", kept.body);
}

#[tokio::test]
async fn health_is_answered_without_a_password() {
    let server = TestServer::start().await;
    let answer = server.send(Method::GET, "/healthz", &[], "").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "ok\n"));
}

#[tokio::test]
async fn a_stop_answers_what_is_under_way_and_closes_the_rest() {
    let server = TestServer::start().await;
    let addr = server.running.addr;
    let mut idle = connect(&server).await;
    let (mut busy, rest) = begin_put(&server).await;
    let stopped = tokio::spawn(server.running.stop());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(TcpStream::connect(addr).await.is_err(), "the port is closed");
    busy.write_all(rest.as_bytes()).await.unwrap();
    let answer = rest_of(&mut busy).await;
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert_eq!(rest_of(&mut idle).await, "");
    stopped.await.unwrap();
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let server = TestServer::start_with(|config| config.limits.stop_seconds = 1).await;
    let (_stuck, _) = begin_put(&server).await;
    let started = Instant::now();
    server.running.stop().await;
    let took = started.elapsed();
    assert!((Duration::from_millis(900)..Duration::from_secs(5)).contains(&took), "{took:?}");
}

#[tokio::test]
async fn a_peer_that_says_nothing_is_left() {
    let server = TestServer::start_with(|config| config.limits.header_seconds = 1).await;
    for (what, said) in [
        ("nothing", ""),
        ("half of the HTTP/2 preface", "PRI * HTT"),
        ("half of a header", "GET /dav/ HTTP/1.1\r\nHos"),
    ] {
        let mut stream = connect(&server).await;
        stream.write_all(said.as_bytes()).await.unwrap();
        let started = Instant::now();
        rest_of(&mut stream).await;
        assert!(started.elapsed() < Duration::from_secs(5), "{what}: {:?}", started.elapsed());
    }
}

#[tokio::test]
async fn a_body_that_stops_coming_is_given_up() {
    let server = TestServer::start_with(|config| config.limits.body_pause_seconds = 1).await;
    let authorization = basic("alice", "alice");
    let mut stream = connect(&server).await;
    let head = format!(
        "PROPFIND /dav/ HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nContent-Length: 1000\r\n\r\n<"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let started = Instant::now();
    let answer = rest_of(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_body_that_nobody_wants_does_not_hide_the_answer() {
    let server = TestServer::start().await;
    let megabyte = "x".repeat(1024 * 1024);
    for (what, headers, expected) in [
        ("without a password", String::new(), "HTTP/1.1 401 "),
        ("too large", format!("Authorization: {}\r\n", basic("alice", "alice")), "HTTP/1.1 403 "),
    ] {
        let mut stream = connect(&server).await;
        let size = 40 * megabyte.len();
        let head = format!(
            "PUT /dav/calendars/alice/calendar/a.ics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\
             Content-Type: text/calendar\r\nContent-Length: {size}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..40 {
            stream.write_all(megabyte.as_bytes()).await.unwrap();
        }
        let answer = rest_of(&mut stream).await;
        assert!(answer.starts_with(expected), "{what}: {answer}");
    }
}

#[tokio::test]
async fn no_more_connections_than_the_limit_are_served_at_a_time() {
    let server = TestServer::start_with(|config| config.limits.max_connections = 2).await;
    let mut first = connect(&server).await;
    let mut second = connect(&server).await;
    let request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut buffer = [0; 512];
    for stream in [&mut first, &mut second] {
        stream.write_all(request).await.unwrap();
        assert!(stream.read(&mut buffer).await.unwrap() > 0);
    }
    let mut third = connect(&server).await;
    third.write_all(request).await.unwrap();
    let waiting = tokio::time::timeout(Duration::from_millis(300), third.read(&mut buffer)).await;
    assert!(waiting.is_err(), "the third waits");
    drop(first);
    assert!(third.read(&mut buffer).await.unwrap() > 0, "and is served when there is room");
}

/// A PUT by alice whose body does not come to its end.
async fn begin_put(server: &TestServer) -> (TcpStream, &'static str) {
    let authorization = basic("alice", "alice");
    let (first, rest) = crate::demo::EVENT.split_at(100);
    let head = format!(
        "PUT /dav/calendars/alice/calendar/a.ics HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n\
         Content-Type: text/calendar\r\nContent-Length: {}\r\n\r\n{first}",
        crate::demo::EVENT.len()
    );
    let mut stream = connect(server).await;
    stream.write_all(head.as_bytes()).await.unwrap();
    // Long enough for the server to have begun.
    tokio::time::sleep(Duration::from_millis(300)).await;
    (stream, rest)
}

#[tokio::test]
async fn no_more_requests_than_the_limit_are_worked_on_at_a_time() {
    let server = TestServer::start_with(|config| config.limits.max_requests = 1).await;
    let (mut first, rest) = begin_put(&server).await;
    let second = server.get_as("bob", "bob", "/dav/");
    let mut second = std::pin::pin!(second);
    let waiting = tokio::time::timeout(Duration::from_millis(300), second.as_mut()).await;
    assert!(waiting.is_err(), "the second waits");
    first.write_all(rest.as_bytes()).await.unwrap();
    assert_eq!(second.await.status, StatusCode::OK, "and is answered when there is room");
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let server = TestServer::start_with(|config| config.limits.request_seconds = 1).await;
    let (mut stream, _) = begin_put(&server).await;
    let started = Instant::now();
    let mut buffer = [0; 512];
    let read = stream.read(&mut buffer).await.unwrap();
    let answer = String::from_utf8_lossy(&buffer[..read]);
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test]
async fn http_2_is_spoken_to_whoever_begins_with_it() {
    use bytes::Bytes;
    use http_body_util::Empty;
    use hyper_util::{client::legacy::Client, rt::TokioExecutor};

    let server = TestServer::start().await;
    let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let request = http::Request::get(server.url("/healthz")).body(Empty::<Bytes>::new()).unwrap();
    let response = client.request(request).await.unwrap();
    assert_eq!((response.version(), response.status()), (http::Version::HTTP_2, StatusCode::OK));
}
