//! The table on which one write is laid out before anything is stored: the copies of one UID that
//! it touches, the inbox items, the queued mail and the journal.
//!
//! Copies are loaded in batches, messages change them in memory ([`super::deliver`]), and
//! [`super::flush`] writes all of it in one batch. So a PUT with 50 attendees is a fixed number of
//! statements, and a copy that is touched twice (a room's answer comes back into the object being
//! stored) is written once.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use calendar::{CalendarAddress, CalendarObject, ComponentKind, Uid};
use store::{
    Booking, Circle, CollectionId, InboxItem, Involvement, ObjectRow, ObjectTx, ObjectWrite,
    Octets, Parties, PrincipalId,
};

use super::journal::Journal;
use super::outgoing::External;
use super::{Door, DoorError, Place, Tags, Writing, defaults, rows};
use crate::{AnswerRecord, Answers, Directory, LocalUser, ScheduleTag};

/// An object as the database holds it.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) row: ObjectRow,
    pub(super) octets: Octets,
    /// `None`: what is stored cannot be understood. That never stops others' writes.
    pub(super) object: Option<Arc<CalendarObject>>,
}

impl Held {
    pub(super) fn read(row: ObjectRow, octets: Octets) -> Self {
        let object = CalendarObject::parse_stored(&octets).ok().map(Arc::new);
        Self { row, octets, object }
    }

    pub(super) fn tags(&self) -> Tags<'_> {
        Tags { etag: &self.row.etag, schedule_tag: self.row.schedule_tag.as_deref() }
    }
}

/// One user's copy of the object, as it will be when the write is done.
#[derive(Debug)]
pub(super) struct Copy {
    pub(super) collection: CollectionId,
    pub(super) name: String,
    pub(super) held: Option<Held>,
    /// Shared by all who are invited alike.
    pub(super) object: Option<Arc<CalendarObject>>,
    pub(super) fate: Fate,
}

/// What becomes of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Untouched,
    Put(ScheduleTag),
    Delete,
}

/// What was stored for the one whose request it is.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) etag: String,
    pub(super) schedule_tag: Option<String>,
    pub(super) octets: Arc<[u8]>,
}

/// See the module's comment.
#[derive(Debug)]
pub(super) struct Board<'a> {
    pub(super) door: &'a Door,
    pub(super) tx: ObjectTx,
    pub(super) writing: &'a Writing<'a>,
    pub(super) uid: Uid,
    pub(super) kind: ComponentKind,
    /// Whose request it is; his own copy is what the answer speaks of. Nobody's, for a job and for a message from
    /// elsewhere.
    pub(super) owner: Option<PrincipalId>,
    /// What was asked for, and where: the head of the audit entry.
    pub(super) action: &'static str,
    pub(super) place: Option<Place>,
    pub(super) directory: Directory,
    pub(super) users: BTreeMap<PrincipalId, LocalUser>,
    /// How the rooms and resources among them answer.
    pub(super) bookings: BTreeMap<PrincipalId, Booking>,
    /// Rooms that have been invited and did not answer yet.
    pub(super) invited: BTreeSet<PrincipalId>,
    pub(super) copies: BTreeMap<PrincipalId, Copy>,
    /// Those of whom everything is on the table.
    loaded: BTreeSet<PrincipalId>,
    defaults: BTreeMap<PrincipalId, CollectionId>,
    pub(super) inboxes: BTreeMap<PrincipalId, CollectionId>,
    /// The messages about this UID in their inboxes.
    pub(super) waiting: BTreeMap<PrincipalId, Vec<InboxItem>>,
    pub(super) remembered: BTreeMap<PrincipalId, Answers>,
    pub(super) new_answers: Vec<(PrincipalId, AnswerRecord)>,
    pub(super) items: Vec<ObjectWrite>,
    pub(super) outgoing: Vec<External>,
    pub(super) refresh: BTreeSet<PrincipalId>,
    /// Those whose inboxes need no message about this meeting any more.
    pub(super) answered: BTreeSet<PrincipalId>,
    pub(super) journal: Journal,
}

impl<'a> Board<'a> {
    pub(super) fn new(
        door: &'a Door,
        tx: ObjectTx,
        writing: &'a Writing<'a>,
        owner: Option<PrincipalId>,
        about: &CalendarObject,
        action: &'static str,
    ) -> Self {
        Self {
            door,
            tx,
            writing,
            uid: about.uid().clone(),
            kind: about.kind(),
            owner,
            action,
            place: None,
            directory: Directory::default(),
            users: BTreeMap::new(),
            bookings: BTreeMap::new(),
            invited: BTreeSet::new(),
            copies: BTreeMap::new(),
            loaded: BTreeSet::new(),
            defaults: BTreeMap::new(),
            inboxes: BTreeMap::new(),
            waiting: BTreeMap::new(),
            remembered: BTreeMap::new(),
            new_answers: Vec::new(),
            items: Vec::new(),
            outgoing: Vec::new(),
            refresh: BTreeSet::new(),
            answered: BTreeSet::new(),
            journal: Journal::default(),
        }
    }

    /// Finds out, in one statement, which of the objects' addresses belong to local users. Objects
    /// without participants cost nothing.
    pub(super) async fn resolve<'o>(
        &mut self,
        objects: impl IntoIterator<Item = &'o CalendarObject>,
    ) -> Result<(), DoorError> {
        self.survey(objects, [], Circle::default()).await.map(drop)
    }

    /// As [`Board::resolve`], with addresses that no object need name; answers as [`Board::introduce`].
    pub(super) async fn survey<'o>(
        &mut self,
        objects: impl IntoIterator<Item = &'o CalendarObject>,
        others: impl IntoIterator<Item = &'o CalendarAddress>,
        circle: Circle<'_>,
    ) -> Result<BTreeMap<PrincipalId, Involvement>, DoorError> {
        let mut addresses: BTreeSet<String> =
            others.into_iter().map(|address| address.as_str().to_owned()).collect();
        for object in objects {
            rows::collect_addresses(object.tree(), &mut addresses);
        }
        if addresses.is_empty() {
            return Ok(BTreeMap::new());
        }
        let kind = rows::kind(self.kind);
        let parties = self.tx.list_parties(self.uid.as_str(), &addresses, kind, circle).await?;
        Ok(self.introduce(parties))
    }

    /// Notes whose the addresses are; answers what the store knows of the circle, which [`Board::lay_out`] takes.
    pub(super) fn introduce(&mut self, parties: Parties) -> BTreeMap<PrincipalId, Involvement> {
        self.bookings = rows::bookings(&parties.known);
        self.users = rows::users(&parties.known);
        self.directory = Directory::new(self.users.values().cloned());
        self.loaded.extend(parties.involvements.keys());
        parties.involvements
    }

    /// A local user whom the objects name; anybody else has no address in them.
    pub(super) fn user(&self, principal: PrincipalId) -> LocalUser {
        self.users.get(&principal).cloned().unwrap_or_else(|| rows::nameless(principal))
    }

    /// Lays the requester's own object on the table.
    pub(super) fn hold(
        &mut self,
        owner: PrincipalId,
        place: &Place,
        collection: CollectionId,
        held: Option<Held>,
    ) {
        let object = held.as_ref().and_then(|held| held.object.clone());
        self.copies.insert(
            owner,
            Copy { collection, name: place.name.clone(), held, object, fate: Fate::Untouched },
        );
        self.place = Some(place.clone());
    }

    fn organizer_of(&self, object: &CalendarObject) -> Option<PrincipalId> {
        let address = rows::organizer(object)?;
        self.directory.find(&address).map(|user| PrincipalId::new(user.principal))
    }

    /// The organizer's own object, when the organizer of `object` is another local user.
    pub(super) async fn organizers_object(
        &mut self,
        object: &CalendarObject,
    ) -> Result<Option<Arc<CalendarObject>>, DoorError> {
        let organizer =
            self.organizer_of(object).filter(|organizer| Some(*organizer) != self.owner);
        let Some(organizer) = organizer else { return Ok(None) };
        self.load(&[organizer]).await?;
        Ok(self.copies.get(&organizer).and_then(|copy| copy.object.clone()))
    }

    /// The version of the requester's object that carried this Schedule-Tag first: the oldest that
    /// the client may have seen (RFC 6638 section 3.2.10.1). `None`: it is the current one.
    pub(super) async fn version_with_tag(
        &mut self,
        held: &Held,
        tag: &str,
    ) -> Result<Option<CalendarObject>, DoorError> {
        let found = self.tx.find_version_by_schedule_tag(held.row.id, tag).await?;
        Ok(found
            .filter(|octets| *octets != held.octets)
            .and_then(|octets| CalendarObject::parse_stored(&octets).ok()))
    }

    /// Loads, of these principals, what is not on the table yet: one statement.
    pub(super) async fn load(&mut self, wanted: &[PrincipalId]) -> Result<(), DoorError> {
        let involvements = self.find_involvements(wanted).await?;
        self.lay_out(involvements);
        Ok(())
    }

    /// What the store knows of those principals who are not on the table yet.
    pub(super) async fn find_involvements(
        &mut self,
        wanted: &[PrincipalId],
    ) -> Result<BTreeMap<PrincipalId, Involvement>, DoorError> {
        let missing: Vec<PrincipalId> =
            wanted.iter().copied().filter(|principal| self.loaded.insert(*principal)).collect();
        if missing.is_empty() {
            return Ok(BTreeMap::new());
        }
        Ok(self.tx.list_involvements(self.uid.as_str(), &missing, rows::kind(self.kind)).await?)
    }

    /// Lays on the table what [`Board::survey`] or [`Board::find_involvements`] found.
    pub(super) fn lay_out(&mut self, involvements: BTreeMap<PrincipalId, Involvement>) {
        // Those who were invited alike have the same copy, mostly.
        let mut read: HashMap<Octets, Option<Arc<CalendarObject>>> = HashMap::new();
        for (owner, involvement) in involvements {
            self.inboxes.extend(involvement.inbox.map(|inbox| (owner, inbox)));
            self.defaults.extend(involvement.default.map(|default| (owner, default)));
            self.waiting.insert(owner, involvement.items);
            for record in involvement.answers.iter().filter_map(rows::answer) {
                self.remembered.entry(owner).or_default().record(record);
            }
            // The scheduled copy comes first, and it is the one that counts.
            let Some(found) = involvement.copies.into_iter().next() else { continue };
            self.copies.entry(owner).or_insert_with(|| {
                let held = match read.get(&found.octets).cloned() {
                    Some(object) => Held { row: found.row, octets: found.octets, object },
                    None => {
                        let held = Held::read(found.row, found.octets);
                        read.insert(held.octets.clone(), held.object.clone());
                        held
                    }
                };
                Copy {
                    collection: held.row.collection_id,
                    name: held.row.name.clone(),
                    object: held.object.clone(),
                    held: Some(held),
                    fate: Fate::Untouched,
                }
            });
        }
    }

    /// Where a new copy of somebody's lies: in his default calendar, which he gets where there is none.
    pub(super) async fn default_calendar(
        &mut self,
        principal: PrincipalId,
    ) -> Result<CollectionId, DoorError> {
        if let Some(default) = self.defaults.get(&principal) {
            return Ok(*default);
        }
        let (kind, now) = (rows::kind(self.kind), self.writing.now);
        let default = defaults::settle(&mut self.tx, principal, kind, now).await?;
        self.defaults.insert(principal, default);
        Ok(default)
    }

    pub(super) fn remember(&mut self, principal: PrincipalId, records: Vec<AnswerRecord>) {
        if records.is_empty() {
            return;
        }
        let answers = self.remembered.entry(principal).or_default();
        for record in records {
            answers.record(record.clone());
            self.new_answers.push((principal, record));
        }
    }

    /// What somebody remembers of this UID.
    pub(super) fn remembered_by(&self, principal: PrincipalId) -> Cow<'_, Answers> {
        self.remembered
            .get(&principal)
            .map_or_else(|| Cow::Owned(Answers::default()), Cow::Borrowed)
    }

    /// Somebody has answered, or removed his copy. When nothing in it waits for him any more, no client of his needs the
    /// messages that asked him.
    pub(super) fn note_answer(&mut self, principal: PrincipalId) {
        if !self.is_waiting(principal) {
            self.answered.insert(principal);
        }
    }

    /// Whether something in somebody's copy waits for his answer.
    pub(super) fn is_waiting(&self, principal: PrincipalId) -> bool {
        let object = self.copies.get(&principal).and_then(|copy| copy.object.as_ref());
        let user = self.users.get(&principal);
        object.zip(user).is_some_and(|(object, user)| rows::is_waiting(object, user))
    }
}

impl Fate {
    /// Two things that happen to one copy in one write.
    pub(super) fn and(self, next: Self) -> Self {
        match (self, next) {
            (Self::Put(ScheduleTag::Change), Self::Put(_)) => Self::Put(ScheduleTag::Change),
            (_, next) => next,
        }
    }
}
