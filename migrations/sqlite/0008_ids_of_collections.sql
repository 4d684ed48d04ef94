-- An object's id is made of its collection and of a change number of that collection, so that a listing reads rows that
-- lie side by side. Those that were written before this was so get such an id too.
-- Rewrites the rows of older objects: some seconds for a hundred thousand.

PRAGMA defer_foreign_keys = ON;

CREATE TABLE renumbered (
    old INTEGER PRIMARY KEY,
    new INTEGER NOT NULL
) STRICT;

INSERT INTO renumbered (old, new)
SELECT id, collection_id * 4294967296 + change FROM objects WHERE id / 4294967296 <> collection_id;

UPDATE instances SET object_id = new FROM renumbered WHERE object_id = old;
UPDATE versions SET object_id = new FROM renumbered WHERE object_id = old;
UPDATE versions SET shared_object = new FROM renumbered WHERE shared_object = old;
UPDATE shared_bodies SET object_id = new FROM renumbered WHERE object_id = old;
UPDATE properties SET target_id = new FROM renumbered WHERE target_kind = 'object' AND target_id = old;
UPDATE objects SET id = new FROM renumbered WHERE id = old;

DROP TABLE renumbered;
