//! The single writer and its group commit.
//!
//! Writers take turns on one connection, in the order they came. A turn that ends while others wait leaves the
//! SQLite transaction open, so that the next ones join it with a savepoint each (which the one after it releases in the
//! same trip as it opens its own), and queues again for the connection: whoever of the group gets it first commits for all. The group is bounded by those who waited when its
//! first turn ended, and by [`MOST_MEMBERS`].
//!
//! Invariants: a turn that is dropped undoes its own statements and nobody else's, also when a future was dropped
//! in mid-statement (the connection's thread runs statements in order, so what is sent later comes later). A turn
//! that joined a group is committed with it, whether or not its caller still waits. A failed COMMIT reports to every
//! member.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{AssertSqlSafe, SqliteConnection};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use crate::error::Error;

/// So many turns share one COMMIT at most; the first of them waits for the others' statements.
const MOST_MEMBERS: usize = 64;

/// The writer connection and its queue.
#[derive(Debug)]
pub(crate) struct Writer {
    state: Arc<Mutex<State>>,
    waiting: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct State {
    connection: SqliteConnection,
    /// Turns that ended in the open transaction and wait for its COMMIT.
    members: Vec<oneshot::Sender<Result<(), Error>>>,
    /// A turn has begun and neither joined the members nor been undone.
    unsettled: bool,
    /// That of the running turn.
    savepoint: Option<Savepoint>,
    /// That of the last member, if it is surely not released yet.
    left_open: Option<Savepoint>,
    /// How many there were.
    savepoints: u64,
}

/// No two have the same number, so that undoing a turn that opened none never undoes a member.
#[derive(Clone, Copy, Debug)]
struct Savepoint(u64);

/// The writer connection for the length of one transaction.
#[derive(Debug)]
pub(crate) struct Turn {
    state: Option<OwnedMutexGuard<State>>,
    queue: Arc<Mutex<State>>,
    waiting: Arc<AtomicUsize>,
}

impl Writer {
    pub(crate) fn new(connection: SqliteConnection) -> Self {
        let state = State {
            connection,
            members: Vec::new(),
            unsettled: false,
            savepoint: None,
            left_open: None,
            savepoints: 0,
        };
        Self { state: Arc::new(Mutex::new(state)), waiting: Arc::default() }
    }

    /// Waits for its turn and begins.
    pub(crate) async fn begin(&self) -> Result<Turn, Error> {
        let state = {
            let _waiting = Waiting::new(&self.waiting);
            Arc::clone(&self.state).lock_owned().await
        };
        // From here on dropping the future drops the turn, which settles what was begun.
        let mut turn = Turn {
            state: Some(state),
            queue: Arc::clone(&self.state),
            waiting: Arc::clone(&self.waiting),
        };
        turn.state()?.begin().await?;
        Ok(turn)
    }

    /// Waits for the running turn and closes the file in good order.
    pub(crate) async fn checkpoint(&self) -> Result<(), Error> {
        let mut state = self.state.lock().await;
        state.settle().await;
        state.commit().await;
        state.run("PRAGMA wal_checkpoint(TRUNCATE)").await
    }
}

impl Turn {
    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, Error> {
        Ok(&mut self.state()?.connection)
    }

    /// Makes the turn's statements durable, together with others' where others wait.
    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        let others_wait = self.waiting.load(Ordering::Acquire) > 0;
        let state = self.state()?;
        if !others_wait && state.members.is_empty() {
            return state.commit_alone().await;
        }
        // In a task of its own: the others must hear of it, also if our caller drops this future.
        tokio::spawn(self.join(others_wait)).await.unwrap_or(Err(Error::Aborted))
    }

    async fn join(mut self, others_wait: bool) -> Result<(), Error> {
        let state = self.state()?;
        let mut answer = state.join();
        if !others_wait || state.members.len() >= MOST_MEMBERS {
            state.commit().await;
        } else {
            self.state = None;
            let queue = Arc::clone(&self.queue);
            tokio::select! {
                biased;
                committed = &mut answer => return committed.unwrap_or(Err(Error::Aborted)),
                mut state = queue.lock() => {
                    state.settle().await;
                    state.commit().await;
                }
            }
        }
        answer.await.unwrap_or(Err(Error::Aborted))
    }

    fn state(&mut self) -> Result<&mut State, Error> {
        self.state.as_deref_mut().ok_or(Error::Aborted)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(mut state) = self.state.take().filter(|state| state.unsettled) else { return };
        // Not left to the next turn: until then the database would stay locked for other processes.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { state.settle().await });
        }
    }
}

impl State {
    /// Opens the transaction, or a savepoint in the one that waits for its COMMIT.
    async fn begin(&mut self) -> Result<(), Error> {
        self.settle().await;
        self.unsettled = true;
        if self.members.is_empty() {
            return self.run("BEGIN IMMEDIATE").await;
        }
        self.savepoints += 1;
        let savepoint = Savepoint(self.savepoints);
        self.savepoint = Some(savepoint);
        let control = match self.left_open {
            Some(open) => format!("RELEASE {open}; SAVEPOINT {savepoint}"),
            None => format!("SAVEPOINT {savepoint}"),
        };
        sqlx::raw_sql(AssertSqlSafe(control)).execute(&mut self.connection).await?;
        self.left_open = None;
        Ok(())
    }

    /// Commits the only turn. It stays unsettled till then: when the future is dropped, the ROLLBACK that settles it
    /// comes after the COMMIT and finds nothing to do.
    async fn commit_alone(&mut self) -> Result<(), Error> {
        let result = sqlx::query("COMMIT").execute(&mut self.connection).await;
        self.unsettled = result.is_err();
        result.map(drop).map_err(Error::commit)
    }

    /// Makes the turn a member of the group.
    fn join(&mut self) -> oneshot::Receiver<Result<(), Error>> {
        self.left_open = self.savepoint.take();
        let (sender, receiver) = oneshot::channel();
        self.members.push(sender);
        self.unsettled = false;
        receiver
    }

    /// Undoes a turn that was dropped.
    async fn settle(&mut self) {
        if !self.unsettled {
            return;
        }
        if self.members.is_empty() {
            // Fails if the turn was dropped before its BEGIN ran, or SQLite undid everything by itself.
            self.run("ROLLBACK").await.ok();
        } else if !self.undo_savepoint().await && self.run("BEGIN").await.is_ok() {
            // No savepoint and no transaction either: after a full disk, say, SQLite undoes it all, members too.
            self.run("ROLLBACK").await.ok();
            for member in self.members.drain(..) {
                member.send(Err(Error::Aborted)).ok();
            }
        }
        // Whether the turn released it before it was dropped, nobody knows.
        self.left_open = None;
        self.savepoint = None;
        self.unsettled = false;
    }

    /// Whether the running turn had opened its savepoint; what it did since then is undone. The savepoint is known until
    /// then, since this future may be dropped too.
    async fn undo_savepoint(&mut self) -> bool {
        let Some(savepoint) = self.savepoint else { return false };
        let control = format!("ROLLBACK TO {savepoint}; RELEASE {savepoint}");
        sqlx::raw_sql(AssertSqlSafe(control)).execute(&mut self.connection).await.is_ok()
    }

    /// Commits for all members.
    async fn commit(&mut self) {
        if self.members.is_empty() {
            return;
        }
        let result = sqlx::query("COMMIT").execute(&mut self.connection).await;
        let result = result.map(drop).map_err(Error::commit);
        if result.is_err() {
            self.run("ROLLBACK").await.ok();
        }
        self.left_open = None;
        for member in self.members.drain(..) {
            member.send(result.clone()).ok();
        }
    }

    async fn run(&mut self, control: &'static str) -> Result<(), Error> {
        sqlx::query(control).execute(&mut self.connection).await?;
        Ok(())
    }
}

impl fmt::Display for Savepoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "turn_{}", self.0)
    }
}

/// Counts one who waits for the writer, for as long as it lives.
struct Waiting<'w>(&'w AtomicUsize);

impl<'w> Waiting<'w> {
    fn new(count: &'w AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sqlx::{Connection as _, SqliteConnection};
    use tokio::task::JoinHandle;

    use super::{Turn, Writer};
    use crate::error::Error;

    const SCHEMA: &str = "
        CREATE TABLE parents (id INTEGER PRIMARY KEY);
        CREATE TABLE children (id INTEGER PRIMARY KEY,
                               parent_id INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)";

    async fn writer() -> Arc<Writer> {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        sqlx::raw_sql(SCHEMA).execute(&mut connection).await.unwrap();
        Arc::new(Writer::new(connection))
    }

    async fn run(turn: &mut Turn, statement: &'static str) {
        sqlx::raw_sql(statement).execute(turn.connection().unwrap()).await.unwrap();
    }

    async fn count(writer: &Writer) -> i64 {
        let mut turn = writer.begin().await.unwrap();
        let count = "SELECT (SELECT COUNT(*) FROM parents) + (SELECT COUNT(*) FROM children)";
        sqlx::query_scalar(count).fetch_one(turn.connection().unwrap()).await.unwrap()
    }

    /// A turn that has joined a group, and the turn after it, which has not ended.
    async fn member_and_next(writer: &Arc<Writer>) -> (JoinHandle<Result<(), Error>>, Turn) {
        let mut first = writer.begin().await.unwrap();
        run(&mut first, "INSERT INTO parents (id) VALUES (1)").await;
        let next = tokio::spawn({
            let writer = Arc::clone(writer);
            async move { writer.begin().await.unwrap() }
        });
        while writer.waiting.load(std::sync::atomic::Ordering::Acquire) == 0 {
            tokio::task::yield_now().await;
        }
        let member = tokio::spawn(first.commit());
        let next = next.await.unwrap();
        assert!(!member.is_finished(), "it waits for the next turn");
        (member, next)
    }

    #[tokio::test]
    async fn a_group_is_committed_with_its_last_turn() {
        let writer = writer().await;
        let (member, mut next) = member_and_next(&writer).await;
        run(&mut next, "INSERT INTO parents (id) VALUES (2)").await;
        next.commit().await.unwrap();
        member.await.unwrap().unwrap();
        assert_eq!(count(&writer).await, 2);
    }

    #[tokio::test]
    async fn a_turn_dropped_in_a_group_leaves_the_others() {
        let writer = writer().await;
        let (member, mut next) = member_and_next(&writer).await;
        run(&mut next, "INSERT INTO parents (id) VALUES (2)").await;
        drop(next);
        member.await.unwrap().unwrap();
        assert_eq!(count(&writer).await, 1);
    }

    /// Of many turns at once each third is dropped after it wrote, each third before it began.
    #[tokio::test]
    async fn turns_that_end_otherwise_leave_what_the_others_wrote() {
        let writer = writer().await;
        let turns: Vec<_> = (0..90)
            .map(|number| {
                let writer = Arc::clone(&writer);
                tokio::spawn(async move {
                    if number % 3 == 1 {
                        let begun = writer.begin();
                        let _ = tokio::time::timeout(std::time::Duration::from_micros(300), begun)
                            .await;
                        return;
                    }
                    let mut turn = writer.begin().await.unwrap();
                    let insert = sqlx::query("INSERT INTO parents (id) VALUES ($1)").bind(number);
                    insert.execute(turn.connection().unwrap()).await.unwrap();
                    if number % 3 == 0 {
                        turn.commit().await.unwrap();
                    }
                })
            })
            .collect();
        for turn in turns {
            turn.await.unwrap();
        }
        assert_eq!(count(&writer).await, 30);
    }

    #[tokio::test]
    async fn a_failed_commit_reports_to_every_member() {
        let writer = writer().await;
        let (member, mut next) = member_and_next(&writer).await;
        // Found out by the COMMIT only.
        run(&mut next, "INSERT INTO children (id, parent_id) VALUES (1, 404)").await;
        let failed = next.commit().await;
        assert!(matches!(failed, Err(Error::Commit(_))), "{failed:?}");
        let failed = member.await.unwrap();
        assert!(matches!(failed, Err(Error::Commit(_))), "{failed:?}");
        assert_eq!(count(&writer).await, 0);

        let mut alone = writer.begin().await.unwrap();
        run(&mut alone, "INSERT INTO children (id, parent_id) VALUES (1, 404)").await;
        let failed = alone.commit().await;
        assert!(matches!(failed, Err(Error::Commit(_))), "{failed:?}");
        assert_eq!(count(&writer).await, 0);
    }

    #[tokio::test]
    async fn when_sqlite_undoes_all_by_itself_every_member_hears_of_it() {
        let writer = writer().await;
        let (member, mut next) = member_and_next(&writer).await;
        // As SQLite does when the disk is full.
        run(&mut next, "ROLLBACK").await;
        drop(next);
        let failed = member.await.unwrap();
        assert!(matches!(failed, Err(Error::Aborted)), "{failed:?}");
        assert_eq!(count(&writer).await, 0);
    }
}
