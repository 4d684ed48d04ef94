-- What scheduling remembers: the last answer per attendee and instance, the audit, mail to be sent, jobs.
-- New tables only: locks nothing, takes no time.

-- recurrence_id: the instant, or the smallest integer for the master.
CREATE TABLE answers (
    owner_id      INTEGER NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    uid           TEXT    NOT NULL,
    attendee      TEXT    NOT NULL,
    recurrence_id INTEGER NOT NULL,
    sequence      INTEGER NOT NULL,
    dtstamp       INTEGER NOT NULL,
    PRIMARY KEY (owner_id, uid, attendee, recurrence_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    request_id TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    client     TEXT    NOT NULL,
    uid        TEXT    NOT NULL,
    collection TEXT    NOT NULL,
    object     TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    detail     TEXT    NOT NULL                                -- JSON
) STRICT;

CREATE INDEX audit_uid ON audit (uid, id);
CREATE INDEX audit_at ON audit (at);

CREATE TABLE outgoing (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at INTEGER NOT NULL,
    request_id TEXT    NOT NULL,
    sender     TEXT    NOT NULL,
    recipient  TEXT    NOT NULL,
    uid        TEXT    NOT NULL,
    method     TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('queued', 'held', 'sent', 'failed')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    next_at    INTEGER NOT NULL,
    error      TEXT,
    octets     BLOB    NOT NULL
) STRICT;

CREATE INDEX outgoing_state ON outgoing (state, id);
CREATE INDEX outgoing_sender ON outgoing (sender, created_at);
CREATE INDEX outgoing_uid ON outgoing (uid, id);

CREATE TABLE jobs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    payload     TEXT    NOT NULL,
    run_at      INTEGER NOT NULL,
    lease_until INTEGER NOT NULL DEFAULT 0,
    attempts    INTEGER NOT NULL DEFAULT 0,
    revision    INTEGER NOT NULL DEFAULT 1,                    -- counts put_job, so that work put meanwhile is not lost
    error       TEXT,
    UNIQUE (kind, key)
) STRICT;

CREATE INDEX jobs_run_at ON jobs (run_at, id);
