//! What each attendee answered last, per instance: what makes a late REPLY recognisable (RFC 5546 2.1.5).

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

#[derive(Serialize)]
struct AnswerParameters<'a> {
    owner: i64,
    attendee: &'a str,
    recurrence_id: i64,
    sequence: i64,
    dtstamp: i64,
}

const RECORD: &str = "
    INSERT INTO answers (owner_id, uid, attendee, recurrence_id, sequence, dtstamp)
    SELECT CAST(value ->> 'owner' AS BIGINT), $2, value ->> 'attendee',
           CAST(value ->> 'recurrence_id' AS BIGINT),
           CAST(value ->> 'sequence' AS BIGINT), CAST(value ->> 'dtstamp' AS BIGINT)
      FROM jsonb_each($1)
     WHERE true
        ON CONFLICT (owner_id, uid, attendee, recurrence_id) DO UPDATE
       SET sequence = excluded.sequence, dtstamp = excluded.dtstamp";
const FORGET: &str = "DELETE FROM answers WHERE owner_id = $1 AND uid = $2";

impl Tx {
    /// Records answers, each in place of its owner's one before it; of several for one instance the
    /// last counts. One statement.
    ///
    /// # Errors
    /// [`Error::Gone`] when there is no such principal.
    pub async fn record_answers(
        &mut self,
        uid: &str,
        answers: &[(PrincipalId, AnswerRecord)],
    ) -> Result<(), Error> {
        if answers.is_empty() {
            return Ok(());
        }
        let last: std::collections::BTreeMap<_, _> = answers
            .iter()
            .map(|(owner, answer)| {
                ((*owner, answer.attendee.as_str(), answer.recurrence_id), (*owner, answer))
            })
            .collect();
        let rows = List::of_rows(last.into_values().map(|(owner, answer)| AnswerParameters {
            owner: owner.get(),
            attendee: &answer.attendee,
            recurrence_id: answer.recurrence_id.map_or(MASTER, Timestamp::as_second),
            sequence: answer.sequence,
            dtstamp: answer.dtstamp.as_second(),
        }))?;
        let recorded = execute!(self, sqlx::query(RECORD).bind(&rows).bind(uid));
        recorded.map(drop).map_err(|error| error.gone("principal"))
    }

    /// Forgets the answers for an object that is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_answers(&mut self, owner: PrincipalId, uid: &str) -> Result<(), Error> {
        execute!(self, sqlx::query(FORGET).bind(owner).bind(uid)).map(drop)
    }
}
