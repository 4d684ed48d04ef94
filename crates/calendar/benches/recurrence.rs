//! Instances a second, index extractions a second, and what the worst rules cost.
//!
//! `cargo bench -p calendar --bench recurrence`

#![expect(clippy::unwrap_used, reason = "the input is written here")]

use calendar::index::index;
use calendar::recur::RecurrenceRule;
use calendar::zone::Zone;
use calendar::{CalendarObject, Limits};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use jiff::Timestamp;

fn main() {
    divan::main();
}

fn object(lines: &str) -> CalendarObject {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        lines.replace('\n', "\r\n")
    );
    CalendarObject::parse_stored(text.as_bytes()).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const ZONED: &str = "DTSTART;TZID=Europe/Berlin:20200106T090000\nDURATION:PT1H\nRRULE:";
const RULES: [&str; 5] = [
    "FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "FREQ=HOURLY;INTERVAL=3",
];

/// The rule alone, in local time.
#[divan::bench(args = RULES)]
fn local_times(bencher: Bencher<'_, '_>, rule: &str) {
    let rule = RecurrenceRule::parse(rule).unwrap();
    let start = jiff::civil::date(2020, 1, 6).at(9, 0, 0, 0);
    bencher.counter(ItemsCount::new(5_000_u32)).bench(|| {
        rule.times(black_box(start)).take(5_000).fold(0, |sum, time| sum + i64::from(time.day()))
    });
}

/// Whole instances with their instants.
#[divan::bench(args = RULES)]
fn instances(bencher: Bencher<'_, '_>, rule: &str) {
    let object = object(&format!("{ZONED}{rule}"));
    let (utc, limits) = (Zone::utc(), Limits::default());
    bencher
        .counter(ItemsCount::new(5_000_u32))
        .bench(|| object.all_instances(&utc, &limits).take(5_000).count());
}

/// One month, fifty years after DTSTART.
#[divan::bench(args = ["FREQ=DAILY", "FREQ=DAILY;COUNT=100000", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=SECONDLY"])]
fn a_month_far_away(bencher: Bencher<'_, '_>, rule: &str) {
    let object = object(&format!("DTSTART;TZID=Europe/Berlin:19700105T090000\nRRULE:{rule}"));
    let window = at("2026-06-01T00:00:00Z")..at("2026-07-01T00:00:00Z");
    let (utc, limits) = (Zone::utc(), Limits { max_instances: 100, ..Limits::default() });
    bencher.bench(|| object.instances(black_box(window.clone()), &utc, &limits).count());
}

/// The index of an object, two years ahead.
#[divan::bench(args = ["", "RRULE:FREQ=WEEKLY", "RRULE:FREQ=DAILY"])]
fn index_extraction(bencher: Bencher<'_, '_>, rule: &str) {
    let object =
        object(&format!("DTSTART;TZID=Europe/Berlin:20260105T090000\nDURATION:PT1H\n{rule}"));
    let limits = Limits::default();
    bencher
        .counter(ItemsCount::new(1_u32))
        .bench(|| index(&object, at("2028-01-01T00:00:00Z"), &limits));
}

/// Rules made to cost as much as they can: they match nothing, or almost.
#[divan::bench(args = [
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=YEARLY;BYWEEKNO=53;BYYEARDAY=1;BYDAY=SU,MO,TU,WE,TH,FR,SA;BYMONTH=2",
    "FREQ=MONTHLY;BYMONTHDAY=30;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYYEARDAY=60",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYMONTHDAY=31;BYMONTH=2",
    "FREQ=DAILY;BYMONTHDAY=30;BYYEARDAY=1",
    "FREQ=HOURLY;INTERVAL=24;BYHOUR=5",
    "FREQ=SECONDLY;INTERVAL=60;BYSECOND=30",
    "FREQ=SECONDLY;BYMONTHDAY=30;BYYEARDAY=1",
])]
fn rules_without_a_match(bencher: Bencher<'_, '_>, rule: &str) {
    let object = object(&format!("DTSTART;TZID=Europe/Berlin:20200106T090000\nRRULE:{rule}"));
    let (utc, limits) = (Zone::utc(), Limits::default());
    bencher.bench(|| object.all_instances(&utc, &limits).count());
}
