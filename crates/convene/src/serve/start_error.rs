//! Why the server could not start: what, where, and how to mend it.

use std::{io, path::PathBuf};

/// Why the server could not start. Each message says what failed, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port could not be opened.
    #[error("Cannot listen on {at}: {}", listen_advice(.at, .source))]
    Listen {
        /// The `listen` setting.
        at: String,
        /// What the system said.
        source: io::Error,
    },
    /// `--demo`, with its known passwords, on an address that others reach.
    #[error(
        "The demo accounts have known passwords, so --demo listens on this machine only, not on {at}. Leave --listen out or use 127.0.0.1:PORT; for others to reach the server, start it without --demo and make accounts with `convene user add`."
    )]
    DemoOutside {
        /// The `listen` setting.
        at: String,
    },
    /// A TLS file can't be used.
    #[error(
        "TLS cannot be set up: {path}: {detail}. `tls_cert` and `tls_key` must name PEM files, readable by this user: the certificate chain, and the private key of its first certificate."
    )]
    Tls {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The database can't be used.
    #[error(transparent)]
    Database(#[from] crate::database::OpenError),
    /// The settings of password hashing can't be used.
    #[error(
        "Passwords cannot be hashed with the settings `passwords.memory_kib` and `passwords.passes`: {0}"
    )]
    Passwords(#[from] crate::auth::HashError),
}

fn listen_advice(at: &str, source: &io::Error) -> String {
    match source.kind() {
        io::ErrorKind::AddrInUse => format!(
            "another program uses that port. Stop it (`ss -ltnp` shows which it is), or choose another port with --listen ({source})."
        ),
        io::ErrorKind::AddrNotAvailable => format!(
            "this machine has no such address. Use --listen 127.0.0.1:PORT for this machine only, or 0.0.0.0:PORT for all its addresses ({source})."
        ),
        io::ErrorKind::PermissionDenied => format!(
            "this user may not open that port; ports under 1024 need a privilege. Choose a higher one with --listen, or put a proxy in front ({source})."
        ),
        _ => format!(
            "{source}. Write --listen as ADDRESS:PORT, such as {}; `{at}` must be an address of this machine.",
            crate::config::DEFAULT_LISTEN
        ),
    }
}
