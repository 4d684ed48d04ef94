//! What a filter says of one object: by the index where that is enough, else by the object itself.

use std::ops::Range;

use calendar::{CalendarObject, Limits, Occurrence, Zone};
use jiff::Timestamp;
use store::{ComponentKind, ObjectRow};

use super::filter::{
    CompFilter, CompTest, Filter, ParamFilter, PropFilter, PropTest, TextMatch, ValueTest,
};
use super::time_range::TimeRange;
use crate::error::{Error, Precondition, Result};

/// Whether an object matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Yes,
    No,
    /// What is known of the object does not decide.
    Unknown,
}

impl Verdict {
    fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::No => Self::No,
            Self::Yes => other(),
            Self::Unknown if other() == Self::No => Self::No,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Verdict {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// When an object happens, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(super) enum When<'a> {
    /// The index has all occurrences in the range of the search.
    Index(&'a [Occurrence]),
    /// The object is at hand.
    Object(&'a CalendarObject),
    /// Neither.
    Unknown,
}

/// A filter with what it needs to be evaluated.
#[derive(Clone, Debug)]
pub(super) struct Search {
    filter: Filter,
    /// Where times without a zone are.
    floating: Zone,
    limits: Limits,
}
