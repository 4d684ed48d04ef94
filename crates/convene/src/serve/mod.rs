//! The server: a listener, the layers around the DAV service, and the jobs beside it.

pub(crate) mod access_log;
pub(crate) mod answers;
mod body;
mod connections;
mod deadline;
mod health;
mod layers;
mod listen;
mod request_id;
mod start_error;
mod tls;

pub(crate) use connections::Peer;
pub use listen::Reach;
pub(crate) use listen::reachable;
pub use start_error::StartError;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use dav::{Clock, DavService};
use store::Store;
use tokio::task::JoinHandle;

use crate::{
    auth::Passwords,
    config::Config,
    database::{self, Missing},
    jobs::Jobs,
    stop::{self, StopSender},
};
use connections::Connections;

/// The server, about to be started.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use convene::{Config, Server, system_clock};
///
/// let config = Config { listen: "127.0.0.1:0".to_owned(), ..Config::default() };
/// let running = Server::start(&config, system_clock()).await?;
/// println!("{}", running.url());
/// running.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Server;

/// A server at work.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    store: Store,
    passwords: Passwords,
    is_tls: bool,
    stop: StopSender,
    connections: JoinHandle<()>,
    jobs: JoinHandle<()>,
}

impl Server {
    /// Opens the database and the port, and starts to serve.
    ///
    /// # Errors
    /// [`StartError`], which says what to mend.
    pub async fn start(config: &Config, clock: Clock) -> Result<Running, StartError> {
        Self::start_within(config, clock, Reach::Anyone).await
    }

    /// The same, for whom `reach` lets in.
    ///
    /// # Errors
    /// [`StartError`], which says what to mend.
    pub async fn start_within(
        config: &Config,
        clock: Clock,
        reach: Reach,
    ) -> Result<Running, StartError> {
        // The port first: it costs nothing, and a second server on the same data is told so at once.
        let listener = listen::listen(&config.listen, reach).await?;
        let addr = listener
            .local_addr()
            .map_err(|source| StartError::Listen { at: config.listen.clone(), source })?;
        let tls = match (&config.tls_cert, &config.tls_key) {
            (Some(certificates), Some(key)) => Some(tls::acceptor(certificates, key)?),
            _ => None,
        };
        let passwords = Passwords::new(&config.passwords)?;
        let store =
            database::open(&config.database, config.database_connections, Missing::Make).await?;
        let door = Arc::new(database::door(&store, config)?);
        let dav =
            DavService::new(store.clone(), Arc::clone(&door), dav_config(config), clock.clone());

        let (stop, stopping) = stop::channel();
        let service = layers::around(dav, &store, &passwords, config);
        let connections = Connections { service, tls, limits: config.limits.clone() };
        let jobs = Jobs::new(store.clone(), door, clock, config.jobs.clone());
        Ok(Running {
            addr,
            is_tls: config.is_tls(),
            store,
            passwords,
            stop,
            connections: tokio::spawn(connections.serve(listener, stopping.clone())),
            jobs: tokio::spawn(jobs.run(stopping)),
        })
    }
}

fn dav_config(config: &Config) -> dav::Config {
    dav::Config {
        max_xml: config.limits.max_xml_size,
        calendar: config.limits.calendar(),
        deadline: Duration::from_secs(config.limits.request_seconds),
        ..dav::Config::default()
    }
}

impl Running {
    /// The address for a client; of a server that listens on all addresses, the one on this machine.
    pub fn url(&self) -> String {
        let scheme = if self.is_tls { "https" } else { "http" };
        format!("{scheme}://{}/", reachable(self.addr))
    }

    /// The database it serves.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How it hashes passwords.
    pub fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// Takes no more requests, answers those under way, and ends.
    pub async fn stop(self) {
        self.stop.stop();
        for task in [self.connections, self.jobs] {
            if let Err(error) = task.await {
                tracing::error!(%error, "a part of the server did not end by itself");
            }
        }
        if let Err(error) = self.store.close().await {
            tracing::warn!(%error, "the database was not left in good order; nothing is lost");
        }
    }
}
