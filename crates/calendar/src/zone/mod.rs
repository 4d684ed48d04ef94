//! Time zones: what a TZID means (RFC 5545 §3.2.19, 3.6.5, 3.8.3.1) and which instant a local time
//! is.
//!
//! A name that the IANA database knows, directly or as a well-known alias, is that zone
//! (CalConnect's advice, and what clients do); any other TZID is evaluated from the object's own
//! VTIMEZONE.
//!
//! Invariants: every local time has exactly one instant (RFC 5545 §3.3.5); nothing leaves the years
//! 1 to 9999; no conversion fails or panics.

mod observance;
mod resolve;
mod set;
mod write;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, civil, tz};

use observance::Observances;

pub use set::ZoneSet;
pub use write::vtimezone;

/// The first instant that calendar data may name: 0001-01-01T00:00:00Z.
pub const FIRST_INSTANT: Timestamp = Timestamp::constant(-62_135_596_800, 0);
/// The last instant that calendar data may name: 9999-12-30T00:00:00Z, so that every zone has a
/// local time for it.
pub const LAST_INSTANT: Timestamp = Timestamp::constant(253_402_128_000, 0);

/// A time zone, of the IANA database or of a VTIMEZONE.
#[derive(Clone, Debug)]
pub enum Zone {
    /// A zone of the IANA database or with a fixed offset.
    Iana(tz::TimeZone),
    /// A zone that only its VTIMEZONE describes.
    Custom(Arc<Observances>),
}

/// The instant of a local time, and how it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The instant.
    pub instant: Timestamp,
    /// Whether the zone's clocks skip this local time, so that the offset before the gap was used.
    pub in_gap: bool,
}

impl Zone {
    /// Coordinated Universal Time.
    pub fn utc() -> Self {
        Self::Iana(tz::TimeZone::UTC)
    }

    /// The zone of this name: an IANA name in any case, a Windows or other well-known alias, or
    /// `UTC+1` and the like.
    pub fn named(name: &str) -> Option<Self> {
        resolve::by_name(name).map(Self::Iana)
    }

    /// The IANA name, when it has one.
    pub fn iana_name(&self) -> Option<&str> {
        match self {
            Self::Iana(zone) => zone.iana_name(),
            Self::Custom(_) => None,
        }
    }

    /// The instant of a local time. A time in a gap is read with the offset before the gap, a time
    /// that occurs twice is its first occurrence (RFC 5545 §3.3.5).
    pub fn instant(&self, local: civil::DateTime) -> Timestamp {
        self.place(local).instant
    }

    /// As [`Zone::instant`], and says whether the local time lies in a gap.
    pub fn place(&self, local: civil::DateTime) -> Placed {
        match self {
            Self::Iana(zone) => {
                let ambiguous = zone.to_ambiguous_timestamp(local);
                let in_gap = matches!(ambiguous.offset(), tz::AmbiguousOffset::Gap { .. });
                // jiff's "compatible" choice is the rule of RFC 5545 §3.3.5; it fails only beyond
                // the year 9999.
                let instant =
                    ambiguous.compatible().map_or_else(|_| nearest_end(local), within_years);
                Placed { instant, in_gap }
            }
            Self::Custom(observances) => observances.place(local),
        }
    }

    /// The local time at an instant.
    pub fn local(&self, instant: Timestamp) -> civil::DateTime {
        match self {
            Self::Iana(zone) => zone.to_datetime(instant),
            Self::Custom(observances) => tz::Offset::from_seconds(observances.offset_at(instant))
                .map_or_else(|_| tz::Offset::UTC.to_datetime(instant), |o| o.to_datetime(instant)),
        }
    }

    /// Seconds east of Greenwich at an instant.
    pub fn offset_at(&self, instant: Timestamp) -> i32 {
        match self {
            Self::Iana(zone) => zone.to_offset(instant).seconds(),
            Self::Custom(observances) => observances.offset_at(instant),
        }
    }

    /// The last change of the clocks up to an instant, and the first after it.
    pub(crate) fn changes_around(
        &self,
        instant: Timestamp,
    ) -> (Option<Timestamp>, Option<Timestamp>) {
        match self {
            Self::Iana(zone) => {
                let next = instant.saturating_add(SignedDuration::from_secs(1)).unwrap_or(instant);
                let before = zone.preceding(next).next();
                let after = zone.following(instant).next();
                (before.map(|change| change.timestamp()), after.map(|change| change.timestamp()))
            }
            Self::Custom(observances) => observances.changes_around(instant),
        }
    }

    /// The same zone by name or by rule; two names of one place are not compared.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Iana(a), Self::Iana(b)) => a == b,
            (Self::Custom(a), Self::Custom(b)) => Arc::ptr_eq(a, b) || a == b,
            _ => false,
        }
    }
}

/// The instant, moved into the years that calendar data may name.
pub fn within_years(instant: Timestamp) -> Timestamp {
    instant.clamp(FIRST_INSTANT, LAST_INSTANT)
}

fn nearest_end(local: civil::DateTime) -> Timestamp {
    if local.year() > 5000 { LAST_INSTANT } else { FIRST_INSTANT }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_follow_the_gap_and_fold_rules_of_rfc_5545_3_3_5() {
        let new_york = Zone::named("America/New_York").unwrap();
        for (local, instant, in_gap) in [
            ("2007-03-11T01:59:59", "2007-03-11T06:59:59Z", false),
            ("2007-03-11T02:30:00", "2007-03-11T07:30:00Z", true), // RFC 5545 §3.3.5: 03:30 EDT
            ("2007-03-11T03:00:00", "2007-03-11T07:00:00Z", false),
            ("2007-11-04T01:30:00", "2007-11-04T05:30:00Z", false), // RFC 5545 §3.3.5: EDT, not EST
            ("2007-11-04T02:00:00", "2007-11-04T07:00:00Z", false),
        ] {
            let placed = new_york.place(local.parse().unwrap());
            assert_eq!(placed, Placed { instant: instant.parse().unwrap(), in_gap }, "{local}");
        }
    }

    #[test]
    fn times_beyond_the_calendar_are_moved_to_its_ends() {
        let zone = Zone::named("Pacific/Kiritimati").unwrap();
        assert_eq!(zone.instant(civil::DateTime::MAX), LAST_INSTANT);
        assert_eq!(zone.instant(civil::DateTime::MIN), FIRST_INSTANT);
        assert_eq!(Zone::utc().instant(civil::date(0, 1, 1).at(0, 0, 0, 0)), FIRST_INSTANT);
    }
}
