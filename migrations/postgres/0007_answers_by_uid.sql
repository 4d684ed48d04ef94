-- What is remembered of a meeting lies with the meeting: what a write to many adds is in one place.
-- Makes the index of `answers` anew, and holds up writes for as long as it takes to read the table once.

ALTER TABLE answers DROP CONSTRAINT answers_pkey;
ALTER TABLE answers ADD PRIMARY KEY (uid, owner_id, attendee, recurrence_id);
