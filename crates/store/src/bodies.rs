//! Octets that several versions of one write share: the copies of a meeting, and the messages about it. Stored once, they
//! halve what is written of a meeting of many, and more.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::connection::Cut;

/// Whether a version shares its octets with others, for which it stands if it is the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Shared {
    First,
    Other,
}

/// The octets that are worth sharing: whether a version has them already.
pub(crate) struct Bodies(BTreeMap<Cut, Body>);

#[derive(Default)]
struct Body {
    versions: usize,
    is_placed: bool,
}

impl Bodies {
    /// To store octets apart is a table and two indexes more: it has to spare this many octets.
    const WORTH: usize = 8 * 1024;

    /// What versions have.
    pub(crate) fn of(versions: impl Iterator<Item = Cut>) -> Self {
        let mut bodies: BTreeMap<Cut, Body> = BTreeMap::new();
        for octets in versions {
            bodies.entry(octets).or_default().versions += 1;
        }
        bodies.retain(|octets, body| (body.versions - 1) * octets.len() >= Self::WORTH);
        Self(bodies)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How the next version with these octets has them; `None`: for itself.
    pub(crate) fn place(&mut self, octets: Cut) -> Option<Shared> {
        let body = self.0.get_mut(&octets)?;
        let is_other = std::mem::replace(&mut body.is_placed, true);
        Some(if is_other { Shared::Other } else { Shared::First })
    }
}
