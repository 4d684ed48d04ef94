//! Between the engine's values and the store's rows.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use calendar::index::IndexRow;
use calendar::{CalendarAddress, CalendarObject, Component, InstanceId, Partstat};
use jiff::Timestamp;
use store::{Booking, IndexSpan, Party, PrincipalId, PrincipalKind, StoredIndex, StoredIndexRow};

use crate::{AnswerRecord, LocalUser, UserKind};

/// Every calendar user address that the object names, normalised.
pub(super) fn collect_addresses(tree: &Component, into: &mut BTreeSet<String>) {
    let mut collect = |raw: &str| {
        if let Ok(address) = CalendarAddress::parse(raw) {
            into.insert(address.as_str().to_owned());
        }
    };
    for property in tree.properties() {
        if matches!(property.name(), "ORGANIZER" | "ATTENDEE") {
            collect(property.value());
            for parameter in property.params() {
                if matches!(
                    parameter.name(),
                    "DELEGATED-TO" | "DELEGATED-FROM" | "SENT-BY" | "MEMBER"
                ) {
                    parameter.values().for_each(&mut collect);
                }
            }
        }
    }
    for component in tree.components() {
        // An alarm's ATTENDEE is somebody to be mailed, not a participant (RFC 5545 section 3.6.6).
        if component.name() != "VALARM" {
            collect_addresses(component, into);
        }
    }
}

/// The organizer's address, if there is one that can be read.
pub(super) fn organizer(object: &CalendarObject) -> Option<CalendarAddress> {
    object.organizer()?.address()
}

/// The parties as calendar users, each with those of his addresses that were asked for.
pub(super) fn users(parties: &[Party]) -> BTreeMap<PrincipalId, LocalUser> {
    let mut users = BTreeMap::new();
    for party in parties {
        let user = users
            .entry(party.id)
            .or_insert_with(|| LocalUser { kind: user_kind(party.kind), ..nameless(party.id) });
        if let Ok(address) = CalendarAddress::parse(&party.address) {
            user.addresses.push(address);
        }
    }
    users
}

/// How the rooms and resources among them answer.
pub(super) fn bookings(parties: &[Party]) -> BTreeMap<PrincipalId, Booking> {
    let is_booked =
        |kind: PrincipalKind| matches!(kind, PrincipalKind::Room | PrincipalKind::Resource);
    let rooms = parties.iter().filter(|party| is_booked(party.kind));
    rooms.map(|party| (party.id, party.booking)).collect()
}

/// A home's owner whom the object does not name.
pub(super) fn nameless(principal: PrincipalId) -> LocalUser {
    LocalUser { principal: principal.get(), kind: UserKind::User, addresses: Vec::new() }
}

fn user_kind(kind: PrincipalKind) -> UserKind {
    match kind {
        PrincipalKind::User => UserKind::User,
        PrincipalKind::Group => UserKind::Group,
        PrincipalKind::Room => UserKind::Room,
        PrincipalKind::Resource => UserKind::Resource,
    }
}

/// The component kind as the store names it.
pub(super) fn kind(kind: calendar::ComponentKind) -> store::ComponentKind {
    match kind {
        calendar::ComponentKind::Event => store::ComponentKind::Event,
        calendar::ComponentKind::Todo => store::ComponentKind::Todo,
        calendar::ComponentKind::Journal => store::ComponentKind::Journal,
        calendar::ComponentKind::FreeBusy => store::ComponentKind::FreeBusy,
    }
}

/// What the instance index keeps of an object.
pub(super) fn stored_index(
    object: &CalendarObject,
    horizon: Timestamp,
    limits: &calendar::Limits,
) -> StoredIndex {
    let index = calendar::index::index(object, horizon, limits);
    let row = |row: &IndexRow| {
        let seconds = row.seconds();
        StoredIndexRow {
            bucket: row.bucket,
            starts: *seconds.start(),
            ends: *seconds.end(),
            packed: row.pack(),
        }
    };
    StoredIndex { rows: index.rows.iter().map(row).collect(), indexed_until: index.indexed_until }
}

/// The part of the instance index that a range of time touches.
pub fn index_span(range: &Range<Timestamp>) -> IndexSpan {
    IndexSpan {
        buckets: calendar::index::buckets(range),
        seconds: calendar::index::seconds(range),
        end: range.end,
    }
}

/// Whether something in the copy still waits for its owner's answer.
pub(super) fn is_waiting(object: &CalendarObject, user: &LocalUser) -> bool {
    object.components().filter(|component| !component.is_cancelled()).any(|component| {
        component.attendees().any(|attendee| {
            attendee.partstat() == Partstat::NeedsAction
                && attendee.address().is_some_and(|address| user.has(&address))
        })
    })
}

/// A stored record as the engine reads it; one whose sender is no address any more is left out.
pub(super) fn answer(row: &store::AnswerRecord) -> Option<AnswerRecord> {
    let sender = match row.attendee.as_str() {
        "" => None,
        address => Some(CalendarAddress::parse(address).ok()?),
    };
    Some(AnswerRecord {
        sender,
        instance: row.recurrence_id.map_or(InstanceId::Master, InstanceId::Recurrence),
        sequence: u32::try_from(row.sequence).unwrap_or(u32::MAX),
        dtstamp: row.dtstamp,
    })
}

/// The engine's record as it is stored.
pub(super) fn answer_row(record: &AnswerRecord) -> store::AnswerRecord {
    store::AnswerRecord {
        attendee: record.sender.as_ref().map(|a| a.as_str().to_owned()).unwrap_or_default(),
        recurrence_id: match record.instance {
            InstanceId::Master => None,
            InstanceId::Recurrence(start) => Some(start),
        },
        sequence: i64::from(record.sequence),
        dtstamp: record.dtstamp,
    }
}
