//! What a write by a calendar's owner makes others be told (RFC 6638 section 3.2, RFC 5546).
//!
//! [`decide`] first finds out in which role the owner writes, then lets that role's rules answer.

mod allowed;
mod attendee;
mod audience;
mod changes;
mod counter;
mod delegation;
mod instances;
mod message;
mod organizer;
mod participation;
mod reinstate;
mod respelled;
mod restore;
mod role;
mod sequence;
mod sight;

use calendar::{CalendarAddress, CalendarObject};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::directory::{Directory, LocalUser};
use crate::{AnswerRecord, Answers, Reason, Refusal, Summary};

pub(crate) use counter::is_overtaken;
pub use counter::{Proposal, decline_counter};
pub(crate) use message::{Builder, Cancelled, CancelledFor, PROGRESS, define_zones, zones_of};
pub(crate) use restore::is_attendees_own;
pub(crate) use role::role_of;

/// A write to one calendar object, as its calendar's owner made it.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// What is stored now.
    pub old: Option<&'a CalendarObject>,
    /// What shall be stored; none for a removal.
    pub new: Option<&'a CalendarObject>,
    /// The owner of the calendar, in whose name messages go out.
    pub writer: &'a LocalUser,
    /// The local users among the participants of `old`, `new` and `organizers`.
    pub directory: &'a Directory,
    /// The organizer's own object with this UID, when the organizer is another local user.
    ///
    /// Needed only when `old` is none or not scheduled (RFC 6638 section 3.2.2.2).
    pub organizers: Option<&'a CalendarObject>,
    /// What the writer remembers of this UID: what he said himself, and where the numbers of a meeting that he removed
    /// go on ([`Answers::last_word`]).
    pub remembered: &'a Answers,
    /// What the request said beside the data.
    pub intent: Intent,
    /// When the write happens.
    pub now: Timestamp,
}

/// What the request said beside the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intent {
    /// If-Match or If-Schedule-Tag-Match was sent and held: the client knew what it replaced.
    pub matched: bool,
    /// Not `Schedule-Reply: F` (RFC 6638 section 8.1).
    pub reply: bool,
    /// An import: nobody is told anything.
    pub silent: bool,
}

impl Default for Intent {
    fn default() -> Self {
        Self { matched: false, reply: true, silent: false }
    }
}

/// What a write does.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The role of the calendar's owner in what is stored (for a removal: in what was).
    pub role: SchedulingRole,
    /// What is to be stored.
    pub stored: Stored,
    /// What is to be delivered, in this order.
    pub messages: Vec<Message>,
    /// The other attendees' copies should be refreshed: somebody's PARTSTAT changed without a
    /// message to all.
    pub refresh: bool,
    /// What the writer has to remember to order later answers. When an organizer's object is
    /// removed, all that was remembered about it before can be forgotten.
    pub answers: Vec<AnswerRecord>,
    /// Per attendee and instance: what was sent, or why not.
    pub reasons: Vec<Reason>,
}

/// The role of a calendar's owner in one of its objects (RFC 6638 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SchedulingRole {
    /// Not a scheduling object resource: it has no Schedule-Tag.
    Unscheduled,
    /// An organizer scheduling object resource.
    Organizer,
    /// An attendee scheduling object resource.
    Attendee,
}

/// What is to be stored.
#[derive(Clone, Debug)]
pub enum Stored {
    /// The octets the client sent.
    Verbatim,
    /// The client's object with edits of the server: no ETag in the answer (RFC 4791 section
    /// 5.3.4).
    Rewritten(CalendarObject),
    /// Nothing: the object is removed.
    Nothing,
}

/// One iTIP message and who gets it.
#[derive(Clone, Debug)]
pub struct Message {
    /// The message.
    pub itip: calendar::Message,
    /// In whose name it is sent.
    pub sender: CalendarAddress,
    /// Everybody who gets exactly this message.
    pub recipients: Vec<Recipient>,
    /// What it says.
    pub summary: Summary,
}

/// One recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The address he was invited by.
    pub address: CalendarAddress,
    /// How to reach him.
    pub route: Route,
}

/// How a recipient is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// In his calendar and inbox on this server.
    Local {
        /// His account.
        principal: i64,
        /// How the message is to be taken.
        notice: Notice,
    },
    /// By whatever carries messages to other servers.
    External,
}

/// How a local recipient's server takes a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Notice {
    /// The copy, if there is one, is brought up to date; no inbox item.
    Quiet,
    /// As any message: merged, and kept in the inbox.
    Normal,
    /// He wants to know what it is now, or the organizer wants him to be told (RFC 6638 section 3.2.7): kept in the inbox
    /// also where his copy says so already.
    Asked,
    /// He is asked again: his PARTSTAT becomes what the message says.
    Reinvitation,
}

/// Decides about one write.
///
/// # Errors
///
/// A [`Refusal`] when the writer may not make this change in his role.
pub fn decide(change: Change<'_>) -> Result<Decision, Refusal> {
    role::check_same_organizer(change.new)?;
    match role::classify(&change)? {
        role::Case::Plain(role) => {
            let mut decision = Decision::without_messages(role, change.new);
            decision.reasons.extend(role::why_plain(&change, role));
            if let (SchedulingRole::Organizer, Some(old), None) = (role, change.old, change.new) {
                decision.answers.push(organizer::last_word(old, change.now));
            }
            Ok(decision)
        }
        role::Case::Organizer { old, new } => organizer::decide(&change, old, new),
        role::Case::Attendee { old, new } => attendee::modify(&change, &old, new),
        role::Case::AttendeeCreates { new } => attendee::create(&change, new),
        role::Case::AttendeeRemoves { old } => attendee::remove(&change, old),
    }
}

impl Decision {
    fn without_messages(role: SchedulingRole, new: Option<&CalendarObject>) -> Self {
        let stored = if new.is_some() { Stored::Verbatim } else { Stored::Nothing };
        Self {
            role,
            stored,
            messages: Vec::new(),
            refresh: false,
            answers: Vec::new(),
            reasons: Vec::new(),
        }
    }
}
