//! Who is asking: Basic authentication in front of the DAV service.

mod basic;
mod passwords;
mod throttle;

pub use passwords::{HashError, Passwords};
