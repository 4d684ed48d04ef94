//! What is known of principals concerning one UID: all that a scheduling message to one of them has to do with.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use crate::answers::{AnswerRecord, MASTER};
use crate::collections::{CollectionKind, ComponentKind};
use crate::connection::{Dialects, List, Queries, ids, list_with_octets};
use crate::error::Error;
use crate::objects::{Copy, InboxItem, ObjectRow, Octets, object_columns};
use crate::values::{CollectionId, PrincipalId};

/// What one principal has to do with one UID.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Involvement {
    /// His inbox (RFC 6638 4.1).
    pub inbox: Option<CollectionId>,
    /// The calendar for what is new in it (RFC 6638 4.3), if one is named.
    pub default: Option<CollectionId>,
    /// The objects with this UID in his calendars, the scheduled one first.
    pub copies: Vec<Copy>,
    /// The messages about it in his inbox.
    pub items: Vec<InboxItem>,
    /// What he remembers of earlier messages about it.
    pub answers: Vec<AnswerRecord>,
}

/// One row of [`INVOLVEMENTS`].
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Fact {
    Object(PrincipalId, CollectionKind, String, Box<ObjectRow>),
    Place(PrincipalId, CollectionKind, CollectionId),
    Answer(PrincipalId, String, i64, i64, i64),
}

impl FromRow<'_, PgRow> for Fact {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let fact: &str = row.try_get("fact")?;
        serde_json::from_str(fact).map_err(|error| sqlx::Error::Decode(error.into()))
    }
}

/// The facts of three kinds, each beside its octets: how the engine makes JSON of a name and a value, and of values, how
/// a row is given out, and what stands for no octets.
macro_rules! facts {
    ($object:literal, $array:literal, $row:ident, $nothing:literal) => {
        concat!(
            $row!(
                concat!(
                    $object, "('object', ", $array, "(c.owner_id, c.kind, c.name, ", $array, "(", object_columns!(), ")))"
                ),
                concat!("COALESCE(v.octets, ", $nothing, ")")
            ),
            " FROM collections c
              JOIN objects o ON o.uid = $1 AND o.collection_id = c.id
              LEFT JOIN versions v ON v.object_id = o.id AND v.change = o.change AND c.kind = 'calendar'
             WHERE c.owner_id IN (", ids!("$2"), ")
               AND c.kind IN ('calendar', 'inbox')
            UNION ALL ",
            $row!(concat!($object, "('place', ", $array, "(c.owner_id, c.kind, c.id))"), $nothing),
            " FROM collections c
             WHERE c.owner_id IN (", ids!("$2"), ")
               AND (c.kind = 'inbox'
                    OR EXISTS (SELECT 1 FROM default_collections d
                                WHERE d.principal_id = c.owner_id AND d.component = $3 AND d.collection_id = c.id))
            UNION ALL ",
            $row!(
                concat!(
                    $object, "('answer', ", $array,
                    "(a.owner_id, a.attendee, a.recurrence_id, a.sequence, a.dtstamp))"
                ),
                $nothing
            ),
            " FROM answers a
             WHERE a.uid = $1 AND a.owner_id IN (", ids!("$2"), ")"
        )
    };
}

macro_rules! sqlite_row {
    ($fact:expr, $octets:expr) => {
        concat!(
            "SELECT json_array(",
            $fact,
            ", length(",
            $octets,
            ")) AS listed, CAST(",
            $octets,
            " AS TEXT) AS content"
        )
    };
}

macro_rules! postgres_row {
    ($fact:expr, $octets:expr) => {
        concat!("SELECT CAST(", $fact, " AS TEXT) AS fact, ", $octets, " AS octets")
    };
}

pub(crate) const INVOLVEMENTS: Dialects = Dialects {
    sqlite: concat!(
        "SELECT '[' || group_concat(listed) || ']', CAST(group_concat(content, '') AS BLOB) FROM (",
        facts!("json_object", "json_array", sqlite_row, "x''"),
        ")"
    ),
    postgres: facts!("json_build_object", "json_build_array", postgres_row, "CAST('' AS BYTEA)"),
};

impl Queries {
    /// What these principals have to do with this UID; `kind` is whose default calendar is meant. One statement,
    /// whatever their number; those of whom nothing is known at all are not in the answer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_involvements(
        &mut self,
        uid: &str,
        owners: &[PrincipalId],
        kind: ComponentKind,
    ) -> Result<BTreeMap<PrincipalId, Involvement>, Error> {
        let owners = List::of_keys(owners.iter().map(|id| id.get()))?;
        let facts: Vec<(Fact, Octets)> =
            list_with_octets!(self, INVOLVEMENTS, .bind(uid).bind(owners).bind(kind))?;
        let mut involvements: BTreeMap<PrincipalId, Involvement> = BTreeMap::new();
        for (fact, octets) in facts {
            let involvement = involvements.entry(fact.owner()).or_default();
            involvement.note(fact, octets);
        }
        for involvement in involvements.values_mut() {
            involvement.copies.sort_by_key(|copy| (Reverse(copy.row.scheduled), copy.row.id));
        }
        Ok(involvements)
    }
}

impl Fact {
    const fn owner(&self) -> PrincipalId {
        let (Self::Object(owner, ..) | Self::Place(owner, ..) | Self::Answer(owner, ..)) = self;
        *owner
    }
}

impl Involvement {
    fn note(&mut self, fact: Fact, octets: Octets) {
        match fact {
            Fact::Object(_, CollectionKind::Inbox, _, row) => {
                self.items.push(InboxItem { collection_id: row.collection_id, name: row.name });
            }
            Fact::Object(owner_id, _, collection_name, row) => {
                self.copies.push(Copy { owner_id, collection_name, row: *row, octets });
            }
            Fact::Place(_, CollectionKind::Inbox, inbox) => self.inbox = Some(inbox),
            Fact::Place(_, _, default) => self.default = Some(default),
            Fact::Answer(_, attendee, instance, sequence, dtstamp) => {
                let instant = |seconds| Timestamp::from_second(seconds).ok();
                self.answers.push(AnswerRecord {
                    attendee,
                    recurrence_id: (instance != MASTER).then(|| instant(instance)).flatten(),
                    sequence,
                    dtstamp: instant(dtstamp).unwrap_or_default(),
                });
            }
        }
    }
}
