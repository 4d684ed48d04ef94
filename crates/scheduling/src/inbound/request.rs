//! A REQUEST arrives: an invitation, an update, or a delegation (RFC 5546 sections 3.2.2 and 4.2.5;
//! design rule 12).
//!
//! An update replaces what is the organizer's and keeps what is the recipient's own.

use std::cell::LazyCell;
use std::collections::HashMap;

use calendar::{
    Attendee, CalendarAddress, CalendarObject, Component, InstanceId, Partstat, Property, Role,
};

use super::assemble::{Arriving, Update, cancelled_before};
use super::stamp::{is_stale, records, stamp};
use super::{Arrival, Merge};
use crate::answers::Stamp;
use crate::itip::{Notice, PROGRESS, SchedulingRole, define_zones, is_attendees_own, role_of};
use crate::{AnswerRecord, Reason, ScheduleTag, Verdict, tree};

/// X- properties that only say in another way what a property of the organizer says.
const ORGANIZERS_X: [&str; 2] = ["X-ALT-DESC", "X-APPLE-STRUCTURED-LOCATION"];

/// What of a line is said in the copy only.
const KEPT_IN_COPY: [&str; 2] = ["SCHEDULE-AGENT", "SCHEDULE-STATUS"];

/// Merges a REQUEST into the copy of somebody it names.
pub(super) fn apply(arrival: &Arrival<'_>) -> Merge {
    let message = arrival.message.content();
    let Some((organizer, line)) = message.components().find_map(tree::organizer) else {
        return Merge::unchanged(true, "a REQUEST without ORGANIZER can't be merged", arrival);
    };
    if arrival.recipient.has(&organizer) {
        return Merge::refused("nobody invites the organizer to his own event", arrival);
    }
    let from_organizer = arrival.speaks_for(&organizer, line);
    let mut parts: Vec<(InstanceId, &Component)> = tree::parts(message)
        .into_iter()
        .filter(|(_, component)| arrival.named_in(component).is_some())
        .collect();
    if parts.is_empty() {
        return Merge::unchanged(true, "it does not name him", arrival);
    }
    if !from_organizer {
        parts.retain(|(_, component)| is_delegated(arrival, component));
    }
    if parts.is_empty() {
        return Merge::refused("only the organizer invites, or an attendee who delegates", arrival);
    }
    match arrival.copy {
        None => invite(arrival, &organizer, &parts),
        Some(copy) => match role_of(copy, arrival.recipient) {
            SchedulingRole::Organizer => {
                Merge::refused("he organizes an event with this UID himself", arrival)
            }
            SchedulingRole::Attendee if !arrival.is_organized_by(copy, &organizer) => {
                Merge::refused("his copy has another organizer", arrival)
            }
            SchedulingRole::Attendee if !from_organizer && !is_cancelled(copy) => {
                delegate(arrival, copy, &organizer, &parts)
            }
            _ => update(arrival, copy, &organizer, &parts),
        },
    }
}

fn is_cancelled(copy: &CalendarObject) -> bool {
    copy.components().all(Component::is_cancelled)
}

/// Whether the sender is an attendee who sends the recipient in his place.
fn is_delegated(arrival: &Arrival<'_>, component: &Component) -> bool {
    tree::attendees(component).any(|(address, line)| {
        arrival.directory.is_same_person(&address, arrival.sender)
            && line.delegated_to().iter().any(|delegate| arrival.recipient.has(delegate))
    })
}

/// A first copy, unless the recipient is only to be kept up to date. Whoever gets one is told (RFC 6638 section 4.1), for
/// he will be told by nothing else: what a quiet REQUEST has overtaken is older than that (RFC 5546 section 2.1.5).
fn invite(
    arrival: &Arrival<'_>,
    organizer: &CalendarAddress,
    parts: &[(InstanceId, &Component)],
) -> Merge {
    let taken: Vec<(InstanceId, &Component)> = parts
        .iter()
        .copied()
        .filter(|(id, component)| !is_stale(arrival, organizer, *id, component, None))
        .collect();
    let is_known = |(id, component): &(InstanceId, &Component)| {
        arrival.answers.last(organizer, *id) == Some(stamp(component)) && !arrival.is_fresh
    };
    if taken.iter().all(is_known) {
        return Merge::unchanged(false, "known, or older than what he was told since", arrival);
    }
    if arrival.notice == Notice::Quiet && !taken.iter().any(|(_, part)| awaits_him(arrival, part)) {
        let merge = Merge::unchanged(false, "he has no copy to bring up to date", arrival);
        return Merge { answers: records(organizer, taken), ..merge };
    }
    if taken.iter().all(|(id, component)| arrival.has_removed(*id, component)) {
        let merge = Merge::unchanged(true, "he removed it after this was sent", arrival);
        return Merge { answers: records(organizer, taken), ..merge };
    }
    let mut tree = arrival.message.tree().clone();
    tree.remove_properties("METHOD");
    tree.retain_components(|component| component.name() == "VTIMEZONE");
    let arriving = taken.iter().map(|(id, component)| {
        let mut component = (*component).clone();
        strip_incoming(&mut component);
        component.retain_properties(|line| !line.is("TRANSP") && !line.is("COLOR"));
        decline_if_removed(arrival, *id, &mut component);
        component
    });
    let arriving: Vec<Component> = arriving.collect();
    define_zones(&mut tree, &arriving);
    arriving.into_iter().for_each(|component| tree.push_component(component));
    if let Some((_, series)) = taken.iter().find(|(id, _)| *id == InstanceId::Master) {
        let is_settled = |id| taken.iter().any(|(at, _)| *at == id);
        let cancelled = cancelled_before(arrival, organizer, series, is_settled);
        cancelled.into_iter().for_each(|component| tree.push_component(component));
    }
    match CalendarObject::from_tree(tree) {
        Ok(stored) => Merge {
            stored: Some(stored),
            schedule_tag: ScheduleTag::Change,
            answers: records(organizer, taken.iter().copied()),
            reasons: taken
                .iter()
                .map(|(id, _)| merged(organizer, *id, "a new invitation"))
                .collect(),
            ..Merge::nothing(true)
        },
        Err(error) => Merge::unchanged(true, &error.detail(), arrival),
    }
}

/// Whether he takes part and is asked: where he declined the rest of it, the REQUEST that told him so may be overtaken
/// by a quiet one.
fn awaits_him(arrival: &Arrival<'_>, component: &Component) -> bool {
    let line = arrival.named_in(component).and_then(|own| component.attendee(&own));
    line.is_some_and(|line| {
        let is_listed_only = line.role() == Role::NonParticipant && !line.rsvp();
        line.partstat() == Partstat::NeedsAction && !is_listed_only
    })
}

/// What he removed after this was made he declined by that, wherever it comes back along with something else.
pub(super) fn decline_if_removed(arrival: &Arrival<'_>, id: InstanceId, component: &mut Component) {
    if arrival.has_removed(id, component) {
        decline(arrival, component);
    }
}

/// Says on the recipient's line that he declined, unless he sent somebody in his place.
pub(super) fn decline(arrival: &Arrival<'_>, component: &mut Component) {
    for line in component.properties_mut().filter(|line| tree::is_attendee(line)) {
        let is_own = tree::address(line).is_some_and(|address| arrival.recipient.has(&address));
        if is_own && Attendee::new(line).partstat() != Partstat::Delegated {
            line.set_partstat(&Partstat::Declined);
            line.remove_param("RSVP");
        }
    }
}

fn merged(organizer: &CalendarAddress, id: InstanceId, text: &str) -> Reason {
    Reason::of(organizer, id, Verdict::Merged, text)
}

/// What a message should not have brought along (RFC 6638 section 7, RFC 5546 section 3.2.2).
pub(super) fn strip_incoming(component: &mut Component) {
    component.retain_components(|inner| inner.name() != "VALARM");
    component.remove_properties("REQUEST-STATUS");
    component.strip_schedule_parameters();
}

/// An update of a copy.
pub(super) fn update(
    arrival: &Arrival<'_>,
    copy: &CalendarObject,
    organizer: &CalendarAddress,
    parts: &[(InstanceId, &Component)],
) -> Merge {
    let mut merge = Merge::nothing(false);
    let mut taken: Vec<(InstanceId, &Component)> = Vec::new();
    let mut update = Update::new(arrival, copy, organizer);
    for (id, component) in parts.iter().copied() {
        let why_not = match update.take(id, component) {
            Arriving::New => {
                taken.push((id, component));
                continue;
            }
            Arriving::Stale => "older than what he was told since",
            Arriving::Known => "he was told before",
            Arriving::StaysOut => {
                merge.answers.extend(records(organizer, [(id, component)]));
                "he declined this instance and left it out"
            }
        };
        merge.reasons.push(Reason::of(organizer, id, Verdict::Ignored, why_not));
    }
    if taken.is_empty() {
        merge.inbox = arrival.notice == Notice::Asked;
        return merge;
    }
    merge.answers.extend(records(organizer, taken.iter().copied()));
    merge.answers.extend(void_answers_to_excluded(arrival, &taken));
    merge.reasons.extend(taken.iter().map(|(id, _)| merged(organizer, *id, "an update")));
    let is_changed = taken.iter().any(|(id, _)| update.is_changed(*id));
    merge.stored = tree::if_edited(copy, update.assemble());
    merge.schedule_tag = match &merge.stored {
        Some(_) if is_changed => ScheduleTag::Change,
        stored => schedule_tag(copy, stored.as_ref()),
    };
    // Who is asked again is told, also where his copy says it already, but once.
    let is_new = arrival.is_fresh
        || taken
            .iter()
            .any(|(id, component)| arrival.answers.last(organizer, *id) != Some(stamp(component)));
    // What is asked in silence of one to whom it was cancelled he is told by nothing else.
    let is_revived = |(id, component): &(InstanceId, &Component)| {
        let was_cancelled = tree::part(copy, *id).is_some_and(Component::is_cancelled);
        was_cancelled && awaits_him(arrival, component)
    };
    merge.inbox = match arrival.notice {
        Notice::Quiet => merge.stored.is_some() && taken.iter().any(is_revived),
        Notice::Normal => merge.stored.is_some(),
        Notice::Asked => true,
        Notice::Reinvitation => merge.stored.is_some() || is_new,
    };
    merge
}

/// A series that leaves instances out says what their CANCEL says, which may come later: what the recipient had said of
/// them is void.
fn void_answers_to_excluded(
    arrival: &Arrival<'_>,
    taken: &[(InstanceId, &Component)],
) -> Vec<AnswerRecord> {
    let Some((_, series)) = taken.iter().find(|(id, _)| *id == InstanceId::Master) else {
        return Vec::new();
    };
    let until = Stamp { sequence: 0, dtstamp: stamp(series).dtstamp };
    let excluded = tree::excluded(arrival.message.content());
    arrival.void_own_answers(|id| excluded.contains(&id), until)
}

/// The organizer's component with the recipient's own things.
pub(super) fn update_component(
    arrival: &Arrival<'_>,
    message: &Component,
    local: Option<&Component>,
    is_asked: bool,
) -> Component {
    let mut component = message.clone();
    strip_incoming(&mut component);
    let Some(local) = local else {
        component.retain_properties(|line| !line.is("TRANSP") && !line.is("COLOR"));
        if let Some(was) = arrival.copy.and_then(CalendarObject::organizer) {
            keep_with_organizer(&mut component, was.property());
        }
        return component;
    };
    let own_line = |of: &Component| {
        arrival.named_in(of).and_then(|address| Some(of.attendee(&address)?.property().clone()))
    };
    let was = own_line(local);
    let revived = local.is_cancelled() && !message.is_cancelled();
    let keeps_answer = was.is_some() && !is_asked && !revived;
    let answer = was.as_ref().filter(|_| keeps_answer).map(|line| Attendee::new(line).partstat());
    keep_own_properties(&mut component, local, answer.as_ref());
    if let Some(was) = was.filter(|_| keeps_answer) {
        keep_answer(arrival, &mut component, local, &was);
    }
    for alarm in local.components().filter(|inner| inner.name() == "VALARM") {
        component.push_component(alarm.clone());
    }
    keep_lines(&mut component, local);
    component
}

fn keep_own_properties(component: &mut Component, local: &Component, answer: Option<&Partstat>) {
    let is_any = |line: &Property, names: &[&str]| names.iter().any(|name| line.is(name));
    let is_kept = |line: &Property| {
        is_attendees_own(line, local)
            && !is_any(line, &["DTSTAMP", "LAST-MODIFIED"])
            && !is_any(line, &ORGANIZERS_X)
            && (!is_any(line, &PROGRESS) || is_his_progress(line, answer))
    };
    let is_x = |line: &Property| {
        line.name().starts_with(['X', 'x']) && line.name().as_bytes().get(1) == Some(&b'-')
    };
    let replaced = |line: &Property| {
        if is_x(line) || line.is("CLASS") || is_any(line, &PROGRESS) {
            local.properties_named(line.name()).any(&is_kept)
        } else {
            is_kept(line)
        }
    };
    component.retain_properties(|line| !replaced(line));
    for line in local.properties().filter(|line| is_kept(line)) {
        component.push_property(line.clone());
    }
}

/// How far a task has come is his to say while his answer, which says the same, stands; else it is what the organizer
/// says of the whole.
fn is_his_progress(line: &Property, answer: Option<&Partstat>) -> bool {
    match answer {
        Some(Partstat::Completed) => {
            !line.is("STATUS") || line.value().trim().eq_ignore_ascii_case("COMPLETED")
        }
        Some(Partstat::InProcess) => {
            line.is("PERCENT-COMPLETE")
                || (line.is("STATUS") && line.value().trim().eq_ignore_ascii_case("IN-PROCESS"))
        }
        _ => false,
    }
}

/// His answer stands: a REQUEST made before it arrived does not undo it. Whom he sent in his place stays as well, as
/// long as the organizer does not know of it.
fn keep_answer(
    arrival: &Arrival<'_>,
    component: &mut Component,
    local: &Component,
    was: &Property,
) {
    if Attendee::new(was).partstat() == Partstat::NeedsAction {
        return;
    }
    let known = arrival.named_in(component).and_then(|own| component.attendee(&own));
    let known = known.map(|line| line.delegated_to()).unwrap_or_default();
    for delegate in Attendee::new(was).delegated_to() {
        if let Some(line) = local.attendee(&delegate)
            && !known.contains(&delegate)
            && component.attendee(&delegate).is_none()
        {
            // He may have been there by himself before: now he is by this delegation alone.
            let mut line = line.property().clone();
            line.set_param("DELEGATED-FROM", was.value());
            component.push_property(line);
        }
    }
    for line in component.properties_mut().filter(|line| tree::is_attendee(line)) {
        if tree::address(line).is_some_and(|address| arrival.recipient.has(&address)) {
            line.set_param("PARTSTAT", Attendee::new(was).partstat().as_str());
            tree::copy_param(was, line, "DELEGATED-TO");
        }
    }
}

/// A line that says what the copy's line says keeps the copy's octets, and what is said only
/// there: who delivers his replies, and how a message went.
fn keep_lines(component: &mut Component, local: &Component) {
    // Most lines spell the address as the copy does.
    let mut attendees: HashMap<&str, &Property> = HashMap::new();
    for line in local.properties_named("ATTENDEE") {
        attendees.entry(line.value()).or_insert(line);
    }
    let by_address = LazyCell::new(|| tree::lines_by_address(local));
    for line in component.properties_mut() {
        let was = if tree::is_attendee(line) {
            attendees
                .get(line.value())
                .copied()
                .or_else(|| by_address.get(&tree::address(line)?).copied())
        } else {
            local.property(line.name())
        };
        match was {
            Some(was) if tree::agree(was, line, &KEPT_IN_COPY) => *line = was.clone(),
            _ => {}
        }
    }
    if let Some(was) = local.property("ORGANIZER") {
        keep_with_organizer(component, was);
    }
}

fn keep_with_organizer(component: &mut Component, was: &Property) {
    for line in component.properties_mut().filter(|line| line.is("ORGANIZER")) {
        KEPT_IN_COPY.iter().for_each(|parameter| tree::copy_param(was, line, parameter));
    }
}

/// A delegation to somebody who already has a copy: the two lines change, and what he was not in comes (RFC 5546
/// section 4.2.5).
fn delegate(
    arrival: &Arrival<'_>,
    copy: &CalendarObject,
    organizer: &CalendarAddress,
    parts: &[(InstanceId, &Component)],
) -> Merge {
    let is_news = |(id, message): &(InstanceId, &Component)| {
        let made = stamp(message).dtstamp;
        let known = [(organizer, *id), (arrival.sender, *id), (organizer, InstanceId::Master)];
        known
            .into_iter()
            .filter_map(|(sender, id)| arrival.answers.last(sender, id))
            .all(|known| known.dtstamp < made || (known.dtstamp == made && arrival.is_fresh))
    };
    let parts: Vec<(InstanceId, &Component)> = parts.iter().copied().filter(is_news).collect();
    if parts.is_empty() {
        return Merge::unchanged(false, "older than what he was told since", arrival);
    }
    let mut tree = copy.tree().clone();
    // What he does not have, or was cancelled for him, is an invitation, which the organizer may have overtaken.
    let is_new = |(id, message): &&(InstanceId, &Component)| {
        tree::part(copy, *id).is_none_or(Component::is_cancelled)
            && !is_stale(arrival, organizer, *id, message, None)
    };
    for (id, message) in parts.iter().filter(is_new) {
        let local = tree::instance(copy, *id);
        let invitation = update_component(arrival, message, local.as_ref(), true);
        match tree::part_mut(copy, &mut tree, *id) {
            Some(component) => *component = invitation,
            None => tree.push_component(invitation),
        }
    }
    for ((id, local), component) in
        tree::parts(copy).into_iter().zip(tree::parts_mut(&mut tree, copy.kind().as_str()))
    {
        let message = parts.iter().find(|(at, _)| *at == id && !local.is_cancelled());
        let Some((_, message)) = message else { continue };
        for (address, line) in tree::attendees(message) {
            let is_delegator = arrival.directory.is_same_person(&address, arrival.sender);
            if is_delegator || arrival.recipient.has(&address) {
                tree::set_attendee(component, &address, line.property().clone());
            }
        }
    }
    tree::settle_exclusions(&mut tree, copy.kind().as_str());
    let stored = tree::if_edited(copy, tree);
    Merge {
        schedule_tag: schedule_tag(copy, stored.as_ref()),
        reasons: vec![merged(organizer, InstanceId::Master, "an attendee delegates to him")],
        inbox: stored.is_some(),
        stored,
        answers: records(arrival.sender, parts),
        ..Merge::nothing(false)
    }
}

fn schedule_tag(copy: &CalendarObject, stored: Option<&CalendarObject>) -> ScheduleTag {
    match stored {
        Some(stored) if !differs_in_participation_only(copy, stored) => ScheduleTag::Change,
        _ => ScheduleTag::Keep,
    }
}

fn differs_in_participation_only(one: &CalendarObject, other: &CalendarObject) -> bool {
    let (ones, others) = (tree::parts(one), tree::parts(other));
    ones.len() == others.len()
        && ones.iter().all(|(id, component)| {
            tree::part(other, *id)
                .is_some_and(|other| tree::differ_in_participation_only(component, other, |_| true))
        })
}
