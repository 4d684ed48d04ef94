//! Messages for external calendar users, as decided; a mail transport (RFC 6047) takes them from here.

use jiff::Timestamp;
use serde::Serialize;

use crate::connection::{Cut, List, Octets, Queries, execute, run};
use crate::error::Error;
use crate::transaction::Tx;
use crate::values::{Seconds, text_enum};

text_enum!(
    /// Where a message stands.
    OutgoingState {
        /// Waits for the transport.
        Queued = "queued",
        /// Waits for somebody to release or drop it.
        Held = "held",
        /// The transport took it.
        Sent = "sent",
        /// The transport gave up.
        Failed = "failed",
    }
);

/// A message to be sent.
#[derive(Clone, Debug)]
pub struct NewOutgoing<'a> {
    /// The address it is from.
    pub sender: &'a str,
    /// The address it is for.
    pub recipient: &'a str,
    /// The UID it is about.
    pub uid: &'a str,
    /// The iTIP method.
    pub method: &'a str,
    /// Queued or held.
    pub state: OutgoingState,
    /// The iTIP object.
    pub octets: &'a [u8],
}

/// A message as stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Outgoing {
    /// Its number.
    pub id: i64,
    /// When it was decided.
    #[sqlx(try_from = "Seconds")]
    pub created_at: Timestamp,
    /// In which request.
    pub request_id: String,
    /// The address it is from.
    pub sender: String,
    /// The address it is for.
    pub recipient: String,
    /// The UID it is about.
    pub uid: String,
    /// The iTIP method.
    pub method: String,
    /// Where it stands.
    pub state: OutgoingState,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next.
    #[sqlx(try_from = "Seconds")]
    pub next_at: Timestamp,
    /// Why the last try failed.
    pub error: Option<String>,
    /// The iTIP object.
    pub octets: Vec<u8>,
}

macro_rules! outgoing {
    ($($rest:literal),+) => {
        concat!(
            "SELECT outgoing.id, created_at, request_id, sender, recipient, uid, method, state, attempts, next_at, error,
                    octets
               FROM outgoing
               JOIN outgoing_bodies b ON b.id = body_id", $($rest),+
        )
    };
}

pub(crate) const IN_STATE: &str = outgoing!(
    " WHERE state = $1 AND outgoing.id > $2
     ORDER BY outgoing.id
     LIMIT CAST($3 AS BIGINT)"
);
pub(crate) const ABOUT: &str = outgoing!(
    " WHERE uid = $1 AND outgoing.id > $2
     ORDER BY outgoing.id
     LIMIT CAST($3 AS BIGINT)"
);
pub(crate) const SENT_SINCE: &str =
    "SELECT COUNT(*) FROM outgoing WHERE sender = $1 AND created_at >= $2";

impl Queries {
    /// Messages in this state, in order of age, after the number `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_outgoing(
        &mut self,
        state: OutgoingState,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Outgoing>, Error> {
        let limit = i64::from(limit);
        run!(self, c => sqlx::query_as(IN_STATE).bind(state).bind(after).bind(limit).fetch_all(c))
    }

    /// Messages about this UID, in order of age, after the number `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_outgoing_about(
        &mut self,
        uid: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Outgoing>, Error> {
        let limit = i64::from(limit);
        run!(self, c => sqlx::query_as(ABOUT).bind(uid).bind(after).bind(limit).fetch_all(c))
    }

    /// How many messages were enqueued for this sender since then: what shows a burst.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_outgoing(&mut self, sender: &str, since: Timestamp) -> Result<i64, Error> {
        let since = Seconds::from(since);
        run!(self, c => sqlx::query_scalar(SENT_SINCE).bind(sender).bind(since).fetch_one(c))
    }
}

#[derive(Serialize)]
struct OutgoingParameters<'a> {
    position: usize,
    sender: &'a str,
    recipient: &'a str,
    uid: &'a str,
    method: &'a str,
    state: &'static str,
    body: i64,
}

const STORE_BODIES: &str = "
    INSERT INTO outgoing_bodies (octets)
    SELECT substr($2, CAST(value ->> 'start' AS INTEGER), CAST(value ->> 'length' AS INTEGER))
      FROM jsonb_each($1)
     ORDER BY CAST(key AS BIGINT)
    RETURNING id";
const ENQUEUE: &str = "
    INSERT INTO outgoing (created_at, request_id, sender, recipient, uid, method, state, next_at, body_id)
    SELECT $2, $3, value ->> 'sender', value ->> 'recipient', value ->> 'uid', value ->> 'method',
           value ->> 'state', $2, CAST(value ->> 'body' AS BIGINT)
      FROM jsonb_each($1)
     ORDER BY CAST(value ->> 'position' AS BIGINT)";
const SET_STATE: &str = "
    UPDATE outgoing
       SET state = $2, attempts = attempts + $3, next_at = $4, error = $5
     WHERE id = $1";
const DROP: &str = "DELETE FROM outgoing WHERE id = $1 RETURNING body_id";
const DROP_BODY: &str = "
    DELETE FROM outgoing_bodies
     WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM outgoing WHERE body_id = $1)";

impl Tx {
    /// Enqueues messages, in this order, in two statements. Messages of the same octets that follow each other share
    /// what is stored.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enqueue_outgoing(
        &mut self,
        request_id: &str,
        now: Timestamp,
        messages: &[NewOutgoing<'_>],
    ) -> Result<(), Error> {
        if messages.is_empty() {
            return Ok(());
        }
        let bodies: Vec<&[NewOutgoing<'_>]> = messages
            .chunk_by(|a, b| std::ptr::eq(a.octets, b.octets) || a.octets == b.octets)
            .collect();
        let mut octets = Octets::default();
        let cuts: Vec<Cut> = bodies
            .iter()
            .filter_map(|sharing| Some(octets.push(sharing.first()?.octets)))
            .collect();
        let (cuts, octets) = (List::of_rows(cuts)?, octets.into_vec());
        let mut ids: Vec<i64> = run!(self, c => {
            sqlx::query_scalar(STORE_BODIES).bind(&cuts).bind(&octets).fetch_all(c)
        })?;
        ids.sort_unstable();
        let sharing = bodies.iter().zip(ids);
        let sharing = sharing.flat_map(|(body, id)| body.iter().map(move |message| (message, id)));
        let rows = List::of_rows(sharing.enumerate().map(|(position, (message, body))| {
            OutgoingParameters {
                position,
                sender: message.sender,
                recipient: message.recipient,
                uid: message.uid,
                method: message.method,
                state: message.state.as_str(),
                body,
            }
        }))?;
        execute!(self, sqlx::query(ENQUEUE).bind(&rows).bind(Seconds::from(now)).bind(request_id))
            .map(drop)
    }

    /// Notes a try of the transport: what came of it, and when to try again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_attempt(
        &mut self,
        id: i64,
        state: OutgoingState,
        next_at: Timestamp,
        error: Option<&str>,
    ) -> Result<(), Error> {
        self.set_outgoing_state(id, state, 1, next_at, error).await
    }

    /// Releases a held message, to be sent from `now` on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_outgoing(&mut self, id: i64, now: Timestamp) -> Result<(), Error> {
        self.set_outgoing_state(id, OutgoingState::Queued, 0, now, None).await
    }

    /// Drops a message unsent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drop_outgoing(&mut self, id: i64) -> Result<(), Error> {
        let body: Option<i64> =
            run!(self, c => sqlx::query_scalar(DROP).bind(id).fetch_optional(c))?;
        execute!(self, sqlx::query(DROP_BODY).bind(body)).map(drop)
    }

    async fn set_outgoing_state(
        &mut self,
        id: i64,
        state: OutgoingState,
        attempts: i32,
        next_at: Timestamp,
        error: Option<&str>,
    ) -> Result<(), Error> {
        execute!(
            self,
            sqlx::query(SET_STATE)
                .bind(id)
                .bind(state)
                .bind(attempts)
                .bind(Seconds::from(next_at))
                .bind(error)
        )
        .map(drop)
    }
}
