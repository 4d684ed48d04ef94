//! What every test stands on: a database of its own, the real server before it, users with clients.

pub(crate) mod bulk;
pub(crate) mod case;
pub(crate) mod client;
pub(crate) mod clock;
pub(crate) mod database;
pub(crate) mod multistatus;
pub(crate) mod process;
pub(crate) mod random;
pub(crate) mod samples;
mod server;
pub(crate) mod table;
pub(crate) mod wire;
pub(crate) mod xml;

use std::fmt;

use client::Client;
use convene::{Clock, Config};
use jiff::Timestamp;
use server::Server;
use store::LockKey;

/// The databases that every test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub(crate) const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// An account; its password is its name.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) addresses: Vec<String>,
}

impl Person {
    /// `alice` with `alice@example.com`.
    pub(crate) fn of_this_house(name: &str) -> Self {
        Self { name: name.to_owned(), addresses: vec![format!("{name}@example.com")] }
    }
}

/// A server on a fresh database, and the people who have accounts there.
#[derive(Debug)]
pub(crate) struct World {
    server: Server,
    people: Vec<Person>,
}

impl World {
    /// alice, bob, carol, dave and erin.
    pub(crate) fn household(engine: Engine) -> Self {
        Self::with_people(
            engine,
            &["alice", "bob", "carol", "dave", "erin"].map(Person::of_this_house),
        )
    }

    pub(crate) fn with_people(engine: Engine, people: &[Person]) -> Self {
        Self { server: Server::start(engine, people), people: people.to_vec() }
    }

    /// alice and bob, with a clock and settings of the test's own.
    pub(crate) fn at_the_time_of(engine: Engine, clock: Clock, settings: Config) -> Self {
        let people: Vec<Person> = ["alice", "bob"].map(Person::of_this_house).into();
        Self { server: Server::start_with(engine, &people, clock, settings), people }
    }

    /// A client of a person who has an account.
    pub(crate) fn user(&self, name: &str) -> Client {
        assert!(self.people.iter().any(|person| person.name == name), "{name} has no account");
        self.with_password(name, name)
    }

    pub(crate) fn with_password(&self, name: &str, password: &str) -> Client {
        Client::with_password(self.server.address(), name, password)
    }

    pub(crate) fn nobody(&self) -> Client {
        Client::anonymous(self.server.address())
    }

    pub(crate) fn addresses_of(&self, name: &str) -> &[String] {
        self.people
            .iter()
            .find(|person| person.name == name)
            .map_or(&[], |person| &person.addresses)
    }

    /// Does something while everybody waits who needs this lock, or on SQLite any.
    pub(crate) fn holding<T>(&self, lock: LockKey<'_>, deed: impl FnOnce() -> T) -> T {
        let held = self.server.hold(lock);
        let done = deed();
        self.server.release(held);
        done
    }

    /// How many objects have an index that ends before this moment.
    pub(crate) fn count_ending(&self, horizon: Timestamp) -> usize {
        self.server.count_ending(horizon)
    }

    /// What the audit holds about an object, oldest first.
    pub(crate) fn audit(&self, uid: &str) -> Vec<serde_json::Value> {
        self.server.audit(uid)
    }
}

/// The people as a list that `convene user add --from` reads.
pub(crate) fn accounts_file(people: &[Person]) -> String {
    let mut file = "name,email,password\n".to_owned();
    for person in people {
        file.push_str(&format!("{},{},{}\n", person.name, person.addresses.join(" "), person.name));
    }
    file
}
