//! What is wrong with a request, told precisely.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body::Frame;
use http_body_util::StreamBody;
use tower::ServiceExt;

use super::Server;

#[tokio::test]
async fn bad_requests_get_their_own_status() {
    let server = Server::start().await;
    let deep = format!("<a>{}</a>", "<a>".repeat(10_000));
    let large = format!("<a>{}</a>", "x".repeat(1024 * 1024));
    for (line, headers, body, status) in [
        ("PROPFIND /dav/", "Depth: 2", "", 400),
        ("PROPFIND /dav/", "Depth: 0", "<propfind xmlns='DAV:'>", 400),
        ("PROPFIND /dav/", "Depth: 0", "<x:propfind/>", 400),
        ("PROPFIND /dav/", "Depth: 0", "<propfind xmlns='DAV:'><prop/><propname/></propfind>", 400),
        ("PROPFIND /dav/", "Depth: 0", &deep, 400),
        ("PROPFIND /dav/", "Depth: 0", &large, 413),
        ("PROPFIND /dav/", "Depth: 0\nContent-Type: text/calendar", "<a/>", 415),
        ("PROPFIND /dav/", "Depth: 0\nContent-Encoding: gzip", "\x1f\x08", 415),
        // RFC 9112 3.2
        ("OPTIONS /dav/", "Host: two.example", "", 400),
        ("PROPFIND /dav/calendars/alice/gone/", "Depth: 0", "", 404),
        ("PROPFIND /dav/calendars/alice/calendar/gone.ics", "Depth: 0", "", 404),
        ("PROPFIND /dav/a/b/c/d/e/f", "Depth: 0", "", 404),
        ("PROPFIND /dav/%2e%2e/etc", "Depth: 0", "", 400),
        ("PROPFIND /dav/calendars/alice%2fcalendar/", "Depth: 0", "", 400),
        ("PROPPATCH /dav/calendars/alice/", "", "", 400),
        ("PROPPATCH /dav/calendars/alice/", "", "<propertyupdate xmlns='DAV:'/>", 400),
        (
            "PROPPATCH /dav/calendars/alice/gone/",
            "",
            "<propertyupdate xmlns='DAV:'><remove><prop><a/></prop></remove></propertyupdate>",
            404,
        ),
        ("PROPPATCH /dav/", "", "", 405),
        ("LOCK /dav/calendars/alice/calendar/", "", "", 501),
        ("BREW /dav/", "", "", 501),
        ("PUT /dav/calendars/alice/", "", "", 405),
        ("PUT /dav/calendars/alice/calendar/a/b.ics", "", "", 409),
        ("POST /dav/calendars/alice/calendar/x.ics", "", "", 405),
    ] {
        let answer = server.send("alice", line, headers, body).await;
        assert_eq!(answer.status.as_u16(), status, "{line} {headers}: {}", answer.body);
        answer.precondition();
        assert_eq!(answer.headers.contains_key("allow"), status == 405, "{line}");
    }
}

#[tokio::test]
async fn a_document_type_is_refused_by_its_condition() {
    let server = Server::start().await;
    let body = "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>";
    let answer = server.send("alice", "PROPFIND /dav/", "Depth: 0", body).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.precondition(), "DAV:no-external-entities");
}

#[tokio::test]
async fn infinite_depth_is_refused_by_its_condition() {
    let server = Server::start().await;
    for headers in ["Depth: infinity", ""] {
        let answer = server.send("alice", "PROPFIND /dav/calendars/alice/", headers, "").await;
        assert_eq!(answer.status, 403);
        assert_eq!(answer.precondition(), "DAV:propfind-finite-depth");
    }
}

#[tokio::test]
async fn a_browser_gets_a_page_it_can_show() {
    let server = Server::start().await;
    let answer = server.send("alice", "PROPFIND /dav/", "Accept: text/html,*/*", "").await;
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert!(answer.body.contains("<h1>403 Forbidden</h1>"), "{}", answer.body);
}

#[tokio::test]
async fn the_header_if_compares_tags_and_tokens() {
    let server = Server::start().await;
    server.fill(1).await;
    let calendar = "/dav/calendars/alice/calendar/";
    let answer = server.propfind(calendar, "1", "<sync-token/><getetag/>").await;
    let token = answer.property(calendar, crate::xml::names::SYNC_TOKEN).unwrap().1;
    let object = format!("{calendar}event%2000000.ics");
    let etag = answer.property(&object, crate::xml::names::GETETAG).unwrap().1;
    let (token, etag) = (token.text(), etag.text());
    for (path, value, status) in [
        (calendar, format!("(<{token}>)"), 207),
        (calendar, format!("(Not <{token}>)"), 412),
        (calendar, "(<urn:convene:sync:0:0:0>)".to_owned(), 412),
        (calendar, format!("<{object}> ([{etag}])"), 207),
        (calendar, format!("<http://dav.example{object}> ([{etag}])"), 207),
        (calendar, format!("<http://other.example{object}> ([{etag}])"), 502),
        (&object, format!("([{etag}])"), 207),
        (&object, "([\"other\"])".to_owned(), 412),
        (&object, "([\"other\"]) (Not <DAV:no-lock>)".to_owned(), 207),
        // Nothing is told of what may not be read.
        (calendar, "</dav/calendars/bob/calendar/> (Not <DAV:no-lock>)".to_owned(), 207),
        (calendar, "nonsense".to_owned(), 400),
    ] {
        let headers = format!("Depth: 0\nIf: {value}");
        let answer = server.send("alice", &format!("PROPFIND {path}"), &headers, "").await;
        assert_eq!(answer.status.as_u16(), status, "{path} {value}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_ends_at_the_deadline() {
    let server = Server::start_with(|config| config.deadline = Duration::from_millis(50)).await;
    let caller = server.caller("alice").await;
    let never =
        StreamBody::new(futures_util::stream::pending::<Result<Frame<Bytes>, Infallible>>());
    let request = Request::builder().method("PROPFIND").uri("/dav/").header("depth", "0");
    let request = request.header("host", "dav.example");
    let request = request.extension(caller).body(never).unwrap();
    let answer = server.service.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let server = Server::start().await;
    let caller = server.caller("alice").await;
    let broken = futures_util::stream::iter([
        Ok(Frame::data(Bytes::from_static(b"<propfind"))),
        Err(std::io::Error::other("reset")),
    ]);
    let request = Request::builder().method("PROPFIND").uri("/dav/").header("depth", "0");
    let request = request.header("host", "dav.example");
    let request = request.extension(caller).body(StreamBody::new(broken)).unwrap();
    let answer = server.service.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 400);
}
