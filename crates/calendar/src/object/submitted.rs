//! What a client's PUT must observe besides the invariants (RFC 4791 §5.3.2.1).
//!
//! Refused is what would be understood differently by the next reader. Taken is what clients in use
//! write and everybody reads alike: a missing PRODID (RFC 5545 §3.7.3 requires one, nobody needs it),
//! a missing DTSTAMP (§3.8.7.2; a message gets its own), CALSCALE or TZID lines inside a VEVENT, dates
//! that cannot be read where they say nothing that matters (CREATED), a DTEND that cannot be read
//! (the event is understood without it), ATTENDEE addresses without scheme.

use std::collections::BTreeMap;

use super::CalendarObject;
use crate::instances::{InstanceId, Series};
use crate::recur::{RecurrenceRule, RuleError};
use crate::source::{Component, Property};
use crate::time::CalendarTime;
use crate::{Limits, ParseError};

/// Checks what is to take the place of `was`.
pub(super) fn check(
    object: &CalendarObject,
    limits: &Limits,
    was: Option<&CalendarObject>,
) -> Result<(), ParseError> {
    check_calendar(object.tree())?;
    if object.overrides().count() > limits.max_instances {
        return Err(ParseError::TooManyInstances { limit: limits.max_instances });
    }
    for component in object.components() {
        check_once(component)?;
        check_escapes(component)?;
        check_times(component)?;
        check_rules(component)?;
        check_zones(object, component)?;
        if component.attendees().count() > limits.max_attendees_per_instance {
            let limit = limits.max_attendees_per_instance;
            return Err(ParseError::TooManyAttendees { limit });
        }
    }
    check_instances(object, was)
}

/// RFC 5545 §3.7.4: VERSION is required and 2.0 is the one that means RFC 5545; vCalendar 1.0 writes
/// recurrence and alarms in another way. §3.7.1: GREGORIAN is the only CALSCALE.
fn check_calendar(tree: &Component) -> Result<(), ParseError> {
    match tree.property("VERSION").map(|p| p.value().trim_ascii()) {
        Some("2.0") => {}
        Some(other) => return Err(ParseError::data(format!("VERSION is {other:?}, not 2.0"))),
        None => return Err(ParseError::data("VERSION:2.0 is missing")),
    }
    match tree.property("CALSCALE").map(|p| p.value().trim_ascii()) {
        Some(scale) if !scale.eq_ignore_ascii_case("GREGORIAN") => {
            Err(ParseError::data(format!("CALSCALE is {scale:?}, not GREGORIAN")))
        }
        _ => Ok(()),
    }
}

/// RFC 5545 §3.6.1: of these there is one. Where there are two that differ, one reader takes the first for what holds,
/// the next the last. The same line twice does no harm.
fn check_once(component: &Component) -> Result<(), ParseError> {
    for name in ["DTSTART", "RECURRENCE-ID", "ORGANIZER"] {
        let mut values = component.properties_named(name).map(|p| (p.value(), p.param("TZID")));
        let first = values.next();
        if values.any(|other| Some(other) != first) {
            let kind = component.name();
            return Err(ParseError::data(format!("a {kind} has one {name}, not two that differ")));
        }
    }
    Ok(())
}

/// RFC 5545 §3.3.11: a backslash in TEXT stands before a backslash, semicolon, comma or n. What another
/// escape means differs from reader to reader, and so the text would change on its way.
fn check_escapes(component: &Component) -> Result<(), ParseError> {
    const TEXT: [&str; 7] =
        ["CATEGORIES", "COMMENT", "CONTACT", "DESCRIPTION", "LOCATION", "RESOURCES", "SUMMARY"];
    for property in component.properties().filter(|p| TEXT.contains(&p.name())) {
        let mut octets = property.value().bytes();
        while let Some(octet) = octets.next() {
            if octet == b'\\' && !octets.next().is_some_and(|b| b"\\;,nN".contains(&b)) {
                let name = property.name();
                return Err(ParseError::data(format!("{name} has an escape that RFC 5545 lacks")));
            }
        }
    }
    Ok(())
}

/// DTSTART must be readable where there is one. An event cannot end before it starts (RFC 5545
/// §3.8.2.2). But clients also write a DTEND of another form (a DATE for the end of a timed event), often
/// with nonsense in it, and task lists let people start after the task was due (against §3.8.2.3);
/// these are understood without the end.
fn check_times(component: &Component) -> Result<(), ParseError> {
    let Some(start) = component.property("DTSTART") else {
        return match component.name() {
            "VEVENT" => Err(ParseError::data("a VEVENT has no DTSTART")), // RFC 5545 §3.6.1
            _ => Ok(()),
        };
    };
    let start = CalendarTime::from_property(start).map_err(|_| {
        ParseError::data(format!("DTSTART:{} is not a date or time", start.value()))
    })?;
    let end = component.property("DTEND").and_then(|p| CalendarTime::from_property(p).ok());
    match end {
        Some(end) if end.same_form(&start) && end.local() < start.local() => {
            Err(ParseError::data("DTEND is before DTSTART"))
        }
        _ => Ok(()),
    }
}

/// RFC 5545 §3.3.10; RFC 7529 §10: a calendar that is not supported is refused, not taken for another.
fn check_rules(component: &Component) -> Result<(), ParseError> {
    for property in component.properties().filter(|p| ["RRULE", "EXRULE"].contains(&p.name())) {
        RecurrenceRule::parse(property.value()).map_err(|error| match error {
            RuleError::UnsupportedRscale(rscale) => ParseError::UnsupportedRscale { rscale },
            other => ParseError::data(other.to_string()),
        })?;
    }
    Ok(())
}

/// RFC 4791 §4.1 asks for a VTIMEZONE for each TZID. Some clients leave those out whose names everybody
/// knows, as RFC 7809 §3.1.4 lets them; a name that is nowhere defined has no instants.
fn check_zones(object: &CalendarObject, component: &Component) -> Result<(), ParseError> {
    const TIMES: [&str; 6] = ["DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "RDATE", "EXDATE"];
    let times = component.properties().filter(|p| TIMES.contains(&p.name()));
    match times.filter_map(|p| p.param("TZID")).find(|tzid| object.zones().get(tzid).is_none()) {
        Some(tzid) => Err(ParseError::UnknownTimezone { tzid: tzid.to_owned() }),
        None => Ok(()),
    }
}

/// RFC 5545 §3.8.4.4: RECURRENCE-ID names an instance of the recurrence set. One that EXDATE leaves out
/// may be named all the same, and so may one that was cancelled: it may be gone from the rule since.
/// Beside a master that does not recur iCal writes whatever it was told of, and one that is cancelled
/// or, of a task, done no longer says which instances there are; these are taken. So are overrides that were there before:
/// clients move a series, or change its rule, and leave them as they are.
fn check_instances(
    object: &CalendarObject,
    was: Option<&CalendarObject>,
) -> Result<(), ParseError> {
    let has_set = |master: &Component| {
        !is_over(master) && ["RRULE", "RDATE"].iter().any(|n| master.property(n).is_some())
    };
    if !object.master().is_some_and(has_set) || object.overrides().next().is_none() {
        return Ok(());
    }
    let series = Series::new(object);
    let Some(set) = series.set() else { return Ok(()) };
    let named: BTreeMap<i64, &Component> = object
        .overrides()
        .filter(|component| !component.is_cancelled() && !is_for_all_that_follow(component))
        .filter_map(|component| match object.instance_id(component) {
            InstanceId::Recurrence(instant) => Some((instant.as_second(), component)),
            InstanceId::Master => None,
        })
        .collect();
    // A rule that takes too many steps to follow is not held against the client.
    let Some(found) = set.among(&named.keys().copied().collect()) else { return Ok(()) };
    let was_there = |component: &Component| {
        was.is_some_and(|was| was.override_for(&object.instance_id(component)).is_some())
    };
    let is_stray = |(id, component): &(&i64, &&Component)| {
        !found.contains(id) && !set.excludes(**id) && !was_there(component)
    };
    match named.iter().find(is_stray) {
        Some((_, component)) => {
            let id = component.property("RECURRENCE-ID").map(Property::value).unwrap_or_default();
            Err(ParseError::data(format!("RECURRENCE-ID:{id} is no instance of the recurrence")))
        }
        None => Ok(()),
    }
}

fn is_over(master: &Component) -> bool {
    let status = master.property("STATUS").map(|status| status.value().trim_ascii());
    status.is_some_and(|status| {
        status.eq_ignore_ascii_case("CANCELLED") || status.eq_ignore_ascii_case("COMPLETED")
    })
}

/// RFC 5545 §3.2.13: where a range begins between two instances, it is clear all the same what follows.
fn is_for_all_that_follow(component: &Component) -> bool {
    let range = component.property("RECURRENCE-ID").and_then(|id| id.param("RANGE"));
    range.is_some_and(|range| range.eq_ignore_ascii_case("THISANDFUTURE"))
}
