//! `Store::check` finds what must not be: each rule is broken by hand, on either engine.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test they are what fails it"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use store::{
    Booking, BookingMode, CollectionKind, ComponentKind, ComponentSet, NewCollection, NewPrincipal,
    ObjectChange, ObjectId, ObjectWrite, OpenOptions, PrincipalKind, PropertyTarget, PropertyWrite,
    Provenance, PutObject, Reindex, Store, StoredIndex, StoredIndexRow,
};

/// What breaks a rule, the place that is told, and a word of the rule. Alice's calendar is collection 1, her inbox 2;
/// her objects a, b, c in the calendar have change numbers 1, 2, 3; d had 4 and is removed by change 5. Their ids stand for
/// the names in braces.
const BREAKS: &[(&str, &str, &str)] = &[
    ("UPDATE versions SET octets = NULL WHERE object_id = {a}", "alice/calendar/a", "version is kept"),
    ("UPDATE versions SET etag = 'other' WHERE object_id = {a}", "alice/calendar/a", "agrees"),
    ("UPDATE versions SET uid = 'other' WHERE object_id = {b}", "alice/calendar/b", "agrees"),
    ("UPDATE versions SET schedule_tag = 's' WHERE object_id = {c}", "alice/calendar/c", "agrees"),
    ("UPDATE objects SET size = 7 WHERE id = {a}", "alice/calendar/a", "number of its octets"),
    (
        "INSERT INTO versions (object_id, change, collection_id, name, uid, written_at, actor, client, request_id)
         VALUES ({a}, 4, 1, 'a', 'a', 0, '', '', '')",
        "alice/calendar/a",
        "newer than its current",
    ),
    ("UPDATE objects SET created_change = 2 WHERE id = {a}", "alice/calendar/a", "were drawn"),
    (
        "INSERT INTO tombstones (collection_id, name, change, removed_at) VALUES (1, 'a', 4, 0)",
        "alice/calendar/a",
        "no tombstone",
    ),
    ("UPDATE collections SET kind = 'outbox' WHERE id = 1", "alice/calendar/a", "calendars and inboxes"),
    ("UPDATE objects SET kind = 'VTODO' WHERE id = {a}", "alice/calendar/a", "components it supports"),
    ("UPDATE objects SET uid = 'a' WHERE id = {b}", "alice/calendar/b", "once in a calendar"),
    (
        "UPDATE objects SET uid = 'a', scheduled = 1 WHERE id IN ({a}, {b})",
        "alice/calendar/b",
        "once in a home",
    ),
    ("UPDATE instances SET collection_id = 2 WHERE object_id = {a}", "instances of object {a}", "instance rows"),
    (
        "UPDATE tombstones SET change = 99",
        "tombstone d of collection 1",
        "tombstone's change number",
    ),
    ("UPDATE collections SET oldest_token = 9 WHERE id = 2", "collection 2", "not given out"),
    ("DELETE FROM versions WHERE object_id = {d} AND octets IS NULL", "object {d}", "says so"),
    (
        "UPDATE versions SET octets = NULL, shared_object = 77, shared_change = 1 WHERE object_id = {b}",
        "version 2 of object {b}",
        "octets that versions share",
    ),
    (
        "INSERT INTO shared_bodies SELECT 77, 1, octets FROM versions WHERE object_id = {a}",
        "octets of object 77",
        "octets that versions share",
    ),
    (
        "INSERT INTO default_collections (principal_id, component, collection_id) VALUES (1, 'VEVENT', 2)",
        "default for VEVENT of principal 1",
        "default collection",
    ),
    ("UPDATE collections SET kind = 'inbox' WHERE id = 1", "alice/inbox", "one inbox"),
    ("UPDATE properties SET target_id = 77", "property p of object 77", "something that exists"),
];

#[tokio::test]
async fn each_broken_rule_is_found_on_sqlite() {
    for (statement, place, rule) in BREAKS {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let (store, ids) = populated(&url).await;
        assert_eq!(store.check().await.unwrap(), []);
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        sqlx::raw_sql("PRAGMA foreign_keys = OFF").execute(&mut connection).await.unwrap();
        let statement = ids.put_into(statement);
        sqlx::query(AssertSqlSafe(statement.clone())).execute(&mut connection).await.unwrap();
        assert_found(&store, &statement, &ids.put_into(place), rule).await;
    }
}

#[tokio::test]
async fn each_broken_rule_is_found_on_postgres() {
    for (statement, place, rule) in BREAKS {
        let url = tokio::task::spawn_blocking(testkit::postgres::fresh_database).await.unwrap();
        let (store, ids) = populated(&url).await;
        assert_eq!(store.check().await.unwrap(), []);
        let mut connection = PgConnection::connect(&url).await.unwrap();
        let statement = ids.put_into(statement);
        sqlx::query(AssertSqlSafe(statement.clone())).execute(&mut connection).await.unwrap();
        assert_found(&store, &statement, &ids.put_into(place), rule).await;
    }
}

/// Postgres does not let the first happen, and does not care for the second.
#[tokio::test]
async fn what_only_sqlite_can_break_is_found() {
    for (statement, place, rule) in [
        ("DELETE FROM principals", "collections row 1", "refers to rows"),
        ("UPDATE objects SET id = 7 WHERE id = {a}", "object 7", "made of its collection's"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let (store, ids) = populated(&url).await;
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let broken = format!("PRAGMA foreign_keys = OFF; {}", ids.put_into(statement));
        sqlx::raw_sql(AssertSqlSafe(broken)).execute(&mut connection).await.unwrap();
        assert_found(&store, statement, place, rule).await;
    }
}

/// As files were before ids were made of collections.
const NUMBERED_THROUGH: &str = "
    PRAGMA foreign_keys = OFF;
    UPDATE objects SET id = id % 4294967296;
    UPDATE instances SET object_id = object_id % 4294967296;
    UPDATE versions SET object_id = object_id % 4294967296;
    UPDATE properties SET target_id = target_id % 4294967296 WHERE target_kind = 'object';
    DELETE FROM _sqlx_migrations WHERE version = 8";

#[tokio::test]
async fn objects_of_an_older_file_get_ids_of_their_collections() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("store.db").display());
    let (store, _) = populated(&url).await;
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(NUMBERED_THROUGH).execute(&mut connection).await.unwrap();
    assert_found(&store, "numbered through", "object 1", "made of its collection's").await;
    store.close().await.unwrap();

    let store = Store::open(&url, OpenOptions::default()).await.unwrap();
    assert_eq!(store.check().await.unwrap(), []);
    let mut queries = store.read().await.unwrap();
    let calendar = queries.find_collection("alice", "calendar").await.unwrap().unwrap();
    let tags = queries.list_tags(calendar.id, "", 10).await.unwrap();
    assert!(tags.iter().map(|(name, _)| name).eq(["a", "b", "c"]));
}

async fn assert_found(store: &Store, statement: &str, place: &str, rule: &str) {
    let found = store.check().await.unwrap();
    let as_told = found.iter().any(|one| one.place == place && one.rule.contains(rule));
    let told: BTreeSet<String> = found.iter().map(ToString::to_string).collect();
    assert!(as_told, "{statement}\nexpected {place}: {rule}\nfound {told:#?}");
}

/// The ids of a, b, c and d.
struct Ids(Vec<(&'static str, ObjectId)>);

impl Ids {
    fn put_into(&self, text: &str) -> String {
        let put = |text: String, (name, id): &(&str, ObjectId)| {
            text.replace(&format!("{{{name}}}"), &id.to_string())
        };
        self.0.iter().fold(text.to_owned(), put)
    }
}

async fn populated(url: &str) -> (Store, Ids) {
    let store = Store::open(url, OpenOptions::default()).await.unwrap();
    let now = Timestamp::UNIX_EPOCH;
    let mut tx = store.object_writer().unwrap().begin(&[]).await.unwrap();
    let alice = NewPrincipal {
        name: "alice",
        kind: PrincipalKind::User,
        display_name: None,
        admin: false,
        booking: Booking::new(BookingMode::Manual),
    };
    let calendar = NewCollection {
        owner: tx.add_principal(&alice, now).await.unwrap().id,
        name: "calendar",
        kind: CollectionKind::Calendar,
        components: ComponentSet::from_iter([ComponentKind::Event]),
        timezone: None,
        transparent: false,
    };
    let inbox = NewCollection { name: "inbox", kind: CollectionKind::Inbox, ..calendar.clone() };
    let calendar = tx.add_collection(&calendar, now).await.unwrap().id;
    tx.add_collection(&inbox, now).await.unwrap();
    let names = ["a", "b", "c", "d"];
    let writes = names.map(|name| ObjectWrite {
        collection: calendar,
        name: name.to_owned(),
        change: ObjectChange::Put(event(name)),
    });
    let provenance = Provenance { at: now, actor: "alice", client: "check", request_id: "1" };
    let written = tx.write_objects(&provenance, &writes).await.unwrap();
    let ids: Vec<_> = names.into_iter().zip(written.iter().filter_map(|one| one.object)).collect();
    let removal =
        ObjectWrite { collection: calendar, name: "d".to_owned(), change: ObjectChange::Delete };
    let write = PropertyWrite { namespace: "urn:x", name: "p", value: Some("<p/>") };
    tx.write_objects(&provenance, &[removal]).await.unwrap();
    let first = PropertyTarget::Object(ids[0].1);
    tx.set_properties(first, &[write]).await.unwrap();
    tx.commit().await.unwrap();
    (store, Ids(ids))
}

fn event(uid: &str) -> PutObject {
    let rows =
        vec![StoredIndexRow { bucket: 1, starts: i64::MIN, ends: i64::MAX, packed: vec![1] }];
    PutObject {
        uid: uid.to_owned(),
        kind: ComponentKind::Event,
        octets: Arc::from(uid.as_bytes()),
        etag: store::etag_of(uid.as_bytes()),
        schedule_tag: None,
        scheduled: false,
        index: Reindex::Replace(Arc::new(StoredIndex { rows, indexed_until: None })),
        participation: "-".to_owned(),
    }
}
