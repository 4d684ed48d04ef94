//! Occurrences as octets, for the store.
//!
//! The first octet is the version. An occurrence that differs from the one before only in its start
//! is one number; a daily event takes three octets a day.

use thiserror::Error;

use crate::occurrence::{Occurrence, Overlap, Status};

const VERSION: u8 = 1;

const OVERLAPS: [Overlap; 9] = [
    Overlap::Span,
    Overlap::Point,
    Overlap::TodoDuration,
    Overlap::TodoDue,
    Overlap::Due,
    Overlap::Closed,
    Overlap::Created,
    Overlap::Always,
    Overlap::FreeBusy,
];

const STATUSES: [Status; 10] = [
    Status::Unset,
    Status::Tentative,
    Status::Confirmed,
    Status::Cancelled,
    Status::NeedsAction,
    Status::Completed,
    Status::InProcess,
    Status::Draft,
    Status::Final,
    Status::Other,
];

/// Octets that are no occurrences, or of a version that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the index row is not one that this version writes")]
pub struct InvalidPack;

/// Writes occurrences.
pub fn pack(occurrences: &[Occurrence]) -> Vec<u8> {
    let mut octets = vec![VERSION];
    let mut before: Option<Occurrence> = None;
    for occurrence in occurrences {
        let delta = zigzag(occurrence.start.wrapping_sub(before.map_or(0, |before| before.start)));
        let same = before.is_some_and(|before| {
            let moved = occurrence.start.wrapping_sub(before.start);
            let end = before.end.wrapping_add(moved);
            *occurrence == Occurrence { start: occurrence.start, end, ..before }
        });
        if same && delta < 1 << 62 {
            write(&mut octets, delta << 1 | 1);
        } else {
            write(&mut octets, flags(occurrence) << 1);
            write(&mut octets, u64::from(occurrence.component));
            write(&mut octets, zigzag(occurrence.end.wrapping_sub(occurrence.start)));
            write(&mut octets, delta);
        }
        before = Some(*occurrence);
    }
    octets
}

/// Reads what [`pack`] wrote.
pub fn unpack(octets: &[u8]) -> Result<Vec<Occurrence>, InvalidPack> {
    let (&VERSION, mut rest) = octets.split_first().ok_or(InvalidPack)? else {
        return Err(InvalidPack);
    };
    let mut occurrences: Vec<Occurrence> = Vec::new();
    while !rest.is_empty() {
        let before = occurrences.last();
        let head = read(&mut rest)?;
        let occurrence = if head & 1 == 1 {
            let before = before.ok_or(InvalidPack)?;
            let delta = unzigzag(head >> 1);
            let (start, end) = (before.start.wrapping_add(delta), before.end.wrapping_add(delta));
            Occurrence { start, end, ..*before }
        } else {
            let component = u16::try_from(read(&mut rest)?).map_err(|_| InvalidPack)?;
            let length = unzigzag(read(&mut rest)?);
            let delta = unzigzag(read(&mut rest)?);
            let start = before.map_or(0, |before| before.start).wrapping_add(delta);
            unflag(head >> 1, start, start.wrapping_add(length), component)?
        };
        occurrences.push(occurrence);
    }
    Ok(occurrences)
}

fn flags(occurrence: &Occurrence) -> u64 {
    let overlap = OVERLAPS.iter().position(|overlap| *overlap == occurrence.overlap);
    let status = STATUSES.iter().position(|status| *status == occurrence.status);
    let number = |position: Option<usize>| position.map_or(0, |position| position as u64);
    u64::from(occurrence.floating)
        | u64::from(occurrence.transparent) << 1
        | number(overlap) << 2
        | number(status) << 6
}

fn unflag(flags: u64, start: i64, end: i64, component: u16) -> Result<Occurrence, InvalidPack> {
    let index = |shift: u32| usize::try_from(flags >> shift & 15).map_err(|_| InvalidPack);
    Ok(Occurrence {
        start,
        end,
        floating: flags & 1 == 1,
        transparent: flags >> 1 & 1 == 1,
        overlap: *OVERLAPS.get(index(2)?).ok_or(InvalidPack)?,
        status: *STATUSES.get(index(6)?).ok_or(InvalidPack)?,
        component,
    })
}

/// Small numbers of either sign as small numbers.
fn zigzag(number: i64) -> u64 {
    (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

/// Seven bits an octet, the lowest first.
fn write(octets: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        octets.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    octets.push(number.to_le_bytes()[0]);
}

fn read(octets: &mut &[u8]) -> Result<u64, InvalidPack> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (octet, rest) = octets.split_first().ok_or(InvalidPack)?;
        *octets = rest;
        number |= u64::from(octet & 0x7f) << shift;
        if octet & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(InvalidPack)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_occurrence() -> impl Strategy<Value = Occurrence> {
        let times = (any::<i64>(), any::<i64>(), any::<bool>(), any::<bool>(), any::<u16>());
        (times, 0..OVERLAPS.len(), 0..STATUSES.len()).prop_map(|(times, overlap, status)| {
            let (start, end, floating, transparent, component) = times;
            let (overlap, status) = (OVERLAPS[overlap], STATUSES[status]);
            Occurrence { start, end, floating, transparent, overlap, status, component }
        })
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(
            occurrences in prop::collection::vec(any_occurrence(), 0..20),
            repeats in 0..3_usize,
        ) {
            let mut all = occurrences;
            for _ in 0..repeats {
                if let Some(last) = all.last().copied() {
                    let start = last.start.wrapping_add(86_400);
                    let end = last.end.wrapping_add(86_400);
                    all.push(Occurrence { start, end, ..last });
                }
            }
            prop_assert_eq!(unpack(&pack(&all)), Ok(all));
        }

        #[test]
        fn any_octets_are_read_or_refused(octets in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = unpack(&octets);
        }
    }

    #[test]
    fn a_daily_event_takes_three_octets_a_day() {
        let first = Occurrence {
            start: 1_770_000_000,
            end: 1_770_003_600,
            floating: false,
            transparent: false,
            overlap: Overlap::Span,
            status: Status::Confirmed,
            component: 0,
        };
        let days: Vec<_> = (0..28)
            .map(|n| Occurrence {
                start: first.start + n * 86_400,
                end: first.end + n * 86_400,
                ..first
            })
            .collect();
        assert_eq!(pack(&days).len(), 1 + 10 + 27 * 3);
    }
}
