//! The audit: what was decided about which object, why, and for whom.

use jiff::Timestamp;
use serde::Serialize;

use crate::connection::{List, Queries, run};
use crate::error::Error;
use crate::values::Seconds;

/// One line of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry<'a> {
    /// When.
    pub at: Timestamp,
    /// In which request.
    pub request_id: &'a str,
    /// Who.
    pub actor: &'a str,
    /// With what.
    pub client: &'a str,
    /// The UID it is about; empty if none.
    pub uid: &'a str,
    /// The path of the collection it is about.
    pub collection: &'a str,
    /// The name of the object it is about.
    pub object: &'a str,
    /// What was done, in a word.
    pub action: &'a str,
    /// The reasons, as JSON.
    pub detail: &'a str,
}

/// One line of the audit as stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AuditRecord {
    /// Its number; lines are in order of it.
    pub id: i64,
    /// When.
    #[sqlx(try_from = "Seconds")]
    pub at: Timestamp,
    /// In which request.
    pub request_id: String,
    /// Who.
    pub actor: String,
    /// With what.
    pub client: String,
    /// The UID it is about; empty if none.
    pub uid: String,
    /// The path of the collection it is about.
    pub collection: String,
    /// The name of the object it is about.
    pub object: String,
    /// What was done, in a word.
    pub action: String,
    /// The reasons, as JSON.
    pub detail: String,
}

pub(crate) const AUDIT: &str = "
    SELECT id, at, request_id, actor, client, uid, collection, object, action, detail
      FROM audit
     WHERE uid = $1 AND id > $2
     ORDER BY id
     LIMIT CAST($3 AS BIGINT)";

impl Queries {
    /// The story of a UID, from the line after `after` on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_audit(
        &mut self,
        uid: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, Error> {
        let limit = i64::from(limit);
        run!(self, c => sqlx::query_as(AUDIT).bind(uid).bind(after).bind(limit).fetch_all(c))
    }
}

#[derive(Serialize)]
struct AuditParameters<'a> {
    position: usize,
    at: i64,
    request_id: &'a str,
    actor: &'a str,
    client: &'a str,
    uid: &'a str,
    collection: &'a str,
    object: &'a str,
    action: &'a str,
    detail: &'a str,
}

/// Adds the lines of a parameter, in their order.
macro_rules! add_audit {
    ($rows:literal) => {
        concat!(
            "
    INSERT INTO audit (at, request_id, actor, client, uid, collection, object, action, detail)
    SELECT CAST(value ->> 'at' AS BIGINT), value ->> 'request_id', value ->> 'actor', value ->> 'client',
           value ->> 'uid', value ->> 'collection', value ->> 'object', value ->> 'action', value ->> 'detail'
      FROM jsonb_each(",
            $rows,
            ")
     ORDER BY CAST(value ->> 'position' AS BIGINT)"
        )
    };
}
pub(crate) use add_audit;

/// The parameter of [`add_audit`].
pub(crate) fn rows(entries: &[AuditEntry<'_>]) -> Result<List, Error> {
    List::of_rows(entries.iter().enumerate().map(|(position, entry)| {
        let AuditEntry {
            request_id, actor, client, uid, collection, object, action, detail, ..
        } = *entry;
        let at = entry.at.as_second();
        AuditParameters {
            position,
            at,
            request_id,
            actor,
            client,
            uid,
            collection,
            object,
            action,
            detail,
        }
    }))
}
