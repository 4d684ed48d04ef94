//! Instances that an attendee leaves out of his copy by EXDATE, which declines them (RFC 6638 sections 3.2.2.1 and
//! 3.2.2.3), while messages cross. The laws in `tests/laws` found what went wrong here.

use calendar::Method;

use super::super::support::{Town, told, unfolded};
use super::{invited, on, town, with};

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

const EXDATE: &str = "EXDATE;TZID=Europe/Berlin:20260303T100000\n";

#[test]
fn taking_back_that_he_left_one_out_answers_as_he_answered_the_series() {
    // RFC 6638 sections 3.2.2.1 (1, 8) and 3.2.2.3
    for (partstat, answers) in [("ACCEPTED", "ACCEPTED"), ("NEEDS-ACTION", "NEEDS-ACTION")] {
        let mut town = invited();
        town.answer("ben", partstat);
        town.leave_out("ben", 3);
        town.news();
        assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
        let decision = town.edit("ben", &[(EXDATE, "")]).unwrap();
        assert_eq!(told(&decision), ["REPLY ann"]);
        assert_eq!(decision.messages[0].itip.components().count(), 1);
        town.news();
        for name in ["ann", "ben", "cho"] {
            assert_eq!(town.comes(name, "ben", 3), answers, "{name}");
            assert_eq!(town.comes(name, "ben", 4), partstat, "{name}");
        }
    }
}

#[test]
fn one_taken_back_is_as_the_organizer_has_it_now() {
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    let special = on(3, "Special", &["ben", "cho"]).replace("T110000", "T113000");
    town.put("ann", &with(&[&special]));
    town.news();
    town.leave_out("ben", 3);
    town.news();
    assert_eq!(town.comes("ben", "ben", 3), "no instance");
    let decision = town.edit("ben", &[(EXDATE, "")]).unwrap();
    assert_eq!(told(&decision), ["REPLY ann"]);
    town.news();
    assert_eq!(town.says("ben", 3, "SUMMARY").as_deref(), Some("Special"));
    assert_eq!(town.says("ben", 3, "DTEND").as_deref(), Some("20260303T113000"));
    assert_eq!(town.comes("ann", "ben", 3), "ACCEPTED");
}

#[test]
fn what_the_organizer_left_out_since_is_not_brought_back() {
    let mut town = invited();
    town.leave_out("ben", 3);
    town.news();
    town.leave_out("ann", 3);
    town.news();
    assert!(town.edit("ben", &[(EXDATE, "")]).unwrap().messages.is_empty());
    assert_eq!(town.comes("ben", "ben", 3), "no instance", "put back");
}

#[test]
fn who_had_sent_somebody_declines_what_he_leaves_out_for_both() {
    // RFC 5546 section 4.2.5: a delegation ends with what it was of.
    let mut town = invited();
    town.delegate("ben", "dov");
    let decision = town.leave_out("ben", 3);
    let reply = unfolded(&decision.messages[0].itip.octets());
    assert!(reply.contains("PARTSTAT=DECLINED") && !reply.contains("DELEGATED-TO"), "{reply}");
    assert!(!reply.contains("mailto:dov"), "{reply}");
}

#[test]
fn one_that_the_organizer_gives_back_to_the_series_comes_back_unanswered() {
    let mut town = invited();
    town.put("ann", &with(&[&on(3, "Special", &["ben", "cho"])]));
    town.news();
    town.leave_out("ben", 3);
    town.news();
    assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
    town.put("ann", &with(&[]));
    town.news();
    for name in ["ann", "ben"] {
        assert_eq!(town.comes(name, "ben", 3), "NEEDS-ACTION", "{name}");
    }
    assert_eq!(told(&town.leave_out("ben", 3)), ["REPLY ann"]);
}

#[test]
fn leaving_one_out_and_keeping_a_component_of_it_declines_it() {
    // RFC 6638 section 3.2.2.3; a client may keep what describes all later instances as well.
    for range in ["", "RANGE=THISANDFUTURE;"] {
        let special = on(3, "Special", &["ben", "cho"])
            .replace("RECURRENCE-ID;", &format!("RECURRENCE-ID;{range}"));
        let mut town = town();
        town.put("ann", &with(&[&special]));
        town.news();
        let decision = town.edit("ben", &[("RRULE", &format!("{EXDATE}RRULE"))]).unwrap();
        assert_eq!(told(&decision), ["REPLY ann"]);
        assert_eq!(decision.messages[0].itip.components().count(), 1);
        town.news();
        assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
        assert_ne!(town.comes("ann", "ben", 4), "DECLINED");
        assert_eq!(town.comes("ben", "ben", 3), "no instance");
        assert_eq!(town.text("ben").contains("Special"), !range.is_empty(), "{range}");
    }
}

/// Somebody is in two dates of a series only, and takes the component of the first out of his copy; what it was.
fn guest_who_leaves_one_out() -> (Town, String) {
    let mut town = town();
    let dates = [on(3, "Special", &["dov"]), on(4, "Other", &["dov"])];
    town.put("ann", &with(&[&dates[0], &dates[1]]));
    town.news();
    let text = town.text("dov");
    let mut events = text.split("BEGIN:VEVENT\n");
    let first = events.find(|part| part.contains("Special")).unwrap();
    let first = format!("BEGIN:VEVENT\n{}", first.trim_end_matches("END:VCALENDAR\n"));
    town.edit("dov", &[(&first, "")]).unwrap();
    town.news();
    assert_eq!(town.comes("ann", "dov", 3), "DECLINED");
    (town, first)
}

#[test]
fn who_is_in_single_dates_only_may_take_back_that_he_left_one_out() {
    let (mut town, first) = guest_who_leaves_one_out();
    let back = first.replace("NEEDS-ACTION:mailto:dov", "ACCEPTED:mailto:dov");
    let decision = town.edit("dov", &[("END:VCALENDAR", &format!("{back}END:VCALENDAR"))]).unwrap();
    assert_eq!(told(&decision), ["REPLY ann"]);
    town.news();
    for name in ["ann", "dov"] {
        assert_eq!(town.comes(name, "dov", 3), "ACCEPTED", "{name}");
        assert_eq!(town.says(name, 3, "SUMMARY").as_deref(), Some("Special"), "{name}");
    }
}

#[test]
fn who_is_in_single_dates_only_does_not_bring_back_one_that_he_was_taken_off() {
    let (mut town, first) = guest_who_leaves_one_out();
    town.put("ann", &with(&[&on(3, "Special", &["ben"]), &on(4, "Other", &["dov"])]));
    town.news();
    let back = format!("{first}END:VCALENDAR");
    assert!(town.edit("dov", &[("END:VCALENDAR", &back)]).unwrap().messages.is_empty());
    assert_eq!(town.comes("dov", "dov", 3), "no instance");
}

#[test]
fn one_left_out_since_does_not_come_back_with_a_series_that_is_older_than_what_was_said_of_it() {
    let mut town = invited();
    town.edit("ann", &[("FREQ=DAILY", "FREQ=DAILY;INTERVAL=2")]).unwrap();
    let special = on(8, "Special", &["ben", "cho"]);
    town.put("ann", &with(&[&special]).replace("FREQ=DAILY", "FREQ=DAILY;INTERVAL=2"));
    let at = town.world.under_way().iter().rposition(|parcel| parcel.recipient == 2).unwrap();
    town.world.deliver(at).unwrap();
    assert_eq!(town.says("ben", 8, "SUMMARY").as_deref(), Some("Special"));
    town.leave_out("ben", 8);
    town.hurry("ben", "ann", Method::Reply);
    town.news();
    assert_eq!(town.comes("ann", "ben", 8), "DECLINED");
    assert_eq!(town.comes("ben", "ben", 8), "no instance");
}

#[test]
fn one_left_out_that_now_describes_later_dates_does_so_and_stays_out() {
    let mut town = invited();
    town.answer("ben", "DECLINED");
    town.news();
    let later = on(3, "Special", &["ben", "cho"])
        .replace("RECURRENCE-ID;", "RECURRENCE-ID;RANGE=THISANDFUTURE;")
        .replace("RSVP=TRUE:mailto:ben", "PARTSTAT=DECLINED:mailto:ben");
    town.put("ann", &with(&[&later]));
    town.leave_out("ben", 3);
    town.hurry("ann", "ben", Method::Request);
    for day in 3..=5 {
        let summary = (day > 3).then_some("Special");
        assert_eq!(town.says("ben", day, "SUMMARY").as_deref(), summary, "{day}");
    }
}
