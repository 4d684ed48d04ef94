//! Participants whom an attendee's client wrote in another of their addresses: the primary one instead of the one that
//! was invited, a principal's path instead of a mail address. They are whom they were, and stay as they were invited.

use std::collections::BTreeMap;

use calendar::{CalendarAddress, CalendarObject, Component};

use super::Change;
use super::organizer::rebuilt;
use crate::directory::Directory;
use crate::{Refusal, tree};

/// What an attendee sent, with the addresses of `stored`; none where it has them.
pub(super) fn as_invited(
    change: &Change<'_>,
    stored: &CalendarObject,
    sent: &CalendarObject,
) -> Result<Option<CalendarObject>, Refusal> {
    let spellings: Vec<_> = tree::parts(sent)
        .into_iter()
        .map(|(id, component)| {
            let reference = tree::part_for(stored, id);
            reference.map(|reference| spellings(reference, component, change.directory))
        })
        .map(Option::unwrap_or_default)
        .collect();
    if spellings.iter().all(BTreeMap::is_empty) {
        return Ok(None);
    }
    let mut edited = sent.tree().clone();
    let components = tree::parts_mut(&mut edited, sent.kind().as_str());
    for (component, spellings) in components.zip(&spellings) {
        for line in component.properties_mut().filter(|line| tree::is_participant(line)) {
            let stored = tree::address(line).and_then(|address| spellings.get(&address));
            if let Some(stored) = stored {
                line.set_value(stored);
            }
        }
    }
    rebuilt(edited).map(Some)
}

/// The stored spelling of each address that `sent` has instead of it.
fn spellings(
    stored: &Component,
    sent: &Component,
    directory: &Directory,
) -> BTreeMap<CalendarAddress, String> {
    let (stored, sent) = (spelled(stored), spelled(sent));
    let gone = || stored.iter().filter(|(address, _)| !sent.contains_key(address));
    sent.keys()
        .filter(|address| !stored.contains_key(address))
        .filter_map(|address| {
            let (_, value) = gone().find(|(other, _)| directory.is_same_person(other, address))?;
            Some((address.clone(), (*value).to_owned()))
        })
        .collect()
}

fn spelled(component: &Component) -> BTreeMap<CalendarAddress, &str> {
    let lines = component.properties().filter(|line| tree::is_participant(line));
    lines.filter_map(|line| Some((tree::address(line)?, line.value()))).collect()
}
