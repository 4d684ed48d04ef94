//! The database setting: `sqlite:PATH` or `postgres://…`.

use std::{fmt, path::Path};

use serde::{Deserialize, Serialize};

/// The folder of the data when no database is named.
const DEFAULT_FOLDER: &str = "convene-data";

/// Where the data are. Prints without its password.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DatabaseUrl(String);

/// Which engine a [`DatabaseUrl`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine<'a> {
    /// A file.
    Sqlite(&'a Path),
    /// A server.
    Postgres,
}

/// A database setting that names no engine we have.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a database. Write sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.")]
pub struct InvalidDatabaseUrl(String);

impl DatabaseUrl {
    /// Reads the setting.
    ///
    /// # Errors
    /// [`InvalidDatabaseUrl`] when it is neither `sqlite:PATH` nor `postgres://…`.
    pub fn parse(value: &str) -> Result<Self, InvalidDatabaseUrl> {
        let named = value.strip_prefix("sqlite:").is_some_and(|path| !path.is_empty())
            || value.starts_with("postgres://")
            || value.starts_with("postgresql://");
        if named { Ok(Self(value.to_owned())) } else { Err(InvalidDatabaseUrl(masked(value))) }
    }

    /// The SQLite file `name` in the folder of the data when no database is named.
    pub fn in_default_folder(name: &str) -> Self {
        Self(format!("sqlite:{DEFAULT_FOLDER}/{name}"))
    }

    /// The whole setting, password included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The engine, and for SQLite the file.
    pub fn engine(&self) -> Engine<'_> {
        self.0.strip_prefix("sqlite:").map_or(Engine::Postgres, |path| {
            Engine::Sqlite(Path::new(path.strip_prefix("//").unwrap_or(path)))
        })
    }
}

impl Default for DatabaseUrl {
    fn default() -> Self {
        Self::in_default_folder("convene.db")
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = InvalidDatabaseUrl;

    fn try_from(value: String) -> Result<Self, InvalidDatabaseUrl> {
        Self::parse(&value)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&masked(&self.0))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// `postgres://user:***@host/name?password=***`.
fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((user, _)) => format!("{user}:***@{host}"),
            None => format!("{user}@{host}"),
        },
        None => authority.to_owned(),
    };
    let tail = match tail.split_once('?') {
        Some((path, query)) => {
            let query: Vec<_> = query
                .split('&')
                .map(|pair| if pair.starts_with("password=") { "password=***" } else { pair })
                .collect();
            format!("{path}?{}", query.join("&"))
        }
        None => tail.to_owned(),
    };
    format!("{scheme}://{authority}{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_sqlite_file_or_a_postgres_server() {
        for (value, engine) in [
            ("sqlite:data/x.db", Some(Engine::Sqlite(Path::new("data/x.db")))),
            ("sqlite:///srv/x.db", Some(Engine::Sqlite(Path::new("/srv/x.db")))),
            ("postgres://a@h/n", Some(Engine::Postgres)),
            ("postgresql:///n", Some(Engine::Postgres)),
            ("sqlite:", None),
            ("mysql://h/n", None),
            ("convene.db", None),
        ] {
            let parsed = DatabaseUrl::parse(value);
            assert_eq!(parsed.as_ref().ok().map(DatabaseUrl::engine), engine, "{value}");
        }
    }

    #[test]
    fn a_printed_database_shows_no_password() {
        for (value, printed) in [
            ("postgres://ann:s3cret@db:5432/convene", "postgres://ann:***@db:5432/convene"),
            ("postgres://ann:p@ss@db/convene", "postgres://ann:***@db/convene"),
            (
                "postgres://ann@db/c?password=s3cret&sslmode=require",
                "postgres://ann@db/c?password=***&sslmode=require",
            ),
            ("postgres:///convene", "postgres:///convene"),
            ("sqlite:convene-data/convene.db", "sqlite:convene-data/convene.db"),
        ] {
            let url = DatabaseUrl::parse(value).unwrap();
            assert_eq!(url.to_string(), printed, "{value}");
            assert_eq!(format!("{url:?}"), printed, "{value}");
        }
        let error = DatabaseUrl::parse("mysql://ann:s3cret@db/c").unwrap_err();
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
