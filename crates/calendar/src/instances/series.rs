//! An object made ready to be walked: its recurrence set, and where each override stands.

use jiff::Timestamp;

use super::Instance;
use crate::instances::InstanceId;
use crate::object::{CalendarObject, ComponentKind};
use crate::occurrence::{Occurrence, Shape};
use crate::recur::days::{DAY, to_local, to_seconds};
use crate::recur::{Cursor, RecurrenceSet, Timeline, instant};
use crate::source::Component;
use crate::time::{CalendarDuration, CalendarTime};
use crate::zone::{Zone, ZoneSet};

/// The recurrence set of an object and its overrides.
#[derive(Debug)]
pub(crate) struct Series<'a> {
    kind: ComponentKind,
    zones: &'a ZoneSet,
    /// Whether its instances have identities.
    recurs: bool,
    master: Option<Part<'a>>,
    set: Option<RecurrenceSet>,
    /// What stands by itself, in order: the overrides, and what has no start.
    named: Vec<Placed<'a>>,
    /// The overrides with RANGE=THISANDFUTURE, in order.
    ranges: Vec<Range<'a>>,
}

/// An instance, placed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed<'a> {
    /// Its identity on the master's line.
    pub(crate) id: i64,
    /// Whether it has no identity: a master without a start.
    is_master: bool,
    pub(crate) component: &'a Component,
    pub(crate) occurrence: Occurrence,
    is_date: bool,
}

/// A component and what it says about its occurrences.
#[derive(Debug)]
struct Part<'a> {
    component: &'a Component,
    shape: Shape,
}

/// An override that reaches all later instances.
#[derive(Debug)]
struct Range<'a> {
    id: i64,
    part: Part<'a>,
    timeline: Timeline,
    /// Seconds of the wall clock from where the instance would start to where it does.
    shift: i64,
}

impl<'a> Series<'a> {
    /// The series of a calendar object.
    pub(crate) fn new(object: &'a CalendarObject) -> Self {
        let recurs = object.is_recurring();
        Self::of(object.kind(), object.zones(), recurs, object.master(), object.overrides())
    }

    /// The series of components that belong together.
    pub(crate) fn of(
        kind: ComponentKind,
        zones: &'a ZoneSet,
        recurs: bool,
        master: Option<&'a Component>,
        overrides: impl Iterator<Item = &'a Component>,
    ) -> Self {
        let master = master
            .map(|component| Part { component, shape: Shape::new(component, kind, 0, zones) });
        let (named, ranges) = (Vec::new(), Vec::new());
        let mut series = Self { kind, zones, recurs, master, set: None, named, ranges };
        series.add_master();
        series.add_overrides(overrides);
        series
    }

    pub(crate) fn set(&self) -> Option<&RecurrenceSet> {
        self.set.as_ref()
    }

    /// What stands by itself, by its place in the order.
    pub(super) fn named(&self, index: usize) -> Option<Placed<'a>> {
        self.named.get(index).copied()
    }

    /// The next instance of the set that no override replaces.
    pub(super) fn next_of_set(&self, cursor: &mut Cursor) -> Option<i64> {
        let set = self.set.as_ref()?;
        loop {
            let id = set.next(cursor)?;
            if self.find_named(id).is_none() {
                return Some(id);
            }
        }
    }

    /// An instance of the set that no override replaces.
    pub(crate) fn place(&self, id: i64) -> Option<Placed<'a>> {
        if let Some(range) = self.range_of(id) {
            return Some(self.place_in(range, id));
        }
        let (set, master) = (self.set.as_ref()?, self.master.as_ref()?);
        let timeline = set.timeline();
        let occurrence = master.shape.occurrence(id, timeline, set.period(id));
        Some(Placed {
            id,
            is_master: false,
            component: master.component,
            occurrence,
            is_date: timeline.is_date(),
        })
    }

    /// The instance with this identity.
    pub(super) fn find(&self, id: i64) -> Option<Placed<'a>> {
        if self.contains(id) { self.placed(id) } else { None }
    }

    /// The instance with this identity, which is known to be one.
    pub(super) fn placed(&self, id: i64) -> Option<Placed<'a>> {
        self.find_named(id).or_else(|| self.place(id))
    }

    pub(super) fn zones(&self) -> &'a ZoneSet {
        self.zones
    }

    pub(super) fn contains(&self, id: i64) -> bool {
        self.find_named(id).is_some() || self.set.as_ref().is_some_and(|set| set.contains(id))
    }

    /// How long the instance lasts by an RDATE of type PERIOD, where the master describes it.
    pub(super) fn period(&self, id: i64) -> Option<CalendarDuration> {
        self.set.as_ref()?.period(id).filter(|_| self.range_of(id).is_none())
    }

    /// How many seconds before a window an instance of the set may begin by its identity and still
    /// reach into it, and how many after it and still have been moved into it.
    pub(crate) fn reach(&self) -> (i64, i64) {
        let seconds = |length: CalendarDuration| {
            // A nominal day may be longer than another.
            let days = length.days.saturating_add(i64::from(length.days > 0));
            days.saturating_mul(DAY).saturating_add(length.seconds)
        };
        let is_date = |timeline: &Timeline| timeline.is_date();
        let set = self.set.as_ref();
        let own = self.master.as_ref().zip(set);
        let own = own.map(|(part, set)| part.shape.length(is_date(set.timeline())));
        let periods = set.into_iter().flat_map(RecurrenceSet::periods);
        let mut before = own.into_iter().chain(periods).map(seconds).max().unwrap_or(0);
        let mut after = 0;
        for range in &self.ranges {
            let length = seconds(range.part.shape.length(is_date(&range.timeline)));
            before = before.max(length.saturating_add(range.shift.max(0)).saturating_add(DAY));
            after = after.max((-range.shift).saturating_add(DAY));
        }
        (before, after)
    }

    /// Whether the times of the set, or of a part of it, have no zone.
    pub(crate) fn is_floating(&self) -> bool {
        self.set.as_ref().is_some_and(|set| set.timeline().is_floating())
            || self.ranges.iter().any(|range| range.timeline.is_floating())
    }

    pub(super) fn instance(&self, placed: Placed<'a>, floating: &Zone) -> Instance<'a> {
        let Placed { component, occurrence, is_date, .. } = placed;
        let (start, end) = occurrence.instants(floating);
        let recurs = self.recurs && !placed.is_master;
        Instance {
            id: if recurs {
                InstanceId::Recurrence(instant(placed.id))
            } else {
                InstanceId::Master
            },
            start,
            end,
            component,
            is_override: occurrence.component > 0,
            occurrence,
            is_date,
            is_date_id: self.set.as_ref().map_or(is_date, |set| set.timeline().is_date()),
        }
    }

    fn add_master(&mut self) {
        let Some(Part { component, shape }) = &self.master else {
            return;
        };
        let zones = self.zones;
        let without_start = if shape.is_free_busy_without_span() {
            shape.free_busy_periods(component)
        } else if let Some(start) = shape.anchor() {
            self.set = Some(RecurrenceSet::new(component, Timeline::new(start, zones), zones));
            return;
        } else {
            shape.without_start(component, zones)
        };
        self.named.extend(without_start.into_iter().map(|occurrence| Placed {
            id: i64::MIN,
            is_master: true,
            component,
            occurrence,
            is_date: false,
        }));
    }

    fn add_overrides(&mut self, overrides: impl Iterator<Item = &'a Component>) {
        let zones = self.zones;
        for (component, number) in overrides.zip(1_u16..=u16::MAX) {
            let written = component.property("RECURRENCE-ID");
            let Some(written) = written.and_then(|p| CalendarTime::from_property(p).ok()) else {
                continue;
            };
            let line = self.set.as_ref().map(RecurrenceSet::timeline);
            let id = identity(&written, line, zones).as_second();
            let mut shape = Shape::new(component, self.kind, number, zones);
            if shape.anchor().is_none() {
                shape.set_anchor(line.map_or(written, |line| line.value(id)));
            }
            let Some(timeline) = shape.anchor().map(|anchor| Timeline::new(anchor, zones)) else {
                continue;
            };
            let placed = Placed {
                id,
                is_master: false,
                component,
                occurrence: shape.occurrence(timeline.start_id(), &timeline, None),
                is_date: timeline.is_date(),
            };
            if reaches_on(component) {
                let from = self.unshifted(&timeline, id);
                let shift = to_seconds(timeline.start()) - from;
                self.ranges.push(Range { id, part: Part { component, shape }, timeline, shift });
            }
            if self.set.as_ref().is_none_or(|set| !set.excludes(id)) {
                self.named.push(placed);
            }
        }
        self.named.sort_by_key(|placed| placed.id);
        self.named.dedup_by(|later, first| later.id == first.id && !first.is_master);
        self.ranges.sort_by_key(|range| range.id);
    }

    pub(crate) fn find_named(&self, id: i64) -> Option<Placed<'a>> {
        let at = self.named.partition_point(|placed| placed.id < id);
        self.named.get(at).filter(|placed| placed.id == id && !placed.is_master).copied()
    }

    fn range_of(&self, id: i64) -> Option<&Range<'a>> {
        let at = self.ranges.partition_point(|range| range.id <= id);
        self.ranges.get(at.checked_sub(1)?)
    }

    /// RFC 5545 §3.2.13: later instances are shifted as this one is, and last as long.
    fn place_in(&self, range: &Range<'a>, id: i64) -> Placed<'a> {
        let from = self.unshifted(&range.timeline, id);
        let (start, _) = range.timeline.place(to_local(from.saturating_add(range.shift)));
        Placed {
            id,
            is_master: false,
            component: range.part.component,
            occurrence: range.part.shape.occurrence(start, &range.timeline, None),
            is_date: range.timeline.is_date(),
        }
    }

    /// An instance's own start on the wall clock of another line; of whole days, that day.
    fn unshifted(&self, timeline: &Timeline, id: i64) -> i64 {
        let own = self.set.as_ref().map(RecurrenceSet::timeline);
        let local = match own {
            Some(own) if own.is_floating() || timeline.is_floating() => own.local(id),
            _ => timeline.local(id),
        };
        let seconds = to_seconds(local);
        if timeline.is_date() { seconds.div_euclid(DAY) * DAY } else { seconds }
    }
}

/// The instant by which a RECURRENCE-ID is told from others: on the master's line, where there is
/// one.
pub(super) fn identity(
    written: &CalendarTime,
    line: Option<&Timeline>,
    zones: &ZoneSet,
) -> Timestamp {
    match line {
        Some(line) => instant(line.recurrence_id(written, zones)),
        None => written.instant(zones, &Zone::utc()),
    }
}

/// RANGE=THISANDFUTURE. THISANDPRIOR is no longer allowed, and changes this instance alone
/// (RFC 5545 §3.2.13).
pub(crate) fn reaches_on(component: &Component) -> bool {
    component
        .property("RECURRENCE-ID")
        .and_then(|p| p.param("RANGE"))
        .is_some_and(|range| range.trim().eq_ignore_ascii_case("THISANDFUTURE"))
}
