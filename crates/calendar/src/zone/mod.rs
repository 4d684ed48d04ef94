//! Time zones by TZID (RFC 5545 §3.2.19, §3.6.5).

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::source::Component;

/// A time zone.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// UTC.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// A zone by its IANA name.
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// The instant of a local time; RFC 5545 §3.3.5 for gaps and folds.
    pub fn instant(&self, local: DateTime) -> Timestamp {
        self.0.to_timestamp(local).unwrap_or(Timestamp::MAX)
    }
}

/// The zones that an object's TZIDs mean.
#[derive(Clone, Debug, Default)]
pub struct ZoneSet(BTreeMap<String, Zone>);

impl ZoneSet {
    /// The zones of all TZID parameters and VTIMEZONEs in the tree.
    pub fn from_tree(tree: &Component) -> Self {
        let used = tree
            .components()
            .flat_map(Component::properties)
            .flat_map(|p| [p.param("TZID"), p.is("TZID").then(|| p.value())]);
        Self(
            used.flatten().filter_map(|tzid| Some((tzid.to_owned(), Zone::named(tzid)?))).collect(),
        )
    }

    /// The zone of this TZID.
    pub fn get(&self, tzid: &str) -> Option<&Zone> {
        self.0.get(tzid)
    }
}
