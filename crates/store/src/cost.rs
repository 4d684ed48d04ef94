//! What a search over time reads, counted: it must not grow with the calendar, only with what it finds.
//!
//! SQLite counts the instructions of its machine, Postgres the rows that each scan gives and the pages it looks at.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use crate::index::HITS;
use crate::{
    Booking, BookingMode, CollectionId, CollectionKind, ComponentKind, ComponentSet, NewCollection,
    NewPrincipal, ObjectChange, ObjectWrite, OpenOptions, PrincipalKind, Provenance, PutObject,
    Reindex, Store, StoredIndex, StoredIndexRow, etag_of,
};

/// Events of the month that is asked about, in the small calendar and in the large one.
const FOUND: usize = 40;
/// The bucket of that month.
const MONTH: i32 = 750;
/// Where the index of endless events ends.
const HORIZON: i64 = 2_000_000_000;

/// What reading the month costs in a calendar of so many events.
#[derive(Clone, Copy, Debug)]
struct Cost {
    found: usize,
    work: u64,
}

#[tokio::test]
async fn a_month_costs_the_same_in_a_large_calendar_on_sqlite() {
    let mut costs = Vec::new();
    for events in [1_000, 10_000] {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let calendar = populated(&url, events).await;
        costs.push(sqlite_cost(&url, calendar).await);
    }
    assert_same(costs[0], costs[1]);
}

#[tokio::test]
async fn a_month_costs_the_same_in_a_large_calendar_on_postgres() {
    let mut costs = Vec::new();
    for events in [1_000, 10_000] {
        let url = tokio::task::spawn_blocking(testkit::postgres::fresh_database).await.unwrap();
        let calendar = populated(&url, events).await;
        costs.push(postgres_cost(&url, calendar).await);
    }
    assert_same(costs[0], costs[1]);
}

/// Ten times the events may make a tree one level deeper, not more.
#[track_caller]
fn assert_same(small: Cost, large: Cost) {
    assert_eq!((small.found, large.found), (FOUND, FOUND));
    assert!(small.work > 0 && large.work <= small.work + small.work / 10, "{small:?} {large:?}");
}

async fn sqlite_cost(url: &str, calendar: CollectionId) -> Cost {
    let mut connection = SqliteConnection::connect(url).await.unwrap();
    let steps = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&steps);
    connection.lock_handle().await.unwrap().set_progress_handler(1, move || {
        counted.fetch_add(1, Ordering::Relaxed);
        true
    });
    let listed: String = sqlx::query_scalar(HITS.sqlite)
        .bind(calendar)
        .bind(MONTH)
        .bind(0_i64)
        .bind(MONTH + 1)
        .bind(0_i64)
        .bind(HORIZON - 1)
        .bind(0_i64)
        .bind(1_000_i64)
        .bind(i64::MIN)
        .bind(i64::MAX)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let listed: Vec<Value> = serde_json::from_str(&listed).unwrap();
    Cost { found: listed.len(), work: steps.load(Ordering::Relaxed) }
}

async fn postgres_cost(url: &str, calendar: CollectionId) -> Cost {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let settings = "ANALYZE; SET plan_cache_mode = force_generic_plan";
    sqlx::raw_sql(settings).execute(&mut connection).await.unwrap();
    let explain =
        AssertSqlSafe(format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {}", HITS.postgres));
    let plan: Value = sqlx::query_scalar(explain)
        .bind(calendar)
        .bind(MONTH)
        .bind(0_i64)
        .bind(MONTH + 1)
        .bind(0_i64)
        .bind(HORIZON - 1)
        .bind(0_i64)
        .bind(1_000_i64)
        .bind(i64::MIN)
        .bind(i64::MAX)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let plan = &plan[0]["Plan"];
    let pages =
        plan["Shared Hit Blocks"].as_u64().unwrap() + plan["Shared Read Blocks"].as_u64().unwrap();
    let found = usize::try_from(plan["Actual Rows"].as_f64().unwrap() as u64).unwrap();
    Cost { found, work: pages + rows_read(plan) }
}

/// The rows that all steps of a plan give, and those they look at for nothing.
fn rows_read(step: &Value) -> u64 {
    let number = |name: &str| step[name].as_f64().unwrap_or_default();
    let own = (number("Actual Rows") + number("Rows Removed by Filter")) * number("Actual Loops");
    let inner = step["Plans"].as_array().into_iter().flatten().map(rows_read);
    own as u64 + inner.sum::<u64>()
}

/// A calendar of so many events. Of twenty one goes on without end; they begin after the month, which holds the
/// same few events however large the calendar is.
async fn populated(url: &str, events: usize) -> CollectionId {
    let store = Store::open(url, OpenOptions::default()).await.unwrap();
    let writer = store.object_writer().unwrap();
    let at = Timestamp::UNIX_EPOCH;
    let mut tx = store.write(&[]).await.unwrap();
    let new = NewPrincipal {
        name: "alice",
        kind: PrincipalKind::User,
        display_name: None,
        admin: false,
        booking: Booking::new(BookingMode::Manual),
    };
    let owner = tx.add_principal(&new, at).await.unwrap().id;
    let new = NewCollection {
        owner,
        name: "calendar",
        kind: CollectionKind::Calendar,
        components: ComponentSet::all(),
        timezone: None,
        transparent: false,
    };
    let calendar = tx.add_collection(&new, at).await.unwrap().id;
    tx.commit().await.unwrap();
    let writes: Vec<_> = (0..events).map(|number| event(calendar, number)).collect();
    for batch in writes.chunks(500) {
        let mut tx = writer.begin(&[]).await.unwrap();
        let provenance = Provenance { at, actor: "alice", client: "test", request_id: "1" };
        tx.write_objects(&provenance, batch).await.unwrap();
        tx.commit().await.unwrap();
    }
    store.close().await.unwrap();
    calendar
}

fn event(collection: CollectionId, number: usize) -> ObjectWrite {
    let later = MONTH + 2 + i32::try_from(number % 200).unwrap();
    let (buckets, indexed_until) = match number {
        0..FOUND => (MONTH..MONTH + 1, None),
        _ if number.is_multiple_of(20) => (later..later + 26, Timestamp::from_second(HORIZON).ok()),
        _ if number.is_multiple_of(2) => (later..later + 1, None),
        _ => (later - 400..later - 399, None),
    };
    let row =
        |bucket| StoredIndexRow { bucket, starts: i64::MIN, ends: i64::MAX, packed: vec![1; 10] };
    let index = StoredIndex { rows: buckets.map(row).collect(), indexed_until };
    let uid = format!("event {number}");
    let object = PutObject {
        octets: uid.as_bytes().into(),
        etag: etag_of(uid.as_bytes()),
        kind: ComponentKind::Event,
        schedule_tag: None,
        scheduled: false,
        index: Reindex::Replace(Arc::new(index)),
        participation: "-".to_owned(),
        uid,
    };
    let name = format!("{number}.ics");
    ObjectWrite { collection, name, change: ObjectChange::Put(object) }
}
