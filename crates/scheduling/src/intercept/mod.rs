//! The one door through which every write to a calendar object goes: PUT, DELETE, COPY, MOVE of an
//! object, DELETE of a calendar, a message that came another way, a refresh job.
//!
//! Invariants:
//! - A write and all that follows from it (the rewritten object, index, change log, deliveries to
//!   local recipients, queued mail, audit, jobs) is one transaction; the answer comes after its
//!   commit, and a crash leaves all or nothing.
//! - Conditions are checked inside that transaction, after the lock on the scheduling UID is held.
//! - What is decided is decided by the pure parts of this crate; here values are loaded, passed on
//!   and written down. A dry run is the same without the commit.

mod board;
mod booking;
mod busy;
mod conditions;
mod defaults;
mod delete;
mod deliver;
mod dry_run;
mod error;
mod flush;
mod horizon;
mod inboxes;
mod journal;
mod known;
mod outgoing;
mod pile;
mod prints;
mod put;
mod receive;
mod refresh;
mod roster;
mod rows;
mod transfer;

use std::future::Future;

use jiff::{Span, Timestamp};
use store::{ObjectWriter, PrincipalId, Provenance, Store};

pub use self::busy::{Agenda, BusyError};
pub use self::conditions::{Conditions, TagMatch, Tags};
pub use self::delete::DeleteOptions;
pub use self::dry_run::DryRun;
pub use self::error::{DoorError, Place};
pub use self::horizon::HORIZON_JOB;
pub use self::journal::{Delivered, Journal, JournalMessage};
pub use self::outgoing::Burst;
pub use self::put::{PutOptions, PutOutcome};
pub use self::refresh::REFRESH_JOB;
pub use self::rows::index_span;
pub use self::transfer::{Overwrite, Transfer, TransferOutcome};

/// How often a transaction that lost a race is run again before the error is passed on.
const RETRIES: usize = 8;

/// Who writes, with what, when: what the audit says of a write.
#[derive(Clone, Copy, Debug)]
pub struct Writing<'a> {
    /// The principal that was authenticated.
    pub principal: PrincipalId,
    /// Its name.
    pub caller: &'a str,
    /// The `User-Agent`, or the name of the command.
    pub client: &'a str,
    /// The request's id, as in the logs.
    pub request_id: &'a str,
    /// The time of the write.
    pub now: Timestamp,
}

impl Writing<'_> {
    fn provenance(&self) -> Provenance<'_> {
        Provenance {
            at: self.now,
            actor: self.caller,
            client: self.client,
            request_id: self.request_id,
        }
    }
}

/// What the door needs to know of the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bounds on calendar objects.
    pub limits: calendar::Limits,
    /// How far ahead of now instances are indexed, in months.
    pub horizon_months: i32,
    /// Above so many attendees, answers are not passed on to the other attendees' copies
    /// (design rule 15).
    pub refresh_attendees: usize,
    /// What is held back of messages to outsiders (design rule 6); none: nothing.
    pub burst: Option<Burst>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: calendar::Limits::default(),
            horizon_months: 24,
            refresh_attendees: 50,
            burst: None,
        }
    }
}

/// The only holder of the right to write calendar objects.
#[derive(Debug)]
pub struct Door {
    store: Store,
    writer: ObjectWriter,
    settings: Settings,
}

impl Door {
    /// Makes the door; `writer` is the one that [`Store::object_writer`] gives out.
    #[must_use]
    pub fn new(store: Store, writer: ObjectWriter, settings: Settings) -> Self {
        Self { store, writer, settings }
    }

    /// The settings it was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The instant up to which instances are indexed when something is written at `now`.
    fn horizon(&self, now: Timestamp) -> Timestamp {
        let hours = i64::from(self.settings.horizon_months).saturating_mul(31 * 24);
        now.saturating_add(Span::new().hours(hours)).unwrap_or(Timestamp::MAX)
    }
}

/// Runs a whole transaction again when it lost a race (serialization failure, deadlock).
async fn retrying<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, DoorError>
where
    F: Future<Output = Result<T, DoorError>>,
{
    let mut left = RETRIES;
    loop {
        match attempt().await {
            Err(error) if left > 0 && error.is_retryable() => {
                left -= 1;
                tracing::debug!(%error, left, "transaction lost a race, running it again");
            }
            outcome => return outcome,
        }
    }
}
