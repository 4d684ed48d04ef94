//! Messages from elsewhere (`convene deliver`; RFC 5546, RFC 6638 section 4).

use std::fs;

use crate::harness::case::{Case, case_on};
use crate::harness::client::Client;
use crate::harness::process::Program;
use crate::harness::samples::meeting;
use crate::harness::{Engine, Person};
use crate::icalendar::Component;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case_on("an invitation from outside arrives once, however often it comes", invited),
        case_on("an answer from outside is on its line", answered),
        case_on("a proposal from outside is declined only in so many words", proposed),
        case_on("a proposal leaves the inbox when the meeting is changed", taken_up),
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

/// What a dry run of storing this says.
fn dry_run(program: &Program, user: &str, object: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("object.ics");
    fs::write(&file, object).expect("the object can be written");
    let output = program.run(&["schedule", "--dry-run", &file.to_string_lossy(), "--as", user]);
    String::from_utf8([output.stdout, output.stderr].concat()).expect("text")
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
pub(crate) fn hrefs(client: &Client, collection: &str) -> Vec<String> {
    let path = client.at(collection);
    let listing = client.propfind(&path, "1", &["D:getetag"]).multistatus();
    listing.hrefs().into_iter().filter(|href| *href != path).map(str::to_owned).collect()
}

/// The members of a collection with their addresses.
pub(crate) fn members(client: &Client, collection: &str) -> Vec<(String, Component)> {
    hrefs(client, collection)
        .into_iter()
        .map(|href| {
            let calendar = Component::parse(client.get(&href).expect(200).text());
            (href, calendar.expect("a calendar"))
        })
        .collect()
}

/// Answers by PUT with this PARTSTAT.
pub(crate) fn answer(client: &Client, partstat: &str) {
    let (href, mut copy) = members(client, "calendar/").remove(0);
    for item in copy.items_mut() {
        let line = item.attendee_mut(&format!("mailto:{}@example.com", client.name()));
        line.expect("his line").set_parameter("PARTSTAT", Some(partstat));
    }
    client.put(&href, &copy.to_string()).expect(204);
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

/// RFC 5546 3.2.7: whether he does as proposed or something else, it is settled.
fn taken_up(engine: Engine) {
    let program = house(engine);
    let alice = program.user("alice");
    let path = invite_zoe(&alice);
    let lines = [
        "DTSTART:20260302T140000Z",
        "SEQUENCE:1",
        "ORGANIZER:mailto:alice@example.com",
        "ATTENDEE:mailto:zoe@elsewhere.example",
    ];
    let (done, said) = deliver(&program, ZOE, "alice@example.com", &message("COUNTER", &lines));
    assert!(done, "{said}");
    let lines = lines.map(|line| line.replace("ATTENDEE", "ATTENDEE;PARTSTAT=TENTATIVE"));
    let reply = message("REPLY", &lines.each_ref().map(String::as_str));
    let (done, said) =
        deliver(&program, ZOE, "alice@example.com", &reply.replace("20260101T", "20260102T"));
    assert!(done, "{said}");
    let methods = || {
        let mut methods: Vec<String> = members(&alice, "inbox/")
            .iter()
            .filter_map(|(_, item)| item.value("METHOD").map(str::to_owned))
            .collect();
        methods.sort();
        methods
    };
    assert_eq!(methods(), ["COUNTER", "REPLY"]);
    let stored = alice.get(&path).expect(200).text().to_owned();
    alice.put(&path, &stored.replace("SUMMARY:", "SUMMARY:Grand ")).expect(204);
    assert_eq!(methods(), ["COUNTER", "REPLY"], "another title says nothing of it");
    let stored = alice.get(&path).expect(200).text().to_owned();
    let start = stored.lines().find(|line| line.starts_with("DTSTART")).expect("a start");
    let end = stored.lines().find(|line| line.starts_with("DTEND")).expect("an end");
    let moved = stored.replace(start, "DTSTART:20260302T140000Z");
    alice.put(&path, &moved.replace(end, "DTEND:20260302T150000Z")).expect(204);
    assert_eq!(methods(), ["REPLY"]);
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
        let would = dry_run(&program, "alice", &accepted);
        assert!(would.contains("alice@example.com answers ACCEPTED"), "{flaw}: {would}");
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
