//! Tests on components, properties and parameters (RFC 4791 §9.7).

use calendar::Zone;
use calendar::filter::{
    Collation, CompFilter, CompTest, Filter, ParamTest, TextMatch, ValueTest, Verdict,
};

use crate::support::{
    Part, comp, filter, matches, no_comp, no_prop, not, object, objects, octets, param, prop,
    prop_has, prop_in, prop_with, text, verdict,
};

const EVENT: &str = "DTSTART:20260105T090000Z|SUMMARY:Caf\u{e9}\\, lunch|CATEGORIES:WORK,Food\\; drink|\
    STATUS:CONFIRMED|ATTENDEE;PARTSTAT=ACCEPTED;CN=Bob:mailto:bob@example.com|\
    ATTENDEE;PARTSTAT=DECLINED;MEMBER=\"mailto:a@x\",\"mailto:b@x\":mailto:carol@example.com|\
    BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT15M|END:VALARM";

fn holds(part: Part) -> bool {
    let query = filter(vec![comp("VEVENT", vec![part])]);
    matches(&query, &object("VEVENT", EVENT), &Zone::utc())
}

#[test]
fn properties_are_tested_by_presence_and_text() {
    // 9.7.2, 9.7.5
    for (test, expected) in [
        (prop("SUMMARY"), true),
        (prop("LOCATION"), false),
        (no_prop("LOCATION"), true),
        (no_prop("SUMMARY"), false),
        (prop_has("SUMMARY", text("LUNCH")), true),
        (prop_has("SUMMARY", octets("LUNCH")), false),
        (prop_has("SUMMARY", text("caf\u{e9}, l")), true), // 7.5: the text, not its escapes
        (prop_has("SUMMARY", text("\\,")), false),
        (prop_has("SUMMARY", text("dinner")), false),
        (prop_has("SUMMARY", not(text("dinner"))), true),
        (prop_has("SUMMARY", not(text("lunch"))), false),
        (prop_has("LOCATION", not(text("lunch"))), false), // there is no value to be tested
        (prop_has("SUMMARY", text("")), true),
        (prop_has("CATEGORIES", text("food; drink")), true),
        (prop_has("CATEGORIES", text("work,food")), true), // a list is searched as it is written
        (
            prop_has(
                "SUMMARY",
                TextMatch { collation: Collation::UnicodeCasemap, ..text("CAF\u{c9}") },
            ),
            true,
        ),
        (prop_has("ATTENDEE", text("carol")), true),
    ] {
        let shown = format!("{test:?}");
        assert_eq!(holds(Part::Prop(test)), expected, "{shown}");
    }
}

#[test]
fn one_property_satisfies_the_value_test_and_all_parameter_tests() {
    // 9.7.2, 9.7.3
    let of = |address: &str, params| {
        Part::Prop(prop_with("ATTENDEE", Some(ValueTest::TextMatch(text(address))), params))
    };
    let has = |name: &str, part: &str| param(name, ParamTest::TextMatch(text(part)));
    for (part, expected) in [
        (of("bob", vec![has("PARTSTAT", "accepted")]), true),
        (of("bob", vec![has("PARTSTAT", "declined")]), false),
        (of("carol", vec![param("CN", ParamTest::IsNotDefined)]), true),
        (of("bob", vec![param("CN", ParamTest::IsNotDefined)]), false),
        (of("bob", vec![param("CN", ParamTest::IsDefined)]), true),
        (of("carol", vec![param("CN", ParamTest::IsDefined)]), false),
        (of("carol", vec![has("MEMBER", "b@x"), has("PARTSTAT", "dec")]), true),
        (of("carol", vec![has("MEMBER", "c@x")]), false),
        (of("carol", vec![param("MEMBER", ParamTest::TextMatch(not(text("b@x"))))]), false),
        (of("carol", vec![param("MEMBER", ParamTest::TextMatch(not(text("c@x"))))]), true),
        (of("carol", vec![param("CN", ParamTest::TextMatch(not(text("c"))))]), false),
        (of("bob", vec![has("PARTSTAT", "accepted"), has("CN", "Carol")]), false),
    ] {
        assert_eq!(holds(part), expected);
    }
    let untimed = prop_with(
        "DTSTART",
        prop_value_in("20260105T000000Z/20260106T000000Z"),
        vec![param("TZID", ParamTest::IsNotDefined)],
    );
    assert!(holds(Part::Prop(untimed)));
}

fn prop_value_in(text: &str) -> Option<ValueTest> {
    match prop_in("DTSTART", text).test {
        calendar::filter::PropTest::Matches { value, .. } => value,
        calendar::filter::PropTest::IsNotDefined => None,
    }
}

#[test]
fn components_are_tested_in_their_scope() {
    // 9.7.1
    let display = || vec![Part::Prop(prop_has("ACTION", text("DISPLAY")))];
    for (part, expected) in [
        (Part::Comp(comp("VALARM", vec![])), true),
        (Part::Comp(no_comp("VALARM")), false),
        (Part::Comp(comp("VALARM", display())), true),
        (Part::Comp(comp("VALARM", vec![Part::Prop(prop_has("ACTION", text("AUDIO")))])), false),
        (Part::Comp(no_comp("X-PART")), true),
        (Part::Comp(comp("X-PART", vec![])), false),
        (Part::Comp(comp("VALARM", vec![Part::Prop(prop("SUMMARY"))])), false),
    ] {
        assert_eq!(holds(part), expected);
    }
    for (comps, expected) in [
        (vec![], true),
        (vec![comp("VEVENT", vec![])], true),
        (vec![comp("VTODO", vec![])], false),
        (vec![no_comp("VTODO")], true),
        (vec![no_comp("VEVENT")], false),
        (vec![comp("VEVENT", vec![]), comp("VTODO", vec![])], false), // all tests hold, not one
        (vec![comp("VEVENT", vec![]), no_comp("VTIMEZONE")], true),
        (vec![comp("VTIMEZONE", vec![])], false),
        (vec![comp("VALARM", vec![])], false), // not directly in the VCALENDAR
        // 9.9: a time-range has no meaning there
        (vec![comp("VTIMEZONE", vec![Part::In("/20300101T000000Z")])], false),
    ] {
        let query = filter(comps);
        let found = matches(&query, &object("VEVENT", EVENT), &Zone::utc());
        assert_eq!(found, expected, "{query:?}");
    }
}

#[test]
fn the_calendar_itself_is_tested() {
    let query = |test| Filter { calendar: CompFilter { name: "VCALENDAR".into(), test } };
    let with = |prop| CompTest::Matches { time_range: None, props: vec![prop], comps: vec![] };
    for (test, expected) in [
        (CompTest::IsNotDefined, false),
        (with(prop_has("VERSION", octets("2.0"))), true),
        (with(prop("METHOD")), false),
    ] {
        let query = query(test);
        assert_eq!(matches(&query, &object("VEVENT", EVENT), &Zone::utc()), expected, "{query:?}");
    }
}

#[test]
fn each_component_is_tested_by_itself() {
    let series = objects(
        "VEVENT",
        &[
            "DTSTART:20260105T090000Z|RRULE:FREQ=DAILY;COUNT=3|SUMMARY:usual|LOCATION:here",
            "RECURRENCE-ID:20260106T090000Z|DTSTART:20260106T100000Z|SUMMARY:late",
        ],
    );
    for (parts, expected) in [
        (vec![prop_has("SUMMARY", text("late"))], true),
        (vec![prop_has("SUMMARY", text("late")), no_prop("LOCATION")], true),
        (vec![prop_has("SUMMARY", text("late")), prop("LOCATION")], false),
        (vec![prop_has("SUMMARY", text("usual")), no_prop("LOCATION")], false),
    ] {
        let query = filter(vec![comp("VEVENT", parts.into_iter().map(Part::Prop).collect())]);
        assert_eq!(matches(&query, &series, &Zone::utc()), expected, "{query:?}");
    }
}

#[test]
fn an_instance_without_a_master_is_found() {
    let orphan = object(
        "VEVENT",
        "RECURRENCE-ID:20260106T090000Z|DTSTART:20260106T100000Z|DURATION:PT1H|SUMMARY:late",
    );
    let late = || Part::Prop(prop_has("SUMMARY", text("late")));
    for (parts, expected) in [
        (vec![late()], true),
        (vec![Part::In("20260106T100000Z/20260106T110000Z"), late()], true),
        (vec![Part::In("20260106T090000Z/20260106T100000Z"), late()], false),
    ] {
        let query = filter(vec![comp("VEVENT", parts)]);
        assert_eq!(matches(&query, &orphan, &Zone::utc()), expected, "{query:?}");
    }
}

#[test]
fn the_index_decides_what_it_knows_and_no_more() {
    use Verdict::{No, Unknown, Yes};
    let day = "20260105T000000Z/20260106T000000Z";
    let other_day = "20260106T000000Z/20260107T000000Z";
    let uid = |part| Part::Prop(prop_has("UID", octets(part)));
    let event = |parts| comp("VEVENT", parts);
    for (comps, expected) in [
        (vec![], Yes),
        (vec![event(vec![])], Yes),
        (vec![comp("VTODO", vec![])], No),
        (vec![no_comp("VTODO")], Yes),
        (vec![no_comp("VEVENT")], No),
        (vec![event(vec![Part::In(day)])], Yes),
        (vec![event(vec![Part::In(other_day)])], No),
        (vec![event(vec![uid("1")])], Yes),
        (vec![event(vec![uid("2")])], No),
        (vec![event(vec![uid("1"), Part::In(day)])], Yes),
        (vec![event(vec![uid("1"), Part::In(other_day)])], No),
        (vec![event(vec![Part::Prop(prop("UID"))])], Yes),
        (vec![event(vec![Part::Prop(no_prop("UID"))])], No),
        (vec![event(vec![Part::Prop(prop("SUMMARY"))])], Unknown),
        (vec![event(vec![Part::Prop(prop("SUMMARY")), Part::In(other_day)])], No),
        (vec![event(vec![Part::Comp(no_comp("VALARM"))])], Unknown),
        (vec![event(vec![Part::In(day)]), event(vec![Part::In(other_day)])], Unknown),
        (vec![comp("VTIMEZONE", vec![])], Unknown),
    ] {
        let query = filter(comps);
        let object = object("VEVENT", EVENT);
        assert_eq!(verdict(&query, &object, &Zone::utc()), expected, "{query:?}");
        matches(&query, &object, &Zone::utc());
    }
}

#[test]
fn where_the_index_ends_the_object_is_asked() {
    let endless = object("VEVENT", "DTSTART:20260105T090000Z|RRULE:FREQ=DAILY");
    let query = |range| filter(vec![comp("VEVENT", vec![Part::In(range)])]);
    for (range, expected) in [
        ("20360101T000000Z/20360102T000000Z", Verdict::Yes),
        ("20500101T000000Z/20500102T000000Z", Verdict::Unknown),
    ] {
        assert_eq!(verdict(&query(range), &endless, &Zone::utc()), expected, "{range}");
        assert!(matches(&query(range), &endless, &Zone::utc()));
    }
}
