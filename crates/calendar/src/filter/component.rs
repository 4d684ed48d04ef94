//! Tests on components and their instances (RFC 4791 §9.7.1).

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};

use super::alarm::Alarms;
use super::property::{Edge, time_test};
use super::{CompFilter, CompTest, PropFilter, TimeRange};
use crate::Limits;
use crate::object::{CalendarObject, ComponentKind};
use crate::occurrence::Occurrence;
use crate::source::Component;
use crate::zone::Zone;

/// What the tests are put to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    pub(super) object: &'a CalendarObject,
    pub(super) floating: &'a Zone,
    pub(super) limits: &'a Limits,
}

/// The tests on a component of the object, sorted by whether its instances answer them alike.
#[derive(Debug)]
struct Tests<'a> {
    time_range: Option<TimeRange>,
    props: Vec<&'a PropFilter>,
    comps: Vec<&'a CompFilter>,
    /// Tests on DTSTART, DTEND and DUE, which each instance has of its own.
    times: Vec<&'a PropFilter>,
    /// Tests on when an alarm goes off.
    alarms: Vec<&'a CompFilter>,
}

/// What is asked of each instance of a component, all else having been answered.
#[derive(Debug)]
struct Asked {
    times: BTreeMap<Edge, TimeRange>,
    /// For each test on alarms, those of the component that may satisfy it.
    alarms: Vec<Alarms>,
    /// The clock by which the days of an instance that has one are counted.
    zone: Zone,
}

/// Alarms put to instances in one evaluation. Beyond that nothing matches.
const MAX_ALARM_CHECKS: usize = 100_000;

impl<'a> Scope<'a> {
    pub(super) fn calendar_matches(self, filter: &CompFilter) -> bool {
        match &filter.test {
            CompTest::IsNotDefined => false,
            CompTest::Matches { time_range, props, comps } => {
                time_range.is_none() // RFC 4791 §9.9: without meaning here
                    && props.iter().all(|prop| self.property_matches(prop, self.object.tree()))
                    && comps.iter().all(|comp| self.component_matches(comp))
            }
        }
    }

    /// A test on what stands directly in the VCALENDAR.
    fn component_matches(self, filter: &CompFilter) -> bool {
        match &filter.test {
            CompTest::Matches { time_range, props, comps }
                if filter.name == self.object.kind().as_str() =>
            {
                let tests = Tests::new(self.object.kind(), *time_range, props, comps);
                self.some_instance_matches(&tests)
            }
            _ => self.part_matches(filter, self.object.tree()),
        }
    }

    /// RFC 4791 §9.7.1: one component, or one instance of it, satisfies all tests.
    fn some_instance_matches(self, tests: &Tests<'_>) -> bool {
        // By number, as an occurrence names its component: what its instances are still asked.
        let mut asked = vec![self.object.master().and_then(|c| self.asked_of_instances(tests, c))];
        asked.extend(self.object.overrides().map(|c| self.asked_of_instances(tests, c)));
        if asked.iter().all(Option::is_none) {
            return false;
        }
        let mut checks = MAX_ALARM_CHECKS;
        if tests.time_range.is_none()
            && asked.iter().flatten().any(|asked| self.holds(asked, None, &mut checks))
        {
            return true;
        }
        let Some(window) = self.window(tests) else {
            return false;
        };
        self.object.instances(window, self.floating, self.limits).any(|instance| {
            let number = usize::from(instance.occurrence.component);
            let asked = asked.get(number).and_then(Option::as_ref);
            asked.is_some_and(|asked| self.holds(asked, Some(&instance.occurrence), &mut checks))
        })
    }

    /// What is asked of each instance of a component, worked out once: a test that no instance can
    /// satisfy leaves nothing to ask.
    fn asked_of_instances(self, tests: &Tests<'_>, component: &Component) -> Option<Asked> {
        if !self.alike_match(tests, component) {
            return None;
        }
        let mut times = BTreeMap::new();
        for filter in &tests.times {
            let (edge, range) = time_test(filter, component)?;
            let known = times.entry(edge).or_insert(range);
            *known = known.intersection(range);
        }
        let alarms = tests.alarms.iter().map(|filter| self.alarms_of(filter, component));
        let alarms: Option<Vec<_>> = alarms.collect();
        Some(Asked { times, alarms: alarms?, zone: self.zone_of(component) })
    }

    fn holds(self, asked: &Asked, occurrence: Option<&Occurrence>, checks: &mut usize) -> bool {
        let time_of = |edge: Edge| edge.of(occurrence?, self.floating);
        asked.times.iter().all(|(edge, range)| time_of(*edge).is_some_and(|t| range.contains(t)))
            && asked.alarms.iter().all(|alarms| {
                *checks = checks.saturating_sub(alarms.len());
                *checks > 0 && self.some_alarm_goes_off(alarms, &asked.zone, occurrence)
            })
    }

    fn alike_match(self, tests: &Tests<'_>, component: &Component) -> bool {
        tests.props.iter().all(|prop| self.property_matches(prop, component))
            && tests.comps.iter().all(|comp| self.part_matches(comp, component))
    }

    /// Where the instances are that can satisfy the tests; none where no test asks for instances.
    fn window(self, tests: &Tests<'_>) -> Option<Range<Timestamp>> {
        if let Some(range) = tests.time_range {
            return Some(range.bounds());
        }
        if let Some(range) = tests.times.iter().find_map(|prop| prop.time_range()) {
            // What ends just when the range begins does not overlap it, but its DTEND lies in it.
            return Some(widened(range.bounds(), 1, 1));
        }
        let ranges = tests.alarms.iter().filter_map(|alarm| alarm.time_range());
        let all =
            ranges.map(TimeRange::bounds).reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))?;
        let (before, after) = self.alarm_reach()?;
        Some(widened(all, before, after))
    }

    /// A test on a part of a component that has no instances of its own.
    pub(super) fn part_matches(self, filter: &CompFilter, within: &Component) -> bool {
        let mut parts = within.components().filter(|part| part.name() == filter.name);
        match &filter.test {
            CompTest::IsNotDefined => parts.next().is_none(),
            // RFC 4791 §9.9: without meaning for other components.
            CompTest::Matches { time_range: Some(_), .. } => false,
            CompTest::Matches { time_range: None, props, comps } => parts.any(|part| {
                props.iter().all(|prop| self.property_matches(prop, part))
                    && comps.iter().all(|comp| self.part_matches(comp, part))
            }),
        }
    }
}

impl<'a> Tests<'a> {
    fn new(
        kind: ComponentKind,
        time_range: Option<TimeRange>,
        props: &'a [PropFilter],
        comps: &'a [CompFilter],
    ) -> Self {
        let (times, props) = props.iter().partition(|prop| {
            prop.time_range().is_some() && is_of_instance(kind, prop.name.as_str())
        });
        let (alarms, comps) =
            comps.iter().partition(|comp| comp.name == "VALARM" && comp.time_range().is_some());
        Self { time_range, props, comps, times, alarms }
    }
}

/// RFC 4791 §9.9: the values that recurrence and overrides give to each instance.
fn is_of_instance(kind: ComponentKind, property: &str) -> bool {
    match kind {
        ComponentKind::Event => matches!(property, "DTSTART" | "DTEND"),
        ComponentKind::Todo => matches!(property, "DTSTART" | "DUE"),
        ComponentKind::Journal => property == "DTSTART",
        ComponentKind::FreeBusy => false,
    }
}

impl CompFilter {
    /// The range that an instance must overlap.
    pub(super) fn time_range(&self) -> Option<TimeRange> {
        match self.test {
            CompTest::Matches { time_range, .. } => time_range,
            CompTest::IsNotDefined => None,
        }
    }
}

fn widened(range: Range<Timestamp>, before: i64, after: i64) -> Range<Timestamp> {
    let start = range.start.saturating_sub(SignedDuration::from_secs(before));
    let end = range.end.saturating_add(SignedDuration::from_secs(after));
    start.unwrap_or(Timestamp::MIN)..end.unwrap_or(Timestamp::MAX)
}
