//! What both scenario languages stand on: some users before one server, their calendars, and a watch on every inbox.

use std::collections::{BTreeMap, BTreeSet};

use crate::harness::client::{Client, Response};
use crate::harness::{Engine, Person, World};
use crate::icalendar::Component;

/// A calendar object as a client finds it.
#[derive(Clone, Debug)]
pub(crate) struct Copy {
    pub(crate) href: String,
    pub(crate) etag: String,
    pub(crate) schedule_tag: Option<String>,
    pub(crate) octets: String,
    pub(crate) calendar: Component,
}

/// An inbox item that nobody has spoken of yet.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) account: String,
    pub(crate) method: String,
    pub(crate) calendar: Component,
}

#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) world: World,
    clients: BTreeMap<String, Client>,
    seen: BTreeMap<String, BTreeSet<String>>,
    pub(crate) arrived: Vec<Arrived>,
}

impl Stage {
    pub(crate) fn set(engine: Engine, people: &[Person]) -> Self {
        let world = World::with_people(engine, people);
        let clients: BTreeMap<String, Client> =
            people.iter().map(|person| (person.name.clone(), world.user(&person.name))).collect();
        let seen = clients.keys().map(|name| (name.clone(), BTreeSet::new())).collect();
        Self { world, clients, seen, arrived: Vec::new() }
    }

    #[track_caller]
    pub(crate) fn client(&self, account: &str) -> &Client {
        self.clients.get(account).unwrap_or_else(|| panic!("nobody is called {account:?} here"))
    }

    /// What the user has under a UID, in any calendar of his home.
    pub(crate) fn find(&self, account: &str, uid: &str) -> Option<Copy> {
        let mut copies = self.list(account, uid);
        assert!(
            copies.len() < 2,
            "{account} has {uid} more than once: {:?}",
            copies.iter().map(|copy| &copy.href).collect::<Vec<_>>()
        );
        copies.pop()
    }

    /// All objects with this UID in the calendars of a home.
    pub(crate) fn list(&self, account: &str, uid: &str) -> Vec<Copy> {
        let client = self.client(account);
        let home = client.propfind(&client.at(""), "1", &["D:resourcetype"]).multistatus();
        let calendars = home.responses.iter().filter(|member| {
            member.found.get("D:resourcetype").is_some_and(|kind| kind.contains("C:calendar"))
        });
        calendars
            .flat_map(|calendar| read_all(client, &calendar.href, &BTreeSet::new()))
            .filter(|copy| copy.calendar.uid() == Some(uid))
            .collect()
    }

    /// PUT to the resource that already holds the UID, else to a new one in the default calendar of its kind.
    pub(crate) fn resource_for(&self, account: &str, uid: &str, kind: &str) -> String {
        match self.find(account, uid) {
            Some(copy) => copy.href,
            None => {
                let calendar = if kind == "VTODO" { "tasks" } else { "calendar" };
                self.client(account).at(&format!("{calendar}/{}.ics", file_name(uid)))
            }
        }
    }

    /// Reads every inbox; what has come since the last look is added to `arrived`.
    pub(crate) fn look_into_inboxes(&mut self) {
        for (account, client) in &self.clients {
            let Some(seen) = self.seen.get_mut(account) else { continue };
            for copy in read_all(client, &client.at("inbox/"), seen) {
                seen.insert(copy.href);
                let method = copy.calendar.value("METHOD").unwrap_or("no METHOD").to_owned();
                self.arrived.push(Arrived {
                    account: account.clone(),
                    method,
                    calendar: copy.calendar,
                });
            }
        }
    }

    /// Takes out what has come for an account.
    pub(crate) fn take_arrived(&mut self, account: &str) -> Vec<Arrived> {
        let (taken, left) = self.arrived.drain(..).partition(|item| item.account == account);
        self.arrived = left;
        taken
    }

    /// Everything that came must have been spoken of.
    #[track_caller]
    pub(crate) fn expect_nothing_more(&self) {
        if let Some(item) = self.arrived.first() {
            panic!(
                "{} received a {} that the scenario does not tell of:\n{}",
                item.account, item.method, item.calendar
            );
        }
    }
}

/// All objects of a collection but those already known.
fn read_all(client: &Client, collection: &str, known: &BTreeSet<String>) -> Vec<Copy> {
    let listing = client.propfind(collection, "1", &["D:getetag", "D:resourcetype"]).multistatus();
    let members: Vec<&str> = listing
        .hrefs()
        .into_iter()
        .filter(|href| *href != collection && !known.contains(*href))
        .collect();
    if members.is_empty() {
        return Vec::new();
    }
    let answer = client.multiget(collection, &members);
    answer.multistatus().responses.iter().map(|member| read_copy(&answer, member)).collect()
}

fn read_copy(answer: &Response, member: &crate::harness::multistatus::Member) -> Copy {
    let octets = member.text("C:calendar-data").to_owned();
    let calendar = Component::parse(&octets)
        .unwrap_or_else(|error| answer.fail(&format!("{}: {error}", member.href)));
    Copy {
        href: member.href.clone(),
        etag: member.text("D:getetag").to_owned(),
        schedule_tag: member.found.get("C:schedule-tag").map(|tag| tag.text.clone()),
        octets,
        calendar,
    }
}

/// A UID as a file name in a URL.
pub(crate) fn file_name(uid: &str) -> String {
    uid.chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '-' })
        .collect()
}
