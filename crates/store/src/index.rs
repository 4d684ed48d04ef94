//! The instance index: which objects may have an instance in a span of time, without parsing any of them.
//!
//! An object has one row for each bucket (28 days) its instances touch; what a row holds is packed by the caller.
//! An object whose recurrence goes on beyond what is indexed has `indexed_until`, and is a candidate for everything
//! after that.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use crate::collections::ComponentKind;
use crate::connection::{
    Cut, Dialects, List, Octets, Queries, execute, list, list_with_octets, listing_with_octets,
    octets_of_hex, run,
};
use crate::error::Error;
use crate::objects::{self, ObjectRow, object_columns, object_json};
use crate::transaction::Tx;
use crate::values::{CollectionId, MaybeSeconds, ObjectId, Seconds};

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
    /// No instance in it begins earlier, in seconds since 1970.
    pub starts: i64,
    /// None ends later.
    pub ends: i64,
    /// The instances in it.
    pub packed: Vec<u8>,
}

/// The part of the index that a span of time touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexSpan {
    /// The buckets.
    pub buckets: RangeInclusive<i32>,
    /// The seconds since 1970 that an instance has to touch.
    pub seconds: RangeInclusive<i64>,
    /// The end of the span: objects indexed up to there need no look beyond their rows.
    pub end: Timestamp,
}

/// Where to look in the index.
#[derive(Clone, Debug)]
pub struct IndexQuery<'a> {
    /// When.
    pub span: &'a IndexSpan,
    /// Kinds of objects; empty: all, which costs less.
    pub kinds: &'a [ComponentKind],
    /// What the last page ended with.
    pub after: Option<(i32, ObjectId)>,
    /// So many rows at most.
    pub limit: u32,
}

/// A row of the index: an object that may have an instance in the span. An object has several, one for each bucket.
#[derive(Clone, Debug, PartialEq, Eq, FromRow, Deserialize)]
#[serde(from = "(i32, ObjectId, Option<Packed>)")]
pub struct IndexHit {
    /// Its place in the order: the bucket, or a number before all of them for an object in [`ALWAYS`], and another
    /// for one that goes beyond what is indexed.
    pub place: i32,
    /// The object.
    pub object_id: ObjectId,
    /// Its instances in the bucket; `None`: the span goes beyond what is indexed, and the object has to be expanded.
    pub packed: Option<Vec<u8>>,
}

/// Where the hits of objects that go beyond what is indexed are sorted: before all buckets, so that a search that
/// pages while the horizon moves on meets an object there, or later in a bucket.
const BEYOND: i32 = i32::MIN;
/// Where those of [`ALWAYS`] are sorted, next to them.
const IN_ALL: i32 = i32::MIN + 1;

/// The parts of a page of hits, in order. Each begins and ends as told. What goes beyond the index is a few objects
/// among many: ordered by `id + 0` it is not looked for by id.
macro_rules! hits {
    ($begin:expr, $end:expr, $hit:expr, $in_all:expr, $beyond:expr, $of_kinds:expr, $of_kind:expr) => {
        concat!(
            $begin, "SELECT i.bucket AS place, i.object_id, ", $hit, " FROM instances i
              WHERE i.collection_id = $1 AND (i.bucket, i.object_id) > ($2, $3) AND i.bucket <= $4
                AND i.ends >= $9 AND i.starts <= $10", $of_kinds, $end,
            " UNION ALL ",
            $begin, "SELECT -2147483647 AS place, i.object_id, ", $in_all, " FROM instances i
              WHERE i.collection_id = $1 AND i.bucket = -2147483648 AND i.object_id > $5", $of_kinds, $end,
            " UNION ALL ",
            $begin, "SELECT -2147483648 AS place, o.id + 0 AS object_id, ", $beyond, " FROM objects o
              WHERE o.collection_id = $1 AND o.indexed_until IS NOT NULL AND o.indexed_until < $6
                AND o.id + 0 > $7",
            $of_kind, $end,
            " ORDER BY place, object_id
              LIMIT CAST($8 AS BIGINT)"
        )
    };
}

macro_rules! hits_listing {
    ($of_kinds:expr, $of_kind:expr) => {
        Dialects {
            sqlite: concat!(
                "SELECT '[' || group_concat(listed) || ']' FROM (",
                hits!(
                    "",
                    "",
                    "json_array(i.bucket, i.object_id, hex(i.packed)) AS listed",
                    "json_array(-2147483647, i.object_id, hex(i.packed))",
                    "json_array(-2147483648, o.id, NULL)",
                    $of_kinds,
                    $of_kind
                ),
                ")"
            ),
            // Left without a limit of its own, each part is read to its end and sorted.
            postgres: hits!(
                "(",
                " ORDER BY place, object_id LIMIT CAST($8 AS BIGINT))",
                "i.packed",
                "i.packed",
                "CAST(NULL AS BYTEA) AS packed",
                $of_kinds,
                $of_kind
            ),
        }
    };
}

/// Each part comes in order from its index and they are merged, so that a page costs what it holds.
pub(crate) const HITS: Dialects = hits_listing!("", "");

/// The same for some kinds only: their names, of which none is within another.
pub(crate) const HITS_OF_KINDS: Dialects = hits_listing!(
    " AND $11 LIKE '%' || (SELECT kind FROM objects WHERE id = i.object_id) || '%'",
    " AND $11 LIKE '%' || o.kind || '%'"
);

/// The object, so that it is the first to be found by id, and where the index ends.
pub(crate) const ENDING: Dialects = listing_with_octets!(
    object_json!(),
    object_columns!(),
    " FROM objects o
      JOIN versions v ON v.object_id = o.id AND v.change = o.change
     WHERE o.indexed_until IS NOT NULL AND o.indexed_until < $1
       AND (o.indexed_until, o.id) > ($2, $3)
     ORDER BY o.indexed_until, o.id
     LIMIT CAST($4 AS BIGINT)"
);

pub(crate) const INDEX: &str = "
    SELECT bucket, starts, ends, packed
      FROM instances
     WHERE object_id = $1
     ORDER BY bucket";

/// Packed instances, which are hexadecimal in JSON.
#[derive(sqlx::Type, Deserialize)]
#[sqlx(transparent)]
#[serde(try_from = "String")]
pub(crate) struct Packed(pub(crate) Vec<u8>);

impl TryFrom<String> for Packed {
    type Error = &'static str;

    fn try_from(hex: String) -> Result<Self, &'static str> {
        octets_of_hex(&hex).map(Self).ok_or("no hexadecimal octets")
    }
}

impl From<(i32, ObjectId, Option<Packed>)> for IndexHit {
    fn from((place, object_id, packed): (i32, ObjectId, Option<Packed>)) -> Self {
        Self { place, object_id, packed: packed.map(|packed| packed.0) }
    }
}

impl Queries {
    /// The objects of a collection that may have an instance in a span: those that go beyond what is indexed, those in
    /// [`ALWAYS`], then bucket by bucket, each in order of id. While an index grows with the horizon its object moves
    /// on in this order, so that pages read one after another miss none. A page costs what it holds, not what the calendar does.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_hits(
        &mut self,
        collection: CollectionId,
        query: &IndexQuery<'_>,
    ) -> Result<Vec<IndexHit>, Error> {
        let IndexSpan { buckets, seconds, end } = query.span;
        let (first, last) = (*buckets.start(), *buckets.end());
        // Where each part goes on; the parts follow one another.
        let (bucket, object, always, beyond) = match query.after {
            None => (first, 0, 0, 0),
            Some((BEYOND, object)) => (first, 0, 0, object.get()),
            Some((IN_ALL, object)) => (first, 0, object.get(), i64::MAX),
            Some((bucket, object)) => (bucket, object.get(), i64::MAX, i64::MAX),
        };
        let end = Seconds::from(*end);
        let limit = i64::from(query.limit);
        if query.kinds.is_empty() {
            list!(self, HITS,
                .bind(collection)
                .bind(bucket)
                .bind(object)
                .bind(last)
                .bind(always)
                .bind(end)
                .bind(beyond)
                .bind(limit)
                .bind(*seconds.start())
                .bind(*seconds.end()))
        } else {
            let kinds: Vec<_> = query.kinds.iter().map(|kind| kind.as_str()).collect();
            list!(self, HITS_OF_KINDS,
                .bind(collection)
                .bind(bucket)
                .bind(object)
                .bind(last)
                .bind(always)
                .bind(end)
                .bind(beyond)
                .bind(limit)
                .bind(*seconds.start())
                .bind(*seconds.end())
                .bind(kinds.join(" ")))
        }
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
        let limit = i64::from(limit);
        list_with_octets!(self, ENDING, .bind(horizon).bind(after_end).bind(after_id).bind(limit))
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

/// A row of the index to be written.
#[derive(Serialize)]
pub(crate) struct InstanceParameters {
    bucket: i32,
    starts: i64,
    ends: i64,
    #[serde(flatten)]
    packed: Cut,
}

pub(crate) const REMOVE_INSTANCES: &str = "DELETE FROM instances WHERE object_id = $1";

/// Adds rows to the index of an object.
const ADD_INSTANCES: &str = "
    INSERT INTO instances (collection_id, bucket, object_id, starts, ends, packed)
    SELECT $1, CAST(value ->> 'bucket' AS INTEGER), $2,
           CAST(value ->> 'starts' AS BIGINT), CAST(value ->> 'ends' AS BIGINT),
           substr($4, CAST(value ->> 'start' AS INTEGER), CAST(value ->> 'length' AS INTEGER))
      FROM jsonb_each($3)";

/// Only the version that was read: a write in between made a new index already.
const MOVE_HORIZON: &str = "
    UPDATE objects
       SET indexed_until = $3
     WHERE id = $1 AND change = $2";

impl Tx {
    /// Replaces the index of an object that did not change since `row` was read: the horizon moved on. Says
    /// whether it did not. On Postgres the transaction holds the lock on its UID.
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
        execute!(self, sqlx::query(REMOVE_INSTANCES).bind(row.id))?;
        let mut octets = Octets::default();
        let rows = List::of_rows(index.instances(&mut octets))?;
        execute!(
            self,
            sqlx::query(ADD_INSTANCES)
                .bind(row.collection_id)
                .bind(row.id)
                .bind(&rows)
                .bind(octets.into_vec())
        )?;
        Ok(true)
    }
}

impl StoredIndex {
    /// Its rows as they are written.
    pub(crate) fn instances<'i>(
        &'i self,
        octets: &mut Octets<'i>,
    ) -> impl Iterator<Item = InstanceParameters> {
        self.rows.iter().map(move |row| InstanceParameters {
            bucket: row.bucket,
            starts: row.starts,
            ends: row.ends,
            packed: octets.push(&row.packed),
        })
    }
}
