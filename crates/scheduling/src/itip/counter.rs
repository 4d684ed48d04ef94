//! An organizer declines what an attendee proposed (RFC 5546 sections 3.2.8 and 3.4.8).

use calendar::{CalendarObject, Component, InstanceId, Method};

use super::message::{Builder, strip_request};
use super::{Message, Notice, Recipient, Route};
use crate::answers::{Answers, Stamp};
use crate::directory::Directory;
use crate::inbound::as_in;
use crate::summary::Summary;
use crate::tree;
use jiff::Timestamp;

/// A proposal that the organizer of `meeting` has in his inbox.
#[derive(Clone, Copy, Debug)]
pub struct Proposal<'a> {
    /// The COUNTER.
    pub counter: &'a calendar::Message,
    /// The organizer's object.
    pub meeting: &'a CalendarObject,
    /// What the organizer has heard: who sent the COUNTER.
    pub heard: &'a Answers,
    /// The local users among the participants.
    pub directory: &'a Directory,
    /// When it is declined.
    pub now: Timestamp,
}

/// Whether nothing that a COUNTER proposes is about what is now.
pub(crate) fn is_overtaken(counter: &calendar::Message, meeting: &CalendarObject) -> bool {
    let named = as_in(meeting, counter);
    let proposed = tree::parts(named.as_ref().unwrap_or(counter).content());
    !proposed.into_iter().any(|(id, component)| is_current(meeting, id, component))
}

/// Whether an instance takes place and is what it was when a component was proposed instead: RFC 5546 section 3.2.7 has
/// the number of what it is about.
fn is_current(meeting: &CalendarObject, id: InstanceId, proposed: &Component) -> bool {
    let part = tree::instance(meeting, id);
    part.is_some_and(|part| !part.is_cancelled() && part.sequence() <= proposed.sequence())
}

/// The DECLINECOUNTER to who proposed; none when the meeting was changed since, which he was told of, or does not take
/// place.
pub fn decline_counter(proposal: Proposal<'_>) -> Option<Message> {
    let Proposal { counter, meeting, heard, directory, now } = proposal;
    if counter.method() != Method::Counter {
        return None;
    }
    let named = as_in(meeting, counter);
    let counter = named.as_ref().unwrap_or(counter);
    let stands = |component: &Component| {
        let id = counter.content().instance_id(component);
        let said = Stamp::of(component);
        is_current(meeting, id, component).then(|| heard.who_said(id, said).cloned()).flatten()
    };
    let declined: Vec<_> =
        counter.components().filter_map(|part| Some((part, stands(part)?))).collect();
    let (_, proposer) = declined.first()?.clone();
    let route = directory.find(&proposer).map_or(Route::External, |user| Route::Local {
        principal: user.principal,
        notice: Notice::Normal,
    });
    let parts = declined.into_iter().map(|(part, _)| {
        let mut part = part.clone();
        strip_request(&mut part);
        part.set_dtstamp(now);
        part
    });
    let builder = Builder { source: counter.content(), now };
    let itip = builder.message(Method::DeclineCounter, parts.collect()).ok()?;
    let (sender, _) = meeting.components().find_map(tree::organizer)?;
    let summary = Summary::of_message(&itip);
    Some(Message {
        itip,
        sender,
        recipients: vec![Recipient { address: proposer, route }],
        summary,
    })
}
