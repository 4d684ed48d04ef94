//! Reading and expanding beside the crates that do the same: calcard's parser and expansion, rrule's expansion.
//!
//! `cargo bench -p calendar --bench beside`

#![expect(clippy::unwrap_used, reason = "the input is written here")]

use calcard::common::timezone::Tz;
use calcard::icalendar::ICalendar;
use calendar::index::index;
use calendar::{CalendarObject, Component, Limits, Zone};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use rrule::RRuleSet;

#[path = "mixed/mod.rs"]
mod mixed;

fn main() {
    divan::main();
}

fn texts() -> Vec<String> {
    (0..mixed::OBJECTS).map(|number| String::from_utf8(mixed::octets(number)).unwrap()).collect()
}

fn bench_texts(bencher: Bencher<'_, '_>, read: impl Fn(&str)) {
    let texts = texts();
    let size: usize = texts.iter().map(String::len).sum();
    bencher
        .counter(BytesCount::new(size))
        .counter(ItemsCount::new(texts.len()))
        .bench_local(|| texts.iter().for_each(|text| read(text)));
}

/// The tree of lines, without a look at what it means; calcard types the values on the way.
#[divan::bench]
fn parse_lines(bencher: Bencher<'_, '_>) {
    let limits = Limits::default();
    bench_texts(bencher, |text| drop(black_box(Component::parse(text.as_bytes(), &limits))));
}

/// All that a PUT checks.
#[divan::bench]
fn parse_object(bencher: Bencher<'_, '_>) {
    let limits = Limits::default();
    bench_texts(bencher, |text| drop(black_box(CalendarObject::parse(text.as_bytes(), &limits))));
}

#[divan::bench]
fn parse_calcard(bencher: Bencher<'_, '_>) {
    bench_texts(bencher, |text| drop(black_box(ICalendar::parse(text))));
}

/// What a PUT adds to the index.
#[divan::bench]
fn index_of_mixed_objects(bencher: Bencher<'_, '_>) {
    let objects: Vec<CalendarObject> =
        texts().iter().map(|text| CalendarObject::parse_stored(text.as_bytes()).unwrap()).collect();
    let (horizon, limits) = ("2028-01-01T00:00:00Z".parse().unwrap(), Limits::default());
    bencher.counter(ItemsCount::new(objects.len())).bench_local(|| {
        objects.iter().map(|object| index(object, horizon, &limits).rows.len()).sum::<usize>()
    });
}

const INSTANCES: usize = 5_000;
const RULES: [&str; 7] = [
    "FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "FREQ=HOURLY;INTERVAL=3",
    "FREQ=MINUTELY;INTERVAL=5",
    "FREQ=SECONDLY;INTERVAL=10",
];

fn event(rule: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n\
         DTSTART;TZID=Europe/Berlin:20200106T090000\r\nDURATION:PT1H\r\nRRULE:{rule}\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[divan::bench(args = RULES)]
fn expand(bencher: Bencher<'_, '_>, rule: &str) {
    let object = CalendarObject::parse_stored(event(rule).as_bytes()).unwrap();
    let (utc, limits) = (Zone::utc(), Limits::default());
    bencher
        .counter(ItemsCount::new(INSTANCES))
        .bench_local(|| object.all_instances(&utc, &limits).take(INSTANCES).count());
}

#[divan::bench(args = RULES)]
fn expand_calcard(bencher: Bencher<'_, '_>, rule: &str) {
    let calendar = ICalendar::parse(event(rule)).unwrap();
    bencher
        .counter(ItemsCount::new(INSTANCES))
        .bench_local(|| calendar.expand_dates(Tz::UTC, INSTANCES).events.len());
}

#[divan::bench(args = RULES)]
fn expand_rrule(bencher: Bencher<'_, '_>, rule: &str) {
    let set = format!("DTSTART;TZID=Europe/Berlin:20200106T090000\nRRULE:{rule}");
    let set: RRuleSet = set.parse().unwrap();
    bencher
        .counter(ItemsCount::new(INSTANCES))
        .bench_local(|| set.into_iter().take(INSTANCES).count());
}
