//! Time ranges as report bodies write them (RFC 4791 9.9): UTC date-times in attributes.

use std::ops::Range;

use calendar::filter::TimeRange;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::context::Config;
use crate::error::{Error, Precondition};
use crate::xml::Element;

/// What is wrong with a time range. Which status that makes depends on where the range stood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidTimeRange {
    /// Neither end is given: not the grammar of RFC 4791 9.9, which asks for one at least.
    #[error("a time range needs a start or an end attribute")]
    Unbounded,
    /// An end that must be there (9.6.5 to 9.6.7) is not.
    #[error("{element} needs both a start and an end attribute")]
    HalfOpen {
        /// The element's local name.
        element: &'static str,
    },
    /// Not a "date with UTC time" of RFC 5545 3.3.5, form 2.
    #[error("{attribute}=\"{value}\" is not a UTC date-time such as 20260102T030405Z")]
    NotUtc {
        /// `start` or `end`.
        attribute: &'static str,
        /// What the client sent.
        value: String,
    },
    /// The end is not after the start.
    #[error("the end of the time range is not after its start")]
    Empty,
}

/// RFC 4791 7.8, `CALDAV:min-date-time` and `CALDAV:max-date-time`: both ends lie between the
/// earliest and the latest date of a calendar.
pub(crate) fn check(range: TimeRange, config: &Config) -> Result<(), Error> {
    let mut ends = range.start.into_iter().chain(range.end);
    ends.try_for_each(|end| check_date(end, config))
}

/// As [`check`], for one date.
pub(crate) fn check_date(date: Timestamp, config: &Config) -> Result<(), Error> {
    if date < config.min_date_time {
        return Err(Error::unmet(
            Precondition::MinDateTime,
            format!("{date} is before {}, the earliest date of a calendar", config.min_date_time),
        ));
    }
    if date > config.max_date_time {
        return Err(Error::unmet(
            Precondition::MaxDateTime,
            format!("{date} is after {}, the latest date of a calendar", config.max_date_time),
        ));
    }
    Ok(())
}

// <!ELEMENT time-range EMPTY>
// <!ATTLIST time-range start CDATA #IMPLIED end CDATA #IMPLIED>
pub(crate) fn parse(element: &Element) -> Result<TimeRange, InvalidTimeRange> {
    let range = TimeRange { start: instant(element, "start")?, end: instant(element, "end")? };
    match (range.start, range.end) {
        (None, None) => Err(InvalidTimeRange::Unbounded),
        (Some(start), Some(end)) if end <= start => Err(InvalidTimeRange::Empty),
        _ => Ok(range),
    }
}

/// A range with both ends: `expand`, `limit-recurrence-set`, `limit-freebusy-set` (RFC 4791 9.6.5 to 9.6.7).
pub(crate) fn bounded(
    element: &Element,
    name: &'static str,
) -> Result<Range<Timestamp>, InvalidTimeRange> {
    match parse(element)? {
        TimeRange { start: Some(start), end: Some(end) } => Ok(start..end),
        _ => Err(InvalidTimeRange::HalfOpen { element: name }),
    }
}

fn instant(
    element: &Element,
    attribute: &'static str,
) -> Result<Option<Timestamp>, InvalidTimeRange> {
    element
        .attribute(attribute)
        .map(|value| {
            parse_utc(value).ok_or_else(|| InvalidTimeRange::NotUtc {
                attribute,
                value: value.chars().take(40).collect(),
            })
        })
        .transpose()
}

/// `YYYYMMDDTHHMMSSZ`, nothing else: RFC 4791 9.9 leaves no other form.
fn parse_utc(value: &str) -> Option<Timestamp> {
    let shape = value.len() == 16
        && value.bytes().enumerate().all(|(at, byte)| match at {
            8 => byte == b'T',
            15 => byte == b'Z',
            _ => byte.is_ascii_digit(),
        });
    if !shape {
        return None;
    }
    let civil = DateTime::strptime("%Y%m%dT%H%M%SZ", value).ok()?;
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::read;

    fn parsed(attributes: &str) -> Result<TimeRange, InvalidTimeRange> {
        let element = read(format!("<time-range {attributes}/>").as_bytes()).unwrap();
        parse(&element)
    }

    #[test]
    fn ranges_are_utc_date_times_with_one_end_at_least() {
        let start = "20260102T030405Z";
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        for (attributes, expected) in [
            (format!("start='{start}'"), (at("2026-01-02T03:04:05Z"), None)),
            (format!("end='{start}'"), (None, at("2026-01-02T03:04:05Z"))),
            (
                format!("start='{start}' end='20260102T030406Z'"),
                (at("2026-01-02T03:04:05Z"), at("2026-01-02T03:04:06Z")),
            ),
            ("start='00010101T000000Z'".to_owned(), (at("0001-01-01T00:00:00Z"), None)),
        ] {
            let range = parsed(&attributes).unwrap();
            assert_eq!((range.start, range.end), expected, "{attributes}");
        }
    }

    #[test]
    fn other_ranges_are_refused_and_the_reason_names_the_attribute() {
        for (attributes, sentence) in [
            ("", "start or an end"),
            ("start=''", "start=\"\""),
            ("start='20260102'", "start="),
            ("end='20260102T030405'", "end="),
            ("end='2026-01-02T03:04:05Z'", "end="),
            ("start='20261302T030405Z'", "start="),
            ("start='20260102T250405Z'", "start="),
            ("start='+0260102T030405Z'", "start="),
            ("start='20260102T030405Z' end='20260102T030405Z'", "not after"),
            ("start='20260103T030405Z' end='20260102T030405Z'", "not after"),
        ] {
            let reason = parsed(attributes).unwrap_err().to_string();
            assert!(reason.contains(sentence), "{attributes}: {reason}");
        }
    }

    #[test]
    fn selections_need_both_ends() {
        let element = read(b"<expand start='20260102T030405Z'/>").unwrap();
        assert_eq!(
            bounded(&element, "expand"),
            Err(InvalidTimeRange::HalfOpen { element: "expand" })
        );
    }
}
