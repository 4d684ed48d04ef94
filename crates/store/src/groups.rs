//! Who is in which group (RFC 3744 4.3, 4.4).
//!
//! Invariant: a question about several groups is one statement.

use crate::connection::{List, Queries, execute, ids, run};
use crate::error::Error;
use crate::principals::{Principal, principal};
use crate::transaction::Tx;
use crate::values::PrincipalId;

pub(crate) const MEMBERS: &str = principal!(
    ", g.group_id AS of_id
      FROM group_members g
      JOIN principals p ON p.id = g.member_id
     WHERE g.group_id IN (",
    ids!("$1"),
    ")
     ORDER BY g.group_id, p.name_key"
);
pub(crate) const GROUPS: &str = principal!(
    ", g.member_id AS of_id
      FROM group_members g
      JOIN principals p ON p.id = g.group_id
     WHERE g.member_id IN (",
    ids!("$1"),
    ")
     ORDER BY g.member_id, p.name_key"
);
/// UNION drops what was found before, so that groups which are in one another come to an end.
pub(crate) const PEOPLE: &str = concat!(
    "WITH RECURSIVE inside (root, id) AS (
        SELECT p.id, p.id FROM principals p WHERE p.id IN (",
    ids!("$1"),
    ")
         UNION
        SELECT i.root, g.member_id
          FROM inside i
          JOIN group_members g ON g.group_id = i.id
    ) ",
    principal!(
        ", i.root AS of_id
          FROM inside i
          JOIN principals p ON p.id = i.id
         WHERE p.kind <> 'group'
         ORDER BY i.root, p.name_key"
    )
);
const CLEAR_MEMBERS: &str = "DELETE FROM group_members WHERE group_id = $1";
const ADD_MEMBERS: &str = "
    INSERT INTO group_members (group_id, member_id)
    SELECT $1, CAST(key AS BIGINT) FROM jsonb_each($2)";

/// A principal, and which of those that were asked about it belongs to.
#[derive(sqlx::FromRow)]
struct Belonging {
    of_id: PrincipalId,
    #[sqlx(flatten)]
    principal: Principal,
}

impl Queries {
    /// The members of these groups, each beside its group, in order of group and name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_group_members(
        &mut self,
        groups: &[PrincipalId],
    ) -> Result<Vec<(PrincipalId, Principal)>, Error> {
        self.list_belonging(MEMBERS, groups).await
    }

    /// The groups that these principals are members of, each beside its member, in order of member and name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_groups_of(
        &mut self,
        members: &[PrincipalId],
    ) -> Result<Vec<(PrincipalId, Principal)>, Error> {
        self.list_belonging(GROUPS, members).await
    }

    /// Who is in these groups, in those within them too, each beside the group that was asked about; groups
    /// themselves are left out. Of a principal that is no group: itself.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_people_of(
        &mut self,
        groups: &[PrincipalId],
    ) -> Result<Vec<(PrincipalId, Principal)>, Error> {
        self.list_belonging(PEOPLE, groups).await
    }

    async fn list_belonging(
        &mut self,
        statement: &'static str,
        ids: &[PrincipalId],
    ) -> Result<Vec<(PrincipalId, Principal)>, Error> {
        let ids = List::of_keys(ids.iter().map(|id| id.get()))?;
        let rows: Vec<Belonging> =
            run!(self, c => sqlx::query_as(statement).bind(ids).fetch_all(c))?;
        Ok(rows.into_iter().map(|row| (row.of_id, row.principal)).collect())
    }
}

impl Tx {
    /// Makes these the members of a group, and nobody else.
    ///
    /// # Errors
    /// [`Error::Gone`] when one of them, or the group, does not exist.
    pub async fn set_group_members(
        &mut self,
        group: PrincipalId,
        members: &[PrincipalId],
    ) -> Result<(), Error> {
        execute!(self, sqlx::query(CLEAR_MEMBERS).bind(group))?;
        if members.is_empty() {
            return Ok(());
        }
        let list = List::of_pairs(members.iter().map(|id| (id.get(), 0)))?;
        let added = execute!(self, sqlx::query(ADD_MEMBERS).bind(group).bind(list));
        added.map(drop).map_err(|error: Error| error.gone("principal"))
    }
}
