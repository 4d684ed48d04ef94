//! Delegations and dates that stand apart from their series (RFC 5546 section 4.2.5; design rule 16).

use calendar::Method;

use super::{SERIES, invited, on, with};

#[test]
fn a_write_that_does_not_know_of_a_delegation_leaves_it_alone() {
    let mut town = invited();
    town.answer_on("ben", 3, "DECLINED");
    town.news();
    town.delegate_in("RECURRENCE-ID", "ben", "dov");
    town.news();
    town.put("ann", &SERIES.replace("SUMMARY:Review", "SUMMARY:Long review"));
    town.news();
    for name in ["ann", "ben", "dov"] {
        assert_eq!(town.says(name, 3, "SUMMARY").as_deref(), Some("Long review"), "{name}");
        assert_eq!(town.comes(name, "ben", 3), "DELEGATED", "{name}");
        assert_eq!(town.comes(name, "dov", 3), "NEEDS-ACTION", "{name}");
        assert_eq!(
            town.comes(name, "dov", 4),
            if name == "dov" { "no instance" } else { "not listed" }
        );
    }
}

#[test]
fn one_who_is_sent_to_the_series_does_not_come_to_what_was_left_out() {
    // He had been in that date by himself, as the server delivers.
    let mut town = invited();
    town.put("ann", &with(&[&on(4, "Special", &["ben", "cho", "dov"])]));
    town.news();
    town.leave_out("ann", 4);
    town.news();
    town.delegate_in("COUNT=5", "ben", "dov");
    while town.world.deliver_at_once(0).is_some() {}
    assert_eq!(town.comes("dov", "dov", 3), "NEEDS-ACTION");
    assert_eq!(town.says("dov", 4, "STATUS").as_deref(), Some("CANCELLED"));
}

#[test]
fn one_who_is_sent_to_all_later_dates_comes_to_those_that_stand_apart_as_well() {
    let mut town = invited();
    let later = on(3, "Later", &["ben", "cho"])
        .replace("RECURRENCE-ID;", "RECURRENCE-ID;RANGE=THISANDFUTURE;");
    town.put("ann", &with(&[&later, &on(5, "Special", &["ben", "cho"])]));
    town.news();
    town.delegate_in("THISANDFUTURE", "ben", "dov");
    town.news();
    for day in 3..=6 {
        assert_eq!(town.comes("ann", "ben", day), "DELEGATED", "{day}");
        assert_eq!(town.comes("ann", "dov", day), "NEEDS-ACTION", "{day}");
    }
    assert_eq!(town.says("dov", 5, "SUMMARY").as_deref(), Some("Special"));
}

#[test]
fn a_delegation_does_not_touch_the_series_that_was_cancelled_since() {
    // It brings a date that is new, and the series as the delegator has it still (RFC 5546 section 2.1.5).
    let mut town = invited();
    town.leave_out("cho", 3);
    town.delegate("cho", "dov");
    town.delegate("ben", "dov");
    town.hurry("ben", "dov", Method::Request);
    town.delete("ann");
    town.hurry("cho", "ann", Method::Reply);
    town.hurry("cho", "ann", Method::Reply);
    town.hurry("ann", "dov", Method::Cancel);
    assert!(town.copy("dov").master().unwrap().is_cancelled());
    town.edit("cho", &[("EXDATE;TZID=Europe/Berlin:20260303T100000\n", "")]).unwrap();
    let delegation = town.world.under_way().last().unwrap().clone();
    assert_eq!(delegation.message.method(), Method::Request);
    town.world.hand_over(&delegation).unwrap();
    let once = town.text("dov");
    town.world.hand_over(&delegation).unwrap();
    assert_eq!(town.text("dov"), once, "twice equals once");
}

#[test]
fn who_is_sent_to_a_series_that_was_cancelled_hears_so_though_he_is_in_one_date() {
    let apart = on(5, "Special", &["dov"]);
    let mut town = invited();
    let cancelled = SERIES.replace("RRULE", "STATUS:CANCELLED\n    RRULE");
    let cancelled =
        cancelled.replace("    DTSTART", "    ATTENDEE:mailto:dov@example.com\n    DTSTART");
    town.put("ann", &[&*cancelled, &*apart].join("\n\n"));
    town.delegate("ben", "dov");
    town.hurry("ben", "ann", Method::Reply);
    town.hurry("ben", "dov", Method::Request);
    town.news();
    assert_eq!(town.says("dov", 5, "SUMMARY").as_deref(), Some("Special"));
    assert_eq!(town.says("dov", 5, "STATUS"), None);
    assert!(town.copy("dov").master().is_none_or(calendar::Component::is_cancelled));
}
