//! The connections to Postgres. sqlx's own pool asks the server after each use whether it is still there, which costs
//! as much as a small statement; here it is asked when a connection rested for a while, or was left in the middle.

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{
    Manager, Metrics, Object, Pool, QueueMode, RecycleError, RecycleResult, WeakPool,
};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions, Connection as _, PgPool, SqlSafeStr};

use crate::error::Error;

/// A bounded number of connections, opened when first needed. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    pool: Pool<Connector>,
    patience: Duration,
}

#[derive(Debug)]
struct Connector {
    options: Arc<PgConnectOptions>,
}

/// A connection, given back when dropped. What is left open in it is undone before another has it.
#[derive(Debug)]
pub(crate) struct Lent {
    object: Option<Object<Connector>>,
    in_transaction: bool,
    /// A statement was sent whose answer was not read, or is an error.
    unsettled: bool,
}

/// Every statement here finds its rows through an index made for it, so the best plan is known before there are
/// statistics: nested loops over indexes, made once for each connection. Left to itself the planner takes a small
/// database for one that is worth reading whole, and plans anew on every execution.
pub(crate) const PLANNING: &str = "
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET max_parallel_workers_per_gather = 0;
    SET jit = off";

impl Manager for Connector {
    type Type = PgConnection;
    type Error = sqlx::Error;

    /// Connects; while nobody listens or the server is starting it tries again, until whoever waits gives up.
    async fn create(&self) -> Result<PgConnection, sqlx::Error> {
        const LONGEST_PAUSE: Duration = Duration::from_secs(2);
        let mut pause = Duration::from_millis(10);
        let mut connection = loop {
            match self.options.connect().await {
                Ok(connection) => break connection,
                Err(error) if is_transient(&error) => {}
                Err(error) => return Err(error),
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        };
        sqlx::raw_sql(PLANNING).execute(&mut connection).await?;
        Ok(connection)
    }

    async fn recycle(
        &self,
        connection: &mut PgConnection,
        metrics: &Metrics,
    ) -> RecycleResult<sqlx::Error> {
        // What a server keeps for a connection grows with time.
        const LONGEST_LIFE: Duration = Duration::from_secs(30 * 60);
        // A connection in steady use needs no test; one that rested may have lost its server.
        const TRUSTED: Duration = Duration::from_secs(1);
        if metrics.age() > LONGEST_LIFE {
            return Err(RecycleError::message("it is old"));
        }
        if metrics.last_used() > TRUSTED {
            connection.ping().await?;
        }
        Ok(())
    }
}

fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        sqlx::Error::Database(error) => error.is_transient_in_connect_phase(),
        _ => false,
    }
}

impl Connections {
    /// `most` connections at once; waits for one as long as `patience`.
    pub(crate) fn new(
        options: PgConnectOptions,
        most: u32,
        patience: Duration,
    ) -> Result<Self, Error> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let pool = Pool::builder(Connector { options: Arc::new(options) })
            .max_size(most)
            // As few of them as the load needs, each with its plans made.
            .queue_mode(QueueMode::Lifo)
            .build()?;
        tokio::spawn(close_rested(pool.weak()));
        Ok(Self { pool, patience })
    }

    pub(crate) async fn acquire(&self) -> Result<Lent, Error> {
        let object = tokio::time::timeout(self.patience, self.pool.get()).await;
        let object = object.map_err(|_| sqlx::Error::PoolTimedOut)??;
        Ok(Lent { object: Some(object), in_transaction: false, unsettled: false })
    }

    /// Begins a transaction by `statements`, `BEGIN` being the first of them.
    pub(crate) async fn begin(&self, statements: impl SqlSafeStr) -> Result<Lent, Error> {
        let mut lent = self.acquire().await?;
        lent.in_transaction = true;
        sqlx::raw_sql(statements).execute(lent.connection()?).await?;
        lent.settle();
        Ok(lent)
    }

    /// Waits for those that are lent, and says goodbye to the server.
    pub(crate) async fn close(&self) {
        const PAUSE: Duration = Duration::from_millis(5);
        let all = async {
            loop {
                for connection in self.pool.retain(|_, _| false).removed {
                    // It goes either way.
                    let _ = connection.close().await;
                }
                if self.pool.status().size == 0 {
                    break;
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        let _ = tokio::time::timeout(self.patience, all).await;
        self.pool.close();
    }

    /// A pool of sqlx for what wants one, of a single connection that is kept.
    pub(crate) fn single(&self) -> PgPool {
        PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with((*self.pool.manager().options).clone())
    }
}

/// Closes what nobody used for long, as long as the pool is there.
async fn close_rested(pool: WeakPool<Connector>) {
    const PAUSE: Duration = Duration::from_secs(60);
    const LONGEST_REST: Duration = Duration::from_secs(10 * 60);
    loop {
        tokio::time::sleep(PAUSE).await;
        let Some(pool) = pool.upgrade() else { break };
        for connection in pool.retain(|_, metrics| metrics.last_used() < LONGEST_REST).removed {
            // It goes either way.
            let _ = connection.close().await;
        }
    }
}

impl Lent {
    /// The connection, to send a statement on. [`Lent::settle`] says that its answer was read.
    pub(crate) fn connection(&mut self) -> Result<&mut PgConnection, Error> {
        self.unsettled = true;
        self.object.as_deref_mut().ok_or(Error::Aborted)
    }

    pub(crate) const fn settle(&mut self) {
        self.unsettled = false;
    }

    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        if self.in_transaction {
            let done = sqlx::raw_sql("COMMIT").execute(self.connection()?).await;
            done.map_err(Error::commit)?;
            self.in_transaction = false;
            self.settle();
        }
        Ok(())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(mut object) = self.object.take() else { return };
        if !self.in_transaction && !self.unsettled {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            drop(Object::take(object));
            return;
        };
        let in_transaction = self.in_transaction;
        runtime.spawn(async move {
            let undo = async {
                if in_transaction {
                    sqlx::raw_sql("ROLLBACK").execute(&mut *object).await.map(drop)
                } else {
                    object.ping().await
                }
            };
            // The server undoes what a connection leaves that ends.
            if !matches!(tokio::time::timeout(LONGEST_UNDO, undo).await, Ok(Ok(()))) {
                drop(Object::take(object));
            }
        });
    }
}

const LONGEST_UNDO: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Executor as _};

    use super::*;

    /// At most so many connections to a database of their own.
    async fn connections(most: u32) -> Connections {
        let url = tokio::task::spawn_blocking(testkit::postgres::fresh_database).await.unwrap();
        Connections::new(url.parse().unwrap(), most, Duration::from_secs(10)).unwrap()
    }

    async fn number(lent: &mut Lent, question: &str) -> Result<i64, sqlx::Error> {
        let question = AssertSqlSafe(format!("SELECT CAST(({question}) AS BIGINT)"));
        let answer = sqlx::query_scalar(question).fetch_one(lent.connection().unwrap()).await;
        if answer.is_ok() {
            lent.settle();
        }
        answer
    }

    #[tokio::test]
    async fn what_is_left_open_is_undone_before_another_has_it() {
        let connections = connections(1).await;
        let mut lent =
            connections.begin("BEGIN; CREATE TABLE left_open (id BIGINT)").await.unwrap();
        let process = number(&mut lent, "SELECT pg_backend_pid()").await.unwrap();
        drop(lent);
        let mut lent = connections.acquire().await.unwrap();
        assert_eq!(number(&mut lent, "SELECT pg_backend_pid()").await.unwrap(), process);
        let there = number(&mut lent, "SELECT count(to_regclass('left_open'))").await.unwrap();
        assert_eq!(there, 0);
    }

    #[tokio::test]
    async fn what_is_committed_needs_no_test() {
        let connections = connections(1).await;
        let lent = connections.begin("BEGIN; CREATE TABLE kept (id BIGINT)").await.unwrap();
        lent.commit().await.unwrap();
        assert_eq!(connections.pool.status().available, 1, "at once");
        let mut lent = connections.acquire().await.unwrap();
        assert_eq!(number(&mut lent, "SELECT count(to_regclass('kept'))").await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_statement_given_up_half_way_answers_nobody_else() {
        let connections = connections(1).await;
        let mut lent = connections.acquire().await.unwrap();
        let question = "SELECT 1 FROM pg_sleep(0.3)";
        let soon = Duration::from_millis(20);
        tokio::time::timeout(soon, number(&mut lent, question)).await.unwrap_err();
        drop(lent);
        assert_eq!(connections.pool.status().available, 0, "not before it answered");
        let mut lent = connections.acquire().await.unwrap();
        assert_eq!(number(&mut lent, "7").await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_connection_that_the_server_ended_is_replaced() {
        let connections = connections(2).await;
        let (mut one, mut other) =
            (connections.acquire().await.unwrap(), connections.acquire().await.unwrap());
        let process = number(&mut one, "SELECT pg_backend_pid()").await.unwrap();
        let end = AssertSqlSafe(format!("SELECT pg_terminate_backend({process}, 10000)"));
        other.connection().unwrap().execute(end).await.unwrap();
        // Who has it hears of it, and nobody after him.
        number(&mut one, "1").await.unwrap_err();
        drop(one);
        let mut next = connections.acquire().await.unwrap();
        assert_eq!(number(&mut next, "1").await.unwrap(), 1);
    }

    #[tokio::test]
    async fn who_waits_too_long_is_told() {
        let mut connections = connections(1).await;
        let lent = connections.acquire().await.unwrap();
        connections.patience = Duration::from_millis(20);
        let error = connections.acquire().await.unwrap_err();
        let Error::Database(error) = error else { panic!("{error:?}") };
        assert!(matches!(*error, sqlx::Error::PoolTimedOut), "{error:?}");
        drop(lent);
        connections.patience = Duration::from_secs(10);
        connections.acquire().await.unwrap();
        connections.close().await;
        connections.acquire().await.unwrap_err();
    }
}
