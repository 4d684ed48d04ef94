//! Laws that hold of any object and any query.

use calendar::filter::{CompFilter, Filter, TextMatch};
use calendar::freebusy::{FreeBusy, participation};
use calendar::select::{CalendarDataRequest, CompSelection, PropSelection, Recurrence, Selection};
use calendar::{CalendarObject, Limits, Zone};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::{
    Part, comp, filter, matches, no_comp, no_prop, not, objects, octets, param, prop, prop_has,
    prop_in, prop_with, text,
};

/// DTSTART and what ends it, in all forms.
const TIMES: [&str; 14] = [
    "DTSTART:20260105T090000Z|DURATION:PT1H",
    "DTSTART:20260105T090000Z",
    "DTSTART:20260105T090000Z|DURATION:PT0S",
    "DTSTART;TZID=Europe/Berlin:20260328T023000|DURATION:P1D",
    "DTSTART;TZID=America/New_York:20251101T013000|DURATION:PT90M",
    "DTSTART;VALUE=DATE:20260105",
    "DTSTART;VALUE=DATE:20260105|DURATION:P2D",
    "DTSTART:20260105T233000|DURATION:PT2H",
    "DTSTART:20260105T090000Z|%END:20260105T110000Z",
    "DTSTART;TZID=Europe/Berlin:20260105T090000|%END;TZID=America/New_York:20260105T090000",
    "DTSTART;VALUE=DATE:20260105|%END;VALUE=DATE:20260109",
    "%END:20260105T110000Z",
    "COMPLETED:20260105T110000Z|CREATED:20260103T110000Z",
    "SUMMARY:no time",
];

const RECURRENCES: [&str; 9] = [
    "",
    "RRULE:FREQ=DAILY;COUNT=30",
    "RRULE:FREQ=DAILY",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,TH",
    "RRULE:FREQ=MONTHLY;BYMONTHDAY=31",
    "RRULE:FREQ=DAILY;INTERVAL=3;UNTIL=20260301T000000Z|EXDATE;VALUE=DATE:20260108",
    "RDATE:20260110T090000Z,20260220T090000Z",
    "RDATE;VALUE=PERIOD:20260110T090000Z/PT5H,20260112T090000Z/P1D",
    "RRULE:FREQ=DAILY;COUNT=9|EXDATE:20260107T090000Z,20260106T090000Z",
];

const OVERRIDES: [&str; 6] = [
    "RECURRENCE-ID:20260107T090000Z|DTSTART:20260107T120000Z|DURATION:PT30M|STATUS:TENTATIVE",
    "RECURRENCE-ID:20260108T090000Z|DTSTART:20260301T120000Z|SUMMARY:moved",
    "RECURRENCE-ID;VALUE=DATE:20260109|DTSTART;VALUE=DATE:20260110|STATUS:CANCELLED",
    "RECURRENCE-ID;TZID=Europe/Berlin:20260330T023000|DTSTART;TZID=Europe/Berlin:20260330T033000|TRANSP:TRANSPARENT",
    "RECURRENCE-ID;RANGE=THISANDFUTURE:20260110T090000Z|DTSTART:20260110T140000Z|DURATION:PT3H|SUMMARY:from now",
    "RECURRENCE-ID:20260111T090000Z|SUMMARY:at its own time",
];

const PARTS: [&str; 5] = [
    "SUMMARY:Lunch|CATEGORIES:A,B|ATTENDEE;PARTSTAT=ACCEPTED;CN=Bob:mailto:bob@example.com",
    "BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT15M|REPEAT:3|DURATION:PT1H|END:VALARM",
    "BEGIN:VALARM|ACTION:AUDIO|TRIGGER;RELATED=END:P1D|END:VALARM",
    "BEGIN:VALARM|ACTION:AUDIO|TRIGGER;VALUE=DATE-TIME:20260106T080000Z|END:VALARM",
    "X-ODD;X-P=1:a\\,b|DTSTAMP:20260101T000000Z|STATUS:CONFIRMED|TRANSP:OPAQUE",
];

fn any_object() -> impl Strategy<Value = CalendarObject> {
    let components = (
        select(vec!["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"]),
        select(TIMES.to_vec()),
        select(RECURRENCES.to_vec()),
        prop::sample::subsequence(PARTS.to_vec(), 0..3),
        prop::sample::subsequence(OVERRIDES.to_vec(), 0..3),
    );
    components.prop_filter_map("is no object", |(kind, times, recurrence, parts, overrides)| {
        // RFC 5545 3.8.5.2: a period is for what has a DTSTART with a time.
        let is_timed = times.starts_with("DTSTART") && !times.contains("VALUE=DATE");
        if recurrence.contains("PERIOD") && !is_timed {
            return None;
        }
        let end = if kind == "VTODO" { "DUE" } else { "DTEND" };
        let periods = if kind == "VFREEBUSY" { "FREEBUSY:20260106T090000Z/PT2H" } else { "" };
        // RFC 5545 3.6.4: free-busy information does not recur.
        let (recurrence, overrides) =
            if kind == "VFREEBUSY" { ("", Vec::new()) } else { (recurrence, overrides) };
        let overrides = if recurrence.is_empty() { Vec::new() } else { overrides };
        let times = times.replace("%END", end);
        let master = format!("{times}|{recurrence}|{periods}|{}", parts.join("|"));
        let master = master.replace("||", "|").replace("||", "|");
        let components: Vec<&str> = std::iter::once(master.as_str()).chain(overrides).collect();
        Some(objects(kind, &components))
    })
}

const RANGES: [&str; 10] = [
    "20260105T000000Z/20260106T000000Z",
    "20260105T090000Z/20260105T090001Z",
    "20260105T100000Z/20260105T110000Z",
    "20260107T000000Z/20260112T000000Z",
    "20260110T140000Z/20260110T141500Z",
    "20260328T000000Z/20260330T010000Z",
    "20300101T000000Z/20300108T000000Z",
    "20451231T000000Z/20460102T000000Z",
    "20260301T000000Z/",
    "/20260106T000000Z",
];

fn any_range() -> impl Strategy<Value = &'static str> {
    select(RANGES.to_vec())
}

fn closed_range() -> impl Strategy<Value = std::ops::Range<Timestamp>> {
    let within = 1_767_225_600_i64..1_777_593_600; // January to April 2026
    (within, 1..4_000_000_i64).prop_map(|(start, length)| {
        let at = |second| Timestamp::from_second(second).unwrap();
        at(start)..at(start + length)
    })
}

fn any_zone() -> impl Strategy<Value = Zone> {
    select(vec!["UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/Los_Angeles"])
        .prop_map(|name| Zone::named(name).unwrap())
}

fn any_text() -> impl Strategy<Value = TextMatch> {
    let found = select(vec!["lunch", "1", "Lunch", "CONFIRMED", "", "mailto:bob", "moved"]);
    (found, any::<bool>(), any::<bool>()).prop_map(|(found, exact, negated)| {
        let test = if exact { octets(found) } else { text(found) };
        if negated { not(test) } else { test }
    })
}

/// What may stand in the filter of an event, task or journal entry.
fn any_part() -> impl Strategy<Value = Part> {
    let name = || select(vec!["UID", "SUMMARY", "STATUS", "ATTENDEE", "DTSTART", "LOCATION"]);
    let time = select(vec!["DTSTART", "DTEND", "DUE", "COMPLETED", "CREATED", "DTSTAMP"]);
    prop_oneof![
        3 => any_range().prop_map(Part::In),
        1 => any_text().prop_map(|test| Part::Prop(prop_has("UID", test))),
        1 => name().prop_map(|name| Part::Prop(prop(name))),
        1 => name().prop_map(|name| Part::Prop(no_prop(name))),
        1 => (name(), any_text()).prop_map(|(name, test)| Part::Prop(prop_has(name, test))),
        1 => (time, any_range()).prop_map(|(name, range)| Part::Prop(prop_in(name, range))),
        1 => any_text().prop_map(|test| {
            let partstat = calendar::filter::ParamTest::TextMatch(test);
            Part::Prop(prop_with("ATTENDEE", None, vec![param("PARTSTAT", partstat)]))
        }),
        1 => any_range().prop_map(|range| Part::Comp(comp("VALARM", vec![Part::In(range)]))),
        1 => Just(()).prop_map(|()| Part::Comp(no_comp("VALARM"))),
    ]
}

fn any_comp() -> impl Strategy<Value = CompFilter> {
    let name = || select(vec!["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"]);
    prop_oneof![
        1 => name().prop_map(no_comp),
        6 => (name(), prop::collection::vec(any_part(), 0..3))
            .prop_map(|(name, parts)| comp(name, parts)),
    ]
}

fn any_filter() -> impl Strategy<Value = Filter> {
    prop::collection::vec(any_comp(), 0..3).prop_map(filter)
}

/// Identity, start and end of the instances in a range.
fn instances(
    object: &CalendarObject,
    range: &std::ops::Range<Timestamp>,
    floating: &Zone,
) -> Vec<(calendar::InstanceId, Timestamp, Timestamp)> {
    let found = object.instances(range.clone(), floating, &Limits::default());
    found.map(|it| (it.id, it.start, it.end)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_index_never_says_otherwise_than_the_object(
        object in any_object(), query in any_filter(), floating in any_zone(),
    ) {
        matches(&query, &object, &floating);
    }

    #[test]
    fn a_filter_on_a_time_range_finds_what_has_an_instance_there(
        object in any_object(), range in closed_range(), floating in any_zone(),
    ) {
        let query = |range: &std::ops::Range<Timestamp>| {
            let mut comp = comp(object.kind().as_str(), vec![]);
            if let calendar::filter::CompTest::Matches { time_range, .. } = &mut comp.test {
                let (start, end) = (Some(range.start), Some(range.end));
                *time_range = Some(calendar::filter::TimeRange { start, end });
            }
            filter(vec![comp])
        };
        let found = matches(&query(&range), &object, &floating);
        prop_assert_eq!(found, !instances(&object, &range, &floating).is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn an_expansion_has_the_instances_of_the_object(
        object in any_object(), range in closed_range(), floating in any_zone(),
    ) {
        let recurrence = Recurrence::Expand(range.clone());
        let request = CalendarDataRequest { recurrence, ..CalendarDataRequest::default() };
        let octets = request.select(&object, &floating, &Limits::default()).unwrap();
        let written = String::from_utf8(octets.clone()).unwrap();
        for absent in ["RRULE", "RDATE", "EXDATE", "TZID", "VTIMEZONE", "RANGE="] {
            prop_assert!(!written.contains(absent), "{}", written);
        }
        let expected = instances(&object, &range, &floating);
        match CalendarObject::parse_stored(&octets) {
            Ok(expanded) => prop_assert_eq!(instances(&expanded, &range, &floating), expected),
            Err(_) => prop_assert_eq!(expected, Vec::new()),
        }
    }

    #[test]
    fn a_limited_recurrence_set_has_the_same_instances_in_the_range(
        object in any_object(), range in closed_range(), floating in any_zone(),
    ) {
        let recurrence = Recurrence::LimitSet(range.clone());
        let request = CalendarDataRequest { recurrence, ..CalendarDataRequest::default() };
        let octets = request.select(&object, &floating, &Limits::default()).unwrap();
        let limited = CalendarObject::parse_stored(&octets).unwrap();
        prop_assert_eq!(
            instances(&limited, &range, &floating),
            instances(&object, &range, &floating)
        );
    }

    #[test]
    fn partial_retrieval_invents_nothing(
        object in any_object(),
        props in prop::collection::vec((select(vec!["UID", "DTSTART", "SUMMARY", "X-ODD", "ACTION"]), any::<bool>()), 0..4),
        comps in prop::sample::subsequence(vec!["VEVENT", "VTODO", "VALARM"], 0..3),
        all in any::<bool>(),
    ) {
        let props = || {
            let prop = |(name, novalue): &(&str, bool)| PropSelection { name: (*name).into(), novalue: *novalue };
            Selection::Named(props.iter().map(prop).collect())
        };
        let inner = |name: &&str| CompSelection {
            name: (*name).into(),
            props: props(),
            comps: if all { Selection::All } else { Selection::Named(Vec::new()) },
        };
        let comp = CompSelection {
            name: "VCALENDAR".into(),
            props: Selection::All,
            comps: Selection::Named(comps.iter().map(inner).collect()),
        };
        let request = CalendarDataRequest { comp: Some(comp), ..CalendarDataRequest::default() };
        let octets = request.select(&object, &Zone::utc(), &Limits::default()).unwrap();
        let whole = String::from_utf8(object.octets()).unwrap();
        let mut left = whole.lines();
        for line in String::from_utf8(octets).unwrap().lines() {
            let from = left.find(|other| {
                *other == line || (line.ends_with(':') && other.starts_with(line))
            });
            prop_assert!(from.is_some(), "{} is not there, or not in this order", line);
        }
    }

    #[test]
    fn busy_time_is_within_its_range_in_order_and_merged(
        objects in prop::collection::vec(any_object(), 0..5), range in closed_range(), floating in any_zone(),
    ) {
        let mut busy = FreeBusy::new(range.clone());
        for object in &objects {
            let own = participation(object, |address| address.as_str() == "mailto:bob@example.com");
            busy.add_object(object, &own, &floating, &Limits::default());
        }
        let periods = busy.periods();
        prop_assert!(periods.is_sorted());
        for (at, period) in periods.iter().enumerate() {
            prop_assert!(range.start <= period.start && period.start < period.end && period.end <= range.end);
            let alike = periods[at + 1..].iter().filter(|other| other.kind == period.kind);
            prop_assert!(alike.into_iter().all(|other| other.start > period.end));
        }
    }
}
