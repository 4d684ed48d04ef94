//! What objects were: every write is kept until it is pruned.

use jiff::Timestamp;

use crate::connection::{Queries, run};
use crate::error::Error;
use crate::objects::Octets;
use crate::values::{CollectionId, ObjectId, Seconds};

/// One write of an object, without its octets.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Version {
    /// The object.
    pub object_id: ObjectId,
    /// The collection's change number.
    pub change: i64,
    /// The collection it was in; it may be gone.
    pub collection_id: CollectionId,
    /// The name it had.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Its ETag; `None` where the object was removed.
    pub etag: Option<String>,
    /// Its Schedule-Tag.
    pub schedule_tag: Option<String>,
    /// When.
    #[sqlx(try_from = "Seconds")]
    pub written_at: Timestamp,
    /// Who.
    pub actor: String,
    /// With what.
    pub client: String,
    /// In which request.
    pub request_id: String,
}

/// The octets of the version `v`: its own, or those that it shares with others of the same write.
macro_rules! octets {
    () => {
        "COALESCE(v.octets, (SELECT s.octets FROM shared_bodies s
                              WHERE s.object_id = v.shared_object AND s.change = v.shared_change))"
    };
}
pub(crate) use octets;

pub(crate) const VERSIONS: &str = "
    SELECT object_id, change, collection_id, name, uid, etag, schedule_tag, written_at, actor, client, request_id
      FROM versions
     WHERE object_id = $1
     ORDER BY change DESC
     LIMIT CAST($2 AS BIGINT)";
pub(crate) const VERSION_OCTETS: &str =
    concat!("SELECT ", octets!(), " FROM versions v WHERE v.object_id = $1 AND v.change = $2");
pub(crate) const BY_SCHEDULE_TAG: &str = concat!(
    "SELECT ",
    octets!(),
    " FROM versions v
     WHERE v.object_id = $1 AND v.schedule_tag = $2 AND v.etag IS NOT NULL
     ORDER BY v.change
     LIMIT 1"
);

impl Queries {
    /// The versions of an object, also of one that is gone, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_versions(
        &mut self,
        object: ObjectId,
        limit: u32,
    ) -> Result<Vec<Version>, Error> {
        let limit = i64::from(limit);
        run!(self, c => sqlx::query_as(VERSIONS).bind(object).bind(limit).fetch_all(c))
    }

    /// The octets of one version; `None` where the object was removed, or the version is not kept any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_version(
        &mut self,
        object: ObjectId,
        change: i64,
    ) -> Result<Option<Octets>, Error> {
        let found: Option<Option<Octets>> = run!(self, c => sqlx::query_scalar(VERSION_OCTETS)
            .bind(object)
            .bind(change)
            .fetch_optional(c))?;
        Ok(found.flatten())
    }

    /// The first version that carried this Schedule-Tag: what a client that sends it in If-Schedule-Tag-Match
    /// started from, before any answers came in (RFC 6638 3.2.10.1).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_version_by_schedule_tag(
        &mut self,
        object: ObjectId,
        schedule_tag: &str,
    ) -> Result<Option<Octets>, Error> {
        run!(self, c => sqlx::query_scalar(BY_SCHEDULE_TAG)
            .bind(object)
            .bind(schedule_tag)
            .fetch_optional(c))
    }
}
