//! Who may do what: every method on every kind of resource by nobody, by the owner and by another user
//! (RFC 3744 5.5, design section 6).

use crate::harness::World;
use crate::harness::case::{Case, case};
use crate::harness::client::{Client, Response, document, propfind_body};
use crate::harness::samples::{event, meeting};
use crate::harness::table::Table;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("nobody gets anything but a challenge", nobody),
        case("wrong credentials are a challenge, whoever is named", wrong_credentials),
        case("another user's home is closed, whatever is asked of it", another_users_home),
        case("another user's home says nothing about what is in it", no_hints),
        case("another user's principal can be found and not changed", another_users_principal),
        case("the owner can do with each resource what it is for", the_owner),
        case("a principal that does not exist is 404", no_such_principal),
        case("names of accounts are one whatever their case", case_of_names),
    ]
}

const METHODS: [&str; 13] = [
    "OPTIONS",
    "GET",
    "HEAD",
    "PROPFIND",
    "REPORT",
    "PUT",
    "PROPPATCH",
    "MKCALENDAR",
    "MKCOL",
    "POST",
    "COPY",
    "MOVE",
    "DELETE",
];

/// Alice's resources below `/dav/calendars/alice/`: what each is, and whether it is there.
const BELOW_HOME: [&str; 9] = [
    "",
    "calendar/",
    "calendar/a.ics",
    "calendar/none.ics",
    "tasks/",
    "inbox/",
    "inbox/none.ics",
    "outbox/",
    "none/",
];

/// A well-formed request of each method, for which only the right is in question.
fn ask(client: &Client, method: &str, path: &str) -> Response {
    let request = client.request(method, path);
    let request = match method {
        "PROPFIND" => request.header("Depth", "0").xml(&propfind_body(&["D:resourcetype"])),
        "PROPPATCH" => request.xml(&document(
            "D:propertyupdate",
            "<D:set><D:prop><X:note>n</X:note></D:prop></D:set>",
        )),
        "REPORT" => request.header("Depth", "0").xml(&document(
            "C:calendar-query",
            "<D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter>",
        )),
        "PUT" | "POST" => request.calendar(&event("new", "New")),
        "COPY" | "MOVE" => request.header("Destination", "/dav/calendars/alice/calendar/copy.ics"),
        _ => request,
    };
    request.send()
}

fn set_up(world: &World) -> (Client, Client) {
    let alice = world.user("alice");
    alice.put(&alice.at("calendar/a.ics"), &event("a", "A")).expect(201);
    (alice, world.user("bob"))
}

/// Everything of Alice's that a stranger could change.
fn everything(alice: &Client) -> Vec<String> {
    let mut all = Vec::new();
    for path in ["", "calendar/", "tasks/", "inbox/"] {
        let names = ["D:getetag", "D:sync-token", "D:displayname", "X:note"];
        let answer = alice.propfind(&alice.at(path), "1", &names).multistatus();
        all.extend(answer.responses.iter().map(|member| format!("{member:?}")));
    }
    all
}

/// Design section 6; RFC 9110 15.5.2.
fn nobody(world: &World) {
    let (alice, _) = set_up(world);
    let before = everything(&alice);
    let nobody = world.nobody();
    let mut paths: Vec<String> = BELOW_HOME.iter().map(|path| alice.at(path)).collect();
    paths.extend(
        ["/", "/dav/", "/dav/principals/", "/dav/principals/alice/", "/dav/calendars/"]
            .map(str::to_owned),
    );
    paths.extend(["/dav/principals/none/", "/dav/calendars/none/", "/none"].map(str::to_owned));
    for path in &paths {
        for method in METHODS {
            let answer = ask(&nobody, method, path).expect(401);
            let challenge = answer.header_or_fail("WWW-Authenticate");
            assert!(challenge.starts_with("Basic realm="), "{answer}");
        }
    }
    assert_eq!(everything(&alice), before);
}

fn wrong_credentials(world: &World) {
    let (alice, _) = set_up(world);
    let path = alice.at("calendar/a.ics");
    let wrong = world.with_password("alice", "wrong").get(&path).expect(401);
    let unknown = world.with_password("zacharias", "wrong").get(&path).expect(401);
    assert_eq!(wrong.text(), unknown.text(), "an account cannot be guessed from the answer");
    world.with_password("alice", "").get(&path).expect(401);
    world.with_password("", "").get(&path).expect(401);
    world.with_password("alice", "al:ice").get(&path).expect(401);
    for authorization in [
        "Basic",
        "Basic !!!",
        "Basic YWxpY2U=",
        "Bearer x",
        "Basic gICAgA==",
        "Digest username=\"alice\"",
    ] {
        let answer =
            world.nobody().request("GET", &path).header("Authorization", authorization).send();
        answer.expect(401).header_or_fail("WWW-Authenticate");
    }
    // RFC 9110 11.1: the scheme's name has no case.
    let lower = world
        .nobody()
        .request("GET", &path)
        .header("Authorization", "basic YWxpY2U6YWxpY2U=")
        .send();
    lower.expect(200);
}

/// 403 with need-privileges that names resource and privilege (RFC 3744 7.1.1).
fn another_users_home(world: &World) {
    let (alice, bob) = set_up(world);
    bob.put(&bob.at("calendar/b.ics"), &event("b", "B")).expect(201);
    let before = everything(&alice);
    for path in BELOW_HOME {
        for method in METHODS {
            let path = alice.at(path);
            let answer = ask(&bob, method, &path);
            match method {
                "OPTIONS" => {
                    answer.expect_any(&[200, 204, 403]);
                }
                "HEAD" => {
                    answer.expect(403);
                }
                // What the resource has for nobody is no question of rights.
                _ if answer.status() == 405 => {
                    ask(&alice, method, &path).expect(405);
                }
                _ => {
                    let error = answer.expect_error(403, "D:need-privileges").xml();
                    let resource =
                        error.find(&["D:need-privileges", "D:resource"]).expect("a D:resource");
                    assert_eq!(resource.hrefs().len(), 1, "{resource:?}");
                    let privilege = resource.child("D:privilege").expect("a D:privilege");
                    assert_eq!(privilege.children.len(), 1, "{privilege:?}");
                }
            }
        }
    }
    for method in ["COPY", "MOVE"] {
        let out = bob
            .request(method, &bob.at("calendar/b.ics"))
            .header("Destination", &alice.at("calendar/b.ics"))
            .send();
        out.expect_error(403, "D:need-privileges");
    }
    assert_eq!(everything(&alice), before);
    bob.get(&bob.at("calendar/b.ics")).expect(200);
}

/// What is there and what is not look the same from outside.
fn no_hints(world: &World) {
    let (alice, bob) = set_up(world);
    for (there, missing) in [("calendar/a.ics", "calendar/none.ics"), ("calendar/", "none/")] {
        for method in ["GET", "PROPFIND", "DELETE", "PUT"] {
            let there = ask(&bob, method, &alice.at(there));
            let missing = ask(&bob, method, &alice.at(missing));
            assert_eq!(there.status(), missing.status(), "{there}\n{missing}");
        }
    }
    // A condition that holds or fails says nothing either.
    let etag = alice.get(&alice.at("calendar/a.ics")).etag();
    for etag in [etag.as_str(), "\"x\""] {
        let answer =
            bob.request("GET", &alice.at("calendar/a.ics")).header("If-None-Match", etag).send();
        answer.expect(403);
    }
    // A report in one's own home cannot read there.
    let path = alice.at("calendar/a.ics");
    let answer = bob.multiget(&bob.at("calendar/"), &[&path]);
    assert!(!answer.text().contains("BEGIN:VCALENDAR"), "{answer}");
}

fn another_users_principal(world: &World) {
    let (_, bob) = set_up(world);
    let path = "/dav/principals/alice/";
    let answer = bob.propfind(path, "0", &["D:displayname", "D:principal-URL"]).multistatus();
    assert_eq!(answer.only().href_in("D:principal-URL"), path);
    for method in ["PUT", "PROPPATCH", "MKCALENDAR", "MKCOL", "DELETE", "MOVE"] {
        let answer = ask(&bob, method, path);
        assert!(matches!(answer.status(), 403 | 405 | 409), "{answer}");
    }
}

/// What each method does for the owner; the rest is 405 or a 403 that says why.
fn the_owner(world: &World) {
    let (alice, _) = set_up(world);
    let mut table = Table::default();
    alice.put(&alice.at("calendar/m.ics"), &meeting("m", "M", "alice", &["bob"])).expect(201);
    let bob = world.user("bob");
    let listing = bob.propfind(&bob.at("inbox/"), "1", &["D:getetag"]).multistatus();
    let item = listing
        .hrefs()
        .into_iter()
        .find(|href| href.ends_with(".ics"))
        .expect("an inbox item")
        .to_owned();
    for (method, path, statuses) in [
        ("OPTIONS", "", &[200, 204][..]),
        ("OPTIONS", "calendar/", &[200, 204]),
        ("OPTIONS", "calendar/none.ics", &[200, 204, 404]),
        ("GET", "calendar/b.ics", &[404]),
        ("HEAD", "inbox/none.ics", &[404]),
        ("GET", "none/", &[404]),
        ("PROPFIND", "", &[207]),
        ("PROPFIND", "inbox/", &[207]),
        ("PROPFIND", "outbox/", &[207]),
        ("PROPPATCH", "", &[207]),
        ("PROPPATCH", "inbox/", &[207]),
        ("PROPPATCH", "none/", &[404]),
        ("REPORT", "inbox/", &[207]),
        ("REPORT", "none/", &[404]),
        ("PUT", "", &[403, 405, 409]),
        ("PUT", "inbox/new.ics", &[403, 405]),
        ("PUT", "outbox/", &[403, 405]),
        ("MKCOL", "calendar/", &[405]),
        ("MKCALENDAR", "inbox/", &[403, 405]),
        ("MKCALENDAR", "inbox/new/", &[403, 405, 409]),
        ("POST", "calendar/a.ics", &[403, 405]),
        ("COPY", "calendar/none.ics", &[404]),
        ("MOVE", "inbox/", &[403, 405]),
        ("DELETE", "", &[403, 405]),
        ("DELETE", "none/", &[404]),
    ] {
        table.status(path, &ask(&alice, method, &alice.at(path)), statuses);
    }
    for path in ["/", "/dav/", "/dav/principals/", "/dav/calendars/"] {
        ask(&alice, "PROPFIND", path).expect(207);
        for method in ["PUT", "DELETE", "PROPPATCH", "MKCOL", "MOVE"] {
            table.status(path, &ask(&alice, method, path), &[403, 405, 409]);
        }
    }
    table.end();
    // An inbox item is read and deleted by its owner only.
    bob.get(&item).expect(200);
    alice.get(&item).expect_error(403, "D:need-privileges");
    alice.delete(&item).expect_error(403, "D:need-privileges");
    bob.delete(&item).expect(204);
    // 405 says what would do (RFC 9110 15.5.6).
    let answer = alice.request("FROBNICATE", &alice.at("calendar/")).send().expect_any(&[405, 501]);
    assert!(answer.status() == 501 || answer.header("Allow").is_some(), "{answer}");
}

fn no_such_principal(world: &World) {
    let alice = world.user("alice");
    for path in [
        "/dav/principals/none/",
        "/dav/calendars/none/",
        "/dav/calendars/none/calendar/a.ics",
        "/dav/none/",
    ] {
        ask(&alice, "PROPFIND", path).expect(404);
        for method in ["REPORT", "DELETE"] {
            ask(&alice, method, path).expect_any(&[403, 404, 405]);
        }
        ask(&alice, "GET", path).expect(404);
    }
}

/// Design section 4: a name has no case.
fn case_of_names(world: &World) {
    let (alice, _) = set_up(world);
    let shouted = world.with_password("ALICE", "alice");
    shouted.get(&alice.at("calendar/a.ics")).expect(200);
    let answer = shouted.propfind("/dav/", "0", &["D:current-user-principal"]).multistatus();
    assert_eq!(answer.only().href_in("D:current-user-principal"), "/dav/principals/alice/");
    world.with_password("alice", "ALICE").get(&alice.at("calendar/a.ics")).expect(401);
}
