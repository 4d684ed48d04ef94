//! Delegations whose messages cross what the organizer does (RFC 5546 sections 2.1.5 and 4.2.5; design rule 16). Each of
//! these went wrong once: the laws in `tests/laws` found them.

use calendar::Method;

use super::super::support::{Town, UID};
use super::{invited, on, town, with};
use crate::simulator::Parcel;

#[test]
fn who_delegated_and_threw_his_copy_away_is_asked_when_the_time_had_changed() {
    // docs/scheduling-rules.md, rule 14
    let mut town = invited();
    town.edit("ann", &[("T100000", "T080000"), ("T110000", "T090000")]).unwrap();
    town.delegate("ben", "dov");
    town.world.wait(1);
    town.hurry("ben", "ann", Method::Reply);
    town.delete("ben");
    town.news();
    assert_eq!(town.partstat("ann", "ben"), "NEEDS-ACTION");
    assert_eq!(town.partstat("ben", "ben"), "NEEDS-ACTION");
    assert!(town.copy("dov").master().unwrap().is_cancelled());
}

#[test]
fn a_message_that_comes_again_does_not_bring_back_what_was_thrown_away_in_silence() {
    let mut town = invited();
    town.edit("ann", &[("SUMMARY:Review", "SUMMARY:Long review")]).unwrap();
    let at = town.under_way("ann", "ben", Method::Request);
    let update = town.world.under_way()[at].clone();
    town.delegate("ben", "dov");
    town.news();
    town.delete("ben");
    town.world.hand_over(&update);
    assert!(town.world.copy(2, UID).is_none());
    assert_eq!(town.partstat("ann", "ben"), "DELEGATED");
}

#[test]
fn a_whole_update_after_a_delegation_is_taken_as_one() {
    // What dov heard of the series from ben is later in time and older in its revision.
    let mut town = invited();
    town.put("ann", &with(&[&on(3, "Guest", &["ben", "cho", "dov"])]));
    while town.world.discard(0).is_some() {}
    let mut whole = with(&[&on(3, "Guest", &["ben", "cho", "dov"])]);
    whole = whole.replacen("    SUMMARY", "    ATTENDEE:mailto:dov@example.com\n    SUMMARY", 1);
    town.put("ann", &whole);
    town.delegate("ben", "dov");
    town.hurry("ben", "dov", Method::Request);
    let update = town.world.under_way()[town.under_way("ann", "dov", Method::Request)].clone();
    town.world.hand_over(&update).unwrap();
    assert_eq!(town.says("dov", 3, "SUMMARY").as_deref(), Some("Guest"));
    let once = town.text("dov");
    town.world.hand_over(&update).unwrap();
    assert_eq!(town.text("dov"), once, "twice equals once");
}

#[test]
fn a_delegate_who_was_taken_off_does_not_come_back_by_what_he_said_before() {
    let mut town = invited();
    town.delegate("ben", "dov");
    town.news();
    town.answer_on("dov", 3, "ACCEPTED");
    town.take_off("ann", "dov");
    town.news();
    assert_eq!(town.comes("ann", "dov", 3), "not listed");
    assert!(town.copy("dov").components().all(calendar::Component::is_cancelled));
}

#[test]
fn an_answer_to_the_series_holds_where_only_a_delegation_stands_apart() {
    let mut town = invited();
    town.answer_on("ben", 3, "DECLINED");
    let text = town.text("ben");
    let series = text.split("BEGIN:VEVENT\n").skip(1).find(|part| part.contains("RRULE")).unwrap();
    let own = series.lines().find(|line| line.ends_with(":mailto:ben@example.com")).unwrap();
    let sent = "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:dov@example.com\":mailto:ben@example.com";
    town.edit("ben", &[(series, &series.replace(own, sent))]).unwrap();
    town.answer("cho", "TENTATIVE");
    town.news();
    assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
    for day in 2..=6 {
        assert_eq!(town.comes("ann", "cho", day), "TENTATIVE", "{day}");
    }
}

#[test]
fn a_delegate_learns_which_dates_of_a_cancelled_series_there_are() {
    let mut town = town();
    let guest = on(2, "Guest", &["ben", "cho", "dov"])
        .replace("RECURRENCE-ID;", "RECURRENCE-ID;RANGE=THISANDFUTURE;");
    let series = with(&[&guest]).replacen(
        "    SUMMARY",
        "    ATTENDEE:mailto:dov@example.com\n    SUMMARY",
        1,
    );
    town.put("ann", super::SERIES);
    town.news();
    town.edit("ann", &[("T100000", "T080000"), ("T110000", "T090000")]).unwrap();
    town.put(
        "ann",
        &series.replacen(
            "RRULE",
            "STATUS:CANCELLED\n    EXDATE;TZID=Europe/Berlin:20260304T100000\n    RRULE",
            1,
        ),
    );
    town.delegate("ben", "dov");
    town.hurry("ben", "dov", Method::Request);
    town.news();
    for day in 2..=6 {
        let there_is = |name: &str| town.says(name, day, "SUMMARY").is_some();
        assert_eq!(there_is("dov"), there_is("ann"), "{day}");
    }
}

#[test]
fn an_instance_that_the_organizer_took_him_off_comes_back_when_he_is_put_on_again() {
    // The CANCEL is late; the series that leaves the instance out has come.
    let mut town = invited();
    town.answer_on("ben", 3, "ACCEPTED");
    town.put("ann", &with(&[&on(3, "Special", &["cho"])]));
    town.edit("ann", &[("SUMMARY:Review", "SUMMARY:Long review")]).unwrap();
    town.hurry("ben", "ann", Method::Reply);
    let (mut cancels, mut requests) = (Vec::new(), Vec::new());
    for parcel in town.world.under_way().iter().filter(|parcel| parcel.recipient == 2) {
        let is_cancel = parcel.message.method() == Method::Cancel;
        if is_cancel { &mut cancels } else { &mut requests }.push(parcel.clone());
    }
    while town.world.discard(0).is_some() {}
    requests.iter().for_each(|parcel| drop(town.world.hand_over(parcel)));
    assert_eq!(town.comes("ben", "ben", 3), "no instance");
    let special = on(3, "Special", &["ben", "cho"]);
    town.put("ann", &with(&[&special]));
    town.world.settle();
    cancels.iter().for_each(|parcel| drop(town.world.hand_over(parcel)));
    assert_eq!(town.says("ben", 3, "SUMMARY").as_deref(), Some("Special"));
    assert_ne!(town.says("ben", 3, "STATUS").as_deref(), Some("CANCELLED"));
}

#[test]
fn a_delegation_of_one_date_is_older_than_the_series_that_came_since() {
    let mut town = invited();
    let text = town.text("ben");
    let mut date = on(3, "Review", &["cho"]);
    date.push_str(
        "\nATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:dov@example.com\":mailto:ben@example.com",
    );
    let date = date.replace('\n', "\r\n");
    let uid = format!(
        "BEGIN:VEVENT\r\nUID:{UID}\r\nDTSTAMP:20260101T000000Z\r\n{date}\r\nEND:VEVENT\r\nEND:VCALENDAR"
    );
    town.edit("ben", &[(text.as_str(), &text.replace("END:VCALENDAR", &uid))]).unwrap();
    let sent = town.world.under_way()[town.under_way("ben", "dov", Method::Request)].clone();
    while town.world.discard(0).is_some() {}
    let all = super::SERIES.replacen(
        "    SUMMARY:Review",
        "    ATTENDEE:mailto:dov@example.com\n    SUMMARY:Lecture",
        1,
    );
    town.put("ann", &all);
    town.news();
    town.world.hand_over(&sent).unwrap();
    assert_eq!(town.says("dov", 3, "SUMMARY").as_deref(), Some("Lecture"));
}

#[test]
fn a_refresh_leaves_the_line_of_a_delegate_whose_answer_is_not_heard() {
    let mut town = invited();
    town.delegate("ben", "dov");
    town.news();
    town.answer("dov", "ACCEPTED");
    town.answer("cho", "TENTATIVE");
    town.hurry("cho", "ann", Method::Reply);
    town.world.refresh_copies();
    assert_eq!(town.partstat("dov", "cho"), "TENTATIVE");
    assert_eq!(town.partstat("dov", "dov"), "ACCEPTED");
}

#[test]
fn a_delegation_that_came_to_nothing_leaves_the_delegators_copy() {
    // dov sends eve in his place, which ben hears; the organizer hears it too late.
    let mut town = Town::of(&["ann", "ben", "cho", "dov", "eve"]);
    town.put("ann", super::SERIES);
    town.news();
    town.delegate("ben", "dov");
    town.news();
    let sent = "PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:eve@example.com\":mailto:dov";
    town.edit("dov", &[("PARTSTAT=NEEDS-ACTION:mailto:dov", sent)]).unwrap();
    town.edit("ann", &[("T100000", "T080000"), ("T110000", "T090000")]).unwrap();
    town.hurry("ann", "ben", Method::Request);
    town.hurry("dov", "ben", Method::Reply);
    assert_eq!(town.partstat("ben", "eve"), "NEEDS-ACTION");
    town.news();
    assert_eq!(town.partstat("ann", "eve"), "not listed");
    assert_eq!(town.partstat("ben", "eve"), "not listed");
}

#[test]
fn what_a_delegate_said_before_he_heard_that_it_is_not_for_him_counts_for_nothing() {
    let mut town = invited();
    town.delegate("ben", "dov");
    town.hurry("ben", "dov", Method::Request);
    let sent = "DELEGATED;DELEGATED-TO=\"mailto:dov@example.com\":mailto:ben";
    town.edit("ben", &[(sent, "TENTATIVE:mailto:ben")]).unwrap();
    town.answer("dov", "ACCEPTED");
    // 0: that he sends dov; 1: that he comes himself; 2 and 3: dov's answer
    town.world.wait(1);
    town.deliver(&[1, 0, 2, 3]);
    town.news();
    assert_eq!(town.partstat("ann", "ben"), "TENTATIVE");
    assert_eq!(town.partstat("ann", "dov"), "not listed");
    assert!(town.copy("dov").master().unwrap().is_cancelled());
}

#[test]
fn what_a_delegate_said_of_an_instance_is_void_when_his_delegator_was_invited_anew() {
    let mut town = invited();
    town.delegate("ben", "dov");
    town.hurry("ben", "dov", Method::Request);
    town.edit("ann", &[("RRULE", "STATUS:CANCELLED\nRRULE")]).unwrap();
    town.edit("ann", &[("STATUS:CANCELLED\n", "")]).unwrap();
    town.answer_on("dov", 3, "TENTATIVE");
    town.world.wait(1);
    town.news();
    assert_eq!(town.comes("ann", "dov", 3), "not listed");
    assert_eq!(town.comes("ann", "ben", 3), "NEEDS-ACTION");
    assert!(town.copy("dov").components().all(calendar::Component::is_cancelled));
}

#[test]
fn what_was_cancelled_before_he_was_sent_does_not_come_with_the_second_copy_of_the_invitation() {
    let mut town = Town::of(&["ann", "ben", "cho", "dov"]);
    town.put("ann", &with(&[&on(3, "Special", &["ben", "cho"])]));
    town.news();
    town.edit("ann", &[("RRULE", "STATUS:CANCELLED\nRRULE")]).unwrap();
    let cancel = town.world.under_way()[town.under_way("ann", "ben", Method::Cancel)].clone();
    town.world.discard(0);
    town.world.wait(1);
    let text = town.text("ben");
    let own = "PARTSTAT=NEEDS-ACTION:mailto:ben";
    let sent = "PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:dov@example.com\":mailto:ben";
    town.edit("ben", &[(text.as_str(), &text.replace(own, sent))]).unwrap();
    let invitation = town.world.under_way()[town.under_way("ben", "dov", Method::Request)].clone();
    let to_dov = Parcel { recipient: town.id("dov"), ..cancel };
    town.world.hand_over(&to_dov).unwrap();
    town.world.hand_over(&invitation).unwrap();
    let once = town.text("dov");
    assert!(!once.contains("FREQ=DAILY"), "{once}");
    town.world.hand_over(&invitation).unwrap();
    assert_eq!(town.text("dov"), once);
}

#[test]
fn who_hears_that_it_is_not_for_him_does_not_come_back_by_what_he_said_of_an_instance() {
    let mut town = invited();
    town.delegate("ben", "dov");
    town.hurry("ben", "dov", Method::Request);
    town.edit("ann", &[("COUNT=5", "COUNT=6")]).unwrap();
    let later = on(2, "Long review", &["ben", "cho"])
        .replace("RECURRENCE-ID;", "RECURRENCE-ID;RANGE=THISANDFUTURE;");
    town.put("ann", &with(&[&later]).replace("COUNT=5", "COUNT=6"));
    town.answer_on("ben", 3, "ACCEPTED");
    town.answer_on("dov", 3, "TENTATIVE");
    town.world.wait(1);
    town.news();
    assert_eq!(town.comes("ann", "ben", 3), "ACCEPTED");
    assert_eq!(town.comes("ann", "dov", 3), "not listed");
}

#[test]
fn who_comes_himself_on_one_date_keeps_that_when_the_series_he_delegated_changes() {
    let mut town = invited();
    town.delegate("ben", "dov");
    town.news();
    town.answer_on("ben", 3, "ACCEPTED");
    town.edit("ann", &[("SUMMARY:Review", "SUMMARY:Long review")]).unwrap();
    town.hurry("ann", "ben", Method::Request);
    assert_eq!(town.says("ben", 3, "SUMMARY").as_deref(), Some("Long review"));
    assert_eq!(town.comes("ben", "ben", 3), "ACCEPTED");
    assert_eq!(town.comes("ben", "ben", 4), "DELEGATED");
}

#[test]
fn a_delegate_who_answers_for_a_date_that_was_left_out_for_him_is_told_that_he_is_in_it() {
    let mut town = invited();
    town.delegate("ben", "dov");
    town.hurry("ben", "dov", Method::Request);
    town.answer_on("ben", 3, "TENTATIVE");
    town.answer_on("dov", 3, "ACCEPTED");
    // 0: that he sends dov; 1: that he comes on the 3rd; 2 and 3: dov's answer for the 3rd
    town.world.wait(1);
    town.deliver(&[1, 0, 2, 3]);
    town.hurry("ann", "dov", Method::Request);
    assert_eq!(town.says("dov", 3, "SUMMARY"), None);
    town.news();
    assert_eq!(town.comes("ann", "dov", 3), "ACCEPTED");
    assert_eq!(town.comes("dov", "dov", 3), "ACCEPTED");
}

/// Somebody new is in the series, who knows it, and others who do not know that yet.
fn with_dov() -> Town {
    let mut town = invited();
    let more = "ATTENDEE:mailto:dov@example.com\nSUMMARY:Review";
    town.edit("ann", &[("SUMMARY:Review", more)]).unwrap();
    town.hurry("ann", "dov", Method::Request);
    town
}

#[test]
fn what_he_said_of_one_date_himself_stands_when_he_is_sent_to_the_series() {
    let mut town = with_dov();
    town.leave_out("dov", 3);
    town.hurry("dov", "ann", Method::Reply);
    town.delegate("ben", "dov");
    town.news();
    assert_eq!(town.comes("ann", "dov", 2), "NEEDS-ACTION");
    assert_eq!(town.comes("ann", "dov", 3), "DECLINED");
    assert_eq!(town.comes("ann", "ben", 3), "DELEGATED");
    assert_eq!(town.comes("dov", "dov", 3), "no instance");
}

#[test]
fn an_answer_to_the_series_holds_where_one_stands_apart_who_had_not_heard_that_he_is_sent() {
    let mut town = with_dov();
    town.answer_on("dov", 3, "DECLINED");
    town.delegate("cho", "dov");
    town.hurry("cho", "ann", Method::Reply);
    town.answer("ben", "ACCEPTED");
    town.news();
    assert_eq!(town.comes("ann", "dov", 3), "DECLINED");
    assert_eq!(town.comes("ann", "ben", 3), "ACCEPTED");
}

#[test]
fn a_delegate_to_whom_it_was_cancelled_finds_it_in_his_inbox_when_he_is_sent_again() {
    let mut town = invited();
    town.delegate("ben", "dov");
    town.hurry("ben", "dov", Method::Request);
    town.take_off("ann", "ben");
    town.put("ann", super::SERIES);
    // He hears that he is asked again; his delegation reaches the organizer too late.
    town.world.wait(1);
    town.news();
    assert_eq!(town.says("dov", 2, "STATUS").as_deref(), Some("CANCELLED"));
    town.delegate("ben", "dov");
    town.hurry("ben", "ann", Method::Reply);
    town.world.wait(1);
    town.hurry("ann", "dov", Method::Request);
    assert_eq!(town.comes("dov", "dov", 2), "NEEDS-ACTION");
    assert_eq!(town.news(), ["ann REPLY 3", "dov REQUEST 3"]);
}

#[test]
fn whom_he_sent_and_the_organizer_took_off_leaves_his_copy_when_the_delegation_is_void() {
    let mut town = invited();
    town.delegate("ben", "dov");
    town.take_off("ann", "ben");
    let more = "    ATTENDEE:mailto:dov@example.com\n    SUMMARY:Review";
    town.put("ann", &super::SERIES.replacen("    SUMMARY:Review", more, 1));
    town.hurry("ben", "ann", Method::Reply);
    town.hurry("ann", "ben", Method::Request);
    town.take_off("ann", "dov");
    // What tells him that he is asked again comes after the last of it, and is older.
    let at = town.world.under_way().iter().rposition(|parcel| parcel.recipient == 2).unwrap();
    town.world.deliver(at).unwrap();
    assert_eq!(town.partstat("ben", "dov"), "NEEDS-ACTION", "he still sends him");
    town.news();
    assert_eq!(town.partstat("ann", "dov"), "not listed");
    assert_eq!(town.partstat("ben", "dov"), "not listed");
}

#[test]
fn what_he_said_in_the_place_of_one_who_was_invited_anew_does_not_stand_when_another_sends_him() {
    let mut town = invited();
    town.delegate("ben", "dov");
    town.delegate("cho", "dov");
    town.hurry("cho", "dov", Method::Request);
    town.answer("dov", "TENTATIVE");
    town.take_off("ann", "cho");
    town.put("ann", super::SERIES);
    town.hurry("dov", "ann", Method::Reply);
    town.world.wait(1);
    town.news();
    for name in ["ann", "dov"] {
        assert_eq!(town.partstat(name, "ben"), "DELEGATED", "{name}");
        assert_eq!(town.partstat(name, "dov"), "NEEDS-ACTION", "{name}");
    }
}

#[test]
fn a_delegate_is_told_of_the_date_that_only_somebody_elses_answer_stands_apart_by() {
    // In one write, as the server delivers: the delegator's client has the date apart and says nothing of it.
    let mut town = invited();
    town.answer_on("cho", 3, "ACCEPTED");
    town.news();
    town.delegate_in("COUNT=5", "ben", "dov");
    while town.world.deliver_at_once(0).is_some() {}
    town.world.refresh_copies();
    for name in ["ann", "ben", "dov"] {
        assert_eq!(town.comes(name, "dov", 3), "NEEDS-ACTION", "{name}");
    }
}

#[test]
fn a_date_that_was_cancelled_for_a_guest_stays_so_when_he_is_sent_to_the_series() {
    // As the server delivers: who sends him does not speak for the organizer.
    let mut town = town();
    let special = on(3, "Special", &["ben", "cho", "dov"]);
    town.put("ann", &with(&[&special]));
    town.news();
    town.put("ann", &with(&[&format!("{special}\nSTATUS:CANCELLED")]));
    town.news();
    town.delegate_in("COUNT=5", "ben", "dov");
    while town.world.deliver_at_once(0).is_some() {}
    assert_eq!(town.comes("dov", "dov", 4), "NEEDS-ACTION");
    assert_eq!(town.says("dov", 3, "STATUS").as_deref(), Some("CANCELLED"));
}

#[test]
fn a_delegate_who_is_listed_already_is_marked_and_asked_anew() {
    // RFC 5546 section 4.2.5, B: by a client that names him in DELEGATED-TO alone.
    let mut town = invited();
    town.answer("cho", "ACCEPTED");
    town.news();
    town.delegate("ben", "cho");
    assert_eq!(town.news(), ["ann REPLY 1", "cho REQUEST 1"]);
    for name in ["ann", "ben", "cho"] {
        assert_eq!(town.partstat(name, "cho"), "NEEDS-ACTION", "{name}");
        assert_eq!(town.param(name, "cho", "RSVP").as_deref(), Some("TRUE"), "{name}");
        let from = town.param(name, "cho", "DELEGATED-FROM");
        assert_eq!(from.as_deref(), Some("mailto:ben@example.com"), "{name}");
    }
    town.answer("cho", "TENTATIVE");
    assert_eq!(town.news(), ["ann REPLY 1", "ben REPLY 1"]);
    assert_eq!(town.partstat("ben", "cho"), "TENTATIVE");
}
