//! A REPLY arrives, at the organizer or at who delegated (RFC 5546 section 3.2.3, RFC 6638 section
//! 4.2; design rules 13 and 16).
//!
//! Invariants: only the answering attendee's line changes, and the line of whom he delegates to;
//! SEQUENCE and the Schedule-Tag stay; answers of different attendees may arrive in any order.

use calendar::{Attendee, CalendarObject, Component, Partstat};

use super::answer::{Answer, Outcome, reply_status};
use super::{Arrival, Merge, delegates, tell};
use crate::itip::{Notice, SchedulingRole, role_of};
use crate::tree;

/// Merges a REPLY into the organizer's object, or a delegate's into the delegator's copy.
pub(super) fn apply(arrival: &Arrival<'_>) -> Merge {
    let Some(copy) = arrival.copy else {
        let text = "an answer to something that is not in the calendar";
        let messages = delegates::tell(arrival, None);
        return Merge { messages, ..Merge::unchanged(false, text, arrival) };
    };
    let role = role_of(copy, arrival.recipient);
    let is_organizer = role == SchedulingRole::Organizer;
    let mut tree = copy.tree().clone();
    let mut outcomes: Vec<(Answer<'_>, Outcome)> = Vec::new();
    for (id, component) in tree::parts(arrival.message.content()) {
        let answer = Answer { arrival, copy, is_organizer, id, component };
        let outcome = answer.merge(&mut tree);
        outcomes.push((answer, outcome));
    }
    let any = |is: fn(&Outcome) -> bool| outcomes.iter().any(|(_, outcome)| is(outcome));
    let merged = outcomes.iter().filter(|(_, outcome)| outcome.is_merged());
    let merged: Vec<&Answer<'_>> = merged.map(|(answer, _)| answer).collect();
    if let Some(last) = merged.last() {
        settle_statuses(arrival, copy, &reply_status(last.component), &mut tree);
    }
    let mut merge = Merge::nothing(any(Outcome::is_shown) && arrival.notice != Notice::Quiet);
    merge.stored = tree::if_edited(copy, tree);
    let is_outdated = any(Outcome::is_about_what_was);
    merge.refresh =
        is_organizer && (merge.stored.is_some() || any(Outcome::is_about_nothing) || is_outdated);
    let heard = outcomes.iter().filter(|(_, outcome)| outcome.is_heard());
    merge.answers = heard.map(|(answer, _)| answer.record()).collect();
    merge.reasons = outcomes.iter().map(|(answer, outcome)| answer.explain(outcome)).collect();

    if is_organizer {
        merge.messages = tell::others(arrival, merge.stored.as_ref(), copy, &merged);
    }
    let meeting = merge.stored.as_ref().unwrap_or(copy);
    if any(|outcome| !outcome.is_known()) && role != SchedulingRole::Attendee {
        let told = delegates::tell(arrival, Some(meeting));
        merge.refresh |= is_organizer && !told.is_empty();
        merge.answers.extend(told.iter().flat_map(delegates::told_off));
        merge.messages.extend(told);
    }
    if is_outdated && is_organizer {
        merge.messages.extend(tell::again(arrival, meeting));
    }
    merge
}

/// SCHEDULE-STATUS is about the last message to or from somebody (RFC 6638 section 7.3): where he answered before and
/// was told of something since, his answer came through again.
fn settle_statuses(
    arrival: &Arrival<'_>,
    copy: &CalendarObject,
    status: &str,
    edited: &mut Component,
) {
    for component in tree::parts_mut(edited, copy.kind().as_str()) {
        for line in component.properties_mut().filter(|line| tree::is_attendee(line)) {
            let is_his = tree::address(line)
                .is_some_and(|address| arrival.directory.is_same_person(&address, arrival.sender));
            let has_answered = Attendee::new(line).partstat() != Partstat::NeedsAction;
            if is_his && has_answered && line.param("SCHEDULE-STATUS") == Some("1.2") {
                line.set_schedule_status(Some(status));
            }
        }
    }
}
