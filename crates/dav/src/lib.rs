//! HTTP and WebDAV: methods, properties, reports and the XML they speak.
//!
//! Standards: RFC 9110, RFC 4918, RFC 3744 (privileges, read-only), RFC 4791, RFC 5689, RFC 6578,
//! RFC 6638, RFC 8144.

pub mod access;
pub mod headers;
pub mod multistatus;
pub mod target;
pub mod xml;

mod body;
mod clock;
mod context;
mod error;
mod if_check;
mod methods;
mod props;
mod reports;
mod request;
mod service;
mod sync_token;

pub use body::{Body, BrokenOff};
pub use clock::Clock;
pub use context::{Caller, Config, Context, RequestId};
pub use error::{Audience, Error, Precondition, Result};
pub use request::Request;
pub use service::DavService;

#[cfg(test)]
mod tests;
