//! The wish that the server stops, as its parts see it.

use tokio::sync::watch;

/// Asks all parts to stop, also when it is dropped.
#[derive(Debug)]
pub(crate) struct StopSender(watch::Sender<bool>);

/// Whether the server is to stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<bool>);

/// The two ends.
pub(crate) fn channel() -> (StopSender, Stop) {
    let (sender, receiver) = watch::channel(false);
    (StopSender(sender), Stop(receiver))
}

impl StopSender {
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Whether it was asked for.
    pub(crate) fn is_requested(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Waits until it is asked for.
    pub(crate) async fn requested(&mut self) {
        // An error means that the sender is gone, which is a wish to stop as well.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}
