//! The statements that ask what is known of principals concerning one UID: each fact is a row, as JSON, beside its octets.

use crate::collections::collection_values;
use crate::connection::{Dialects, ids, keys};
use crate::objects::object_columns;
use crate::versions::octets;

/// The facts about the circle, each beside its octets. `$circle` makes a table of it, with the column `id`, from what stands
/// before it; the rest is how the engine makes JSON of a name and a value, and of values, how a row is given out, what stands
/// for no octets, and how each row of a table is joined with those of the next that it leads to, and an object with its
/// current version.
///
/// Objects are looked for in their places, not by UID alone: of a meeting of hundreds, an answer reads the copies of two.
macro_rules! facts {
    ($before:expr, $circle:expr, $object:literal, $array:literal, $row:ident, $nothing:literal, $each:ident, $current:literal) => {
        concat!(
            "WITH ",
            $before,
            "circle(id) AS MATERIALIZED (",
            $circle,
            "),
                  places AS MATERIALIZED (
                      SELECT c.id, c.owner_id, c.kind, c.name
                        FROM circle",
            $each!(
                "collections",
                "c",
                "c.owner_id = circle.id AND c.kind IN ('calendar', 'inbox')"
            ),
            ") ",
            $row!(
                concat!(
                    $object,
                    "('object', ",
                    $array,
                    "(place.owner_id, place.kind, place.name, ",
                    $array,
                    "(",
                    object_columns!(),
                    ")))"
                ),
                concat!("COALESCE(", octets!(), ", ", $nothing, ")")
            ),
            " FROM places place",
            $each!("objects", "o", "o.uid = $1 AND o.collection_id = place.id"),
            " LEFT JOIN ",
            $current,
            " UNION ALL ",
            $row!(concat!($object, "('place', ", $array, "(owner_id, kind, id))"), $nothing),
            " FROM places
             WHERE kind = 'inbox'
            UNION ALL ",
            $row!(
                concat!(
                    $object,
                    "('place', ",
                    $array,
                    "(d.principal_id, 'calendar', d.collection_id))"
                ),
                $nothing
            ),
            " FROM circle",
            $each!("default_collections", "d", "d.principal_id = circle.id AND d.component = $3"),
            " UNION ALL ",
            $row!(
                concat!(
                    $object,
                    "('answer', ",
                    $array,
                    "(a.owner_id, a.attendee, a.recurrence_id, a.sequence, a.dtstamp))"
                ),
                $nothing
            ),
            " FROM circle",
            $each!("answers", "a", "a.owner_id = circle.id AND a.uid = $1")
        )
    };
}

/// SQLite joins in this order where it is told `CROSS`.
macro_rules! sqlite_each {
    ($table:literal, $alias:literal, $condition:literal) => {
        concat!(" CROSS JOIN ", $table, " ", $alias, " ON ", $condition)
    };
}

/// Postgres does where there is an `OFFSET`. Left to itself it reads a table from end to end that was small when the plan was
/// made.
macro_rules! postgres_lateral {
    ($join:literal, $table:literal, $alias:literal, $condition:literal, $on:literal) => {
        concat!(
            $join,
            " LATERAL (SELECT * FROM ",
            $table,
            " ",
            $alias,
            " WHERE ",
            $condition,
            " OFFSET 0) ",
            $alias,
            $on
        )
    };
}

macro_rules! postgres_each {
    ($table:literal, $alias:literal, $condition:literal) => {
        postgres_lateral!(" CROSS JOIN", $table, $alias, $condition, "")
    };
}

/// The same where there may be none.
macro_rules! sqlite_found {
    ($table:literal, $alias:literal, $condition:literal) => {
        concat!(" LEFT JOIN ", $table, " ", $alias, " ON ", $condition)
    };
}

macro_rules! postgres_found {
    ($table:literal, $alias:literal, $condition:literal) => {
        postgres_lateral!(" LEFT JOIN", $table, $alias, $condition, " ON true")
    };
}

macro_rules! sqlite_row {
    ($fact:expr, $octets:expr) => {
        concat!(
            "SELECT json_array(",
            $fact,
            ", length(",
            $octets,
            ")) AS listed, CAST(",
            $octets,
            " AS TEXT) AS content"
        )
    };
}

macro_rules! postgres_row {
    ($fact:expr, $octets:expr) => {
        concat!("SELECT CAST(", $fact, " AS TEXT) AS fact, ", $octets, " AS octets")
    };
}

macro_rules! sqlite_facts {
    ($before:expr, $circle:expr $(, $more:expr)*) => {
        concat!(
            "SELECT '[' || group_concat(listed) || ']', CAST(group_concat(content, '') AS BLOB) FROM (",
            facts!($before, $circle, "json_object", "json_array", sqlite_row, "x''", sqlite_each,
                "versions v ON v.object_id = o.id AND v.change = o.change AND place.kind = 'calendar'"),
            $(" UNION ALL ", $more,)*
            ")"
        )
    };
}

macro_rules! postgres_facts {
    ($before:expr, $circle:expr $(, $more:expr)*) => {
        concat!(
            facts!(
                $before, $circle, "json_build_object", "json_build_array", postgres_row, "CAST('' AS BYTEA)", postgres_each,
                "LATERAL (SELECT * FROM versions v WHERE v.object_id = o.id AND v.change = o.change OFFSET 0) v
                      ON place.kind = 'calendar'"
            )
            $(, " UNION ALL ", $more)*
        )
    };
}

/// Whose the addresses are (`$2`).
macro_rules! parties {
    ($object:literal, $array:literal, $row:ident, $nothing:literal) => {
        concat!(
            $row!(
                concat!(
                    $object, "('party', ", $array,
                    "(a.address, p.id, p.kind, p.booking_mode, p.booking_capacity, p.booking_window_days,
                      p.booking_all_or_nothing, p.booking_by))"
                ),
                $nothing
            ),
            " FROM addresses a
              JOIN principals p ON p.id = a.principal_id
             WHERE a.address IN (", keys!("$2"), ")"
        )
    };
}

/// The [`Circle`]: the owner, whose the address is (`$5`), and everybody if that is wanted and they are one.
macro_rules! circle {
    ($owner:literal, $wanted:literal) => {
        concat!(
            $owner,
            " UNION
             SELECT principal_id FROM addresses WHERE address = $5
             UNION
             SELECT a.principal_id
               FROM addresses o
               JOIN addresses a ON a.address IN (",
            keys!("$2"),
            ")
              WHERE o.address = $5 AND o.principal_id = (",
            $owner,
            ") AND ",
            $wanted
        )
    };
}

/// The object at a place (`$4` the collection's name, `$6` the owner's, `$7` its own), as far as there is one.
macro_rules! located {
    ($object:literal, $array:literal, $nothing:literal, $found:ident) => {
        concat!(
            "located AS MATERIALIZED (
                SELECT p.id AS owner_id, o.id AS object_id, ",
            $object,
            "('located', ",
            $array,
            "(p.id, CASE WHEN c.id IS NOT NULL THEN ",
            $array,
            "(",
            collection_values!(),
            ") END, CASE WHEN o.id IS NOT NULL THEN ",
            $array,
            "(",
            object_columns!(),
            ") END)) AS fact, COALESCE(",
            octets!(),
            ", ",
            $nothing,
            ") AS octets
                  FROM principals p",
            $found!("collections", "c", "c.owner_id = p.id AND c.name = $4"),
            $found!("objects", "o", "o.collection_id = c.id AND o.name = $7"),
            $found!("versions", "v", "v.object_id = o.id AND v.change = o.change"),
            " WHERE p.name_key = $6), "
        )
    };
}

pub(crate) const INVOLVEMENTS: Dialects =
    Dialects { sqlite: sqlite_facts!("", ids!("$2")), postgres: postgres_facts!("", ids!("$2")) };

pub(crate) const PARTIES: Dialects = Dialects {
    sqlite: sqlite_facts!(
        "",
        circle!("SELECT CAST($4 AS BIGINT)", "CAST($6 AS INTEGER) = 1"),
        parties!("json_object", "json_array", sqlite_row, "x''")
    ),
    postgres: postgres_facts!(
        "",
        circle!("SELECT CAST($4 AS BIGINT)", "CAST($6 AS INTEGER) = 1"),
        parties!("json_build_object", "json_build_array", postgres_row, "CAST('' AS BYTEA)")
    ),
};

/// The owner is whose home it is; everybody counts only if there is no object yet.
pub(crate) const SCENE: Dialects = Dialects {
    sqlite: sqlite_facts!(
        located!("json_object", "json_array", "x''", sqlite_found),
        circle!(
            "SELECT owner_id FROM located",
            "NOT EXISTS (SELECT 1 FROM located WHERE object_id IS NOT NULL)"
        ),
        parties!("json_object", "json_array", sqlite_row, "x''"),
        // SQLite forgets between the two that it is JSON.
        concat!(sqlite_row!("json(fact)", "octets"), " FROM located")
    ),
    postgres: postgres_facts!(
        located!("json_build_object", "json_build_array", "CAST('' AS BYTEA)", postgres_found),
        circle!(
            "SELECT owner_id FROM located",
            "NOT EXISTS (SELECT 1 FROM located WHERE object_id IS NOT NULL)"
        ),
        parties!("json_build_object", "json_build_array", postgres_row, "CAST('' AS BYTEA)"),
        concat!(postgres_row!("fact", "octets"), " FROM located")
    ),
};
