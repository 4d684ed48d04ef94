//! What the index decides of a filter, so that objects are read only where it does not.

use super::{CompFilter, CompTest, Filter, PropFilter, PropTest, TextMatch, TimeRange, ValueTest};
use crate::object::ComponentKind;
use crate::occurrence::Occurrence;
use crate::zone::Zone;

/// What a filter asks of the rows and the index of a calendar. All of it must hold for an object to
/// match; where `is_decisive`, nothing else has to.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The object is of one of these kinds; with none, nothing matches.
    pub kinds: Vec<ComponentKind>,
    /// An occurrence overlaps this range.
    pub range: Option<TimeRange>,
    /// The UID satisfies these tests.
    pub uids: Vec<TextMatch>,
    /// Whether that is all the filter says.
    pub is_decisive: bool,
}

/// Whether an object matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// The object itself has to be asked: [`Filter::matches`].
    Unknown,
}

impl Plan {
    pub(super) fn of(filter: &Filter) -> Self {
        let mut plan = Self {
            kinds: ComponentKind::ALL.to_vec(),
            range: None,
            uids: Vec::new(),
            is_decisive: true,
        };
        match &filter.calendar.test {
            // Every object is a VCALENDAR, which has no time of its own.
            CompTest::IsNotDefined | CompTest::Matches { time_range: Some(_), .. } => {
                plan.kinds.clear();
            }
            CompTest::Matches { time_range: None, props, comps } => {
                plan.is_decisive = props.is_empty();
                comps.iter().for_each(|comp| plan.add_component(comp));
            }
        }
        plan
    }

    /// Whether an object of this kind and UID can match.
    pub fn admits(&self, kind: ComponentKind, uid: &str) -> bool {
        self.kinds.contains(&kind) && self.uids.iter().all(|test| test.holds(uid))
    }

    /// Whether one of these occurrences lies in the plan's range; times without a zone are placed by
    /// `floating`.
    pub fn reaches(&self, occurrences: &[Occurrence], floating: &Zone) -> bool {
        self.range.is_none_or(|range| {
            let bounds = range.bounds();
            occurrences.iter().any(|one| one.overlaps(&bounds, floating))
        })
    }

    /// Whether an object matches. `is_in_range` is what [`Plan::reaches`] says of all its
    /// occurrences; `None` where the index does not have them all.
    pub fn verdict(&self, kind: ComponentKind, uid: &str, is_in_range: Option<bool>) -> Verdict {
        if !self.admits(kind, uid) {
            return Verdict::No;
        }
        match is_in_range {
            Some(false) => Verdict::No,
            None if self.range.is_some() => Verdict::Unknown,
            _ if self.is_decisive => Verdict::Yes,
            _ => Verdict::Unknown,
        }
    }

    fn add_component(&mut self, filter: &CompFilter) {
        let Some(kind) = ComponentKind::from_name(&filter.name) else {
            self.is_decisive = false;
            return;
        };
        let CompTest::Matches { time_range, props, comps } = &filter.test else {
            self.kinds.retain(|other| *other != kind);
            return;
        };
        self.kinds.retain(|other| *other == kind);
        self.is_decisive &= comps.is_empty();
        match (self.range, time_range) {
            (None, range) => self.range = *range,
            (Some(_), None) => {}
            (Some(_), Some(_)) => self.is_decisive = false,
        }
        props.iter().for_each(|prop| self.add_property(prop));
    }

    /// All components of an object have one UID (RFC 4791 §4.1), and each has it.
    fn add_property(&mut self, filter: &PropFilter) {
        match &filter.test {
            _ if filter.name != "UID" => self.is_decisive = false,
            PropTest::IsNotDefined => self.kinds.clear(),
            PropTest::Matches { value, params } => {
                self.is_decisive &= params.is_empty();
                match value {
                    None => {}
                    Some(ValueTest::TextMatch(test)) => self.uids.push(test.clone()),
                    Some(ValueTest::TimeRange(_)) => self.is_decisive = false,
                }
            }
        }
    }
}
