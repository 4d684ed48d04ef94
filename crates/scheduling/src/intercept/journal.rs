//! What a write did, as the audit keeps it and `convene explain` tells it.

use calendar::CalendarAddress;
use serde::{Deserialize, Serialize};
use store::PrincipalId;

use crate::itip::{Message, SchedulingRole};
use crate::{Delivery, Reason, Summary};

/// The detail of one audit row: the decision, each message, each delivery, with reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// As whom the writer acted.
    pub role: Option<SchedulingRole>,
    /// Whether the server stored something else than the client's octets.
    pub rewritten: bool,
    /// The messages that the write made, in order; those made by deliveries come last.
    pub messages: Vec<JournalMessage>,
    /// Per attendee and instance: what was sent, or why nothing was.
    pub reasons: Vec<Reason>,
}

/// One iTIP message and where it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalMessage {
    /// `REQUEST`, `REPLY`, `CANCEL`, …
    pub method: String,
    /// The address it was sent as.
    pub from: String,
    /// What it says, in one sentence.
    pub summary: String,
    /// The facts of that sentence.
    pub facts: Summary,
    /// Each recipient with what came of it.
    pub deliveries: Vec<Delivered>,
}

/// What came of one message for one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// The recipient's address.
    pub to: String,
    /// The principal's number, for a local recipient.
    pub principal: Option<i64>,
    /// The delivery status (RFC 6638 section 3.2.9): `1.2`, `3.7`, `5.3`, …
    pub status: String,
    /// Whether an inbox item was made; a silent update of the copy makes none (design rule 2).
    pub inbox: bool,
    /// Whether the recipient's copy was changed.
    pub merged: bool,
    /// What the merge says of itself.
    pub reasons: Vec<Reason>,
}

impl Journal {
    /// Whether the write had nothing to do with scheduling.
    pub(super) fn tells_nothing(&self) -> bool {
        self.messages.is_empty()
            && self.reasons.is_empty()
            && matches!(self.role, None | Some(SchedulingRole::Unscheduled))
    }
}

impl JournalMessage {
    pub(super) fn of(message: &Message) -> Self {
        Self {
            method: message.itip.method().as_str().to_owned(),
            from: message.sender.as_str().to_owned(),
            summary: message.summary.to_string(),
            facts: message.summary.clone(),
            deliveries: Vec::with_capacity(message.recipients.len()),
        }
    }
}

impl Delivered {
    pub(super) fn new(
        to: &CalendarAddress,
        principal: Option<PrincipalId>,
        delivery: Delivery,
    ) -> Self {
        Self {
            to: to.as_str().to_owned(),
            principal: principal.map(PrincipalId::get),
            status: delivery.code().to_owned(),
            inbox: false,
            merged: false,
            reasons: Vec::new(),
        }
    }
}
