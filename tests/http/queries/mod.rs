//! What calendar-query and free-busy-query say of hard objects.

mod instances;
mod searches;
mod zones;

use crate::harness::case::Case;
use crate::harness::client::Client;
use crate::harness::samples::event_with;
use crate::icalendar::Component;

pub(crate) fn cases() -> Vec<Case> {
    [searches::cases(), instances::cases(), zones::cases()].into_iter().flatten().collect()
}

/// `DAY HHMM-HHMM` as a time-range.
fn range(day: &str, times: &str) -> String {
    let (start, end) = times.split_once('-').expect("two times");
    format!("<C:time-range start=\"{day}T{start}00Z\" end=\"{day}T{end}00Z\"/>")
}

fn on(kind: &str, inside: &str) -> String {
    format!("<C:comp-filter name=\"{kind}\">{inside}</C:comp-filter>")
}

/// Names of the objects in a calendar that match, in order.
#[track_caller]
fn found(client: &Client, calendar: &str, filter: &str, more: &str) -> Vec<String> {
    let body = format!(
        "<D:prop><D:getetag/></D:prop><C:filter>{}</C:filter>{more}",
        on("VCALENDAR", filter)
    );
    let answer = client.report(&client.at(calendar), "C:calendar-query", &body).multistatus();
    let start = client.at(calendar);
    let name = |href: &str| href.trim_start_matches(&start).trim_end_matches(".ics").to_owned();
    let mut names: Vec<String> = answer.hrefs().into_iter().map(name).collect();
    names.sort();
    names
}

/// The calendar data of the one object that a query for all events finds.
#[track_caller]
fn data(client: &Client, calendar: &str, selection: &str) -> String {
    let body = format!(
        "<D:prop><C:calendar-data>{selection}</C:calendar-data></D:prop><C:filter>{}</C:filter>",
        on("VCALENDAR", &on("VEVENT", ""))
    );
    let answer = client.report(&client.at(calendar), "C:calendar-query", &body).multistatus();
    answer.only().text("C:calendar-data").replace('\r', "")
}

#[track_caller]
fn put(client: &Client, calendar: &str, name: &str, data: &str) {
    client.put(&client.at(&format!("{calendar}{name}.ics")), data).expect(201);
}

/// An event of several components.
fn series(name: &str, components: &[&[&str]]) -> String {
    let whole: Vec<String> = components.iter().map(|lines| event_with(name, lines)).collect();
    let inner = |text: &String| {
        let start = text.find("BEGIN:VEVENT").expect("an event");
        text[start..].trim_end_matches("END:VCALENDAR\r\n").to_owned()
    };
    let all: String = whole.iter().map(inner).collect();
    let head = whole[0].find("BEGIN:VEVENT").expect("an event");
    format!("{}{all}END:VCALENDAR\r\n", &whole[0][..head])
}

#[track_caller]
fn busy(client: &Client, calendar: &str, day: &str) -> Vec<String> {
    let range = range(day, "0000-2359");
    let answer = client.report(&client.at(calendar), "C:free-busy-query", &range).expect(200);
    let calendar = Component::parse(answer.text()).expect("a calendar");
    let lines = calendar.item().properties_named("FREEBUSY");
    lines.map(|line| line.value.clone()).collect()
}

/// A weekly meeting of alice with bob, on Mondays at ten in Berlin.
fn weekly_meeting() -> String {
    event_with(
        "weekly",
        &[
            "DTSTART;TZID=Europe/Berlin:20260302T100000",
            "DURATION:PT1H",
            "RRULE:FREQ=WEEKLY;COUNT=10",
            "ORGANIZER:mailto:alice@example.com",
            "ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com",
            "ATTENDEE;RSVP=TRUE:mailto:bob@example.com",
        ],
    )
}
