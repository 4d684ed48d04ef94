//! Rooms answer: after the invitations of a write are delivered, those rooms that answer by themselves do so in the
//! same transaction, each through the decision that a write of its own would go through.
//!
//! However many rooms there are, it is a fixed number of statements. Two writes that book the same room wait for each
//! other, so that it is not promised twice.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use calendar::{CalendarObject, Component, InstanceId, Method, Property};
use jiff::Timestamp;
use store::{Booking, BookingMode, PrincipalId};

use super::DoorError;
use super::board::{Board, Fate};
use super::busy::{Agenda, BusyError, Zones};
use crate::itip::{self, Change, Decision, Intent, Message, Notice, Stored};
use crate::rooms::{self, Answer, Invitation, Statement, Taken};
use crate::{LocalUser, Reason, ScheduleTag, Verdict, tree};

impl Board<'_> {
    /// A message was merged into the copy of a room that answers by itself: it may have to answer, and what does not
    /// take place leaves its calendar. Nobody reads there what a cancelled copy would say (against design rule 14,
    /// which is for people).
    pub(super) fn note_message(&mut self, room: PrincipalId, method: Method, notice: Notice) {
        let booking = self.bookings.get(&room);
        if booking.is_none_or(|booking| booking.mode == BookingMode::Manual) {
            return;
        }
        match method {
            Method::Request | Method::Add if notice != Notice::Quiet => {
                self.invited.insert(room);
            }
            Method::Cancel => self.remove_cancelled(room),
            _ => {}
        }
    }

    fn remove_cancelled(&mut self, room: PrincipalId) {
        let Some(copy) = self.copies.get_mut(&room) else { return };
        let Some(object) = &copy.object else { return };
        if object.components().all(Component::is_cancelled) {
            copy.fate = Fate::Delete;
            copy.object = None;
        } else if let Some(left) = without_cancelled(object) {
            copy.object = Some(Arc::new(left));
        }
        self.settle_room(room);
    }

    /// Nobody reads what a room was asked and has answered.
    fn settle_room(&mut self, room: PrincipalId) {
        self.note_answer(room);
        if let Some(inbox) = self.inboxes.get(&room)
            && !self.is_waiting(room)
        {
            self.items.retain(|item| item.collection != *inbox);
        }
    }

    /// Lets the rooms answer that were invited since the last time; what they say to the organizer.
    pub(super) async fn answer_for_rooms(&mut self) -> Result<Vec<Message>, DoorError> {
        let invited = std::mem::take(&mut self.invited);
        let rooms: Vec<Room> = invited.into_iter().filter_map(|room| self.room(room)).collect();
        if rooms.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<PrincipalId> = rooms.iter().map(|room| room.id).collect();
        self.tx.lock_bookings(&ids).await?;
        let answers = self.decide_bookings(&rooms, &ids).await?;
        let mut replies = Vec::new();
        for (room, answer) in answers {
            replies.extend(self.take_up_answer(room, answer)?);
        }
        Ok(replies)
    }

    fn room(&self, id: PrincipalId) -> Option<Room> {
        Some(Room {
            id,
            user: self.users.get(&id)?.clone(),
            booking: *self.bookings.get(&id)?,
            copy: Arc::clone(self.copies.get(&id)?.object.as_ref()?),
            collection: self.copies.get(&id)?.collection,
        })
    }

    async fn decide_bookings<'r>(
        &mut self,
        rooms: &'r [Room],
        ids: &[PrincipalId],
    ) -> Result<Vec<(&'r Room, Answer)>, DoorError> {
        let limits = self.door.settings.limits;
        let zones = Zones::new(self.tx.list_timezones_of(ids).await?, &limits);
        let times = self.writing.now..self.door.horizon(self.writing.now);
        let mut invitations = Vec::new();
        for room in rooms {
            let zone = zones.of(room.collection);
            let waiting = Invitation::waiting(
                &room.copy,
                &room.user,
                &room.booking,
                &zone,
                times.clone(),
                &limits,
            );
            invitations.extend(waiting.map(|invitation| (room, invitation)));
        }
        let Some(span) = invitations.iter().map(|(_, one)| one.span()).reduce(union) else {
            return Ok(Vec::new());
        };
        let agenda = match Agenda::read(&mut self.tx, ids, span, &limits).await {
            Ok(agenda) => agenda,
            Err(BusyError::Store(error)) => return Err(error.into()),
            // Then a person has to look at it: it stays NEEDS-ACTION.
            Err(BusyError::TooMany) => return Ok(Vec::new()),
        };
        let who_may = self.who_may_book(&invitations).await?;
        let mut answers = Vec::new();
        for (room, invitation) in invitations {
            let uid = self.uid.as_str();
            let bookings = agenda.taken(room.id, uid, rooms::takes, &limits);
            let taken = Taken::new(bookings, room.booking.capacity);
            let may_book = self.may_book(room, &who_may);
            answers.extend(invitation.answer(&taken, may_book).map(|answer| (room, answer)));
        }
        Ok(answers)
    }

    /// The people who may book these rooms, each beside the user or group that the setting names: one statement.
    async fn who_may_book(
        &mut self,
        invitations: &[(&Room, Invitation<'_>)],
    ) -> Result<BTreeSet<(PrincipalId, PrincipalId)>, DoorError> {
        let named: BTreeSet<PrincipalId> =
            invitations.iter().filter_map(|(room, _)| room.booking.by).collect();
        if named.is_empty() {
            return Ok(BTreeSet::new());
        }
        let people = self.tx.list_people_of(&Vec::from_iter(named)).await?;
        Ok(people.into_iter().map(|(by, person)| (by, person.id)).collect())
    }

    fn may_book(&self, room: &Room, who_may: &BTreeSet<(PrincipalId, PrincipalId)>) -> bool {
        let Some(by) = room.booking.by else { return true };
        let organizer = room.copy.organizer().and_then(|organizer| organizer.address());
        organizer
            .and_then(|address| self.directory.find(&address))
            .is_some_and(|user| who_may.contains(&(by, PrincipalId::new(user.principal))))
    }

    /// The room's copy as it answered, and its REPLY with the reason in a COMMENT.
    fn take_up_answer(&mut self, room: &Room, answer: Answer) -> Result<Vec<Message>, DoorError> {
        let Decision { stored, messages, answers, .. } = itip::decide(Change {
            old: Some(&room.copy),
            new: Some(&answer.copy),
            writer: &room.user,
            directory: &self.directory,
            organizers: None,
            remembered: &self.remembered_by(room.id),
            intent: Intent::default(),
            now: self.writing.now,
        })?;
        if let Some(copy) = self.copies.get_mut(&room.id) {
            copy.fate = copy.fate.and(Fate::Put(ScheduleTag::Keep));
            copy.object = Some(Arc::new(match stored {
                Stored::Rewritten(object) => object,
                Stored::Verbatim | Stored::Nothing => answer.copy,
            }));
        }
        self.remember(room.id, answers);
        self.settle_room(room.id);
        let address = messages.first().map(|message| message.sender.clone());
        self.journal.reasons.extend(answer.statements.iter().map(|said| Reason {
            attendee: address.clone(),
            instance: said.id,
            verdict: Verdict::Reply,
            text: format!("{}: {}", said.partstat, said.comment),
        }));
        Ok(messages.into_iter().map(|message| with_comments(message, &answer.statements)).collect())
    }
}

/// A room that was invited.
struct Room {
    id: PrincipalId,
    user: LocalUser,
    booking: Booking,
    copy: Arc<CalendarObject>,
    collection: store::CollectionId,
}

fn union(one: Range<Timestamp>, other: Range<Timestamp>) -> Range<Timestamp> {
    one.start.min(other.start)..one.end.max(other.end)
}

/// The object without its cancelled instances, which its series leaves out.
fn without_cancelled(object: &CalendarObject) -> Option<CalendarObject> {
    let kind = object.kind().as_str();
    let cancelled = object.overrides().filter(|part| part.is_cancelled());
    let instants: Vec<Timestamp> = cancelled
        .filter_map(|part| match object.instance_id(part) {
            InstanceId::Recurrence(instant) => Some(instant),
            InstanceId::Master => None,
        })
        .collect();
    let mut tree = object.tree().clone();
    tree.retain_components(|part| part.name() != kind || !part.is_cancelled());
    if let Some(master) = tree::master_mut(&mut tree, kind) {
        master.exclude(&instants, object.zones());
    }
    tree::if_edited(object, tree)
}

/// RFC 5546 section 3.2.3: a REPLY may carry a COMMENT. It stays out of the copies: it is about the answer.
fn with_comments(mut message: Message, statements: &[Statement]) -> Message {
    let comments: BTreeMap<InstanceId, &str> =
        statements.iter().map(|said| (said.id, said.comment.as_str())).collect();
    let content = message.itip.content();
    let ids: Vec<InstanceId> = tree::parts(content).into_iter().map(|(id, _)| id).collect();
    let mut edited: Component = message.itip.tree().clone();
    let kind = message.itip.kind().as_str();
    for (component, id) in tree::parts_mut(&mut edited, kind).zip(ids) {
        if let Some(comment) = comments.get(&id) {
            component.set_property(Property::text("COMMENT", comment));
        }
    }
    if let Ok(commented) = calendar::Message::from_tree(edited) {
        message.itip = commented;
    }
    message
}
