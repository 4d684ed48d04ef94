-- Who there is: principals (RFC 3744 2), their passwords, calendar user addresses (RFC 6638 2.4.1) and groups.
-- New tables only: locks nothing, takes no time.

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE principals (
    id                     INTEGER PRIMARY KEY AUTOINCREMENT,
    name                   TEXT    NOT NULL,
    name_key               TEXT    NOT NULL UNIQUE,            -- lower case
    kind                   TEXT    NOT NULL CHECK (kind IN ('user', 'group', 'room', 'resource')),
    display_name           TEXT,
    admin                  INTEGER NOT NULL DEFAULT 0,
    change                 INTEGER NOT NULL DEFAULT 0,         -- collections made and removed, own properties
    booking_mode           TEXT    NOT NULL,
    booking_capacity       INTEGER NOT NULL DEFAULT 1,
    booking_window_days    INTEGER,                            -- NULL: any time ahead
    booking_all_or_nothing INTEGER NOT NULL DEFAULT 0,
    booking_by             INTEGER REFERENCES principals (id) ON DELETE SET NULL,  -- NULL: everybody
    created_at             INTEGER NOT NULL
) STRICT;

CREATE INDEX principals_booking_by ON principals (booking_by) WHERE booking_by IS NOT NULL;

-- label '' is the account's own password, others are application passwords.
CREATE TABLE credentials (
    principal_id INTEGER NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    label        TEXT    NOT NULL,
    hash         TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (principal_id, label)
) STRICT, WITHOUT ROWID;

CREATE TABLE addresses (
    address      TEXT    NOT NULL PRIMARY KEY,                 -- normalised
    principal_id INTEGER NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL                              -- 0 is the preferred one
) STRICT, WITHOUT ROWID;

CREATE INDEX addresses_principal ON addresses (principal_id, position);

CREATE TABLE group_members (
    group_id  INTEGER NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    member_id INTEGER NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, member_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX group_members_member ON group_members (member_id, group_id);
