use super::*;
use crate::Limits;

/// An object of components given as `NAME:value|NAME:value`, without BEGIN, UID and END.
fn object(components: &[&str]) -> CalendarObject {
    kind("VEVENT", components)
}

fn kind(name: &str, components: &[&str]) -> CalendarObject {
    let parts: String =
        components.iter().map(|lines| format!("BEGIN:{name}|UID:1|{lines}|END:{name}|")).collect();
    let octets = format!("BEGIN:VCALENDAR|VERSION:2.0|{parts}END:VCALENDAR|").replace('|', "\r\n");
    CalendarObject::parse(octets.as_bytes(), &Limits::default())
        .unwrap_or_else(|e| panic!("{e}: {octets}"))
}

/// `Master Changed rescheduled significant changed SUMMARY DTSTART`, an entry a line.
fn summary(diff: &ObjectDiff) -> String {
    let entry = |entry: &InstanceDiff| {
        let id = match entry.id {
            InstanceId::Master => "master".to_owned(),
            InstanceId::Recurrence(instant) => instant.to_string(),
        };
        let kind = format!("{:?}", entry.kind).to_lowercase();
        let mut words = vec![id, kind];
        let flags = [
            ("rescheduled", entry.rescheduled),
            ("significant", entry.significant),
            ("told", entry.changed),
        ];
        words.extend(flags.into_iter().filter(|(_, set)| *set).map(|(name, _)| name.to_owned()));
        words.extend(entry.properties.iter().cloned());
        words.join(" ")
    };
    diff.instances.iter().map(entry).collect::<Vec<_>>().join("\n")
}

fn between(old: &[&str], new: &[&str]) -> String {
    summary(&diff(&object(old), &object(new)))
}

const BASE: &str = "DTSTART:20260105T090000Z|DTEND:20260105T100000Z|SUMMARY:Lunch";

#[test]
fn each_property_of_an_event_says_what_its_change_is() {
    let told = "told";
    let counted = "significant told";
    let moved = "rescheduled significant told";
    for (rule, old, new, expected) in [
        (
            "RFC 6638 3.2.8",
            BASE,
            "DTSTART:20260105T093000Z|DTEND:20260105T100000Z|SUMMARY:Lunch",
            format!("{moved} DTSTART"),
        ),
        (
            "RFC 6638 3.2.8",
            BASE,
            "DTSTART:20260105T090000Z|DTEND:20260105T110000Z|SUMMARY:Lunch",
            format!("{moved} DTEND"),
        ),
        (
            "RFC 6638 3.2.8",
            BASE,
            "DTSTART:20260105T090000Z|DURATION:PT2H|SUMMARY:Lunch",
            format!("{moved} DTEND"),
        ),
        (
            "RFC 6638 3.2.8",
            BASE,
            "DTSTART:20260106T090000Z|DTEND:20260106T100000Z|SUMMARY:Lunch",
            format!("{moved} DTEND DTSTART"),
        ),
        (
            "RFC 6638 3.2.8: all day",
            BASE,
            "DTSTART;VALUE=DATE:20260105|SUMMARY:Lunch",
            format!("{moved} DTEND DTSTART"),
        ),
        (
            "RFC 6638 3.2.8: floating",
            BASE,
            "DTSTART:20260105T090000|DTEND:20260105T100000|SUMMARY:Lunch",
            format!("{moved} DTEND DTSTART"),
        ),
        (
            "RFC 6638 3.2.8: RRULE added (pitfall 24)",
            BASE,
            "DTSTART:20260105T090000Z|DTEND:20260105T100000Z|SUMMARY:Lunch|RRULE:FREQ=DAILY",
            format!("{moved} RRULE"),
        ),
        ("RFC 5546 2.1.4", BASE, "STATUS:CANCELLED", format!("{counted} STATUS")),
        ("design rule 7", BASE, "LOCATION:Room 1", format!("{counted} LOCATION")),
        ("design rule 7: who attends", BASE, "ATTENDEE:mailto:b@x", format!("{counted} ATTENDEE")),
        (
            "design rule 7: who attends",
            "ATTENDEE:mailto:b@x",
            "ATTENDEE:mailto:c@x",
            format!("{counted} ATTENDEE"),
        ),
        (
            "design rule 4",
            "ATTENDEE:mailto:b@x",
            "ATTENDEE;ROLE=CHAIR:mailto:b@x",
            format!("{told} ATTENDEE"),
        ),
        (
            "design rule 4",
            "ATTENDEE:mailto:b@x",
            "ATTENDEE;CUTYPE=ROOM:mailto:b@x",
            format!("{told} ATTENDEE"),
        ),
        (
            "design rule 4",
            "ATTENDEE:mailto:b@x",
            "ATTENDEE;DELEGATED-TO=\"mailto:c@x\":mailto:b@x",
            format!("{told} ATTENDEE"),
        ),
        (
            "design rule 4: an answer is none",
            "ATTENDEE:mailto:b@x",
            "ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@x",
            "ATTENDEE".to_owned(),
        ),
        (
            "design rule 4: a name is none",
            "ATTENDEE:mailto:b@x",
            "ATTENDEE;CN=Bob:mailto:b@x",
            "ATTENDEE".to_owned(),
        ),
        ("design rule 4", BASE, "SUMMARY:Dinner", format!("{told} SUMMARY")),
        ("design rule 4", BASE, "DESCRIPTION:x", format!("{told} DESCRIPTION")),
        ("design rule 4", BASE, "GEO:1;2", format!("{told} GEO")),
        ("design rule 4", BASE, "URL:https://example.com/a,b;c", format!("{told} URL")),
        (
            "design rule 4",
            BASE,
            "CONFERENCE;VALUE=URI:https://example.com/",
            format!("{told} CONFERENCE"),
        ),
        ("design rule 4", BASE, "ATTACH:https://example.com/", format!("{told} ATTACH")),
        ("design rule 4", BASE, "PRIORITY:1", format!("{told} PRIORITY")),
        ("design rule 4: none", BASE, "SEQUENCE:3", "SEQUENCE".to_owned()),
        ("design rule 4: none", BASE, "COLOR:red", "COLOR".to_owned()),
        ("design rule 4: none", BASE, "TRANSP:TRANSPARENT", "TRANSP".to_owned()),
        ("design rule 4: none", BASE, "X-MOZ-GENERATION:2", "X-MOZ-GENERATION".to_owned()),
        ("design rule 4: none", BASE, "BEGIN:VALARM|TRIGGER:-PT5M|END:VALARM", "VALARM".to_owned()),
        ("RFC 6638 3.2.4", BASE, "ORGANIZER:mailto:a@x", "ORGANIZER".to_owned()),
    ] {
        let whole = |lines: &str| match lines.contains("DTSTART") {
            true => lines.to_owned(),
            false => [BASE, lines].join("|").replace("SUMMARY:Lunch|SUMMARY", "SUMMARY"),
        };
        let found = between(&[&whole(old)], &[&whole(new)]);
        assert_eq!(found, format!("master changed {expected}"), "{rule}: {old} -> {new}");
    }
}

#[test]
fn spelling_is_no_difference() {
    for (what, old, new) in [
        (
            "order of properties",
            BASE,
            "SUMMARY:Lunch|DTEND:20260105T100000Z|DTSTART:20260105T090000Z",
        ),
        (
            "folding and letter case",
            BASE,
            "dtstart:20260105T09\r\n 0000Z|DtEnd:20260105T100000Z|Summary:Lunch",
        ),
        ("DURATION", BASE, "DTSTART:20260105T090000Z|DURATION:PT60M|SUMMARY:Lunch"),
        (
            "a TZID for UTC",
            BASE,
            "DTSTART;TZID=Europe/Berlin:20260105T100000|DTEND:20260105T100000Z|SUMMARY:Lunch",
        ),
        (
            "another TZID",
            "DTSTART;TZID=Europe/Berlin:20260105T100000",
            "DTSTART;TZID=W. Europe Standard Time:20260105T100000",
        ),
        (
            "no end at all",
            "DTSTART:20260105T090000Z",
            "DTSTART:20260105T090000Z|DTEND:20260105T090000Z",
        ),
        (
            "a whole day",
            "DTSTART;VALUE=DATE:20260105",
            "DTSTART;VALUE=DATE:20260105|DTEND;VALUE=DATE:20260106",
        ),
        ("no VALUE", "DTSTART;VALUE=DATE:20260105", "DTSTART:20260105"),
        (
            "defaults",
            BASE,
            "DTSTART;VALUE=DATE-TIME:20260105T090000Z|DTEND:20260105T100000Z|SUMMARY:Lunch|TRANSP:OPAQUE|CLASS:public|PRIORITY:0|SEQUENCE:0",
        ),
        (
            "empty values",
            BASE,
            "DTSTART:20260105T090000Z|DTEND:20260105T100000Z|SUMMARY:Lunch|DESCRIPTION:|LOCATION:",
        ),
        (
            "stamps",
            BASE,
            "DTSTART:20260105T090000Z|DTEND:20260105T100000Z|SUMMARY:Lunch|DTSTAMP:20260101T000000Z|CREATED:20260101T000000Z|LAST-MODIFIED:20260101T000000Z",
        ),
        ("escapes", r"DTSTART:20260105|SUMMARY:a\, b\n", r"DTSTART:20260105|SUMMARY:a, b\N"),
        ("lists", "DTSTART:20260105|CATEGORIES:a,b", "DTSTART:20260105|CATEGORIES:b|CATEGORIES:a"),
        (
            "numbers",
            "DTSTART:20260105|GEO:37.386;-122.0|PRIORITY:5",
            "DTSTART:20260105|GEO:37.386000;-122|PRIORITY:05",
        ),
        (
            "parameters",
            "DTSTART:20260105|ATTENDEE;CN=Bob;ROLE=REQ-PARTICIPANT;RSVP=FALSE:mailto:b@x",
            "DTSTART:20260105|ATTENDEE;CUTYPE=INDIVIDUAL;cn=\"Bob\";PARTSTAT=needs-action:MAILTO:B@X",
        ),
        (
            "the server's own",
            "DTSTART:20260105|ATTENDEE:mailto:b@x",
            "DTSTART:20260105|ATTENDEE;SCHEDULE-STATUS=1.2;SCHEDULE-AGENT=SERVER:mailto:b@x",
        ),
        (
            "rule parts",
            "DTSTART:20260105|RRULE:FREQ=WEEKLY;BYDAY=MO,TU",
            "DTSTART:20260105|RRULE:BYDAY=TU,MO;INTERVAL=1;FREQ=weekly",
        ),
        (
            "EXDATE lines",
            "DTSTART:20260105T090000Z|RRULE:FREQ=DAILY|EXDATE:20260106T090000Z,20260107T090000Z",
            "DTSTART:20260105T090000Z|RRULE:FREQ=DAILY|EXDATE:20260107T090000Z|EXDATE;TZID=Europe/Berlin:20260106T100000",
        ),
        (
            "RDATE as a period",
            "DTSTART:20260105T090000Z|RDATE;VALUE=PERIOD:20260106T090000Z/PT1H",
            "DTSTART:20260105T090000Z|RDATE;VALUE=PERIOD:20260106T090000Z/20260106T100000Z",
        ),
        (
            "an end that can't be read",
            "DTSTART:20260105T090000Z|DTEND:20260105T1000000Z",
            "DTSTART:20260105T090000Z",
        ),
    ] {
        assert_eq!(between(&[old], &[new]), "", "{what}");
        assert_eq!(between(&[new], &[old]), "", "{what}, the other way");
    }
}

#[test]
fn a_task_moves_by_its_due_date() {
    // RFC 6638 3.2.8, RFC 5545 3.6.2
    let between = |old, new| summary(&diff(&kind("VTODO", &[old]), &kind("VTODO", &[new])));
    for (old, new, expected) in [
        (
            "DUE:20260105T090000Z",
            "DUE:20260106T090000Z",
            "master changed rescheduled significant told DUE",
        ),
        (
            "DTSTART:20260105T090000Z|DUE:20260105T100000Z",
            "DTSTART:20260105T090000Z|DURATION:PT1H",
            "",
        ),
        (
            "DTSTART:20260105T090000Z",
            "DTSTART:20260105T090000Z|DURATION:PT1H",
            "master changed rescheduled significant told DUE",
        ),
        ("SUMMARY:x", "SUMMARY:x|PERCENT-COMPLETE:0", ""),
        (
            "SUMMARY:x",
            "SUMMARY:x|STATUS:COMPLETED|COMPLETED:20260105T100000Z",
            "master changed significant told COMPLETED STATUS",
        ),
        ("SUMMARY:x", "SUMMARY:x|PERCENT-COMPLETE:50", "master changed PERCENT-COMPLETE"),
    ] {
        assert_eq!(between(old, new), expected, "{old} -> {new}");
    }
}

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
            format!("{moved} EXDATE"),
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
            "for all that follow",
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
