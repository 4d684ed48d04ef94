//! Who is in the groups that a meeting invites.

use std::collections::{BTreeMap, BTreeSet};

use calendar::{CalendarAddress, CalendarObject};
use store::{Principal, PrincipalId, PrincipalKind};

use super::DoorError;
use super::board::Board;
use crate::groups::{self, Group, Member};
use crate::itip::{SchedulingRole, role_of};
use crate::{Refusal, UserKind};

impl Board<'_> {
    /// The requester's object with a line for each member of the groups it invites, if it invites any; who they are is
    /// known to the directory from then on.
    pub(super) async fn expand_groups(
        &mut self,
        old: Option<&CalendarObject>,
        new: &CalendarObject,
        owner: PrincipalId,
    ) -> Result<Option<CalendarObject>, DoorError> {
        let groups: Vec<PrincipalId> = self
            .users
            .iter()
            .filter(|(_, user)| user.kind == UserKind::Group)
            .map(|(id, _)| *id)
            .collect();
        if groups.is_empty() || role_of(new, &self.user(owner)) != SchedulingRole::Organizer {
            return Ok(None);
        }
        let mut known = Vec::new();
        for group in groups {
            known.push(self.group(group).await?);
        }
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

    /// A group with all its members, those of groups within it included.
    async fn group(&mut self, id: PrincipalId) -> Result<Group, DoorError> {
        let mut found: Vec<Principal> = Vec::new();
        let (mut seen, mut open) = (BTreeSet::from([id]), vec![id]);
        while let Some(group) = open.pop() {
            for member in self.tx.list_group_members(group).await? {
                if !seen.insert(member.id) {
                    continue;
                }
                if member.kind == PrincipalKind::Group {
                    open.push(member.id);
                } else {
                    found.push(member);
                }
            }
        }
        let ids: Vec<PrincipalId> = found.iter().map(|member| member.id).collect();
        // The first is the preferred one.
        let mut addresses: BTreeMap<PrincipalId, CalendarAddress> = BTreeMap::new();
        for (member, address) in self.tx.list_addresses_of(&ids).await? {
            if let Ok(address) = CalendarAddress::parse(&address) {
                addresses.entry(member).or_insert(address);
            }
        }
        let members = found.into_iter().filter_map(|member| {
            Some(Member {
                principal: member.id.get(),
                address: addresses.remove(&member.id)?,
                name: member.display_name,
            })
        });
        Ok(Group { principal: id.get(), members: members.collect() })
    }
}
