//! The single writer and its group commit.
//!
//! Writers take turns on one connection, in the order they came. A turn that ends while others wait leaves the
//! SQLite transaction open, so that the next ones join it with a savepoint each, and queues again for the
//! connection: whoever of the group gets it first commits for all. The group is bounded by those who waited when its
//! first turn ended, and by [`MOST_MEMBERS`].
//!
//! Invariants: a turn that is dropped undoes its own statements and nobody else's, also when a future was dropped
//! in mid-statement (the connection's thread runs statements in order, so what is sent later comes later). A turn
//! that joined a group is committed with it, whether or not its caller still waits. A failed COMMIT reports to every
//! member.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::SqliteConnection;
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
}

/// The writer connection for the length of one transaction.
#[derive(Debug)]
pub(crate) struct Turn {
    state: Option<OwnedMutexGuard<State>>,
    queue: Arc<Mutex<State>>,
    waiting: Arc<AtomicUsize>,
}

impl Writer {
    pub(crate) fn new(connection: SqliteConnection) -> Self {
        let state = State { connection, members: Vec::new(), unsettled: false };
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
        state.run("PRAGMA optimize").await?;
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
        let mut answer = state.join().await?;
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
        self.run(if self.members.is_empty() { "BEGIN IMMEDIATE" } else { "SAVEPOINT turn" }).await
    }

    /// Commits the only turn. It stays unsettled till then: when the future is dropped, the ROLLBACK that settles it
    /// comes after the COMMIT and finds nothing to do.
    async fn commit_alone(&mut self) -> Result<(), Error> {
        let result = sqlx::query("COMMIT").execute(&mut self.connection).await;
        self.unsettled = result.is_err();
        result.map(drop).map_err(Error::commit)
    }

    /// Makes the turn a member of the group.
    async fn join(&mut self) -> Result<oneshot::Receiver<Result<(), Error>>, Error> {
        if !self.members.is_empty() {
            self.run("RELEASE turn").await?;
        }
        let (sender, receiver) = oneshot::channel();
        self.members.push(sender);
        self.unsettled = false;
        Ok(receiver)
    }

    /// Undoes a turn that was dropped.
    async fn settle(&mut self) {
        if !self.unsettled {
            return;
        }
        if self.members.is_empty() {
            // Fails if the turn was dropped before its BEGIN ran, or SQLite undid everything by itself.
            self.run("ROLLBACK").await.ok();
        } else if self.run("ROLLBACK TO turn").await.is_ok() {
            self.run("RELEASE turn").await.ok();
        } else if self.run("BEGIN").await.is_ok() {
            // No savepoint and no transaction either: after a full disk, say, SQLite undoes it all, members too.
            self.run("ROLLBACK").await.ok();
            for member in self.members.drain(..) {
                member.send(Err(Error::Aborted)).ok();
            }
        }
        self.unsettled = false;
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
        for member in self.members.drain(..) {
            member.send(result.clone()).ok();
        }
    }

    async fn run(&mut self, control: &'static str) -> Result<(), Error> {
        sqlx::query(control).execute(&mut self.connection).await?;
        Ok(())
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
