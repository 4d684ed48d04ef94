//! An ADD arrives: one more instance of a series (RFC 5546 section 3.2.4).
//!
//! "The Attendee treats each component in the ADD message as if it were referenced via an RDATE in the main component":
//! it becomes an override of its own start, and the series names that start.

use calendar::zone::ZoneSet;
use calendar::{CalendarObject, CalendarTime, Component, Property};

use super::ask::refresh;
use super::{Arrival, Merge, request};
use crate::tree;

/// Merges an ADD into an attendee's copy; one that can't be merged makes him ask for the whole.
pub(super) fn apply(arrival: &Arrival<'_>) -> Merge {
    let message = arrival.message.content();
    let Some((added, start)) = message.master().and_then(|added| Some((added, added.start()?)))
    else {
        // Not as the RFC has it: the instance is named by RECURRENCE-ID.
        return request::apply(arrival);
    };
    let organizer = tree::organizer(added);
    if organizer.as_ref().is_some_and(|(organizer, line)| !arrival.speaks_for(organizer, line)) {
        return Merge::refused("only the organizer adds dates", arrival);
    }
    // What was cancelled has come to life meanwhile, and what he noted himself is none of the organizer's.
    let series = arrival.copy.filter(|copy| copy.organizer().is_some());
    let series = series.and_then(CalendarObject::master).filter(|series| !series.is_cancelled());
    let has_series = series.is_some();
    let recurs = ["RRULE", "RDATE", "EXDATE"].iter().any(|name| added.property(name).is_some());
    if !has_series || recurs {
        return ask_for_all(arrival);
    }
    let mut tree = message.tree().clone();
    if let Some(added) = tree::master_mut(&mut tree, message.kind().as_str()) {
        added.push_property(start.to_property("RECURRENCE-ID"));
    }
    let Ok(instance) = calendar::Message::from_tree(tree) else { return ask_for_all(arrival) };
    let mut merge = request::apply(&Arrival { message: &instance, ..*arrival });
    merge.stored = merge.stored.map(|stored| with_date(stored, &start));
    merge
}

/// Lets the series name the date.
fn with_date(stored: CalendarObject, start: &CalendarTime) -> CalendarObject {
    let (kind, before) = (stored.kind().as_str(), stored.clone());
    let mut tree = stored.into_tree();
    let zones = ZoneSet::from_tree(&tree);
    let Some(series) = tree::master_mut(&mut tree, kind) else { return before };
    let date = date(series, start, &zones);
    if !series.properties_named("RDATE").any(|known| tree::agree(known, &date, &[])) {
        series.push_property(date);
    }
    CalendarObject::from_tree(tree).unwrap_or(before)
}

/// The date in the form of DTSTART.
fn date(series: &Component, start: &CalendarTime, zones: &ZoneSet) -> Property {
    let instant = start.instant(zones, &calendar::Zone::utc());
    let own = series.start().map_or_else(|| start.clone(), |own| own.at(instant, zones));
    own.to_property("RDATE")
}

/// "If the UID is not found on the recipient's calendar, then the recipient SHOULD send a REFRESH to the Organizer."
fn ask_for_all(arrival: &Arrival<'_>) -> Merge {
    let mut merge = Merge::unchanged(true, "he has not all of it, and asks for that", arrival);
    merge.messages.extend(refresh(arrival));
    merge
}
