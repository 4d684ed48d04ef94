//! Inviting a group is inviting its members (RFC 5545 section 3.2.11; pitfalls 63 and S40).
//!
//! Invariants: the group's own line stays and is never sent anything; whoever is listed already, by whatever address,
//! is not listed again; a line that stands for membership goes with the membership; expanding twice equals expanding
//! once.

use std::collections::{BTreeMap, BTreeSet};

use calendar::{
    Attendee, CalendarAddress, CalendarObject, Component, Partstat, Property, ScheduleAgent,
};

use crate::directory::{Directory, UserKind};
use crate::tree;

/// A group and who is in it.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its account's number in the store.
    pub principal: i64,
    /// Its members, those of groups within it included.
    pub members: Vec<Member>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Member {
    /// The account's number in the store.
    pub principal: i64,
    /// By which he is invited.
    pub address: CalendarAddress,
    /// What others see.
    pub name: Option<String>,
}

/// The organizer's object with a line for each member of the groups it invites; none when it stands as it is.
pub fn expand(
    object: &CalendarObject,
    groups: &[Group],
    directory: &Directory,
) -> Option<CalendarObject> {
    let by_principal: BTreeMap<i64, &Group> =
        groups.iter().map(|group| (group.principal, group)).collect();
    let mut edited = object.tree().clone();
    for component in tree::parts_mut(&mut edited, object.kind().as_str()) {
        remove_former_members(component, &by_principal, directory);
        list_members(component, &by_principal, directory);
    }
    tree::if_edited(object, edited)
}

/// The groups that a component invites, each with its line.
fn invited<'c, 'g>(
    component: &'c Component,
    groups: &BTreeMap<i64, &'g Group>,
    directory: &Directory,
) -> Vec<(CalendarAddress, &'c Property, &'g Group)> {
    tree::attendees(component)
        .filter(|(_, line)| line.schedule_agent() == ScheduleAgent::Server)
        .filter_map(|(address, line)| {
            let group = groups.get(&directory.find(&address)?.principal)?;
            Some((address, line.property(), *group))
        })
        .collect()
}

/// Lines that are there because of a group that is not invited any more, or that he left.
fn remove_former_members(
    component: &mut Component,
    groups: &BTreeMap<i64, &Group>,
    directory: &Directory,
) {
    let invited: BTreeSet<i64> = invited(component, groups, directory)
        .into_iter()
        .flat_map(|(_, _, group)| group.members.iter().map(|member| member.principal))
        .collect();
    component.retain_properties(|line| {
        if !tree::is_attendee(line) || !stands_for_membership(line, directory) {
            return true;
        }
        let user = tree::address(line).and_then(|address| directory.find(&address));
        user.is_some_and(|user| invited.contains(&user.principal))
    });
}

/// Whether MEMBER names groups of this server and nothing else.
fn stands_for_membership(line: &Property, directory: &Directory) -> bool {
    let groups = Attendee::new(line).member();
    let is_group = |address: &CalendarAddress| {
        directory.find(address).is_some_and(|user| user.kind == UserKind::Group)
    };
    !groups.is_empty() && groups.iter().all(is_group)
}

fn list_members(component: &mut Component, groups: &BTreeMap<i64, &Group>, directory: &Directory) {
    let mut listed: BTreeSet<i64> = tree::attendees(component)
        .map(|(address, _)| address)
        .chain(tree::organizer(component).map(|(address, _)| address))
        .filter_map(|address| directory.find(&address).map(|user| user.principal))
        .collect();
    let mut lines = Vec::new();
    for (address, line, group) in invited(component, groups, directory) {
        for member in &group.members {
            if listed.insert(member.principal) {
                lines.push(line_of(member, &address, line));
            }
        }
    }
    lines.into_iter().for_each(|line| component.push_property(line));
}

fn line_of(member: &Member, group: &CalendarAddress, invitation: &Property) -> Property {
    let mut line = Property::new("ATTENDEE", member.address.as_str());
    if let Some(name) = &member.name {
        line.set_param("CN", name);
    }
    tree::copy_param(invitation, &mut line, "ROLE");
    line.set_param("MEMBER", group.as_str());
    line.set_param("PARTSTAT", Partstat::NeedsAction.as_str());
    line.set_param("RSVP", "TRUE");
    line
}
