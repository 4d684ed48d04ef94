//! What is known of principals concerning one UID: all that a scheduling message to one of them has to do with. They are
//! asked for by id, or by the addresses that a calendar object names.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use crate::answers::{AnswerRecord, MASTER};
use crate::collections::{Collection, CollectionKind, ComponentKind};
use crate::connection::{List, Queries, list_with_octets};
use crate::error::Error;
use crate::involvement_statements::{INVOLVEMENTS, PARTIES, SCENE};
use crate::objects::{Copy, InboxItem, Located, ObjectRow, Octets};
use crate::principals::{Booking, BookingMode, PrincipalKind, name_key};
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

/// Whom the addresses in an object belong to, and what some of them have to do with its UID.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parties {
    /// Those addresses that are somebody's.
    pub known: Vec<Party>,
    /// Of its owner, its organizer, and of all when that was asked for.
    pub involvements: BTreeMap<PrincipalId, Involvement>,
}

/// An object that is to be written: what is at its place, and who has to do with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scene {
    /// How far the path to it leads.
    pub located: Located,
    /// Who has to do with it.
    pub parties: Parties,
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

/// Where an object is, or is to be.
#[derive(Clone, Copy, Debug)]
pub struct ObjectPlace<'a> {
    /// Its owner's principal name.
    pub home: &'a str,
    /// The name of its collection.
    pub collection: &'a str,
    /// Its own name.
    pub name: &'a str,
}

/// One row of [`INVOLVEMENTS`], [`PARTIES`] and [`SCENE`].
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Fact {
    Located(PrincipalId, Option<Box<Collection>>, Option<Box<ObjectRow>>),
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
        Ok(Scene::of(facts).parties.involvements)
    }

    /// Whose these (normalised) addresses are, and what those of the circle have to do with this UID, as
    /// [`Queries::list_involvements`]. One statement, whatever their number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_parties<A: Serialize>(
        &mut self,
        uid: &str,
        addresses: impl IntoIterator<Item = A>,
        kind: ComponentKind,
        circle: Circle<'_>,
    ) -> Result<Parties, Error> {
        let addresses = List::of_keys(addresses)?;
        let facts = list_with_octets!(self, PARTIES,
            .bind(uid)
            .bind(addresses)
            .bind(kind)
            .bind(circle.owner)
            .bind(circle.address)
            .bind(i32::from(circle.everybody)))?;
        Ok(Scene::of(facts).parties)
    }

    /// What is at a place, as [`Queries::find_object`], and the parties to an object that is to be there, as
    /// [`Queries::list_parties`]: those of its owner, of whom `organizer` belongs to, and of everybody if there is no object
    /// yet and these two are one. One statement.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_scene<A: Serialize>(
        &mut self,
        at: ObjectPlace<'_>,
        uid: &str,
        addresses: impl IntoIterator<Item = A>,
        kind: ComponentKind,
        organizer: Option<&str>,
    ) -> Result<Scene, Error> {
        let addresses = List::of_keys(addresses)?;
        let facts = list_with_octets!(self, SCENE,
            .bind(uid)
            .bind(addresses)
            .bind(kind)
            .bind(at.collection)
            .bind(organizer)
            .bind(name_key(at.home))
            .bind(at.name))?;
        Ok(Scene::of(facts))
    }
}

impl Scene {
    fn of(facts: Vec<(Fact, Octets)>) -> Self {
        let mut scene = Self::default();
        for (fact, octets) in facts {
            scene.note(fact, octets);
        }
        for involvement in scene.parties.involvements.values_mut() {
            involvement.copies.sort_by_key(|copy| (Reverse(copy.row.scheduled), copy.row.id));
        }
        scene
    }

    fn note(&mut self, fact: Fact, octets: Octets) {
        match fact {
            Fact::Located(owner, collection, object) => {
                self.located = Located {
                    owner: Some(owner),
                    collection: collection.map(|collection| *collection),
                    octets: object.is_some().then_some(octets),
                    object: object.map(|object| *object),
                }
            }
            Fact::Party(address, id, kind, mode, capacity, window_days, all_or_nothing, by) => {
                let all_or_nothing = all_or_nothing != 0;
                let booking = Booking { mode, capacity, window_days, all_or_nothing, by };
                self.parties.known.push(Party { address, id, kind, booking });
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
        self.parties.involvements.entry(owner).or_default()
    }
}
