//! What those hear whom an attendee sent in his place, when his REPLY says so (RFC 5546 section 4.2.5).
//!
//! They learn of the meeting from who sent them, as it was in his copy. What the organizer changed meanwhile they would
//! hear with his next change only, and of a delegation that counts for nothing they would never hear. Where the REPLY was
//! made just now, the delegator's copy is in step and there is nothing to tell, but to one whom the meeting names
//! elsewhere as well: on dates that others' answers tell apart he comes instead too, and what he was in by himself, or
//! was cancelled for him, who sent him knows less well.

use std::collections::BTreeMap;

use calendar::{CalendarAddress, CalendarObject, Component, InstanceId, Method};

use super::Arrival;
use super::ask::ask;
use super::stamp::stamp;
use crate::itip::{Builder, Cancelled, CancelledFor, Message, Notice, Recipient, Route};
use crate::summary::{Kind, Summary};
use crate::{AnswerRecord, tree};

/// The messages to the delegates of a REPLY, by what became of the organizer's meeting; none: it is not there any more.
pub(super) fn tell(arrival: &Arrival<'_>, meeting: Option<&CalendarObject>) -> Vec<Message> {
    if !is_known(arrival, meeting) {
        return Vec::new();
    }
    let mut sent: BTreeMap<CalendarAddress, Vec<(InstanceId, &Component)>> = BTreeMap::new();
    for (id, reply) in tree::parts(arrival.message.content()) {
        for delegate in delegates_in(arrival, reply) {
            sent.entry(delegate).or_default().push((id, reply));
        }
    }
    if arrival.is_fresh {
        sent.retain(|delegate, parts| {
            meeting.is_some_and(|meeting| is_named_further(meeting, delegate, parts))
        });
    }
    let told = sent.iter().map(|(delegate, parts)| {
        let update = meeting.and_then(|meeting| update(arrival, meeting, delegate));
        // A date that is cancelled for all an update of the series says as well, but not that the series is.
        let tells_series = update.as_ref().is_some_and(|update| update.itip.master().is_some());
        let is_in = |(id, _): &(InstanceId, &Component)| {
            let now = meeting.and_then(|meeting| meeting.component_for(id));
            now.is_some_and(|now| names(now, delegate) && (tells_series || !now.is_cancelled()))
        };
        let away: Vec<_> = parts.iter().copied().filter(|part| !is_in(part)).collect();
        (cancel(arrival, meeting, delegate, &away), update)
    });
    let (cancels, updates): (Vec<_>, Vec<_>) = told.unzip();
    cancels.into_iter().chain(updates).flatten().collect()
}

/// What a delegate said before he hears that it is not for him is said to what does not count.
pub(super) fn told_off(message: &Message) -> Vec<AnswerRecord> {
    if message.itip.method() != Method::Cancel {
        return Vec::new();
    }
    let parts = tree::parts(message.itip.content()).into_iter();
    let records = parts.flat_map(|(id, part)| {
        let delegates = message.recipients.iter();
        delegates.map(move |delegate| stamp(part).into_record(&delegate.address, id))
    });
    records.collect()
}

/// Whether the sender has an account here or is invited: a stranger makes nobody be told anything.
fn is_known(arrival: &Arrival<'_>, meeting: Option<&CalendarObject>) -> bool {
    let is_invited = || {
        meeting.is_some_and(|meeting| meeting.components().any(|part| names(part, arrival.sender)))
    };
    arrival.directory.find(arrival.sender).is_some() || is_invited()
}

/// Users of this server whom the sender names in his place, but for the organizer.
fn delegates_in(arrival: &Arrival<'_>, reply: &Component) -> Vec<CalendarAddress> {
    let is_senders =
        |address: &CalendarAddress| arrival.directory.is_same_person(address, arrival.sender);
    let own = tree::attendees(reply).find(|(address, _)| is_senders(address));
    let delegates = own.map(|(_, line)| line.delegated_to()).unwrap_or_default().into_iter();
    let is_told = |delegate: &CalendarAddress| {
        arrival.directory.find(delegate).is_some() && !arrival.recipient.has(delegate)
    };
    delegates.filter(is_told).collect()
}

/// Whether the meeting names him in more than what the sender sent him to.
fn is_named_further(
    meeting: &CalendarObject,
    delegate: &CalendarAddress,
    said: &[(InstanceId, &Component)],
) -> bool {
    let parts = tree::parts(meeting).into_iter();
    let mut unsaid = parts.filter(|(id, _)| said.iter().all(|(said, _)| said != id));
    unsaid.any(|(_, part)| names(part, delegate))
}

fn names(part: &Component, attendee: &CalendarAddress) -> bool {
    part.attendee(attendee).is_some()
}

/// What he was sent to does not take place, or not with him.
fn cancel(
    arrival: &Arrival<'_>,
    meeting: Option<&CalendarObject>,
    delegate: &CalendarAddress,
    parts: &[(InstanceId, &Component)],
) -> Option<Message> {
    let (_, first) = parts.first()?;
    let (sender, _) = tree::organizer(first)?;
    if !arrival.recipient.has(&sender) {
        return None;
    }
    // It is later than the delegation and earlier than another one.
    let cancelled = parts.iter().map(|(id, reply)| {
        let now = meeting.and_then(|meeting| meeting.component_for(id)).map(Component::sequence);
        let last = now.or(arrival.answers.last_word()).unwrap_or(0);
        Cancelled {
            component: (*reply).clone(),
            sequence: reply.sequence().max(last),
            whom: CancelledFor::ThoseTakenOff,
        }
    });
    let source = arrival.message.content();
    let builder = Builder { source, now: arrival.now };
    let itip = builder.cancel(cancelled, |address| address == delegate).ok()?;
    let summary = Summary::of(Kind::Cancellation, source, first);
    let recipients = vec![recipient(arrival, delegate, Notice::Normal)?];
    Some(Message { itip, sender, recipients, summary })
}

/// What it is now, as far as he is in it.
fn update(
    arrival: &Arrival<'_>,
    meeting: &CalendarObject,
    delegate: &CalendarAddress,
) -> Option<Message> {
    let is_subject = |part: &&Component| !part.is_cancelled() && names(part, delegate);
    let subject = meeting.components().find(is_subject)?;
    let summary = Summary::of(Kind::Invitation, meeting, subject);
    ask(arrival, meeting, subject, delegate, (Notice::Quiet, summary))
}

fn recipient(
    arrival: &Arrival<'_>,
    delegate: &CalendarAddress,
    notice: Notice,
) -> Option<Recipient> {
    let principal = arrival.directory.find(delegate)?.principal;
    Some(Recipient { address: delegate.clone(), route: Route::Local { principal, notice } })
}
