//! What one sees of a meeting, and whether two see the same.

use std::collections::BTreeMap;

use calendar::zone::Zone;
use calendar::{CalendarObject, InstanceId, Limits};
use jiff::Timestamp;

use super::super::support::address;

/// What one sees of an instance.
#[derive(Debug, PartialEq, Eq)]
struct Sight {
    start: Timestamp,
    end: Timestamp,
    summary: Option<String>,
    location: Option<String>,
    people: BTreeMap<String, String>,
}

/// Whether a copy shows its owner what the organizer's object says of the instances he is in.
pub(in super::super) fn agree(
    organizers: Option<&CalendarObject>,
    copy: Option<&CalendarObject>,
    name: &str,
) -> Result<(), String> {
    let told = organizers.map(|object| seen(object, name)).unwrap_or_default();
    let has = copy.map(|copy| seen(copy, name)).unwrap_or_default();
    for (id, sight) in &told {
        let own = sight.people.get(address(name).as_str());
        match has.get(id) {
            Some(other) if other == sight => {}
            Some(other) => return Err(format!("{id:?} is {other:?}, not {sight:?}")),
            // What he declined and left out, or gave to somebody else and threw away, he does not see.
            None if own.is_some_and(|own| own == "DECLINED" || own == "DELEGATED") => {}
            None if organizers.is_some_and(|object| is_without_series(object, *id, name)) => {}
            None => return Err(format!("{id:?} is missing: {sight:?}")),
        }
    }
    match has.keys().find(|id| !told.contains_key(id)) {
        Some(id) => Err(format!("{id:?} should not be there")),
        None => Ok(()),
    }
}

/// Whether an instance reaches him by an override of all later ones alone. Who is not in the series has no recurrence
/// to find them by: RECURRENCE-ID names an instance of a component that he may not see (RFC 5545 section 3.8.4.4, RFC
/// 6638 section 3.2.6).
fn is_without_series(organizers: &CalendarObject, id: InstanceId, name: &str) -> bool {
    let series = organizers.master().filter(|master| !master.is_cancelled());
    let is_in_series = series.is_some_and(|series| series.attendee(&address(name)).is_some());
    !is_in_series && organizers.override_for(&id).is_none()
}

fn seen(object: &CalendarObject, by: &str) -> BTreeMap<InstanceId, Sight> {
    let instances = object.all_instances(&Zone::utc(), &Limits::default());
    let mut seen = BTreeMap::new();
    for instance in instances {
        let part = instance.component;
        if part.organizer().is_none()
            || part.attendee(&address(by)).is_none()
            || part.is_cancelled()
        {
            continue;
        }
        let text = |name: &str| part.property(name).map(|line| line.value().to_owned());
        let people = part
            .attendees()
            .map(|line| (line.address().unwrap().as_str().to_owned(), line.partstat().to_string()));
        let sight = Sight {
            start: instance.start,
            end: instance.end,
            summary: text("SUMMARY"),
            location: text("LOCATION"),
            people: people.collect(),
        };
        seen.insert(instance.id, sight);
    }
    seen
}
