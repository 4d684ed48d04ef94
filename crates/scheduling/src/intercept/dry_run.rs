//! What a PUT would do, without doing it: the same transaction, dropped instead of committed.

use calendar::CalendarObject;

use super::put::Put;
use super::{Conditions, Door, DoorError, Journal, Place, PutOptions, Writing, retrying};

/// The outcome of a PUT that did not happen.
#[derive(Clone, Debug)]
pub struct DryRun {
    /// Whether the object would be new.
    pub created: bool,
    /// What would be sent to whom, with reasons.
    pub journal: Journal,
}

impl Door {
    /// Decides about a PUT and drops the transaction.
    ///
    /// # Errors
    /// Those that the PUT itself would meet.
    pub async fn dry_run(
        &self,
        writing: &Writing<'_>,
        at: &Place,
        body: &CalendarObject,
    ) -> Result<DryRun, DoorError> {
        retrying(|| async {
            let put = Put {
                at,
                body,
                conditions: &Conditions::default(),
                options: PutOptions::default(),
            };
            let (board, created) = self.decide_put(writing, put).await?;
            Ok(DryRun { created, journal: board.journal })
        })
        .await
    }
}
