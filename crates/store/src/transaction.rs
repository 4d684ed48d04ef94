//! Snapshots and transactions: what one may do with a connection.

use std::ops::{Deref, DerefMut};

use crate::connection::Queries;
use crate::error::Error;
use crate::locks::LockKey;
use crate::open::Store;

/// A connection to read with; derefs to [`Queries`].
#[derive(Debug)]
pub struct Snapshot {
    queries: Queries,
}

/// A writing transaction for everything but calendar objects. Derefs to [`Queries`]; dropping it undoes it.
///
/// After a statement failed it can only be dropped. On SQLite there is one at a time: beginning another
/// while holding one waits for ever.
#[derive(Debug)]
pub struct Tx {
    pub(crate) queries: Queries,
    pub(crate) store: Store,
    pub(crate) put_jobs: bool,
}

/// A transaction that may also write calendar objects. Derefs to [`Tx`].
#[derive(Debug)]
pub struct ObjectTx {
    tx: Tx,
}

/// The right to write calendar objects: there is one for each opened store.
#[derive(Debug)]
pub struct ObjectWriter {
    store: Store,
}

impl Snapshot {
    pub(crate) const fn new(queries: Queries) -> Self {
        Self { queries }
    }
}

impl Tx {
    /// Makes it durable. When this fails, nothing was written, or (a lost connection) nobody can say.
    ///
    /// # Errors
    /// [`Error::Aborted`] after a failed statement, [`Error::Commit`] when the disk or the server refuses.
    pub async fn commit(self) -> Result<(), Error> {
        self.queries.commit().await?;
        if self.put_jobs {
            self.store.signal_jobs();
        }
        Ok(())
    }
}

impl ObjectTx {
    /// Makes it durable, as [`Tx::commit`].
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub async fn commit(self) -> Result<(), Error> {
        self.tx.commit().await
    }
}

impl ObjectWriter {
    pub(crate) const fn new(store: Store) -> Self {
        Self { store }
    }

    /// Begins a transaction that may write calendar objects, holding `locks`.
    ///
    /// # Errors
    /// When the database can't be reached or is locked by another process for too long.
    pub async fn begin(&self, locks: &[LockKey<'_>]) -> Result<ObjectTx, Error> {
        Ok(ObjectTx { tx: self.store.write(locks).await? })
    }
}

impl Deref for Snapshot {
    type Target = Queries;

    fn deref(&self) -> &Queries {
        &self.queries
    }
}

impl DerefMut for Snapshot {
    fn deref_mut(&mut self) -> &mut Queries {
        &mut self.queries
    }
}

impl Deref for Tx {
    type Target = Queries;

    fn deref(&self) -> &Queries {
        &self.queries
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Queries {
        &mut self.queries
    }
}

impl Deref for ObjectTx {
    type Target = Tx;

    fn deref(&self) -> &Tx {
        &self.tx
    }
}

impl DerefMut for ObjectTx {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.tx
    }
}
