//! What is known of principals concerning one UID: all that a scheduling message to one of them has to do with. They are
//! asked for by id, or by the addresses that a calendar object names.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use crate::answers::{AnswerRecord, MASTER};
use crate::collections::{CollectionKind, ComponentKind};
use crate::connection::{Dialects, List, Queries, ids, keys, list_with_octets};
use crate::error::Error;
use crate::objects::{Copy, InboxItem, ObjectRow, Octets, object_columns};
use crate::principals::{Booking, BookingMode, PrincipalKind};
use crate::values::{CollectionId, PrincipalId};
use crate::versions::octets;

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

/// Whom the addresses in an object belong to, and what some of them have to do with its UID.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parties {
    /// Those addresses that are somebody's.
    pub known: Vec<Party>,
    /// Of its owner, its organizer, and of all when that was asked for.
    pub involvements: BTreeMap<PrincipalId, Involvement>,
}

/// Whose an address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The address, as it was asked for.
    pub address: String,
    /// Whose it is.
    pub id: PrincipalId,
    /// What he is.
    pub kind: PrincipalKind,
    /// Booking settings; of no meaning for people and groups.
    pub booking: Booking,
}

/// Whose involvement is asked for along with [`Parties`]: nobody's, unless it says so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Circle<'a> {
    /// His in whose calendar the object is.
    pub owner: Option<PrincipalId>,
    /// His to whom this normalised address belongs: the organizer, or who is to get a message.
    pub address: Option<&'a str>,
    /// If that is the owner himself: everybody's to whom one of the addresses belongs.
    pub everybody: bool,
}

/// One row of [`INVOLVEMENTS`] and [`PARTIES`].
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Fact {
    Party(
        String,
        PrincipalId,
        PrincipalKind,
        BookingMode,
        i32,
        Option<i32>,
        i32,
        Option<PrincipalId>,
    ),
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

/// The facts about the circle, each beside its octets. `$circle` makes a table of it, with the column `id`; the rest is how
/// the engine makes JSON of a name and a value, and of values, how a row is given out, what stands for no octets, and how
/// each row of a table is joined with those of the next that it leads to, and an object with its current version.
///
/// Objects are looked for in their places, not by UID alone: of a meeting of hundreds, an answer reads the copies of two.
macro_rules! facts {
    ($circle:expr, $object:literal, $array:literal, $row:ident, $nothing:literal, $each:ident, $current:literal) => {
        concat!(
            "WITH circle(id) AS MATERIALIZED (",
            $circle,
            "),
                  places AS MATERIALIZED (
                      SELECT c.id, c.owner_id, c.kind, c.name
                        FROM circle",
            $each!(
                "collections",
                "c",
                "c.owner_id = circle.id AND c.kind IN ('calendar', 'inbox')"
            ),
            ") ",
            $row!(
                concat!(
                    $object,
                    "('object', ",
                    $array,
                    "(place.owner_id, place.kind, place.name, ",
                    $array,
                    "(",
                    object_columns!(),
                    ")))"
                ),
                concat!("COALESCE(", octets!(), ", ", $nothing, ")")
            ),
            " FROM places place",
            $each!("objects", "o", "o.uid = $1 AND o.collection_id = place.id"),
            " LEFT JOIN ",
            $current,
            " UNION ALL ",
            $row!(concat!($object, "('place', ", $array, "(owner_id, kind, id))"), $nothing),
            " FROM places
             WHERE kind = 'inbox'
            UNION ALL ",
            $row!(
                concat!(
                    $object,
                    "('place', ",
                    $array,
                    "(d.principal_id, 'calendar', d.collection_id))"
                ),
                $nothing
            ),
            " FROM circle",
            $each!("default_collections", "d", "d.principal_id = circle.id AND d.component = $3"),
            " UNION ALL ",
            $row!(
                concat!(
                    $object,
                    "('answer', ",
                    $array,
                    "(a.owner_id, a.attendee, a.recurrence_id, a.sequence, a.dtstamp))"
                ),
                $nothing
            ),
            " FROM circle",
            $each!("answers", "a", "a.owner_id = circle.id AND a.uid = $1")
        )
    };
}

/// SQLite joins in this order where it is told `CROSS`.
macro_rules! sqlite_each {
    ($table:literal, $alias:literal, $condition:literal) => {
        concat!(" CROSS JOIN ", $table, " ", $alias, " ON ", $condition)
    };
}

/// Postgres does where there is an `OFFSET`. Left to itself it reads a table from end to end that was small when the plan was
/// made.
macro_rules! postgres_each {
    ($table:literal, $alias:literal, $condition:literal) => {
        concat!(
            " CROSS JOIN LATERAL (SELECT * FROM ",
            $table,
            " ",
            $alias,
            " WHERE ",
            $condition,
            " OFFSET 0) ",
            $alias
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

macro_rules! sqlite_facts {
    ($circle:expr $(, $more:expr)*) => {
        concat!(
            "SELECT '[' || group_concat(listed) || ']', CAST(group_concat(content, '') AS BLOB) FROM (",
            facts!($circle, "json_object", "json_array", sqlite_row, "x''", sqlite_each,
                "versions v ON v.object_id = o.id AND v.change = o.change AND place.kind = 'calendar'"),
            $(" UNION ALL ", $more,)*
            ")"
        )
    };
}

macro_rules! postgres_facts {
    ($circle:expr $(, $more:expr)*) => {
        concat!(
            facts!(
                $circle, "json_build_object", "json_build_array", postgres_row, "CAST('' AS BYTEA)", postgres_each,
                "LATERAL (SELECT * FROM versions v WHERE v.object_id = o.id AND v.change = o.change OFFSET 0) v
                      ON place.kind = 'calendar'"
            )
            $(, " UNION ALL ", $more)*
        )
    };
}

/// Whose the addresses are (`$2`).
macro_rules! parties {
    ($object:literal, $array:literal, $row:ident, $nothing:literal) => {
        concat!(
            $row!(
                concat!(
                    $object, "('party', ", $array,
                    "(a.address, p.id, p.kind, p.booking_mode, p.booking_capacity, p.booking_window_days,
                      p.booking_all_or_nothing, p.booking_by))"
                ),
                $nothing
            ),
            " FROM addresses a
              JOIN principals p ON p.id = a.principal_id
             WHERE a.address IN (", keys!("$2"), ")"
        )
    };
}

/// The [`Circle`]: the owner (`$4`), whose the address is (`$5`), and everybody if that is wanted (`$6`) and they are one.
macro_rules! circle {
    () => {
        concat!(
            "SELECT CAST($4 AS BIGINT)
             UNION
             SELECT principal_id FROM addresses WHERE address = $5
             UNION
             SELECT a.principal_id
               FROM addresses o
               JOIN addresses a ON a.address IN (",
            keys!("$2"),
            ")
              WHERE o.address = $5 AND o.principal_id = $4 AND CAST($6 AS INTEGER) = 1"
        )
    };
}

pub(crate) const INVOLVEMENTS: Dialects =
    Dialects { sqlite: sqlite_facts!(ids!("$2")), postgres: postgres_facts!(ids!("$2")) };

pub(crate) const PARTIES: Dialects = Dialects {
    sqlite: sqlite_facts!(circle!(), parties!("json_object", "json_array", sqlite_row, "x''")),
    postgres: postgres_facts!(
        circle!(),
        parties!("json_build_object", "json_build_array", postgres_row, "CAST('' AS BYTEA)")
    ),
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
        let facts = list_with_octets!(self, INVOLVEMENTS, .bind(uid).bind(owners).bind(kind))?;
        Ok(Parties::of(facts).involvements)
    }

    /// Whose these (normalised) addresses are, and what those of the circle have to do with this UID, as
    /// [`Queries::list_involvements`]. One statement, whatever their number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_parties<A: AsRef<str>>(
        &mut self,
        uid: &str,
        addresses: &[A],
        kind: ComponentKind,
        circle: Circle<'_>,
    ) -> Result<Parties, Error> {
        let addresses = List::of_keys(addresses.iter().map(AsRef::as_ref))?;
        let facts = list_with_octets!(self, PARTIES,
            .bind(uid)
            .bind(addresses)
            .bind(kind)
            .bind(circle.owner)
            .bind(circle.address)
            .bind(i32::from(circle.everybody)))?;
        Ok(Parties::of(facts))
    }
}

impl Parties {
    fn of(facts: Vec<(Fact, Octets)>) -> Self {
        let mut parties = Self::default();
        for (fact, octets) in facts {
            parties.note(fact, octets);
        }
        for involvement in parties.involvements.values_mut() {
            involvement.copies.sort_by_key(|copy| (Reverse(copy.row.scheduled), copy.row.id));
        }
        parties
    }

    fn note(&mut self, fact: Fact, octets: Octets) {
        match fact {
            Fact::Party(address, id, kind, mode, capacity, window_days, all_or_nothing, by) => {
                let all_or_nothing = all_or_nothing != 0;
                let booking = Booking { mode, capacity, window_days, all_or_nothing, by };
                self.known.push(Party { address, id, kind, booking });
            }
            Fact::Object(owner, CollectionKind::Inbox, _, row) => {
                let item = InboxItem { collection_id: row.collection_id, name: row.name };
                self.of_principal(owner).items.push(item);
            }
            Fact::Object(owner_id, _, collection_name, row) => {
                let copy = Copy { owner_id, collection_name, row: *row, octets };
                self.of_principal(owner_id).copies.push(copy);
            }
            Fact::Place(owner, CollectionKind::Inbox, inbox) => {
                self.of_principal(owner).inbox = Some(inbox)
            }
            Fact::Place(owner, _, default) => self.of_principal(owner).default = Some(default),
            Fact::Answer(owner, attendee, instance, sequence, dtstamp) => {
                let instant = |seconds| Timestamp::from_second(seconds).ok();
                self.of_principal(owner).answers.push(AnswerRecord {
                    attendee,
                    recurrence_id: (instance != MASTER).then(|| instant(instance)).flatten(),
                    sequence,
                    dtstamp: instant(dtstamp).unwrap_or_default(),
                });
            }
        }
    }

    fn of_principal(&mut self, owner: PrincipalId) -> &mut Involvement {
        self.involvements.entry(owner).or_default()
    }
}
