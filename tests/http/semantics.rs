//! What calendar-query and free-busy-query say of hard objects: the tables of RFC 4791 9.9 on series, alarms of
//! overridden instances, times without a zone, zones that only the object knows, and series that no index holds.

use crate::harness::World;
use crate::harness::case::{Case, case};
use crate::harness::client::{Client, document};
use crate::harness::samples::{event_with, object};
use crate::icalendar::Component;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case(
            "a recurring task overlaps as each row of the table says, at any time",
            recurring_tasks,
        ),
        case("an alarm goes off for the instance it belongs to", alarms),
        case("a journal entry is found on its day", journals),
        case("values of properties lie in a range, those of an instance as it has them", values),
        case("times without a zone are those of the calendar's zone, or of the query's", zones),
        case("a zone that only the object defines is the object's", own_zone),
        case("a zone that is left to the server to know is defined where it goes", known_zone),
        case("messages in the inbox are searched like objects", inbox),
        case("overrides that have nothing to do with the range stay away", limited),
        case("a date that comes to stand for all later ones moves them", from_then_on),
        case("instances are selected from like any object", selected_instances),
        case("a text that is not there is found where the value is", negated),
        case("a series that no index holds is found and makes busy", dense),
    ]
}

/// `DAY HHMM-HHMM` as a time-range.
fn range(day: &str, times: &str) -> String {
    let (start, end) = times.split_once('-').expect("two times");
    format!("<C:time-range start=\"{day}T{start}00Z\" end=\"{day}T{end}00Z\"/>")
}

fn on(kind: &str, inside: &str) -> String {
    format!("<C:comp-filter name=\"{kind}\">{inside}</C:comp-filter>")
}

/// Names of the objects in a calendar that match, in order.
#[track_caller]
fn found(client: &Client, calendar: &str, filter: &str, more: &str) -> Vec<String> {
    let body = format!(
        "<D:prop><D:getetag/></D:prop><C:filter>{}</C:filter>{more}",
        on("VCALENDAR", filter)
    );
    let answer = client.report(&client.at(calendar), "C:calendar-query", &body).multistatus();
    let start = client.at(calendar);
    let name = |href: &str| href.trim_start_matches(&start).trim_end_matches(".ics").to_owned();
    let mut names: Vec<String> = answer.hrefs().into_iter().map(name).collect();
    names.sort();
    names
}

/// The calendar data of the one object that a query for all events finds.
#[track_caller]
fn data(client: &Client, calendar: &str, selection: &str) -> String {
    let body = format!(
        "<D:prop><C:calendar-data>{selection}</C:calendar-data></D:prop><C:filter>{}</C:filter>",
        on("VCALENDAR", &on("VEVENT", ""))
    );
    let answer = client.report(&client.at(calendar), "C:calendar-query", &body).multistatus();
    answer.only().text("C:calendar-data").replace('\r', "")
}

#[track_caller]
fn put(client: &Client, calendar: &str, name: &str, data: &str) {
    client.put(&client.at(&format!("{calendar}{name}.ics")), data).expect(201);
}

/// An event of several components.
fn series(name: &str, components: &[&[&str]]) -> String {
    let whole: Vec<String> = components.iter().map(|lines| event_with(name, lines)).collect();
    let inner = |text: &String| {
        let start = text.find("BEGIN:VEVENT").expect("an event");
        text[start..].trim_end_matches("END:VCALENDAR\r\n").to_owned()
    };
    let all: String = whole.iter().map(inner).collect();
    let head = whole[0].find("BEGIN:VEVENT").expect("an event");
    format!("{}{all}END:VCALENDAR\r\n", &whole[0][..head])
}

/// RFC 4791 9.9, the table for VTODO: weekly on Mondays, next week and beyond what is indexed.
fn recurring_tasks(world: &World) {
    let alice = world.user("alice");
    let start = "DTSTART:20260302T090000Z";
    for (name, lines, hits, misses) in [
        (
            "start-duration",
            &[start, "DURATION:PT1H", "COMPLETED:20260302T200000Z"][..],
            &["0800-0901", "1000-1100", "0930-0945"][..],
            &["0800-0900", "1001-1100", "2000-2001"][..],
        ),
        (
            "start-due",
            &[start, "DUE:20260302T100000Z", "CREATED:20260302T200000Z"],
            &["0800-0901", "0959-1100"],
            &["0800-0900", "1000-1100", "2000-2001"],
        ),
        (
            "start-due-at-once",
            &[start, "DUE:20260302T090000Z"],
            &["0800-0900", "0900-0901"],
            &["0901-1000", "0800-0859"],
        ),
        ("start", &[start], &["0800-0901", "0900-0901"], &["0800-0900", "0901-1000"]),
        (
            "due",
            &["DUE:20260302T100000Z"],
            &["0900-1000", "0959-1100"],
            &["1000-1100", "0900-0959"],
        ),
    ] {
        let lines = [lines, &["RRULE:FREQ=WEEKLY"]].concat();
        put(&alice, "tasks/", name, &object("VTODO", name, &lines));
        for day in ["20260309", "20310310"] {
            for (ranges, expected) in [(hits, true), (misses, false)] {
                for times in ranges {
                    let names = found(&alice, "tasks/", &on("VTODO", &range(day, times)), "");
                    let is_found = names.iter().any(|other| other == name);
                    assert_eq!(is_found, expected, "{name}: {times} on {day}: {names:?}");
                }
            }
        }
    }
    // The rows without a start: once, whatever RRULE may say.
    for (name, lines) in [
        ("done", &["COMPLETED:20260309T100000Z"][..]),
        ("made", &["CREATED:20260309T100000Z"]),
        ("made-and-done", &["CREATED:20260309T080000Z", "COMPLETED:20260309T100000Z"]),
        ("ever", &["SUMMARY:Some day"]),
    ] {
        put(&alice, "tasks/", name, &object("VTODO", name, lines));
    }
    for (day, times, expected) in [
        ("20260309", "0700-0759", &["ever"][..]),
        ("20260309", "0700-0800", &["ever", "made-and-done"]),
        ("20260309", "1000-1001", &["done", "ever", "made", "made-and-done"]),
        ("20260309", "1100-1200", &["ever", "made"]),
        ("20310310", "1100-1200", &["ever", "made"]),
    ] {
        let mut names = found(&alice, "tasks/", &on("VTODO", &range(day, times)), "");
        names.retain(|name| !name.starts_with("start") && name != "due");
        assert_eq!(names, expected, "{times} on {day}");
    }
}

/// RFC 4791 9.9 for VALARM, RFC 5545 3.8.6: with repetitions, overrides, and THISANDFUTURE.
fn alarms(world: &World) {
    let alice = world.user("alice");
    let alarm = |lines: &str| {
        format!("BEGIN:VALARM\r\nACTION:AUDIO\r\n{}\r\nEND:VALARM", lines.replace('|', "\r\n"))
    };
    let (usual, day_before, at_end) = (
        alarm("TRIGGER:-PT15M|REPEAT:2|DURATION:PT5M"),
        alarm("TRIGGER:-P1D"),
        alarm("TRIGGER;RELATED=END:-PT30M"),
    );
    let components = [
        &["DTSTART:20260302T090000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY", &usual][..],
        &["RECURRENCE-ID:20260309T090000Z", "DTSTART:20260309T120000Z", "DURATION:PT1H"],
        &[
            "RECURRENCE-ID:20260316T090000Z",
            "DTSTART:20260316T090000Z",
            "DURATION:PT1H",
            &day_before,
        ],
        &[
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20260323T090000Z",
            "DTSTART:20260323T150000Z",
            "DURATION:PT1H",
            &at_end,
        ],
    ];
    put(&alice, "calendar/", "weekly", &series("weekly", &components));
    let at = alarm("TRIGGER;VALUE=DATE-TIME:20260401T060000Z");
    let lines = ["DTSTART:20260302T090000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY", &at];
    put(&alice, "calendar/", "once", &event_with("once", &lines));
    for (day, times, expected) in [
        ("20260302", "0845-0846", &["weekly"][..]),
        ("20260302", "0850-0851", &["weekly"]),
        ("20260302", "0855-0856", &["weekly"]),
        ("20260302", "0851-0855", &[]),
        ("20260302", "0856-2359", &[]),
        ("20260309", "0000-2359", &[]), // moved, and silent
        ("20260315", "0900-0901", &["weekly"]),
        ("20260316", "0000-2359", &[]),
        ("20260323", "1530-1531", &["weekly"]),
        ("20260330", "1530-1531", &["weekly"]), // as from then on
        ("20260330", "0000-1530", &[]),
        ("20310310", "1530-1531", &["weekly"]),
        ("20260401", "0600-0601", &["once"]),
        ("20260408", "0600-0601", &[]),
    ] {
        let filter = on("VEVENT", &on("VALARM", &range(day, times)));
        assert_eq!(found(&alice, "calendar/", &filter, ""), expected, "{times} on {day}");
    }
}

/// RFC 4791 9.9, the table for VJOURNAL.
fn journals(world: &World) {
    let alice = world.user("alice");
    let body = document(
        "C:mkcalendar",
        "<D:set><D:prop><C:supported-calendar-component-set><C:comp name=\"VJOURNAL\"/>\
         </C:supported-calendar-component-set></D:prop></D:set>",
    );
    alice.request("MKCALENDAR", &alice.at("diary/")).xml(&body).send().expect(201);
    for (name, lines) in [
        ("day", &["DTSTART;VALUE=DATE:20260302"][..]),
        ("moment", &["DTSTART:20260302T090000Z"]),
        ("mondays", &["DTSTART;VALUE=DATE:20260302", "RRULE:FREQ=WEEKLY"]),
        ("undated", &["SUMMARY:A thought"]),
    ] {
        put(&alice, "diary/", name, &object("VJOURNAL", name, lines));
    }
    put(&alice, "calendar/", "event", &event_with("event", &["DTSTART:20260302T090000Z"]));
    for (day, times, expected) in [
        ("20260302", "0900-0901", &["day", "moment", "mondays"][..]),
        ("20260302", "0901-0902", &["day", "mondays"]),
        ("20260303", "0000-0001", &[]),
        ("20260309", "2358-2359", &["mondays"]),
        ("20310310", "0000-0001", &["mondays"]),
    ] {
        let filter = on("VJOURNAL", &range(day, times));
        assert_eq!(found(&alice, "diary/", &filter, ""), expected, "{times} on {day}");
        assert!(found(&alice, "calendar/", &filter, "").is_empty());
    }
    let refused = object("VEVENT", "no", &["DTSTART:20260302T090000Z"]);
    let refused = alice.put(&alice.at("diary/no.ics"), &refused);
    refused.expect_error(403, "C:supported-calendar-component");
}

/// RFC 4791 9.9, last table: `(start <= date-time) AND (end > date-time)`.
fn values(world: &World) {
    let alice = world.user("alice");
    let components = [
        &[
            "DTSTART:20260302T090000Z",
            "DURATION:PT1H",
            "RRULE:FREQ=WEEKLY",
            "LAST-MODIFIED:20260101T120000Z",
        ][..],
        &["RECURRENCE-ID:20260309T090000Z", "DTSTART:20260309T120000Z", "DURATION:PT30M"],
    ];
    put(&alice, "calendar/", "weekly", &series("weekly", &components));
    let lines = ["DUE:20260302T100000Z", "COMPLETED:20260303T100000Z"];
    put(&alice, "tasks/", "task", &object("VTODO", "task", &lines));
    for (kind, property, day, times, expected) in [
        ("VEVENT", "DTSTART", "20260302", "0900-0901", true),
        ("VEVENT", "DTSTART", "20260302", "0901-1000", false),
        ("VEVENT", "DTSTART", "20260309", "0900-0901", false), // moved
        ("VEVENT", "DTSTART", "20260309", "1200-1201", true),
        ("VEVENT", "DTEND", "20260309", "1230-1231", true), // by DURATION
        ("VEVENT", "DTEND", "20310310", "1000-1001", true),
        ("VEVENT", "DTEND", "20310310", "0900-1000", false),
        ("VEVENT", "LAST-MODIFIED", "20260101", "1200-1201", true),
        ("VEVENT", "LAST-MODIFIED", "20260101", "1100-1200", false),
        ("VTODO", "DUE", "20260302", "1000-1001", true),
        ("VTODO", "DUE", "20260302", "0900-1000", false),
        ("VTODO", "COMPLETED", "20260303", "1000-1001", true),
        ("VTODO", "DTSTART", "20260302", "0000-2359", false),
    ] {
        let range = range(day, times);
        let filter =
            on(kind, &format!("<C:prop-filter name=\"{property}\">{range}</C:prop-filter>"));
        let calendar = if kind == "VTODO" { "tasks/" } else { "calendar/" };
        let is_found = !found(&alice, calendar, &filter, "").is_empty();
        assert_eq!(is_found, expected, "{property}: {times} on {day}");
    }
}

/// A VCALENDAR with a zone of this offset all year.
fn fixed_zone(tzid: &str, offset: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//tests//EN\r\nBEGIN:VTIMEZONE\r\nTZID:{tzid}\r\n\
         BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\n\
         END:STANDARD\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n"
    )
}

#[track_caller]
fn busy(client: &Client, calendar: &str, day: &str) -> Vec<String> {
    let range = range(day, "0000-2359");
    let answer = client.report(&client.at(calendar), "C:free-busy-query", &range).expect(200);
    let calendar = Component::parse(answer.text()).expect("a calendar");
    let lines = calendar.item().properties_named("FREEBUSY");
    lines.map(|line| line.value.clone()).collect()
}

/// RFC 4791 5.2.2, 7.3 and 9.8. What is stored does not change when the zone does.
fn zones(world: &World) {
    let alice = world.user("alice");
    let set = |zone: &str| {
        let set = format!(
            "<D:set><D:prop><C:calendar-timezone>{zone}</C:calendar-timezone></D:prop></D:set>"
        );
        alice.proppatch(&alice.at("calendar/"), &set).multistatus();
    };
    set(&fixed_zone("Five hours back", "-0500"));
    let lines = ["DTSTART:20260302T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY"];
    put(&alice, "calendar/", "local", &event_with("local", &lines));
    put(&alice, "calendar/", "day", &event_with("day", &["DTSTART;VALUE=DATE:20260304"]));
    let ahead = format!("<C:timezone>{}</C:timezone>", fixed_zone("Ten and a half ahead", "+1030"));
    for (day, times, of_calendar, of_query) in [
        ("20260302", "0900-1000", &[][..], &[][..]),
        ("20260302", "1400-1500", &["local"], &[]),
        ("20260301", "2230-2330", &[], &["local"]),
        ("20310310", "1400-1500", &["local"], &[]),
        ("20310309", "2230-2330", &[], &["local"]),
        ("20260304", "0459-0500", &[], &["day"]),
        ("20260304", "0500-0501", &["day"], &["day"]),
        ("20260305", "0459-0500", &["day"], &[]),
        ("20260303", "1330-1331", &[], &["day"]),
    ] {
        let filter = on("VEVENT", &range(day, times));
        assert_eq!(found(&alice, "calendar/", &filter, ""), of_calendar, "{times} on {day}");
        assert_eq!(found(&alice, "calendar/", &filter, &ahead), of_query, "{times} on {day}");
    }
    assert_eq!(busy(&alice, "calendar/", "20260302"), ["20260302T140000Z/PT1H"]);
    assert_eq!(busy(&alice, "", "20260302"), ["20260302T140000Z/PT1H"]);

    set(&fixed_zone("One ahead", "+0100"));
    assert_eq!(busy(&alice, "calendar/", "20260302"), ["20260302T080000Z/PT1H"]);
    let gone = "<D:remove><D:prop><C:calendar-timezone/></D:prop></D:remove>";
    alice.proppatch(&alice.at("calendar/"), gone).multistatus();
    assert_eq!(busy(&alice, "calendar/", "20260302"), ["20260302T090000Z/PT1H"]);

    let filter = format!("<C:filter>{}</C:filter>", on("VCALENDAR", &on("VEVENT", "")));
    for zone in ["no zone", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"] {
        let body = format!("{filter}<C:timezone>{zone}</C:timezone>");
        let answer = alice.report(&alice.at("calendar/"), "C:calendar-query", &body);
        answer.expect_error(403, "C:valid-calendar-data");
    }
}

/// RFC 5545 3.6.5: clocks of a place that no database has, one hour ahead from April to September.
fn own_zone(world: &World) {
    let alice = world.user("alice");
    let observance = |kind: &str, from: &str, to: &str, month: &str| {
        format!(
            "BEGIN:{kind}\r\nDTSTART:1970{month}01T020000\r\nRRULE:FREQ=YEARLY\r\nTZOFFSETFROM:{from}\r\n\
             TZOFFSETTO:{to}\r\nEND:{kind}\r\n"
        )
    };
    let zone = format!(
        "BEGIN:VTIMEZONE\r\nTZID:Nowhere\r\n{}{}END:VTIMEZONE\r\n",
        observance("STANDARD", "+0130", "+0030", "10"),
        observance("DAYLIGHT", "+0030", "+0130", "04")
    );
    let lines = [
        "DTSTART;TZID=Nowhere:20260303T100000",
        "DTEND;TZID=Nowhere:20260303T110000",
        "RRULE:FREQ=MONTHLY;COUNT=3",
        "EXDATE;TZID=Nowhere:20260403T100000",
    ];
    let event =
        event_with("odd", &lines).replacen("BEGIN:VEVENT", &format!("{zone}BEGIN:VEVENT"), 1);
    put(&alice, "calendar/", "odd", &event);
    for (day, times, expected) in [
        ("20260303", "0930-1030", &["odd"][..]),
        ("20260303", "1030-1130", &[]),
        ("20260403", "0000-2359", &[]),
        ("20260503", "0830-0930", &["odd"]),
        ("20260503", "0930-1030", &[]),
    ] {
        let filter = on("VEVENT", &range(day, times));
        assert_eq!(found(&alice, "calendar/", &filter, ""), expected, "{times} on {day}");
    }
    let expand = "<C:expand start=\"20260101T000000Z\" end=\"20270101T000000Z\"/>";
    let expanded = data(&alice, "calendar/", expand);
    for line in [
        "DTSTART:20260303T093000Z",
        "DTEND:20260303T103000Z",
        "RECURRENCE-ID:20260303T093000Z",
        "DTSTART:20260503T083000Z",
        "RECURRENCE-ID:20260503T083000Z",
    ] {
        assert!(expanded.lines().any(|other| other == line), "{line} is not in\n{expanded}");
    }
    for gone in ["VTIMEZONE", "TZID", "RRULE", "EXDATE", "202604"] {
        assert!(!expanded.contains(gone), "{gone} is in\n{expanded}");
    }
    assert_eq!(busy(&alice, "calendar/", "20260503"), ["20260503T083000Z/PT1H"]);
}

/// A weekly meeting of alice with bob, on Mondays at ten in Berlin.
fn weekly_meeting() -> String {
    event_with(
        "weekly",
        &[
            "DTSTART;TZID=Europe/Berlin:20260302T100000",
            "DURATION:PT1H",
            "RRULE:FREQ=WEEKLY;COUNT=10",
            "ORGANIZER:mailto:alice@example.com",
            "ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com",
            "ATTENDEE;RSVP=TRUE:mailto:bob@example.com",
        ],
    )
}

/// RFC 7809 3.1.4 lets a client leave out the VTIMEZONE of a name; RFC 5545 3.2.19 wants one for those who get it.
fn known_zone(world: &World) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    put(&alice, "calendar/", "weekly", &weekly_meeting());
    let own = alice.get(&alice.at("calendar/weekly.ics")).expect(200);
    assert!(!own.text().contains("VTIMEZONE"), "it is the client's data: {own}");
    for calendar in ["calendar/", "inbox/"] {
        let data = data(&bob, calendar, "");
        let zone =
            data.split("BEGIN:VTIMEZONE").nth(1).unwrap_or_else(|| panic!("no zone in {data}"));
        for line in ["TZID:Europe/Berlin", "BEGIN:STANDARD", "BEGIN:DAYLIGHT", "TZOFFSETTO:+0200"] {
            assert!(zone.lines().any(|other| other == line), "{line} is not in {data}");
        }
        assert_eq!(data.matches("BEGIN:VTIMEZONE").count(), 1, "{data}");
    }
}

/// RFC 6638 2.2: the reports of RFC 4791 work on the inbox.
fn inbox(world: &World) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    put(&alice, "calendar/", "weekly", &weekly_meeting());
    for (day, times, expected) in [
        ("20260309", "0900-1000", 1),
        ("20260309", "1000-1100", 0),
        ("20260330", "0800-0900", 1), // the clocks went forward
        ("20260511", "0000-2359", 0),
    ] {
        let names = found(&bob, "inbox/", &on("VEVENT", &range(day, times)), "");
        assert_eq!(names.len(), expected, "{times} on {day}");
    }
    let method =
        "<C:prop-filter name=\"METHOD\"><C:text-match>REQUEST</C:text-match></C:prop-filter>";
    assert_eq!(found(&bob, "inbox/", method, "").len(), 1);
    assert!(found(&bob, "inbox/", &on("VTODO", ""), "").is_empty());
    let expand = "<C:expand start=\"20260309T000000Z\" end=\"20260317T000000Z\"/>";
    let expanded = data(&bob, "inbox/", expand);
    let starts: Vec<&str> = expanded.lines().filter(|line| line.starts_with("DTSTART")).collect();
    assert_eq!(starts, ["DTSTART:20260309T090000Z", "DTSTART:20260316T090000Z"]);
}

/// RFC 4791 9.6.6, with RFC 5545 3.2.13.
fn limited(world: &World) {
    let alice = world.user("alice");
    let components = [
        &["DTSTART:20260302T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=20"][..],
        &["RECURRENCE-ID:20260303T090000Z", "DTSTART:20260320T200000Z", "DURATION:PT1H"],
        &[
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20260309T090000Z",
            "DTSTART:20260309T150000Z",
            "DURATION:PT1H",
        ],
        &["RECURRENCE-ID:20260312T090000Z", "DTSTART:20260312T090000Z", "DURATION:PT1H"],
    ];
    put(&alice, "calendar/", "daily", &series("daily", &components));
    for (start, end, expected) in [
        ("20260302T000000Z", "20260303T000000Z", &[][..]),
        ("20260303T000000Z", "20260304T000000Z", &[":20260303T090000Z"]), // moved away
        (
            "20260320T193000Z",
            "20260320T203000Z",
            &[":20260303T090000Z"], // moved here
        ),
        ("20260310T140000Z", "20260310T160000Z", &[";RANGE=THISANDFUTURE:20260309T090000Z"]),
        ("20260310T083000Z", "20260310T093000Z", &[";RANGE=THISANDFUTURE:20260309T090000Z"]),
        ("20260312T083000Z", "20260312T093000Z", &[":20260312T090000Z"]),
        ("20260401T000000Z", "20260402T000000Z", &[]),
    ] {
        let selection = format!("<C:limit-recurrence-set start=\"{start}\" end=\"{end}\"/>");
        let data = data(&alice, "calendar/", &selection);
        assert!(data.contains("RRULE:FREQ=DAILY;COUNT=20"), "the master stays: {data}");
        let ids: Vec<&str> =
            data.lines().filter_map(|line| line.strip_prefix("RECURRENCE-ID")).collect();
        assert_eq!(ids, expected, "{start} to {end}");
    }
}

/// RFC 5545 3.2.13: nothing but RANGE is another, and the index is.
fn from_then_on(world: &World) {
    let alice = world.user("alice");
    let daily = |id: &str| {
        let id = format!("RECURRENCE-ID{id}:20260303T090000Z");
        let master = ["DTSTART:20260302T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=9"];
        series("daily", &[&master, &[&id, "DTSTART:20260303T150000Z", "DURATION:PT1H"]])
    };
    let path = alice.at("calendar/daily.ics");
    for (data, status, usual, moved) in
        [(daily(""), 201, 1, 0), (daily(";RANGE=THISANDFUTURE"), 204, 0, 1), (daily(""), 204, 1, 0)]
    {
        alice.put(&path, &data).expect(status);
        for (times, expected) in [("0900-1000", usual), ("1500-1600", moved)] {
            let filter = on("VEVENT", &range("20260305", times));
            assert_eq!(found(&alice, "calendar/", &filter, "").len(), expected, "{times}: {data}");
        }
    }
}

/// RFC 4791 9.6: parts of components, of instances as of what is stored.
fn selected_instances(world: &World) {
    let alice = world.user("alice");
    let components = [
        &["DTSTART:20260302T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3", "SUMMARY:Usual"]
            [..],
        &["RECURRENCE-ID:20260303T090000Z", "DTSTART:20260303T120000Z", "SUMMARY:Late"],
    ];
    put(&alice, "calendar/", "daily", &series("daily", &components));
    let parts = "<C:comp name=\"VCALENDAR\"><C:comp name=\"VEVENT\"><C:prop name=\"SUMMARY\"/>\
                 <C:prop name=\"DTSTART\" novalue=\"yes\"/><C:prop name=\"RECURRENCE-ID\"/><C:prop name=\"RRULE\"/>\
                 </C:comp></C:comp>";
    let expand = "<C:expand start=\"20260303T000000Z\" end=\"20260305T000000Z\"/>";
    assert_eq!(
        data(&alice, "calendar/", &format!("{parts}{expand}")).trim(),
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nRECURRENCE-ID:20260303T090000Z\nDTSTART:\nSUMMARY:Late\nEND:VEVENT\n\
         BEGIN:VEVENT\nDTSTART:\nSUMMARY:Usual\nRECURRENCE-ID:20260304T090000Z\nEND:VEVENT\nEND:VCALENDAR"
    );
    let limit = "<C:limit-recurrence-set start=\"20260304T000000Z\" end=\"20260305T000000Z\"/>";
    assert_eq!(
        data(&alice, "calendar/", &format!("{parts}{limit}")).trim(),
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:Usual\nEND:VEVENT\nEND:VCALENDAR"
    );
}

/// RFC 4791 9.7.2, 9.7.3 and 9.7.5: one property, or one value of its parameter, decides; RFC 5051.
fn negated(world: &World) {
    let alice = world.user("alice");
    let start = "DTSTART:20260302T090000Z";
    for (name, lines) in [
        ("both", &[start, "CATEGORIES:WORK,Caf\u{e9}", "CATEGORIES:HOME"][..]),
        ("work", &[start, "CATEGORIES:WORK"]),
        ("none", &[start, "SUMMARY:No category"]),
        (
            "member",
            &[
                start,
                "ATTENDEE;MEMBER=\"mailto:a@example.org\",\"mailto:b@example.org\":mailto:zoe@example.org",
            ],
        ),
        ("guest", &[start, "ATTENDEE;CN=Zoe:mailto:zoe@example.org"]),
    ] {
        put(&alice, "calendar/", name, &event_with(name, lines));
    }
    let text =
        |attributes: &str, text: &str| format!("<C:text-match {attributes}>{text}</C:text-match>");
    let not = "negate-condition=\"yes\"";
    let property = |name: &str, inside: &str| {
        on("VEVENT", &format!("<C:prop-filter name=\"{name}\">{inside}</C:prop-filter>"))
    };
    let parameter = |name: &str, inside: &str| {
        property("ATTENDEE", &format!("<C:param-filter name=\"{name}\">{inside}</C:param-filter>"))
    };
    for (filter, expected) in [
        (property("CATEGORIES", &text("", "work")), &["both", "work"][..]),
        (property("CATEGORIES", &text(not, "work")), &["both"]), // HOME is a CATEGORIES without it
        (property("CATEGORIES", &text("collation=\"i;octet\"", "work")), &[]),
        (property("CATEGORIES", &text("collation=\"i;ascii-casemap\"", "CAF\u{c9}")), &[]),
        (property("CATEGORIES", &text("collation=\"i;unicode-casemap\"", "CAF\u{c9}")), &["both"]),
        (
            property(
                "CATEGORIES",
                &text(&format!("{not} collation=\"i;unicode-casemap\""), "CAF\u{c9}"),
            ),
            &["both", "work"],
        ),
        (property("CATEGORIES", "<C:is-not-defined/>"), &["guest", "member", "none"]),
        (parameter("MEMBER", &text("", "b@example.org")), &["member"]),
        (parameter("MEMBER", &text(not, "b@example.org")), &[]),
        (parameter("MEMBER", &text(not, "c@example.org")), &["member"]),
        (parameter("MEMBER", "<C:is-not-defined/>"), &["guest"]),
        (parameter("CN", &text(not, "Ann")), &["guest"]),
    ] {
        assert_eq!(found(&alice, "calendar/", &filter, ""), expected, "{filter}");
    }
}

/// An index holds some thousand instances from the first on: these passed that long before the day that is asked about.
fn dense(world: &World) {
    let alice = world.user("alice");
    for (name, start, lines) in [
        ("hourly", "DTSTART:20150101T001000Z", ["DURATION:PT5M", "RRULE:FREQ=HOURLY"]),
        ("daily", "DTSTART:19700101T123000Z", ["DURATION:PT10M", "RRULE:FREQ=DAILY"]),
        (
            "ended",
            "DTSTART:20150101T000000Z",
            ["DURATION:PT1M", "RRULE:FREQ=MINUTELY;COUNT=1000000"],
        ),
        (
            "seconds",
            "DTSTART:20200101T000000Z",
            ["DURATION:PT1S", "RRULE:FREQ=SECONDLY;INTERVAL=7200"],
        ),
    ] {
        put(&alice, "calendar/", name, &event_with(name, &[start, lines[0], lines[1]]));
    }
    for (day, times, expected) in [
        ("20260302", "1205-1210", &[][..]),
        ("20260302", "1210-1211", &["hourly"]),
        ("20260302", "1200-1201", &["seconds"]),
        ("20260302", "1230-1231", &["daily"]),
        ("20161125", "1039-1040", &["ended"]),
        ("20161125", "1040-1041", &[]),
        ("20610302", "1210-1231", &["daily", "hourly"]),
    ] {
        let filter = on("VEVENT", &range(day, times));
        assert_eq!(found(&alice, "calendar/", &filter, ""), expected, "{times} on {day}");
    }
    let periods = busy(&alice, "calendar/", "20260302");
    for (period, count) in [("0010", "PT5M"), ("1210", "PT5M"), ("1230", "PT10M"), ("1000", "PT1S")]
        .map(|(start, length)| (format!("20260302T{start}00Z/{length}"), 1))
    {
        assert_eq!(periods.iter().filter(|other| **other == period).count(), count, "{period}");
    }
    assert_eq!(periods.len(), 24 + 1 + 12, "{periods:?}");
}
