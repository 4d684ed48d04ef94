//! Three versions into one: what a client sends over a version it did not see (RFC 6638 section
//! 3.2.10.1; design rule 19).
//!
//! A client that sends If-Schedule-Tag-Match last saw `base`; `stored` differs from it only in ways
//! that did not change the Schedule-Tag. Those differences are applied to what the client sent.

use std::collections::BTreeSet;

use calendar::{
    Attendee, CalendarAddress, CalendarObject, Component, ForceSend, InstanceId, Partstat, Property,
};

use crate::directory::LocalUser;
use crate::tree;

/// Merges what changed from `base` to `stored` into `sent`; none when `sent` stands as it is.
///
/// Changes to other people's ATTENDEE lines are always taken over; of the rest, what the client
/// changed is the client's.
pub fn merge_with_base(
    base: &CalendarObject,
    stored: &CalendarObject,
    sent: &CalendarObject,
    owner: &LocalUser,
) -> Option<CalendarObject> {
    if base.octets() == stored.octets() {
        return None;
    }
    let mut edited = sent.tree().clone();
    let kind = sent.kind().as_str();
    for ((id, _), component) in
        tree::parts(sent).into_iter().zip(tree::parts_mut(&mut edited, kind))
    {
        if let (Some(base), Some(stored)) = (tree::part_for(base, id), tree::part_for(stored, id)) {
            merge_properties(base, stored, component);
            merge_attendees(base, stored, component, owner);
        }
    }
    merge_components(base, stored, sent, owner, &mut edited);
    tree::if_edited(sent, edited)
}

/// What only the stored version changed, name by name.
fn merge_properties(base: &Component, stored: &Component, component: &mut Component) {
    let names: BTreeSet<String> = base
        .properties()
        .chain(stored.properties())
        .map(|line| line.name().to_ascii_uppercase())
        .filter(|name| {
            !["ATTENDEE", "RECURRENCE-ID", "RRULE", "RDATE", "EXDATE"].contains(&name.as_str())
        })
        .collect();
    for name in names {
        let is_servers = !same_lines(base, stored, &name) && same_lines(base, component, &name);
        if is_servers {
            component.remove_properties(&name);
            stored.properties_named(&name).for_each(|line| component.push_property(line.clone()));
        }
    }
}

fn same_lines(one: &Component, other: &Component, name: &str) -> bool {
    let (ones, others): (Vec<&Property>, Vec<&Property>) =
        (one.properties_named(name).collect(), other.properties_named(name).collect());
    ones.len() == others.len()
        && ones.iter().all(|line| others.iter().any(|other| tree::agree(line, other, &[])))
}

/// "The server MUST take any ATTENDEE property changes for all Attendees other than the owner of
/// the scheduling object resource and apply those to the new resource being stored" (RFC 6638
/// section 3.2.10.1).
fn merge_attendees(
    base: &Component,
    stored: &Component,
    component: &mut Component,
    owner: &LocalUser,
) {
    let (base_lines, mut changed) = (tree::lines_by_address(base), tree::lines_by_address(stored));
    let gone: BTreeSet<&CalendarAddress> = base_lines
        .keys()
        .filter(|address| !changed.contains_key(*address) && !owner.has(address))
        .collect();
    changed.retain(|address, line| {
        !base_lines.get(address).is_some_and(|was| tree::agree(was, line, &[]))
    });
    component.retain_properties(|line| {
        !tree::is_attendee(line)
            || tree::address(line).is_none_or(|address| !gone.contains(&address))
    });
    for sent in component.properties_mut().filter(|line| tree::is_attendee(line)) {
        let Some(address) = tree::address(sent) else { continue };
        let Some(line) = changed.remove(&address) else { continue };
        let was = base_lines.get(&address);
        let is_own_answer =
            owner.has(&address) && !was.is_some_and(|was| tree::agree(sent, was, &[]));
        match was {
            _ if is_own_answer || asks_again(sent) => {}
            Some(was) => apply_changes(was, line, sent),
            None => *sent = line.clone(),
        }
    }
    // What the client took out stays out; who is new on the server comes in.
    for (_, line) in changed.into_iter().filter(|(address, _)| !base_lines.contains_key(address)) {
        component.push_property(line.clone());
    }
}

/// The organizer wants another answer, whatever the last one was (RFC 6638 sections 3.2.8 and 7.2).
fn asks_again(line: &Property) -> bool {
    let attendee = Attendee::new(line);
    attendee.schedule_force_send() == Some(ForceSend::Request)
        && attendee.partstat() == Partstat::NeedsAction
}

/// Applies what changed from `was` to `line` to the sent line, parameter by parameter.
fn apply_changes(was: &Property, line: &Property, sent: &mut Property) {
    let both = was.params().iter().chain(line.params());
    let names: BTreeSet<&str> = both.map(calendar::Parameter::name).collect();
    for name in names {
        if !was.param_values(name).eq(line.param_values(name)) {
            tree::copy_param(line, sent, name);
        }
    }
}

/// Overrides that came on the server and that the client had nothing to say about, of instances that its series still
/// has. Where the owner had not answered such an instance apart, what he says to the series now holds for it as well.
fn merge_components(
    base: &CalendarObject,
    stored: &CalendarObject,
    sent: &CalendarObject,
    owner: &LocalUser,
    edited: &mut Component,
) {
    for (id, component) in tree::parts(stored) {
        let is_new = tree::part(base, id).is_none() && tree::part(sent, id).is_none();
        let takes_place = sent.master().is_none() || sent.derive_override(&id).is_some();
        if !is_new || id == InstanceId::Master || !takes_place {
            continue;
        }
        let mut component = component.clone();
        let own = |component: &Component| {
            tree::lines_by_address(component)
                .into_iter()
                .find(|(address, _)| owner.has(address))
                .map(|(address, line)| (address, line.clone()))
        };
        let said_before = base.master().and_then(own);
        if let (Some((_, before)), Some((_, stored)), Some((address, now))) =
            (said_before, own(&component), sent.master().and_then(own))
            && Attendee::new(&before).partstat() == Attendee::new(&stored).partstat()
        {
            tree::set_attendee(&mut component, &address, now);
        }
        edited.push_component(component);
    }
}
