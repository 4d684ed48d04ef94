//! HTTP and WebDAV: methods, properties, reports and the XML they speak.
//!
//! Standards: RFC 9110, RFC 4918, RFC 3744 (privileges, read-only), RFC 4791, RFC 5689, RFC 6578,
//! RFC 6638, RFC 8144.
//!
//! Invariants: a path becomes a [`target::Target`] once, at the edge; whether a caller may do
//! something is decided in [`access`] alone; calendar objects are written through the door; what is
//! wrong with a request is told as an [`Error`] with its condition and a sentence; no answer is held
//! in memory whole because a collection is large.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! use dav::{Clock, Config, DavService};
//! use scheduling::intercept::{Door, Settings};
//! use tower::ServiceExt as _;
//!
//! let store = store::Store::open("sqlite:convene.db", Default::default()).await?;
//! let writer = store.object_writer().ok_or("another door has it")?;
//! let door = Arc::new(Door::new(store.clone(), writer, Settings::default()));
//! let clock = Clock::new(|| jiff::Timestamp::UNIX_EPOCH);
//! let service = DavService::new(store, door, Config::default(), clock);
//!
//! // A layer around the service puts a `dav::Caller` into the extensions of each request.
//! let anonymous = http::Request::new(http_body_util::Empty::new());
//! assert_eq!(service.oneshot(anonymous).await?.status(), 401);
//! # Ok(())
//! # }
//! ```

pub mod access;
pub mod headers;
pub mod multistatus;
mod principal_addresses;
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
