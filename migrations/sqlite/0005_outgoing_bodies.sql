-- A message to many is stored once, whoever waits for it.

CREATE TABLE outgoing_bodies (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    octets BLOB NOT NULL
) STRICT;

INSERT INTO outgoing_bodies (id, octets) SELECT id, octets FROM outgoing;
ALTER TABLE outgoing ADD COLUMN body_id INTEGER NOT NULL DEFAULT 0;
UPDATE outgoing SET body_id = id;
ALTER TABLE outgoing DROP COLUMN octets;

CREATE INDEX outgoing_body ON outgoing (body_id);
