//! What several test suites share. Never part of the server.

// A test that cannot have its database has to fail, loudly and with the reason.
#![allow(clippy::panic, reason = "only tests call this crate")]

pub mod postgres;
