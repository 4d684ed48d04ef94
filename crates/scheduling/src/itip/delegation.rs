//! An attendee sends somebody else (RFC 5546 section 4.2.5; design rule 16).

use std::collections::BTreeMap;

use calendar::{
    Attendee, CalendarAddress, CalendarObject, Component, InstanceId, Partstat, Property,
};

use super::attendee::own_line;
use super::message::Builder;
use super::{Change, Message, Notice, Recipient, Route};
use crate::directory::LocalUser;
use crate::summary::{Kind, Summary};
use crate::{Delivery, Refusal, status, tree};

/// Marks the lines of new delegates, and adds them where the client only named them in DELEGATED-TO: they have to be
/// there, with DELEGATED-FROM (RFC 5546 section 4.2.5, B). A delegate answers for himself, whatever he may have said
/// before. One whom the organizer took off does not come back so.
pub(super) fn complete(stored: &CalendarObject, component: &mut Component, delegator: &LocalUser) {
    let own_line = |component: &Component| {
        let (own, line) = tree::attendees(component).find(|(address, _)| delegator.has(address))?;
        Some((own, line.partstat(), line.delegated_to()))
    };
    let Some((own, Partstat::Delegated, delegates)) = own_line(component) else { return };
    let known = tree::instance(stored, stored.instance_id(component));
    let known = known.as_ref().and_then(own_line).map(|(_, _, known)| known).unwrap_or_default();
    let organizer = tree::organizer(component).map(|(address, _)| address);
    for delegate in delegates.into_iter().filter(|delegate| !known.contains(delegate)) {
        let listed = component.attendee(&delegate).map(|line| line.property().clone());
        // Neither sends himself, nor is the organizer asked.
        let is_asked = !delegator.has(&delegate) && organizer.as_ref() != Some(&delegate);
        if listed.is_some() && !is_asked {
            continue;
        }
        let line = listed.unwrap_or_else(|| Property::new("ATTENDEE", delegate.as_str()));
        tree::set_attendee(component, &delegate, asked_in_place_of(line, &own));
    }
}

/// A delegate's line that says who sends him, and awaits his answer.
fn asked_in_place_of(mut line: Property, delegator: &CalendarAddress) -> Property {
    let mut delegators = Attendee::new(&line).delegated_from();
    if !delegators.contains(delegator) {
        delegators.push(delegator.clone());
    }
    let delegators: Vec<&str> = delegators.iter().map(CalendarAddress::as_str).collect();
    line.set_param_values("DELEGATED-FROM", &delegators);
    line.set_param("RSVP", "TRUE");
    line.set_param("PARTSTAT", Partstat::NeedsAction.as_str());
    line.remove_param("DELEGATED-TO");
    line
}

/// A REQUEST for each new delegate, with what names him; SEQUENCE stays (RFC 5546 section 2.1.4).
pub(super) fn requests(
    change: &Change<'_>,
    stored: Option<&CalendarObject>,
    settled: &CalendarObject,
) -> Result<Vec<Message>, Refusal> {
    let mut messages = Vec::new();
    for (delegate, (delegator, id)) in new_delegates(change, stored, settled) {
        let names_him = |component: &Component| component.attendee(&delegate).is_some();
        let Some(line) =
            tree::part(settled, id).and_then(|component| component.attendee(&delegate))
        else {
            continue;
        };
        let Some(route) = route(change, &delegate, line) else { continue };
        let parts = tree::parts(settled);
        // What was cancelled is not for him to come to: the series leaves it out.
        let takes_place = |part: &Component| names_him(part) && !part.is_cancelled();
        let is_seen = |id| parts.iter().any(|(at, part)| *at == id && takes_place(part));
        let itip = Builder { source: settled, now: change.now }.request(is_seen, is_seen)?;
        let Some(subject) = tree::part(settled, id) else { continue };
        messages.push(Message {
            itip,
            sender: delegator,
            recipients: vec![Recipient { address: delegate, route }],
            summary: Summary::of(Kind::Invitation, settled, subject),
        });
    }
    Ok(messages)
}

/// Whom the writer newly delegates to, with his own address and the first instance he does it for.
fn new_delegates(
    change: &Change<'_>,
    stored: Option<&CalendarObject>,
    settled: &CalendarObject,
) -> BTreeMap<CalendarAddress, (CalendarAddress, InstanceId)> {
    let mut found = BTreeMap::new();
    for (id, component) in tree::parts(settled) {
        let Some((own, line)) = own_line(change, component) else { continue };
        if line.partstat() != Partstat::Delegated || component.is_cancelled() {
            continue;
        }
        let before = stored.and_then(|stored| tree::instance(stored, id));
        let before = before.as_ref().and_then(|component| own_line(change, component));
        let known = before.map(|(_, line)| line.delegated_to()).unwrap_or_default();
        for delegate in line.delegated_to() {
            let is_organizer =
                tree::organizer(component).is_some_and(|(address, _)| address == delegate);
            if !known.contains(&delegate) && !change.writer.has(&delegate) && !is_organizer {
                found.entry(delegate).or_insert_with(|| (own.clone(), id));
            }
        }
    }
    found
}

/// A delegate is asked, whatever he may have answered for himself.
fn route(change: &Change<'_>, delegate: &CalendarAddress, line: Attendee<'_>) -> Option<Route> {
    match change.directory.find(delegate) {
        Some(user) => {
            Some(Route::Local { principal: user.principal, notice: Notice::Reinvitation })
        }
        None => line.is_mail().then_some(Route::External),
    }
}

/// The delivery status on the delegates' lines in the delegator's own copy.
pub(super) fn write_statuses(requests: &[Message], edited: &mut Component, kind: &str) {
    let told: BTreeMap<&CalendarAddress, Delivery> = requests
        .iter()
        .flat_map(|message| &message.recipients)
        .map(|recipient| match recipient.route {
            Route::Local { .. } => (&recipient.address, Delivery::Delivered),
            Route::External => (&recipient.address, Delivery::Rejected),
        })
        .collect();
    for component in tree::parts_mut(edited, kind) {
        for line in component.properties_mut().filter(|line| tree::is_attendee(line)) {
            let delivery = tree::address(line).and_then(|address| told.get(&address).copied());
            delivery.into_iter().for_each(|delivery| status::set(line, delivery));
        }
    }
}
