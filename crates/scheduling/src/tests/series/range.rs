//! Overrides and answers that reach all later instances: RANGE=THISANDFUTURE (RFC 5545 section 3.2.13, RFC 5546 section
//! 3.2.5, RFC 6638 section 3.2.6).

use calendar::{CalendarObject, Limits, Method};

use super::super::support::{Town, UID, address, told, unfolded};
use super::{SERIES, id, invited, on, with};
use crate::itip::Decision;

/// An override of a day of March and all later ones.
fn from(day: u32, summary: &str, attendees: &[&str]) -> String {
    on(day, summary, attendees).replace("RECURRENCE-ID;", "RECURRENCE-ID;RANGE=THISANDFUTURE;")
}

impl Town {
    /// An attendee answers for a day and all later ones.
    fn answer_from(&mut self, name: &str, day: u32, partstat: &str) -> Decision {
        let mut tree = self.copy(name).tree().clone();
        let mut component = self.copy(name).derive_override(&id(day)).unwrap();
        component.set_this_and_future(true);
        for line in component.properties_mut().filter(|line| line.is("ATTENDEE")) {
            if line.value() == address(name).as_str() {
                line.set_param("PARTSTAT", partstat);
            }
        }
        tree.push_component(component);
        self.store(name, &CalendarObject::from_tree(tree).unwrap())
    }

    fn says_each_day(&self, name: &str, property: &str) -> Vec<String> {
        (2..=6).map(|day| self.says(name, day, property).unwrap_or_default()).collect()
    }

    fn comes_each_day(&self, copy_of: &str, attendee: &str) -> Vec<String> {
        (2..=6).map(|day| self.comes(copy_of, attendee, day)).collect()
    }
}

#[test]
fn those_it_names_hear_of_it_once_and_see_it_from_there_on() {
    let mut town = invited();
    let decision = town.put("ann", &with(&[&from(4, "Long review", &["ben", "cho"])]));
    assert_eq!(told(&decision), ["REQUEST ben, cho"]);
    // It says nothing without the series.
    assert_eq!(decision.messages[0].itip.components().count(), 2);
    let sent = unfolded(&decision.messages[0].itip.octets());
    assert!(sent.contains("RECURRENCE-ID;RANGE=THISANDFUTURE;"), "{sent}");
    town.news();
    for name in ["ann", "ben", "cho"] {
        let titles = ["Review", "Review", "Long review", "Long review", "Long review"];
        assert_eq!(town.says_each_day(name, "SUMMARY"), titles, "{name}");
    }
}

#[test]
fn one_it_leaves_out_hears_that_these_and_later_ones_are_cancelled_for_him() {
    let mut town = invited();
    let decision = town.put("ann", &with(&[&from(4, "Review", &["ben"])]));
    // For him the series ends before.
    assert_eq!(told(&decision), ["CANCEL cho", "REQUEST ben", "REQUEST cho"]);
    let cancel = unfolded(&decision.messages[0].itip.octets());
    assert!(
        cancel.contains("RECURRENCE-ID;TZID=Europe/Berlin;RANGE=THISANDFUTURE:20260304T100000"),
        "{cancel}"
    );
    town.news();
    assert_eq!(town.says_each_day("cho", "STATUS"), ["", "", "CANCELLED", "", ""]);
    assert_eq!(town.comes("cho", "cho", 5), "no instance");

    // What he is sent later does not say what happens then; the series ends before.
    town.edit("ann", &[("BEGIN:VEVENT\nUID", "BEGIN:VEVENT\nLOCATION:Attic\nUID")]).unwrap();
    let to_cho = town.world.under_way().iter().find(|parcel| parcel.recipient == 3).unwrap();
    let sent = unfolded(&to_cho.message.octets());
    assert!(sent.contains("RRULE:FREQ=DAILY;UNTIL=20260304T085959Z\n"), "{sent}");
    assert!(!sent.contains("EXDATE"), "{sent}");
    town.news();
    assert_eq!(town.says("cho", 3, "LOCATION").as_deref(), Some("Attic"));
    assert_eq!(town.says("cho", 4, "STATUS").as_deref(), Some("CANCELLED"));

    // He is let in again.
    town.put("ann", SERIES);
    town.news();
    assert_eq!(town.says_each_day("cho", "STATUS"), ["", "", "", "", ""]);
}

#[test]
fn one_it_moves_is_asked_again_from_there_on() {
    // RFC 6638 section 3.2.8
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.news();
    let moved = from(4, "Review", &["ben", "cho"]).replace(
        "DTSTART;TZID=Europe/Berlin:20260304T10",
        "DTSTART;TZID=Europe/Berlin:20260304T09",
    );
    town.put("ann", &with(&[&moved]));
    town.news();
    for copy in ["ann", "ben", "cho"] {
        let answers = ["ACCEPTED", "ACCEPTED", "NEEDS-ACTION", "NEEDS-ACTION", "NEEDS-ACTION"];
        assert_eq!(town.comes_each_day(copy, "ben"), answers, "{copy}");
    }
}

#[test]
fn an_answer_to_a_later_instance_does_not_outlive_the_move() {
    let mut town = invited();
    town.answer_on("ben", 5, "DECLINED");
    town.news();
    let moved = from(4, "Review", &["ben", "cho"]).replace(
        "DTSTART;TZID=Europe/Berlin:20260304T10",
        "DTSTART;TZID=Europe/Berlin:20260304T09",
    );
    town.put("ann", &with(&[&moved]));
    town.news();
    assert_eq!(town.comes("ann", "ben", 5), "NEEDS-ACTION");
}

#[test]
fn an_override_that_reached_on_and_does_no_more_gives_the_later_ones_back() {
    let mut town = invited();
    town.put("ann", &with(&[&from(4, "Long review", &["ben", "cho"])]));
    town.news();
    let decision = town.put("ann", &with(&[&on(4, "Long review", &["ben", "cho"])]));
    assert_eq!(told(&decision), ["REQUEST ben, cho"]);
    town.news();
    let titles = ["Review", "Review", "Long review", "Review", "Review"];
    assert_eq!(town.says_each_day("ben", "SUMMARY"), titles);
}

#[test]
fn an_answer_may_be_for_this_and_all_later_instances() {
    // RFC 5546 section 3.2.3, RFC 5545 section 3.2.13
    let mut town = invited();
    let decision = town.answer_from("ben", 4, "DECLINED");
    assert_eq!(told(&decision), ["REPLY ann"]);
    let reply = unfolded(&decision.messages[0].itip.octets());
    assert!(reply.contains("RANGE=THISANDFUTURE"), "{reply}");
    town.news();
    for copy in ["ann", "ben", "cho"] {
        let answers = ["NEEDS-ACTION", "NEEDS-ACTION", "DECLINED", "DECLINED", "DECLINED"];
        assert_eq!(town.comes_each_day(copy, "ben"), answers, "{copy}");
    }
    // The organizer's client knows nothing of it and writes another title.
    town.put("ann", &SERIES.replace("SUMMARY:Review", "SUMMARY:Long review"));
    town.news();
    assert_eq!(town.comes("ann", "ben", 6), "DECLINED");
    assert_eq!(town.comes("ben", "ben", 6), "DECLINED");
    assert_eq!(town.says("ben", 6, "SUMMARY").as_deref(), Some("Long review"));
}

#[test]
fn such_an_answer_reaches_overrides_that_he_has_not_answered_since() {
    let mut town = invited();
    town.put(
        "ann",
        &with(&[&on(3, "Special", &["ben", "cho"]), &on(5, "Special", &["ben", "cho"])]),
    );
    town.answer_on("ben", 2, "ACCEPTED");
    town.news();
    // The reply names an instance with an override of its own, in UTC.
    let text = unfolded(&town.answer_on("ben", 3, "TENTATIVE").messages[0].itip.octets());
    let text = text.replace(
        "RECURRENCE-ID;TZID=Europe/Berlin:20260303T100000",
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20260303T090000Z",
    );
    let parcel = town.world.discard(0).unwrap();
    let message = calendar::Message::parse(text.as_bytes(), &Limits::default()).unwrap();
    town.world.hand_over(&crate::simulator::Parcel { message, ..parcel });
    let answers = ["ACCEPTED", "TENTATIVE", "TENTATIVE", "TENTATIVE", "TENTATIVE"];
    assert_eq!(town.comes_each_day("ann", "ben"), answers);
    assert_eq!(town.says("ann", 4, "SUMMARY").as_deref(), Some("Review"));
}

#[test]
fn one_who_is_not_in_the_series_is_told_of_the_instance_alone() {
    // RFC 5545 section 3.8.4.4: without the series nobody can tell which later instances there are.
    let mut town = invited();
    let decision = town.put("ann", &with(&[&from(4, "Review", &["ben", "cho", "dov"])]));
    assert_eq!(told(&decision), ["REQUEST ben, cho", "REQUEST dov"]);
    town.news();
    let dovs = unfolded(&town.copy("dov").octets());
    assert!(dovs.contains("RECURRENCE-ID;TZID=Europe/Berlin:20260304T100000\n"), "{dovs}");

    // Somebody's answer to a later one makes that an instance of its own: so he is told.
    town.answer_on("ben", 5, "DECLINED");
    assert_eq!(town.news(), ["ann REPLY 2", "dov REQUEST 2"]);
    assert_eq!(town.comes("dov", "ben", 5), "DECLINED");
}

#[test]
fn one_who_is_off_for_a_while_sees_the_series_go_on() {
    // RFC 6638 section 3.2.6
    let mut town = invited();
    town.put("ann", &with(&[&from(3, "Review", &["ben"]), &from(5, "Review", &["ben", "cho"])]));
    town.news();
    let days = ["NEEDS-ACTION", "NEEDS-ACTION", "no instance", "NEEDS-ACTION", "NEEDS-ACTION"];
    assert_eq!(town.comes_each_day("cho", "cho"), days);
    assert_eq!(town.says("cho", 3, "STATUS").as_deref(), Some("CANCELLED"));
}

#[test]
fn an_answer_to_a_later_instance_is_heard_after_the_series_moved() {
    // RFC 5546 section 2.1.4: an override counts by itself.
    let mut town = invited();
    town.put("ann", &with(&[&from(4, "Review", &["ben", "cho"])]));
    let day = ("RRULE:FREQ=DAILY;COUNT=5", "RRULE:FREQ=DAILY;COUNT=6");
    for _ in 0..3 {
        town.edit("ann", &[day]).unwrap();
        town.edit("ann", &[(day.1, day.0)]).unwrap();
    }
    town.news();
    town.answer_on("ben", 5, "ACCEPTED");
    town.news();
    assert_eq!(town.comes("ann", "ben", 5), "ACCEPTED");
}

#[test]
fn of_a_series_that_is_cancelled_everybody_is_told_the_one_instance() {
    // Be it that ann cancels the series, or that his answer makes him be told what it is now.
    let mut town = invited();
    town.put("ann", &with(&[&from(4, "Long review", &["ben", "cho"])]));
    town.news();
    town.answer_on("ben", 6, "TENTATIVE");
    town.edit("ann", &[("RRULE", "STATUS:CANCELLED\nRRULE")]).unwrap();
    town.world.wait(1);
    town.news();
    assert_eq!(town.comes("ann", "ben", 6), "TENTATIVE");
    for name in ["ben", "cho"] {
        let states = ["CANCELLED", "CANCELLED", "", "CANCELLED"];
        assert_eq!(town.says_each_day(name, "STATUS")[..4], states, "{name}");
    }
}

#[test]
fn who_answered_the_series_has_answered_one_that_moves_nothing() {
    // RFC 6638 section 3.2.8
    for (moved, answer) in [("T110000", "ACCEPTED"), ("T120000", "NEEDS-ACTION")] {
        let mut town = invited();
        town.answer("ben", "ACCEPTED");
        town.news();
        let later = from(4, "Long review", &["ben", "cho"]).replace("T110000", moved);
        town.put("ann", &with(&[&later]));
        town.news();
        for name in ["ann", "ben", "cho"] {
            let answers = ["ACCEPTED", "ACCEPTED", answer, answer, answer];
            assert_eq!(town.comes_each_day(name, "ben"), answers, "{name} {moved}");
        }
    }
}

#[test]
fn who_left_out_its_first_instance_and_answers_it_anew_comes_to_that_as_well() {
    let mut town = invited();
    town.put("ann", &with(&[&from(4, "Long review", &["ben", "cho"])]));
    town.news();
    town.leave_out("ben", 4);
    town.news();
    assert_eq!(town.comes("ben", "ben", 4), "no instance");
    town.answer("ben", "ACCEPTED");
    town.news();
    for name in ["ann", "ben"] {
        assert_eq!(town.comes_each_day(name, "ben"), ["ACCEPTED"; 5], "{name}");
    }
}

#[test]
fn what_is_given_back_to_the_later_dates_counts_on_from_what_was_said_of_it() {
    // RFC 5546 section 2.1.5: what is said next of the 4th has to be newer.
    let later = from(3, "Long review", &["ben", "cho"]);
    let mut town = invited();
    let number = |town: &Town, day| town.copy("ann").component_for(&id(day)).unwrap().sequence();
    for hour in [12, 13, 14] {
        let apart = on(4, "Special", &["ben", "cho"]).replace("T110000", &format!("T{hour}0000"));
        town.put("ann", &with(&[&later, &apart]));
    }
    let said = number(&town, 4);
    assert!(said > number(&town, 3));
    town.put("ann", &with(&[&later]));
    assert!(number(&town, 4) >= said);
}

#[test]
fn a_date_that_comes_back_among_later_ones_may_be_answered() {
    let later = from(3, "Long review", &["ben", "cho"]);
    let mut town = invited();
    for hour in [12, 13, 14] {
        let apart = on(6, "Special", &["ben", "cho"]).replace("T110000", &format!("T{hour}0000"));
        town.put("ann", &with(&[&later, &apart]));
    }
    town.put("ann", &with(&[&later]).replace("COUNT=5", "COUNT=3"));
    town.news();
    town.put("ann", &with(&[&later]));
    town.news();
    assert_eq!(town.says("ben", 6, "SUMMARY").as_deref(), Some("Long review"));
    town.leave_out("ben", 6);
    town.news();
    assert_eq!(town.comes("ann", "ben", 6), "DECLINED");
}

#[test]
fn a_date_left_out_and_brought_back_among_later_ones_counts_on_from_its_cancel() {
    let later = from(3, "Long review", &["ben", "cho"]);
    let mut town = invited();
    town.put("ann", &with(&[&later]));
    town.news();
    town.leave_out("ann", 5);
    town.news();
    let cancelled = town.copy("ben").override_for(&id(5)).unwrap().sequence();
    town.put("ann", &with(&[&later]));
    town.news();
    assert_eq!(town.says("ben", 5, "STATUS"), None);
    assert!(town.copy("ann").component_for(&id(5)).unwrap().sequence() >= cancelled);
}

#[test]
fn what_he_said_of_one_date_with_all_later_ones_he_says_by_itself_when_he_changes_what_he_says_of_these()
 {
    let mut town = invited();
    town.put("ann", &with(&[&from(2, "Long review", &["ben", "cho"])]));
    town.news();
    town.answer_on("ben", 2, "DECLINED");
    town.news();
    town.answer_on("cho", 3, "ACCEPTED"); // by which it stands apart
    town.news();
    assert_eq!(town.comes("ben", "ben", 3), "DECLINED");
    town.answer_on("ben", 2, "TENTATIVE");
    town.news();
    for (day, said) in [(2, "TENTATIVE"), (3, "DECLINED"), (4, "TENTATIVE")] {
        assert_eq!(town.comes("ben", "ben", day), said, "{day}");
        assert_eq!(town.comes("ann", "ben", day), said, "{day}");
    }
}

#[test]
fn who_is_off_all_later_dates_for_a_while_has_said_nothing_of_any() {
    let mut town = invited();
    town.put("ann", &with(&[&from(3, "Long review", &["ben", "cho"])]));
    town.news();
    town.leave_out("ben", 5);
    town.put("ann", &with(&[&from(3, "Long review", &["cho"])]));
    town.hurry("ben", "ann", Method::Reply);
    town.put("ann", SERIES);
    // What he is told last comes first.
    let at = town.world.under_way().iter().rposition(|parcel| parcel.recipient == 2).unwrap();
    town.world.deliver(at).unwrap();
    town.news();
    town.world.refresh(1, UID);
    assert_eq!(town.comes("ann", "ben", 5), "NEEDS-ACTION");
    assert_eq!(town.comes("ben", "ben", 5), "NEEDS-ACTION");
}

#[test]
fn a_date_given_back_to_later_ones_is_newer_than_its_cancel_for_who_is_in_single_dates() {
    // He hears of it when an answer to the date before makes it a component of its own (design rule 5).
    let later = from(4, "Long review", &["ben", "cho", "dov"]);
    let mut town = invited();
    town.put("ann", &with(&[&later, &from(5, "Special", &["ben", "cho", "dov"])]));
    town.news();
    town.put("ann", &with(&[&later]));
    town.news();
    assert_eq!(town.says("dov", 5, "STATUS").as_deref(), Some("CANCELLED"));
    town.answer_on("dov", 4, "DECLINED");
    town.news();
    assert_eq!(town.says("dov", 5, "STATUS"), None);
    assert_eq!(town.says("dov", 5, "SUMMARY").as_deref(), Some("Long review"));
}

#[test]
fn a_date_that_stood_apart_and_was_left_out_comes_back_among_later_ones_newer_than_its_cancel() {
    let later = from(4, "Long review", &["ben", "cho", "dov"]);
    let apart = on(5, "Special", &["ben", "cho", "dov"]);
    let moved = apart.replace("T100000\nDTEND", "T120000\nDTEND");
    let moved = moved.replace("DTEND;TZID=Europe/Berlin:20260305T110000", "DURATION:PT1H");
    assert!(moved.contains("20260305T120000"));
    let mut town = invited();
    town.put("ann", &with(&[&later, &apart]));
    town.put("ann", &with(&[&later, &moved]));
    town.news();
    let left_out = with(&[&later]).replacen(
        "RRULE:",
        "EXDATE;TZID=Europe/Berlin:20260305T100000\n    RRULE:",
        1,
    );
    town.put("ann", &left_out);
    town.news();
    assert_eq!(town.says("dov", 5, "STATUS").as_deref(), Some("CANCELLED"));
    town.put("ann", &with(&[&later]));
    town.news();
    town.answer_on("dov", 4, "DECLINED"); // by which the next date stands apart
    town.news();
    assert_eq!(town.says("dov", 5, "STATUS"), None);
    assert_eq!(town.says("dov", 5, "SUMMARY").as_deref(), Some("Long review"));
}
