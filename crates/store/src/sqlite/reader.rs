//! The read-only connections. sqlx's own pool takes longer to hand out a connection than SQLite takes to answer.

use deadpool::managed::{Manager, Metrics, Object, Pool, QueueMode, RecycleResult};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};

use crate::error::Error;

/// A bounded number of read-only connections, opened when first needed.
#[derive(Debug)]
pub(crate) struct Readers {
    pool: Pool<Opener>,
}

#[derive(Debug)]
struct Opener {
    options: SqliteConnectOptions,
}

/// A read-only connection, given back when dropped.
#[derive(Debug)]
pub(crate) struct Reader {
    connection: Option<Object<Opener>>,
    in_transaction: bool,
}

impl Manager for Opener {
    type Type = SqliteConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<SqliteConnection, sqlx::Error> {
        self.options.connect().await
    }

    async fn recycle(&self, _: &mut SqliteConnection, _: &Metrics) -> RecycleResult<sqlx::Error> {
        Ok(())
    }
}

impl Readers {
    pub(crate) fn new(options: SqliteConnectOptions, most: usize) -> Result<Self, Error> {
        // The last one used has the most of the file in memory.
        let builder = Pool::builder(Opener { options }).queue_mode(QueueMode::Lifo);
        Ok(Self { pool: builder.max_size(most.max(1)).build()? })
    }

    /// A connection on which every statement sees the newest data.
    pub(crate) async fn acquire(&self) -> Result<Reader, Error> {
        Ok(Reader { connection: Some(self.pool.get().await?), in_transaction: false })
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
        self.connection.as_deref_mut().ok_or(Error::Aborted)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        if !self.in_transaction {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            drop(Object::take(connection));
            return;
        };
        // An open read transaction would keep the WAL from being checkpointed.
        runtime.spawn(async move {
            if sqlx::query("ROLLBACK").execute(&mut *connection).await.is_err() {
                drop(Object::take(connection));
            }
        });
    }
}
