//! The RECUR value (RFC 5545 §3.3.10, RFC 7529 §4), parsed.
//!
//! Two rules that say the same in another order or with defaults written out are equal.

use jiff::civil::Weekday;
use thiserror::Error;

use crate::time::CalendarTime;

/// A recurrence rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecurrenceRule {
    /// FREQ: the unit that is repeated.
    pub freq: Frequency,
    /// INTERVAL, at least 1.
    pub interval: u32,
    /// COUNT, at least 1; DTSTART counts as the first.
    pub count: Option<u32>,
    /// UNTIL, inclusive: a DATE, a local time or a UTC time. What it bounds depends on DTSTART.
    pub until: Option<CalendarTime>,
    /// BYSECOND, 0 to 59; a leap second is read as second 59.
    pub by_second: Vec<u8>,
    /// BYMINUTE, 0 to 59.
    pub by_minute: Vec<u8>,
    /// BYHOUR, 0 to 23.
    pub by_hour: Vec<u8>,
    /// BYDAY.
    pub by_day: Vec<WeekdayNum>,
    /// BYMONTHDAY, 1 to 31 or -31 to -1.
    pub by_month_day: Vec<i8>,
    /// BYYEARDAY, 1 to 366 or -366 to -1.
    pub by_year_day: Vec<i16>,
    /// BYWEEKNO, 1 to 53 or -53 to -1.
    pub by_week_no: Vec<i8>,
    /// BYMONTH, 1 to 12.
    pub by_month: Vec<u8>,
    /// BYSETPOS, 1 to 366 or -366 to -1.
    pub by_set_pos: Vec<i16>,
    /// WKST, Monday by default.
    pub week_start: Weekday,
    /// SKIP: what becomes of a date that the month or year does not have (RFC 7529 §4.1).
    pub skip: Skip,
}

/// FREQ, from the shortest unit to the longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are RFC 5545's")]
pub enum Frequency {
    Secondly,
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A weekday of BYDAY with its ordinal: `MO` is (0, Monday), `-1FR` is (-1, Friday).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WeekdayNum {
    /// Which of these weekdays in the month or year; 0 means every one.
    pub ordinal: i8,
    /// The weekday.
    pub weekday: Weekday,
}

/// SKIP (RFC 7529 §4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Skip {
    /// The date is left out: RFC 5545's own rule.
    #[default]
    Omit,
    /// The date becomes the valid day before.
    Backward,
    /// The date becomes the valid day after.
    Forward,
}

/// Why a RECUR value can't be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RuleError {
    /// There is no FREQ.
    #[error("the recurrence rule has no FREQ (RFC 5545 §3.3.10)")]
    NoFrequency,
    /// A part has a value that its grammar does not allow.
    #[error("{part}={value} is not a valid part of a recurrence rule (RFC 5545 §3.3.10)")]
    Part {
        /// The name of the part.
        part: &'static str,
        /// Its value, cut to a length that can be shown.
        value: String,
    },
    /// A part occurs twice.
    #[error("{0} occurs more than once in a recurrence rule (RFC 5545 §3.3.10)")]
    Repeated(&'static str),
    /// Something stands between semicolons that is no NAME=VALUE.
    #[error("{0:?} is not a part of a recurrence rule: NAME=VALUE is expected (RFC 5545 §3.3.10)")]
    NotAPart(String),
    /// RSCALE names another calendar than the Gregorian one.
    #[error("RSCALE={0} is not supported, only GREGORIAN is (RFC 7529 §4)")]
    UnsupportedRscale(String),
    /// SKIP without RSCALE.
    #[error("SKIP is only allowed together with RSCALE (RFC 7529 §4)")]
    SkipWithoutRscale,
}

impl RecurrenceRule {
    /// Reads a RECUR value. Parts that no RFC defines are passed over; they stay in the property's
    /// text.
    pub fn parse(value: &str) -> Result<Self, RuleError> {
        let mut freq = None;
        let mut rscale = false;
        let mut skip = None;
        let mut rule = Self::every(Frequency::Daily);
        let mut seen = [false; PARTS.len()];
        for text in value.trim().split(';') {
            let text = text.trim();
            if text.is_empty() {
                continue; // a semicolon too many harms nobody
            }
            let (name, value) =
                text.split_once('=').ok_or_else(|| RuleError::NotAPart(shown(text)))?;
            let known = PARTS
                .iter()
                .zip(&mut seen)
                .find(|(part, _)| part.eq_ignore_ascii_case(name.trim()));
            let Some((&part, seen)) = known else {
                continue;
            };
            if std::mem::replace(seen, true) {
                return Err(RuleError::Repeated(part));
            }
            let value = value.trim();
            let list = List { part, value };
            match part {
                "FREQ" => freq = Some(frequency(value).ok_or_else(|| list.error())?),
                "INTERVAL" => rule.interval = list.positive()?,
                "COUNT" => rule.count = Some(list.positive()?),
                "UNTIL" => {
                    rule.until = Some(CalendarTime::parse(value, None).map_err(|_| list.error())?)
                }
                "BYSECOND" => {
                    rule.by_second =
                        sorted(list.numbers(0, 60)?.into_iter().map(|n: u8| n.min(59)).collect());
                }
                "BYMINUTE" => rule.by_minute = list.numbers(0, 59)?,
                "BYHOUR" => rule.by_hour = list.numbers(0, 23)?,
                "BYDAY" => rule.by_day = list.weekdays()?,
                "BYMONTHDAY" => rule.by_month_day = list.signed(31)?,
                "BYYEARDAY" => rule.by_year_day = list.signed(366)?,
                "BYWEEKNO" => rule.by_week_no = list.signed(53)?,
                "BYMONTH" => rule.by_month = list.numbers(1, 12)?,
                "BYSETPOS" => rule.by_set_pos = list.signed(366)?,
                "WKST" => rule.week_start = weekday(value).ok_or_else(|| list.error())?,
                "RSCALE" => {
                    if !["GREGORIAN", "GREGORY"].iter().any(|name| value.eq_ignore_ascii_case(name))
                    {
                        return Err(RuleError::UnsupportedRscale(shown(value)));
                    }
                    rscale = true;
                }
                _ => skip = Some(skip_of(value).ok_or_else(|| list.error())?),
            }
        }
        if skip.is_some() && !rscale {
            return Err(RuleError::SkipWithoutRscale);
        }
        rule.freq = freq.ok_or(RuleError::NoFrequency)?;
        rule.skip = skip.unwrap_or_default();
        Ok(rule)
    }

    /// The rule that has this frequency and no other part.
    pub fn every(freq: Frequency) -> Self {
        Self {
            freq,
            interval: 1,
            count: None,
            until: None,
            by_second: Vec::new(),
            by_minute: Vec::new(),
            by_hour: Vec::new(),
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            by_year_day: Vec::new(),
            by_week_no: Vec::new(),
            by_month: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: Weekday::Monday,
            skip: Skip::Omit,
        }
    }
}

const PARTS: [&str; 16] = [
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "BYSECOND",
    "BYMINUTE",
    "BYHOUR",
    "BYDAY",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYMONTH",
    "BYSETPOS",
    "WKST",
    "RSCALE",
    "SKIP",
];

/// The value of one part, with its name for the error.
struct List<'a> {
    part: &'static str,
    value: &'a str,
}

impl List<'_> {
    fn error(&self) -> RuleError {
        RuleError::Part { part: self.part, value: shown(self.value) }
    }

    /// A number from 1 up; one too large to count to is as good as the largest.
    fn positive(&self) -> Result<u32, RuleError> {
        let digits = self.value.strip_prefix('+').unwrap_or(self.value);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(self.error());
        }
        match digits.parse().unwrap_or(u32::MAX) {
            0 => Err(self.error()),
            number => Ok(number),
        }
    }

    fn numbers(&self, least: u8, most: u8) -> Result<Vec<u8>, RuleError> {
        self.each(|text| {
            let number: u8 = text.parse().ok()?;
            (least..=most).contains(&number).then_some(number)
        })
    }

    fn signed<N: TryFrom<i16> + Ord>(&self, most: i16) -> Result<Vec<N>, RuleError> {
        self.each(|text| {
            let number: i16 = text.parse().ok()?;
            if number == 0 || number.abs() > most { None } else { N::try_from(number).ok() }
        })
    }

    fn weekdays(&self) -> Result<Vec<WeekdayNum>, RuleError> {
        let mut days = Vec::new();
        for text in self.value.split(',') {
            days.push(weekday_num(text.trim()).ok_or_else(|| self.error())?);
        }
        days.sort_unstable_by_key(|day| (day.weekday.to_monday_zero_offset(), day.ordinal));
        days.dedup();
        Ok(days)
    }

    fn each<N: Ord>(&self, parse: impl Fn(&str) -> Option<N>) -> Result<Vec<N>, RuleError> {
        let mut numbers = Vec::new();
        for text in self.value.split(',') {
            numbers.push(parse(text.trim()).ok_or_else(|| self.error())?);
        }
        Ok(sorted(numbers))
    }
}

fn sorted<N: Ord>(mut numbers: Vec<N>) -> Vec<N> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn frequency(value: &str) -> Option<Frequency> {
    [
        ("YEARLY", Frequency::Yearly),
        ("MONTHLY", Frequency::Monthly),
        ("WEEKLY", Frequency::Weekly),
        ("DAILY", Frequency::Daily),
        ("HOURLY", Frequency::Hourly),
        ("MINUTELY", Frequency::Minutely),
        ("SECONDLY", Frequency::Secondly),
    ]
    .into_iter()
    .find_map(|(name, freq)| name.eq_ignore_ascii_case(value).then_some(freq))
}

fn skip_of(value: &str) -> Option<Skip> {
    [("OMIT", Skip::Omit), ("BACKWARD", Skip::Backward), ("FORWARD", Skip::Forward)]
        .into_iter()
        .find_map(|(name, skip)| name.eq_ignore_ascii_case(value).then_some(skip))
}

fn weekday_num(text: &str) -> Option<WeekdayNum> {
    let (ordinal, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = weekday(name)?;
    let ordinal = if ordinal.is_empty() {
        0
    } else {
        ordinal.parse().ok().filter(|n| (-53..=53).contains(n) && *n != 0)?
    };
    Some(WeekdayNum { ordinal, weekday })
}

fn weekday(name: &str) -> Option<Weekday> {
    [
        ("MO", Weekday::Monday),
        ("TU", Weekday::Tuesday),
        ("WE", Weekday::Wednesday),
        ("TH", Weekday::Thursday),
        ("FR", Weekday::Friday),
        ("SA", Weekday::Saturday),
        ("SU", Weekday::Sunday),
    ]
    .into_iter()
    .find_map(|(known, weekday)| known.eq_ignore_ascii_case(name).then_some(weekday))
}

/// As much of a value as an error message should show.
fn shown(value: &str) -> String {
    value.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_rule_is_read() {
        let rule = RecurrenceRule::parse(
            "FREQ=YEARLY;INTERVAL=2;UNTIL=19971224T000000Z;BYSECOND=60,0;BYMINUTE=30;BYHOUR=9,8;BYDAY=-1FR,MO;\
             BYMONTHDAY=-1,15;BYYEARDAY=100,-366;BYWEEKNO=20,-53;BYMONTH=3,1,3;BYSETPOS=-2,1;WKST=SU;\
             RSCALE=gregorian;SKIP=backward;X-FOO=1",
        )
        .unwrap();
        let expected = RecurrenceRule {
            interval: 2,
            until: Some(CalendarTime::Utc("1997-12-24T00:00:00Z".parse().unwrap())),
            by_second: vec![0, 59],
            by_minute: vec![30],
            by_hour: vec![8, 9],
            by_day: vec![
                WeekdayNum { ordinal: 0, weekday: Weekday::Monday },
                WeekdayNum { ordinal: -1, weekday: Weekday::Friday },
            ],
            by_month_day: vec![-1, 15],
            by_year_day: vec![-366, 100],
            by_week_no: vec![-53, 20],
            by_month: vec![1, 3],
            by_set_pos: vec![-2, 1],
            week_start: Weekday::Sunday,
            skip: Skip::Backward,
            ..RecurrenceRule::every(Frequency::Yearly)
        };
        assert_eq!(rule, expected);
    }

    #[test]
    fn order_case_and_defaults_make_no_other_rule() {
        let rule = RecurrenceRule::parse("FREQ=WEEKLY;BYDAY=MO,TU").unwrap();
        for same in [
            "BYDAY=TU,MO;FREQ=WEEKLY",
            "freq=weekly;byday=mo,tu,mo;interval=1;wkst=mo",
            "FREQ=WEEKLY;BYDAY=MO,TU;RSCALE=GREGORIAN;SKIP=OMIT;",
        ] {
            assert_eq!(RecurrenceRule::parse(same).unwrap(), rule, "{same}");
        }
    }

    #[test]
    fn rules_that_break_the_grammar_are_refused_with_the_part_that_does() {
        for (value, message) in [
            ("", "the recurrence rule has no FREQ (RFC 5545 §3.3.10)"),
            ("COUNT=3", "the recurrence rule has no FREQ (RFC 5545 §3.3.10)"),
            ("FREQ=FORTNIGHTLY", "FREQ=FORTNIGHTLY is not a valid part"),
            ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0 is not a valid part"),
            ("FREQ=DAILY;COUNT=-1", "COUNT=-1 is not a valid part"),
            ("FREQ=DAILY;BYHOUR=24", "BYHOUR=24 is not a valid part"),
            ("FREQ=DAILY;BYMONTHDAY=0", "BYMONTHDAY=0 is not a valid part"),
            ("FREQ=DAILY;BYMONTHDAY=1,,2", "BYMONTHDAY=1,,2 is not a valid part"),
            ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY=0MO is not a valid part"),
            ("FREQ=MONTHLY;BYDAY=é", "BYDAY=é is not a valid part"),
            ("FREQ=DAILY;UNTIL=20260230", "UNTIL=20260230 is not a valid part"),
            (
                "FREQ=DAILY;UNTIL=20260101T000000+0100",
                "UNTIL=20260101T000000+0100 is not a valid part",
            ),
            ("FREQ=DAILY;FREQ=DAILY", "FREQ occurs more than once"),
            ("FREQ=DAILY;COUNT", "\"COUNT\" is not a part of a recurrence rule"),
            ("FREQ=YEARLY;RSCALE=CHINESE", "RSCALE=CHINESE is not supported"),
            ("FREQ=YEARLY;SKIP=FORWARD", "SKIP is only allowed together with RSCALE"),
        ] {
            let error = RecurrenceRule::parse(value).unwrap_err().to_string();
            assert!(error.starts_with(message), "{value}: {error}");
        }
    }

    #[test]
    fn numbers_beyond_all_measure_are_as_good_as_the_largest() {
        let rule =
            RecurrenceRule::parse("FREQ=DAILY;INTERVAL=99999999999999999999;COUNT=4294967296")
                .unwrap();
        assert_eq!((rule.interval, rule.count), (u32::MAX, Some(u32::MAX)));
    }
}
