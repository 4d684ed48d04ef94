//! Forgetting what is older than the retention: tombstones, after which older sync tokens are refused, and versions
//! that were replaced. In small transactions, so that writers never wait long.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::connection::{List, execute, ids, run};
use crate::error::Error;
use crate::open::Store;
use crate::transaction::Tx;
use crate::values::{CollectionId, Seconds};
use crate::write_objects::NameParameters;
use crate::write_statements::remove_tombstones;

/// How much was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Tombstones.
    pub tombstones: u64,
    /// Versions.
    pub versions: u64,
    /// Lines of the audit.
    pub audit: u64,
}

/// So many rows are looked at in one transaction.
const BATCH: i64 = 1_000;
/// So often a transaction is run again that Postgres ended because of another.
const ATTEMPTS: u32 = 5;

pub(crate) const OLD_TOMBSTONES: &str = "
    SELECT collection_id, name, change
      FROM tombstones
     WHERE removed_at < $1
     ORDER BY removed_at
     LIMIT CAST($2 AS BIGINT)";
const RAISE_OLDEST_TOKEN: &str = "
    UPDATE collections
       SET oldest_token = given.change
      FROM (SELECT CAST(key AS BIGINT) AS given_id, CAST(value AS BIGINT) AS change FROM jsonb_each($1)) AS given
     WHERE id = given.given_id AND oldest_token < given.change";

/// Walks the versions in order of id, which is that of age. Kept: what is current, and the first version that
/// carries the current Schedule-Tag, which a merge starts from (RFC 6638 3.2.10.1).
pub(crate) const OLD_VERSIONS: &str = "
    SELECT v.id,
           CASE WHEN o.id IS NULL THEN 1
                WHEN v.change = o.change THEN 0
                WHEN v.schedule_tag = o.schedule_tag
                     AND NOT EXISTS (SELECT 1 FROM versions w
                                      WHERE w.object_id = v.object_id AND w.change < v.change
                                        AND w.schedule_tag = v.schedule_tag) THEN 0
                ELSE 1 END AS prunable
      FROM versions v
      LEFT JOIN objects o ON o.id = v.object_id
     WHERE v.id > $1 AND v.written_at < $2
     ORDER BY v.id
     LIMIT CAST($3 AS BIGINT)";
/// Postgres: where change numbers are drawn the collections are locked in this order too.
const LOCK_COLLECTIONS: &str =
    concat!("SELECT id FROM collections WHERE id IN (", ids!("$1"), ") ORDER BY id FOR UPDATE");
const REMOVE_VERSIONS: &str = concat!(
    "DELETE FROM versions WHERE id IN (",
    ids!("$1"),
    ") RETURNING shared_object, shared_change"
);
/// What was shared by versions that are all gone. A write shares what it stores itself, so nobody comes to share it later.
pub(crate) const REMOVE_SHARED: &str = "
    DELETE FROM shared_bodies
     WHERE (object_id, change) IN
           (SELECT CAST(value ->> 'object' AS BIGINT), CAST(value ->> 'change' AS BIGINT) FROM jsonb_each($1))
       AND NOT EXISTS (SELECT 1 FROM versions v
                        WHERE v.shared_object = shared_bodies.object_id AND v.shared_change = shared_bodies.change)";
const REMOVE_AUDIT: &str = "
    DELETE FROM audit
     WHERE id IN (SELECT id FROM audit WHERE at < $1 ORDER BY at LIMIT CAST($2 AS BIGINT))";

/// Octets that versions share.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct SharedParameters {
    object: i64,
    change: i64,
}

impl Store {
    /// Forgets what is older than `retention` at `now`.
    ///
    /// # Errors
    /// When the database fails; what was done till then stays done.
    pub async fn prune(&self, now: Timestamp, retention: SignedDuration) -> Result<Pruned, Error> {
        let before = Seconds::from(now.saturating_sub(retention).unwrap_or(Timestamp::MIN));
        let mut pruned = Pruned::default();
        while let count @ 1.. = self.prune_some(before).await? {
            pruned.tombstones += count;
        }
        let mut after = 0;
        loop {
            let mut tx = self.write(&[]).await?;
            let Some((last, count)) = tx.prune_versions(before, after).await? else { break };
            tx.commit().await?;
            (after, pruned.versions) = (last, pruned.versions + count);
        }
        loop {
            let mut tx = self.write(&[]).await?;
            let count = execute!(tx, sqlx::query(REMOVE_AUDIT).bind(before).bind(BATCH))?;
            tx.commit().await?;
            pruned.audit += count;
            if count == 0 {
                return Ok(pruned);
            }
        }
    }

    /// A batch of tombstones. Writers lock collections first and tombstones after them; still a deadlock is possible
    /// with one that removes a collection.
    async fn prune_some(&self, before: Seconds) -> Result<u64, Error> {
        for _ in 1..ATTEMPTS {
            let mut tx = self.write(&[]).await?;
            let done = match tx.prune_tombstones(before).await {
                Ok(count) => tx.commit().await.map(|()| count),
                Err(error) => Err(error),
            };
            match done {
                Err(error) if error.is_retryable() => {}
                done => return done,
            }
        }
        let mut tx = self.write(&[]).await?;
        let count = tx.prune_tombstones(before).await?;
        tx.commit().await?;
        Ok(count)
    }
}

impl Tx {
    async fn prune_tombstones(&mut self, before: Seconds) -> Result<u64, Error> {
        let old: Vec<(CollectionId, String, i64)> =
            run!(self, c => sqlx::query_as(OLD_TOMBSTONES).bind(before).bind(BATCH).fetch_all(c))?;
        if old.is_empty() {
            return Ok(0);
        }
        let mut oldest = std::collections::BTreeMap::new();
        for (collection, _, change) in &old {
            let token = oldest.entry(collection.get()).or_insert(*change);
            *token = (*token).max(*change);
        }
        if self.is_postgres() {
            let collections = List::of_keys(oldest.keys())?;
            execute!(self, sqlx::query(LOCK_COLLECTIONS).bind(&collections))?;
        }
        let names = List::of_rows(
            old.iter().map(|(collection, name, _)| NameParameters::of(*collection, name)),
        )?;
        let removed = execute!(self, sqlx::query(remove_tombstones!("$1")).bind(&names))?;
        let oldest = List::of_pairs(oldest)?;
        execute!(self, sqlx::query(RAISE_OLDEST_TOKEN).bind(&oldest))?;
        Ok(removed)
    }

    /// Looks at a batch of old versions; answers the last one's id and how many were removed.
    async fn prune_versions(
        &mut self,
        before: Seconds,
        after: i64,
    ) -> Result<Option<(i64, u64)>, Error> {
        let old: Vec<(i64, i32)> = run!(self, c => sqlx::query_as(OLD_VERSIONS)
            .bind(after)
            .bind(before)
            .bind(BATCH)
            .fetch_all(c))?;
        let Some((last, _)) = old.last().copied() else { return Ok(None) };
        let prunable: Vec<i64> =
            old.into_iter().filter(|(_, prunable)| *prunable == 1).map(|(id, _)| id).collect();
        if prunable.is_empty() {
            return Ok(Some((last, 0)));
        }
        let prunable = List::of_keys(prunable)?;
        let removed: Vec<(Option<i64>, Option<i64>)> =
            run!(self, c => sqlx::query_as(REMOVE_VERSIONS).bind(&prunable).fetch_all(c))?;
        let shared: BTreeSet<SharedParameters> = removed
            .iter()
            .filter_map(|(object, change)| {
                Some(SharedParameters { object: (*object)?, change: (*change)? })
            })
            .collect();
        if !shared.is_empty() {
            execute!(self, sqlx::query(REMOVE_SHARED).bind(List::of_rows(shared)?))?;
        }
        Ok(Some((last, removed.len() as u64)))
    }
}
