//! What a page of a listing reads, counted: it must not grow with the calendar, nor with the number of people or of
//! a meeting's guests, only with what it finds.
//!
//! SQLite counts the instructions of its machine, Postgres the rows that each step gives and the pages it looks at,
//! with the plans that the server's own connections make.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use crate::busy::{BUSY, BUSY_ADDRESSEES};
use crate::connection::{Dialects, execute};
use crate::index::{HITS, HITS_OF_KINDS};
use crate::involvement_statements::{INVOLVEMENTS, PARTIES, SCENE};
use crate::postgres::PLANNING;
use crate::read_objects::{MEMBERS, ROWS_BY_NAMES, TAGS};
use crate::sync::CHANGES;
use crate::{
    ALWAYS, Booking, BookingMode, CollectionId, CollectionKind, ComponentKind, ComponentSet, Error,
    NewCollection, NewPrincipal, ObjectChange, ObjectWrite, OpenOptions, PrincipalId,
    PrincipalKind, Provenance, PutObject, Reindex, Store, StoredIndex, StoredIndexRow, Tx, etag_of,
};

/// Events of the month that is asked about, in the small calendar and in the large one.
const FOUND: usize = 40;
/// Rows of a page.
const PAGE: usize = 100;
/// The bucket of that month.
const MONTH: i32 = 750;
/// Where the index of endless events ends.
const HORIZON: i64 = 2_000_000_000;

/// A calendar, and whose.
#[derive(Clone, Copy, Debug)]
struct Calendar {
    id: CollectionId,
    owner: PrincipalId,
    events: usize,
}

/// A statement with its parameters.
struct Question {
    name: &'static str,
    /// On SQLite it answers one row, which begins with a JSON array or with names joined by `/`.
    statement: Dialects,
    parameters: Vec<Parameter>,
    finds: usize,
}

enum Parameter {
    Number(i64),
    Text(String),
    /// JSONB of Postgres, text of SQLite.
    Json(String),
}

fn questions(calendar: Calendar) -> Vec<Question> {
    use Parameter::{Json, Number, Text};
    let id = || Number(calendar.id.get());
    let number = |number: i32| Number(number.into());
    let page = || Number(PAGE as i64);
    let change = calendar.events as i64;
    let span = |first: i32, last: i32| {
        let always = [Number(0), Number(HORIZON - 1), Number(0), page()];
        let mut parameters = vec![id(), number(first), Number(0), number(last)];
        parameters.extend(always);
        parameters.extend([Number(i64::MIN), Number(i64::MAX)]);
        parameters
    };
    let events_in_span = |first: i32, last: i32| {
        let mut parameters = span(first, last);
        parameters.push(Text("VEVENT".into()));
        parameters
    };
    let changes = |since: i64| vec![id(), Number(since), page()];
    let question =
        |name, statement, parameters, finds| Question { name, statement, parameters, finds };
    let names: Vec<String> =
        (0..PAGE).map(|number| format!("\"{}.ics\":0", number * change as usize / PAGE)).collect();
    let names = format!("{{{}}}", names.join(","));
    let owner = || Json(format!("{{\"{}\":0}}", calendar.owner));
    let busy = |whom: String| {
        vec![
            Json(whom),
            number(MONTH),
            number(MONTH),
            number(ALWAYS),
            Number(HORIZON - 1),
            page(),
            Number(i64::MIN),
            Number(i64::MAX),
        ]
    };
    let address = || "mailto:alice@example.com".to_owned();
    let scene = vec![
        Text("event 7".into()),
        Json(format!("{{\"{}\":0}}", address())),
        Text("VEVENT".into()),
        Text("calendar".into()),
        Text(address()),
        Text("alice".into()),
        Text("7.ics".into()),
    ];
    let parties = vec![
        Text("event 7".into()),
        Json(format!("{{\"{}\":0}}", address())),
        Text("VEVENT".into()),
        Number(calendar.owner.get()),
        Text(address()),
        Number(0),
    ];
    vec![
        question("a month", HITS, span(MONTH, MONTH + 1), FOUND),
        question("a page of all time", HITS, span(0, 2_000), PAGE),
        question("events of a month", HITS_OF_KINDS, events_in_span(MONTH, MONTH + 1), FOUND),
        question("a page of events of all time", HITS_OF_KINDS, events_in_span(0, 2_000), PAGE),
        question("busy time", BUSY, busy(format!("{{\"{}\":0}}", calendar.owner)), FOUND),
        question(
            "busy time by address",
            BUSY_ADDRESSEES,
            busy(format!("{{\"{}\":1}}", address())),
            FOUND + 1,
        ),
        question("a page of members", MEMBERS, vec![id(), Text(String::new()), page()], PAGE),
        question("a page of tags", TAGS, vec![id(), Text(String::new()), page()], PAGE),
        question("a page of the first sync", CHANGES, changes(-1), PAGE),
        question("a page of a sync", CHANGES, changes(change / 2), PAGE),
        question("a sync of one change", CHANGES, changes(change - 1), 1),
        question("objects by name", ROWS_BY_NAMES, vec![id(), Json(names)], PAGE),
        question(
            "what somebody has to do with a meeting",
            INVOLVEMENTS,
            vec![Text("event 7".into()), owner(), Text("VEVENT".into())],
            3,
        ),
        question("whose its addresses are, and what she has to do with it", PARTIES, parties, 4),
        question("the same, and what is there", SCENE, scene, 5),
    ]
}

/// What an answer costs.
#[derive(Clone, Copy, Debug)]
struct Cost {
    found: usize,
    work: u64,
}

#[tokio::test]
async fn a_page_costs_the_same_in_a_large_calendar_on_sqlite() {
    let mut costs = Vec::new();
    for events in [1_000, 10_000] {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let calendar = populated(&url, events).await;
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        for question in questions(calendar) {
            let cost = sqlite_cost(&mut connection, &question).await;
            costs.push((events, question, cost));
        }
    }
    assert_flat(&costs);
}

#[tokio::test]
async fn a_page_costs_the_same_in_a_large_calendar_on_postgres() {
    let mut costs = Vec::new();
    for events in [1_000, 10_000] {
        let url = tokio::task::spawn_blocking(testkit::postgres::fresh_database).await.unwrap();
        let calendar = populated(&url, events).await;
        let mut connection = PgConnection::connect(&url).await.unwrap();
        sqlx::raw_sql("ANALYZE").execute(&mut connection).await.unwrap();
        sqlx::raw_sql(PLANNING).execute(&mut connection).await.unwrap();
        for question in questions(calendar) {
            let cost = postgres_cost(&mut connection, &question).await;
            costs.push((events, question, cost));
        }
    }
    assert_flat(&costs);
}

/// Ten times the events may make a tree a level deeper, not more.
#[track_caller]
fn assert_flat(costs: &[(usize, Question, Cost)]) {
    let (small, large) = costs.split_at(costs.len() / 2);
    let grown: Vec<String> = small
        .iter()
        .zip(large)
        .inspect(|((_, question, small), (_, _, large))| {
            let found = (small.found, large.found);
            assert_eq!(found, (question.finds, question.finds), "{}", question.name);
            assert!(small.work > 0, "{}", question.name);
        })
        .filter(|((.., small), (.., large))| large.work > small.work + small.work / 5 + 8)
        .map(|((_, question, small), (_, _, large))| {
            format!("{}: {small:?} {large:?}", question.name)
        })
        .collect();
    assert!(grown.is_empty(), "{grown:#?}");
}

async fn sqlite_cost(connection: &mut SqliteConnection, question: &Question) -> Cost {
    let steps = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&steps);
    connection.lock_handle().await.unwrap().set_progress_handler(1, move || {
        counted.fetch_add(1, Ordering::Relaxed);
        true
    });
    let mut query = sqlx::query_scalar(question.statement.sqlite);
    for parameter in &question.parameters {
        query = match parameter {
            Parameter::Number(number) => query.bind(*number),
            Parameter::Text(text) | Parameter::Json(text) => query.bind(text.clone()),
        };
    }
    let listed: String = query.fetch_one(connection).await.unwrap();
    let found = match serde_json::from_str(&listed) {
        Ok(Value::Array(rows)) => rows.len(),
        _ => listed.split('/').count(),
    };
    Cost { found, work: steps.load(Ordering::Relaxed) }
}

/// By a prepared statement, since only such have the plan that does not know its parameters.
async fn postgres_cost(connection: &mut PgConnection, question: &Question) -> Cost {
    let prepare = format!("PREPARE asked AS {}", question.statement.postgres);
    sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *connection).await.unwrap();
    let literal = |parameter: &Parameter| match parameter {
        Parameter::Number(number) => format!("'{number}'"),
        Parameter::Text(text) | Parameter::Json(text) => format!("'{text}'"),
    };
    let parameters: Vec<String> = question.parameters.iter().map(literal).collect();
    let explain = format!(
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE asked ({})",
        parameters.join(", ")
    );
    let plan: Value =
        sqlx::query_scalar(AssertSqlSafe(explain)).fetch_one(&mut *connection).await.unwrap();
    sqlx::raw_sql("DEALLOCATE asked").execute(connection).await.unwrap();
    let plan = &plan[0]["Plan"];
    let pages =
        plan["Shared Hit Blocks"].as_u64().unwrap() + plan["Shared Read Blocks"].as_u64().unwrap();
    let joined = plan["Node Type"] == "Aggregate";
    let rows = if joined { &plan["Plans"][0] } else { plan };
    let found = usize::try_from(rows["Actual Rows"].as_f64().unwrap() as u64).unwrap();
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
async fn populated(url: &str, events: usize) -> Calendar {
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
    let id = tx.add_collection(&new, at).await.unwrap().id;
    tx.commit().await.unwrap();
    let writes: Vec<_> = (0..events).map(|number| event(id, number)).collect();
    for batch in writes.chunks(500) {
        let mut tx = writer.begin(&[]).await.unwrap();
        let provenance = Provenance { at, actor: "alice", client: "test", request_id: "1" };
        tx.write_objects(&provenance, batch).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut tx = store.write(&[]).await.unwrap();
    make_meetings(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await.unwrap();
    Calendar { id, owner, events }
}

/// An answer to each event is remembered; and to the seventh come a tenth as many people as there are events.
const MEETINGS: &[&str] = &[
    "INSERT INTO answers (owner_id, uid, attendee, recurrence_id, sequence, dtstamp)
     SELECT c.owner_id, o.uid, 'mailto:bob@example.com', 0, 0, 0
       FROM objects o
       JOIN collections c ON c.id = o.collection_id",
    "INSERT INTO principals (name, name_key, kind, booking_mode, created_at)
     SELECT 'guest ' || o.id, 'guest ' || o.id, 'user', 'manual', 0
       FROM objects o
      WHERE o.id % 10 = 0",
    "INSERT INTO addresses (address, principal_id, position)
     SELECT 'mailto:' || name || '@example.com', id, 0 FROM principals",
    "INSERT INTO collections (owner_id, name, kind, components, created_at)
     SELECT id, 'calendar', 'calendar', 'VEVENT', 0 FROM principals WHERE name <> 'alice'",
    "INSERT INTO default_collections (principal_id, component, collection_id)
     SELECT owner_id, 'VEVENT', id FROM collections",
    "INSERT INTO objects (collection_id, name, uid, kind, etag, scheduled, size, participation, change,
                          created_change, created_at, modified_at)
     SELECT c.id, '7.ics', 'event 7', 'VEVENT', 'e', 1, 1, '-', 1, 1, 0, 0
       FROM collections c
       JOIN principals p ON p.id = c.owner_id AND p.name <> 'alice'",
];

async fn make_meetings(tx: &mut Tx) -> Result<(), Error> {
    for statement in MEETINGS {
        execute!(tx, sqlx::query(*statement))?;
    }
    Ok(())
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
