//! What a REPLY makes the organizer's server tell others: what is now, to who answered what was; an instance, to those
//! who could not know of it; that his delegate declines, to who sent him.

use std::collections::BTreeSet;

use calendar::{CalendarAddress, CalendarObject, Component, Partstat};

use super::Arrival;
use super::answer::Answer;
use super::ask::ask;
use crate::itip::{Message, Notice};
use crate::summary::{Kind, Summary};
use crate::tree;

/// The messages that merged answers make necessary.
pub(super) fn others(
    arrival: &Arrival<'_>,
    stored: Option<&CalendarObject>,
    before: &CalendarObject,
    merged: &[&Answer<'_>],
) -> Vec<Message> {
    let Some(stored) = stored else { return Vec::new() };
    let delegators: BTreeSet<CalendarAddress> =
        merged.iter().flat_map(|answer| answer.delegators_declined()).collect();
    let told = delegators.iter().filter_map(|address| delegator(arrival, stored, address));
    let told = told.chain(those_in_it(arrival, stored, before));
    told.chain(who_was_sent(arrival, stored, merged)).collect()
}

/// Who answers in somebody's place to what did not list him is in it from now on. Until now the organizer's object left
/// it out for him, and he may have been told so.
fn who_was_sent(
    arrival: &Arrival<'_>,
    stored: &CalendarObject,
    merged: &[&Answer<'_>],
) -> Option<Message> {
    let is_new = merged.iter().any(|answer| answer.lists_sender());
    arrival.directory.find(arrival.sender).filter(|_| is_new)?;
    what_is_now(arrival, stored, Notice::Quiet)
}

/// An attendee of this server who answered what was before may not know what is now.
pub(super) fn again(arrival: &Arrival<'_>, meeting: &CalendarObject) -> Option<Message> {
    arrival.directory.find(arrival.sender)?;
    what_is_now(arrival, meeting, Notice::Reinvitation)
}

/// A REQUEST to the sender of the answer.
fn what_is_now(arrival: &Arrival<'_>, meeting: &CalendarObject, notice: Notice) -> Option<Message> {
    let subject = meeting.components().find(|component| {
        !component.is_cancelled() && component.attendee(arrival.sender).is_some()
    })?;
    let summary = Summary::of(Kind::Invitation, meeting, subject);
    ask(arrival, meeting, subject, arrival.sender, (notice, summary))
}

/// An instance that an override of all later ones described gets a component of its own by an answer. Who is in that
/// override and not in the series, or only in one that is cancelled, could not know of the instance, and is told now.
fn those_in_it(
    arrival: &Arrival<'_>,
    stored: &CalendarObject,
    before: &CalendarObject,
) -> Vec<Message> {
    let series = stored.master().filter(|series| !series.is_cancelled());
    let mut told: BTreeSet<CalendarAddress> = BTreeSet::new();
    let mut messages = Vec::new();
    for (id, part) in tree::parts(stored) {
        let was_described = |part: &Component| part.is_this_and_future();
        let is_new = tree::part(before, id).is_none();
        if !is_new || !before.component_for(&id).is_some_and(was_described) {
            continue;
        }
        for (address, _) in tree::attendees(part) {
            let is_in_series = series.is_some_and(|series| series.attendee(&address).is_some());
            let is_to_be_told =
                !is_in_series && !arrival.recipient.has(&address) && told.insert(address.clone());
            if is_to_be_told {
                let summary = Summary::of(Kind::Invitation, stored, part);
                messages.extend(ask(arrival, stored, part, &address, (Notice::Normal, summary)));
            }
        }
    }
    messages
}

/// "If the Delegate declines the meeting, the Organizer MUST send an update REQUEST to the
/// Delegator" (RFC 5546 section 4.2.5).
fn delegator(
    arrival: &Arrival<'_>,
    stored: &CalendarObject,
    address: &CalendarAddress,
) -> Option<Message> {
    if arrival.recipient.has(address) {
        return None;
    }
    let subject = stored.components().find(|component| component.attendee(address).is_some())?;
    let delegate = crate::summary::shown(arrival.sender);
    let changes = vec![crate::WhatChanged {
        what: format!("answer of {delegate}"),
        from: None,
        to: Some(Partstat::Declined.as_str().to_owned()),
    }];
    let summary = Summary::of(Kind::Update { changes }, stored, subject);
    ask(arrival, stored, subject, address, (Notice::Reinvitation, summary))
}
