-- A meeting's copies are mostly the same: what several versions of one write say is stored once. Their `octets` are NULL,
-- and they name the first of them.
-- Changes nothing that is stored. Making the index holds up writes for as long as it takes to read `versions` once.

CREATE TABLE shared_bodies (
    object_id BIGINT NOT NULL,
    change    BIGINT NOT NULL,
    octets    BYTEA  NOT NULL,
    PRIMARY KEY (object_id, change)
);

ALTER TABLE versions ADD COLUMN shared_object BIGINT;
ALTER TABLE versions ADD COLUMN shared_change BIGINT;

CREATE INDEX versions_shared ON versions (shared_object, shared_change) WHERE shared_object IS NOT NULL;

-- Postgres compresses what is longer than 2 KB, for each version and again whenever one is read. Objects of that size stay as
-- they are, up to what fits on a page.
ALTER TABLE versions      SET (toast_tuple_target = 8160);
ALTER TABLE shared_bodies SET (toast_tuple_target = 8160);
