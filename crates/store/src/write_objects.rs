//! Writing calendar objects: a batch is one statement whatever its length (see
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
use crate::bodies::{Bodies, Shared};
use crate::collections::ComponentKind;
use crate::connection::{Cut, List, Octets, Rows, execute, run};
use crate::error::Error;
use crate::index::{InstanceParameters, StoredIndex};
use crate::transaction::{ObjectTx, Tx};
use crate::values::{CollectionId, ObjectId, Seconds};
use crate::write_statements::{DELIVER, KEEP, PUT, WRITE, WRITE_TO_MANY};

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
struct PutParameters<'w> {
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
    #[serde(flatten)]
    octets: Cut,
    #[serde(skip_serializing_if = "Option::is_none")]
    shared: Option<Shared>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instances: Option<Rows<InstanceParameters>>,
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
}

/// A row of what [`WRITE`] answers: what it is about, the collection, a change number, the object, its name, and the number
/// it was made with.
#[derive(FromRow)]
struct Fact(String, CollectionId, i64, ObjectId, String, i64);

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

    /// Writes a batch, in one statement. Change numbers are drawn in the order of its objects; the answers are in that order
    /// too. From here to the commit their collections are ours (Postgres: their rows are locked, in order of id; nothing else
    /// is locked after them).
    ///
    /// On Postgres a transaction holds the lock on a UID before it puts an object with it.
    ///
    /// # Errors
    /// [`Error::Gone`] when a collection is, or a principal who is to remember something; [`Error::Overtaken`] when somebody
    /// else made an object under one of the names at the same moment; [`Error::Batch`] when a name is written twice, or a new
    /// object keeps its index.
    pub async fn write(
        &mut self,
        provenance: &Provenance<'_>,
        batch: &Batch<'_>,
    ) -> Result<Vec<Written>, Error> {
        let mut numbered = number(batch.objects)?;
        if !batch.is_empty() {
            let facts = self.write_down(&numbered, provenance, batch).await?;
            take_up(&mut numbered, facts)?;
        }
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
    async fn write_down(
        &mut self,
        numbered: &[Numbered<'_>],
        provenance: &Provenance<'_>,
        batch: &Batch<'_>,
    ) -> Result<Vec<Fact>, Error> {
        let mut octets = Octets::default();
        let mut bodies = Bodies::of(numbered.iter().filter_map(|one| match &one.write.change {
            ObjectChange::Put(put) => Some(octets.push(&put.octets)),
            ObjectChange::Delete => None,
        }));
        let is_shared = !bodies.is_empty();
        let mut counts: BTreeMap<CollectionId, i64> = BTreeMap::new();
        let (mut removals, mut puts) = (Vec::new(), Vec::new());
        for one in numbered {
            *counts.entry(one.write.collection).or_default() += 1;
            match &one.write.change {
                ObjectChange::Put(put) => {
                    puts.push(PutParameters::of(one, put, &mut octets, &mut bodies));
                }
                ObjectChange::Delete => removals.push(NameParameters {
                    back: one.back,
                    ..NameParameters::of(one.write.collection, &one.write.name)
                }),
            }
        }
        let only_puts = removals.is_empty();
        let is_told = !batch.answers.is_empty() || !batch.audit.is_empty();
        let counts = List::of_pairs(counts.iter().map(|(id, count)| (id.get(), count)))?;
        let puts = List::of_rows(puts)?;
        let octets = octets.into_vec();
        macro_rules! write {
            ($statement:ident $(, $more:ident)*) => {{
                let statement = $statement.of(self);
                run!(self, c => sqlx::query_as(statement)
                    .bind(&counts)
                    .bind(&puts)
                    .bind(Seconds::from(provenance.at))
                    .bind(KEEP)
                    .bind(&octets)
                    .bind(provenance.actor)
                    .bind(provenance.client)
                    .bind(provenance.request_id)
                    $(.bind(&$more))*
                    .fetch_all(c))
            }};
        }
        if only_puts && !is_told && !is_shared {
            return write!(PUT);
        }
        let (answers, audit) = (answers::rows(batch.answers)?, audit::rows(batch.audit)?);
        let facts = if only_puts && !is_shared {
            write!(DELIVER, answers, audit)
        } else {
            let removals = List::of_rows(removals)?;
            if is_shared {
                write!(WRITE_TO_MANY, answers, audit, removals)
            } else {
                write!(WRITE, answers, audit, removals)
            }
        };
        facts.map_err(|error| error.gone("principal"))
    }
}

impl Batch<'_> {
    const fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.answers.is_empty() && self.audit.is_empty()
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
        numbered.push(Numbered { write, back: *back, change: 0, object: None, outcome });
        *back += 1;
    }
    numbered.reverse();
    Ok(numbered)
}

/// Notes what [`WRITE`] says.
fn take_up(numbered: &mut [Numbered<'_>], facts: Vec<Fact>) -> Result<(), Error> {
    let mut last: BTreeMap<CollectionId, i64> = BTreeMap::new();
    let mut done: BTreeMap<(CollectionId, String), (ObjectId, Outcome)> = BTreeMap::new();
    for Fact(fact, collection, change, object, name, created_change) in facts {
        let outcome = match fact.as_str() {
            "drawn" => {
                last.insert(collection, change);
                continue;
            }
            "removed" => Outcome::Removed,
            _ if created_change == change => Outcome::Created,
            _ => Outcome::Replaced,
        };
        done.insert((collection, name), (object, outcome));
    }
    for one in numbered {
        let collection = one.write.collection;
        let last = last.get(&collection).ok_or(Error::Gone { what: "collection" })?;
        one.change = last - i64::try_from(one.back).unwrap_or_default();
        match (&one.write.change, done.remove(&(collection, one.write.name.clone()))) {
            (ObjectChange::Put(put), Some((_, Outcome::Created)))
                if matches!(put.index, Reindex::Keep) =>
            {
                return Err(Error::Batch("a new object has no index to keep"));
            }
            (_, Some((object, outcome))) => {
                one.object = Some(object);
                one.outcome = outcome;
            }
            (ObjectChange::Put(_), None) => return Err(Error::Overtaken),
            (ObjectChange::Delete, None) => {}
        }
    }
    Ok(())
}

impl<'w> PutParameters<'w> {
    fn of(
        one: &Numbered<'w>,
        put: &'w PutObject,
        octets: &mut Octets<'w>,
        bodies: &mut Bodies,
    ) -> Self {
        let body = octets.push(&put.octets);
        let (indexed_until, instances) = match &put.index {
            Reindex::Keep => (Some(KEEP), None),
            Reindex::Replace(index) => (
                index.indexed_until.map(Timestamp::as_second),
                Some(Rows(index.instances(octets).collect())),
            ),
        };
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
            indexed_until,
            back: one.back,
            octets: body,
            shared: bodies.place(body),
            instances,
        }
    }
}

impl<'n> NameParameters<'n> {
    /// The last of its collection in a batch.
    pub(crate) const fn of(collection: CollectionId, name: &'n str) -> Self {
        Self { collection: collection.get(), name, back: 0 }
    }
}
