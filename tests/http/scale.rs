//! What a request costs the database as what it is about grows: numbers of statements, not times, so that they say the
//! same on every machine (pitfalls C1 and C5).

use std::ops::RangeInclusive;

use crate::harness::case::{Case, case_on};
use crate::harness::client::{Client, Response};
use crate::harness::process::Program;
use crate::harness::samples::event_with;
use crate::harness::{Engine, Person};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case_on("a PUT makes as many statements for 200 attendees as for one", many_attendees),
        case_on(
            "a calendar goes page by page, and each meeting in it at a fixed price",
            a_calendar,
        ),
        case_on("an answer of which nobody else need hear leaves no work behind", answer_of_two),
        case_on("a meeting of a thousand is within the limits", a_thousand),
        case_on(
            "a page of people with their groups makes as many statements as one of few",
            people,
        ),
        case_on("busy time of 40 people with 1,000 dates each is one reading", busy_time),
        case_on(
            "names and ETags are listed by one look at the collection, one at its rows",
            listing,
        ),
    ]
}

/// No write to a meeting makes more, however many attend: what is there, whose the addresses are and what they have to do
/// with it; whom only the old version named; what is to be done later, or is forgotten; then all that is written. The rest is
/// beginning and end.
const MOST_FOR_A_WRITE: usize = 5;

/// No meeting of a calendar that is deleted adds more: whose its addresses are is read, with the copies, answers and inboxes
/// of these, and what was remembered of it goes.
const MOST_FOR_A_MEETING_OF_MANY: usize = 2;

/// alice, and p0, p1, … up to so many.
fn town(engine: Engine, others: usize) -> Program {
    let names = (0..others).map(|number| format!("p{number}"));
    let people: Vec<Person> = std::iter::once("alice".to_owned())
        .chain(names)
        .map(|name| Person::of_this_house(&name))
        .collect();
    Program::start_counting(engine, &people)
}

fn meeting(uid: &str, hour: u8, attendees: RangeInclusive<usize>) -> String {
    let mut lines = vec![
        format!("DTSTART:20300107T{hour:02}0000Z"),
        "DURATION:PT1H".to_owned(),
        "SUMMARY:All of us".to_owned(),
        "ORGANIZER:mailto:alice@example.com".to_owned(),
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com".to_owned(),
    ];
    lines.extend(attendees.map(|number| format!("ATTENDEE:mailto:p{number}@example.com")));
    event_with(uid, &lines.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The statements of a write, without the look at the account, which is not made each time.
#[track_caller]
fn statements(program: &Program, answer: &Response) -> Vec<String> {
    let mut made = program.statements(answer);
    assert!(!made.is_empty(), "a write is made of statements");
    if made.first().is_some_and(|first| first.starts_with("SELECT p.id, p.name, p.kind")) {
        made.remove(0);
    }
    assert!(made.len() <= MOST_FOR_A_WRITE, "{}: {made:#?}", made.len());
    made
}

/// The one thing that lies in a collection.
#[track_caller]
fn only_member(client: &Client, collection: &str) -> String {
    let path = client.at(collection);
    let listing = client.propfind(&path, "1", &["D:getetag"]).multistatus();
    let members: Vec<&str> = listing.hrefs().into_iter().filter(|href| *href != path).collect();
    assert_eq!(members.len(), 1, "{members:?}");
    members[0].to_owned()
}

/// Addresses, members and groups of all of them are asked for at once.
fn people(engine: Engine) {
    let costs: Vec<Vec<String>> = [2, 40]
        .into_iter()
        .map(|others| {
            let program = town(engine, others);
            for number in 0..others {
                let (name, member) = (format!("g{number}"), format!("p{number}"));
                let email = format!("{name}@example.com");
                let add = ["group", "add", &name, "--email", &email, "--member", &member];
                let made = program.run(&add);
                assert!(made.status.success(), "{made:?}");
            }
            let alice = program.user("alice");
            let asked = [
                "D:displayname",
                "C:calendar-user-address-set",
                "D:group-member-set",
                "D:group-membership",
            ];
            let answer = alice.propfind("/dav/principals/", "1", &asked);
            for href in ["/dav/principals/g1/", "/dav/principals/p1/"] {
                let shown = answer.text().matches(&format!("<D:href>{href}</D:href>")).count();
                assert!(shown >= 2, "{href}: itself, and in the other");
            }
            program.statements(&answer)
        })
        .collect();
    assert_eq!(costs[0], costs[1], "of 5 and of 81");
}

/// Invited, moved, told of another title, answered, taken off, cancelled.
fn many_attendees(engine: Engine) {
    const MANY: usize = 200;
    let program = town(engine, MANY);
    let (alice, guest) = (program.user("alice"), program.user("p0"));
    let mut costs: Vec<Vec<Vec<String>>> = Vec::new();
    for (last, fewer) in [(1, 0), (MANY - 1, MANY / 2)] {
        let (uid, path) = (format!("of {last}"), alice.at(&format!("calendar/{last}.ics")));
        let put = |body: &str| {
            let answer = alice.put(&path, body).expect_any(&[201, 204]);
            statements(&program, &answer)
        };
        let mut cost = vec![put(&meeting(&uid, 9, 0..=last)), put(&meeting(&uid, 11, 0..=last))];
        cost.push(put(&meeting(&uid, 11, 0..=last).replace("All of us", "Everybody")));
        let copy = only_member(&guest, "calendar/");
        cost.push(statements(&program, &guest.put(&copy, &accepted(&guest, &copy)).expect(204)));
        cost.push(put(&meeting(&uid, 11, 0..=fewer)));
        cost.push(statements(&program, &alice.delete(&path).expect(204)));
        guest.delete(&copy).expect(204);
        costs.push(cost);
    }
    assert_eq!(costs[0], costs[1], "with 2 attendees, and with {MANY}");
}

/// The other attendees' copies are brought up to date later (RFC 6638 4.2), where there are others.
fn answer_of_two(engine: Engine) {
    let program = town(engine, 2);
    let (alice, guest) = (program.user("alice"), program.user("p0"));
    for (last, jobs) in [(0, 0), (1, 1)] {
        let path = alice.at(&format!("calendar/{last}.ics"));
        alice.put(&path, &meeting(&format!("of {last}"), 9, 0..=last)).expect(201);
        let copy = only_member(&guest, "calendar/");
        let answer = guest.put(&copy, &accepted(&guest, &copy)).expect(204);
        let made = statements(&program, &answer);
        let puts = |made: &&String| {
            ["INSERT INTO jobs", "WITH job AS"].iter().any(|s| made.starts_with(s))
        };
        assert_eq!(made.iter().filter(puts).count(), jobs, "{made:#?}");
        guest.delete(&copy).expect(204);
    }
}

/// p0's copy with his answer.
fn accepted(guest: &Client, copy: &str) -> String {
    let accepted = guest
        .get(copy)
        .expect(200)
        .text()
        .replace("\r\n ", "")
        .replace("RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:p0@", "PARTSTAT=ACCEPTED:mailto:p0@");
    assert!(accepted.contains("PARTSTAT=ACCEPTED:mailto:p0@"), "{accepted}");
    accepted
}

/// Each meeting is decided by itself, so that its attendees are told, and all that follows is written in batches.
fn a_calendar(engine: Engine) {
    let program = town(engine, 2);
    let alice = program.user("alice");
    let mut costs = Vec::new();
    for (meetings, others) in [(0, 1), (0, 30), (2, 30), (6, 30)] {
        alice.mkcalendar(&alice.at("work/")).expect(201);
        for number in 0..meetings {
            let uid = format!("meeting {number} of {meetings}");
            let path = alice.at(&format!("work/m{number}.ics"));
            alice.put(&path, &meeting(&uid, 9, 0..=1)).expect(201);
        }
        for number in 0..others {
            let body = event_with(
                &format!("{number} of {others}, {meetings}"),
                &["DTSTART:20300107T090000Z"],
            );
            alice.put(&alice.at(&format!("work/{number}.ics")), &body).expect(201);
        }
        let answer = alice.delete(&alice.at("work/")).expect(204);
        let mut made = program.statements(&answer);
        made.retain(|made| !made.starts_with("SELECT p.id, p.name, p.kind"));
        costs.push(made.len());
    }
    assert_eq!(costs[0], costs[1], "one event or thirty");
    let for_four = costs[3] - costs[2];
    assert!(for_four <= 4 * MOST_FOR_A_MEETING_OF_MANY, "{costs:?}");
}

fn a_thousand(engine: Engine) {
    const MANY: usize = 1000;
    /// In KiB.
    const MOST_MEMORY: u64 = 400 * 1024;
    let program = town(engine, MANY);
    let (alice, path) = (program.user("alice"), "/dav/calendars/alice/calendar/a.ics");
    let answer = alice.put(path, &meeting("a", 9, 0..=MANY - 1)).expect(201);
    statements(&program, &answer);
    for name in ["p0", "p499", "p999"] {
        let guest = program.user(name);
        let copy = guest.get(&only_member(&guest, "calendar/")).expect(200);
        assert!(copy.text().contains("SUMMARY:All of us"), "{name}: {copy}");
        only_member(&guest, "inbox/");
    }
    // A thousand copies of a thousand lines each are kept as one.
    let update = || alice.put(path, &meeting("a", 11, 0..=MANY - 1)).expect(204);
    let (answer, before, highest) = program.own_memory_during(update);
    statements(&program, &answer);
    assert!(highest - before < MOST_MEMORY, "{} KiB more than {before}", highest - before);
}

fn busy_time(engine: Engine) {
    const PEOPLE: usize = 40;
    let program = town(engine, PEOPLE);
    for number in 0..PEOPLE {
        let client = program.user(&format!("p{number}"));
        // Long ago enough to be indexed whenever this runs.
        let series = [
            "DTSTART:20260105T090000Z",
            "DURATION:PT1H",
            "RRULE:FREQ=HOURLY;INTERVAL=3;COUNT=1000",
        ];
        client.put(&client.at("calendar/s.ics"), &event_with("s", &series)).expect(201);
    }
    let alice = program.user("alice");
    let ask = |people: usize| {
        let attendees: String = (0..people)
            .map(|number| format!("ATTENDEE:mailto:p{number}@example.com\r\n"))
            .collect();
        let body = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//tests//EN\r\nMETHOD:REQUEST\r\n\
             BEGIN:VFREEBUSY\r\nUID:q\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105T000000Z\r\n\
             DTEND:20260112T000000Z\r\nORGANIZER:mailto:alice@example.com\r\n{attendees}END:VFREEBUSY\r\n\
             END:VCALENDAR\r\n"
        );
        let answer = alice.request("POST", &alice.at("outbox/")).calendar(&body).send().expect(200);
        assert_eq!(answer.text().matches("20260111T210000Z").count(), people, "{answer}");
        statements(&program, &answer)
    };
    let (one, many) = (ask(1), ask(PEOPLE));
    assert_eq!(one, many);
    assert_eq!(many.len(), 1, "whose they are and what the index says: {many:#?}");
}

fn listing(engine: Engine) {
    let program = town(engine, 0);
    let alice = program.user("alice");
    for number in 0..20 {
        let path = alice.at(&format!("calendar/{number}.ics"));
        alice
            .put(&path, &event_with(&number.to_string(), &["DTSTART:20300107T090000Z"]))
            .expect(201);
    }
    for (collection, members) in [("calendar/", 20), ("inbox/", 0)] {
        let answer = alice.propfind(&alice.at(collection), "1", &["D:getetag"]);
        assert_eq!(answer.text().matches("<D:getetag>").count(), members, "{answer}");
        let made = statements(&program, &answer);
        assert_eq!(made.len(), 2, "{made:#?}");
    }
}
