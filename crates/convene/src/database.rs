//! Opening the database that the settings name.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use scheduling::intercept::{Door, Settings};
use store::Store;

use crate::config::{Config, DatabaseUrl, Engine};

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// This user may not write the SQLite file or its folder.
    #[error(
        "The database {file} cannot be used: this user (uid {uid}) may not write {path} ({source}). Give it to this user (chown {uid} {path}), or name another file with --database.",
        file = .file.display(), path = .path.display()
    )]
    NotWritable {
        /// The database.
        file: PathBuf,
        /// The file or folder that stands in the way.
        path: PathBuf,
        /// This user.
        uid: u32,
        /// What the system said.
        source: io::Error,
    },
    /// There is no such SQLite file, and this command would find nothing in a new one.
    #[error(
        "There is no database `{}`. `convene serve` and `convene user add` make one; --database names another.",
        .0.display()
    )]
    Missing(PathBuf),
    /// Something else in this process writes to the same opened store.
    #[error("Calendar objects are written by another part of this process already.")]
    WriterTaken,
    /// The store cannot use it.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What to do where there is no SQLite file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Make it, and its folder.
    Make,
    /// [`OpenError::Missing`]: a mistyped path is no empty database.
    Fail,
}

/// Opens a database.
///
/// # Errors
/// [`OpenError`], which says what to mend.
pub async fn open(
    url: &DatabaseUrl,
    connections: u32,
    missing: Missing,
) -> Result<Store, OpenError> {
    if let Engine::Sqlite(file) = url.engine()
        && !file.exists()
    {
        match missing {
            // What hinders this is told when the store is opened.
            Missing::Make => drop(make_private(file)),
            Missing::Fail => return Err(OpenError::Missing(file.to_owned())),
        }
    }
    let options = store::OpenOptions {
        readers: usize::try_from(connections).unwrap_or(usize::MAX),
        connections,
        ..store::OpenOptions::default()
    };
    Store::open(url.as_str(), options).await.map_err(|error| match url.engine() {
        Engine::Sqlite(file) => diagnose(file).unwrap_or(OpenError::Store(error)),
        Engine::Postgres => OpenError::Store(error),
    })
}

/// Calendars and hashes of passwords are for this user alone; the files that SQLite puts beside it follow its mode.
fn make_private(file: &Path) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map(drop)
}

/// The one door through which calendar objects are written.
///
/// # Errors
/// [`OpenError::WriterTaken`] when this store has given it out before.
pub fn door(store: &Store, config: &Config) -> Result<Door, OpenError> {
    let writer = store.object_writer().ok_or(OpenError::WriterTaken)?;
    let settings = Settings {
        limits: config.limits.calendar(),
        horizon_months: config.scheduling.horizon_months,
        refresh_attendees: config.scheduling.refresh_attendees,
        burst: config.scheduling.burst(),
    };
    Ok(Door::new(store.clone(), writer, settings))
}

/// What keeps this user from a file, where SQLite would only say "unable to open database file".
fn diagnose(file: &Path) -> Option<OpenError> {
    let not_writable = |path: &Path, source| OpenError::NotWritable {
        file: file.to_owned(),
        path: path.to_owned(),
        uid: uid(),
        source,
    };
    // The folder, or the one that it would be made in.
    let absolute = std::path::absolute(file).ok()?;
    let folder = absolute.ancestors().skip(1).find(|folder| folder.is_dir())?;
    // Besides its file, SQLite makes and removes a log and an index for it.
    let probe = folder.join(format!(".convene-{}", std::process::id()));
    let probed = OpenOptions::new().write(true).create_new(true).open(&probe);
    if let Err(source) = probed.and_then(|_| fs::remove_file(&probe)) {
        return Some(not_writable(folder, source));
    }
    let opened = OpenOptions::new().read(true).write(true).open(file);
    opened
        .err()
        .filter(|error| error.kind() == io::ErrorKind::PermissionDenied)
        .map(|source| not_writable(file, source))
}

fn uid() -> u32 {
    fs::metadata("/proc/self").map_or(u32::MAX, |process| process.uid())
}
