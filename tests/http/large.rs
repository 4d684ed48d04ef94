//! Large calendars: what a search costs does not grow with them, nor does the memory that any answer takes.

use std::env;

use crate::harness::case::{Case, case_on};
use crate::harness::client::{Client, Response};
use crate::harness::process::Program;
use crate::harness::samples::event_with;
use crate::harness::{Engine, Person, bulk};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case_on("a month of a large calendar costs as many statements as of a small one", month),
        case_on("list, query and sync take no more memory in a large calendar", memory),
    ]
}

/// June 2026 holds the same 40 events however large the calendar is; of twenty events one goes on without end.
fn event(number: usize) -> String {
    let (day, hour) = (1 + number % 28, number % 24);
    let start = match number {
        0..20 => format!("DTSTART:202606{day:02}T{hour:02}0000Z"),
        20..40 => format!("DTSTART:202506{day:02}T{hour:02}0000Z"),
        _ => {
            format!("DTSTART:20{:02}{:02}{day:02}T{hour:02}0000Z", 10 + number % 30, 7 + number % 5)
        }
    };
    let rule = match number {
        20..40 => "RRULE:FREQ=YEARLY",
        _ if number.is_multiple_of(20) && number > 40 => "RRULE:FREQ=YEARLY;BYMONTH=8,11",
        _ => "TRANSP:OPAQUE",
    };
    let summary = format!("SUMMARY:Event number {number}");
    let uid = format!("event-{number}@example.com");
    event_with(&uid, &[&start, "DURATION:PT1H", rule, &summary, "LOCATION:Somewhere in the house"])
}

fn filled(engine: Engine, events: usize, counting: bool) -> Program {
    let alice = [Person::of_this_house("alice")];
    let mut program = if counting {
        Program::start_counting(engine, &alice)
    } else {
        Program::start(engine, &alice)
    };
    program.kill();
    bulk::fill(program.database(), "alice", "calendar", (0..events).map(event));
    program.serve();
    program
}

fn query(client: &Client, properties: &str, range: &str) -> Response {
    client.report(
        &client.at("calendar/"),
        "C:calendar-query",
        &format!(
            "<D:prop>{properties}</D:prop><C:filter><C:comp-filter name=\"VCALENDAR\">\
             <C:comp-filter name=\"VEVENT\">{range}</C:comp-filter></C:comp-filter></C:filter>"
        ),
    )
}

const JUNE: &str = "<C:time-range start=\"20260601T000000Z\" end=\"20260701T000000Z\"/>";

/// What each statement reads is counted in crate `store`.
fn month(engine: Engine) {
    let cost = |events| {
        let program = filled(engine, events, true);
        let alice = program.user("alice");
        alice.options(&alice.at("")).expect(200);
        ["<D:getetag/>", "<D:getetag/><C:calendar-data/>"].map(|properties| {
            let answer = query(&alice, properties, JUNE);
            assert_eq!(answer.multistatus().responses.len(), 40, "{properties}");
            let whole = program.whole_statements(&answer);
            let reads_objects = whole.iter().any(|made| made.contains("v.octets"));
            assert_eq!(reads_objects, properties.contains("calendar-data"), "{whole:#?}");
            program.statements(&answer)
        })
    };
    assert_eq!(cost(1_000), cost(10_000));
}

/// 100,000 events with `CONVENE_LONG=1`.
fn memory(engine: Engine) {
    /// KiB that the server may take more while it answers than before.
    const MOST: u64 = 12 * 1024;
    let long = env::var_os("CONVENE_LONG").is_some_and(|value| value == "1");
    let events = if long { 100_000 } else { 4_000 };
    let program = filled(engine, events, false);
    let alice = program.user("alice");
    for _ in 0..3 {
        query(&alice, "<D:getetag/><C:calendar-data/>", JUNE).expect(207);
    }
    let calendar = alice.at("calendar/");
    fill_caches(&alice, &calendar, events);
    for (what, answer) in [
        ("list", &|| alice.propfind(&calendar, "1", &["D:getetag"])),
        ("query", &|| query(&alice, "<D:getetag/>", "")),
        ("data", &|| query(&alice, "<D:getetag/><C:calendar-data/>", "")),
        ("all time", &|| {
            let range = "<C:time-range start=\"19700101T000000Z\"/>";
            query(&alice, "<D:getetag/><C:calendar-data/>", range)
        }),
        ("sync", &|| alice.sync(&calendar, "")),
    ] as [(&str, &dyn Fn() -> Response); 5]
    {
        let (answer, before, highest) = program.own_memory_during(|| answer().expect(207));
        let hrefs = answer.text().matches("<D:response>").count();
        assert_eq!(hrefs, events + usize::from(what == "list"), "{what}");
        let (octets, grown) = (answer.body().len() / 1024, highest.saturating_sub(before));
        if long {
            eprintln!(
                "{engine}: {what}: {octets} KiB of answer, {highest} KiB at most, {grown} KiB more"
            );
        }
        assert!(grown < MOST, "{what}: {grown} KiB more for an answer of {octets} KiB");
    }
}

/// The database keeps some MiB of pages for each connection: they are read once, in answers of 500 events.
fn fill_caches(alice: &Client, calendar: &str, events: usize) {
    let hrefs: Vec<String> = (0..events).map(|number| format!("{calendar}{number}.ics")).collect();
    for some in hrefs.chunks(500) {
        let some: Vec<&str> = some.iter().map(String::as_str).collect();
        alice.multiget(calendar, &some).expect(207);
    }
}
