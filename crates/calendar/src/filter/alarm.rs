//! When alarms go off (RFC 5545 §3.6.6, §3.8.6; RFC 4791 §9.9).

use jiff::{SignedDuration, Span, Timestamp};

use super::component::Scope;
use super::{CompFilter, CompTest, TimeRange};
use crate::occurrence::{Occurrence, Overlap};
use crate::recur::days::DAY;
use crate::source::Component;
use crate::time::{CalendarDuration, CalendarTime};
use crate::zone::Zone;

/// Alarms of one component that are looked at for each of its instances.
const MAX_ALARMS: usize = 50;

/// TRIGGER.
#[derive(Debug)]
enum Trigger {
    /// Once, whatever recurs.
    At(CalendarTime),
    /// So long after each instance's start, or its end.
    After { duration: CalendarDuration, end: bool },
}

/// The alarms of a component that satisfy a test but for its time range, and that range.
#[derive(Debug)]
pub(super) struct Alarms {
    range: TimeRange,
    alarms: Vec<Alarm>,
}

/// When an alarm goes off.
#[derive(Debug)]
struct Alarm {
    trigger: Trigger,
    repeats: i64,
    interval: i64,
}

impl Alarms {
    pub(super) fn len(&self) -> usize {
        self.alarms.len()
    }
}

impl Scope<'_> {
    /// The alarms that may satisfy the test; none where there are none.
    pub(super) fn alarms_of(self, filter: &CompFilter, component: &Component) -> Option<Alarms> {
        let CompTest::Matches { time_range: Some(range), props, comps } = &filter.test else {
            return None;
        };
        let parts = component.components().filter(|part| part.name() == "VALARM").take(MAX_ALARMS);
        let satisfying = parts.filter(|alarm| {
            props.iter().all(|prop| self.property_matches(prop, alarm))
                && comps.iter().all(|comp| self.part_matches(comp, alarm))
        });
        let alarms: Vec<Alarm> = satisfying.filter_map(Alarm::of).collect();
        (!alarms.is_empty()).then_some(Alarms { range: *range, alarms })
    }

    /// Whether one of them goes off in its range for this instance. Without an instance only absolute
    /// triggers are known.
    pub(super) fn some_alarm_goes_off(
        self,
        alarms: &Alarms,
        zone: &Zone,
        occurrence: Option<&Occurrence>,
    ) -> bool {
        alarms.alarms.iter().any(|alarm| {
            let time = self.trigger_time(&alarm.trigger, zone, occurrence);
            time.is_some_and(|time| alarm.goes_off_in(alarms.range, time))
        })
    }

    /// How many seconds before a range an instance may be, and how many after it, so that one of the
    /// object's alarms goes off in the range. None where no alarm goes by the instances.
    pub(super) fn alarm_reach(self) -> Option<(i64, i64)> {
        let alarms = self.object.components().flat_map(Component::components);
        let alarms = alarms.filter(|part| part.name() == "VALARM").filter_map(Alarm::of);
        let offsets = alarms.filter_map(|Alarm { trigger, repeats, interval }| {
            let Trigger::After { duration, .. } = trigger else {
                return None;
            };
            let first = exact(duration);
            Some((first, first.saturating_add(interval.saturating_mul(repeats))))
        });
        let (first, last) = offsets.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
        // A day more, since days are not all equally long, and what touches the range may not overlap it.
        Some((last.max(0).saturating_add(DAY), (-first).max(0).saturating_add(DAY)))
    }

    fn trigger_time(
        self,
        trigger: &Trigger,
        zone: &Zone,
        occurrence: Option<&Occurrence>,
    ) -> Option<Timestamp> {
        let (duration, end) = match trigger {
            Trigger::At(time) => return Some(time.instant(self.object.zones(), self.floating)),
            Trigger::After { duration, end } => (*duration, *end),
        };
        let occurrence = occurrence.filter(|occurrence| {
            !matches!(occurrence.overlap, Overlap::Closed | Overlap::Created | Overlap::Always)
        })?;
        // A task that has only DUE starts there, as the example of RFC 4791 §7.8.5 takes it.
        let (start, finish) = occurrence.instants(self.floating);
        let anchor = if end { finish } else { start };
        let zone = if occurrence.floating { self.floating } else { zone };
        let days = Span::new().try_days(duration.days).ok()?;
        let moved = if duration.days == 0 {
            anchor
        } else {
            zone.instant(zone.local(anchor).checked_add(days).ok()?)
        };
        moved.checked_add(SignedDuration::from_secs(duration.seconds)).ok()
    }

    /// The clock by which the days of a component's instances are counted, where they have one.
    pub(super) fn zone_of(self, component: &Component) -> Zone {
        let start = component.property("DTSTART").or_else(|| component.property("DUE"));
        let tzid = start.and_then(|start| start.param("TZID"));
        tzid.and_then(|tzid| self.object.zones().get(tzid)).cloned().unwrap_or_else(Zone::utc)
    }
}

impl Alarm {
    fn of(component: &Component) -> Option<Self> {
        let (repeats, interval) = repetition(component);
        Some(Self { trigger: trigger(component)?, repeats, interval })
    }

    /// RFC 4791 §9.9: the trigger at this time, or one of its repetitions, lies in the range.
    fn goes_off_in(&self, range: TimeRange, time: Timestamp) -> bool {
        let Self { repeats, interval, .. } = *self;
        let bounds = range.bounds();
        let wait = bounds.start.duration_since(time);
        let wait = wait.as_secs().saturating_add(i64::from(wait.subsec_nanos() > 0)).max(0);
        // The first repetition that is not before the range.
        let number = if interval > 0 { wait.saturating_add(interval - 1) / interval } else { 0 };
        let passed = SignedDuration::from_secs(interval.saturating_mul(number.min(repeats)));
        time.checked_add(passed).is_ok_and(|time| bounds.contains(&time))
    }
}

/// What it looks like decides, whatever VALUE says.
fn trigger(alarm: &Component) -> Option<Trigger> {
    let property = alarm.property("TRIGGER")?;
    if let Ok(duration) = CalendarDuration::parse(property.value()) {
        let related = property.param("RELATED").unwrap_or_default();
        return Some(Trigger::After { duration, end: related.eq_ignore_ascii_case("END") });
    }
    CalendarTime::from_property(property).ok().map(Trigger::At)
}

/// REPEAT, and the seconds of DURATION between two repetitions (RFC 5545 §3.6.6: both or none).
fn repetition(alarm: &Component) -> (i64, i64) {
    let interval = alarm.property("DURATION");
    let interval = interval.and_then(|p| CalendarDuration::parse(p.value()).ok()).map(exact);
    match interval {
        Some(interval) if interval > 0 => (i64::from(alarm.number("REPEAT")), interval),
        _ => (0, 0),
    }
}

fn exact(duration: CalendarDuration) -> i64 {
    duration.days.saturating_mul(DAY).saturating_add(duration.seconds)
}
