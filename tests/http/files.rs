//! `convene import` and `convene export`: calendar files in and out, and nobody hears of it (design rule 6; pitfall S3).

use std::fs;

use serde_json::Value;

use crate::harness::case::{Case, case_on};
use crate::harness::client::Client;
use crate::harness::process::Program;
use crate::harness::{Engine, Person};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case_on("an imported file is one object for each UID, and tells nobody", imported),
        case_on("what cannot be imported is named with its line, and the rest is taken", damaged),
        case_on("what is exported can be imported again", round_trip),
    ]
}

fn house(engine: Engine) -> Program {
    Program::start(engine, &["alice", "bob"].map(Person::of_this_house))
}

/// What another program wrote: a meeting with a moved date, a task, and a zone that neither of them names.
const FILE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//other//EN\r\nMETHOD:PUBLISH\r\nX-WR-CALNAME:Old\r\n\
    BEGIN:VTIMEZONE\r\nTZID:Unused\r\nBEGIN:STANDARD\r\nDTSTART:20000101T000000\r\nTZOFFSETFROM:+0100\r\n\
    TZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
    BEGIN:VEVENT\r\nUID:meeting\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20300107T090000Z\r\nDURATION:PT1H\r\n\
    RRULE:FREQ=DAILY;COUNT=3\r\nSUMMARY:Review\r\nORGANIZER:mailto:alice@example.com\r\n\
    ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com\r\nATTENDEE;RSVP=TRUE:mailto:bob@example.com\r\nEND:VEVENT\r\n\
    BEGIN:VTODO\r\nUID:task\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Tidy up\r\nEND:VTODO\r\n\
    BEGIN:VEVENT\r\nUID:meeting\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID:20300108T090000Z\r\n\
    DTSTART:20300108T110000Z\r\nDURATION:PT1H\r\nSUMMARY:Review\r\nORGANIZER:mailto:alice@example.com\r\n\
    ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com\r\nATTENDEE;RSVP=TRUE:mailto:bob@example.com\r\nEND:VEVENT\r\n\
    END:VCALENDAR\r\n";

#[track_caller]
fn json(program: &Program, arguments: &[&str]) -> Value {
    let output = program.run(arguments);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{arguments:?}: {output:?}"))
}

/// The objects in a collection.
fn members(client: &Client, collection: &str) -> Vec<String> {
    let path = client.at(collection);
    let listing = client.propfind(&path, "1", &["D:getetag"]).multistatus();
    let hrefs = listing.hrefs().into_iter().filter(|href| *href != path);
    hrefs.map(|href| client.get(href).expect(200).text().to_owned()).collect()
}

fn imported(engine: Engine) {
    let program = house(engine);
    let (alice, bob) = (program.user("alice"), program.user("bob"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("old.ics");
    fs::write(&file, FILE).expect("a file");
    let file = file.to_string_lossy();
    let report = json(&program, &["import", &file, "--as", "alice", "--json"]);
    assert_eq!(report, serde_json::json!({ "new": 2, "replaced": 0, "skipped": [] }));
    let events = members(&alice, "calendar/");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].matches("BEGIN:VEVENT").count(), 2, "{}", events[0]);
    assert!(!events[0].contains("METHOD") && !events[0].contains("VTIMEZONE"), "{}", events[0]);
    assert_eq!(members(&alice, "tasks/").len(), 1);
    assert!(
        members(&bob, "inbox/").is_empty() && members(&bob, "calendar/").is_empty(),
        "nobody is told"
    );

    // The same again, a folder of it this time: it lies where it lay.
    alice.mkcalendar(&alice.at("work/")).expect(201);
    let folder = folder.path().to_string_lossy();
    let again =
        json(&program, &["import", &folder, "--as", "alice", "--calendar", "work", "--json"]);
    assert_eq!(again, serde_json::json!({ "new": 0, "replaced": 2, "skipped": [] }));
    assert_eq!((members(&alice, "calendar/").len(), members(&alice, "work/").len()), (1, 0));
    let bobs = json(&program, &["import", &folder, "--as", "bob", "--json"]);
    assert_eq!(bobs["new"], 2, "{bobs}");
    for refused in [
        &["import", &*folder, "--as", "nobody"][..],
        &["import", &*folder, "--as", "alice", "--calendar", "none"],
        &["import", "/nowhere.ics", "--as", "alice"],
    ] {
        assert!(!program.run(refused).status.success(), "{refused:?}");
    }
}

fn damaged(engine: Engine) {
    let program = house(engine);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bad.ics");
    let text = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//other//EN\n\
        BEGIN:VEVENT\nDTSTAMP:20260101T000000Z\nDTSTART:20300107T090000Z\nSUMMARY:no UID\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:good\nDTSTAMP:20260101T000000Z\nDTSTART:20300107T090000Z\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:no time\nDTSTAMP:20260101T000000Z\nEND:VEVENT\n\
        BEGIN:VJOURNAL\nUID:thoughts\nDTSTAMP:20260101T000000Z\nEND:VJOURNAL\n\
        BEGIN:VEVENT\nUID:open\n";
    fs::write(&file, text).expect("a file");
    let file = file.to_string_lossy();
    let output = program.run(&["import", &file, "--as", "alice"]);
    assert!(!output.status.success(), "not everything was taken");
    let said = String::from_utf8(output.stdout).expect("text");
    for place in [":4:", ":14 (no time):", ":18 (thoughts):", ":22:"] {
        assert!(said.contains(&format!("{file}{place}")), "{place}: {said}");
    }
    assert!(said.ends_with("1 new, 0 replaced, 4 skipped.\n"), "{said}");
    let alice = program.user("alice");
    assert!(members(&alice, "calendar/")[0].contains("UID:good"));
}

fn round_trip(engine: Engine) {
    let program = house(engine);
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    fs::write(at("old.ics"), FILE).expect("a file");
    json(&program, &["import", &at("old.ics"), "--as", "alice", "--json"]);

    let home = program.run(&["export", "alice"]);
    let text = String::from_utf8(home.stdout).expect("text");
    assert_eq!(text.matches("BEGIN:VCALENDAR").count(), 2, "a calendar and a task list: {text}");
    let one = json(
        &program,
        &["export", "alice", "--calendar", "calendar", "--to", &at("one.ics"), "--json"],
    );
    assert_eq!(one[0]["objects"], 1, "{one}");
    let written = fs::read_to_string(at("one.ics")).expect("a file");
    assert!(
        written.contains("RECURRENCE-ID:20300108T090000Z\r\n") && !written.contains("VTODO"),
        "{written}"
    );

    let everybody = json(&program, &["export", "--all", "--to", &at("all"), "--json"]);
    assert_eq!(everybody.as_array().map(Vec::len), Some(4), "{everybody}");
    let again = json(&program, &["import", &at("all/alice"), "--as", "bob", "--json"]);
    assert_eq!(again, serde_json::json!({ "new": 2, "replaced": 0, "skipped": [] }));
    let (alice, bob) = (program.user("alice"), program.user("bob"));
    // All but who wrote the file.
    let content = |client: &Client| {
        let object = members(client, "calendar/").remove(0);
        object.split_once("BEGIN:VEVENT").map(|(_, rest)| rest.to_owned())
    };
    assert_eq!(content(&bob), content(&alice));
    for refused in [
        &["export"][..],
        &["export", "nobody"],
        &["export", "alice", "--calendar", "none"],
        &["export", "--all"],
    ] {
        assert!(!program.run(refused).status.success(), "{refused:?}");
    }
}
