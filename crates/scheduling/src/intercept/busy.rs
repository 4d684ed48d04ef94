//! What makes people busy, read from the index: for free-busy and for rooms (RFC 4791 section 7.10, RFC 6638 section 5).
//!
//! One statement for any number of people. Objects are read only where the index does not say it: free-busy
//! information, and recurring events where the range goes beyond the horizon.

use std::collections::BTreeMap;
use std::ops::Range;

use calendar::freebusy::{FreeBusy, occurrences_in};
use calendar::index::unpack;
use calendar::{CalendarObject, Component, Limits, Occurrence, Zone};
use jiff::Timestamp;
use store::{
    Addressee, Busy, BusyRow, CollectionId, ComponentKind, ObjectId, PrincipalId, Queries,
};

use super::rows::index_span;

/// Rows of the index that one question may read: about a thousand people with a thousand meetings each.
const MOST_ROWS: u32 = 1_000_000;

/// The objects in the opaque calendars of some people that may make them busy in a range.
#[derive(Clone, Debug)]
pub struct Agenda {
    range: Range<Timestamp>,
    objects: BTreeMap<PrincipalId, Vec<BusyObject>>,
}

/// An object that may make its owner busy.
#[derive(Clone, Debug)]
struct BusyObject {
    collection: CollectionId,
    uid: String,
    participation: String,
    floating: Zone,
    times: Times,
}

#[derive(Clone, Debug)]
enum Times {
    Occurrences(Vec<Occurrence>),
    /// What only the object itself says.
    Object(Box<CalendarObject>),
}

/// Why nobody can say how busy these people are.
#[derive(Debug, thiserror::Error)]
pub enum BusyError {
    /// There is more to look at than one question may cost.
    #[error("more events than one question about busy time may look at")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Agenda {
    /// Reads what is in the calendars of `owners` within `range`.
    ///
    /// # Errors
    /// [`BusyError`].
    pub async fn read(
        queries: &mut Queries,
        owners: &[PrincipalId],
        range: Range<Timestamp>,
        limits: &Limits,
    ) -> Result<Self, BusyError> {
        let busy = queries.list_busy(owners, &index_span(&range), MOST_ROWS).await?;
        Self::from_index(queries, busy, range, limits).await
    }

    /// Reads what is in the calendars of those to whom `addresses` belong, and who that is. Whose address is `false` is only
    /// to be known.
    ///
    /// # Errors
    /// [`BusyError`].
    pub async fn read_addressees(
        queries: &mut Queries,
        addresses: &BTreeMap<String, bool>,
        range: Range<Timestamp>,
        limits: &Limits,
    ) -> Result<(BTreeMap<String, Addressee>, Self), BusyError> {
        let span = index_span(&range);
        let mut busy = queries.list_busy_addressees(addresses, &span, MOST_ROWS).await?;
        let addressees = std::mem::take(&mut busy.addressees);
        Ok((addressees, Self::from_index(queries, busy, range, limits).await?))
    }

    /// Reads the objects of which the index does not say enough.
    async fn from_index(
        queries: &mut Queries,
        Busy { rows, timezones, .. }: Busy,
        range: Range<Timestamp>,
        limits: &Limits,
    ) -> Result<Self, BusyError> {
        if rows.len() >= usize::try_from(MOST_ROWS).unwrap_or(usize::MAX) {
            return Err(BusyError::TooMany);
        }
        let zones = Zones::new(timezones, limits);
        let found = group(rows);
        let unread: Vec<ObjectId> = found
            .iter()
            .filter(|(_, found)| found.occurrences.is_none())
            .map(|(id, _)| *id)
            .collect();
        let mut read = BTreeMap::new();
        if !unread.is_empty() {
            for (row, octets) in queries.list_objects_by_ids(&unread).await? {
                // What cannot be understood makes nobody busy, and stops nobody.
                read.extend(
                    CalendarObject::parse_stored(&octets).ok().map(|object| (row.id, object)),
                );
            }
        }
        let mut objects: BTreeMap<PrincipalId, Vec<BusyObject>> = BTreeMap::new();
        for (id, Found { row, occurrences }) in found {
            let times = match (occurrences, read.remove(&id)) {
                (Some(occurrences), _) => Times::Occurrences(occurrences),
                (None, Some(object)) => Times::Object(Box::new(object)),
                (None, None) => continue,
            };
            objects.entry(row.owner_id).or_default().push(BusyObject {
                floating: zones.of(row.collection_id),
                collection: row.collection_id,
                uid: row.uid,
                participation: row.participation,
                times,
            });
        }
        Ok(Self { range, objects })
    }

    /// Leaves aside all that is not in this calendar.
    pub fn keep_only(&mut self, calendar: CollectionId) {
        for objects in self.objects.values_mut() {
            objects.retain(|object| object.collection == calendar);
        }
    }

    /// When somebody is busy, objects left aside whose UID is `masked`.
    pub fn free_busy(
        &self,
        owner: PrincipalId,
        masked: impl Fn(&str) -> bool,
        limits: &Limits,
    ) -> FreeBusy {
        let mut busy = FreeBusy::new(self.range.clone());
        for object in self.of(owner).filter(|object| !masked(&object.uid)) {
            match &object.times {
                Times::Occurrences(occurrences) => {
                    busy.add_occurrences(occurrences, &object.participation, &object.floating);
                }
                Times::Object(known) => {
                    busy.add_object(known, &object.participation, &object.floating, limits);
                }
            }
        }
        busy
    }

    /// The times at which something takes `owner`, by `takes` (the occurrence, his participation in the object);
    /// the object with the UID `own` is left aside.
    pub(super) fn taken(
        &self,
        owner: PrincipalId,
        own: &str,
        takes: fn(&Occurrence, &str) -> bool,
        limits: &Limits,
    ) -> Vec<Range<Timestamp>> {
        let mut times = Vec::new();
        for object in self.of(owner).filter(|object| object.uid != own) {
            let mut add = |occurrence: &Occurrence| {
                if takes(occurrence, &object.participation) {
                    let (start, end) = occurrence.instants(&object.floating);
                    times.push(start..end);
                }
            };
            match &object.times {
                Times::Occurrences(occurrences) => occurrences.iter().for_each(&mut add),
                Times::Object(known) => {
                    occurrences_in(known, &self.range, &object.floating, limits)
                        .iter()
                        .for_each(&mut add);
                }
            }
        }
        times
    }

    fn of(&self, owner: PrincipalId) -> impl Iterator<Item = &BusyObject> {
        self.objects.get(&owner).into_iter().flatten()
    }
}

/// What the index says about one object.
struct Found {
    row: BusyRow,
    /// `None`: the object itself has to be asked.
    occurrences: Option<Vec<Occurrence>>,
}

/// The rows of each object together; an occurrence that touches two buckets is in two of them.
fn group(rows: Vec<BusyRow>) -> BTreeMap<ObjectId, Found> {
    let mut found: BTreeMap<ObjectId, Found> = BTreeMap::new();
    for row in rows {
        let is_free_busy = row.kind == ComponentKind::FreeBusy;
        let packed = row.packed.as_deref().filter(|_| !is_free_busy);
        let occurrences = packed.and_then(|packed| unpack(packed).ok());
        let known = found
            .entry(row.object_id)
            .or_insert_with(|| Found { row, occurrences: Some(Vec::new()) });
        match (&mut known.occurrences, occurrences) {
            (Some(known), Some(occurrences)) => known.extend(occurrences),
            (known, _) => *known = None,
        }
    }
    for found in found.values_mut() {
        if let Some(occurrences) = &mut found.occurrences {
            occurrences.sort_unstable_by_key(|one| (one.component, one.start, one.end));
            occurrences.dedup();
        }
    }
    found
}

/// The zones of calendars, which place times that have none (RFC 4791 section 7.3).
pub(super) struct Zones(BTreeMap<CollectionId, Zone>);

impl Zones {
    pub(super) fn new(timezones: Vec<(CollectionId, String)>, limits: &Limits) -> Self {
        let zone = |(collection, timezone): (CollectionId, String)| {
            let tree = Component::parse(timezone.as_bytes(), limits).ok()?;
            let vtimezone = tree.components().find(|inner| inner.name() == "VTIMEZONE")?;
            Some((collection, Zone::of_vtimezone(vtimezone)?))
        };
        Self(timezones.into_iter().filter_map(zone).collect())
    }

    pub(super) fn of(&self, collection: CollectionId) -> Zone {
        self.0.get(&collection).cloned().unwrap_or_else(Zone::utc)
    }
}
