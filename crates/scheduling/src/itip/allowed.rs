//! What an attendee may not change in his copy (RFC 6638 sections 3.2.2.1 and 3.2.4.4; design rule
//! 20).
//!
//! Only what can't be put back without lying to the client is refused: another organizer, his own
//! line removed, another time. Everything else that is not his is put back by
//! [`restore`](super::restore).

use calendar::diff::ObjectDiff;
use calendar::{CalendarObject, Component};

use crate::directory::LocalUser;
use crate::{Refusal, summary, tree};

/// The properties that say when it is.
const TIMES: [&str; 6] = ["DTSTART", "DTEND", "DURATION", "DUE", "RRULE", "RDATE"];

/// Refuses what an attendee may not do to `stored`. A cancelled component may be written in any
/// way.
pub(super) fn check(
    stored: &CalendarObject,
    sent: &CalendarObject,
    differences: &ObjectDiff,
    owner: &LocalUser,
) -> Result<(), Refusal> {
    let compared: Vec<_> = tree::parts(sent)
        .into_iter()
        .filter_map(|(id, component)| Some((id, component, tree::instance(stored, id)?)))
        .filter(|(_, _, reference)| !reference.is_cancelled())
        .collect();
    for (_, component, reference) in &compared {
        check_organizer(reference, component, sent)?;
        check_own_line(reference, component, owner)?;
    }
    for item in &differences.instances {
        let is_compared = compared.iter().any(|(id, _, _)| *id == item.id);
        let moved =
            TIMES.iter().find(|name| item.properties.contains(**name)).filter(|_| is_compared);
        if let Some(property) = moved {
            let sentence = format!(
                "{property} can't be changed by an attendee: the organizer decides when it is."
            );
            return Err(Refusal::attendee(property, sentence));
        }
    }
    Ok(())
}

fn check_organizer(
    stored: &Component,
    component: &Component,
    sent: &CalendarObject,
) -> Result<(), Refusal> {
    let Some((organizer, _)) = tree::organizer(stored) else { return Ok(()) };
    match tree::organizer(component) {
        Some((other, _)) if other != organizer => Err(Refusal::attendee(
            "ORGANIZER",
            format!(
                "ORGANIZER can't be changed by an attendee, from {} to {}.",
                summary::shown(&organizer),
                summary::shown(&other)
            ),
        )),
        None if sent.organizer().is_none() => {
            Err(Refusal::attendee("ORGANIZER", "ORGANIZER can't be removed by an attendee."))
        }
        _ => Ok(()),
    }
}

fn check_own_line(
    stored: &Component,
    component: &Component,
    owner: &LocalUser,
) -> Result<(), Refusal> {
    let names_him =
        |component: &Component| tree::attendees(component).any(|(address, _)| owner.has(&address));
    if names_him(stored) && !names_him(component) {
        return Err(Refusal::attendee(
            "ATTENDEE",
            "Your own ATTENDEE line can't be removed: decline, or delete the event.",
        ));
    }
    Ok(())
}
