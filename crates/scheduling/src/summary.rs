//! What a message says, in one sentence: the text of a notification.

use std::collections::BTreeMap;
use std::fmt;

use calendar::zone::Zone;
use calendar::{
    Attendee, CalendarAddress, CalendarObject, CalendarTime, Component, ComponentKind, Method,
    Partstat,
};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use crate::tree;

/// The facts of one message that a person wants to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// What kind of message it is.
    pub kind: Kind,
    /// Everybody who takes part in what the message is about, in order of address.
    pub participants: Vec<Participant>,
    /// When it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// SUMMARY, unescaped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// The kind of a message, as its recipient sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The recipient hears of it for the first time.
    Invitation,
    /// Something he knew of has changed.
    Update {
        /// What changed, from what to what.
        changes: Vec<WhatChanged>,
    },
    /// An attendee's answer.
    Answer {
        /// The PARTSTAT he answers with, as written.
        partstat: String,
        /// Who answers.
        attendee: String,
    },
    /// It does not take place, or not with the recipient.
    Cancellation,
    /// When somebody is busy: told, or asked for.
    BusyTime {
        /// The METHOD.
        method: String,
    },
    /// A message of another method.
    Other {
        /// The METHOD.
        method: String,
    },
}

/// One participant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Participant {
    /// The address, without `mailto:`.
    pub address: String,
    /// CN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether this is the organizer.
    pub is_organizer: bool,
}

/// A start: as an instant, and for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The instant; floating times and dates are read as UTC.
    #[serde(with = "crate::reason::wire::instant")]
    pub instant: Timestamp,
    /// Date and time in the zone that the organizer gave them in.
    pub text: String,
}

/// One property that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatChanged {
    /// Which, in a word: `title`, `start`, `participants`, …
    pub what: String,
    /// The old value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The new value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// The properties whose change is told, and what a person calls them.
const WORDS: [(&str, &str); 11] = [
    ("SUMMARY", "title"),
    ("DTSTART", "start"),
    ("DTEND", "end"),
    ("DURATION", "length"),
    ("DUE", "due"),
    ("LOCATION", "place"),
    ("STATUS", "status"),
    ("RRULE", "recurrence"),
    ("RDATE", "added dates"),
    ("EXDATE", "left-out dates"),
    ("DESCRIPTION", "description"),
];

impl Summary {
    /// What a message from outside says, as far as it tells by itself.
    pub fn of_message(message: &calendar::Message) -> Self {
        let first = message.components().next();
        let answering = first.and_then(|component| tree::attendees(component).next());
        let kind = match (message.method(), answering) {
            (method, _) if message.content().kind() == ComponentKind::FreeBusy => {
                Kind::BusyTime { method: method.to_string() }
            }
            (Method::Request, _) => Kind::Invitation,
            (Method::Cancel, _) => Kind::Cancellation,
            (Method::Reply, Some((address, line))) => answer(&line.partstat(), &address),
            (method, _) => Kind::Other { method: method.to_string() },
        };
        Self::of(kind, message.content(), first.unwrap_or_else(|| message.tree()))
    }

    /// What `component` of `object` is about.
    pub(crate) fn of(kind: Kind, object: &CalendarObject, component: &Component) -> Self {
        Self {
            kind,
            participants: participants(component),
            start: start(object, component),
            title: title(component),
        }
    }

    /// What changed between two versions of a component, property by property.
    pub(crate) fn changes(
        old: (&CalendarObject, &Component),
        new: (&CalendarObject, &Component),
    ) -> Vec<WhatChanged> {
        let mut changes: Vec<WhatChanged> = WORDS
            .iter()
            .filter_map(|(name, what)| {
                let (from, to) = (said(old.1, name), said(new.1, name));
                (from != to).then(|| WhatChanged { what: (*what).to_owned(), from, to })
            })
            .collect();
        let (from, to) = (addresses(old.1), addresses(new.1));
        if from != to {
            let (from, to) = (Some(from.join(", ")), Some(to.join(", ")));
            changes.push(WhatChanged { what: "participants".to_owned(), from, to });
        }
        changes
    }
}

fn title(component: &Component) -> Option<String> {
    component.property("SUMMARY").map(|summary| summary.to_text().into_owned())
}

fn start(object: &CalendarObject, component: &Component) -> Option<Start> {
    let property = component.property("DTSTART").or_else(|| component.property("DUE"))?;
    let time = CalendarTime::from_property(property).ok()?;
    Some(Start { instant: time.instant(object.zones(), &Zone::utc()), text: time_text(property) })
}

fn said(component: &Component, name: &str) -> Option<String> {
    let written: Vec<String> = component
        .properties_named(name)
        .map(|property| match name {
            "DTSTART" | "DTEND" | "DUE" | "RDATE" | "EXDATE" => time_text(property),
            _ => property.to_text().into_owned(),
        })
        .collect();
    (!written.is_empty()).then(|| written.join(", "))
}

/// Dates and times as people write them, in the zone in which they were given.
fn time_text(property: &calendar::Property) -> String {
    let times: Vec<String> = property.value().split(',').map(time).collect();
    let times = times.join(", ");
    match property.param("TZID") {
        Some(zone) => format!("{times} ({zone})"),
        None => times,
    }
}

/// `20260302T090000Z` as `2026-03-02 09:00 UTC`; what is no date or time stays as it is.
fn time(value: &str) -> String {
    let value = value.trim();
    let (local, zone) = value.strip_suffix('Z').map_or((value, ""), |local| (local, " UTC"));
    if let Ok(date) = Date::strptime("%Y%m%d", local) {
        return date.to_string();
    }
    let Ok(time) = DateTime::strptime("%Y%m%dT%H%M%S", local) else { return value.to_owned() };
    let format = if time.second() == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
    format!("{}{zone}", time.strftime(format))
}

fn participants(component: &Component) -> Vec<Participant> {
    let organizer = tree::organizer(component);
    let mut all: BTreeMap<CalendarAddress, Participant> = BTreeMap::new();
    let organizing = organizer.as_ref().map(|(address, line)| (address.clone(), *line));
    let attending = tree::attendees(component).map(|(address, line)| (address, line.property()));
    for (address, line) in organizing.into_iter().chain(attending) {
        let is_organizer = organizer.as_ref().is_some_and(|(of, _)| *of == address);
        let participant = Participant { address: shown(&address), name: None, is_organizer };
        let participant = all.entry(address).or_insert(participant);
        if participant.name.is_none() {
            participant.name = Attendee::new(line).common_name();
        }
    }
    all.into_values().collect()
}

fn addresses(component: &Component) -> Vec<String> {
    participants(component).into_iter().map(|participant| participant.address).collect()
}

pub(crate) fn shown(address: &CalendarAddress) -> String {
    address.mail().unwrap_or_else(|| address.as_str()).to_owned()
}

pub(crate) fn answer(partstat: &Partstat, attendee: &CalendarAddress) -> Kind {
    Kind::Answer { partstat: partstat.as_str().to_owned(), attendee: shown(attendee) }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = self.title.as_deref().unwrap_or("(no title)");
        match &self.kind {
            Kind::Invitation => write!(f, "Invitation to “{title}”")?,
            Kind::Update { .. } => write!(f, "“{title}” has changed")?,
            Kind::Answer { partstat, attendee } => {
                write!(f, "{attendee} answers {partstat} to “{title}”")?
            }
            Kind::Cancellation => write!(f, "“{title}” is cancelled")?,
            Kind::BusyTime { method } => write!(f, "{method} about busy time")?,
            Kind::Other { method } => write!(f, "{method} about “{title}”")?,
        }
        if let Some(start) = &self.start {
            write!(f, ", {}", start.text)?;
        }
        let names: Vec<&str> = self.participants.iter().map(Participant::label).collect();
        if !names.is_empty() {
            write!(f, ", with {}", names.join(", "))?;
        }
        if let Kind::Update { changes } = &self.kind {
            for (at, change) in changes.iter().enumerate() {
                write!(f, "{} {change}", if at == 0 { ":" } else { ";" })?;
            }
        }
        f.write_str(".")
    }
}

impl Participant {
    fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.address)
    }
}

impl fmt::Display for WhatChanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => write!(f, "{} from {from} to {to}", self.what),
            (None, Some(to)) => write!(f, "{} is now {to}", self.what),
            (Some(from), None) => write!(f, "{} is no longer {from}", self.what),
            (None, None) => f.write_str(&self.what),
        }
    }
}

#[cfg(test)]
mod tests {
    use calendar::Property;

    use super::*;

    #[test]
    fn times_are_written_for_people() {
        for (tzid, value, expected) in [
            (None, "20260302", "2026-03-02"),
            (None, "20260302T090000Z", "2026-03-02 09:00 UTC"),
            (None, "20260302T090000", "2026-03-02 09:00"),
            (None, "20260302T090030Z", "2026-03-02 09:00:30 UTC"),
            (Some("Europe/Berlin"), "20260302T090000", "2026-03-02 09:00 (Europe/Berlin)"),
            (None, "20260302,20260303", "2026-03-02, 2026-03-03"),
            (None, "20260302T090000Z/PT1H", "20260302T090000Z/PT1H"),
            (None, "soon", "soon"),
        ] {
            let mut property = Property::new("DTSTART", value);
            if let Some(tzid) = tzid {
                property.set_param("TZID", tzid);
            }
            assert_eq!(time_text(&property), expected);
        }
    }
}
