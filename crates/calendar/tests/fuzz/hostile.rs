//! Objects and filters of 64 KB that are made to cost as much as they can.

use calendar::filter::{
    Collation, CompFilter, CompTest, Filter, PropFilter, PropTest, TextMatch, TimeRange, ValueTest,
};

use crate::targets::year;

/// Octets of each object.
pub(crate) const SIZE: usize = 64 * 1024;
/// Tests that a filter may have in all, as the grammar in crate `dav` limits them.
const TESTS: usize = 100;

/// The objects, each with what is costly about it.
pub(crate) fn objects() -> Vec<(String, Vec<u8>)> {
    let mut objects: Vec<(String, Vec<u8>)> =
        rules().into_iter().map(|lines| (lines.replace("\r\n", " "), event(&lines, ""))).collect();
    objects.extend(
        repeated()
            .into_iter()
            .map(|(name, fixed, line)| (name.to_owned(), event(fixed, &fill(SIZE - 400, line)))),
    );
    objects.extend([
        (
            "overrides".to_owned(),
            components("VEVENT", |n| format!("RECURRENCE-ID:{0}\r\nDTSTART:{0}\r\n", time(n))),
        ),
        (
            "overrides of all later instances".to_owned(),
            components("VEVENT", |n| {
                let shifted = time(n + 1_000);
                format!("RECURRENCE-ID;RANGE=THISANDFUTURE:{}\r\nDTSTART:{shifted}\r\n", time(n))
            }),
        ),
        (
            "alarms on an endless series".to_owned(),
            alarms("DTSTART:20200101T000000Z\r\nRRULE:FREQ=SECONDLY\r\n"),
        ),
        ("nested components".to_owned(), nested()),
        ("zones that are all their own".to_owned(), zones(4)),
        ("a zone with many rules".to_owned(), zones(SIZE / 250)),
        (
            "one value".to_owned(),
            event(
                "DTSTART:20260105T090000Z\r\n",
                &format!("DESCRIPTION:{}\r\n", "a\u{e9}".repeat(SIZE / 3 - 200)),
            ),
        ),
        (
            "one list".to_owned(),
            event(
                "DTSTART:20260105T090000Z\r\n",
                &format!("CATEGORIES:{}\r\n", "a,".repeat(SIZE / 2 - 200)),
            ),
        ),
        (
            "one parameter".to_owned(),
            event(
                "DTSTART:20260105T090000Z\r\n",
                &format!("X-ODD;A={}b:\r\n", "b,".repeat(SIZE / 2 - 200)),
            ),
        ),
        (
            "nothing but line ends".to_owned(),
            event("DTSTART:20260105T090000Z\r\n", &"\n".repeat(SIZE - 300)),
        ),
        (
            "nothing but folds".to_owned(),
            event(
                "DTSTART:20260105T090000Z\r\n",
                &format!("X-ODD:\r\n{}", " \r\n".repeat(SIZE / 3 - 100)),
            ),
        ),
    ]);
    for (name, octets) in &objects {
        assert!(octets.len() <= SIZE, "{name} has {} octets", octets.len());
    }
    objects
}

/// Rules that yield much, match nothing or take long to find out.
fn rules() -> Vec<String> {
    let numbers = |from: i32, to: i32| {
        let all: Vec<_> = (from..=to).filter(|n| *n != 0).map(|n| n.to_string()).collect();
        all.join(",")
    };
    let sixty = numbers(1, 59);
    let times = format!("BYHOUR=0,1,2,3;BYMINUTE={sixty};BYSECOND={sixty}");
    let start = "DTSTART;TZID=Europe/Berlin:20200101T000000";
    let rule = |rule: &str| format!("{start}\r\nRRULE:{rule}\r\n");
    let minus =
        |rrule: &str, exrule: &str| format!("{start}\r\nRRULE:{rrule}\r\nEXRULE:{exrule}\r\n");
    vec![
        rule("FREQ=SECONDLY"),
        rule("FREQ=SECONDLY;COUNT=4000000000;BYMONTHDAY=13;BYDAY=FR"),
        rule("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"),
        rule("FREQ=SECONDLY;INTERVAL=60;BYSECOND=30"),
        rule("FREQ=HOURLY;INTERVAL=24;BYHOUR=5;COUNT=4000000000"),
        rule(&format!("FREQ=YEARLY;BYYEARDAY={};BYMONTH=2;BYSETPOS=366", numbers(-366, 366))),
        rule(&format!(
            "FREQ=YEARLY;BYMONTHDAY={};BYYEARDAY={};{times}",
            numbers(-31, 31),
            numbers(1, 366)
        )),
        rule(&format!("FREQ=DAILY;COUNT=4000000000;BYYEARDAY=1;{times}")),
        rule(&format!("FREQ=DAILY;BYSETPOS={};{times}", numbers(-366, 366))),
        rule("FREQ=WEEKLY;BYMONTHDAY=31;BYMONTH=2;COUNT=4000000000"),
        rule("FREQ=YEARLY;BYWEEKNO=53;BYYEARDAY=1;BYDAY=SU,MO,TU,WE,TH,FR,SA;BYMONTH=2"),
        minus("FREQ=SECONDLY", "FREQ=SECONDLY"),
        minus("FREQ=SECONDLY", "FREQ=SECONDLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"),
        minus("FREQ=MINUTELY", "FREQ=SECONDLY;INTERVAL=7"),
        minus("FREQ=SECONDLY;INTERVAL=7", "FREQ=SECONDLY;INTERVAL=11"),
        minus("FREQ=DAILY", &format!("FREQ=YEARLY;BYYEARDAY={}", numbers(1, 366))),
        format!("{start}\r\nDURATION:P3650D\r\nRRULE:FREQ=MINUTELY\r\n"),
        "DTSTART:00010101T000000Z\r\nDTEND:99991231T235959Z\r\nRRULE:FREQ=HOURLY\r\n".to_owned(),
    ]
}

/// An object as full as it can be of one kind of line: what it is, what stands before, the line.
type Repeated = (&'static str, &'static str, fn(usize) -> String);

fn repeated() -> Vec<Repeated> {
    const BERLIN: &str = "DTSTART;TZID=Europe/Berlin:20200101T000000\r\n";
    const DAILY: &str = "DTSTART;TZID=Europe/Berlin:20200101T000000\r\nRRULE:FREQ=DAILY\r\n";
    const SECONDLY: &str = "DTSTART:20200101T000000Z\r\nRRULE:FREQ=SECONDLY\r\n";
    vec![
        ("many RRULEs", BERLIN, |n| format!("RRULE:FREQ=HOURLY;INTERVAL={}\r\n", n + 1)),
        ("many RRULEs without a match", BERLIN, |n| {
            format!("RRULE:FREQ=DAILY;BYYEARDAY=1;BYMONTHDAY={}\r\n", n % 30 + 2)
        }),
        ("many EXRULEs", SECONDLY, |n| format!("EXRULE:FREQ=SECONDLY;INTERVAL={}\r\n", n + 2)),
        ("many RDATEs", BERLIN, |n| format!("RDATE:{}\r\n", time(n * 7))),
        ("many long periods", BERLIN, |n| {
            format!("RDATE;VALUE=PERIOD:{}/P9999999999W\r\n", time(n * 11))
        }),
        ("many EXDATEs", SECONDLY, |n| format!("EXDATE:{}\r\n", time(n))),
        ("many excluded days", DAILY, |n| {
            format!("EXDATE;VALUE=DATE:20{:02}{:02}{:02}\r\n", n % 80 + 20, n % 12 + 1, n % 28 + 1)
        }),
        ("many dates in zones", BERLIN, |n| {
            format!("RDATE;TZID=Asia/Tokyo:{}\r\n", &time(n)[..15])
        }),
        ("many attendees", DAILY, |n| format!("ATTENDEE;CN=N{n}:mailto:{n}@example.com\r\n")),
        ("many properties", DAILY, |_| "X-A:\r\n".to_owned()),
        ("many properties on a dense series", SECONDLY, |_| "X-A:\r\n".to_owned()),
        ("many summaries", DAILY, |_| "SUMMARY:a\r\n".to_owned()),
    ]
}

/// The filters, each with what is costly about it: as many tests as are allowed, none of which fails early.
pub(crate) fn filters() -> Vec<(&'static str, Filter)> {
    let text = |text: String, collation, negate| {
        ValueTest::TextMatch(TextMatch { text, collation, negate })
    };
    let prop = |name: &str, value: ValueTest| {
        let test = PropTest::Matches { value: Some(value), params: Vec::new() };
        PropFilter { name: name.to_owned(), test }
    };
    let texts = |collation| {
        let test = |n: usize| {
            let part = format!("{}{n}", "a\u{e9}".repeat(SIZE / TESTS / 3));
            prop(
                if n.is_multiple_of(2) { "DESCRIPTION" } else { "CATEGORIES" },
                text(part, collation, true),
            )
        };
        events(None, (0..TESTS).map(test).collect(), Vec::new())
    };
    let one = "a\u{e9}".repeat(SIZE / 3 - 200) + "b";
    let range = TimeRange { start: Some(year().start), end: Some(year().end) };
    let late = TimeRange { start: Some(year().end), end: None };
    let times = |_| prop("DTEND", ValueTest::TimeRange(range));
    let alarm = |_| {
        let test = CompTest::Matches {
            time_range: Some(late),
            props: vec![prop("TRIGGER", text("x".to_owned(), Collation::AsciiCasemap, true))],
            comps: Vec::new(),
        };
        CompFilter { name: "VALARM".to_owned(), test }
    };
    vec![
        ("a year", events(Some(range), Vec::new(), Vec::new())),
        ("texts, i;octet", texts(Collation::Octet)),
        ("texts, i;ascii-casemap", texts(Collation::AsciiCasemap)),
        ("texts, i;unicode-casemap", texts(Collation::UnicodeCasemap)),
        (
            "a long text",
            events(
                None,
                vec![prop("DESCRIPTION", text(one, Collation::UnicodeCasemap, true))],
                Vec::new(),
            ),
        ),
        ("times of instances", events(Some(range), (0..TESTS).map(times).collect(), Vec::new())),
        ("alarms", events(None, Vec::new(), (0..TESTS / 2).map(alarm).collect())),
        ("alarms of a year", events(Some(range), Vec::new(), (0..TESTS / 2).map(alarm).collect())),
    ]
}

fn events(time_range: Option<TimeRange>, props: Vec<PropFilter>, comps: Vec<CompFilter>) -> Filter {
    let comp = |name: &str, test| CompFilter { name: name.to_owned(), test };
    let events = comp("VEVENT", CompTest::Matches { time_range, props, comps });
    let inside = CompTest::Matches { time_range: None, props: Vec::new(), comps: vec![events] };
    Filter { calendar: comp("VCALENDAR", inside) }
}

fn event(lines: &str, more: &str) -> Vec<u8> {
    calendar(&format!("BEGIN:VEVENT\r\nUID:1\r\n{lines}{more}END:VEVENT\r\n"))
}

fn calendar(inside: &str) -> Vec<u8> {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{inside}END:VCALENDAR\r\n").into_bytes()
}

/// As many lines as fit.
fn fill(size: usize, line: impl Fn(usize) -> String) -> String {
    let mut lines = String::new();
    for number in 0.. {
        let line = line(number);
        if lines.len() + line.len() > size {
            break;
        }
        lines.push_str(&line);
    }
    lines
}

/// The n-th second of 2026.
fn time(number: usize) -> String {
    let (day, second) = (number / 86_400, number % 86_400);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("202601{:02}T{hour:02}{minute:02}{second:02}Z", day + 1)
}

/// A series of one a second, and components that override it.
fn components(kind: &str, lines: impl Fn(usize) -> String) -> Vec<u8> {
    let master = format!(
        "BEGIN:{kind}\r\nUID:1\r\nDTSTART:20260101T000000Z\r\nRRULE:FREQ=SECONDLY\r\nEND:{kind}\r\n"
    );
    let component = |n| format!("BEGIN:{kind}\r\nUID:1\r\n{}END:{kind}\r\n", lines(n));
    calendar(&(master + &fill(SIZE - 400, component)))
}

fn alarms(lines: &str) -> Vec<u8> {
    let alarm = |n: usize| {
        format!("BEGIN:VALARM\r\nTRIGGER:-PT{n}S\r\nREPEAT:99\r\nDURATION:PT1S\r\nEND:VALARM\r\n")
    };
    event(lines, &fill(SIZE - 400, alarm))
}

/// As deep as is allowed, over and over.
fn nested() -> Vec<u8> {
    let deep = |_| {
        let begin = "BEGIN:X\r\n".repeat(13);
        let end = "END:X\r\n".repeat(13);
        format!("{begin}{end}")
    };
    event("DTSTART:20260105T090000Z\r\n", &fill(SIZE - 400, deep))
}

/// As many zones as fit, of so many observances with four rules each, and a date in each zone.
fn zones(observances: usize) -> Vec<u8> {
    let observance = |n: usize| {
        let rule = format!("RRULE:FREQ=DAILY;COUNT={}\r\n", 4_000_000 + n).repeat(4);
        format!(
            "BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n{rule}\
             TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:STANDARD\r\n"
        )
    };
    let inside: String = (0..observances).map(observance).collect();
    let (mut zones, mut dates) = (String::new(), String::new());
    for number in 0.. {
        let zone = format!("BEGIN:VTIMEZONE\r\nTZID:Z{number}\r\n{inside}END:VTIMEZONE\r\n");
        let date = format!("RDATE;TZID=Z{number}:20260105T090000\r\n");
        if zones.len() + zone.len() + dates.len() + date.len() > SIZE - 400 {
            break;
        }
        zones.push_str(&zone);
        dates.push_str(&date);
    }
    let start = "BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Z0:20260105T090000\r\n";
    calendar(&format!("{zones}{start}{dates}END:VEVENT\r\n"))
}
