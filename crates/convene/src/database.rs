//! Opening the database that the settings name.

use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use scheduling::{Door, Settings};
use store::Store;

use crate::config::{Config, DEFAULT_FOLDER, DatabaseUrl, Engine};

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder of the SQLite file is not there.
    #[error("The folder {folder} for the database is not there. Make it (mkdir -p {folder}), or name another file with --database.", folder = .0.display())]
    NoFolder(PathBuf),
    /// The default folder could not be made.
    #[error("The folder {folder} for the data cannot be made here ({source}). Start convene in a folder where it may write, or name a database with --database sqlite:PATH.", folder = .folder.display())]
    FolderNotMade {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// This user may not write the file or its folder.
    #[error("This user (uid {uid}) may not write {path} ({source}). Give it to this user (chown -R {uid} {path}), or name another file with --database.", path = .path.display())]
    NotWritable {
        /// The file or folder.
        path: PathBuf,
        /// This user.
        uid: u32,
        /// What the system said.
        source: io::Error,
    },
    /// Something else in this process writes to the same opened store.
    #[error("Calendar objects are written by another part of this process already.")]
    WriterTaken,
    /// The store cannot use it.
    #[error("{}", sentence(.0))]
    Store(#[from] store::Error),
}

/// Opens a database, and makes what is missing of the default one.
///
/// # Errors
/// [`OpenError`], which says what to mend.
pub async fn open(url: &DatabaseUrl, connections: u32) -> Result<Store, OpenError> {
    if url.is_in_default_folder() {
        let folder = PathBuf::from(DEFAULT_FOLDER);
        fs::create_dir_all(&folder)
            .map_err(|source| OpenError::FolderNotMade { folder, source })?;
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
    };
    Ok(Door::new(store.clone(), writer, settings))
}

/// What keeps this user from a file, where SQLite would only say "unable to open database file".
fn diagnose(file: &Path) -> Option<OpenError> {
    let folder =
        file.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Some(OpenError::NoFolder(folder.to_owned()));
    }
    let not_writable =
        |path: &Path, source| OpenError::NotWritable { path: path.to_owned(), uid: uid(), source };
    // Besides its file, SQLite makes and removes a log and an index for it.
    let probe = folder.join(format!(".convene-{}", std::process::id()));
    let probed = OpenOptions::new().write(true).create_new(true).open(&probe);
    if let Err(source) = probed.and_then(|_| fs::remove_file(&probe)) {
        return Some(not_writable(folder, source));
    }
    let opened = OpenOptions::new().read(true).write(true).open(file);
    opened.err().map(|source| not_writable(file, source))
}

fn uid() -> u32 {
    fs::metadata("/proc/self").map_or(u32::MAX, |process| process.uid())
}

/// The store's message, as a sentence.
fn sentence(error: &store::Error) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    let first = characters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(characters).chain(['.']).collect()
}
