//! Playing a story: what people write is stored in a [`World`], the post does what the story says, and the story is
//! told as it happened.

use calendar::{CalendarAddress, CalendarObject, Component, InstanceId, Limits, Property};
use jiff::Timestamp;

use super::story::{Deed, Line, Script, Step, Which, Write, error};
use super::{Parcel, StoryError, World};
use crate::inbound::Merge;
use crate::itip::{Decision, Intent};
use crate::{LocalUser, Refusal, UserKind, tree};

/// When every story begins.
const BEGINNING: &str = "2026-01-05T08:00:00Z";

/// The lines of a meeting of one hour.
const MEETING: [(&str, &str); 2] = [("DTSTART", "20260302T100000Z"), ("DTEND", "20260302T110000Z")];

/// Plays a story, and tells it as it happened.
///
/// # Errors
/// The line that is no sentence of the language, or at which it took another course.
pub fn play(text: &str) -> Result<Vec<String>, StoryError> {
    let script = Script::parse(text)?;
    let mut play = Play::new(&script)?;
    play.tell(&script.title);
    for step in &script.steps {
        play.tell(&format!("\n{}", step.sentence));
        play.step(step)?;
    }
    match &play.refused {
        Some((line, why)) => Err(error(*line, format!("it is refused: {why}"))),
        None => Ok(play.told),
    }
}

struct Play {
    world: World,
    people: Vec<String>,
    delivered: Vec<Parcel>,
    /// The last write, if it was refused and the story has not said so.
    refused: Option<(usize, String)>,
    told: Vec<String>,
}

impl Play {
    fn new(script: &Script) -> Result<Self, StoryError> {
        let now = BEGINNING.parse().map_err(|_| error(1, "no time to begin"))?;
        let mut world = World::new(now);
        for (principal, name) in (1..).zip(&script.people) {
            let address = address(name).ok_or_else(|| error(1, "no address"))?;
            world.add_user(LocalUser { principal, kind: UserKind::User, addresses: vec![address] });
        }
        let people = script.people.clone();
        Ok(Self { world, people, delivered: Vec::new(), refused: None, told: Vec::new() })
    }

    fn tell(&mut self, text: &str) {
        self.told.push(text.to_owned());
    }

    fn step(&mut self, step: &Step) -> Result<(), StoryError> {
        if let (Some((line, why)), false) = (&self.refused, matches!(step.deed, Deed::Refused)) {
            return Err(error(*line, format!("it is refused: {why}")));
        }
        let done = match &step.deed {
            Deed::Write { who, what, write } => {
                self.world.wait(1);
                self.write(step.line, who, what, write)
            }
            Deed::Refused => self.refused.take().map(drop).ok_or("it is not refused".to_owned()),
            Deed::EverythingArrives => {
                self.deliver_everything();
                Ok(())
            }
            Deed::Arrives(which) => self.under_way(which).map(|at| self.deliver(at)),
            Deed::ArrivesAgain(which) => self.deliver_again(which),
            Deed::IsLost(which) => self.under_way(which).map(|at| drop(self.world.discard(at))),
            Deed::NothingIsUnderWay => self.nothing_is_under_way(),
            Deed::Waits(seconds) => {
                self.world.wait(*seconds);
                Ok(())
            }
            Deed::Shows { who, what, on, block } => self.shows(who, what, *on, block),
            Deed::HasNo { who, what } => self.has_no(who, what),
        };
        done.map_err(|text| error(step.line, text))
    }

    fn write(&mut self, line: usize, who: &str, what: &str, write: &Write) -> Result<(), String> {
        let (user, uid) = (self.user(who)?, uid(what));
        let before = self.world.under_way().len();
        let decided = match write {
            Write::Delete => self.world.delete(user, &uid, Intent::default()),
            Write::Invite { guests, block } => {
                let mut event = meeting(who, what, guests);
                edit(&mut event, block);
                self.put(user, &whole(event)?)
            }
            Write::Save { kind, block } => {
                let mut component = new_component(kind, &uid);
                edit(&mut component, block);
                self.put(user, &whole(component)?)
            }
            Write::Edit { on, block } => self.change(user, &uid, *on, |part| edit(part, block))?,
            Write::Answer { on, partstat } => {
                let own = address(who).ok_or("no address")?;
                self.change(user, &uid, *on, |part| {
                    say(part, &own, |line| line.set_param("PARTSTAT", partstat));
                })?
            }
            Write::Delegate { to } => {
                let own = address(who).ok_or("no address")?;
                self.change(user, &uid, None, |part| {
                    say(part, &own, |line| {
                        line.set_param("PARTSTAT", "DELEGATED");
                        line.set_param("DELEGATED-TO", to.as_str());
                    });
                })?
            }
            Write::LeaveOut { on } => {
                let copy = self.copy(user, &uid)?;
                let zones = copy.zones().clone();
                let id = InstanceId::Recurrence(*on);
                let mut ids = tree::parts(copy).into_iter().map(|(id, _)| id);
                let (kind, mut tree) = (copy.kind().as_str(), copy.tree().clone());
                tree.retain_components(|part| part.name() != kind || ids.next() != Some(id));
                let series = tree::master_mut(&mut tree, kind).ok_or("there is no series")?;
                series.exclude(&[*on], &zones);
                self.put(user, &CalendarObject::from_tree(tree).map_err(|error| error.detail())?)
            }
        };
        match decided.ok_or_else(|| format!("{who} has no {what}"))? {
            Err(refusal) => self.refused = Some((line, refusal.to_string())),
            Ok(decision) => self.tell_messages(&decision, before),
        }
        Ok(())
    }

    /// Changes a copy: the component of one date, which is told apart if it is not, or the first one.
    fn change(
        &mut self,
        user: i64,
        uid: &str,
        on: Option<Timestamp>,
        change: impl FnOnce(&mut Component),
    ) -> Result<Option<Result<Decision, Refusal>>, String> {
        let copy = self.copy(user, uid)?.clone();
        let mut tree = copy.tree().clone();
        let id = on.map(InstanceId::Recurrence);
        let first = copy.components().next().map(|part| copy.instance_id(part));
        let id = id.or(first).ok_or("there is nothing to change")?;
        if let Some(part) = tree::part_mut(&copy, &mut tree, id) {
            change(part);
        } else {
            let mut part = copy.derive_override(&id).ok_or("there is no such date")?;
            change(&mut part);
            tree.push_component(part);
        }
        let object = CalendarObject::from_tree(tree).map_err(|error| error.detail())?;
        Ok(self.put(user, &object))
    }

    fn put(&mut self, user: i64, object: &CalendarObject) -> Option<Result<Decision, Refusal>> {
        self.world.put(user, object, Intent { matched: true, ..Intent::default() })
    }

    fn copy(&self, user: i64, uid: &str) -> Result<&CalendarObject, String> {
        self.world.copy(user, uid).ok_or_else(|| format!("{} has no copy", self.name(user)))
    }

    /// In order, and what the server does by itself afterwards.
    fn deliver_everything(&mut self) {
        while !self.world.under_way().is_empty() {
            self.deliver(0);
        }
        self.world.refresh_copies();
    }

    fn deliver_again(&mut self, which: &Which) -> Result<(), String> {
        let known = self.delivered.iter().rfind(|parcel| self.is_meant(which, parcel)).cloned();
        let parcel = known.ok_or("no such message has arrived")?;
        let merge = self.world.hand_over(&parcel);
        self.tell_arrival(&parcel, merge);
        Ok(())
    }

    fn nothing_is_under_way(&self) -> Result<(), String> {
        let Some(parcel) = self.world.under_way().first() else { return Ok(()) };
        Err(format!(
            "a {} to {} is under way",
            parcel.message.method(),
            self.name(parcel.recipient)
        ))
    }

    fn has_no(&self, who: &str, what: &str) -> Result<(), String> {
        match self.world.copy(self.user(who)?, &uid(what)) {
            None => Ok(()),
            Some(_) => Err(format!("{who} has it")),
        }
    }

    fn deliver(&mut self, at: usize) {
        let Some(parcel) = self.world.under_way().get(at).cloned() else { return };
        let merge = self.world.deliver(at);
        self.tell_arrival(&parcel, merge);
        self.delivered.push(parcel);
    }

    fn tell_messages(&mut self, decision: &Decision, before: usize) {
        let sent: Vec<String> = self
            .world
            .under_way()
            .iter()
            .skip(before)
            .map(|parcel| {
                format!(
                    "  {} to {}: {}",
                    parcel.message.method(),
                    self.name(parcel.recipient),
                    parcel.summary
                )
            })
            .collect();
        self.told.extend(sent);
        let why = decision.reasons.iter().map(|reason| {
            let whom = reason.attendee.as_ref().map(crate::summary::shown);
            format!(
                "  ({}{}: {})",
                whom.map(|whom| whom + ", ").unwrap_or_default(),
                reason.verdict,
                reason.text
            )
        });
        self.told.extend(why);
    }

    fn tell_arrival(&mut self, parcel: &Parcel, merge: Option<Merge>) {
        let (method, to) = (parcel.message.method(), self.name(parcel.recipient).to_owned());
        for reason in merge.into_iter().flat_map(|merge| merge.reasons) {
            self.told.push(format!("  {method} at {to}: {}, {}", reason.verdict, reason.text));
        }
    }

    fn under_way(&self, which: &Which) -> Result<usize, String> {
        let parcels = self.world.under_way();
        let mut such = (0..parcels.len())
            .filter(|at| parcels.get(*at).is_some_and(|parcel| self.is_meant(which, parcel)));
        let found = if which.is_last { such.next_back() } else { such.next() };
        found.ok_or_else(|| "no such message is under way".to_owned())
    }

    fn is_meant(&self, which: &Which, parcel: &Parcel) -> bool {
        let is =
            |name: &Option<String>, other: &str| name.as_ref().is_none_or(|name| name == other);
        let sender = crate::summary::shown(&parcel.sender);
        parcel.message.method() == which.method
            && is(&which.to, self.name(parcel.recipient))
            && is(&which.from, sender.split('@').next().unwrap_or_default())
    }

    fn shows(
        &self,
        who: &str,
        what: &str,
        on: Option<Timestamp>,
        block: &[Line],
    ) -> Result<(), String> {
        let copy = self.copy(self.user(who)?, &uid(what))?;
        let component = match on {
            Some(date) => copy.component_for(&InstanceId::Recurrence(date)),
            None => copy.components().next(),
        };
        let component = component.ok_or("there is no such date")?;
        for line in block {
            let is_so = match line {
                Line::Is(expected) => component.properties().any(|line| is_shown(expected, line)),
                Line::IsNot(name) => component.property(name).is_none(),
            };
            if !is_so {
                let text = String::from_utf8_lossy(&component.to_octets()).replace("\r\n", "\n");
                let line = match line {
                    Line::Is(expected) => format!("{}:{}", expected.name(), expected.value()),
                    Line::IsNot(name) => format!("-{name}"),
                };
                return Err(format!("it does not show {line}:\n{text}"));
            }
        }
        Ok(())
    }

    fn user(&self, name: &str) -> Result<i64, String> {
        let known = (1..).zip(&self.people).find(|(_, known)| *known == name);
        known.map(|(user, _)| user).ok_or_else(|| format!("{name} has no account"))
    }

    fn name(&self, user: i64) -> &str {
        let known = (1..).zip(&self.people).find(|(known, _)| *known == user);
        known.map_or("somebody", |(_, name)| name)
    }
}

/// Whether a line is there with the value and the parameters that are named.
fn is_shown(expected: &Property, line: &Property) -> bool {
    let same_value = tree::agree(&bare(expected), &bare(line), &[]);
    same_value
        && expected.params().iter().all(|parameter| {
            let default = if parameter.name() == "PARTSTAT" { "NEEDS-ACTION" } else { "" };
            line.param(parameter.name()).unwrap_or(default)
                == expected.param(parameter.name()).unwrap_or_default()
        })
}

fn bare(line: &Property) -> Property {
    Property::new(line.name(), line.value())
}

/// Sets, adds and takes away lines; a line of an attendee stands for his own.
fn edit(component: &mut Component, block: &[Line]) {
    for line in block {
        match line {
            Line::IsNot(name) => component.remove_properties(name),
            Line::Is(property) => match tree::address(property) {
                Some(address) if tree::is_attendee(property) => {
                    tree::set_attendee(component, &address, property.clone());
                }
                _ => component.set_property(property.clone()),
            },
        }
    }
}

/// A meeting of one hour.
fn meeting(organizer: &str, what: &str, guests: &[CalendarAddress]) -> Component {
    let mut event = new_component("VEVENT", &uid(what));
    for (name, value) in MEETING {
        event.push_property(Property::new(name, value));
    }
    event.push_property(Property::text("SUMMARY", what));
    let own = format!("mailto:{organizer}@example.com");
    event.push_property(Property::new("ORGANIZER", &own));
    event.push_property(Property::new("ATTENDEE", &own).with_param("PARTSTAT", "ACCEPTED"));
    for guest in guests {
        let line = Property::new("ATTENDEE", guest.as_str());
        event.push_property(line.with_param("RSVP", "TRUE"));
    }
    event
}

/// Changes an attendee's own lines.
fn say(part: &mut Component, own: &CalendarAddress, what: impl Fn(&mut Property)) {
    let lines = part.properties_mut().filter(|line| tree::is_attendee(line));
    lines.filter(|line| tree::address(line).as_ref() == Some(own)).for_each(what);
}

fn new_component(kind: &str, uid: &str) -> Component {
    let mut component = Component::new(kind);
    component.push_property(Property::text("UID", uid));
    component.push_property(Property::new("DTSTAMP", "20260101T000000Z"));
    component
}

fn whole(component: Component) -> Result<CalendarObject, String> {
    let mut tree = Component::new("VCALENDAR");
    tree.push_property(Property::new("VERSION", "2.0"));
    tree.push_property(Property::new("PRODID", calendar::PRODID));
    tree.push_component(component);
    CalendarObject::parse(&tree.to_octets(), &Limits::default()).map_err(|error| error.detail())
}

fn uid(what: &str) -> String {
    format!("{what}@scenario.example")
}

fn address(name: &str) -> Option<calendar::CalendarAddress> {
    calendar::CalendarAddress::parse(&format!("{name}@example.com")).ok()
}
