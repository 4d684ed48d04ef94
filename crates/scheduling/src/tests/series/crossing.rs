//! Messages about series and meetings that are late, come twice or overtake each other (RFC 5546 section 2.1.5). Each
//! of these went wrong once: the laws in `tests/laws` found them.

use calendar::Method;

use super::super::support::{Town, UID, intent};
use super::{SERIES, invited, on, town, with};

#[test]
fn cancel_and_request_of_one_write_may_change_places() {
    let mut straight = invited();
    straight.leave_out("ann", 3);
    straight.news();
    let mut crossed = invited();
    crossed.leave_out("ann", 3);
    let parcels: Vec<_> = crossed.world.under_way().to_vec();
    while crossed.world.discard(0).is_some() {}
    for parcel in parcels.iter().rev() {
        crossed.world.hand_over(parcel);
    }
    for day in 2..=6 {
        assert_eq!(
            straight.says("ben", day, "STATUS"),
            crossed.says("ben", day, "STATUS"),
            "{day}"
        );
    }
}

const MEETING: &str = "
    ORGANIZER:mailto:ann@example.com
    ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com
    ATTENDEE;RSVP=TRUE:mailto:ben@example.com
    ATTENDEE;RSVP=TRUE:mailto:cho@example.com
    DTSTART:20260302T090000Z
    DTEND:20260302T100000Z
    SUMMARY:Review";

fn met() -> Town {
    let mut town = town();
    town.put("ann", MEETING);
    town.news();
    town
}

impl Town {
    fn is_cancelled(&self, name: &str, day: u32) -> bool {
        self.says(name, day, "STATUS").as_deref() == Some("CANCELLED")
    }

    /// An attendee writes that somebody comes in his place.
    pub(super) fn delegate(&mut self, name: &str, to: &str) {
        let text = self.text(name);
        let own = text.lines().find(|line| line.ends_with(&format!(":mailto:{name}@example.com")));
        let line = format!(
            "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:{to}@example.com\":mailto:{name}@example.com"
        );
        self.edit(name, &[(own.unwrap(), &line)]).unwrap();
    }

    /// Likewise, in the component that has these words alone.
    pub(super) fn delegate_in(&mut self, words: &str, name: &str, to: &str) {
        let text = self.text(name);
        let part = text.split("BEGIN:VEVENT\n").find(|part| part.contains(words)).unwrap();
        let is_own = |line: &&str| line.ends_with(&format!(":mailto:{name}@example.com"));
        let line = format!(
            "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:{to}@example.com\":mailto:{name}@example.com"
        );
        let sent = part.replace(part.lines().find(is_own).unwrap(), &line);
        self.edit(name, &[(part, &sent)]).unwrap();
    }
}

#[test]
fn a_meeting_made_plain_and_a_meeting_again_counts_on() {
    let mut town = met();
    let plain = "DTSTART:20260302T090000Z\nDTEND:20260302T100000Z\nSUMMARY:Review";
    town.put("ann", plain);
    town.put("ann", plain); // the client knows nothing of SEQUENCE
    town.put("ann", MEETING);
    town.news();
    assert!(!town.is_cancelled("ben", 2));
    assert_eq!(town.copy("ben").master().unwrap().sequence(), 3);

    town.delete("ann");
    town.put("ann", MEETING);
    town.news();
    assert!(!town.copy("ben").master().unwrap().is_cancelled());
}

#[test]
fn a_copy_that_was_removed_does_not_come_back_by_what_was_sent_before() {
    let mut town = met();
    town.edit("ann", &[("SUMMARY:Review", "SUMMARY:Long review")]).unwrap();
    town.delete("ben");
    town.news();
    assert!(town.world.copy(2, UID).is_none());
    assert_eq!(town.partstat("ann", "ben"), "DECLINED");
    // What the organizer says later does.
    town.put("ann", &MEETING.replace("T090000Z", "T080000Z"));
    town.news();
    assert_eq!(town.partstat("ben", "ben"), "NEEDS-ACTION");
}

#[test]
fn a_cancelled_copy_that_was_removed_comes_back_by_an_invitation_under_way() {
    let mut town = met();
    town.take_off("ann", "ben");
    town.news();
    town.put("ann", MEETING);
    town.delete("ben");
    town.news();
    assert_eq!(town.partstat("ben", "ben"), "NEEDS-ACTION");
}

#[test]
fn a_removal_that_crosses_a_cancellation_is_about_what_was_cancelled() {
    let mut town = met();
    town.edit("ann", &[("SUMMARY:Review", "SUMMARY:Review\nSTATUS:CANCELLED")]).unwrap();
    town.edit("ann", &[("STATUS:CANCELLED\n", "")]).unwrap();
    town.delete("ben");
    town.news();
    assert_eq!(town.partstat("ann", "ben"), "NEEDS-ACTION");
    assert_eq!(town.partstat("ben", "ben"), "NEEDS-ACTION");
}

#[test]
fn one_who_answered_the_old_time_is_told_the_new_one_again() {
    // docs/scheduling-rules.md, rule 13
    let mut town = met();
    town.put("ann", &MEETING.replace("T090000Z", "T080000Z"));
    town.delete("ben");
    town.world.wait(1);
    assert_eq!(town.news(), ["ann REPLY 1", "ben REQUEST 2", "ben REQUEST 2", "cho REQUEST 2"]);
    assert_eq!(town.partstat("ann", "ben"), "NEEDS-ACTION");
    assert_eq!(town.partstat("ben", "ben"), "NEEDS-ACTION");
}

#[test]
fn an_old_invitation_that_comes_again_does_not_undo_a_delegation() {
    // RFC 5546 section 4.2.5
    let mut town = town();
    town.put("ann", MEETING);
    let invitations = town.world.under_way().to_vec();
    town.news();
    town.delegate("ben", "dov");
    let delegation = town.world.under_way().to_vec();
    town.news();
    for parcel in &invitations {
        town.world.hand_over(parcel);
    }
    assert_eq!(town.partstat("ben", "dov"), "NEEDS-ACTION", "the delegator still has his line");
    assert_eq!(town.partstat("cho", "dov"), "NEEDS-ACTION", "and the others as well");
    // He comes himself after all; the old delegation comes again.
    town.answer("ben", "TENTATIVE");
    town.news();
    for parcel in &delegation {
        town.world.hand_over(parcel);
    }
    assert_eq!(town.partstat("ann", "ben"), "TENTATIVE");
    assert_eq!(town.partstat("dov", "ben"), "TENTATIVE");
}

#[test]
fn a_delegate_whom_the_organizer_took_off_stays_off() {
    let mut town = met();
    town.delegate("ben", "dov");
    let delegation = town.world.under_way().to_vec();
    town.news();
    town.take_off("ann", "dov");
    town.news();
    assert!(town.copy("dov").master().unwrap().is_cancelled());
    for parcel in &delegation {
        town.world.hand_over(parcel);
    }
    town.edit("ben", &[("SUMMARY:Review", "SUMMARY:Review\nX-MINE:1")]).unwrap();
    town.news();
    assert_eq!(town.partstat("ann", "dov"), "not listed");
    assert_eq!(town.partstat("ben", "dov"), "not listed");
    // Another may send him.
    town.delegate("cho", "dov");
    town.news();
    assert_eq!(town.partstat("ann", "dov"), "NEEDS-ACTION");
    assert!(!town.copy("dov").master().unwrap().is_cancelled());
}

#[test]
fn a_guest_of_one_instance_may_stand_in_for_the_series() {
    // RFC 5546 section 4.2.5
    let mut town = town();
    town.put("ann", &with(&[&on(3, "Guest", &["ben", "cho", "dov"])]));
    town.news();
    let text = town.text("ben");
    let series = text.split("BEGIN:VEVENT\n").skip(1).find(|part| part.contains("RRULE")).unwrap();
    let own = series.lines().find(|line| line.ends_with(":mailto:ben@example.com")).unwrap();
    let sent = "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:dov@example.com\":mailto:ben@example.com";
    town.edit("ben", &[(series, &series.replace(own, sent))]).unwrap();
    town.news();
    assert_eq!(town.comes("dov", "dov", 4), "NEEDS-ACTION");
    assert_eq!(town.says("dov", 3, "SUMMARY").as_deref(), Some("Guest"));
    assert_eq!(town.comes("ann", "dov", 4), "NEEDS-ACTION");
}

#[test]
fn leaving_out_an_instance_of_a_declined_series_declines_it_by_itself() {
    let mut town = invited();
    town.answer("ben", "DECLINED");
    town.news();
    town.leave_out("ben", 3);
    town.answer("ben", "TENTATIVE");
    town.news();
    assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
    assert_eq!(town.comes("ann", "ben", 4), "TENTATIVE");
}

#[test]
fn what_was_said_of_one_instance_stays_when_the_series_is_answered_otherwise() {
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.news();
    town.answer_on("ben", 3, "ACCEPTED");
    let text = town.text("ben");
    let series = text.split("BEGIN:VEVENT\n").skip(1).find(|part| part.contains("RRULE")).unwrap();
    let decision = town
        .edit("ben", &[(series, &series.replace("=ACCEPTED:mailto:ben", "=DECLINED:mailto:ben"))])
        .unwrap();
    assert_eq!(decision.messages[0].itip.components().count(), 2);
    town.news();
    assert_eq!(town.comes("ann", "ben", 3), "ACCEPTED");
    assert_eq!(town.comes("ann", "ben", 4), "DECLINED");
}

#[test]
fn an_answer_to_the_series_holds_where_only_somebody_elses_answer_stands_apart() {
    let mut town = invited();
    town.answer_on("ben", 3, "DECLINED");
    town.answer("cho", "ACCEPTED");
    town.news();
    for day in 2..=6 {
        assert_eq!(town.comes("ann", "cho", day), "ACCEPTED", "{day}");
        assert_eq!(town.comes("cho", "cho", day), "ACCEPTED", "{day}");
    }
    assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
}

#[test]
fn an_instance_left_out_while_the_series_changes_is_shown_as_declined() {
    let mut town = invited();
    town.leave_out("ben", 3);
    town.edit("ann", &[("SUMMARY:Review", "SUMMARY:Long review")]).unwrap();
    town.deliver(&[1, 2, 0]);
    town.world.refresh_copies();
    assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
    assert_eq!(town.comes("ben", "ben", 3), "DECLINED", "his line follows the organizer's");
}

#[test]
fn a_cancelled_instance_stays_so_when_the_series_comes_later() {
    let mut town = town();
    town.put("ann", SERIES);
    town.leave_out("ann", 3);
    // 0 and 1: the invitations, 2: the CANCEL, 3: the changed series
    let cancel = town.world.under_way()[2].clone();
    assert_eq!(cancel.message.method(), calendar::Method::Cancel);
    let invitation = town.world.under_way().iter().position(|parcel| {
        parcel.recipient == cancel.recipient && parcel.message.method() == calendar::Method::Request
    });
    town.deliver(&[2, invitation.unwrap()]);
    let name = if cancel.recipient == 2 { "ben" } else { "cho" };
    assert!(town.is_cancelled(name, 3));
    assert!(!town.is_cancelled(name, 4));
}

#[test]
fn a_cancel_of_the_series_leaves_what_was_said_of_an_instance_since() {
    let mut town = invited();
    // ben leaves the series, and is a guest on one day.
    let guest = with(&[&on(3, "Guest", &["ben", "cho"])]);
    town.put("ann", &guest.replacen("    ATTENDEE;RSVP=TRUE:mailto:ben@example.com\n", "", 1));
    let is_for_ben = |at: &usize| town.world.under_way()[*at].recipient == 2;
    let order: Vec<usize> = (0..town.world.under_way().len()).rev().filter(is_for_ben).collect();
    assert_eq!(order.len(), 2);
    town.deliver(&order);
    assert!(town.copy("ben").master().unwrap().is_cancelled());
    assert!(!town.is_cancelled("ben", 3));
}

#[test]
fn an_instance_he_left_out_is_back_when_he_is_invited_again() {
    let mut town = invited();
    town.leave_out("ben", 3);
    town.news();
    town.take_off("ann", "ben");
    town.news();
    town.put("ann", SERIES);
    town.news();
    assert_eq!(town.comes("ben", "ben", 3), "NEEDS-ACTION");
    assert_eq!(town.comes("ann", "ben", 3), "NEEDS-ACTION");
}

#[test]
fn a_delegate_learns_what_the_organizer_changed_while_he_was_sent() {
    // RFC 5546 section 4.2.5
    let mut town = invited();
    town.edit("ann", &[("SUMMARY:Review", "LOCATION:Attic\nSUMMARY:Review")]).unwrap();
    town.delegate("ben", "dov");
    // 0 and 1: the update; 2: the REPLY, 3: the REQUEST to dov
    town.deliver(&[3, 2]);
    assert_eq!(town.says("dov", 2, "LOCATION"), None);
    town.news();
    assert_eq!(town.says("dov", 2, "LOCATION").as_deref(), Some("Attic"));
    assert_eq!(town.comes("ann", "dov", 2), "NEEDS-ACTION");
}

#[test]
fn a_delegate_sent_to_what_is_cancelled_hears_that() {
    let mut town = invited();
    town.delete("ann");
    town.delegate("ben", "dov");
    town.deliver(&[3, 2]);
    assert!(!town.is_cancelled("dov", 2));
    town.news();
    assert!(town.copy("dov").master().unwrap().is_cancelled());
}

#[test]
fn a_delegation_that_was_overtaken_counts_for_nothing() {
    let mut town = invited();
    town.delegate("ben", "dov");
    let sent = "DELEGATED;DELEGATED-TO=\"mailto:dov@example.com\":mailto:ben";
    town.edit("ben", &[(sent, "ACCEPTED:mailto:ben")]).unwrap();
    // 0: the REPLY that he sends dov, 1: the REQUEST to dov, 2: the REPLY that he comes
    town.deliver(&[2, 1, 0]);
    town.news();
    assert_eq!(town.comes("ann", "ben", 2), "ACCEPTED");
    assert_eq!(town.comes("ben", "dov", 2), "not listed");
    assert!(town.copy("dov").master().unwrap().is_cancelled());
}

#[test]
fn who_throws_his_copy_away_before_he_hears_that_he_is_asked_again_has_declined() {
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.news();
    town.edit("ann", &[("SUMMARY:Review", "LOCATION:Attic\nSUMMARY:Review")]).unwrap();
    let own = "PARTSTAT=ACCEPTED:mailto:ben";
    let again = [(own, "RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:ben")];
    town.edit_with("ann", &again, intent(true)).unwrap();
    town.delete("ben");
    town.news();
    assert_eq!(town.partstat("ann", "ben"), "DECLINED");
    assert!(town.world.copy(2, UID).is_none());
}

#[test]
fn an_answer_to_a_date_that_was_gone_when_it_arrived_does_not_stand_when_the_date_comes_back() {
    let mut town = invited();
    town.answer_on("ben", 5, "DECLINED");
    town.edit("ann", &[("COUNT=5", "COUNT=2")]).unwrap();
    town.hurry("ben", "ann", Method::Reply);
    town.edit("ann", &[("COUNT=2", "COUNT=5")]).unwrap();
    // What he is told last comes first.
    let at = town.world.under_way().iter().rposition(|parcel| parcel.recipient == 2).unwrap();
    town.world.deliver(at).unwrap();
    town.news();
    assert_eq!(town.comes("ann", "ben", 5), "NEEDS-ACTION");
    assert_eq!(town.comes("ben", "ben", 5), "NEEDS-ACTION");
}

#[test]
fn what_he_said_of_one_date_before_he_was_invited_to_the_series_anew_counts_for_nothing() {
    let mut town = invited();
    town.answer_on("ben", 4, "TENTATIVE");
    town.take_off("ann", "ben");
    town.put("ann", super::SERIES);
    town.hurry("ben", "ann", Method::Reply);
    assert_eq!(town.comes("ann", "ben", 4), "NEEDS-ACTION");
    town.news();
    assert_eq!(town.comes("ben", "ben", 4), "NEEDS-ACTION");
}

#[test]
fn an_answer_to_a_date_that_took_place_all_along_holds_though_the_series_was_cancelled_for_a_while()
{
    let mut town = invited();
    town.answer_on("ben", 3, "TENTATIVE"); // by which it stands apart
    town.news();
    town.edit("ann", &[("RRULE", "STATUS:CANCELLED\nRRULE")]).unwrap();
    town.edit("ann", &[("STATUS:CANCELLED\n", "")]).unwrap();
    town.news();
    town.answer_on("cho", 3, "ACCEPTED");
    town.news();
    assert_eq!(town.comes("ann", "cho", 3), "ACCEPTED");
}

#[test]
fn what_one_writes_into_a_cancelled_series_is_not_newer_than_the_date_he_is_still_in() {
    let mut town = invited();
    let date = on(4, "Special", &["ben", "cho"]);
    for place in ["Hall", "Yard", "Attic"] {
        let placed = SERIES.replace("SUMMARY", &format!("LOCATION:{place}\n    SUMMARY"));
        town.put("ann", &[&placed, &date].map(String::as_str).join("\n\n"));
    }
    while town.world.discard(0).is_some() {}
    let without_cho = SERIES.replace("    ATTENDEE;RSVP=TRUE:mailto:cho@example.com\n", "");
    town.put("ann", &[without_cho, date].join("\n\n"));
    town.hurry("ann", "cho", Method::Cancel);
    town.answer_on("cho", 4, "DECLINED");
    town.news();
    assert_eq!(town.says("cho", 4, "SUMMARY").as_deref(), Some("Special"));
    assert_eq!(town.says("cho", 4, "STATUS"), None);
    assert_eq!(town.says("cho", 3, "STATUS").as_deref(), Some("CANCELLED"));
}

#[test]
fn who_declined_what_was_called_off_declines_again_by_removing_what_it_is_now() {
    // The CANCEL is late: that his answer was void he does not know (design rule 17).
    let mut town = met();
    town.answer("ben", "DECLINED");
    town.put("ann", &MEETING.replace("SUMMARY", "STATUS:CANCELLED\n    SUMMARY"));
    town.hurry("ben", "ann", Method::Reply);
    town.put("ann", MEETING);
    town.hurry("ann", "ben", Method::Request);
    assert_eq!(town.partstat("ben", "ben"), "DECLINED");
    town.delete("ben");
    town.news();
    assert_eq!(town.partstat("ann", "ben"), "DECLINED");
}

#[test]
fn who_removes_a_series_declines_what_he_had_said_of_a_date_by_itself_as_well() {
    // He took back that he had left it out; an update that is older than that made it go with the series.
    let mut town = invited();
    town.leave_out("cho", 3);
    town.take_off("ann", "ben");
    town.edit("cho", &[("EXDATE;TZID=Europe/Berlin:20260303T100000\n", "")]).unwrap();
    town.hurry("ann", "cho", Method::Request);
    town.delete("cho");
    town.news();
    for day in 2..=6 {
        assert_eq!(town.comes("ann", "cho", day), "DECLINED", "{day}");
    }
}
