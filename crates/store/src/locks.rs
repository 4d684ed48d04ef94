//! What a writing transaction locks before it reads (Postgres; on SQLite there is one writer anyway).

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::connection::{List, execute};
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

/// Begins a transaction of Postgres that holds these locks, in one trip. Every transaction takes them in order of their
/// numbers, which are all that this is made of.
pub(crate) fn begin_holding(keys: &[LockKey<'_>]) -> SqlStr {
    let numbers: BTreeSet<i64> = keys.iter().map(LockKey::number).collect();
    let mut begin = "BEGIN".to_owned();
    if !numbers.is_empty() {
        let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
        let numbers = numbers.join(",");
        begin += &format!(
            "; SELECT pg_advisory_xact_lock(key) FROM unnest('{{{numbers}}}'::BIGINT[]) AS key"
        );
    }
    AssertSqlSafe(begin).into_sql_str()
}

// JSONB sorts and deduplicates keys: every transaction locks in the same order.
const LOCK: &str = "SELECT pg_advisory_xact_lock(CAST(key AS BIGINT)) FROM jsonb_each($1)";

impl Tx {
    /// Waits until nobody else decides about bookings of these rooms. Taken after the locks it began with and before
    /// rows are written, so nobody who holds one waits for a UID.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock_bookings(&mut self, rooms: &[PrincipalId]) -> Result<(), Error> {
        if rooms.is_empty() || !self.is_postgres() {
            return Ok(());
        }
        let keys = List::of_keys(rooms.iter().map(|room| LockKey::Bookings(*room).number()))?;
        execute!(self, sqlx::query(LOCK).bind(keys)).map(drop)
    }
}
