//! A throw-away Postgres for the test process.
//!
//! The first test that asks starts a cluster from the installed binaries (installing Debian's package where that is
//! allowed); it dies with the process, also when that is killed. `CONVENE_TEST_POSTGRES=postgres://…` names a server
//! to use instead; databases called `convene_test_…` are made there and left. Where no Postgres can be had, the
//! test fails and says what is missing.

mod cluster;
mod install;

use std::future::Future;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

pub use cluster::Cluster;

/// The variable that names a server to use instead of a throw-away one.
pub const SERVER_VARIABLE: &str = "CONVENE_TEST_POSTGRES";

/// Makes a new database with an up-to-date schema and nothing in it; returns its URL.
///
/// Blocks for some tens of milliseconds, the first time for some seconds. May be called from anywhere, also inside a
/// runtime.
///
/// # Panics
/// When no Postgres can be had; the message says what is missing and how to get it.
#[must_use]
pub fn fresh_database() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let server = server();
    let name = format!("{}_{}", server.prefix, NUMBER.fetch_add(1, Ordering::Relaxed));
    let create = format!("CREATE DATABASE {name} TEMPLATE {}", server.template());
    let url = server.url.clone();
    on_a_thread(async move {
        let mut connection = connect(&url).await;
        // Two databases cannot be copied from one template at the same moment everywhere: try again.
        for _ in 0..100 {
            match sqlx::raw_sql(AssertSqlSafe(create.clone())).execute(&mut connection).await {
                Ok(_) => return,
                Err(error) if is_in_use(&error) => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(error) => panic!("{create}: {error}"),
            }
        }
        panic!("{create}: the template stays in use");
    });
    with_database(&server.url, &name)
}

/// Starts a cluster that is nobody else's and ends with this process; returns the URL of its maintenance database.
///
/// # Errors
/// What is missing, and how to get it.
pub fn own_cluster() -> Result<(Cluster, String), String> {
    let cluster = Cluster::start().map_err(|reason| sorry(&reason))?;
    let url = cluster.url();
    Ok((cluster, url))
}

/// A server and the template made on it.
struct Server {
    /// Its maintenance database.
    url: String,
    /// What our databases' names begin with.
    prefix: String,
    /// Held so that the cluster lives as long as the process.
    _cluster: Option<Cluster>,
}

impl Server {
    fn template(&self) -> String {
        format!("{}_template", self.prefix)
    }
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let prefix = format!("convene_test_{}", std::process::id());
        let server = match std::env::var(SERVER_VARIABLE) {
            Ok(url) if !url.is_empty() => Server { url, prefix, _cluster: None },
            _ => {
                let cluster =
                    Cluster::start().unwrap_or_else(|reason| panic!("{}", sorry(&reason)));
                Server { url: cluster.url(), prefix, _cluster: Some(cluster) }
            }
        };
        make_template(&server);
        server
    })
}

fn make_template(server: &Server) {
    let (url, name) = (server.url.clone(), server.template());
    on_a_thread(async move {
        let mut connection = connect(&url).await;
        for statement in
            [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")]
        {
            let done =
                sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut connection).await;
            done.unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
        let mut connection = connect(&with_database(&url, &name)).await;
        let migrator = sqlx::migrate!("../../migrations/postgres");
        // Not `run`: with it this future could not be sent to another thread.
        let migrated = migrator.run_direct(None, &mut connection, false).await;
        migrated.unwrap_or_else(|error| panic!("migrating the template: {error}"));
        connection.close().await.ok();
    });
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url)
        .await
        .unwrap_or_else(|error| panic!("{}", sorry(&format!("{url} does not answer: {error}"))))
}

fn is_in_use(error: &sqlx::Error) -> bool {
    const OBJECT_IN_USE: &str = "55006";
    error
        .as_database_error()
        .and_then(|error| error.code())
        .is_some_and(|code| code == OBJECT_IN_USE)
}

/// The URL of another database on the same server.
fn with_database(url: &str, name: &str) -> String {
    let (before, query) =
        url.split_once('?').map_or((url, None), |(before, query)| (before, Some(query)));
    let start = before.find("://").map_or(0, |at| at + 3);
    let end =
        before.get(start..).and_then(|rest| rest.find('/')).map_or(before.len(), |at| start + at);
    let server = before.get(..end).unwrap_or(before);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{server}/{name}{query}")
}

/// Runs it to its end on a thread of its own, since the caller may be inside a runtime.
fn on_a_thread(work: impl Future<Output = ()> + Send + 'static) {
    let thread = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        match runtime {
            Ok(runtime) => runtime.block_on(work),
            Err(error) => panic!("no runtime: {error}"),
        }
    });
    if let Err(reason) = thread.join() {
        std::panic::resume_unwind(reason);
    }
}

fn sorry(reason: &str) -> String {
    format!(
        "These tests need Postgres, and none can be had: {reason}.\n\
         Install it (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; \
         macOS: brew install postgresql), or name a server on which databases may be made:\n    \
         {SERVER_VARIABLE}=postgres://USER:PASSWORD@HOST/postgres"
    )
}

#[cfg(test)]
mod tests {
    use super::{fresh_database, on_a_thread, with_database};
    use sqlx::Connection as _;

    #[test]
    fn the_database_in_a_url_is_replaced() {
        for (url, expected) in [
            ("postgres://me:pw@host:5432/postgres", "postgres://me:pw@host:5432/x"),
            ("postgres://host", "postgres://host/x"),
            ("postgres://host/db?sslmode=disable", "postgres://host/x?sslmode=disable"),
            ("postgres:///db?host=/run/pg", "postgres:///x?host=/run/pg"),
        ] {
            assert_eq!(with_database(url, "x"), expected, "{url}");
        }
    }

    #[test]
    fn two_databases_are_apart_and_migrated() {
        let (one, two) = (fresh_database(), fresh_database());
        assert_ne!(one, two);
        on_a_thread(async move {
            for url in [one, two] {
                let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
                let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM principals")
                    .fetch_one(&mut connection)
                    .await
                    .unwrap();
                assert_eq!(count, 0);
                sqlx::query("INSERT INTO meta (name, value) VALUES ('a', 'b')")
                    .execute(&mut connection)
                    .await
                    .unwrap();
            }
        });
    }
}
