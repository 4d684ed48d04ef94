//! No statement reads a table from end to end, on either engine.

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use crate::connection::Dialects;
use crate::involvement_statements::{INVOLVEMENTS, PARTIES, SCENE};
use crate::postgres::PLANNING;
use crate::{
    OpenOptions, Store, audit, busy, collections, groups, index, jobs, outgoing, principals,
    properties, prune, read_objects, sync, versions, write_statements,
};

/// Statements of both engines.
const STATEMENTS: &[(&str, &str)] = &[
    ("principal by name", principals::PRINCIPAL_BY_NAME),
    ("principal by id", principals::PRINCIPAL_BY_ID),
    ("principals", principals::PRINCIPALS),
    ("rooms for a booker", principals::ROOMS_FOR),
    ("principals by id", principals::PRINCIPALS_BY_ID),
    ("credentials", principals::CREDENTIALS),
    ("application passwords", principals::APPLICATION_PASSWORDS),
    ("principals by address", principals::PRINCIPALS_BY_ADDRESS),
    ("addresses", principals::ADDRESSES),
    ("addresses of many", principals::ADDRESSES_OF_MANY),
    ("group members", groups::MEMBERS),
    ("groups", groups::GROUPS),
    ("people of groups", groups::PEOPLE),
    ("collection", collections::COLLECTION),
    ("collections", collections::COLLECTIONS),
    ("default collections", collections::DEFAULT_COLLECTIONS),
    ("home change", collections::HOME_CHANGE),
    ("located object", read_objects::LOCATED),
    ("located object row", read_objects::LOCATED_ROW),
    ("content", read_objects::CONTENT),
    ("object row", read_objects::OBJECT_ROW),
    ("old inbox items", read_objects::OLD_INBOX_ITEMS),
    ("objects by UID", read_objects::BY_UID),
    ("scheduled UIDs", read_objects::SCHEDULED_UIDS),
    ("index of an object", index::INDEX),
    ("remove instances", index::REMOVE_INSTANCES),
    ("properties", properties::PROPERTIES),
    ("properties of many", properties::PROPERTIES_OF_MANY),
    ("properties of collections", properties::PROPERTIES_OF_COLLECTIONS),
    ("audit", audit::AUDIT),
    ("outgoing in a state", outgoing::IN_STATE),
    ("outgoing about a UID", outgoing::ABOUT),
    ("outgoing since", outgoing::SENT_SINCE),
    ("versions", versions::VERSIONS),
    ("version octets", versions::VERSION_OCTETS),
    ("version by Schedule-Tag", versions::BY_SCHEDULE_TAG),
    ("old tombstones", prune::OLD_TOMBSTONES),
    ("old versions", prune::OLD_VERSIONS),
    ("remove shared bodies", prune::REMOVE_SHARED),
];

/// Statements that differ between the engines.
const DIALECTS: &[(&str, Dialects)] = &[
    ("members", read_objects::MEMBERS),
    ("tags", read_objects::TAGS),
    ("rows by names", read_objects::ROWS_BY_NAMES),
    ("rows by ids", read_objects::ROWS_BY_IDS),
    ("objects by names", read_objects::BY_NAMES),
    ("objects by ids", read_objects::BY_IDS),
    ("copies", read_objects::COPIES),
    ("changes", sync::CHANGES),
    ("timezones", collections::TIMEZONES),
    ("hits", index::HITS),
    ("hits of kinds", index::HITS_OF_KINDS),
    ("busy", busy::BUSY),
    ("busy addressees", busy::BUSY_ADDRESSEES),
    ("ending", index::ENDING),
    ("put", write_statements::PUT),
    ("deliver", write_statements::DELIVER),
    ("write", write_statements::WRITE),
    ("write to many", write_statements::WRITE_TO_MANY),
    ("involvements", INVOLVEMENTS),
    ("parties", PARTIES),
    ("scene", SCENE),
    ("claim", jobs::CLAIM),
];

/// Tables that grow.
const TABLES: [&str; 17] = [
    "principals",
    "credentials",
    "addresses",
    "group_members",
    "collections",
    "default_collections",
    "objects",
    "versions",
    "shared_bodies",
    "tombstones",
    "instances",
    "properties",
    "answers",
    "audit",
    "outgoing",
    "outgoing_bodies",
    "jobs",
];

/// What must be found, or the tests below find nothing.
const READS_ALL: &str = "SELECT o.id FROM objects o WHERE o.size = $1";

#[tokio::test]
async fn every_statement_uses_an_index_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let url = format!("sqlite:{}", path.display());
    Store::open(&url, OpenOptions::default()).await.unwrap();
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let others = DIALECTS.iter().map(|(name, dialects)| (*name, dialects.sqlite));
    for (name, statement) in STATEMENTS.iter().copied().chain(others) {
        for one in statement.split(';') {
            let scans = sqlite_scans(&mut connection, one).await;
            assert!(scans.is_empty(), "{name}: {scans:?}\n{one}");
        }
    }
    assert_eq!(sqlite_scans(&mut connection, READS_ALL).await, ["SCAN o"]);
}

#[tokio::test]
async fn every_statement_uses_an_index_on_postgres() {
    let url = tokio::task::spawn_blocking(testkit::postgres::fresh_database).await.unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    // Empty tables are cheapest read as they are; without that choice the plan shows whether there is another.
    let settings = "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan";
    sqlx::raw_sql(settings).execute(&mut connection).await.unwrap();
    let others = DIALECTS.iter().map(|(name, dialects)| (*name, dialects.postgres));
    for (name, statement) in STATEMENTS.iter().copied().chain(others) {
        let scans = postgres_scans(&mut connection, statement).await;
        assert!(scans.is_empty(), "{name}: {scans:?}\n{statement}");
    }
    assert_eq!(postgres_scans(&mut connection, READS_ALL).await.len(), 1);
}

/// SQLite looks at the value of a bare parameter of LIMIT, and so plans the statement anew each time it is bound.
#[test]
fn sqlite_need_not_plan_a_statement_twice() {
    let others = DIALECTS.iter().map(|(name, dialects)| (*name, dialects.sqlite));
    for (name, statement) in STATEMENTS.iter().copied().chain(others) {
        assert!(!statement.contains("LIMIT $"), "{name}: LIMIT CAST($n AS BIGINT)");
    }
}

/// The steps that read a table, or an index of it, from end to end.
async fn sqlite_scans(connection: &mut SqliteConnection, statement: &'static str) -> Vec<String> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let steps: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(explain).fetch_all(connection).await.unwrap();
    let tables = tables_of(statement);
    let scans = |step: &String| {
        let scanned = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
        scanned.is_some_and(|scanned| tables.contains(scanned))
    };
    steps.into_iter().map(|(.., step)| step).filter(scans).collect()
}

/// A server that has just been set up plans for tables that are empty, and keeps the plan while they grow: who is looked
/// for must be found by an index's columns even then, not by reading the index from end to end.
#[tokio::test]
async fn what_concerns_a_meeting_is_looked_up_with_plans_of_the_first_day() {
    let url = tokio::task::spawn_blocking(testkit::postgres::fresh_database).await.unwrap();
    Store::open(&url, OpenOptions::default()).await.unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("ANALYZE").execute(&mut connection).await.unwrap();
    sqlx::raw_sql(PLANNING).execute(&mut connection).await.unwrap();
    for (name, statement) in
        [("involvements", INVOLVEMENTS), ("parties", PARTIES), ("scene", SCENE)]
    {
        let steps = postgres_plan(&mut connection, statement.postgres).await;
        for (step, next) in steps.iter().zip(steps.iter().skip(1)) {
            // There are statistics of accounts long before there are many.
            let of_accounts = step.contains(" on addresses ") || step.contains(" on principals ");
            let is_scan =
                !of_accounts && (step.contains("Index Scan") || step.contains("Index Only Scan"));
            assert!(!is_scan || next.contains("Index Cond"), "{name}: {step}\n{next}");
        }
        assert!(steps.iter().any(|step| step.contains("answers_pkey")), "{name}: {steps:#?}");
    }
}

/// A few rows of all that a write looks up.
const A_FEW: &str = "
    INSERT INTO principals (name, name_key, kind, booking_mode, created_at) VALUES ('a', 'a', 'user', 'manual', 0);
    INSERT INTO collections (owner_id, name, kind, components, created_at)
    SELECT 1, number, 'calendar', 'VEVENT', 0 FROM generate_series(1, 10) number;
    INSERT INTO objects (collection_id, name, uid, kind, etag, scheduled, size, participation, change, created_change,
                         created_at, modified_at)
    SELECT id, 'o', name, 'VEVENT', '', 0, 0, '-', 1, 1, 0, 0 FROM collections;
    INSERT INTO instances (collection_id, bucket, object_id, packed) SELECT collection_id, 0, id, '' FROM objects;
    INSERT INTO tombstones (collection_id, name, change, removed_at) SELECT id, 't', 2, 0 FROM collections;
    INSERT INTO properties (target_kind, target_id, namespace, name, value) SELECT 'object', id, '', 'p', '' FROM objects;
    ANALYZE";

/// What is written as well: each row leads to those of another table by an index, none is compared with all of them.
#[tokio::test]
async fn what_a_write_concerns_is_looked_up() {
    let url = tokio::task::spawn_blocking(testkit::postgres::fresh_database).await.unwrap();
    Store::open(&url, OpenOptions::default()).await.unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(A_FEW).execute(&mut connection).await.unwrap();
    sqlx::raw_sql(PLANNING).execute(&mut connection).await.unwrap();
    for (name, statement) in [
        ("put", write_statements::PUT),
        ("deliver", write_statements::DELIVER),
        ("write", write_statements::WRITE),
        ("write to many", write_statements::WRITE_TO_MANY),
    ] {
        let steps = postgres_plan(&mut connection, statement.postgres).await;
        let compared = |step: &&String| step.contains("Join Filter") && step.contains(" = ");
        assert_eq!(steps.iter().find(compared), None, "{name}: {steps:#?}");
    }
}

async fn postgres_scans(connection: &mut PgConnection, statement: &'static str) -> Vec<String> {
    let scans = |step: &String| {
        let table = step.split("Seq Scan on ").nth(1).and_then(|rest| rest.split(' ').next());
        table.is_some_and(|table| TABLES.contains(&table))
    };
    postgres_plan(connection, statement).await.into_iter().filter(scans).collect()
}

async fn postgres_plan(connection: &mut PgConnection, statement: &'static str) -> Vec<String> {
    let parameters = (1..).take_while(|number| statement.contains(&format!("${number}"))).count();
    let nulls = vec!["NULL"; parameters].join(", ");
    let typed = statement.replace("substr($5", "substr(CAST($5 AS BYTEA)");
    let prepare = AssertSqlSafe(format!("PREPARE explained AS {typed}"));
    sqlx::raw_sql(prepare).execute(&mut *connection).await.unwrap();
    let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE explained({nulls})"));
    let steps: Vec<String> =
        sqlx::query_scalar(explain).persistent(false).fetch_all(&mut *connection).await.unwrap();
    sqlx::raw_sql("DEALLOCATE explained").execute(connection).await.unwrap();
    steps
}

/// The names under which a statement reads tables: their own and their aliases.
fn tables_of(statement: &str) -> BTreeSet<&str> {
    let words: Vec<&str> =
        statement.split_whitespace().map(|word| word.trim_matches(['(', ')', ','])).collect();
    let mut names = BTreeSet::new();
    for pair in words.windows(2) {
        if let [table, alias] = pair
            && TABLES.contains(table)
        {
            names.extend([*table, *alias]);
        }
    }
    names
}
