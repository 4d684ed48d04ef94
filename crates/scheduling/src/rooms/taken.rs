//! When a room can take no more bookings.

use std::ops::Range;

use calendar::{Occurrence, Status};
use jiff::Timestamp;

/// Whether an occurrence in a room's calendar takes the room, by the room's own participation in it
/// ([`calendar::freebusy::participation`]). A tentative booking does, since it came first; an invitation that nobody
/// has answered does not.
pub fn takes(occurrence: &Occurrence, participation: &str) -> bool {
    let own = participation.as_bytes().get(usize::from(occurrence.component)).copied();
    !occurrence.transparent
        && occurrence.status != Status::Cancelled
        && !matches!(own, Some(b'D' | b'G' | b'N'))
}

/// The periods in which a room has as many bookings as it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// In order, apart from each other.
    periods: Vec<Range<Timestamp>>,
}

impl Taken {
    /// From the bookings there are, in any order, of which it takes `capacity` at once.
    pub fn new(bookings: impl IntoIterator<Item = Range<Timestamp>>, capacity: i32) -> Self {
        let mut steps: Vec<(Timestamp, i32)> = Vec::new();
        for booking in bookings.into_iter().filter(|booking| !booking.is_empty()) {
            steps.push((booking.start, 1));
            steps.push((booking.end, -1));
        }
        // Ends come before starts at the same instant: what touches does not overlap.
        steps.sort_unstable();
        let capacity = capacity.max(1);
        let (mut depth, mut full_since) = (0, None);
        let mut periods: Vec<Range<Timestamp>> = Vec::new();
        for (at, step) in steps {
            depth += step;
            match full_since {
                None if depth >= capacity => full_since = Some(at),
                Some(since) if depth < capacity => {
                    full_since = None;
                    match periods.last_mut() {
                        Some(last) if last.end == since => last.end = at,
                        _ => periods.push(since..at),
                    }
                }
                _ => {}
            }
        }
        Self { periods }
    }

    /// The first such period that a booking would overlap.
    pub(super) fn overlapping(
        &self,
        start: Timestamp,
        end: Timestamp,
    ) -> Option<&Range<Timestamp>> {
        let at = self.periods.partition_point(|period| period.end <= start);
        // What lasts no time is in the way of what goes on then.
        self.periods.get(at).filter(|period| period.start < end || period.start == start)
    }
}
