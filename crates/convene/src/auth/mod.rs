//! Who is asking: Basic authentication in front of the DAV service.

mod authenticator;
mod basic;
mod layer;
mod passwords;
mod throttle;

pub(crate) use authenticator::Authenticator;
pub(crate) use layer::AuthenticationLayer;
pub use passwords::{HashError, Passwords};
