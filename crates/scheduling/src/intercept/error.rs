//! Why the door refused a write. No status codes here: `dav` maps each case to its precondition.

use store::LockKey;

use crate::Refusal;

/// The place of a calendar object in a home, as the client names it (decoded path segments).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name of the principal whose home it is.
    pub home: String,
    /// The collection's path segment.
    pub collection: String,
    /// The object's path segment.
    pub name: String,
}

impl Place {
    /// What a transaction locks that writes here.
    pub(super) fn lock(&self) -> LockKey<'_> {
        LockKey::Resource { home: &self.home, collection: &self.collection, name: &self.name }
    }
}

/// Why a write did not happen. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// There is no object at the target.
    #[error("there is no calendar object at this address")]
    NotFound,
    /// The collection that should hold the object does not exist (409 for a PUT, RFC 4918 9.7.1).
    #[error("the calendar that should hold this object does not exist")]
    CollectionMissing,
    /// The collection is an inbox or outbox: nobody stores objects there (RFC 6638 2.1, 2.2).
    #[error(
        "a scheduling inbox or outbox stays where it is, and only the server stores objects in it"
    )]
    NotACalendar,
    /// A condition of the request does not hold (RFC 9110 13.1, RFC 6638 8.3).
    #[error("the condition of {header} does not hold for what is stored now")]
    PreconditionFailed {
        /// The header whose condition failed.
        header: &'static str,
        /// The ETag of what is stored, if anything is.
        current_etag: Option<String>,
    },
    /// The destination exists and `Overwrite: F` was sent (RFC 4918 10.6).
    #[error("something is stored at the destination already, and Overwrite is F")]
    DestinationExists,
    /// Another object of the calendar has this UID, or the target holds another UID
    /// (CALDAV:no-uid-conflict, RFC 4791 5.3.2.1).
    #[error("the UID of this object is in use at {existing:?}", existing = existing.name)]
    UidConflict {
        /// The object that holds the UID, or the target whose UID differs.
        existing: Place,
    },
    /// The home has a scheduling object resource with this UID already
    /// (CALDAV:unique-scheduling-object-resource, RFC 6638 3.2.4.1).
    #[error("a meeting with this UID is stored in this home already")]
    UniqueSchedulingObject {
        /// The object that holds the UID.
        existing: Place,
    },
    /// The calendar does not take this kind of component
    /// (CALDAV:supported-calendar-component, RFC 4791 5.3.2.1).
    #[error("this calendar does not take {kind} components")]
    UnsupportedComponent {
        /// `VEVENT`, `VTODO`, …
        kind: &'static str,
    },
    /// The default calendar for invitations cannot be deleted
    /// (CALDAV:default-calendar-needed, RFC 6638 4.3).
    #[error("this calendar is the one for new invitations; name another as default first")]
    DefaultCalendarNeeded,
    /// A message from elsewhere is for nobody who has an account here.
    #[error("no person or room here has the address {address}")]
    UnknownRecipient {
        /// The address.
        address: String,
    },
    /// A scheduling rule forbids it (RFC 6638 3.2.4).
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The object was replaced by one with another UID between finding and locking it.
    #[error("the object was replaced at the same moment")]
    Raced,
    /// The journal of the write could not be put down.
    #[error("the audit entry could not be written: {0}")]
    Journal(serde_json::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl DoorError {
    /// Whether running the same transaction again may succeed.
    pub(super) fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
            Self::Raced => true,
            _ => false,
        }
    }
}
