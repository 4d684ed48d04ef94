//! An override made from what an instance is without one.

use super::{InstanceId, Series};
use crate::object::CalendarObject;
use crate::recur::Timeline;
use crate::source::{Component, Property};
use crate::time::CalendarTime;

impl CalendarObject {
    /// The override that says of an instance what holds anyway: the component that describes it, with
    /// the instance's own times and a RECURRENCE-ID of DTSTART's type and TZID, without the recurrence
    /// properties. None where there is no such instance, or where the object does not recur.
    pub fn derive_override(&self, id: &InstanceId) -> Option<Component> {
        let InstanceId::Recurrence(id) = id else {
            return None;
        };
        let series = Series::new(self);
        if self.is_recurring() && series.contains(id.as_second()) {
            series.derive(self, id.as_second())
        } else {
            None
        }
    }

    /// Gives a time another instant and leaves its type, TZID and other parameters.
    fn move_to(&self, component: &mut Component, name: &str, timeline: &Timeline, to: i64) {
        let Some(property) = component.properties_mut().find(|p| p.is(name)) else {
            return;
        };
        let Ok(written) = CalendarTime::from_property(property) else {
            return;
        };
        let own = Timeline::new(&written, self.zones());
        // A time without a zone on a line that has one, or the reverse, is told on that line's clock.
        let value = if own.is_floating() == timeline.is_floating() {
            own.value(to)
        } else {
            own.value(own.place(timeline.local(to)).0)
        };
        set(property, &value);
    }
}

impl Series<'_> {
    /// As [`CalendarObject::derive_override`], for what is known to be an instance.
    pub(crate) fn derive(&self, object: &CalendarObject, id: i64) -> Option<Component> {
        let placed = self.placed(id)?;
        let period = self.period(id);
        let mut derived = placed.component.clone();
        derived.retain_properties(|p| !RECURRENCE.contains(&p.name()));

        let own = derived.property("DTSTART").or_else(|| derived.property("DUE"))?;
        let timeline = Timeline::new(&CalendarTime::from_property(own).ok()?, object.zones());
        let occurrence = placed.occurrence;
        object.move_to(&mut derived, "DTSTART", &timeline, occurrence.start);
        for name in ["DTEND", "DUE"] {
            object.move_to(&mut derived, name, &timeline, occurrence.end);
        }
        if period.is_some() {
            // The instance lasts as its RDATE says, not as DURATION or the DTEND that was moved.
            let name = if derived.name() == "VTODO" { "DUE" } else { "DTEND" };
            derived.remove_properties("DURATION");
            derived.set_property(timeline.value(occurrence.end).to_property(name));
        }
        let line = object.timeline().unwrap_or(timeline);
        derived.set_property(line.value(id).to_property("RECURRENCE-ID"));
        Some(derived)
    }
}

const RECURRENCE: [&str; 4] = ["RRULE", "RDATE", "EXDATE", "EXRULE"];

fn set(property: &mut Property, value: &CalendarTime) {
    property.set_value(&value.to_value());
}
