//! An override made from what an instance is without one.

use super::{InstanceId, Series};
use crate::object::CalendarObject;
use crate::occurrence::Occurrence;
use crate::recur::{RecurrenceSet, Timeline};
use crate::source::{Component, Property};
use crate::time::CalendarTime;
use crate::zone::ZoneSet;

impl CalendarObject {
    /// The override that says of an instance what holds anyway: the component that describes it,
    /// with the instance's own times and a RECURRENCE-ID of DTSTART's type and TZID, without the
    /// recurrence properties. None where there is no such instance, or where the object does not
    /// recur.
    pub fn derive_override(&self, id: &InstanceId) -> Option<Component> {
        let InstanceId::Recurrence(id) = id else {
            return None;
        };
        let series = Series::new(self);
        if self.is_recurring() && series.contains(id.as_second()) {
            series.derive(id.as_second())
        } else {
            None
        }
    }
}

impl Series<'_> {
    /// As [`CalendarObject::derive_override`], for what is known to be an instance.
    pub(crate) fn derive(&self, id: i64) -> Option<Component> {
        let zones = self.zones();
        let placed = self.placed(id)?;
        let mut derived = placed.component.clone();
        derived.retain_properties(|p| !RECURRENCE.contains(&p.name()));

        let own = derived.property("DTSTART").or_else(|| derived.property("DUE"))?;
        let timeline = Timeline::new(&CalendarTime::from_property(own).ok()?, zones);
        let Occurrence { start, end, .. } = placed.occurrence;
        for (name, to) in [("DTSTART", start), ("DTEND", end), ("DUE", end)] {
            if let Some(property) = derived.properties_mut().find(|p| p.is(name)) {
                move_to(property, to, &timeline, zones);
            }
        }
        if self.period(id).is_some() {
            // The instance lasts as its RDATE says, not as DURATION or the DTEND that was moved.
            let name = if derived.name() == "VTODO" { "DUE" } else { "DTEND" };
            derived.remove_properties("DURATION");
            derived.set_property(timeline.value(end).to_property(name));
        }
        let line = self.set().map_or(&timeline, RecurrenceSet::timeline);
        derived.set_property(line.value(id).to_property("RECURRENCE-ID"));
        Some(derived)
    }
}

const RECURRENCE: [&str; 4] = ["RRULE", "RDATE", "EXDATE", "EXRULE"];

/// Gives a time another place on a line and leaves its type, TZID and other parameters.
fn move_to(property: &mut Property, to: i64, timeline: &Timeline, zones: &ZoneSet) {
    let Ok(written) = CalendarTime::from_property(property) else {
        return;
    };
    let own = Timeline::new(&written, zones);
    // A time without a zone on a line that has one, or the reverse, is told on that line's clock.
    let value = if own.is_floating() == timeline.is_floating() {
        own.value(to)
    } else {
        own.value(own.place(timeline.local(to)).0)
    };
    property.set_value(&value.to_value());
}
