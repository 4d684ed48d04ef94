//! What only the server knows of those whom a meeting invites: who is in a group, and what is a room.

use std::collections::BTreeMap;

use calendar::{CalendarAddress, CalendarObject};
use store::PrincipalId;

use super::DoorError;
use super::board::Board;
use crate::groups::{self, Group, Member};
use crate::itip::{SchedulingRole, role_of};
use crate::{Refusal, UserKind, rooms};

impl Board<'_> {
    /// The organizer's object with a line for each member of the groups it invites, and with what rooms are on theirs;
    /// none when it stands as it is. Whoever is new in it is known to the directory from then on.
    pub(super) async fn complete_attendees(
        &mut self,
        old: Option<&CalendarObject>,
        new: &CalendarObject,
        owner: PrincipalId,
    ) -> Result<Option<CalendarObject>, DoorError> {
        if role_of(new, &self.user(owner)) != SchedulingRole::Organizer {
            return Ok(None);
        }
        let expanded = self.expand_groups(old, new).await?;
        // A room may be invited with a group.
        let named = rooms::name(expanded.as_ref().unwrap_or(new), &self.directory);
        Ok(named.or(expanded))
    }

    async fn expand_groups(
        &mut self,
        old: Option<&CalendarObject>,
        new: &CalendarObject,
    ) -> Result<Option<CalendarObject>, DoorError> {
        let groups: Vec<PrincipalId> = self
            .users
            .iter()
            .filter(|(_, user)| user.kind == UserKind::Group)
            .map(|(id, _)| *id)
            .collect();
        if groups.is_empty() {
            return Ok(None);
        }
        let known = self.groups(&groups).await?;
        let Some(expanded) = groups::expand(new, &known, &self.directory) else { return Ok(None) };
        let most = self.door.settings.limits.max_attendees_per_instance;
        if expanded.components().any(|component| component.attendees().count() > most) {
            let sentence = format!(
                "ATTENDEE: with the members of the groups there are more than {most} in a meeting."
            );
            return Err(Refusal::organizer("ATTENDEE", sentence).into());
        }
        self.resolve(old.into_iter().chain([&expanded])).await?;
        Ok(Some(expanded))
    }

    /// These groups with all their members, those of groups within them included: two statements.
    async fn groups(&mut self, ids: &[PrincipalId]) -> Result<Vec<Group>, DoorError> {
        let people = self.tx.list_people_of(ids).await?;
        let members: Vec<PrincipalId> = people.iter().map(|(_, member)| member.id).collect();
        // The first is the preferred one.
        let mut addresses: BTreeMap<PrincipalId, CalendarAddress> = BTreeMap::new();
        for (member, address) in self.tx.list_addresses_of(&members).await? {
            if let Ok(address) = CalendarAddress::parse(&address) {
                addresses.entry(member).or_insert(address);
            }
        }
        let mut groups: BTreeMap<PrincipalId, Vec<Member>> =
            ids.iter().map(|id| (*id, Vec::new())).collect();
        for (group, member) in people {
            let Some(address) = addresses.get(&member.id).cloned() else { continue };
            let principal = member.id.get();
            let member = Member { principal, address, name: member.display_name };
            groups.entry(group).or_default().push(member);
        }
        let groups = groups.into_iter();
        Ok(groups.map(|(id, members)| Group { principal: id.get(), members }).collect())
    }
}
