//! The server as a whole: the real binary, and the same in process. One test binary, so that it is
//! linked once.

mod accounts;
mod authentication;
mod connections;
mod demo;
mod http;
mod licences;
mod place;
mod start_failures;
mod tls;
