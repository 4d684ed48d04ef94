//! Differences of series: rules, dates, zones, and overrides beside the instances they replace.

use super::*;

const DAILY: &str =
    "DTSTART:20260105T090000Z|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=10|SUMMARY:Stand-up";
const ZONED: &str = "DTSTART;TZID=Europe/Berlin:20260105T100000|DURATION:PT1H|RRULE:FREQ=WEEKLY";
const SECOND: &str =
    "RECURRENCE-ID:20260106T090000Z|DTSTART:20260106T090000Z|DURATION:PT1H|SUMMARY:Stand-up";

#[test]
fn a_changed_rule_is_a_reschedule_when_it_adds_or_moves_instances() {
    // RFC 6638 3.2.8, rows RRULE, RDATE, EXDATE; RFC 5546 2.1.4 counts all of them
    let rule = |rule: &str| DAILY.replace("FREQ=DAILY;COUNT=10", rule);
    let and = |line: &str| format!("{DAILY}|{line}");
    let counted = "master changed significant told";
    let moved = "master changed rescheduled significant told";
    let reinstated = "2026-01-06T09:00:00Z added rescheduled significant told";
    let gone = "2026-01-06T09:00:00Z removed significant told";
    for (what, old, new, expected) in [
        ("cut short", DAILY.to_owned(), rule("FREQ=DAILY;COUNT=5"), format!("{counted} RRULE")),
        (
            "cut short by UNTIL",
            DAILY.to_owned(),
            rule("FREQ=DAILY;UNTIL=20260110T090000Z"),
            format!("{counted} RRULE"),
        ),
        (
            "the same instances by UNTIL",
            DAILY.to_owned(),
            rule("FREQ=DAILY;UNTIL=20260114T090000Z"),
            format!("{counted} RRULE"),
        ),
        ("made longer", DAILY.to_owned(), rule("FREQ=DAILY;COUNT=11"), format!("{moved} RRULE")),
        (
            "made longer, far away",
            rule("FREQ=DAILY;COUNT=20000"),
            rule("FREQ=DAILY;COUNT=20001"),
            format!("{moved} RRULE"),
        ),
        ("endless", DAILY.to_owned(), rule("FREQ=DAILY"), format!("{moved} RRULE")),
        (
            "no longer endless",
            rule("FREQ=DAILY"),
            rule("FREQ=DAILY;COUNT=20000"),
            format!("{counted} RRULE"),
        ),
        (
            "thinned out",
            DAILY.to_owned(),
            rule("FREQ=DAILY;INTERVAL=3;COUNT=3"),
            format!("{counted} RRULE"),
        ),
        ("moved", DAILY.to_owned(), rule("FREQ=WEEKLY;COUNT=10"), format!("{moved} RRULE")),
        (
            "rule removed",
            DAILY.to_owned(),
            DAILY.replace("|RRULE:FREQ=DAILY;COUNT=10", ""),
            format!("{counted} RRULE"),
        ),
        (
            "EXDATE added",
            DAILY.to_owned(),
            and("EXDATE:20260106T090000Z"),
            format!("{counted} EXDATE\n{gone}"),
        ),
        (
            "EXDATE removed",
            and("EXDATE:20260106T090000Z"),
            DAILY.to_owned(),
            format!("{moved} EXDATE\n{reinstated}"),
        ),
        (
            "EXDATE of a day removed",
            and("EXDATE;VALUE=DATE:20260106"),
            DAILY.to_owned(),
            format!("{moved} EXDATE\n2026-01-06T09:00:00Z added rescheduled significant told"),
        ),
        (
            "EXDATE of no instance removed",
            and("EXDATE:20260106T100000Z"),
            DAILY.to_owned(),
            format!("{counted} EXDATE"),
        ),
        (
            "RDATE added",
            DAILY.to_owned(),
            and("RDATE:20260106T150000Z"),
            format!("{moved} RDATE\n2026-01-06T15:00:00Z added rescheduled significant told"),
        ),
        (
            "RDATE removed",
            and("RDATE:20260106T150000Z"),
            DAILY.to_owned(),
            format!("{counted} RDATE\n2026-01-06T15:00:00Z removed significant told"),
        ),
        (
            "RDATE on an instance",
            DAILY.to_owned(),
            and("RDATE:20260106T090000Z"),
            format!("{counted} RDATE"),
        ),
        (
            "RDATE of another length",
            and("RDATE;VALUE=PERIOD:20260106T150000Z/PT1H"),
            and("RDATE;VALUE=PERIOD:20260106T150000Z/PT2H"),
            format!("{moved} RDATE"),
        ),
        (
            "DTSTART moved",
            DAILY.to_owned(),
            DAILY.replace("T09", "T10"),
            format!("{moved} DTEND DTSTART"),
        ),
        ("longer", DAILY.to_owned(), DAILY.replace("PT1H", "PT2H"), format!("{moved} DTEND")),
        (
            "another zone with other summers",
            ZONED.to_owned(),
            ZONED.replace("Europe/Berlin", "Africa/Lagos"),
            format!("{moved} DTSTART"),
        ),
        (
            "UTC instead of a zone",
            ZONED.to_owned(),
            ZONED
                .replace(";TZID=Europe/Berlin:20260105T10", ":20260105T09")
                .replace("00|DUR", "00Z|DUR"),
            format!("{moved} DTSTART"),
        ),
        (
            "another name of the zone",
            ZONED.to_owned(),
            ZONED.replace("Europe/Berlin", "W. Europe Standard Time"),
            String::new(),
        ),
        (
            "another place with the same clocks",
            ZONED.to_owned(),
            ZONED.replace("Europe/Berlin", "Europe/Paris"),
            String::new(),
        ),
    ] {
        assert_eq!(between(&[&old], &[&new]), expected, "{what}");
    }
}

#[test]
fn another_zone_moves_later_instances_whatever_else_changed() {
    let series = "DTSTART;TZID=Europe/Berlin:20260302T100000|RRULE:FREQ=WEEKLY;COUNT=8";
    let moved = series.replace("Europe/Berlin", "Africa/Lagos");
    for (more, properties) in
        [("", "DTSTART"), ("|SEQUENCE:2", "DTSTART SEQUENCE"), ("|SUMMARY:x", "DTSTART SUMMARY")]
    {
        let expected = format!("master changed rescheduled significant told {properties}");
        assert_eq!(between(&[series], &[&format!("{moved}{more}")]), expected);
    }
}

#[test]
fn an_override_is_compared_with_the_instance_that_it_replaces() {
    // RFC 6638 3.2.6, 3.2.8; RFC 5546 2.1.4
    let second = |old: &str, new: &str| SECOND.replace(old, new);
    let at = "2026-01-06T09:00:00Z";
    for (what, old, new, expected) in [
        ("that says the same", &[DAILY][..], &[DAILY, SECOND][..], String::new()),
        (
            "that moves it",
            &[DAILY],
            &[DAILY, &second("DTSTART:20260106T09", "DTSTART:20260106T10")],
            format!("{at} changed rescheduled significant told DTEND DTSTART"),
        ),
        (
            "that is shorter",
            &[DAILY],
            &[DAILY, &second("PT1H", "PT30M")],
            format!("{at} changed rescheduled significant told DTEND"),
        ),
        (
            "that has another title",
            &[DAILY],
            &[DAILY, &second("Stand-up", "Review")],
            format!("{at} changed told SUMMARY"),
        ),
        (
            "that has another place",
            &[DAILY],
            &[DAILY, &second("SUMMARY", "LOCATION:x|SUMMARY")],
            format!("{at} changed significant told LOCATION"),
        ),
        (
            "that is cancelled",
            &[DAILY],
            &[DAILY, &second("SUMMARY", "STATUS:CANCELLED|SUMMARY")],
            format!("{at} changed significant told STATUS"),
        ),
        (
            "removed, and the time with it (pitfall 24)",
            &[DAILY, &second("DTSTART:20260106T09", "DTSTART:20260106T10")],
            &[DAILY],
            format!("{at} changed rescheduled significant told DTEND DTSTART"),
        ),
        ("removed, that said the same", &[DAILY, SECOND], &[DAILY], String::new()),
        (
            "written in a zone",
            &[DAILY, SECOND],
            &[
                DAILY,
                &second(
                    "RECURRENCE-ID:20260106T090000Z",
                    "RECURRENCE-ID;TZID=Europe/Berlin:20260106T100000",
                ),
            ],
            String::new(),
        ),
        (
            "changed",
            &[DAILY, SECOND],
            &[DAILY, &second("Stand-up", "Review")],
            format!("{at} changed told SUMMARY"),
        ),
        (
            "while the master's title changes",
            &[DAILY, SECOND],
            &[&DAILY.replace("Stand-up", "Review"), SECOND],
            "master changed told SUMMARY".to_owned(),
        ),
        (
            "of an instance that comes back",
            &[&[DAILY, "EXDATE:20260106T090000Z"].join("|")],
            &[DAILY, SECOND],
            format!(
                "master changed significant told EXDATE\n{at} added rescheduled significant told"
            ),
        ),
        (
            "of an instance that goes",
            &[DAILY, SECOND],
            &[&[DAILY, "EXDATE:20260106T090000Z"].join("|")],
            format!("master changed significant told EXDATE\n{at} removed significant told"),
        ),
        (
            "of an instance that a shorter rule drops",
            &[DAILY, SECOND],
            &[&DAILY.replace("COUNT=10", "COUNT=1")],
            format!("master changed significant told RRULE\n{at} removed significant told"),
        ),
        (
            "for all that follow, which stay where they are",
            &[DAILY],
            &[DAILY, &second("RECURRENCE-ID", "RECURRENCE-ID;RANGE=THISANDFUTURE")],
            format!("{at} changed significant told RECURRENCE-ID"),
        ),
        (
            "for all that follow, which move along",
            &[DAILY],
            &[
                DAILY,
                &second("RECURRENCE-ID", "RECURRENCE-ID;RANGE=THISANDFUTURE")
                    .replace("DTSTART:20260106T09", "DTSTART:20260106T10"),
            ],
            format!("{at} changed rescheduled significant told DTEND DTSTART RECURRENCE-ID"),
        ),
        (
            "that had been apart, for all that follow",
            &[DAILY, SECOND],
            &[DAILY, &second("RECURRENCE-ID", "RECURRENCE-ID;RANGE=THISANDFUTURE")],
            format!("{at} changed rescheduled significant told RECURRENCE-ID"),
        ),
        (
            "without a master",
            &[SECOND],
            &[&second("Stand-up", "Review")],
            format!("{at} changed told SUMMARY"),
        ),
        (
            "without a master, added",
            &[SECOND],
            &[SECOND, &SECOND.replace("20260106", "20260107")],
            "2026-01-07T09:00:00Z added rescheduled significant told".to_owned(),
        ),
        (
            "to which a master comes",
            &[SECOND],
            &[DAILY, SECOND],
            "master added rescheduled significant told".to_owned(),
        ),
        (
            "from which the master goes",
            &[DAILY, SECOND],
            &[SECOND],
            "master removed significant told".to_owned(),
        ),
    ] {
        assert_eq!(between(old, new), expected, "an override {what}");
    }
}

#[test]
fn an_override_that_keeps_the_words_of_an_all_day_series_is_no_difference() {
    let series = "DTSTART;VALUE=DATE:20260105|RRULE:FREQ=DAILY|SUMMARY:Fair";
    let same = "RECURRENCE-ID;VALUE=DATE:20260106|DTSTART;VALUE=DATE:20260106|DTEND;VALUE=DATE:20260107|SUMMARY:Fair";
    assert_eq!(between(&[series], &[series, same]), "");
}

#[test]
fn as_many_exdates_as_fit_are_compared_in_bounded_time() {
    let days = |from: usize| -> String {
        let values = (from..from + 3_000).map(|n| format!("{:04}0101T090000Z", 2000 + n));
        values.collect::<Vec<_>>().join(",")
    };
    let with = |from| {
        format!(
            "DTSTART:20260105T090000Z|RRULE:FREQ=SECONDLY;BYMONTHDAY=31;BYMONTH=2|EXDATE:{}",
            days(from)
        )
    };
    assert_eq!(between(&[&with(0)], &[&with(3_000)]), "master changed significant told EXDATE");
}
