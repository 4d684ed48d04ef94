//! Laws of recurrence on generated rules and objects: seeking equals walking, a window equals
//! filtering the full expansion, and the index answers every time range as the object does.

use std::ops::Range;

use calendar::freebusy::FreeBusy;
use calendar::index::{ALWAYS, buckets, index, index_until, unpack};
use calendar::recur::RecurrenceRule;
use calendar::zone::Zone;
use calendar::{CalendarObject, Limits, Occurrence};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const FREQS: [&str; 7] = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"];
const DAYS: [&str; 10] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU", "1MO", "-1FR", "2SU"];
const ZONES: [&str; 5] =
    ["America/New_York", "Europe/Berlin", "Pacific/Apia", "Asia/Kolkata", "Australia/Lord_Howe"];

/// A part that is there or not: `;NAME=value`.
fn part(value: impl Strategy<Value = String> + 'static, weight: u32) -> BoxedStrategy<String> {
    prop_oneof![6 - weight => Just(String::new()), weight => value].boxed()
}

fn list(name: &'static str, numbers: Vec<i32>, most: usize) -> impl Strategy<Value = String> {
    subsequence(numbers, 1..=most).prop_map(move |numbers| {
        let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
        format!(";{name}={}", numbers.join(","))
    })
}

fn signed(most: i32) -> Vec<i32> {
    (-most..=most).filter(|n| *n != 0).collect()
}

fn rule(freqs: &'static [&'static str]) -> impl Strategy<Value = String> {
    let days =
        subsequence(DAYS.to_vec(), 1..4).prop_map(|days| format!(";BYDAY={}", days.join(",")));
    let bound = prop_oneof![
        3 => Just(String::new()),
        2 => (1..60_u32).prop_map(|n| format!(";COUNT={n}")),
        1 => (1..28_u32, 1..13_u32).prop_map(|(day, month)| format!(";UNTIL=2026{month:02}{day:02}T120000Z")),
    ];
    let skip = select(vec![
        "",
        "",
        "",
        ";RSCALE=GREGORIAN;SKIP=FORWARD",
        ";RSCALE=GREGORIAN;SKIP=BACKWARD",
    ]);
    let weekday = select(vec!["", ";WKST=SU", ";WKST=WE"]);
    let first = (
        select(freqs.to_vec()),
        part((2..20_u32).prop_map(|n| format!(";INTERVAL={n}")), 2),
        part(list("BYMONTH", (1..=12).collect(), 6), 1),
        part(list("BYWEEKNO", signed(53), 6), 1),
        part(list("BYYEARDAY", signed(366), 20), 1),
        part(list("BYMONTHDAY", signed(31), 5), 2),
        part(days, 2),
    );
    let then = (
        part(list("BYHOUR", (0..24).collect(), 3), 1),
        part(list("BYMINUTE", (0..60).collect(), 3), 1),
        part(list("BYSECOND", (0..60).collect(), 2), 1),
        part(list("BYSETPOS", signed(4), 2), 1),
        bound,
        skip,
        weekday,
    );
    (first, then).prop_map(|((freq, a, b, c, d, e, f), (g, h, i, j, k, l, m))| {
        format!("FREQ={freq}{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}{k}{l}{m}")
    })
}

/// Days and hours from 2025-12-20 on: enough to meet each other, and the changes of the clocks.
fn local() -> impl Strategy<Value = DateTime> {
    (0..140_i64, select(vec![0, 1, 2, 3, 9, 23]), select(vec![0, 30])).prop_map(
        |(day, hour, minute)| {
            let first = jiff::civil::date(2025, 12, 20).at(hour, minute, 0, 0);
            first.saturating_add(SignedDuration::from_hours(24 * day))
        },
    )
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Date,
    Floating,
    Utc,
    Zoned(&'static str),
}

impl Form {
    fn write(self, name: &str, local: DateTime) -> String {
        let time = local.strftime("%Y%m%dT%H%M%S");
        match self {
            Self::Date => format!("{name};VALUE=DATE:{}", local.strftime("%Y%m%d")),
            Self::Floating => format!("{name}:{time}"),
            Self::Utc => format!("{name}:{time}Z"),
            Self::Zoned(zone) => format!("{name};TZID={zone}:{time}"),
        }
    }
}

fn form() -> impl Strategy<Value = Form> {
    prop_oneof![
        Just(Form::Date),
        Just(Form::Floating),
        Just(Form::Utc),
        select(ZONES.to_vec()).prop_map(Form::Zoned),
    ]
}

fn duration() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "",
        "DURATION:PT1H",
        "DURATION:P1D",
        "DURATION:P40D",
        "DURATION:P1DT12H",
        "DURATION:PT0S",
    ])
}

/// A recurring object of any kind, with dates, exclusions and overrides.
fn object() -> impl Strategy<Value = CalendarObject> {
    let master = (form(), local(), duration(), part(rule(&FREQS[..5]), 4));
    let dates = (prop::collection::vec(local(), 0..3), prop::collection::vec(0..6_usize, 0..3));
    let overrides =
        prop::collection::vec((0..8_usize, form(), local(), duration(), any::<bool>()), 0..4);
    let kind = select(vec!["VEVENT", "VEVENT", "VTODO", "VJOURNAL"]);
    (kind, master, dates, overrides).prop_map(|(kind, master, (rdates, exdates), overrides)| {
        let (form, start, duration, rule) = master;
        let mut lines = vec![form.write("DTSTART", start), duration.to_owned()];
        lines.extend((!rule.is_empty()).then(|| format!("RRULE:{rule}")));
        lines.extend(rdates.iter().map(|date| form.write("RDATE", *date)));
        let days = |n: usize| start.saturating_add(SignedDuration::from_hours(24 * n as i64));
        lines.extend(exdates.iter().map(|n| form.write("EXDATE", days(*n))));
        let mut text = component(kind, &lines);
        let mut named = Vec::new();
        for (n, own, moved, duration, future) in overrides {
            if named.contains(&n) {
                continue;
            }
            named.push(n);
            let range = if future { "RECURRENCE-ID;RANGE=THISANDFUTURE" } else { "RECURRENCE-ID" };
            let lines =
                [form.write(range, days(n)), own.write("DTSTART", moved), duration.to_owned()];
            text += &component(kind, &lines);
        }
        parse(&text)
    })
}

fn component(kind: &str, lines: &[String]) -> String {
    let lines: String =
        lines.iter().filter(|l| !l.is_empty()).map(|l| format!("{l}\r\n")).collect();
    format!("BEGIN:{kind}\r\nUID:1\r\n{lines}END:{kind}\r\n")
}

fn parse(components: &str) -> CalendarObject {
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{components}END:VCALENDAR\r\n");
    CalendarObject::parse_stored(text.as_bytes()).unwrap()
}

fn instant(day: i64, minute: i64) -> Timestamp {
    "2025-12-01T00:00:00Z".parse::<Timestamp>().unwrap()
        + SignedDuration::from_mins(1440 * day + minute)
}

const MANY: Limits = Limits {
    max_resource_size: 65_536,
    max_attendees_per_instance: 10,
    max_instances: 4_000,
    max_components: 100,
    max_lines: 1_000,
    max_depth: 4,
};

fn key(occurrence: &Occurrence) -> (i64, i64, u16, bool) {
    (occurrence.start, occurrence.end, occurrence.component, occurrence.floating)
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(160))]

    #[test]
    fn seeking_gives_what_walking_gives(
        rule in rule(&FREQS), start in local(), steps in prop::collection::vec(0..40_i64, 1..4), hours in 0..4000_i64,
    ) {
        let rule = RecurrenceRule::parse(&rule).unwrap();
        let mut target = start;
        let mut sought = rule.times(start);
        for step in steps {
            target = target.saturating_add(SignedDuration::from_hours(step * hours / 10));
            sought.seek(target);
            let walked: Vec<_> = rule.times(start).take(3_000).skip_while(|time| *time < target).take(5).collect();
            if walked.is_empty() {
                return Ok(()); // the target is beyond what was walked
            }
            let found: Vec<_> = sought.clone().take(walked.len()).collect();
            prop_assert_eq!(found, walked);
        }
    }

    #[test]
    fn a_window_gives_what_filtering_the_full_expansion_gives(
        object in object(), zone in select(ZONES.to_vec()), day in 0..200_i64, minute in 0..1440_i64, length in 1..50_000_i64,
    ) {
        let floating = Zone::named(zone).unwrap();
        let window = instant(day, minute)..instant(day, minute + length);
        let mut full = object.instances(instant(-100, 0)..instant(400, 0), &floating, &MANY);
        let expected: Vec<_> = full
            .by_ref()
            .filter(|instance| instance.occurrence.overlaps(&window, &floating))
            .map(|instance| (instance.id, instance.start, instance.end))
            .collect();
        prop_assume!(!full.is_truncated());
        let found: Vec<_> = object
            .instances(window, &floating, &MANY)
            .map(|instance| (instance.id, instance.start, instance.end))
            .collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn the_index_answers_every_time_range_as_the_object_does(
        object in object(), zone in select(ZONES.to_vec()), horizon in 0..300_i64,
        ranges in prop::collection::vec((0..300_i64, 0..1440_i64, 1..100_000_i64), 8),
    ) {
        let floating = Zone::named(zone).unwrap();
        let index = index(&object, instant(horizon, 0), &MANY);
        for (day, minute, length) in ranges {
            let range = instant(day, minute)..instant(day, minute + length);
            if index.indexed_until.is_some_and(|until| range.end > until) {
                continue;
            }
            let touched = buckets(&range);
            let mut found: Vec<_> = index
                .rows
                .iter()
                .filter(|row| row.bucket == ALWAYS || touched.contains(&row.bucket))
                .flat_map(|row| unpack(&row.pack()).unwrap())
                .filter(|occurrence| occurrence.overlaps(&range, &floating))
                .map(|occurrence| key(&occurrence))
                .collect();
            let mut expected: Vec<_> =
                object.instances(range, &floating, &MANY).map(|i| key(&i.occurrence)).collect();
            found.sort_unstable();
            found.dedup();
            expected.sort_unstable();
            expected.dedup();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn an_index_is_made_again_from_where_it_ended(object in object(), horizon in 0..300_i64) {
        let index = index(&object, instant(horizon, 0), &MANY);
        prop_assert_eq!(index_until(&object, index.indexed_until, &MANY), index);
    }
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn each_instance_is_one_and_has_a_derived_override_with_its_times(object in object()) {
        let utc = Zone::utc();
        let ids: Vec<_> = object
            .instances(instant(-100, 0)..instant(400, 0), &utc, &MANY)
            .take(20)
            .map(|instance| (instance.id, instance.start))
            .collect();
        for (id, start) in ids {
            prop_assert!(object.component_for(&id).is_some(), "{id:?}");
            let Some(derived) = object.derive_override(&id) else {
                prop_assert!(!object.is_recurring());
                continue;
            };
            if object.override_for(&id).is_some() {
                continue;
            }
            let mut tree = object.clone().into_tree();
            tree.push_component(derived);
            let with_override = CalendarObject::from_tree(tree).unwrap();
            let found = with_override.override_for(&id);
            prop_assert!(found.is_some(), "{id:?}");
            let starts: Vec<_> = with_override
                .instances(instant(-200, 0)..instant(500, 0), &utc, &MANY)
                .filter(|instance| instance.id == id)
                .map(|instance| instance.start)
                .collect();
            prop_assert_eq!(starts, [start]);
        }
    }

    #[test]
    fn no_text_makes_a_rule_that_cannot_be_walked(
        value in "(FREQ=(SECONDLY|DAILY|WEEKLY|MONTHLY|YEARLY);?)?([A-Z]{2,10}=[-+0-9A-Z,]{0,12};?){0,5}", start in local(),
    ) {
        if let Ok(rule) = RecurrenceRule::parse(&value) {
            let mut times = rule.times(start);
            prop_assert!(times.by_ref().take(50).count() >= 1);
            times.seek(jiff::civil::date(9990, 1, 1).at(0, 0, 0, 0));
            prop_assert!(times.take(50).all(|time| time.year() >= 9990));
        }
    }
}

/// A series that began long ago and comes so often that no index holds it up to now.
#[derive(Clone, Debug)]
struct Dense {
    start: i64,
    step: i64,
    length: i64,
    /// How many instances there are; `None`: no end.
    count: Option<i64>,
    object: CalendarObject,
}

impl Dense {
    /// Which of its instances a time range matches, by arithmetic (RFC 4791 9.9).
    fn within(&self, range: &Range<i64>) -> Vec<i64> {
        let first = (range.start - self.length - self.start).div_euclid(self.step).max(0);
        let last = (range.end - self.start).div_euclid(self.step);
        let last = self.count.map_or(last, |count| last.min(count - 1));
        (first..=last)
            .map(|number| self.start + number * self.step)
            .filter(|start| match self.length {
                0 => range.start <= *start && *start < range.end,
                length => range.start < start + length && *start < range.end,
            })
            .collect()
    }
}

fn dense() -> impl Strategy<Value = Dense> {
    let rule = prop_oneof![
        (Just("HOURLY"), Just(3_600_i64), 1..12_i64),
        (Just("MINUTELY"), Just(60), 1..200_i64),
        (Just("SECONDLY"), Just(1), 1..5_000_i64),
        (Just("DAILY"), Just(86_400), 1..2_i64),
    ];
    let count = prop_oneof![2 => Just(None), 1 => (1_000..3_000_000_i64).prop_map(Some)];
    // From 1970 to 2020; Kolkata has not changed its clocks since 1945.
    let start = (0..1_577_836_800_i64, select(vec!["Z", "Asia/Kolkata", ""]));
    let forms = (start, select(vec![0, 60, 3_600, 86_400, 3_000_000]));
    (rule, count, forms).prop_map(|((freq, unit, interval), count, ((start, zone), length))| {
        let written = |offset: i64| {
            let instant = Timestamp::from_second(start + offset).unwrap();
            instant.strftime("%Y%m%dT%H%M%S").to_string()
        };
        let start_line = match zone {
            "" => format!("DTSTART:{}", written(0)),
            "Z" => format!("DTSTART:{}Z", written(0)),
            zone => format!("DTSTART;TZID={zone}:{}", written(19_800)),
        };
        let until = count.map_or(String::new(), |count| format!(";COUNT={count}"));
        let rule = format!("RRULE:FREQ={freq};INTERVAL={interval}{until}");
        let lines = [start_line, format!("DURATION:PT{length}S"), rule];
        let object = parse(&component("VEVENT", &lines));
        Dense { start, step: unit * interval, length, count, object }
    })
}

proptest! {
    #![proptest_config(cases(200))]

    /// The index answers where it is complete, the object elsewhere: at the beginning, where the index ends, now,
    /// and where the series ends.
    #[test]
    fn a_series_that_no_index_holds_is_found_at_any_time(
        series in dense(), near in 0..5_i64, off in -5_000..5_000_i64, steps in 1..100_i64, horizon in 0..3_i64,
    ) {
        let horizon = Timestamp::from_second(1_798_761_600 + horizon * 31_536_000).unwrap();
        let index = index(&series.object, horizon, &MANY);
        let until = index.indexed_until.map_or(horizon, |until| until).as_second();
        let last = series.count.map_or(until, |count| series.start + count * series.step);
        let middle = [series.start, until, until + series.step * 2_000, 1_795_000_000, last];
        let start = middle[near as usize] + off * series.step / 100;
        let range = start..start + series.step * steps / 10 + 1;
        let window = Timestamp::from_second(range.start).unwrap()..Timestamp::from_second(range.end).unwrap();
        let expected = series.within(&range);
        prop_assume!(expected.len() < MANY.max_instances);

        let utc = Zone::utc();
        let found: Vec<_> = series.object.instances(window.clone(), &utc, &MANY).map(|it| it.start.as_second()).collect();
        prop_assert_eq!(&found, &expected);
        let touched = buckets(&window);
        let rows = index.rows.iter().filter(|row| row.bucket == ALWAYS || touched.contains(&row.bucket));
        let in_index = rows.flat_map(|row| &row.occurrences).any(|one| one.overlaps(&window, &utc));
        let is_complete = index.indexed_until.is_none_or(|until| window.end <= until);
        prop_assert!(!in_index || !expected.is_empty(), "the index finds what is not there");
        prop_assert!(!is_complete || in_index != expected.is_empty(), "the index misses what is there");

        let mut busy = FreeBusy::new(window);
        busy.add_object(&series.object, "-", &utc, &MANY);
        let is_busy = |second: i64| busy.periods().iter().any(|it| (it.start.as_second()..it.end.as_second()).contains(&second));
        for second in [range.start, (range.start + range.end) / 2, range.end - 1] {
            let lasts = expected.iter().any(|start| (*start..start + series.length).contains(&second));
            prop_assert_eq!(is_busy(second), lasts, "{}", second);
        }
    }

    /// Rules that say the same by other parts agree far from their beginning.
    #[test]
    fn an_hour_named_in_two_ways_is_the_same_hour(
        zone in select(ZONES.to_vec()), start in local(), hours in subsequence((0..24_u8).collect::<Vec<_>>(), 1..6),
        days in subsequence(DAYS[..7].to_vec(), 1..6), years in 0..40_i16, month in 1..13_i8,
    ) {
        let hours: Vec<_> = hours.iter().map(ToString::to_string).collect();
        let parts = format!("BYHOUR={};BYDAY={}", hours.join(","), days.join(","));
        let start = start.saturating_sub(jiff::Span::new().years(20));
        let window = jiff::civil::date(2010 + years, month, 1).at(0, 0, 0, 0);
        let window = window.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        let window = window..window + SignedDuration::from_hours(24 * 40);
        let starts = |freq: &str| -> Vec<_> {
            let lines = [Form::Zoned(zone).write("DTSTART", start), format!("RRULE:FREQ={freq};{parts}")];
            let object = parse(&component("VEVENT", &lines));
            object.instances(window.clone(), &Zone::utc(), &MANY).map(|it| it.start).collect()
        };
        let daily = starts("DAILY");
        prop_assert_eq!(&starts("HOURLY"), &daily);
        prop_assert_eq!(&starts("WEEKLY"), &daily);
    }
}

#[test]
fn a_date_that_moves_a_utc_series_from_there_on_is_found_at_the_edges_of_a_window() {
    let text = "BEGIN:VCALENDAR|VERSION:2.0|BEGIN:VEVENT|UID:1|DTSTART:20260110T230000Z|\
                RRULE:FREQ=YEARLY;BYDAY=SU;UNTIL=20260701T120000Z|END:VEVENT|BEGIN:VEVENT|UID:1|\
                RECURRENCE-ID;RANGE=THISANDFUTURE:20260118T230000Z|DTSTART;VALUE=DATE:20260101|\
                END:VEVENT|END:VCALENDAR|";
    let object = CalendarObject::parse_stored(text.replace('|', "\r\n").as_bytes()).unwrap();
    let floating = Zone::named("Pacific/Apia").unwrap();
    let full: Vec<_> =
        object.instances(instant(-100, 0)..instant(400, 0), &floating, &MANY).collect();
    for hour in 0..24 * 30 {
        let window = instant(40, hour * 60)..instant(41, hour * 60);
        let overlapping = full.iter().filter(|i| i.occurrence.overlaps(&window, &floating));
        let expected: Vec<_> = overlapping.map(|instance| instance.id).collect();
        let found: Vec<_> =
            object.instances(window, &floating, &MANY).map(|instance| instance.id).collect();
        assert_eq!(found, expected, "hour {hour}");
    }
}
