//! A clock that stands until a test sets it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use convene::Clock;
use jiff::Timestamp;

/// A clock that a test sets.
#[derive(Clone, Debug)]
pub(crate) struct SetClock(Arc<AtomicI64>);

impl SetClock {
    pub(crate) fn at(moment: &str) -> Self {
        Self(Arc::new(AtomicI64::new(second(moment))))
    }

    pub(crate) fn set(&self, moment: &str) {
        self.0.store(second(moment), Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let second = Arc::clone(&self.0);
        Clock::new(move || Timestamp::from_second(second.load(Ordering::SeqCst)).expect("a moment"))
    }
}

fn second(moment: &str) -> i64 {
    moment.parse::<Timestamp>().expect("a moment").as_second()
}
