//! The server inside the test process, as the program starts it, with password hashes that cost nothing.

use std::net::SocketAddr;
use std::time::Duration;

use convene::accounts::{self, AccountName, NewAccount};
use convene::config::{DatabaseUrl, Passwords};
use convene::{Clock, Config, Running, system_clock};
use jiff::Timestamp;
use serde_json::Value;
use store::{LockKey, ObjectId, Tx};
use tokio::runtime::{Builder, Runtime};

use super::database::Database;
use super::{Engine, Person};

#[derive(Debug)]
pub(crate) struct Server {
    // Some until the server is dropped.
    running: Option<Running>,
    runtime: Runtime,
    // Dropped last: the server has it open.
    _database: Database,
}

impl Server {
    pub(crate) fn start(engine: Engine, people: &[Person]) -> Self {
        Self::start_with(engine, people, system_clock(), Config::default())
    }

    /// A server that asks this clock for the time, with these settings besides what a test needs.
    pub(crate) fn start_with(
        engine: Engine,
        people: &[Person],
        clock: Clock,
        settings: Config,
    ) -> Self {
        let database = Database::create(engine);
        let config = Config {
            listen: "127.0.0.1:0".to_owned(),
            database: DatabaseUrl::parse(database.url()).expect("a database URL"),
            passwords: Passwords::cheap(),
            ..settings
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime can be made");
        let running = runtime.block_on(async {
            let running = convene::Server::start(&config, clock)
                .await
                .unwrap_or_else(|error| panic!("the server does not start: {error}"));
            make_accounts(&running, people).await;
            running
        });
        Self { running: Some(running), runtime, _database: database }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running().addr
    }

    /// What the audit holds about an object, oldest first: each line's detail.
    pub(crate) fn audit(&self, uid: &str) -> Vec<Value> {
        const MANY: u32 = 10_000;
        let store = self.running().store().clone();
        let records = self.runtime.block_on(async {
            let mut snapshot = store.read().await.expect("the store can be read");
            snapshot.list_audit(uid, 0, MANY).await.expect("the audit can be read")
        });
        records
            .iter()
            .map(|record| serde_json::from_str(&record.detail).expect("the detail is JSON"))
            .collect()
    }

    /// Keeps everybody waiting who needs this lock, or on SQLite any, until it is released.
    pub(crate) fn hold(&self, lock: LockKey<'_>) -> Tx {
        let store = self.running().store().clone();
        self.runtime.block_on(store.write(&[lock])).expect("the store can be written")
    }

    /// Lets those go on who wait.
    pub(crate) fn release(&self, held: Tx) {
        self.runtime.block_on(held.commit()).expect("nothing was written");
    }

    /// How many objects have an index that ends before this moment.
    pub(crate) fn count_ending(&self, horizon: Timestamp) -> usize {
        const MANY: u32 = 10_000;
        let store = self.running().store().clone();
        self.runtime.block_on(async {
            let mut snapshot = store.read().await.expect("the store can be read");
            let beginning = (Timestamp::MIN, ObjectId::new(0));
            let ending = snapshot.list_ending(horizon, beginning, MANY).await;
            ending.expect("the index can be read").len()
        })
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("the server runs until it is dropped")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        const PATIENCE: Duration = Duration::from_secs(10);
        if let Some(running) = self.running.take() {
            let _ = self
                .runtime
                .block_on(async { tokio::time::timeout(PATIENCE, running.stop()).await });
        }
    }
}

async fn make_accounts(running: &Running, people: &[Person]) {
    let mut new_accounts = Vec::new();
    for person in people {
        let hash = running.passwords().hash(&person.name).await.expect("a password can be hashed");
        let name = AccountName::parse(&person.name).expect("a name for an account");
        new_accounts.push(NewAccount {
            emails: person.addresses.clone(),
            password_hash: Some(hash),
            ..NewAccount::user(name, "")
        });
    }
    let now = Timestamp::from_second(1_767_225_600).expect("a moment");
    accounts::create(running.store(), &new_accounts, now).await.expect("the accounts can be made");
}
