//! What attendees do.

use calendar::{CalendarObject, Component, InstanceId, Property};

use super::super::support::{UID, address};
use super::organizer::edit_part;
use super::{OTHERS, Walk, ids, written};
use crate::itip::Intent;
use crate::tree;

impl Walk {
    pub(super) fn attendee_writes(&mut self) {
        let name = self.dice.pick(&OTHERS).unwrap();
        let user = self.town.id(name);
        let Some(copy) = self.town.world.copy(user, UID).cloned() else { return };
        if self.dice.happens(20) {
            self.tell(&format!("{name} deletes"));
            self.town.world.delete(user, UID, Intent::default()).unwrap().unwrap();
            self.ledger.note_write(name, &copy, None, self.has_heard_until(user));
            return;
        }
        let mut tree = copy.tree().clone();
        let Some(what) = self.attendees_edit(&copy, &mut tree, name) else { return };
        let object = CalendarObject::from_tree(tree).unwrap();
        self.tell(&format!("{name} {what}\n{}", written(object.tree())));
        if let Err(refusal) = self.town.world.put(user, &object, Intent::default()).unwrap() {
            self.fail(refusal.to_string());
        }
        let heard = self.has_heard_until(user);
        self.ledger.note_write(name, &copy, self.town.world.copy(user, UID), heard);
    }

    fn attendees_edit(
        &mut self,
        copy: &CalendarObject,
        tree: &mut Component,
        name: &str,
    ) -> Option<&'static str> {
        let partstat = self.dice.pick(&["ACCEPTED", "DECLINED", "TENTATIVE"])?;
        let part = self.dice.below(copy.components().count());
        match self.dice.below(if self.is_series { 10 } else { 4 }) {
            0 | 1 => {
                edit_part(tree, part, |part| answer(part, name, partstat))?;
                Some("answers")
            }
            2 => {
                edit_part(tree, part, |part| part.set_property(Property::new("X-MINE", "1")))?;
                Some("writes something of his own")
            }
            3 => {
                let to = self.dice.pick(&["dov", "eve"]).filter(|to| *to != name)?;
                edit_part(tree, part, |part| delegate(part, name, to))?;
                self.ledger.note_sent(to, self.town.world.now());
                Some("delegates")
            }
            4 | 5 => {
                let id = self.dice.pick(&ids(copy))?;
                if copy.override_for(&id).is_some() {
                    return None;
                }
                let mut part = copy.derive_override(&id)?;
                answer(&mut part, name, partstat);
                tree.push_component(part);
                Some("answers for an instance")
            }
            6 => {
                let id = self.dice.pick(&ids(copy))?;
                let InstanceId::Recurrence(instant) = id else { return None };
                let master = tree::master_mut(tree, "VEVENT")?;
                if master.is_cancelled() {
                    return None;
                }
                master.exclude(&[instant], copy.zones());
                if copy.override_for(&id).is_some() && self.dice.happens(3) {
                    return Some("leaves out an instance and keeps its component");
                }
                take_out(copy, tree, id);
                Some("leaves out an instance")
            }
            7 => {
                // Of one who is in single instances only; of the series it is put back.
                let overrides: Vec<InstanceId> =
                    copy.overrides().map(|part| copy.instance_id(part)).collect();
                let id = self.dice.pick(&overrides).filter(|_| copy.components().count() > 1)?;
                take_out(copy, tree, id);
                self.taken_out.push((name.to_owned(), copy.override_for(&id)?.clone()));
                Some("removes an override")
            }
            8 => {
                if let Some(master) = tree::master_mut(tree, "VEVENT") {
                    let instant = self.dice.pick(&master.excluded(copy.zones()))?;
                    master.reinstate(instant, copy.zones());
                    return Some("takes back what was left out");
                }
                let own = self.taken_out.iter().filter(|(who, _)| who == name);
                let own: Vec<Component> = own.map(|(_, part)| part.clone()).collect();
                let mut part = self.dice.pick(&own)?;
                let id = copy.instance_id(&part);
                if copy.override_for(&id).is_some() {
                    return None;
                }
                answer(&mut part, name, partstat);
                tree.push_component(part);
                Some("brings back an override")
            }
            _ => {
                for part in tree::parts_mut(tree, "VEVENT") {
                    answer(part, name, partstat);
                }
                Some("answers everything")
            }
        }
    }
}

fn take_out(copy: &CalendarObject, tree: &mut Component, id: InstanceId) {
    let mut at = tree::parts(copy).into_iter().map(|(at, _)| at);
    tree.retain_components(|part| part.name() != "VEVENT" || at.next() != Some(id));
}

fn answer(part: &mut Component, name: &str, partstat: &str) {
    for line in part.properties_mut().filter(|line| line.is("ATTENDEE")) {
        if tree::address(line) == Some(address(name)) {
            line.set_param("PARTSTAT", partstat);
            line.remove_param("DELEGATED-TO");
        }
    }
}

fn delegate(part: &mut Component, from: &str, to: &str) {
    let (from, to) = (address(from), address(to));
    for line in part.properties_mut().filter(|line| line.is("ATTENDEE")) {
        if tree::address(line).as_ref() == Some(&from) {
            line.set_param("PARTSTAT", "DELEGATED");
            line.set_param("DELEGATED-TO", to.as_str());
        }
    }
}
