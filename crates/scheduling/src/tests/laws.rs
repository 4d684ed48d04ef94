//! Laws of scheduling, on random histories (RFC 5546 section 2.1.5, RFC 6638 sections 3.2.6 and 4).
//!
//! Several users write, messages wait, come twice and overtake each other; each sender's messages
//! to one recipient keep their order. When all is delivered, every copy agrees with the organizer's
//! on the instances its owner is in, and every answer is shown.

use std::collections::{BTreeMap, BTreeSet};

use calendar::zone::Zone;
use calendar::{CalendarObject, Component, InstanceId, Limits, Partstat, Property};
use jiff::Timestamp;

use super::support::{Town, UID, address, intent};
use crate::Verdict;
use crate::itip::{Intent, SchedulingRole};
use crate::simulator::Parcel;
use crate::tree;

/// How many histories are walked, unless `HISTORIES` in the environment says another number.
const HISTORIES: u64 = 100;
const STEPS: usize = 24;
const ATTENDEES: [&str; 3] = ["ben", "cho", "dov"];

/// A small generator of numbers: a history is its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }

    fn one_of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    fn happens(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

struct Walk {
    town: Town,
    dice: Dice,
    story: Vec<String>,
    delivered: Vec<Parcel>,
    is_recurring: bool,
    count: usize,
}

fn start(is_recurring: bool) -> String {
    let rule = if is_recurring { "\nRRULE:FREQ=DAILY;COUNT=4" } else { "" };
    format!(
        "ORGANIZER:mailto:ann@example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com\n\
         ATTENDEE;RSVP=TRUE:mailto:ben@example.com\nATTENDEE;RSVP=TRUE:mailto:cho@example.com\n\
         DTSTART;TZID=Europe/Berlin:20260302T100000\nDTEND;TZID=Europe/Berlin:20260302T110000{rule}\nSUMMARY:Start"
    )
}

impl Walk {
    fn new(seed: u64, is_recurring: bool) -> Self {
        let mut town = Town::of(&["ann", "ben", "cho", "dov"]);
        town.put("ann", &start(is_recurring));
        let dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        Self { town, dice, story: Vec::new(), delivered: Vec::new(), is_recurring, count: 0 }
    }

    fn step(&mut self) {
        self.town.world.wait(1);
        match self.dice.below(8) {
            0..=2 => self.organizer_writes(),
            3 | 4 => self.attendee_writes(),
            5 | 6 => self.deliver(),
            _ => self.deliver_again(),
        }
    }

    fn organizer_writes(&mut self) {
        let Some(copy) = self.town.world.copy(1, UID).cloned() else { return };
        let mut tree = copy.tree().clone();
        self.count += 1;
        let what = self.dice.below(if self.is_recurring { 10 } else { 5 });
        let part = self.dice.below(copy.components().count());
        let attendee = self.dice.one_of(&ATTENDEES);
        let edited = match what {
            0 => edit_part(&mut tree, part, |part| {
                part.set_property(Property::new("SUMMARY", &format!("Title {}", self.count)))
            }),
            1 => edit_part(&mut tree, part, |part| {
                part.set_property(Property::new("LOCATION", &format!("Room {}", self.count)))
            }),
            2 => {
                let hour = 8 + self.dice.below(4);
                edit_part(&mut tree, part, |part| move_to(part, hour))
            }
            3 => edit_part(&mut tree, part, |part| toggle(part, attendee)),
            4 => edit_part(&mut tree, part, |part| ask_again(part, attendee)),
            5 | 6 => self.override_one(&copy, &mut tree),
            7 => self.drop_override(&copy, &mut tree),
            8 => self.toggle_exclusion(&copy, &mut tree),
            _ => {
                let count = 3 + self.dice.below(3);
                edit_part(&mut tree, 0, |part| {
                    part.set_property(Property::new("RRULE", &format!("FREQ=DAILY;COUNT={count}")))
                })
            }
        };
        if edited.is_none() {
            return;
        }
        drop_strays(&mut tree);
        let Ok(object) = CalendarObject::from_tree(tree) else { return };
        self.story.push(format!(
            "ann writes {what} on part {part} about {attendee}\n{}",
            String::from_utf8_lossy(&object.octets())
        ));
        let outcome = self.town.world.put(1, &object, intent(true)).unwrap();
        outcome.unwrap_or_else(|refusal| panic!("{refusal}\n{}", self.story.join("\n")));
    }

    fn override_one(&mut self, copy: &CalendarObject, tree: &mut Component) -> Option<()> {
        let ids = ids(copy);
        let id = *ids.get(self.dice.below(ids.len().max(1)))?;
        if copy.override_for(&id).is_some() {
            return None;
        }
        let mut part = copy.derive_override(&id)?;
        part.set_property(Property::new("SUMMARY", &format!("Special {}", self.count)));
        if self.dice.happens(2) {
            toggle(&mut part, self.dice.one_of(&ATTENDEES));
        }
        tree.push_component(part);
        Some(())
    }

    fn drop_override(&mut self, copy: &CalendarObject, tree: &mut Component) -> Option<()> {
        let overrides: Vec<InstanceId> =
            copy.overrides().map(|part| copy.instance_id(part)).collect();
        let id = *overrides.get(self.dice.below(overrides.len().max(1)))?;
        let mut at = tree::parts(copy).into_iter().map(|(at, _)| at);
        tree.retain_components(|part| part.name() != "VEVENT" || at.next() != Some(id));
        if self.dice.happens(2)
            && let InstanceId::Recurrence(instant) = id
        {
            tree::master_mut(tree, "VEVENT")?.exclude(&[instant], copy.zones());
        }
        Some(())
    }

    fn toggle_exclusion(&mut self, copy: &CalendarObject, tree: &mut Component) -> Option<()> {
        let master = tree::master_mut(tree, "VEVENT")?;
        let excluded = master.excluded(copy.zones());
        if let Some(instant) = excluded.first().filter(|_| self.dice.happens(2)) {
            master.reinstate(*instant, copy.zones());
            return Some(());
        }
        let ids = ids(copy);
        let id = *ids.get(self.dice.below(ids.len().max(1)))?;
        let InstanceId::Recurrence(instant) = id else { return None };
        if copy.override_for(&id).is_some() || ids.len() < 3 {
            return None;
        }
        master.exclude(&[instant], copy.zones());
        Some(())
    }

    fn attendee_writes(&mut self) {
        let name = self.dice.one_of(&ATTENDEES);
        let Some(copy) = self.town.world.copy(self.town.id(name), UID).cloned() else { return };
        let partstat = self.dice.one_of(&["ACCEPTED", "DECLINED", "TENTATIVE"]);
        let mut tree = copy.tree().clone();
        let what = self.dice.below(if self.is_recurring { 6 } else { 2 });
        let part = self.dice.below(copy.components().count());
        let edited = match what {
            0 | 1 => edit_part(&mut tree, part, |part| answer(part, name, partstat)),
            2 | 3 => self.answer_one(&copy, &mut tree, name, partstat),
            4 => self.leave_one_out(&copy, &mut tree),
            _ => edit_part(&mut tree, part, |part| part.set_property(Property::new("X-MINE", "1"))),
        };
        let Some(()) = edited else { return };
        let object = CalendarObject::from_tree(tree).unwrap();
        self.story.push(format!(
            "{name} writes {what} {partstat}\n{}",
            String::from_utf8_lossy(&object.octets())
        ));
        let id = self.town.id(name);
        let outcome = self.town.world.put(id, &object, Intent::default()).unwrap();
        outcome.unwrap_or_else(|refusal| panic!("{refusal}\n{}", self.story.join("\n")));
    }

    fn answer_one(
        &mut self,
        copy: &CalendarObject,
        tree: &mut Component,
        name: &str,
        partstat: &str,
    ) -> Option<()> {
        let ids = ids(copy);
        let id = *ids.get(self.dice.below(ids.len().max(1)))?;
        if copy.override_for(&id).is_some() {
            return None;
        }
        let mut part = copy.derive_override(&id)?;
        answer(&mut part, name, partstat);
        tree.push_component(part);
        Some(())
    }

    fn leave_one_out(&mut self, copy: &CalendarObject, tree: &mut Component) -> Option<()> {
        let ids = ids(copy);
        let id = *ids.get(self.dice.below(ids.len().max(1)))?;
        let InstanceId::Recurrence(instant) = id else { return None };
        let master = tree::master_mut(tree, "VEVENT")?;
        if master.is_cancelled() {
            return None;
        }
        master.exclude(&[instant], copy.zones());
        let mut at = tree::parts(copy).into_iter().map(|(at, _)| at);
        tree.retain_components(|part| part.name() != "VEVENT" || at.next() != Some(id));
        Some(())
    }

    /// Delivers the oldest message of a random sender to a random recipient.
    fn deliver(&mut self) {
        let channels: BTreeSet<(String, i64)> = self
            .town
            .world
            .under_way()
            .iter()
            .map(|parcel| (parcel.sender.as_str().to_owned(), parcel.recipient))
            .collect();
        let channels: Vec<_> = channels.into_iter().collect();
        let Some(channel) = channels.get(self.dice.below(channels.len().max(1))) else { return };
        let at = self.town.world.under_way().iter().position(|parcel| {
            parcel.sender.as_str() == channel.0 && parcel.recipient == channel.1
        });
        self.deliver_at(at.unwrap());
    }

    fn deliver_at(&mut self, at: usize) {
        let parcel = self.town.world.under_way()[at].clone();
        self.story.push(format!(
            "{} {} arrives at {} ({:?})\n{}",
            parcel.sender.as_str(),
            parcel.message.method(),
            parcel.recipient,
            parcel.notice,
            String::from_utf8_lossy(&parcel.message.octets())
        ));
        self.delivered.push(parcel.clone());
        let merge = self.town.world.deliver(at).unwrap();
        let text: Vec<String> = merge
            .reasons
            .iter()
            .map(|reason| format!("{}: {}", reason.verdict, reason.text))
            .collect();
        self.story.push(text.join("; "));
        self.twice_is_once(&parcel);
    }

    /// "Applying a message twice equals applying it once."
    fn twice_is_once(&mut self, parcel: &Parcel) {
        let before = self.town.world.copy(parcel.recipient, UID).map(CalendarObject::octets);
        let items = self.town.world.inbox(parcel.recipient).len();
        let again = self.town.world.hand_over(parcel).unwrap();
        let after = self.town.world.copy(parcel.recipient, UID).map(CalendarObject::octets);
        assert_eq!(before, after, "{}", self.story.join("\n"));
        let shown = again.reasons.iter().any(|reason| reason.verdict == Verdict::Ignored);
        assert!(
            shown || self.town.world.inbox(parcel.recipient).len() == items,
            "{}",
            self.story.join("\n")
        );
    }

    /// A message that was delivered once comes late again.
    fn deliver_again(&mut self) {
        let Some(parcel) =
            self.delivered.get(self.dice.below(self.delivered.len().max(1))).cloned()
        else {
            return;
        };
        self.story.push(format!(
            "again: {} {} at {}",
            parcel.sender.as_str(),
            parcel.message.method(),
            parcel.recipient
        ));
        self.town.world.hand_over(&parcel);
    }

    fn deliver_all(&mut self) {
        while !self.town.world.under_way().is_empty() {
            self.town.world.wait(1);
            self.deliver();
        }
        self.town.world.refresh_copies();
    }

    fn end(mut self) -> Result<(), String> {
        self.deliver_all();
        let organizers = self.town.copy("ann").clone();
        for name in ATTENDEES {
            let copy = self.town.world.copy(self.town.id(name), UID);
            agree(&organizers, copy, name).map_err(|what| {
                let text = |object: &CalendarObject| {
                    String::from_utf8_lossy(&object.octets()).into_owned()
                };
                let (story, theirs) = (self.story.join("\n"), copy.map(text).unwrap_or_default());
                format!("{name}: {what}\n{story}\nORGANIZER\n{}\nCOPY\n{theirs}", text(&organizers))
            })?;
        }
        Ok(())
    }
}

fn histories() -> u64 {
    std::env::var("HISTORIES").ok().and_then(|number| number.parse().ok()).unwrap_or(HISTORIES)
}

/// Walks many histories, and tells the shortest of those that break the law.
fn walk(is_recurring: bool, is_prompt: bool) {
    let histories = histories();
    let broken = (1..=histories).filter_map(|seed| {
        let mut walk = Walk::new(seed, is_recurring);
        let steps = 4 + seed as usize % STEPS;
        for _ in 0..steps {
            walk.step();
            if is_prompt {
                walk.deliver_all();
            }
        }
        walk.end().err().map(|story| format!("history {seed}: {story}"))
    });
    let broken: Vec<String> = broken.collect();
    let shortest = broken.iter().min_by_key(|story| story.len());
    assert!(broken.is_empty(), "{} of {histories} histories\n{}", broken.len(), shortest.unwrap());
}

fn ids(object: &CalendarObject) -> Vec<InstanceId> {
    object.all_instances(&Zone::utc(), &Limits::default()).map(|instance| instance.id).collect()
}

fn edit_part(tree: &mut Component, at: usize, edit: impl FnOnce(&mut Component)) -> Option<()> {
    let part = tree.components_mut().filter(|part| part.name() == "VEVENT").nth(at)?;
    if part.is_cancelled() {
        return None;
    }
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

fn answer(part: &mut Component, name: &str, partstat: &str) {
    for line in part.properties_mut().filter(|line| line.is("ATTENDEE")) {
        if tree::address(line) == Some(address(name)) {
            line.set_param("PARTSTAT", partstat);
        }
    }
}

/// A client that moves a series drops the overrides that are none any more.
fn drop_strays(tree: &mut Component) {
    let object = CalendarObject::from_tree(tree.clone()).unwrap();
    let mut keep = tree::parts(&object)
        .into_iter()
        .map(|(id, _)| tree::by_the_series(&object, id).is_some() || id == InstanceId::Master)
        .collect::<Vec<_>>()
        .into_iter();
    tree.retain_components(|part| part.name() != "VEVENT" || keep.next().unwrap());
}

/// What one sees of an instance.
type Sight = (Timestamp, Timestamp, Vec<Option<String>>, BTreeMap<String, String>);

fn seen(object: &CalendarObject, by: &str) -> BTreeMap<InstanceId, Sight> {
    let instances = object.all_instances(&Zone::utc(), &Limits::default());
    let mut seen = BTreeMap::new();
    for instance in instances {
        let part = instance.component;
        if part.attendee(&address(by)).is_none() || part.is_cancelled() {
            continue;
        }
        let text = |name: &str| part.property(name).map(|line| line.value().to_owned());
        let people = part
            .attendees()
            .map(|line| (line.address().unwrap().as_str().to_owned(), line.partstat().to_string()));
        seen.insert(
            instance.id,
            (
                instance.start,
                instance.end,
                vec![text("SUMMARY"), text("LOCATION")],
                people.collect(),
            ),
        );
    }
    seen
}

fn agree(
    organizers: &CalendarObject,
    copy: Option<&CalendarObject>,
    name: &str,
) -> Result<(), String> {
    let told = seen(organizers, name);
    let has = copy.map(|copy| seen(copy, name)).unwrap_or_default();
    for (id, sight) in &told {
        let own = sight.3.get(address(name).as_str()).cloned();
        match has.get(id) {
            Some(other) if other == sight => {}
            Some(other) => return Err(format!("{id:?} is {other:?}, not {sight:?}")),
            // What he declined and left out, he does not see.
            None if own.as_deref() == Some("DECLINED") => {}
            None => return Err(format!("{id:?} is missing: {sight:?}")),
        }
    }
    match has.keys().find(|id| !told.contains_key(id)) {
        Some(id) => Err(format!("{id:?} should not be there")),
        None => Ok(()),
    }
}

#[test]
fn copies_agree_when_all_is_delivered_for_single_meetings() {
    walk(false, false);
}

#[test]
fn copies_agree_when_all_is_delivered_for_series() {
    walk(true, true);
}

#[test]
fn a_role_is_the_same_before_and_after_what_the_server_writes() {
    for seed in 1..=histories() / 4 {
        let mut walk = Walk::new(seed, true);
        (0..STEPS).for_each(|_| walk.step());
        let copy = walk.town.copy("ann").clone();
        assert_eq!(
            crate::itip::role_of(&copy, &super::support::user(1, "ann")),
            SchedulingRole::Organizer
        );
    }
}
