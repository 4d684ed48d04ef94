//! Writing down what lies on the [`Board`]: the copies, the inbox items, and what follows from them.

use std::collections::BTreeSet;
use std::sync::Arc;

use calendar::CalendarAddress;
use calendar::freebusy::participation;
use store::{ObjectChange, ObjectTx, ObjectWrite, PrincipalId, PutObject, Reindex};
use uuid::Uuid;

use super::board::{Board, Copy, Fate, Written};
use super::pile::{Entry, Pile};
use super::prints::Prints;
use super::{DoorError, inboxes, refresh, rows};
use crate::ScheduleTag;
use crate::itip::{SchedulingRole, role_of};

impl Board<'_> {
    /// Writes everything down, in a fixed number of statements, and gives the transaction back for
    /// the caller to end.
    pub(super) async fn flush(self) -> Result<(ObjectTx, Option<Written>), DoorError> {
        let (writing, mut pile) = (self.writing, Pile::default());
        let (mut tx, written) = self.lay_on(&mut pile).await?;
        pile.write(&mut tx, writing).await?;
        Ok((tx, written))
    }

    /// Writes down what is sent out and to be done later, and lays the rest on a pile that others may add to. Nobody reads
    /// what lies there: it is about this UID alone.
    pub(super) async fn lay_on(
        mut self,
        pile: &mut Pile,
    ) -> Result<(ObjectTx, Option<Written>), DoorError> {
        let refresh = std::mem::take(&mut self.refresh);
        self.refresh = refresh.into_iter().filter(|of| self.concerns_others(*of)).collect();
        let mut writes = std::mem::take(&mut self.items);
        let mut written = None;
        let mut prints = std::mem::take(&mut self.prints);
        for (principal, copy) in std::mem::take(&mut self.copies) {
            let Some(change) = self.change(principal, &copy, &mut prints) else { continue };
            if matches!(change, ObjectChange::Delete) {
                self.bury(principal).await?;
            }
            if let ObjectChange::Put(put) = &change
                && Some(principal) == self.owner
            {
                written = Some(Written {
                    etag: put.etag.clone(),
                    schedule_tag: put.schedule_tag.clone(),
                    octets: Arc::clone(&put.octets),
                });
            }
            writes.push(ObjectWrite { collection: copy.collection, name: copy.name, change });
        }
        writes.extend(self.settled_items());
        pile.objects.append(&mut writes);
        let new_answers = std::mem::take(&mut self.new_answers);
        pile.answers.extend(
            new_answers
                .iter()
                .map(|(owner, record)| (*owner, self.uid.clone(), rows::answer_row(record))),
        );
        self.flush_consequences().await?;
        // What an unscheduled object's owner wrote is in the versions; the audit has the scheduling.
        if !self.journal.tells_nothing() {
            let detail = serde_json::to_string(&self.journal).map_err(DoorError::Journal)?;
            let (uid, place) = (self.uid, self.place);
            pile.audit.push(Entry { uid, place, action: self.action, detail });
        }
        Ok((self.tx, written))
    }

    /// What was said in a copy that is removed counts no more, but that it was removed; what an attendee was told is
    /// remembered, by which late messages are known.
    async fn bury(&mut self, owner: PrincipalId) -> Result<(), DoorError> {
        let Some(answers) = self.remembered.get(&owner) else { return Ok(()) };
        let is_organizer =
            Some(owner) == self.owner && self.journal.role == Some(SchedulingRole::Organizer);
        if !is_organizer {
            let user = self.user(owner);
            let others = answers.of_others(&user);
            self.new_answers.retain(|(of, record)| {
                *of != owner || record.sender.as_ref().is_none_or(|sender| user.has(sender))
            });
            self.new_answers.extend(others.into_iter().map(|record| (owner, record)));
        }
        Ok(self.tx.forget_answers(owner, self.uid.as_str()).await?)
    }

    /// The removal of the inbox items that were dealt with.
    fn settled_items(&mut self) -> impl Iterator<Item = ObjectWrite> {
        let items = self.answered.iter().filter_map(|principal| self.waiting.remove(principal));
        items.flatten().map(inboxes::removal)
    }

    /// How a copy is to be written; `None` if it stays as it is.
    fn change(
        &self,
        principal: PrincipalId,
        copy: &Copy,
        prints: &mut Prints,
    ) -> Option<ObjectChange> {
        let tag = match copy.fate {
            Fate::Untouched => return None,
            Fate::Delete => return Some(ObjectChange::Delete),
            Fate::Put(tag) => tag,
        };
        let object = copy.object.as_ref()?;
        let held = copy.held.as_ref();
        let printed = prints.of(object)?;
        let octets = Arc::clone(&printed.octets);
        // A message that changes nothing makes no new version; a client's PUT always does.
        if Some(principal) != self.owner && held.is_some_and(|held| *held.octets == *octets) {
            return None;
        }
        let user = self.user(principal);
        let scheduled = role_of(object, &user) != SchedulingRole::Unscheduled;
        let previous = held.and_then(|held| held.row.schedule_tag.clone());
        let schedule_tag = match (scheduled, tag, previous) {
            (false, _, _) => None,
            (true, ScheduleTag::Keep, Some(previous)) => Some(previous),
            (true, _, _) => Some(Uuid::new_v4().simple().to_string()),
        };
        let before = held.and_then(|held| held.object.as_ref());
        let index = if before.is_some_and(|before| printed.keeps_index_of(before)) {
            Reindex::Keep
        } else {
            let index = printed.index.get_or_insert_with(|| {
                let horizon = self.door.horizon(self.writing.now);
                Arc::new(rows::stored_index(object, horizon, &self.door.settings.limits))
            });
            Reindex::Replace(Arc::clone(index))
        };
        Some(ObjectChange::Put(PutObject {
            uid: self.uid.as_str().to_owned(),
            kind: rows::kind(object.kind()),
            etag: printed.etag.clone(),
            octets,
            schedule_tag,
            scheduled,
            index,
            participation: participation(object, |address| user.has(address)),
        }))
    }

    /// Whether anybody takes part in the organizer's meeting beside him and the one whose request this is: nobody else
    /// has a copy to be refreshed.
    fn concerns_others(&self, organizer: PrincipalId) -> bool {
        let Some(meeting) = self.copies.get(&organizer).and_then(|copy| copy.object.as_ref())
        else {
            return true;
        };
        let mut addresses = BTreeSet::new();
        rows::collect_addresses(meeting.tree(), &mut addresses);
        let is_known = |address: &String| {
            CalendarAddress::parse(address)
                .ok()
                .and_then(|address| self.directory.find(&address))
                .map(|user| PrincipalId::new(user.principal))
                .is_some_and(|user| user == organizer || Some(user) == self.owner)
        };
        !addresses.iter().all(is_known)
    }

    async fn flush_consequences(&mut self) -> Result<(), DoorError> {
        self.send_out().await?;
        let uid = self.uid.as_str();
        for organizer in &self.refresh {
            refresh::put_job(&mut self.tx, *organizer, uid, self.writing.now).await?;
        }
        Ok(())
    }
}
