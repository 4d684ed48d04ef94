//! Calendar objects as rows.

use jiff::Timestamp;
use serde::Deserialize;
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

use crate::collections::{Collection, ComponentKind};
use crate::values::{CollectionId, Flag, MaybeSeconds, ObjectId, PrincipalId, Seconds};

/// A calendar object as the client sent it or the server rewrote it.
pub type Octets = Vec<u8>;

/// A calendar object without its octets.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, Deserialize)]
#[serde(try_from = "ObjectTuple")]
pub struct ObjectRow {
    /// Its id.
    pub id: ObjectId,
    /// The collection it is in.
    pub collection_id: CollectionId,
    /// The last segment of its path, decoded.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// What it is about.
    pub kind: ComponentKind,
    /// DAV:getetag, without quotes.
    pub etag: String,
    /// CALDAV:schedule-tag without quotes (RFC 6638 9.3); `None` on an object that is not scheduled.
    pub schedule_tag: Option<String>,
    /// The server schedules it.
    #[sqlx(try_from = "Flag")]
    pub scheduled: bool,
    /// How many octets.
    pub size: i64,
    /// The owner's own PARTSTAT, one character for each component.
    pub participation: String,
    /// Up to when the instance index is complete; `None`: it has all instances there are.
    #[sqlx(try_from = "MaybeSeconds")]
    pub indexed_until: Option<Timestamp>,
    /// The collection's change number when it was last written; names the current version.
    pub change: i64,
    /// The collection's change number when it was made.
    pub created_change: i64,
    /// When it was made.
    #[sqlx(try_from = "Seconds")]
    pub created_at: Timestamp,
    /// When it was last written.
    #[sqlx(try_from = "Seconds")]
    pub modified_at: Timestamp,
}

/// What a listing shows of a calendar object.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "ListedTuple")]
pub struct Listed {
    /// Its id.
    pub id: ObjectId,
    /// The last segment of its path, decoded.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// What it is about.
    pub kind: ComponentKind,
    /// DAV:getetag, without quotes.
    pub etag: String,
    /// CALDAV:schedule-tag without quotes (RFC 6638 9.3); `None` on an object that is not scheduled.
    pub schedule_tag: Option<String>,
    /// How many octets.
    pub size: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last written.
    pub modified_at: Timestamp,
}

/// Names and ETags of some objects of a collection: all that most listings ask for, at a third of the cost of [`Listed`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// Joined by `/`, which is in no segment of a path.
    names: String,
    /// Joined by commas, in the same order.
    etags: String,
    last: String,
}

impl Tags {
    /// Each name, the last segment of a path, decoded, with its DAV:getetag, without quotes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        // Where there are none, splitting finds one that is empty.
        let there = if self.last.is_empty() { 0 } else { usize::MAX };
        self.names.split('/').zip(self.etags.split(',')).take(there)
    }

    /// After what the next page begins; empty when there are no more.
    #[must_use]
    pub fn last(&self) -> &str {
        &self.last
    }
}

impl From<ObjectRow> for Listed {
    fn from(row: ObjectRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            uid: row.uid,
            kind: row.kind,
            etag: row.etag,
            schedule_tag: row.schedule_tag,
            size: row.size,
            created_at: row.created_at,
            modified_at: row.modified_at,
        }
    }
}

/// How far the path to an object leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Located {
    /// The owner of the home, if there is one.
    pub owner: Option<PrincipalId>,
    /// The collection, if there is one.
    pub collection: Option<Collection>,
    /// The object, if there is one.
    pub object: Option<ObjectRow>,
    /// Its octets, where asked for.
    pub octets: Option<Octets>,
}

/// Somebody's copy of a scheduling object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Whose.
    pub owner_id: PrincipalId,
    /// The name of the collection it is in.
    pub collection_name: String,
    /// The object.
    pub row: ObjectRow,
    /// Its octets.
    pub octets: Octets,
}

/// Where a scheduling message lies.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct InboxItem {
    /// The inbox.
    pub collection_id: CollectionId,
    /// The last segment of its path, decoded.
    pub name: String,
}

/// The strong ETag of these octets: 128 bits of BLAKE3 in hexadecimal.
#[must_use]
pub fn etag_of(octets: &[u8]) -> String {
    let mut tag = blake3::hash(octets).to_hex();
    tag.truncate(32);
    tag.as_str().to_owned()
}

macro_rules! object_columns {
    () => {
        "o.id, o.collection_id, o.name, o.uid, o.kind, o.etag, o.schedule_tag, o.scheduled, o.size,
         o.participation, o.indexed_until, o.change, o.created_change, o.created_at, o.modified_at"
    };
}
pub(crate) use object_columns;

/// The same as JSON; read as an [`ObjectTuple`].
macro_rules! object_json {
    () => {
        concat!("json_array(", $crate::objects::object_columns!(), ")")
    };
}
pub(crate) use object_json;

macro_rules! listed_columns {
    () => {
        "o.id, o.name, o.uid, o.kind, o.etag, o.schedule_tag, o.size, o.created_at, o.modified_at"
    };
}
pub(crate) use listed_columns;

/// The same as JSON; read as a [`ListedTuple`].
macro_rules! listed_json {
    () => {
        concat!("json_array(", $crate::objects::listed_columns!(), ")")
    };
}
pub(crate) use listed_json;

/// An [`ObjectRow`] as [`object_json`] writes it.
#[derive(Deserialize)]
struct ObjectTuple(
    ObjectId,
    CollectionId,
    String,
    String,
    ComponentKind,
    String,
    Option<String>,
    i32,
    i64,
    String,
    Option<i64>,
    i64,
    i64,
    i64,
    i64,
);

impl TryFrom<ObjectTuple> for ObjectRow {
    type Error = jiff::Error;

    fn try_from(tuple: ObjectTuple) -> Result<Self, jiff::Error> {
        Ok(Self {
            id: tuple.0,
            collection_id: tuple.1,
            name: tuple.2,
            uid: tuple.3,
            kind: tuple.4,
            etag: tuple.5,
            schedule_tag: tuple.6,
            scheduled: tuple.7 != 0,
            size: tuple.8,
            participation: tuple.9,
            indexed_until: tuple.10.map(Timestamp::from_second).transpose()?,
            change: tuple.11,
            created_change: tuple.12,
            created_at: Timestamp::from_second(tuple.13)?,
            modified_at: Timestamp::from_second(tuple.14)?,
        })
    }
}

/// A [`Listed`] as [`listed_columns`] and [`listed_json`] write it: by position, since looking up a column by its name
/// takes longer than reading it.
#[derive(Deserialize, FromRow)]
struct ListedTuple(ObjectId, String, String, ComponentKind, String, Option<String>, i64, i64, i64);

impl TryFrom<ListedTuple> for Listed {
    type Error = jiff::Error;

    fn try_from(tuple: ListedTuple) -> Result<Self, jiff::Error> {
        Ok(Self {
            id: tuple.0,
            name: tuple.1,
            uid: tuple.2,
            kind: tuple.3,
            etag: tuple.4,
            schedule_tag: tuple.5,
            size: tuple.6,
            created_at: Timestamp::from_second(tuple.7)?,
            modified_at: Timestamp::from_second(tuple.8)?,
        })
    }
}

// The columns come first in every statement that lists.
impl<'r, R> FromRow<'r, R> for Listed
where
    R: Row,
    ListedTuple: FromRow<'r, R>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        let listed = ListedTuple::from_row(row)?.try_into();
        listed.map_err(|error: jiff::Error| sqlx::Error::Decode(error.into()))
    }
}

// Of nothing, the engines join NULL. Where the next page begins is told, or is the last name.
impl<'r, R> FromRow<'r, R> for Tags
where
    R: Row,
    (Option<String>, Option<String>, Option<String>): FromRow<'r, R>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        let (names, etags, last) = FromRow::from_row(row)?;
        let (names, etags) = (names.unwrap_or_default(), etags.unwrap_or_default());
        let last_name = || names.rsplit('/').next().unwrap_or_default().to_owned();
        let last = last.unwrap_or_else(last_name);
        Ok(Self { names, etags, last })
    }
}

// By hand: each half is there only if its id is.
impl<'r, R> FromRow<'r, R> for Located
where
    R: Row,
    &'static str: ColumnIndex<R>,
    Option<i64>: Decode<'r, R::Database> + Type<R::Database>,
    Option<Octets>: Decode<'r, R::Database> + Type<R::Database>,
    Collection: FromRow<'r, R>,
    ObjectRow: FromRow<'r, R>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        let has = |id: &'static str| row.try_get::<Option<i64>, _>(id).map(|id| id.is_some());
        Ok(Self {
            owner: row.try_get::<Option<i64>, _>("owner_id")?.map(PrincipalId::new),
            collection: has("c_id")?.then(|| Collection::from_row(row)).transpose()?,
            object: has("id")?.then(|| ObjectRow::from_row(row)).transpose()?,
            octets: row.try_get("octets")?,
        })
    }
}
