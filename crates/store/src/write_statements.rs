//! The statement that writes calendar objects, and all that is appended for them. It is one, whatever the length of a batch:
//! on SQLite a trip to its thread, on Postgres one to the server.
//!
//! Its parameters: `$1` how many change numbers are drawn, by collection; `$2` what is put; `$3` when; `$4` [`KEEP`]; `$5`
//! the octets, of which rows name their parts; `$6` who, `$7` with what and `$8` in which request; `$9` what is remembered;
//! `$10` lines of the audit; `$11` what is removed.

use crate::answers::record_answers;
use crate::audit::add_audit;
use crate::connection::{Dialects, ids};

/// Stands for `Reindex::Keep` in the column `indexed_until`.
pub(crate) const KEEP: i64 = i64::MIN;

/// The rows of a parameter, under a name, with the objects `o` that are there. SQLite joins in this order where it is told
/// `CROSS`.
macro_rules! there {
    ($rows:literal, $row:literal) => {
        concat!(
            "jsonb_each(",
            $rows,
            ") ",
            $row,
            " CROSS JOIN objects o ON o.collection_id = CAST(",
            $row,
            ".value ->> 'collection' AS BIGINT) AND o.name = ",
            $row,
            ".value ->> 'name'"
        )
    };
}

/// Removes the tombstones of the names of a parameter.
macro_rules! remove_tombstones {
    ($names:literal) => {
        concat!(
            "
    DELETE FROM tombstones
     WHERE (collection_id, name) IN
           (SELECT CAST(value ->> 'collection' AS BIGINT), value ->> 'name' FROM jsonb_each(",
            $names,
            "))"
        )
    };
}
pub(crate) use remove_tombstones;

/// Whether the row `put` brings another index.
macro_rules! is_reindexed {
    () => {
        "(put.value ->> 'indexed_until' IS NULL OR CAST(put.value ->> 'indexed_until' AS BIGINT) <> $4)"
    };
}

/// Makes or replaces objects: what their ids, collections, names and change numbers are, and where the rows come from.
macro_rules! put_objects {
    ($id:expr, $collection:expr, $name:expr, $number:expr, $from:expr, $guard:expr) => {
        concat!(
            "
    INSERT INTO objects (id, collection_id, name, uid, kind, etag, schedule_tag, scheduled, size, participation,
                         indexed_until, change, created_change, created_at, modified_at)
    SELECT ", $id, ", ", $collection, ", ", $name, ", put.value ->> 'uid', put.value ->> 'kind', put.value ->> 'etag',
           put.value ->> 'schedule_tag', CAST(put.value ->> 'scheduled' AS INTEGER),
           CAST(put.value ->> 'size' AS BIGINT), put.value ->> 'participation',
           CAST(put.value ->> 'indexed_until' AS BIGINT), ", $number, ", ", $number, ", $3, $3
      FROM ", $from, "
     WHERE true
        ON CONFLICT (collection_id, name) DO UPDATE
       SET uid = excluded.uid, kind = excluded.kind, etag = excluded.etag, schedule_tag = excluded.schedule_tag,
           scheduled = excluded.scheduled, size = excluded.size, participation = excluded.participation,
           indexed_until = CASE excluded.indexed_until WHEN $4 THEN objects.indexed_until
                                                       ELSE excluded.indexed_until END,
           change = excluded.change, modified_at = excluded.modified_at", $guard, "
    RETURNING CAST('put' AS TEXT) AS fact, collection_id, change, id, name, created_change"
        )
    };
}

/// The index of what is put: each row of `put` brings its own.
macro_rules! add_indexes {
    ($id:literal, $collection:literal, $from:expr) => {
        concat!(
            "
    INSERT INTO instances (collection_id, bucket, object_id, starts, ends, packed)
    SELECT ", $collection, ", CAST(instance.value ->> 'bucket' AS INTEGER), ", $id, ",
           CAST(instance.value ->> 'starts' AS BIGINT), CAST(instance.value ->> 'ends' AS BIGINT),
           substr($5, CAST(instance.value ->> 'start' AS INTEGER), CAST(instance.value ->> 'length' AS INTEGER))
      FROM ", $from
        )
    };
}

/// The octets of the row `put`.
macro_rules! body {
    () => {
        "substr($5, CAST(put.value ->> 'start' AS INTEGER), CAST(put.value ->> 'length' AS INTEGER))"
    };
}

/// Appends a version of all that is put. A last argument makes some of them share octets with others: they are named after
/// the first of these.
macro_rules! append_versions {
    ($id:literal, $collection:literal, $name:literal, $number:literal, $from:expr) => {
        concat!(
            "
    INSERT INTO versions (object_id, change, collection_id, name, uid, etag, schedule_tag, written_at, actor, client,
                          request_id, octets)
    SELECT ", $id, ", ", $number, ", ", $collection, ", ", $name, ", put.value ->> 'uid', put.value ->> 'etag',
           put.value ->> 'schedule_tag', $3, $6, $7, $8, ", body!(), "
      FROM ", $from
        )
    };
    ($id:literal, $collection:literal, $name:literal, $number:literal, $from:expr, shared) => {
        concat!(
            "
    INSERT INTO versions (object_id, change, collection_id, name, uid, etag, schedule_tag, written_at, actor, client,
                          request_id, octets, shared_object, shared_change)
    SELECT ", $id, ", ", $number, ", ", $collection, ", ", $name, ", put.value ->> 'uid', put.value ->> 'etag',
           put.value ->> 'schedule_tag', $3, $6, $7, $8,
           CASE WHEN put.value ->> 'shared' IS NULL THEN ", body!(), " END,
           CASE WHEN put.value ->> 'shared' IS NOT NULL THEN first_value(", $id, ") OVER alike END,
           CASE WHEN put.value ->> 'shared' IS NOT NULL THEN first_value(", $number, ") OVER alike END
      FROM ", $from, "
    WINDOW alike AS (PARTITION BY put.value ->> 'start' ORDER BY put.value ->> 'shared')"
        )
    };
}

/// Stores what versions share.
macro_rules! append_shared_bodies {
    ($id:literal, $number:literal, $from:expr) => {
        concat!(
            "
    INSERT INTO shared_bodies (object_id, change, octets)
    SELECT ",
            $id,
            ", ",
            $number,
            ", ",
            body!(),
            "
      FROM ",
            $from,
            "
     WHERE put.value ->> 'shared' = 'first'"
        )
    };
}

/// Appends a version without octets of all that is removed.
macro_rules! append_ends {
    ($id:literal, $collection:literal, $name:literal, $uid:literal, $number:expr, $from:expr) => {
        concat!(
            "
    INSERT INTO versions (object_id, change, collection_id, name, uid, written_at, actor, client, request_id)
    SELECT ", $id, ", ", $number, ", ", $collection, ", ", $name, ", ", $uid, ", $3, $6, $7, $8
      FROM ", $from
        )
    };
}

/// Leaves a tombstone of all that is removed.
macro_rules! bury {
    ($collection:literal, $name:literal, $number:expr, $from:expr) => {
        concat!(
            "
    INSERT INTO tombstones (collection_id, name, change, removed_at)
    SELECT ",
            $collection,
            ", ",
            $name,
            ", ",
            $number,
            ", $3
      FROM ",
            $from
        )
    };
}

/// On SQLite the statements run one after the other; the new number of each collection is in its row.
macro_rules! number_sqlite {
    ($row:literal) => {
        concat!("c.change - CAST(", $row, ".value ->> 'back' AS BIGINT)")
    };
}

macro_rules! collection_sqlite {
    ($row:literal) => {
        concat!("JOIN collections c ON c.id = CAST(", $row, ".value ->> 'collection' AS BIGINT)")
    };
}

macro_rules! draw_sqlite {
    () => {
        "
    UPDATE collections
       SET change = change + drawn.count
      FROM (SELECT CAST(key AS BIGINT) AS drawn_id, CAST(value AS BIGINT) AS count FROM jsonb_each($1)) AS drawn
     WHERE id = drawn.drawn_id
    RETURNING 'drawn' AS fact, id AS collection_id, change, 0 AS id, '' AS name, 0 AS created_change"
    };
}

macro_rules! remove_sqlite {
    () => {
        concat!(
            "
    DELETE FROM properties
     WHERE target_kind = 'object'
       AND target_id IN (SELECT o.id FROM ",
            there!("$11", "gone"),
            ");",
            append_ends!(
                "o.id",
                "o.collection_id",
                "o.name",
                "o.uid",
                number_sqlite!("gone"),
                concat!(there!("$11", "gone"), " ", collection_sqlite!("gone"))
            ),
            ";",
            bury!(
                "o.collection_id",
                "o.name",
                number_sqlite!("gone"),
                concat!(there!("$11", "gone"), " ", collection_sqlite!("gone"))
            ),
            ";
    DELETE FROM objects
     WHERE (collection_id, name) IN
           (SELECT CAST(value ->> 'collection' AS BIGINT), value ->> 'name' FROM jsonb_each($11))
    RETURNING 'removed' AS fact, collection_id, 0 AS change, id, name, 0 AS created_change"
        )
    };
}

/// SQLite keeps rows in order of their ids. Made of collection and change number, which are never used again, they let the
/// rows of a collection lie side by side, however many others were written at the same time: an inbox is listed from a few
/// pages.
macro_rules! put_sqlite {
    () => {
        concat!(
            "
    DELETE FROM instances
     WHERE object_id IN (SELECT o.id FROM ",
            there!("$2", "put"),
            "
                          WHERE ",
            is_reindexed!(),
            ");",
            remove_tombstones!("$2"),
            ";",
            put_objects!(
                concat!("c.id * 4294967296 + ", number_sqlite!("put")),
                "c.id",
                "put.value ->> 'name'",
                number_sqlite!("put"),
                concat!("jsonb_each($2) put ", collection_sqlite!("put")),
                ""
            ),
            ";",
            add_indexes!(
                "o.id",
                "o.collection_id",
                concat!(
                    there!("$2", "put"),
                    " CROSS JOIN jsonb_each(put.value -> 'instances') instance"
                )
            )
        )
    };
}

macro_rules! versions_sqlite {
    ($($shared:ident)?) => {
        append_versions!(
            "o.id", "o.collection_id", "o.name", "o.change",
            there!("$2", "put")
            $(, $shared)?
        )
    };
}

/// On Postgres the parts of the statement run as one, and see what was there before it began; they tell each other what they
/// did. Whoever writes an object holds the lock on its UID since before, so nothing that is looked for here changes while it
/// waits for the rows of collections.
///
/// An UPDATE locks rows in whatever order it meets them, so they are locked before.
macro_rules! draw_postgres {
    () => {
        concat!(
            "
    WITH locked AS (
        SELECT id AS locked_id FROM collections WHERE id IN (",
            ids!("$1"),
            ") ORDER BY id FOR UPDATE),
         drawn AS (
        UPDATE collections
           SET change = change + CAST($1 ->> CAST(id AS TEXT) AS BIGINT)
          FROM locked
         WHERE id = locked_id
        RETURNING id, change),
         last AS MATERIALIZED (
        SELECT jsonb_object_agg(id, change) AS numbers FROM drawn),"
        )
    };
}

/// The rows of a parameter whose collections are there, with their change numbers. The condition is that of
/// [`keys!`](crate::connection::keys).
macro_rules! numbered_postgres {
    ($rows:literal) => {
        concat!(
            "
          FROM (SELECT value, CAST(value ->> 'collection' AS BIGINT) AS collection_id, value ->> 'name' AS name,
                       CAST(numbers ->> (value ->> 'collection') AS BIGINT) - CAST(value ->> 'back' AS BIGINT) AS number
                  FROM last CROSS JOIN jsonb_each(", $rows, ")
                 WHERE length(key) BETWEEN 0 AND 2147483647) given"
        )
    };
}

macro_rules! remove_postgres {
    () => {
        concat!(
            "
         gone AS MATERIALIZED (
        SELECT collection_id, name, number",
            numbered_postgres!("$11"),
            "
         WHERE number IS NOT NULL),
         removed AS (
        DELETE FROM objects o
         USING gone
         WHERE o.collection_id = gone.collection_id AND o.name = gone.name
        RETURNING o.collection_id, o.id, o.name, o.uid, gone.number),
         without_properties AS (
        DELETE FROM properties
         USING removed
         WHERE target_kind = 'object' AND target_id = removed.id),
         ended AS (",
            append_ends!("id", "collection_id", "name", "uid", "number", "removed"),
            "),
         buried AS (",
            bury!("collection_id", "name", "number", "removed"),
            "),"
        )
    };
}

/// Rows are kept where there is room; new ids are at the end of the indexes. A name that somebody else makes at the same
/// moment stays his: nothing is answered for it.
macro_rules! put_postgres {
    () => {
        concat!(
            "
         put AS MATERIALIZED (
        SELECT given.value, given.collection_id, given.name, given.number, known.id AS known,
               COALESCE(known.id, nextval('objects_id_seq')) AS id", numbered_postgres!("$2"), "
          LEFT JOIN LATERAL (SELECT o.id FROM objects o
                              WHERE o.collection_id = given.collection_id AND o.name = given.name
                             OFFSET 0) known ON true
         WHERE given.number IS NOT NULL),
         unindexed AS (
        DELETE FROM instances
         USING put
         WHERE object_id = put.known AND ", is_reindexed!(), "
        RETURNING object_id),
         made_again AS (
        DELETE FROM tombstones t
         USING put
         WHERE put.known IS NULL AND t.collection_id = put.collection_id AND t.name = put.name),
         made AS (",
            put_objects!(
                "put.id", "put.collection_id", "put.name", "put.number", "put", "
     WHERE objects.id = excluded.id"
            ), "),
         indexed AS (",
            // An index that is replaced goes before the next one comes.
            add_indexes!(
                "put.id", "put.collection_id",
                "put
      CROSS JOIN jsonb_each(put.value -> 'instances') instance
     WHERE (SELECT count(*) FROM unindexed) >= 0"
            ), "),"
        )
    };
}

macro_rules! versions_postgres {
    ($($shared:ident)?) => {
        concat!(
            "
         versioned AS (",
            append_versions!("put.id", "put.collection_id", "put.name", "put.number", "put" $(, $shared)?),
            ")"
        )
    };
}

macro_rules! facts_postgres {
    () => {
        "
    SELECT CAST('drawn' AS TEXT) AS fact, id AS collection_id, change, CAST(0 AS BIGINT) AS id, CAST('' AS TEXT) AS name,
           CAST(0 AS BIGINT) AS created_change
      FROM drawn
    UNION ALL
    SELECT * FROM made"
    };
    (removed) => {
        concat!(
            facts_postgres!(),
            "
    UNION ALL
    SELECT 'removed', collection_id, 0, id, name, 0 FROM removed"
        )
    };
}

/// Puts objects: draws their change numbers, makes or replaces them, and appends their versions and indexes. What is made
/// where something was removed has no tombstone any more. Answers the numbers that were drawn last, and what was put.
pub(crate) const PUT: Dialects = Dialects {
    sqlite: concat!(draw_sqlite!(), ";", put_sqlite!(), ";", versions_sqlite!()),
    postgres: concat!(draw_postgres!(), put_postgres!(), versions_postgres!(), facts_postgres!()),
};

/// Stores what versions share, if they do.
macro_rules! shared_sqlite {
    () => {
        ""
    };
    (shared) => {
        concat!(append_shared_bodies!("o.id", "o.change", there!("$2", "put")), ";")
    };
}

macro_rules! shared_postgres {
    () => {
        ""
    };
    (shared) => {
        concat!(
            ",
         shared AS (",
            append_shared_bodies!("put.id", "put.number", "put"),
            ")"
        )
    };
}

/// Makes a statement of what it removes on each engine, what it answers of that, and whether it shares octets.
macro_rules! write_all {
    ($remove_sqlite:expr, $remove_postgres:expr, ($($removed:ident)?), ($($shared:ident)?)) => {
        Dialects {
            sqlite: concat!(
                draw_sqlite!(), ";", $remove_sqlite, put_sqlite!(), ";", versions_sqlite!($($shared)?), ";",
                shared_sqlite!($($shared)?), record_answers!("$9"), ";", add_audit!("$10")
            ),
            postgres: concat!(
                draw_postgres!(), $remove_postgres, put_postgres!(), versions_postgres!($($shared)?),
                shared_postgres!($($shared)?), ",
         remembered AS (", record_answers!("$9"), "),
         audited AS (", add_audit!("$10"), ")",
                facts_postgres!($($removed)?)
            ),
        }
    };
}

/// The same; appends what is remembered and the audit.
pub(crate) const DELIVER: Dialects = write_all!("", "", (), ());

/// The same; removes others with their dead properties, which leaves a tombstone and a version without octets. Answers what
/// was removed, too.
pub(crate) const WRITE: Dialects =
    write_all!(concat!(remove_sqlite!(), ";"), remove_postgres!(), (removed), ());

/// The same, where several versions share their octets.
pub(crate) const WRITE_TO_MANY: Dialects =
    write_all!(concat!(remove_sqlite!(), ";"), remove_postgres!(), (removed), (shared));
