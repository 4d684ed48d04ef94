//! The instances of a calendar object: the recurrence set of its master with the overrides in their
//! places (RFC 5545 §3.8.4.4, §3.8.5).
//!
//! An override replaces the instance that its RECURRENCE-ID names by instant, however that is
//! written. With RANGE=THISANDFUTURE it also gives its duration, and the shift of its start, to all
//! later instances up to the next such override. EXDATE removes an instance even where an override
//! is left behind. An override of what is no instance stands for itself: it names its own times.

mod derive;
mod series;

use std::ops::Range;

use jiff::Timestamp;

pub(crate) use series::{Series, reaches_on};

use crate::Limits;
use crate::object::CalendarObject;
use crate::occurrence::Occurrence;
use crate::recur::{Cursor, Timeline, days, instant};
use crate::source::Component;
use crate::time::{CalendarTime, InvalidTime};
use crate::zone::{FIRST_INSTANT, LAST_INSTANT, Zone, ZoneSet};
use series::{Placed, identity};

/// Which instance a component stands for, by instant: RECURRENCE-ID may be written in UTC, with a
/// TZID or with another name of the zone. DATE and floating values are read as UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceId {
    /// No RECURRENCE-ID: the whole object.
    Master,
    /// One instance.
    Recurrence(Timestamp),
}

impl InstanceId {
    /// The identity of a component by itself, in an object with these zones. Where there is a
    /// master, [`CalendarObject::instance_id`] also understands a RECURRENCE-ID of another type
    /// than DTSTART.
    pub fn of(component: &Component, zones: &ZoneSet) -> Result<Self, InvalidTime> {
        match component.property("RECURRENCE-ID") {
            None => Ok(Self::Master),
            Some(property) => {
                let time = CalendarTime::from_property(property)?;
                Ok(Self::Recurrence(time.instant(zones, &Zone::utc())))
            }
        }
    }
}

/// One instance of a calendar object.
#[derive(Clone, Debug)]
pub struct Instance<'a> {
    /// Which one.
    pub id: InstanceId,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// The component that describes it: the master or an override.
    pub component: &'a Component,
    /// Whether that is not the master. An override with RANGE=THISANDFUTURE describes many
    /// instances.
    pub is_override: bool,
    /// The same in numbers.
    pub occurrence: Occurrence,
    is_date: bool,
    is_date_id: bool,
}

impl Instance<'_> {
    /// DTSTART (of a task without one: DUE) as `expand` writes it (RFC 4791 §9.6.5): a DATE or
    /// floating time as such, any other in UTC.
    pub fn start_value(&self) -> CalendarTime {
        value(self.occurrence.start, self.occurrence.floating, self.is_date)
    }

    /// DTEND or DUE, likewise.
    pub fn end_value(&self) -> CalendarTime {
        value(self.occurrence.end, self.occurrence.floating, self.is_date)
    }

    /// RECURRENCE-ID, likewise; none for an object that does not recur.
    pub fn recurrence_id(&self, object: &CalendarObject) -> Option<CalendarTime> {
        let InstanceId::Recurrence(id) = self.id else {
            return None;
        };
        let floating = object.timeline().is_some_and(|timeline| timeline.is_floating());
        Some(value(id.as_second(), floating, self.is_date_id))
    }
}

fn value(seconds: i64, floating: bool, is_date: bool) -> CalendarTime {
    match (is_date, floating) {
        (true, _) => CalendarTime::Date(days::to_local(seconds).date()),
        (false, true) => CalendarTime::Floating(days::to_local(seconds)),
        (false, false) => CalendarTime::Utc(instant(seconds)),
    }
}

impl CalendarObject {
    /// The instances that a time range matches (RFC 4791 §9.9), in the order of their identities.
    /// Times without a zone are placed by `floating`.
    pub fn instances(
        &self,
        window: Range<Timestamp>,
        floating: &Zone,
        limits: &Limits,
    ) -> Instances<'_> {
        Instances::new(Series::new(self), window, floating, limits)
    }

    /// All instances, from the first on.
    pub fn all_instances(&self, floating: &Zone, limits: &Limits) -> Instances<'_> {
        self.instances(FIRST_INSTANT..LAST_INSTANT, floating, limits)
    }

    /// The override with this very identity; for [`InstanceId::Master`], the master.
    pub fn override_for(&self, id: &InstanceId) -> Option<&Component> {
        match id {
            InstanceId::Master => self.master(),
            id => self.overrides().find(|component| self.instance_id(component) == *id),
        }
    }

    /// The component that describes an instance: its override, the THISANDFUTURE override that
    /// reaches it, or the master. None where there is no such instance.
    pub fn component_for(&self, id: &InstanceId) -> Option<&Component> {
        match id {
            InstanceId::Master => self.master(),
            InstanceId::Recurrence(id) => Some(Series::new(self).find(id.as_second())?.component),
        }
    }

    /// The identity of one of the object's components.
    pub fn instance_id(&self, component: &Component) -> InstanceId {
        let Some(property) = component.property("RECURRENCE-ID") else {
            return InstanceId::Master;
        };
        match CalendarTime::from_property(property) {
            Ok(written) => {
                InstanceId::Recurrence(identity(&written, self.timeline().as_ref(), self.zones()))
            }
            Err(_) => InstanceId::Master,
        }
    }

    /// The line that the master's instances lie on.
    fn timeline(&self) -> Option<Timeline> {
        let master = self.master()?;
        let start = master.property("DTSTART").or_else(|| master.property("DUE"))?;
        Some(Timeline::new(&CalendarTime::from_property(start).ok()?, self.zones()))
    }
}

/// The instances in a window.
#[derive(Debug)]
pub struct Instances<'a> {
    walk: Walk<'a>,
    window: Range<Timestamp>,
    floating: Zone,
    left: usize,
}

impl<'a> Instances<'a> {
    pub(crate) fn new(
        series: Series<'a>,
        window: Range<Timestamp>,
        floating: &Zone,
        limits: &Limits,
    ) -> Self {
        let (before, after) = series.reach();
        // A time without a zone lies up to a day from where it is kept.
        let slack = if series.is_floating() { days::DAY } else { 0 };
        let from = window.start.as_second().saturating_sub(before.saturating_add(slack));
        let to = window.end.as_second().saturating_add(after.saturating_add(slack + 1));
        let walk = series.walk(from, to);
        Self { walk, window, floating: floating.clone(), left: limits.max_instances }
    }

    /// Whether a limit ended the iteration, so that there may be more instances.
    pub fn is_truncated(&self) -> bool {
        self.left == 0 || self.walk.is_exhausted()
    }
}

impl<'a> Iterator for Instances<'a> {
    type Item = Instance<'a>;

    fn next(&mut self) -> Option<Instance<'a>> {
        while self.left > 0 {
            let placed = self.walk.next()?;
            if placed.occurrence.overlaps(&self.window, &self.floating) {
                self.left -= 1;
                return Some(self.walk.series.instance(placed, &self.floating));
            }
        }
        None
    }
}

/// All that a series holds between two places of its line, and its overrides wherever they are: the
/// caller looks at where each one really is.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    pub(crate) series: Series<'a>,
    cursor: Option<Cursor>,
    /// The next instance of the set, which may lie beyond the end of the walk.
    peeked: Option<i64>,
    to: i64,
    next_named: usize,
}

impl<'a> Series<'a> {
    /// The walk over all instances from `from` to before `to`.
    pub(crate) fn walk(self, from: i64, to: i64) -> Walk<'a> {
        let mut cursor = self.set().map(|set| set.cursor(from));
        let peeked = cursor.as_mut().and_then(|cursor| self.next_of_set(cursor));
        Walk { series: self, cursor, peeked, to, next_named: 0 }
    }
}

impl<'a> Walk<'a> {
    /// The next instance, in the order of identities.
    pub(crate) fn next(&mut self) -> Option<Placed<'a>> {
        let named = self.series.named(self.next_named);
        match self.peeked.filter(|id| *id < self.to) {
            Some(id) if named.is_none_or(|named| id < named.id) => {
                self.peeked = match &mut self.cursor {
                    Some(cursor) => self.series.next_of_set(cursor),
                    None => None,
                };
                self.series.place(id)
            }
            _ => {
                self.next_named += 1;
                named
            }
        }
    }

    /// Takes nothing more from the set; the overrides that are left still come.
    pub(crate) fn stop(&mut self) {
        self.to = i64::MIN;
    }

    /// Before which identity nothing of the set is missing. None where there is no more of it.
    pub(crate) fn complete_until(&self) -> Option<i64> {
        let (set, cursor) = (self.series.set()?, self.cursor.as_ref()?);
        set.complete_until(cursor, self.peeked)
    }

    /// Whether a limit on work ended the walk.
    fn is_exhausted(&self) -> bool {
        self.cursor.as_ref().is_some_and(Cursor::is_exhausted)
    }
}
