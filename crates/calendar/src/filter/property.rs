//! Tests on properties and their parameters (RFC 4791 §9.7.2, §9.7.3, §9.9).

use jiff::Timestamp;

use super::component::Scope;
use super::{ParamFilter, ParamTest, PropFilter, PropTest, TimeRange, ValueTest};
use crate::occurrence::{Occurrence, Overlap};
use crate::source::{Component, Property, split_values};
use crate::time::CalendarTime;
use crate::zone::Zone;

impl Scope<'_> {
    /// RFC 4791 §9.7.2: one property satisfies all tests.
    pub(super) fn property_matches(self, filter: &PropFilter, component: &Component) -> bool {
        let mut named = component.properties_named(&filter.name);
        match &filter.test {
            PropTest::IsNotDefined => named.next().is_none(),
            PropTest::Matches { value, params } => named.any(|property| {
                value.as_ref().is_none_or(|test| self.value_matches(test, property))
                    && params.iter().all(|param| param_matches(param, Some(property)))
            }),
        }
    }

    fn value_matches(self, test: &ValueTest, property: &Property) -> bool {
        match test {
            // Values that are no TEXT have nothing to unescape.
            ValueTest::TextMatch(text) => text.holds(&property.to_text()),
            ValueTest::TimeRange(range) => self.some_time_is_in(*range, property),
        }
    }

    fn some_time_is_in(self, range: TimeRange, property: &Property) -> bool {
        split_values(property.value())
            .filter_map(|value| CalendarTime::parse(value, property.param("TZID")).ok())
            .any(|time| range.contains(time.instant(self.object.zones(), self.floating)))
    }
}

/// A time that each instance has of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edge {
    /// DTSTART.
    Start,
    /// DTEND, which may come from DURATION.
    End,
    /// DUE, likewise.
    Due,
}

/// What a test on DTSTART, DTEND or DUE asks of the instances of a component; none where there is none
/// that can satisfy it.
pub(super) fn time_test(filter: &PropFilter, component: &Component) -> Option<(Edge, TimeRange)> {
    let PropTest::Matches { value: Some(ValueTest::TimeRange(range)), params } = &filter.test
    else {
        return None;
    };
    let property = component.property(&filter.name);
    let edge = match filter.name.as_str() {
        "DTSTART" => Edge::Start,
        "DTEND" if property.is_some() || component.property("DURATION").is_some() => Edge::End,
        "DUE" => Edge::Due,
        _ => return None,
    };
    params.iter().all(|param| param_matches(param, property)).then_some((edge, *range))
}

impl Edge {
    /// RFC 4791 §9.9: the value in this instance.
    pub(super) fn of(self, occurrence: &Occurrence, floating: &Zone) -> Option<Timestamp> {
        use Overlap::{Due, FreeBusy, Point, Span, TodoDue, TodoDuration};
        let (start, end) = occurrence.instants(floating);
        match (self, occurrence.overlap) {
            (Self::Start, Span | Point | TodoDuration | TodoDue | FreeBusy) => Some(start),
            (Self::End, Span | Point) | (Self::Due, Due | TodoDuration | TodoDue) => Some(end),
            _ => None,
        }
    }
}

/// RFC 4791 §9.7.3. Where DURATION stands for DTEND or DUE there is no property, and no parameter.
fn param_matches(filter: &ParamFilter, property: Option<&Property>) -> bool {
    let mut named = property.into_iter().flat_map(|p| p.params()).filter(|p| p.is(&filter.name));
    match &filter.test {
        ParamTest::IsNotDefined => named.next().is_none(),
        ParamTest::IsDefined => named.next().is_some(),
        ParamTest::TextMatch(text) => {
            let mut named = named.peekable();
            named.peek().is_some() && text.holds_of_any(named.flat_map(|p| p.values()))
        }
    }
}
