//! What an arriving message makes of its recipient's copy (RFC 6638 section 4, RFC 5546 sections
//! 2.1.5 and 3.2).
//!
//! Invariants: applying a message twice equals applying it once; an older message never undoes a
//! newer one, whatever the order of arrival; only the organizer changes what the organizer owns,
//! and an attendee only his own line.

mod add;
mod alike;
mod answer;
mod ask;
mod assemble;
mod cancel;
mod counter;
mod delegates;
mod named;
mod publish;
mod reply;
mod request;
mod stamp;
mod tell;

use calendar::{CalendarAddress, CalendarObject, ComponentKind, InstanceId, Method};
use jiff::Timestamp;

use crate::directory::{Directory, LocalUser};
use crate::itip::{Message, Notice};
use crate::{AnswerRecord, Answers, Delivery, Reason, ScheduleTag, Verdict, tree};

pub use alike::Asked;
pub(crate) use named::as_in;

/// A message that reached a local user.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// The message.
    pub message: &'a calendar::Message,
    /// Who sent it.
    pub sender: &'a CalendarAddress,
    /// Whose copy it is merged into.
    pub recipient: &'a LocalUser,
    /// His copy, if he has one, in whichever of his calendars it lies.
    pub copy: Option<&'a CalendarObject>,
    /// The local users among the participants.
    pub directory: &'a Directory,
    /// What he remembers of earlier messages about this object.
    pub answers: &'a Answers,
    /// How the message is to be taken; `Normal` for one that came from outside.
    pub notice: Notice,
    /// It was made in the transaction that delivers it, so it cannot have come before. Two such
    /// messages may be of one second, and alike in all that orders messages.
    pub is_fresh: bool,
    /// When it arrives.
    pub now: Timestamp,
}

/// What a message makes of a copy.
#[derive(Clone, Debug)]
pub struct Merge {
    /// The merged copy; none when the copy stays as it is.
    pub stored: Option<CalendarObject>,
    /// Whether the message goes into the inbox.
    pub inbox: bool,
    /// What happens to the copy's Schedule-Tag.
    pub schedule_tag: ScheduleTag,
    /// Messages that this one makes necessary.
    pub messages: Vec<Message>,
    /// The other attendees' copies should be refreshed from this one (RFC 6638 section 4.2).
    pub refresh: bool,
    /// What the recipient has to remember.
    pub answers: Vec<AnswerRecord>,
    /// How far the message got, for the sender's SCHEDULE-STATUS.
    pub delivery: Delivery,
    /// Per instance: what was merged, or why not.
    pub reasons: Vec<Reason>,
}

/// Merges a message into its recipient's copy.
pub fn apply(arrival: Arrival<'_>) -> Merge {
    if arrival.message.kind() == ComponentKind::FreeBusy {
        // RFC 5546 section 3.3. Who asks by a message is not known for sure, and gets no answer (rule 23).
        return Merge::unchanged(
            true,
            "free-busy time is kept in the inbox for its reader",
            &arrival,
        );
    }
    let named = arrival.copy.and_then(|copy| named::as_in(copy, arrival.message));
    let arrival = &Arrival { message: named.as_ref().unwrap_or(arrival.message), ..arrival };
    match arrival.message.method() {
        Method::Publish => publish::apply(arrival),
        Method::Request => request::apply(arrival),
        Method::Reply => reply::apply(arrival),
        Method::Add => add::apply(arrival),
        Method::Cancel => cancel::apply(arrival),
        Method::Refresh => ask::answer_refresh(arrival),
        Method::Counter => counter::propose(arrival),
        Method::DeclineCounter => counter::declined(arrival),
    }
}

/// The answer for a recipient whose stored copy can't be read: he finds the message in his inbox,
/// the sender a status.
pub fn unusable_copy(recipient: &CalendarAddress, detail: &str) -> Merge {
    let text = format!("his stored copy can't be read: {detail}");
    Merge {
        delivery: Delivery::Failed,
        reasons: vec![Reason::of(recipient, InstanceId::Master, Verdict::Ignored, text)],
        ..Merge::nothing(true)
    }
}

impl Merge {
    fn nothing(inbox: bool) -> Self {
        Self {
            stored: None,
            inbox,
            schedule_tag: ScheduleTag::Keep,
            messages: Vec::new(),
            refresh: false,
            answers: Vec::new(),
            delivery: Delivery::Delivered,
            reasons: Vec::new(),
        }
    }

    /// A message that does not touch the copy, for one reason.
    fn unchanged(inbox: bool, why: &str, arrival: &Arrival<'_>) -> Self {
        let inbox = inbox && arrival.notice != Notice::Quiet;
        let reason = Reason::of(arrival.sender, InstanceId::Master, Verdict::Ignored, why);
        Self { reasons: vec![reason], ..Self::nothing(inbox) }
    }
}

impl Arrival<'_> {
    /// Whether the sender is the organizer or sends in his name (RFC 5545 section 3.2.18).
    fn speaks_for(&self, organizer: &CalendarAddress, line: &calendar::Property) -> bool {
        let sent_by = calendar::Organizer::new(line).sent_by();
        self.directory.is_same_person(self.sender, organizer)
            || sent_by.is_some_and(|sent_by| self.directory.is_same_person(self.sender, &sent_by))
    }

    /// Whether the copy has this organizer, or none.
    fn is_organized_by(&self, copy: &CalendarObject, organizer: &CalendarAddress) -> bool {
        let mut organizers = copy.components().filter_map(tree::organizer);
        organizers.all(|(address, _)| self.directory.is_same_person(&address, organizer))
    }

    /// The address by which a component names the recipient.
    fn named_in(&self, component: &calendar::Component) -> Option<CalendarAddress> {
        tree::attendees(component)
            .map(|(address, _)| address)
            .find(|address| self.recipient.has(address))
    }
}
