use super::*;
use crate::Method;

fn calendar(body: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//X//EN\r\n{}END:VCALENDAR\r\n", lines(body))
}

/// `A:1|B:2` as two lines.
fn lines(text: &str) -> String {
    text.split('|').filter(|line| !line.is_empty()).map(|line| format!("{line}\r\n")).collect()
}

fn event(body: &str) -> String {
    format!("BEGIN:VEVENT|UID:1|DTSTAMP:20260101T000000Z|{body}|END:VEVENT|")
}

fn parse(octets: &str) -> Result<CalendarObject, ParseError> {
    CalendarObject::parse(octets.as_bytes(), &Limits::default())
}

#[derive(Debug, PartialEq)]
enum Verdict {
    Taken,
    Data,
    Object,
    Unsupported,
    Timezone,
    Attendees,
    Rscale,
}
use Verdict::{Attendees, Data, Object, Rscale, Taken, Timezone, Unsupported};

fn verdict<T>(result: &Result<T, ParseError>) -> Verdict {
    match result {
        Ok(_) => Taken,
        Err(ParseError::NotCalendarData { .. }) => Data,
        Err(ParseError::NotCalendarObject { .. }) => Object,
        Err(ParseError::UnsupportedComponent { .. }) => Unsupported,
        Err(ParseError::UnknownTimezone { .. }) => Timezone,
        Err(ParseError::TooManyAttendees { .. }) => Attendees,
        Err(ParseError::UnsupportedRscale { .. }) => Rscale,
        Err(other) => panic!("{other}"),
    }
}

const START: &str = "DTSTART:20260101T090000Z";

#[test]
fn a_calendar_object_is_taken_or_refused_for_the_reason_that_the_rfc_names() {
    let plain = event(START);
    for (section, body, expected) in [
        ("RFC 4791 4.1: one event", plain.clone(), Taken),
        ("RFC 4791 4.1: METHOD", format!("METHOD:REQUEST|{plain}"), Object),
        ("RFC 4791 4.1: METHOD in lower case", format!("method:PUBLISH|{plain}"), Object),
        ("RFC 4791 4.1: two kinds", format!("{plain}BEGIN:VTODO|UID:1|END:VTODO|"), Object),
        (
            "RFC 4791 4.1: two UIDs",
            plain.clone()
                + &event(&format!("RECURRENCE-ID:20260102T090000Z|{START}"))
                    .replace("UID:1", "UID:2"),
            Object,
        ),
        (
            "RFC 4791 4.1: only a time zone",
            "BEGIN:VTIMEZONE|TZID:X|END:VTIMEZONE|".to_owned(),
            Object,
        ),
        ("RFC 4791 4.1: nothing", String::new(), Object),
        ("RFC 4791 4.1: two masters", format!("{plain}{plain}"), Object),
        (
            "RFC 4791 4.1: overrides without master",
            event(&format!("RECURRENCE-ID:20260102T090000Z|{START}")),
            Taken,
        ),
        ("RFC 5545 3.8.4.7: no UID", plain.replace("UID:1|", ""), Object),
        ("RFC 5545 3.8.4.7: empty UID", plain.replace("UID:1", "UID: "), Object),
        ("RFC 5545 3.6.1: no DTSTART", event("SUMMARY:x"), Data),
        (
            "RFC 5545 3.6.2: a task without DTSTART",
            "BEGIN:VTODO|UID:1|END:VTODO|".to_owned(),
            Taken,
        ),
        ("RFC 5545 3.3.5: unusable DTSTART", event("DTSTART:tomorrow"), Data),
        ("RFC 5545 3.3.4: no such day", event("DTSTART;VALUE=DATE:20260230"), Data),
        (
            "RFC 5545 3.8.2.2: DTEND before DTSTART",
            event(&format!("{START}|DTEND:20260101T080000Z")),
            Data,
        ),
        (
            "RFC 5545 3.8.2.2: DTEND at DTSTART, as clients write",
            event(&format!("{START}|DTEND:20260101T090000Z")),
            Taken,
        ),
        (
            "RFC 5545 3.8.2.3: DUE before DTSTART, as task lists write",
            format!("BEGIN:VTODO|UID:1|{START}|DUE:20250101T000000Z|END:VTODO|"),
            Taken,
        ),
        (
            "RFC 5545 3.8.2.2: an earlier DTEND of another form",
            event(&format!("{START}|DTEND;VALUE=DATE:20060101")),
            Taken,
        ),
        (
            "RFC 5545 3.3.5: unusable DTEND, as in the scenario",
            event("DTSTART:19970701T200000Z|DTEND:19970701T2100000Z"),
            Taken,
        ),
        (
            "RFC 5545 3.8.7.1: unusable CREATED",
            event(&format!("{START}|CREATED:   51222T205954Z")),
            Taken,
        ),
        (
            "RFC 5545 3.8.4.4: unusable RECURRENCE-ID",
            event(&format!("{START}|RECURRENCE-ID:x")),
            Data,
        ),
        ("RFC 5545 3.8.7.2: no DTSTAMP", plain.replace("DTSTAMP:20260101T000000Z|", ""), Taken),
        (
            "RFC 5545 3.6: unknown components and properties",
            format!("X-FOO:1|BEGIN:X-COMP|END:X-COMP|BEGIN:VLOCATION|UID:9|END:VLOCATION|{plain}"),
            Taken,
        ),
        (
            "RFC 5545 3.6: only an unknown component",
            "BEGIN:VAVAILABILITY|UID:1|END:VAVAILABILITY|".to_owned(),
            Unsupported,
        ),
        ("RFC 5545 3.7.1: CALSCALE:GREGORIAN", format!("CALSCALE:gregorian|{plain}"), Taken),
        ("RFC 5545 3.7.1: another CALSCALE", format!("CALSCALE:HEBREW|{plain}"), Data),
        (
            "pitfalls Q28: CALSCALE and TZID in a VEVENT",
            event(&format!("CALSCALE:GREGORIAN|TZID:X|{START}")),
            Taken,
        ),
        (
            "RFC 5545 2: lower-case names",
            plain.to_lowercase().replace("20260101t", "20260101T"),
            Taken,
        ),
        ("RFC 5545 3.3.11: escapes", event(&format!(r"{START}|SUMMARY:a\\b\,c\;d\ne\N")), Taken),
        (
            "RFC 5545 3.3.11: another escape",
            event(&format!(r#"{START}|DESCRIPTION:Bad \"escape\""#)),
            Data,
        ),
        ("RFC 5545 3.3.11: a backslash at the end", event(&format!(r"{START}|SUMMARY:a\")), Data),
        (
            "RFC 5545 3.3.11: a backslash where no TEXT is",
            event(&format!(r"{START}|X-DIR:C:\dir")),
            Taken,
        ),
        (
            "RFC 5545 3.3.3: ATTENDEE without scheme",
            event(&format!("{START}|ATTENDEE:conf_big@example.com")),
            Taken,
        ),
        (
            "RFC 5545 3.3.10: a rule that is none",
            event(&format!("{START}|RRULE:FREQ=MONTHLY;BYDAY=+1,3MO")),
            Data,
        ),
        (
            "RFC 7529 4: a rule in another calendar",
            event(&format!("{START}|RRULE:RSCALE=CHINESE;FREQ=YEARLY")),
            Rscale,
        ),
        (
            "RFC 7809 3.1: a known zone without VTIMEZONE",
            event("DTSTART;TZID=Europe/Zurich:20260101T090000"),
            Taken,
        ),
        (
            "RFC 4791 4.1: a zone that is nowhere defined",
            event("DTSTART;TZID=Bogus:20260101T090000"),
            Timezone,
        ),
    ] {
        let parsed = parse(&calendar(&body));
        assert_eq!(verdict(&parsed), expected, "{section}: {parsed:?}");
    }
}

#[test]
fn a_calendar_without_version_2_0_is_refused() {
    // RFC 5545 3.7.4
    for (version, expected) in [
        ("VERSION:2.0|", Taken),
        ("VERSION: 2.0 |", Taken),
        ("version:2.0|", Taken),
        ("VERSION:1.0|", Data),
        ("VERSION:|", Data),
        ("", Data),
    ] {
        let octets = lines(&format!("BEGIN:VCALENDAR|{version}{}END:VCALENDAR", event(START)));
        assert_eq!(verdict(&parse(&octets)), expected, "{version}");
    }
    assert_eq!(verdict(&parse(&lines(&event(START)))), Data, "RFC 5545 3.4: a bare VEVENT");
    let card = lines("BEGIN:VCARD|VERSION:4.0|FN:x|END:VCARD");
    assert_eq!(verdict(&parse(&card)), Data, "RFC 6350: a vCard");
}

#[test]
fn two_overrides_of_one_instance_are_refused_however_they_are_written() {
    // RFC 4791 4.1; pitfall 16
    let series = event("DTSTART;TZID=Europe/Berlin:20260105T090000|RRULE:FREQ=DAILY");
    let with = |id: &str| event(&format!("{id}|DTSTART;TZID=Europe/Berlin:20260106T100000"));
    let local = "RECURRENCE-ID;TZID=Europe/Berlin:20260106T090000";
    for (other, expected) in [
        (local, Object),
        ("RECURRENCE-ID:20260106T080000Z", Object),
        ("RECURRENCE-ID;TZID=Europe/Paris:20260106T090000", Object),
        ("RECURRENCE-ID;VALUE=DATE:20260106", Object),
        ("RECURRENCE-ID;TZID=Europe/Berlin:20260107T090000", Taken),
    ] {
        let parsed = parse(&calendar(&(series.clone() + &with(local) + &with(other))));
        assert_eq!(verdict(&parsed), expected, "{other}: {parsed:?}");
    }
}

#[test]
fn the_number_of_attendees_is_limited_in_each_component() {
    // RFC 4791 5.2.9
    let limits = Limits { max_attendees_per_instance: 2, ..Limits::default() };
    let with = |n: usize| calendar(&event(&format!("{START}{}", "|ATTENDEE:mailto:a@x".repeat(n))));
    let parse = |octets: String| CalendarObject::parse(octets.as_bytes(), &limits);
    assert_eq!(verdict(&parse(with(2))), Taken);
    assert_eq!(verdict(&parse(with(3))), Attendees);
}

#[test]
fn stored_objects_are_read_without_the_checks_for_clients() {
    let octets =
        lines(&format!("BEGIN:VCALENDAR|{}END:VCALENDAR", event(&format!(r"{START}|SUMMARY:\x"))));
    assert_eq!(verdict(&parse(&octets)), Data);
    assert_eq!(
        CalendarObject::parse_stored(octets.as_bytes()).unwrap().octets(),
        octets.as_bytes()
    );
}

#[test]
fn the_master_comes_first_wherever_it_stands() {
    let override_ =
        event("RECURRENCE-ID:20260102T090000Z|DTSTART:20260102T100000Z|SUMMARY:override");
    let master = event(&format!("{START}|RRULE:FREQ=DAILY|SUMMARY:master|ORGANIZER:mailto:a@x"));
    let object = parse(&calendar(&(override_ + &master))).unwrap();
    let titles: Vec<_> =
        object.components().map(|c| c.property("SUMMARY").unwrap().value()).collect();
    assert_eq!(titles, ["master", "override"]);
    assert_eq!(object.overrides().count(), 1);
    assert_eq!(object.uid().as_str(), "1");
    assert_eq!(object.kind(), ComponentKind::Event);
    assert!(object.is_recurring());
    assert_eq!(object.organizer().unwrap().address().unwrap().mail(), Some("a@x"));
}

#[test]
fn a_message_has_a_method_and_may_leave_out_much() {
    // RFC 5546 3.2; what Outlook and Google leave out: pitfalls Q26, Q27
    let message = |octets: &str| crate::Message::parse(octets.as_bytes(), &Limits::default());
    for (what, method, body, expected) in [
        ("a request", "REQUEST", event(START), Taken),
        ("letter case (pitfall 70)", "request", event(START), Taken),
        ("a reply without DTSTART", "REPLY", event("ATTENDEE:mailto:a@x"), Taken),
        ("a cancel without DTSTART", "CANCEL", event("SUMMARY:x"), Taken),
        ("a refresh", "REFRESH", event("ATTENDEE:mailto:a@x"), Taken),
        ("a request without DTSTART", "REQUEST", event("SUMMARY:x"), Data),
        ("a bad escape", "REQUEST", event(&format!(r"{START}|SUMMARY:\x")), Taken),
        ("no UID", "REQUEST", event(START).replace("UID:1|", ""), Object),
        ("a method nobody knows", "X-FOO", event(START), Object),
        ("a task", "REQUEST", "BEGIN:VTODO|UID:1|END:VTODO|".to_owned(), Taken),
        ("free-busy", "REQUEST", "BEGIN:VFREEBUSY|UID:1|END:VFREEBUSY|".to_owned(), Taken),
    ] {
        let parsed =
            message(&lines(&format!("BEGIN:VCALENDAR|METHOD:{method}|{body}END:VCALENDAR")));
        assert_eq!(verdict(&parsed), expected, "{what}: {parsed:?}");
    }
    assert_eq!(verdict(&message(&calendar(&event(START)))), Object, "no METHOD");
    let request = message(&calendar(&format!("METHOD:Request|{}", event(START)))).unwrap();
    assert_eq!(request.method(), Method::Request);
    assert_eq!(request.master().unwrap().property("UID").unwrap().value(), "1");
}

#[test]
fn an_override_must_name_an_instance_of_the_recurrence_set() {
    // RFC 5545 3.8.4.4; pitfall 16
    let with = |rule: &str, id: &str| {
        let master = event(&format!("DTSTART;TZID=Europe/Berlin:20260105T090000|{rule}"));
        let instance = event(&format!("RECURRENCE-ID{id}|DTSTART:20260106T120000Z"));
        verdict(&parse(&calendar(&(master + &instance))))
    };
    for (what, rule, id, expected) in [
        ("an instance", "RRULE:FREQ=DAILY", ";TZID=Europe/Berlin:20260106T090000", Taken),
        ("in UTC", "RRULE:FREQ=DAILY", ":20260106T080000Z", Taken),
        ("as a day (pitfall S10)", "RRULE:FREQ=DAILY", ";VALUE=DATE:20260106", Taken),
        ("an RDATE", "RDATE:20260107T150000Z", ":20260107T150000Z", Taken),
        (
            "left out by EXDATE",
            "RRULE:FREQ=DAILY|EXDATE:20260106T080000Z",
            ":20260106T080000Z",
            Taken,
        ),
        ("another hour", "RRULE:FREQ=DAILY", ":20260106T090000Z", Data),
        (
            "another hour and all that follow",
            "RRULE:FREQ=DAILY",
            ";RANGE=THISANDFUTURE:20260106T090000Z",
            Taken,
        ),
        ("before the start", "RRULE:FREQ=DAILY", ":20260104T080000Z", Data),
        ("after the end", "RRULE:FREQ=DAILY;COUNT=2", ":20260107T080000Z", Data),
        (
            "after the end, cancelled",
            "RRULE:FREQ=DAILY;COUNT=2",
            ":20260107T080000Z|STATUS:CANCELLED",
            Taken,
        ),
        ("of what does not recur (pitfall Q9)", "SUMMARY:x", ":20260107T080000Z", Taken),
        (
            "of a series that was cancelled",
            "RRULE:FREQ=DAILY|STATUS:CANCELLED",
            ":20260106T090000Z",
            Taken,
        ),
        (
            "of a task that is done, as clients write it",
            "RRULE:FREQ=DAILY;COUNT=2|STATUS:COMPLETED",
            ":20260206T080000Z",
            Taken,
        ),
        (
            "of a rule that nobody can follow",
            "RRULE:FREQ=SECONDLY;INTERVAL=2;BYSECOND=1",
            ":20260107T080000Z",
            Taken,
        ),
    ] {
        assert_eq!(with(rule, id), expected, "{what}");
    }
}

#[test]
fn what_is_there_already_may_stay() {
    let series = |start: &str, more: &str| {
        event(&format!("DTSTART:{start}T090000Z|RRULE:FREQ=WEEKLY;COUNT=3{more}"))
    };
    let on = |day: &str| event(&format!("RECURRENCE-ID:{day}T090000Z|DTSTART:{day}T120000Z"));
    let monday = series("20260105", "");
    let tuesday = series("20260106", "");
    let ends_early = event("DTSTART:20260105T090000Z|DTEND:20260105T080000Z");
    let guests: String = (0..=Limits::default().max_attendees_per_instance)
        .map(|at| format!("|ATTENDEE:mailto:guest{at}@example.com"))
        .collect();
    let crowded = series("20260105", &guests);
    for (what, stored, sent, expected) in [
        (
            "an override of a series that moves",
            monday.clone() + &on("20260112"),
            tuesday.clone() + &on("20260112"),
            Taken,
        ),
        (
            "and another one",
            monday.clone() + &on("20260112"),
            tuesday.clone() + &on("20260112") + &on("20260119"),
            Data,
        ),
        (
            "one that was an instance, but had no override",
            monday.clone(),
            tuesday.clone() + &on("20260112"),
            Data,
        ),
        (
            "one that is left behind already",
            tuesday.clone() + &on("20260112"),
            tuesday + &on("20260112"),
            Taken,
        ),
        ("an end before the start", ends_early.clone(), ends_early.clone(), Taken),
        ("another flaw than that", ends_early, monday.clone() + &on("20260113"), Data),
        ("more people than may be", crowded.clone(), crowded.clone(), Taken),
        (
            "more than there were",
            crowded.clone(),
            series("20260105", &format!("{guests}|ATTENDEE:mailto:one@example.com")),
            Attendees,
        ),
        ("as many as in nothing that is there", monday, crowded, Attendees),
    ] {
        let (stored, sent) = (calendar(&stored), calendar(&sent));
        let read =
            CalendarObject::parse_over(stored.as_bytes(), sent.as_bytes(), &Limits::default());
        assert_eq!(verdict(&read), expected, "{what}");
        assert_eq!(
            verdict(&CalendarObject::parse_over(b"nothing", sent.as_bytes(), &Limits::default())),
            verdict(&parse(&sent)),
            "{what}"
        );
    }
}
