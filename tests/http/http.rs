//! HTTP itself, as clients and proxies in use speak it (RFC 9110, RFC 9112).

use std::thread;

use crate::harness::case::{Case, case, case_on};
use crate::harness::samples::{event, meeting};
use crate::harness::wire::Connection;
use crate::harness::{Engine, Person, World};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a chunked PUT is a PUT", chunked),
        case("Expect: 100-continue is answered", expect_continue),
        case("a request may name the whole URL", absolute_form),
        case("requests on one connection are answered in order", pipelined),
        case("a client that does not keep alive is served", no_keep_alive),
        case("idle connections do not keep others out", idle_connections),
        case("long names and UIDs are names and UIDs", long_names),
        case_on("a mail address is a good name", mail_address_as_name),
    ]
}

const ALICE: &str = "Authorization: Basic YWxpY2U6YWxpY2U=";

/// RFC 9112 7.1, with an extension and a trailer.
fn chunked(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    let body = event("a", "A");
    let (first, second) = body.split_at(30);
    let request = format!(
        "PUT {path} HTTP/1.1\r\nHost: a\r\n{ALICE}\r\nContent-Type: text/calendar\r\nTransfer-Encoding: chunked\r\n\r\n\
         {:x};a=b\r\n{first}\r\n{:X}\r\n{second}\r\n0\r\nX-Trailer: t\r\n\r\n",
        first.len(),
        second.len()
    );
    let mut connection = Connection::open(alice.server()).expect("the server listens");
    let answer = connection.exchange("PUT", request.as_bytes()).expect("an answer");
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(alice.get(&path).text(), body);
}

/// RFC 9110 10.1.1: the interim answer, or the final one at once.
fn expect_continue(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    let body = event("a", "A");
    let head = |path: &str, more: &str| {
        format!(
            "PUT {path} HTTP/1.1\r\nHost: a\r\n{more}Content-Type: text/calendar\r\nExpect: 100-continue\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        )
    };
    let mut connection = Connection::open(alice.server()).expect("the server listens");
    connection.send(head(&path, &format!("{ALICE}\r\n")).as_bytes()).expect("the server reads");
    assert_eq!(connection.read_interim().expect("an answer"), 100);
    let answer = connection.exchange("PUT", body.as_bytes()).expect("an answer");
    assert_eq!(answer.status, 201, "{answer:?}");
    // Who will be refused anyway need not send the body.
    let mut connection = Connection::open(alice.server()).expect("the server listens");
    connection.send(head(&path, "").as_bytes()).expect("the server reads");
    let status = connection.read_interim().expect("an answer");
    assert!(matches!(status, 100 | 401), "{status}");
}

/// RFC 9112 3.2.2.
fn absolute_form(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    alice.put(&path, &event("a", "A")).expect(201);
    alice.get(&format!("http://{}{path}", alice.server())).expect(200);
    alice.get(&format!("{path}?query=1")).expect_any(&[200, 404]);
}

/// RFC 9112 9.3.2.
fn pipelined(world: &World) {
    let alice = world.user("alice");
    let mut connection = Connection::open(alice.server()).expect("the server listens");
    for name in ["a", "b", "c"] {
        alice.put(&alice.at(&format!("calendar/{name}.ics")), &event(name, name)).expect(201);
        let path = alice.at(&format!("calendar/{name}.ics"));
        connection
            .send(format!("GET {path} HTTP/1.1\r\nHost: a\r\n{ALICE}\r\n\r\n").as_bytes())
            .expect("the server reads");
    }
    for name in ["a", "b", "c"] {
        let answer = connection.read_answer("GET").expect("an answer");
        assert_eq!(String::from_utf8_lossy(&answer.body), event(name, name));
    }
    for _ in 0..50 {
        alice.get(&alice.at("calendar/a.ics")).expect(200);
    }
}

/// Evolution sends `Connection: close` with each request.
fn no_keep_alive(world: &World) {
    let alice = world.user("alice");
    for _ in 0..5 {
        let answer = alice.request("OPTIONS", &alice.at("")).header("Connection", "close").send();
        answer.expect_any(&[200, 204]);
    }
}

fn idle_connections(world: &World) {
    let alice = world.user("alice");
    let idle: Vec<Connection> =
        (0..100).map(|_| Connection::open(alice.server()).expect("the server listens")).collect();
    thread::scope(|scope| {
        for number in 0..4 {
            let client = alice.clone();
            scope.spawn(move || {
                let uid = format!("e{number}");
                client
                    .put(&client.at(&format!("calendar/{uid}.ics")), &event(&uid, "E"))
                    .expect(201);
            });
        }
    });
    drop(idle);
}

/// Pitfall Q22: UIDs of 232 characters; file systems and other servers allow names of 255.
fn long_names(world: &World) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    let uid = "040000008200E00074C5B7101A82E008".repeat(8);
    let name = format!("{}.ics", "n".repeat(251));
    let path = alice.at(&format!("calendar/{name}"));
    alice.put(&path, &meeting(&uid, "M", "alice", &["bob"])).expect(201);
    alice.get(&path).expect(200);
    let copies = bob.propfind(&bob.at("calendar/"), "1", &["D:getetag"]).multistatus();
    let copy = copies.hrefs().into_iter().find(|href| href.ends_with(".ics")).expect("a copy");
    assert!(bob.get(copy).text().replace("\r\n ", "").contains(&uid));
}

/// Design section 4; pitfall Q2: iOS writes the `@` of a home's path as `%40`.
fn mail_address_as_name(engine: Engine) {
    let anna =
        Person { name: "anna@example.com".into(), addresses: vec!["anna@example.com".into()] };
    let world = World::with_people(engine, &[anna, Person::of_this_house("bob")]);
    let anna = world.user("anna@example.com");
    let principal = anna.propfind("/dav/", "0", &["D:current-user-principal"]).multistatus();
    let principal = principal.only().href_in("D:current-user-principal");
    assert_eq!(principal, "/dav/principals/anna@example.com/");
    let home = anna.propfind(&principal, "0", &["C:calendar-home-set"]).multistatus();
    assert_eq!(home.only().href_in("C:calendar-home-set"), "/dav/calendars/anna@example.com/");
    let mut spellings = Vec::new();
    for home in ["/dav/calendars/anna@example.com/", "/dav/calendars/anna%40example.com/"] {
        let listing = anna.propfind(home, "1", &["D:resourcetype"]).expect(207);
        let raw: Vec<String> = listing
            .xml()
            .children_named("D:response")
            .flat_map(|response| {
                response.hrefs().iter().map(|href| (*href).to_owned()).collect::<Vec<_>>()
            })
            .collect();
        spellings.push(raw);
    }
    assert_eq!(spellings[0], spellings[1], "design section 3: one canonical encoding");
    let path = "/dav/calendars/anna%40example.com/calendar/a.ics";
    anna.put(path, &meeting("a", "A", "anna", &["bob"])).expect(201);
    anna.get("/dav/calendars/anna@example.com/calendar/a.ics").expect(200);
    let bob = world.user("bob");
    let inbox = bob.propfind(&bob.at("inbox/"), "1", &["D:getetag"]).multistatus();
    assert_eq!(inbox.responses.len(), 2, "her mail address is hers");
}
