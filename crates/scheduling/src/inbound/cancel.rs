//! A CANCEL arrives (RFC 5546 section 3.2.5; design rule 14).
//!
//! The copy stays in place and says STATUS:CANCELLED. Nothing but STATUS, SEQUENCE and DTSTAMP is
//! taken over. What its owner had said about it is void: a later invitation is another one.

use calendar::{CalendarAddress, CalendarObject, Component, InstanceId};

use super::assemble::own_exclusions;
use super::stamp::{is_stale, records, stamp};
use super::{Arrival, Merge};
use crate::answers::Stamp;
use crate::itip::{Notice, SchedulingRole, role_of};
use crate::{Delivery, Reason, ScheduleTag, Verdict, tree};

/// Merges a CANCEL into an attendee's copy.
pub(super) fn apply(arrival: &Arrival<'_>) -> Merge {
    let message = arrival.message.content();
    let Some((organizer, line)) = message.components().find_map(tree::organizer) else {
        return Merge::unchanged(true, "a CANCEL without ORGANIZER can't be merged", arrival);
    };
    if !arrival.speaks_for(&organizer, line) {
        return Merge::refused("only the organizer can cancel", arrival);
    }
    if message.components().all(|component| is_about_others(component, arrival)) {
        return Merge::unchanged(true, "it takes somebody else off", arrival);
    }
    // What somebody noted himself under this UID is not what is cancelled.
    let Some(copy) = arrival.copy.filter(|copy| copy.organizer().is_some()) else {
        return without_copy(arrival, &organizer);
    };
    if role_of(copy, arrival.recipient) == SchedulingRole::Organizer
        || !arrival.is_organized_by(copy, &organizer)
    {
        return Merge::refused("the copy has another organizer", arrival);
    }

    let mut tree = copy.tree().clone();
    let mut merge = Merge::nothing(false);
    let mut taken = Vec::new();
    for (id, component) in tree::parts(message) {
        let local = tree::part(copy, id);
        // Each CANCEL has a SEQUENCE of its own: the same one again is the same message.
        let is_known = arrival.answers.last(&organizer, id) == Some(stamp(component));
        if is_known || is_stale(arrival, &organizer, id, component, local) {
            let voids = |at| voids(arrival, &organizer, (id, component), at);
            merge.answers.extend(arrival.void_own_answers(voids, stamp(component)));
            merge.reasons.push(Reason::of(
                &organizer,
                id,
                Verdict::Ignored,
                "known, or older than what he was told since",
            ));
            continue;
        }
        cancel(copy, &mut tree, (id, component), &organizer, arrival);
        let voids = |at| voids(arrival, &organizer, (id, component), at);
        merge.answers.extend(arrival.void_own_answers(voids, Stamp::LAST));
        taken.push((id, component));
    }
    merge.answers.extend(records(&organizer, taken.iter().copied()));
    merge.stored = tree::if_edited(copy, tree);
    merge.inbox = merge.stored.is_some() && arrival.notice != Notice::Quiet;
    merge.schedule_tag =
        if merge.stored.is_some() { ScheduleTag::Change } else { ScheduleTag::Keep };
    merge.reasons.extend(
        taken.iter().map(|(id, _)| Reason::of(&organizer, *id, Verdict::Merged, "cancelled")),
    );
    merge
}

/// RFC 5546 section 3.2.5: without STATUS:CANCELLED it takes off those whom it lists, and takes place for the others.
fn is_about_others(component: &Component, arrival: &Arrival<'_>) -> bool {
    let mut listed = tree::attendees(component).peekable();
    !component.is_cancelled()
        && listed.peek().is_some()
        && !listed.any(|(address, _)| arrival.recipient.has(&address))
}

/// The recipient removed his copy, or the invitation has not arrived: it may not come to life later.
fn without_copy(arrival: &Arrival<'_>, organizer: &CalendarAddress) -> Merge {
    let parts = tree::parts(arrival.message.content());
    let is_known = |(id, component): &(InstanceId, &Component)| {
        arrival.answers.last(organizer, *id).is_some_and(|known| stamp(component) <= known)
    };
    let is_news = !parts.iter().all(is_known);
    let mut merge = Merge::unchanged(is_news, "he has no copy", arrival);
    let news: Vec<_> = parts.into_iter().filter(|part| !is_known(part)).collect();
    merge.answers = records(organizer, news.iter().copied());
    merge.answers.extend(news.iter().flat_map(|cancelled| {
        arrival.void_own_answers(|at| voids(arrival, organizer, *cancelled, at), Stamp::LAST)
    }));
    merge
}

/// Whether a CANCEL makes void what the recipient had said of an instance: of all when the series is cancelled, and of
/// those later ones of which he has heard nothing since when it reaches these (RFC 5546 section 3.2.5).
fn voids(
    arrival: &Arrival<'_>,
    organizer: &CalendarAddress,
    (id, message): (InstanceId, &Component),
    at: InstanceId,
) -> bool {
    let is_reached = message.is_this_and_future() && id < at;
    at == id
        || id == InstanceId::Master
        || (is_reached && !arrival.has_heard_since(organizer, at, stamp(message)))
}

fn cancel(
    copy: &CalendarObject,
    edited: &mut Component,
    (id, message): (InstanceId, &Component),
    organizer: &CalendarAddress,
    arrival: &Arrival<'_>,
) {
    let kind = copy.kind().as_str();
    // Who is taken off a series but not off an instance is told so in one write, the CANCEL first.
    let is_meant = |at: InstanceId| {
        let is_reached = id == InstanceId::Master || (message.is_this_and_future() && id < at);
        at == id || (is_reached && !arrival.has_heard_since(organizer, at, stamp(message)))
    };
    for ((at, local), component) in tree::parts(copy).into_iter().zip(tree::parts_mut(edited, kind))
    {
        // What is cancelled already takes the number of a CANCEL of its own.
        if is_meant(at) && (!local.is_cancelled() || at == id) {
            mark(component, message, at == id);
        }
        if at == id {
            component.set_this_and_future(message.is_this_and_future());
        }
    }
    let has_component = id == InstanceId::Master || tree::part(copy, id).is_some();
    if !has_component
        && let Some(mut component) = cancelled_instance(copy, edited, id, message, arrival)
    {
        mark(&mut component, message, true);
        component.set_this_and_future(message.is_this_and_future());
        edited.push_component(component);
    }
}

/// An override for an instance that the copy has by its master only, or that its master already
/// leaves out.
///
/// One that the attendee himself left out stays out: he had declined it.
fn cancelled_instance(
    copy: &CalendarObject,
    edited: &mut Component,
    id: InstanceId,
    message: &Component,
    arrival: &Arrival<'_>,
) -> Option<Component> {
    if !tree::excluded(copy).contains(&id) {
        return tree::instance(copy, id);
    }
    let declined = tree::attendees(message).any(|(address, line)| {
        arrival.recipient.has(&address) && line.partstat() == calendar::Partstat::Declined
    });
    let is_own = || own_exclusions(arrival, copy).contains(&id);
    if (declined || is_own()) && !message.is_this_and_future() {
        return None;
    }
    if let (InstanceId::Recurrence(instant), Some(master)) =
        (id, tree::master_mut(edited, copy.kind().as_str()))
    {
        master.reinstate(instant, copy.zones());
    }
    let restored = CalendarObject::from_tree(edited.clone()).ok()?;
    tree::instance(&restored, id)
}

fn mark(component: &mut Component, message: &Component, takes_number: bool) {
    component.set_status("CANCELLED");
    let stamp = stamp(message);
    if takes_number {
        component.set_sequence(stamp.sequence);
    }
    component.set_dtstamp(stamp.dtstamp);
}

impl Merge {
    pub(super) fn refused(why: &str, arrival: &Arrival<'_>) -> Self {
        Self { delivery: Delivery::NoPrivilege, ..Self::unchanged(false, why, arrival) }
    }
}
