//! Tests on properties and their parameters (RFC 4791 §9.7.2, §9.7.3, §9.9).

use jiff::Timestamp;

use super::component::Scope;
use super::{ParamFilter, ParamTest, PropFilter, PropTest, TimeRange, ValueTest};
use crate::occurrence::{Occurrence, Overlap};
use crate::source::{Component, Property, split_values};
use crate::time::CalendarTime;

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

    /// A test on DTSTART, DTEND or DUE, which an instance has of its own.
    pub(super) fn time_matches(
        self,
        filter: &PropFilter,
        component: &Component,
        occurrence: Option<&Occurrence>,
    ) -> bool {
        let PropTest::Matches { value: Some(ValueTest::TimeRange(range)), params } = &filter.test
        else {
            return false;
        };
        let time = occurrence.and_then(|o| self.effective_time(&filter.name, component, o));
        time.is_some_and(|time| range.contains(time))
            && params.iter().all(|param| param_matches(param, component.property(&filter.name)))
    }

    /// RFC 4791 §9.9: the value in this instance. DTEND and DUE may come from DURATION.
    fn effective_time(
        self,
        name: &str,
        component: &Component,
        occurrence: &Occurrence,
    ) -> Option<Timestamp> {
        use Overlap::{Due, FreeBusy, Point, Span, TodoDue, TodoDuration};
        let (start, end) = occurrence.instants(self.floating);
        let has = |name| component.property(name).is_some();
        match (name, occurrence.overlap) {
            ("DTSTART", Span | Point | TodoDuration | TodoDue | FreeBusy) => Some(start),
            ("DTEND", Span | Point) if has("DTEND") || has("DURATION") => Some(end),
            ("DUE", Due | TodoDuration | TodoDue) => Some(end),
            _ => None,
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
