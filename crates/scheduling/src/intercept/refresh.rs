//! After an answer, the other local attendees' copies are brought up to date: PARTSTAT only, no
//! inbox item, the Schedule-Tag stays (design rule 15, RFC 6638 section 4.2).
//!
//! It is a durable job, coalesced per meeting: of 50 answers that come at once, one refresh follows.

use std::sync::Arc;

use calendar::CalendarObject;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{LockKey, ObjectTx, PrincipalId};

use super::board::{Board, Fate};
use super::{Door, DoorError, Writing, retrying};
use crate::{Answers, Refresh, ScheduleTag};

/// The kind of the job in the store's queue.
pub const REFRESH_JOB: &str = "refresh";

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    organizer: i64,
    uid: String,
}

/// Puts the job that refreshes the attendees of the organizer's meeting with this UID.
pub(super) async fn put_job(
    tx: &mut ObjectTx,
    organizer: PrincipalId,
    uid: &str,
    now: Timestamp,
) -> Result<(), DoorError> {
    let payload = Payload { organizer: organizer.get(), uid: uid.to_owned() };
    let payload = serde_json::to_string(&payload).map_err(DoorError::Journal)?;
    Ok(tx.put_job(REFRESH_JOB, &format!("{organizer} {uid}"), &payload, now).await?)
}

impl Door {
    /// Runs one refresh job, with the payload it was put with.
    ///
    /// # Errors
    /// The database's; the job is to be tried again then.
    pub async fn refresh(&self, writing: &Writing<'_>, payload: &str) -> Result<(), DoorError> {
        let Ok(payload) = serde_json::from_str::<Payload>(payload) else {
            tracing::error!(payload, "a refresh job that nobody can read is dropped");
            return Ok(());
        };
        retrying(|| self.try_refresh(writing, &payload)).await
    }

    async fn try_refresh(&self, writing: &Writing<'_>, job: &Payload) -> Result<(), DoorError> {
        let organizer = PrincipalId::new(job.organizer);
        let mut tx = self.writer.begin(&[LockKey::Uid(&job.uid)]).await?;
        let own = tx.list_copies(&job.uid, &[organizer]).await?;
        let Some(meeting) =
            own.first().and_then(|copy| CalendarObject::parse_stored(&copy.octets).ok())
        else {
            return Ok(());
        };
        let mut board = Board::new(self, tx, writing, None, &meeting, "refresh");
        board.resolve([&meeting]).await?;
        let others = board.users.keys().filter(|user| **user != organizer).count();
        if others > self.settings.refresh_attendees {
            return Ok(());
        }
        let mut attendees: Vec<PrincipalId> = board.users.keys().copied().collect();
        let mut involvements = board.find_involvements(&attendees).await?;
        if let Some(involvement) = involvements.get_mut(&organizer) {
            // It is read already.
            involvement.copies.clear();
        }
        board.lay_out(involvements);
        attendees.retain(|user| *user != organizer);
        if !refresh_copies(&mut board, &meeting, organizer, &attendees) {
            return Ok(());
        }
        let (tx, _) = board.flush().await?;
        Ok(tx.commit().await?)
    }
}

/// Brings these attendees' copies on the table up to date; whether any was not.
fn refresh_copies(
    board: &mut Board<'_>,
    meeting: &CalendarObject,
    organizer: PrincipalId,
    attendees: &[PrincipalId],
) -> bool {
    let nothing = Answers::default();
    let heard = board.remembered.get(&organizer).unwrap_or(&nothing);
    let mut any = false;
    // What became of copies that others may have just so.
    let mut shared: Vec<(Arc<CalendarObject>, Arc<CalendarObject>, ScheduleTag)> = Vec::new();
    for attendee in attendees {
        let user = board.user(*attendee);
        let said = board.remembered.get(attendee).unwrap_or(&nothing);
        let Some(copy) = board.copies.get_mut(attendee) else { continue };
        let Some(before) = copy.object.clone() else { continue };
        let refresh = Refresh { meeting, heard, copy: &before, said, recipient: &user };
        let is_shared = refresh.is_as_for_others();
        let known = shared.iter().find(|(of, ..)| is_shared && Arc::ptr_eq(of, &before));
        let (object, tag) = match known {
            Some((_, object, tag)) => (Arc::clone(object), *tag),
            None => {
                let Some(refreshed) = refresh.apply() else { continue };
                let object = Arc::new(refreshed.object);
                if is_shared {
                    shared.push((before, Arc::clone(&object), refreshed.schedule_tag));
                }
                (object, refreshed.schedule_tag)
            }
        };
        copy.fate = Fate::Put(tag);
        copy.object = Some(object);
        any = true;
    }
    any
}
