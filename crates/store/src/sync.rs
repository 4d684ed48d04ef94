//! The sync log (RFC 6578): what changed in a collection since a change number.

use serde::Deserialize;
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

use crate::connection::{Listing, Queries, list, listing};
use crate::error::Error;
use crate::objects::{ObjectRow, object_columns, object_json};
use crate::values::CollectionId;

/// One member that changed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "(String, i64, Option<Box<ObjectRow>>)")]
pub struct Change {
    /// The member's name.
    pub name: String,
    /// Its change number.
    pub change: i64,
    /// What happened.
    pub member: ChangedMember,
}

/// What happened to a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangedMember {
    /// It is gone.
    Removed,
    /// It is there, new or changed.
    Changed(Box<ObjectRow>),
}

/// Both halves come in order from their indexes and are merged up to the limit; -1, which no collection has reached,
/// stands for the initial sync, which has no removals.
pub(crate) const CHANGES: Listing = listing!(
    concat!("json_array(name, change, CASE WHEN id IS NOT NULL THEN ", object_json!(), " END)"),
    "SELECT ",
    object_columns!(),
    "
       FROM objects o
      WHERE o.collection_id = $1 AND o.change > $2
     UNION ALL
     SELECT NULL, t.collection_id, t.name, NULL, NULL, NULL, NULL, NULL, NULL,
            NULL, NULL, t.change, NULL, NULL, NULL
       FROM tombstones t
      WHERE t.collection_id = $1 AND t.change > $2 AND $2 >= 0
      ORDER BY change
      LIMIT $3"
);

impl Queries {
    /// Which members changed after the change number `since`, in order of change: the next page is since the last
    /// one's. `None` is the initial sync, which has no removals; 0 is the state of a new collection. A name removed
    /// and made again is changed; one made and removed is removed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_changes_since(
        &mut self,
        collection: CollectionId,
        since: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Change>, Error> {
        let (since, limit) = (since.unwrap_or(-1), i64::from(limit));
        list!(self, CHANGES, .bind(collection).bind(since).bind(limit))
    }
}

// By hand: a tombstone has no object.
impl<'r, R> FromRow<'r, R> for Change
where
    R: Row,
    &'static str: ColumnIndex<R>,
    Option<i64>: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    ObjectRow: FromRow<'r, R>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        let is_there = row.try_get::<Option<i64>, _>("id")?.is_some();
        let object = is_there.then(|| ObjectRow::from_row(row).map(Box::new)).transpose()?;
        Ok(Self::from((row.try_get("name")?, row.try_get("change")?, object)))
    }
}

impl From<(String, i64, Option<Box<ObjectRow>>)> for Change {
    fn from((name, change, object): (String, i64, Option<Box<ObjectRow>>)) -> Self {
        let member = object.map_or(ChangedMember::Removed, ChangedMember::Changed);
        Self { name, change, member }
    }
}
