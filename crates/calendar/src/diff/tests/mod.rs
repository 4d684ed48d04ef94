//! What counts as a difference, property by property; of series, see [`series`].

mod series;

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
        ("SUMMARY:x", "SUMMARY:x|PERCENT-COMPLETE:50", "master changed told PERCENT-COMPLETE"),
    ] {
        assert_eq!(between(old, new), expected, "{old} -> {new}");
    }
}
