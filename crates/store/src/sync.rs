//! The sync log (RFC 6578): what changed in a collection since a change number.

use serde::Deserialize;
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

use crate::connection::{Dialects, Queries, list};
use crate::error::Error;
use crate::objects::{Listed, listed_columns, listed_json};
use crate::values::CollectionId;

/// One member that changed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "(i64, Option<String>, Option<Listed>)")]
pub struct Change {
    /// Its change number.
    pub change: i64,
    /// What happened.
    pub member: ChangedMember,
}

/// What happened to a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangedMember {
    /// The one of this name is gone.
    Removed(String),
    /// It is there, new or changed.
    Changed(Box<Listed>),
}

macro_rules! changes {
    ($changed:expr, $removed:expr) => {
        concat!(
            "SELECT * FROM (SELECT ",
            $changed,
            ", o.change FROM objects o
               WHERE o.collection_id = $1 AND o.change > $2
               ORDER BY o.change
               LIMIT CAST($3 AS BIGINT)) AS changed
             UNION ALL
             SELECT ",
            $removed,
            ", t.change FROM tombstones t
              WHERE t.collection_id = $1 AND t.change > $2 AND $2 >= 0
              ORDER BY change
              LIMIT CAST($3 AS BIGINT)"
        )
    };
}

/// Both halves come in order from their indexes and are merged up to the limit, which stands in the first half as well,
/// since Postgres would sort all of it otherwise; -1, which no collection has reached, stands for the initial sync,
/// which has no removals.
pub(crate) const CHANGES: Dialects = Dialects {
    sqlite: concat!(
        "SELECT '[' || group_concat(listed) || ']' FROM (",
        changes!(
            concat!("json_array(o.change, NULL, ", listed_json!(), ") AS listed"),
            "json_array(t.change, t.name, NULL)"
        ),
        ")"
    ),
    postgres: changes!(listed_columns!(), "NULL, t.name, NULL, NULL, NULL, NULL, NULL, NULL, NULL"),
};

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
    Listed: FromRow<'r, R>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        let change = row.try_get("change")?;
        let member = match row.try_get::<Option<i64>, _>("id")? {
            Some(_) => ChangedMember::Changed(Box::new(Listed::from_row(row)?)),
            None => ChangedMember::Removed(row.try_get("name")?),
        };
        Ok(Self { change, member })
    }
}

impl From<(i64, Option<String>, Option<Listed>)> for Change {
    fn from((change, removed, listed): (i64, Option<String>, Option<Listed>)) -> Self {
        let member = match listed {
            Some(listed) => ChangedMember::Changed(Box::new(listed)),
            None => ChangedMember::Removed(removed.unwrap_or_default()),
        };
        Self { change, member }
    }
}
