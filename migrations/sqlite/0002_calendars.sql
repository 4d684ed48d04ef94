-- What they keep: collections, calendar objects with every version, the sync log (RFC 6578), the instance index
-- and dead properties (RFC 4918 4).
-- New tables only: locks nothing, takes no time.

CREATE TABLE collections (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id     INTEGER NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    name         TEXT    NOT NULL,                             -- the last path segment
    kind         TEXT    NOT NULL CHECK (kind IN ('calendar', 'inbox', 'outbox', 'plain')),
    components   TEXT    NOT NULL,                             -- 'VEVENT,VTODO'
    timezone     TEXT,                                         -- CALDAV:calendar-timezone as sent
    transparent  INTEGER NOT NULL DEFAULT 0,                   -- CALDAV:schedule-calendar-transp
    change       INTEGER NOT NULL DEFAULT 0,                   -- the last change number drawn
    oldest_token INTEGER NOT NULL DEFAULT 0,                   -- sync tokens below are refused: tombstones are gone
    created_at   INTEGER NOT NULL,
    UNIQUE (owner_id, name)
) STRICT;

-- CALDAV:schedule-default-calendar-URL, one for each kind of component.
CREATE TABLE default_collections (
    principal_id  INTEGER NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    component     TEXT    NOT NULL,
    collection_id INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    PRIMARY KEY (principal_id, component)
) STRICT, WITHOUT ROWID;

CREATE INDEX default_collections_collection ON default_collections (collection_id);

-- Narrow: the octets are in versions, at (object_id, change).
CREATE TABLE objects (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    collection_id  INTEGER NOT NULL REFERENCES collections (id),
    name           TEXT    NOT NULL,
    uid            TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    etag           TEXT    NOT NULL,
    schedule_tag   TEXT,
    scheduled      INTEGER NOT NULL,
    size           INTEGER NOT NULL,
    participation  TEXT    NOT NULL,                           -- own PARTSTAT, one character per component
    indexed_until  INTEGER,                                    -- NULL: the index has all instances
    change         INTEGER NOT NULL,
    created_change INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    modified_at    INTEGER NOT NULL,
    UNIQUE (collection_id, name)
) STRICT;

CREATE UNIQUE INDEX objects_change ON objects (collection_id, change);
CREATE INDEX objects_uid ON objects (uid, collection_id);
CREATE INDEX objects_beyond ON objects (collection_id, id) WHERE indexed_until IS NOT NULL;
CREATE INDEX objects_indexed_until ON objects (indexed_until, id) WHERE indexed_until IS NOT NULL;

-- Appended on every write and on removal (octets NULL). Outlives object and collection.
CREATE TABLE versions (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    object_id     INTEGER NOT NULL,
    change        INTEGER NOT NULL,
    collection_id INTEGER NOT NULL,
    name          TEXT    NOT NULL,
    uid           TEXT    NOT NULL,
    etag          TEXT,
    schedule_tag  TEXT,
    written_at    INTEGER NOT NULL,
    actor         TEXT    NOT NULL,
    client        TEXT    NOT NULL,
    request_id    TEXT    NOT NULL,
    octets        BLOB
) STRICT;

CREATE UNIQUE INDEX versions_object ON versions (object_id, change);

CREATE TABLE tombstones (
    collection_id INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    name          TEXT    NOT NULL,
    change        INTEGER NOT NULL,
    removed_at    INTEGER NOT NULL,
    PRIMARY KEY (collection_id, name)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX tombstones_change ON tombstones (collection_id, change);
CREATE INDEX tombstones_removed_at ON tombstones (removed_at);

CREATE TABLE instances (
    collection_id INTEGER NOT NULL,
    bucket        INTEGER NOT NULL,
    object_id     INTEGER NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
    packed        BLOB    NOT NULL,
    PRIMARY KEY (collection_id, bucket, object_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX instances_object ON instances (object_id, bucket);

CREATE TABLE properties (
    target_kind TEXT    NOT NULL CHECK (target_kind IN ('principal', 'collection', 'object')),
    target_id   INTEGER NOT NULL,
    namespace   TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    value       TEXT    NOT NULL,                              -- XML
    PRIMARY KEY (target_kind, target_id, namespace, name)
) STRICT, WITHOUT ROWID;
