//! What can go wrong in the store. Nothing here knows HTTP.

use std::path::PathBuf;
use std::sync::Arc;

use deadpool::managed::{BuildError, PoolError};

/// Why the store could not do it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database URL names no engine we have.
    #[error(
        "{url:?} is no database address: write sqlite:PATH, such as sqlite:convene-data/convene.db, or \
         postgres://USER:PASSWORD@HOST/DATABASE"
    )]
    Address {
        /// What was given, without its password.
        url: String,
    },
    /// The folder or file of an SQLite database can't be used.
    #[error(
        "the database file {path} cannot be opened for writing: {source}. Make its folder writable for the user \
         that runs convene, or name another file"
    )]
    File {
        /// The database file.
        path: PathBuf,
        /// What the system said.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// No Postgres answers, or it refuses us.
    #[error(
        "the database {url} cannot be reached: {}. Check that Postgres runs, that address, user and \
         password are right, and that the database exists",
        words(source)
    )]
    Unreachable {
        /// The address, without its password.
        url: String,
        /// What the driver said.
        source: Arc<sqlx::Error>,
    },
    /// The database was written by a later version of the program.
    #[error(
        "the database has migration {found}, this program knows them up to {known}: it was used with a newer \
         convene. Run that version or a later one, or go back to a backup made before the upgrade"
    )]
    Newer {
        /// The latest migration in the database.
        found: i64,
        /// The latest this program has.
        known: i64,
    },
    /// Bringing the schema up to date failed; nothing was changed.
    #[error("the database schema cannot be brought up to date, nothing was changed: {0}")]
    Migration(#[source] Arc<sqlx::migrate::MigrateError>),
    /// A name or address belongs to somebody else already.
    #[error("this {what} is taken")]
    Taken {
        /// What would have been there twice.
        what: &'static str,
    },
    /// It still holds calendar objects.
    #[error("it still holds calendar objects")]
    NotEmpty,
    /// A row that was to be changed is gone.
    #[error("the {what} is gone")]
    Gone {
        /// What is not there any more.
        what: &'static str,
    },
    /// A batch of writes contradicts itself or the rows it meets: a mistake of the caller.
    #[error("the batch of writes is wrong: {0}")]
    Batch(&'static str),
    /// Somebody else made an object under the same name at the same moment.
    #[error("somebody else wrote there at the same moment")]
    Overtaken,
    /// An earlier statement of this transaction failed; it can only be dropped.
    #[error("an earlier statement of this transaction failed")]
    Aborted,
    /// The transaction was complete but could not be made durable. Every transaction of the shared commit gets it.
    #[error("the commit failed: {0}")]
    Commit(#[source] Arc<sqlx::Error>),
    /// A value could not be written as a parameter.
    #[error("a parameter cannot be encoded: {0}")]
    Encode(#[source] Arc<serde_json::Error>),
    /// The database refused a statement.
    #[error("the database refused: {0}")]
    Database(#[source] Arc<sqlx::Error>),
}

/// What the driver says, without where in its own source Postgres says it.
fn words(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

impl Error {
    /// Whether the same transaction, run again from its beginning, may succeed: Postgres ended it because of
    /// another one (serialization failure, deadlock), or somebody was there first.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        if matches!(self, Self::Overtaken) {
            return true;
        }
        let (Self::Database(error) | Self::Commit(error)) = self else { return false };
        const SERIALIZATION_FAILURE: &str = "40001";
        const DEADLOCK_DETECTED: &str = "40P01";
        error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .is_some_and(|code| code == SERIALIZATION_FAILURE || code == DEADLOCK_DETECTED)
    }

    pub(crate) fn commit(error: sqlx::Error) -> Self {
        Self::Commit(Arc::new(error))
    }

    /// A unique violation means that `what` is taken.
    pub(crate) fn taken(self, what: &'static str) -> Self {
        if self.has_kind(&sqlx::error::ErrorKind::UniqueViolation) {
            return Self::Taken { what };
        }
        self
    }

    /// A foreign key violation means that objects are left.
    pub(crate) fn not_empty(self) -> Self {
        if self.has_kind(&sqlx::error::ErrorKind::ForeignKeyViolation) {
            return Self::NotEmpty;
        }
        self
    }

    /// A foreign key violation means that `what` is gone.
    pub(crate) fn gone(self, what: &'static str) -> Self {
        if self.has_kind(&sqlx::error::ErrorKind::ForeignKeyViolation) {
            return Self::Gone { what };
        }
        self
    }

    fn has_kind(&self, kind: &sqlx::error::ErrorKind) -> bool {
        let Self::Database(error) = self else { return false };
        error.as_database_error().is_some_and(|error| error.kind() == *kind)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

impl From<PoolError<sqlx::Error>> for Error {
    fn from(error: PoolError<sqlx::Error>) -> Self {
        Self::from(match error {
            PoolError::Backend(error) => error,
            PoolError::Timeout(_) => sqlx::Error::PoolTimedOut,
            PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
                sqlx::Error::PoolClosed
            }
        })
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        Self::from(sqlx::Error::Configuration(error.into()))
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Encode(Arc::new(error))
    }
}
