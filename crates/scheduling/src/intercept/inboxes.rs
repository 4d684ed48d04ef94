//! Inboxes do not grow for ever: messages that nobody dealt with leave after a time.

use jiff::Timestamp;
use store::{CollectionId, InboxItem, ObjectChange, ObjectWrite};

use super::{Door, DoorError, Writing, retrying};

/// Items removed in one transaction, so that writers never wait long.
const BATCH: u32 = 200;

impl Door {
    /// Removes the messages that came before an instant; how many. What they said stays in the calendars.
    ///
    /// # Errors
    /// The database's; what was removed until then stays removed.
    pub async fn clear_inboxes(
        &self,
        writing: &Writing<'_>,
        before: Timestamp,
    ) -> Result<usize, DoorError> {
        let (mut removed, mut from) = (0, None);
        loop {
            let (items, last) = retrying(|| self.try_clear_some(writing, before, from)).await?;
            if items == 0 {
                return Ok(removed);
            }
            removed += items;
            from = last;
        }
    }

    /// One batch: how many, and the inbox of the last one.
    async fn try_clear_some(
        &self,
        writing: &Writing<'_>,
        before: Timestamp,
        from: Option<CollectionId>,
    ) -> Result<(usize, Option<CollectionId>), DoorError> {
        let mut tx = self.writer.begin(&[]).await?;
        let items = tx.list_old_inbox_items(before, from, BATCH).await?;
        let last = items.last().map(|item| item.collection_id);
        let removals: Vec<ObjectWrite> = items.into_iter().map(removal).collect();
        tx.write_objects(&writing.provenance(), &removals).await?;
        tx.commit().await?;
        Ok((removals.len(), last))
    }
}

/// The removal of a message from an inbox, which tells nobody (RFC 6638 section 4.1).
pub(super) fn removal(item: InboxItem) -> ObjectWrite {
    ObjectWrite { collection: item.collection_id, name: item.name, change: ObjectChange::Delete }
}
