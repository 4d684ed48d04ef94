//! The read-only connections. sqlx's own pool takes longer to hand out a connection than SQLite takes to answer;
//! this one is a stack under a lock.

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

/// A bounded number of read-only connections, opened when first needed.
#[derive(Debug)]
pub(crate) struct Readers {
    options: SqliteConnectOptions,
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<SqliteConnection>>>,
}

/// A read-only connection, given back when dropped.
#[derive(Debug)]
pub(crate) struct Reader {
    connection: Option<SqliteConnection>,
    in_transaction: bool,
    idle: Arc<Mutex<Vec<SqliteConnection>>>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Readers {
    pub(crate) fn new(options: SqliteConnectOptions, most: usize) -> Self {
        Self { options, permits: Arc::new(Semaphore::new(most.max(1))), idle: Arc::default() }
    }

    /// A connection on which every statement sees the newest data.
    pub(crate) async fn acquire(&self) -> Result<Reader, Error> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Error::Aborted)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(Reader {
            connection: Some(connection),
            in_transaction: false,
            idle: Arc::clone(&self.idle),
            permit: Some(permit),
        })
    }

    /// A connection on which all statements see the same state.
    pub(crate) async fn begin(&self) -> Result<Reader, Error> {
        let mut reader = self.acquire().await?;
        reader.in_transaction = true;
        sqlx::query("BEGIN DEFERRED").execute(reader.connection()?).await?;
        Ok(reader)
    }
}

impl Reader {
    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, Error> {
        self.connection.as_mut().ok_or(Error::Aborted)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let (Some(mut connection), Some(permit)) = (self.connection.take(), self.permit.take())
        else {
            return;
        };
        let idle = Arc::clone(&self.idle);
        if !self.in_transaction {
            give_back(&idle, connection, permit);
        } else if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // An open read transaction would keep the WAL from being checkpointed.
            runtime.spawn(async move {
                if sqlx::query("ROLLBACK").execute(&mut connection).await.is_ok() {
                    give_back(&idle, connection, permit);
                }
            });
        }
    }
}

fn give_back(
    idle: &Mutex<Vec<SqliteConnection>>,
    connection: SqliteConnection,
    permit: OwnedSemaphorePermit,
) {
    idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    drop(permit);
}
