//! Delegations and dates that stand apart from their series (RFC 5546 section 4.2.5; design rule 16).

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
