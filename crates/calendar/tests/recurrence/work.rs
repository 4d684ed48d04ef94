//! Work is bounded for any object of 64 KB. Time is not measured here, but a test that has no bound
//! does not end; `cargo bench -p calendar --bench recurrence` measures.

use calendar::index::index;
use calendar::zone::Zone;
use calendar::{CalendarObject, Limits};
use jiff::Timestamp;

fn object(lines: &[String]) -> CalendarObject {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    CalendarObject::parse_stored(text.as_bytes()).unwrap()
}

fn numbers(from: i32, to: i32) -> String {
    let all: Vec<_> = (from..=to).filter(|n| *n != 0).map(|n| n.to_string()).collect();
    all.join(",")
}

/// The costliest objects that come to mind.
fn costly() -> Vec<Vec<String>> {
    let start = "DTSTART;TZID=Europe/Berlin:20200101T000000".to_owned();
    let all_times =
        format!("BYHOUR={};BYMINUTE={};BYSECOND={}", "0,1,2,3", numbers(1, 59), numbers(1, 59));
    let rule = |rule: String| vec![start.clone(), format!("RRULE:{rule}")];
    let mut costly: Vec<_> = [
        "FREQ=SECONDLY".to_owned(),
        "FREQ=SECONDLY;COUNT=4000000000;BYMONTHDAY=13;BYDAY=FR".to_owned(),
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30".to_owned(),
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=5;COUNT=4000000000".to_owned(),
        format!("FREQ=YEARLY;BYYEARDAY={};BYMONTH=2;BYSETPOS=366", numbers(-366, 366)),
        format!(
            "FREQ=YEARLY;BYMONTHDAY={};BYYEARDAY={};{all_times}",
            numbers(-31, 31),
            numbers(1, 366)
        ),
        format!("FREQ=DAILY;COUNT=4000000000;BYYEARDAY=1;{all_times}"),
        format!("FREQ=DAILY;BYSETPOS={};{all_times}", numbers(-366, 366)),
        "FREQ=WEEKLY;BYMONTHDAY=31;BYMONTH=2;COUNT=4000000000".to_owned(),
    ]
    .into_iter()
    .map(rule)
    .collect();
    let many = |line: &dyn Fn(usize) -> String, number| (0..number).map(line).collect::<Vec<_>>();
    let with = |lines: Vec<String>| [vec![start.clone()], lines].concat();
    costly.push(with(many(&|n| format!("RRULE:FREQ=HOURLY;INTERVAL={}", n + 1), 1_500)));
    costly.push(with(many(
        &|n| format!("RRULE:FREQ=DAILY;BYYEARDAY=1;BYMONTHDAY={}", n % 30 + 2),
        1_500,
    )));
    costly.push(with(many(&|n| format!("EXRULE:FREQ=SECONDLY;INTERVAL={}", n + 1), 1_000)));
    costly.push(with(
        [
            many(&|_| "RRULE:FREQ=SECONDLY".to_owned(), 1),
            many(&|_| "EXRULE:FREQ=SECONDLY".to_owned(), 1),
        ]
        .concat(),
    ));
    costly.push(with(many(
        &|n| format!("RDATE:2021{:02}{:02}T{:02}0000/P9999999999W", n % 12 + 1, n % 28 + 1, n % 24),
        1_500,
    )));
    costly.push(with(
        [
            many(&|_| "RRULE:FREQ=MINUTELY".to_owned(), 1),
            many(&|_| "DURATION:P3650D".to_owned(), 1),
        ]
        .concat(),
    ));
    costly.push(with(
        [
            many(&|_| "RRULE:FREQ=DAILY".to_owned(), 1),
            many(
                &|n| {
                    format!(
                        "EXDATE;VALUE=DATE:20{:02}{:02}{:02}",
                        n % 80 + 20,
                        n % 12 + 1,
                        n % 28 + 1
                    )
                },
                2_000,
            ),
        ]
        .concat(),
    ));
    costly
}

#[test]
fn the_costliest_objects_are_expanded_and_indexed_in_bounded_work() {
    let limits = Limits::default();
    let horizon: Timestamp = "2028-01-01T00:00:00Z".parse().unwrap();
    for lines in costly() {
        let object = object(&lines);
        let all = object.all_instances(&Zone::utc(), &limits).count();
        assert!(all <= limits.max_instances);
        let month = "2027-06-01T00:00:00Z".parse().unwrap()..horizon;
        assert!(object.instances(month, &Zone::utc(), &limits).count() <= limits.max_instances);
        let index = index(&object, horizon, &limits);
        let kept: usize = index.rows.iter().map(|row| row.occurrences.len()).sum();
        assert!(kept <= limits.max_instances + 40, "{}: {kept}", lines.concat());
    }
}
