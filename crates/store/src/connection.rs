//! One statement, two engines: `run!` sends a statement with its parameters over whichever connection there is,
//! and [`List`] binds any number of values as one parameter.

use std::collections::HashMap;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteRow};
use sqlx::{
    ColumnIndex, Decode, Encode, FromRow, PgConnection, Postgres, Row, Sqlite, SqliteConnection,
    Type,
};

use crate::error::Error;
use crate::postgres::Lent;
use crate::sqlite::{Reader, Turn};

/// Everything that can be read. [`Snapshot`](crate::Snapshot), [`Tx`](crate::Tx) and
/// [`ObjectTx`](crate::ObjectTx) deref to it.
#[derive(Debug)]
pub struct Queries {
    connection: Connection,
    failed: bool,
}

#[derive(Debug)]
pub(crate) enum Connection {
    SqliteReader(Reader),
    SqliteWriter(Turn),
    Postgres(Lent),
}

pub(crate) enum Engine<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Queries {
    pub(crate) const fn new(connection: Connection) -> Self {
        Self { connection, failed: false }
    }

    /// The connection to run a statement on; none after a statement failed: Postgres refuses further ones in the
    /// same transaction, and what SQLite rolled back by itself must not be continued.
    pub(crate) fn engine(&mut self) -> Result<Engine<'_>, Error> {
        if self.failed {
            return Err(Error::Aborted);
        }
        Ok(match &mut self.connection {
            Connection::SqliteReader(reader) => Engine::Sqlite(reader.connection()?),
            Connection::SqliteWriter(turn) => Engine::Sqlite(turn.connection()?),
            Connection::Postgres(lent) => Engine::Postgres(lent.connection()?),
        })
    }

    pub(crate) fn settle<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, Error> {
        if result.is_err() {
            self.failed = true;
        } else if let Connection::Postgres(lent) = &mut self.connection {
            lent.settle();
        }
        result.map_err(Error::from)
    }

    pub(crate) const fn is_postgres(&self) -> bool {
        matches!(self.connection, Connection::Postgres(_))
    }

    pub(crate) async fn commit(self) -> Result<(), Error> {
        if self.failed {
            return Err(Error::Aborted);
        }
        match self.connection {
            Connection::SqliteWriter(turn) => turn.commit().await,
            Connection::Postgres(lent) => lent.commit().await,
            Connection::SqliteReader(_) => Ok(()),
        }
    }
}

/// Runs one `sqlx` query on the connection of `$queries`, whichever engine that is.
macro_rules! run {
    ($queries:expr, $connection:ident => $query:expr) => {{
        let queries: &mut $crate::connection::Queries = &mut *$queries;
        let result = match queries.engine()? {
            $crate::connection::Engine::Sqlite($connection) => $query.await,
            $crate::connection::Engine::Postgres($connection) => $query.await,
        };
        queries.settle(result)
    }};
}
pub(crate) use run;

/// Runs a statement that returns no rows; says how many it changed.
macro_rules! execute {
    ($queries:expr, $query:expr) => {{
        let queries: &mut $crate::connection::Queries = &mut *$queries;
        let result = match queries.engine()? {
            $crate::connection::Engine::Sqlite(connection) => {
                $query.execute(connection).await.map(|done| done.rows_affected())
            }
            $crate::connection::Engine::Postgres(connection) => {
                $query.execute(connection).await.map(|done| done.rows_affected())
            }
        };
        queries.settle(result)
    }};
}
pub(crate) use execute;

/// The keys of a [`List`], for `IN`. Postgres takes any function to give a hundred rows, for which it may rather read an
/// index from end to end. A condition that always holds makes it expect one row, and look up each.
macro_rules! keys {
    ($list:literal) => {
        concat!(
            "SELECT key FROM jsonb_each(",
            $list,
            ") WHERE length(key) BETWEEN 0 AND 2147483647"
        )
    };
}
pub(crate) use keys;

/// The same where the keys are ids.
macro_rules! ids {
    ($list:literal) => {
        concat!(
            "SELECT CAST(key AS BIGINT) FROM jsonb_each(",
            $list,
            ") WHERE length(key) BETWEEN 0 AND 2147483647"
        )
    };
}
pub(crate) use ids;

/// A statement that the engines want in different words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialects {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

impl Dialects {
    pub(crate) const fn of(&self, queries: &Queries) -> &'static str {
        if queries.is_postgres() { self.postgres } else { self.sqlite }
    }
}

/// A statement that lists many rows: what stands before the `SELECT`, the columns as JSON, the columns, and the rest of
/// the query. Postgres answers the rows, SQLite one row: a JSON array of them.
///
/// sqlx hands over the rows of SQLite one by one from another thread, and waking us for each costs several times what
/// SQLite takes to find it.
macro_rules! listing {
    ($with:expr, $json:expr, $columns:expr, $($from:expr),+ $(,)?) => {
        $crate::connection::Dialects {
            sqlite: concat!(
                $with, "SELECT '[' || group_concat(listed) || ']' FROM (SELECT ", $json, " AS listed", $($from),+, ")"
            ),
            postgres: concat!($with, "SELECT ", $columns, $($from),+),
        }
    };
}
pub(crate) use listing;

/// A [`listing!`] with the octets of the version `v`: the columns as JSON, the columns, and the rest of the query. SQLite
/// answers the octets of all rows in one string beside the JSON.
macro_rules! listing_with_octets {
    ($json:expr, $columns:expr, $($from:expr),+ $(,)?) => {
        $crate::connection::Dialects {
            sqlite: concat!(
                "SELECT '[' || group_concat(listed) || ']', CAST(group_concat(content, '') AS BLOB)
                   FROM (SELECT json_array(",
                $json,
                ", length(",
                $crate::versions::octets!(),
                ")) AS listed, CAST(",
                $crate::versions::octets!(),
                " AS TEXT) AS content",
                $($from),+,
                ")"
            ),
            postgres: concat!(
                "SELECT ", $columns, ", ", $crate::versions::octets!(), " AS octets", $($from),+
            ),
        }
    };
}
pub(crate) use listing_with_octets;

/// Runs a [`listing!`] with the parameters that follow.
macro_rules! list {
    ($queries:expr, $listing:expr, $($parameters:tt)*) => {{
        let queries: &mut $crate::connection::Queries = &mut *$queries;
        let result = match queries.engine()? {
            $crate::connection::Engine::Sqlite(connection) => sqlx::query($listing.sqlite)
                $($parameters)*
                .fetch_one(connection)
                .await
                .and_then(|row| $crate::connection::rows_of_json(&row)),
            $crate::connection::Engine::Postgres(connection) => {
                sqlx::query_as($listing.postgres) $($parameters)* .fetch_all(connection).await
            }
        };
        queries.settle(result)
    }};
}
pub(crate) use list;

/// Runs a [`listing_with_octets!`]: pairs of a row and its octets.
macro_rules! list_with_octets {
    ($queries:expr, $listing:expr, $($parameters:tt)*) => {{
        let queries: &mut $crate::connection::Queries = &mut *$queries;
        let result = match queries.engine()? {
            $crate::connection::Engine::Sqlite(connection) => sqlx::query($listing.sqlite)
                $($parameters)*
                .fetch_one(connection)
                .await
                .and_then(|row| $crate::connection::rows_with_octets(&row)),
            $crate::connection::Engine::Postgres(connection) => {
                let rows = sqlx::query_as($listing.postgres) $($parameters)* .fetch_all(connection);
                rows.await.map(|rows: Vec<$crate::connection::WithOctets<_>>| {
                    rows.into_iter().map(|found| (found.row, found.octets)).collect()
                })
            }
        };
        queries.settle(result)
    }};
}
pub(crate) use list_with_octets;

/// A row of Postgres with its octets.
#[derive(Debug)]
pub(crate) struct WithOctets<T> {
    pub(crate) row: T,
    pub(crate) octets: Vec<u8>,
}

impl<'r, R, T> FromRow<'r, R> for WithOctets<T>
where
    R: Row,
    T: FromRow<'r, R>,
    &'static str: ColumnIndex<R>,
    Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        Ok(Self { row: T::from_row(row)?, octets: row.try_get("octets")? })
    }
}

pub(crate) fn rows_of_json<T: DeserializeOwned>(row: &SqliteRow) -> Result<Vec<T>, sqlx::Error> {
    match row.try_get::<Option<&str>, _>(0)? {
        Some(text) => serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(error.into())),
        // Nothing to join.
        None => Ok(Vec::new()),
    }
}

pub(crate) fn rows_with_octets<T: DeserializeOwned>(
    row: &SqliteRow,
) -> Result<Vec<(T, Vec<u8>)>, sqlx::Error> {
    let listed: Vec<(T, usize)> = rows_of_json(row)?;
    let mut rest: &[u8] = row.try_get::<Option<&[u8]>, _>(1)?.unwrap_or_default();
    let mut cut = |length| {
        let (octets, others) = rest.split_at_checked(length)?;
        rest = others;
        Some(octets.to_vec())
    };
    let rows = listed.into_iter().map(|(row, length)| Some((row, cut(length)?)));
    rows.collect::<Option<_>>().ok_or_else(|| sqlx::Error::Decode("octets are missing".into()))
}

/// Octets in the JSON of a listing: SQLite's `hex`.
pub(crate) fn octets_of_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

/// Many values in one parameter: the text of a JSON object, read with `jsonb_each($1)`, which SQLite and Postgres
/// both have, with columns `key` and `value` and the operator `->>` on the latter. So a statement keeps one text,
/// whatever the number of values.
#[derive(Debug)]
pub(crate) struct List(Vec<u8>);

impl List {
    /// A set: each value is a `key`.
    pub(crate) fn of_keys<K: Serialize>(keys: impl IntoIterator<Item = K>) -> Result<Self, Error> {
        Self::of_pairs(keys.into_iter().map(|key| (key, 0)))
    }

    /// Rows: each is an object in `value`, numbered in `key`.
    pub(crate) fn of_rows<R: Serialize>(rows: impl IntoIterator<Item = R>) -> Result<Self, Error> {
        Self::of_pairs(rows.into_iter().enumerate())
    }

    /// Pairs of `key` and `value`.
    pub(crate) fn of_pairs<K: Serialize, V: Serialize>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, Error> {
        // Postgres sends JSONB as its version, 1, and the text; SQLite gets the text alone.
        let mut text = vec![1];
        serde_json::Serializer::new(&mut text).collect_map(pairs)?;
        Ok(Self(text))
    }

    fn text(&self) -> &[u8] {
        self.0.get(1..).unwrap_or_default()
    }
}

/// Rows within a row of a [`List`], as [`List::of_rows`] writes them.
pub(crate) struct Rows<R>(pub(crate) Vec<R>);

impl<R: Serialize> Serialize for Rows<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().enumerate())
    }
}

impl Type<Postgres> for List {
    fn type_info() -> PgTypeInfo {
        const JSONB: Oid = Oid(3802);
        PgTypeInfo::with_oid(JSONB)
    }
}

impl Encode<'_, Postgres> for List {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }
}

impl Type<Sqlite> for List {
    fn type_info() -> sqlx::sqlite::SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for List {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        let text = std::str::from_utf8(self.text())?.to_owned();
        <String as Encode<Sqlite>>::encode(text, buffer)
    }
}

/// Many octet strings in one parameter: all of them in a row, each cut out again by `substr($2, start, length)`,
/// which counts octets on both engines. One that many rows share is there once: a meeting's copies are often the same.
#[derive(Debug, Default)]
pub(crate) struct Octets<'o> {
    all: Vec<u8>,
    /// Where each lies, by its address in memory and its length: all are lent until the end.
    known: HashMap<(usize, usize), Cut>,
    lent: PhantomData<&'o [u8]>,
}

/// Where one octet string lies in [`Octets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Cut {
    start: usize,
    length: usize,
}

impl Cut {
    pub(crate) const fn len(self) -> usize {
        self.length
    }
}

impl<'o> Octets<'o> {
    pub(crate) fn push(&mut self, octets: &'o [u8]) -> Cut {
        let all = &mut self.all;
        *self.known.entry((octets.as_ptr().addr(), octets.len())).or_insert_with(|| {
            let cut = Cut { start: all.len() + 1, length: octets.len() };
            all.extend_from_slice(octets);
            cut
        })
    }

    pub(crate) fn into_vec(self) -> Vec<u8> {
        self.all
    }
}
