//! COPY and MOVE of calendar objects within one's own home (RFC 4918 9.8, 9.9; RFC 4791 5.3.2.1).

use crate::harness::World;
use crate::harness::case::{Case, case};
use crate::harness::client::{Client, Response};
use crate::harness::samples::{event, meeting, task};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("MOVE takes the object along, octets and properties", move_object),
        case("COPY leaves the original", copy_object),
        case("Overwrite decides over what is at the destination", overwrite),
        case("a destination that cannot be is refused", bad_destinations),
        case("COPY and MOVE keep the rules of the target calendar", rules_of_the_target),
        case("nothing takes the place of a meeting unnoticed", onto_a_meeting),
        case("MOVE is a removal and an addition for those who sync", sync_sees_a_move),
        case("conditions hold for the source of a MOVE", conditional_move),
    ]
}

fn transfer(client: &Client, method: &str, from: &str, to: &str) -> Response {
    client.request(method, &client.at(from)).header("Destination", &client.at(to)).send()
}

fn move_object(world: &World) {
    let alice = world.user("alice");
    alice.mkcalendar(&alice.at("work/")).expect(201);
    let octets = event("a", "A");
    alice.put(&alice.at("calendar/a.ics"), &octets).expect(201);
    let set = "<D:set><D:prop><X:note>mine</X:note></D:prop></D:set>";
    alice.proppatch(&alice.at("calendar/a.ics"), set).expect(207);
    transfer(&alice, "MOVE", "calendar/a.ics", "work/b.ics").expect(201);
    alice.get(&alice.at("calendar/a.ics")).expect(404);
    assert_eq!(alice.get(&alice.at("work/b.ics")).expect(200).text(), octets);
    let found = alice.propfind(&alice.at("work/b.ics"), "0", &["X:note"]).multistatus();
    assert_eq!(found.only().text("{http://example.com/ns}note"), "mine", "RFC 4918 9.9.1");
    // An absolute URL and a percent-encoded name are destinations too.
    let destination = format!("http://{}{}", alice.server(), alice.at("calendar/c%20d.ics"));
    alice
        .request("MOVE", &alice.at("work/b.ics"))
        .header("Destination", &destination)
        .send()
        .expect(201);
    alice.get(&alice.at("calendar/c%20d.ics")).expect(200);
    // Within one calendar it is a new name.
    transfer(&alice, "MOVE", "calendar/c%20d.ics", "calendar/e.ics").expect(201);
    assert_eq!(alice.get(&alice.at("calendar/e.ics")).expect(200).text(), octets);
}

fn copy_object(world: &World) {
    let alice = world.user("alice");
    alice.mkcalendar(&alice.at("work/")).expect(201);
    alice.put(&alice.at("calendar/a.ics"), &event("a", "A")).expect(201);
    transfer(&alice, "COPY", "calendar/a.ics", "work/a.ics").expect(201);
    for path in ["calendar/a.ics", "work/a.ics"] {
        assert_eq!(alice.get(&alice.at(path)).expect(200).text(), event("a", "A"));
    }
    // The two go their own ways.
    alice.put(&alice.at("work/a.ics"), &event("a", "B")).expect(204);
    assert_eq!(alice.get(&alice.at("calendar/a.ics")).text(), event("a", "A"));
}

/// RFC 4918 10.6, 9.8.5.
fn overwrite(world: &World) {
    let alice = world.user("alice");
    alice.mkcalendar(&alice.at("work/")).expect(201);
    alice.put(&alice.at("calendar/a.ics"), &event("a", "New")).expect(201);
    alice.put(&alice.at("work/a.ics"), &event("a", "Old")).expect(201);
    for method in ["COPY", "MOVE"] {
        alice
            .request(method, &alice.at("calendar/a.ics"))
            .header("Destination", &alice.at("work/a.ics"))
            .header("Overwrite", "F")
            .send()
            .expect(412);
    }
    assert_eq!(alice.get(&alice.at("work/a.ics")).text(), event("a", "Old"));
    transfer(&alice, "COPY", "calendar/a.ics", "work/a.ics").expect(204);
    assert_eq!(alice.get(&alice.at("work/a.ics")).text(), event("a", "New"));
    alice
        .request("MOVE", &alice.at("calendar/a.ics"))
        .header("Destination", &alice.at("work/a.ics"))
        .header("Overwrite", "T")
        .send()
        .expect(204);
    alice.get(&alice.at("calendar/a.ics")).expect(404);
}

fn bad_destinations(world: &World) {
    let alice = world.user("alice");
    alice.put(&alice.at("calendar/a.ics"), &event("a", "A")).expect(201);
    for method in ["COPY", "MOVE"] {
        alice.request(method, &alice.at("calendar/a.ics")).send().expect(400);
        // RFC 4918 9.8.5: 502 for another server, 409 without the parent, 403 onto itself.
        alice
            .request(method, &alice.at("calendar/a.ics"))
            .header("Destination", "http://elsewhere.example/dav/calendars/alice/calendar/b.ics")
            .send()
            .expect(502);
        transfer(&alice, method, "calendar/a.ics", "nowhere/a.ics").expect(409);
        transfer(&alice, method, "calendar/a.ics", "calendar/a.ics").expect(403);
        transfer(&alice, method, "calendar/none.ics", "calendar/b.ics").expect(404);
        alice
            .request(method, &alice.at("calendar/a.ics"))
            .header("Destination", "/dav/calendars/bob/calendar/a.ics")
            .send()
            .expect_error(403, "D:need-privileges");
        let inbox = transfer(&alice, method, "calendar/a.ics", "inbox/a.ics");
        assert!(matches!(inbox.status(), 403 | 405 | 409), "{inbox}");
    }
    assert_eq!(alice.get(&alice.at("calendar/a.ics")).expect(200).text(), event("a", "A"));
}

fn rules_of_the_target(world: &World) {
    let alice = world.user("alice");
    alice.put(&alice.at("calendar/a.ics"), &event("a", "A")).expect(201);
    alice.put(&alice.at("tasks/t.ics"), &task("t", "T")).expect(201);
    transfer(&alice, "COPY", "calendar/a.ics", "tasks/a.ics")
        .expect_error(403, "C:supported-calendar-component");
    transfer(&alice, "MOVE", "tasks/t.ics", "calendar/t.ics")
        .expect_error(403, "C:supported-calendar-component");
    let twice = transfer(&alice, "COPY", "calendar/a.ics", "calendar/b.ics");
    assert!(matches!(twice.status(), 403 | 409), "{twice}");
    assert!(twice.xml().contains("C:no-uid-conflict"), "{twice}");
    alice.get(&alice.at("tasks/t.ics")).expect(200);
}

/// RFC 6638 3.2.3.4: nobody is told of a MOVE, so those who are invited would go on waiting.
fn onto_a_meeting(world: &World) {
    let alice = world.user("alice");
    alice.mkcalendar(&alice.at("work/")).expect(201);
    alice.put(&alice.at("calendar/m.ics"), &meeting("m", "M", "alice", &["bob"])).expect(201);
    let before = alice.get(&alice.at("calendar/m.ics")).expect(200).text().to_owned();
    alice.put(&alice.at("work/m.ics"), &event("m", "Notes")).expect(201);
    for method in ["COPY", "MOVE"] {
        transfer(&alice, method, "work/m.ics", "calendar/m.ics")
            .expect_error(403, "C:unique-scheduling-object-resource");
    }
    assert_eq!(alice.get(&alice.at("calendar/m.ics")).expect(200).text(), before);
    alice.get(&alice.at("work/m.ics")).expect(200);
}

/// RFC 6578 3.5.1 and 3.5.2.
fn sync_sees_a_move(world: &World) {
    let alice = world.user("alice");
    alice.mkcalendar(&alice.at("work/")).expect(201);
    alice.put(&alice.at("calendar/a.ics"), &event("a", "A")).expect(201);
    let token = |path: &str| {
        alice.sync(&alice.at(path), "").multistatus().sync_token.expect("a sync-token")
    };
    let (before, after) = (token("calendar/"), token("work/"));
    transfer(&alice, "MOVE", "calendar/a.ics", "work/a.ics").expect(201);
    let gone = alice.sync(&alice.at("calendar/"), &before).multistatus();
    assert_eq!(gone.only().href, alice.at("calendar/a.ics"));
    assert_eq!(gone.only().status, Some(404));
    let come = alice.sync(&alice.at("work/"), &after).multistatus();
    assert_eq!(come.only().href, alice.at("work/a.ics"));
    assert!(come.only().found.contains_key("D:getetag"));
}

fn conditional_move(world: &World) {
    let alice = world.user("alice");
    let etag = alice.put(&alice.at("calendar/a.ics"), &event("a", "A")).expect(201).etag();
    let go = |etag: &str| {
        alice
            .request("MOVE", &alice.at("calendar/a.ics"))
            .header("Destination", &alice.at("calendar/b.ics"))
            .header("If-Match", etag)
            .send()
    };
    go("\"stale\"").expect(412);
    alice.get(&alice.at("calendar/a.ics")).expect(200);
    go(&etag).expect(201);
}
