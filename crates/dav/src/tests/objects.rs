//! Calendar objects: GET, PUT, DELETE, COPY and MOVE (RFC 9110 9, RFC 4918 9, RFC 4791 5.3.2).

use store::PutObject;

use super::{Answer, Server, event, event_on};

const HOME: &str = "/dav/calendars/alice";

impl Server {
    /// A PUT as alice into her calendar.
    async fn put(&self, name: &str, headers: &str, body: &str) -> Answer {
        let line = format!("PUT {HOME}/calendar/{name}");
        let headers = format!("Content-Type: text/calendar; charset=utf-8\n{headers}");
        self.send("alice", &line, &headers, body).await
    }

    async fn get(&self, name: &str, headers: &str) -> Answer {
        self.send("alice", &format!("GET {HOME}/calendar/{name}"), headers, "").await
    }
}

#[tokio::test]
async fn an_object_comes_back_octet_for_octet() {
    let server = Server::start().await;
    // Folding, case and an unknown property as a client wrote them.
    let body = event_on("a", 4).replace("SUMMARY:", "x-odd;P=\"q\":1\r\nsummary:Long \r\n ");
    let put = server.put("a b.ics".replace(' ', "%20").as_str(), "If-None-Match: *", &body).await;
    assert_eq!(put.status, 201, "{}", put.body);
    assert_eq!(put.body, "");
    let etag = put.header("etag").to_owned();
    assert!(etag.starts_with('"') && etag.len() > 2, "{etag}");
    let got = server.get("a%20b.ics", "").await;
    assert_eq!((got.status.as_u16(), got.body.as_str()), (200, body.as_str()));
    assert_eq!(got.header("etag"), etag);
    assert!(got.header("content-type").starts_with("text/calendar; charset=utf-8; component="));
    assert_eq!(got.header("last-modified"), "Fri, 15 Jan 2027 08:00:00 GMT");
    assert_eq!(got.header("schedule-tag"), "");
    let head = server.send("alice", &format!("HEAD {HOME}/calendar/a%20b.ics"), "", "").await;
    assert_eq!((head.status.as_u16(), head.body.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), body.len().to_string());
    assert_eq!(head.header("etag"), etag);
}

#[tokio::test]
async fn a_get_is_conditional() {
    let server = Server::start().await;
    let etag = server.put("a.ics", "", &event_on("a", 4)).await.header("etag").to_owned();
    for (headers, status) in [
        // RFC 9110 13.1.1 to 13.1.3 and 13.2.2
        (format!("If-None-Match: {etag}"), 304),
        (format!("If-None-Match: W/{etag}, \"x\""), 304),
        ("If-None-Match: *".to_owned(), 304),
        ("If-None-Match: \"x\"".to_owned(), 200),
        (format!("If-Match: {etag}"), 200),
        ("If-Match: \"x\"".to_owned(), 412),
        ("If-Modified-Since: Fri, 15 Jan 2027 08:00:00 GMT".to_owned(), 304),
        ("If-Modified-Since: Fri, 15 Jan 2027 07:59:59 GMT".to_owned(), 200),
        ("If-Modified-Since: yesterday".to_owned(), 200),
        ("If-None-Match: \"x\"\nIf-Modified-Since: Fri, 15 Jan 2027 08:00:00 GMT".to_owned(), 200),
    ] {
        let answer = server.get("a.ics", &headers).await;
        assert_eq!(answer.status.as_u16(), status, "{headers}");
        assert_eq!(answer.header("etag"), etag, "{headers}");
        assert_eq!(answer.body.is_empty(), status == 304, "{headers}");
    }
}

#[tokio::test]
async fn collections_say_what_they_are() {
    let server = Server::start().await;
    for path in
        ["/", "/dav/", HOME, "/dav/calendars/alice/calendar/", "/dav/calendars/alice/inbox/"]
    {
        let answer = server.send("alice", &format!("GET {path}"), "", "").await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert!(answer.body.contains("<a href=\"/dav/calendars/alice/\">"), "{path}");
    }
    for path in ["/dav/calendars/alice/gone/", "/dav/calendars/alice/calendar/gone.ics"] {
        let answer = server.send("alice", &format!("GET {path}"), "", "").await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_put_that_cannot_be_stored_names_its_condition() {
    let server = Server::start().await;
    server.put("taken.ics", "", &event_on("taken", 4)).await;
    let plain = event_on("new", 5);
    let large = format!("{}X:{}\r\n", plain, "x".repeat(11 * 1024 * 1024));
    let long = "n".repeat(256);
    for (name, content_type, body, status, condition) in [
        // RFC 4791 5.3.2.1
        ("x.ics", "text/plain", plain.as_str(), 403, "CALDAV:supported-calendar-data"),
        ("x.ics", "application/xml", "<a/>", 403, "CALDAV:supported-calendar-data"),
        ("x.ics", "text/calendar; charset=utf-16", &plain, 403, "CALDAV:valid-calendar-data"),
        ("x.ics", "text/calendar", "no calendar", 403, "CALDAV:valid-calendar-data"),
        ("x.ics", "text/calendar", "", 403, "CALDAV:valid-calendar-data"),
        (
            "x.ics",
            "text/calendar",
            &plain.replace("BEGIN:VEVENT", "METHOD:REQUEST\r\nBEGIN:VEVENT"),
            403,
            "CALDAV:valid-calendar-object-resource",
        ),
        (
            "x.ics",
            "text/calendar",
            &plain.replace("VEVENT", "VTODO").replace("DTEND", "DUE"),
            403,
            "CALDAV:supported-calendar-component",
        ),
        ("x.ics", "text/calendar", &event_on("taken", 5), 403, "CALDAV:no-uid-conflict"),
        ("taken.ics", "text/calendar", &plain, 403, "CALDAV:no-uid-conflict"),
        ("x.ics", "text/calendar", &large, 403, "CALDAV:max-resource-size"),
        (&long, "text/calendar", &plain, 403, "convene"),
    ] {
        let line = format!("PUT {HOME}/calendar/{name}");
        let headers = format!("Content-Type: {content_type}");
        let answer = server.send("alice", &line, &headers, body).await;
        assert_eq!(answer.status.as_u16(), status, "{content_type}: {}", answer.body);
        let unmet = answer.precondition();
        assert!(unmet == condition || condition == "convene", "{content_type}: {}", answer.body);
    }
    assert_eq!(server.get("x.ics", "").await.status, 404);
}

#[tokio::test]
async fn a_put_elsewhere_than_in_a_calendar_is_refused() {
    let server = Server::start().await;
    for (path, status) in [
        ("/dav/calendars/alice/gone/x.ics", 409),
        ("/dav/calendars/alice/inbox/x.ics", 403),
        ("/dav/calendars/alice/outbox/x.ics", 403),
        ("/dav/calendars/bob/calendar/x.ics", 403),
        ("/dav/calendars/alice/calendar/", 405),
        ("/dav/calendars/alice/", 405),
    ] {
        let answer = server.send("alice", &format!("PUT {path}"), "", &event_on("x", 4)).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_put_is_conditional() {
    let server = Server::start().await;
    let first = server.put("a.ics", "", &event_on("a", 4)).await.header("etag").to_owned();
    for (name, headers, status) in [
        ("a.ics", "If-None-Match: *".to_owned(), 412),
        ("a.ics", "If-Match: \"x\"".to_owned(), 412),
        ("gone.ics", "If-Match: *".to_owned(), 412),
        ("a.ics", "If-Schedule-Tag-Match: \"x\"".to_owned(), 412),
        ("a.ics", "If: ([\"x\"])".to_owned(), 412),
        ("a.ics", format!("If: ([{first}])"), 204),
        ("a.ics", "If-Schedule-Tag-Match:".to_owned(), 204),
        ("a.ics", "If-Match: *".to_owned(), 204),
    ] {
        let answer = server.put(name, &headers, &event_on("a", 4)).await;
        assert_eq!(answer.status.as_u16(), status, "{headers}: {}", answer.body);
    }
    let second = server.put("a.ics", &format!("If-Match: {first}"), &event_on("a", 5)).await;
    assert_eq!(second.status, 204);
    assert_ne!(second.header("etag"), first);
    let stale = server.put("a.ics", &format!("If-Match: {first}"), &event_on("a", 6)).await;
    assert_eq!(stale.status, 412);
    assert_eq!(stale.header("etag"), second.header("etag"));
    assert_eq!(server.get("a.ics", "").await.body, event_on("a", 5));
}

#[tokio::test]
async fn the_stored_object_comes_back_when_it_is_preferred() {
    let server = Server::start().await;
    let prefer = "Prefer: return=representation";
    // RFC 8144 3.1
    for (day, status) in [(4, 201), (5, 200)] {
        let answer = server.put("a.ics", prefer, &event_on("a", day)).await;
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.body, event_on("a", day));
        assert_eq!(answer.header("content-location"), "/dav/calendars/alice/calendar/a.ics");
        assert_eq!(answer.header("preference-applied"), "return=representation");
        assert!(answer.header("content-type").starts_with("text/calendar"));
        assert!(!answer.header("etag").is_empty());
    }
    // RFC 8144 3.2
    let stale = server.put("a.ics", &format!("If-Match: \"x\"\n{prefer}"), &event_on("a", 6)).await;
    assert_eq!((stale.status.as_u16(), stale.body.as_str()), (412, event_on("a", 5).as_str()));
    assert!(!stale.header("etag").is_empty());
    let gone = server.put("gone.ics", &format!("If-Match: *\n{prefer}"), &event_on("b", 6)).await;
    assert_eq!(gone.status, 412);
    gone.precondition();
}

#[tokio::test]
async fn a_delete_is_conditional_and_leaves_nothing() {
    let server = Server::start().await;
    let etag = server.put("a.ics", "", &event_on("a", 4)).await.header("etag").to_owned();
    let line = format!("DELETE {HOME}/calendar/a.ics");
    for (headers, status) in [
        ("If-Match: \"x\"".to_owned(), 412),
        ("Schedule-Reply: maybe".to_owned(), 400),
        (format!("If-Match: {etag}\nSchedule-Reply: F"), 204),
        (String::new(), 404),
    ] {
        let answer = server.send("alice", &line, &headers, "").await;
        assert_eq!(answer.status.as_u16(), status, "{headers}: {}", answer.body);
    }
    assert_eq!(server.get("a.ics", "").await.status, 404);
}

#[tokio::test]
async fn what_is_no_object_and_no_calendar_cannot_be_deleted_copied_or_moved() {
    let server = Server::start().await;
    for path in ["/", "/dav/", "/dav/principals/alice/", HOME, "/dav/calendars/alice/inbox/"] {
        for method in ["DELETE", "COPY", "MOVE"] {
            let headers = "Destination: /dav/calendars/alice/other/";
            let answer = server.send("alice", &format!("{method} {path}"), headers, "").await;
            assert_eq!(answer.status, 403, "{method} {path}: {}", answer.body);
        }
    }
    let line = format!("COPY {HOME}/calendar/");
    let answer = server.send("alice", &line, &format!("Destination: {HOME}/other/"), "").await;
    assert_eq!(answer.status, 403, "a calendar gets another name by MOVE only: {}", answer.body);
}

#[tokio::test]
async fn objects_are_copied_and_moved_within_a_home() {
    let server = Server::start().await;
    server.send("alice", &format!("MKCALENDAR {HOME}/work/"), "", "").await;
    server.put("a.ics", "", &event_on("a", 4)).await;
    server.put("b.ics", "", &event_on("b", 5)).await;
    let from_a = format!("{HOME}/calendar/a.ics");
    for (method, headers, status) in [
        // RFC 4918 10.3 and 9.8.5
        ("COPY", String::new(), 400),
        ("COPY", "Destination: http://elsewhere.example/x".to_owned(), 502),
        ("COPY", format!("Destination: {from_a}"), 403),
        ("COPY", format!("Destination: {HOME}/gone/a.ics"), 409),
        ("COPY", format!("Destination: {HOME}/inbox/a.ics"), 403),
        ("COPY", format!("Destination: {HOME}/work/"), 403),
        ("COPY", "Destination: /dav/calendars/bob/calendar/a.ics".to_owned(), 403),
        ("COPY", format!("Destination: {HOME}/work/a.ics\nIf-Match: \"x\""), 412),
        // RFC 4791 5.3.2.1, supported-calendar-component and no-uid-conflict
        ("COPY", format!("Destination: {HOME}/tasks/a.ics"), 403),
        ("COPY", format!("Destination: {HOME}/calendar/c.ics"), 403),
        ("COPY", format!("Destination: {HOME}/calendar/b.ics"), 403),
        ("COPY", format!("Destination: http://dav.example{HOME}/work/%61.ics"), 201),
        ("COPY", format!("Destination: {HOME}/work/a.ics\nOverwrite: F"), 412),
        ("COPY", format!("Destination: {HOME}/work/a.ics\nOverwrite: T"), 204),
        ("MOVE", format!("Destination: {HOME}/work/a.ics"), 204),
    ] {
        let answer = server.send("alice", &format!("{method} {from_a}"), &headers, "").await;
        assert_eq!(answer.status.as_u16(), status, "{method} {headers}: {}", answer.body);
    }
    assert_eq!(server.get("a.ics", "").await.status, 404);
    let moved = server.send("alice", &format!("GET {HOME}/work/a.ics"), "", "").await;
    assert_eq!(moved.body, event_on("a", 4));
    // A new name in the same calendar.
    let headers = format!("Destination: {HOME}/calendar/c.ics\nPrefer: return=representation");
    let renamed = server.send("alice", &format!("MOVE {HOME}/calendar/b.ics"), &headers, "").await;
    assert_eq!((renamed.status.as_u16(), &renamed.body), (201, &event_on("b", 5)));
    assert_eq!(renamed.header("content-location"), format!("{HOME}/calendar/c.ics"));
}

#[tokio::test]
async fn a_lowered_limit_leaves_what_is_stored_editable() {
    // RFC 4791 5.2.9; what is more than before is refused as what is new is
    let server = Server::start_with(|config| config.calendar.max_attendees_per_instance = 2).await;
    let with = |attendees: u32, summary: &str| {
        let lines: String = (0..attendees)
            .map(|number| format!("ATTENDEE:mailto:guest{number}@elsewhere.example\r\n"))
            .collect();
        let organizer = "ORGANIZER:mailto:alice@example.com\r\n";
        event_on("big", 4).replace("SUMMARY:", &format!("{organizer}{lines}SUMMARY:{summary} "))
    };
    let put = "PUT /dav/calendars/alice/calendar/big.ics";
    assert_eq!(server.send("alice", put, "", &with(4, "New")).await.status, 403);
    let octets = with(4, "Old").into_bytes();
    let stored = PutObject {
        uid: "big".to_owned(),
        etag: store::etag_of(&octets),
        octets: octets.into(),
        ..event(1)
    };
    server.store_unseen("alice", vec![("big.ics".to_owned(), stored)]).await;
    for (attendees, expected) in [(4, 204), (5, 403), (3, 204), (4, 403)] {
        let answer = server.send("alice", put, "", &with(attendees, "Edited")).await;
        assert_eq!(answer.status, expected, "{attendees}: {}", answer.body);
    }
}
