//! What the scheduling tests share: a world of users named by a word, and comparison by meaning.

use std::collections::BTreeSet;

use crate::itip::{Decision, Intent, Notice};
use crate::simulator::{Parcel, World};
use crate::{LocalUser, Refusal, UserKind};
use calendar::{CalendarAddress, CalendarObject, Limits};

/// Users by name: `bob` has `mailto:bob@example.com` and `mailto:bob@alias.example.com`.
pub(crate) struct Town {
    pub(crate) world: World,
    names: Vec<String>,
}

pub(crate) const UID: &str = "meeting@example.com";

impl Town {
    pub(crate) fn of(names: &[&str]) -> Self {
        let mut world = World::new("2026-01-05T08:00:00Z".parse().unwrap());
        for (at, name) in names.iter().enumerate() {
            world.add_user(user(at as i64 + 1, name));
        }
        Self { world, names: names.iter().map(|name| (*name).to_owned()).collect() }
    }

    pub(crate) fn id(&self, name: &str) -> i64 {
        let at = self.names.iter().position(|known| known == name);
        at.unwrap_or_else(|| panic!("nobody is called {name}")) as i64 + 1
    }

    /// A user stores an event; a second passes.
    pub(crate) fn put(&mut self, name: &str, lines: &str) -> Decision {
        self.put_with(name, lines, Intent::default())
            .unwrap_or_else(|refusal| panic!("{name}: {refusal}"))
    }

    pub(crate) fn put_with(
        &mut self,
        name: &str,
        lines: &str,
        intent: Intent,
    ) -> Result<Decision, Refusal> {
        self.world.wait(1);
        self.world.put(self.id(name), &event(lines), intent).unwrap()
    }

    /// A user edits what he has: each pair of texts is replaced in his copy.
    pub(crate) fn edit(&mut self, name: &str, edits: &[(&str, &str)]) -> Result<Decision, Refusal> {
        self.edit_with(name, edits, Intent::default())
    }

    pub(crate) fn edit_with(
        &mut self,
        name: &str,
        edits: &[(&str, &str)],
        intent: Intent,
    ) -> Result<Decision, Refusal> {
        let mut text = self.text(name);
        for (from, to) in edits {
            assert!(text.contains(from), "{name}'s copy does not have {from}:\n{text}");
            text = text.replace(from, to);
        }
        self.world.wait(1);
        let object = CalendarObject::parse(text.as_bytes(), &Limits::default()).unwrap();
        self.world.put(self.id(name), &object, intent).unwrap()
    }

    /// A user answers in his copy.
    pub(crate) fn answer(&mut self, name: &str, partstat: &str) -> Decision {
        let mut tree = self.copy(name).tree().clone();
        for component in tree.components_mut() {
            for line in component.properties_mut().filter(|line| line.is("ATTENDEE")) {
                if CalendarAddress::parse(line.value()).unwrap() == address(name) {
                    line.set_param("PARTSTAT", partstat);
                }
            }
        }
        self.world.wait(1);
        let object = CalendarObject::from_tree(tree).unwrap();
        self.world.put(self.id(name), &object, Intent::default()).unwrap().unwrap()
    }

    /// The organizer takes somebody off.
    pub(crate) fn take_off(&mut self, organizer: &str, attendee: &str) -> Decision {
        let mut tree = self.copy(organizer).tree().clone();
        for component in tree.components_mut() {
            component.retain_properties(|line| {
                !line.is("ATTENDEE")
                    || CalendarAddress::parse(line.value()).ok() != Some(address(attendee))
            });
        }
        self.world.wait(1);
        let object = CalendarObject::from_tree(tree).unwrap();
        self.world.put(self.id(organizer), &object, Intent::default()).unwrap().unwrap()
    }

    pub(crate) fn delete(&mut self, name: &str) -> Decision {
        self.world.wait(1);
        self.world.delete(self.id(name), UID, Intent::default()).unwrap().unwrap()
    }

    pub(crate) fn copy(&self, name: &str) -> &CalendarObject {
        self.world.copy(self.id(name), UID).unwrap_or_else(|| panic!("{name} has no copy"))
    }

    /// A user's copy, unfolded, with line feeds.
    pub(crate) fn text(&self, name: &str) -> String {
        unfolded(&self.copy(name).octets())
    }

    /// Delivers what is under way, and tells who found what in his inbox, as `bob REQUEST 1`.
    pub(crate) fn news(&mut self) -> Vec<String> {
        self.world.settle();
        let mut news = Vec::new();
        for (at, name) in self.names.iter().enumerate() {
            for item in self.world.inbox(at as i64 + 1) {
                let sequence = item.message.components().next().unwrap().sequence();
                news.push(format!("{name} {} {sequence}", item.message.method()));
            }
            self.world.clear_inbox(at as i64 + 1);
        }
        news
    }

    /// The messages under way, delivered in this order; a number may come twice.
    pub(crate) fn deliver(&mut self, order: &[usize]) {
        let parcels: Vec<Parcel> = self.world.under_way().to_vec();
        while !self.world.under_way().is_empty() {
            self.world.discard(0);
        }
        for at in order {
            self.world.hand_over(&parcels[*at]).unwrap();
        }
    }

    /// The PARTSTAT of an attendee in somebody's copy.
    pub(crate) fn partstat(&self, copy_of: &str, attendee: &str) -> String {
        let master = self.copy(copy_of).components().next().unwrap();
        let line = master.attendee(&address(attendee));
        line.map_or_else(|| "not listed".to_owned(), |line| line.partstat().to_string())
    }

    /// A parameter of an attendee's line in somebody's copy.
    pub(crate) fn param(&self, copy_of: &str, attendee: &str, name: &str) -> Option<String> {
        let master = self.copy(copy_of).components().next().unwrap();
        master
            .attendee(&address(attendee))
            .and_then(|line| line.property().param(name).map(str::to_owned))
    }
}

pub(crate) fn user(principal: i64, name: &str) -> LocalUser {
    let kind = if name.starts_with("room") { UserKind::Room } else { UserKind::User };
    let alias = CalendarAddress::parse(&format!("mailto:{name}@alias.example.com")).unwrap();
    LocalUser { principal, kind, addresses: vec![address(name), alias] }
}

pub(crate) fn address(name: &str) -> CalendarAddress {
    CalendarAddress::parse(&format!("mailto:{name}@example.com")).unwrap()
}

/// An event of these lines, with what every event needs.
pub(crate) fn event(lines: &str) -> CalendarObject {
    component("VEVENT", lines)
}

pub(crate) fn component(kind: &str, lines: &str) -> CalendarObject {
    let mut text =
        String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Client//EN\r\n");
    for part in lines.split("\n\n") {
        text.push_str(&format!("BEGIN:{kind}\r\n"));
        if !part.contains("UID:") {
            text.push_str(&format!("UID:{UID}\r\n"));
        }
        if !part.contains("DTSTAMP:") {
            text.push_str("DTSTAMP:20260101T000000Z\r\n");
        }
        for line in part.lines().map(str::trim).filter(|line| !line.is_empty()) {
            text.push_str(line);
            text.push_str("\r\n");
        }
        text.push_str(&format!("END:{kind}\r\n"));
    }
    text.push_str("END:VCALENDAR\r\n");
    CalendarObject::parse(text.as_bytes(), &Limits::default())
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

pub(crate) fn unfolded(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).unwrap().replace("\r\n ", "").replace("\r\n", "\n")
}

/// Whom a decision tells, as `REQUEST bob, carol` (quiet updates left out).
pub(crate) fn told(decision: &Decision) -> Vec<String> {
    let mut told: Vec<String> = decision
        .messages
        .iter()
        .map(|message| {
            let names: BTreeSet<String> = message
                .recipients
                .iter()
                .filter(|recipient| {
                    !matches!(
                        recipient.route,
                        crate::itip::Route::Local { notice: Notice::Quiet, .. }
                    )
                })
                .map(|recipient| {
                    recipient.address.mail().unwrap().split('@').next().unwrap().to_owned()
                })
                .collect();
            format!(
                "{} {}",
                message.itip.method(),
                names.into_iter().collect::<Vec<_>>().join(", ")
            )
        })
        .filter(|line| !line.ends_with(' '))
        .collect();
    told.sort();
    told
}

pub(crate) fn intent(matched: bool) -> Intent {
    Intent { matched, ..Intent::default() }
}

/// A meeting of ann's with these ATTENDEE lines beside her own.
pub(crate) fn meeting(attendees: &[&str]) -> String {
    meeting_with("DTSTART:20260301T180000Z\nDTEND:20260301T190000Z\nSUMMARY:Talk", attendees)
}

pub(crate) fn meeting_with(lines: &str, attendees: &[&str]) -> String {
    let mut text = format!(
        "{lines}\nORGANIZER:mailto:ann@example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com"
    );
    for attendee in attendees {
        text.push_str(&format!("\nATTENDEE{attendee}@example.com"));
    }
    text
}
