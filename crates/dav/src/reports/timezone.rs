//! Time zones as CalDAV sends them: an iCalendar object with one VTIMEZONE (RFC 4791 5.2.2, 9.8).

use calendar::{Component, Limits, Zone};
use store::Collection;

use crate::error::{Error, Precondition, Result};

/// Reads `CALDAV:timezone` of a report.
pub(super) fn parse(text: &str, limits: &Limits) -> Result<Zone> {
    let invalid = |sentence: String| Error::unmet(Precondition::ValidCalendarData, sentence);
    let tree = Component::parse(text.trim().as_bytes(), limits)
        .map_err(|error| invalid(format!("the time zone is not iCalendar: {error}")))?;
    // RFC 4791 7.8: a valid iCalendar object, which has a VERSION (RFC 5545 3.6).
    if tree.property("VERSION").is_none_or(|version| version.value().trim() != "2.0") {
        return Err(invalid("the time zone is not iCalendar: VERSION:2.0 is missing".to_owned()));
    }
    zone_in(&tree)
        .ok_or_else(|| invalid("the time zone is a VCALENDAR with one valid VTIMEZONE".to_owned()))
}

/// What `CALDAV:calendar-timezone` says, if it is set.
pub(super) fn of_calendar(collection: &Collection, limits: &Limits) -> Option<Zone> {
    let tree = Component::parse(collection.timezone.as_deref()?.as_bytes(), limits).ok()?;
    zone_in(&tree)
}

fn zone_in(tree: &Component) -> Option<Zone> {
    let mut components = tree.components();
    match (tree.name(), components.next(), components.next()) {
        ("VCALENDAR", Some(vtimezone), None) if vtimezone.name() == "VTIMEZONE" => {
            vtimezone.property("TZID")?;
            Zone::of_vtimezone(vtimezone)
        }
        _ => None,
    }
}
