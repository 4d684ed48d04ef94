//! Writing calendar objects: a batch costs the same few statements whatever its length (see
//! [`write_statements`](crate::write_statements)).
//!
//! Invariants: each write draws a change number of its own; octets are appended to `versions`, never replaced; a
//! name that is removed leaves a tombstone, one that is made again takes it away.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::FromRow;

use crate::answers::{self, Remembered};
use crate::audit::{self, AuditEntry};
use crate::bodies::{Bodies, BodyParameters, SharedParameters};
use crate::collections::ComponentKind;
use crate::connection::{List, Octets, execute, run};
use crate::error::Error;
use crate::index::StoredIndex;
use crate::transaction::{ObjectTx, Tx};
use crate::values::{CollectionId, ObjectId, Seconds};
use crate::write_statements::{APPEND, APPEND_ALL, APPEND_TO_MANY, DRAW, KEEP, WRITE};

/// Who writes, when and with what: kept with each version.
#[derive(Clone, Copy, Debug)]
pub struct Provenance<'a> {
    /// When.
    pub at: Timestamp,
    /// The principal's name, or what else writes.
    pub actor: &'a str,
    /// The User-Agent, or what stands for it.
    pub client: &'a str,
    /// The request that caused it.
    pub request_id: &'a str,
}

/// What is written at once: objects, and what follows from them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Batch<'a> {
    /// The objects.
    pub objects: &'a [ObjectWrite],
    /// What is to be remembered of messages; of several answers for one instance the last counts.
    pub answers: &'a [Remembered<'a>],
    /// Lines of the audit, in this order.
    pub audit: &'a [AuditEntry<'a>],
}

/// One write of a batch.
#[derive(Clone, Debug)]
pub struct ObjectWrite {
    /// Where.
    pub collection: CollectionId,
    /// Under which name.
    pub name: String,
    /// What.
    pub change: ObjectChange,
}

/// What is written.
#[derive(Clone, Debug)]
pub enum ObjectChange {
    /// Makes or replaces the object.
    Put(PutObject),
    /// Removes it; no error if it is not there.
    Delete,
}

/// An object as it will be.
#[derive(Clone, Debug)]
pub struct PutObject {
    /// Its UID.
    pub uid: String,
    /// What it is about.
    pub kind: ComponentKind,
    /// Its octets.
    pub octets: Arc<[u8]>,
    /// DAV:getetag, without quotes; see [`etag_of`](crate::etag_of).
    pub etag: String,
    /// CALDAV:schedule-tag, without quotes.
    pub schedule_tag: Option<String>,
    /// The server schedules it.
    pub scheduled: bool,
    /// What happens to its rows in the instance index.
    pub index: Reindex,
    /// The owner's own PARTSTAT, one character for each component.
    pub participation: String,
}

/// What happens to an object's rows in the instance index.
#[derive(Clone, Debug)]
pub enum Reindex {
    /// They stay: no time, status or transparency changed. Not for a new object.
    Keep,
    /// They are replaced.
    Replace(Arc<StoredIndex>),
}

/// What became of one write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The object; `None` if there was none to remove.
    pub object: Option<ObjectId>,
    /// The change number drawn for it.
    pub change: i64,
    /// What happened.
    pub outcome: Outcome,
}

/// What happened to one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There was no object, now there is.
    Created,
    /// There was one, now there is another.
    Replaced,
    /// There was one, now there is none.
    Removed,
    /// There was nothing to remove.
    Missing,
}

const COPY_PROPERTIES: &str = "
    INSERT INTO properties (target_kind, target_id, namespace, name, value)
    SELECT target_kind, $2, namespace, name, value
      FROM properties
     WHERE target_kind = 'object' AND target_id = $1
        ON CONFLICT (target_kind, target_id, namespace, name) DO UPDATE SET value = excluded.value";

#[derive(Serialize)]
struct ObjectParameters<'w> {
    collection: i64,
    name: &'w str,
    uid: &'w str,
    kind: &'static str,
    etag: &'w str,
    schedule_tag: Option<&'w str>,
    scheduled: i32,
    size: usize,
    participation: &'w str,
    indexed_until: Option<i64>,
    back: usize,
}

#[derive(Serialize)]
struct VersionParameters<'w> {
    object: i64,
    change: i64,
    collection: i64,
    name: &'w str,
    uid: &'w str,
    etag: Option<&'w str>,
    schedule_tag: Option<&'w str>,
    #[serde(flatten)]
    body: Option<BodyParameters>,
}

/// Where something lies that is to go.
#[derive(Serialize)]
pub(crate) struct NameParameters<'w> {
    collection: i64,
    name: &'w str,
    back: usize,
}

/// A write, its change number, and what became of it.
struct Numbered<'w> {
    write: &'w ObjectWrite,
    /// How many numbers of its collection are drawn after its own.
    back: usize,
    change: i64,
    object: Option<ObjectId>,
    outcome: Outcome,
    /// The UID of what was removed.
    removed_uid: Option<String>,
}

/// A row of what [`WRITE`] answers.
#[derive(FromRow)]
struct Fact(String, CollectionId, i64, ObjectId, String, String, i64);

impl ObjectTx {
    /// Writes objects and nothing else: see [`ObjectTx::write`].
    ///
    /// # Errors
    /// As [`ObjectTx::write`].
    pub async fn write_objects(
        &mut self,
        provenance: &Provenance<'_>,
        objects: &[ObjectWrite],
    ) -> Result<Vec<Written>, Error> {
        self.write(provenance, &Batch { objects, ..Batch::default() }).await
    }

    /// Writes a batch, in two statements, three on Postgres. Change numbers are drawn in the order of its objects; the answers are
    /// in that order too.
    ///
    /// # Errors
    /// [`Error::Gone`] when a collection is, or a principal who is to remember something; [`Error::Batch`] when a name is
    /// written twice, or a new object keeps its index.
    pub async fn write(
        &mut self,
        provenance: &Provenance<'_>,
        batch: &Batch<'_>,
    ) -> Result<Vec<Written>, Error> {
        let mut numbered = number(batch.objects)?;
        self.change(&mut numbered, provenance).await?;
        self.append(&numbered, provenance, batch).await?;
        Ok(numbered
            .iter()
            .map(|one| Written { object: one.object, change: one.change, outcome: one.outcome })
            .collect())
    }

    /// Copies the dead properties of one object to another (COPY and MOVE, RFC 4918 9.8.2 and 9.9.1).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn copy_properties(&mut self, from: ObjectId, to: ObjectId) -> Result<(), Error> {
        execute!(self, sqlx::query(COPY_PROPERTIES).bind(from).bind(to)).map(drop)
    }
}

impl Tx {
    /// Draws a change number for each write, and carries it out. From here to the commit the collections are ours
    /// (Postgres: their rows are locked, in order of id; nothing else is locked after them).
    async fn change(
        &mut self,
        numbered: &mut [Numbered<'_>],
        provenance: &Provenance<'_>,
    ) -> Result<(), Error> {
        if numbered.is_empty() {
            return Ok(());
        }
        let mut counts: BTreeMap<CollectionId, i64> = BTreeMap::new();
        let (mut removals, mut puts) = (Vec::new(), Vec::new());
        for one in numbered.iter() {
            *counts.entry(one.write.collection).or_default() += 1;
            match &one.write.change {
                ObjectChange::Put(put) => puts.push(ObjectParameters::of(one, put)),
                ObjectChange::Delete => removals.push(NameParameters {
                    back: one.back,
                    ..NameParameters::of(one.write.collection, &one.write.name)
                }),
            }
        }
        let (mut numbers, mut last) = (counts, BTreeMap::new());
        if self.is_postgres() {
            last = self.draw(&numbers).await?;
            numbers.clone_from(&last);
        }
        let numbers = List::of_pairs(numbers.iter().map(|(id, number)| (id.get(), number)))?;
        let (removals, puts) = (List::of_rows(removals)?, List::of_rows(puts)?);
        let write = WRITE.of(self);
        let facts: Vec<Fact> = run!(self, c => sqlx::query_as(write)
            .bind(numbers)
            .bind(removals)
            .bind(puts)
            .bind(Seconds::from(provenance.at))
            .bind(KEEP)
            .fetch_all(c))?;
        take_up(numbered, last, facts)
    }

    async fn draw(
        &mut self,
        counts: &BTreeMap<CollectionId, i64>,
    ) -> Result<BTreeMap<CollectionId, i64>, Error> {
        let list = List::of_pairs(counts.iter().map(|(id, count)| (id.get(), count)))?;
        let drawn: Vec<(CollectionId, i64)> =
            run!(self, c => sqlx::query_as(DRAW).bind(list).fetch_all(c))?;
        if drawn.len() < counts.len() {
            return Err(Error::Gone { what: "collection" });
        }
        Ok(drawn.into_iter().collect())
    }

    async fn append(
        &mut self,
        numbered: &[Numbered<'_>],
        provenance: &Provenance<'_>,
        batch: &Batch<'_>,
    ) -> Result<(), Error> {
        let mut octets = Octets::default();
        let bodies = Bodies::of(numbered.iter().filter_map(|one| {
            let ObjectChange::Put(put) = &one.write.change else { return None };
            Some((one.object?, one.change, octets.push(&put.octets)))
        }));
        let (mut versions, mut instances) = (Vec::new(), Vec::new());
        for one in numbered {
            let Some(object) = one.object else { continue };
            versions.extend(VersionParameters::of(one, object, &bodies, &mut octets));
            if let ObjectChange::Put(put) = &one.write.change
                && let Reindex::Replace(index) = &put.index
            {
                instances.extend(index.instances(one.write.collection, object, &mut octets));
            }
        }
        let follows = !batch.answers.is_empty() || !batch.audit.is_empty();
        if versions.is_empty() && !follows {
            return Ok(());
        }
        let (versions, instances) = (List::of_rows(versions)?, List::of_rows(instances)?);
        let octets = octets.into_vec();
        macro_rules! append {
            ($statement:ident $(, $more:ident)*) => {{
                let statement = $statement.of(self);
                execute!(
                    self,
                    sqlx::query(statement)
                        .bind(&versions)
                        .bind(&octets)
                        .bind(Seconds::from(provenance.at))
                        .bind(provenance.actor)
                        .bind(provenance.client)
                        .bind(provenance.request_id)
                        .bind(&instances)
                        $(.bind(&$more))*
                )
            }};
        }
        if !follows && bodies.shared().next().is_none() {
            return append!(APPEND).map(drop);
        }
        let (remembered, audited) = (answers::rows(batch.answers)?, audit::rows(batch.audit)?);
        let shared: Vec<SharedParameters> = bodies.shared().collect();
        let appended = if shared.is_empty() {
            append!(APPEND_ALL, remembered, audited)
        } else {
            let shared = List::of_rows(shared)?;
            append!(APPEND_TO_MANY, remembered, audited, shared)
        };
        appended.map(drop).map_err(|error| error.gone("principal"))
    }
}

/// Each write with its place among those of its collection.
fn number(writes: &[ObjectWrite]) -> Result<Vec<Numbered<'_>>, Error> {
    let mut names = BTreeSet::new();
    let mut later: BTreeMap<CollectionId, usize> = BTreeMap::new();
    let mut numbered = Vec::with_capacity(writes.len());
    for write in writes.iter().rev() {
        if !names.insert((write.collection, write.name.as_str())) {
            return Err(Error::Batch("a name is written twice"));
        }
        let back = later.entry(write.collection).or_default();
        let outcome = Outcome::Missing;
        numbered.push(Numbered {
            write,
            back: *back,
            change: 0,
            object: None,
            outcome,
            removed_uid: None,
        });
        *back += 1;
    }
    numbered.reverse();
    Ok(numbered)
}

/// Notes what [`WRITE`] says; `last` are the last numbers drawn, where they are known.
fn take_up(
    numbered: &mut [Numbered<'_>],
    mut last: BTreeMap<CollectionId, i64>,
    facts: Vec<Fact>,
) -> Result<(), Error> {
    let mut done: BTreeMap<(CollectionId, String), (ObjectId, Outcome, String)> = BTreeMap::new();
    for Fact(fact, collection, change, object, name, uid, created_change) in facts {
        let outcome = match fact.as_str() {
            "drawn" => {
                last.insert(collection, change);
                continue;
            }
            "removed" => Outcome::Removed,
            _ if created_change == change => Outcome::Created,
            _ => Outcome::Replaced,
        };
        done.insert((collection, name), (object, outcome, uid));
    }
    for one in numbered {
        let collection = one.write.collection;
        let last = last.get(&collection).ok_or(Error::Gone { what: "collection" })?;
        one.change = last - i64::try_from(one.back).unwrap_or_default();
        let Some((object, outcome, uid)) = done.remove(&(collection, one.write.name.clone()))
        else {
            continue;
        };
        one.object = Some(object);
        one.outcome = outcome;
        match &one.write.change {
            ObjectChange::Delete => one.removed_uid = Some(uid),
            ObjectChange::Put(put) => {
                if outcome == Outcome::Created && matches!(put.index, Reindex::Keep) {
                    return Err(Error::Batch("a new object has no index to keep"));
                }
            }
        }
    }
    Ok(())
}

impl<'w> ObjectParameters<'w> {
    fn of(one: &Numbered<'w>, put: &'w PutObject) -> Self {
        Self {
            collection: one.write.collection.get(),
            name: &one.write.name,
            uid: &put.uid,
            kind: put.kind.as_str(),
            etag: &put.etag,
            schedule_tag: put.schedule_tag.as_deref(),
            scheduled: i32::from(put.scheduled),
            size: put.octets.len(),
            participation: &put.participation,
            indexed_until: match &put.index {
                Reindex::Keep => Some(KEEP),
                Reindex::Replace(index) => index.indexed_until.map(Timestamp::as_second),
            },
            back: one.back,
        }
    }
}

impl<'n> VersionParameters<'n> {
    fn of(
        one: &'n Numbered<'_>,
        object: ObjectId,
        bodies: &Bodies,
        octets: &mut Octets<'n>,
    ) -> Option<Self> {
        let version = Self {
            object: object.get(),
            change: one.change,
            collection: one.write.collection.get(),
            name: &one.write.name,
            uid: "",
            etag: None,
            schedule_tag: None,
            body: None,
        };
        Some(match &one.write.change {
            ObjectChange::Put(put) => Self {
                uid: &put.uid,
                etag: Some(&put.etag),
                schedule_tag: put.schedule_tag.as_deref(),
                body: Some(bodies.place(octets.push(&put.octets))),
                ..version
            },
            ObjectChange::Delete => Self { uid: one.removed_uid.as_deref()?, ..version },
        })
    }
}

impl<'n> NameParameters<'n> {
    /// The last of its collection in a batch.
    pub(crate) const fn of(collection: CollectionId, name: &'n str) -> Self {
        Self { collection: collection.get(), name, back: 0 }
    }
}
