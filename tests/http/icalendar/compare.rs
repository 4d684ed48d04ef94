//! Calendar data compared by meaning: components, properties and parameters are sets, and what no person could
//! notice does not count (order, folding, case of names, PRODID, VTIMEZONE, the value of DTSTAMP, defaults).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Component, Property};

/// What is left out of a comparison, because a MUST says otherwise than the expectation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ScheduleStatus {
    /// All of them count.
    #[default]
    Counts,
    /// Codes of delivery on stored objects do not: RFC 6638 3.2.9 has the server write them.
    AnswersOnly,
    /// None does: inside a message RFC 6638 7.3 forbids it.
    Ignored,
}

/// Says how two calendars differ, line by line; nothing when they mean the same.
pub(crate) fn difference(
    expected: &Component,
    got: &Component,
    schedule_status: ScheduleStatus,
) -> Option<String> {
    let mut balance: BTreeMap<String, i32> = BTreeMap::new();
    for line in meaning(expected, schedule_status) {
        *balance.entry(line).or_default() -= 1;
    }
    for line in meaning(got, schedule_status) {
        *balance.entry(line).or_default() += 1;
    }
    let mut difference = String::new();
    for (line, count) in balance {
        let sign = match count {
            0 => continue,
            ..0 => "missing   ",
            1.. => "unexpected",
        };
        for _ in 0..count.unsigned_abs() {
            let _ = writeln!(difference, "{sign} {line}");
        }
    }
    (!difference.is_empty()).then_some(difference)
}

/// The canonical lines of a component, each with the path to it.
fn meaning(component: &Component, schedule_status: ScheduleStatus) -> Vec<String> {
    let mut lines: Vec<String> = component
        .properties
        .iter()
        .filter(|property| property.name != "PRODID" && !is_default(property))
        .flat_map(one_by_one)
        .map(|property| canonical(&property, schedule_status))
        .collect();
    lines.sort();
    let mut parts: BTreeMap<&str, Vec<Vec<String>>> = BTreeMap::new();
    for part in component.components.iter().filter(|part| part.name != "VTIMEZONE") {
        parts.entry(part.name.as_str()).or_default().push(meaning(part, schedule_status));
    }
    for (name, mut parts) in parts {
        parts.sort();
        let several = parts.len() > 1;
        for (position, part) in parts.iter().enumerate() {
            let path = if several { format!("{name}[{position}]") } else { name.to_owned() };
            lines.push(format!("{path} is there"));
            lines.extend(part.iter().map(|line| format!("{path} {line}")));
        }
    }
    lines
}

/// A property that says what holds without it (RFC 5545 3.7.1, 3.8.7.4).
fn is_default(property: &Property) -> bool {
    match property.name.as_str() {
        "CALSCALE" => property.value.eq_ignore_ascii_case("GREGORIAN"),
        "SEQUENCE" => property.value == "0",
        _ => false,
    }
}

/// Several values on one line are as many lines (RFC 5545 3.8.1.2, 3.8.5.1, 3.8.5.2).
fn one_by_one(property: &Property) -> Vec<Property> {
    if !matches!(property.name.as_str(), "CATEGORIES" | "EXDATE" | "RDATE") {
        return vec![property.clone()];
    }
    let values = property.value.split(',');
    values.map(|value| Property { value: value.to_owned(), ..property.clone() }).collect()
}

fn canonical(property: &Property, schedule_status: ScheduleStatus) -> String {
    let mut parameters: Vec<String> = property
        .parameters
        .iter()
        .filter_map(|(name, values)| canonical_parameter(property, name, values, schedule_status))
        .collect();
    parameters.sort();
    let value = match property.name.as_str() {
        "DTSTAMP" => "(some time)".to_owned(),
        "ATTENDEE" | "ORGANIZER" => property.value.to_ascii_lowercase(),
        "STATUS" | "TRANSP" | "METHOD" | "CLASS" => property.value.to_ascii_uppercase(),
        "RRULE" => {
            let rule = property.value.to_ascii_uppercase();
            let mut parts: Vec<&str> = rule.split(';').collect();
            parts.sort_unstable();
            parts.join(";")
        }
        _ => property.value.clone(),
    };
    let mut line = property.name.clone();
    for parameter in parameters {
        line.push(';');
        line.push_str(&parameter);
    }
    line.push(':');
    line.push_str(&value);
    line
}

fn canonical_parameter(
    property: &Property,
    name: &str,
    values: &[String],
    schedule_status: ScheduleStatus,
) -> Option<String> {
    let joined = match name {
        "CN" | "TZID" | "LANGUAGE" => values.join(","),
        "DELEGATED-TO" | "DELEGATED-FROM" | "MEMBER" | "SENT-BY" => {
            let mut values: Vec<String> =
                values.iter().map(|value| value.to_ascii_lowercase()).collect();
            values.sort();
            values.join(",")
        }
        _ => values.join(",").to_ascii_uppercase(),
    };
    let counts = match (name, joined.as_str()) {
        // RFC 5545 3.2.12, 3.2.17, 3.2.16: what holds where nothing is written.
        ("PARTSTAT", "NEEDS-ACTION") | ("RSVP", "FALSE") | ("ROLE", "REQ-PARTICIPANT") => false,
        ("VALUE", "DATE-TIME") => {
            !matches!(property.name.as_str(), "DTSTART" | "DTEND" | "DUE" | "RECURRENCE-ID")
        }
        ("SCHEDULE-STATUS", code) => match schedule_status {
            ScheduleStatus::Counts => true,
            ScheduleStatus::AnswersOnly => !is_delivery(code),
            ScheduleStatus::Ignored => false,
        },
        _ => true,
    };
    counts.then(|| format!("{name}={joined}"))
}

/// The codes that say what became of a message (RFC 6638 3.2.9), not what was answered to it.
fn is_delivery(code: &str) -> bool {
    code.starts_with("1.") || code.starts_with("5.") || code == "3.7"
}

/// Takes the dust off what a copy shows as cancelled: only the lines of `expected`'s own attendees stay, and no
/// SEQUENCE, since the copy keeps the others and orders what comes later by the number.
pub(crate) fn forget_what_a_cancelled_copy_keeps(expected: &mut Component, got: &mut Component) {
    for item in expected.items_mut().filter(|item| item.value("STATUS") == Some("CANCELLED")) {
        let id = item.value("RECURRENCE-ID").map(str::to_owned);
        let kept: Vec<Property> = item.properties_named("ATTENDEE").cloned().collect();
        let is_it = |other: &&mut Component| other.value("RECURRENCE-ID") == id.as_deref();
        for item in got.items_mut().find(is_it).into_iter().chain([item]) {
            item.properties.retain(|property| match property.name.as_str() {
                "SEQUENCE" => false,
                "ATTENDEE" => kept.iter().any(|attendee| attendee.is_address(&property.value)),
                _ => true,
            });
        }
    }
}

#[cfg(test)]
pub(crate) mod checks {
    //! The comparison itself, held to what it must see and what it must not.

    use super::{ScheduleStatus, difference};
    use crate::icalendar::Component;

    const MEETING: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:a\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:0\r\n\
        DTSTART:19970701T200000Z\r\nRRULE:FREQ=DAILY;COUNT=2\r\nEXDATE:1,2\r\nSEQUENCE:1\r\nATTENDEE;RSVP=TRUE;CN=B:mailto:b@example.com\r\n\
        BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n\
        END:VEVENT\r\nEND:VCALENDAR\r\n";

    fn compare(old: &str, new: &str, status: ScheduleStatus) -> Option<String> {
        let changed = MEETING.replace(old, new);
        assert_ne!(changed, MEETING, "{old:?} is not in the meeting");
        difference(
            &Component::parse(MEETING).unwrap(),
            &Component::parse(&changed).unwrap(),
            status,
        )
    }

    pub(crate) fn spelling_does_not_count() {
        for (old, new) in [
            ("PRODID:a", "PRODID:b"),
            ("DTSTAMP:0", "DTSTAMP:20260101T000000Z"),
            ("VERSION:2.0", "VERSION:2.0\r\nCALSCALE:GREGORIAN"),
            ("EXDATE:1,2", "EXDATE:2\r\nEXDATE:1"),
            ("FREQ=DAILY;COUNT=2", "COUNT=2;FREQ=daily"),
            ("UID:1\r\nDTSTAMP:0", "DTSTAMP:0\r\nUID:1"),
            ("RSVP=TRUE;CN=B", "CN=B;RSVP=TRUE"),
            ("RSVP=TRUE;CN=B", "rsvp=true;CN=\"B\";PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT"),
            ("mailto:b@example.com", "MAILTO:b@exa\r\n mple.com"),
            ("DTSTART:", "DTSTART;VALUE=DATE-TIME:"),
            ("BEGIN:VEVENT", "BEGIN:VTIMEZONE\r\nTZID:X\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT"),
        ] {
            assert_eq!(compare(old, new, ScheduleStatus::Counts), None, "{old} → {new}");
        }
    }

    pub(crate) fn differences_are_seen() {
        for (old, new) in [
            ("SEQUENCE:1", "SEQUENCE:2"),
            ("SEQUENCE:1\r\n", ""),
            ("DTSTAMP:0\r\n", ""),
            ("UID:1", "UID:1\r\nUID:1"),
            ("EXDATE:1,2", "EXDATE:1,3"),
            ("COUNT=2", "COUNT=3"),
            ("RSVP=TRUE", "RSVP=FALSE"),
            ("CN=B", "CN=b"),
            ("CN=B", "CN=B;PARTSTAT=ACCEPTED"),
            ("CN=B", "CN=B;SCHEDULE-STATUS=1.2"),
            ("b@example.com", "c@example.com"),
            ("mailto:b@", "b@"),
            ("-PT5M", "-PT6M"),
            ("END:VALARM", "END:VALARM\r\nBEGIN:VALARM\r\nEND:VALARM"),
            ("DTSTART:", "DTSTART;TZID=Europe/Berlin:"),
        ] {
            assert!(compare(old, new, ScheduleStatus::Counts).is_some(), "{old} → {new}");
        }
    }

    pub(crate) fn a_delivery_status_counts_where_it_is_asked_for() {
        let cases = [
            ("CN=B;SCHEDULE-STATUS=1.2", ScheduleStatus::AnswersOnly, false),
            ("CN=B;SCHEDULE-STATUS=3.7", ScheduleStatus::AnswersOnly, false),
            ("CN=B;SCHEDULE-STATUS=5.3", ScheduleStatus::AnswersOnly, false),
            ("CN=B;SCHEDULE-STATUS=2.0", ScheduleStatus::AnswersOnly, true),
            ("CN=B;SCHEDULE-STATUS=3.8", ScheduleStatus::AnswersOnly, true),
            ("CN=B;SCHEDULE-STATUS=2.0", ScheduleStatus::Ignored, false),
        ];
        for (new, status, counts) in cases {
            assert_eq!(compare("CN=B", new, status).is_some(), counts, "{new}");
        }
    }
}
