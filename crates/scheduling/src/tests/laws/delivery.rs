//! The post: late, in any order, and twice.

use std::collections::BTreeSet;

use super::super::support::UID;
use super::{PEOPLE, Post, Walk, written};
use crate::Verdict;
use crate::inbound::Asked;
use crate::simulator::Parcel;
use calendar::{CalendarObject, Component, Method};
use jiff::{SignedDuration, Timestamp};

impl Walk {
    /// Delivers one of the messages under way.
    pub(super) fn deliver_one(&mut self) {
        let parcels = self.town.world.under_way();
        let waiting = match self.post {
            Post::InAnyOrder => (0..parcels.len()).collect(),
            Post::InOrder | Post::Prompt => first_of_each_channel(parcels),
        };
        if let Some(at) = self.dice.pick(&waiting) {
            self.deliver(at);
        }
    }

    fn deliver(&mut self, at: usize) {
        let parcel = self.town.world.under_way()[at].clone();
        self.delivered.push(parcel.clone());
        self.alike_is_the_same(&parcel);
        let world = &mut self.town.world;
        let merge = match self.post {
            Post::Prompt => world.deliver_at_once(at).unwrap(),
            Post::InOrder | Post::InAnyOrder => world.deliver(at).unwrap(),
        };
        let reasons: Vec<String> = merge
            .reasons
            .iter()
            .map(|reason| format!("{}: {}", reason.verdict, reason.text))
            .collect();
        self.tell(&format!(
            "{} reaches {} ({:?}): {}\n{}",
            parcel.message.method(),
            PEOPLE[parcel.recipient as usize - 1],
            parcel.notice,
            reasons.join("; "),
            written(parcel.message.tree())
        ));
        self.twice_is_once(&parcel);
    }

    /// What a message makes of one copy it makes of the same copy of everybody who is asked as its owner is, and has
    /// heard the same.
    fn alike_is_the_same(&mut self, parcel: &Parcel) {
        let world = &self.town.world;
        let state = |user| {
            let (name, said) = (PEOPLE[user as usize - 1], world.remembered(user, UID));
            let copy = world.copy(user, UID)?;
            let mut asked = [Asked::of(copy), Asked::of(parcel.message.content())].into_iter();
            let user = super::super::support::user(user, name);
            asked.all(|asked| asked.includes(&user, &said)).then(|| (copy.octets(), said))
        };
        let Some(own) = state(parcel.recipient) else { return };
        let makes = |recipient| {
            let merge =
                world.merge(&Parcel { recipient, ..parcel.clone() }, self.post == Post::Prompt);
            let merge = merge.unwrap();
            let made = merge.stored.map(|copy| copy.octets().to_vec());
            (made, merge.inbox, merge.schedule_tag, merge.answers)
        };
        let mut others =
            (1..=PEOPLE.len() as i64).filter(|user| state(*user).as_ref() == Some(&own));
        let differs = others.find(|other| makes(*other) != makes(parcel.recipient));
        if let Some(other) = differs {
            self.fail(format!(
                "it makes something else of the same copy of {}",
                PEOPLE[other as usize - 1]
            ));
        }
    }

    /// Up to when a user has heard all that he was told by the organizer, or by who sends him in his place.
    pub(super) fn has_heard_until(&self, user: i64) -> Timestamp {
        let waiting = self.town.world.under_way().iter();
        let waiting = waiting
            .filter(|parcel| parcel.recipient == user && parcel.message.method() != Method::Reply)
            .flat_map(|parcel| parcel.message.components().filter_map(Component::dtstamp));
        let now = self.town.world.now();
        waiting.min().map_or(now, |first| first - SignedDuration::from_secs(1))
    }

    /// "Applying a message twice equals applying it once."
    fn twice_is_once(&mut self, parcel: &Parcel) {
        let before = self.town.world.copy(parcel.recipient, UID).map(CalendarObject::octets);
        let items = self.town.world.inbox(parcel.recipient).len();
        let again = self.town.world.hand_over(parcel).unwrap();
        let after = self.town.world.copy(parcel.recipient, UID).map(CalendarObject::octets);
        let is_kept_to_read = again.reasons.iter().any(|reason| reason.verdict == Verdict::Ignored);
        if before != after {
            let text = String::from_utf8(after.unwrap_or_default()).unwrap();
            self.fail(format!("the second time the message makes this of the copy:\n{text}"));
        } else if !is_kept_to_read && self.town.world.inbox(parcel.recipient).len() != items {
            self.fail("the message is in the inbox twice".to_owned());
        }
    }

    /// A message that was delivered once comes late again.
    pub(super) fn deliver_again(&mut self) {
        let Some(parcel) = self.dice.pick(&self.delivered) else { return };
        self.tell(&format!("again: {} at {}", parcel.message.method(), parcel.recipient));
        self.town.world.hand_over(&parcel);
    }

    pub(super) fn deliver_all(&mut self) {
        while !self.town.world.under_way().is_empty() {
            if self.post != Post::Prompt {
                self.town.world.wait(1);
            }
            self.deliver_one();
        }
        self.town.world.refresh_copies();
    }
}

/// The oldest message of each sender to each recipient.
fn first_of_each_channel(parcels: &[Parcel]) -> Vec<usize> {
    let mut channels = BTreeSet::new();
    let is_first = |(at, parcel): (usize, &Parcel)| {
        channels.insert((parcel.sender.as_str().to_owned(), parcel.recipient)).then_some(at)
    };
    parcels.iter().enumerate().filter_map(is_first).collect()
}
