//! The zones of one object: what its TZIDs mean.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Zone;
use super::observance::Observances;
use crate::source::Component;

/// The zones that the TZIDs of an object mean.
#[derive(Clone, Debug, Default)]
pub struct ZoneSet(BTreeMap<String, Zone>);

impl ZoneSet {
    /// The zones of all VTIMEZONE components in the tree, and of all TZID parameters that need none
    /// because their name is known (RFC 7809).
    pub fn from_tree(tree: &Component) -> Self {
        let mut zones = BTreeMap::new();
        for vtimezone in tree.components().filter(|c| c.name() == "VTIMEZONE") {
            let Some(tzid) = vtimezone.property("TZID") else {
                continue;
            };
            if let Some(zone) = Zone::of_vtimezone(vtimezone) {
                zones.entry(tzid.to_text().trim().to_owned()).or_insert(zone);
            }
        }
        let mut set = Self(zones);
        set.add_named(tree);
        set
    }

    /// The zone of a TZID, as it is written in the object.
    pub fn get(&self, tzid: &str) -> Option<&Zone> {
        self.0.get(tzid.trim())
    }

    fn add_named(&mut self, component: &Component) {
        for tzid in component.properties().filter_map(|p| p.param("TZID")).map(str::trim) {
            if !self.0.contains_key(tzid)
                && let Some(zone) = Zone::named(tzid)
            {
                self.0.insert(tzid.to_owned(), zone);
            }
        }
        component.components().for_each(|inner| self.add_named(inner));
    }
}

impl Zone {
    /// The zone that a VTIMEZONE defines: by its TZID or the location it names, where these are
    /// known, else by its own observances.
    pub fn of_vtimezone(vtimezone: &Component) -> Option<Self> {
        let named = |name: &str| Self::named(&vtimezone.property(name)?.to_text());
        named("TZID").or_else(|| named("X-LIC-LOCATION")).or_else(|| {
            Observances::of_vtimezone(vtimezone)
                .map(|observances| Self::Custom(Arc::new(observances)))
        })
    }
}
