//! SQLite: one writer connection whose transactions share commits, and read-only connections beside it.
//! WAL keeps readers and the writer out of each other's way.

mod reader;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection};

pub(crate) use reader::{Reader, Readers};
pub(crate) use writer::{Turn, Writer};

use crate::error::Error;

/// Opens the writer connection, makes the file when there is none.
pub(crate) async fn open_writer(
    path: &Path,
    busy_timeout: Duration,
) -> Result<SqliteConnection, Error> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| file_error(path, error))?;
    }
    /// In pages of 4 KiB. A meeting of 50 writes some 450 of them, and many again with the next one: what is copied into
    /// the file rarely is copied once.
    const BETWEEN_CHECKPOINTS: &str = "4000";
    let options = options(path, busy_timeout)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", BETWEEN_CHECKPOINTS);
    let until = Instant::now() + busy_timeout;
    loop {
        match connect_to_write(&options).await {
            // SQLite's own patience ends where a file gets its WAL: of several who do it at once one succeeds, and the
            // others are told that it is locked without waiting.
            Err(error) if is_locked(&error) && Instant::now() < until => {
                tokio::time::sleep(BETWEEN_ATTEMPTS).await;
            }
            connected => return connected.map_err(|error| file_error(path, error)),
        }
    }
}

const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(5);

async fn connect_to_write(options: &SqliteConnectOptions) -> sqlx::Result<SqliteConnection> {
    let mut connection = SqliteConnection::connect_with(options).await?;
    // A file that is only readable opens all the same; a write lock shows it.
    sqlx::raw_sql(WITHOUT_STATISTICS).execute(&mut connection).await?;
    Ok(connection)
}

/// Whether another connection stands in the way: `SQLITE_BUSY`, in the low octet of each of its extended codes.
fn is_locked(error: &sqlx::Error) -> bool {
    const SQLITE_BUSY: u32 = 5;
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == SQLITE_BUSY)
}

/// Every statement finds its rows through an index made for it, so the best plan is known without statistics. Where there
/// are some (somebody ran ANALYZE), SQLite looks at the values of the parameters too and plans anew whenever they change,
/// which takes longer than most statements do.
const WITHOUT_STATISTICS: &str = "
    BEGIN IMMEDIATE;
    DROP TABLE IF EXISTS sqlite_stat1;
    DROP TABLE IF EXISTS sqlite_stat4;
    COMMIT";

/// How a read-only connection is opened. It reads the file where the system has it in memory: what it keeps of it itself
/// is of no use any more after each commit of the writer.
pub(crate) fn reader_options(path: &Path, busy_timeout: Duration) -> SqliteConnectOptions {
    const MAPPED: &str = "1073741824";
    options(path, busy_timeout).read_only(true).pragma("mmap_size", MAPPED)
}

fn options(path: &Path, busy_timeout: Duration) -> SqliteConnectOptions {
    const CACHED_STATEMENTS: usize = 256;
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(busy_timeout)
        .statement_cache_capacity(CACHED_STATEMENTS)
        .pragma("cache_size", "-16384")
        .pragma("temp_store", "memory")
}

fn file_error(path: &Path, source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::File { path: path.to_owned(), source: Arc::new(source) }
}
