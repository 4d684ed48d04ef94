//! The horizon of the instance index moves on with the clock.
//!
//! An object is indexed up to a horizon counted from the time of its last write, so that one which nobody
//! writes has an index that ends nearer every day. This job gives such objects a new one, a few at a time,
//! each time in a transaction of its own; where it is comes with it as payload. Nothing depends on how far it
//! is: what lies beyond the end of an object's index is asked of the object itself.

use calendar::CalendarObject;
use jiff::{SignedDuration, Timestamp};
use store::{LockKey, ObjectId, ObjectRow, Octets, StoredIndex};

use super::{Door, DoorError, retrying, rows};

/// The kind of the job in the store's queue.
pub const HORIZON_JOB: &str = "horizon";

/// Objects that are indexed anew in one transaction.
const BATCH: u32 = 20;
/// How much too early an index may end: an object is indexed anew about once in this time.
const SLACK: SignedDuration = SignedDuration::from_hours(31 * 24);

impl Door {
    /// Indexes the next few objects anew whose index ends too soon, those first whose index ends first.
    /// `payload` is that of the job, empty at the beginning; the next one is returned until there are none.
    ///
    /// # Errors
    /// The database's; the job is to be tried again then.
    pub async fn move_horizon(
        &self,
        now: Timestamp,
        payload: &str,
    ) -> Result<Option<String>, DoorError> {
        let horizon = self.horizon(now);
        let ending = horizon.saturating_sub(SLACK).unwrap_or(Timestamp::MIN);
        let mut queries = self.store.read().await?;
        let found = queries.list_ending(ending, place(payload), BATCH).await?;
        drop(queries);
        let next = match found.last() {
            Some((ObjectRow { id, indexed_until: Some(until), .. }, _)) => {
                Some(format!("{} {id}", until.as_second()))
            }
            _ => None,
        };
        let longer: Vec<(ObjectRow, StoredIndex)> = found
            .into_iter()
            .filter_map(|(row, octets)| {
                let index = self.longer_index(&row, &octets, horizon)?;
                Some((row, index))
            })
            .collect();
        retrying(|| self.reindex(&longer)).await?;
        Ok(next)
    }

    /// The index up to the horizon, if that is more than there is. It is not where a limit ends the index,
    /// or for what can't be read.
    fn longer_index(
        &self,
        row: &ObjectRow,
        octets: &Octets,
        horizon: Timestamp,
    ) -> Option<StoredIndex> {
        let object = CalendarObject::parse_stored(octets).ok()?;
        let index = rows::stored_index(&object, horizon, &self.settings.limits);
        (index.indexed_until != row.indexed_until).then_some(index)
    }

    async fn reindex(&self, longer: &[(ObjectRow, StoredIndex)]) -> Result<(), DoorError> {
        let locks: Vec<LockKey<'_>> =
            longer.iter().map(|(row, _)| LockKey::Uid(&row.uid)).collect();
        let mut tx = self.store.write(&locks).await?;
        for (row, index) in longer {
            // What was written meanwhile has an index of its own already.
            tx.reindex(row, index).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Where the index of the last object ended, and which one it was.
fn place(payload: &str) -> (Timestamp, ObjectId) {
    let place = payload.split_once(' ').and_then(|(until, id)| {
        let until = Timestamp::from_second(until.parse().ok()?).ok()?;
        Some((until, ObjectId::new(id.parse().ok()?)))
    });
    place.unwrap_or((Timestamp::MIN, ObjectId::new(0)))
}
