//! VTIMEZONE components for data that leaves the server (RFC 5545 §3.6.5).

use calcard::icalendar::{ICalendar, ICalendarComponent, ICalendarComponentType};

use super::Zone;
use crate::Limits;
use crate::source::{Component, Property};

/// 1970-01-01 and 2038-01-01: the span whose changes are written out; the last rule goes on for
/// ever.
const FROM: i64 = 0;
const TO: i64 = 2_145_916_800;

/// The VTIMEZONE of a TZID whose name is known, under the name as given.
pub fn vtimezone(tzid: &str) -> Option<Component> {
    let zone = Zone::named(tzid)?;
    let mut calendar =
        ICalendar { components: vec![ICalendarComponent::new(ICalendarComponentType::VCalendar)] };
    calendar.add_timezone(zone.iana_name().unwrap_or(tzid), FROM, TO)?;
    let tree = Component::parse(calendar.to_string().as_bytes(), &Limits::default()).ok()?;
    let mut vtimezone = tree.components().find(|c| c.name() == "VTIMEZONE")?.clone();
    if vtimezone.property("TZID").is_none_or(|written| written.to_text() != tzid) {
        vtimezone.set_property(Property::text("TZID", tzid));
    }
    Some(vtimezone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::observance::Observances;
    use std::sync::Arc;

    #[test]
    fn a_written_vtimezone_says_what_the_database_says() {
        for tzid in [
            "Europe/Berlin",
            "America/New_York",
            "Asia/Kolkata",
            "UTC",
            "Australia/Lord_Howe",
            "W. Europe Standard Time",
        ] {
            let written = vtimezone(tzid).unwrap();
            assert_eq!(written.property("TZID").unwrap().to_text(), tzid);
            let (ours, known) = (
                Zone::Custom(Arc::new(Observances::of_vtimezone(&written).unwrap())),
                Zone::named(tzid).unwrap(),
            );
            for year in [1975, 1999, 2012, 2026, 2036, 2060] {
                for month in 1..=12 {
                    let local = jiff::civil::date(year, month, 11).at(12, 0, 0, 0);
                    assert_eq!(ours.instant(local), known.instant(local), "{tzid} {local}");
                }
            }
        }
    }

    #[test]
    fn a_name_that_nobody_knows_has_no_vtimezone() {
        assert!(vtimezone("House Time").is_none());
    }
}
