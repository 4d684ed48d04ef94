//! Instances as components of their own (RFC 4791 §9.6.5).

use std::ops::Range;

use jiff::Timestamp;
use thiserror::Error;

use crate::Limits;
use crate::instances::Instance;
use crate::object::{CalendarObject, ComponentKind};
use crate::occurrence::Overlap;
use crate::recur::days::DAY;
use crate::source::{Component, Property, split_values};
use crate::time::{CalendarDuration, CalendarTime};
use crate::zone::{Zone, ZoneSet};

/// Why an object is not expanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ExpandError {
    /// Beyond [`Limits::max_instances`].
    #[error("there are more than {limit} instances in the time range")]
    TooManyInstances {
        /// How many are allowed.
        limit: usize,
    },
    /// Beyond [`Limits::max_resource_size`].
    #[error("the instances in the time range have more than {limit} octets")]
    TooLarge {
        /// How many are allowed.
        limit: usize,
    },
}

/// The instances in a range: all of them, or none.
fn instances_in<'a>(
    object: &'a CalendarObject,
    range: &Range<Timestamp>,
    floating: &Zone,
    limits: &Limits,
) -> Result<Vec<Instance<'a>>, ExpandError> {
    let limit = limits.max_instances;
    let one_more = Limits { max_instances: limit.saturating_add(1), ..*limits };
    let mut instances = object.instances(range.clone(), floating, &one_more);
    let found: Vec<_> = instances.by_ref().collect();
    if instances.is_truncated() {
        return Err(ExpandError::TooManyInstances { limit });
    }
    Ok(found)
}

/// The object with a component for each instance in the range, and without time zones.
pub(super) fn expand(
    object: &CalendarObject,
    range: &Range<Timestamp>,
    floating: &Zone,
    limits: &Limits,
) -> Result<Component, ExpandError> {
    let instances = instances_in(object, range, floating, limits)?;
    check_size(&instances, limits.max_resource_size)?;
    let mut tree = object.tree().clone();
    tree.retain_components(|c| c.name() != "VTIMEZONE" && c.name() != object.kind().as_str());
    if object.kind() == ComponentKind::FreeBusy {
        // Its instances are the periods of one and the same component, all in UTC already.
        instances.first().into_iter().for_each(|it| tree.push_component(it.component.clone()));
    } else {
        instances.iter().for_each(|it| tree.push_component(component(object, it)));
    }
    to_utc(&mut tree, object.zones());
    Ok(tree)
}

/// One instance may be as large as the object; more are no larger together than an object may be.
fn check_size(instances: &[Instance<'_>], limit: usize) -> Result<(), ExpandError> {
    let mut total = 0_usize;
    let mut last: Option<(&Component, usize)> = None;
    for instance in instances {
        let size = match last {
            Some((component, size)) if std::ptr::eq(component, instance.component) => size,
            _ => instance.component.to_octets().len(),
        };
        last = Some((instance.component, size));
        if total > 0 && total.saturating_add(size) > limit {
            return Err(ExpandError::TooLarge { limit });
        }
        total = total.saturating_add(size);
    }
    Ok(())
}

fn component(object: &CalendarObject, instance: &Instance<'_>) -> Component {
    let mut component = instance.component.clone();
    component.retain_properties(|p| !RECURRENCE.contains(&p.name()));
    if let Some(id) = instance.recurrence_id(object) {
        component.set_property(id.to_property("RECURRENCE-ID"));
    }
    match instance.occurrence.overlap {
        Overlap::Closed | Overlap::Created | Overlap::Always => return component,
        Overlap::Due => {}
        _ => set_time(&mut component, "DTSTART", &instance.start_value()),
    }
    let end = if object.kind() == ComponentKind::Todo { "DUE" } else { "DTEND" };
    if component.property(end).is_some() {
        set_time(&mut component, end, &instance.end_value());
    } else if !lasts_as_written(&component, object.kind(), instance) {
        component.remove_properties("DURATION");
        component.set_property(instance.end_value().to_property(end));
    }
    component
}

const RECURRENCE: [&str; 4] = ["RRULE", "RDATE", "EXDATE", "EXRULE"];

/// Whether DURATION, or its absence, says when the instance ends. It does not where the length is that
/// of an RDATE period, or where a nominal day is none of 24 hours, which it is in UTC.
fn lasts_as_written(component: &Component, kind: ComponentKind, instance: &Instance<'_>) -> bool {
    let written = component.property("DURATION");
    let written = written.and_then(|p| CalendarDuration::parse(p.value()).ok());
    let whole_day = instance.start_value().is_date() && kind != ComponentKind::Todo;
    let seconds = match written {
        Some(duration) => duration.days.saturating_mul(DAY).saturating_add(duration.seconds),
        None if whole_day => DAY,
        None => 0,
    };
    instance.occurrence.end - instance.occurrence.start == seconds
}

/// Sets a time and leaves other parameters than TZID alone.
fn set_time(component: &mut Component, name: &str, time: &CalendarTime) {
    if component.property(name).is_none() {
        component.push_property(time.to_property(name));
    }
    for property in component.properties_mut().filter(|p| p.is(name)) {
        set_value(property, &time.to_value());
    }
}

/// RFC 4791 §9.6.5: no reference to a time zone remains.
fn to_utc(component: &mut Component, zones: &ZoneSet) {
    for property in component.properties_mut() {
        let Some(tzid) = property.param("TZID") else {
            continue;
        };
        let values = split_values(property.value()).map(|value| {
            let parts = value.split('/').map(|part| value_in_utc(part, tzid, zones));
            parts.collect::<Vec<_>>().join("/")
        });
        let values = values.collect::<Vec<_>>().join(",");
        set_value(property, &values);
    }
    component.components_mut().for_each(|inner| to_utc(inner, zones));
}

/// A time in UTC; what is no time, or in a zone that nobody knows, as it is written.
fn value_in_utc(value: &str, tzid: &str, zones: &ZoneSet) -> String {
    match (CalendarTime::parse(value, Some(tzid)), zones.get(tzid)) {
        (Ok(CalendarTime::Zoned(local, _)), Some(zone)) => {
            CalendarTime::Utc(zone.instant(local)).to_value()
        }
        _ => value.to_owned(),
    }
}

fn set_value(property: &mut Property, value: &str) {
    property.set_value(value);
    property.remove_param("TZID");
}
