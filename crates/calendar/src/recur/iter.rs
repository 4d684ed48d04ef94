//! The times of a rule, in local time and in order (RFC 5545 §3.3.10).
//!
//! Invariants: strictly increasing; DTSTART is the first and counts, whether or not the rule names
//! it (RFC 5545 §3.8.5.3); seeking gives what walking gives; no input takes more than a bounded
//! number of steps.

use super::days::{
    DAY, Day, LAST_DAY, LAST_SECOND, date_of, day_number, to_local, to_seconds, week_of,
};
use super::plan::{Plan, has};
use super::rule::{Frequency, RecurrenceRule};
use jiff::civil;

/// Steps that one iterator takes, all seeks included, before it gives up: periods, and the days
/// looked at in each.
pub(super) const STEPS: u32 = 400_000;

/// An iterator over the local times of a rule.
#[derive(Clone, Debug)]
pub struct LocalTimes {
    plan: Plan,
    start: i64,
    /// DTSTART itself is still to come.
    at_start: bool,
    /// The number of the next period, 0 being the one that DTSTART lies in.
    next_period: i64,
    /// Days of the current period, or its hour, minute or second, as local seconds.
    bases: Vec<i64>,
    /// With BYSETPOS, the positions chosen in the current period.
    chosen: Option<Vec<usize>>,
    position: usize,
    last: i64,
    given: u64,
    count: u64,
    until: i64,
    /// The last day that was put to the BY parts of a sub-daily rule, and whether it passed.
    day: Option<(i64, bool)>,
    steps: u32,
}

impl RecurrenceRule {
    /// The local times of the rule for a DTSTART with a time. UNTIL is not heeded here: its meaning
    /// depends on the type and zone of DTSTART, see [`LocalTimes::ending`].
    pub fn times(&self, start: civil::DateTime) -> LocalTimes {
        LocalTimes::new(self, to_seconds(start), true)
    }

    /// The days of the rule, at midnight, for a DTSTART of type DATE.
    pub fn days(&self, start: civil::Date) -> LocalTimes {
        LocalTimes::new(self, to_seconds(start.at(0, 0, 0, 0)), false)
    }
}

impl LocalTimes {
    pub(super) fn new(rule: &RecurrenceRule, start: i64, with_time: bool) -> Self {
        let day = Day::new(start.div_euclid(DAY));
        let chosen = if rule.by_set_pos.is_empty() { None } else { Some(Vec::new()) };
        Self {
            plan: Plan::new(rule, day, start.rem_euclid(DAY), with_time),
            start,
            at_start: true,
            next_period: 0,
            bases: Vec::new(),
            chosen,
            position: 0,
            last: start,
            given: 0,
            count: rule.count.map_or(u64::MAX, u64::from),
            until: LAST_SECOND,
            day: None,
            steps: STEPS,
        }
    }

    /// Ends the iteration after this local time.
    #[must_use]
    pub fn ending(mut self, until: civil::DateTime) -> Self {
        self.until = to_seconds(until).min(LAST_SECOND);
        self
    }

    /// Gives up after so many steps.
    #[must_use]
    pub(super) fn with_steps(mut self, steps: u32) -> Self {
        self.steps = steps;
        self
    }

    /// Leaves DTSTART out unless the rule names it (EXRULE).
    #[must_use]
    pub(super) fn without_start(mut self) -> Self {
        self.at_start = false;
        self.last = self.start - 1;
        self
    }

    /// Moves on so that the next time is the first one not before `target`. Never moves back.
    pub fn seek(&mut self, target: civil::DateTime) {
        self.seek_seconds(to_seconds(target));
    }

    /// Before which local time nothing is missing, where the iterator gave up before it reached the
    /// end of the rule.
    pub fn gave_up_at(&self) -> Option<civil::DateTime> {
        (self.steps == 0).then(|| to_local(self.period_start()))
    }

    pub(super) fn seek_seconds(&mut self, target: i64) {
        if target <= self.last || (self.at_start && target <= self.start) {
            return;
        }
        if self.count == u64::MAX {
            self.at_start = false;
            self.last = self.last.max(target - 1);
            self.skip_to_period(target);
            return;
        }
        if self.at_start {
            self.at_start = false;
            self.given += 1;
        }
        if self.plan.is_regular() {
            self.seek_regular(target);
        }
        self.count_up_to(target);
    }

    pub(crate) fn next_seconds(&mut self) -> Option<i64> {
        if self.at_start {
            self.at_start = false;
            self.given += 1;
            return Some(self.start);
        }
        if self.given >= self.count {
            return None;
        }
        while self.position >= self.len() {
            if !self.fill() {
                return None;
            }
        }
        let time = self.time_at(self.position);
        if time > self.until {
            self.finish();
            return None;
        }
        self.position += 1;
        self.last = time;
        self.given += 1;
        Some(time)
    }

    /// Goes to the period of `target`, or before it.
    fn skip_to_period(&mut self, target: i64) {
        // One period back: with SKIP a date may move into the next period (RFC 7529 §4.1).
        let period = (self.period_of(target) - 1).max(0);
        if period >= self.next_period {
            self.next_period = period;
            self.clear();
        } else {
            self.position = self.first_after(self.last);
        }
    }

    /// Counts whole periods at once, when each of them has as many times as the next.
    fn seek_regular(&mut self, target: i64) {
        let goal = (self.period_of(target) - 1).max(0);
        if self.next_period >= goal {
            return;
        }
        // Finish the period at hand, then measure one.
        self.given += u64::try_from(self.len() - self.position.min(self.len())).unwrap_or(0);
        self.clear();
        while self.next_period < goal.min(2) {
            if !self.fill() {
                return;
            }
            self.given += u64::try_from(self.len() - self.position).unwrap_or(0);
            self.clear();
        }
        if self.next_period >= goal || !self.fill() {
            return;
        }
        let each = u64::try_from(self.len()).unwrap_or(0);
        let periods = u64::try_from(goal - self.next_period + 1).unwrap_or(0);
        self.given = self.given.saturating_add(each.saturating_mul(periods));
        self.next_period = goal;
        self.clear();
    }

    /// Counts the times before `target`, a period at a step.
    fn count_up_to(&mut self, target: i64) {
        while self.given < self.count {
            if self.position >= self.len() && !self.fill() {
                return;
            }
            let next = self.first_after(target - 1);
            self.given += u64::try_from(next.saturating_sub(self.position)).unwrap_or(0);
            self.position = self.position.max(next);
            if self.position < self.len() {
                break;
            }
            self.last = self.last.max(self.time_at(self.len().saturating_sub(1)));
        }
        self.last = self.last.max(target - 1);
    }

    /// Where the next period begins.
    fn period_start(&self) -> i64 {
        let offset = self.next_period.saturating_mul(self.plan.interval);
        let day = match self.plan.freq {
            Frequency::Yearly => day_number(date_of(self.start_day()).0 + offset, 1, 1),
            Frequency::Monthly => {
                let month = months(self.start_day()) + offset;
                let of_year = u8::try_from(month.rem_euclid(12) + 1).unwrap_or(1);
                day_number(month.div_euclid(12), of_year, 1)
            }
            Frequency::Weekly => self.first_week() + 7 * offset,
            Frequency::Daily => self.start_day() + offset,
            freq => return floor(self.start, unit(freq)) + unit(freq) * offset,
        };
        day * DAY
    }

    /// The period that a local time lies in, or the one before it.
    fn period_of(&self, target: i64) -> i64 {
        let units = match self.plan.freq {
            Frequency::Yearly => date_of(target.div_euclid(DAY)).0 - date_of(self.start_day()).0,
            Frequency::Monthly => months(target.div_euclid(DAY)) - months(self.start_day()),
            Frequency::Weekly => (target.div_euclid(DAY) - self.first_week()).div_euclid(7),
            Frequency::Daily => target.div_euclid(DAY) - self.start_day(),
            freq => (target - floor(self.start, unit(freq))).div_euclid(unit(freq)),
        };
        units.div_euclid(self.plan.interval).max(0)
    }

    /// Goes on to the next period that contributes anything. False at the end.
    fn fill(&mut self) -> bool {
        self.clear();
        while self.steps > 0 {
            self.steps = self.steps.saturating_sub(self.plan.cost);
            let Some(()) = self.fill_period() else {
                self.finish();
                return false;
            };
            if self.bases.is_empty() {
                continue;
            }
            self.choose();
            self.position = self.first_after(self.last);
            if self.position < self.len() {
                return true;
            }
            self.clear();
        }
        self.finish_exhausted();
        false
    }

    /// Puts the days (or the hour, minute, second) of the next period into `bases`. None at the end
    /// of time.
    fn fill_period(&mut self) -> Option<()> {
        let offset = self.next_period.checked_mul(self.plan.interval)?;
        let mut days = std::mem::take(&mut self.bases);
        let more = match self.plan.freq {
            Frequency::Yearly => {
                let year = date_of(self.start_day()).0 + offset;
                self.next_period += 1;
                (year <= 9999).then(|| self.plan.days_of_year(year, &mut days))
            }
            Frequency::Monthly => {
                let month = months(self.start_day()) + offset;
                self.next_period += 1;
                let (year, month) =
                    (month.div_euclid(12), u8::try_from(month.rem_euclid(12) + 1).unwrap_or(1));
                (year <= 9999).then(|| self.plan.days_of_month(year, month, &mut days))
            }
            Frequency::Weekly => {
                let week = self.first_week() + 7 * offset;
                self.next_period += 1;
                (week <= LAST_DAY).then(|| self.plan.days_of_week(week, &mut days))
            }
            Frequency::Daily => self.fill_day(self.start_day() + offset, &mut days),
            freq => {
                let unit = unit(freq);
                let time = floor(self.start, unit) + unit * offset;
                self.bases = days;
                return self.fill_time(time, unit * self.plan.interval);
            }
        };
        // Years that begin or end the calendar may name days beyond it.
        days.iter_mut().for_each(|day| *day *= DAY);
        self.bases = days;
        more
    }

    fn fill_day(&mut self, day: i64, days: &mut Vec<i64>) -> Option<()> {
        if day > LAST_DAY {
            return None;
        }
        let candidate = self.plan.next_candidate(day);
        if candidate > day {
            self.jump(day, candidate, self.plan.interval);
            return Some(());
        }
        if !self.plan.limits_days || self.plan.allows(day) {
            days.push(day);
        }
        self.next_period += 1;
        Some(())
    }

    /// A period of an HOURLY, MINUTELY or SECONDLY rule. What one BY part refuses is left at a
    /// jump.
    fn fill_time(&mut self, time: i64, step: i64) -> Option<()> {
        if time > LAST_SECOND {
            return None;
        }
        let day = time.div_euclid(DAY);
        let freq = self.plan.freq;
        let refused_until = if !self.allows_day(day) {
            Some(self.plan.next_candidate(day).max(day + 1) * DAY)
        } else if self.plan.hours != 0 && !has(self.plan.hours, time.rem_euclid(DAY) / 3600) {
            Some(floor(time, 3600) + 3600)
        } else if freq <= Frequency::Minutely
            && self.plan.minutes != 0
            && !has(self.plan.minutes, time.rem_euclid(3600) / 60)
        {
            Some(floor(time, 60) + 60)
        } else if freq == Frequency::Secondly
            && self.plan.seconds != 0
            && !has(self.plan.seconds, time.rem_euclid(60))
        {
            Some(time + 1)
        } else {
            None
        };
        match refused_until {
            Some(target) => self.jump(time, target, step),
            None => {
                self.bases.push(time);
                self.next_period += 1;
            }
        }
        Some(())
    }

    fn allows_day(&mut self, day: i64) -> bool {
        if !self.plan.limits_days {
            return true;
        }
        match self.day {
            Some((known, allowed)) if known == day => allowed,
            _ => {
                let allowed = self.plan.allows(day);
                self.day = Some((day, allowed));
                allowed
            }
        }
    }

    /// On to the first period, of those `step` apart, that does not lie before `target`.
    fn jump(&mut self, from: i64, target: i64, step: i64) {
        self.next_period += ((target - from + step - 1) / step).max(1);
    }

    /// BYSETPOS: positions among all times of the period, from its end when negative.
    fn choose(&mut self) {
        let total = self.bases.len() * self.plan.times.len();
        let Some(chosen) = &mut self.chosen else {
            return;
        };
        let total = i64::try_from(total).unwrap_or(i64::MAX);
        chosen.clear();
        chosen.extend(self.plan.set_positions.iter().filter_map(|n| {
            let index = if *n > 0 { n - 1 } else { total + n };
            usize::try_from(index).ok().filter(|_| index < total)
        }));
        chosen.sort_unstable();
        chosen.dedup();
    }

    fn len(&self) -> usize {
        match &self.chosen {
            Some(_) if self.bases.is_empty() => 0,
            Some(chosen) => chosen.len(),
            None => self.bases.len() * self.plan.times.len(),
        }
    }

    fn time_at(&self, position: usize) -> i64 {
        let index = match &self.chosen {
            Some(chosen) => chosen.get(position).copied().unwrap_or(0),
            None => position,
        };
        let times = self.plan.times.len().max(1);
        let base = self.bases.get(index / times).copied().unwrap_or(self.start);
        base + self.plan.times.at(index % times)
    }

    /// The position of the first time after a local time.
    fn first_after(&self, last: i64) -> usize {
        let (mut low, mut high) = (0, self.len());
        if high == 0 || self.time_at(0) > last {
            return 0;
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if self.time_at(middle) <= last { low = middle + 1 } else { high = middle }
        }
        low
    }

    fn clear(&mut self) {
        self.bases.clear();
        self.position = 0;
    }

    fn finish(&mut self) {
        self.clear();
        self.count = 0;
    }

    fn finish_exhausted(&mut self) {
        self.finish();
        self.steps = 0;
    }

    fn start_day(&self) -> i64 {
        self.start.div_euclid(DAY)
    }

    fn first_week(&self) -> i64 {
        week_of(self.start_day(), self.plan.week_start)
    }
}

impl Iterator for LocalTimes {
    type Item = civil::DateTime;

    fn next(&mut self) -> Option<civil::DateTime> {
        self.next_seconds().map(to_local)
    }
}

fn unit(freq: Frequency) -> i64 {
    match freq {
        Frequency::Hourly => 3600,
        Frequency::Minutely => 60,
        _ => 1,
    }
}

fn floor(seconds: i64, unit: i64) -> i64 {
    seconds.div_euclid(unit) * unit
}

/// Months since the year 0.
fn months(day: i64) -> i64 {
    let (year, month, _) = date_of(day);
    year * 12 + i64::from(month) - 1
}
