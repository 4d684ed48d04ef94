//! COPY and MOVE of one object within a home (RFC 4918 sections 9.8 and 9.9).
//!
//! Moving an object between one's own calendars tells nobody (design rule 17): the meeting is the
//! same, only its place changes. A copy of a scheduling object resource would be a second one with
//! its UID, which RFC 6638 section 3.2.4.1 forbids.

use std::sync::Arc;

use store::{
    Collection, CollectionKind, Copy, LockKey, ObjectChange, ObjectRow, ObjectWrite, PutObject,
    Reindex, StoredIndex,
};
use uuid::Uuid;

use super::board::Held;
use super::put::check_uid;
use super::{Conditions, Door, DoorError, Place, Writing, retrying, rows};

/// Which of the two methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// The source stays.
    Copy,
    /// The source goes.
    Move,
}

/// The `Overwrite` header (RFC 4918 section 10.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// `T`, or no header.
    Allow,
    /// `F`.
    Forbid,
}

/// What became of a COPY or MOVE.
#[derive(Clone, Debug)]
pub struct TransferOutcome {
    /// Whether the destination is new (201) or was replaced (204).
    pub created: bool,
    /// The destination's ETag.
    pub etag: String,
    /// The destination's Schedule-Tag (RFC 6638 section 3.2.10).
    pub schedule_tag: Option<String>,
}

/// What the request asks for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    how: Transfer,
    from: &'a Place,
    to: &'a Place,
    overwrite: Overwrite,
    conditions: &'a Conditions,
}

impl Asked<'_> {
    /// Whether the object may be where it shall be, in place of what is there.
    fn check(
        &self,
        origin: &Collection,
        target: &Collection,
        row: &ObjectRow,
        replaced: Option<&ObjectRow>,
    ) -> Result<(), DoorError> {
        if origin.kind != CollectionKind::Calendar || target.kind != CollectionKind::Calendar {
            return Err(DoorError::NotACalendar);
        }
        if !target.components.contains(row.kind) {
            return Err(DoorError::UnsupportedComponent { kind: row.kind.as_str() });
        }
        match replaced {
            Some(_) if self.overwrite == Overwrite::Forbid => Err(DoorError::DestinationExists),
            Some(replaced) if replaced.uid != row.uid => {
                Err(DoorError::UidConflict { existing: self.to.clone() })
            }
            // RFC 6638 section 3.2.3.4 lets this tell nobody, and those who are invited would never hear of it.
            Some(replaced) if replaced.scheduled && !row.scheduled => {
                Err(DoorError::UniqueSchedulingObject { existing: self.to.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Whether one of the owner's objects is there afterwards, beside that at the destination.
    fn leaves(&self, copy: &Copy) -> bool {
        let is_at =
            |place: &Place| copy.collection_name == place.collection && copy.row.name == place.name;
        let goes = self.how == Transfer::Move && is_at(self.from);
        !is_at(self.to) && !goes
    }
}

impl Door {
    /// Copies or moves an object to another place in the same home.
    ///
    /// # Errors
    /// Every refusal of [`DoorError`]; nothing is changed then.
    pub async fn transfer(
        &self,
        writing: &Writing<'_>,
        how: Transfer,
        from: &Place,
        to: &Place,
        overwrite: Overwrite,
        conditions: &Conditions,
    ) -> Result<TransferOutcome, DoorError> {
        let transfer = Asked { how, from, to, overwrite, conditions };
        retrying(|| self.try_transfer(writing, transfer)).await
    }

    async fn try_transfer(
        &self,
        writing: &Writing<'_>,
        transfer: Asked<'_>,
    ) -> Result<TransferOutcome, DoorError> {
        let Asked { how, from, to, .. } = transfer;
        let uid = self.find_held(from).await?;
        let mut tx = self.writer.begin(&[LockKey::Uid(&uid), from.lock(), to.lock()]).await?;
        let source = tx.find_object(&from.home, &from.collection, &from.name).await?;
        let (Some(origin), Some((row, octets))) =
            (source.collection, source.object.zip(source.octets))
        else {
            return Err(DoorError::NotFound);
        };
        if row.uid != uid {
            return Err(DoorError::Raced);
        }
        let held = Held::read(row, octets);
        transfer.conditions.check(Some(held.tags()))?;
        let destination = tx.find_object(&to.home, &to.collection, &to.name).await?;
        let replaced = destination.object;
        let target = destination.collection.ok_or(DoorError::CollectionMissing)?;
        transfer.check(&origin, &target, &held.row, replaced.as_ref())?;
        let others = tx.list_copies(&held.row.uid, &[origin.owner]).await?;
        check_uid(to, held.row.scheduled, others.into_iter().filter(|one| transfer.leaves(one)))?;

        let put = self.same_object(writing, &held);
        let outcome = TransferOutcome {
            created: replaced.is_none(),
            etag: put.etag.clone(),
            schedule_tag: put.schedule_tag.clone(),
        };
        let put = ObjectWrite {
            collection: target.id,
            name: to.name.clone(),
            change: ObjectChange::Put(put),
        };
        let written = tx.write_objects(&writing.provenance(), &[put]).await?;
        // Dead properties go along (RFC 4918 section 9.8.2), so the source goes after them.
        if let Some(copy) = written.first().and_then(|written| written.object) {
            tx.copy_properties(held.row.id, copy).await?;
        }
        if how == Transfer::Move {
            let removal = ObjectWrite {
                collection: origin.id,
                name: from.name.clone(),
                change: ObjectChange::Delete,
            };
            tx.write_objects(&writing.provenance(), &[removal]).await?;
        }
        tx.commit().await?;
        Ok(outcome)
    }

    /// The same octets for another place: all but the Schedule-Tag stays (RFC 6638 section 3.2.10).
    fn same_object(&self, writing: &Writing<'_>, held: &Held) -> PutObject {
        let horizon = self.horizon(writing.now);
        let index = held.object.as_ref().map_or_else(StoredIndex::default, |object| {
            rows::stored_index(object, horizon, &self.settings.limits)
        });
        PutObject {
            uid: held.row.uid.clone(),
            kind: held.row.kind,
            octets: held.octets.as_slice().into(),
            etag: held.row.etag.clone(),
            schedule_tag: held.row.scheduled.then(|| Uuid::new_v4().simple().to_string()),
            scheduled: held.row.scheduled,
            index: Reindex::Replace(Arc::new(index)),
            participation: held.row.participation.clone(),
        }
    }
}
