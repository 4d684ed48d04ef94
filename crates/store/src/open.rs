//! Opening a database: its address, its schema, its id.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection as _};
use tokio::sync::watch;

use crate::connection::{Connection, Queries};
use crate::error::Error;
use crate::locks::{LockKey, begin_holding};
use crate::postgres::Connections;
use crate::sqlite::{self, Readers, Writer};
use crate::transaction::{ObjectWriter, Snapshot, Tx};

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    backend: Backend,
    id: String,
    object_writer_given: AtomicBool,
    jobs: watch::Sender<u64>,
}

#[derive(Debug)]
enum Backend {
    Sqlite { writer: Writer, readers: Box<Readers> },
    Postgres(Connections),
}

/// How many connections, and how patient.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// SQLite: read-only connections beside the writer, opened when needed.
    pub readers: usize,
    /// Postgres: connections in all.
    pub connections: u32,
    /// SQLite: how long to wait for another process that writes.
    pub busy_timeout: Duration,
    /// Postgres: how long to wait for a connection.
    pub acquire_timeout: Duration,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            readers: 8,
            connections: 10,
            busy_timeout: Duration::from_secs(30),
            acquire_timeout: Duration::from_secs(30),
        }
    }
}

impl Store {
    /// Opens `sqlite:PATH` or `postgres://…`, bringing the schema up to date in one transaction.
    ///
    /// # Errors
    /// Each says what, where and how to mend it: [`Error::Address`], [`Error::File`], [`Error::Unreachable`],
    /// [`Error::Newer`], [`Error::Migration`].
    pub async fn open(url: &str, options: OpenOptions) -> Result<Self, Error> {
        let (backend, id) = match Address::parse(url)? {
            Address::Sqlite(path) => open_sqlite(&path, &options).await?,
            Address::Postgres(connect) => open_postgres(url, connect, &options).await?,
        };
        let object_writer_given = AtomicBool::new(false);
        Ok(Self {
            inner: Arc::new(Inner {
                backend,
                id,
                object_writer_given,
                jobs: watch::Sender::new(0),
            }),
        })
    }

    /// The random id this database got when it was made; sync tokens carry it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.inner.id
    }

    /// The right to write calendar objects: `Some` the first time, `None` ever after.
    #[must_use]
    pub fn object_writer(&self) -> Option<ObjectWriter> {
        let given = self.inner.object_writer_given.swap(true, Ordering::AcqRel);
        (!given).then(|| ObjectWriter::new(self.clone()))
    }

    /// A connection to read with; each statement sees what is committed when it runs.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn read(&self) -> Result<Snapshot, Error> {
        let connection = match &self.inner.backend {
            Backend::Sqlite { readers, .. } => Connection::SqliteReader(readers.acquire().await?),
            Backend::Postgres(connections) => Connection::Postgres(connections.acquire().await?),
        };
        Ok(Snapshot::new(Queries::new(connection)))
    }

    /// As [`Store::read`], but all statements see the same state. Costs a statement or two more.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn read_consistently(&self) -> Result<Snapshot, Error> {
        const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let connection = match &self.inner.backend {
            Backend::Sqlite { readers, .. } => Connection::SqliteReader(readers.begin().await?),
            Backend::Postgres(connections) => Connection::Postgres(connections.begin(BEGIN).await?),
        };
        Ok(Snapshot::new(Queries::new(connection)))
    }

    /// Begins a writing transaction that holds `locks`.
    ///
    /// # Errors
    /// When the database can't be reached or is locked by another process for too long.
    pub async fn write(&self, locks: &[LockKey<'_>]) -> Result<Tx, Error> {
        let connection = match &self.inner.backend {
            Backend::Sqlite { writer, .. } => Connection::SqliteWriter(writer.begin().await?),
            Backend::Postgres(connections) => {
                Connection::Postgres(connections.begin(begin_holding(locks)).await?)
            }
        };
        Ok(Tx { queries: Queries::new(connection), store: self.clone(), put_jobs: false })
    }

    /// Waits for what runs and leaves the files in good order. Not needed for durability.
    ///
    /// # Errors
    /// When the last checkpoint fails.
    pub async fn close(&self) -> Result<(), Error> {
        match &self.inner.backend {
            Backend::Sqlite { writer, .. } => writer.checkpoint().await,
            Backend::Postgres(connections) => {
                connections.close().await;
                Ok(())
            }
        }
    }

    pub(crate) fn signal_jobs(&self) {
        self.inner.jobs.send_modify(|count| *count += 1);
    }

    pub(crate) fn jobs(&self) -> watch::Receiver<u64> {
        self.inner.jobs.subscribe()
    }

    pub(crate) fn postgres(&self) -> Option<&Connections> {
        match &self.inner.backend {
            Backend::Sqlite { .. } => None,
            Backend::Postgres(connections) => Some(connections),
        }
    }
}

enum Address {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

impl Address {
    fn parse(url: &str) -> Result<Self, Error> {
        let wrong = || Error::Address { url: without_password(url) };
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.starts_with(':') || path.ends_with('/') {
                return Err(wrong());
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return url
                .parse()
                .map(|options| Self::Postgres(Box::new(options)))
                .map_err(|_| wrong());
        }
        Err(wrong())
    }
}

/// The address as it may be shown.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((user, place)) = rest.rsplit_once('@') else { return url.to_owned() };
    match user.split_once(':') {
        Some((name, _)) => format!("{scheme}://{name}:***@{place}"),
        None => url.to_owned(),
    }
}

async fn open_sqlite(path: &Path, options: &OpenOptions) -> Result<(Backend, String), Error> {
    let mut connection = sqlite::open_writer(path, options.busy_timeout).await?;
    let mut migrator = sqlx::migrate!("../../migrations/sqlite");
    migrator.set_locking(false);
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    // Not `run`: with it the future of `open` could not be sent to another thread.
    let done = migrator.run_direct(None, &mut *transaction, false).await;
    done.map_err(|error| migration_error(error, &migrator))?;
    let id = sqlx::query_scalar(STORE_ID).bind(new_id()).fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    let readers =
        Readers::new(sqlite::reader_options(path, options.busy_timeout), options.readers)?;
    let readers = Box::new(readers);
    Ok((Backend::Sqlite { writer: Writer::new(connection), readers }, id))
}

async fn open_postgres(
    url: &str,
    connect: Box<PgConnectOptions>,
    options: &OpenOptions,
) -> Result<(Backend, String), Error> {
    const CACHED_STATEMENTS: usize = 256;
    let connect = connect.application_name("convene").statement_cache_capacity(CACHED_STATEMENTS);
    // Not through the pool, which would try again until its timeout.
    let connected = tokio::time::timeout(options.acquire_timeout, connect.connect());
    let connected = connected.await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
    let mut connection = connected.map_err(|error| Error::Unreachable {
        url: without_password(url),
        source: Arc::new(error),
    })?;
    let mut migrator = sqlx::migrate!("../../migrations/postgres");
    migrator.set_locking(false);
    let mut transaction = connection.begin().await?;
    sqlx::query(MIGRATION_LOCK).execute(&mut *transaction).await?;
    let done = migrator.run_direct(None, &mut *transaction, false).await;
    done.map_err(|error| migration_error(error, &migrator))?;
    let id = sqlx::query_scalar(STORE_ID).bind(new_id()).fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    connection.close().await?;
    let connections = Connections::new(connect, options.connections, options.acquire_timeout)?;
    Ok((Backend::Postgres(connections), id))
}

// Two processes that start at once take turns: the second finds the work done.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(20938)";

// The update changes nothing but makes RETURNING answer for a row that is there already.
const STORE_ID: &str = "
    INSERT INTO meta (name, value) VALUES ('store_id', $1)
        ON CONFLICT (name) DO UPDATE SET value = meta.value
    RETURNING value";

fn migration_error(error: MigrateError, migrator: &Migrator) -> Error {
    let known = migrator.iter().map(|migration| migration.version).max().unwrap_or_default();
    match error {
        MigrateError::VersionMissing(found) if found > known => Error::Newer { found, known },
        error => Error::Migration(Arc::new(error)),
    }
}

fn new_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
