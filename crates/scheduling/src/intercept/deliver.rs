//! Delivering messages to local recipients: each is merged into the recipient's copy and laid into
//! his inbox (RFC 6638 section 4.1), on the [`Board`], before anything is written.

use std::collections::VecDeque;
use std::sync::Arc;

use calendar::{CalendarAddress, CalendarObject, Method};
use store::{
    CollectionId, ObjectChange, ObjectWrite, PrincipalId, PutObject, Reindex, StoredIndex,
};
use uuid::Uuid;

use super::board::{Board, Copy, Fate};
use super::journal::{Delivered, JournalMessage};
use super::known::{Known, Merged};
use super::outgoing::External;
use super::{DoorError, inboxes, rows};
use crate::inbound::{self, Arrival, Merge};
use crate::itip::{Decision, Message, Notice, Recipient, Route, SchedulingRole, Stored};
use crate::{Answers, Delivery, ScheduleTag, status};

/// More messages than any write can make; a loop between merges would be a defect, not a load.
const MESSAGES_PER_WRITE: usize = 10_000;

impl Board<'_> {
    /// Takes up what was decided for the requester's own object, then delivers the messages, and
    /// those that they make necessary (a delegate's refusal, a room's answer), until none is left.
    pub(super) async fn carry_out(
        &mut self,
        sent: Option<&CalendarObject>,
        decision: Decision,
    ) -> Result<(), DoorError> {
        let removes = matches!(decision.stored, Stored::Nothing);
        let answers = decision.messages.iter().any(|sent| sent.itip.method() == Method::Reply);
        if let Some(owner) = self.owner {
            if let Some(copy) = self.copies.get_mut(&owner) {
                (copy.object, copy.fate) = match decision.stored {
                    Stored::Nothing => (None, Fate::Delete),
                    Stored::Verbatim => {
                        (sent.cloned().map(Arc::new), Fate::Put(ScheduleTag::Change))
                    }
                    Stored::Rewritten(object) => {
                        (Some(Arc::new(object)), Fate::Put(ScheduleTag::Change))
                    }
                };
            }
            self.remember(owner, decision.answers);
            if decision.refresh {
                self.refresh.insert(owner);
            }
            if answers || (removes && decision.role != SchedulingRole::Unscheduled) {
                self.note_answer(owner);
            }
        }
        self.journal.role = Some(decision.role);
        self.journal.reasons.extend(decision.reasons);
        let failures = self.deliver_all(decision.messages).await?;
        self.correct_statuses(&failures);
        Ok(())
    }

    /// Delivers these messages and those that they make necessary, until none is left. Which of the former did not get
    /// as far as was predicted.
    pub(super) async fn deliver_all(
        &mut self,
        messages: Vec<Message>,
    ) -> Result<Vec<(CalendarAddress, Delivery)>, DoorError> {
        let own_messages = messages.len();
        let mut failures = Vec::new();
        let mut queue = VecDeque::from(messages);
        let mut done = 0_usize;
        loop {
            if queue.is_empty() {
                queue.extend(self.answer_for_rooms().await?);
            }
            let Some(message) = queue.pop_front() else { break };
            self.load_recipients(&message).await?;
            let octets: Arc<[u8]> = message.itip.octets().into();
            let mut entry = JournalMessage::of(&message);
            let mut known = Known::of(&message);
            for recipient in &message.recipients {
                let (delivered, delivery) =
                    self.deliver(&message, &octets, recipient, &mut known, &mut queue).await?;
                if done < own_messages && delivery != predicted(recipient.route) {
                    failures.push((recipient.address.clone(), delivery));
                }
                entry.deliveries.push(delivered);
            }
            self.journal.messages.push(entry);
            done += 1;
            if done > MESSAGES_PER_WRITE {
                tracing::error!(uid = %self.uid, "a write makes messages without end; the rest is dropped");
                break;
            }
        }
        Ok(failures)
    }

    /// Loads, in one statement, what delivering to these recipients needs.
    async fn load_recipients(&mut self, message: &Message) -> Result<(), DoorError> {
        let local: Vec<PrincipalId> = message
            .recipients
            .iter()
            .filter_map(|recipient| match recipient.route {
                Route::Local { principal, .. } => Some(PrincipalId::new(principal)),
                Route::External => None,
            })
            .collect();
        self.load(&local).await
    }

    async fn deliver(
        &mut self,
        message: &Message,
        octets: &Arc<[u8]>,
        recipient: &Recipient,
        known: &mut Known,
        queue: &mut VecDeque<Message>,
    ) -> Result<(Delivered, Delivery), DoorError> {
        match recipient.route {
            Route::Local { principal, notice } => {
                let principal = PrincipalId::new(principal);
                let merged = self.merge_once(message, recipient, (principal, notice), known);
                let taken_up = self.take_up(message, octets, recipient, principal, merged, queue);
                let taken_up = taken_up.await?;
                self.note_message(principal, message.itip.method(), notice);
                Ok(taken_up)
            }
            Route::External => {
                self.outgoing.push(External {
                    sender: message.sender.as_str().to_owned(),
                    recipient: recipient.address.as_str().to_owned(),
                    method: message.itip.method(),
                    octets: Arc::clone(octets),
                });
                let delivery = predicted(recipient.route);
                Ok((Delivered::new(&recipient.address, None, delivery), delivery))
            }
        }
    }

    /// What a message makes of somebody's copy: what it made of the same copy before, where it says the same to both.
    fn merge_once(
        &self,
        message: &Message,
        recipient: &Recipient,
        (principal, notice): (PrincipalId, Notice),
        known: &mut Known,
    ) -> Merged {
        let answers = self.remembered_by(principal);
        let is_new = !self.copies.contains_key(&principal)
            && !self.remembered.contains_key(&principal)
            && notice == Notice::Normal;
        let copy = self.copies.get(&principal).and_then(|copy| copy.object.clone());
        let is_asked = |copy: &Arc<CalendarObject>| {
            let user = self.directory.find(&recipient.address);
            user.is_some_and(|user| known.says_the_same_to(user, copy, &answers))
        };
        // Who has nothing that it could be merged with gets what all others in this state get.
        let is_shared = copy.as_ref().map_or(is_new, is_asked);
        if is_shared && let Some(merged) = known.find(copy.as_ref(), notice, &answers) {
            return merged.clone();
        }
        let merged = Merged::of(self.merge(message, &recipient.address, principal, notice));
        if is_shared {
            known.note(copy, notice, answers.into_owned(), &merged);
        }
        merged
    }

    fn merge(
        &self,
        message: &Message,
        address: &CalendarAddress,
        principal: PrincipalId,
        notice: Notice,
    ) -> Merge {
        let Some(user) = self.directory.find(address) else {
            return inbound::unusable_copy(address, "the account is gone");
        };
        let copy = self.copies.get(&principal);
        if copy.is_some_and(|copy| copy.is_unreadable()) {
            return inbound::unusable_copy(address, "it is no calendar object");
        }
        let none = Answers::default();
        inbound::apply(Arrival {
            message: &message.itip,
            sender: &message.sender,
            recipient: user,
            copy: copy.and_then(|copy| copy.object.as_deref()),
            directory: &self.directory,
            answers: self.remembered.get(&principal).unwrap_or(&none),
            notice,
            is_fresh: self.owner.is_some(),
            now: self.writing.now,
        })
    }

    async fn take_up(
        &mut self,
        message: &Message,
        octets: &Arc<[u8]>,
        recipient: &Recipient,
        principal: PrincipalId,
        merged: Merged,
        queue: &mut VecDeque<Message>,
    ) -> Result<(Delivered, Delivery), DoorError> {
        let Merged { merge, object } = merged;
        let mut delivered = Delivered::new(&recipient.address, Some(principal), merge.delivery);
        delivered.reasons = merge.reasons;
        if let Some(object) = object {
            self.put_copy(principal, object, merge.schedule_tag).await?;
            delivered.merged = true;
        }
        if merge.inbox && self.put_item(principal, message, octets) {
            delivered.inbox = true;
        }
        if merge.refresh {
            self.refresh.insert(principal);
        }
        self.remember(principal, merge.answers);
        queue.extend(merge.messages);
        Ok((delivered, merge.delivery))
    }

    /// Changes a recipient's copy, or makes one in his default calendar.
    async fn put_copy(
        &mut self,
        principal: PrincipalId,
        object: Arc<CalendarObject>,
        tag: ScheduleTag,
    ) -> Result<(), DoorError> {
        let object = self.prints.share(object);
        if let Some(copy) = self.copies.get_mut(&principal) {
            copy.fate = copy.fate.and(Fate::Put(tag));
            copy.object = Some(object);
            return Ok(());
        }
        let copy = Copy {
            collection: self.default_calendar(principal).await?,
            name: format!("{}.ics", Uuid::new_v4()),
            held: None,
            object: Some(object),
            fate: Fate::Put(ScheduleTag::Change),
        };
        self.copies.insert(principal, copy);
        Ok(())
    }

    /// Lays the message itself into the recipient's inbox (RFC 6638 section 4.1).
    pub(super) fn put_item(
        &mut self,
        principal: PrincipalId,
        message: &Message,
        octets: &Arc<[u8]>,
    ) -> bool {
        let Some(inbox) = self.inboxes.get(&principal).copied() else { return false };
        self.items.push(inbox_item(inbox, message, octets));
        true
    }

    /// Where delivery turned out otherwise than the engine had predicted, the organizer's object
    /// says so (RFC 6638 section 3.2.9).
    fn correct_statuses(&mut self, failures: &[(CalendarAddress, Delivery)]) {
        if failures.is_empty() {
            return;
        }
        if let Some(copy) = self.owner.and_then(|owner| self.copies.get_mut(&owner))
            && let Some(object) = &copy.object
            && let Some(corrected) = status::record(object, failures)
        {
            copy.object = Some(Arc::new(corrected));
        }
    }
}

/// What the engine took for granted when it wrote the organizer's object.
fn predicted(route: Route) -> Delivery {
    match route {
        Route::Local { .. } => Delivery::Delivered,
        // No transport yet: RFC 6638 section 3.2.9 has 5.3 for what cannot be scheduled.
        Route::External => Delivery::Rejected,
    }
}

fn inbox_item(inbox: CollectionId, message: &Message, octets: &Arc<[u8]>) -> ObjectWrite {
    ObjectWrite {
        collection: inbox,
        name: inboxes::new_name(message.itip.method()),
        change: ObjectChange::Put(PutObject {
            uid: message.itip.uid().as_str().to_owned(),
            kind: rows::kind(message.itip.kind()),
            octets: Arc::clone(octets),
            etag: store::etag_of(octets),
            schedule_tag: None,
            scheduled: false,
            // RFC 6638 section 2.1 keeps inbox items out of free-busy, and no client asks an inbox
            // for a time range: no index.
            index: Reindex::Replace(Arc::new(StoredIndex::default())),
            participation: String::new(),
        }),
    }
}

impl Copy {
    fn is_unreadable(&self) -> bool {
        self.object.is_none() && self.held.as_ref().is_some_and(|held| held.object.is_none())
    }
}
