//! Persistence on SQLite and Postgres behind one [`Store`]: principals, collections, calendar objects with every
//! version, the sync log, the instance index, dead properties, and what scheduling remembers.
//!
//! Reads go through [`Queries`], which [`Snapshot`], [`Tx`] and [`ObjectTx`] deref to. Calendar objects are written
//! by an [`ObjectTx`] alone, and the one [`ObjectWriter`] that begins them is given out once.
//!
//! Invariants:
//! - Change numbers of a collection only grow, are drawn in the transaction that writes, and are unique in it.
//! - An object's current octets are the version with the object's change number.
//! - A name has an object or a tombstone or neither, never both.
//! - A transaction is durable when `commit` returns, and undone when dropped.
//! - A query has one text for both engines, or one in the words of each, and a bounded result.
//!
//! ```no_run
//! # async fn example() -> Result<(), store::Error> {
//! let store = store::Store::open("sqlite:convene.db", store::OpenOptions::default()).await?;
//! let located = store.read().await?.find_object("alice", "calendar", "meeting.ics").await?;
//! if let Some((row, octets)) = located.object.zip(located.octets) {
//!     assert_eq!(row.etag, store::etag_of(&octets));
//! }
//! # Ok(())
//! # }
//! ```

mod answers;
mod audit;
mod bodies;
mod busy;
mod check;
mod collections;
mod connection;
#[cfg(test)]
mod cost;
mod error;
mod groups;
mod index;
mod involvement;
mod involvement_statements;
mod jobs;
mod locks;
mod objects;
mod open;
mod outgoing;
#[cfg(test)]
mod plans;
mod postgres;
mod principals;
mod properties;
mod prune;
mod read_objects;
mod sqlite;
mod sync;
mod transaction;
mod values;
mod versions;
mod write_objects;
mod write_statements;

pub use answers::{AnswerRecord, Remembered};
pub use audit::{AuditEntry, AuditRecord};
pub use busy::{Addressee, Busy, BusyRow};
pub use check::Violation;
pub use collections::{
    Collection, CollectionKind, CollectionUpdate, ComponentKind, ComponentSet, NewCollection,
};
pub use connection::Queries;
pub use error::Error;
pub use index::{ALWAYS, IndexHit, IndexQuery, IndexSpan, StoredIndex, StoredIndexRow};
pub use involvement::{Circle, Involvement, ObjectPlace, Parties, Party, Scene};
pub use jobs::{Job, JobSignal};
pub use locks::LockKey;
pub use objects::{Copy, InboxItem, Listed, Located, ObjectRow, Octets, Tags, etag_of};
pub use open::{OpenOptions, Store};
pub use outgoing::{NewOutgoing, Outgoing, OutgoingState};
pub use principals::{
    ApplicationPassword, Booking, BookingMode, Credentials, NewPrincipal, Principal, PrincipalKind,
    PrincipalUpdate,
};
pub use properties::{Property, PropertyTarget, PropertyWrite};
pub use prune::Pruned;
pub use sync::{Change, ChangedMember};
pub use transaction::{ObjectTx, ObjectWriter, Snapshot, Tx};
pub use values::{CollectionId, ObjectId, PrincipalId};
pub use versions::Version;
pub use write_objects::{
    Batch, ObjectChange, ObjectWrite, Outcome, Provenance, PutObject, Reindex, Written,
};
