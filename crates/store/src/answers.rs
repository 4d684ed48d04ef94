//! What each attendee answered last, per instance: what makes a late REPLY recognisable (RFC 5546 2.1.5).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::connection::{List, execute};
use crate::error::Error;
use crate::transaction::Tx;
use crate::values::PrincipalId;

/// An attendee's last answer for one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerRecord {
    /// The attendee's normalised address.
    pub attendee: String,
    /// Which instance; `None`: the object as a whole.
    pub recurrence_id: Option<Timestamp>,
    /// The SEQUENCE answered to.
    pub sequence: i64,
    /// When the answer was made.
    pub dtstamp: Timestamp,
}

/// Stands for the object as a whole: a primary key has no NULL.
pub(crate) const MASTER: i64 = i64::MIN;

/// What somebody is to remember of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered<'a> {
    /// Who.
    pub owner: PrincipalId,
    /// About which UID.
    pub uid: &'a str,
    /// What.
    pub answer: &'a AnswerRecord,
}

#[derive(Serialize)]
struct AnswerParameters<'a> {
    owner: i64,
    uid: &'a str,
    attendee: &'a str,
    recurrence_id: i64,
    sequence: i64,
    dtstamp: i64,
}

/// Records the answers of a parameter, each in place of its owner's one before it.
macro_rules! record_answers {
    ($rows:literal) => {
        concat!(
            "
    INSERT INTO answers (owner_id, uid, attendee, recurrence_id, sequence, dtstamp)
    SELECT CAST(value ->> 'owner' AS BIGINT), value ->> 'uid', value ->> 'attendee',
           CAST(value ->> 'recurrence_id' AS BIGINT),
           CAST(value ->> 'sequence' AS BIGINT), CAST(value ->> 'dtstamp' AS BIGINT)
      FROM jsonb_each(",
            $rows,
            ")
     WHERE true
        ON CONFLICT (owner_id, uid, attendee, recurrence_id) DO UPDATE
       SET sequence = excluded.sequence, dtstamp = excluded.dtstamp"
        )
    };
}
pub(crate) use record_answers;

const FORGET: &str = "DELETE FROM answers WHERE owner_id = $1 AND uid = $2";

/// The parameter of [`record_answers`]; of several answers for one instance the last counts.
pub(crate) fn rows(answers: &[Remembered<'_>]) -> Result<List, Error> {
    let last: BTreeMap<_, _> = answers
        .iter()
        .map(|one| {
            let answer = one.answer;
            ((one.owner, one.uid, answer.attendee.as_str(), answer.recurrence_id), one)
        })
        .collect();
    List::of_rows(last.into_values().map(|one| AnswerParameters {
        owner: one.owner.get(),
        uid: one.uid,
        attendee: &one.answer.attendee,
        recurrence_id: one.answer.recurrence_id.map_or(MASTER, Timestamp::as_second),
        sequence: one.answer.sequence,
        dtstamp: one.answer.dtstamp.as_second(),
    }))
}

impl Tx {
    /// Forgets the answers for an object that is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_answers(&mut self, owner: PrincipalId, uid: &str) -> Result<(), Error> {
        execute!(self, sqlx::query(FORGET).bind(owner).bind(uid)).map(drop)
    }
}
