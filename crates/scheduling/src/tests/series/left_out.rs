//! Instances that an attendee leaves out of his copy by EXDATE, which declines them (RFC 6638 sections 3.2.2.1 and
//! 3.2.2.3), while messages cross. The laws in `tests/laws` found what went wrong here.

use calendar::Method;

use super::{invited, on, with};

#[test]
fn one_left_out_comes_back_declined_with_a_series_that_was_made_before_the_answer_was_heard() {
    let mut town = invited();
    town.leave_out("ben", 3);
    town.edit("ann", &[("SUMMARY:Review", "SUMMARY:Long review")]).unwrap();
    town.hurry("ann", "ben", Method::Request);
    assert_eq!(town.comes("ben", "ben", 3), "DECLINED");
    town.answer("cho", "ACCEPTED");
    town.news();
    assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
    assert_eq!(town.comes("ben", "cho", 3), "ACCEPTED", "the rest of it is as for everybody");
}

#[test]
fn one_left_out_comes_back_unanswered_when_the_series_moves() {
    // RFC 6638 section 3.2.8
    let mut town = invited();
    town.leave_out("ben", 3);
    town.edit("ann", &[("T110000", "T120000")]).unwrap();
    town.news();
    assert_eq!(town.comes("ann", "ben", 3), "NEEDS-ACTION");
    assert_eq!(town.comes("ben", "ben", 3), "NEEDS-ACTION");
}

#[test]
fn leaving_out_what_was_declined_before_says_nothing_new() {
    let mut town = invited();
    town.answer_on("ben", 2, "DECLINED");
    assert!(town.leave_out("ben", 2).messages.is_empty());
    town.edit("ann", &[("FREQ=DAILY", "FREQ=DAILY;INTERVAL=2")]).unwrap();
    town.hurry("ann", "ben", Method::Request);
    assert_eq!(town.comes("ben", "ben", 2), "NEEDS-ACTION", "the series moved");
    let special = on(2, "Special", &["ben", "cho"]);
    town.put("ann", &with(&[&special]).replace("FREQ=DAILY", "FREQ=DAILY;INTERVAL=2"));
    town.news();
    assert_eq!(town.comes("ann", "ben", 2), "DECLINED");
    assert_eq!(town.comes("ben", "ben", 2), "DECLINED", "nothing of his is on its way");
}

#[test]
fn what_comes_of_one_that_stays_out_is_no_answer_of_his() {
    let mut town = invited();
    town.leave_out("ben", 3);
    let reply = town.world.discard(0).unwrap();
    town.put("ann", &with(&[&on(3, "Special", &["ben", "cho"])]));
    town.news();
    assert_eq!(town.comes("ben", "ben", 3), "no instance");
    town.put("ann", &with(&[&on(3, "Special", &["ben"])]));
    town.news();
    assert_eq!(town.comes("ben", "ben", 3), "NEEDS-ACTION", "its number is another");
    town.world.hand_over(&reply).unwrap();
    town.news();
    assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
    assert_eq!(town.comes("ben", "ben", 3), "DECLINED");
}
