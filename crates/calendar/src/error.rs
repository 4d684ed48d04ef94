//! What can be wrong with calendar data, sorted by the precondition that the client is told
//! (RFC 4791 §5.3.2.1).

use thiserror::Error;

/// Why octets are not a calendar object that we store, or not a message that we understand.
///
/// `Display` is a sentence for the person at the client.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParseError {
    /// Not iCalendar (RFC 5545 §3.1, §3.4): `CALDAV:valid-calendar-data`.
    #[error("{}{detail}", at(.line))]
    NotCalendarData {
        /// The line of the octets where it shows, counted from 1 in physical lines.
        line: Option<u32>,
        /// What is wrong, as a sentence without its full stop.
        detail: String,
    },
    /// iCalendar, but against RFC 4791 §4.1: `CALDAV:valid-calendar-object-resource`.
    #[error("{detail}")]
    NotCalendarObject {
        /// What is wrong, as a sentence without its full stop.
        detail: String,
    },
    /// A kind of component that no calendar here takes: `CALDAV:supported-calendar-component`.
    #[error("a {name} component cannot be stored in a calendar")]
    UnsupportedComponent {
        /// The component's name.
        name: String,
    },
    /// Larger than the limits allow: `CALDAV:max-resource-size`.
    #[error("the calendar object has more than {limit} {unit}")]
    TooLarge {
        /// What was counted: `octets`, `lines`, `components`.
        unit: &'static str,
        /// How many are allowed.
        limit: usize,
    },
    /// More instances than the limits allow: `CALDAV:max-instances`.
    #[error("the calendar object has more than {limit} overridden instances")]
    TooManyInstances {
        /// How many are allowed.
        limit: usize,
    },
    /// More attendees in one instance than the limits allow: `CALDAV:max-attendees-per-instance`.
    #[error("an instance has more than {limit} attendees")]
    TooManyAttendees {
        /// How many are allowed.
        limit: usize,
    },
    /// A TZID that is neither defined in the object nor known here: `CALDAV:valid-timezone`
    /// (RFC 7809 §3.1.4).
    #[error("the time zone {tzid:?} is neither defined by a VTIMEZONE nor known to this server")]
    UnknownTimezone {
        /// The TZID as written.
        tzid: String,
    },
    /// A recurrence in a calendar that is not computed here: `CALDAV:supported-rscale`
    /// (RFC 7529 §10)
    #[error("recurrence in the {rscale} calendar is not supported")]
    UnsupportedRscale {
        /// The RSCALE as written.
        rscale: String,
    },
}

impl ParseError {
    /// The sentence that tells a person what is wrong, with the line where it is known.
    pub fn detail(&self) -> String {
        self.to_string()
    }

    pub(crate) fn data(detail: impl Into<String>) -> Self {
        Self::NotCalendarData { line: None, detail: detail.into() }
    }

    pub(crate) fn data_at(line: u32, detail: impl Into<String>) -> Self {
        Self::NotCalendarData { line: Some(line), detail: detail.into() }
    }

    pub(crate) fn object(detail: impl Into<String>) -> Self {
        Self::NotCalendarObject { detail: detail.into() }
    }
}

fn at(line: &Option<u32>) -> String {
    line.map(|n| format!("line {n}: ")).unwrap_or_default()
}
