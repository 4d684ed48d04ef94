//! A rule made ready for iteration: its BY parts as sets, completed from DTSTART where they are
//! missing (RFC 5545 §3.3.10: "derived from DTSTART"), and the days that one period contributes.

use super::days::{
    Day, LAST_DAY, day_number, first_week, month_length, week_of, weekday_of, year_length,
};
use super::rule::{Frequency, RecurrenceRule, Skip, WeekdayNum};

#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) freq: Frequency,
    pub(super) interval: i64,
    pub(super) times: Times,
    pub(super) hours: u64,
    pub(super) minutes: u64,
    pub(super) seconds: u64,
    pub(super) set_positions: Vec<i64>,
    pub(super) week_start: u8,
    months: u64,
    month_days: Vec<i64>,
    year_days: Vec<i64>,
    weeks: Vec<i64>,
    weekdays: Vec<Weekday>,
    skip: Skip,
    /// Whether any part can refuse a day.
    pub(super) limits_days: bool,
    /// What a period takes: one step, and one for each day that is looked at.
    pub(super) cost: u32,
}

/// The times of day, or of the hour or minute, that each base is multiplied with.
#[derive(Clone, Debug)]
pub(super) struct Times {
    hours: Vec<i64>,
    minutes: Vec<i64>,
    seconds: Vec<i64>,
}

/// A BYDAY value; ordinal 0 is every one.
#[derive(Clone, Copy, Debug)]
struct Weekday {
    ordinal: i64,
    weekday: u8,
}

/// The parts that a day has yet to pass.
#[derive(Clone, Copy)]
struct Checks {
    month: bool,
    month_day: bool,
    year_day: bool,
    weekday: bool,
}

const EVERYTHING: Checks = Checks { month: true, month_day: true, year_day: true, weekday: true };

impl Plan {
    /// `with_time` is false for a DTSTART of type DATE, where BYHOUR, BYMINUTE and BYSECOND are ignored
    /// (RFC 5545 §3.3.10).
    pub(super) fn new(rule: &RecurrenceRule, start: Day, time: i64, with_time: bool) -> Self {
        let part = |numbers: &[u8]| if with_time { bits(numbers) } else { 0 };
        let (hours, minutes, seconds) =
            (part(&rule.by_hour), part(&rule.by_minute), part(&rule.by_second));
        let mut plan = Self {
            freq: if with_time { rule.freq } else { rule.freq.max(Frequency::Daily) },
            interval: i64::from(rule.interval),
            times: Times { hours: Vec::new(), minutes: Vec::new(), seconds: Vec::new() },
            hours,
            minutes,
            seconds,
            set_positions: rule.by_set_pos.iter().copied().map(i64::from).collect(),
            week_start: monday_zero(rule.week_start),
            months: bits(&rule.by_month),
            month_days: rule.by_month_day.iter().copied().map(i64::from).collect(),
            year_days: rule.by_year_day.iter().copied().map(i64::from).collect(),
            weeks: rule.by_week_no.iter().copied().map(i64::from).collect(),
            weekdays: rule.by_day.iter().map(|day| Weekday::new(*day, rule.freq)).collect(),
            skip: rule.skip,
            limits_days: false,
            cost: 1,
        };
        let of_day = |set, start: i64, unit| {
            // A unit that is not shorter than FREQ comes from the period itself.
            if plan.freq <= unit {
                vec![0]
            } else if set == 0 {
                vec![start]
            } else {
                (0..60).filter(|n| has(set, *n)).collect()
            }
        };
        plan.times = Times {
            hours: of_day(hours, time / 3600, Frequency::Hourly),
            minutes: of_day(minutes, time / 60 % 60, Frequency::Minutely),
            seconds: of_day(seconds, time % 60, Frequency::Secondly),
        };
        plan.complete(start);
        plan.limits_days = plan.months != 0
            || !plan.month_days.is_empty()
            || !plan.year_days.is_empty()
            || !plan.weeks.is_empty()
            || (plan.freq != Frequency::Weekly && !plan.weekdays.is_empty());
        plan.cost = u32::try_from(plan.days_per_period()).unwrap_or(u32::MAX).saturating_add(1);
        plan
    }

    /// How many days the longest period looks at.
    fn days_per_period(&self) -> usize {
        let lists = (self.month_days.len(), self.year_days.len(), self.weekdays.len());
        match (self.freq, lists) {
            (Frequency::Yearly, (days @ 1.., ..)) => 12 * days,
            (Frequency::Yearly, (_, days @ 1.., _)) => days,
            (Frequency::Yearly, _) if !self.weeks.is_empty() => 366,
            (Frequency::Yearly, (.., weekdays)) => 53 * weekdays,
            (Frequency::Monthly, (days @ 1.., ..)) => days,
            (Frequency::Monthly, (.., weekdays @ 1..)) => 5 * weekdays,
            (Frequency::Monthly, _) => 31,
            (Frequency::Weekly, _) if self.limits_days => 7,
            _ => 0,
        }
    }

    /// Takes the day from DTSTART where no part says one.
    fn complete(&mut self, start: Day) {
        let days_given = !(self.month_days.is_empty()
            && self.year_days.is_empty()
            && self.weeks.is_empty()
            && self.weekdays.is_empty());
        match self.freq {
            Frequency::Yearly if !days_given => {
                if self.months == 0 {
                    self.months = bits(&[start.month]);
                }
                self.month_days.push(start.day);
            }
            Frequency::Monthly if !days_given => self.month_days.push(start.day),
            Frequency::Weekly if !days_given => {
                self.weekdays.push(Weekday { ordinal: 0, weekday: start.weekday() });
            }
            Frequency::Weekly if self.weekdays.is_empty() => {
                // BYMONTHDAY and the like are not for WEEKLY; met all the same, they choose among
                // all days.
                self.weekdays.extend((0..7).map(|weekday| Weekday { ordinal: 0, weekday }));
            }
            _ => {}
        }
    }

    /// The days of a year that the rule names, in order.
    pub(super) fn days_of_year(&self, year: i64, days: &mut Vec<i64>) {
        if !self.month_days.is_empty() {
            for month in self.months_of_year() {
                self.month_days_into(year, month, days);
            }
            self.finish(days, Checks { month: false, month_day: false, ..EVERYTHING });
        } else if !self.year_days.is_empty() {
            let length = year_length(year);
            let first = day_number(year, 1, 1);
            days.extend(self.year_days.iter().filter_map(|n| placed(first, length, *n, self.skip)));
            self.finish(days, Checks { year_day: false, ..EVERYTHING });
        } else if !self.weeks.is_empty() {
            // Without BYDAY a week stands for all its days: RFC 5545 leaves it open, and this is what
            // dateutil and its many descendants do.
            let (first, next) = (day_number(year, 1, 1), day_number(year + 1, 1, 1));
            let mut week = week_of(first, self.week_start);
            while week < next {
                if self.has_week(week) {
                    days.extend((week..week + 7).filter(|day| (first..next).contains(day)));
                }
                week += 7;
            }
            self.finish(days, EVERYTHING);
        } else if self.months != 0 {
            for month in self.months_of_year() {
                self.weekdays_into(day_number(year, month, 1), month_length(year, month), days);
            }
            sort(days);
        } else {
            self.weekdays_into(day_number(year, 1, 1), year_length(year), days);
            sort(days);
        }
    }

    /// The days of a month that the rule names, in order.
    pub(super) fn days_of_month(&self, year: i64, month: u8, days: &mut Vec<i64>) {
        if self.months != 0 && !has(self.months, i64::from(month)) {
            return;
        }
        let (first, length) = (day_number(year, month, 1), month_length(year, month));
        if !self.month_days.is_empty() {
            self.month_days_into(year, month, days);
            self.finish(days, Checks { month: false, month_day: false, ..EVERYTHING });
        } else if !self.weekdays.is_empty() {
            self.weekdays_into(first, length, days);
            self.finish(days, Checks { month: false, weekday: false, ..EVERYTHING });
        } else {
            days.extend(first..first + length);
            self.finish(days, EVERYTHING);
        }
    }

    /// The days of a week that the rule names, in order.
    pub(super) fn days_of_week(&self, week: i64, days: &mut Vec<i64>) {
        days.extend((week..week + 7).filter(|day| {
            let weekday = weekday_of(*day);
            self.weekdays.iter().any(|wanted| wanted.weekday == weekday)
        }));
        if self.limits_days {
            self.finish(days, Checks { weekday: false, ..EVERYTHING });
        }
    }

    /// The first day from `day` on that may pass: `day` itself, or the first day of a month that
    /// BYMONTH has.
    pub(super) fn next_candidate(&self, day: i64) -> i64 {
        if self.months == 0 {
            return day;
        }
        let Day { mut year, mut month, .. } = Day::new(day);
        if has(self.months, i64::from(month)) {
            return day;
        }
        for _ in 0..12 {
            (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
            if has(self.months, i64::from(month)) {
                return day_number(year, month, 1);
            }
        }
        LAST_DAY + 1
    }

    /// Whether a day of a DAILY or shorter rule passes all BY parts.
    pub(super) fn allows(&self, day: i64) -> bool {
        self.passes(day, EVERYTHING)
    }

    /// Whether every period contributes the same number of times, so that COUNT is arithmetic.
    pub(super) fn is_regular(&self) -> bool {
        let one_sign = |numbers: &mut dyn Iterator<Item = i64>| {
            let mut signs = numbers.map(i64::signum);
            let first = signs.next();
            signs.all(|sign| Some(sign) == first)
        };
        let days_in_every_month = |days: &[i64]| {
            !days.is_empty()
                && days.iter().all(|day| day.abs() <= 28)
                && one_sign(&mut days.iter().copied())
        };
        let ordinals_in_every_month = |days: &[Weekday]| {
            !days.is_empty()
                && days.iter().all(|day| (1..=4).contains(&day.ordinal.abs()))
                && one_sign(&mut days.iter().map(|day| day.ordinal))
        };
        let no_year_parts = self.year_days.is_empty() && self.weeks.is_empty();
        match self.freq {
            Frequency::Secondly => {
                !self.limits_days && self.hours | self.minutes | self.seconds == 0
            }
            Frequency::Minutely => !self.limits_days && self.hours | self.minutes == 0,
            Frequency::Hourly => !self.limits_days && self.hours == 0,
            Frequency::Daily | Frequency::Weekly => !self.limits_days,
            Frequency::Monthly | Frequency::Yearly => {
                no_year_parts
                    && (self.freq == Frequency::Yearly || self.months == 0)
                    && if self.weekdays.is_empty() {
                        days_in_every_month(&self.month_days)
                    } else {
                        // Without BYMONTH a yearly ordinal counts within the year, which has 52 of
                        // each.
                        self.month_days.is_empty() && ordinals_in_every_month(&self.weekdays)
                    }
            }
        }
    }

    fn months_of_year(&self) -> impl Iterator<Item = u8> + use<> {
        let months = self.months;
        (1..=12).filter(move |month| months == 0 || has(months, i64::from(*month)))
    }

    fn month_days_into(&self, year: i64, month: u8, days: &mut Vec<i64>) {
        let (first, length) = (day_number(year, month, 1), month_length(year, month));
        days.extend(self.month_days.iter().filter_map(|n| placed(first, length, *n, self.skip)));
    }

    /// BYDAY within a month or year that begins on `first`.
    fn weekdays_into(&self, first: i64, length: i64, days: &mut Vec<i64>) {
        for wanted in &self.weekdays {
            let offset = (i64::from(wanted.weekday) - i64::from(weekday_of(first))).rem_euclid(7);
            let number = (length - offset + 6) / 7;
            let nth = |n: i64| first + offset + 7 * n;
            match wanted.ordinal {
                0 => days.extend((0..number).map(nth)),
                n if n > 0 && n <= number => days.push(nth(n - 1)),
                n if n < 0 && -n <= number => days.push(nth(number + n)),
                _ => {}
            }
        }
    }

    fn finish(&self, days: &mut Vec<i64>, checks: Checks) {
        sort(days);
        days.retain(|day| self.passes(*day, checks));
    }

    fn passes(&self, number: i64, checks: Checks) -> bool {
        let day = Day::new(number);
        let among = |wanted: &[i64], value: i64, length: i64| {
            let has = |value| wanted.binary_search(&value).is_ok();
            wanted.is_empty() || has(value) || has(value - length - 1)
        };
        (!checks.month || self.months == 0 || has(self.months, i64::from(day.month)))
            && (self.weeks.is_empty() || self.has_week(week_of(number, self.week_start)))
            && (!checks.year_day || among(&self.year_days, day.of_year(), year_length(day.year)))
            && (!checks.month_day
                || among(&self.month_days, day.day, month_length(day.year, day.month)))
            && (!checks.weekday || self.weekdays.is_empty() || self.has_weekday(day))
    }

    fn has_weekday(&self, day: Day) -> bool {
        let weekday = day.weekday();
        // RFC 5545 §3.3.10: the ordinal counts within the year for YEARLY without BYMONTH, else
        // within the month.
        let (position, length) = if self.freq == Frequency::Yearly && self.months == 0 {
            (day.of_year(), year_length(day.year))
        } else {
            (day.day, month_length(day.year, day.month))
        };
        self.weekdays.iter().filter(|wanted| wanted.weekday == weekday).any(|wanted| {
            wanted.ordinal == 0
                || wanted.ordinal == (position - 1) / 7 + 1
                || wanted.ordinal == -((length - position) / 7 + 1)
        })
    }

    /// Whether BYWEEKNO names the week that begins on this day.
    fn has_week(&self, week: i64) -> bool {
        let year = Day::new(week + 3).year;
        let first = first_week(year, self.week_start);
        let weeks = (first_week(year + 1, self.week_start) - first) / 7;
        let number = (week - first) / 7 + 1;
        self.weeks.contains(&number) || self.weeks.contains(&(number - weeks - 1))
    }
}

impl Times {
    pub(super) fn len(&self) -> usize {
        self.hours.len() * self.minutes.len() * self.seconds.len()
    }

    /// The time at a position below [`Times::len`], in seconds.
    pub(super) fn at(&self, position: usize) -> i64 {
        let (minutes, seconds) = (self.minutes.len().max(1), self.seconds.len().max(1));
        let part = |list: &[i64], at: usize| list.get(at).copied().unwrap_or(0);
        part(&self.hours, position / (minutes * seconds)) * 3600
            + part(&self.minutes, position / seconds % minutes) * 60
            + part(&self.seconds, position % seconds)
    }
}

impl Weekday {
    /// Ordinals are for MONTHLY and YEARLY only; elsewhere they are not heeded.
    fn new(day: WeekdayNum, freq: Frequency) -> Self {
        let ordinal = if freq >= Frequency::Monthly { i64::from(day.ordinal) } else { 0 };
        Self { ordinal, weekday: monday_zero(day.weekday) }
    }
}

/// The n-th day of a span of days, from its end when negative; one that the span lacks as SKIP
/// says.
fn placed(first: i64, length: i64, n: i64, skip: Skip) -> Option<i64> {
    let index = if n > 0 { n - 1 } else { length + n };
    match skip {
        _ if (0..length).contains(&index) => Some(first + index),
        Skip::Omit => None,
        Skip::Forward => Some(if index < 0 { first } else { first + length }),
        Skip::Backward => Some(if index < 0 { first - 1 } else { first + length - 1 }),
    }
}

fn monday_zero(weekday: jiff::civil::Weekday) -> u8 {
    u8::try_from(weekday.to_monday_zero_offset()).unwrap_or(0)
}

fn sort(days: &mut Vec<i64>) {
    days.sort_unstable();
    days.dedup();
}

fn bits(numbers: &[u8]) -> u64 {
    numbers.iter().fold(0, |set, number| set | 1 << (number & 63))
}

pub(super) fn has(set: u64, number: i64) -> bool {
    set >> (number & 63) & 1 == 1
}
