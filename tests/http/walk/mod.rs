//! Random histories over HTTP: an organizer and attendees write what comes to their minds, some of it from copies that
//! are old by then. After each history every attendee's copy agrees with the organizer's, and `convene check` finds the
//! database sound.
//!
//! A few histories run by default; `CONVENE_LONG=1` walks 1,000 on each database. A history is its seed.

mod edits;
mod sight;

use std::collections::BTreeMap;
use std::env;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::harness::case::{Case, case_on};
use crate::harness::client::Client;
use crate::harness::process::Program;
use crate::harness::random::Random;
use crate::harness::{Engine, Person};
use crate::icalendar::Component;
use edits::Meeting;

pub(crate) fn cases() -> Vec<Case> {
    vec![case_on("all copies agree after any history", histories)]
}

const ORGANIZER: &str = "alice";
const ATTENDEES: [&str; 4] = ["bob", "carol", "dave", "erin"];

/// Histories that share a server, so that calendars stay small.
const PER_SERVER: u64 = 25;

/// How long background jobs may take to bring the copies together.
const PATIENCE: Duration = Duration::from_secs(15);

fn histories(engine: Engine) {
    let long = env::var_os("CONVENE_LONG").is_some_and(|value| value == "1");
    let first = env::var("CONVENE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let last = first + if long { 1_000 } else { 12 };
    let mut broken = Vec::new();
    let mut seeds = first..last;
    while !seeds.is_empty() {
        let people: Vec<Person> = [&[ORGANIZER], &ATTENDEES[..]]
            .concat()
            .into_iter()
            .map(Person::of_this_house)
            .collect();
        let program = Program::start(engine, &people);
        for seed in seeds.by_ref().take(PER_SERVER as usize) {
            if let Err(story) = Walk::new(&program, seed).go() {
                broken.push((seed, story));
            }
            let check = program.run(&["check"]);
            let said = String::from_utf8_lossy(&check.stdout).into_owned();
            assert!(check.status.success(), "after history {seed}, convene check says\n{said}");
        }
    }
    let shortest = broken.iter().min_by_key(|(_, story)| story.len());
    let seeds: Vec<u64> = broken.iter().map(|(seed, _)| *seed).collect();
    assert!(broken.is_empty(), "histories {seeds:?} break the law\n{}", shortest.expect("one").1);
}

/// What a client has of the meeting, perhaps not the latest.
#[derive(Clone, Debug)]
struct Held {
    href: String,
    etag: String,
    schedule_tag: Option<String>,
    calendar: Component,
}

struct Walk {
    uid: String,
    random: Random,
    meeting: Meeting,
    clients: BTreeMap<&'static str, Client>,
    /// What each client has read last.
    held: BTreeMap<&'static str, Held>,
    story: Vec<String>,
}

impl Walk {
    fn new(program: &Program, seed: u64) -> Self {
        let mut random = Random::from_seed(seed);
        let meeting = Meeting::any(&mut random);
        let names = [&[ORGANIZER], &ATTENDEES[..]].concat();
        let clients = names.into_iter().map(|name| (name, program.user(name))).collect();
        let uid = format!("history-{seed}@example.com");
        Self { uid, random, meeting, clients, held: BTreeMap::new(), story: Vec::new() }
    }

    fn go(mut self) -> Result<(), String> {
        let invitation = self.meeting.invitation(&self.uid, &mut self.random);
        let href = self.clients[ORGANIZER].at(&format!("calendar/{}.ics", self.uid));
        self.put(ORGANIZER, &href, &invitation, None)?;
        for _ in 0..3 + self.random.below(8) {
            let who = match self.random.below(2 + ATTENDEES.len()) {
                at if at < ATTENDEES.len() => ATTENDEES[at],
                _ => ORGANIZER,
            };
            self.step(who)?;
        }
        self.end()
    }

    fn step(&mut self, who: &'static str) -> Result<(), String> {
        // A client that has not synced writes what it had.
        let is_stale = self.random.below(4) == 0;
        if !is_stale || !self.held.contains_key(who) {
            match self.read(who) {
                Some(held) => drop(self.held.insert(who, held)),
                None if who == ORGANIZER => return self.invite_again(),
                None => {
                    self.held.remove(who);
                    return Ok(());
                }
            }
        }
        let held = self.held[who].clone();
        if self.random.below(12) == 0 {
            return self.delete(who, &held);
        }
        let mut calendar = held.calendar.clone();
        let what = if who == ORGANIZER {
            self.meeting.organize(&mut calendar, &mut self.random)
        } else {
            self.meeting.attend(&mut calendar, who, &mut self.random)
        };
        let condition = match self.random.below(4) {
            0 => Some(("If-Match", held.etag.clone())),
            1 => held.schedule_tag.clone().map(|tag| ("If-Schedule-Tag-Match", tag)),
            2 => Some(("If-Schedule-Tag-Match", String::new())),
            _ => None,
        };
        self.story.push(format!("{who}{}: {what}", if is_stale { ", not synced" } else { "" }));
        self.put(who, &held.href, &calendar, condition)
    }

    fn invite_again(&mut self) -> Result<(), String> {
        self.story.push("alice invites again".to_owned());
        let invitation = self.meeting.invitation(&self.uid, &mut self.random);
        let href = self.clients[ORGANIZER].at(&format!("calendar/{}.ics", self.uid));
        self.put(ORGANIZER, &href, &invitation, None)
    }

    fn delete(&mut self, who: &'static str, held: &Held) -> Result<(), String> {
        self.story.push(format!("{who} deletes it"));
        let answer = self.clients[who].delete(&held.href);
        self.held.remove(who);
        if matches!(answer.status(), 204 | 404) {
            return Ok(());
        }
        Err(self.told(&format!("unexpected answer\n{answer}")))
    }

    fn put(
        &mut self,
        who: &'static str,
        href: &str,
        calendar: &Component,
        condition: Option<(&str, String)>,
    ) -> Result<(), String> {
        let body = calendar.to_string();
        let mut request = self.clients[who].request("PUT", href).calendar(&body);
        if let Some((name, value)) = &condition {
            request = request.header(name, value);
        }
        let answer = request.send();
        let items: String = calendar.items().map(ToString::to_string).collect();
        self.story.push(format!("{condition:?} {}\n{items}", answer.status()));
        // 403: what only the organizer may change, or is gone for good; 412: the condition.
        if matches!(answer.status(), 201 | 204 | 403 | 412) {
            return Ok(());
        }
        Err(self.told(&format!("unexpected answer\n{answer}")))
    }

    /// What somebody has of the meeting now, wherever it is in his calendar.
    fn read(&self, who: &str) -> Option<Held> {
        let client = &self.clients[who];
        let found = sight::find(client, &self.uid, None)?;
        Some(Held {
            href: found.href.clone(),
            etag: found.text("D:getetag").to_owned(),
            schedule_tag: found.found.get("C:schedule-tag").map(|tag| tag.text.clone()),
            calendar: Component::parse(found.text("C:calendar-data")).expect("a calendar"),
        })
    }

    fn end(&self) -> Result<(), String> {
        let started = Instant::now();
        loop {
            let problems: Vec<String> = ATTENDEES
                .iter()
                .filter_map(|name| {
                    let organizers = sight::of(&self.clients[ORGANIZER], &self.uid, name);
                    let his = sight::of(&self.clients[name], &self.uid, name);
                    sight::agree(&organizers, &his, name).err()
                })
                .collect();
            if problems.is_empty() {
                return Ok(());
            }
            if started.elapsed() > PATIENCE {
                return Err(self.told(&problems.join("\n")));
            }
            sleep(Duration::from_millis(50));
        }
    }

    fn told(&self, problem: &str) -> String {
        let mut text = format!("{}\n{problem}\n", self.story.join("\n"));
        for name in self.clients.keys() {
            text.push_str(&format!("--- {name}\n"));
            let copy = self.read(name).map(|held| held.calendar);
            copy.iter()
                .flat_map(Component::items)
                .for_each(|item| text.push_str(&item.to_string()));
        }
        text
    }
}
