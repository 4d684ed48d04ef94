//! Busy time (RFC 4791 §7.10, RFC 6638 §5).

use calendar::freebusy::{BusyPeriod, BusyType, FreeBusy, FreeBusyRequest, participation};
use calendar::index::index;
use calendar::{CalendarObject, Limits, Message, Occurrence, Zone};

use crate::support::{bounds, instant, lines_of, object, objects};

const WEEK: &str = "20260105T000000Z/20260112T000000Z";

fn is_bob(address: &calendar::CalendarAddress) -> bool {
    address.as_str() == "mailto:bob@example.com"
}

fn periods(busy: &FreeBusy) -> Vec<String> {
    let calendar = busy.to_calendar("1", instant("20260101T000000Z"));
    let lines = lines_of(&calendar.to_octets(), &["FREEBUSY"]);
    lines.into_iter().map(|line| line["FREEBUSY".len()..].to_owned()).collect()
}

fn indexed(object: &CalendarObject) -> Vec<Occurrence> {
    let index = index(object, instant("20300101T000000Z"), &Limits::default());
    index.rows.into_iter().flat_map(|row| row.occurrences).collect()
}

/// What an object makes of bob's week; the index says the same of an event.
fn busy_in(object: &CalendarObject, range: &str, floating: &Zone) -> Vec<String> {
    let own = participation(object, is_bob);
    let mut busy = FreeBusy::new(bounds(range));
    busy.add_object(object, &own, floating, &Limits::default());
    if object.kind() == calendar::ComponentKind::Event {
        let mut from_index = FreeBusy::new(bounds(range));
        from_index.add_occurrences(&indexed(object), &own, floating);
        assert_eq!(from_index.periods(), busy.periods(), "{object:?}");
    }
    periods(&busy)
}

#[test]
fn events_make_busy_as_the_table_of_7_10_says() {
    let one = |kind: &str| vec![format!("{kind}:20260105T090000Z/PT1H")];
    let (busy, tentative, free) = (one(""), one(";FBTYPE=BUSY-TENTATIVE"), Vec::new());
    for (lines, expected) in [
        ("", &busy),
        ("TRANSP:OPAQUE", &busy),
        ("STATUS:CONFIRMED", &busy),
        ("STATUS:CANCELLED", &free),
        ("STATUS:TENTATIVE", &tentative),
        ("STATUS:X-PERHAPS", &busy),
        ("TRANSP:TRANSPARENT", &free),
        ("TRANSP:TRANSPARENT|STATUS:CONFIRMED", &free),
        ("TRANSP:TRANSPARENT|STATUS:TENTATIVE", &free),
        ("TRANSP:transparent|STATUS:X-PERHAPS", &free),
    ] {
        let event = object("VEVENT", &format!("DTSTART:20260105T090000Z|DURATION:PT1H|{lines}"));
        assert_eq!(busy_in(&event, WEEK, &Zone::utc()), *expected, "{lines}");
    }
}

#[test]
fn ones_own_answer_counts() {
    let one = |kind: &str| vec![format!("{kind}:20260105T090000Z/PT1H")];
    let (busy, tentative, free) = (one(""), one(";FBTYPE=BUSY-TENTATIVE"), Vec::new());
    let ann = "ORGANIZER:mailto:ann@example.com|ATTENDEE;PARTSTAT=DECLINED:mailto:ann@example.com";
    let bob = |partstat: &str| format!("{ann}|ATTENDEE{partstat}:MAILTO:bob@example.com");
    for (lines, expected) in [
        (ann.to_owned(), &busy), // not invited: it is in the calendar all the same
        (bob(";PARTSTAT=ACCEPTED"), &busy),
        (bob(";PARTSTAT=DECLINED"), &free),
        (bob(";PARTSTAT=DELEGATED"), &free),
        (bob(";PARTSTAT=TENTATIVE"), &tentative),
        (bob(";PARTSTAT=NEEDS-ACTION"), &tentative),
        (bob(""), &tentative),                  // RFC 5545 3.2.12: NEEDS-ACTION
        (bob(";PARTSTAT=X-MAYBE"), &tentative), // likewise
        (bob(";PARTSTAT=ACCEPTED") + "|STATUS:TENTATIVE", &tentative),
        (bob(";PARTSTAT=ACCEPTED") + "|STATUS:CANCELLED", &free),
        (bob(";PARTSTAT=ACCEPTED") + "|TRANSP:TRANSPARENT", &free),
        ("ORGANIZER:mailto:bob@example.com|ATTENDEE:mailto:bob@example.com".to_owned(), &busy),
        (
            "ORGANIZER:mailto:bob@example.com|ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.com"
                .to_owned(),
            &free,
        ),
    ] {
        let event = object("VEVENT", &format!("DTSTART:20260105T090000Z|DURATION:PT1H|{lines}"));
        assert_eq!(busy_in(&event, WEEK, &Zone::utc()), *expected, "{lines}");
    }
}

#[test]
fn each_instance_is_busy_by_itself() {
    let series = objects(
        "VEVENT",
        &[
            "DTSTART:20260105T090000Z|DURATION:PT1H|RRULE:FREQ=DAILY|EXDATE:20260106T090000Z|\
             ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com",
            "RECURRENCE-ID:20260107T090000Z|DTSTART:20260107T120000Z|DURATION:PT1H|\
             ATTENDEE;PARTSTAT=TENTATIVE:mailto:bob@example.com",
            "RECURRENCE-ID:20260108T090000Z|DTSTART:20260108T090000Z|DURATION:PT1H|\
             ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.com",
            "RECURRENCE-ID:20260109T090000Z|DTSTART:20260109T090000Z|DURATION:PT1H|STATUS:CANCELLED",
        ],
    );
    let expected = [
        ":20260105T090000Z/PT1H",
        ";FBTYPE=BUSY-TENTATIVE:20260107T120000Z/PT1H",
        ":20260110T090000Z/PT1H",
        ":20260111T090000Z/PT1H",
    ];
    assert_eq!(busy_in(&series, WEEK, &Zone::utc()), expected);
    let orphan = object(
        "VEVENT",
        "RECURRENCE-ID:20260108T090000Z|DTSTART:20260108T090000Z|DURATION:PT1H|\
         ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.com",
    );
    assert!(busy_in(&orphan, WEEK, &Zone::utc()).is_empty());
}

#[test]
fn stored_free_busy_information_counts_by_its_types() {
    let stored = object(
        "VFREEBUSY",
        "DTSTART:20260105T000000Z|DTEND:20260112T000000Z|FREEBUSY:20260105T090000Z/PT1H|\
         FREEBUSY;FBTYPE=FREE:20260105T120000Z/PT1H|FREEBUSY;FBTYPE=busy-unavailable:20260106T090000Z/\
         20260106T100000Z,20260106T110000Z/PT1H|FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260107T090000Z/PT1H|\
         FREEBUSY;FBTYPE=X-AWAY:20260108T090000Z/PT1H,nonsense,20260108T090000Z/tomorrow",
    );
    let expected = [
        ":20260105T090000Z/PT1H",
        ";FBTYPE=BUSY-UNAVAILABLE:20260106T090000Z/PT1H",
        ";FBTYPE=BUSY-UNAVAILABLE:20260106T110000Z/PT1H",
        ";FBTYPE=BUSY-TENTATIVE:20260107T090000Z/PT1H",
        ":20260108T090000Z/PT1H",
    ];
    assert_eq!(busy_in(&stored, WEEK, &Zone::utc()), expected);
}

#[test]
fn tasks_and_journal_entries_make_nobody_busy() {
    for kind in ["VTODO", "VJOURNAL"] {
        let object = object(kind, "DTSTART:20260105T090000Z");
        assert!(busy_in(&object, WEEK, &Zone::utc()).is_empty(), "{kind}");
    }
}

#[test]
fn days_are_placed_by_the_calendars_zone() {
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let day = object("VEVENT", "DTSTART;VALUE=DATE:20260106");
    assert_eq!(busy_in(&day, WEEK, &Zone::utc()), [":20260106T000000Z/P1D"]);
    assert_eq!(busy_in(&day, WEEK, &berlin), [":20260105T230000Z/P1D"]);
    let local = object("VEVENT", "DTSTART:20260106T090000|DURATION:PT90M");
    assert_eq!(busy_in(&local, WEEK, &berlin), [":20260106T080000Z/PT1H30M"]);
}

#[test]
fn periods_are_merged_by_type_and_clipped() {
    use BusyType::{Busy, Tentative, Unavailable};
    let mut busy = FreeBusy::new(bounds("20260105T080000Z/20260105T180000Z"));
    for (start, end, kind) in [
        ("0700", "0830", Busy), // begins before the range
        ("1000", "1100", Busy), // touches the next
        ("1100", "1200", Busy),
        ("1130", "1145", Busy),      // lies within another
        ("1000", "1030", Tentative), // another type may overlap
        ("1200", "1300", Unavailable),
        ("1400", "1400", Busy), // takes no time
        ("1500", "1400", Busy), // is no period
        ("1730", "1900", Busy), // ends after the range
        ("1800", "1900", Busy), // begins when the range ends
    ] {
        let at = |time: &str| instant(&format!("20260105T{time}00Z"));
        busy.add(BusyPeriod { start: at(start), end: at(end), kind });
    }
    assert_eq!(
        periods(&busy),
        [
            ":20260105T080000Z/PT30M",
            // RFC 5545 3.8.2.6: by start, then by end
            ";FBTYPE=BUSY-TENTATIVE:20260105T100000Z/PT30M",
            ":20260105T100000Z/PT2H",
            ";FBTYPE=BUSY-UNAVAILABLE:20260105T120000Z/PT1H",
            ":20260105T173000Z/PT30M",
        ]
    );
}

#[test]
fn what_comes_too_often_to_be_looked_at_is_busy_rather_than_free() {
    let limits = Limits { max_instances: 100, ..Limits::default() };
    for (lines, expected) in [
        (
            // a quarter of each hour: 100 of them are told, the next lasts to the end
            "DTSTART:20150101T000000Z|DURATION:PT15M|RRULE:FREQ=HOURLY",
            (101, ":20260109T040000Z/P2DT20H"),
        ),
        (
            "DTSTART:20150101T000000Z|DURATION:PT1M|RRULE:FREQ=MINUTELY",
            (1, ":20260105T000000Z/P1W"),
        ),
        ("DTSTART:20150101T000000Z|RRULE:FREQ=SECONDLY", (1, ":20260105T000140Z/P6DT23H58M20S")),
    ] {
        let mut busy = FreeBusy::new(bounds(WEEK));
        busy.add_object(&object("VEVENT", lines), "-", &Zone::utc(), &limits);
        let told = periods(&busy);
        let found = (told.len(), told.last().map_or("", String::as_str));
        assert_eq!(found, expected, "{lines}");
    }
}

const REQUEST: &str = "BEGIN:VCALENDAR|VERSION:2.0|METHOD:REQUEST|BEGIN:VFREEBUSY|UID:4FD3AD926350|\
    DTSTAMP:20090602T190420Z|DTSTART:20090602T000000Z|DTEND:20090604T000000Z|\
    ORGANIZER;CN=\"Cyrus Daboo\":mailto:cyrus@example.com|\
    ATTENDEE;CN=\"Wilfredo Sanchez Vega\":mailto:wilfredo@example.com|\
    ATTENDEE;CN=\"Bernard Desruisseaux\":mailto:bernard@example.net|\
    X-CALENDARSERVER-MASK-UID:moved@example.com|END:VFREEBUSY|END:VCALENDAR|";

fn request(text: &str) -> Result<FreeBusyRequest, calendar::ParseError> {
    let octets = text.replace('|', "\r\n");
    FreeBusyRequest::of(&Message::parse(octets.as_bytes(), &Limits::default())?)
}

#[test]
fn a_request_is_answered_for_each_attendee() {
    // RFC 6638 B.5
    let request = request(REQUEST).unwrap();
    let mut busy = FreeBusy::new(request.range());
    let event = object("VEVENT", "DTSTART:20090602T110000Z|DURATION:PT1H");
    busy.add_object(&event, "-", &Zone::utc(), &Limits::default());
    let reply = busy.to_reply(&request, &request.attendees()[0], instant("20090602T200733Z"));
    let expected = "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//convene//convene//EN|METHOD:REPLY|\
        BEGIN:VFREEBUSY|UID:4FD3AD926350|ORGANIZER;CN=\"Cyrus Daboo\":mailto:cyrus@example.com|\
        ATTENDEE;CN=\"Wilfredo Sanchez Vega\":mailto:wilfredo@example.com|DTSTAMP:20090602T200733Z|\
        DTSTART:20090602T000000Z|DTEND:20090604T000000Z|FREEBUSY:20090602T110000Z/PT1H|\
        END:VFREEBUSY|END:VCALENDAR|";
    let octets = reply.to_octets();
    assert_eq!(String::from_utf8(octets.clone()).unwrap().replace("\r\n", "|"), expected);
    Message::parse(&octets, &Limits::default()).unwrap();
}

#[test]
fn the_event_that_is_moved_is_masked() {
    let request = request(REQUEST).unwrap();
    assert_eq!(request.masked(), ["moved@example.com"]);
    assert_eq!(request.attendees().len(), 2);
    assert_eq!(request.organizer().value(), "mailto:cyrus@example.com");
}

#[test]
fn requests_that_lack_something_are_refused() {
    // RFC 5546 3.3.2
    for (cut, put) in [
        ("METHOD:REQUEST", "METHOD:REPLY"),
        ("DTSTART:20090602T000000Z|", ""),
        ("DTEND:20090604T000000Z|", ""),
        ("ORGANIZER;CN=\"Cyrus Daboo\":mailto:cyrus@example.com|", ""),
        ("|ATTENDEE;", "|X-NONE;"),
        ("VFREEBUSY", "VTODO"),
    ] {
        assert!(REQUEST.contains(cut));
        assert!(request(&REQUEST.replace(cut, put)).is_err(), "{cut} → {put}");
    }
}

#[test]
fn an_answer_to_a_query_has_no_method_and_says_its_range() {
    let calendar = FreeBusy::new(bounds(WEEK)).to_calendar("7", instant("20260101T000000Z"));
    let expected = "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//convene//convene//EN|BEGIN:VFREEBUSY|UID:7|\
        DTSTAMP:20260101T000000Z|DTSTART:20260105T000000Z|DTEND:20260112T000000Z|END:VFREEBUSY|END:VCALENDAR|";
    assert_eq!(String::from_utf8(calendar.to_octets()).unwrap().replace("\r\n", "|"), expected);
    CalendarObject::parse(&calendar.to_octets(), &Limits::default()).unwrap();
}
