-- From when to when the instances of an index row are, so that a search over a few days leaves out the rest of the
-- four weeks of a bucket; and the end of the index of each calendar's endless objects, in order.
-- Rewrites no row: what is there counts as without bounds until the object is indexed again. Making the index holds up
-- writes for about a second per million endless objects.

ALTER TABLE instances ADD COLUMN starts BIGINT NOT NULL DEFAULT -9223372036854775808;
ALTER TABLE instances ADD COLUMN ends   BIGINT NOT NULL DEFAULT 9223372036854775807;

DROP INDEX objects_beyond;
CREATE INDEX objects_beyond ON objects (collection_id, indexed_until, id) WHERE indexed_until IS NOT NULL;
