//! Putting back what an attendee's client changed though it is the organizer's (RFC 6638 section
//! 3.2.2.1).
//!
//! Invariants: what is the attendee's own stays as he wrote it; every line that says the same as
//! the stored one keeps the client's octets.

use std::collections::BTreeSet;

use calendar::zone::ZoneSet;
use calendar::{CalendarObject, Component, InstanceId, Property};

use super::message::zones_of;
use crate::directory::LocalUser;
use crate::{Reason, Verdict, tree};

/// Properties that are each participant's own (design rule 20).
const OWN: [&str; 11] = [
    "TRANSP",
    "PERCENT-COMPLETE",
    "COMPLETED",
    "CATEGORIES",
    "COLOR",
    "COMMENT",
    "CLASS",
    "CREATED",
    "DTSTAMP",
    "LAST-MODIFIED",
    "REQUEST-STATUS",
];

/// Parameters that the server or the writer's client keeps for itself.
const KEPT_APART: [&str; 2] = ["SCHEDULE-STATUS", "SCHEDULE-FORCE-SEND"];

/// Whether a line belongs to the attendee in whose copy it stands.
///
/// How far a task has come is his as well, unless the organizer cancelled it.
pub(crate) fn is_attendees_own(line: &Property, component: &Component) -> bool {
    let name = line.name();
    OWN.iter().any(|own| line.is(own))
        || name.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("X-"))
        || (component.name() == "VTODO"
            && line.is("STATUS")
            && !line.value().trim().eq_ignore_ascii_case("CANCELLED"))
}

/// The attendee's object with everything put back that is not his to change.
pub(super) struct Restored {
    pub(super) tree: Component,
    pub(super) reasons: Vec<Reason>,
}

/// Compares what an attendee sent with what is stored, component by component.
///
/// `declined` are the instances that he left out, which is his to do.
pub(super) fn restore(
    stored: &CalendarObject,
    sent: &CalendarObject,
    declined: &[InstanceId],
    owner: &LocalUser,
) -> Restored {
    let mut restored = Restored { tree: sent.tree().clone(), reasons: Vec::new() };
    let kind = sent.kind().as_str();
    let mut gone = Vec::new();
    let parts = tree::parts(sent);
    for ((id, part), component) in parts.iter().zip(tree::parts_mut(&mut restored.tree, kind)) {
        match tree::instance(stored, *id) {
            // One that describes later instances as well stays for these.
            Some(_) if declined.contains(id) && !part.is_this_and_future() => {
                gone.push((*id, "it is left out by EXDATE, and its component with it"));
            }
            Some(reference) => {
                put_back(&reference, component, *id, owner, &mut restored.reasons);
            }
            None => gone.push((*id, "there is no such instance: left out")),
        }
    }
    let mut ids = parts.iter().map(|(id, _)| *id);
    restored.tree.retain_components(|component| {
        let is_gone = |id| gone.iter().any(|(at, _)| *at == id);
        component.name() != kind || ids.next().is_none_or(|id| !is_gone(id))
    });
    let why = gone.into_iter().map(|(id, text)| Reason::general(id, Verdict::PutBack, text));
    restored.reasons.extend(why);
    put_back_exdates(stored, &mut restored);
    add_missing(stored, sent, declined, &mut restored);
    add_missing_zones(stored, &mut restored.tree);
    restored
}

fn put_back(
    reference: &Component,
    component: &mut Component,
    id: InstanceId,
    owner: &LocalUser,
    reasons: &mut Vec<Reason>,
) {
    let names: BTreeSet<String> = reference
        .properties()
        .filter(|line| !is_attendees_own(line, reference))
        .chain(component.properties().filter(|line| !is_attendees_own(line, component)))
        .map(|line| line.name().to_ascii_uppercase())
        .collect();
    for name in &names {
        let changed = match name.as_str() {
            "ATTENDEE" => put_back_attendees(reference, component, owner),
            "EXDATE" => false,
            // He may answer for all later instances at once.
            "RECURRENCE-ID" if component.is_this_and_future() => false,
            _ => put_back_property(reference, component, name),
        };
        if changed {
            let text = format!("{name} is the organizer's: put back as it was");
            reasons.push(Reason::general(id, Verdict::PutBack, text));
        }
    }
    put_back_status(reference, component);
}

/// How his last reply went is the server's to say, also where the client left it out (RFC 6638 section 7.3).
fn put_back_status(reference: &Component, component: &mut Component) {
    let Some(stored) = reference.property("ORGANIZER") else { return };
    for line in component.properties_mut().filter(|line| line.is("ORGANIZER")) {
        tree::copy_param(stored, line, "SCHEDULE-STATUS");
    }
}

fn put_back_property(reference: &Component, component: &mut Component, name: &str) -> bool {
    let theirs: Vec<&Property> = reference.properties_named(name).collect();
    let sent: Vec<&Property> = component.properties_named(name).collect();
    let is_same = theirs.len() == sent.len()
        && theirs.iter().all(|line| sent.iter().any(|other| tree::agree(line, other, &KEPT_APART)));
    if is_same {
        return false;
    }
    match theirs.split_first() {
        None => component.remove_properties(name),
        Some((first, more)) => {
            component.set_property((*first).clone());
            more.iter().for_each(|line| component.push_property((*line).clone()));
        }
    }
    true
}

/// What the organizer left out an attendee does not bring back.
fn put_back_exdates(stored: &CalendarObject, restored: &mut Restored) {
    let kind = stored.kind().as_str();
    let zones = ZoneSet::from_tree(&restored.tree);
    let Some(reference) = stored.master() else { return };
    let Some(master) = tree::master_mut(&mut restored.tree, kind) else { return };
    let sent = master.excluded(&zones);
    let missing: Vec<_> = reference
        .excluded(stored.zones())
        .into_iter()
        .filter(|instant| !sent.contains(instant))
        .collect();
    if !missing.is_empty() {
        master.exclude(&missing, &zones);
        let text = "EXDATE: what is left out can't be brought back";
        let reason = Reason::general(InstanceId::Master, Verdict::PutBack, text);
        restored.reasons.push(reason);
    }
}

/// His own line is his, and so are the lines of those he newly delegates to; the others are as
/// stored.
fn put_back_attendees(reference: &Component, component: &mut Component, owner: &LocalUser) -> bool {
    let delegates: Vec<_> = tree::attendees(component)
        .filter(|(address, _)| owner.has(address))
        .flat_map(|(_, line)| line.delegated_to())
        .collect();
    let stored_lines = tree::lines_by_address(reference);
    let mut changed = false;
    let mut seen = BTreeSet::new();
    for line in component.properties_mut().filter(|line| tree::is_attendee(line)) {
        let Some(address) = tree::address(line) else { continue };
        let is_his = owner.has(&address);
        let stored = stored_lines.get(&address).copied();
        let comes_from_him = stored.is_some_and(|stored| {
            calendar::Attendee::new(stored).delegated_from().iter().any(|from| owner.has(from))
        });
        let is_put_back = !is_his && (comes_from_him || !delegates.contains(&address));
        if let Some(stored) = stored.filter(|_| is_put_back)
            && !tree::agree(stored, line, &KEPT_APART)
        {
            *line = stored.clone();
            changed = true;
        }
        seen.insert(address);
    }
    let before = component.properties_named("ATTENDEE").count();
    component.retain_properties(|line| {
        let Some(address) = tree::is_attendee(line).then(|| tree::address(line)).flatten() else {
            return true;
        };
        owner.has(&address) || delegates.contains(&address) || stored_lines.contains_key(&address)
    });
    changed |= component.properties_named("ATTENDEE").count() != before;
    for (address, line) in &stored_lines {
        if !seen.contains(address) {
            component.push_property((*line).clone());
            changed = true;
        }
    }
    changed
}

/// Components that the client left out without saying that it meant to.
fn add_missing(
    stored: &CalendarObject,
    sent: &CalendarObject,
    declined: &[InstanceId],
    restored: &mut Restored,
) {
    let excluded = tree::excluded(sent);
    for (id, component) in tree::parts(stored) {
        // One that describes later instances as well stays for these.
        let is_meant =
            (declined.contains(&id) || excluded.contains(&id)) && !component.is_this_and_future();
        if tree::part(sent, id).is_none() && !is_meant {
            restored.tree.push_component(component.clone());
            let text = "the component was missing: put back as it was";
            restored.reasons.push(Reason::general(id, Verdict::PutBack, text));
        }
    }
}

/// Lines that were put back may name zones that the client's data does not describe.
fn add_missing_zones(stored: &CalendarObject, edited: &mut Component) {
    let parts: Vec<Component> =
        edited.components().filter(|part| part.name() != "VTIMEZONE").cloned().collect();
    let described: BTreeSet<String> = edited
        .components()
        .filter(|zone| zone.name() == "VTIMEZONE")
        .filter_map(|zone| Some(zone.property("TZID")?.value().to_owned()))
        .collect();
    for zone in zones_of(stored.tree(), &parts) {
        if !zone.property("TZID").is_some_and(|tzid| described.contains(tzid.value())) {
            edited.push_component(zone.clone());
        }
    }
}
