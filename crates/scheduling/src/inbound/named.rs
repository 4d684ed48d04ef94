//! Which instance a message means whose RECURRENCE-ID is written otherwise than its recipient has it.
//!
//! RECURRENCE-ID has the form of DTSTART (RFC 5545 section 3.8.4.4), and clients slip: a time without its zone, a DATE
//! for a series with times, or the reverse. Without a master beside it a message does not tell what that means; the copy
//! does.

use std::collections::BTreeMap;

use calendar::{CalendarObject, CalendarTime, Component, InstanceId, Message, Property};

use crate::tree;

/// The message as it names the instances of `copy`; none where it does so already.
pub(crate) fn as_in(copy: &CalendarObject, message: &Message) -> Option<Message> {
    let content = message.content();
    if content.master().is_some_and(|series| series.start().is_some()) {
        return None;
    }
    let mut meant: BTreeMap<InstanceId, Property> = BTreeMap::new();
    for part in content.overrides() {
        let id = content.instance_id(part);
        meant.extend(recurrence_id(copy, id, part).map(|own| (id, own)));
    }
    if meant.is_empty() {
        return None;
    }
    let (kind, mut tree) = (content.kind().as_str(), message.tree().clone());
    for ((id, _), part) in tree::parts(content).into_iter().zip(tree::parts_mut(&mut tree, kind)) {
        let written = part.properties_mut().find(|line| line.is("RECURRENCE-ID"));
        if let (Some(own), Some(written)) = (meant.get(&id), written) {
            let mut own = own.clone();
            tree::copy_param(written, &mut own, "RANGE");
            *written = own;
        }
    }
    Message::from_tree(tree).ok()
}

/// The RECURRENCE-ID that `copy` has for the instance that is meant, where that is another one than `id`.
fn recurrence_id(copy: &CalendarObject, id: InstanceId, part: &Component) -> Option<Property> {
    let meant = copy.instance_id(part);
    if meant == id {
        return None;
    }
    let written = CalendarTime::from_property(part.property("RECURRENCE-ID")?).ok()?;
    // With a zone of its own it says which instance it means, if there is one.
    if !written.is_floating() && tree::instance(copy, id).is_some() {
        return None;
    }
    tree::instance(copy, meant)?.property("RECURRENCE-ID").cloned()
}
