//! Dead properties (RFC 4918 4): what clients keep on principals, collections and objects.

use serde::Serialize;

use crate::connection::{List, Queries, execute, ids, run};
use crate::error::Error;
use crate::transaction::Tx;
use crate::values::{CollectionId, ObjectId, PrincipalId};

/// What a property is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PropertyTarget {
    /// A principal.
    Principal(PrincipalId),
    /// A collection.
    Collection(CollectionId),
    /// An object.
    Object(ObjectId),
}

/// A dead property.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Property {
    /// The namespace of its element.
    pub namespace: String,
    /// The local name of its element.
    pub name: String,
    /// The XML of its element.
    pub value: String,
}

/// A property to be set or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PropertyWrite<'a> {
    /// The namespace of its element.
    pub namespace: &'a str,
    /// The local name of its element.
    pub name: &'a str,
    /// The XML of its element; `None` removes it.
    pub value: Option<&'a str>,
}

pub(crate) const PROPERTIES: &str = "
    SELECT namespace, name, value
      FROM properties
     WHERE target_kind = $1 AND target_id = $2
     ORDER BY namespace, name";
pub(crate) const PROPERTIES_OF_MANY: &str = concat!(
    "
    SELECT target_id, namespace, name, value
      FROM properties
     WHERE target_kind = $1 AND target_id IN (",
    ids!("$2"),
    ")
     ORDER BY target_id, namespace, name"
);
pub(crate) const PROPERTIES_OF_COLLECTIONS: &str = "
    SELECT target_id, namespace, name, value
      FROM properties
     WHERE target_kind = 'collection' AND target_id IN (SELECT id FROM collections WHERE owner_id = $1)
     ORDER BY target_id, namespace, name";

#[derive(sqlx::FromRow)]
struct Targeted {
    target_id: i64,
    #[sqlx(flatten)]
    property: Property,
}

impl PropertyTarget {
    const fn columns(self) -> (&'static str, i64) {
        match self {
            Self::Principal(id) => ("principal", id.get()),
            Self::Collection(id) => ("collection", id.get()),
            Self::Object(id) => ("object", id.get()),
        }
    }
}

impl Queries {
    /// The properties of one target, in order of name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_properties(
        &mut self,
        target: PropertyTarget,
    ) -> Result<Vec<Property>, Error> {
        let (kind, id) = target.columns();
        run!(self, c => sqlx::query_as(PROPERTIES).bind(kind).bind(id).fetch_all(c))
    }

    /// The properties of all collections in a home, in order of collection and name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_properties_of_collections(
        &mut self,
        owner: PrincipalId,
    ) -> Result<Vec<(CollectionId, Property)>, Error> {
        let rows: Vec<Targeted> =
            run!(self, c => sqlx::query_as(PROPERTIES_OF_COLLECTIONS).bind(owner).fetch_all(c))?;
        Ok(rows.into_iter().map(|row| (CollectionId::new(row.target_id), row.property)).collect())
    }

    /// The properties of several objects, in order of object and name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_properties_of_objects(
        &mut self,
        objects: &[ObjectId],
    ) -> Result<Vec<(ObjectId, Property)>, Error> {
        let objects = List::of_keys(objects.iter().map(|id| id.get()))?;
        let rows: Vec<Targeted> = run!(self, c => sqlx::query_as(PROPERTIES_OF_MANY)
            .bind("object")
            .bind(objects)
            .fetch_all(c))?;
        Ok(rows.into_iter().map(|row| (ObjectId::new(row.target_id), row.property)).collect())
    }
}

const SET: &str = "
    INSERT INTO properties (target_kind, target_id, namespace, name, value)
    SELECT $2, $3, value ->> 'namespace', value ->> 'name', value ->> 'value'
      FROM jsonb_each($1)
     WHERE true
        ON CONFLICT (target_kind, target_id, namespace, name) DO UPDATE SET value = excluded.value";
const REMOVE: &str = "
    DELETE FROM properties
     WHERE target_kind = $2 AND target_id = $3
       AND (namespace, name) IN (SELECT value ->> 'namespace', value ->> 'name' FROM jsonb_each($1))";
const BUMP_PRINCIPAL: &str = "UPDATE principals SET change = change + 1 WHERE id = $1";
const BUMP_COLLECTION: &str = "UPDATE collections SET change = change + 1 WHERE id = $1";
const BUMP_OBJECTS_COLLECTION: &str = "
    UPDATE collections SET change = change + 1
     WHERE id = (SELECT collection_id FROM objects WHERE id = $1)";

impl Tx {
    /// Sets and removes properties; of several writes for one name the last counts. The ctag and the sync token of
    /// the collection (that the object is in) move.
    ///
    /// # Errors
    /// [`Error::Gone`] when there is no such target.
    pub async fn set_properties(
        &mut self,
        target: PropertyTarget,
        writes: &[PropertyWrite<'_>],
    ) -> Result<(), Error> {
        let (bump, what) = match target {
            PropertyTarget::Principal(_) => (BUMP_PRINCIPAL, "principal"),
            PropertyTarget::Collection(_) => (BUMP_COLLECTION, "collection"),
            PropertyTarget::Object(_) => (BUMP_OBJECTS_COLLECTION, "object"),
        };
        let (kind, id) = target.columns();
        if execute!(self, sqlx::query(bump).bind(id))? == 0 {
            return Err(Error::Gone { what });
        }
        let last: std::collections::BTreeMap<_, _> =
            writes.iter().map(|write| ((write.namespace, write.name), write)).collect();
        let (set, removed): (Vec<&PropertyWrite<'_>>, Vec<_>) =
            last.into_values().partition(|write| write.value.is_some());
        if !removed.is_empty() {
            let removed = List::of_rows(removed)?;
            execute!(self, sqlx::query(REMOVE).bind(&removed).bind(kind).bind(id))?;
        }
        if !set.is_empty() {
            let set = List::of_rows(set)?;
            execute!(self, sqlx::query(SET).bind(&set).bind(kind).bind(id))?;
        }
        Ok(())
    }
}
