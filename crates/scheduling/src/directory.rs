//! The calendar users this server knows, by calendar user address (RFC 6638 section 2.4.1).
//!
//! A [`Directory`] holds only the people one decision is about; whoever calls the engine fills it
//! with one query. Two addresses of one account are one [`Person`]: nobody is told a thing twice,
//! and an attendee whose line is respelled with another of his addresses is not taken off and
//! invited anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use calendar::CalendarAddress;

/// What kind of calendar user an account is (RFC 5545 section 3.2.3, CUTYPE).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserKind {
    /// A person.
    User,
    /// Several persons under one name.
    Group,
    /// A room to be booked.
    Room,
    /// Equipment to be booked.
    Resource,
}

/// A calendar user with an account here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalUser {
    /// The account's number in the store.
    pub principal: i64,
    /// Person, group, room or resource.
    pub kind: UserKind,
    /// All addresses that stand for this user.
    pub addresses: Vec<CalendarAddress>,
}

impl LocalUser {
    /// Whether `address` is one of the user's own.
    pub fn has(&self, address: &CalendarAddress) -> bool {
        self.addresses.contains(address)
    }

    /// Rooms and resources are booked: they are told even where a person would only be listed.
    pub fn is_booked(&self) -> bool {
        matches!(self.kind, UserKind::Room | UserKind::Resource)
    }
}

/// The local users among the participants of one object.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    by_address: BTreeMap<CalendarAddress, Arc<LocalUser>>,
}

impl Directory {
    /// A directory of these users.
    pub fn new(users: impl IntoIterator<Item = LocalUser>) -> Self {
        let mut by_address = BTreeMap::new();
        for user in users.into_iter().map(Arc::new) {
            for address in &user.addresses {
                by_address.insert(address.clone(), Arc::clone(&user));
            }
        }
        Self { by_address }
    }

    /// The local user who has this address.
    pub fn find(&self, address: &CalendarAddress) -> Option<&LocalUser> {
        self.by_address.get(address).map(Arc::as_ref)
    }

    pub(crate) fn person(&self, address: &CalendarAddress) -> Person {
        self.find(address)
            .map_or_else(|| Person::External(address.clone()), |user| Person::Local(user.principal))
    }

    pub(crate) fn is_same_person(&self, one: &CalendarAddress, other: &CalendarAddress) -> bool {
        one == other || self.person(one) == self.person(other)
    }
}

/// Who stands behind an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Person {
    /// An account of this server.
    Local(i64),
    /// Somebody known by this address only.
    External(CalendarAddress),
}
