//! Settings: one TOML file, the environment and the command line.
//!
//! Flags win over the environment, the environment over the file, the file over the defaults. Every
//! setting has the same name everywhere: `limits.max_connections` in the file is
//! `CONVENE_LIMITS_MAX_CONNECTIONS` in the environment.

mod database;
mod limits;
mod network;
mod sources;

pub use database::{DatabaseUrl, Engine, InvalidDatabaseUrl};
pub use limits::{Jobs, Limits, Passwords, Scheduling};
pub use network::{InvalidNetwork, Network};
pub use sources::{Flags, load};

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where the server listens when nothing is said.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

/// All settings of the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address and port to listen on; port 0 takes a free one.
    pub listen: String,
    /// Which database holds everything.
    pub database: DatabaseUrl,
    /// PEM file with the certificate chain; TLS is on when it and `tls_key` are set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_cert: Option<PathBuf>,
    /// PEM file with the private key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,
    /// Proxies whose `X-Forwarded-For` is believed, as addresses or networks.
    pub trusted_proxies: Vec<Network>,
    /// What is logged: a level, or `target=level` pairs with commas.
    pub log: String,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Threads that serve requests; 0 means one per processor.
    pub worker_threads: usize,
    /// Connections to the database at the same time, at the most.
    pub database_connections: u32,
    /// What a password hash costs.
    pub passwords: Passwords,
    /// Bounds of requests and connections.
    pub limits: Limits,
    /// How invitations are handled.
    pub scheduling: Scheduling,
    /// Work done beside the requests.
    pub jobs: Jobs,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: DEFAULT_LISTEN.to_owned(),
            database: DatabaseUrl::default(),
            tls_cert: None,
            tls_key: None,
            trusted_proxies: Vec::new(),
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            worker_threads: 0,
            database_connections: 10,
            passwords: Passwords::default(),
            limits: Limits::default(),
            scheduling: Scheduling::default(),
            jobs: Jobs::default(),
        }
    }
}

/// Settings that cannot be used, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there or may not be read.
    #[error(
        "The configuration file {path} cannot be read: {source}. Name another one with --config, or make this one readable."
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line of the file is wrong.
    #[error(
        "The configuration file {path} is not valid.\n{detail}\nMend that line; `convene config` prints every setting with its value."
    )]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line, column and what is wrong there.
        detail: String,
    },
    /// A variable of the environment is wrong.
    #[error(
        "The environment variable {variable} is not valid: {detail} Mend or unset it; `convene config` prints every setting with its value."
    )]
    Variable {
        /// Its name.
        variable: String,
        /// What is wrong with it.
        detail: String,
    },
    /// Each value is readable, but they can't be used so.
    #[error("{0}")]
    Unusable(String),
}

impl Config {
    /// Checks what no single value shows.
    ///
    /// # Errors
    /// [`ConfigError::Unusable`], with a sentence that says what to change.
    pub fn check(&self) -> Result<(), ConfigError> {
        let unusable = |sentence: String| Err(ConfigError::Unusable(sentence));
        if !self.listen.contains(':') {
            return unusable(format!(
                "`listen` is `{}`, which has no port. Write it as ADDRESS:PORT, such as {DEFAULT_LISTEN}.",
                self.listen
            ));
        }
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            return unusable(
                "Only one of `tls_cert` and `tls_key` is set. Set both for TLS, or none of them."
                    .to_owned(),
            );
        }
        if self.database_connections == 0 {
            return unusable("`database_connections` is 0. Set it to 1 or more.".to_owned());
        }
        self.passwords.check().or_else(unusable)?;
        self.limits.check().or_else(unusable)
    }

    /// Whether the server itself speaks TLS.
    pub fn is_tls(&self) -> bool {
        self.tls_cert.is_some()
    }
}
