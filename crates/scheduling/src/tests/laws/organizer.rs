//! What the organizer does.

use calendar::{CalendarObject, Component, InstanceId, Partstat, Property};

use super::super::support::{UID, address, event, intent};
use super::{ATTENDEES, Walk, ids, written};
use crate::itip::Intent;
use crate::tree;

/// What an edit does to the answers.
#[derive(Clone, Copy)]
enum Edit {
    /// They stand.
    Harmless,
    /// Some may be void.
    Voids,
}

impl Walk {
    pub(super) fn invite(&mut self) {
        let rule = if self.is_series { "\nRRULE:FREQ=DAILY;COUNT=4" } else { "" };
        let meeting = event(&format!(
            "ORGANIZER:mailto:ann@example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com\n\
             ATTENDEE;RSVP=TRUE:mailto:ben@example.com\nATTENDEE;RSVP=TRUE:mailto:cho@example.com\n\
             DTSTART;TZID=Europe/Berlin:20260302T100000\nDTEND;TZID=Europe/Berlin:20260302T110000{rule}\n\
             SUMMARY:Start {}",
            self.count
        ));
        self.store_organizers("invites", &meeting, Edit::Voids);
    }

    pub(super) fn organizer_writes(&mut self) {
        self.count += 1;
        let Some(copy) = self.town.world.copy(1, UID).cloned() else {
            if self.dice.happens(2) {
                self.invite();
            }
            return;
        };
        if self.dice.happens(30) {
            self.tell("ann deletes");
            self.ledger.note_void(self.town.world.now());
            self.town.world.delete(1, UID, Intent::default()).unwrap().unwrap();
            return;
        }
        let mut tree = copy.tree().clone();
        let Some((what, edit)) = self.edit(&copy, &mut tree) else { return };
        drop_strays(&mut tree);
        let Ok(object) = CalendarObject::from_tree(tree) else { return };
        self.store_organizers(what, &object, edit);
    }

    fn store_organizers(&mut self, what: &str, object: &CalendarObject, edit: Edit) {
        self.tell(&format!("ann {what}\n{}", written(object.tree())));
        if matches!(edit, Edit::Voids) {
            self.ledger.note_void(self.town.world.now());
        }
        if let Err(refusal) = self.town.world.put(1, object, intent(true)).unwrap() {
            self.fail(refusal.to_string());
        }
    }

    fn edit(
        &mut self,
        copy: &CalendarObject,
        tree: &mut Component,
    ) -> Option<(&'static str, Edit)> {
        let part = self.dice.below(copy.components().count());
        let attendee = self.dice.pick(&ATTENDEES)?;
        let count = self.count;
        match self.dice.below(if self.is_series { 16 } else { 8 }) {
            0 => {
                let title = Property::new("SUMMARY", &format!("Title {count}"));
                edit_part(tree, part, |part| part.set_property(title))?;
                Some(("writes another title", of_words(copy, part)))
            }
            1 => {
                let place = Property::new("LOCATION", &format!("Room {count}"));
                edit_part(tree, part, |part| part.set_property(place))?;
                Some(("writes another place", of_words(copy, part)))
            }
            2 => {
                let hour = 8 + self.dice.below(4);
                edit_part(tree, part, |part| move_to(part, hour))?;
                Some(("moves", Edit::Voids))
            }
            3 | 4 => {
                edit_part(tree, part, |part| toggle(part, attendee))?;
                Some(("adds or takes off somebody", Edit::Voids))
            }
            5 => {
                edit_part(tree, part, |part| ask_again(part, attendee))?;
                Some(("asks somebody again", Edit::Voids))
            }
            6 => {
                let part = tree::parts_mut(tree, "VEVENT").nth(part)?;
                if part.is_cancelled() {
                    part.remove_properties("STATUS");
                } else {
                    part.set_status("CANCELLED");
                }
                Some(("cancels or restores by STATUS", Edit::Voids))
            }
            7 => {
                for part in tree::parts_mut(tree, "VEVENT") {
                    if part.organizer().is_some() {
                        part.remove_properties("ORGANIZER");
                        part.remove_properties("ATTENDEE");
                    } else {
                        part.push_property(Property::new("ORGANIZER", "mailto:ann@example.com"));
                        toggle(part, attendee);
                    }
                }
                Some(("makes it a plain event, or a meeting", Edit::Voids))
            }
            8 | 9 => self.override_one(copy, tree),
            10 => self.drop_override(copy, tree),
            11 | 12 => self.toggle_exclusion(copy, tree),
            13 => {
                // Cut short, or longer.
                let rule = format!("FREQ=DAILY;COUNT={}", 2 + self.dice.below(4));
                edit_part(tree, 0, |part| part.set_property(Property::new("RRULE", &rule)))?;
                Some(("changes how often", Edit::Voids))
            }
            14 => {
                let rule = format!("FREQ=DAILY;INTERVAL={};COUNT=4", 1 + self.dice.below(2));
                edit_part(tree, 0, |part| part.set_property(Property::new("RRULE", &rule)))?;
                Some(("changes the rule", Edit::Voids))
            }
            _ => {
                let day = 2 + self.dice.below(3);
                edit_part(tree, 0, |part| {
                    for line in part.properties_mut() {
                        if line.is("DTSTART") || line.is("DTEND") {
                            let (_, time) = line.value().split_once('T').unwrap();
                            let value = format!("202603{day:02}T{time}");
                            line.set_value(&value);
                        }
                    }
                })?;
                Some(("moves the whole series", Edit::Voids))
            }
        }
    }

    fn override_one(
        &mut self,
        copy: &CalendarObject,
        tree: &mut Component,
    ) -> Option<(&'static str, Edit)> {
        let id = self.dice.pick(&ids(copy))?;
        if copy.override_for(&id).is_some() {
            return None;
        }
        let mut part = copy.derive_override(&id)?;
        part.set_property(Property::new("SUMMARY", &format!("Special {}", self.count)));
        if self.dice.happens(2) && part.organizer().is_some() {
            let attendee = self.dice.pick(&ATTENDEES)?;
            toggle(&mut part, attendee);
        }
        if self.dice.happens(3) {
            move_to(&mut part, 8 + self.dice.below(4));
        }
        part.set_this_and_future(self.dice.happens(4));
        tree.push_component(part);
        // An answer to the series that is under way does not reach it.
        Some(("tells an instance apart", Edit::Voids))
    }

    fn drop_override(
        &mut self,
        copy: &CalendarObject,
        tree: &mut Component,
    ) -> Option<(&'static str, Edit)> {
        let overrides: Vec<InstanceId> =
            copy.overrides().map(|part| copy.instance_id(part)).collect();
        let id = self.dice.pick(&overrides)?;
        let mut at = tree::parts(copy).into_iter().map(|(at, _)| at);
        tree.retain_components(|part| part.name() != "VEVENT" || at.next() != Some(id));
        if self.dice.happens(2)
            && let InstanceId::Recurrence(instant) = id
        {
            tree::master_mut(tree, "VEVENT")?.exclude(&[instant], copy.zones());
            return Some(("leaves out what had been told apart", Edit::Voids));
        }
        Some(("gives an instance back to the series", Edit::Voids))
    }

    fn toggle_exclusion(
        &mut self,
        copy: &CalendarObject,
        tree: &mut Component,
    ) -> Option<(&'static str, Edit)> {
        let master = tree::master_mut(tree, "VEVENT")?;
        let excluded = master.excluded(copy.zones());
        if let Some(instant) = excluded.first().filter(|_| self.dice.happens(2)) {
            master.reinstate(*instant, copy.zones());
            return Some(("brings an instance back", Edit::Voids));
        }
        let ids = ids(copy);
        let id = self.dice.pick(&ids)?;
        let InstanceId::Recurrence(instant) = id else { return None };
        if ids.len() < 3 {
            return None;
        }
        master.exclude(&[instant], copy.zones());
        Some(("leaves out an instance, and keeps what component it has", Edit::Voids))
    }
}

/// Other words leave the answers alone, unless they tell an instance apart that was so by an answer only: they are said
/// of that instance, or of the series and not of it.
fn of_words(copy: &CalendarObject, part: usize) -> Edit {
    let is_apart_by_answers = |(id, part): (InstanceId, &Component)| {
        tree::by_the_series(copy, id)
            .is_some_and(|was| tree::differ_in_answers_only(&was, part, |_| true))
    };
    let is_told_apart = part != 0 || tree::parts(copy).into_iter().skip(1).any(is_apart_by_answers);
    if is_told_apart { Edit::Voids } else { Edit::Harmless }
}

pub(super) fn edit_part(
    tree: &mut Component,
    at: usize,
    edit: impl FnOnce(&mut Component),
) -> Option<()> {
    let part = tree::parts_mut(tree, "VEVENT").nth(at).filter(|part| !part.is_cancelled())?;
    edit(part);
    Some(())
}

fn move_to(part: &mut Component, hour: usize) {
    for name in ["DTSTART", "DTEND"] {
        let line = part.properties_mut().find(|line| line.is(name)).unwrap();
        let day = line.value().split('T').next().unwrap().to_owned();
        let hour = if name == "DTEND" { hour + 1 } else { hour };
        line.set_value(&format!("{day}T{hour:02}0000"));
    }
}

fn toggle(part: &mut Component, attendee: &str) {
    let at = address(attendee);
    if part.organizer().is_none() {
        return;
    }
    if part.attendee(&at).is_some() {
        part.retain_properties(|line| {
            !line.is("ATTENDEE") || tree::address(line).as_ref() != Some(&at)
        });
    } else {
        part.push_property(Property::new("ATTENDEE", at.as_str()).with_param("RSVP", "TRUE"));
    }
}

fn ask_again(part: &mut Component, attendee: &str) {
    for line in part.properties_mut().filter(|line| tree::address(line) == Some(address(attendee)))
    {
        line.set_partstat(&Partstat::NeedsAction);
    }
}

/// A client that moves a series may leave its overrides behind, but for those of all later dates: of what is no date
/// nothing comes later.
fn drop_strays(tree: &mut Component) {
    let object = CalendarObject::from_tree(tree.clone()).unwrap();
    let mut keep = tree::parts(&object)
        .into_iter()
        .map(|(id, part)| !part.is_this_and_future() || tree::by_the_series(&object, id).is_some())
        .collect::<Vec<_>>()
        .into_iter();
    tree.retain_components(|part| part.name() != "VEVENT" || keep.next().unwrap());
}
