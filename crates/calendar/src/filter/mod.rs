//! The search filter of a calendar-query (RFC 4791 §9.7, §9.9): what it says, and whether an object
//! matches it.
//!
//! Invariants: [`Filter::matches`] is the whole truth; [`Filter::plan`] says what the index knows of it
//! without the object, and never says otherwise. Work is bounded by the object's size, the number of
//! tests and [`Limits::max_instances`].

mod alarm;
mod collation;
mod component;
mod plan;
mod property;

use std::ops::Range;

use jiff::Timestamp;

pub use plan::{Plan, Verdict};

use crate::Limits;
use crate::object::CalendarObject;
use crate::zone::Zone;

/// A filter: tests on the iCalendar object, outermost VCALENDAR (RFC 4791 §9.7).
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// What the VCALENDAR must satisfy; its name is not looked at.
    pub calendar: CompFilter,
}

/// A test on the components of one name in the enclosing scope (RFC 4791 §9.7.1).
#[derive(Clone, Debug, PartialEq)]
pub struct CompFilter {
    /// The component's name, in upper case.
    pub name: String,
    /// What is asked of such components.
    pub test: CompTest,
}

/// What is asked of the components of a name.
#[derive(Clone, Debug, PartialEq)]
pub enum CompTest {
    /// There is none.
    IsNotDefined,
    /// One satisfies all of these; with nothing in it, one exists. Of a recurring component it is one
    /// instance that satisfies all.
    Matches {
        /// An instance overlaps this range.
        time_range: Option<TimeRange>,
        /// Tests on its properties.
        props: Vec<PropFilter>,
        /// Tests on its sub-components.
        comps: Vec<CompFilter>,
    },
}

/// A test on the properties of one name (RFC 4791 §9.7.2).
#[derive(Clone, Debug, PartialEq)]
pub struct PropFilter {
    /// The property's name, in upper case.
    pub name: String,
    /// What is asked of such properties.
    pub test: PropTest,
}

/// What is asked of the properties of a name.
#[derive(Clone, Debug, PartialEq)]
pub enum PropTest {
    /// There is none.
    IsNotDefined,
    /// One satisfies all of these; with nothing in it, one exists.
    Matches {
        /// A test on the value.
        value: Option<ValueTest>,
        /// Tests on its parameters.
        params: Vec<ParamFilter>,
    },
}

/// A test on a property's value.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueTest {
    /// The date-time lies in this range (RFC 4791 §9.9).
    TimeRange(TimeRange),
    /// The text is found in it.
    TextMatch(TextMatch),
}

/// A test on the parameters of one name (RFC 4791 §9.7.3).
#[derive(Clone, Debug, PartialEq)]
pub struct ParamFilter {
    /// The parameter's name, in upper case.
    pub name: String,
    /// What is asked of it.
    pub test: ParamTest,
}

/// What is asked of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum ParamTest {
    /// It is absent.
    IsNotDefined,
    /// It is there.
    IsDefined,
    /// The text is found in its value.
    TextMatch(TextMatch),
}

/// A substring test (RFC 4791 §9.7.5).
#[derive(Clone, Debug, PartialEq)]
pub struct TextMatch {
    /// The text to be found.
    pub text: String,
    /// How characters are compared.
    pub collation: Collation,
    /// Whether the test holds where the text is *not* found.
    pub negate: bool,
}

/// The collations of `CALDAV:supported-collation-set` (RFC 4791 §7.5.1, RFC 5051).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collation {
    /// `i;ascii-casemap`, the default.
    AsciiCasemap,
    /// `i;octet`.
    Octet,
    /// `i;unicode-casemap`.
    UnicodeCasemap,
}

/// A stretch of time, open where an end is missing; `start` is inside, `end` is not (RFC 4791 §9.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    /// The inclusive start; `None` is minus infinity.
    pub start: Option<Timestamp>,
    /// The non-inclusive end; `None` is plus infinity.
    pub end: Option<Timestamp>,
}

impl Filter {
    /// Whether the object matches. Times without a zone are placed by `floating`.
    pub fn matches(&self, object: &CalendarObject, floating: &Zone, limits: &Limits) -> bool {
        component::Scope { object, floating, limits }.calendar_matches(&self.calendar)
    }

    /// What the index decides.
    pub fn plan(&self) -> Plan {
        Plan::of(self)
    }

    /// The time ranges anywhere in it.
    pub fn time_ranges(&self) -> Vec<TimeRange> {
        let mut ranges = Vec::new();
        collect_ranges(&self.calendar, &mut ranges);
        ranges
    }
}

fn collect_ranges(filter: &CompFilter, ranges: &mut Vec<TimeRange>) {
    let CompTest::Matches { time_range, props, comps } = &filter.test else {
        return;
    };
    ranges.extend(time_range);
    ranges.extend(props.iter().filter_map(PropFilter::time_range));
    for comp in comps {
        collect_ranges(comp, ranges);
    }
}

impl PropFilter {
    /// The range that the value must lie in.
    fn time_range(&self) -> Option<TimeRange> {
        match self.test {
            PropTest::Matches { value: Some(ValueTest::TimeRange(range)), .. } => Some(range),
            _ => None,
        }
    }
}

impl TimeRange {
    /// The range with its open ends closed at the limits of time.
    pub fn bounds(self) -> Range<Timestamp> {
        self.start.unwrap_or(Timestamp::MIN)..self.end.unwrap_or(Timestamp::MAX)
    }

    /// What lies in both.
    fn intersection(self, other: Self) -> Self {
        let end = self.end.into_iter().chain(other.end).min();
        Self { start: self.start.max(other.start), end }
    }

    /// Whether an instant lies in it.
    pub fn contains(self, instant: Timestamp) -> bool {
        self.bounds().contains(&instant)
    }
}
