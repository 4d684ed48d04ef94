-- Postgres compresses what is longer than 2 KB, for each of a meeting's copies and again whenever one is read. Objects of
-- that size stay as they are, up to what fits on a page.
-- Changes nothing that is stored; locks out writes for a moment.

ALTER TABLE versions SET (toast_tuple_target = 8160);
