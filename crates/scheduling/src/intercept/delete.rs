//! Removing objects: DELETE of one object, and of a calendar with all that is in it.

use std::collections::HashSet;

use calendar::{CalendarAddress, CalendarObject};
use store::{
    Circle, Collection, CollectionKind, ComponentKind, LockKey, ObjectChange, ObjectTx,
    ObjectWrite, PrincipalId,
};

use super::board::{Board, Held};
use super::pile::Pile;
use super::{Conditions, Door, DoorError, Place, Writing, retrying, rows};
use crate::Answers;
use crate::itip::{self, Change, Intent, Proposal};

/// How many objects of a calendar are read at once when it is deleted.
const PAGE: u32 = 200;

/// What the request says beside its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeleteOptions {
    /// `Schedule-Reply: F` was not sent (RFC 6638 section 8.1): the organizer gets an answer.
    pub reply: bool,
    /// Nobody is told at all (`Scheduling-Enabled: F`).
    pub silent: bool,
    /// `Schedule-Reply: T` was sent: who sent the COUNTER that is removed from the inbox hears that it is declined.
    pub declines_counter: bool,
}

impl Default for DeleteOptions {
    fn default() -> Self {
        Self { reply: true, silent: false, declines_counter: false }
    }
}

/// The calendar from which objects are removed, and who does it.
#[derive(Clone, Copy)]
struct Origin<'a> {
    writing: &'a Writing<'a>,
    home: &'a str,
    collection: &'a Collection,
}

impl Door {
    /// Removes one object: of a calendar, with the scheduling that follows, or an inbox item, which
    /// tells nobody (RFC 6638 section 4.1) unless it is a proposal that is declined by that.
    ///
    /// # Errors
    /// [`DoorError::NotFound`], a failed condition, or the database.
    pub async fn delete(
        &self,
        writing: &Writing<'_>,
        at: &Place,
        conditions: &Conditions,
        options: DeleteOptions,
    ) -> Result<(), DoorError> {
        retrying(|| self.try_delete(writing, at, conditions, options)).await
    }

    async fn try_delete(
        &self,
        writing: &Writing<'_>,
        at: &Place,
        conditions: &Conditions,
        options: DeleteOptions,
    ) -> Result<(), DoorError> {
        // The lock is the UID's, so the UID is read first and looked at again under the lock.
        let seen = self.find_held(at).await?;
        let mut tx = self.writer.begin(&[LockKey::Uid(&seen), at.lock()]).await?;
        let located = tx.find_object(&at.home, &at.collection, &at.name).await?;
        let (Some(collection), Some((row, octets))) =
            (located.collection, located.object.zip(located.octets))
        else {
            return Err(DoorError::NotFound);
        };
        if row.uid != seen {
            return Err(DoorError::Raced);
        }
        let held = Held::read(row, octets);
        conditions.check(Some(held.tags()))?;
        let tx = if collection.kind == CollectionKind::Calendar {
            let from = Origin { writing, home: &at.home, collection: &collection };
            self.remove(tx, from, vec![held], options).await?
        } else {
            let counter = Some(&held.octets).filter(|_| options.declines_counter);
            let counter = counter
                .and_then(|octets| calendar::Message::parse(octets, &self.settings.limits).ok());
            match counter {
                Some(counter) => {
                    self.decline(tx, writing, collection.owner, &held, &counter).await?
                }
                None => {
                    tx.write_objects(&writing.provenance(), &[removal(&held)]).await?;
                    tx
                }
            }
        };
        Ok(tx.commit().await?)
    }

    /// Removes a calendar; each of its objects goes through the same decision as a DELETE of its
    /// own (design rule 17), in one transaction.
    ///
    /// # Errors
    /// [`DoorError::NotFound`], [`DoorError::DefaultCalendarNeeded`], or the database.
    pub async fn delete_collection(
        &self,
        writing: &Writing<'_>,
        home: &str,
        collection: &str,
        options: DeleteOptions,
    ) -> Result<(), DoorError> {
        retrying(|| self.try_delete_collection(writing, home, collection, options)).await
    }

    async fn try_delete_collection(
        &self,
        writing: &Writing<'_>,
        home: &str,
        name: &str,
        options: DeleteOptions,
    ) -> Result<(), DoorError> {
        let uids = self.list_scheduled_uids(home, name).await?;
        let mut locks: Vec<LockKey<'_>> = uids.iter().map(|uid| LockKey::Uid(uid)).collect();
        locks.push(LockKey::Resource { home, collection: name, name: "" });
        let mut tx = self.writer.begin(&locks).await?;
        let Some(collection) = tx.find_collection(home, name).await? else {
            return Err(DoorError::NotFound);
        };
        if collection.kind != CollectionKind::Calendar {
            return Err(DoorError::NotACalendar);
        }
        if is_needed(&mut tx, &collection).await? {
            return Err(DoorError::DefaultCalendarNeeded);
        }
        let locked: HashSet<&str> = uids.iter().map(String::as_str).collect();
        let from = Origin { writing, home, collection: &collection };
        loop {
            let members = tx.list_members(collection.id, None, PAGE).await?;
            if members.is_empty() {
                break;
            }
            let names: Vec<&str> = members.iter().map(|row| row.name.as_str()).collect();
            let page = tx.list_objects_by_names(collection.id, &names).await?;
            let page: Vec<Held> =
                page.into_iter().map(|(row, octets)| Held::read(row, octets)).collect();
            let is_locked =
                |held: &Held| !held.row.scheduled || locked.contains(held.row.uid.as_str());
            if !page.iter().all(is_locked) {
                return Err(DoorError::Raced);
            }
            tx = self.remove(tx, from, page, options).await?;
        }
        tx.remove_collection_row(collection.id).await?;
        Ok(tx.commit().await?)
    }

    /// Removes objects of a calendar and lets follow what follows; the caller commits. What each meeting makes of others'
    /// copies is decided by itself, and all of it is written at once.
    async fn remove(
        &self,
        mut tx: ObjectTx,
        from: Origin<'_>,
        page: Vec<Held>,
        options: DeleteOptions,
    ) -> Result<ObjectTx, DoorError> {
        let mut pile = Pile::default();
        for held in page {
            match held.object.clone().filter(|_| held.row.scheduled) {
                Some(old) => {
                    tx = self.call_off(tx, from, (held, &old), options, &mut pile).await?;
                }
                // There is nobody to tell, or nobody can read whom: it can be removed all the same.
                None => pile.objects.push(removal(&held)),
            }
        }
        pile.write(&mut tx, from.writing).await?;
        Ok(tx)
    }

    /// Decides about the removal of one meeting.
    async fn call_off(
        &self,
        tx: ObjectTx,
        from: Origin<'_>,
        (held, old): (Held, &CalendarObject),
        options: DeleteOptions,
        pile: &mut Pile,
    ) -> Result<ObjectTx, DoorError> {
        let Origin { writing, home, collection } = from;
        let owner = collection.owner;
        let at = Place {
            home: home.to_owned(),
            collection: collection.name.clone(),
            name: held.row.name.clone(),
        };
        let mut board = Board::new(self, tx, writing, Some(owner), old, "delete");
        let organizer = rows::organizer(old);
        let address = organizer.as_ref().map(CalendarAddress::as_str);
        let circle = Circle { owner: Some(owner), address, everybody: true };
        let involvements = board.survey([old], [], circle).await?;
        board.hold(owner, &at, held.row.collection_id, Some(held));
        board.lay_out(involvements);
        let decision = itip::decide(Change {
            old: Some(old),
            new: None,
            writer: &board.user(owner),
            directory: &board.directory,
            organizers: None,
            remembered: &board.remembered_by(owner),
            intent: Intent { matched: true, reply: options.reply, silent: options.silent },
            now: writing.now,
        })?;
        board.carry_out(None, decision).await?;
        let (tx, _) = board.lay_on(pile).await?;
        Ok(tx)
    }

    /// Removes a COUNTER from the inbox of an organizer who says that all stays as it is (RFC 5546 section 3.2.8).
    async fn decline(
        &self,
        tx: ObjectTx,
        writing: &Writing<'_>,
        owner: PrincipalId,
        held: &Held,
        counter: &calendar::Message,
    ) -> Result<ObjectTx, DoorError> {
        let mut board = Board::new(self, tx, writing, None, counter.content(), "decline");
        board.items.push(removal(held));
        board.load(&[owner]).await?;
        let meeting = board.copies.get(&owner).and_then(|copy| copy.object.clone());
        board.resolve(meeting.as_deref().into_iter().chain([counter.content()])).await?;
        let nothing = Answers::default();
        let declined = meeting.as_ref().and_then(|meeting| {
            itip::decline_counter(Proposal {
                counter,
                meeting,
                heard: board.remembered.get(&owner).unwrap_or(&nothing),
                directory: &board.directory,
                now: writing.now,
            })
        });
        board.deliver_all(declined.into_iter().collect()).await?;
        let (tx, _) = board.flush().await?;
        Ok(tx)
    }

    pub(super) async fn find_held(&self, at: &Place) -> Result<String, DoorError> {
        let mut snapshot = self.store.read().await?;
        let located =
            snapshot.find_object_without_octets(&at.home, &at.collection, &at.name).await?;
        located.object.map(|row| row.uid).ok_or(DoorError::NotFound)
    }

    async fn list_scheduled_uids(&self, home: &str, name: &str) -> Result<Vec<String>, DoorError> {
        let mut snapshot = self.store.read().await?;
        let collection = snapshot.find_collection(home, name).await?.ok_or(DoorError::NotFound)?;
        Ok(snapshot.list_scheduled_uids(collection.id).await?)
    }
}

/// RFC 6638 section 4.3.1.1: the calendar that CALDAV:schedule-default-calendar-URL names, which is that for events,
/// stays until another is named. That for tasks, which no property names, may go: the next task finds another place.
async fn is_needed(tx: &mut ObjectTx, collection: &Collection) -> Result<bool, DoorError> {
    let defaults = tx.list_default_collections(&[collection.owner], ComponentKind::Event).await?;
    Ok(defaults.iter().any(|(_, default)| default.id == collection.id))
}

fn removal(held: &Held) -> ObjectWrite {
    ObjectWrite {
        collection: held.row.collection_id,
        name: held.row.name.clone(),
        change: ObjectChange::Delete,
    }
}
