//! Messages to people who have no account here wait in a queue for whatever will carry them (RFC 6047). A burst from one
//! account is held in it until somebody releases or drops it (design rule 6): it is more often a wrong import or a
//! stolen password than three hundred meetings.

use std::sync::Arc;

use calendar::{InstanceId, Method};
use jiff::{SignedDuration, Timestamp};
use store::{NewOutgoing, OutgoingState};

use super::DoorError;
use super::board::Board;
use crate::{Reason, Verdict};

/// A message to somebody without an account.
#[derive(Debug)]
pub(super) struct External {
    pub(super) sender: String,
    pub(super) recipient: String,
    pub(super) method: Method,
    pub(super) octets: Arc<[u8]>,
}

/// When invitations to outsiders are too many to be sent without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// So many from one account are sent …
    pub messages: u32,
    /// … within so many minutes.
    pub minutes: u32,
}

impl Burst {
    fn since(self, now: Timestamp) -> Timestamp {
        now.saturating_sub(SignedDuration::from_mins(i64::from(self.minutes)))
            .unwrap_or(Timestamp::MIN)
    }
}

impl Board<'_> {
    /// Puts the messages to outsiders into the queue.
    pub(super) async fn send_out(&mut self) -> Result<(), DoorError> {
        let messages = std::mem::take(&mut self.outgoing);
        if messages.is_empty() {
            return Ok(());
        }
        let is_burst = self.is_burst(&messages).await?;
        if is_burst {
            tracing::warn!(uid = %self.uid, messages = messages.len(), "a burst of invitations to outsiders is held back");
            let text = "too many invitations to outsiders at once: held in the queue until somebody releases or drops them";
            self.journal.reasons.push(Reason::general(InstanceId::Master, Verdict::Held, text));
        }
        let rows: Vec<NewOutgoing<'_>> = messages
            .iter()
            .map(|external| NewOutgoing {
                sender: &external.sender,
                recipient: &external.recipient,
                uid: self.uid.as_str(),
                method: external.method.as_str(),
                state: if is_burst && invites(external) {
                    OutgoingState::Held
                } else {
                    OutgoingState::Queued
                },
                octets: &external.octets,
            })
            .collect();
        self.tx.enqueue_outgoing(self.writing.request_id, self.writing.now, &rows).await?;
        Ok(())
    }

    /// Whether these, with those of the last minutes, are more than one account may send.
    async fn is_burst(&mut self, messages: &[External]) -> Result<bool, DoorError> {
        let Some(burst) = self.door.settings.burst else { return Ok(false) };
        let Some((sender, new)) = invitations(messages) else { return Ok(false) };
        let before = self.tx.count_outgoing(sender, burst.since(self.writing.now)).await?;
        Ok(before.saturating_add(new) > i64::from(burst.messages))
    }
}

/// Who invites, and how often.
fn invitations(messages: &[External]) -> Option<(&str, i64)> {
    let mut all = messages.iter().filter(|external| invites(external));
    let sender = all.next()?.sender.as_str();
    let number = i64::try_from(all.count()).unwrap_or(i64::MAX);
    Some((sender, number.saturating_add(1)))
}

/// What an organizer says; an answer is somebody's own, and one at a time.
fn invites(external: &External) -> bool {
    matches!(external.method, Method::Request | Method::Cancel | Method::Add | Method::Publish)
}
