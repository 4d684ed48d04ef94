//! What one or several [`Board`](super::board::Board)s want written, to be written at once: objects, what is remembered
//! of messages, and the audit.

use calendar::Uid;
use store::{AuditEntry, Batch, ObjectTx, ObjectWrite, PrincipalId, Remembered};

use super::{DoorError, Place, Writing};

/// Writes of one transaction that wait for each other.
#[derive(Debug, Default)]
pub(super) struct Pile {
    pub(super) objects: Vec<ObjectWrite>,
    /// What somebody is to remember, about which UID.
    pub(super) answers: Vec<(PrincipalId, Uid, store::AnswerRecord)>,
    pub(super) audit: Vec<Entry>,
}

/// What the audit says of one decision.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) uid: Uid,
    pub(super) place: Option<Place>,
    pub(super) action: &'static str,
    /// The journal, as JSON.
    pub(super) detail: String,
}

impl Pile {
    /// Writes it, in one statement, and leaves it empty.
    pub(super) async fn write(
        &mut self,
        tx: &mut ObjectTx,
        writing: &Writing<'_>,
    ) -> Result<(), DoorError> {
        let Self { objects, answers, audit } = std::mem::take(self);
        let answers: Vec<Remembered<'_>> = answers
            .iter()
            .map(|(owner, uid, answer)| Remembered { owner: *owner, uid: uid.as_str(), answer })
            .collect();
        let collections: Vec<String> = audit.iter().map(Entry::collection).collect();
        let entries: Vec<AuditEntry<'_>> = audit
            .iter()
            .zip(&collections)
            .map(|(entry, collection)| AuditEntry {
                at: writing.now,
                request_id: writing.request_id,
                actor: writing.caller,
                client: writing.client,
                uid: entry.uid.as_str(),
                collection,
                object: entry.place.as_ref().map(|at| at.name.as_str()).unwrap_or_default(),
                action: entry.action,
                detail: &entry.detail,
            })
            .collect();
        let batch = Batch { objects: &objects, answers: &answers, audit: &entries };
        tx.write(&writing.provenance(), &batch).await?;
        Ok(())
    }
}

impl Entry {
    fn collection(&self) -> String {
        let place = self.place.as_ref();
        place.map(|at| format!("{}/{}", at.home, at.collection)).unwrap_or_default()
    }
}
