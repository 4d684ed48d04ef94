//! What each attendee said last, and when the organizer made it void.

use std::collections::{BTreeMap, BTreeSet};

use calendar::{CalendarObject, InstanceId};
use jiff::Timestamp;

use super::super::support::address;
use super::ids;

/// What was said.
#[derive(Default)]
pub(super) struct Ledger {
    /// Of each attendee and instance: the answer, and up to when he had heard the organizer.
    answers: BTreeMap<(String, InstanceId), (String, Timestamp)>,
    /// When the organizer did what makes answers void: other times, other people, asking again.
    voids: Vec<Timestamp>,
    /// When somebody was sent in another's place, who had answered for himself perhaps: then he is asked again.
    sent: Vec<(String, Timestamp)>,
}

impl Ledger {
    pub(super) fn note_void(&mut self, at: Timestamp) {
        self.voids.push(at);
    }

    pub(super) fn note_sent(&mut self, name: &str, at: Timestamp) {
        self.sent.push((name.to_owned(), at));
    }

    /// An attendee wrote or removed his copy: what it says that it did not say before are answers, and what he left out
    /// or threw away he declined.
    pub(super) fn note_write(
        &mut self,
        name: &str,
        before: &CalendarObject,
        after: Option<&CalendarObject>,
        heard: Timestamp,
    ) {
        let ids = before.components().map(|part| before.instance_id(part)).chain(ids(before));
        let new = after.into_iter().flat_map(|after| {
            after.components().map(|part| after.instance_id(part)).collect::<Vec<_>>()
        });
        for id in ids.chain(new).collect::<BTreeSet<_>>() {
            let was = partstat(before, id, name);
            let is = match after.and_then(|after| after.component_for(&id)) {
                Some(component) if component.is_cancelled() => continue,
                Some(_) => after.and_then(|after| partstat(after, id, name)),
                None => was
                    .clone()
                    .filter(|was| was != "DELEGATED" || is_left_out(before, after, id, name))
                    .map(|_| "DECLINED".to_owned()),
            };
            let is_cancelled =
                before.component_for(&id).is_some_and(calendar::Component::is_cancelled);
            if let Some(said) = is.filter(|said| was.as_ref() != Some(said) && !is_cancelled) {
                self.answers.insert((name.to_owned(), id), (said, heard));
            }
        }
    }

    /// Whether the organizer's object shows what an attendee said last of each instance, unless it was made void after
    /// what he had heard.
    pub(super) fn is_shown(
        &self,
        organizers: Option<&CalendarObject>,
        name: &str,
    ) -> Result<(), String> {
        let Some(organizers) = organizers else { return Ok(()) };
        for ((who, id), (said, heard)) in &self.answers {
            let is_asked = self.sent.iter().any(|(whom, at)| whom == name && at > heard);
            let is_void = is_asked || self.voids.iter().any(|void| void > heard);
            // What does not take place is not answered.
            let shown = organizers.component_for(id).filter(|part| !part.is_cancelled());
            let shown = shown.and_then(|_| partstat(organizers, *id, name));
            if who == name && !is_void && shown.as_ref().is_some_and(|shown| shown != said) {
                return Err(format!("he said {said} to {id:?}, and {shown:?} is shown"));
            }
        }
        Ok(())
    }
}

/// Whether one date of a series goes, of which nothing else was said than of the series, and the series stays: what was
/// said to that does not matter.
fn is_left_out(
    before: &CalendarObject,
    after: Option<&CalendarObject>,
    id: InstanceId,
    name: &str,
) -> bool {
    let goes_with_series = before.override_for(&id).is_none()
        || partstat(before, id, name) == partstat(before, InstanceId::Master, name);
    after.is_some() && goes_with_series
}

fn partstat(object: &CalendarObject, id: InstanceId, name: &str) -> Option<String> {
    let component = object.component_for(&id)?;
    Some(component.attendee(&address(name))?.partstat().to_string())
}
