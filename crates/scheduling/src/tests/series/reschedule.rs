//! Which changes of a series are another time (RFC 6638 section 3.2.8).

use super::super::support::told;
use super::{SERIES, invited, on, with};

#[test]
fn a_moved_series_is_one_request_and_no_cancel() {
    // pitfalls 6a.12, 6b.24
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.answer_on("ben", 3, "DECLINED");
    town.news();
    let moved = SERIES.replace("T100000", "T140000").replace("T110000", "T150000");
    let decision = town.put("ann", &moved);
    assert_eq!(told(&decision), ["REQUEST ben, cho"]);
    town.news();
    assert!(
        town.copy("ben").overrides().next().is_none(),
        "pitfall 6a.11: absent from a reschedule, dropped"
    );
    assert_eq!(town.partstat("ann", "ben"), "NEEDS-ACTION");
    assert_eq!(town.partstat("ben", "ben"), "NEEDS-ACTION");
}

#[test]
fn which_rule_changes_ask_again() {
    // RFC 6638 section 3.2.8
    for (from, to, partstat) in [
        ("COUNT=5", "COUNT=8", "NEEDS-ACTION"),        // new instances
        ("COUNT=5", "COUNT=3", "ACCEPTED"),            // only fewer
        ("FREQ=DAILY", "FREQ=WEEKLY", "NEEDS-ACTION"), // others
        ("COUNT=5", "COUNT=5;INTERVAL=1", "ACCEPTED"), // pitfall 6a.6: spelling
        ("RRULE", "RDATE;TZID=Europe/Berlin:20260310T100000\nRRULE", "NEEDS-ACTION"),
        ("RRULE", "EXDATE;TZID=Europe/Berlin:20260303T100000\nRRULE", "ACCEPTED"),
    ] {
        let mut town = invited();
        town.answer("ben", "ACCEPTED");
        town.news();
        town.edit("ann", &[(from, to)]).unwrap();
        town.news();
        assert_eq!(town.partstat("ann", "ben"), partstat, "{to}");
        assert_eq!(town.partstat("ben", "ben"), partstat, "{to}");
    }
}

#[test]
fn a_moved_instance_asks_again_for_that_instance() {
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.news();
    let moved = on(3, "Review", &["ben", "cho"]).replace(
        "DTSTART;TZID=Europe/Berlin:20260303T10",
        "DTSTART;TZID=Europe/Berlin:20260303T09",
    );
    town.put("ann", &with(&[&moved]));
    town.news();
    for copy in ["ann", "ben", "cho"] {
        assert_eq!(town.comes(copy, "ben", 3), "NEEDS-ACTION", "{copy}");
        assert_eq!(town.comes(copy, "ben", 4), "ACCEPTED", "{copy}");
    }
}
