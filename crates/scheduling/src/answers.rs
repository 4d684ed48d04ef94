//! What orders messages about one object: the last one accepted from each sender, per instance (RFC
//! 5546 section 2.1.5).
//!
//! A participant keeps, for each object, the SEQUENCE and DTSTAMP of the last message that each
//! other participant sent him about each instance. An organizer also keeps at which SEQUENCE an
//! instance was last rescheduled: answers to anything before that are about another time. The store
//! keeps the records, the engine only reads and makes them.

use std::collections::BTreeMap;

use calendar::{CalendarAddress, Component, InstanceId};
use jiff::Timestamp;

use crate::directory::LocalUser;

/// One record to be kept, replacing the one with the same sender and instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerRecord {
    /// Whose message it was; none for the organizer's own reschedule.
    pub sender: Option<CalendarAddress>,
    /// Which instance it was about.
    pub instance: InstanceId,
    /// The message's SEQUENCE, or that of the rescheduled instance.
    pub sequence: u32,
    /// The message's DTSTAMP, or when the instance was rescheduled.
    pub dtstamp: Timestamp,
}

/// All records that one participant keeps about one object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    stamps: BTreeMap<(Option<CalendarAddress>, InstanceId), Stamp>,
}

/// A revision of a component: SEQUENCE first, DTSTAMP between equals (RFC 5546 section 2.1.5, rules
/// 2 and 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp {
    pub(crate) sequence: u32,
    pub(crate) dtstamp: Timestamp,
}

impl Answers {
    /// The records as they were stored.
    pub fn new(records: impl IntoIterator<Item = AnswerRecord>) -> Self {
        let mut answers = Self::default();
        for record in records {
            answers.record(record);
        }
        answers
    }

    /// Keeps one more record.
    pub fn record(&mut self, record: AnswerRecord) {
        let stamp = Stamp { sequence: record.sequence, dtstamp: record.dtstamp };
        self.stamps.insert((record.sender, record.instance), stamp);
    }

    /// What others said, without what the owner himself did.
    pub(crate) fn of_others(&self, owner: &LocalUser) -> Vec<AnswerRecord> {
        let others = self
            .stamps
            .iter()
            .filter(|((sender, _), _)| sender.as_ref().is_some_and(|sender| !owner.has(sender)));
        others
            .map(|((sender, instance), stamp)| AnswerRecord {
                sender: sender.clone(),
                instance: *instance,
                sequence: stamp.sequence,
                dtstamp: stamp.dtstamp,
            })
            .collect()
    }

    /// The SEQUENCE of the owner's own last word about the object as a whole.
    pub fn last_word(&self) -> Option<u32> {
        self.stamps.get(&(None, InstanceId::Master)).map(|stamp| stamp.sequence)
    }

    /// The last message from `sender` about `instance`.
    pub(crate) fn last(&self, sender: &CalendarAddress, instance: InstanceId) -> Option<Stamp> {
        self.stamps.get(&(Some(sender.clone()), instance)).copied()
    }

    /// What a user himself last said about an instance, by whichever of his addresses.
    pub(crate) fn own(&self, user: &LocalUser, instance: InstanceId) -> Option<Stamp> {
        let said = user.addresses.iter().filter_map(|own| self.last(own, instance));
        said.filter(|said| !said.is_floor()).max()
    }

    /// Whose last message about an instance was of this revision.
    pub(crate) fn who_said(&self, instance: InstanceId, said: Stamp) -> Option<&CalendarAddress> {
        let all = self.stamps.iter();
        let mut such = all.filter(|((_, about), stamp)| *about == instance && **stamp == said);
        such.find_map(|((sender, _), _)| sender.as_ref())
    }

    /// The last message from `sender` about each instance.
    pub(crate) fn said<'a>(
        &'a self,
        sender: &'a CalendarAddress,
    ) -> impl Iterator<Item = (InstanceId, Stamp)> + 'a {
        let said = self.stamps.iter().filter(move |((who, _), _)| who.as_ref() == Some(sender));
        said.map(|((_, instance), stamp)| (*instance, *stamp))
    }

    /// The SEQUENCE since which each single instance has its present time, of those that ever had another.
    pub(crate) fn rescheduled(&self) -> impl Iterator<Item = (InstanceId, u32)> + '_ {
        let own = self.stamps.iter().filter(|((sender, _), _)| sender.is_none());
        own.map(|((_, id), stamp)| (*id, stamp.sequence))
    }

    /// The SEQUENCE since which an instance has its present time: it moves with the component that describes it.
    pub(crate) fn rescheduled_at(&self, instance: InstanceId, described_by: InstanceId) -> u32 {
        let at = |id| self.stamps.get(&(None, id)).map_or(0, |stamp| stamp.sequence);
        at(instance).max(at(described_by))
    }
}

impl AnswerRecord {
    /// A record of something said now: DTSTAMP knows whole seconds only.
    pub(crate) fn now(
        sender: Option<&CalendarAddress>,
        instance: InstanceId,
        sequence: u32,
        now: Timestamp,
    ) -> Self {
        let dtstamp = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Self { sender: sender.cloned(), instance, sequence, dtstamp }
    }
}

impl Stamp {
    /// The revision of a component of a message.
    pub(crate) fn of(component: &Component) -> Self {
        Self {
            sequence: component.sequence(),
            dtstamp: component.dtstamp().unwrap_or(Timestamp::UNIX_EPOCH),
        }
    }

    /// After all others.
    pub(crate) const LAST: Self = Self { sequence: u32::MAX, dtstamp: Timestamp::MAX };

    /// Nothing was said: below this number, what is said is void.
    pub(crate) fn is_floor(self) -> bool {
        self.dtstamp == Timestamp::UNIX_EPOCH
    }

    pub(crate) fn into_record(
        self,
        sender: &CalendarAddress,
        instance: InstanceId,
    ) -> AnswerRecord {
        AnswerRecord {
            sender: Some(sender.clone()),
            instance,
            sequence: self.sequence,
            dtstamp: self.dtstamp,
        }
    }
}
