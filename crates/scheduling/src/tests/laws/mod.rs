//! Laws of scheduling, on random histories (RFC 5546 section 2.1.5, RFC 6638 sections 3.2.6 and 4).
//!
//! An organizer and attendees write, messages wait, come twice and overtake each other. When all is
//! delivered, every copy agrees with the organizer's on the instances its owner is in, and the
//! organizer's shows what each attendee said last.

mod attendee;
mod delivery;
mod ledger;
mod organizer;
pub(super) mod sight;

use calendar::zone::Zone;
use calendar::{CalendarObject, Component, InstanceId, Limits};

use super::support::{Town, UID};
use crate::simulator::Parcel;
use ledger::Ledger;

/// Histories of each law in a plain run.
const HISTORIES: u64 = 60;
/// Histories of each law with `CONVENE_LONG=1` in the environment: 100,000 for the six of them.
const LONG_HISTORIES: u64 = 16_700;
const STEPS: usize = 24;

/// Those whom the organizer invites; eve only ever comes in somebody's place.
const ATTENDEES: [&str; 3] = ["ben", "cho", "dov"];
const OTHERS: [&str; 4] = ["ben", "cho", "dov", "eve"];
const PEOPLE: [&str; 5] = ["ann", "ben", "cho", "dov", "eve"];

/// A small generator of numbers: a history is its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }

    /// One of them; none of none.
    fn pick<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        if all.is_empty() { None } else { Some(all[self.below(all.len())].clone()) }
    }

    fn happens(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

/// How messages travel.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Post {
    /// Each write is delivered before the next.
    Prompt,
    /// Late; but what one sends to another stays in order.
    InOrder,
    /// Late, in any order.
    InAnyOrder,
}

/// One history under way.
struct Walk {
    town: Town,
    dice: Dice,
    post: Post,
    is_series: bool,
    story: Vec<String>,
    /// What broke on the way.
    failure: Option<String>,
    delivered: Vec<Parcel>,
    /// What attendees took out of their copies, and whose it was.
    taken_out: Vec<(String, Component)>,
    ledger: Ledger,
    /// Makes what is written different from what was.
    count: usize,
}

impl Walk {
    fn new(seed: u64, is_series: bool, post: Post) -> Self {
        let mut walk = Self {
            town: Town::of(&PEOPLE),
            dice: Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            post,
            is_series,
            story: Vec::new(),
            failure: None,
            delivered: Vec::new(),
            taken_out: Vec::new(),
            ledger: Ledger::default(),
            count: 0,
        };
        walk.invite();
        walk
    }

    fn steps(&mut self, steps: usize) {
        for _ in 0..steps {
            if self.failure.is_some() {
                return;
            }
            self.town.world.wait(1);
            match self.dice.below(8) {
                0..=2 => self.organizer_writes(),
                3 | 4 => self.attendee_writes(),
                5 | 6 => self.deliver_one(),
                _ => self.deliver_again(),
            }
            if self.post == Post::Prompt {
                self.deliver_all();
            }
        }
    }

    fn end(mut self) -> Result<(), String> {
        self.deliver_all();
        if let Some(failure) = self.failure {
            return Err(format!("{failure}\n{}", self.story.join("\n")));
        }
        let organizers = self.town.world.copy(1, UID);
        for name in OTHERS {
            let copy = self.town.world.copy(self.town.id(name), UID);
            let agreement = sight::agree(organizers, copy, name)
                .and_then(|()| self.ledger.is_shown(organizers, name));
            agreement.map_err(|what| {
                let text = |object: Option<&CalendarObject>| {
                    object.map_or_else(|| "none".to_owned(), |object| written(object.tree()))
                };
                let story = self.story.join("\n");
                format!(
                    "{name}: {what}\n{story}\nORGANIZER\n{}\nCOPY\n{}",
                    text(organizers),
                    text(copy)
                )
            })?;
        }
        Ok(())
    }

    fn fail(&mut self, what: String) {
        self.failure.get_or_insert(what);
    }

    fn tell(&mut self, text: &str) {
        self.story.push(format!("[{}] {text}", self.town.world.now()));
    }
}

/// The components of a tree, one a line.
fn written(tree: &Component) -> String {
    let lines = tree.components().filter(|part| part.name() == "VEVENT").map(|part| {
        let mut line = String::from("   ");
        for property in part.properties() {
            let short = match property.name() {
                "UID" | "ORGANIZER" | "REQUEST-STATUS" => continue,
                "ATTENDEE" => {
                    let name = property.value().trim_start_matches("mailto:").split('@').next();
                    let params: Vec<String> = ["PARTSTAT", "DELEGATED-TO", "DELEGATED-FROM"]
                        .into_iter()
                        .filter_map(|of| property.param(of))
                        .map(|value| value.replace("mailto:", "").replace("@example.com", ""))
                        .collect();
                    format!("{}={}", name.unwrap_or_default(), params.join("~"))
                }
                "DTSTART" | "DTEND" | "DTSTAMP" | "RECURRENCE-ID" | "EXDATE" => {
                    let range = property.param("RANGE").map_or("", |_| "+");
                    let value = property.value().trim_start_matches("2026");
                    format!("{}{range}:{value}", property.name())
                }
                name => format!("{name}:{}", property.value()),
            };
            line.push(' ');
            line.push_str(&short);
        }
        line
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn ids(object: &CalendarObject) -> Vec<InstanceId> {
    object.all_instances(&Zone::utc(), &Limits::default()).map(|instance| instance.id).collect()
}

fn histories() -> std::ops::RangeInclusive<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|number| number.parse().ok());
    let is_long = std::env::var("CONVENE_LONG").is_ok_and(|long| long == "1");
    let histories = number("HISTORIES").unwrap_or(if is_long { LONG_HISTORIES } else { HISTORIES });
    let first = number("SEED").unwrap_or(1);
    first..=first + histories - 1
}

/// Walks many histories, and tells the shortest of those that break a law.
fn walk(is_series: bool, post: Post) {
    let histories = histories();
    let mut broken = Vec::new();
    let mut shortest: Option<String> = None;
    for seed in histories.clone() {
        let mut walk = Walk::new(seed, is_series, post);
        walk.steps(4 + seed as usize % STEPS);
        if let Err(story) = walk.end() {
            broken.push(seed);
            if shortest.as_ref().is_none_or(|shortest| story.len() < shortest.len()) {
                shortest = Some(format!("history {seed}: {story}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:?} of {histories:?}\n{}", shortest.unwrap_or_default());
}

#[test]
fn copies_of_single_meetings_agree_when_each_write_is_delivered() {
    walk(false, Post::Prompt);
}

#[test]
fn copies_of_single_meetings_agree_when_messages_are_late() {
    walk(false, Post::InOrder);
}

#[test]
fn copies_of_single_meetings_agree_when_messages_come_in_any_order() {
    walk(false, Post::InAnyOrder);
}

#[test]
fn copies_of_series_agree_when_each_write_is_delivered() {
    walk(true, Post::Prompt);
}

#[test]
fn copies_of_series_agree_when_messages_are_late() {
    walk(true, Post::InOrder);
}

#[test]
fn copies_of_series_agree_when_messages_come_in_any_order() {
    walk(true, Post::InAnyOrder);
}
