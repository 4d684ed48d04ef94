//! The server as a whole: the real binary, and the same in process. One test binary, so that it is
//! linked once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to fail, helpers included"
)]

mod accounts;
mod authentication;
mod commands;
mod connections;
mod demo;
mod documents;
mod http;
mod licences;
mod place;
mod start_failures;
mod tls;
mod workspace;
