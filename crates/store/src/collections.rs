//! Collections in a calendar home (RFC 4791 4.2, RFC 6638 2.1 and 2.2).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;

use crate::connection::{Dialects, List, Queries, execute, ids, list, listing, run};
use crate::error::Error;
use crate::principals::name_key;
use crate::transaction::Tx;
use crate::values::{CollectionId, Flag, PrincipalId, Seconds, text_enum};

text_enum!(
    /// What a collection is.
    CollectionKind {
        /// CALDAV:calendar.
        Calendar = "calendar",
        /// CALDAV:schedule-inbox.
        Inbox = "inbox",
        /// CALDAV:schedule-outbox.
        Outbox = "outbox",
        /// A collection made with MKCOL without a calendar's resource type.
        Plain = "plain",
    }
);

text_enum!(
    /// The kind of component an object is about (RFC 4791 4.1).
    ComponentKind {
        /// VEVENT.
        Event = "VEVENT",
        /// VTODO.
        Todo = "VTODO",
        /// VJOURNAL.
        Journal = "VJOURNAL",
        /// VFREEBUSY.
        FreeBusy = "VFREEBUSY",
    }
);

/// CALDAV:supported-calendar-component-set (RFC 4791 5.2.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComponentSet(BTreeSet<ComponentKind>);

impl ComponentSet {
    /// Every kind we store.
    #[must_use]
    pub fn all() -> Self {
        ComponentKind::ALL.iter().copied().collect()
    }

    /// Whether objects of this kind may be stored.
    #[must_use]
    pub fn contains(&self, kind: ComponentKind) -> bool {
        self.0.contains(&kind)
    }

    /// The kinds, in order.
    pub fn iter(&self) -> impl Iterator<Item = ComponentKind> {
        self.0.iter().copied()
    }
}

impl FromIterator<ComponentKind> for ComponentSet {
    fn from_iter<I: IntoIterator<Item = ComponentKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().collect())
    }
}

impl From<String> for ComponentSet {
    fn from(text: String) -> Self {
        text.split(',').filter_map(ComponentKind::parse).collect()
    }
}

impl std::fmt::Display for ComponentSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, kind) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{kind}")?;
        }
        Ok(())
    }
}

/// A collection as stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, Deserialize)]
#[serde(try_from = "CollectionTuple")]
pub struct Collection {
    /// Its id.
    #[sqlx(rename = "c_id")]
    pub id: CollectionId,
    /// Whose home it is in.
    #[sqlx(rename = "c_owner_id")]
    pub owner: PrincipalId,
    /// The last segment of its path, decoded.
    #[sqlx(rename = "c_name")]
    pub name: String,
    /// What it is.
    #[sqlx(rename = "c_kind")]
    pub kind: CollectionKind,
    /// What may be stored in it.
    #[sqlx(rename = "c_components", try_from = "String")]
    pub components: ComponentSet,
    /// CALDAV:calendar-timezone as the client sent it.
    #[sqlx(rename = "c_timezone")]
    pub timezone: Option<String>,
    /// CALDAV:schedule-calendar-transp is transparent: it does not make its owner busy.
    #[sqlx(rename = "c_transparent", try_from = "Flag")]
    pub transparent: bool,
    /// The last change number: its ctag, and the number in its sync token.
    #[sqlx(rename = "c_change")]
    pub change: i64,
    /// The oldest number in a sync token that is still answered (DAV:valid-sync-token, RFC 6578 3.2).
    #[sqlx(rename = "c_oldest_token")]
    pub oldest_token: i64,
    /// When it was made.
    #[sqlx(rename = "c_created_at", try_from = "Seconds")]
    pub created_at: Timestamp,
}

/// The values of a collection `c`, for JSON; read as a [`CollectionTuple`].
macro_rules! collection_values {
    () => {
        "c.id, c.owner_id, c.name, c.kind, c.components, c.timezone, c.transparent, c.change, c.oldest_token, c.created_at"
    };
}
pub(crate) use collection_values;

#[derive(Deserialize)]
struct CollectionTuple(
    CollectionId,
    PrincipalId,
    String,
    CollectionKind,
    String,
    Option<String>,
    i32,
    i64,
    i64,
    i64,
);

impl TryFrom<CollectionTuple> for Collection {
    type Error = jiff::Error;

    fn try_from(tuple: CollectionTuple) -> Result<Self, jiff::Error> {
        Ok(Self {
            id: tuple.0,
            owner: tuple.1,
            name: tuple.2,
            kind: tuple.3,
            components: tuple.4.into(),
            timezone: tuple.5,
            transparent: tuple.6 != 0,
            change: tuple.7,
            oldest_token: tuple.8,
            created_at: Timestamp::from_second(tuple.9)?,
        })
    }
}

/// A collection to be made.
#[derive(Clone, Debug)]
pub struct NewCollection<'a> {
    /// Whose home.
    pub owner: PrincipalId,
    /// The last segment of its path, decoded.
    pub name: &'a str,
    /// What it is.
    pub kind: CollectionKind,
    /// What may be stored in it.
    pub components: ComponentSet,
    /// CALDAV:calendar-timezone.
    pub timezone: Option<&'a str>,
    /// CALDAV:schedule-calendar-transp.
    pub transparent: bool,
}

/// What of a collection can be changed; all of it is replaced.
#[derive(Clone, Debug)]
pub struct CollectionUpdate<'a> {
    /// What may be stored in it.
    pub components: ComponentSet,
    /// CALDAV:calendar-timezone.
    pub timezone: Option<&'a str>,
    /// CALDAV:schedule-calendar-transp.
    pub transparent: bool,
}

/// A collection's columns under the names that do not collide with an object's.
macro_rules! collection_columns {
    () => {
        "c.id AS c_id, c.owner_id AS c_owner_id, c.name AS c_name,
         c.kind AS c_kind, c.components AS c_components,
         c.timezone AS c_timezone, c.transparent AS c_transparent,
         c.change AS c_change, c.oldest_token AS c_oldest_token,
         c.created_at AS c_created_at"
    };
}
pub(crate) use collection_columns;

macro_rules! collection {
    ($($rest:expr),+ $(,)?) => {
        concat!("SELECT ", collection_columns!(), $($rest),+)
    };
}

pub(crate) const COLLECTION: &str = collection!(
    " FROM principals p
      JOIN collections c ON c.owner_id = p.id AND c.name = $2
     WHERE p.name_key = $1"
);
pub(crate) const COLLECTIONS: &str = collection!(
    " FROM collections c
     WHERE c.owner_id = $1
     ORDER BY c.name
     LIMIT CAST($2 AS BIGINT)"
);
pub(crate) const TIMEZONES: Dialects = listing!(
    "",
    "json_array(c.id, c.timezone)",
    "c.id, c.timezone",
    " FROM collections c
     WHERE c.owner_id IN (",
    ids!("$1"),
    ")
       AND c.kind = 'calendar' AND c.timezone IS NOT NULL"
);
pub(crate) const DEFAULT_COLLECTIONS: &str = collection!(
    ", d.principal_id
      FROM default_collections d
      JOIN collections c ON c.id = d.collection_id
     WHERE d.principal_id IN (",
    ids!("$1"),
    ")
       AND d.component = $2
     ORDER BY d.principal_id"
);
pub(crate) const HOME_CHANGE: &str = "
    SELECT p.change + COALESCE((SELECT CAST(SUM(c.change) AS BIGINT) FROM collections c WHERE c.owner_id = p.id), 0)
      FROM principals p
     WHERE p.id = $1";

#[derive(sqlx::FromRow)]
struct OwnedCollection {
    #[sqlx(rename = "principal_id")]
    principal: PrincipalId,
    #[sqlx(flatten)]
    collection: Collection,
}

/// So many collections of one home are listed.
const MOST_COLLECTIONS: i64 = 10_000;

impl Queries {
    /// The collection at this place.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_collection(
        &mut self,
        home: &str,
        name: &str,
    ) -> Result<Option<Collection>, Error> {
        let key = name_key(home);
        run!(self, c => sqlx::query_as(COLLECTION).bind(key).bind(name).fetch_optional(c))
    }

    /// What is in a home, in order of name; the first 10,000.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_collections(&mut self, owner: PrincipalId) -> Result<Vec<Collection>, Error> {
        run!(self, c => sqlx::query_as(COLLECTIONS).bind(owner).bind(MOST_COLLECTIONS).fetch_all(c))
    }

    /// CALDAV:calendar-timezone of the calendars of several people, of those that have one, in no particular order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_timezones_of(
        &mut self,
        owners: &[PrincipalId],
    ) -> Result<Vec<(CollectionId, String)>, Error> {
        let owners = List::of_keys(owners.iter().map(|id| id.get()))?;
        list!(self, TIMEZONES, .bind(owners))
    }

    /// Where invitations for components of this kind go (CALDAV:schedule-default-calendar-URL, RFC 6638 9.2), for
    /// those principals who have such a place, in order of principal.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_default_collections(
        &mut self,
        principals: &[PrincipalId],
        kind: ComponentKind,
    ) -> Result<Vec<(PrincipalId, Collection)>, Error> {
        let principals = List::of_keys(principals.iter().map(|id| id.get()))?;
        let rows: Vec<OwnedCollection> = run!(self, c => sqlx::query_as(DEFAULT_COLLECTIONS)
            .bind(principals)
            .bind(kind)
            .fetch_all(c))?;
        Ok(rows.into_iter().map(|row| (row.principal, row.collection)).collect())
    }

    /// A number that grows with every change in a home or anything below it: the home's ctag.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn home_change(&mut self, owner: PrincipalId) -> Result<i64, Error> {
        let change: Option<i64> =
            run!(self, c => sqlx::query_scalar(HOME_CHANGE).bind(owner).fetch_optional(c))?;
        Ok(change.unwrap_or_default())
    }
}

const ADD_COLLECTION: &str = "
    INSERT INTO collections (owner_id, name, kind, components, timezone, transparent, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    RETURNING id AS c_id, owner_id AS c_owner_id, name AS c_name,
              kind AS c_kind, components AS c_components,
              timezone AS c_timezone, transparent AS c_transparent,
              change AS c_change, oldest_token AS c_oldest_token,
              created_at AS c_created_at";
const UPDATE_COLLECTION: &str = "
    UPDATE collections
       SET components = $2, timezone = $3, transparent = $4, change = change + 1
     WHERE id = $1";
const RENAME_COLLECTION: &str = "
    UPDATE collections
       SET name = $2, change = change + 1
     WHERE id = $1
 RETURNING owner_id";
const REMOVE_PROPERTIES: &str =
    "DELETE FROM properties WHERE target_kind = 'collection' AND target_id = $1";
const REMOVE_COLLECTION: &str = "DELETE FROM collections WHERE id = $1 RETURNING owner_id, change";
const BUMP_HOME: &str = "UPDATE principals SET change = change + $2 WHERE id = $1";
const SET_DEFAULT: &str = "
    INSERT INTO default_collections (principal_id, component, collection_id)
    VALUES ($1, $2, $3)
        ON CONFLICT (principal_id, component) DO UPDATE SET collection_id = excluded.collection_id";

impl Tx {
    /// Makes a collection.
    ///
    /// # Errors
    /// [`Error::Taken`] when the home has one of this name, [`Error::Gone`] when there is no such home.
    pub async fn add_collection(
        &mut self,
        new: &NewCollection<'_>,
        now: Timestamp,
    ) -> Result<Collection, Error> {
        let added = run!(self, c => sqlx::query_as(ADD_COLLECTION)
            .bind(new.owner)
            .bind(new.name)
            .bind(new.kind)
            .bind(new.components.to_string())
            .bind(new.timezone)
            .bind(Flag::from(new.transparent))
            .bind(Seconds::from(now))
            .fetch_one(c));
        let added = added.map_err(|error: Error| error.taken("name").gone("principal"))?;
        self.bump_home(new.owner, 1).await?;
        Ok(added)
    }

    /// Replaces what of a collection can be changed. Says whether it was there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn update_collection(
        &mut self,
        id: CollectionId,
        update: &CollectionUpdate<'_>,
    ) -> Result<bool, Error> {
        let done = execute!(
            self,
            sqlx::query(UPDATE_COLLECTION)
                .bind(id)
                .bind(update.components.to_string())
                .bind(update.timezone)
                .bind(Flag::from(update.transparent))
        )?;
        Ok(done > 0)
    }

    /// Gives a collection another name in its home, with all that is in it. Says whether it was there.
    ///
    /// # Errors
    /// [`Error::Taken`] when the home has one of this name.
    pub async fn rename_collection(&mut self, id: CollectionId, name: &str) -> Result<bool, Error> {
        let renamed: Result<Option<PrincipalId>, Error> = run!(self, c => {
            sqlx::query_scalar(RENAME_COLLECTION).bind(id).bind(name).fetch_optional(c)
        });
        let Some(owner) = renamed.map_err(|error| error.taken("name"))? else { return Ok(false) };
        self.bump_home(owner, 1).await?;
        Ok(true)
    }

    /// Removes an empty collection with its properties and tombstones. Says whether it was there.
    ///
    /// # Errors
    /// [`Error::NotEmpty`] while it holds calendar objects: these leave through the door.
    pub async fn remove_collection_row(&mut self, id: CollectionId) -> Result<bool, Error> {
        execute!(self, sqlx::query(REMOVE_PROPERTIES).bind(id))?;
        let removed: Result<Option<(PrincipalId, i64)>, Error> =
            run!(self, c => sqlx::query_as(REMOVE_COLLECTION).bind(id).fetch_optional(c));
        let Some((owner, change)) = removed.map_err(Error::not_empty)? else { return Ok(false) };
        // What the collection had counted stays in the home's ctag, which must not go back.
        self.bump_home(owner, change + 1).await?;
        Ok(true)
    }

    /// Makes this the place where invitations for components of this kind go.
    ///
    /// # Errors
    /// [`Error::Gone`] when the principal or the collection does not exist.
    pub async fn set_default_collection(
        &mut self,
        principal: PrincipalId,
        kind: ComponentKind,
        collection: CollectionId,
    ) -> Result<(), Error> {
        let set =
            execute!(self, sqlx::query(SET_DEFAULT).bind(principal).bind(kind).bind(collection));
        set.map(drop).map_err(|error: Error| error.gone("collection"))
    }

    async fn bump_home(&mut self, owner: PrincipalId, by: i64) -> Result<(), Error> {
        execute!(self, sqlx::query(BUMP_HOME).bind(owner).bind(by)).map(drop)
    }
}
