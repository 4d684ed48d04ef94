//! Opening a database: what works, and what is said when it does not.

#![allow(clippy::unwrap_used, reason = "in a test they are what fails it")]

use std::collections::BTreeSet;
use std::error::Error as _;
use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::{ConnectOptions as _, Connection as _};
use store::{Error, OpenOptions, Store};

#[tokio::test]
async fn the_store_keeps_its_id() {
    let (folder, sqlite) = sqlite();
    let postgres = postgres().await;
    for url in [&sqlite, &postgres] {
        let first = open(url).await.unwrap();
        let again = open(url).await.unwrap();
        assert_eq!((first.id().len(), first.id()), (32, again.id()), "{url}");
        first.close().await.unwrap();
        again.close().await.unwrap();
        assert_eq!(open(url).await.unwrap().id(), first.id());
    }
    let (_other_folder, other) = self::sqlite();
    assert_ne!(open(&other).await.unwrap().id(), open(&sqlite).await.unwrap().id());
    drop(folder);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_processes_may_make_the_schema_at_once() {
    let (_folder, sqlite) = sqlite();
    let postgres = empty_postgres().await;
    for url in [sqlite, postgres] {
        let opening: Vec<_> = (0..4)
            .map(|_| {
                let url = url.clone();
                tokio::spawn(async move { open(&url).await.unwrap().id().to_owned() })
            })
            .collect();
        let mut ids = BTreeSet::new();
        for id in opening {
            ids.insert(id.await.unwrap());
        }
        assert_eq!(ids.len(), 1, "{url}");
    }
}

/// Who makes a file into one with a WAL waits for nobody: SQLite answers at once that it is locked.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_processes_may_make_a_file_at_once() {
    for _ in 0..8 {
        let (_folder, url) = sqlite();
        let start = std::sync::Arc::new(tokio::sync::Barrier::new(16));
        let opening: Vec<_> = (0..16)
            .map(|_| {
                let (url, start) = (url.clone(), start.clone());
                tokio::spawn(async move {
                    start.wait().await;
                    open(&url).await.map(|store| store.id().to_owned())
                })
            })
            .collect();
        let mut ids = BTreeSet::new();
        for id in opening {
            ids.insert(id.await.unwrap().unwrap());
        }
        assert_eq!(ids.len(), 1, "{url}");
    }
}

/// Who keeps it locked for longer than others wait is told of: they start again by hand, not for ever.
#[tokio::test]
async fn a_file_that_stays_locked_is_not_waited_for_without_end() {
    let (_folder, url) = sqlite();
    let made = sqlx::sqlite::SqliteConnectOptions::from_str(&url).unwrap().create_if_missing(true);
    std::fs::create_dir_all(made.get_filename().parent().unwrap()).unwrap();
    let mut other = made.connect().await.unwrap();
    sqlx::raw_sql("BEGIN EXCLUSIVE; CREATE TABLE theirs (id)").execute(&mut other).await.unwrap();
    let busy_timeout = Duration::from_millis(200);
    let opened = Store::open(&url, OpenOptions { busy_timeout, ..OpenOptions::default() });
    let Error::File { source, .. } = opened.await.unwrap_err() else { panic!("a file error") };
    assert!(source.to_string().contains("locked"), "{source}");
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    open(&url).await.unwrap();
}

#[tokio::test]
async fn statistics_of_sqlite_are_dropped() {
    let (_folder, url) = sqlite();
    open(&url).await.unwrap().close().await.unwrap();
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("ANALYZE").execute(&mut connection).await.unwrap();
    assert!(statistics(&mut connection).await > 0);
    open(&url).await.unwrap().close().await.unwrap();
    assert_eq!(statistics(&mut connection).await, 0);
}

async fn statistics(connection: &mut sqlx::SqliteConnection) -> i64 {
    let count = "SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'";
    sqlx::query_scalar(count).fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    const FUTURE: &str = "
        INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
        SELECT 9001, 'of tomorrow', installed_on, success, checksum, execution_time
          FROM _sqlx_migrations WHERE version = 1";
    let (_folder, sqlite) = sqlite();
    let postgres = postgres().await;
    open(&sqlite).await.unwrap();
    let mut connection = sqlx::SqliteConnection::connect(&sqlite).await.unwrap();
    sqlx::query(FUTURE).execute(&mut connection).await.unwrap();
    let mut connection = sqlx::PgConnection::connect(&postgres).await.unwrap();
    sqlx::query(FUTURE).execute(&mut connection).await.unwrap();
    for url in [sqlite, postgres] {
        let error = open(&url).await.unwrap_err();
        assert!(matches!(error, Error::Newer { found: 9001, known: 8 }), "{error:?}");
        assert!(error.to_string().contains("newer"), "{error}");
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_explained() {
    for url in [
        "",
        "sqlite:",
        "sqlite::memory:",
        "sqlite:folder/",
        "mysql://host/db",
        "convene.db",
        "postgres://host:port/db",
    ] {
        let error = open(url).await.unwrap_err();
        assert!(matches!(error, Error::Address { .. }), "{url}: {error:?}");
        let said = error.to_string();
        assert!(said.contains("sqlite:PATH") && said.contains("postgres://"), "{said}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "This is no database, but long enough to be taken for one.".repeat(20))
        .unwrap();
    for path in [file.join("below/store.db"), file.clone(), folder.path().to_owned()] {
        let error = open(&format!("sqlite:{}", path.display())).await.unwrap_err();
        assert!(matches!(error, Error::File { .. }), "{}: {error:?}", path.display());
        let said = error.to_string();
        assert!(said.contains(&path.display().to_string()) && said.contains("writable"), "{said}");
        assert!(error.source().is_some());
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_explained_without_the_password() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let missing = postgres().await + "_missing";
    for url in [format!("postgres://alice:secret@127.0.0.1:{port}/convene"), missing] {
        let error = open(&url).await.unwrap_err();
        assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
        let said = error.to_string();
        assert!(said.contains("127.0.0.1") && !said.contains("secret"), "{said}");
    }
}

#[test]
fn both_engines_have_the_same_migrations() {
    let names = |engine: &str| -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(engine);
        let files = std::fs::read_dir(folder).unwrap();
        files
            .map(|file| {
                let file = file.unwrap();
                let text = std::fs::read_to_string(file.path()).unwrap();
                assert!(text.starts_with("-- "), "{:?} says why it is", file.path());
                file.file_name().into_string().unwrap()
            })
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
    assert_eq!(names("sqlite").len(), 8);
}

async fn open(url: &str) -> Result<Store, Error> {
    Store::open(url, OpenOptions::default()).await
}

fn sqlite() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("made/when/needed/store.db").display());
    (folder, url)
}

async fn postgres() -> String {
    tokio::task::spawn_blocking(testkit::postgres::fresh_database).await.unwrap()
}

/// A database without a schema.
async fn empty_postgres() -> String {
    let url = postgres().await;
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        .execute(&mut connection)
        .await
        .unwrap();
    url
}
