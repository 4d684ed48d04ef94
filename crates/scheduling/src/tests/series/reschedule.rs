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
