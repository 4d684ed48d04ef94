//! One occurrence of a component in numbers: when it is, and all that decides whether a time range
//! matches it (RFC 4791 §9.9) and whether it makes busy (§7.10).
//!
//! It is what the store keeps, so a query needs no iCalendar. Times without a zone are kept as
//! local time and placed when they are compared.

use std::ops::Range;

use jiff::Timestamp;

use crate::object::ComponentKind;
use crate::recur::days::to_local;
use crate::recur::{Timeline, instant};
use crate::source::{Component, Property};
use crate::time::{CalendarDuration, CalendarTime};
use crate::zone::{FIRST_INSTANT, LAST_INSTANT, Zone, ZoneSet};

/// An occurrence of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Occurrence {
    /// The start in seconds since 1970: UTC, or local time when `floating`.
    pub start: i64,
    /// The end, as `start`; never before it.
    pub end: i64,
    /// Whether the times have no zone: DATE and floating values.
    pub floating: bool,
    /// How a time range is compared with it.
    pub overlap: Overlap,
    /// TRANSP:TRANSPARENT: makes nobody busy.
    pub transparent: bool,
    /// STATUS.
    pub status: Status,
    /// The component it is an occurrence of: 0 the master, k the k-th override.
    pub component: u16,
}

/// The rows of RFC 4791 §9.9's tables. `s` and `e` are the occurrence's start and end, `a` and `b`
/// the range's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Overlap {
    /// `a < e && b > s`: an event, journal entry or free-busy period that lasts.
    Span,
    /// `a <= s && b > s`: one that does not, and a task with only DTSTART.
    Point,
    /// `a <= e && (b > s || b >= e)`: a task with DTSTART and DURATION.
    TodoDuration,
    /// `(a < e || a <= s) && (b > s || b >= e)`: a task with DTSTART and DUE.
    TodoDue,
    /// `a < e && b >= e`: a task with only DUE.
    Due,
    /// `a <= e && b >= s`: a task with only COMPLETED, or between CREATED and COMPLETED.
    Closed,
    /// `b > s`: a task with only CREATED.
    Created,
    /// A task without any time.
    Always,
    /// `a <= e && b > s`: free-busy information with DTSTART and DTEND.
    FreeBusy,
}

/// STATUS (RFC 5545 §3.8.1.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are RFC 5545's")]
pub enum Status {
    /// None is given.
    Unset,
    Tentative,
    Confirmed,
    Cancelled,
    NeedsAction,
    Completed,
    InProcess,
    Draft,
    Final,
    /// One that RFC 5545 does not define.
    Other,
}

impl Status {
    /// The STATUS of a component.
    pub fn of(component: &Component) -> Self {
        let Some(property) = component.property("STATUS") else {
            return Self::Unset;
        };
        let value = property.value().trim();
        [
            ("TENTATIVE", Self::Tentative),
            ("CONFIRMED", Self::Confirmed),
            ("CANCELLED", Self::Cancelled),
            ("NEEDS-ACTION", Self::NeedsAction),
            ("COMPLETED", Self::Completed),
            ("IN-PROCESS", Self::InProcess),
            ("DRAFT", Self::Draft),
            ("FINAL", Self::Final),
        ]
        .into_iter()
        .find_map(|(name, status)| name.eq_ignore_ascii_case(value).then_some(status))
        .unwrap_or(Self::Other)
    }
}

impl Occurrence {
    /// Whether a time range matches it, the start of the range included, its end not (RFC 4791
    /// §9.9). Times without a zone are placed by `floating`.
    pub fn overlaps(&self, range: &Range<Timestamp>, floating: &Zone) -> bool {
        let (s, e) = self.instants(floating);
        let (a, b) = (range.start, range.end);
        match self.overlap {
            Overlap::Span => a < e && b > s,
            Overlap::Point => a <= s && b > s,
            Overlap::TodoDuration => a <= e && (b > s || b >= e),
            Overlap::TodoDue => (a < e || a <= s) && (b > s || b >= e),
            Overlap::Due => a < e && b >= e,
            Overlap::Closed => a <= e && b >= s,
            Overlap::Created => b > s,
            Overlap::Always => true,
            Overlap::FreeBusy => a <= e && b > s,
        }
    }

    /// Start and end as instants. Times without a zone are placed by `floating`.
    pub fn instants(&self, floating: &Zone) -> (Timestamp, Timestamp) {
        if self.floating {
            (floating.instant(to_local(self.start)), floating.instant(to_local(self.end)))
        } else {
            (instant(self.start), instant(self.end))
        }
    }
}

/// What a component says about each of its occurrences, wherever that one starts.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    kind: ComponentKind,
    /// DTSTART, or DUE of a task that has no DTSTART.
    anchor: Option<CalendarTime>,
    length: Length,
    transparent: bool,
    status: Status,
    component: u16,
}

/// How an occurrence ends.
#[derive(Clone, Copy, Debug)]
enum Length {
    /// No end is given.
    Open,
    /// DTEND, DUE: the same exact duration for all occurrences (RFC 5545 §3.8.5.3).
    End(CalendarDuration),
    /// DURATION: nominal.
    Duration(CalendarDuration),
    /// A task with DUE and no DTSTART.
    Due,
}

impl Shape {
    pub(crate) fn new(
        component: &Component,
        kind: ComponentKind,
        number: u16,
        zones: &ZoneSet,
    ) -> Self {
        let time = |name| CalendarTime::from_property(component.property(name)?).ok();
        let start = time("DTSTART");
        let end = time(if kind == ComponentKind::Todo { "DUE" } else { "DTEND" });
        let duration = component.property("DURATION");
        let duration = duration.and_then(|p| CalendarDuration::parse(p.value()).ok());
        let (anchor, length) = match (start, end, duration) {
            (Some(start), Some(end), _) if end_fits(&start, &end, zones) => {
                let length = between(&start, &end, zones);
                (Some(start), Length::End(length))
            }
            // RFC 4791 §9.9: the DURATION of a VFREEBUSY has a meaning of its own.
            (Some(start), _, Some(duration))
                if kind != ComponentKind::FreeBusy && !duration.is_negative() =>
            {
                (Some(start), Length::Duration(duration))
            }
            (Some(start), ..) => (Some(start), Length::Open),
            (None, Some(due), _) if kind == ComponentKind::Todo => (Some(due), Length::Due),
            (None, ..) => (None, Length::Open),
        };
        let transparent = component
            .property("TRANSP")
            .is_some_and(|p| p.value().trim().eq_ignore_ascii_case("TRANSPARENT"));
        Self { kind, anchor, length, transparent, status: Status::of(component), component: number }
    }

    /// The value that an occurrence begins at: DTSTART, or DUE where that is all there is.
    pub(crate) fn anchor(&self) -> Option<&CalendarTime> {
        self.anchor.as_ref()
    }

    /// The component begins at this value, which it does not say itself.
    pub(crate) fn set_anchor(&mut self, anchor: CalendarTime) {
        self.anchor = Some(anchor);
    }

    /// Days and seconds from start to end, before the rule for occurrences without either is
    /// applied.
    pub(crate) fn length(&self, is_date: bool) -> CalendarDuration {
        match self.length {
            Length::End(length) | Length::Duration(length) => length,
            // RFC 4791 §9.9: a day for a DATE, else no time at all.
            Length::Open if is_date && self.kind != ComponentKind::Todo => CalendarDuration::DAY,
            Length::Open | Length::Due => CalendarDuration::default(),
        }
    }

    /// The occurrence that starts at a place of its timeline; `length` is that of an RDATE period.
    pub(crate) fn occurrence(
        &self,
        start: i64,
        timeline: &Timeline,
        length: Option<CalendarDuration>,
    ) -> Occurrence {
        let lasts = length.unwrap_or_else(|| self.length(timeline.is_date()));
        let end = timeline.after(start, lasts.days, lasts.seconds).max(start);
        let overlap = match (self.kind, self.length) {
            (ComponentKind::Todo, Length::Due) => Overlap::Due,
            (ComponentKind::Todo, Length::Duration(_)) => Overlap::TodoDuration,
            (ComponentKind::Todo, Length::End(_)) => Overlap::TodoDue,
            (ComponentKind::Todo, Length::Open) if length.is_some() => Overlap::TodoDuration,
            (ComponentKind::FreeBusy, Length::End(_)) => Overlap::FreeBusy,
            _ if end > start => Overlap::Span,
            _ => Overlap::Point,
        };
        self.at(start, end, timeline.is_floating(), overlap)
    }

    /// The occurrences of a component that has no start: RFC 4791 §9.9's last rows.
    pub(crate) fn without_start(&self, component: &Component, zones: &ZoneSet) -> Vec<Occurrence> {
        match self.kind {
            ComponentKind::Todo => vec![self.task_without_start(component, zones)],
            ComponentKind::FreeBusy => self.free_busy_periods(component),
            ComponentKind::Event | ComponentKind::Journal => Vec::new(),
        }
    }

    /// A task that only says when it was made and done, if that. Both are in UTC (RFC 5545
    /// §3.8.2.1, §3.8.7.1).
    fn task_without_start(&self, component: &Component, zones: &ZoneSet) -> Occurrence {
        let time = |name| {
            let time = CalendarTime::from_property(component.property(name)?).ok()?;
            Some(time.instant(zones, &Zone::utc()).as_second())
        };
        let (start, end, overlap) = match (time("COMPLETED"), time("CREATED")) {
            (Some(done), Some(made)) => (made.min(done), made.max(done), Overlap::Closed),
            (Some(done), None) => (done, done, Overlap::Closed),
            (None, Some(made)) => (made, LAST_INSTANT.as_second(), Overlap::Created),
            (None, None) => (FIRST_INSTANT.as_second(), LAST_INSTANT.as_second(), Overlap::Always),
        };
        self.at(start, end, false, overlap)
    }

    /// FREEBUSY periods, of any FBTYPE, where DTSTART and DTEND are not both there.
    pub(crate) fn free_busy_periods(&self, component: &Component) -> Vec<Occurrence> {
        let values = component.properties_named("FREEBUSY").map(Property::value);
        let periods = values.flat_map(|value| value.split(',')).filter_map(|period| {
            let (start, end) = period.split_once('/')?;
            let start = CalendarTime::parse(start, None).ok()?;
            let timeline = Timeline::new(&start, &ZoneSet::default());
            let start = timeline.start_id();
            let end = match CalendarTime::parse(end, None) {
                Ok(end) => timeline.id_of(&end, &ZoneSet::default()),
                Err(_) => {
                    let length = CalendarDuration::parse(end).ok()?;
                    timeline.after(start, length.days, length.seconds)
                }
            };
            (end > start).then(|| self.at(start, end, timeline.is_floating(), Overlap::Span))
        });
        periods.collect()
    }

    /// Whether free-busy information lacks the DTSTART and DTEND that would say what it covers.
    pub(crate) fn is_free_busy_without_span(&self) -> bool {
        self.kind == ComponentKind::FreeBusy && !matches!(self.length, Length::End(_))
    }

    fn at(&self, start: i64, end: i64, floating: bool, overlap: Overlap) -> Occurrence {
        let Self { transparent, status, component, .. } = *self;
        Occurrence { start, end, floating, overlap, transparent, status, component }
    }
}

/// Whether an end says anything: it has DTSTART's form, DATE or not, and does not lie before it. An
/// all-day event that ends on the day it starts is met often, and lasts that day.
fn end_fits(start: &CalendarTime, end: &CalendarTime, zones: &ZoneSet) -> bool {
    let seconds = between(start, end, zones);
    start.is_date() == end.is_date()
        && !seconds.is_negative()
        && (!start.is_date() || seconds != CalendarDuration::default())
}

/// From a start to its end: exact seconds, or whole days between two DATEs.
fn between(start: &CalendarTime, end: &CalendarTime, zones: &ZoneSet) -> CalendarDuration {
    let timeline = Timeline::new(start, zones);
    let seconds = timeline.id_of(end, zones) - timeline.start_id();
    CalendarDuration { days: 0, seconds }
}
