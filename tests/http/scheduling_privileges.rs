//! The privileges of RFC 6638 section 6, each with what it allows and who has it. Nobody can grant any here: what is
//! on an inbox is everybody's, what is on an outbox its owner's alone.

use crate::harness::World;
use crate::harness::case::{Case, case};
use crate::harness::client::{Client, Response};
use crate::harness::samples::meeting;
use crate::harness::xml::Element;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("aggregates contain their parts", aggregates),
        case("an inbox and an outbox have their own privileges, and no other's", on_the_right_one),
        case("everybody may deliver an invitation, an answer and a question", deliver),
        case("nobody may invite in another's name", send_invite),
        case("nobody may answer in another's name", send_reply),
        case("nobody may ask for busy time in another's name", send_freebusy),
    ]
}

const DELIVER: [&str; 3] =
    ["C:schedule-deliver-invite", "C:schedule-deliver-reply", "C:schedule-query-freebusy"];
const SEND: [&str; 3] =
    ["C:schedule-send-invite", "C:schedule-send-reply", "C:schedule-send-freebusy"];

/// RFC 6638 6.3.
fn aggregates(world: &World) {
    let alice = world.user("alice");
    let found = alice.propfind(&alice.at("inbox/"), "0", &["D:supported-privilege-set"]);
    let found = found.multistatus();
    let tree = found.only().property("D:supported-privilege-set");
    let all = tree.child("D:supported-privilege").expect("the root of the tree");
    assert!(all.find(&["D:privilege", "D:all"]).is_some(), "{tree:?}");
    for (aggregate, parts) in [("C:schedule-deliver", DELIVER), ("C:schedule-send", SEND)] {
        let node = all
            .children_named("D:supported-privilege")
            .find(|node| node.find(&["D:privilege", aggregate]).is_some())
            .unwrap_or_else(|| panic!("DAV:all contains {aggregate}: {tree:?}"));
        let inside: Vec<&Element> = node.children_named("D:supported-privilege").collect();
        assert_eq!(inside.len(), parts.len(), "{aggregate}");
        for part in parts {
            let is_there = inside.iter().any(|node| node.find(&["D:privilege", part]).is_some());
            assert!(is_there, "{aggregate} contains {part}: {node:?}");
        }
    }
}

/// RFC 6638 6.1, 6.2.
fn on_the_right_one(world: &World) {
    let alice = world.user("alice");
    let with = |aggregate, parts: [&'static str; 3]| [&[aggregate][..], &parts].concat();
    let deliver = with("C:schedule-deliver", DELIVER);
    let send = with("C:schedule-send", SEND);
    for (place, held, not_held) in [("inbox/", &deliver, &send), ("outbox/", &send, &deliver)] {
        let names = ["D:current-user-privilege-set", "D:acl"];
        let found = alice.propfind(&alice.at(place), "0", &names).multistatus();
        let held_now = found.only().property("D:current-user-privilege-set");
        for privilege in held {
            assert!(held_now.contains(privilege), "{place} {privilege}: {held_now:?}");
        }
        for privilege in not_held {
            assert!(!held_now.contains(privilege), "{place} {privilege}: {held_now:?}");
        }
        // What everybody may do there.
        let acl = found.only().property("D:acl");
        let for_all = acl
            .children_named("D:ace")
            .find(|ace| ace.find(&["D:principal", "D:authenticated"]).is_some());
        assert_eq!(for_all.is_some(), place == "inbox/", "{acl:?}");
        assert!(for_all.is_none_or(|ace| ace.contains("C:schedule-deliver")), "{acl:?}");
    }
}

/// How many items an inbox holds.
fn items(client: &Client) -> usize {
    client.propfind(&client.at("inbox/"), "1", &["D:getetag"]).multistatus().responses.len() - 1
}

/// The only object in somebody's calendar.
fn copy_of(client: &Client) -> String {
    let listing = client.propfind(&client.at("calendar/"), "1", &["D:getetag"]).multistatus();
    let copy = listing.hrefs().into_iter().find(|href| href.ends_with(".ics"));
    copy.expect("a copy").to_owned()
}

fn invite(world: &World) -> (Client, Client) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    let dinner = meeting("dinner", "Dinner", "alice", &["bob"]);
    alice.put(&alice.at("calendar/dinner.ics"), &dinner).expect(201);
    (alice, bob)
}

fn ask(client: &Client, outbox_of: &Client, organizer: &str) -> Response {
    let question = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//tests//EN\r\nMETHOD:REQUEST\r\nBEGIN:VFREEBUSY\r\n\
         UID:4FD3AD926350\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260302T000000Z\r\nDTEND:20260304T000000Z\r\n\
         ORGANIZER:mailto:{organizer}@example.com\r\nATTENDEE:mailto:bob@example.com\r\nEND:VFREEBUSY\r\n\
         END:VCALENDAR\r\n"
    );
    client.request("POST", &outbox_of.at("outbox/")).calendar(&question).send()
}

/// RFC 6638 6.1.2, 6.1.3, 6.1.4.
fn deliver(world: &World) {
    let (alice, bob) = invite(world);
    assert_eq!(items(&bob), 1, "schedule-deliver-invite");
    let path = copy_of(&bob);
    let answer = bob.get(&path).expect(200).text().replace("NEEDS-ACTION", "ACCEPTED");
    bob.put(&path, &answer).expect_any(&[201, 204]);
    assert_eq!(items(&alice), 1, "schedule-deliver-reply");
    let answer = ask(&alice, &alice, "alice").expect(200);
    assert!(answer.text().contains("2.0;Success"), "schedule-query-freebusy: {answer}");
    assert!(answer.text().contains("FREEBUSY"), "{answer}");
}

/// The privilege that an answer says is lacking, and where.
#[track_caller]
fn lacking(answer: Response, path: &str, privilege: &str) {
    let answer = answer.expect_error(403, "D:need-privileges");
    let error = answer.xml();
    let resource = error.find(&["D:need-privileges", "D:resource"]).expect("a resource");
    assert_eq!(resource.child("D:href").map(|href| href.text.as_str()), Some(path), "{answer}");
    assert!(resource.find(&["D:privilege", privilege]).is_some(), "{answer}");
}

/// RFC 6638 6.2.2 and B.6, where Cyrus may write to Wilfredo's calendar. Here nobody may, which is what he is told.
fn send_invite(world: &World) {
    let (alice, bob) = invite(world);
    let carol = world.user("carol");
    let calendar = alice.at("calendar/");
    let other = meeting("lunch", "Lunch", "alice", &["bob"]);
    let put = carol.request("PUT", &alice.at("calendar/lunch.ics")).header("If-None-Match", "*");
    lacking(put.calendar(&other).send(), &calendar, "D:bind");
    let changed = meeting("dinner", "A late dinner", "alice", &["bob", "carol"]);
    lacking(carol.put(&alice.at("calendar/dinner.ics"), &changed), &calendar, "D:bind");
    lacking(carol.delete(&alice.at("calendar/dinner.ics")), &calendar, "D:unbind");
    assert_eq!((items(&bob), items(&carol)), (1, 0), "nobody hears of it");
    // In a calendar of her own it is nobody's meeting.
    carol.put(&carol.at("calendar/lunch.ics"), &other).expect(201);
    assert_eq!((items(&bob), items(&alice)), (1, 0), "nobody hears of it");
}

/// RFC 6638 6.2.3.
fn send_reply(world: &World) {
    let (alice, bob) = invite(world);
    let carol = world.user("carol");
    let path = copy_of(&bob);
    let calendar = bob.at("calendar/");
    let answer = bob.get(&path).expect(200).text().replace("NEEDS-ACTION", "ACCEPTED");
    lacking(carol.put(&path, &answer), &calendar, "D:bind");
    lacking(carol.delete(&path), &calendar, "D:unbind");
    let away = carol.request("MOVE", &path).header("Destination", &carol.at("calendar/mine.ics"));
    lacking(away.send(), &calendar, "D:unbind");
    assert_eq!(items(&alice), 0, "the organizer hears nothing");
    let unread = bob.get(&path).expect(200);
    assert!(unread.text().contains("NEEDS-ACTION"), "{unread}");
}

/// RFC 6638 6.2.4 and 5.0.1.
fn send_freebusy(world: &World) {
    let (alice, carol) = (world.user("alice"), world.user("carol"));
    let outbox = alice.at("outbox/");
    lacking(ask(&carol, &alice, "alice"), &outbox, "C:schedule-send-freebusy");
    lacking(ask(&carol, &alice, "carol"), &outbox, "C:schedule-send-freebusy");
    ask(&carol, &carol, "alice").expect_error(403, "C:valid-organizer");
    ask(&carol, &carol, "carol").expect(200);
}
