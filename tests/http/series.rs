//! What clients leave behind when they change a series (RFC 4791 section 5.3.2.1, RFC 5545 section 3.8.4.4).

use crate::harness::case::{Case, case_on};
use crate::harness::client::Client;
use crate::harness::process::Program;
use crate::harness::{Engine, Person};
use crate::icalendar::Component;

pub(crate) fn cases() -> Vec<Case> {
    vec![case_on("a series that moves may leave its single dates where they were", moved)]
}

const PEOPLE: &str = "ORGANIZER:mailto:alice@example.com\r\n\
    ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com\r\nATTENDEE;RSVP=TRUE:mailto:bob@example.com\r\n";

/// Mondays from a day of March on, and what is told apart of some of them.
fn series(people: &str, day: u8, apart: &[u8]) -> String {
    let mut text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//tests//EN\r\nBEGIN:VEVENT\r\nUID:m\r\n\
         DTSTAMP:20260101T000000Z\r\nDTSTART:202603{day:02}T090000Z\r\nDURATION:PT1H\r\n\
         RRULE:FREQ=WEEKLY;COUNT=4\r\nSUMMARY:Review\r\n{people}END:VEVENT\r\n"
    );
    for day in apart {
        text.push_str(&format!(
            "BEGIN:VEVENT\r\nUID:m\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID:202603{day:02}T090000Z\r\n\
             DTSTART:202603{day:02}T150000Z\r\nDURATION:PT1H\r\nSUMMARY:On {day}\r\n{people}END:VEVENT\r\n"
        ));
    }
    text + "END:VCALENDAR\r\n"
}

/// The titles of all components, and where they are.
fn titles(client: &Client, path: &str) -> Vec<String> {
    let object = Component::parse(client.get(path).expect(200).text()).expect("a calendar");
    let said = |item: &Component, name| item.value(name).unwrap_or_default().to_owned();
    let mut titles: Vec<String> = object
        .items()
        .map(|item| format!("{} {}", said(item, "DTSTART"), said(item, "SUMMARY")))
        .collect();
    titles.sort();
    titles
}

fn moved(engine: Engine) {
    let program = Program::start(engine, &["alice", "bob"].map(Person::of_this_house));
    let (alice, bob) = (program.user("alice"), program.user("bob"));
    for people in ["", PEOPLE] {
        let path = alice.at("calendar/m.ics");
        alice.put(&path, &series(people, 2, &[9])).expect(201);
        // The second date was told apart; it stays where it is, and the series is on Tuesdays now.
        alice.put(&path, &series(people, 3, &[9])).expect(204);
        let expected = ["20260303T090000Z Review", "20260309T150000Z On 9"];
        assert_eq!(titles(&alice, &path), expected, "{people}");
        // What names nothing, and never did, is refused as ever (pitfall 16), and so it is in another object.
        alice.put(&path, &series(people, 3, &[9, 16])).expect_error(403, "C:valid-calendar-data");
        let other = series(people, 3, &[9]).replace("UID:m", "UID:other");
        alice
            .put(&alice.at("calendar/other.ics"), &other)
            .expect_error(403, "C:valid-calendar-data");
        // It can be stored again, and taken out.
        alice.put(&path, &series(people, 3, &[9]).replace("Review", "Talk")).expect(204);
        if !people.is_empty() {
            answered(&alice, &bob, &path);
        }
        alice.put(&path, &series(people, 3, &[])).expect(204);
        assert_eq!(titles(&alice, &path), ["20260303T090000Z Review"], "{people}");
        if !people.is_empty() {
            let copy = copy_of(&bob);
            assert_eq!(titles(&bob, &copy), ["20260303T090000Z Review"]);
        }
        alice.delete(&path).expect(204);
    }
}

fn copy_of(client: &Client) -> String {
    let calendar = client.at("calendar/");
    let listing = client.propfind(&calendar, "1", &["D:getetag"]).multistatus();
    let copy = listing.hrefs().into_iter().find(|href| *href != calendar);
    copy.expect("a copy").to_owned()
}

/// Who is invited has what the organizer has, and his answer reaches each of them.
fn answered(alice: &Client, bob: &Client, path: &str) {
    let copy = copy_of(bob);
    assert_eq!(titles(bob, &copy), titles(alice, path));
    let text = bob.get(&copy).expect(200).text().to_owned();
    bob.put(&copy, &text.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=TENTATIVE")).expect(204);
    let meeting = Component::parse(alice.get(path).expect(200).text()).expect("a calendar");
    for item in meeting.items() {
        let line = item.attendee("mailto:bob@example.com").expect("bob's line");
        assert_eq!(line.parameter("PARTSTAT").as_deref(), Some("TENTATIVE"), "{item:?}");
    }
}
