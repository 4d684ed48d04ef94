//! What becomes of inbox items and of default calendars (RFC 6638 sections 2.2, 4 and 9.2; pitfalls 48 to 50, S31, S42).

use std::thread::sleep;
use std::time::{Duration, Instant};

use convene::Config;

use crate::delivery::{answer, hrefs, members};
use crate::harness::case::{Case, case, case_on};
use crate::harness::client::Client;
use crate::harness::clock::SetClock;
use crate::harness::samples::{event, meeting, task};
use crate::harness::{Engine, World};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("throwing away a message and setting properties tells nobody", not_scheduling),
        case("what is sent has CRLF and lines of 75 octets, however it was written", lines_of_ours),
        case("any UID becomes a name in the calendar of who is invited", odd_uids),
        case("an answer takes the invitation out of the inbox, on every way", answered_items),
        case_on("what nobody dealt with leaves the inbox after a month", left_alone),
        case("nobody stores anything in an inbox", inbox_is_the_servers),
        case("the default calendar is one of one's own that takes events", default_calendar),
        case("who has no list for tasks gets one when a task comes", task_without_a_list),
    ]
}

/// Pitfall 14.
fn not_scheduling(world: &World) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    let path = alice.at("calendar/m.ics");
    alice.put(&path, &meeting("m", "M", "alice", &["bob"])).expect(201);
    let (href, _) = members(&bob, "inbox/").remove(0);
    let copies = members(&bob, "calendar/");
    bob.delete(&href).expect(204);
    assert!(members(&bob, "inbox/").is_empty());
    assert_eq!(members(&bob, "calendar/"), copies, "the copy stays");
    let note = "<D:set><D:prop><X:note>mine</X:note></D:prop></D:set>";
    for (client, at) in [(&alice, &path), (&bob, &copies[0].0), (&bob, &bob.at("calendar/"))] {
        client.proppatch(at, note).expect(207);
    }
    assert!(members(&bob, "inbox/").is_empty() && members(&alice, "inbox/").is_empty());
    assert_eq!(members(&bob, "calendar/"), copies);
}

/// RFC 5545 section 3.1; pitfall 67. What the organizer wrote stays his.
fn lines_of_ours(world: &World) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    let path = alice.at("calendar/m.ics");
    let title = "A long title ".repeat(12);
    let written =
        meeting("m", &title, "alice", &["bob"]).replace("\r\n ", "").replace("\r\n", "\n");
    alice.put(&path, &written).expect(201);
    let read = |client: &Client, collection: &str| {
        let href = hrefs(client, collection).remove(0);
        client.get(&href).expect(200).text().to_owned()
    };
    let is_ours = |text: &str| {
        text.replace("\r\n", "").find('\n').is_none()
            && text.split("\r\n").all(|line| line.len() <= 75)
    };
    for collection in ["inbox/", "calendar/"] {
        let text = read(&bob, collection);
        assert!(is_ours(&text) && text.replace("\r\n ", "").contains(&title), "{text}");
    }
    let (href, copy) = members(&bob, "calendar/").remove(0);
    let accepted = copy.to_string().replace("RSVP=TRUE", "RSVP=TRUE;PARTSTAT=ACCEPTED");
    bob.put(&href, &accepted.replace("\r\n ", "").replace("\r\n", "\n")).expect(204);
    let text = read(&alice, "inbox/");
    assert!(is_ours(&text), "{text}");
    let kept = alice.get(&path).expect(200).text().to_owned();
    assert!(kept.contains(&format!("SUMMARY:{title}\n")), "{kept}");
}

/// Pitfall 75: names of resources are the server's to choose, whatever a UID holds.
fn odd_uids(world: &World) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    let uids =
        ["../../../etc/passwd", "a/b?c#d%2e", "späße ☃", "CON", ".", "{8-A}\t\"x\"", "x;y=z"];
    let long = "0123456789abcdef".repeat(15);
    for (number, uid) in uids.into_iter().chain([long.as_str()]).enumerate() {
        let path = alice.at(&format!("calendar/{number}.ics"));
        alice.put(&path, &meeting(uid, "M", "alice", &["bob"])).expect(201);
        let copies = members(&bob, "calendar/");
        assert_eq!(copies.len(), number + 1, "{uid}");
        let (href, copy) =
            copies.into_iter().find(|(_, copy)| copy.uid() == Some(uid)).expect("a copy");
        let name = href.strip_prefix(&bob.at("calendar/")).expect("in his calendar");
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~%".contains(c);
        assert!(name.chars().all(is_plain), "{name}");
        let answer = copy.to_string().replace("RSVP=TRUE", "RSVP=TRUE;PARTSTAT=ACCEPTED");
        bob.put(&href, &answer).expect(204);
        alice.delete(&path).expect(204);
    }
}

fn answered_items(world: &World) {
    let alice = world.user("alice");
    let guests = ["bob", "carol", "dave"];
    alice.put(&alice.at("calendar/m.ics"), &meeting("m", "M", "alice", &guests)).expect(201);
    alice.put(&alice.at("calendar/n.ics"), &meeting("n", "N", "alice", &["erin"])).expect(201);
    for guest in guests {
        assert_eq!(members(&world.user(guest), "inbox/").len(), 1, "{guest}");
    }
    let token = |client: &Client| {
        let path = client.at("inbox/");
        let answer = client.propfind(&path, "0", &["D:sync-token"]).multistatus();
        answer.member(&path).text("D:sync-token").to_owned()
    };
    let (bob, carol, dave) = (world.user("bob"), world.user("carol"), world.user("dave"));
    let before = token(&bob);
    answer(&bob, "ACCEPTED");
    assert!(members(&bob, "inbox/").is_empty());
    assert_ne!(token(&bob), before);
    let (href, _) = members(&carol, "calendar/").remove(0);
    carol.delete(&href).expect(204);
    assert!(members(&carol, "inbox/").is_empty());
    let (href, _) = members(&dave, "calendar/").remove(0);
    dave.request("DELETE", &href).header("Schedule-Reply", "F").send().expect(204);
    assert!(members(&dave, "inbox/").is_empty());
    assert_eq!(members(&world.user("erin"), "inbox/").len(), 1, "another meeting's");
    // The answers leave the organizer's inbox with the meeting.
    assert_eq!(members(&alice, "inbox/").len(), 2);
    alice.delete(&alice.at("calendar/m.ics")).expect(204);
    assert!(members(&alice, "inbox/").is_empty());
}

/// Pitfall C3. Who syncs hears of it, and the meeting stays.
fn left_alone(engine: Engine) {
    let clock = SetClock::at("2026-03-01T00:00:00Z");
    let mut settings = Config::default();
    settings.jobs.poll_seconds = 1;
    let world = World::at_the_time_of(engine, clock.clock(), settings);
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    alice.put(&alice.at("calendar/old.ics"), &meeting("old", "Old", "alice", &["bob"])).expect(201);
    let before = bob.sync(&bob.at("inbox/"), "").multistatus();
    let token = before.sync_token.clone().expect("a token");
    let (old, _) = members(&bob, "inbox/").remove(0);
    clock.set("2026-03-25T00:00:00Z");
    alice.put(&alice.at("calendar/new.ics"), &meeting("new", "New", "alice", &["bob"])).expect(201);
    assert_eq!(members(&bob, "inbox/").len(), 2);

    clock.set("2026-04-02T00:00:00Z");
    let started = Instant::now();
    // A listing alone: the job may remove a message between a listing and a GET.
    while hrefs(&bob, "inbox/").len() == 2 {
        assert!(started.elapsed() < Duration::from_secs(30), "it stays");
        sleep(Duration::from_millis(50));
    }
    let (_, left) = members(&bob, "inbox/").remove(0);
    assert_eq!(left.item().value("SUMMARY"), Some("New"));
    let since = bob.sync(&bob.at("inbox/"), &token).multistatus();
    assert_eq!(since.member(&old).status, Some(404));
    assert_eq!(members(&bob, "calendar/").len(), 2);
}

fn inbox_is_the_servers(world: &World) {
    let alice = world.user("alice");
    for path in ["inbox/a.ics", "outbox/a.ics", "../bob/inbox/a.ics"] {
        let path = match path.strip_prefix("../") {
            Some(path) => format!("/dav/calendars/{path}"),
            None => alice.at(path),
        };
        alice.put(&path, &event("a", "A")).expect_error(403, "D:need-privileges");
    }
}

/// RFC 6638 4.3.1 and 9.2.
fn default_calendar(world: &World) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    let inbox = bob.at("inbox/");
    let set = |href: &str| {
        let inside = format!(
            "<D:set><D:prop><C:schedule-default-calendar-URL><D:href>{href}</D:href>\
             </C:schedule-default-calendar-URL></D:prop></D:set>"
        );
        bob.proppatch(&inbox, &inside).expect(207)
    };
    for href in [
        bob.at("tasks/"),
        bob.at("inbox/"),
        bob.at("none/"),
        format!("{}</D:href><D:href>{}", bob.at("calendar/"), bob.at("tasks/")),
        alice.at("calendar/"),
        "http://elsewhere.example/".to_owned(),
    ] {
        let answer = set(&href);
        assert!(answer.text().contains("valid-schedule-default-calendar-URL"), "{href}: {answer}");
    }
    let remove = "<D:remove><D:prop><C:schedule-default-calendar-URL/></D:prop></D:remove>";
    let answer = bob.proppatch(&inbox, remove).expect(207);
    assert!(answer.text().contains("default-calendar-needed"), "{answer}");
    bob.delete(&bob.at("calendar/")).expect_error(403, "C:default-calendar-needed");

    let work = bob.at("work/");
    bob.mkcalendar(&work).expect(201);
    let answer = set(&work);
    assert!(answer.text().contains("200 OK"), "{answer}");
    alice.put(&alice.at("calendar/m.ics"), &meeting("m", "M", "alice", &["bob"])).expect(201);
    assert_eq!(members(&bob, "work/").len(), 1);
    // Another one is named: the old one may go, the new one may not.
    bob.delete(&bob.at("calendar/")).expect(204);
    bob.delete(&work).expect_error(403, "C:default-calendar-needed");
}

/// S31: never silently lost, never in a list for something else.
fn task_without_a_list(world: &World) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    bob.delete(&bob.at("tasks/")).expect(204);
    let people =
        "ORGANIZER:mailto:alice@example.com\r\nATTENDEE:mailto:bob@example.com\r\nEND:VTODO";
    for (uid, number) in [("one", 1), ("two", 2)] {
        let invitation = task(uid, "Task").replace("END:VTODO", people);
        alice.put(&alice.at(&format!("tasks/{uid}.ics")), &invitation).expect(201);
        assert_eq!(members(&bob, "tasks/").len(), number);
    }
    let set = "C:supported-calendar-component-set";
    let answer = bob.propfind(&bob.at("tasks/"), "0", &[set]).multistatus();
    assert!(!answer.only().property(set).contains("VEVENT"));
    assert!(members(&bob, "calendar/").is_empty());
}
