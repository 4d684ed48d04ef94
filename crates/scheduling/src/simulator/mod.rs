//! A small world of calendar users, in memory: what the engine decides is done here, and messages
//! wait until they are delivered, in any order and as often as one likes.
//!
//! It is what tests of scheduling run against, in milliseconds and without a store or a clock of
//! its own. What it does around the engine is what the server does around it: it keeps copies,
//! inboxes and answers, hands messages over, and refreshes the other attendees' copies.

mod play;
mod story;

use std::collections::{BTreeMap, BTreeSet};

use calendar::{CalendarAddress, CalendarObject};
use jiff::{SignedDuration, Timestamp};

use crate::inbound::{self, Arrival, Merge};
use crate::itip::{self, Change, Decision, Intent, Message, Notice, Route, SchedulingRole, Stored};
use crate::summary::Summary;
use crate::{
    AnswerRecord, Answers, Delivery, Directory, LocalUser, Refresh, Refusal, ScheduleTag, status,
};

pub use play::play;
pub use story::StoryError;

/// Calendar users, their copies and inboxes, and the messages under way.
#[derive(Debug)]
pub struct World {
    now: Timestamp,
    users: BTreeMap<i64, LocalUser>,
    directory: Directory,
    copies: BTreeMap<Key, Copy>,
    answers: BTreeMap<Key, Answers>,
    inboxes: BTreeMap<i64, Vec<InboxItem>>,
    under_way: Vec<Parcel>,
    outgoing: Vec<Sent>,
    to_refresh: BTreeSet<(String, i64)>,
}

/// Whose object, and its UID.
type Key = (i64, String);

#[derive(Clone, Debug)]
struct Copy {
    object: CalendarObject,
    schedule_tag: u64,
}

/// A message in somebody's inbox.
#[derive(Clone, Debug)]
pub struct InboxItem {
    /// The message.
    pub message: calendar::Message,
    /// What it says.
    pub summary: Summary,
}

/// A message on its way to one local user.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Who sent it.
    pub sender: CalendarAddress,
    /// Whom it is for.
    pub recipient: i64,
    /// The message.
    pub message: calendar::Message,
    /// How it is to be taken.
    pub notice: Notice,
    /// What it says.
    pub summary: Summary,
    /// The address it was sent to.
    pub address: CalendarAddress,
}

/// A message that left for somebody elsewhere.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Whom it is for.
    pub recipient: CalendarAddress,
    /// The message.
    pub message: calendar::Message,
}

impl Parcel {
    /// A message from somewhere else to a user of this world, by the address he was written to.
    pub fn new(
        sender: CalendarAddress,
        recipient: i64,
        address: CalendarAddress,
        message: calendar::Message,
    ) -> Self {
        let summary = Summary::of_message(&message);
        Self { sender, recipient, message, notice: Notice::Normal, summary, address }
    }
}

impl World {
    /// An empty world at this time.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            users: BTreeMap::new(),
            directory: Directory::default(),
            copies: BTreeMap::new(),
            answers: BTreeMap::new(),
            inboxes: BTreeMap::new(),
            under_way: Vec::new(),
            outgoing: Vec::new(),
            to_refresh: BTreeSet::new(),
        }
    }

    /// Gives somebody an account.
    pub fn add_user(&mut self, user: LocalUser) {
        self.users.insert(user.principal, user);
        self.directory = Directory::new(self.users.values().cloned());
    }

    /// Lets time pass.
    pub fn wait(&mut self, seconds: i64) {
        self.now = self.now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(self.now);
    }

    /// A user stores an object; what he is told to say is under way afterwards. None for a user who
    /// is not here.
    pub fn put(
        &mut self,
        user: i64,
        sent: &CalendarObject,
        intent: Intent,
    ) -> Option<Result<Decision, Refusal>> {
        let key = (user, sent.uid().as_str().to_owned());
        let decided = self.decide(&key, Some(sent), intent)?;
        let decision = match decided {
            Ok(decision) => decision,
            Err(refusal) => return Some(Err(refusal)),
        };
        let object = match &decision.stored {
            Stored::Verbatim | Stored::Nothing => sent.clone(),
            Stored::Rewritten(object) => object.clone(),
        };
        let schedule_tag = self.copies.get(&key).map_or(0, |copy| copy.schedule_tag) + 1;
        self.copies.insert(key.clone(), Copy { object, schedule_tag });
        self.follow(&key, &decision);
        Some(Ok(decision))
    }

    /// A user removes an object. None when he has no such object.
    pub fn delete(
        &mut self,
        user: i64,
        uid: &str,
        intent: Intent,
    ) -> Option<Result<Decision, Refusal>> {
        let key = (user, uid.to_owned());
        self.copies.get(&key)?;
        let decision = match self.decide(&key, None, intent)? {
            Ok(decision) => decision,
            Err(refusal) => return Some(Err(refusal)),
        };
        self.copies.remove(&key);
        if decision.role == SchedulingRole::Organizer {
            self.answers.remove(&key);
        }
        self.follow(&key, &decision);
        Some(Ok(decision))
    }

    fn decide(
        &self,
        key: &Key,
        new: Option<&CalendarObject>,
        intent: Intent,
    ) -> Option<Result<Decision, Refusal>> {
        let organizer =
            new.and_then(CalendarObject::organizer).and_then(|organizer| organizer.address());
        let organizer = organizer.and_then(|address| self.directory.find(&address));
        let organizers =
            organizer.and_then(|user| self.copies.get(&(user.principal, key.1.clone())));
        let nothing = Answers::default();
        Some(itip::decide(Change {
            old: self.copies.get(key).map(|copy| &copy.object),
            new,
            writer: self.users.get(&key.0)?,
            directory: &self.directory,
            remembered: self.answers.get(key).unwrap_or(&nothing),
            organizers: organizers
                .map(|copy| &copy.object)
                .filter(|_| organizer.is_some_and(|user| user.principal != key.0)),
            intent,
            now: self.now,
        }))
    }

    fn follow(&mut self, key: &Key, decision: &Decision) {
        self.remember(key, &decision.answers);
        if decision.refresh {
            self.to_refresh.insert((key.1.clone(), key.0));
        }
        decision.messages.iter().for_each(|message| self.post(message));
    }

    fn remember(&mut self, key: &Key, records: &[AnswerRecord]) {
        let answers = self.answers.entry(key.clone()).or_default();
        records.iter().for_each(|record| answers.record(record.clone()));
    }

    fn post(&mut self, message: &Message) {
        for recipient in &message.recipients {
            match recipient.route {
                Route::Local { principal, notice } => self.under_way.push(Parcel {
                    sender: message.sender.clone(),
                    recipient: principal,
                    message: message.itip.clone(),
                    notice,
                    summary: message.summary.clone(),
                    address: recipient.address.clone(),
                }),
                Route::External => self.outgoing.push(Sent {
                    recipient: recipient.address.clone(),
                    message: message.itip.clone(),
                }),
            }
        }
    }

    /// The messages under way, in the order in which they were sent.
    pub fn under_way(&self) -> &[Parcel] {
        &self.under_way
    }

    /// The messages that left for users elsewhere.
    pub fn outgoing(&self) -> &[Sent] {
        &self.outgoing
    }

    /// Delivers one of the messages under way.
    pub fn deliver(&mut self, at: usize) -> Option<Merge> {
        if at >= self.under_way.len() {
            return None;
        }
        let parcel = self.under_way.remove(at);
        self.hand_over(&parcel)
    }

    /// Delivers one of the messages under way in the write that made it, as the server does.
    pub fn deliver_at_once(&mut self, at: usize) -> Option<Merge> {
        if at >= self.under_way.len() {
            return None;
        }
        let parcel = self.under_way.remove(at);
        self.arrive(&parcel, true)
    }

    /// Loses one of the messages under way.
    pub fn discard(&mut self, at: usize) -> Option<Parcel> {
        (at < self.under_way.len()).then(|| self.under_way.remove(at))
    }

    /// Delivers a message: one that was delivered before comes again, or one from outside.
    pub fn hand_over(&mut self, parcel: &Parcel) -> Option<Merge> {
        self.arrive(parcel, false)
    }

    /// What a message would make of its recipient's copy.
    pub(crate) fn merge(&self, parcel: &Parcel, is_fresh: bool) -> Option<Merge> {
        let key = (parcel.recipient, parcel.message.uid().as_str().to_owned());
        let nothing = Answers::default();
        Some(inbound::apply(Arrival {
            message: &parcel.message,
            sender: &parcel.sender,
            recipient: self.users.get(&parcel.recipient)?,
            copy: self.copies.get(&key).map(|copy| &copy.object),
            directory: &self.directory,
            answers: self.answers.get(&key).unwrap_or(&nothing),
            notice: parcel.notice,
            is_fresh,
            now: self.now,
        }))
    }

    fn arrive(&mut self, parcel: &Parcel, is_fresh: bool) -> Option<Merge> {
        let key = (parcel.recipient, parcel.message.uid().as_str().to_owned());
        let merge = self.merge(parcel, is_fresh)?;
        if let Some(object) = &merge.stored {
            let tag = self.copies.get(&key).map_or(0, |copy| copy.schedule_tag);
            let schedule_tag =
                if merge.schedule_tag == ScheduleTag::Change { tag + 1 } else { tag };
            self.copies.insert(key.clone(), Copy { object: object.clone(), schedule_tag });
        }
        if merge.inbox {
            let item =
                InboxItem { message: parcel.message.clone(), summary: parcel.summary.clone() };
            self.inboxes.entry(parcel.recipient).or_default().push(item);
        }
        self.remember(&key, &merge.answers);
        if merge.refresh {
            self.to_refresh.insert((key.1, key.0));
        }
        if merge.delivery != Delivery::Delivered {
            self.record_delivery(parcel, merge.delivery);
        }
        merge.messages.iter().for_each(|message| self.post(message));
        Some(merge)
    }

    fn record_delivery(&mut self, parcel: &Parcel, delivery: Delivery) {
        let Some(sender) = self.directory.find(&parcel.sender) else { return };
        let key = (sender.principal, parcel.message.uid().as_str().to_owned());
        let Some(copy) = self.copies.get_mut(&key) else { return };
        if let Some(object) = status::record(&copy.object, &[(parcel.address.clone(), delivery)]) {
            copy.object = object;
        }
    }

    /// Delivers everything under way, in order, and refreshes the attendees' copies until nothing
    /// is left to do.
    pub fn settle(&mut self) {
        while self.deliver(0).is_some() {}
        self.refresh_copies();
    }

    /// Does the refreshes that are due (RFC 6638 section 4.2).
    pub fn refresh_copies(&mut self) {
        for (uid, organizer) in std::mem::take(&mut self.to_refresh) {
            self.refresh(organizer, &uid);
        }
    }

    /// Refreshes the copies of one meeting, due or not.
    pub fn refresh(&mut self, organizer: i64, uid: &str) {
        let nothing = Answers::default();
        let Some(meeting) = self.copy(organizer, uid).cloned() else { return };
        let heard = self.answers.get(&(organizer, uid.to_owned())).unwrap_or(&nothing);
        for recipient in self.users.values().filter(|user| user.principal != organizer) {
            let key = (recipient.principal, uid.to_owned());
            let Some(copy) = self.copies.get_mut(&key) else { continue };
            let said = self.answers.get(&key).unwrap_or(&nothing);
            let refresh = Refresh { meeting: &meeting, heard, copy: &copy.object, said, recipient };
            if let Some(refreshed) = refresh.apply() {
                copy.object = refreshed.object;
                copy.schedule_tag += u64::from(refreshed.schedule_tag == ScheduleTag::Change);
            }
        }
    }

    /// What a user has under a UID.
    pub fn copy(&self, user: i64, uid: &str) -> Option<&CalendarObject> {
        self.copies.get(&(user, uid.to_owned())).map(|copy| &copy.object)
    }

    /// What a user remembers of a UID.
    #[cfg(test)]
    pub(crate) fn remembered(&self, user: i64, uid: &str) -> Answers {
        self.answers.get(&(user, uid.to_owned())).cloned().unwrap_or_default()
    }

    /// The Schedule-Tag of what a user has under a UID.
    pub fn schedule_tag(&self, user: i64, uid: &str) -> Option<u64> {
        self.copies.get(&(user, uid.to_owned())).map(|copy| copy.schedule_tag)
    }

    /// What is in a user's inbox.
    pub fn inbox(&self, user: i64) -> &[InboxItem] {
        self.inboxes.get(&user).map_or(&[], Vec::as_slice)
    }

    /// Empties a user's inbox.
    pub fn clear_inbox(&mut self, user: i64) {
        self.inboxes.remove(&user);
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.now
    }
}
