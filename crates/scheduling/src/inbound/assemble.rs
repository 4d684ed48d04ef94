//! The copy after an update: which of its components stay, which come, and which instances the
//! series leaves out (RFC 6638 section 3.2.6; design rules 5 and 12).

use std::collections::BTreeSet;

use calendar::zone::ZoneSet;
use calendar::{CalendarAddress, CalendarObject, Component, InstanceId, Partstat};

use super::Arrival;
use super::request::update_component;
use super::stamp::is_newer_than_series;
use crate::itip::{is_attendees_own, zones_of};
use crate::tree;

/// An update that is being put together.
pub(super) struct Update<'a> {
    arrival: &'a Arrival<'a>,
    copy: &'a CalendarObject,
    organizer: &'a CalendarAddress,
    /// Whether the time of the series changed: nothing that was said about an instance holds.
    is_moved: bool,
    /// The components that come, with the recipient's own things in them.
    pub(super) components: Vec<(InstanceId, Component)>,
    /// Instances that the recipient left out himself, and that stay out.
    pub(super) left_out: Vec<InstanceId>,
}

impl<'a> Update<'a> {
    pub(super) fn new(
        arrival: &'a Arrival<'a>,
        copy: &'a CalendarObject,
        organizer: &'a CalendarAddress,
        is_moved: bool,
    ) -> Self {
        Self { arrival, copy, organizer, is_moved, components: Vec::new(), left_out: Vec::new() }
    }

    /// An instance that he declined by EXDATE does not come back as declined.
    pub(super) fn stays_out(&self, id: InstanceId, message: &Component) -> bool {
        let has_declined = self
            .arrival
            .named_in(message)
            .and_then(|own| message.attendee(&own))
            .is_some_and(|line| line.partstat() == Partstat::Declined);
        has_declined
            && tree::part(self.copy, id).is_none()
            && tree::excluded(self.copy).contains(&id)
    }

    /// The tree of the copy as it will be.
    pub(super) fn assemble(self) -> Component {
        let kind = self.copy.kind().as_str();
        let mut tree = self.copy.tree().clone();
        let parts = self.parts();
        tree.retain_components(|component| component.name() != kind);
        for zone in zones_of(self.arrival.message.tree(), &parts) {
            tree.retain_components(|known| known.name() != "VTIMEZONE" || !same_zone(known, zone));
            tree.push_component(zone.clone());
        }
        parts.into_iter().for_each(|component| tree.push_component(component));
        tree::settle_exclusions(&mut tree, kind);
        self.leave_out(&mut tree);
        tree
    }

    /// What comes, and what stays of what was there.
    fn parts(&self) -> Vec<Component> {
        let mut parts: Vec<Component> =
            self.components.iter().map(|(_, part)| part.clone()).collect();
        let arriving: BTreeSet<InstanceId> = self.components.iter().map(|(id, _)| *id).collect();
        let series = self.components.iter().find(|(id, _)| *id == InstanceId::Master);
        let excluded = tree::excluded(self.arrival.message.content());
        for (id, local) in tree::parts(self.copy) {
            if arriving.contains(&id) {
                continue;
            }
            match series {
                None => parts.push(local.clone()),
                // Cancelled instances stay in sight until the organizer restores them (design rule 5).
                Some(_) if local.is_cancelled() && excluded.contains(&id) => {
                    parts.push(local.clone())
                }
                Some((_, series))
                    if is_newer_than_series(self.arrival, self.organizer, id, series) =>
                {
                    parts.push(local.clone());
                }
                Some(_) => parts.extend(self.carried_over(id, local)),
            }
        }
        parts
    }

    /// An override that only holds the recipient's own things, an answer on its way perhaps, says
    /// them about the instance as it is now.
    fn carried_over(&self, id: InstanceId, local: &Component) -> Option<Component> {
        let was = tree::by_the_series(self.copy, id)?;
        let is_organizers = |line: &calendar::Property| !is_attendees_own(line, local);
        let is_own = tree::differ_in_participation_only(&was, local, is_organizers);
        if self.is_moved || local.is_cancelled() || !is_own {
            return None;
        }
        let now = self.arrival.message.content().derive_override(&id)?;
        Some(update_component(self.arrival, &now, Some(local), false))
    }

    fn leave_out(&self, tree: &mut Component) {
        let instants: Vec<_> = self
            .left_out
            .iter()
            .filter_map(|id| match id {
                InstanceId::Recurrence(instant) => Some(*instant),
                InstanceId::Master => None,
            })
            .collect();
        let zones = ZoneSet::from_tree(tree);
        if let Some(master) = tree::master_mut(tree, self.copy.kind().as_str()) {
            master.exclude(&instants, &zones);
        }
    }
}

fn same_zone(one: &Component, other: &Component) -> bool {
    let tzid = |zone: &Component| zone.property("TZID").map(|line| line.value().to_owned());
    tzid(one) == tzid(other)
}
