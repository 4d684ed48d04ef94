//! What is done with any octets at all: the bodies of the fuzz targets, for the tests here and for `fuzz/`.
//!
//! Each panics when a law is broken; otherwise what comes out does not matter.

use std::collections::BTreeSet;
use std::ops::Range;

use calendar::diff::{DiffKind, diff};
use calendar::filter::{
    Collation, CompFilter, CompTest, Filter, ParamFilter, ParamTest, PropFilter, PropTest,
    TextMatch, TimeRange, ValueTest, Verdict,
};
use calendar::freebusy::{FreeBusy, participation};
use calendar::index::{index, index_until, unpack};
use calendar::select::{CalendarDataRequest, Recurrence};
use calendar::{
    CalendarObject, CalendarTime, Component, InstanceId, Limits, Message, Occurrence, Partstat,
    Property, Zone,
};
use jiff::Timestamp;

/// What a calendar here allows, but for the size.
pub(crate) fn limits() -> Limits {
    Limits { max_resource_size: 256 * 1024, ..Limits::default() }
}

/// A year in which much of the corpus happens.
pub(crate) fn year() -> Range<Timestamp> {
    at(1_767_225_600)..at(1_798_761_600)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a moment")
}

/// Octets that can be read are printed as they were, and what a client may store can be read when it is.
pub fn parse(octets: &[u8]) {
    let limits = limits();
    if let Ok(tree) = Component::parse(octets, &limits) {
        assert_eq!(tree.to_octets(), octets, "parse and print is the identity");
    }
    if let Ok(object) = CalendarObject::parse(octets, &limits) {
        assert_eq!(object.octets(), octets);
        assert!(CalendarObject::parse_stored(octets).is_ok(), "what was taken can be read");
    }
    if let Ok(message) = Message::parse(octets, &limits) {
        assert_eq!(message.octets(), octets);
    }
}

/// The instances of an object: in order, as many as the limits allow, and in the index as well.
pub fn expand(octets: &[u8]) {
    let Ok(object) = CalendarObject::parse_stored(octets) else {
        return;
    };
    let limits = limits();
    for zone in [Zone::utc(), Zone::named("America/New_York").expect("a zone")] {
        let mut before = None;
        let mut count = 0;
        for instance in object.instances(year(), &zone, &limits) {
            // The periods of a VFREEBUSY are those of one component.
            let in_order = before < Some(instance.id) || instance.id == InstanceId::Master;
            assert!(in_order, "instances are in order, each once");
            before = Some(instance.id);
            count += 1;
        }
        assert!(count <= limits.max_instances);
        assert!(object.all_instances(&zone, &limits).count() <= limits.max_instances);
    }
    for recurrence in [Recurrence::Expand(year()), Recurrence::LimitSet(year())] {
        let request = CalendarDataRequest {
            recurrence,
            limit_freebusy_set: Some(year()),
            ..CalendarDataRequest::default()
        };
        if let Ok(selected) = request.select(&object, &Zone::utc(), &limits) {
            Component::parse(&selected, &limits).expect("what is returned can be read");
        }
    }
    let index = index(&object, year().end, &limits);
    for row in &index.rows {
        assert_eq!(unpack(&row.pack()).as_ref(), Ok(&row.occurrences));
    }
    assert_eq!(index_until(&object, index.indexed_until, &limits), index);
    let mut busy = FreeBusy::new(year());
    let own = participation(&object, |address| address.as_str() == "mailto:bob@example.com");
    busy.add_object(&object, &own, &Zone::utc(), &limits);
    busy.to_calendar("1", year().start).to_octets();
}

/// An object does not differ from itself, and from another as that one does from it.
pub fn compare(octets: &[u8]) {
    const SERIES: &str = include_str!("corpus/overrides.ics");
    const TASK: &str = include_str!("corpus/task.ics");
    let Ok(object) = CalendarObject::parse_stored(octets) else {
        return;
    };
    assert!(diff(&object, &object).is_empty(), "an object does not differ from itself");
    for other in [SERIES, TASK] {
        let other = CalendarObject::parse_stored(other.as_bytes()).expect("a file of the corpus");
        let kinds = |old, new, as_seen: fn(DiffKind) -> DiffKind| -> Vec<_> {
            let entries = diff(old, new).instances.into_iter();
            entries.map(|entry| (entry.id, as_seen(entry.kind))).collect()
        };
        let there = kinds(&other, &object, |kind| kind);
        assert_eq!(there, kinds(&object, &other, backwards), "there and back");
    }
}

fn backwards(kind: DiffKind) -> DiffKind {
    match kind {
        DiffKind::Added => DiffKind::Removed,
        DiffKind::Removed => DiffKind::Added,
        DiffKind::Changed => DiffKind::Changed,
    }
}

/// A filter, chosen by the first octets, on the object that the others are: where the index decides, it
/// decides as the object does.
pub fn filter(octets: &[u8]) {
    let Some((&length, rest)) = octets.split_first() else {
        return;
    };
    let (choices, octets) = rest.split_at(usize::from(length).min(rest.len()));
    let Ok(object) = CalendarObject::parse_stored(octets) else {
        return;
    };
    let filter = chosen(choices);
    let (zone, limits) = (Zone::utc(), limits());
    let matches = filter.matches(&object, &zone, &limits);
    let plan = filter.plan();
    let index = index(&object, Timestamp::MAX, &limits);
    let occurrences: Vec<Occurrence> =
        index.rows.into_iter().flat_map(|row| row.occurrences).collect();
    // An object with more instances than the limit is not looked at to its end.
    let end = plan.range.map(|range| range.bounds().end);
    let decides = index.indexed_until.zip(end).is_none_or(|(until, end)| end <= until)
        && occurrences.len() < limits.max_instances;
    let is_in_range = decides.then(|| plan.reaches(&occurrences, &zone));
    match plan.verdict(object.kind(), object.uid().as_str(), is_in_range) {
        Verdict::Yes => assert!(matches, "the index finds what does not match: {filter:?}"),
        Verdict::No => assert!(!matches, "the index misses what matches: {filter:?}"),
        Verdict::Unknown => {}
    }
}

/// Edits leave what they do not touch, and make what can be read again.
pub fn edit(octets: &[u8]) {
    let Ok(object) = CalendarObject::parse_stored(octets) else {
        return;
    };
    let instance = object.instances(year(), &Zone::utc(), &limits()).next().map(|it| it.id);
    let derived = instance.and_then(|id| object.derive_override(&id));
    let zones = object.zones().clone();
    let mut tree = object.clone().into_tree();
    if let Some(derived) = derived.filter(|_| instance.is_some_and(|id| is_free(&object, &id))) {
        tree.push_component(derived);
        CalendarObject::from_tree(tree.clone()).expect("an instance can be overridden");
    }
    for component in tree.components_mut() {
        for attendee in component.properties_mut().filter(|p| p.is("ATTENDEE")) {
            attendee.set_partstat(&Partstat::Accepted);
            attendee.set_partstat(&Partstat::Accepted);
        }
        component.set_sequence(7);
        component.set_property(Property::text("SUMMARY", "a, b; c\\ d\ne"));
        component.set_dtstamp(year().start);
        if let Some(InstanceId::Recurrence(id)) = instance {
            component.exclude(&[id], &zones);
            if component.start().is_some_and(|start| !start.is_date()) {
                assert!(component.excluded(&zones).contains(&id), "what is excluded is named");
            }
            component.reinstate(id, &zones);
            assert!(!component.excluded(&zones).contains(&id), "what is reinstated is not");
        }
        let start = component.start();
        if let Some(start) = start.filter(|start| !matches!(start, CalendarTime::Zoned(..))) {
            component.set_property(start.to_property("DTSTART"));
        }
    }
    let printed = tree.to_octets();
    let again = Component::parse(&printed, &Limits { max_resource_size: usize::MAX, ..limits() });
    let again = again.expect("an edited tree can be read");
    assert_eq!(again.to_octets(), printed);
    let left = untouched(&again);
    for line in untouched(object.tree()) {
        assert!(left.contains(&line), "an edit changed {line:?}");
    }
}

fn is_free(object: &CalendarObject, id: &InstanceId) -> bool {
    matches!(id, InstanceId::Recurrence(_)) && object.override_for(id).is_none()
}

/// Names and values of the lines that no edit above names.
fn untouched(tree: &Component) -> BTreeSet<(&str, &str)> {
    let lines = tree.components().flat_map(Component::properties);
    let kept = ["DESCRIPTION", "LOCATION", "ORGANIZER", "X-ODD", "CATEGORIES", "RRULE", "DURATION"];
    let kept = lines.filter(move |line| kept.contains(&line.name()));
    kept.map(|line| (line.name(), line.value())).collect()
}

/// A filter made of these choices, which end in empty tests.
pub(crate) fn chosen(choices: &[u8]) -> Filter {
    let mut choices = Choices(choices.iter());
    let comps = vec![choices.comp(0)];
    let test = CompTest::Matches { time_range: None, props: Vec::new(), comps };
    Filter { calendar: CompFilter { name: "VCALENDAR".to_owned(), test } }
}

struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn next(&mut self) -> u8 {
        self.0.next().copied().unwrap_or_default()
    }

    fn of<'n>(&mut self, names: &[&'n str]) -> &'n str {
        names[usize::from(self.next()) % names.len()]
    }

    fn comp(&mut self, depth: usize) -> CompFilter {
        let names: &[&str] = match depth {
            0 => &["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "X-INNER"],
            _ => &["VALARM", "X-INNER", "STANDARD"],
        };
        let name = self.of(names).to_owned();
        let kind = self.next();
        if kind % 8 == 7 {
            return CompFilter { name, test: CompTest::IsNotDefined };
        }
        let has_time =
            matches!(name.as_str(), "VEVENT" | "VTODO" | "VJOURNAL" | "VFREEBUSY" | "VALARM");
        let time_range = (has_time && kind % 2 == 1).then(|| self.range());
        let props = (0..self.next() % 4).map(|_| self.prop()).collect();
        let inner = if depth < 2 { self.next() % 3 } else { 0 };
        let comps = (0..inner).map(|_| self.comp(depth + 1)).collect();
        CompFilter { name, test: CompTest::Matches { time_range, props, comps } }
    }

    fn prop(&mut self) -> PropFilter {
        const NAMES: [&str; 12] = [
            "UID",
            "SUMMARY",
            "DTSTART",
            "DTEND",
            "DUE",
            "COMPLETED",
            "CREATED",
            "STATUS",
            "ATTENDEE",
            "CATEGORIES",
            "X-ODD",
            "TRIGGER",
        ];
        let name = self.of(&NAMES).to_owned();
        let value = match self.next() % 4 {
            0 => return PropFilter { name, test: PropTest::IsNotDefined },
            1 if NAMES[2..7].contains(&name.as_str()) => Some(ValueTest::TimeRange(self.range())),
            2 => Some(ValueTest::TextMatch(self.text())),
            _ => None,
        };
        let params = (0..self.next() % 3).map(|_| self.param()).collect();
        PropFilter { name, test: PropTest::Matches { value, params } }
    }

    fn param(&mut self) -> ParamFilter {
        let name = self.of(&["TZID", "PARTSTAT", "CN", "VALUE", "FOO"]).to_owned();
        let test = match self.next() % 3 {
            0 => ParamTest::IsNotDefined,
            1 => ParamTest::IsDefined,
            _ => ParamTest::TextMatch(self.text()),
        };
        ParamFilter { name, test }
    }

    fn text(&mut self) -> TextMatch {
        let text = self.of(&["", "a", "O", "example", "caf\u{c9}", "task", "\u{1f31e}", "19"]);
        let collation = match self.next() % 3 {
            0 => Collation::Octet,
            1 => Collation::AsciiCasemap,
            _ => Collation::UnicodeCasemap,
        };
        TextMatch { text: text.to_owned(), collation, negate: self.next() % 2 == 1 }
    }

    fn range(&mut self) -> TimeRange {
        let days = i64::from(self.next()) * 3 - 300;
        let start = at(1_767_225_600 + days * 86_400 + i64::from(self.next()) * 600);
        let length = 1 + i64::from(self.next()) * 3_601;
        let end = at(start.as_second() + length);
        match self.next() % 4 {
            0 => TimeRange { start: Some(start), end: None },
            1 => TimeRange { start: None, end: Some(end) },
            _ => TimeRange { start: Some(start), end: Some(end) },
        }
    }
}
