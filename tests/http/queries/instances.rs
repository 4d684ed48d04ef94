//! Instances as they are selected and searched (RFC 4791 9.6): overrides, ranges of them, expansion.

use crate::harness::World;
use crate::harness::case::{Case, case};

use super::{data, found, on, put, range, series};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("overrides that have nothing to do with the range stay away", limited),
        case("a date that comes to stand for all later ones moves them", from_then_on),
        case("instances are selected from like any object", selected_instances),
    ]
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
