//! What an attendee of a series says, of all of it or of one instance (RFC 6638 section 3.2.2, appendix B.7 and B.8).

use calendar::{CalendarObject, Limits};

use super::super::support::{Town, UID, address, told, unfolded};
use super::{SERIES, id, invited, on, town, with};
use crate::itip::Stored;

#[test]
fn what_goes_with_the_series_is_declined_by_leaving_it_out() {
    // Somebody else's answer tells the instance apart; what he said of it is what he said of the series.
    let mut town = invited();
    town.answer("ben", "DECLINED");
    town.news();
    town.answer_on("cho", 3, "DECLINED");
    town.news();
    assert_eq!(told(&town.leave_out("ben", 3)), ["REPLY ann"]);
    town.news();
    town.answer("ben", "ACCEPTED");
    town.news();
    assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
    assert_eq!(town.comes("ann", "ben", 4), "ACCEPTED");
}

#[test]
fn declining_one_instance_replies_with_that_instance_alone() {
    // RFC 6638 appendix B.7; pitfalls S10, 6a.10
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.news();
    let decision = town.answer_on("ben", 3, "DECLINED");
    assert_eq!(told(&decision), ["REPLY ann"]);
    let reply = unfolded(&decision.messages[0].itip.octets());
    for line in [
        "RECURRENCE-ID;TZID=Europe/Berlin:20260303T100000\n",
        "DTSTART;TZID=Europe/Berlin:20260303T100000\n",
        "DTEND;TZID=Europe/Berlin:20260303T110000\n",
        "ATTENDEE;RSVP=TRUE;PARTSTAT=DECLINED:mailto:ben@example.com\n",
    ] {
        assert!(reply.contains(line), "{line} in {reply}");
    }
    assert_eq!(reply.matches("BEGIN:VEVENT").count(), 1);
    assert_eq!(town.news(), ["ann REPLY 1"]);
    assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
    assert_eq!(town.comes("ann", "ben", 4), "ACCEPTED");
    assert_eq!(town.comes("cho", "ben", 3), "DECLINED", "refreshed");
    assert_eq!(town.comes("cho", "cho", 3), "NEEDS-ACTION");
}

#[test]
fn leaving_out_an_instance_declines_it() {
    // RFC 6638 section 3.2.2.3 and appendix B.8
    let mut town = invited();
    let decision = town.leave_out("ben", 4);
    assert_eq!(told(&decision), ["REPLY ann"]);
    let reply = unfolded(&decision.messages[0].itip.octets());
    assert!(reply.contains("RECURRENCE-ID;TZID=Europe/Berlin:20260304T100000\n"), "{reply}");
    assert!(reply.contains("DTSTART;TZID=Europe/Berlin:20260304T100000\n"), "{reply}");
    assert!(reply.contains("PARTSTAT=DECLINED:mailto:ben"), "{reply}");
    town.news();
    assert_eq!(town.comes("ann", "ben", 4), "DECLINED");
    assert_eq!(town.comes("ben", "ben", 4), "no instance");

    // pitfall 6b.23: a declined one does not come back
    town.edit("ann", &[("SUMMARY:Review", "SUMMARY:Long review")]).unwrap();
    town.news();
    assert_eq!(town.comes("ben", "ben", 4), "no instance");
    assert_eq!(town.says("ben", 5, "SUMMARY").as_deref(), Some("Long review"));
    assert_eq!(town.comes("ann", "ben", 4), "DECLINED");

    // An instance declined before and thrown away now is no news.
    town.answer_on("ben", 5, "DECLINED");
    assert_eq!(told(&town.leave_out("ben", 5)), [""; 0]);
}

#[test]
fn an_answer_to_the_series_leaves_answers_to_instances_alone() {
    let mut town = invited();
    town.answer_on("ben", 3, "DECLINED");
    town.news();
    let before = town.text("ben");
    let (head, series) = before.split_once("BEGIN:VEVENT").unwrap();
    let series =
        series.replacen("PARTSTAT=NEEDS-ACTION:mailto:ben", "PARTSTAT=ACCEPTED:mailto:ben", 1);
    let object =
        CalendarObject::parse(format!("{head}BEGIN:VEVENT{series}").as_bytes(), &Limits::default())
            .unwrap();
    let decision = town.store("ben", &object);
    assert_eq!(told(&decision), ["REPLY ann"]);
    town.news();
    assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
    assert_eq!(town.comes("ann", "ben", 4), "ACCEPTED");
}

#[test]
fn an_alarm_on_one_instance_survives_a_change_of_the_series() {
    let mut town = invited();
    let alarm = "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDESCRIPTION:Go\nEND:VALARM\n";
    let mut component = unfolded(&town.copy("ben").derive_override(&id(3)).unwrap().to_octets());
    component = component.replace("END:VEVENT", &format!("{alarm}END:VEVENT"));
    let text = town.text("ben").replace("END:VCALENDAR", &format!("{component}END:VCALENDAR"));
    let decision =
        town.store("ben", &CalendarObject::parse(text.as_bytes(), &Limits::default()).unwrap());
    assert!(decision.messages.is_empty(), "his own business");
    town.edit("ann", &[("SUMMARY:Review", "SUMMARY:Long review")]).unwrap();
    town.news();
    let on_day = town.copy("ben").override_for(&id(3)).unwrap();
    assert_eq!(on_day.components().count(), 1, "the alarm");
    assert_eq!(town.says("ben", 3, "SUMMARY").as_deref(), Some("Long review"));
}

#[test]
fn an_attendee_may_not_bring_in_or_back_instances() {
    // design rule 20; pitfall 6b.16
    let mut town = town();
    town.put("ann", &SERIES.replace("RRULE", "EXDATE;TZID=Europe/Berlin:20260303T100000\nRRULE"));
    town.news();
    let before = town.text("ben");
    let decision =
        town.edit("ben", &[("EXDATE;TZID=Europe/Berlin:20260303T100000\n", "")]).unwrap();
    assert!(matches!(decision.stored, Stored::Rewritten(_)) && decision.messages.is_empty());
    assert_eq!(town.comes("ben", "ben", 3), "no instance");
    let strange = on(3, "Mine", &["ben", "cho"]).replace('\n', "\r\n");
    let text = before.replace('\n', "\r\n").replace(
        "END:VCALENDAR",
        &format!("BEGIN:VEVENT\r\nUID:{UID}\r\nDTSTAMP:20260101T000000Z\r\n{strange}\r\nEND:VEVENT\r\nEND:VCALENDAR"),
    );
    if let Ok(object) = CalendarObject::parse(text.as_bytes(), &Limits::default()) {
        town.store("ben", &object);
        assert_eq!(town.comes("ben", "ben", 3), "no instance");
    }
}

#[test]
fn deleting_a_series_declines_all_that_was_not_declined() {
    let mut town = invited();
    town.answer_on("ben", 3, "ACCEPTED");
    town.answer_on("ben", 4, "DECLINED");
    town.news();
    let decision = town.delete("ben");
    assert_eq!(told(&decision), ["REPLY ann"]);
    assert_eq!(decision.messages[0].itip.components().count(), 2, "the series and the third");
    town.news();
    for day in 2..=6 {
        assert_eq!(town.comes("ann", "ben", day), "DECLINED", "{day}");
    }
}

#[test]
fn an_answer_may_name_an_instance_in_utc() {
    // pitfalls S10, 6b.25
    let mut town = invited();
    town.answer_on("ben", 3, "DECLINED");
    let parcel = town.world.discard(0).unwrap();
    let text = unfolded(&parcel.message.octets()).replace(
        "RECURRENCE-ID;TZID=Europe/Berlin:20260303T100000",
        "RECURRENCE-ID:20260303T090000Z",
    );
    let message = calendar::Message::parse(text.as_bytes(), &Limits::default()).unwrap();
    town.world.hand_over(&crate::simulator::Parcel { message, ..parcel });
    assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
    let recurrence_id =
        town.copy("ann").override_for(&id(3)).unwrap().property("RECURRENCE-ID").unwrap();
    assert_eq!(recurrence_id.param("TZID"), Some("Europe/Berlin"), "as DTSTART has it");
}

#[test]
fn an_answer_to_no_instance_is_kept_for_its_reader() {
    // pitfall S10
    let mut town = invited();
    town.answer_on("ben", 3, "DECLINED");
    let parcel = town.world.discard(0).unwrap();
    let text = unfolded(&parcel.message.octets()).replace("20260303T", "20260323T");
    let message = calendar::Message::parse(text.as_bytes(), &Limits::default()).unwrap();
    let before = town.text("ann");
    let merge = town.world.hand_over(&crate::simulator::Parcel { message, ..parcel }).unwrap();
    assert!(merge.stored.is_none() && merge.inbox);
    assert_eq!(town.text("ann"), before);
}

#[test]
fn an_instance_that_is_left_out_waits_for_no_answer() {
    let mut town = invited();
    town.edit("ben", &[("SUMMARY", "EXDATE;TZID=Europe/Berlin:20260303T100000\nSUMMARY")]).unwrap();
    town.world.settle();
    let line = town.copy("ann").component_for(&id(3)).unwrap().attendee(&address("ben")).unwrap();
    assert_eq!((line.partstat().as_str(), line.rsvp()), ("DECLINED", false));
}

#[test]
fn an_answer_to_one_instance_says_how_the_last_message_went_on_the_lines_answered_before() {
    // RFC 6638 section 7.3
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.news();
    let status = |town: &Town| town.param("ann", "ben", "SCHEDULE-STATUS");
    town.put("ann", &with(&[&on(3, "Short review", &["ben", "cho"])]));
    town.news();
    assert_eq!(status(&town).as_deref(), Some("1.2"), "he was told of one instance");
    town.answer_on("ben", 3, "DECLINED");
    town.news();
    assert_eq!(status(&town).as_deref(), Some("2.0"), "and answered");
    // Who has not answered the series has not, whatever he says of one instance.
    town.answer_on("cho", 3, "DECLINED");
    town.news();
    assert_eq!(town.param("ann", "cho", "SCHEDULE-STATUS").as_deref(), Some("1.2"));
}
