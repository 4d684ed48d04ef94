//! The statements that write calendar objects: what is removed, put and appended goes together, so that a batch is two to
//! four of them.

use crate::answers::record_answers;
use crate::audit::add_audit;
use crate::connection::{Dialects, ids, together};
use crate::index::add_instances;

/// Draws change numbers: `key` is the collection, `value` how many. An UPDATE of Postgres locks rows in whatever order
/// it meets them, so they are locked before.
pub(crate) const DRAW: Dialects = Dialects {
    sqlite: "
    UPDATE collections
       SET change = change + drawn.count
      FROM (SELECT CAST(key AS BIGINT) AS drawn_id, CAST(value AS BIGINT) AS count FROM jsonb_each($1)) AS drawn
     WHERE id = drawn.drawn_id
    RETURNING id, change",
    postgres: concat!(
        "WITH locked AS (SELECT id AS locked_id FROM collections WHERE id IN (",
        ids!("$1"),
        ") ORDER BY id FOR UPDATE)
     UPDATE collections
        SET change = change + CAST($1 ->> CAST(id AS TEXT) AS BIGINT)
       FROM locked
      WHERE id = locked_id
     RETURNING id, change"
    ),
};

/// Stands for `Reindex::Keep` in the column `indexed_until`.
pub(crate) const KEEP: i64 = i64::MIN;

/// The objects among the names of `$1`.
macro_rules! named_objects {
    () => {
        "
      FROM jsonb_each($1)
      JOIN objects o ON o.collection_id = CAST(value ->> 'collection' AS BIGINT) AND o.name = value ->> 'name'"
    };
}

/// Removes the tombstones of the names of `$1`.
macro_rules! remove_tombstones {
    () => {
        "
    DELETE FROM tombstones
     WHERE (collection_id, name) IN
           (SELECT CAST(value ->> 'collection' AS BIGINT), value ->> 'name' FROM jsonb_each($1))"
    };
}
pub(crate) use remove_tombstones;

/// The column and the value of the id, where it is not left to the database.
macro_rules! put {
    ($id:literal, $value:literal) => {
        together!(
            "unindexed" = concat!(
                "
    DELETE FROM instances
     WHERE object_id IN (SELECT o.id",
                named_objects!(),
                "
     WHERE value ->> 'indexed_until' IS NULL OR CAST(value ->> 'indexed_until' AS BIGINT) <> $3)"
            ),
            "made_again" = remove_tombstones!();
            concat!(
                "
    INSERT INTO objects (", $id, "collection_id, name, uid, kind, etag, schedule_tag, scheduled, size, participation,
                         indexed_until, change, created_change, created_at, modified_at)
    SELECT ", $value, "CAST(value ->> 'collection' AS BIGINT), value ->> 'name', value ->> 'uid', value ->> 'kind',
           value ->> 'etag', value ->> 'schedule_tag', CAST(value ->> 'scheduled' AS INTEGER),
           CAST(value ->> 'size' AS BIGINT), value ->> 'participation',
           CAST(value ->> 'indexed_until' AS BIGINT), CAST(value ->> 'change' AS BIGINT),
           CAST(value ->> 'change' AS BIGINT), $2, $2
      FROM jsonb_each($1)
     WHERE true
        ON CONFLICT (collection_id, name) DO UPDATE
       SET uid = excluded.uid, kind = excluded.kind, etag = excluded.etag, schedule_tag = excluded.schedule_tag,
           scheduled = excluded.scheduled, size = excluded.size, participation = excluded.participation,
           indexed_until = CASE excluded.indexed_until WHEN $3 THEN objects.indexed_until
                                                       ELSE excluded.indexed_until END,
           change = excluded.change, modified_at = excluded.modified_at
    RETURNING id, collection_id, change, created_change"
            ),
        )
    };
}

/// Makes or replaces objects. A name that is made again has no tombstone any more, and an object whose index is replaced
/// has none till the next statement.
///
/// SQLite keeps rows in order of their ids. Made of collection and change number, which are never used again, they let the
/// rows of a collection lie side by side, however many others were written at the same time: an inbox is listed from a few
/// pages. Postgres keeps rows where there is room, and new numbers at the end of its indexes.
pub(crate) const PUT: Dialects = Dialects {
    sqlite: put!(
        "id, ",
        "CAST(value ->> 'collection' AS BIGINT) * 4294967296 + CAST(value ->> 'change' AS BIGINT), "
    )
    .sqlite,
    postgres: put!("", "").postgres,
};

/// Removes objects, with their dead properties; names that there were leave a tombstone.
pub(crate) const REMOVE: Dialects = together!(
    "without_properties" = concat!(
        "
    DELETE FROM properties
     WHERE target_kind = 'object' AND target_id IN (SELECT o.id",
        named_objects!(),
        ")"
    ),
    "buried" = concat!(
        "
    INSERT INTO tombstones (collection_id, name, change, removed_at)
    SELECT o.collection_id, o.name, CAST(value ->> 'change' AS BIGINT), $2",
        named_objects!()
    );
    "
    DELETE FROM objects
     WHERE (collection_id, name) IN
           (SELECT CAST(value ->> 'collection' AS BIGINT), value ->> 'name' FROM jsonb_each($1))
    RETURNING id, collection_id, name, uid",
);

macro_rules! append_versions {
    () => {
        "
    INSERT INTO versions (object_id, change, collection_id, name, uid, etag, schedule_tag, written_at, actor, client,
                          request_id, octets)
    SELECT CAST(value ->> 'object' AS BIGINT), CAST(value ->> 'change' AS BIGINT),
           CAST(value ->> 'collection' AS BIGINT), value ->> 'name', value ->> 'uid', value ->> 'etag',
           value ->> 'schedule_tag', $3, $4, $5, $6,
           substr($2, CAST(value ->> 'start' AS INTEGER), CAST(value ->> 'length' AS INTEGER))
      FROM jsonb_each($1)"
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
