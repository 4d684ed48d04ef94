//! The convene server around the [`dav`] service: configuration, accounts, authentication, HTTP, jobs
//! and the command line.
//!
//! Invariants: the clock is read here and nowhere else; the right to write calendar objects is given
//! to one [`scheduling::Door`]; nobody reaches the DAV service but through the layers of [`serve`].

pub mod accounts;
pub mod auth;
pub mod cli;
mod clock;
pub mod config;
pub mod database;
pub mod demo;
pub mod icalendar;
mod jobs;
pub mod logs;
pub mod serve;
mod stop;

pub use clock::system_clock;
pub use config::Config;
pub use dav::Clock;
pub use serve::{Reach, Running, Server, StartError};
