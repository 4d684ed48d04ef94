//! A zone that only its VTIMEZONE describes (RFC 5545 §3.6.5): STANDARD and DAYLIGHT observances
//! with their onsets.

use std::sync::OnceLock;

use jiff::{Timestamp, civil};

use super::{Placed, within_years};
use crate::recur::{RecurrenceRule, days};
use crate::source::{Component, Property};
use crate::time::CalendarTime;

/// Onsets are worked out to the end of this year; the last one holds from then on.
const LAST_YEAR: i16 = 2200;
/// Onsets of one observance, and of one zone. The longest in use start in 1601 and repeat yearly.
const MAX_ONSETS: usize = 700;
const MAX_TRANSITIONS: usize = 4_000;

/// The observances of a VTIMEZONE.
#[derive(Debug)]
pub struct Observances {
    observances: Vec<Observance>,
    /// Worked out when first asked for.
    transitions: OnceLock<Vec<Transition>>,
}

/// STANDARD or DAYLIGHT.
#[derive(Debug, PartialEq, Eq)]
struct Observance {
    onset: civil::DateTime,
    /// Further onsets, in the local time before each.
    dates: Vec<civil::DateTime>,
    /// RFC 5545 §3.6.5 allows one.
    rule: Option<RecurrenceRule>,
    /// TZOFFSETFROM and TZOFFSETTO, in seconds.
    from: i32,
    to: i32,
}

/// One change of the clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Transition {
    /// The instant, in seconds.
    at: i64,
    from: i32,
    to: i32,
}

impl Observances {
    /// The observances of a VTIMEZONE; none when it has not one that can be read.
    pub(super) fn of_vtimezone(vtimezone: &Component) -> Option<Self> {
        let observances: Vec<_> = vtimezone
            .components()
            .filter(|c| matches!(c.name(), "STANDARD" | "DAYLIGHT"))
            .filter_map(Observance::of_component)
            .take(MAX_TRANSITIONS)
            .collect();
        (!observances.is_empty()).then(|| Self { observances, transitions: OnceLock::new() })
    }

    pub(super) fn place(&self, local: civil::DateTime) -> Placed {
        let seconds = days::to_seconds(local);
        let before = |offset: i32| seconds - i64::from(offset);
        let transitions = self.transitions();
        let later = transitions.partition_point(|t| t.local() <= seconds);
        // Before its onset an observance does not count, so the first of two occurrences is the one
        // found here.
        let (instant, in_gap) = match later.checked_sub(1).and_then(|last| transitions.get(last)) {
            Some(last) if before(last.to) < last.at => (before(last.from), true),
            Some(last) => (before(last.to), false),
            None => (before(transitions.first().map_or(0, |first| first.from)), false),
        };
        Placed {
            instant: within_years(Timestamp::from_second(instant).unwrap_or(super::LAST_INSTANT)),
            in_gap,
        }
    }

    pub(super) fn offset_at(&self, instant: Timestamp) -> i32 {
        let transitions = self.transitions();
        let later = transitions.partition_point(|t| t.at <= instant.as_second());
        match later.checked_sub(1).and_then(|last| transitions.get(last)) {
            Some(last) => last.to,
            None => transitions.first().map_or(0, |first| first.from),
        }
    }

    pub(super) fn changes_around(
        &self,
        instant: Timestamp,
    ) -> (Option<Timestamp>, Option<Timestamp>) {
        let transitions = self.transitions();
        let later = transitions.partition_point(|t| t.at <= instant.as_second());
        let at = |index: usize| Timestamp::from_second(transitions.get(index)?.at).ok();
        (later.checked_sub(1).and_then(at), at(later))
    }

    fn transitions(&self) -> &[Transition] {
        self.transitions.get_or_init(|| {
            let of_observance = |observance: &Observance| {
                let Observance { from, to, .. } = *observance;
                let transition = move |local| Transition { at: local - i64::from(from), from, to };
                observance.onsets().into_iter().map(transition)
            };
            let all = self.observances.iter().flat_map(of_observance);
            let mut all: Vec<_> = all.take(MAX_TRANSITIONS).collect();
            all.sort_unstable_by_key(|t| (t.at, t.to));
            all.dedup();
            all
        })
    }
}

impl Transition {
    /// The instant in the local time before it.
    fn local(self) -> i64 {
        self.at + i64::from(self.from)
    }
}

impl PartialEq for Observances {
    fn eq(&self, other: &Self) -> bool {
        self.observances == other.observances
    }
}

impl Eq for Observances {}

impl Observance {
    fn of_component(component: &Component) -> Option<Self> {
        let offset = |name| offset(component.property(name)?.value());
        Some(Self {
            onset: CalendarTime::from_property(component.property("DTSTART")?).ok()?.local(),
            dates: component.properties_named("RDATE").flat_map(dates).take(MAX_ONSETS).collect(),
            rule: component.property("RRULE").and_then(|p| RecurrenceRule::parse(p.value()).ok()),
            from: offset("TZOFFSETFROM")?,
            to: offset("TZOFFSETTO")?,
        })
    }

    /// All onsets, in seconds of the local time before each.
    fn onsets(&self) -> Vec<i64> {
        let end = civil::date(LAST_YEAR, 12, 31).at(23, 59, 59, 0);
        let own = std::iter::once(&self.onset).chain(&self.dates);
        let mut onsets: Vec<i64> = own.map(|onset| days::to_seconds(*onset)).collect();
        if let Some(rule) = &self.rule {
            // UNTIL is in UTC (RFC 5545 §3.6.5); clients that write local time mean it.
            let until = match &rule.until {
                Some(CalendarTime::Utc(until)) => {
                    days::to_local(until.as_second() + i64::from(self.from))
                }
                Some(CalendarTime::Date(until)) => until.at(23, 59, 59, 0),
                Some(until) => until.local(),
                None => end,
            };
            let mut times = rule.times(self.onset).ending(until.min(end));
            onsets.extend(std::iter::from_fn(|| times.next_seconds()).take(MAX_ONSETS));
        }
        onsets
    }
}

/// The values of an RDATE; of a period, its start.
fn dates(property: &Property) -> impl Iterator<Item = civil::DateTime> {
    property.value().split(',').filter_map(|value| {
        let start = value.split('/').next()?;
        Some(CalendarTime::parse(start, None).ok()?.local())
    })
}

/// A UTC-OFFSET (RFC 5545 §3.3.14): `-0500`, `+013045`.
fn offset(value: &str) -> Option<i32> {
    let value = value.trim();
    let (sign, digits) = match value.as_bytes().first()? {
        b'-' => (-1, value.get(1..)?),
        b'+' => (1, value.get(1..)?),
        _ => (1, value),
    };
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part =
        |from: usize| digits.get(from..from + 2).map_or(Some(0), |part| part.parse::<i32>().ok());
    let (hours, minutes, seconds) = (part(0)?, part(2)?, part(4)?);
    (hours < 24 && minutes < 60 && seconds < 60)
        .then_some(sign * (hours * 3600 + minutes * 60 + seconds))
}

#[cfg(test)]
mod tests {
    use crate::Limits;
    use crate::source::Component;
    use crate::zone::{Zone, ZoneSet};

    /// A zone that nobody knows, with the rules of New York until 2006 and since (RFC 5545 §3.6.5's
    /// example).
    const HOUSE_TIME: &str = "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:House Time\r\n\
        BEGIN:STANDARD\r\nDTSTART:19671029T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10;UNTIL=20061029T060000Z\r\n\
        TZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500\r\nEND:STANDARD\r\n\
        BEGIN:DAYLIGHT\r\nDTSTART:19870405T020000\r\nRRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4;UNTIL=20060402T070000Z\r\n\
        TZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\nEND:DAYLIGHT\r\n\
        BEGIN:DAYLIGHT\r\nDTSTART:20070311T020000\r\nRRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3\r\n\
        TZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\nEND:DAYLIGHT\r\n\
        BEGIN:STANDARD\r\nDTSTART:20071104T020000\r\nRRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11\r\n\
        TZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500\r\nEND:STANDARD\r\n\
        END:VTIMEZONE\r\nEND:VCALENDAR\r\n";

    fn zone(calendar: &str, tzid: &str) -> Zone {
        let tree = Component::parse(calendar.as_bytes(), &Limits::default()).unwrap();
        ZoneSet::from_tree(&tree).get(tzid).unwrap().clone()
    }

    #[test]
    fn an_unknown_zone_keeps_the_time_that_its_vtimezone_says() {
        let (ours, jiffs) =
            (zone(HOUSE_TIME, "House Time"), Zone::named("America/New_York").unwrap());
        assert_eq!(ours.iana_name(), None);
        let mut local: jiff::civil::DateTime = "1995-01-01T00:30:00".parse().unwrap();
        while local.year() < 2030 {
            assert_eq!(ours.place(local), jiffs.place(local), "{local}");
            let instant = ours.instant(local);
            assert_eq!(ours.local(instant), jiffs.local(instant), "{instant}");
            assert_eq!(ours.offset_at(instant), jiffs.offset_at(instant), "{instant}");
            local = local.saturating_add(jiff::Span::new().minutes(30 * 7));
        }
    }

    #[test]
    fn offsets_with_seconds_and_dates_instead_of_rules_are_understood() {
        let old = "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Old Town\r\nBEGIN:STANDARD\r\n\
            DTSTART:18930401T000000\r\nRDATE:18940401T000000,18950401T000000\r\n\
            TZOFFSETFROM:+005328\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n\
            END:VTIMEZONE\r\nEND:VCALENDAR\r\n";
        let zone = zone(old, "Old Town");
        for (local, instant) in [
            ("1890-01-01T00:53:28", "1890-01-01T00:00:00Z"),
            ("1893-04-01T00:03:00", "1893-03-31T23:09:32Z"), // in the gap of 6 min 32 s
            ("1900-01-01T01:00:00", "1900-01-01T00:00:00Z"),
        ] {
            assert_eq!(zone.instant(local.parse().unwrap()), instant.parse().unwrap(), "{local}");
        }
    }

    #[test]
    fn a_known_location_wins_over_observances() {
        let lic = HOUSE_TIME
            .replace("TZID:House Time", "TZID:House Time\r\nX-LIC-LOCATION:Europe/Berlin");
        assert_eq!(zone(&lic, "House Time").iana_name(), Some("Europe/Berlin"));
    }

    #[test]
    fn a_vtimezone_without_observances_is_no_zone() {
        for inner in [
            "",
            "BEGIN:STANDARD\r\nEND:STANDARD\r\n",
            "BEGIN:STANDARD\r\nDTSTART:x\r\nTZOFFSETFROM:+é00\r\nTZOFFSETTO:+01\r\nEND:STANDARD\r\n",
        ] {
            let text = format!(
                "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:None\r\n{inner}END:VTIMEZONE\r\nEND:VCALENDAR\r\n"
            );
            let tree = Component::parse(text.as_bytes(), &Limits::default()).unwrap();
            assert!(ZoneSet::from_tree(&tree).get("None").is_none(), "{inner}");
        }
    }
}
