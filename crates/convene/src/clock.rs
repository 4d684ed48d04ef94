//! The one place that reads the system's clock.

use dav::Clock;
use jiff::Timestamp;

/// The time.
#[expect(clippy::disallowed_methods, reason = "everywhere else, time is an argument")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The system's clock, for [`crate::Server::start`].
pub fn system_clock() -> Clock {
    Clock::new(now)
}
