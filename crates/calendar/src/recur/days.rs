//! Days and local seconds as plain numbers: what the rule iterator counts in.
//!
//! A day is counted from 1970-01-01, a local time in seconds from that day's midnight, both without
//! any zone.

use jiff::civil;

pub(crate) const DAY: i64 = 86_400;
/// 9999-12-31.
pub(super) const LAST_DAY: i64 = 2_932_896;
/// 9999-12-31T23:59:59.
pub(super) const LAST_SECOND: i64 = LAST_DAY * DAY + DAY - 1;

/// A day with all that the BY parts ask of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day {
    pub(super) number: i64,
    pub(super) year: i64,
    pub(super) month: u8,
    pub(super) day: i64,
}

impl Day {
    pub(super) fn new(number: i64) -> Self {
        let (year, month, day) = date_of(number);
        Self { number, year, month, day }
    }

    pub(super) fn of_year(self) -> i64 {
        self.number - day_number(self.year, 1, 1) + 1
    }

    pub(super) fn weekday(self) -> u8 {
        weekday_of(self.number)
    }
}

/// The number of a day of the proleptic Gregorian calendar. The day may lie outside its month.
pub(super) fn day_number(year: i64, month: u8, day: i64) -> i64 {
    // Years that begin in March put the leap day last; 400 of them are an era of 146,097 days.
    let month = i64::from(month);
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day of a day number.
pub(super) fn date_of(number: i64) -> (i64, u8, i64) {
    let number = number + 719_468;
    let era = number.div_euclid(146_097);
    let day_of_era = number.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, u8::try_from(month).unwrap_or(1), day)
}

/// 0 for Monday to 6 for Sunday.
pub(super) fn weekday_of(number: i64) -> u8 {
    u8::try_from((number + 3).rem_euclid(7)).unwrap_or(0)
}

pub(super) fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

pub(super) fn year_length(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

pub(super) fn month_length(year: i64, month: u8) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The first day of the week that contains a day.
pub(super) fn week_of(number: i64, week_start: u8) -> i64 {
    number - (i64::from(weekday_of(number)) - i64::from(week_start)).rem_euclid(7)
}

/// The first day of week 1: the first week with at least four days in the year (RFC 5545 §3.3.10,
/// BYWEEKNO).
pub(super) fn first_week(year: i64, week_start: u8) -> i64 {
    week_of(day_number(year, 1, 4), week_start)
}

/// A local time as seconds.
pub(crate) fn to_seconds(local: civil::DateTime) -> i64 {
    let month = u8::try_from(local.month()).unwrap_or(1);
    let time =
        i64::from(local.hour()) * 3600 + i64::from(local.minute()) * 60 + i64::from(local.second());
    day_number(i64::from(local.year()), month, i64::from(local.day())) * DAY + time
}

/// The local time of so many seconds, moved into the years 1 to 9999.
pub(crate) fn to_local(seconds: i64) -> civil::DateTime {
    let (year, month, day) = date_of(seconds.div_euclid(DAY));
    let of_day = seconds.rem_euclid(DAY);
    if year > 9999 {
        return LAST_LOCAL;
    }
    let date = i16::try_from(year).ok().filter(|year| *year >= 1).and_then(|year| {
        civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    });
    let time = i8::try_from(of_day / 3600).ok().and_then(|hour| {
        civil::Time::new(
            hour,
            i8::try_from(of_day / 60 % 60).ok()?,
            i8::try_from(of_day % 60).ok()?,
            0,
        )
        .ok()
    });
    match (date, time) {
        (Some(date), Some(time)) => date.to_datetime(time),
        _ => FIRST_LOCAL,
    }
}

const FIRST_LOCAL: civil::DateTime = civil::DateTime::constant(1, 1, 1, 0, 0, 0, 0);
const LAST_LOCAL: civil::DateTime = civil::DateTime::constant(9999, 12, 31, 23, 59, 59, 0);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_agree_with_jiff_over_the_whole_calendar() {
        let mut date = civil::date(1, 1, 1);
        let mut number = day_number(1, 1, 1);
        while date < civil::date(9999, 12, 20) {
            let day = Day::new(number);
            assert_eq!(to_local(number * DAY).date(), date);
            assert_eq!(to_seconds(date.at(0, 0, 0, 0)), number * DAY);
            assert_eq!(day.of_year(), i64::from(date.day_of_year()), "{date}");
            assert_eq!(
                i64::from(day.weekday()),
                i64::from(date.weekday().to_monday_zero_offset()),
                "{date}"
            );
            assert_eq!(
                month_length(day.year, day.month),
                i64::from(date.days_in_month()),
                "{date}"
            );
            assert_eq!(year_length(day.year), i64::from(date.days_in_year()), "{date}");
            let week = (week_of(number, 0) + 3
                - day_number(Day::new(week_of(number, 0) + 3).year, 1, 1))
                / 7
                + 1;
            assert_eq!(week, i64::from(date.iso_week_date().week()), "{date}");
            date = date.checked_add(jiff::Span::new().days(11)).unwrap();
            number += 11;
        }
        assert_eq!(day_number(9999, 12, 31), LAST_DAY);
    }
}
