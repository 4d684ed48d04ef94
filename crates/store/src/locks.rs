//! What a writing transaction locks before it reads (Postgres; on SQLite there is one writer anyway).

use crate::connection::{List, Queries, execute};
use crate::error::Error;
use crate::transaction::Tx;
use crate::values::PrincipalId;

/// Something two transactions must not decide about at the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockKey<'a> {
    /// All copies of a scheduling object.
    Uid(&'a str),
    /// A name in a collection, whether or not there is an object.
    Resource {
        /// The owner's principal name.
        home: &'a str,
        /// The collection's name.
        collection: &'a str,
        /// The object's name.
        name: &'a str,
    },
    /// What a room or resource has promised: held while it is decided whether it is free.
    Bookings(PrincipalId),
}

impl LockKey<'_> {
    /// A number that stands for it. Two keys with one number wait for each other needlessly, nothing worse.
    fn number(&self) -> i64 {
        let mut hasher = blake3::Hasher::new();
        let room;
        let parts: &[&str] = match self {
            Self::Uid(uid) => &["uid", uid],
            Self::Resource { home, collection, name } => {
                &["resource", &home.to_lowercase(), collection, name]
            }
            Self::Bookings(principal) => {
                room = principal.to_string();
                &["bookings", &room]
            }
        };
        for part in parts {
            hasher.update(part.as_bytes()).update(&[0]);
        }
        let mut number = [0; 8];
        hasher.finalize_xof().fill(&mut number);
        i64::from_be_bytes(number)
    }
}

// JSONB sorts and deduplicates keys: every transaction locks in the same order.
const LOCK: &str = "SELECT pg_advisory_xact_lock(CAST(key AS BIGINT)) FROM jsonb_each($1)";

impl Queries {
    pub(crate) async fn lock(&mut self, keys: &[LockKey<'_>]) -> Result<(), Error> {
        if keys.is_empty() || !self.is_postgres() {
            return Ok(());
        }
        let keys = List::of_keys(keys.iter().map(LockKey::number))?;
        execute!(self, sqlx::query(LOCK).bind(keys)).map(drop)
    }
}

impl Tx {
    /// Waits until nobody else decides about bookings of these rooms. Taken after the locks it began with and before
    /// rows are written, so nobody who holds one waits for a UID.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock_bookings(&mut self, rooms: &[PrincipalId]) -> Result<(), Error> {
        let keys: Vec<LockKey<'_>> = rooms.iter().copied().map(LockKey::Bookings).collect();
        self.lock(&keys).await
    }
}
