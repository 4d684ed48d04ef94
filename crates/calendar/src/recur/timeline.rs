//! The line on which the instances of one component lie, given by its DTSTART.
//!
//! Instances are told apart by instant. DATE and floating values have none by themselves; on their
//! line the local time is read as if it were UTC, so that identity does not depend on where one is.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::days::{DAY, to_local, to_seconds};
use crate::time::CalendarTime;
use crate::zone::{FIRST_INSTANT, LAST_INSTANT, Zone, ZoneSet};

/// What a DTSTART says about all values that belong to it.
#[derive(Clone, Debug)]
pub(crate) struct Timeline {
    start: CalendarTime,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// Whole days.
    Date,
    /// Local times without a zone.
    Floating,
    /// Instants, told in a zone.
    Zoned(Zone),
}

/// Which days or instant an EXDATE or RECURRENCE-ID names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// One instant of the line.
    Id(i64),
    /// Whatever begins on this day: a DATE that names instances with a time.
    Day(Date),
}

/// A stretch of local time in which the clocks are not changed, and how far they are from the line.
#[derive(Clone, Debug, Default)]
pub(super) struct Calm {
    locals: Range<i64>,
    offset: i64,
}

impl Calm {
    /// Where a local time lies, if that is in the stretch.
    pub(super) fn place(&self, local: i64) -> Option<i64> {
        self.locals.contains(&local).then(|| local - self.offset)
    }
}

impl Timeline {
    /// The line of a DTSTART. A TZID that nobody knows leaves floating time.
    pub(crate) fn new(start: &CalendarTime, zones: &ZoneSet) -> Self {
        let kind = match start {
            CalendarTime::Date(_) => Kind::Date,
            CalendarTime::Floating(_) => Kind::Floating,
            CalendarTime::Utc(_) => Kind::Zoned(Zone::utc()),
            CalendarTime::Zoned(_, tzid) => match zones.get(tzid) {
                Some(zone) => Kind::Zoned(zone.clone()),
                None => Kind::Floating,
            },
        };
        Self { start: start.clone(), kind }
    }

    /// DTSTART as local time.
    pub(crate) fn start(&self) -> DateTime {
        self.start.local()
    }

    /// Where DTSTART lies.
    pub(crate) fn start_id(&self) -> i64 {
        self.place(self.start()).0
    }

    pub(crate) fn is_date(&self) -> bool {
        matches!(self.kind, Kind::Date)
    }

    /// Whether the line has no zone.
    pub(crate) fn is_floating(&self) -> bool {
        !matches!(self.kind, Kind::Zoned(_))
    }

    /// Where a local time lies, and whether the clocks skip it.
    pub(crate) fn place(&self, local: DateTime) -> (i64, bool) {
        match &self.kind {
            Kind::Date | Kind::Floating => (to_seconds(local), false),
            Kind::Zoned(zone) => {
                let placed = zone.place(local);
                (placed.instant.as_second(), placed.in_gap)
            }
        }
    }

    /// The stretch around a place, less some days: no change of the clocks is larger than one. Empty where
    /// nothing is known, or too near to such a change.
    pub(super) fn calm_around(&self, id: i64) -> Calm {
        const MARGIN: i64 = 2 * DAY;
        let (changes, offset) = match &self.kind {
            Kind::Date | Kind::Floating => ((None, None), 0),
            Kind::Zoned(zone) => {
                (zone.changes_around(instant(id)), i64::from(zone.offset_at(instant(id))))
            }
        };
        let (before, after) =
            (changes.0.unwrap_or(FIRST_INSTANT), changes.1.unwrap_or(LAST_INSTANT));
        let locals = before.as_second() + offset + MARGIN..after.as_second() + offset - MARGIN;
        Calm { locals, offset }
    }

    /// The local time of a place on the line.
    pub(crate) fn local(&self, id: i64) -> DateTime {
        match &self.kind {
            Kind::Date | Kind::Floating => to_local(id),
            Kind::Zoned(zone) => zone.local(instant(id)),
        }
    }

    /// How far the clocks were put forward in the day before.
    pub(crate) fn gap_before(&self, id: i64) -> i64 {
        match &self.kind {
            Kind::Date | Kind::Floating => 0,
            Kind::Zoned(zone) => {
                let offset = |id| i64::from(zone.offset_at(instant(id)));
                (offset(id) - offset(id.saturating_sub(DAY))).max(0)
            }
        }
    }

    /// A place on the line, written as DTSTART is.
    pub(crate) fn value(&self, id: i64) -> CalendarTime {
        match &self.start {
            CalendarTime::Date(_) => CalendarTime::Date(self.local(id).date()),
            CalendarTime::Floating(_) => CalendarTime::Floating(self.local(id)),
            CalendarTime::Utc(_) => CalendarTime::Utc(instant(id)),
            CalendarTime::Zoned(_, tzid) => CalendarTime::Zoned(self.local(id), tzid.clone()),
        }
    }

    /// Where a value lies that names an instant of its own: DTEND, DUE, RDATE, UNTIL.
    pub(crate) fn id_of(&self, value: &CalendarTime, zones: &ZoneSet) -> i64 {
        match (&self.kind, value) {
            (Kind::Zoned(_), CalendarTime::Utc(instant)) => instant.as_second(),
            (Kind::Zoned(_), CalendarTime::Zoned(local, tzid)) => match zones.get(tzid) {
                Some(zone) => zone.instant(*local).as_second(),
                None => self.place(*local).0,
            },
            (Kind::Date, _) => to_seconds(value.local()).div_euclid(DAY) * DAY,
            _ => self.place(value.local()).0,
        }
    }

    /// What an EXDATE or RECURRENCE-ID names, whatever its type: a DATE for instances with a time,
    /// a DATE-TIME for whole days, another zone or none.
    pub(crate) fn named(&self, value: &CalendarTime, zones: &ZoneSet) -> Named {
        match value {
            CalendarTime::Date(date) if !self.is_date() => Named::Day(*date),
            _ => Named::Id(self.id_of(value, zones)),
        }
    }

    /// The place that a RECURRENCE-ID names. A DATE stands for the instance at DTSTART's time of
    /// day.
    pub(crate) fn recurrence_id(&self, value: &CalendarTime, zones: &ZoneSet) -> i64 {
        match self.named(value, zones) {
            Named::Id(id) => id,
            Named::Day(date) => self.place(date.to_datetime(self.start().time())).0,
        }
    }

    /// A place some days and seconds later: days as the wall clock counts, seconds exactly
    /// (RFC 5545 §3.3.6).
    pub(crate) fn after(&self, id: i64, days: i64, seconds: i64) -> i64 {
        let id = if days == 0 {
            id
        } else {
            let local = to_seconds(self.local(id)).saturating_add(days.saturating_mul(DAY));
            self.place(to_local(local)).0
        };
        id.saturating_add(seconds).min(crate::zone::LAST_INSTANT.as_second())
    }
}

/// The instant of so many seconds, moved into the years that calendar data may name.
pub(crate) fn instant(seconds: i64) -> Timestamp {
    let end = if seconds < 0 { crate::zone::FIRST_INSTANT } else { crate::zone::LAST_INSTANT };
    crate::zone::within_years(Timestamp::from_second(seconds).unwrap_or(end))
}
