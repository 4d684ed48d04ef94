//! Filter evaluations a second over 10,000 mixed objects: by the index, on objects at hand, and from
//! octets.
//!
//! `cargo bench -p calendar --bench filter`

#![expect(clippy::unwrap_used, reason = "the input is written here")]

use calendar::filter::{
    Collation, CompFilter, CompTest, Filter, PropFilter, PropTest, TextMatch, TimeRange, ValueTest,
    Verdict,
};
use calendar::index::index;
use calendar::select::{CalendarDataRequest, Recurrence};
use calendar::{CalendarObject, Limits, Occurrence, Zone};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use jiff::Timestamp;

#[path = "mixed/mod.rs"]
mod mixed;

use mixed::{OBJECTS, octets};

fn main() {
    divan::main();
}

fn calendar() -> Vec<CalendarObject> {
    (0..OBJECTS).map(|n| CalendarObject::parse_stored(&octets(n)).unwrap()).collect()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A week of 2026.
fn week() -> TimeRange {
    TimeRange { start: Some(at("2026-06-01T00:00:00Z")), end: Some(at("2026-06-08T00:00:00Z")) }
}

fn events(time_range: Option<TimeRange>, props: Vec<PropFilter>, comps: Vec<CompFilter>) -> Filter {
    let comp = |name: &str, test| CompFilter { name: name.to_owned(), test };
    let events = comp("VEVENT", CompTest::Matches { time_range, props, comps });
    let inside = CompTest::Matches { time_range: None, props: Vec::new(), comps: vec![events] };
    Filter { calendar: comp("VCALENDAR", inside) }
}

fn summary(collation: Collation) -> PropFilter {
    let text = TextMatch { text: "NUMBER 77".to_owned(), collation, negate: false };
    let value = Some(ValueTest::TextMatch(text));
    let test = PropTest::Matches { value, params: Vec::new() };
    PropFilter { name: "SUMMARY".to_owned(), test }
}

fn evaluate(bencher: Bencher<'_, '_>, filter: &Filter) {
    let (calendar, limits, floating) = (calendar(), Limits::default(), Zone::utc());
    bencher.counter(ItemsCount::new(OBJECTS)).bench_local(|| {
        calendar.iter().filter(|object| filter.matches(object, &floating, &limits)).count()
    });
}

/// A week of events, as the index has it.
#[divan::bench]
fn time_range_by_the_index(bencher: Bencher<'_, '_>) {
    let (limits, floating) = (Limits::default(), Zone::utc());
    let indexed: Vec<(CalendarObject, Vec<Occurrence>)> = calendar()
        .into_iter()
        .map(|object| {
            let rows = index(&object, at("2026-07-01T00:00:00Z"), &limits).rows;
            let all: Vec<Occurrence> = rows.into_iter().flat_map(|row| row.occurrences).collect();
            (object, all)
        })
        .collect();
    let plan = events(Some(week()), Vec::new(), Vec::new()).plan();
    bencher.counter(ItemsCount::new(OBJECTS)).bench_local(|| {
        let matching = indexed.iter().filter(|(object, all)| {
            let uid = object.uid().as_str();
            let is_in_range = Some(plan.reaches(all, &floating));
            plan.verdict(object.kind(), uid, is_in_range) == Verdict::Yes
        });
        matching.count()
    });
}

#[divan::bench]
fn time_range(bencher: Bencher<'_, '_>) {
    evaluate(bencher, &events(Some(week()), Vec::new(), Vec::new()));
}

#[divan::bench(args = [Collation::Octet, Collation::AsciiCasemap, Collation::UnicodeCasemap])]
fn text_match(bencher: Bencher<'_, '_>, collation: Collation) {
    evaluate(bencher, &events(None, vec![summary(collation)], Vec::new()));
}

#[divan::bench]
fn time_range_and_text_match(bencher: Bencher<'_, '_>) {
    evaluate(bencher, &events(Some(week()), vec![summary(Collation::AsciiCasemap)], Vec::new()));
}

#[divan::bench]
fn alarms_in_a_time_range(bencher: Bencher<'_, '_>) {
    let test = CompTest::Matches { time_range: Some(week()), props: Vec::new(), comps: Vec::new() };
    let alarm = CompFilter { name: "VALARM".to_owned(), test };
    evaluate(bencher, &events(None, Vec::new(), vec![alarm]));
}

/// What a query costs where the index does not decide.
#[divan::bench]
fn text_match_from_octets(bencher: Bencher<'_, '_>) {
    let stored: Vec<Vec<u8>> = (0..OBJECTS).map(octets).collect();
    let filter = events(None, vec![summary(Collation::AsciiCasemap)], Vec::new());
    let (limits, floating) = (Limits::default(), Zone::utc());
    bencher.counter(ItemsCount::new(OBJECTS)).bench_local(|| {
        let objects = stored.iter().map(|octets| CalendarObject::parse_stored(octets).unwrap());
        objects.filter(|object| filter.matches(object, &floating, &limits)).count()
    });
}

/// A year of a daily event, a component for each day.
#[divan::bench]
fn expand(bencher: Bencher<'_, '_>) {
    let text = "BEGIN:VCALENDAR|VERSION:2.0|BEGIN:VEVENT|UID:1|DTSTART;TZID=Europe/Berlin:20260101T090000|\
                DURATION:PT1H|RRULE:FREQ=DAILY|SUMMARY:daily|END:VEVENT|END:VCALENDAR|";
    let object = CalendarObject::parse_stored(text.replace('|', "\r\n").as_bytes()).unwrap();
    let year = at("2026-01-01T00:00:00Z")..at("2027-01-01T00:00:00Z");
    let request = CalendarDataRequest {
        recurrence: Recurrence::Expand(year),
        ..CalendarDataRequest::default()
    };
    bencher.counter(ItemsCount::new(365_usize)).bench_local(|| {
        black_box(&request).select(&object, &Zone::utc(), &Limits::default()).unwrap()
    });
}
