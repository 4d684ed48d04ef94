//! Storing an object: PUT, and import.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use calendar::{CalendarAddress, CalendarObject};
use store::{
    Circle, Collection, CollectionKind, Copy, LockKey, ObjectPlace, ObjectTx, Parties, PrincipalId,
    Scene,
};

use super::board::{Board, Held};
use super::{Conditions, Door, DoorError, Place, Writing, retrying, rows};
use crate::itip::{self, Change, Intent, SchedulingRole, Stored};
use crate::merge_with_base;

/// How an object is to be stored.
#[derive(Clone, Copy, Debug, Default)]
pub struct PutOptions {
    /// Nobody is told: an import, or `Scheduling-Enabled: F` (design rule 6).
    pub silent: bool,
}

/// What became of a PUT.
#[derive(Clone, Debug)]
pub struct PutOutcome {
    /// Whether the object is new (201) or was replaced (204).
    pub created: bool,
    /// The strong ETag, if the client's octets were stored as sent (RFC 4791 section 5.3.4).
    pub etag: Option<String>,
    /// The ETag of what is stored, whoever wrote it.
    pub current_etag: String,
    /// The Schedule-Tag of a scheduling object resource (RFC 6638 section 3.2.10).
    pub schedule_tag: Option<String>,
    /// What is stored.
    pub octets: Arc<[u8]>,
}

/// One PUT, as far as the transaction is concerned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Put<'a> {
    pub(super) at: &'a Place,
    pub(super) body: &'a CalendarObject,
    pub(super) conditions: &'a Conditions,
    pub(super) options: PutOptions,
}

impl Door {
    /// Stores `body` at `at`, and does the scheduling that follows from it.
    ///
    /// # Errors
    /// Every refusal of [`DoorError`]; nothing is changed then.
    pub async fn put(
        &self,
        writing: &Writing<'_>,
        at: &Place,
        body: &CalendarObject,
        conditions: &Conditions,
        options: PutOptions,
    ) -> Result<PutOutcome, DoorError> {
        let put = Put { at, body, conditions, options };
        retrying(|| self.try_put(writing, put)).await
    }

    async fn try_put(&self, writing: &Writing<'_>, put: Put<'_>) -> Result<PutOutcome, DoorError> {
        let (board, created) = self.decide_put(writing, put).await?;
        let (tx, written) = board.flush().await?;
        tx.commit().await?;
        let written = written.ok_or(DoorError::NotFound)?;
        let kept = *written.octets == *put.body.octets();
        Ok(PutOutcome {
            created,
            etag: kept.then(|| written.etag.clone()),
            current_etag: written.etag,
            schedule_tag: written.schedule_tag,
            octets: written.octets,
        })
    }

    /// All of a PUT but the writing: the board with everything that is to be written, and whether
    /// the object is new.
    pub(super) async fn decide_put<'a>(
        &'a self,
        writing: &'a Writing<'a>,
        put: Put<'_>,
    ) -> Result<(Board<'a>, bool), DoorError> {
        let Put { at, body, conditions, options } = put;
        let locks = [LockKey::Uid(body.uid().as_str()), at.lock()];
        let mut tx = self.writer.begin(&locks).await?;
        let mut addresses = BTreeSet::new();
        rows::collect_addresses(body.tree(), &mut addresses);
        let Scene { located, mut parties } = find_scene(&mut tx, at, body, &addresses).await?;
        let (Some(owner), Some(collection)) = (located.owner, located.collection) else {
            return Err(DoorError::CollectionMissing);
        };
        check_collection(&collection, body)?;
        let held = located.object.zip(located.octets).map(|(row, octets)| Held::read(row, octets));
        conditions.check(held.as_ref().map(Held::tags))?;
        let created = held.is_none();
        if held.as_ref().is_some_and(|held| held.row.uid != body.uid().as_str()) {
            return Err(DoorError::UidConflict { existing: at.clone() });
        }
        let old = held.as_ref().and_then(|held| held.object.clone());
        if let Some(old) = &old {
            let others = find_others(&mut tx, owner, old, &addresses).await?;
            parties.known.extend(others.known);
            parties.involvements.extend(others.involvements);
        }
        let mut board = Board::new(self, tx, writing, Some(owner), body, "put");
        let mut involvements = board.introduce(parties);
        if created {
            let others = match involvements.get_mut(&owner) {
                Some(involvement) => std::mem::take(&mut involvement.copies),
                None => board.tx.list_copies(body.uid().as_str(), &[owner]).await?,
            };
            check_uid(at, body.organizer().is_some(), others)?;
        }
        let new = board.complete(put, owner, held.as_ref()).await?;
        board.hold(owner, at, collection.id, held);
        board.lay_out(involvements);
        let organizers = board.organizers_object(&new).await?;
        let decision = itip::decide(Change {
            old: old.as_deref(),
            new: Some(&new),
            writer: &board.user(owner),
            directory: &board.directory,
            organizers: organizers.as_deref(),
            remembered: &board.remembered_by(owner),
            intent: Intent {
                matched: conditions.names_current_version(),
                reply: true,
                silent: options.silent,
            },
            now: writing.now,
        })?;
        board.journal.rewritten =
            matches!(new, Cow::Owned(_)) || matches!(decision.stored, Stored::Rewritten(_));
        let organizes = decision.role == SchedulingRole::Organizer;
        board.carry_out(Some(&new), decision).await?;
        if organizes {
            board.settle_proposals(owner).await?;
        }
        Ok((board, created))
    }
}

impl Board<'_> {
    /// What the client sent, merged with what came since it read (RFC 6638 section 3.2.10.1), with the lines that the
    /// server has to add.
    async fn complete<'p>(
        &mut self,
        put: Put<'p>,
        owner: PrincipalId,
        held: Option<&Held>,
    ) -> Result<Cow<'p, CalendarObject>, DoorError> {
        let held = held.and_then(|held| Some((held, held.object.clone()?)));
        let base = match (&held, &put.conditions.if_schedule_tag_match) {
            (Some((held, _)), Some(tag)) => self.version_with_tag(held, tag).await?,
            _ => None,
        };
        let old = held.map(|(_, old)| old);
        let merged = base
            .zip(old.as_ref())
            .and_then(|(base, old)| merge_with_base(&base, old, put.body, &self.user(owner)));
        let new = merged.map_or(Cow::Borrowed(put.body), Cow::Owned);
        if put.options.silent {
            return Ok(new);
        }
        let completed = self.complete_attendees(old.as_deref(), &new, owner).await?;
        Ok(completed.map_or(new, Cow::Owned))
    }
}

/// What is where the object is to be, and who has to do with it; one without participants is nobody else's business.
async fn find_scene(
    tx: &mut ObjectTx,
    at: &Place,
    body: &CalendarObject,
    addresses: &BTreeSet<String>,
) -> Result<Scene, DoorError> {
    if addresses.is_empty() {
        let located = tx.find_object(&at.home, &at.collection, &at.name).await?;
        return Ok(Scene { located, ..Scene::default() });
    }
    let place = ObjectPlace { home: &at.home, collection: &at.collection, name: &at.name };
    let (uid, kind) = (body.uid().as_str(), rows::kind(body.kind()));
    let organizer = rows::organizer(body);
    let organizer = organizer.as_ref().map(CalendarAddress::as_str);
    Ok(tx.find_scene(place, uid, addresses, kind, organizer).await?)
}

/// Whose the addresses are that the old object names and the new one does not: `known` are that one's. Where it names nobody,
/// what its owner has to do with it is not known yet.
async fn find_others(
    tx: &mut ObjectTx,
    owner: PrincipalId,
    old: &CalendarObject,
    known: &BTreeSet<String>,
) -> Result<Parties, DoorError> {
    let mut others = BTreeSet::new();
    rows::collect_addresses(old.tree(), &mut others);
    others.retain(|address| !known.contains(address));
    if others.is_empty() {
        return Ok(Parties::default());
    }
    let circle = Circle { owner: known.is_empty().then_some(owner), ..Circle::default() };
    Ok(tx.list_parties(old.uid().as_str(), &others, rows::kind(old.kind()), circle).await?)
}

/// RFC 4791 section 5.3.2.1: the collection must be a calendar that takes this kind of component.
fn check_collection(collection: &Collection, body: &CalendarObject) -> Result<(), DoorError> {
    if collection.kind != CollectionKind::Calendar {
        return Err(DoorError::NotACalendar);
    }
    let kind = rows::kind(body.kind());
    if collection.components.contains(kind) {
        Ok(())
    } else {
        Err(DoorError::UnsupportedComponent { kind: kind.as_str() })
    }
}

/// RFC 4791 section 5.3.2.1 (no-uid-conflict) and RFC 6638 section 3.2.4.1 (unique-scheduling-object-resource): what
/// stands in the way of a new object among its owner's objects with its UID.
pub(super) fn check_uid(
    at: &Place,
    is_scheduled: bool,
    others: impl IntoIterator<Item = Copy>,
) -> Result<(), DoorError> {
    for copy in others {
        let existing =
            Place { home: at.home.clone(), collection: copy.collection_name, name: copy.row.name };
        if existing.collection == at.collection {
            return Err(DoorError::UidConflict { existing });
        }
        if is_scheduled && copy.row.scheduled {
            return Err(DoorError::UniqueSchedulingObject { existing });
        }
    }
    Ok(())
}
