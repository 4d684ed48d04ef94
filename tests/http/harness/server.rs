//! The server inside the test process.

use std::net::SocketAddr;

use super::database::Database;
use super::{Engine, Person};

#[derive(Debug)]
pub(crate) struct Server {
    database: Database,
    address: SocketAddr,
}

impl Server {
    pub(crate) fn start(engine: Engine, people: &[Person]) -> Self {
        let _ = people;
        Self { database: Database::create(engine), address: ([127, 0, 0, 1], 1).into() }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn database_url(&self) -> &str {
        self.database.url()
    }
}
