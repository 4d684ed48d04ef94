//! What must hold in the database, asked of the database. `convene check` prints the answers.

use crate::connection::{Engine, run};
use crate::error::Error;
use crate::open::Store;
use crate::versions::octets;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What should hold.
    pub rule: &'static str,
    /// Where it does not.
    pub place: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.rule)
    }
}

/// A rule, and the places where it does not hold.
struct Rule {
    says: &'static str,
    places: &'static str,
}

macro_rules! object_places {
    ($($rest:expr),+ $(,)?) => {
        concat!(
            "SELECT p.name || '/' || c.name || '/' || o.name
               FROM objects o
               JOIN collections c ON c.id = o.collection_id
               JOIN principals p ON p.id = c.owner_id ",
            $($rest,)+
            " ORDER BY o.id LIMIT 100"
        )
    };
}

const RULES: &[Rule] = &[
    Rule {
        says: "an object's current version is kept",
        places: object_places!(
            "LEFT JOIN versions v ON v.object_id = o.id AND v.change = o.change WHERE ",
            octets!(),
            " IS NULL"
        ),
    },
    Rule {
        says: "an object agrees with its current version in UID, ETag, Schedule-Tag and name",
        places: object_places!(
            "JOIN versions v ON v.object_id = o.id AND v.change = o.change
             WHERE v.etag <> o.etag OR v.uid <> o.uid OR v.name <> o.name
                OR COALESCE(v.schedule_tag, '') <> COALESCE(o.schedule_tag, '')
                OR v.collection_id <> o.collection_id"
        ),
    },
    Rule {
        says: "an object's size is the number of its octets",
        places: object_places!(
            "JOIN versions v ON v.object_id = o.id AND v.change = o.change WHERE length(",
            octets!(),
            ") <> o.size"
        ),
    },
    Rule {
        says: "an object has no version newer than its current one",
        places: object_places!(
            "WHERE EXISTS (SELECT 1 FROM versions v WHERE v.object_id = o.id AND v.change > o.change)"
        ),
    },
    Rule {
        says: "an object's change numbers were drawn from its collection",
        places: object_places!("WHERE o.change > c.change OR o.created_change > o.change OR o.change < 1"),
    },
    Rule {
        says: "a live object has no tombstone",
        places: object_places!(
            "JOIN tombstones t ON t.collection_id = o.collection_id AND (t.name = o.name OR t.change = o.change)"
        ),
    },
    Rule {
        says: "calendar objects lie in calendars and inboxes",
        places: object_places!("WHERE c.kind NOT IN ('calendar', 'inbox')"),
    },
    Rule {
        says: "a calendar takes only the components it supports (RFC 4791 5.2.3)",
        places: object_places!(
            "WHERE c.kind = 'calendar' AND ',' || c.components || ',' NOT LIKE '%,' || o.kind || ',%'"
        ),
    },
    Rule {
        says: "a UID is once in a calendar (RFC 4791 5.3.2.1)",
        places: object_places!(
            "WHERE c.kind = 'calendar'
               AND EXISTS (SELECT 1 FROM objects u WHERE u.uid = o.uid AND u.collection_id = c.id AND u.id < o.id)"
        ),
    },
    Rule {
        says: "a scheduled UID is once in a home (RFC 6638 3.2.4.1)",
        places: object_places!(
            "WHERE c.kind = 'calendar' AND o.scheduled = 1
               AND EXISTS (SELECT 1 FROM objects u
                             JOIN collections d ON d.id = u.collection_id
                            WHERE u.uid = o.uid AND u.scheduled = 1 AND u.id < o.id
                              AND d.owner_id = c.owner_id AND d.kind = 'calendar')"
        ),
    },
    Rule {
        says: "instance rows belong to an object in the same collection",
        places: "SELECT 'instances of object ' || i.object_id
                   FROM instances i
                   LEFT JOIN objects o ON o.id = i.object_id AND o.collection_id = i.collection_id
                  WHERE o.id IS NULL
                  ORDER BY i.object_id LIMIT 100",
    },
    Rule {
        says: "a tombstone's change number was drawn from its collection",
        places: "SELECT 'tombstone ' || t.name || ' of collection ' || t.collection_id
                   FROM tombstones t
                   JOIN collections c ON c.id = t.collection_id
                  WHERE t.change > c.change OR t.change <= c.oldest_token
                  ORDER BY t.collection_id, t.name LIMIT 100",
    },
    Rule {
        says: "no sync token is refused that was not given out",
        places: "SELECT 'collection ' || id FROM collections WHERE oldest_token > change ORDER BY id LIMIT 100",
    },
    Rule {
        says: "a removed object's last version says so",
        places: "SELECT 'object ' || v.object_id
                   FROM versions v
                   LEFT JOIN objects o ON o.id = v.object_id
                  WHERE o.id IS NULL AND v.etag IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM versions w
                                     WHERE w.object_id = v.object_id AND w.change > v.change)
                  ORDER BY v.object_id LIMIT 100",
    },
    Rule {
        says: "octets that versions share are there, and are shared",
        places: "SELECT 'version ' || v.change || ' of object ' || v.object_id
                   FROM versions v
                  WHERE v.shared_object IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM shared_bodies s
                                     WHERE s.object_id = v.shared_object AND s.change = v.shared_change)
                  UNION ALL
                 SELECT 'octets of object ' || s.object_id
                   FROM shared_bodies s
                  WHERE NOT EXISTS (SELECT 1 FROM versions v
                                     WHERE v.shared_object = s.object_id AND v.shared_change = s.change)
                  LIMIT 100",
    },
    Rule {
        says: "a default collection is a calendar of the same principal for that component (RFC 6638 9.2)",
        places: "SELECT 'default for ' || d.component || ' of principal ' || d.principal_id
                   FROM default_collections d
                   JOIN collections c ON c.id = d.collection_id
                  WHERE c.owner_id <> d.principal_id OR c.kind <> 'calendar'
                     OR ',' || c.components || ',' NOT LIKE '%,' || d.component || ',%'
                  ORDER BY d.principal_id, d.component LIMIT 100",
    },
    Rule {
        says: "a home has one inbox and one outbox at most (RFC 6638 2.1, 2.2)",
        places: "SELECT p.name || '/' || c.kind
                   FROM collections c
                   JOIN principals p ON p.id = c.owner_id
                  WHERE c.kind IN ('inbox', 'outbox')
                  GROUP BY p.name, c.kind
                 HAVING COUNT(*) > 1
                  ORDER BY p.name LIMIT 100",
    },
    Rule {
        says: "a property is on something that exists",
        places: "SELECT 'property ' || q.name || ' of ' || q.target_kind || ' ' || q.target_id
                   FROM properties q
                  WHERE NOT EXISTS (SELECT 1 FROM principals
                                     WHERE q.target_kind = 'principal' AND principals.id = q.target_id)
                    AND NOT EXISTS (SELECT 1 FROM collections
                                     WHERE q.target_kind = 'collection' AND collections.id = q.target_id)
                    AND NOT EXISTS (SELECT 1 FROM objects
                                     WHERE q.target_kind = 'object' AND objects.id = q.target_id)
                  ORDER BY q.target_kind, q.target_id LIMIT 100",
    },
];

// Postgres guards both by itself.
const FOREIGN_KEYS: &str = r#"SELECT "table" || ' row ' || COALESCE(rowid, '?') FROM pragma_foreign_key_check ORDER BY 1 LIMIT 100"#;
/// A listing finds a collection's objects by their ids.
const IDS: &str = "
    SELECT 'object ' || id FROM objects WHERE id / 4294967296 <> collection_id ORDER BY id LIMIT 100";
const INTEGRITY: &str =
    "SELECT quick_check FROM pragma_quick_check WHERE quick_check <> 'ok' ORDER BY 1 LIMIT 100";

impl Store {
    /// Where the database is not as it must be; empty is good. At most 100 places for each rule. Reads everything.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn check(&self) -> Result<Vec<Violation>, Error> {
        let mut snapshot = self.read_consistently().await?;
        let mut violations = Vec::new();
        let mut note = |rule, places: Vec<String>| {
            violations.extend(places.into_iter().map(|place| Violation { rule, place }));
        };
        for rule in RULES {
            let places = run!(snapshot, c => sqlx::query_scalar(rule.places).fetch_all(c))?;
            note(rule.says, places);
        }
        if let Engine::Sqlite(connection) = snapshot.engine()? {
            let places = sqlx::query_scalar(FOREIGN_KEYS).fetch_all(&mut *connection).await?;
            note("a row refers to rows that exist", places);
            let places = sqlx::query_scalar(IDS).fetch_all(&mut *connection).await?;
            note("an object's id is made of its collection's", places);
            let places = sqlx::query_scalar(INTEGRITY).fetch_all(connection).await?;
            note("the file is sound", places);
        }
        Ok(violations)
    }
}
