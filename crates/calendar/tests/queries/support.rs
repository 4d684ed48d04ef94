//! Short ways to write objects and filters.

use calendar::filter::{
    Collation, CompFilter, CompTest, Filter, ParamFilter, ParamTest, PropFilter, PropTest,
    TextMatch, TimeRange, ValueTest, Verdict,
};
use calendar::index::index;
use calendar::{CalendarObject, Limits, Zone};
use jiff::Timestamp;

/// Lines are separated by `|`; the UID is 1.
pub(crate) fn object(kind: &str, lines: &str) -> CalendarObject {
    objects(kind, &[lines])
}

/// An object of several components.
pub(crate) fn objects(kind: &str, components: &[&str]) -> CalendarObject {
    let components: String = components
        .iter()
        .map(|lines| format!("BEGIN:{kind}|UID:1|{lines}|END:{kind}|").replace("||", "|"))
        .collect();
    stored(&format!("BEGIN:VCALENDAR|VERSION:2.0|{components}END:VCALENDAR|").replace('|', "\r\n"))
}

pub(crate) fn stored(text: &str) -> CalendarObject {
    CalendarObject::parse_stored(text.as_bytes()).unwrap_or_else(|e| panic!("{e}: {text}"))
}

pub(crate) fn instant(text: &str) -> Timestamp {
    let time = calendar::CalendarTime::parse(text, None).unwrap_or_else(|e| panic!("{e}: {text}"));
    time.instant(&calendar::ZoneSet::default(), &Zone::utc())
}

/// `START/END`, either of which may be missing.
pub(crate) fn range(text: &str) -> TimeRange {
    let (start, end) = text.split_once('/').unwrap();
    let end_of = |text: &str| (!text.is_empty()).then(|| instant(text));
    TimeRange { start: end_of(start), end: end_of(end) }
}

pub(crate) fn bounds(text: &str) -> std::ops::Range<Timestamp> {
    range(text).bounds()
}

/// What may stand in a comp-filter.
#[derive(Debug)]
pub(crate) enum Part {
    In(&'static str),
    Prop(PropFilter),
    Comp(CompFilter),
}

/// A comp-filter with these parts.
pub(crate) fn comp(name: &str, parts: Vec<Part>) -> CompFilter {
    let (mut time_range, mut props, mut comps) = (None, Vec::new(), Vec::new());
    for part in parts {
        match part {
            Part::In(text) => time_range = Some(range(text)),
            Part::Prop(prop) => props.push(prop),
            Part::Comp(comp) => comps.push(comp),
        }
    }
    CompFilter { name: name.to_owned(), test: CompTest::Matches { time_range, props, comps } }
}

pub(crate) fn no_comp(name: &str) -> CompFilter {
    CompFilter { name: name.to_owned(), test: CompTest::IsNotDefined }
}

pub(crate) fn prop(name: &str) -> PropFilter {
    prop_with(name, None, Vec::new())
}

pub(crate) fn no_prop(name: &str) -> PropFilter {
    PropFilter { name: name.to_owned(), test: PropTest::IsNotDefined }
}

pub(crate) fn prop_in(name: &str, text: &str) -> PropFilter {
    prop_with(name, Some(ValueTest::TimeRange(range(text))), Vec::new())
}

pub(crate) fn prop_has(name: &str, text: TextMatch) -> PropFilter {
    prop_with(name, Some(ValueTest::TextMatch(text)), Vec::new())
}

pub(crate) fn prop_with(
    name: &str,
    value: Option<ValueTest>,
    params: Vec<ParamFilter>,
) -> PropFilter {
    PropFilter { name: name.to_owned(), test: PropTest::Matches { value, params } }
}

pub(crate) fn param(name: &str, test: ParamTest) -> ParamFilter {
    ParamFilter { name: name.to_owned(), test }
}

/// A match by the default collation.
pub(crate) fn text(text: &str) -> TextMatch {
    TextMatch { text: text.to_owned(), collation: Collation::AsciiCasemap, negate: false }
}

pub(crate) fn octets(part: &str) -> TextMatch {
    TextMatch { collation: Collation::Octet, ..text(part) }
}

pub(crate) fn not(test: TextMatch) -> TextMatch {
    TextMatch { negate: true, ..test }
}

/// The VCALENDAR with these comp-filters in it.
pub(crate) fn filter(comps: Vec<CompFilter>) -> Filter {
    let test = CompTest::Matches { time_range: None, props: Vec::new(), comps };
    Filter { calendar: CompFilter { name: "VCALENDAR".to_owned(), test } }
}

/// Whether the object matches, where the index does not say otherwise.
pub(crate) fn matches(filter: &Filter, object: &CalendarObject, floating: &Zone) -> bool {
    let limits = Limits::default();
    let found = filter.matches(object, floating, &limits);
    let expected = match verdict(filter, object, floating) {
        Verdict::Yes => true,
        Verdict::No => false,
        Verdict::Unknown => found,
    };
    assert_eq!(found, expected, "the index says otherwise: {filter:?} {object:?}");
    found
}

/// What the index of the object says.
pub(crate) fn verdict(filter: &Filter, object: &CalendarObject, floating: &Zone) -> Verdict {
    let horizon = instant("20400101T000000Z");
    let index = index(object, horizon, &Limits::default());
    let occurrences: Vec<_> = index.rows.into_iter().flat_map(|row| row.occurrences).collect();
    let plan = filter.plan();
    let end = plan.range.map(|range| range.bounds().end);
    let reaches = index.indexed_until.zip(end).is_none_or(|(until, end)| end <= until);
    let is_in_range = reaches.then(|| plan.reaches(&occurrences, floating));
    plan.verdict(object.kind(), object.uid().as_str(), is_in_range)
}

/// The lines of the octets that begin with one of these names.
pub(crate) fn lines_of(octets: &[u8], names: &[&str]) -> Vec<String> {
    let text = String::from_utf8(octets.to_vec()).unwrap();
    let unfolded = text.replace("\r\n ", "");
    let is_named =
        |line: &&str| names.iter().any(|name| line.split([':', ';']).next() == Some(*name));
    unfolded.lines().filter(is_named).map(str::to_owned).collect()
}
