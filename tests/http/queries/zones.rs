//! Times without a zone, zones that only the object knows, and zones that only the server knows.

use crate::harness::World;
use crate::harness::case::{Case, case};
use crate::harness::samples::event_with;

use super::{busy, data, found, on, put, range, weekly_meeting};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("times without a zone are those of the calendar's zone, or of the query's", zones),
        case("a zone that only the object defines is the object's", own_zone),
        case("a zone that is left to the server to know is defined where it goes", known_zone),
    ]
}

/// A VCALENDAR with a zone of this offset all year.
fn fixed_zone(tzid: &str, offset: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//tests//EN\r\nBEGIN:VTIMEZONE\r\nTZID:{tzid}\r\n\
         BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\n\
         END:STANDARD\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n"
    )
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
