//! What the store keeps of an object so that a query over a time range touches only what matches.
//!
//! Time is cut into buckets of 28 days. An occurrence stands in each bucket that it touches; one
//! that has no end, or touches more than a few years of buckets, stands in the bucket [`ALWAYS`].
//! All that RFC 4791 §9.9 asks about an occurrence is decided by [`Occurrence::overlaps`].
//!
//! Invariants: no occurrence that starts before [`ObjectIndex::indexed_until`] is missing, so for a
//! range that ends before it the index answers as the object would; rows and occurrences are
//! bounded.

mod pack;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use jiff::Timestamp;

pub use pack::{InvalidPack, pack, unpack};

use crate::Limits;
use crate::instances::Series;
use crate::object::CalendarObject;
use crate::occurrence::{Occurrence, Overlap};
use crate::recur::days::DAY;
use crate::recur::instant;
use crate::source::Component;
use crate::zone::{FIRST_INSTANT, LAST_INSTANT};

/// The bucket of the occurrences that every query looks at.
pub const ALWAYS: i32 = i32::MIN;

const BUCKET: i64 = 28 * DAY;
/// Buckets that one occurrence may stand in; 40 are three years.
const MAX_BUCKETS: i64 = 40;
/// Rows of one object; as many as a yearly event has in four centuries.
const MAX_ROWS: usize = 512;

/// The properties that an index is made of.
const INDEXED: [&str; 14] = [
    "DTSTART",
    "DTEND",
    "DUE",
    "DURATION",
    "COMPLETED",
    "CREATED",
    "RRULE",
    "EXRULE",
    "RDATE",
    "EXDATE",
    "RECURRENCE-ID",
    "STATUS",
    "TRANSP",
    "FREEBUSY",
];

/// The index of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectIndex {
    /// The rows, in the order of their buckets.
    pub rows: Vec<IndexRow>,
    /// Up to where the index is complete: a range that ends after it must be put to the object
    /// itself. None where the index holds all there is.
    pub indexed_until: Option<Timestamp>,
}

/// The occurrences that touch a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexRow {
    /// The number of the bucket: its start in seconds since 1970, divided by 28 days; or
    /// [`ALWAYS`].
    pub bucket: i32,
    /// The occurrences, in order of identity.
    pub occurrences: Vec<Occurrence>,
}

impl IndexRow {
    /// The occurrences as the store keeps them.
    pub fn pack(&self) -> Vec<u8> {
        pack(&self.occurrences)
    }

    /// From when to when the occurrences are, in seconds since 1970.
    pub fn seconds(&self) -> RangeInclusive<i64> {
        let starts = self.occurrences.iter().map(|one| one.start).min();
        let ends = self.occurrences.iter().map(|one| one.end.max(one.start)).max();
        starts.unwrap_or(i64::MIN)..=ends.unwrap_or(i64::MAX)
    }
}

/// The index of an object: all occurrences before the horizon, as far as the limit on their number
/// goes.
pub fn index(object: &CalendarObject, horizon: Timestamp, limits: &Limits) -> ObjectIndex {
    let series = Series::new(object);
    let slack = slack(&series);
    walked(series, horizon.as_second(), slack, limits)
}

/// The index of an object that ends where another index of it ended: the two are equal.
pub fn index_until(
    object: &CalendarObject,
    indexed_until: Option<Timestamp>,
    limits: &Limits,
) -> ObjectIndex {
    let series = Series::new(object);
    let slack = slack(&series);
    let next = indexed_until.map(|until| until.as_second().saturating_add(slack));
    walked(series, next.unwrap_or(LAST_INSTANT.as_second()), slack, limits)
}

/// How much before the next instance that is left out something of it may lie.
fn slack(series: &Series<'_>) -> i64 {
    let (_, moved) = series.reach();
    if series.is_floating() { moved.saturating_add(DAY) } else { moved }
}

fn walked(series: Series<'_>, horizon: i64, slack: i64, limits: &Limits) -> ObjectIndex {
    let mut walk = series.walk(FIRST_INSTANT.as_second() - DAY, horizon);
    let mut rows: BTreeMap<i32, Vec<Occurrence>> = BTreeMap::new();
    let mut left = limits.max_instances;
    loop {
        if left == 0 || rows.len() >= MAX_ROWS {
            walk.stop(); // what is left are the overrides, which the size of the object bounds
        }
        let Some(placed) = walk.next() else {
            break;
        };
        for bucket in buckets_of(&placed.occurrence) {
            rows.entry(bucket).or_default().push(placed.occurrence);
            left = left.saturating_sub(1);
        }
    }
    let row = |(bucket, occurrences)| IndexRow { bucket, occurrences };
    ObjectIndex {
        rows: rows.into_iter().map(row).collect(),
        indexed_until: walk.complete_until().map(|id| instant(id.saturating_sub(slack))),
    }
}

/// Whether two versions of an object have the same index because nothing that it is made of was
/// touched: after an answer it need not be built again. False only means that it has to be built.
pub fn is_unchanged(before: &CalendarObject, after: &CalendarObject) -> bool {
    before.kind() == after.kind()
        && before
            .tree()
            .components()
            .filter(|c| c.name() == "VTIMEZONE")
            .map(Component::to_octets)
            .eq(after
                .tree()
                .components()
                .filter(|c| c.name() == "VTIMEZONE")
                .map(Component::to_octets))
        && before.components().count() == after.components().count()
        && before
            .components()
            .zip(after.components())
            .all(|(before, after)| indexed(before).eq(indexed(after)))
}

/// Names, values and the parameters that decide what they mean.
fn indexed(component: &Component) -> impl Iterator<Item = (&str, &str, [Option<&str>; 2])> {
    component
        .properties()
        .filter(|property| INDEXED.iter().any(|name| property.is(name)))
        .map(|line| (line.name(), line.value(), ["TZID", "RANGE"].map(|name| line.param(name))))
}

/// The buckets that a query over a time range looks at, besides [`ALWAYS`]: a day more on both sides,
/// since a time without a zone may lie so far from where it is kept.
pub fn buckets(range: &Range<Timestamp>) -> RangeInclusive<i32> {
    let seconds = seconds(range);
    bucket_of(*seconds.start())..=bucket_of(*seconds.end())
}

/// The seconds since 1970 that an occurrence in this range touches, a day wider on both sides, since
/// times without a zone may be placed that far off.
pub fn seconds(range: &Range<Timestamp>) -> RangeInclusive<i64> {
    let first = range.start.clamp(FIRST_INSTANT, LAST_INSTANT).as_second() - DAY;
    let last = range.end.clamp(FIRST_INSTANT, LAST_INSTANT).as_second() + DAY;
    first..=last
}

fn buckets_of(occurrence: &Occurrence) -> RangeInclusive<i32> {
    let (first, last) = (bucket_of(occurrence.start), bucket_of(occurrence.end));
    let without_end = matches!(occurrence.overlap, Overlap::Always | Overlap::Created);
    if without_end || i64::from(last) - i64::from(first) >= MAX_BUCKETS {
        ALWAYS..=ALWAYS
    } else {
        first..=last
    }
}

fn bucket_of(seconds: i64) -> i32 {
    i32::try_from(seconds.div_euclid(BUCKET)).unwrap_or(if seconds < 0 {
        ALWAYS + 1
    } else {
        i32::MAX
    })
}
