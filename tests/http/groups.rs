//! Inviting the address of a group invites its members (pitfalls 63 and S40; RFC 5545 3.2.11).

use serde_json::Value;

use crate::harness::case::{Case, case_on};
use crate::harness::client::Client;
use crate::harness::process::Program;
use crate::harness::samples::event_with;
use crate::harness::{Engine, Person};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case_on("the members of a group are invited, each once, and the group is not", invited),
        case_on("who leaves a group, or whose group is taken off, hears a CANCEL", taken_off),
        case_on("a room that is in a group is booked with it, and shown as a room", room_in_it),
        case_on("a group is not said to be free", not_free),
        case_on("groups are made, listed, changed and removed", managed),
    ]
}

#[track_caller]
fn succeeds(program: &Program, arguments: &[&str]) -> String {
    let output = program.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// alice, bob, carol and dave; bob and carol are the choir, carol and dave the band, and all of them the music.
fn house(engine: Engine) -> Program {
    let people = ["alice", "bob", "carol", "dave"].map(Person::of_this_house);
    let program = Program::start(engine, &people);
    let add = |name: &str, members: [&str; 2]| {
        let email = format!("{name}@example.com");
        let mut arguments = vec!["group", "add", name, "--email", &email];
        arguments.extend(members.iter().flat_map(|member| ["--member", member]));
        succeeds(&program, &arguments);
    };
    add("choir", ["bob", "carol"]);
    add("band", ["carol", "dave"]);
    add("music", ["choir", "band"]);
    program
}

fn meeting(guests: &[&str]) -> String {
    let mut lines = vec![
        "DTSTART:20300107T090000Z".to_owned(),
        "DURATION:PT1H".to_owned(),
        "SUMMARY:Concert".to_owned(),
        "ORGANIZER:mailto:alice@example.com".to_owned(),
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com".to_owned(),
    ];
    lines.extend(
        guests.iter().map(|guest| format!("ATTENDEE;CUTYPE=GROUP:mailto:{guest}@example.com")),
    );
    event_with("concert", &lines.iter().map(String::as_str).collect::<Vec<_>>())
}

#[track_caller]
fn put(alice: &Client, guests: &[&str]) {
    alice.put(&alice.at("calendar/concert.ics"), &meeting(guests)).expect_any(&[201, 204]);
}

/// The methods of the messages in an inbox, which is emptied.
fn told(client: &Client) -> Vec<String> {
    let inbox = client.at("inbox/");
    let listing = client.propfind(&inbox, "1", &["D:getetag"]).multistatus();
    let mut told: Vec<String> = Vec::new();
    for href in listing.hrefs().into_iter().filter(|href| *href != inbox) {
        let message = client.get(href).expect(200);
        let method = message.text().lines().find_map(|line| line.strip_prefix("METHOD:"));
        told.push(method.expect("a method").to_owned());
        client.delete(href).expect(204);
    }
    told.sort();
    told
}

/// Who is listed in somebody's copy, as `bob of choir`.
fn listed(client: &Client, path: &str) -> Vec<String> {
    let text = client.get(path).expect(200).text().replace("\r\n ", "");
    let name = |address: &str| address.split('@').next().unwrap_or_default().to_owned();
    let mut listed: Vec<String> = text
        .lines()
        .filter(|line| line.starts_with("ATTENDEE"))
        .map(|line| {
            let own = name(line.rsplit("mailto:").next().unwrap_or_default());
            match line.split_once("MEMBER=\"mailto:") {
                Some((_, group)) => format!("{own} of {}", name(group)),
                None => own,
            }
        })
        .collect();
    listed.sort();
    listed
}

fn invited(engine: Engine) {
    let program = house(engine);
    let [alice, bob, carol, dave] =
        ["alice", "bob", "carol", "dave"].map(|name| program.user(name));
    let path = alice.at("calendar/concert.ics");
    // Carol is in both, and bob is named himself as well.
    put(&alice, &["choir", "band", "bob"]);
    let everybody = ["alice", "band", "bob", "carol of choir", "choir", "dave of band"];
    assert_eq!(listed(&alice, &path), everybody);
    for client in [&bob, &carol, &dave] {
        assert_eq!(told(client), ["REQUEST"], "{}", client.name());
    }
    // The same again, by a client that has not seen the members: nobody is told anything.
    put(&alice, &["choir", "band", "bob"]);
    assert_eq!(listed(&alice, &path), everybody);
    for client in [&bob, &carol, &dave] {
        assert!(told(client).is_empty(), "{}", client.name());
    }
    let story = succeeds(&program, &["explain", "concert"]);
    assert!(!story.contains("to choir@"), "{story}");

    alice.delete(&path).expect(204);
    assert_eq!(told(&dave), ["CANCEL"]);
    // A group of groups.
    put(&alice, &["music"]);
    let members = ["alice", "bob of music", "carol of music", "dave of music", "music"];
    assert_eq!(listed(&alice, &path), members);
    let story = succeeds(&program, &["explain", "concert"]);
    assert!(story.contains("mailto:choir@example.com: not told: a group: its members"), "{story}");
}

fn taken_off(engine: Engine) {
    let program = house(engine);
    let [alice, bob, carol, dave] =
        ["alice", "bob", "carol", "dave"].map(|name| program.user(name));
    put(&alice, &["choir", "band"]);
    for client in [&bob, &carol, &dave] {
        assert_eq!(told(client), ["REQUEST"]);
    }
    succeeds(&program, &["group", "member", "remove", "choir", "bob", "carol"]);
    put(&alice, &["choir", "band"]);
    assert_eq!(told(&bob), ["CANCEL"]);
    let path = alice.at("calendar/concert.ics");
    assert_eq!(listed(&alice, &path), ["alice", "band", "carol of band", "choir", "dave of band"]);
    assert!(!told(&carol).contains(&"CANCEL".to_owned()), "the band still comes");
    put(&alice, &["choir"]);
    assert_eq!(told(&carol), ["CANCEL"]);
    assert!(told(&dave).contains(&"CANCEL".to_owned()));
    assert_eq!(listed(&alice, &path), ["alice", "choir"]);
    // An import is left as it is.
    succeeds(&program, &["group", "member", "add", "choir", "bob"]);
    let quiet = alice.request("PUT", &path).header("Scheduling-Enabled", "F");
    quiet.calendar(&meeting(&["choir"])).send().expect(204);
    assert_eq!(listed(&alice, &path), ["alice", "choir"]);
}

fn managed(engine: Engine) {
    let program = house(engine);
    let groups: Value =
        serde_json::from_str(&succeeds(&program, &["group", "list", "--json"])).expect("JSON");
    let names: Vec<&str> = groups
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|group| group["name"].as_str())
        .collect();
    assert_eq!(names, ["band", "choir", "music"]);
    assert_eq!(groups[1]["members"], serde_json::json!(["bob", "carol"]));
    let table = succeeds(&program, &["group", "list"]);
    assert!(table.contains("choir@example.com") && table.contains("carol dave"), "{table}");
    for refused in [
        &["group", "add", "choir", "--email", "c@example.com"][..],
        &["group", "add", "new", "--email", "new@example.com", "--member", "nobody"],
        &["group", "member", "add", "alice", "bob"],
        &["group", "member", "add", "choir", "nobody"],
        &["group", "remove", "alice", "--yes"],
    ] {
        assert!(!program.run(refused).status.success(), "{refused:?}");
    }
    succeeds(&program, &["group", "remove", "music", "--yes"]);
    assert!(!succeeds(&program, &["group", "list"]).contains("music"));
    assert!(succeeds(&program, &["user", "list"]).contains("bob@example.com"), "members stay");
}

fn room_in_it(engine: Engine) {
    let program = house(engine);
    succeeds(&program, &["room", "add", "hall", "--email", "hall@example.com"]);
    succeeds(&program, &["group", "member", "add", "choir", "hall"]);
    let alice = program.user("alice");
    let path = alice.at("calendar/concert.ics");
    let is_booked = || {
        let text = alice.get(&path).expect(200).text().replace("\r\n ", "");
        let line = text.lines().find(|line| line.ends_with(":mailto:hall@example.com"));
        let line = line.expect("the room's line");
        for shown in ["CUTYPE=ROOM", "MEMBER=\"mailto:choir@example.com\"", "PARTSTAT=ACCEPTED"] {
            assert!(line.contains(shown), "{shown}: {line}");
        }
    };
    put(&alice, &["choir"]);
    is_booked();
    assert_eq!(told(&alice), ["REPLY"]);
    // The same again, by a client that has not seen the room: it is told nothing, and stays booked.
    put(&alice, &["choir"]);
    is_booked();
    assert_eq!(told(&alice), [""; 0]);
}

/// RFC 6638 5, RFC 5546 3.6: its members are busy, each in his own time.
fn not_free(engine: Engine) {
    let program = house(engine);
    let alice = program.user("alice");
    let question = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VFREEBUSY\r\nUID:q\r\n\
        DTSTAMP:20260101T000000Z\r\nDTSTART:20300107T000000Z\r\nDTEND:20300108T000000Z\r\n\
        ORGANIZER:mailto:alice@example.com\r\nATTENDEE:mailto:choir@example.com\r\n\
        ATTENDEE:mailto:bob@example.com\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n";
    let answer = alice.request("POST", &alice.at("outbox/")).calendar(question).send().expect(200);
    let text = answer.xml().all_text();
    assert_eq!(text.matches("5.3;").count(), 1, "{answer}");
    assert_eq!(text.matches("BEGIN:VFREEBUSY").count(), 1, "bob's: {answer}");
}
