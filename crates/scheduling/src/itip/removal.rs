//! An attendee removes his copy (RFC 6638 sections 3.2.2.4 and 8.1; design rule 17).

use std::collections::BTreeSet;

use calendar::{Attendee, CalendarAddress, CalendarObject, Component, InstanceId, Partstat};

use super::attendee::{Answer, declining, explain, own_line, reply};
use super::{Change, Decision, SchedulingRole};
use crate::{AnswerRecord, Reason, Refusal, Verdict, tree};

/// He declines what he had not declined.
pub(super) fn remove(change: &Change<'_>, stored: &CalendarObject) -> Result<Decision, Refusal> {
    let mut decision = Decision::without_messages(SchedulingRole::Attendee, None);
    if !change.intent.reply {
        decision.answers = removals(change, stored);
        let text = "the client asked for no reply (Schedule-Reply: F)";
        decision.reasons.push(Reason::general(InstanceId::Master, Verdict::NotTold, text));
        return Ok(decision);
    }
    let mut answers = Vec::new();
    for (id, component) in tree::parts(stored) {
        let Some((address, line)) = own_line(change, component) else { continue };
        if component.is_cancelled() || is_known_to_stay_away(change, id, component, line) {
            let text = "already declined, delegated or cancelled";
            decision.reasons.push(Reason::of(&address, id, Verdict::NotTold, text));
            continue;
        }
        answers.push(declined(address.clone(), id));
        if id == InstanceId::Master {
            let apart = said_apart(change, stored, component).into_iter();
            answers.extend(apart.map(|id| declined(address.clone(), id)));
        }
    }
    // Removing what was cancelled says nothing, and what nobody hears of orders nothing: the organizer may have asked him
    // again meanwhile.
    decision.answers = answers.iter().map(|answer| answer.record(change, stored)).collect();
    let components =
        answers.iter().filter_map(|answer| declining(change, stored, answer.id)).collect();
    decision.messages.extend(reply(change, stored, &answers, components)?);
    decision.reasons.extend(answers.iter().map(explain));
    Ok(decision)
}

fn declined(address: CalendarAddress, id: InstanceId) -> Answer {
    Answer { id, address, partstat: Partstat::Declined }
}

/// Dates of which he has said something by itself since the series is what it is, though they go with it in his copy:
/// what he says of the series does not hold for them (design rule 13).
fn said_apart(
    change: &Change<'_>,
    stored: &CalendarObject,
    series: &Component,
) -> BTreeSet<InstanceId> {
    let own = change.writer.addresses.iter();
    let said = own.flat_map(|own| change.remembered.said(own));
    let said = said.filter(|(id, said)| {
        *id != InstanceId::Master && !said.is_floor() && said.sequence >= series.sequence()
    });
    let goes_with_it = |id: &InstanceId| {
        tree::part(stored, *id).is_none() && tree::instance(stored, *id).is_some()
    };
    said.map(|(id, _)| id).filter(goes_with_it).collect()
}

/// He does not come, or somebody comes in his place: nobody waits for him to say so.
fn stays_away(line: Attendee<'_>) -> bool {
    matches!(line.partstat(), Partstat::Declined | Partstat::Delegated)
}

/// Whether the organizer knows that he does not come. One who asks in a later revision still, had not heard it when he
/// wrote that, or it was void by then: the CANCEL in between may be on its way.
fn is_known_to_stay_away(
    change: &Change<'_>,
    id: InstanceId,
    component: &Component,
    line: Attendee<'_>,
) -> bool {
    let said = change.remembered.own(change.writer, id);
    let is_asked = line.rsvp() && said.is_some_and(|said| said.sequence < component.sequence());
    stays_away(line) && !(is_asked && line.partstat() == Partstat::Declined)
}

/// That he removed it, and when: what was sent before does not bring it back.
fn removals(change: &Change<'_>, stored: &CalendarObject) -> Vec<AnswerRecord> {
    let parts = tree::parts(stored).into_iter().filter(|(_, part)| !part.is_cancelled());
    let named = parts.filter_map(|(id, part)| {
        let (own, _) = own_line(change, part)?;
        Some(AnswerRecord::now(Some(&own), id, part.sequence(), change.now))
    });
    named.collect()
}
