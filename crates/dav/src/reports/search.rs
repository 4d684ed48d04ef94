//! What a filter says of one object: by the index where that is enough, else by the object itself.

use calendar::{CalendarObject, Limits, Occurrence, Zone};
use store::{ComponentKind, ObjectRow};

use super::filter::{
    Collation, CompFilter, CompTest, Filter, PropFilter, PropTest, TextMatch, ValueTest,
};
use super::time_range::TimeRange;
use crate::error::{Error, Precondition, Result};

/// Whether an object matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// The index does not tell.
    Unknown,
}

/// When an object happens, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(super) enum When<'a> {
    /// All occurrences in the range of the search.
    Index(&'a [Occurrence]),
    /// The object is at hand.
    Object(&'a CalendarObject),
    /// Neither.
    Unknown,
}

/// A filter, with what it takes to evaluate it.
#[derive(Clone, Debug)]
pub(super) struct Search {
    filter: Filter,
    scope: Scope,
    limits: Limits,
}

/// Which objects can match at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    /// Objects of this kind only.
    pub(super) kind: Option<ComponentKind>,
    /// Objects with an occurrence in this range only.
    pub(super) range: Option<TimeRange>,
}

impl Scope {
    /// All tests of a filter on an object hold together, so one of them is enough to look it up by.
    fn of(filter: &Filter) -> Self {
        let CompTest::Matches { comps, .. } = &filter.calendar.test else {
            return Self::default();
        };
        let wanted = comps.iter().filter_map(|comp| match &comp.test {
            CompTest::IsNotDefined => None,
            CompTest::Matches { time_range, .. } => {
                Some(Self { kind: ComponentKind::parse(&comp.name), range: *time_range })
            }
        });
        wanted.max_by_key(|scope| scope.range.is_some()).unwrap_or_default()
    }
}

impl Search {
    /// Refuses a filter on what cannot be searched.
    pub(super) fn new(filter: Filter, limits: Limits) -> Result<Self> {
        if let CompTest::Matches { props, comps, .. } = &filter.calendar.test {
            check_props(props)?;
            comps.iter().try_for_each(check_component)?;
        }
        let scope = Scope::of(&filter);
        Ok(Self { filter, scope, limits })
    }

    /// Which objects can match.
    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether the object matches. Times without a zone are placed by `floating`.
    pub(super) fn verdict(&self, row: &ObjectRow, when: When<'_>, floating: &Zone) -> Verdict {
        let CompTest::Matches { comps, .. } = &self.filter.calendar.test else {
            // Every object has a VCALENDAR.
            return Verdict::No;
        };
        let verdicts = comps.iter().map(|comp| self.component(comp, row, when, floating));
        all(verdicts)
    }

    fn component(
        &self,
        comp: &CompFilter,
        row: &ObjectRow,
        when: When<'_>,
        floating: &Zone,
    ) -> Verdict {
        let is_of_kind = comp.name == row.kind.as_str();
        match &comp.test {
            CompTest::IsNotDefined => Verdict::from(!is_of_kind),
            CompTest::Matches { .. } if !is_of_kind => Verdict::No,
            CompTest::Matches { time_range, props, .. } => {
                let uid = props.iter().all(|prop| uid_matches(prop, &row.uid));
                let range = time_range.map(|range| self.happens_in(range, when, floating));
                all([Verdict::from(uid), range.unwrap_or(Verdict::Yes)])
            }
        }
    }

    /// RFC 4791 9.9: whether any instance overlaps the range.
    fn happens_in(&self, range: TimeRange, when: When<'_>, floating: &Zone) -> Verdict {
        let bounds = range.bounds();
        match when {
            When::Index(occurrences) if self.scope.range == Some(range) => {
                Verdict::from(occurrences.iter().any(|one| one.overlaps(&bounds, floating)))
            }
            When::Object(object) => {
                Verdict::from(object.instances(bounds, floating, &self.limits).next().is_some())
            }
            When::Index(_) | When::Unknown => Verdict::Unknown,
        }
    }
}

impl From<bool> for Verdict {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

fn all(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    let mut together = Verdict::Yes;
    for verdict in verdicts {
        match verdict {
            Verdict::Yes => {}
            Verdict::No => return Verdict::No,
            Verdict::Unknown => together = Verdict::Unknown,
        }
    }
    together
}

/// Tests that neither the index nor the row of an object answers.
fn check_component(comp: &CompFilter) -> Result<()> {
    if ComponentKind::parse(&comp.name).is_none() {
        return Err(unsupported(format!("{} components cannot be searched for", comp.name)));
    }
    let CompTest::Matches { props, comps, .. } = &comp.test else {
        return Ok(());
    };
    if let Some(inner) = comps.first() {
        return Err(unsupported(format!("{} components cannot be searched for", inner.name)));
    }
    check_props(props)
}

fn check_props(props: &[PropFilter]) -> Result<()> {
    let unsearched = props.iter().find(|prop| {
        let plain = match &prop.test {
            PropTest::IsNotDefined => true,
            PropTest::Matches { value, params } => {
                params.is_empty() && !matches!(value, Some(ValueTest::TimeRange(_)))
            }
        };
        prop.name != "UID" || !plain
    });
    match unsearched {
        Some(prop) => {
            Err(unsupported(format!("the property {} cannot be searched for", prop.name)))
        }
        None => Ok(()),
    }
}

fn unsupported(sentence: String) -> Error {
    Error::unmet(Precondition::SupportedFilter, sentence)
}

/// A test on UID, which all components of an object have alike (RFC 4791 4.1).
fn uid_matches(prop: &PropFilter, uid: &str) -> bool {
    match &prop.test {
        PropTest::Matches { value: Some(ValueTest::TextMatch(text)), .. } => {
            contains(uid, text) != text.negate
        }
        PropTest::Matches { .. } => true,
        PropTest::IsNotDefined => false,
    }
}

fn contains(value: &str, text: &TextMatch) -> bool {
    match text.collation {
        Collation::Octet => value.contains(&text.text),
        Collation::AsciiCasemap => {
            value.to_ascii_lowercase().contains(&text.text.to_ascii_lowercase())
        }
        Collation::UnicodeCasemap => value.to_lowercase().contains(&text.text.to_lowercase()),
    }
}
