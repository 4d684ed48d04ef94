//! The recurrence set of a component (RFC 5545 §3.8.5): DTSTART ∪ RRULE ∪ RDATE ∖ EXRULE ∖ EXDATE.
//!
//! Invariants: strictly increasing, each instant once; no input takes more than a bounded number of
//! steps.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::civil::Date;

use super::days::{DAY, to_local, to_seconds};
use super::iter::{LocalTimes, STEPS};
use super::rule::RecurrenceRule;
use super::timeline::{Calm, Named, Timeline};
use crate::source::{Component, Property};
use crate::time::{CalendarDuration, CalendarTime};
use crate::zone::ZoneSet;

/// Candidates that one cursor looks at before it gives up.
const CANDIDATES: u32 = 200_000;
/// As how many candidates one counts that is excluded: it was looked for in all rules, for nothing.
const EXCLUDED: u32 = 8;

/// Rules of one kind that count; RFC 5545 §3.8.5.3 allows one.
const MAX_RULES: usize = 64;

/// A recurrence set.
#[derive(Clone, Debug)]
pub(crate) struct RecurrenceSet {
    timeline: Timeline,
    rules: Vec<Stream>,
    /// DTSTART and the RDATEs, in order.
    dates: Vec<i64>,
    /// How long those RDATEs last that are periods.
    periods: BTreeMap<i64, CalendarDuration>,
    excluded_rules: Vec<Stream>,
    excluded_ids: Vec<i64>,
    excluded_days: Vec<Date>,
}

/// A place in a set.
#[derive(Clone, Debug)]
pub(crate) struct Cursor {
    rules: Vec<Stream>,
    next_date: usize,
    excluded_rules: Vec<Stream>,
    candidates: u32,
    /// The last candidate that was looked at.
    looked_at: i64,
}

/// The instants of one rule, in order.
#[derive(Clone, Debug)]
struct Stream {
    times: LocalTimes,
    /// UNTIL on the timeline.
    until: i64,
    /// Instants that are known already: the next one, or all that a gap of the clocks has mixed up.
    pending: VecDeque<i64>,
    /// The last local time that was read, and a stretch around it without a change of the clocks.
    last: i64,
    calm: Calm,
}

/// Local times that are closer together than this are placed by one look at the zone.
const DENSE: i64 = 4 * DAY;

impl RecurrenceSet {
    /// The set of a component. Rules and dates that can't be read are left out.
    pub(crate) fn new(component: &Component, timeline: Timeline, zones: &ZoneSet) -> Self {
        let rules = |name| -> Vec<RecurrenceRule> {
            let values = component.properties_named(name).map(Property::value);
            values.filter_map(|value| RecurrenceRule::parse(value).ok()).take(MAX_RULES).collect()
        };
        let (rules, excluded) = (rules("RRULE"), rules("EXRULE"));
        // All rules together may take the steps that one may.
        let share = STEPS / u32::try_from(rules.len() + excluded.len()).unwrap_or(STEPS).max(1);
        let stream = |rule: &RecurrenceRule| Stream::new(rule, &timeline, zones).with_steps(share);
        let mut set = Self {
            rules: rules.iter().map(stream).collect(),
            excluded_rules: excluded.iter().map(|rule| stream(rule).without_start()).collect(),
            dates: vec![timeline.start_id()],
            periods: BTreeMap::new(),
            excluded_ids: Vec::new(),
            excluded_days: Vec::new(),
            timeline,
        };
        for property in component.properties() {
            match property.name() {
                "RDATE" => set.add_dates(property, zones),
                "EXDATE" => set.exclude_dates(property, zones),
                _ => {}
            }
        }
        set.dates.sort_unstable();
        set.dates.dedup();
        set.excluded_ids.sort_unstable();
        set.excluded_days.sort_unstable();
        set
    }

    pub(crate) fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// How long the instance lasts, where an RDATE of type PERIOD says so.
    pub(crate) fn period(&self, id: i64) -> Option<CalendarDuration> {
        self.periods.get(&id).copied()
    }

    /// The lengths of all periods.
    pub(crate) fn periods(&self) -> impl Iterator<Item = CalendarDuration> {
        self.periods.values().copied()
    }

    /// A cursor before the first instance not earlier than `from`.
    pub(crate) fn cursor(&self, from: i64) -> Cursor {
        let seek = |streams: &[Stream]| -> Vec<Stream> {
            streams.iter().map(|stream| stream.clone().sought(from, &self.timeline)).collect()
        };
        Cursor {
            rules: seek(&self.rules),
            next_date: self.dates.partition_point(|id| *id < from),
            excluded_rules: seek(&self.excluded_rules),
            candidates: CANDIDATES,
            looked_at: from.saturating_sub(1),
        }
    }

    /// The next instance at the cursor; none also where a rule gave up, which leaves undecided what
    /// comes after.
    pub(crate) fn next(&self, cursor: &mut Cursor) -> Option<i64> {
        while cursor.candidates > 0 {
            cursor.candidates -= 1;
            let date = self.dates.get(cursor.next_date).copied();
            let peeked = cursor.rules.iter_mut().filter_map(|rule| rule.peek(&self.timeline));
            let id = peeked.chain(date).min()?;
            cursor.next_date += usize::from(date == Some(id));
            for rule in &mut cursor.rules {
                if rule.peek(&self.timeline) == Some(id) {
                    rule.pending.pop_front();
                }
            }
            let excluded = self.excludes(id) || self.excluded_by_rule(id, cursor);
            if cursor.gave_up_at(&self.timeline).is_some_and(|until| id >= until) {
                return None;
            }
            cursor.looked_at = id;
            if !excluded {
                return Some(id);
            }
            cursor.candidates = cursor.candidates.saturating_sub(EXCLUDED - 1);
        }
        None
    }

    /// Before which instance a walk has missed nothing that stands before `next`. None where it has
    /// come to the end of the set.
    pub(crate) fn complete_until(&self, cursor: &Cursor, next: Option<i64>) -> Option<i64> {
        let tired = (cursor.candidates == 0).then(|| cursor.looked_at.saturating_add(1));
        [next, tired, cursor.gave_up_at(&self.timeline)].into_iter().flatten().min()
    }

    /// Whether the instance is in the set.
    pub(crate) fn contains(&self, id: i64) -> bool {
        self.next(&mut self.cursor(id)) == Some(id)
    }

    /// Those of the instances that are in the set, or none where finding out takes too many steps.
    /// One walk for all of them, so that the steps are bounded however many are asked for.
    pub(crate) fn among(&self, ids: &BTreeSet<i64>) -> Option<BTreeSet<i64>> {
        let mut found = BTreeSet::new();
        let Some(first) = ids.first() else { return Some(found) };
        let mut cursor = self.cursor(*first);
        let mut next = self.next(&mut cursor);
        for &id in ids {
            if next.is_some_and(|next| next < id) {
                self.seek(&mut cursor, id);
                next = self.next(&mut cursor);
            }
            if next == Some(id) {
                found.insert(id);
            }
        }
        (!cursor.is_exhausted()).then_some(found)
    }

    /// Moves the cursor on, before the first instance not earlier than `to`.
    fn seek(&self, cursor: &mut Cursor, to: i64) {
        cursor.rules.iter_mut().for_each(|rule| rule.seek(to, &self.timeline));
        cursor.next_date = self.dates.partition_point(|id| *id < to);
    }

    /// Whether EXDATE names the instance.
    pub(crate) fn excludes(&self, id: i64) -> bool {
        self.excluded_ids.binary_search(&id).is_ok()
            || (!self.excluded_days.is_empty()
                && self.excluded_days.binary_search(&self.timeline.local(id).date()).is_ok())
    }

    fn excluded_by_rule(&self, id: i64, cursor: &mut Cursor) -> bool {
        let mut excluded = false;
        for rule in &mut cursor.excluded_rules {
            rule.seek(id, &self.timeline);
            excluded |= rule.peek(&self.timeline) == Some(id);
        }
        excluded
    }

    /// RDATE: dates, times, or periods (RFC 5545 §3.8.5.2).
    fn add_dates(&mut self, property: &Property, zones: &ZoneSet) {
        let parse = |text: &str| CalendarTime::parse(text, property.param("TZID")).ok();
        for value in property.value().split(',') {
            let (start, end) = match value.split_once('/') {
                Some((start, end)) => (start, Some(end)),
                None => (value, None),
            };
            let Some(start) = parse(start) else {
                continue;
            };
            let id = self.timeline.recurrence_id(&start, zones);
            self.dates.push(id);
            let length = end.and_then(|end| match parse(end) {
                Some(end) => Some(CalendarDuration {
                    days: 0,
                    seconds: self.timeline.id_of(&end, zones) - id,
                }),
                None => CalendarDuration::parse(end).ok(),
            });
            if let Some(length) = length.filter(|length| !length.is_negative()) {
                self.periods.insert(id, length);
            }
        }
    }

    /// EXDATE: any number of values, by instant or by day (RFC 5545 §3.8.5.1).
    fn exclude_dates(&mut self, property: &Property, zones: &ZoneSet) {
        for value in property.value().split(',') {
            let Ok(value) = CalendarTime::parse(value, property.param("TZID")) else {
                continue;
            };
            match self.timeline.named(&value, zones) {
                Named::Id(id) => self.excluded_ids.push(id),
                Named::Day(date) => self.excluded_days.push(date),
            }
        }
    }
}

impl Cursor {
    /// Whether a limit on work ended the iteration, rather than the end of the set.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.candidates == 0 || self.streams().any(|rule| rule.times.gave_up_at().is_some())
    }

    /// Before which instance nothing is missing, as far as the rules that gave up go.
    fn gave_up_at(&self, timeline: &Timeline) -> Option<i64> {
        let locals = self.streams().filter_map(|rule| rule.times.gave_up_at());
        // What a gap of the clocks moves, it moves on.
        locals.map(|local| timeline.place(local).0).min()
    }

    fn streams(&self) -> impl Iterator<Item = &Stream> {
        self.rules.iter().chain(&self.excluded_rules)
    }
}

impl Stream {
    fn new(rule: &RecurrenceRule, timeline: &Timeline, zones: &ZoneSet) -> Self {
        let start = timeline.start();
        let mut times =
            if timeline.is_date() { rule.days(start.date()) } else { rule.times(start) };
        let until = match &rule.until {
            None => i64::MAX,
            // RFC 5545 §3.3.10 asks for the type of DTSTART; a DATE met elsewhere means the whole
            // day.
            Some(CalendarTime::Date(date)) if !timeline.is_date() => {
                timeline.place(date.at(23, 59, 59, 0)).0
            }
            Some(until) => timeline.id_of(until, zones),
        };
        if rule.until.is_some() {
            // The instant decides, below; local times a day later need not be looked at.
            times = times.ending(to_local(to_seconds(timeline.local(until)) + DAY));
        }
        let (pending, calm) = (VecDeque::new(), Calm::default());
        Self { times, until, pending, last: i64::MIN, calm }
    }

    fn with_steps(mut self, steps: u32) -> Self {
        self.times = self.times.with_steps(steps);
        self
    }

    fn without_start(mut self) -> Self {
        self.times = self.times.without_start();
        self
    }

    fn sought(mut self, from: i64, timeline: &Timeline) -> Self {
        self.seek(from, timeline);
        self
    }

    /// On to the first instant not before `from`: by steps where it is near.
    fn seek(&mut self, from: i64, timeline: &Timeline) {
        for _ in 0..8 {
            if self.peek(timeline).is_none_or(|next| next >= from) {
                return;
            }
            self.pending.pop_front();
        }
        self.pending.clear();
        // Times in a gap that the clocks have just made lie after later local times.
        self.times.seek_seconds(to_seconds(timeline.local(from)) - timeline.gap_before(from));
        while self.peek(timeline).is_some_and(|next| next < from) {
            self.pending.pop_front();
        }
    }

    fn peek(&mut self, timeline: &Timeline) -> Option<i64> {
        if self.pending.is_empty() {
            self.read(timeline);
        }
        self.pending.front().copied()
    }

    /// Reads one instant. In a gap, which RFC 5545 §3.3.5 puts after it, all that the gap mixes up.
    fn read(&mut self, timeline: &Timeline) {
        let mut last = i64::MIN;
        while let Some(local) = self.times.next_seconds() {
            let (id, in_gap) = self.place(local, timeline);
            if id <= self.until {
                self.pending.push_back(id);
            }
            if !in_gap && id >= last {
                break;
            }
            last = last.max(id);
        }
        if self.pending.len() > 1 {
            self.pending.make_contiguous().sort_unstable();
            let mut last = None;
            self.pending.retain(|id| last.replace(*id) != Some(*id));
        }
    }

    /// As [`Timeline::place`].
    fn place(&mut self, local: i64, timeline: &Timeline) -> (i64, bool) {
        if let Some(id) = self.calm.place(local) {
            return (id, false);
        }
        let placed = timeline.place(to_local(local));
        if local.saturating_sub(self.last) < DENSE {
            self.calm = timeline.calm_around(placed.0);
        }
        self.last = local;
        placed
    }
}
