//! The tables of RFC 4791 §9.9, row by row: at the boundaries of each condition, by the object and by
//! its index.

use calendar::{CalendarObject, Zone};

use crate::support::{Part, comp, filter, matches, object, objects, prop_in};
use calendar::filter::CompFilter;

/// `HHMM` of 5 January 2026, in UTC; hours may go beyond the day.
fn moment(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let (hours, minutes) = text.split_at(2);
    let hours: u32 = hours.parse().unwrap();
    format!("202601{:02}T{:02}{minutes}00Z", 5 + hours / 24, hours % 24)
}

/// `HHMM-HHMM`; either may be missing.
fn range(text: &str) -> String {
    let (start, end) = text.split_once('-').unwrap();
    format!("{}/{}", moment(start), moment(end))
}

/// Times `@HHMM` in lines.
fn lines(text: &str) -> String {
    let mut parts = text.split('@');
    let mut lines = parts.next().unwrap().to_owned();
    for part in parts {
        let (time, rest) = part.split_at(4);
        lines.push_str(&moment(time));
        lines.push_str(rest);
    }
    lines
}

fn in_range(kind: &str, range: &str) -> CompFilter {
    comp(kind, vec![Part::In(Box::leak(range.to_owned().into_boxed_str()))])
}

/// Object, ranges that match it, ranges that don't.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

/// Kind, lines and what is asked of them; ranges that match, ranges that don't.
type Asked =
    (&'static str, &'static str, &'static str, &'static [&'static str], &'static [&'static str]);

fn check(kind: &str, rows: &[Row]) {
    for (text, hits, misses) in rows {
        let object = object(kind, &lines(text));
        let holds = |text: &str| {
            let filter = filter(vec![in_range(kind, &range(text))]);
            matches(&filter, &object, &Zone::utc())
        };
        for hit in *hits {
            assert!(holds(hit), "{text} overlaps {hit}");
        }
        for miss in *misses {
            assert!(!holds(miss), "{text} does not overlap {miss}");
        }
    }
}

#[test]
fn events_overlap_as_the_first_table_says() {
    let lasts: &[&str] = &["0900-1000", "0930-0945", "0800-0901", "0959-1100", "-0901", "0959-"];
    let lasts_not: &[&str] = &["1000-1100", "0800-0900", "-0900", "1000-"];
    let point: &[&str] = &["0900-0901", "0800-0901", "-0901", "0900-"];
    let point_not: &[&str] = &["0800-0900", "0901-1000", "-0900", "0901-"];
    check(
        "VEVENT",
        &[
            // DTEND | DURATION | > 0 | DATE-TIME
            ("DTSTART:@0900|DTEND:@1000", lasts, lasts_not), // Y N N *
            ("DTSTART:@0900|DURATION:PT1H", lasts, lasts_not), // N Y Y *
            ("DTSTART:@0900|DURATION:PT0S", point, point_not), // N Y N *
            ("DTSTART:@0900", point, point_not),             // N N N Y
            (
                "DTSTART;VALUE=DATE:20260105", // N N N N
                &["0000-0001", "2359-2500", "-0001", "2359-"],
                &["2400-2500", "-0000", "2400-"],
            ),
            (
                "DTSTART;VALUE=DATE:20260105|DTEND;VALUE=DATE:20260107", // Y N N *
                &["0000-0001", "4759-4800"],
                &["4800-4900", "-0000"],
            ),
            ("DTSTART;VALUE=DATE:20260105|DURATION:P2D", &["4759-4800"], &["4800-4900"]), // N Y Y *
            ("DTSTART;TZID=Europe/Berlin:20260105T100000|DURATION:PT1H", lasts, lasts_not),
            // Data that the table does not know: the end counts as absent.
            ("DTSTART:@0900|DTEND:@0800", point, point_not),
            ("DTSTART;VALUE=DATE:20260105|DTEND;VALUE=DATE:20260105", &["2359-2500"], &["2400-"]),
        ],
    );
}

#[test]
fn tasks_overlap_as_the_second_table_says() {
    check(
        "VTODO",
        &[
            // DTSTART | DURATION | DUE | COMPLETED | CREATED
            (
                "DTSTART:@0900|DURATION:PT1H", // Y Y N * *
                &["1000-1100", "0800-0901", "-0901", "1000-"],
                &["1001-1100", "0800-0900", "-0900", "1001-"],
            ),
            ("DTSTART:@0900|DURATION:PT0S", &["0800-0900", "0900-1000"], &["0901-", "-0859"]),
            (
                "DTSTART:@0900|DUE:@1000|COMPLETED:@2000|CREATED:@2000", // Y N Y * *
                &["0959-1100", "0800-0901", "-0901", "0959-"],
                &["1000-1100", "0800-0900", "-0900", "1000-", "2000-2100"],
            ),
            ("DTSTART:@0900|DUE:@0900", &["0900-1000", "0800-0900"], &["0901-", "-0859"]),
            (
                "DTSTART:@0900|COMPLETED:@2000", // Y N N * *
                &["0900-0901", "0800-0901"],
                &["0800-0900", "0901-1000", "2000-2100"],
            ),
            (
                "DUE:@1000|COMPLETED:@2000", // N N Y * *
                &["0900-1000", "0959-1100", "-1000", "0959-"],
                &["1000-1100", "0900-0959", "-0959", "1000-", "2000-2100"],
            ),
            (
                "COMPLETED:@1000|CREATED:@0900", // N N N Y Y
                &["1000-1100", "0800-0900", "0930-0945", "-0900", "1000-"],
                &["1001-1100", "0800-0859", "-0859", "1001-"],
            ),
            (
                "COMPLETED:@1000", // N N N Y N
                &["1000-1100", "0900-1000"],
                &["1001-1100", "0900-0959", "-0959", "1001-"],
            ),
            ("CREATED:@0900", &["0800-0901", "2000-2100", "0901-"], &["0800-0900", "-0900"]), // N N N N Y
            ("SUMMARY:some day", &["0800-0900", "-0900", "0900-"], &[]), // N N N N N
        ],
    );
}

#[test]
fn journal_entries_overlap_as_the_third_table_says() {
    check(
        "VJOURNAL",
        &[
            ("DTSTART:@0900", &["0900-0901", "-0901", "0900-"], &["0800-0900", "0901-1000"]), // Y Y
            ("DTSTART;VALUE=DATE:20260105", &["0000-0001", "2359-"], &["2400-", "-0000"]),    // Y N
            ("SUMMARY:a note", &[], &["0800-0900", "-0900", "0900-"]),                        // N *
        ],
    );
}

#[test]
fn free_busy_information_overlaps_as_the_fourth_table_says() {
    check(
        "VFREEBUSY",
        &[
            (
                "DTSTART:@0900|DTEND:@1000|FREEBUSY:@1200/PT1H", // Y *
                &["1000-1100", "0800-0901", "-0901", "1000-"],
                &["1001-1100", "0800-0900", "1200-1300"],
            ),
            (
                "FREEBUSY:@0900/@1000,@1200/PT1H|FREEBUSY;FBTYPE=FREE:@1500/PT1H", // N Y
                &["0900-0901", "0959-1100", "1259-1400", "1500-1501", "-0901", "1559-"],
                &["1000-1200", "0800-0900", "-0900", "1300-1500", "1600-"],
            ),
            ("DTSTART:@0900|FREEBUSY:@1200/PT1H", &["1200-1300"], &["0900-1000"]), // N Y
            ("DURATION:PT1H|DTSTART:@0900", &[], &["0800-1100"]), // N N: DURATION is ignored
            ("COMMENT:nothing", &[], &["0800-0900", "0900-"]),    // N N
        ],
    );
}

fn in_alarm(kind: &str, text: &str) -> CompFilter {
    comp(kind, vec![Part::Comp(in_range("VALARM", &range(text)))])
}

#[test]
fn alarms_overlap_when_they_go_off() {
    let alarm = |lines: &str| format!("BEGIN:VALARM|ACTION:AUDIO|{lines}|END:VALARM");
    let (event, task) = ("VEVENT", "VTODO");
    let hour = "DTSTART:@0900|DTEND:@1000";
    let rows: [Asked; 15] = [
        (event, hour, "TRIGGER:-PT15M", &["0845-0846", "-0846", "0845-"], &["0846-", "0800-0845"]),
        (event, hour, "TRIGGER;RELATED=START:PT0S", &["0900-0901"], &["0901-", "-0900"]),
        (event, hour, "TRIGGER;RELATED=END:PT5M", &["1005-1006"], &["0905-0906", "1006-"]),
        (event, "DTSTART:@0900", "TRIGGER;RELATED=END:PT5M", &["0905-0906"], &["0906-"]),
        (event, hour, "TRIGGER;VALUE=DATE-TIME:@0630", &["0630-0631"], &["0631-", "-0630"]),
        (
            event,
            hour,
            "TRIGGER:-PT1H|REPEAT:2|DURATION:PT10M", // RFC 5545 3.8.6.2
            &["0800-0801", "0810-0811", "0820-0821", "0805-0815"],
            &["0801-0810", "0821-", "-0800"],
        ),
        (event, hour, "TRIGGER:-PT1H|REPEAT:2", &["0800-0801"], &["0801-"]), // 3.6.6: both or none
        (
            event,
            hour,
            "TRIGGER;VALUE=DATE-TIME:@0630|REPEAT:1|DURATION:PT1H",
            &["0730-0731"],
            &["0731-", "0631-0730"],
        ),
        (task, "DUE:@1000", "TRIGGER;RELATED=START:-PT10M", &["0950-0951"], &["0951-"]), // 7.8.5
        (task, "DTSTART:@0900|DUE:@1000", "TRIGGER;RELATED=END:-PT10M", &["0950-0951"], &["0951-"]),
        (
            task,
            "DTSTART:@0900|DURATION:PT1H",
            "TRIGGER;RELATED=END:PT0S",
            &["1000-1001"],
            &["-1000"],
        ),
        (task, "COMPLETED:@1000", "TRIGGER:PT0S", &[], &["-2000", "0900-"]),
        (event, "DTSTART;VALUE=DATE:20260106", "TRIGGER:-PT1H", &["2300-2301"], &["2301-"]), // 3.8.6.3
        (event, hour, "TRIGGER:soon", &[], &["-2000", "0000-"]),
        (event, hour, "DESCRIPTION:no trigger", &[], &["-2000", "0000-"]),
    ];
    for (kind, times, trigger, hits, misses) in rows {
        let object = object(kind, &lines(&format!("{times}|{}", alarm(trigger))));
        let holds =
            |text: &str| matches(&filter(vec![in_alarm(kind, text)]), &object, &Zone::utc());
        for hit in hits {
            assert!(holds(hit), "{times} {trigger} goes off in {hit}");
        }
        for miss in misses {
            assert!(!holds(miss), "{times} {trigger} does not go off in {miss}");
        }
    }
}

/// Daily at nine from 5 January; on the 7th at noon, without an alarm on the 8th.
fn series() -> CalendarObject {
    objects(
        "VEVENT",
        &[
            "DTSTART:20260105T090000Z|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=5|SUMMARY:usual|\
             EXDATE:20260106T090000Z|BEGIN:VALARM|TRIGGER:-PT15M|END:VALARM",
            "RECURRENCE-ID:20260107T090000Z|DTSTART:20260107T120000Z|DURATION:PT30M|SUMMARY:late|\
             BEGIN:VALARM|TRIGGER:-PT15M|END:VALARM",
            "RECURRENCE-ID:20260108T090000Z|DTSTART:20260108T090000Z|DURATION:PT1H|SUMMARY:silent",
        ],
    )
}

#[test]
fn instances_are_looked_at_one_by_one() {
    let day = |day: u32| format!("202601{day:02}T000000Z/202601{:02}T000000Z", day + 1);
    for (number, exists, goes_off) in [
        (4, false, false),
        (5, true, true),
        (6, false, false), // EXDATE
        (7, true, true),
        (8, true, false),
        (9, true, true),
        (10, false, false), // COUNT
    ] {
        let found = |comp| matches(&filter(vec![comp]), &series(), &Zone::utc());
        let day = day(number);
        assert_eq!(found(in_range("VEVENT", &day)), exists, "{day}");
        let alarm = comp("VEVENT", vec![Part::Comp(in_range("VALARM", &day))]);
        assert_eq!(found(alarm), goes_off, "{day}");
    }
    for (range, expected) in [
        ("20260107T090000Z/20260107T100000Z", false), // moved away
        ("20260107T120000Z/20260107T123000Z", true),
        ("20260107T114500Z/20260107T114600Z", false),
    ] {
        let found = matches(&filter(vec![in_range("VEVENT", range)]), &series(), &Zone::utc());
        assert_eq!(found, expected, "{range}");
    }
}

#[test]
fn property_values_overlap_as_points() {
    // RFC 4791 9.9: (start <= date-time) AND (end > date-time)
    let rows: [Asked; 17] = [
        ("VEVENT", "DTSTART:@0900|DTSTAMP:@1200", "DTSTAMP", &["1200-1201"], &["1201-", "-1200"]),
        ("VEVENT", "DTSTART:@0900|CREATED:@1200", "CREATED", &["1200-", "-1201"], &["1201-"]),
        (
            "VEVENT",
            "DTSTART:@0900|LAST-MODIFIED:@1200",
            "LAST-MODIFIED",
            &["1200-1201"],
            &["-1200"],
        ),
        ("VEVENT", "DTSTART:@0900|DTEND:@1000", "DTSTART", &["0900-0901"], &["0901-", "-0900"]),
        ("VEVENT", "DTSTART:@0900|DTEND:@1000", "DTEND", &["1000-1001"], &["0900-1000", "1001-"]),
        ("VEVENT", "DTSTART:@0900|DURATION:PT1H", "DTEND", &["1000-1001"], &["-1000", "1001-"]),
        ("VEVENT", "DTSTART:@0900", "DTEND", &[], &["0000-4800"]),
        ("VEVENT", "DTSTART;VALUE=DATE:20260105", "DTSTART", &["0000-0001"], &["0001-", "-0000"]),
        ("VTODO", "DUE:@1000", "DUE", &["1000-1001"], &["1001-", "-1000"]),
        ("VTODO", "DUE:@1000", "DTSTART", &[], &["0000-4800"]),
        ("VTODO", "DTSTART:@0900|DURATION:PT1H", "DUE", &["1000-1001"], &["1001-", "-1000"]),
        ("VTODO", "DTSTART:@0900", "DUE", &[], &["0000-4800"]),
        ("VTODO", "COMPLETED:@1000", "COMPLETED", &["1000-1001"], &["1001-", "-1000"]),
        ("VJOURNAL", "DTSTART:@0900", "DTSTART", &["0900-0901"], &["0901-"]),
        (
            "VFREEBUSY",
            "DTSTART:@0900|FREEBUSY:@1200/PT1H",
            "DTSTART",
            &["0900-0901"],
            &["1200-1300"],
        ),
        (
            "VEVENT",
            "DTSTART:@0900|X-TIMES:@1200,@1400",
            "X-TIMES",
            &["1200-1201", "1400-"],
            &["1201-1400"],
        ),
        ("VEVENT", "DTSTART:@0900|SUMMARY:none", "SUMMARY", &[], &["0000-4800"]),
    ];
    for (kind, text, name, hits, misses) in rows {
        let object = object(kind, &lines(text));
        let holds = |text: &str| {
            let test = Part::Prop(prop_in(name, &range(text)));
            matches(&filter(vec![comp(kind, vec![test])]), &object, &Zone::utc())
        };
        for hit in hits {
            assert!(holds(hit), "{name} of {text} lies in {hit}");
        }
        for miss in misses {
            assert!(!holds(miss), "{name} of {text} does not lie in {miss}");
        }
    }
}

#[test]
fn the_times_of_each_instance_are_its_own() {
    for (name, range, expected) in [
        ("DTSTART", "20260109T090000Z/20260109T090001Z", true),
        ("DTSTART", "20260106T090000Z/20260106T090001Z", false), // EXDATE
        ("DTSTART", "20260107T090000Z/20260107T090001Z", false), // moved
        ("DTSTART", "20260107T120000Z/20260107T120001Z", true),
        ("DTEND", "20260107T123000Z/20260107T123001Z", true),
        ("DTEND", "20260109T100000Z/20260109T100001Z", true),
    ] {
        let test = comp("VEVENT", vec![Part::Prop(prop_in(name, range))]);
        assert_eq!(
            matches(&filter(vec![test]), &series(), &Zone::utc()),
            expected,
            "{name} {range}"
        );
    }
}

#[test]
fn one_instance_satisfies_all_tests() {
    let late = || Part::Prop(crate::support::prop_has("SUMMARY", crate::support::text("late")));
    let usual = || Part::Prop(crate::support::prop_has("SUMMARY", crate::support::text("usual")));
    let goes_off = |range| Part::Comp(in_range("VALARM", range));
    for (parts, expected) in [
        (vec![Part::In("20260107T000000Z/20260108T000000Z"), late()], true),
        (vec![Part::In("20260107T000000Z/20260108T000000Z"), usual()], false),
        (vec![Part::In("20260105T000000Z/20260106T000000Z"), late()], false),
        (vec![Part::In("20260105T000000Z/20260108T000000Z"), late()], true),
        (vec![late(), goes_off("20260105T080000Z/20260105T090000Z")], false),
        (vec![usual(), goes_off("20260105T080000Z/20260105T090000Z")], true),
        (vec![late(), goes_off("20260107T110000Z/20260107T120000Z")], true),
        (
            vec![
                Part::In("20260105T000000Z/20260106T000000Z"),
                goes_off("20260107T110000Z/20260107T120000Z"),
            ],
            false,
        ),
        (vec![late(), usual()], false),
        (vec![late(), Part::Prop(prop_in("DTSTART", "20260107T120000Z/20260107T120001Z"))], true),
        (vec![usual(), Part::Prop(prop_in("DTSTART", "20260107T120000Z/20260107T120001Z"))], false),
    ] {
        let filter = filter(vec![comp("VEVENT", parts)]);
        assert_eq!(matches(&filter, &series(), &Zone::utc()), expected, "{filter:?}");
    }
}

#[test]
fn days_and_local_times_are_placed_by_the_zone_of_the_query() {
    // RFC 4791 7.3, 9.8
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let day = object("VEVENT", "DTSTART;VALUE=DATE:20260105");
    let local = object("VEVENT", "DTSTART:20260105T090000|DURATION:PT1H");
    for (object, range, in_utc, in_berlin) in [
        (&day, "20260104T230000Z/20260104T233000Z", false, true),
        (&day, "20260105T230000Z/20260105T233000Z", true, false),
        (&local, "20260105T080000Z/20260105T083000Z", false, true),
        (&local, "20260105T093000Z/20260105T094000Z", true, false),
    ] {
        let filter = filter(vec![in_range("VEVENT", range)]);
        assert_eq!(matches(&filter, object, &Zone::utc()), in_utc, "{range}");
        assert_eq!(matches(&filter, object, &berlin), in_berlin, "{range}");
    }
}

#[test]
fn the_days_of_an_alarm_are_counted_on_the_clock() {
    // RFC 5545 3.3.6; clocks in Berlin go forward on 29 March 2026
    let event = "DTSTART;TZID=Europe/Berlin:20260329T120000|BEGIN:VALARM|TRIGGER:-P1D|END:VALARM";
    for (range, expected) in
        [("20260328T110000Z/20260328T110001Z", true), ("20260328T100000Z/20260328T100001Z", false)]
    {
        let alarm = comp("VEVENT", vec![Part::Comp(in_range("VALARM", range))]);
        let found = matches(&filter(vec![alarm]), &object("VEVENT", event), &Zone::utc());
        assert_eq!(found, expected, "{range}");
    }
}

#[test]
fn overrides_of_this_and_future_move_all_that_follow() {
    // RFC 5545 3.2.13
    let series = objects(
        "VEVENT",
        &[
            "DTSTART:20260105T090000Z|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=5",
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20260107T090000Z|DTSTART:20260107T140000Z|DURATION:PT2H|SUMMARY:moved",
        ],
    );
    for (range, expected) in [
        ("20260106T090000Z/20260106T093000Z", true),
        ("20260108T090000Z/20260108T093000Z", false),
        ("20260108T153000Z/20260108T154000Z", true),
    ] {
        let filter = filter(vec![in_range("VEVENT", range)]);
        assert_eq!(matches(&filter, &series, &Zone::utc()), expected, "{range}");
    }
}

#[test]
fn so_many_alarms_are_looked_at() {
    let alarm = |minutes: usize| format!("BEGIN:VALARM|TRIGGER:-PT{minutes}M|END:VALARM|");
    let alarms: String = (1..=51).map(alarm).collect();
    let event = object("VEVENT", &format!("DTSTART:20260105T090000Z|{alarms}"));
    for (range, expected) in [("0810-0811", true), ("0809-0810", false)] {
        let query = filter(vec![in_alarm("VEVENT", range)]);
        assert_eq!(matches(&query, &event, &Zone::utc()), expected, "{range}");
    }
}
