//! Reading calendar objects.

use jiff::Timestamp;
use serde::Deserialize;
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::collections::collection_columns;
use crate::connection::{
    Dialects, List, Queries, WithOctets, ids, keys, list, list_with_octets, listing,
    listing_with_octets, run,
};
use crate::error::Error;
use crate::objects::{
    Copy, InboxItem, Listed, Located, ObjectRow, Octets, Tags, listed_columns, listed_json,
    object_columns, object_json,
};
use crate::principals::name_key;
use crate::values::{CollectionId, ObjectId, PrincipalId, Seconds};
use crate::versions::octets;

macro_rules! object {
    ($($rest:expr),+ $(,)?) => {
        concat!("SELECT ", $crate::objects::object_columns!(), $($rest),+)
    };
}

macro_rules! located {
    ($octets:expr, $join:literal) => {
        concat!(
            "SELECT p.id AS owner_id, ",
            collection_columns!(),
            ", ",
            object_columns!(),
            ", ",
            $octets,
            " AS octets
               FROM principals p
               LEFT JOIN collections c ON c.owner_id = p.id AND c.name = $2
               LEFT JOIN objects o ON o.collection_id = c.id AND o.name = $3 ",
            $join,
            "
              WHERE p.name_key = $1"
        )
    };
}

pub(crate) const LOCATED: &str =
    located!(octets!(), "LEFT JOIN versions v ON v.object_id = o.id AND v.change = o.change");
pub(crate) const LOCATED_ROW: &str = located!("NULL", "");
pub(crate) const CONTENT: &str = concat!(
    "SELECT ",
    listed_columns!(),
    ", ",
    octets!(),
    " AS octets
       FROM principals p
       JOIN collections c ON c.owner_id = p.id AND c.name = $2
       JOIN objects o ON o.collection_id = c.id AND o.name = $3
       JOIN versions v ON v.object_id = o.id AND v.change = o.change
      WHERE p.name_key = $1"
);
pub(crate) const OBJECT_ROW: &str =
    object!(" FROM objects o WHERE o.collection_id = $1 AND o.name = $2");
pub(crate) const MEMBERS: Dialects = listing!(
    "",
    listed_json!(),
    listed_columns!(),
    " FROM objects o
     WHERE o.collection_id = $1 AND o.name > $2
     ORDER BY o.name
     LIMIT CAST($3 AS BIGINT)"
);
/// On SQLite in order of ids, among which those of a collection lie side by side, and with them its rows; the last id is the
/// third column. On Postgres in order of names.
pub(crate) const TAGS: Dialects = Dialects {
    sqlite: "
    SELECT group_concat(name, '/'), group_concat(etag, ','), CAST(max(id) AS TEXT)
      FROM (SELECT o.id, o.name, o.etag
              FROM objects o
             WHERE o.id > max($1 * 4294967296, CAST($2 AS INTEGER)) AND o.id < ($1 + 1) * 4294967296
             ORDER BY o.id
             LIMIT CAST($3 AS BIGINT))",
    postgres: "
    SELECT string_agg(name, '/'), string_agg(etag, ','), NULL
      FROM (SELECT o.name, o.etag
              FROM objects o
             WHERE o.collection_id = $1 AND o.name > $2
             ORDER BY o.name
             LIMIT CAST($3 AS BIGINT)) listed",
};
pub(crate) const ROWS_BY_NAMES: Dialects = listing!(
    "",
    listed_json!(),
    listed_columns!(),
    " FROM objects o
     WHERE o.collection_id = $1 AND o.name IN (",
    keys!("$2"),
    ")
     ORDER BY o.name"
);
pub(crate) const ROWS_BY_IDS: Dialects = listing!(
    "",
    listed_json!(),
    listed_columns!(),
    " FROM objects o
     WHERE o.id IN (",
    ids!("$1"),
    ")
     ORDER BY o.id"
);
pub(crate) const BY_NAMES: Dialects = listing_with_octets!(
    object_json!(),
    object_columns!(),
    " FROM objects o
      JOIN versions v ON v.object_id = o.id AND v.change = o.change
     WHERE o.collection_id = $1 AND o.name IN (",
    keys!("$2"),
    ")
     ORDER BY o.name"
);
pub(crate) const BY_IDS: Dialects = listing_with_octets!(
    listed_json!(),
    listed_columns!(),
    " FROM objects o
      JOIN versions v ON v.object_id = o.id AND v.change = o.change
     WHERE o.id IN (",
    ids!("$1"),
    ")
     ORDER BY o.id"
);
pub(crate) const COPIES: Dialects = listing_with_octets!(
    concat!("json_array(c.owner_id, c.name, ", object_json!(), ")"),
    concat!(object_columns!(), ", c.owner_id, c.name AS collection_name"),
    " FROM objects o
      JOIN collections c ON c.id = o.collection_id
      JOIN versions v ON v.object_id = o.id AND v.change = o.change
     WHERE o.uid = $1
       AND c.kind = 'calendar'
       AND c.owner_id IN (",
    ids!("$2"),
    ")
     ORDER BY c.owner_id, o.scheduled DESC, o.id"
);
/// The scheduled objects of a collection, whose UIDs have to be locked before all of them go.
pub(crate) const SCHEDULED_UIDS: &str = "
    SELECT uid FROM objects WHERE collection_id = $1 AND scheduled = 1 ORDER BY uid";
pub(crate) const BY_UID: &str = object!(
    " FROM objects o
     WHERE o.uid = $2 AND o.collection_id = $1
     ORDER BY o.id
     LIMIT CAST($3 AS BIGINT)"
);

pub(crate) const OLD_INBOX_ITEMS: &str = "
    SELECT o.collection_id, o.name
      FROM collections c
      JOIN objects o ON o.collection_id = c.id AND o.created_at < $1
     WHERE c.kind = 'inbox' AND c.id >= $2
     ORDER BY c.id, o.id
     LIMIT CAST($3 AS BIGINT)";

/// A [`Copy`] without its octets.
#[derive(FromRow, Deserialize)]
struct CopyRow {
    owner_id: PrincipalId,
    collection_name: String,
    #[sqlx(flatten)]
    row: ObjectRow,
}

impl Queries {
    /// The object at this place with its octets, in one statement.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_object(
        &mut self,
        home: &str,
        collection: &str,
        name: &str,
    ) -> Result<Located, Error> {
        let located: Option<Located> = self.at_place(LOCATED, home, collection, name).await?;
        Ok(located.unwrap_or_default())
    }

    /// The object at this place, for one who only reads it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_content(
        &mut self,
        home: &str,
        collection: &str,
        name: &str,
    ) -> Result<Option<(Listed, Octets)>, Error> {
        let found: Option<WithOctets<Listed>> =
            self.at_place(CONTENT, home, collection, name).await?;
        Ok(found.map(|found| (found.row, found.octets)))
    }

    /// As [`Queries::find_object`], without the octets.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_object_without_octets(
        &mut self,
        home: &str,
        collection: &str,
        name: &str,
    ) -> Result<Located, Error> {
        let located: Option<Located> = self.at_place(LOCATED_ROW, home, collection, name).await?;
        Ok(located.unwrap_or_default())
    }

    /// The row of a statement about what is at a place.
    async fn at_place<T>(
        &mut self,
        statement: &'static str,
        home: &str,
        collection: &str,
        name: &str,
    ) -> Result<Option<T>, Error>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        run!(self, c => sqlx::query_as(statement)
            .bind(name_key(home))
            .bind(collection)
            .bind(name)
            .fetch_optional(c))
    }

    /// The object of this name in a collection.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_object_row(
        &mut self,
        collection: CollectionId,
        name: &str,
    ) -> Result<Option<ObjectRow>, Error> {
        run!(self, c => sqlx::query_as(OBJECT_ROW).bind(collection).bind(name).fetch_optional(c))
    }

    /// A page of a collection's objects, in order of name, after `after_name`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_members(
        &mut self,
        collection: CollectionId,
        after_name: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Listed>, Error> {
        let after = after_name.unwrap_or_default();
        let limit = i64::from(limit);
        list!(self, MEMBERS, .bind(collection).bind(after).bind(limit))
    }

    /// A page of the names and ETags of a collection's objects, in an order of its own, after [`Tags::last`] of the page
    /// before it; the first comes after nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_tags(
        &mut self,
        collection: CollectionId,
        after: &str,
        limit: u32,
    ) -> Result<Tags, Error> {
        let statement = TAGS.of(self);
        run!(self, c => sqlx::query_as(statement)
            .bind(collection)
            .bind(after)
            .bind(i64::from(limit))
            .fetch_one(c))
    }

    /// The objects of these names, those there are, in order of name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_objects_by_names(
        &mut self,
        collection: CollectionId,
        names: &[&str],
    ) -> Result<Vec<(ObjectRow, Octets)>, Error> {
        let names = List::of_keys(names)?;
        list_with_octets!(self, BY_NAMES, .bind(collection).bind(names))
    }

    /// As [`Queries::list_objects_by_names`], without the octets.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_rows_by_names(
        &mut self,
        collection: CollectionId,
        names: &[&str],
    ) -> Result<Vec<Listed>, Error> {
        let names = List::of_keys(names)?;
        list!(self, ROWS_BY_NAMES, .bind(collection).bind(names))
    }

    /// The objects with these ids, those there are, in order of id, without their octets.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_rows_by_ids(&mut self, ids: &[ObjectId]) -> Result<Vec<Listed>, Error> {
        let ids = List::of_keys(ids.iter().map(|id| id.get()))?;
        list!(self, ROWS_BY_IDS, .bind(ids))
    }

    /// The objects with these ids, those there are, in order of id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_objects_by_ids(
        &mut self,
        ids: &[ObjectId],
    ) -> Result<Vec<(Listed, Octets)>, Error> {
        let ids = List::of_keys(ids.iter().map(|id| id.get()))?;
        list_with_octets!(self, BY_IDS, .bind(ids))
    }

    /// The objects with this UID in calendars (not inboxes) of these principals, in order of owner; of one owner's,
    /// the scheduled one first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_copies(
        &mut self,
        uid: &str,
        owners: &[PrincipalId],
    ) -> Result<Vec<Copy>, Error> {
        let owners = List::of_keys(owners.iter().map(|id| id.get()))?;
        let rows: Vec<(CopyRow, Octets)> =
            list_with_octets!(self, COPIES, .bind(uid).bind(owners))?;
        let copies = rows.into_iter().map(|(copy, octets)| Copy {
            owner_id: copy.owner_id,
            collection_name: copy.collection_name,
            row: copy.row,
            octets,
        });
        Ok(copies.collect())
    }

    /// The UIDs of a collection's scheduled objects, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_scheduled_uids(
        &mut self,
        collection: CollectionId,
    ) -> Result<Vec<String>, Error> {
        run!(self, c => sqlx::query_scalar(SCHEDULED_UIDS).bind(collection).fetch_all(c))
    }

    /// The objects with this UID in a collection, in order of age; the first 1,000 (an inbox may hold many).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_by_uid(
        &mut self,
        collection: CollectionId,
        uid: &str,
    ) -> Result<Vec<ObjectRow>, Error> {
        const MOST: i64 = 1_000;
        run!(self, c => sqlx::query_as(BY_UID).bind(collection).bind(uid).bind(MOST).fetch_all(c))
    }

    /// Messages that came before an instant, in order of inbox, from this inbox on: a page for the job that
    /// removes them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_old_inbox_items(
        &mut self,
        before: Timestamp,
        from: Option<CollectionId>,
        limit: u32,
    ) -> Result<Vec<InboxItem>, Error> {
        let from = from.map_or(0, CollectionId::get);
        run!(self, c => sqlx::query_as(OLD_INBOX_ITEMS)
            .bind(Seconds::from(before))
            .bind(from)
            .bind(i64::from(limit))
            .fetch_all(c))
    }
}
