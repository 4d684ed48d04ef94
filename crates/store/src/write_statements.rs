//! The statements that write calendar objects. All that is done to the objects of a batch is one of them (two on Postgres),
//! all that is appended for it another: on SQLite each is a trip to its thread, on Postgres one to the server.

use crate::answers::record_answers;
use crate::audit::add_audit;
use crate::connection::{Dialects, ids, together};
use crate::index::add_instances;

/// Stands for `Reindex::Keep` in the column `indexed_until`.
pub(crate) const KEEP: i64 = i64::MIN;

/// The objects among the names of a parameter.
macro_rules! named_objects {
    ($names:literal) => {
        concat!(
            "
      FROM jsonb_each(",
            $names,
            ")
      JOIN objects o ON o.collection_id = CAST(value ->> 'collection' AS BIGINT) AND o.name = value ->> 'name'"
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

/// An object whose index is replaced has none till the next statement.
macro_rules! remove_instances {
    () => {
        concat!(
            "
    DELETE FROM instances
     WHERE object_id IN (SELECT o.id",
            named_objects!("$3"),
            "
     WHERE value ->> 'indexed_until' IS NULL OR CAST(value ->> 'indexed_until' AS BIGINT) <> $5)"
        )
    };
}

/// `$id` and `$value` are column and value of the id, where it is not left to the database.
macro_rules! put {
    ($last:literal, $number:literal, $id:literal, $value:expr) => {
        concat!(
            "
    INSERT INTO objects (", $id, "collection_id, name, uid, kind, etag, schedule_tag, scheduled, size, participation,
                         indexed_until, change, created_change, created_at, modified_at)
    SELECT ", $value, "CAST(value ->> 'collection' AS BIGINT), value ->> 'name', value ->> 'uid', value ->> 'kind',
           value ->> 'etag', value ->> 'schedule_tag', CAST(value ->> 'scheduled' AS INTEGER),
           CAST(value ->> 'size' AS BIGINT), value ->> 'participation',
           CAST(value ->> 'indexed_until' AS BIGINT), ", $number, ", ", $number, ", $4, $4
      FROM jsonb_each($3)", $last, "
     WHERE true
        ON CONFLICT (collection_id, name) DO UPDATE
       SET uid = excluded.uid, kind = excluded.kind, etag = excluded.etag, schedule_tag = excluded.schedule_tag,
           scheduled = excluded.scheduled, size = excluded.size, participation = excluded.participation,
           indexed_until = CASE excluded.indexed_until WHEN $5 THEN objects.indexed_until
                                                       ELSE excluded.indexed_until END,
           change = excluded.change, modified_at = excluded.modified_at
    RETURNING CAST('put' AS TEXT) AS fact, collection_id, change, id, name, uid, created_change"
        )
    };
}

/// What is removed leaves a tombstone. `$last` joins what knows the last numbers drawn, `$number` is the own one.
macro_rules! write_sqlite {
    ($last:literal, $number:literal) => {
        concat!(
            "
    UPDATE collections
       SET change = change + drawn.count
      FROM (SELECT CAST(key AS BIGINT) AS drawn_id, CAST(value AS BIGINT) AS count FROM jsonb_each($1)) AS drawn
     WHERE id = drawn.drawn_id
    RETURNING 'drawn' AS fact, id AS collection_id, change, 0 AS id, '' AS name, '' AS uid, 0 AS created_change;
    DELETE FROM properties
     WHERE target_kind = 'object' AND target_id IN (SELECT o.id",
            named_objects!("$2"),
            ");
    INSERT INTO tombstones (collection_id, name, change, removed_at)
    SELECT o.collection_id, o.name, ",
            $number,
            ", $4",
            named_objects!("$2"),
            $last,
            ";
    DELETE FROM objects
     WHERE (collection_id, name) IN
           (SELECT CAST(value ->> 'collection' AS BIGINT), value ->> 'name' FROM jsonb_each($2))
    RETURNING 'removed' AS fact, collection_id, 0 AS change, id, name, uid, 0 AS created_change;",
            remove_instances!(), ";",
            remove_tombstones!("$3"), ";",
            put!($last, $number, "id, ", concat!("CAST(value ->> 'collection' AS BIGINT) * 4294967296 + ", $number, ", "))
        )
    };
}

/// The same; what is removed says itself what else goes.
macro_rules! write_postgres {
    ($number:literal) => {
        concat!(
            "
    WITH removed AS (
        DELETE FROM objects o
         USING jsonb_each($2)
         WHERE o.collection_id = CAST(value ->> 'collection' AS BIGINT) AND o.name = value ->> 'name'
        RETURNING o.collection_id, o.id, o.name, o.uid, ",
            $number,
            " AS number),
         without_properties AS (
        DELETE FROM properties
         USING removed
         WHERE target_kind = 'object' AND target_id = removed.id),
         buried AS (
        INSERT INTO tombstones (collection_id, name, change, removed_at)
        SELECT collection_id, name, number, $4 FROM removed),
         unindexed AS (",
            remove_instances!(),
            "),
         made_again AS (
        DELETE FROM tombstones t
         USING jsonb_each($3)
         WHERE t.collection_id = CAST(value ->> 'collection' AS BIGINT) AND t.name = value ->> 'name'),
         made AS (",
            put!("", $number, "", ""),
            ")
    SELECT CAST('removed' AS TEXT) AS fact, collection_id, CAST(0 AS BIGINT) AS change, id, name, uid,
           CAST(0 AS BIGINT) AS created_change
      FROM removed
    UNION ALL
    SELECT * FROM made"
        )
    };
}

/// Draws change numbers on Postgres (`$1`: how many, by collection); answers the last ones. An UPDATE locks rows in whatever
/// order it meets them, so they are locked before. A statement of its own: what comes after it sees what those wrote whom
/// it waited for.
pub(crate) const DRAW: &str = concat!(
    "WITH locked AS (SELECT id AS locked_id FROM collections WHERE id IN (",
    ids!("$1"),
    ") ORDER BY id FOR UPDATE)
     UPDATE collections
        SET change = change + CAST($1 ->> CAST(id AS TEXT) AS BIGINT)
       FROM locked
      WHERE id = locked_id
     RETURNING id, change"
);

/// Removes objects (`$2`) with their dead properties, and makes or replaces others (`$3`); each says how many numbers of its
/// collection were drawn after its own. What is removed leaves a tombstone, a name that is made again has none any more.
/// Answers what was removed and what was put.
///
/// On SQLite it draws the change numbers as well (`$1`: how many, by collection) and answers the last ones; on Postgres `$1`
/// is what [`DRAW`] answered.
///
/// SQLite keeps rows in order of their ids. Made of collection and change number, which are never used again, they let the
/// rows of a collection lie side by side, however many others were written at the same time: an inbox is listed from a few
/// pages. Postgres keeps rows where there is room, and new ids at the end of its indexes.
pub(crate) const WRITE: Dialects = Dialects {
    sqlite: write_sqlite!(
        "
      JOIN collections c ON c.id = CAST(value ->> 'collection' AS BIGINT)",
        "c.change - CAST(value ->> 'back' AS BIGINT)"
    ),
    postgres: write_postgres!(
        "CAST(CAST($1 AS JSONB) ->> (value ->> 'collection') AS BIGINT) - CAST(value ->> 'back' AS BIGINT)"
    ),
};

macro_rules! append_versions {
    () => {
        "
    INSERT INTO versions (object_id, change, collection_id, name, uid, etag, schedule_tag, written_at, actor, client,
                          request_id, octets, shared_object, shared_change)
    SELECT CAST(value ->> 'object' AS BIGINT), CAST(value ->> 'change' AS BIGINT),
           CAST(value ->> 'collection' AS BIGINT), value ->> 'name', value ->> 'uid', value ->> 'etag',
           value ->> 'schedule_tag', $3, $4, $5, $6,
           substr($2, CAST(value ->> 'start' AS INTEGER), CAST(value ->> 'length' AS INTEGER)),
           CAST(value ->> 'shared_object' AS BIGINT), CAST(value ->> 'shared_change' AS BIGINT)
      FROM jsonb_each($1)"
    };
}

macro_rules! append_shared_bodies {
    ($rows:literal) => {
        concat!(
            "
    INSERT INTO shared_bodies (object_id, change, octets)
    SELECT CAST(value ->> 'object' AS BIGINT), CAST(value ->> 'change' AS BIGINT),
           substr($2, CAST(value ->> 'start' AS INTEGER), CAST(value ->> 'length' AS INTEGER))
      FROM jsonb_each(",
            $rows,
            ")"
        )
    };
}

/// Appends versions, and instances to the index.
pub(crate) const APPEND: Dialects =
    together!("indexed" = add_instances!("$7", "$2"); append_versions!());

/// The same, with what is remembered and the audit.
pub(crate) const APPEND_ALL: Dialects = together!(
    "indexed" = add_instances!("$7", "$2"),
    "remembered" = record_answers!("$8"),
    "audited" = add_audit!("$9");
    append_versions!()
);

/// The same, with octets that several of the versions share.
pub(crate) const APPEND_TO_MANY: Dialects = together!(
    "indexed" = add_instances!("$7", "$2"),
    "remembered" = record_answers!("$8"),
    "audited" = add_audit!("$9"),
    "shared" = append_shared_bodies!("$10");
    append_versions!()
);
