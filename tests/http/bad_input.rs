//! What clients should never send, row by row: each is refused with the status and precondition that fit, and a
//! sentence; nothing is stored, and the server goes on.

use crate::harness::World;
use crate::harness::case::{Case, case};
use crate::harness::client::{Client, document};
use crate::harness::samples::{event, event_with, object};
use crate::harness::table::Table;
use crate::harness::wire::Connection;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("bad calendar data is refused by what is wrong with it", calendar_data),
        case("bad content types are refused", content_types),
        case("a body over the limit is refused by the limit's name", over_long_bodies),
        case("bad XML is refused", xml),
        case("XML that asks for nothing that can be is refused", xml_without_sense),
        case("bad headers are refused", headers),
        case("paths cannot climb or hide", paths),
        case("requests that are no HTTP do no harm", not_http),
        case("a body that ends too early stores nothing", truncated_body),
    ]
}

/// Nothing was stored, and the server answers.
#[track_caller]
fn expect_untouched(alice: &Client) {
    for path in ["calendar/", "tasks/"] {
        let listing = alice.propfind(&alice.at(path), "1", &["D:getetag"]).multistatus();
        assert_eq!(listing.hrefs(), [alice.at(path)]);
    }
}

const DATA: &[&str] = &["C:valid-calendar-data"];
const OBJECT: &[&str] = &["C:valid-calendar-object-resource"];
/// RFC 4791 5.3.2.1 leaves it open by which of the two a broken rule of RFC 5545 is named.
const EITHER: &[&str] = &["C:valid-calendar-data", "C:valid-calendar-object-resource"];

/// RFC 4791 4.1 and 5.3.2.1.
fn calendar_data(world: &World) {
    let alice = world.user("alice");
    let mut table = Table::default();
    let good = event("a", "A");
    let without = |line: &str| {
        let changed = good.replace(line, "");
        assert_ne!(changed, good, "{line}");
        changed
    };
    let with = |line: &str| good.replace("SUMMARY:A", line);
    let twice = format!("{good}{good}");
    let nested = format!("{}{}", "BEGIN:X-A\r\n".repeat(10_000), "END:X-A\r\n".repeat(10_000));
    let crowd: String =
        (0..20_000).map(|n| format!("ATTENDEE:mailto:u{n}@example.com\r\n")).collect();
    let two = |second: &str| {
        let second = object("VEVENT", "a", &["DTSTART:20260303T100000Z"]).replace("VEVENT", second);
        let start = second.find("BEGIN:V").map_or(0, |at| at + 6);
        let component = &second[second[start..].find("BEGIN:").map_or(0, |at| at + start)..];
        let component = component.trim_end_matches("END:VCALENDAR\r\n");
        good.replace("END:VCALENDAR\r\n", &format!("{component}END:VCALENDAR\r\n"))
    };
    for (name, body, preconditions) in [
        ("an empty body", String::new(), DATA),
        ("text", "hello\r\n".to_owned(), DATA),
        ("a vCard", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nEND:VCARD\r\n".to_owned(), DATA),
        ("cut in the middle of a line", good[..good.len() / 2].to_owned(), DATA),
        ("cut before the last END", good.replace("END:VCALENDAR\r\n", ""), DATA),
        ("ends crossed", good.replace("END:VEVENT\r\nEND:VCALENDAR", "END:VCALENDAR\r\nEND:VEVENT"), DATA),
        ("a bare VEVENT", good.replace("BEGIN:VCALENDAR\r\n", "").replace("END:VCALENDAR\r\n", ""), DATA),
        ("a line without a colon", with("SUMMARY"), DATA),
        ("NUL", with("SUMMARY:A\0B"), DATA),
        ("a control character", with("SUMMARY:A\u{1}B"), DATA),
        ("10,000 levels", good.replace("END:VEVENT", &format!("{nested}END:VEVENT")), DATA),
        ("two VCALENDARs", twice, EITHER),
        ("something after the end", format!("{good}BEGIN:VCARD\r\nEND:VCARD\r\n"), EITHER),
        ("no UID", without("UID:a\r\n"), EITHER),
        ("an empty UID", good.replace("UID:a", "UID:"), EITHER),
        ("METHOD", good.replace("VERSION:2.0", "VERSION:2.0\r\nMETHOD:REQUEST"), OBJECT),
        ("two UIDs", two("VEVENT").replacen("UID:a", "UID:b", 1), OBJECT),
        ("two kinds", two("VTODO"), OBJECT),
        ("two masters", two("VEVENT"), OBJECT),
        ("two starts", with("DTSTART:20260303T100000Z"), DATA),
        (
            "two organizers",
            with("ORGANIZER:mailto:alice@example.com\r\nORGANIZER:mailto:bob@example.com"),
            DATA,
        ),
        ("no component", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n".to_owned(), EITHER),
        (
            "a time zone alone",
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\n\
             DTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
             END:VCALENDAR\r\n"
                .to_owned(),
            EITHER,
        ),
        ("a year that is not counted here", with("RRULE:RSCALE=HEBREW;FREQ=YEARLY"), &["C:supported-rscale"]), // RFC 7529 8
        ("20,000 attendees", with(crowd.trim_end()), &["C:max-attendees-per-instance"]),
        ("a task in an event calendar", object("VTODO", "t", &["SUMMARY:T"]), &["C:supported-calendar-component"]),
    ] {
        let answer = alice.put(&alice.at("calendar/a.ics"), &body);
        table.refused(name, &answer, &[403], preconditions);
    }
    let not_utf8 = [good.as_bytes(), b"\xff\xfe"].concat();
    let answer =
        alice.request("PUT", &alice.at("calendar/a.ics")).body("text/calendar", not_utf8).send();
    table.refused("not UTF-8", &answer, &[403], DATA);
    table.end();
    expect_untouched(&alice);
}

/// RFC 4791 5.3.2.1 supported-calendar-data; RFC 4918 9.1, RFC 9110 15.5.16.
fn content_types(world: &World) {
    let alice = world.user("alice");
    let mut table = Table::default();
    let put = |content_type: &str| {
        alice.request("PUT", &alice.at("calendar/a.ics")).body(content_type, event("a", "A")).send()
    };
    for content_type in
        ["text/plain", "application/json", "text/vcard", "application/calendar+xml", "nonsense"]
    {
        table.refused(
            content_type,
            &put(content_type),
            &[403, 415],
            &["C:supported-calendar-data"],
        );
    }
    // RFC 5545 3.1.4: UTF-8; nothing is converted.
    for charset in ["iso-8859-1", "\"Windows-1252\"", "utf-16"] {
        let content_type = format!("text/calendar; charset={charset}");
        table.refused(&content_type, &put(&content_type), &[403], &["C:valid-calendar-data"]);
    }
    expect_untouched(&alice);
    let propfind = alice.request("PROPFIND", &alice.at("")).header("Depth", "0");
    let answer = propfind.body("application/json", "{}").send();
    table.refused("PROPFIND with JSON", &answer, &[400, 415], &[]);
    table.end();
    // Pitfall Y18: parameters, case, or no type at all are no reason to refuse.
    for (number, content_type) in [
        "TEXT/Calendar",
        "text/calendar;charset=UTF-8;component=vevent",
        "text/calendar ; charset=\"utf-8\"",
    ]
    .iter()
    .enumerate()
    {
        let uid = format!("good{number}");
        alice
            .request("PUT", &alice.at(&format!("calendar/{uid}.ics")))
            .body(content_type, event(&uid, "A"))
            .send()
            .expect(201);
    }
}

/// RFC 4791 5.3.2.1 max-resource-size: at the limit and one past it.
fn over_long_bodies(world: &World) {
    let alice = world.user("alice");
    let mut table = Table::default();
    let found = alice.propfind(&alice.at("calendar/"), "0", &["C:max-resource-size"]).multistatus();
    let limit: usize = found.only().text("C:max-resource-size").parse().expect("a number");
    let of_size = |uid: &str, size: usize| {
        let frame = event(uid, "").len();
        let body = event(uid, &"x".repeat(size - frame));
        assert_eq!(body.len(), size);
        body
    };
    alice.put(&alice.at("calendar/a.ics"), &of_size("a", limit)).expect(201);
    alice.delete(&alice.at("calendar/a.ics")).expect(204);
    for size in [limit + 1, limit + 100_000] {
        let answer = alice.clone().put(&alice.at("calendar/b.ics"), &of_size("b", size));
        table.refused("one past the limit", &answer, &[403, 413], &["C:max-resource-size"]);
    }
    let long = document("D:propfind", &format!("<D:prop>{}</D:prop>", "<X:a/>".repeat(4_000_000)));
    let answer =
        alice.clone().request("PROPFIND", &alice.at("")).header("Depth", "0").xml(&long).send();
    table.refused("a PROPFIND of 24 MB", &answer, &[400, 403, 413], &[]);
    table.end();
    expect_untouched(&alice);
}

/// RFC 4918 8.2, 16, 17, 20.6.
fn xml(world: &World) {
    let alice = world.user("alice");
    let mut table = Table::default();
    let deep = format!(
        "<D:propfind xmlns:D=\"DAV:\"><D:prop>{}{}</D:prop></D:propfind>",
        "<a>".repeat(10_000),
        "</a>".repeat(10_000)
    );
    let names = "<D:propfind xmlns:D=\"DAV:\"><D:prop><D:getetag/></D:prop></D:propfind>";
    let laughs = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    let external = "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>";
    let entities: &[&str] = &["D:no-external-entities"];
    for (name, body, statuses, preconditions) in [
        ("a DOCTYPE", format!("<!DOCTYPE propfind>{names}"), &[400, 403][..], &[][..]),
        (
            "entities",
            format!("{laughs}{}", names.replace("<D:getetag/>", "<D:x>&b;</D:x>")),
            &[400, 403],
            &[],
        ),
        (
            "an external entity",
            format!("{external}{}", names.replace("<D:getetag/>", "<D:x>&a;</D:x>")),
            &[403],
            entities,
        ),
        (
            "an entity that nobody declared",
            names.replace("<D:getetag/>", "<D:x>&nbsp;</D:x>"),
            &[400],
            &[],
        ),
        ("not closed", names.replace("</D:propfind>", ""), &[400], &[]),
        ("crossed", names.replace("</D:prop></D:propfind>", "</D:propfind></D:prop>"), &[400], &[]),
        ("two roots", format!("{names}{names}"), &[400], &[]),
        ("text before the root", format!("hello{names}"), &[400], &[]),
        ("an unbound prefix", names.replace("<D:getetag/>", "<Q:getetag/>"), &[400], &[]),
        (
            "an unbound prefix of an attribute",
            names.replace("<D:getetag/>", "<D:getetag Q:a=\"1\"/>"),
            &[400],
            &[],
        ),
        (
            "an attribute twice",
            names.replace("<D:getetag/>", "<D:getetag a=\"1\" a=\"2\"/>"),
            &[400],
            &[],
        ),
        (
            "an unbound default prefix for DAV",
            "<propfind><prop/></propfind>".to_owned(),
            &[400, 422],
            &[],
        ),
        ("10,000 levels", deep, &[400, 403, 413], &[]),
        ("NUL", names.replace("<D:getetag/>", "<D:getetag/>\0"), &[400], &[]),
        (
            "a character reference to NUL",
            names.replace("<D:getetag/>", "<D:x>&#0;</D:x>"),
            &[400],
            &[],
        ),
        (
            "an encoding that nobody knows",
            format!("<?xml version=\"1.0\" encoding=\"ebcdic-9\"?>{names}"),
            &[400, 415],
            &[],
        ),
        ("iCalendar", event("a", "A"), &[400], &[]),
    ] {
        let answer =
            alice.request("PROPFIND", &alice.at("")).header("Depth", "0").xml(&body).send();
        table.refused(name, &answer, statuses, preconditions);
    }
    let answer = alice
        .request("PROPFIND", &alice.at(""))
        .header("Depth", "0")
        .body("application/xml", b"<D:propfind xmlns:D=\"DAV:\"><D:\xff/></D:propfind>".to_vec())
        .send();
    table.refused("not UTF-8", &answer, &[400], &[]);
    table.end();
}

fn xml_without_sense(world: &World) {
    let alice = world.user("alice");
    let mut table = Table::default();
    let calendar = alice.at("calendar/");
    let sync = |inside: &str| document("D:sync-collection", inside);
    let prop = "<D:prop><D:getetag/></D:prop>";
    let token = "<D:sync-token/>";
    let level = "<D:sync-level>1</D:sync-level>";
    for (name, method, body, statuses) in [
        ("another root", "PROPFIND", document("D:propertyupdate", ""), &[400, 422][..]),
        ("an empty propfind", "PROPFIND", document("D:propfind", ""), &[400, 422]),
        (
            "prop and allprop",
            "PROPFIND",
            document("D:propfind", &format!("<D:allprop/>{prop}")),
            &[400, 422],
        ),
        ("an empty propertyupdate", "PROPPATCH", document("D:propertyupdate", ""), &[400, 422]),
        ("no body", "PROPPATCH", String::new(), &[400, 422, 415]),
        ("no body", "REPORT", String::new(), &[400, 403, 422, 415]),
        ("sync without a token", "REPORT", sync(&format!("{level}{prop}")), &[400, 422]),
        ("sync without a level", "REPORT", sync(&format!("{token}{prop}")), &[400, 422]),
        (
            "sync of level 2",
            "REPORT",
            sync(&format!("{token}<D:sync-level>2</D:sync-level>{prop}")),
            &[400, 422],
        ),
        (
            "a limit of nothing",
            "REPORT",
            sync(&format!("{token}{level}<D:limit><D:nresults>x</D:nresults></D:limit>{prop}")),
            &[400, 422],
        ),
        ("multiget without an href", "REPORT", document("C:calendar-multiget", prop), &[400, 422]),
        (
            "MKCALENDAR with another root",
            "MKCALENDAR",
            document("D:propfind", prop),
            &[400, 415, 422, 403, 405],
        ),
    ] {
        let request = alice.request(method, &calendar).header("Depth", "0");
        let answer = request.xml(&body).send();
        table.refused(name, &answer, statuses, &[]);
    }
    table.end();
    expect_untouched(&alice);
}

fn headers(world: &World) {
    let alice = world.user("alice");
    let mut table = Table::default();
    let calendar = alice.at("calendar/");
    let propfind = crate::harness::client::propfind_body(&["D:getetag"]);
    // RFC 4918 10.2.
    for depth in ["2", "-1", "x", "1,noroot", "0 1"] {
        let answer =
            alice.request("PROPFIND", &calendar).header("Depth", depth).xml(&propfind).send();
        table.refused(depth, &answer, &[400], &[]);
    }
    let put = |name: &str, value: &str| {
        alice
            .request("PUT", &alice.at("calendar/a.ics"))
            .header(name, value)
            .calendar(&event("a", "A"))
            .send()
    };
    // RFC 9110 14.5: a partial PUT is refused by a server that does not know it.
    table.refused("Content-Range", &put("Content-Range", "bytes 0-5/10"), &[400], &[]);
    for (name, value) in
        [("If-Match", "x"), ("If-None-Match", "\"a"), ("If", "(["), ("If", "nonsense")]
    {
        let answer = put(name, value);
        table.refused(value, &answer, &[400, 412], &[]);
    }
    for method in ["COPY", "MOVE"] {
        for destination in ["", "x", "ftp://example.com/", "/dav/%zz"] {
            let request = alice
                .request(method, &alice.at("calendar/a.ics"))
                .header("Destination", destination);
            let answer = request.send();
            assert!(
                matches!(answer.status(), 400 | 403 | 404 | 409 | 502),
                "{destination:?}\n{answer}"
            );
        }
    }
    // RFC 6585 5; a server may also just hang up.
    if let Ok(answer) =
        alice.clone().request("GET", &calendar).header("X-Long", &"x".repeat(2_000_000)).try_send()
    {
        answer.expect_any(&[400, 431]);
    }
    table.end();
    expect_untouched(&alice);
}

/// RFC 3986 6.2.2.3: dot segments go nowhere; nothing outside `/dav/` is served, nothing of another user.
fn paths(world: &World) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    bob.put(&bob.at("calendar/b.ics"), &event("b", "Bob's secret")).expect(201);
    for path in [
        "/dav/calendars/alice/../bob/calendar/b.ics",
        "/dav/calendars/alice/%2e%2e/bob/calendar/b.ics",
        "/dav/calendars/alice/..%2fbob/calendar/b.ics",
        "/dav/calendars/alice%2f..%2fbob/calendar/b.ics",
        "/dav/calendars/alice/calendar/..%2f..%2f..%2fbob%2fcalendar%2fb.ics",
        "/dav/calendars/alice/calendar/%2e%2e%2f%2e%2e%2f%2e%2e%2fbob/calendar/b.ics",
        "/dav/calendars/alice/..%5cbob/calendar/b.ics",
        "/dav/calendars/alice/%252e%252e/bob/calendar/b.ics",
        "/../../../etc/passwd",
        "/dav/%2e%2e/%2e%2e/etc/passwd",
        "/dav/calendars/alice/%00",
        "/dav/calendars/alice/calendar/a%00.ics",
        "/dav/calendars/alice/%ff/",
        "/dav/calendars/alice/%zz/",
        "/dav/calendars/alice/%",
        "/dav/calendars//calendar/b.ics",
        "/dav/calendars/ALICE%00/",
        "*",
    ] {
        for method in ["GET", "PUT", "DELETE", "PROPFIND", "MKCALENDAR"] {
            let request = alice.request(method, path).header("Depth", "0");
            let request =
                if method == "PUT" { request.calendar(&event("a", "A")) } else { request };
            let answer = request.send();
            assert!((400..500).contains(&answer.status()), "{answer}");
            assert!(!answer.text().contains("secret"), "{answer}");
        }
    }
    // Names that a resource cannot have.
    for name in ["..", ".", "%2e%2e", "%2e", "a%2fb.ics", "%0a.ics", &"x".repeat(5_000)] {
        let answer = alice.put(&alice.at(&format!("calendar/{name}")), &event("a", "A"));
        assert!((400..500).contains(&answer.status()), "{answer}");
    }
    assert_eq!(bob.get(&bob.at("calendar/b.ics")).text(), event("b", "Bob's secret"));
    expect_untouched(&alice);
}

fn not_http(world: &World) {
    let alice = world.user("alice");
    for octets in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"hello\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nNo colon\r\n\r\n",
        b"\0\0\0\0\0\0\0\0\r\n\r\n",
    ] {
        let mut connection = Connection::open(alice.server()).expect("the server listens");
        connection.send(octets).expect("the server reads");
        if let Ok(answer) = connection.read_answer("GET") {
            assert!(
                (400..500).contains(&answer.status),
                "{:?}: {answer:?}",
                String::from_utf8_lossy(octets)
            );
        }
    }
    // RFC 9112 3.2: exactly one Host, and that a host.
    for hosts in ["", "Host: a\r\nHost: a\r\n", "Host: a b\r\n", "Host: a@b\r\n", "Host: a/b\r\n"] {
        let mut connection = Connection::open(alice.server()).expect("the server listens");
        let request = format!(
            "OPTIONS /dav/ HTTP/1.1\r\n{hosts}Authorization: Basic YWxpY2U6YWxpY2U=\r\n\r\n"
        );
        connection.send(request.as_bytes()).expect("the server reads");
        let answer = connection.read_answer("OPTIONS").expect("an answer");
        assert_eq!(answer.status, 400, "{hosts:?}: {answer:?}");
    }
    for host in ["[::1]:8080", "cal.example", "", "192.0.2.1:80"] {
        let mut connection = Connection::open(alice.server()).expect("the server listens");
        let request = format!(
            "OPTIONS /dav/ HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic YWxpY2U6YWxpY2U=\r\n\r\n"
        );
        connection.send(request.as_bytes()).expect("the server reads");
        let answer = connection.read_answer("OPTIONS").expect("an answer");
        assert_eq!(answer.status, 200, "{host:?}: {answer:?}");
    }
    let packed = alice
        .request("PUT", &alice.at("calendar/a.ics"))
        .header("Content-Encoding", "gzip")
        .calendar(&event("a", "A"));
    packed.send().expect(415);
    expect_untouched(&alice);
}

/// RFC 9112 8: an incomplete message.
fn truncated_body(world: &World) {
    let alice = world.user("alice");
    let body = event_with("a", &["DTSTART:20260302T100000Z"]);
    for cut in [0, 1, body.len() / 2, body.len() - 1] {
        let mut connection = Connection::open(alice.server()).expect("the server listens");
        let head = format!(
            "PUT {} HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWxpY2U6YWxpY2U=\r\nContent-Type: text/calendar\r\n\
             Content-Length: {}\r\n\r\n{}",
            alice.at("calendar/a.ics"),
            body.len(),
            &body[..cut]
        );
        connection.send(head.as_bytes()).expect("the server reads");
        drop(connection);
    }
    expect_untouched(&alice);
    alice.put(&alice.at("calendar/a.ics"), &body).expect(201);
}
