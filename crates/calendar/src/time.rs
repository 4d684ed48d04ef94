//! DATE, floating, UTC and zoned values as one type; durations (RFC 5545 §3.3.4, §3.3.5, §3.3.6).

use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use thiserror::Error;

use crate::source::Property;
use crate::zone::{Zone, ZoneSet};

/// A DATE or DATE-TIME value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CalendarTime {
    /// A whole day, wherever one is (RFC 5545 §3.3.4).
    Date(Date),
    /// A local time, wherever one is (RFC 5545 §3.3.5, form 1).
    Floating(DateTime),
    /// An instant (form 2).
    Utc(Timestamp),
    /// A local time in the zone of this TZID, as written (form 3).
    Zoned(DateTime, String),
}

/// A value that is no DATE and no DATE-TIME, or no DURATION.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a date, time or duration")]
pub struct InvalidTime;

impl CalendarTime {
    /// The value of DTSTART, DTEND, DUE, RECURRENCE-ID and the like.
    pub fn from_property(property: &Property) -> Result<Self, InvalidTime> {
        Self::parse(property.value(), property.param("TZID"))
    }

    /// One value. What it looks like decides, whatever VALUE says: clients leave `VALUE=DATE` out,
    /// or put it on a DATE-TIME. TZID has no meaning for DATE and UTC values (RFC 5545 §3.2.19).
    pub fn parse(value: &str, tzid: Option<&str>) -> Result<Self, InvalidTime> {
        let value = value.trim_ascii();
        let Some((date, time)) = value.split_once(['T', 't']) else {
            return parse_date(value).map(Self::Date).ok_or(InvalidTime);
        };
        let (time, utc) = match time.strip_suffix(['Z', 'z']) {
            Some(time) => (time, true),
            None => (time, false),
        };
        let local = parse_date(date)
            .zip(parse_time(time))
            .map(|(date, time)| date.to_datetime(time))
            .ok_or(InvalidTime)?;
        Ok(match tzid.map(str::trim) {
            _ if utc => Self::Utc(utc_instant(local)),
            Some(tzid) if !tzid.is_empty() => Self::Zoned(local, tzid.to_owned()),
            _ => Self::Floating(local),
        })
    }

    /// The line that says this.
    pub fn to_property(&self, name: &str) -> Property {
        let mut property = Property::new(name, &self.to_value());
        match self {
            Self::Date(_) => property.set_param("VALUE", "DATE"),
            Self::Zoned(_, tzid) => property.set_param("TZID", tzid),
            Self::Floating(_) | Self::Utc(_) => {}
        }
        property
    }

    /// The value alone: `20260101`, `20260101T090000`, `20260101T090000Z`.
    pub fn to_value(&self) -> String {
        match self {
            Self::Date(date) => date.strftime("%Y%m%d").to_string(),
            Self::Floating(local) | Self::Zoned(local, _) => {
                local.strftime("%Y%m%dT%H%M%S").to_string()
            }
            Self::Utc(instant) => {
                let utc = TimeZone::UTC.to_datetime(*instant);
                utc.strftime("%Y%m%dT%H%M%SZ").to_string()
            }
        }
    }

    /// The instant; DATE and floating values are placed by `floating`. A TZID that nobody knows
    /// leaves a floating value.
    pub fn instant(&self, zones: &ZoneSet, floating: &Zone) -> Timestamp {
        match self {
            Self::Utc(instant) => *instant,
            _ => self.zone(zones, floating).instant(self.local()),
        }
    }

    /// The value of this form that stands for an instant: of the same type and in the same TZID. Where
    /// the form is a DATE or floating, the instant is read as UTC, as the identity of an instance is.
    #[must_use]
    pub fn at(&self, instant: Timestamp, zones: &ZoneSet) -> Self {
        let utc = Zone::utc();
        let local = self.zone(zones, &utc).local(instant);
        match self {
            Self::Date(_) => Self::Date(local.date()),
            Self::Floating(_) => Self::Floating(local),
            Self::Utc(_) => Self::Utc(instant),
            Self::Zoned(_, tzid) => Self::Zoned(local, tzid.clone()),
        }
    }

    /// The wall clock that the value shows; of a DATE, midnight.
    pub fn local(&self) -> DateTime {
        match self {
            Self::Date(date) => date.to_datetime(Time::midnight()),
            Self::Floating(local) | Self::Zoned(local, _) => *local,
            Self::Utc(instant) => TimeZone::UTC.to_datetime(*instant),
        }
    }

    /// The instant after the duration: days are nominal, counted on the wall clock, and what is less
    /// is exact (RFC 5545 §3.3.6, §3.8.2.5).
    pub fn instant_after(
        &self,
        duration: CalendarDuration,
        zones: &ZoneSet,
        floating: &Zone,
    ) -> Timestamp {
        let local =
            self.local().saturating_add(Span::new().try_days(duration.days).unwrap_or_default());
        let instant = match self {
            Self::Utc(_) => utc_instant(local),
            _ => self.zone(zones, floating).instant(local),
        };
        let exact = SignedDuration::from_secs(duration.seconds);
        instant.saturating_add(exact).unwrap_or(instant)
    }

    /// Whether both are written alike: both dates, both UTC, both floating, both in the same TZID.
    pub fn same_form(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Zoned(_, a), Self::Zoned(_, b)) => a == b,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// Whether this is a DATE.
    pub fn is_date(&self) -> bool {
        matches!(self, Self::Date(_))
    }

    /// Whether the instant depends on where one is: a DATE or floating value.
    pub fn is_floating(&self) -> bool {
        matches!(self, Self::Date(_) | Self::Floating(_))
    }

    /// The TZID as written.
    pub fn tzid(&self) -> Option<&str> {
        match self {
            Self::Zoned(_, tzid) => Some(tzid),
            Self::Date(_) | Self::Floating(_) | Self::Utc(_) => None,
        }
    }

    fn zone<'a>(&self, zones: &'a ZoneSet, floating: &'a Zone) -> &'a Zone {
        self.tzid().and_then(|tzid| zones.get(tzid)).unwrap_or(floating)
    }
}

fn utc_instant(local: DateTime) -> Timestamp {
    TimeZone::UTC.to_timestamp(local).unwrap_or(Timestamp::MAX)
}

fn parse_date(value: &str) -> Option<Date> {
    let [y, m, d] = digits(value, [4, 2, 2])?;
    Date::new(i16::try_from(y).ok()?, i8::try_from(m).ok()?, i8::try_from(d).ok()?).ok()
}

/// A leap second is the second before (RFC 5545 §3.3.12).
fn parse_time(value: &str) -> Option<Time> {
    let [h, m, s] = digits(value, [2, 2, 2])?;
    let second = if s == 60 { 59 } else { s };
    Time::new(i8::try_from(h).ok()?, i8::try_from(m).ok()?, i8::try_from(second).ok()?, 0).ok()
}

/// Numbers of these many digits, with nothing between and nothing after.
fn digits(value: &str, widths: [usize; 3]) -> Option<[u32; 3]> {
    if value.len() != widths.iter().sum::<usize>() || !value.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut rest = value;
    let mut numbers = [0; 3];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let (digits, others) = rest.split_at_checked(width)?;
        *number = digits.parse().ok()?;
        rest = others;
    }
    Some(numbers)
}

/// A DURATION: days are nominal, seconds are exact (RFC 5545 §3.3.6). Both have the same sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CalendarDuration {
    /// Days and weeks: the same time of the day, so many days on.
    pub days: i64,
    /// Hours, minutes and seconds, as seconds.
    pub seconds: i64,
}

impl CalendarDuration {
    /// One day: what an event with a DATE and no end lasts (RFC 5545 §3.6.1).
    pub const DAY: Self = Self { days: 1, seconds: 0 };

    /// Reads `P1W`, `P1DT2H`, `-PT15M`. An empty time part (`P1DT`), which clients write, is taken.
    pub fn parse(value: &str) -> Result<Self, InvalidTime> {
        Self::read(value.trim_ascii()).ok_or(InvalidTime)
    }

    fn read(value: &str) -> Option<Self> {
        let (sign, rest) = match value.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, value.strip_prefix('+').unwrap_or(value)),
        };
        let mut rest = rest.strip_prefix(['P', 'p'])?;
        let mut duration = Self::default();
        let mut in_time = false;
        let mut parts = 0;
        while !rest.is_empty() {
            if let Some(time) = rest.strip_prefix(['T', 't'])
                && !in_time
            {
                (in_time, rest) = (true, time);
                continue;
            }
            let unit_at = rest.find(|c: char| !c.is_ascii_digit())?;
            let (number, tail) = rest.split_at_checked(unit_at)?;
            // Ten digits of weeks are beyond all time, and cannot overflow.
            let number = Some(number).filter(|n| n.len() <= 10)?.parse::<i64>().ok()?;
            let unit = tail.bytes().next()?.to_ascii_uppercase();
            match (in_time, unit) {
                (false, b'W') => duration.days += sign * number * 7,
                (false, b'D') => duration.days += sign * number,
                (true, b'H') => duration.seconds += sign * number * 3600,
                (true, b'M') => duration.seconds += sign * number * 60,
                (true, b'S') => duration.seconds += sign * number,
                _ => return None,
            }
            rest = tail.get(1..)?;
            parts += 1;
            if parts > 5 {
                return None;
            }
        }
        (parts > 0).then_some(duration)
    }

    /// Whether it goes back in time.
    pub fn is_negative(self) -> bool {
        self.days < 0 || self.seconds < 0
    }
}

impl fmt::Display for CalendarDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_negative() {
            f.write_str("-")?;
        }
        let (days, seconds) = (self.days.unsigned_abs(), self.seconds.unsigned_abs());
        if seconds == 0 && days > 0 && days % 7 == 0 {
            return write!(f, "P{}W", days / 7);
        }
        f.write_str("P")?;
        if days > 0 {
            write!(f, "{days}D")?;
        }
        if seconds > 0 || days == 0 {
            f.write_str("T")?;
            let parts = [(seconds / 3600, 'H'), (seconds / 60 % 60, 'M'), (seconds % 60, 'S')];
            for (number, unit) in parts {
                if number > 0 || (seconds == 0 && unit == 'S') {
                    write!(f, "{number}{unit}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn values_are_read_in_their_four_forms() {
        let nine = date(2026, 1, 2).at(9, 0, 0, 0);
        let zoned = |tzid: &str| CalendarTime::Zoned(nine, tzid.to_owned());
        for (value, tzid, expected) in [
            ("20260102", None, CalendarTime::Date(date(2026, 1, 2))), // RFC 5545 3.3.4
            ("20260102", Some("Europe/Berlin"), CalendarTime::Date(date(2026, 1, 2))), // 3.2.19
            ("20260102T090000", None, CalendarTime::Floating(nine)),  // 3.3.5 form 1
            ("20260102T090000", Some(""), CalendarTime::Floating(nine)),
            ("20260102T090000Z", None, CalendarTime::Utc(instant("2026-01-02T09:00:00Z"))), // form 2
            (
                "20260102T090000Z",
                Some("Europe/Berlin"),
                CalendarTime::Utc(instant("2026-01-02T09:00:00Z")),
            ),
            ("20260102T090000", Some("Europe/Berlin"), zoned("Europe/Berlin")), // form 3
            (" 20260102t090000 ", Some("X"), zoned("X")),
            ("20260102T235960Z", None, CalendarTime::Utc(instant("2026-01-02T23:59:59Z"))), // 3.3.12
        ] {
            assert_eq!(CalendarTime::parse(value, tzid), Ok(expected), "{value} {tzid:?}");
        }
    }

    #[test]
    fn what_is_no_date_and_no_time_is_refused() {
        for value in [
            "",
            "T",
            "2026",
            "20260230",
            "20261301",
            "2026010",
            "202601021",
            "20260102T",
            "20260102T0900",
            "20260102T240000",
            "20260102T096000",
            "20260102T090061",
            "19970701T2100000Z",
            "20260102T090000+0100",
            "20260102T090000ZZ",
            "2026-01-02",
            "+2026010",
            "2026010\u{e4}",
            "tomorrow",
        ] {
            assert_eq!(CalendarTime::parse(value, None), Err(InvalidTime), "{value}");
        }
    }

    #[test]
    fn values_print_as_they_were_read() {
        for line in [
            Property::new("DTSTART", "20260102").with_param("VALUE", "DATE"),
            Property::new("DTSTART", "20260102T090000"),
            Property::new("DTSTART", "20260102T090000Z"),
            Property::new("DTSTART", "00010102T090000Z"),
            Property::new("DTSTART", "20260102T090000").with_param("TZID", "Europe/Berlin"),
        ] {
            let time = CalendarTime::from_property(&line).unwrap();
            let printed = time.to_property("DTSTART");
            assert_eq!(printed.value(), line.value());
            assert_eq!(printed.param("TZID"), line.param("TZID"));
            assert_eq!(printed.param("VALUE"), line.param("VALUE"));
        }
    }

    #[test]
    fn days_are_nominal_and_hours_exact() {
        // RFC 5545 3.3.6: clocks in Berlin go forward on 29 March 2026
        let zones = ZoneSet::default();
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let eve = CalendarTime::parse("20260328T120000", None).unwrap();
        for (duration, expected) in [
            ("PT0S", "2026-03-28T11:00:00Z"),
            ("P1D", "2026-03-29T10:00:00Z"),
            ("PT24H", "2026-03-29T11:00:00Z"),
            ("P1DT2H", "2026-03-29T12:00:00Z"),
            ("-P1W", "2026-03-21T11:00:00Z"),
        ] {
            let duration = CalendarDuration::parse(duration).unwrap();
            assert_eq!(
                eve.instant_after(duration, &zones, &berlin),
                instant(expected),
                "{duration}"
            );
        }
    }

    #[test]
    fn durations_are_read_and_printed() {
        // RFC 5545 3.3.6
        for (text, days, seconds, printed) in [
            ("P15DT5H0M20S", 15, 18_020, "P15DT5H20S"),
            ("P7W", 49, 0, "P7W"),
            ("+PT1H", 0, 3600, "PT1H"),
            ("-PT15M", 0, -900, "-PT15M"),
            ("-P1DT1S", -1, -1, "-P1DT1S"),
            ("P1DT", 1, 0, "P1D"),
            ("pt90m", 0, 5400, "PT1H30M"),
            ("PT0S", 0, 0, "PT0S"),
            ("P0D", 0, 0, "PT0S"),
        ] {
            let duration = CalendarDuration { days, seconds };
            assert_eq!(CalendarDuration::parse(text), Ok(duration), "{text}");
            assert_eq!(duration.to_string(), printed, "{text}");
        }
        for text in [
            "",
            "P",
            "PT",
            "1D",
            "PD",
            "P1",
            "P1H",
            "PT1D",
            "PT1HT1M",
            "P1S",
            "--P1D",
            "P99999999999D",
            "P1D1D1D1D1D1D",
            "P\u{e4}",
        ] {
            assert_eq!(CalendarDuration::parse(text), Err(InvalidTime), "{text}");
        }
    }

    #[test]
    fn no_duration_overflows() {
        let zones = ZoneSet::default();
        let start = CalendarTime::parse("20260328T120000Z", None).unwrap();
        for text in ["P9999999999W", "-P9999999999W", "PT9999999999H", "-PT9999999999H"] {
            let duration = CalendarDuration::parse(text).unwrap();
            start.instant_after(duration, &zones, &Zone::utc());
        }
    }
}
