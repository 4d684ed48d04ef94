-- What is remembered of a meeting lies with the meeting: what a write to many adds is in one place.
-- Rewrites `answers`.

CREATE TABLE answers_by_uid (
    owner_id      INTEGER NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    uid           TEXT    NOT NULL,
    attendee      TEXT    NOT NULL,
    recurrence_id INTEGER NOT NULL,
    sequence      INTEGER NOT NULL,
    dtstamp       INTEGER NOT NULL,
    PRIMARY KEY (uid, owner_id, attendee, recurrence_id)
) STRICT, WITHOUT ROWID;

INSERT INTO answers_by_uid (owner_id, uid, attendee, recurrence_id, sequence, dtstamp)
SELECT owner_id, uid, attendee, recurrence_id, sequence, dtstamp FROM answers;
DROP TABLE answers;
ALTER TABLE answers_by_uid RENAME TO answers;
