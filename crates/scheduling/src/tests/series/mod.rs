//! Recurring meetings: who is told about which instance, and what that makes of the copies (RFC
//! 6638 sections 3.2.6 and 3.2.8, appendix B.7 and B.8; RFC 5546 section 3.2).

mod attendee;
mod crossing;
mod delegated_dates;
mod delegation;
mod guests;
mod left_out;
mod organizer;
mod range;
mod reschedule;

use calendar::{CalendarObject, InstanceId, Limits, Method};

use super::support::{Town, UID, address, unfolded};
use crate::itip::{Decision, Intent};

pub(super) const SERIES: &str = "
    ORGANIZER:mailto:ann@example.com
    ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com
    ATTENDEE;RSVP=TRUE:mailto:ben@example.com
    ATTENDEE;RSVP=TRUE:mailto:cho@example.com
    DTSTART;TZID=Europe/Berlin:20260302T100000
    DTEND;TZID=Europe/Berlin:20260302T110000
    RRULE:FREQ=DAILY;COUNT=5
    SUMMARY:Review";

/// An override of the series on a day of March, with these attendees beside ann.
pub(super) fn on(day: u32, summary: &str, attendees: &[&str]) -> String {
    let mut text = format!(
        "ORGANIZER:mailto:ann@example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com\n\
         RECURRENCE-ID;TZID=Europe/Berlin:202603{day:02}T100000\nDTSTART;TZID=Europe/Berlin:202603{day:02}T100000\n\
         DTEND;TZID=Europe/Berlin:202603{day:02}T110000\nSUMMARY:{summary}"
    );
    for attendee in attendees {
        text.push_str(&format!("\nATTENDEE;RSVP=TRUE:mailto:{attendee}@example.com"));
    }
    text
}

pub(super) fn id(day: u32) -> InstanceId {
    InstanceId::Recurrence(format!("2026-03-{day:02}T09:00:00Z").parse().unwrap())
}

pub(super) fn town() -> Town {
    Town::of(&["ann", "ben", "cho", "dov"])
}

pub(super) fn invited() -> Town {
    let mut town = town();
    town.put("ann", SERIES);
    assert_eq!(town.news(), ["ben REQUEST 1", "cho REQUEST 1"]);
    town
}

pub(super) fn with(parts: &[&str]) -> String {
    std::iter::once(SERIES).chain(parts.iter().copied()).collect::<Vec<_>>().join("\n\n")
}

impl Town {
    /// What an instance of somebody's copy says, by a property.
    pub(super) fn says(&self, name: &str, day: u32, property: &str) -> Option<String> {
        let copy = self.world.copy(self.id(name), UID)?;
        let component = copy.component_for(&id(day))?;
        Some(component.property(property)?.value().to_owned())
    }

    /// An attendee's PARTSTAT on a day, in somebody's copy.
    pub(super) fn comes(&self, copy_of: &str, attendee: &str, day: u32) -> String {
        let copy = self.copy(copy_of);
        let Some(component) = copy.component_for(&id(day)) else { return "no instance".to_owned() };
        let line = component.attendee(&address(attendee));
        line.map_or_else(|| "not listed".to_owned(), |line| line.partstat().to_string())
    }

    /// An attendee answers for one day, by a component of its own.
    pub(super) fn answer_on(&mut self, name: &str, day: u32, partstat: &str) -> Decision {
        let copy = self.copy(name);
        let mut component = copy
            .override_for(&id(day))
            .cloned()
            .or_else(|| copy.derive_override(&id(day)))
            .unwrap();
        for line in component.properties_mut().filter(|line| line.is("ATTENDEE")) {
            if line.value().ends_with(&format!("{name}@example.com")) {
                line.set_param("PARTSTAT", partstat);
                line.remove_param("DELEGATED-TO");
            }
        }
        let mut tree = copy.tree().clone();
        let keep: Vec<bool> = tree
            .components()
            .map(|part| part.name() != "VEVENT" || copy.instance_id(part) != id(day))
            .collect();
        let mut keep = keep.into_iter();
        tree.retain_components(|_| keep.next().unwrap());
        tree.push_component(component);
        self.store(name, &CalendarObject::from_tree(tree).unwrap())
    }

    /// A user leaves out a day by EXDATE, and the component of that day.
    pub(super) fn leave_out(&mut self, name: &str, day: u32) -> Decision {
        let text = unfolded(&self.copy(name).octets());
        let mut parts: Vec<String> = text.split("BEGIN:VEVENT\n").map(str::to_owned).collect();
        let is_of_day = |line: &str| {
            line.starts_with("RECURRENCE-ID") && line.contains(&format!(":202603{day:02}"))
        };
        parts.retain(|part| !part.lines().any(is_of_day));
        let mut text = parts.join("BEGIN:VEVENT\n");
        text = text
            .replace("RRULE:", &format!("EXDATE;TZID=Europe/Berlin:202603{day:02}T100000\nRRULE:"));
        if !text.ends_with("END:VCALENDAR\n") {
            text.push_str("END:VCALENDAR\n");
        }
        self.store(name, &CalendarObject::parse(text.as_bytes(), &Limits::default()).unwrap())
    }

    /// The number of the first message under way from one to another.
    pub(super) fn under_way(&self, from: &str, to: &str, method: Method) -> usize {
        let sender = address(from);
        let at = self.world.under_way().iter().position(|parcel| {
            parcel.sender == sender
                && parcel.recipient == self.id(to)
                && parcel.message.method() == method
        });
        at.unwrap_or_else(|| panic!("no {method} from {from} to {to}"))
    }

    /// Delivers that message before all others.
    pub(super) fn hurry(&mut self, from: &str, to: &str, method: Method) {
        let at = self.under_way(from, to, method);
        self.world.deliver(at).unwrap();
    }

    pub(super) fn store(&mut self, name: &str, object: &CalendarObject) -> Decision {
        self.world.wait(1);
        self.world.put(self.id(name), object, Intent::default()).unwrap().unwrap()
    }
}
