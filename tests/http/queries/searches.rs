//! Filters (RFC 4791 9.7 to 9.9): the tables of time ranges on series, alarms of overridden instances, texts, and series
//! that no index holds.

use crate::harness::World;
use crate::harness::case::{Case, case};
use crate::harness::client::document;
use crate::harness::samples::{event_with, object};

use super::{busy, data, found, on, put, range, series, weekly_meeting};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "a recurring task overlaps as each row of the table says, at any time",
            recurring_tasks,
        ),
        case("an alarm goes off for the instance it belongs to", alarms),
        case("a journal entry is found on its day", journals),
        case("values of properties lie in a range, those of an instance as it has them", values),
        case("messages in the inbox are searched like objects", inbox),
        case("a text that is not there is found where the value is", negated),
        case("a series that no index holds is found and makes busy", dense),
    ]
}

/// RFC 4791 9.9, the table for VTODO: weekly on Mondays, next week and beyond what is indexed.
fn recurring_tasks(world: &World) {
    let alice = world.user("alice");
    let start = "DTSTART:20260302T090000Z";
    for (name, lines, hits, misses) in [
        (
            "start-duration",
            &[start, "DURATION:PT1H", "COMPLETED:20260302T200000Z"][..],
            &["0800-0901", "1000-1100", "0930-0945"][..],
            &["0800-0900", "1001-1100", "2000-2001"][..],
        ),
        (
            "start-due",
            &[start, "DUE:20260302T100000Z", "CREATED:20260302T200000Z"],
            &["0800-0901", "0959-1100"],
            &["0800-0900", "1000-1100", "2000-2001"],
        ),
        (
            "start-due-at-once",
            &[start, "DUE:20260302T090000Z"],
            &["0800-0900", "0900-0901"],
            &["0901-1000", "0800-0859"],
        ),
        ("start", &[start], &["0800-0901", "0900-0901"], &["0800-0900", "0901-1000"]),
        (
            "due",
            &["DUE:20260302T100000Z"],
            &["0900-1000", "0959-1100"],
            &["1000-1100", "0900-0959"],
        ),
    ] {
        let lines = [lines, &["RRULE:FREQ=WEEKLY"]].concat();
        put(&alice, "tasks/", name, &object("VTODO", name, &lines));
        for day in ["20260309", "20310310"] {
            for (ranges, expected) in [(hits, true), (misses, false)] {
                for times in ranges {
                    let names = found(&alice, "tasks/", &on("VTODO", &range(day, times)), "");
                    let is_found = names.iter().any(|other| other == name);
                    assert_eq!(is_found, expected, "{name}: {times} on {day}: {names:?}");
                }
            }
        }
    }
    // The rows without a start: once, whatever RRULE may say.
    for (name, lines) in [
        ("done", &["COMPLETED:20260309T100000Z"][..]),
        ("made", &["CREATED:20260309T100000Z"]),
        ("made-and-done", &["CREATED:20260309T080000Z", "COMPLETED:20260309T100000Z"]),
        ("ever", &["SUMMARY:Some day"]),
    ] {
        put(&alice, "tasks/", name, &object("VTODO", name, lines));
    }
    for (day, times, expected) in [
        ("20260309", "0700-0759", &["ever"][..]),
        ("20260309", "0700-0800", &["ever", "made-and-done"]),
        ("20260309", "1000-1001", &["done", "ever", "made", "made-and-done"]),
        ("20260309", "1100-1200", &["ever", "made"]),
        ("20310310", "1100-1200", &["ever", "made"]),
    ] {
        let mut names = found(&alice, "tasks/", &on("VTODO", &range(day, times)), "");
        names.retain(|name| !name.starts_with("start") && name != "due");
        assert_eq!(names, expected, "{times} on {day}");
    }
}

/// RFC 4791 9.9 for VALARM, RFC 5545 3.8.6: with repetitions, overrides, and THISANDFUTURE.
fn alarms(world: &World) {
    let alice = world.user("alice");
    let alarm = |lines: &str| {
        format!("BEGIN:VALARM\r\nACTION:AUDIO\r\n{}\r\nEND:VALARM", lines.replace('|', "\r\n"))
    };
    let (usual, day_before, at_end) = (
        alarm("TRIGGER:-PT15M|REPEAT:2|DURATION:PT5M"),
        alarm("TRIGGER:-P1D"),
        alarm("TRIGGER;RELATED=END:-PT30M"),
    );
    let components = [
        &["DTSTART:20260302T090000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY", &usual][..],
        &["RECURRENCE-ID:20260309T090000Z", "DTSTART:20260309T120000Z", "DURATION:PT1H"],
        &[
            "RECURRENCE-ID:20260316T090000Z",
            "DTSTART:20260316T090000Z",
            "DURATION:PT1H",
            &day_before,
        ],
        &[
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20260323T090000Z",
            "DTSTART:20260323T150000Z",
            "DURATION:PT1H",
            &at_end,
        ],
    ];
    put(&alice, "calendar/", "weekly", &series("weekly", &components));
    let at = alarm("TRIGGER;VALUE=DATE-TIME:20260401T060000Z");
    let lines = ["DTSTART:20260302T090000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY", &at];
    put(&alice, "calendar/", "once", &event_with("once", &lines));
    for (day, times, expected) in [
        ("20260302", "0845-0846", &["weekly"][..]),
        ("20260302", "0850-0851", &["weekly"]),
        ("20260302", "0855-0856", &["weekly"]),
        ("20260302", "0851-0855", &[]),
        ("20260302", "0856-2359", &[]),
        ("20260309", "0000-2359", &[]), // moved, and silent
        ("20260315", "0900-0901", &["weekly"]),
        ("20260316", "0000-2359", &[]),
        ("20260323", "1530-1531", &["weekly"]),
        ("20260330", "1530-1531", &["weekly"]), // as from then on
        ("20260330", "0000-1530", &[]),
        ("20310310", "1530-1531", &["weekly"]),
        ("20260401", "0600-0601", &["once"]),
        ("20260408", "0600-0601", &[]),
    ] {
        let filter = on("VEVENT", &on("VALARM", &range(day, times)));
        assert_eq!(found(&alice, "calendar/", &filter, ""), expected, "{times} on {day}");
    }
}

/// RFC 4791 9.9, the table for VJOURNAL.
fn journals(world: &World) {
    let alice = world.user("alice");
    let body = document(
        "C:mkcalendar",
        "<D:set><D:prop><C:supported-calendar-component-set><C:comp name=\"VJOURNAL\"/>\
         </C:supported-calendar-component-set></D:prop></D:set>",
    );
    alice.request("MKCALENDAR", &alice.at("diary/")).xml(&body).send().expect(201);
    for (name, lines) in [
        ("day", &["DTSTART;VALUE=DATE:20260302"][..]),
        ("moment", &["DTSTART:20260302T090000Z"]),
        ("mondays", &["DTSTART;VALUE=DATE:20260302", "RRULE:FREQ=WEEKLY"]),
        ("undated", &["SUMMARY:A thought"]),
    ] {
        put(&alice, "diary/", name, &object("VJOURNAL", name, lines));
    }
    put(&alice, "calendar/", "event", &event_with("event", &["DTSTART:20260302T090000Z"]));
    for (day, times, expected) in [
        ("20260302", "0900-0901", &["day", "moment", "mondays"][..]),
        ("20260302", "0901-0902", &["day", "mondays"]),
        ("20260303", "0000-0001", &[]),
        ("20260309", "2358-2359", &["mondays"]),
        ("20310310", "0000-0001", &["mondays"]),
    ] {
        let filter = on("VJOURNAL", &range(day, times));
        assert_eq!(found(&alice, "diary/", &filter, ""), expected, "{times} on {day}");
        assert!(found(&alice, "calendar/", &filter, "").is_empty());
    }
    let refused = object("VEVENT", "no", &["DTSTART:20260302T090000Z"]);
    let refused = alice.put(&alice.at("diary/no.ics"), &refused);
    refused.expect_error(403, "C:supported-calendar-component");
}

/// RFC 4791 9.9, last table: `(start <= date-time) AND (end > date-time)`.
fn values(world: &World) {
    let alice = world.user("alice");
    let components = [
        &[
            "DTSTART:20260302T090000Z",
            "DURATION:PT1H",
            "RRULE:FREQ=WEEKLY",
            "LAST-MODIFIED:20260101T120000Z",
        ][..],
        &["RECURRENCE-ID:20260309T090000Z", "DTSTART:20260309T120000Z", "DURATION:PT30M"],
    ];
    put(&alice, "calendar/", "weekly", &series("weekly", &components));
    let lines = ["DUE:20260302T100000Z", "COMPLETED:20260303T100000Z"];
    put(&alice, "tasks/", "task", &object("VTODO", "task", &lines));
    for (kind, property, day, times, expected) in [
        ("VEVENT", "DTSTART", "20260302", "0900-0901", true),
        ("VEVENT", "DTSTART", "20260302", "0901-1000", false),
        ("VEVENT", "DTSTART", "20260309", "0900-0901", false), // moved
        ("VEVENT", "DTSTART", "20260309", "1200-1201", true),
        ("VEVENT", "DTEND", "20260309", "1230-1231", true), // by DURATION
        ("VEVENT", "DTEND", "20310310", "1000-1001", true),
        ("VEVENT", "DTEND", "20310310", "0900-1000", false),
        ("VEVENT", "LAST-MODIFIED", "20260101", "1200-1201", true),
        ("VEVENT", "LAST-MODIFIED", "20260101", "1100-1200", false),
        ("VTODO", "DUE", "20260302", "1000-1001", true),
        ("VTODO", "DUE", "20260302", "0900-1000", false),
        ("VTODO", "COMPLETED", "20260303", "1000-1001", true),
        ("VTODO", "DTSTART", "20260302", "0000-2359", false),
    ] {
        let range = range(day, times);
        let filter =
            on(kind, &format!("<C:prop-filter name=\"{property}\">{range}</C:prop-filter>"));
        let calendar = if kind == "VTODO" { "tasks/" } else { "calendar/" };
        let is_found = !found(&alice, calendar, &filter, "").is_empty();
        assert_eq!(is_found, expected, "{property}: {times} on {day}");
    }
}

/// RFC 6638 2.2: the reports of RFC 4791 work on the inbox.
fn inbox(world: &World) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    put(&alice, "calendar/", "weekly", &weekly_meeting());
    for (day, times, expected) in [
        ("20260309", "0900-1000", 1),
        ("20260309", "1000-1100", 0),
        ("20260330", "0800-0900", 1), // the clocks went forward
        ("20260511", "0000-2359", 0),
    ] {
        let names = found(&bob, "inbox/", &on("VEVENT", &range(day, times)), "");
        assert_eq!(names.len(), expected, "{times} on {day}");
    }
    let method =
        "<C:prop-filter name=\"METHOD\"><C:text-match>REQUEST</C:text-match></C:prop-filter>";
    assert_eq!(found(&bob, "inbox/", method, "").len(), 1);
    assert!(found(&bob, "inbox/", &on("VTODO", ""), "").is_empty());
    let expand = "<C:expand start=\"20260309T000000Z\" end=\"20260317T000000Z\"/>";
    let expanded = data(&bob, "inbox/", expand);
    let starts: Vec<&str> = expanded.lines().filter(|line| line.starts_with("DTSTART")).collect();
    assert_eq!(starts, ["DTSTART:20260309T090000Z", "DTSTART:20260316T090000Z"]);
}

/// RFC 4791 9.7.2, 9.7.3 and 9.7.5: one property, or one value of its parameter, decides; RFC 5051.
fn negated(world: &World) {
    let alice = world.user("alice");
    let start = "DTSTART:20260302T090000Z";
    for (name, lines) in [
        ("both", &[start, "CATEGORIES:WORK,Caf\u{e9}", "CATEGORIES:HOME"][..]),
        ("work", &[start, "CATEGORIES:WORK"]),
        ("none", &[start, "SUMMARY:No category"]),
        (
            "member",
            &[
                start,
                "ATTENDEE;MEMBER=\"mailto:a@example.org\",\"mailto:b@example.org\":mailto:zoe@example.org",
            ],
        ),
        ("guest", &[start, "ATTENDEE;CN=Zoe:mailto:zoe@example.org"]),
    ] {
        put(&alice, "calendar/", name, &event_with(name, lines));
    }
    let text =
        |attributes: &str, text: &str| format!("<C:text-match {attributes}>{text}</C:text-match>");
    let not = "negate-condition=\"yes\"";
    let property = |name: &str, inside: &str| {
        on("VEVENT", &format!("<C:prop-filter name=\"{name}\">{inside}</C:prop-filter>"))
    };
    let parameter = |name: &str, inside: &str| {
        property("ATTENDEE", &format!("<C:param-filter name=\"{name}\">{inside}</C:param-filter>"))
    };
    for (filter, expected) in [
        (property("CATEGORIES", &text("", "work")), &["both", "work"][..]),
        (property("CATEGORIES", &text(not, "work")), &["both"]), // HOME is a CATEGORIES without it
        (property("CATEGORIES", &text("collation=\"i;octet\"", "work")), &[]),
        (property("CATEGORIES", &text("collation=\"i;ascii-casemap\"", "CAF\u{c9}")), &[]),
        (property("CATEGORIES", &text("collation=\"i;unicode-casemap\"", "CAF\u{c9}")), &["both"]),
        (
            property(
                "CATEGORIES",
                &text(&format!("{not} collation=\"i;unicode-casemap\""), "CAF\u{c9}"),
            ),
            &["both", "work"],
        ),
        (property("CATEGORIES", "<C:is-not-defined/>"), &["guest", "member", "none"]),
        (parameter("MEMBER", &text("", "b@example.org")), &["member"]),
        (parameter("MEMBER", &text(not, "b@example.org")), &[]),
        (parameter("MEMBER", &text(not, "c@example.org")), &["member"]),
        (parameter("MEMBER", "<C:is-not-defined/>"), &["guest"]),
        (parameter("CN", &text(not, "Ann")), &["guest"]),
    ] {
        assert_eq!(found(&alice, "calendar/", &filter, ""), expected, "{filter}");
    }
}

/// An index holds some thousand instances from the first on: these passed that long before the day that is asked about.
fn dense(world: &World) {
    let alice = world.user("alice");
    for (name, start, lines) in [
        ("hourly", "DTSTART:20150101T001000Z", ["DURATION:PT5M", "RRULE:FREQ=HOURLY"]),
        ("daily", "DTSTART:19700101T123000Z", ["DURATION:PT10M", "RRULE:FREQ=DAILY"]),
        (
            "ended",
            "DTSTART:20150101T000000Z",
            ["DURATION:PT1M", "RRULE:FREQ=MINUTELY;COUNT=1000000"],
        ),
        (
            "seconds",
            "DTSTART:20200101T000000Z",
            ["DURATION:PT1S", "RRULE:FREQ=SECONDLY;INTERVAL=7200"],
        ),
    ] {
        put(&alice, "calendar/", name, &event_with(name, &[start, lines[0], lines[1]]));
    }
    for (day, times, expected) in [
        ("20260302", "1205-1210", &[][..]),
        ("20260302", "1210-1211", &["hourly"]),
        ("20260302", "1200-1201", &["seconds"]),
        ("20260302", "1230-1231", &["daily"]),
        ("20161125", "1039-1040", &["ended"]),
        ("20161125", "1040-1041", &[]),
        ("20610302", "1210-1231", &["daily", "hourly"]),
    ] {
        let filter = on("VEVENT", &range(day, times));
        assert_eq!(found(&alice, "calendar/", &filter, ""), expected, "{times} on {day}");
    }
    let periods = busy(&alice, "calendar/", "20260302");
    for (period, count) in [("0010", "PT5M"), ("1210", "PT5M"), ("1230", "PT10M"), ("1000", "PT1S")]
        .map(|(start, length)| (format!("20260302T{start}00Z/{length}"), 1))
    {
        assert_eq!(periods.iter().filter(|other| **other == period).count(), count, "{period}");
    }
    assert_eq!(periods.len(), 24 + 1 + 12, "{periods:?}");
}
