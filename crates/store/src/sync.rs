//! The sync log (RFC 6578): what changed in a collection since a change number.

use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

use crate::connection::{Queries, run};
use crate::error::Error;
use crate::objects::{ObjectRow, object_columns};
use crate::values::CollectionId;

/// One member that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// Each half reads no more of its index than the limit; -1, which no collection has reached, stands for the initial
/// sync, which has no removals.
pub(crate) const CHANGES: &str = concat!(
    "SELECT ",
    object_columns!(),
    "
       FROM (SELECT ",
    object_columns!(),
    "
               FROM objects o
              WHERE o.collection_id = $1 AND o.change > $2
              ORDER BY o.change
              LIMIT $3) AS o
     UNION ALL
     SELECT NULL, t.collection_id, t.name, NULL, NULL, NULL, NULL, NULL, NULL,
            NULL, NULL, t.change, NULL, NULL, NULL
       FROM (SELECT collection_id, name, change
               FROM tombstones
              WHERE collection_id = $1 AND change > $2 AND $2 >= 0
              ORDER BY change
              LIMIT $3) AS t
      ORDER BY change
      LIMIT $3"
);

impl Queries {
    /// Which members changed after the change number `since`, in order of change: the next page is since the last
    /// one's. `None` is the initial sync, which has no removals; 0 is the state of a new collection. A name removed and made again is changed; one made and removed is removed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_changes_since(
        &mut self,
        collection: CollectionId,
        since: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Change>, Error> {
        run!(self, c => sqlx::query_as(CHANGES)
            .bind(collection)
            .bind(since.unwrap_or(-1))
            .bind(i64::from(limit))
            .fetch_all(c))
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
        let member = match row.try_get::<Option<i64>, _>("id")? {
            None => ChangedMember::Removed,
            Some(_) => ChangedMember::Changed(Box::new(ObjectRow::from_row(row)?)),
        };
        Ok(Self { name: row.try_get("name")?, change: row.try_get("change")?, member })
    }
}
