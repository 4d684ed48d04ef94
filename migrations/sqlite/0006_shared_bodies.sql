-- A meeting's copies are mostly the same: what several versions of one write say is stored once. Their `octets` are NULL,
-- and they name the first of them.
-- Changes nothing that is stored. Making the index holds up writes for as long as it takes to read `versions` once.

CREATE TABLE shared_bodies (
    object_id INTEGER NOT NULL,
    change    INTEGER NOT NULL,
    octets    BLOB    NOT NULL,
    PRIMARY KEY (object_id, change)
) STRICT;

ALTER TABLE versions ADD COLUMN shared_object INTEGER;
ALTER TABLE versions ADD COLUMN shared_change INTEGER;

CREATE INDEX versions_shared ON versions (shared_object, shared_change) WHERE shared_object IS NOT NULL;
