//! The instance index: which objects may have an instance in a span of time, without parsing any of them.
//!
//! An object has one row for each bucket (28 days) its instances touch; what a row holds is packed by the caller.
//! An object whose recurrence goes on beyond what is indexed has `indexed_until`, and is a candidate for everything
//! after that.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::collections::ComponentKind;
use crate::connection::{
    Cut, List, Listing, Octets, Queries, execute, list, listing, octets_of_hex, run,
};
use crate::error::Error;
use crate::objects::{self, ObjectRow, object, object_columns, object_json};
use crate::transaction::Tx;
use crate::values::{CollectionId, MaybeSeconds, ObjectId, PrincipalId, Seconds};

/// The bucket of what has no bounds in time: it is in every span.
pub const ALWAYS: i32 = i32::MIN;

/// What the index keeps for an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredIndex {
    /// One row for each bucket, each bucket once.
    pub rows: Vec<StoredIndexRow>,
    /// Up to when the rows are complete; `None`: they are all.
    pub indexed_until: Option<Timestamp>,
}

/// What the index keeps for an object in one bucket.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct StoredIndexRow {
    /// Which bucket, or [`ALWAYS`].
    pub bucket: i32,
    /// The instances in it.
    pub packed: Vec<u8>,
}

/// Which objects are asked for.
#[derive(Clone, Debug)]
pub struct CandidateQuery<'a> {
    /// The buckets the span touches.
    pub buckets: RangeInclusive<i32>,
    /// The end of the span: objects indexed up to there need no look beyond their rows.
    pub end: Timestamp,
    /// Kinds of objects; empty: all.
    pub kinds: &'a [ComponentKind],
    /// Only objects with a greater id.
    pub after: Option<ObjectId>,
    /// So many objects at most.
    pub limit: u32,
}

/// An object that may have an instance in the span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The object.
    pub row: ObjectRow,
    /// What the index has in the buckets asked for, in order of bucket, [`ALWAYS`] first.
    pub packed: Vec<Vec<u8>>,
    /// The span goes beyond what is indexed: the object has to be expanded.
    pub beyond: bool,
}

/// What one object may contribute to its owner's busy time.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, Deserialize)]
#[serde(try_from = "BusyTuple")]
pub struct BusyRow {
    /// Whose.
    pub owner_id: PrincipalId,
    /// In which calendar; its time zone places floating times.
    pub collection_id: CollectionId,
    /// The object.
    pub object_id: ObjectId,
    /// Its UID.
    pub uid: String,
    /// An event, or free-busy information.
    pub kind: ComponentKind,
    /// The owner's own PARTSTAT, one character for each component.
    pub participation: String,
    /// The instances in one bucket; `None` when the span goes beyond what is indexed: the object has to be expanded.
    pub packed: Option<Vec<u8>>,
}

/// The ids first, each once, so that the limit counts objects; then their rows in the span.
pub(crate) const CANDIDATES: Listing = listing!(
    concat!("json_array(", object_json!(), ", CASE WHEN packed IS NOT NULL THEN hex(packed) END)"),
    "WITH page AS (
         SELECT object_id FROM instances WHERE collection_id = $1 AND bucket BETWEEN $2 AND $3 AND object_id > $4
         UNION
         SELECT object_id FROM instances WHERE collection_id = $1 AND bucket = $5 AND object_id > $4
         UNION
         SELECT id FROM objects
          WHERE collection_id = $1 AND indexed_until IS NOT NULL AND indexed_until < $6 AND id > $4
         ORDER BY 1
         LIMIT $7)
     SELECT ", object_columns!(), ", i.packed
       FROM page
       JOIN objects o ON o.id = page.object_id
       LEFT JOIN instances i ON i.object_id = o.id AND (i.bucket BETWEEN $2 AND $3 OR i.bucket = $5)
      ORDER BY o.id, i.bucket"
);

/// The same for some kinds only.
pub(crate) const CANDIDATES_OF_KINDS: Listing = listing!(
    concat!("json_array(", object_json!(), ", CASE WHEN packed IS NOT NULL THEN hex(packed) END)"),
    "WITH page AS (
         SELECT i.object_id FROM instances i JOIN objects k ON k.id = i.object_id
          WHERE i.collection_id = $1 AND i.bucket BETWEEN $2 AND $3 AND i.object_id > $4
            AND k.kind IN (SELECT key FROM jsonb_each($8))
         UNION
         SELECT i.object_id FROM instances i JOIN objects k ON k.id = i.object_id
          WHERE i.collection_id = $1 AND i.bucket = $5 AND i.object_id > $4
            AND k.kind IN (SELECT key FROM jsonb_each($8))
         UNION
         SELECT id FROM objects
          WHERE collection_id = $1 AND indexed_until IS NOT NULL AND indexed_until < $6 AND id > $4
            AND kind IN (SELECT key FROM jsonb_each($8))
         ORDER BY 1
         LIMIT $7)
     SELECT ",
    object_columns!(),
    ", i.packed
       FROM page
       JOIN objects o ON o.id = page.object_id
       LEFT JOIN instances i ON i.object_id = o.id AND (i.bucket BETWEEN $2 AND $3 OR i.bucket = $5)
      ORDER BY o.id, i.bucket"
);

pub(crate) const BUSY: Listing = listing!(
    "json_array(owner_id, collection_id, object_id, uid, kind, participation,
                CASE WHEN packed IS NOT NULL THEN hex(packed) END)",
    "WITH calendars AS (
        SELECT id, owner_id
          FROM collections
         WHERE owner_id IN (SELECT CAST(key AS BIGINT) FROM jsonb_each($1))
           AND kind = 'calendar' AND transparent = 0)
    SELECT c.owner_id, o.collection_id, o.id AS object_id, o.uid, o.kind, o.participation, i.packed
      FROM calendars c
      JOIN instances i ON i.collection_id = c.id AND i.bucket BETWEEN $2 AND $3
      JOIN objects o ON o.id = i.object_id
     WHERE o.kind = 'VEVENT' OR o.kind = 'VFREEBUSY'
    UNION ALL
    SELECT c.owner_id, o.collection_id, o.id AS object_id, o.uid, o.kind, o.participation, i.packed
      FROM calendars c
      JOIN instances i ON i.collection_id = c.id AND i.bucket = $4
      JOIN objects o ON o.id = i.object_id
     WHERE o.kind = 'VEVENT' OR o.kind = 'VFREEBUSY'
    UNION ALL
    SELECT c.owner_id, o.collection_id, o.id AS object_id, o.uid, o.kind, o.participation, NULL AS packed
      FROM calendars c
      JOIN objects o ON o.collection_id = c.id AND o.indexed_until IS NOT NULL AND o.indexed_until < $5
     WHERE o.kind = 'VEVENT' OR o.kind = 'VFREEBUSY'
     ORDER BY owner_id, collection_id, object_id
     LIMIT $6"
);

/// The object, so that it is the first to be found by id, and where the index ends.
pub(crate) const ENDING: &str = object!(
    ", v.octets
      FROM objects o
      JOIN versions v ON v.object_id = o.id AND v.change = o.change
     WHERE o.indexed_until IS NOT NULL AND o.indexed_until < $1
       AND (o.indexed_until, o.id) > ($2, $3)
     ORDER BY o.indexed_until, o.id
     LIMIT $4"
);

pub(crate) const INDEX: &str = "
    SELECT bucket, packed
      FROM instances
     WHERE object_id = $1
     ORDER BY bucket";

#[derive(Deserialize)]
struct BusyTuple(i64, i64, i64, String, ComponentKind, String, Option<String>);

impl TryFrom<BusyTuple> for BusyRow {
    type Error = &'static str;

    fn try_from(tuple: BusyTuple) -> Result<Self, &'static str> {
        Ok(Self {
            owner_id: PrincipalId::new(tuple.0),
            collection_id: CollectionId::new(tuple.1),
            object_id: ObjectId::new(tuple.2),
            uid: tuple.3,
            kind: tuple.4,
            participation: tuple.5,
            packed: packed_of_hex(tuple.6)?,
        })
    }
}

#[derive(sqlx::FromRow, Deserialize)]
#[serde(try_from = "(ObjectRow, Option<String>)")]
struct Packed {
    #[sqlx(flatten)]
    row: ObjectRow,
    packed: Option<Vec<u8>>,
}

impl TryFrom<(ObjectRow, Option<String>)> for Packed {
    type Error = &'static str;

    fn try_from((row, packed): (ObjectRow, Option<String>)) -> Result<Self, &'static str> {
        Ok(Self { row, packed: packed_of_hex(packed)? })
    }
}

fn packed_of_hex(packed: Option<String>) -> Result<Option<Vec<u8>>, &'static str> {
    packed.map(|packed| octets_of_hex(&packed).ok_or("no hexadecimal octets")).transpose()
}

impl Queries {
    /// The objects of a collection that may have an instance in a span, in order of id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_candidates(
        &mut self,
        collection: CollectionId,
        query: &CandidateQuery<'_>,
    ) -> Result<Vec<Candidate>, Error> {
        let end = Seconds::from(query.end);
        let after = query.after.map_or(0, ObjectId::get);
        let limit = i64::from(query.limit);
        let (first, last) = (*query.buckets.start(), *query.buckets.end());
        let rows: Vec<Packed> = if query.kinds.is_empty() {
            list!(self, CANDIDATES,
                .bind(collection)
                .bind(first)
                .bind(last)
                .bind(after)
                .bind(ALWAYS)
                .bind(end)
                .bind(limit))?
        } else {
            let kinds = List::of_keys(query.kinds.iter().map(|kind| kind.as_str()))?;
            list!(self, CANDIDATES_OF_KINDS,
                .bind(collection)
                .bind(first)
                .bind(last)
                .bind(after)
                .bind(ALWAYS)
                .bind(end)
                .bind(limit)
                .bind(&kinds))?
        };
        let mut candidates: Vec<Candidate> = Vec::new();
        for Packed { row, packed } in rows {
            match candidates.last_mut() {
                Some(last) if last.row.id == row.id => last.packed.extend(packed),
                _ => candidates.push(Candidate {
                    beyond: row.indexed_until.is_some_and(|until| until < query.end),
                    packed: packed.into_iter().collect(),
                    row,
                }),
            }
        }
        Ok(candidates)
    }

    /// What may make these people busy in a span: the events of their opaque calendars, in order of owner, calendar
    /// and object, at most `limit` rows. One statement for any number of people.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_busy(
        &mut self,
        owners: &[PrincipalId],
        buckets: RangeInclusive<i32>,
        end: Timestamp,
        limit: u32,
    ) -> Result<Vec<BusyRow>, Error> {
        let owners = List::of_keys(owners.iter().map(|id| id.get()))?;
        list!(self, BUSY,
            .bind(&owners)
            .bind(*buckets.start())
            .bind(*buckets.end())
            .bind(ALWAYS)
            .bind(Seconds::from(end))
            .bind(i64::from(limit)))
    }

    /// The objects whose index ends before `horizon`, in order of where it ends and of id, after a place in that
    /// order: for the job that moves the horizon on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_ending(
        &mut self,
        horizon: Timestamp,
        (after_end, after_id): (Timestamp, ObjectId),
        limit: u32,
    ) -> Result<Vec<(ObjectRow, objects::Octets)>, Error> {
        let (horizon, after_end) = (Seconds::from(horizon), Seconds::from(after_end));
        let rows: Vec<objects::WithOctets> = run!(self, c => sqlx::query_as(ENDING)
            .bind(horizon)
            .bind(after_end)
            .bind(after_id)
            .bind(i64::from(limit))
            .fetch_all(c))?;
        Ok(rows.into_iter().map(|found| (found.row, found.octets)).collect())
    }

    /// What the index holds of an object: for `convene check`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load_index(&mut self, row: &ObjectRow) -> Result<StoredIndex, Error> {
        let rows = run!(self, c => sqlx::query_as(INDEX).bind(row.id).fetch_all(c))?;
        Ok(StoredIndex { rows, indexed_until: row.indexed_until })
    }
}

/// An object whose index is replaced.
pub(crate) struct Reindexed<'i> {
    pub(crate) collection: CollectionId,
    pub(crate) object: ObjectId,
    pub(crate) index: &'i StoredIndex,
    /// There are no rows yet.
    pub(crate) is_new: bool,
}

#[derive(Serialize)]
struct InstanceParameters {
    collection: i64,
    bucket: i32,
    object: i64,
    #[serde(flatten)]
    packed: Cut,
}

pub(crate) const REMOVE_INSTANCES: &str = "
    DELETE FROM instances
     WHERE object_id IN (SELECT CAST(key AS BIGINT) FROM jsonb_each($1))";

const ADD_INSTANCES: &str = "
    INSERT INTO instances (collection_id, bucket, object_id, packed)
    SELECT CAST(value ->> 'collection' AS BIGINT), CAST(value ->> 'bucket' AS INTEGER),
           CAST(value ->> 'object' AS BIGINT),
           substr($2, CAST(value ->> 'start' AS INTEGER), CAST(value ->> 'length' AS INTEGER))
      FROM jsonb_each($1)";

/// Only the version that was read: a write in between made a new index already.
const MOVE_HORIZON: &str = "
    UPDATE objects
       SET indexed_until = $3
     WHERE id = $1 AND change = $2";

impl Tx {
    /// Replaces the index of an object that did not change since `row` was read: the horizon moved on. Says
    /// whether it did not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reindex(&mut self, row: &ObjectRow, index: &StoredIndex) -> Result<bool, Error> {
        let moved = execute!(
            self,
            sqlx::query(MOVE_HORIZON)
                .bind(row.id)
                .bind(row.change)
                .bind(MaybeSeconds::from(index.indexed_until))
        )?;
        if moved == 0 {
            return Ok(false);
        }
        let (collection, object) = (row.collection_id, row.id);
        self.write_index(&[Reindexed { collection, object, index, is_new: false }]).await?;
        Ok(true)
    }

    pub(crate) async fn write_index(&mut self, objects: &[Reindexed<'_>]) -> Result<(), Error> {
        let stale: Vec<i64> =
            objects.iter().filter(|one| !one.is_new).map(|one| one.object.get()).collect();
        if !stale.is_empty() {
            let stale = List::of_keys(stale)?;
            execute!(self, sqlx::query(REMOVE_INSTANCES).bind(stale))?;
        }
        let mut octets = Octets::default();
        let mut rows = Vec::new();
        for one in objects {
            rows.extend(one.index.rows.iter().map(|row| InstanceParameters {
                collection: one.collection.get(),
                bucket: row.bucket,
                object: one.object.get(),
                packed: octets.push(&row.packed),
            }));
        }
        if rows.is_empty() {
            return Ok(());
        }
        let (rows, octets) = (List::of_rows(rows)?, octets.into_vec());
        execute!(self, sqlx::query(ADD_INSTANCES).bind(&rows).bind(&octets)).map(drop)
    }
}
