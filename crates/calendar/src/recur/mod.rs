//! Recurrence (RFC 5545 §3.3.10 and 3.8.5, RFC 7529): rules, and the sets that rules and dates make
//! together.

pub(crate) mod days;
mod iter;
mod plan;
mod rule;
mod set;
mod timeline;

pub use iter::LocalTimes;
pub(crate) use set::{Cursor, RecurrenceSet};
pub(crate) use timeline::{Timeline, instant};

pub use rule::{Frequency, RecurrenceRule, RuleError, Skip, WeekdayNum};
