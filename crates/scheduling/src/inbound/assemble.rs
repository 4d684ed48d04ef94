//! The copy after an update: which of its components stay, which come, and which instances the
//! series leaves out (RFC 6638 section 3.2.6; design rules 5 and 12).

use std::collections::BTreeSet;

use calendar::diff::{ObjectDiff, diff};
use calendar::zone::{Zone, ZoneSet};
use calendar::{CalendarAddress, CalendarObject, Component, InstanceId, Limits, Partstat};
use jiff::Timestamp;

use super::Arrival;
use super::request::{decline, decline_if_removed, strip_incoming, update_component};
use super::stamp::{is_newer_than_series, is_stale, stamp};
use crate::answers::Stamp;
use crate::itip::{Notice, define_zones, is_attendees_own, zones_of};
use crate::{AnswerRecord, tree};

/// An update that is being put together.
pub(super) struct Update<'a> {
    arrival: &'a Arrival<'a>,
    copy: &'a CalendarObject,
    organizer: &'a CalendarAddress,
    /// Instances that he declined by leaving them out.
    own_exclusions: BTreeSet<InstanceId>,
    differences: ObjectDiff,
    /// The components that come, with the recipient's own things in them.
    components: Vec<(InstanceId, Component)>,
    /// Instances that come along in the message and stay out all the same.
    left_out: Vec<InstanceId>,
    /// Instances that come along in the message and stay as they are: it says nothing new of them.
    as_before: Vec<InstanceId>,
}

/// What becomes of a component that comes.
pub(super) enum Arriving {
    /// It is in the copy.
    New,
    /// It is older than what the recipient was told since.
    Stale,
    /// He was told before.
    Known,
    /// He declined the instance and left it out.
    StaysOut,
}

/// Instances that the recipient left out himself: what he had said of those that the organizer left out is void.
pub(super) fn own_exclusions(arrival: &Arrival<'_>, copy: &CalendarObject) -> BTreeSet<InstanceId> {
    let excluded = tree::excluded(copy).into_iter();
    excluded
        .filter(|id| tree::part(copy, *id).is_none() && arrival.own_answer(*id).is_some())
        .collect()
}

/// The copy as the organizer described it, where it is not so: what was cancelled is left out, and what the recipient
/// left out himself is there.
fn as_told(
    copy: &CalendarObject,
    own_exclusions: &BTreeSet<InstanceId>,
    is_cancelled: impl Fn(InstanceId) -> bool,
) -> Option<CalendarObject> {
    let kind = copy.kind().as_str();
    let cancelled: Vec<InstanceId> = tree::parts(copy)
        .into_iter()
        .filter(|(id, part)| *id != InstanceId::Master && part.is_cancelled() && is_cancelled(*id))
        .map(|(id, _)| id)
        .collect();
    if cancelled.is_empty() && own_exclusions.is_empty() {
        return None;
    }
    let mut tree = copy.tree().clone();
    let mut ids = tree::parts(copy).into_iter().map(|(id, _)| id);
    tree.retain_components(|part| {
        part.name() != kind || ids.next().is_none_or(|id| !cancelled.contains(&id))
    });
    let master = tree::master_mut(&mut tree, kind)?;
    master.exclude(&instants(cancelled.into_iter()), copy.zones());
    for instant in instants(own_exclusions.iter().copied()) {
        master.reinstate(instant, copy.zones());
    }
    CalendarObject::from_tree(tree).ok()
}

fn instants(ids: impl Iterator<Item = InstanceId>) -> Vec<Timestamp> {
    ids.filter_map(|id| match id {
        InstanceId::Recurrence(instant) => Some(instant),
        InstanceId::Master => None,
    })
    .collect()
}

impl<'a> Update<'a> {
    pub(super) fn new(
        arrival: &'a Arrival<'a>,
        copy: &'a CalendarObject,
        organizer: &'a CalendarAddress,
    ) -> Self {
        let own_exclusions = own_exclusions(arrival, copy);
        let series = arrival.message.master();
        let told = as_told(copy, &own_exclusions, |id| {
            !series.is_some_and(|series| is_newer_than_series(arrival, organizer, id, series))
        });
        let differences = diff(told.as_ref().unwrap_or(copy), arrival.message.content());
        Self {
            arrival,
            copy,
            organizer,
            own_exclusions,
            differences,
            components: Vec::new(),
            left_out: Vec::new(),
            as_before: Vec::new(),
        }
    }

    /// Takes over a component of the message, if it says anything that holds.
    pub(super) fn take(&mut self, id: InstanceId, message: &Component) -> Arriving {
        let (arrival, part) = (self.arrival, tree::part(self.copy, id));
        if is_stale(arrival, self.organizer, id, message, part) {
            self.stay_as_before(id);
            return Arriving::Stale;
        }
        if self.is_known(id, message) {
            self.stay_as_before(id);
            return Arriving::Known;
        }
        if self.stays_out(id, message) {
            self.left_out.push(id);
            // It describes later instances as well.
            if !message.is_this_and_future() {
                return Arriving::StaysOut;
            }
        }
        // To an instance that is told apart for the first time he has answered with the series at
        // most: the organizer's line knows whether that answer reaches it.
        let is_told_apart =
            id != InstanceId::Master && part.is_none() && arrival.own_answer(id).is_none();
        let is_asked = is_told_apart || self.is_rescheduled(id) || arrival.asks_again(id, message);
        let local = tree::instance(self.copy, id);
        let mut merged = update_component(arrival, message, local.as_ref(), is_asked);
        if id == InstanceId::Master && local.is_none() {
            decline_if_removed(arrival, id, &mut merged);
        }
        self.components.push((id, merged));
        Arriving::New
    }

    /// An instance stays as it is: the component he has, or left out by him.
    fn stay_as_before(&mut self, id: InstanceId) {
        let is_out = tree::part(self.copy, id).is_none() && self.own_exclusions.contains(&id);
        if is_out { &mut self.left_out } else { &mut self.as_before }.push(id);
    }

    /// Whether an instance, or the series, is at another time than he was told (RFC 6638 3.2.8).
    fn is_rescheduled(&self, id: InstanceId) -> bool {
        self.differences.of(id).is_some_and(|item| item.rescheduled)
    }

    /// Whether he is told something else of an instance, or of the series, than before (design rule 4).
    pub(super) fn is_changed(&self, id: InstanceId) -> bool {
        self.differences.of(id).is_some_and(|item| item.changed)
    }

    /// Whether a component came before. Of those that are made and delivered within one second, two may differ.
    fn is_known(&self, id: InstanceId, message: &Component) -> bool {
        let is_another = || self.is_changed(id) || self.arrival.asks_again(id, message);
        self.arrival.answers.last(self.organizer, id) == Some(stamp(message))
            && !(self.arrival.is_fresh && is_another())
    }

    /// An instance that he declined by leaving it out does not come back, unless he is asked again.
    fn stays_out(&self, id: InstanceId, message: &Component) -> bool {
        if !self.own_exclusions.contains(&id) {
            return false;
        }
        let line = self.arrival.named_in(message).and_then(|own| message.attendee(&own));
        let is_known = line.is_some_and(|line| line.partstat() == Partstat::Declined);
        // Who was taken off and put on again is asked anew, also where the CANCEL is late.
        let is_revised =
            self.arrival.own_answer(id).is_some_and(|own| stamp(message).sequence > own.sequence);
        let is_asked =
            is_revised || self.is_rescheduled(id) || self.arrival.asks_again(id, message);
        is_known || !is_asked
    }

    /// The tree of the copy as it will be.
    pub(super) fn assemble(self) -> Component {
        let kind = self.copy.kind().as_str();
        let mut tree = self.copy.tree().without_components(kind);
        let (left_out, staying) = (self.instants_left_out(), self.staying());
        let arriving = self.components.into_iter().map(|(_, part)| part);
        let parts: Vec<Component> = arriving.chain(staying).collect();
        for zone in zones_of(self.arrival.message.tree(), &parts) {
            tree.retain_components(|known| known.name() != "VTIMEZONE" || !same_zone(known, zone));
            tree.push_component(zone.clone());
        }
        define_zones(&mut tree, &parts);
        parts.into_iter().for_each(|component| tree.push_component(component));
        tree::settle_exclusions(&mut tree, kind);
        let zones = ZoneSet::from_tree(&tree);
        if let Some(master) = tree::master_mut(&mut tree, kind) {
            master.exclude(&left_out, &zones);
        }
        tree
    }

    /// What stays of what was there, or was known to be cancelled.
    fn staying(&self) -> Vec<Component> {
        let mut parts = Vec::new();
        let arriving: BTreeSet<InstanceId> = self.components.iter().map(|(id, _)| *id).collect();
        let series = self.components.iter().find(|(id, _)| *id == InstanceId::Master);
        let excluded = tree::excluded(self.arrival.message.content());
        for (id, local) in tree::parts(self.copy) {
            if arriving.contains(&id) {
                continue;
            }
            match series {
                _ if self.as_before.contains(&id) => parts.push(local.clone()),
                None => parts.push(local.clone()),
                // Cancelled instances stay in sight until the organizer restores them (design rule
                // 5).
                Some(_) if local.is_cancelled() && self.ends_before(id, local) => {
                    parts.push(local.clone());
                }
                Some(_) if local.is_cancelled() && excluded.contains(&id) => {
                    let mut alone = local.clone();
                    alone.set_this_and_future(false);
                    parts.push(alone);
                }
                Some((_, series))
                    if is_newer_than_series(self.arrival, self.organizer, id, series) =>
                {
                    parts.push(local.clone());
                }
                Some(_) => parts.extend(self.carried_over(id, local)),
            }
        }
        if let Some((_, series)) = series {
            let is_settled = |id| {
                arriving.contains(&id)
                    || self.left_out.contains(&id)
                    || self.own_exclusions.contains(&id)
                    || tree::part(self.copy, id).is_some()
            };
            parts.extend(cancelled_before(self.arrival, self.organizer, series, is_settled));
            let brought_back = self.own_exclusions.iter().filter(|id| self.comes_back(**id));
            parts.extend(brought_back.filter_map(|id| self.declined_instance(*id)));
        }
        parts
    }

    /// Whether the series ends before what was cancelled with all that came later.
    fn ends_before(&self, id: InstanceId, cancelled: &Component) -> bool {
        if !cancelled.is_this_and_future() {
            return false;
        }
        let series = self.arrival.message.content();
        let mut all = series.all_instances(&Zone::utc(), &Limits::default());
        !all.any(|instance| instance.id >= id && tree::part(series, instance.id).is_none())
    }

    /// An override that only holds the recipient's own things, an answer on its way perhaps, says
    /// them about the instance as it is now.
    fn carried_over(&self, id: InstanceId, local: &Component) -> Option<Component> {
        let was = tree::by_the_series(self.copy, id)?;
        let is_organizers = |line: &calendar::Property| !is_attendees_own(line, local);
        let is_own = tree::differ_in_answers_only(&was, local, is_organizers);
        let is_moved = self.is_rescheduled(InstanceId::Master);
        if is_moved || local.is_cancelled() || !is_own {
            return None;
        }
        let mut now = self.arrival.message.content().derive_override(&id)?;
        now.set_this_and_future(local.is_this_and_future());
        let is_asked = self.arrival.asks_again(id, &now);
        let mut component = update_component(self.arrival, &now, Some(local), is_asked);
        // What he never said about this instance is what he said to what describes it, the series or later dates of it.
        if self.arrival.own_answer(id).is_none()
            && let Some(own) = self.arrival.named_in(&now)
            && let Some(line) = now.attendee(&own)
        {
            tree::set_attendee(&mut component, &own, line.property().clone());
        }
        Some(component)
    }

    /// Whether an instance that he left out is there again by the series alone: not by one that was made before the
    /// organizer said something of that instance, or before he left it out, unless it moves.
    fn comes_back(&self, id: InstanceId) -> bool {
        let series = self.components.iter().find(|(id, _)| *id == InstanceId::Master);
        series.is_some_and(|(_, part)| {
            let made = stamp(part).dtstamp;
            let is_since = self.arrival.own_answer(id).is_some_and(|own| own.dtstamp > made);
            !is_newer_than_series(self.arrival, self.organizer, id, part)
                && (self.is_rescheduled(InstanceId::Master) || !is_since)
        }) && !self.is_named(id)
    }

    fn is_named(&self, id: InstanceId) -> bool {
        self.left_out.contains(&id) || self.components.iter().any(|(named, _)| *named == id)
    }

    /// An instance that he had left out, back by a series that does not ask him again: the organizer has not heard his
    /// answer yet.
    fn declined_instance(&self, id: InstanceId) -> Option<Component> {
        let now = self.arrival.message.content().derive_override(&id)?;
        let is_asked = self.is_rescheduled(InstanceId::Master)
            || self.was_told_apart(id)
            || self.arrival.asks_again(id, &now);
        if is_asked || now.is_cancelled() {
            return None;
        }
        let mut component = update_component(self.arrival, &now, None, false);
        decline(self.arrival, &mut component);
        Some(component)
    }

    /// Whether he was told of an instance by itself until now. What he said to that does not hold for what the series
    /// says in its place.
    fn was_told_apart(&self, id: InstanceId) -> bool {
        let last = |id| self.arrival.answers.last(self.organizer, id).map(|said| said.dtstamp);
        last(id).is_some_and(|said| Some(said) >= last(InstanceId::Master))
    }

    /// The instances that the series leaves out.
    fn instants_left_out(&self) -> Vec<Timestamp> {
        let unnamed = self.own_exclusions.iter().copied();
        let unnamed = unnamed.filter(|id| !self.is_named(*id) && !self.comes_back(*id));
        instants(self.left_out.iter().copied().chain(unnamed))
    }
}

/// Instances that were cancelled by a message that overtook the series.
pub(super) fn cancelled_before(
    arrival: &Arrival<'_>,
    organizer: &CalendarAddress,
    series: &Component,
    is_settled: impl Fn(InstanceId) -> bool,
) -> Vec<Component> {
    let made = stamp(series).dtstamp;
    let since = arrival.answers.said(organizer);
    let since = since
        .filter(|(id, said)| *id != InstanceId::Master && said.dtstamp > made && !is_settled(*id));
    let cancelled = since.filter_map(|(id, said)| {
        let mut component = arrival.message.content().derive_override(&id)?;
        strip_incoming(&mut component);
        component.set_status("CANCELLED");
        component.set_sequence(said.sequence);
        component.set_dtstamp(said.dtstamp);
        Some(component)
    });
    cancelled.collect()
}

impl Arrival<'_> {
    /// What the recipient himself last said about an instance.
    pub(super) fn own_answer(&self, id: InstanceId) -> Option<Stamp> {
        self.answers.own(self.recipient, id)
    }

    /// Whether he has removed what he had of an instance after this was made.
    pub(super) fn has_removed(&self, id: InstanceId, message: &Component) -> bool {
        let made = stamp(message).dtstamp;
        self.own_answer(id)
            .is_some_and(|own| own.dtstamp > made || (own.dtstamp == made && !self.is_fresh))
    }

    /// Records by which what the recipient said until then, or to what was before, about these instances counts no more.
    pub(super) fn void_own_answers(
        &self,
        is_about: impl Fn(InstanceId) -> bool,
        until: Stamp,
    ) -> Vec<AnswerRecord> {
        let own = self.recipient.addresses.iter();
        let answered = own.flat_map(|own| self.answers.said(own).map(move |said| (own, said)));
        answered
            .filter(|(_, (at, said))| {
                let is_before = said.dtstamp <= until.dtstamp || said.sequence < until.sequence;
                is_about(*at) && is_before
            })
            .map(|(own, (at, _))| AnswerRecord::now(Some(own), at, 0, Timestamp::UNIX_EPOCH))
            .collect()
    }

    /// Whether a component asks him again: it awaits his answer, or that of his delegate, and was not made before his last
    /// one. What else a message brings along for which he is asked again leaves his answers alone.
    pub(super) fn asks_again(&self, id: InstanceId, message: &Component) -> bool {
        let line = self.named_in(message).and_then(|own| message.attendee(&own));
        // Who delegated is asked again when his delegate declines (RFC 5546 section 4.2.5).
        let awaits = line.is_some_and(|line| {
            matches!(line.partstat(), Partstat::NeedsAction | Partstat::Delegated)
        });
        let made = stamp(message).dtstamp;
        let answered_since = || self.own_answer(id).is_some_and(|own| own.dtstamp > made);
        self.notice == Notice::Reinvitation && awaits && !answered_since()
    }
}

fn same_zone(one: &Component, other: &Component) -> bool {
    let tzid = |zone: &Component| zone.property("TZID").map(|line| line.value().to_owned());
    tzid(one) == tzid(other)
}
