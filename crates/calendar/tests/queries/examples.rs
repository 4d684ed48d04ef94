//! The example queries of RFC 4791 §7.8 to §7.10 on the data of its appendix B.

use calendar::filter::{Filter, ParamTest, ValueTest, Verdict};
use calendar::freebusy::{FreeBusy, participation};
use calendar::select::{CalendarDataRequest, CompSelection, PropSelection, Recurrence, Selection};
use calendar::{CalendarObject, Limits, Zone};

use crate::appendix_b::{collection, find, task_due_at_noon};
use crate::support::{
    Part, bounds, comp, filter, instant, lines_of, matches, no_prop, not, octets, param, prop_has,
    prop_with, text, verdict,
};

fn found(filter: &Filter) -> Vec<&'static str> {
    let matching = collection()
        .into_iter()
        .filter(|(_, object)| matches(filter, object, &Zone::utc()))
        .map(|(name, _)| name);
    matching.collect()
}

fn selected(request: &CalendarDataRequest, object: &CalendarObject) -> String {
    let octets = request.select(object, &Zone::utc(), &Limits::default()).unwrap();
    String::from_utf8(octets).unwrap()
}

/// The lines from the first of these on.
fn from<'a>(text: &'a str, line: &str) -> Vec<&'a str> {
    text.lines().skip_while(|other| *other != line).collect()
}

#[test]
fn events_by_time_range_are_retrieved_in_part() {
    // 7.8.1
    let range = Part::In("20060104T000000Z/20060105T000000Z");
    assert_eq!(found(&filter(vec![comp("VEVENT", vec![range])])), ["abcd2", "abcd3"]);

    let props = |names: &[&str]| {
        let prop = |name: &&str| PropSelection { name: (*name).to_owned(), novalue: false };
        Selection::Named(names.iter().map(prop).collect())
    };
    let event = [
        "SUMMARY",
        "UID",
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "RDATE",
        "EXRULE",
        "EXDATE",
        "RECURRENCE-ID",
    ];
    let selection = |name: &str, props, comps| CompSelection { name: name.into(), props, comps };
    let comps = Selection::Named(vec![
        selection("VEVENT", props(&event), Selection::Named(Vec::new())),
        selection("VTIMEZONE", Selection::All, Selection::All),
    ]);
    let request = CalendarDataRequest {
        comp: Some(selection("VCALENDAR", props(&["VERSION"]), comps)),
        ..CalendarDataRequest::default()
    };
    let text = selected(&request, &find("abcd3"));
    assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nLAST-MODIFIED"));
    let expected = [
        "BEGIN:VEVENT",
        "DTSTART;TZID=US/Eastern:20060104T100000",
        "DURATION:PT1H",
        "SUMMARY:Event #3",
        "UID:DC6C50A017428C5216A2F1CD@example.com",
        "END:VEVENT",
        "END:VCALENDAR",
    ];
    assert_eq!(from(&text, "BEGIN:VEVENT"), expected);
    let text = selected(&request, &find("abcd2"));
    let names = ["SUMMARY", "DTSTAMP", "RRULE", "RECURRENCE-ID"];
    let expected = [
        "RRULE:FREQ=DAILY;COUNT=5",
        "SUMMARY:Event #2",
        "RECURRENCE-ID;TZID=US/Eastern:20060104T120000",
        "SUMMARY:Event #2 bis",
        "RECURRENCE-ID;TZID=US/Eastern:20060106T120000",
        "SUMMARY:Event #2 bis bis",
    ];
    let event = from(&text, "BEGIN:VEVENT").join("\r\n");
    assert_eq!(lines_of(event.as_bytes(), &names), expected);
}

#[test]
fn overrides_are_limited_to_a_range() {
    // 7.8.2
    let range = "20060103T000000Z/20060105T000000Z";
    assert_eq!(found(&filter(vec![comp("VEVENT", vec![Part::In(range)])])), ["abcd2", "abcd3"]);

    let recurrence = Recurrence::LimitSet(bounds(range));
    let request = CalendarDataRequest { recurrence, ..CalendarDataRequest::default() };
    let event = find("abcd2");
    let text = selected(&request, &event);
    let whole = String::from_utf8(event.octets()).unwrap();
    let end = whole.match_indices("BEGIN:VEVENT").nth(2).unwrap().0;
    assert_eq!(text, format!("{}END:VCALENDAR\r\n", &whole[..end]));
    assert_eq!(selected(&request, &find("abcd3")).as_bytes(), find("abcd3").octets());
}

#[test]
fn recurring_events_are_expanded() {
    // 7.8.3; the answer printed there has lost the Z of its times.
    let range = "20060103T000000Z/20060105T000000Z";
    let recurrence = Recurrence::Expand(bounds(range));
    let request = CalendarDataRequest { recurrence, ..CalendarDataRequest::default() };
    let text = selected(&request, &find("abcd2"));
    let expected = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Example Corp.//CalDAV Client//EN",
        "BEGIN:VEVENT",
        "DTSTAMP:20060206T001121Z",
        "DTSTART:20060103T170000Z",
        "DURATION:PT1H",
        "SUMMARY:Event #2",
        "UID:00959BC664CA650E933C892C@example.com",
        "RECURRENCE-ID:20060103T170000Z",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "DTSTAMP:20060206T001121Z",
        "DTSTART:20060104T190000Z",
        "DURATION:PT1H",
        "RECURRENCE-ID:20060104T170000Z",
        "SUMMARY:Event #2 bis",
        "UID:00959BC664CA650E933C892C@example.com",
        "END:VEVENT",
        "END:VCALENDAR",
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);

    let text = selected(&request, &find("abcd3"));
    let times = ["DTSTART", "DURATION", "RECURRENCE-ID", "X-ABC-GUID", "BEGIN"];
    let expected = [
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT",
        "DTSTART:20060104T150000Z",
        "DURATION:PT1H",
        "X-ABC-GUID:E1CX5Dr-0007ym-Hz@example.com",
    ];
    assert_eq!(lines_of(text.as_bytes(), &times), expected);
}

#[test]
fn stored_free_busy_information_is_retrieved_in_part() {
    // 7.8.4; the answer printed there has other hours in DTSTART and DTEND than appendix B.
    let range = "20060102T000000Z/20060103T000000Z";
    assert_eq!(found(&filter(vec![comp("VFREEBUSY", vec![Part::In(range)])])), ["abcd8"]);
    let request = CalendarDataRequest {
        limit_freebusy_set: Some(bounds(range)),
        ..CalendarDataRequest::default()
    };
    let text = selected(&request, &find("abcd8"));
    let expected = [
        "BEGIN:VFREEBUSY",
        "ORGANIZER;CN=\"Bernard Desruisseaux\":mailto:bernard@example.com",
        "UID:76ef34-54a3d2@example.com",
        "DTSTAMP:20050530T123421Z",
        "DTSTART:20060101T000000Z",
        "DTEND:20060108T000000Z",
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060102T100000Z/20060102T120000Z",
        "END:VFREEBUSY",
        "END:VCALENDAR",
    ];
    assert_eq!(from(&text, "BEGIN:VFREEBUSY"), expected);
}

#[test]
fn tasks_are_found_by_the_times_of_their_alarms() {
    // 7.8.5. The task in the answer is due at noon; the one of appendix B, due on that day, has its
    // alarm on the evening before.
    let alarm = comp("VALARM", vec![Part::In("20060106T100000Z/20060107T100000Z")]);
    let query = filter(vec![comp("VTODO", vec![Part::Comp(alarm)])]);
    assert!(matches(&query, &task_due_at_noon(), &Zone::utc()));
    assert!(found(&query).is_empty());
    let alarm = comp("VALARM", vec![Part::In("20060105T235000Z/20060105T235001Z")]);
    assert_eq!(found(&filter(vec![comp("VTODO", vec![Part::Comp(alarm)])])), ["abcd5"]);
}

#[test]
fn an_event_is_found_by_its_uid() {
    // 7.8.6
    let uid = prop_has("UID", octets("DC6C50A017428C5216A2F1CD@example.com"));
    let query = filter(vec![comp("VEVENT", vec![Part::Prop(uid)])]);
    assert_eq!(found(&query), ["abcd3"]);
    for (name, object) in collection() {
        let expected = if name == "abcd3" { Verdict::Yes } else { Verdict::No };
        assert_eq!(verdict(&query, &object, &Zone::utc()), expected, "no object is read: {name}");
    }
}

#[test]
fn events_are_found_by_partstat() {
    // 7.8.7
    let attendee = |address: &str, partstat: &str| {
        let params = vec![param("PARTSTAT", ParamTest::TextMatch(text(partstat)))];
        let value = ValueTest::TextMatch(text(address));
        Part::Prop(prop_with("ATTENDEE", Some(value), params))
    };
    let query = |address, partstat| filter(vec![comp("VEVENT", vec![attendee(address, partstat)])]);
    assert_eq!(found(&query("mailto:lisa@example.com", "NEEDS-ACTION")), ["abcd3"]);
    assert!(found(&query("mailto:cyrus@example.com", "NEEDS-ACTION")).is_empty());
    assert!(found(&query("mailto:lisa@example.com", "ACCEPTED")).is_empty());
}

#[test]
fn events_alone_are_found_by_the_index() {
    // 7.8.8
    let query = filter(vec![comp("VEVENT", vec![])]);
    assert_eq!(found(&query), ["abcd1", "abcd2", "abcd3"]);
    for (name, object) in collection() {
        assert_ne!(verdict(&query, &object, &Zone::utc()), Verdict::Unknown, "{name}");
    }
}

#[test]
fn pending_tasks_are_found() {
    // 7.8.9
    let query = filter(vec![comp(
        "VTODO",
        vec![
            Part::Prop(no_prop("COMPLETED")),
            Part::Prop(prop_has("STATUS", not(text("CANCELLED")))),
        ],
    )]);
    assert_eq!(found(&query), ["abcd4", "abcd5"]);
}

#[test]
fn properties_that_no_standard_defines_can_be_searched() {
    // 7.8.10 shows a server that refuses this; RFC 4791 7.7 leaves it to the server.
    let query =
        |part| filter(vec![comp("VEVENT", vec![Part::Prop(prop_has("X-ABC-GUID", text(part)))])]);
    assert!(found(&query("ABC")).is_empty());
    assert_eq!(found(&query("e1cx5dr")), ["abcd3"]);
}

#[test]
fn whole_objects_are_returned_as_they_are_stored() {
    // 7.9.1
    let request = CalendarDataRequest::default();
    assert!(request.is_whole());
    for (name, object) in collection() {
        assert_eq!(selected(&request, &object).as_bytes(), object.octets(), "{name}");
    }
}

fn busy(range: &str) -> Vec<String> {
    let mut busy = FreeBusy::new(bounds(range));
    for (_, object) in collection() {
        let own =
            participation(&object, |address| address.as_str() == "mailto:bernard@example.com");
        busy.add_object(&object, &own, &Zone::utc(), &Limits::default());
    }
    let calendar = busy.to_calendar("1", instant("20050125T090000Z"));
    lines_of(&calendar.to_octets(), &["FREEBUSY", "DTSTART", "DTEND", "DTSTAMP", "METHOD"])
}

#[test]
fn busy_time_is_told() {
    // 7.10.1: the text asks about nine to five of one day, to which the answer belongs.
    let expected = [
        "DTSTAMP:20050125T090000Z",
        "DTSTART:20060104T140000Z",
        "DTEND:20060104T220000Z",
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060104T150000Z/PT1H",
        "FREEBUSY:20060104T190000Z/PT1H",
    ];
    assert_eq!(busy("20060104T140000Z/20060104T220000Z"), expected);
    // The request that is printed ends a day later, when Event #2 recurs and abcd8 has another period.
    let expected = [
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060104T150000Z/PT1H",
        "FREEBUSY:20060104T190000Z/PT1H",
        "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20060105T100000Z/PT2H",
        "FREEBUSY:20060105T170000Z/PT1H",
    ];
    assert_eq!(busy("20060104T140000Z/20060105T220000Z")[3..], expected);
}
