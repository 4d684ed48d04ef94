//! Messages that an arriving message makes necessary: a REQUEST to one attendee, and a REFRESH for one (RFC 5546
//! sections 3.2.2 and 3.2.6).

use calendar::{CalendarAddress, CalendarObject, Component, Method, Organizer, Property};

use super::{Arrival, Merge};
use crate::directory::Directory;
use crate::itip::{
    Builder, Cancelled, CancelledFor, Message, Notice, Recipient, Route, SchedulingRole, role_of,
};
use crate::summary::{Kind, Summary};
use crate::{Reason, Verdict, tree};

/// A REFRESH arrives: the attendee who sent it, and he alone, gets a REQUEST with all that he may see, or hears that it is
/// cancelled (RFC 5546 section 3.2.6).
pub(super) fn answer_refresh(arrival: &Arrival<'_>) -> Merge {
    let Some(meeting) = arrival.copy else {
        return Merge::unchanged(false, "it is not in the calendar", arrival);
    };
    if role_of(meeting, arrival.recipient) != SchedulingRole::Organizer {
        return Merge::unchanged(false, "only the organizer can tell what it is", arrival);
    }
    let his = || {
        let parts = meeting.components();
        parts.filter_map(|part| Some((part, own_line(arrival, part)?)))
    };
    let Some((subject, address)) =
        his().find(|(part, _)| !part.is_cancelled()).or_else(|| his().next())
    else {
        return Merge::refused("he is not invited", arrival);
    };
    // A REQUEST is of what takes place (RFC 5546 sections 3.2.2 and 3.4.2, STATUS).
    let (verdict, message) = if subject.is_cancelled() {
        let cancelled: Vec<&Component> = his().map(|(part, _)| part).collect();
        (Verdict::Cancel, call_off(arrival, meeting, &cancelled, &address))
    } else {
        let summary = Summary::of(Kind::Invitation, meeting, subject);
        (Verdict::Request, ask(arrival, meeting, subject, &address, (Notice::Asked, summary)))
    };
    let reason = Reason::of(
        arrival.sender,
        calendar::InstanceId::Master,
        verdict,
        "he asked what it is now",
    );
    Merge {
        messages: message.into_iter().collect(),
        reasons: vec![reason],
        ..Merge::nothing(false)
    }
}

/// A CANCEL of what is cancelled already, to one who may not have heard of it: its number stays.
fn call_off(
    arrival: &Arrival<'_>,
    meeting: &CalendarObject,
    cancelled: &[&Component],
    attendee: &CalendarAddress,
) -> Option<Message> {
    let subject = *cancelled.first()?;
    let (sender, _) = tree::organizer(subject)?;
    let is_mail = subject.attendee(attendee)?.is_mail();
    let route = route(arrival.directory, attendee, is_mail, Notice::Normal)?;
    let summary = Summary::of(Kind::Cancellation, meeting, subject);
    let cancelled = cancelled.iter().map(|part| Cancelled {
        component: (*part).clone(),
        sequence: part.sequence(),
        whom: CancelledFor::Everybody,
    });
    let itip = Builder { source: meeting, now: arrival.now }.cancel(cancelled, |_| true).ok()?;
    let recipients = vec![Recipient { address: attendee.clone(), route }];
    Some(Message { itip, sender, recipients, summary })
}

/// The address by which a component names the sender.
pub(super) fn own_line(arrival: &Arrival<'_>, part: &Component) -> Option<CalendarAddress> {
    let mut attendees = tree::attendees(part).map(|(address, _)| address);
    attendees.find(|address| arrival.directory.is_same_person(address, arrival.sender))
}

/// A REQUEST with all that one attendee may see and that takes place.
pub(super) fn ask(
    arrival: &Arrival<'_>,
    meeting: &CalendarObject,
    subject: &Component,
    attendee: &CalendarAddress,
    (notice, summary): (Notice, Summary),
) -> Option<Message> {
    let is_mail = subject.attendee(attendee)?.is_mail();
    let route = route(arrival.directory, attendee, is_mail, notice)?;
    let itip = Builder { source: meeting, now: arrival.now }.invitation(attendee).ok()?;
    let (sender, _) = tree::organizer(subject)?;
    let recipients = vec![Recipient { address: attendee.clone(), route }];
    Some(Message { itip, sender, recipients, summary })
}

/// A REFRESH to the organizer of what arrived, in the name of whom it names.
pub(super) fn refresh(arrival: &Arrival<'_>) -> Option<Message> {
    let about = arrival.message.components().next()?;
    let own = arrival.named_in(about)?;
    let (organizer, line) = tree::organizer(about)?;
    let route =
        route(arrival.directory, &organizer, Organizer::new(line).is_mail(), Notice::Normal)?;
    let mut part = Component::new(about.name());
    part.push_property(Property::text("UID", arrival.message.uid().as_str()));
    part.set_dtstamp(arrival.now);
    part.push_property(line.clone());
    part.push_property(Property::new("ATTENDEE", own.as_str()));
    let mut tree = Component::new("VCALENDAR");
    tree.push_property(Property::new("VERSION", "2.0"));
    tree.push_property(Property::new("PRODID", calendar::PRODID));
    tree.set_method(Method::Refresh);
    tree.push_component(part);
    let itip = calendar::Message::from_tree(tree).ok()?;
    let summary = Summary::of_message(&itip);
    let recipients = vec![Recipient { address: organizer, route }];
    Some(Message { itip, sender: own, recipients, summary })
}

fn route(
    directory: &Directory,
    address: &CalendarAddress,
    is_mail: bool,
    notice: Notice,
) -> Option<Route> {
    match directory.find(address) {
        Some(user) => Some(Route::Local { principal: user.principal, notice }),
        None => is_mail.then_some(Route::External),
    }
}
