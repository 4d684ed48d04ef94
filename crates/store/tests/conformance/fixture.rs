//! A store on an engine of its own, and short ways to put things into it.

use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use store::{
    Booking, BookingMode, Collection, CollectionId, CollectionKind, ComponentKind, ComponentSet,
    IndexSpan, NewCollection, NewPrincipal, ObjectChange, ObjectWrite, ObjectWriter, OpenOptions,
    Principal, PrincipalKind, Provenance, PutObject, Reindex, Store, StoredIndex, StoredIndexRow,
    Written,
};

pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) writer: ObjectWriter,
    pub(crate) url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Fixture {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        Self::open(url, Some(folder)).await
    }

    pub(crate) async fn postgres() -> Self {
        let url = tokio::task::spawn_blocking(testkit::postgres::fresh_database).await.unwrap();
        Self::open(url, None).await
    }

    async fn open(url: String, folder: Option<tempfile::TempDir>) -> Self {
        let options = OpenOptions { connections: 12, ..OpenOptions::default() };
        let store = Store::open(&url, options).await.unwrap();
        let writer = store.object_writer().unwrap();
        Self { store, writer, url, _folder: folder }
    }

    /// A user with a calendar and an inbox.
    pub(crate) async fn user(&self, name: &str) -> User {
        let mut tx = self.store.write(&[]).await.unwrap();
        let principal = tx.add_principal(&new_user(name), at(0)).await.unwrap();
        let calendar = NewCollection {
            owner: principal.id,
            name: "calendar",
            kind: CollectionKind::Calendar,
            components: ComponentSet::from_iter([ComponentKind::Event]),
            timezone: None,
            transparent: false,
        };
        let inbox = NewCollection {
            name: "inbox",
            kind: CollectionKind::Inbox,
            components: ComponentSet::all(),
            ..calendar.clone()
        };
        let calendar = tx.add_collection(&calendar, at(0)).await.unwrap();
        let inbox = tx.add_collection(&inbox, at(0)).await.unwrap();
        tx.commit().await.unwrap();
        User { principal, calendar, inbox }
    }

    /// Writes a batch in a transaction of its own.
    pub(crate) async fn write(&self, writes: &[ObjectWrite]) -> Vec<Written> {
        let mut tx = self.writer.begin(&[]).await.unwrap();
        let written = tx.write_objects(&provenance(), writes).await.unwrap();
        tx.commit().await.unwrap();
        written
    }

    pub(crate) async fn put(&self, collection: CollectionId, name: &str, octets: &str) -> Written {
        self.write(&[put(collection, name, octets)]).await[0]
    }

    pub(crate) async fn delete(&self, collection: CollectionId, name: &str) -> Written {
        self.write(&[delete(collection, name)]).await[0]
    }

    pub(crate) async fn names(&self, collection: CollectionId) -> Vec<String> {
        let members = self.store.read().await.unwrap().list_members(collection, None, 1000).await;
        members.unwrap().into_iter().map(|row| row.name).collect()
    }

    /// The rows of a table.
    pub(crate) async fn count(&self, table: &'static str) -> i64 {
        let statement = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        if self.url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(statement).fetch_one(&mut connection).await.unwrap()
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(statement).fetch_one(&mut connection).await.unwrap()
        }
    }

    /// Nothing that must not be is.
    pub(crate) async fn assert_sound(&self) {
        assert_eq!(self.store.check().await.unwrap(), []);
    }
}

pub(crate) struct User {
    pub(crate) principal: Principal,
    pub(crate) calendar: Collection,
    pub(crate) inbox: Collection,
}

/// A moment of the test's day.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(crate) fn new_user(name: &str) -> NewPrincipal<'_> {
    NewPrincipal {
        name,
        kind: PrincipalKind::User,
        display_name: None,
        admin: false,
        booking: Booking::new(BookingMode::Manual),
    }
}

pub(crate) fn provenance() -> Provenance<'static> {
    provenance_at(at(0))
}

pub(crate) fn provenance_at(at: Timestamp) -> Provenance<'static> {
    Provenance { at, actor: "alice", client: "conformance", request_id: "1" }
}

/// An event whose UID is its name, without instances.
pub(crate) fn put(collection: CollectionId, name: &str, octets: &str) -> ObjectWrite {
    put_object(collection, name, event(name, octets))
}

pub(crate) fn put_object(collection: CollectionId, name: &str, object: PutObject) -> ObjectWrite {
    ObjectWrite { collection, name: name.to_owned(), change: ObjectChange::Put(object) }
}

pub(crate) fn delete(collection: CollectionId, name: &str) -> ObjectWrite {
    ObjectWrite { collection, name: name.to_owned(), change: ObjectChange::Delete }
}

pub(crate) fn event(uid: &str, octets: &str) -> PutObject {
    PutObject {
        uid: uid.to_owned(),
        kind: ComponentKind::Event,
        octets: Arc::from(octets.as_bytes()),
        etag: store::etag_of(octets.as_bytes()),
        schedule_tag: None,
        scheduled: false,
        index: indexed(&[], None),
        participation: "-".to_owned(),
    }
}

/// A thousand seconds are a bucket here.
const BUCKET: i64 = 1_000;

/// The span of these buckets, which ends at `end` for what is indexed up to there only.
pub(crate) fn span(buckets: RangeInclusive<i32>, end: Timestamp) -> IndexSpan {
    let seconds =
        i64::from(*buckets.start()) * BUCKET..=i64::from(*buckets.end()) * BUCKET + BUCKET - 1;
    IndexSpan { buckets, seconds, end }
}

/// An index with these buckets, each filled from the first second to the last, and packed as its own number.
pub(crate) fn indexed(buckets: &[i32], until: Option<Timestamp>) -> Reindex {
    let rows = buckets
        .iter()
        .map(|&bucket| {
            let starts = i64::from(bucket) * BUCKET;
            let packed = bucket.to_be_bytes().to_vec();
            StoredIndexRow { bucket, starts, ends: starts + BUCKET - 1, packed }
        })
        .collect();
    Reindex::Replace(Arc::new(StoredIndex { rows, indexed_until: until }))
}
