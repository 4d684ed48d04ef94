//! The identity of instances.

use jiff::Timestamp;

use crate::object::CalendarObject;
use crate::source::Component;
use crate::time::{CalendarTime, InvalidTime};
use crate::zone::{Zone, ZoneSet};

/// Which instance a component stands for, by instant: RECURRENCE-ID may be written in UTC, with a TZID
/// or with another name of the zone. DATE and floating values are read as UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceId {
    /// No RECURRENCE-ID: the whole object.
    Master,
    /// One instance.
    Recurrence(Timestamp),
}

impl InstanceId {
    /// The identity of a component of an object with these zones.
    pub fn of(component: &Component, zones: &ZoneSet) -> Result<Self, InvalidTime> {
        match component.property("RECURRENCE-ID") {
            None => Ok(Self::Master),
            Some(property) => {
                let time = CalendarTime::from_property(property)?;
                Ok(Self::Recurrence(time.instant(zones, &Zone::utc())))
            }
        }
    }
}

impl CalendarObject {
    /// The identity of one of the object's components.
    pub fn instance_id(&self, component: &Component) -> InstanceId {
        InstanceId::of(component, self.zones()).unwrap_or(InstanceId::Master)
    }
}
