//! Whose PARTSTAT stands when the organizer writes (RFC 6638 sections 3.2.1 and 3.2.8; design rule
//! 3).
//!
//! An attendee's participation is his own: the stored value stands whatever the organizer's client
//! wrote. A reschedule resets it, and the organizer may ask again (a re-invitation).

use std::collections::{BTreeMap, BTreeSet};

use calendar::{
    Attendee, CalendarAddress, CalendarObject, Component, ForceSend, InstanceId, Partstat,
    Property, ScheduleAgent,
};

use super::Change;
use super::changes::Changes;
use crate::directory::{Person, UserKind};
use crate::{Reason, Verdict, tree};

/// What became of the attendees' lines.
#[derive(Default)]
pub(super) struct Participation {
    /// Who is asked again, about which instance.
    pub(super) reinvited: BTreeMap<(Person, InstanceId), CalendarAddress>,
    /// Whose line said SCHEDULE-FORCE-SEND=REQUEST.
    pub(super) forced: BTreeSet<(Person, InstanceId)>,
    /// Whose line said SCHEDULE-FORCE-SEND with a value that is not known.
    pub(super) misread: BTreeSet<(Person, InstanceId)>,
    /// Whether any PARTSTAT differs from the stored one.
    pub(super) changed: bool,
    pub(super) reasons: Vec<Reason>,
}

/// Sets each line's PARTSTAT to what stands, and takes SCHEDULE-FORCE-SEND off (RFC 6638 section
/// 7.2).
pub(super) fn settle(
    change: &Change<'_>,
    new: &CalendarObject,
    changes: &Changes,
    edited: &mut Component,
) -> Participation {
    let mut outcome = Participation::default();
    let kind = new.kind().as_str();
    for ((id, _), component) in tree::parts(new).into_iter().zip(tree::parts_mut(edited, kind)) {
        let stored = change.old.and_then(|old| tree::part_for(old, id));
        let stored = stored.map(|component| lines_by_person(change, component)).unwrap_or_default();
        list_each_once(component);
        for line in component.properties_mut().filter(|line| tree::is_attendee(line)) {
            settle_line(change, changes, id, &stored, line, &mut outcome);
        }
        ask_on_all_lines(change, id, component, &outcome);
    }
    outcome
}

/// Who is asked again by one of his addresses is asked by all.
fn ask_on_all_lines(
    change: &Change<'_>,
    id: InstanceId,
    component: &mut Component,
    outcome: &Participation,
) {
    if outcome.reinvited.is_empty() {
        return;
    }
    for line in component.properties_mut().filter(|line| tree::is_attendee(line)) {
        let person = tree::address(line).map(|address| (change.directory.person(&address), id));
        let is_asked = person.is_some_and(|person| outcome.reinvited.contains_key(&person));
        if is_asked && Attendee::new(line).partstat() != Partstat::NeedsAction {
            line.set_param("PARTSTAT", Partstat::NeedsAction.as_str());
            line.set_param("RSVP", "TRUE");
        }
    }
}

/// Of several lines with one address the first stands: they would be one attendee with two answers.
fn list_each_once(component: &mut Component) {
    let mut seen = BTreeSet::new();
    component.retain_properties(|line| {
        !tree::is_attendee(line) || tree::address(line).is_none_or(|address| seen.insert(address))
    });
}

/// Of several lines of one person, by different addresses, the one that has an answer.
fn lines_by_person<'a>(
    change: &Change<'_>,
    component: &'a Component,
) -> BTreeMap<Person, Attendee<'a>> {
    let mut lines: BTreeMap<Person, Attendee<'a>> = BTreeMap::new();
    for (address, line) in tree::attendees(component) {
        let known = lines.entry(change.directory.person(&address)).or_insert(line);
        if known.partstat() == Partstat::NeedsAction {
            *known = line;
        }
    }
    lines
}

fn settle_line(
    change: &Change<'_>,
    changes: &Changes,
    id: InstanceId,
    stored: &BTreeMap<Person, Attendee<'_>>,
    line: &mut Property,
    outcome: &mut Participation,
) {
    let force_send = Attendee::new(line).schedule_force_send();
    line.remove_param("SCHEDULE-FORCE-SEND");
    let Some(address) = tree::address(line) else { return };
    let person = change.directory.person(&address);
    let stored = stored.get(&person);
    if change.writer.has(&address) {
        outcome.changed |=
            stored.is_some_and(|stored| stored.partstat() != Attendee::new(line).partstat());
        return;
    }
    if Attendee::new(line).schedule_agent() != ScheduleAgent::Server {
        let agent = line.param("SCHEDULE-AGENT").unwrap_or_default();
        let text = format!("SCHEDULE-AGENT={agent}: it is not for the server to tell him");
        outcome.reasons.push(Reason::of(&address, id, Verdict::NotTold, text));
        return;
    }
    if change.directory.find(&address).is_some_and(|user| user.kind == UserKind::Group) {
        let text = "a group: its members are told, each by a line of his own";
        outcome.reasons.push(Reason::of(&address, id, Verdict::NotTold, text));
    }
    match force_send {
        Some(ForceSend::Request) => drop(outcome.forced.insert((person.clone(), id))),
        Some(ForceSend::Other(_)) => drop(outcome.misread.insert((person.clone(), id))),
        Some(ForceSend::Reply) | None => {}
    }
    let sent = Attendee::new(line).partstat();
    let is_forced = outcome.forced.contains(&(person.clone(), id));
    let (stands, why) = match stored {
        None if matches!(person, Person::External(_)) => return,
        None => (Partstat::NeedsAction, "he is new here and has not answered"),
        Some(_) if changes.is_rescheduled(id) => {
            (Partstat::NeedsAction, "the time changed, so he is asked again")
        }
        Some(stored)
            if asks_again(change, changes, id, Attendee::new(line), *stored, is_forced) =>
        {
            outcome.reinvited.insert((person, id), address.clone());
            (Partstat::NeedsAction, "the organizer asks him again")
        }
        Some(stored) => (stored.partstat(), "an answer is the attendee's own"),
    };
    outcome.changed |= stored.is_some_and(|stored| stored.partstat() != stands);
    if sent != stands {
        line.set_param("PARTSTAT", stands.as_str());
        // A client that does not know his answer does not know that nobody waits for it any more.
        if let Some(stored) = stored.filter(|stored| stored.partstat() == stands) {
            tree::copy_param(stored.property(), line, "RSVP");
        }
        let text = format!("PARTSTAT={sent} becomes {stands}: {why}");
        outcome.reasons.push(Reason::of(&address, id, Verdict::Participation, text));
    }
}

/// A re-invitation: NEEDS-ACTION written on purpose by a client that knew what it replaced, or that
/// changed the instance as well.
fn asks_again(
    change: &Change<'_>,
    changes: &Changes,
    id: InstanceId,
    sent: Attendee<'_>,
    stored: Attendee<'_>,
    is_forced: bool,
) -> bool {
    sent.property().param("PARTSTAT").is_some()
        && sent.partstat() == Partstat::NeedsAction
        && stored.partstat() != Partstat::NeedsAction
        && (sent.rsvp() || is_forced)
        && (change.intent.matched || changes.is_changed(id))
}
