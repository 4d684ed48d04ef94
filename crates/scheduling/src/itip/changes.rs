//! What differs between two versions of the organizer's object, by instance.

use calendar::diff::ObjectDiff;
use calendar::{CalendarObject, InstanceId};

use crate::tree;

/// The differences that scheduling asks for.
#[derive(Default)]
pub(super) struct Changes {
    differences: ObjectDiff,
    /// Instances that the master now leaves out by EXDATE.
    pub(super) left_out: Vec<InstanceId>,
    /// Instances that had an override and are as the master says again.
    pub(super) given_back: Vec<InstanceId>,
}

impl Changes {
    /// What the differences between two versions mean; without an old one everything is new.
    pub(super) fn between(
        old: Option<&CalendarObject>,
        new: &CalendarObject,
        differences: ObjectDiff,
    ) -> Self {
        let Some(old) = old else { return Self::default() };
        let is_moved = differences.of(InstanceId::Master).is_some_and(|item| item.rescheduled);
        // When the whole series moves, all of it is told anew: nothing is cancelled by instance.
        let left_out = if is_moved { Vec::new() } else { tree::newly_excluded(&differences, new) };
        let overridden = tree::parts(old).into_iter().map(|(id, _)| id);
        let given_back = overridden
            .filter(|id| *id != InstanceId::Master && tree::part(new, *id).is_none())
            .filter(|id| !left_out.contains(id))
            .collect();
        Self { differences, left_out, given_back }
    }

    /// Whether an instance changed in a way that is told (design rule 4).
    pub(super) fn is_changed(&self, id: InstanceId) -> bool {
        self.differences.of(id).is_some_and(|item| item.changed)
    }

    /// Whether it was rescheduled (RFC 6638 section 3.2.8).
    pub(super) fn is_rescheduled(&self, id: InstanceId) -> bool {
        self.differences.of(id).is_some_and(|item| item.rescheduled)
    }

    /// Whether SEQUENCE counts the change (design rule 7).
    pub(super) fn is_significant(&self, id: InstanceId) -> bool {
        self.differences.of(id).is_some_and(|item| item.significant)
    }
}
