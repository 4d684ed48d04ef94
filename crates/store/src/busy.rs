//! What makes people busy, from the instance index: of any number of them in one statement.

use std::collections::BTreeMap;

use serde::Deserialize;
use sqlx::FromRow;

use crate::collections::ComponentKind;
use crate::connection::{Dialects, List, Queries, ids, list, listing};
use crate::error::Error;
use crate::index::{ALWAYS, IndexSpan, Packed};
use crate::values::{CollectionId, ObjectId, PrincipalId, Seconds};

/// What may make people busy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Busy {
    /// The events of their opaque calendars, in no particular order.
    pub rows: Vec<BusyRow>,
    /// CALDAV:calendar-timezone of those of these calendars that have one.
    pub timezones: Vec<(CollectionId, String)>,
    /// Whose the addresses are that were asked about; nobody's are left out.
    pub addressees: BTreeMap<String, Addressee>,
}

/// What one object may contribute to its owner's busy time.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// To whom an address belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressee {
    /// Who.
    pub id: PrincipalId,
    /// His principal name.
    pub name: String,
}

/// Makes the statement: what stands before it, whose calendars are looked at, and what is answered first. What is no object
/// has no id of one.
macro_rules! busy {
    ($before:expr, $owners:expr, $more:expr) => {
        listing!(
            concat!(
                "WITH ", $before, "calendars AS (
        SELECT id, owner_id, timezone
          FROM collections
         WHERE owner_id IN (", $owners, ")
           AND kind = 'calendar' AND transparent = 0),
     hits AS (
        SELECT c.owner_id, i.object_id, i.packed
          FROM calendars c
          JOIN instances i ON i.collection_id = c.id AND i.bucket BETWEEN $2 AND $3
           AND i.ends >= $7 AND i.starts <= $8
        UNION ALL
        SELECT c.owner_id, i.object_id, i.packed
          FROM calendars c
          JOIN instances i ON i.collection_id = c.id AND i.bucket = $4
        UNION ALL
        SELECT c.owner_id, o.id AS object_id, NULL AS packed
          FROM calendars c
          JOIN objects o ON o.collection_id = c.id AND o.indexed_until IS NOT NULL AND o.indexed_until < $5),
     facts AS (", $more, "
        SELECT h.owner_id, o.collection_id, h.object_id, o.uid AS uid, o.kind, o.participation, h.packed
          FROM hits h
          JOIN objects o ON o.id = h.object_id
         WHERE o.kind = 'VEVENT' OR o.kind = 'VFREEBUSY'
        UNION ALL
        SELECT c.owner_id, c.id, NULL, c.timezone, NULL, NULL, NULL
          FROM calendars c
         WHERE c.timezone IS NOT NULL)
     "
            ),
            "json_array(f.owner_id, f.collection_id, f.object_id, f.uid, f.kind, f.participation,
                CASE WHEN f.packed IS NOT NULL THEN hex(f.packed) END)",
            "f.owner_id, f.collection_id, f.object_id, f.uid, f.kind, f.participation, f.packed",
            " FROM facts f
     LIMIT CAST($6 AS BIGINT)"
        )
    };
}

/// Of principals.
pub(crate) const BUSY: Dialects = busy!("", ids!("$1"), "");

/// Of whom addresses belong to, and who that is. Some are only to be known: their value is not 1.
pub(crate) const BUSY_ADDRESSEES: Dialects = busy!(
    "people AS MATERIALIZED (
        SELECT a.address, p.id, p.name, CAST(given.value AS INTEGER) AS wanted
          FROM jsonb_each($1) given
          JOIN addresses a ON a.address = given.key
          JOIN principals p ON p.id = a.principal_id
         WHERE length(given.key) BETWEEN 0 AND 2147483647),
     ",
    "SELECT id FROM people WHERE wanted = 1",
    "
        SELECT id AS owner_id, 0 AS collection_id, NULL AS object_id, address AS uid, NULL AS kind, name AS participation,
               NULL AS packed
          FROM people
        UNION ALL"
);

/// A row: of an object; of a calendar, with its time zone in place of the UID; of an address, with a name in place of the
/// participation.
#[derive(FromRow, Deserialize)]
struct BusyFact(
    PrincipalId,
    CollectionId,
    Option<ObjectId>,
    String,
    Option<ComponentKind>,
    Option<String>,
    Option<Packed>,
);

impl Busy {
    fn of(facts: Vec<BusyFact>) -> Self {
        let mut busy = Self::default();
        for BusyFact(owner_id, collection_id, object, text, kind, name, packed) in facts {
            match (object, kind, name) {
                (Some(object_id), Some(kind), Some(participation)) => busy.rows.push(BusyRow {
                    owner_id,
                    collection_id,
                    object_id,
                    uid: text,
                    kind,
                    participation,
                    packed: packed.map(|packed| packed.0),
                }),
                (_, _, Some(name)) => {
                    busy.addressees.insert(text, Addressee { id: owner_id, name });
                }
                (_, _, None) => busy.timezones.push((collection_id, text)),
            }
        }
        busy
    }
}

impl Queries {
    /// What may make these people busy in a span, at most `limit` events and time zones. One statement for any number of
    /// people.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_busy(
        &mut self,
        owners: &[PrincipalId],
        span: &IndexSpan,
        limit: u32,
    ) -> Result<Busy, Error> {
        let owners = List::of_keys(owners.iter().map(|id| id.get()))?;
        self.list_busy_of(BUSY, owners, span, limit.into()).await
    }

    /// The same of those to whom these (normalised) addresses belong, and who they are. Whose address is `false` is only to
    /// be known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_busy_addressees(
        &mut self,
        addresses: &BTreeMap<String, bool>,
        span: &IndexSpan,
        limit: u32,
    ) -> Result<Busy, Error> {
        let limit = i64::from(limit).saturating_add_unsigned(addresses.len() as u64);
        let addresses =
            List::of_pairs(addresses.iter().map(|(name, asked)| (name, i32::from(*asked))))?;
        self.list_busy_of(BUSY_ADDRESSEES, addresses, span, limit).await
    }

    async fn list_busy_of(
        &mut self,
        statement: Dialects,
        whom: List,
        span: &IndexSpan,
        limit: i64,
    ) -> Result<Busy, Error> {
        let facts = list!(self, statement,
            .bind(&whom)
            .bind(*span.buckets.start())
            .bind(*span.buckets.end())
            .bind(ALWAYS)
            .bind(Seconds::from(span.end))
            .bind(limit)
            .bind(*span.seconds.start())
            .bind(*span.seconds.end()))?;
        Ok(Busy::of(facts))
    }
}
