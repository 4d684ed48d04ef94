//! Implicit scheduling (RFC 6638): what a write to a calendar object makes others be told, and what
//! their calendars make of it.
//!
//! The engine is pure. [`itip::decide`] takes an old object, a new object and who writes, and
//! answers with what is to be stored, which messages go to whom, and why. [`inbound::apply`] takes
//! a message and the recipient's copy, and answers with the merged copy. Neither does any I/O,
//! reads a clock or draws a number, so a dry run is the same call without the commit, and every
//! rule is tested as a table.
//!
//! Invariants: content lines that a rule does not touch keep the client's octets; delivering a
//! message twice equals delivering it once; an attendee is told of a write by at most one REQUEST
//! and one CANCEL; nobody is ever told about an instance that does not name him (RFC 6638 section
//! 3.2.6).

mod answers;
pub mod directory;
pub mod groups;
pub mod inbound;
pub mod intercept;
pub mod itip;
mod merge;
mod reason;
mod refresh;
mod refusal;
pub mod rooms;
pub mod simulator;
pub mod status;
mod summary;
#[cfg(test)]
mod tests;
mod tree;

pub use answers::{AnswerRecord, Answers};
pub use directory::{Directory, LocalUser, UserKind};
pub use itip::{Message, SchedulingRole};
pub use merge::merge_with_base;
pub use reason::{Reason, Verdict};
pub use refresh::{Refresh, Refreshed};
pub use refusal::Refusal;
pub use status::Delivery;
pub use summary::{Kind, Participant, Start, Summary, WhatChanged};

/// What happens to a copy's Schedule-Tag (RFC 6638 section 3.2.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleTag {
    /// Only participation changed: a client that last saw the old tag may still write.
    Keep,
    /// More than participation changed.
    Change,
}
