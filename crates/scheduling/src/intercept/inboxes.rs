//! Inboxes do not grow for ever: proposals leave that are overtaken, and after a time what nobody dealt with.

use std::collections::BTreeSet;

use calendar::Method;
use jiff::Timestamp;
use store::{CollectionId, InboxItem, ObjectChange, ObjectWrite, PrincipalId};
use uuid::Uuid;

use super::board::Board;
use super::{Door, DoorError, Writing, retrying};
use crate::itip;

/// Items removed in one transaction, so that writers never wait long.
const BATCH: u32 = 200;

/// How the names of proposals begin. An organizer's write has to tell them from the answers in his inbox, of which there
/// may be hundreds, and their names are what it reads anyway.
const PROPOSAL: &str = "counter-";

/// A new name for a message in an inbox.
pub(super) fn new_name(method: Method) -> String {
    let prefix = if method == Method::Counter { PROPOSAL } else { "" };
    format!("{prefix}{}.ics", Uuid::new_v4())
}

impl Board<'_> {
    /// Proposals about what the organizer has changed since leave his inbox (design rule 23).
    pub(super) async fn settle_proposals(
        &mut self,
        organizer: PrincipalId,
    ) -> Result<(), DoorError> {
        let waiting = self.waiting.get(&organizer).into_iter().flatten();
        let names =
            waiting.map(|item| item.name.as_str()).filter(|name| name.starts_with(PROPOSAL));
        let names: Vec<&str> = names.collect();
        let meeting = self.copies.get(&organizer).and_then(|copy| copy.object.as_ref());
        let (Some(inbox), Some(meeting)) = (self.inboxes.get(&organizer), meeting) else {
            return Ok(());
        };
        if names.is_empty() {
            return Ok(());
        }
        let limits = &self.door.settings.limits;
        let proposals = self.tx.list_objects_by_names(*inbox, &names).await?.into_iter();
        let overtaken = proposals.filter(|(_, octets)| {
            calendar::Message::parse(octets, limits)
                .is_ok_and(|counter| itip::is_overtaken(&counter, meeting))
        });
        let overtaken: BTreeSet<String> = overtaken.map(|(row, _)| row.name).collect();
        let waiting = self.waiting.entry(organizer).or_default();
        let gone = waiting.extract_if(.., |item| overtaken.contains(&item.name));
        self.items.extend(gone.map(removal));
        Ok(())
    }
}

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
