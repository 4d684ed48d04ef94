//! Octets that several versions of one write share: the copies of a meeting, and the messages about it. Stored once, they
//! halve what is written of a meeting of many, and more.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::connection::Cut;
use crate::values::ObjectId;

/// Where a version's octets come from: of its own, or shared.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum BodyParameters {
    Own(Cut),
    Shared { shared_object: i64, shared_change: i64 },
}

/// Octets that several versions share, named after the first of them.
#[derive(Serialize)]
pub(crate) struct SharedParameters {
    object: i64,
    change: i64,
    #[serde(flatten)]
    octets: Cut,
}

/// The octets that are worth sharing: how many versions have them, and which is the first.
pub(crate) struct Bodies(BTreeMap<Cut, Body>);

struct Body {
    object: ObjectId,
    change: i64,
    versions: usize,
}

impl Bodies {
    /// To store octets apart is a table and two indexes more: it has to spare this many octets.
    const WORTH: usize = 8 * 1024;

    /// What versions have: object, change number and octets of each.
    pub(crate) fn of(versions: impl Iterator<Item = (ObjectId, i64, Cut)>) -> Self {
        let mut bodies = BTreeMap::new();
        for (object, change, octets) in versions {
            let body = bodies.entry(octets).or_insert(Body { object, change, versions: 0 });
            body.versions += 1;
        }
        bodies.retain(|octets, body| (body.versions - 1) * octets.len() >= Self::WORTH);
        Self(bodies)
    }

    pub(crate) fn place(&self, octets: Cut) -> BodyParameters {
        match self.0.get(&octets) {
            Some(body) => BodyParameters::Shared {
                shared_object: body.object.get(),
                shared_change: body.change,
            },
            None => BodyParameters::Own(octets),
        }
    }

    pub(crate) fn shared(&self) -> impl Iterator<Item = SharedParameters> {
        self.0.iter().map(|(octets, body)| SharedParameters {
            object: body.object.get(),
            change: body.change,
            octets: *octets,
        })
    }
}
