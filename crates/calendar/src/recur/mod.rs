//! Recurrence (RFC 5545 3.3.10 and 3.8.5, RFC 7529): rules, and the sets that rules and dates make together.

pub(crate) mod days;
mod iter;
mod plan;
mod rule;

pub use iter::LocalTimes;
pub use rule::{Frequency, RecurrenceRule, RuleError, Skip, WeekdayNum};
