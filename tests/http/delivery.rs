//! Messages from elsewhere (`convene deliver`), and what becomes of inbox items and default calendars (RFC 6638 4;
//! pitfalls 48 to 50, S31, S42).

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use convene::Config;

use crate::harness::case::{Case, case, case_on};
use crate::harness::client::Client;
use crate::harness::clock::SetClock;
use crate::harness::process::Program;
use crate::harness::samples::{event, meeting, task};
use crate::harness::{Engine, Person, World};
use crate::icalendar::Component;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case_on("an invitation from outside arrives once, however often it comes", invited),
        case_on("an answer from outside is on its line", answered),
        case_on("a proposal from outside is declined only in so many words", proposed),
        case_on("who asks what a meeting is now reads it, though he knows it", refreshed),
        case_on("an answer that says what went wrong is no answer", unreadable),
        case_on("a stranger's message changes no calendar and is in no inbox", strangers),
        case_on("a message for nobody is refused", nobody),
        case_on("what programs elsewhere write carelessly is understood", careless),
        case_on(
            "a time zone that everybody knows is defined where an invitation only names it",
            zones,
        ),
        case_on("who was invited carelessly can answer all the same", invited_carelessly),
        case_on("who is not among those a message takes off stays", others_taken_off),
        case_on("busy time that comes as a message is called so", busy_time),
        case_on("who was invited can answer when the organizer's account is gone", organizer_gone),
        case("throwing away a message and setting properties tells nobody", not_scheduling),
        case("any UID becomes a name in the calendar of who is invited", odd_uids),
        case("an answer takes the invitation out of the inbox, on every way", answered_items),
        case_on("what nobody dealt with leaves the inbox after a month", left_alone),
        case("nobody stores anything in an inbox", inbox_is_the_servers),
        case("the default calendar is one of one's own that takes events", default_calendar),
        case("who has no list for tasks gets one when a task comes", task_without_a_list),
    ]
}

const ZOE: &str = "zoe@elsewhere.example";

fn house(engine: Engine) -> Program {
    Program::start(engine, &["alice", "bob"].map(Person::of_this_house))
}

/// Delivers a message; what the program says, and whether it succeeded.
fn deliver(program: &Program, from: &str, to: &str, message: &str) -> (bool, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("message.ics");
    fs::write(&file, message).expect("the message can be written");
    let file = file.to_string_lossy();
    let output = program.run(&["deliver", "--from", from, "--to", to, &file]);
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).expect("text"))
}

fn message(method: &str, lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//elsewhere//EN\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\n\
         UID:opera\r\nDTSTAMP:20260101T000000Z\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

const OPERA: [&str; 6] = [
    "DTSTART:20260302T190000Z",
    "DTEND:20260302T220000Z",
    "SUMMARY:Opera",
    "SEQUENCE:0",
    "ORGANIZER:mailto:zoe@elsewhere.example",
    "ATTENDEE;RSVP=TRUE:mailto:alice@example.com",
];

/// The addresses of the members of a collection.
fn hrefs(client: &Client, collection: &str) -> Vec<String> {
    let path = client.at(collection);
    let listing = client.propfind(&path, "1", &["D:getetag"]).multistatus();
    listing.hrefs().into_iter().filter(|href| *href != path).map(str::to_owned).collect()
}

/// The members of a collection with their addresses.
fn members(client: &Client, collection: &str) -> Vec<(String, Component)> {
    hrefs(client, collection)
        .into_iter()
        .map(|href| {
            let calendar = Component::parse(client.get(&href).expect(200).text());
            (href, calendar.expect("a calendar"))
        })
        .collect()
}

fn invited(engine: Engine) {
    let program = house(engine);
    let alice = program.user("alice");
    for _ in 0..2 {
        let (done, said) = deliver(&program, ZOE, "alice@example.com", &message("REQUEST", &OPERA));
        assert!(done, "{said}");
        assert_eq!(members(&alice, "inbox/").len(), 1);
        assert_eq!(members(&alice, "calendar/").len(), 1);
    }
    let (_, copy) = members(&alice, "calendar/").remove(0);
    assert_eq!(copy.item().value("SUMMARY"), Some("Opera"));
    assert_eq!(copy.value("METHOD"), None);
    let mut cancel = OPERA.to_vec();
    cancel[3] = "SEQUENCE:1";
    let (done, said) = deliver(&program, ZOE, "alice@example.com", &message("CANCEL", &cancel));
    assert!(done && said.contains("1.2"), "{said}");
    let (_, copy) = members(&alice, "calendar/").remove(0);
    assert_eq!(copy.item().value("STATUS"), Some("CANCELLED"));
}

/// A meeting of alice with somebody elsewhere; where it is.
fn invite_zoe(alice: &Client) -> String {
    let path = alice.at("calendar/opera.ics");
    let invitation = meeting("opera", "Opera", "alice", &[])
        .replace("END:VEVENT", "ATTENDEE;RSVP=TRUE:mailto:zoe@elsewhere.example\r\nEND:VEVENT");
    alice.put(&path, &invitation).expect(201);
    path
}

fn answered(engine: Engine) {
    let program = house(engine);
    let alice = program.user("alice");
    let path = invite_zoe(&alice);
    let stored = Component::parse(alice.get(&path).expect(200).text()).expect("a calendar");
    let sequence = format!("SEQUENCE:{}", stored.item().value("SEQUENCE").unwrap_or("0"));
    let reply = message(
        "REPLY",
        &[
            "DTSTART:20260302T100000Z",
            &sequence,
            "ORGANIZER:mailto:alice@example.com",
            "ATTENDEE;PARTSTAT=ACCEPTED:mailto:zoe@elsewhere.example",
        ],
    );
    let (done, said) = deliver(&program, ZOE, "alice@example.com", &reply);
    assert!(done && said.contains("in the calendar"), "{said}");
    let stored = Component::parse(alice.get(&path).expect(200).text()).expect("a calendar");
    let line = stored.item().attendee("mailto:zoe@elsewhere.example").expect("her line");
    assert_eq!(line.parameter("PARTSTAT").as_deref(), Some("ACCEPTED"));
    assert_eq!(members(&alice, "inbox/").len(), 1);
}

/// RFC 5546 3.2.6 to 3.2.8, 4.4; docs/scheduling-rules.md, rule 23.
fn proposed(engine: Engine) {
    let program = house(engine);
    let alice = program.user("alice");
    let path = invite_zoe(&alice);
    let before = alice.get(&path).expect(200).text().to_owned();
    let lines = |second: u32| {
        [
            format!("DTSTAMP:2026010{second}T000000Z"),
            "DTSTART:20260302T140000Z".to_owned(),
            "SEQUENCE:1".to_owned(),
            "ORGANIZER:mailto:alice@example.com".to_owned(),
            "ATTENDEE:mailto:zoe@elsewhere.example".to_owned(),
        ]
    };
    let story = || {
        let output = program.run(&["explain", "opera"]);
        String::from_utf8(output.stdout).expect("text")
    };
    for (second, header, declines) in
        [(1, None, false), (2, Some("F"), false), (3, Some("T"), true)]
    {
        let lines = lines(second);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let counter =
            message("COUNTER", &lines).replace("DTSTAMP:20260101T000000Z\r\nDTSTAMP", "DTSTAMP");
        let (done, said) = deliver(&program, ZOE, "alice@example.com", &counter);
        assert!(done, "{said}");
        assert_eq!(alice.get(&path).expect(200).text(), before, "it stays as it is");
        let (item, _) = members(&alice, "inbox/").remove(0);
        let mut request = alice.request("DELETE", &item);
        if let Some(header) = header {
            request = request.header("Schedule-Reply", header);
        }
        request.send().expect(204);
        assert!(members(&alice, "inbox/").is_empty());
        assert_eq!(story().contains("DECLINECOUNTER"), declines, "{header:?}: {}", story());
    }
    // Who wants to know what it is hears it.
    let asks = ["ORGANIZER:mailto:alice@example.com", "ATTENDEE:mailto:zoe@elsewhere.example"];
    let requests = story().matches("REQUEST").count();
    let (done, said) = deliver(&program, ZOE, "alice@example.com", &message("REFRESH", &asks));
    assert!(done, "{said}");
    assert!(story().matches("REQUEST").count() > requests, "{}", story());
    assert!(members(&alice, "inbox/").is_empty());
}

/// RFC 5546 3.2.6, 4.7.1.
fn refreshed(engine: Engine) {
    let program = house(engine);
    let (alice, bob) = (program.user("alice"), program.user("bob"));
    let path = alice.at("calendar/opera.ics");
    alice.put(&path, &meeting("opera", "Opera", "alice", &["bob"])).expect(201);
    assert_eq!(members(&bob, "inbox/").len(), 1);
    let (_, before) = members(&bob, "calendar/").remove(0);
    let asks = ["ORGANIZER:mailto:alice@example.com", "ATTENDEE:mailto:bob@example.com"];
    let refresh = message("REFRESH", &asks);
    let (done, said) = deliver(&program, "bob@example.com", "alice@example.com", &refresh);
    assert!(done && said.contains("he asked what it is now"), "{said}");
    let items = members(&bob, "inbox/");
    assert_eq!(items.len(), 2, "{said}");
    assert!(items.iter().all(|(_, item)| item.value("METHOD") == Some("REQUEST")));
    let (_, after) = members(&bob, "calendar/").remove(0);
    let but_its_time = |object: &Component| -> Vec<String> {
        let lines = object.to_string();
        lines.lines().filter(|line| !line.starts_with("DTSTAMP")).map(str::to_owned).collect()
    };
    assert_eq!(but_its_time(&after), but_its_time(&before), "he knew it");
    assert!(members(&alice, "inbox/").is_empty(), "there is nothing for her to do");
    // Who is not invited is told nothing.
    let refresh = refresh.replace("bob@example.com", ZOE);
    let (_, said) = deliver(&program, ZOE, "alice@example.com", &refresh);
    assert!(said.contains("3.8"), "{said}");
    assert_eq!(members(&bob, "inbox/").len(), 2);
}

/// RFC 5546 4.4.10: a REPLY with an error and no PARTSTAT.
fn unreadable(engine: Engine) {
    let program = house(engine);
    let alice = program.user("alice");
    let path = invite_zoe(&alice);
    let mut lines = vec![
        "SEQUENCE:1",
        "ORGANIZER:mailto:alice@example.com",
        "ATTENDEE;PARTSTAT=ACCEPTED;RSVP=TRUE:mailto:zoe@elsewhere.example",
    ];
    let (done, said) = deliver(&program, ZOE, "alice@example.com", &message("REPLY", &lines));
    assert!(done, "{said}");
    lines[2] = "ATTENDEE:mailto:zoe@elsewhere.example";
    lines.push("REQUEST-STATUS:3.0;Invalid Property Name;FOO");
    let reply = message("REPLY", &lines).replace("20260101T000000Z", "20260102T000000Z");
    let (done, said) = deliver(&program, ZOE, "alice@example.com", &reply);
    assert!(done, "{said}");
    let stored = Component::parse(alice.get(&path).expect(200).text()).expect("a calendar");
    let line = stored.item().attendee("mailto:zoe@elsewhere.example").expect("her line");
    for (name, value) in [("PARTSTAT", "ACCEPTED"), ("RSVP", "TRUE"), ("SCHEDULE-STATUS", "3.0")] {
        assert_eq!(line.parameter(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(members(&alice, "inbox/").len(), 2, "she can read what is wrong");
}

/// RFC 5546 6.1.1 to 6.1.3, RFC 6638 4: no client shows what was not done.
fn strangers(engine: Engine) {
    let program = house(engine);
    let alice = program.user("alice");
    let (done, said) = deliver(&program, ZOE, "alice@example.com", &message("REQUEST", &OPERA));
    assert!(done, "{said}");
    let (_, before) = members(&alice, "calendar/").remove(0);
    let mallory = "mallory@elsewhere.example";
    let reply = message("REPLY", &OPERA);
    for (method, body) in ["CANCEL", "REQUEST", "PUBLISH", "ADD", "DECLINECOUNTER"]
        .iter()
        .map(|method| (*method, message(method, &OPERA)))
        .chain([("REPLY", reply)])
    {
        let (done, said) = deliver(&program, mallory, "alice@example.com", &body);
        assert!(done && said.contains("3.8"), "{method}: {said}");
        assert_eq!(members(&alice, "inbox/").len(), 1, "{method}");
        let (_, after) = members(&alice, "calendar/").remove(0);
        assert_eq!(after.to_string(), before.to_string(), "{method}");
    }
    let told = program.run(&["explain", "opera"]);
    let told = String::from_utf8_lossy(&told.stdout);
    let turned_away = told.matches("mailto:mallory@elsewhere.example: ignored").count();
    assert_eq!(turned_away, 6, "each is told of: {told}");
    let (done, said) = deliver(&program, ZOE, "bob@example.com", &message("REQUEST", &OPERA));
    assert!(done, "{said}");
    assert!(members(&program.user("bob"), "calendar/").is_empty(), "it does not name him");
}

fn nobody(engine: Engine) {
    let program = house(engine);
    let (done, said) = deliver(&program, ZOE, "nobody@example.com", &message("REQUEST", &OPERA));
    assert!(!done && said.contains("nobody@example.com"), "{said}");
    let (done, said) =
        deliver(&program, ZOE, "alice@example.com", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n");
    assert!(!done && said.contains("not an iTIP message"), "{said}");
}

/// Pitfall 70: a METHOD in lower case, no PRODID, a REPLY without ORGANIZER.
fn careless(engine: Engine) {
    let program = house(engine);
    let alice = program.user("alice");
    let request = message("REQUEST", &OPERA).replace("METHOD:REQUEST", "method:request");
    let request = request.replace("PRODID:-//elsewhere//EN\r\n", "");
    let (done, said) = deliver(&program, ZOE, "alice@example.com", &request);
    assert!(done, "{said}");
    assert_eq!(members(&alice, "calendar/").len(), 1);
    assert_eq!(members(&alice, "inbox/").len(), 1);

    let path = alice.at("calendar/m.ics");
    let invitation = meeting("m", "M", "alice", &[])
        .replace("END:VEVENT", "ATTENDEE;RSVP=TRUE:mailto:zoe@elsewhere.example\r\nEND:VEVENT");
    alice.put(&path, &invitation).expect(201);
    let answer = ["SEQUENCE:1", "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:Zoe@Elsewhere.example"];
    let reply = message("reply", &answer).replace("UID:opera", "UID:m");
    let (done, said) = deliver(&program, ZOE, "alice@example.com", &reply);
    assert!(done, "{said}");
    let stored = Component::parse(alice.get(&path).expect(200).text()).expect("a calendar");
    let line = stored.item().attendee("mailto:zoe@elsewhere.example").expect("her line");
    assert_eq!(line.parameter("PARTSTAT").as_deref(), Some("ACCEPTED"), "{said}");
}

/// RFC 5545 3.2.19; pitfalls S21, Q27: a client takes a name that it does not know for floating time.
fn zones(engine: Engine) {
    let program = house(engine);
    let alice = program.user("alice");
    for (zone, iana) in
        [("W. Europe Standard Time", "Europe/Berlin"), ("America/New_York", "America/New_York")]
    {
        let times = [
            format!("DTSTART;TZID={zone}:20260702T190000"),
            format!("DTEND;TZID={zone}:20260702T220000"),
        ];
        let mut lines = OPERA.to_vec();
        (lines[0], lines[1]) = (&times[0], &times[1]);
        let uid = format!("UID:{}", iana.replace('/', "-"));
        let request = message("REQUEST", &lines).replace("UID:opera", &uid);
        let (done, said) = deliver(&program, ZOE, "alice@example.com", &request);
        assert!(done, "{said}");
        let copies = members(&alice, "calendar/");
        let copy = copies.iter().map(|(_, copy)| copy.to_string());
        let copy = copy.into_iter().find(|copy| copy.contains(&uid)).expect("her copy");
        assert!(copy.contains(&format!("BEGIN:VTIMEZONE\r\nTZID:{zone}\r\n")), "{copy}");
    }
}

/// Pitfalls 70, 77, S27: what nobody may write comes all the same, and an answer is a PUT of it.
fn invited_carelessly(engine: Engine) {
    let program = house(engine);
    let alice = program.user("alice");
    let replaced = |from: &str, to: &str| {
        let lines = OPERA.map(|line| line.replace(from, to));
        assert!(lines.iter().any(|line| line.contains(to)), "{to}");
        message("REQUEST", &lines.each_ref().map(String::as_str))
    };
    let request = message("REQUEST", &OPERA);
    let series = request.replace("END:VEVENT\r\n", "RRULE:FREQ=DAILY;COUNT=3\r\nEND:VEVENT\r\n");
    let (_, event) = request.split_once("BEGIN:VEVENT").expect("an event");
    let event = event.replace("UID", "RECURRENCE-ID:20260303T110000Z\r\nUID");
    for (flaw, request) in [
        ("it ends before it starts", replaced("DTEND:20260302T22", "DTEND:20260302T18")),
        (
            "a time zone that nobody knows",
            replaced("DTSTART:20260302T190000Z", "DTSTART;TZID=Opera:20260302T190000"),
        ),
        (
            "a rule that is none",
            request.replace("SEQUENCE:0", "SEQUENCE:0\r\nRRULE:FREQ=SOMETIMES"),
        ),
        (
            "a date that is none",
            series.replace("END:VCALENDAR\r\n", &format!("BEGIN:VEVENT{event}")),
        ),
        (
            "two organizers",
            request.replace("ATTENDEE", "ORGANIZER:mailto:x@elsewhere.example\r\nATTENDEE"),
        ),
    ] {
        let uid = flaw.replace(' ', "-");
        let request = request.replace("UID:opera", &format!("UID:{uid}"));
        let (done, said) = deliver(&program, ZOE, "alice@example.com", &request);
        assert!(done && said.contains("in the calendar"), "{flaw}: {said}");
        let named = format!("UID:{uid}");
        let (href, copy) = members(&alice, "calendar/")
            .into_iter()
            .find(|(_, copy)| copy.to_string().contains(&named))
            .expect("her copy");
        let accepted = copy.to_string().replace("RSVP=TRUE", "PARTSTAT=ACCEPTED");
        alice.put(&href, &accepted).expect(204);
        let told = program.run(&["explain", &uid]);
        let told = String::from_utf8_lossy(&told.stdout);
        assert!(told.contains("alice@example.com answers ACCEPTED"), "{flaw}: {told}");
        // It is no permission to write such things oneself.
        let own = accepted.replace(&named, &format!("{named}-again"));
        alice.put(&alice.at("calendar/again.ics"), &own).expect(403);
    }
    let checked = program.run(&["check"]);
    assert!(checked.status.success(), "{checked:?}");
}

/// RFC 5546 3.2.5: a CANCEL without STATUS is for those whom it lists.
fn others_taken_off(engine: Engine) {
    let program = house(engine);
    let alice = program.user("alice");
    let mut lines = OPERA.to_vec();
    lines.push("ATTENDEE;RSVP=TRUE:mailto:bob@example.com");
    let (done, said) = deliver(&program, ZOE, "alice@example.com", &message("REQUEST", &lines));
    assert!(done, "{said}");
    let status =
        || members(&alice, "calendar/").remove(0).1.item().value("STATUS").map(str::to_owned);
    for (second, people, cancels) in [
        (1, "ATTENDEE:mailto:bob@example.com", false),
        (2, "ATTENDEE:mailto:bob@example.com\r\nATTENDEE:mailto:alice@example.com", true),
    ] {
        let sequence = format!("SEQUENCE:{second}");
        let cancel = message("CANCEL", &[OPERA[0], OPERA[4], people, &sequence]);
        let (done, said) = deliver(&program, ZOE, "alice@example.com", &cancel);
        assert!(done, "{said}");
        assert_eq!(status().as_deref() == Some("CANCELLED"), cancels, "{said}");
    }
}

/// RFC 5546 3.3.
fn busy_time(engine: Engine) {
    let program = house(engine);
    for method in ["PUBLISH", "REQUEST", "REPLY"] {
        let organizer = if method == "REPLY" { "alice@example.com" } else { ZOE };
        let attendee = if method == "REPLY" { ZOE } else { "alice@example.com" };
        let people = [
            "DTSTART:20260302T000000Z".to_owned(),
            "DTEND:20260303T000000Z".to_owned(),
            format!("ORGANIZER:mailto:{organizer}"),
            format!("ATTENDEE:mailto:{attendee}"),
        ];
        let body = message(method, &people.each_ref().map(String::as_str));
        let body = body.replace("VEVENT", "VFREEBUSY");
        let (done, said) = deliver(&program, ZOE, "alice@example.com", &body);
        assert!(done && said.contains(&format!("{method} about busy time")), "{said}");
    }
    assert!(members(&program.user("alice"), "calendar/").is_empty());
}

/// Pitfalls 40, S15.
fn organizer_gone(engine: Engine) {
    let program = house(engine);
    let (alice, bob) = (program.user("alice"), program.user("bob"));
    let path = alice.at("calendar/m.ics");
    alice.put(&path, &meeting("m", "M", "alice", &["bob"])).expect(201);
    let output = program.run(&["user", "remove", "alice", "--yes"]);
    assert!(output.status.success(), "{output:?}");
    let (_, before) = members(&bob, "calendar/").remove(0);
    assert_eq!(before.item().value("STATUS"), None);
    answer(&bob, "ACCEPTED");
    let (href, copy) = members(&bob, "calendar/").remove(0);
    let line = copy.item().attendee("mailto:bob@example.com").expect("his line");
    assert_eq!(line.parameter("PARTSTAT").as_deref(), Some("ACCEPTED"));
    let organizer = copy.item().property("ORGANIZER").expect("the organizer");
    assert_eq!(organizer.parameter("SCHEDULE-STATUS").as_deref(), Some("5.3"));
    bob.delete(&href).expect(204);
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

/// Answers by PUT with this PARTSTAT.
fn answer(client: &Client, partstat: &str) {
    let (href, mut copy) = members(client, "calendar/").remove(0);
    for item in copy.items_mut() {
        let line = item.attendee_mut(&format!("mailto:{}@example.com", client.name()));
        line.expect("his line").set_parameter("PARTSTAT", Some(partstat));
    }
    client.put(&href, &copy.to_string()).expect(204);
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
