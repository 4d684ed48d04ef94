//! What the organizer of a series changes, in all of it or in one instance (RFC 6638 section 3.2.1).

use calendar::{CalendarObject, Limits};

use super::super::support::{event, intent, told};
use super::{SERIES, invited, on, town, with};
use crate::itip::{Intent, Stored};

#[test]
fn a_new_override_goes_out_alone() {
    // design rule 5; pitfalls 6a.1, 6b.20
    let mut town = invited();
    let decision = town.put("ann", &with(&[&on(3, "Short review", &["ben", "cho", "dov"])]));
    assert_eq!(told(&decision), ["REQUEST ben, cho", "REQUEST dov"]);
    for message in &decision.messages {
        assert_eq!(message.itip.components().count(), 1);
        assert!(message.itip.master().is_none());
    }
    assert_eq!(town.news(), ["ben REQUEST 2", "cho REQUEST 2", "dov REQUEST 2"]);
    assert_eq!(town.says("ben", 3, "SUMMARY").as_deref(), Some("Short review"));
    assert_eq!(town.says("ben", 4, "SUMMARY").as_deref(), Some("Review"));
    // RFC 6638 section 3.2.6: dov sees one instance and no series
    assert!(town.copy("dov").master().is_none());
    assert_eq!(
        town.copy("ann").master().unwrap().sequence(),
        1,
        "only the component concerned counts"
    );
}

#[test]
fn leaving_out_an_instance_as_organizer_is_one_cancel_and_one_request() {
    // design rule 5; pitfalls 6b.18
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.news();
    let decision = town.leave_out("ann", 3);
    assert_eq!(told(&decision), ["CANCEL ben, cho", "REQUEST ben, cho"]);
    assert_eq!(town.news(), ["ben CANCEL 2", "ben REQUEST 2", "cho CANCEL 2", "cho REQUEST 2"]);
    assert_eq!(town.says("ben", 3, "STATUS").as_deref(), Some("CANCELLED"));
    assert!(
        !town.text("ben").contains("EXDATE"),
        "shown as cancelled instead: {}",
        town.text("ben")
    );
    assert_eq!(
        town.comes("ben", "ben", 4),
        "ACCEPTED",
        "leaving out is no reschedule: section 3.2.8"
    );

    // A second one does not lose the first.
    town.leave_out("ann", 5);
    town.news();
    for day in [3, 5] {
        assert_eq!(town.says("ben", day, "STATUS").as_deref(), Some("CANCELLED"), "{day}");
    }
    // The organizer restores it: RFC 6638 section 3.2.8, EXDATE.
    town.edit("ann", &[("EXDATE;TZID=Europe/Berlin:20260303T100000\n", "")]).unwrap();
    town.news();
    assert_eq!(town.says("ben", 3, "STATUS"), None);
    assert_eq!(town.says("ben", 5, "STATUS").as_deref(), Some("CANCELLED"));
    assert_eq!(town.comes("ben", "ben", 3), "NEEDS-ACTION");
}

#[test]
fn an_instance_that_is_left_out_has_no_component_of_its_own() {
    // RFC 5545 section 3.8.5.1: EXDATE takes it out of the recurrence set, whatever still describes it.
    let exdate = ("RRULE:", "EXDATE;TZID=Europe/Berlin:20260303T100000\nRRULE:");
    let mut town = invited();
    town.put("ann", &with(&[&on(3, "Special", &["ben", "cho", "dov"])]));
    town.news();
    let decision = town.edit("ann", &[exdate]).unwrap();
    assert_eq!(told(&decision), ["CANCEL ben, cho", "CANCEL dov", "REQUEST ben, cho"]);
    assert!(matches!(decision.stored, Stored::Rewritten(_)));
    town.news();
    assert!(town.copy("ann").overrides().next().is_none());
    for name in ["ben", "cho", "dov"] {
        assert_eq!(town.says(name, 3, "STATUS").as_deref(), Some("CANCELLED"), "{name}");
    }
}

#[test]
fn a_component_of_later_instances_begins_after_one_that_is_left_out() {
    let later = on(3, "Special", &["ben", "cho"])
        .replace("RECURRENCE-ID;", "RECURRENCE-ID;RANGE=THISANDFUTURE;");
    let mut town = invited();
    town.put("ann", &with(&[&later]));
    town.news();
    town.edit("ann", &[("RRULE:", "EXDATE;TZID=Europe/Berlin:20260303T100000\nRRULE:")]).unwrap();
    town.news();
    assert_eq!(town.says("ben", 3, "STATUS").as_deref(), Some("CANCELLED"));
    for name in ["ann", "ben"] {
        for (day, title) in [(2, "Review"), (4, "Special"), (6, "Special")] {
            assert_eq!(town.says(name, day, "SUMMARY").as_deref(), Some(title), "{name} {day}");
            assert_eq!(town.says(name, day, "STATUS"), None, "{name} {day}");
        }
    }
}

#[test]
fn several_instances_left_out_are_named_in_one_cancel() {
    let mut town = invited();
    let decision = town
        .edit(
            "ann",
            &[("RRULE:", "EXDATE;TZID=Europe/Berlin:20260303T100000,20260305T100000\nRRULE:")],
        )
        .unwrap();
    let cancels: Vec<_> = decision
        .messages
        .iter()
        .filter(|message| message.itip.method() == calendar::Method::Cancel)
        .collect();
    assert_eq!(cancels.len(), 1);
    assert_eq!(cancels[0].itip.components().count(), 2);
    assert_eq!(told(&decision), ["CANCEL ben, cho", "REQUEST ben, cho"]);
}

#[test]
fn a_change_of_the_series_carries_all_overrides_along() {
    // pitfall 6a.11
    let mut town = invited();
    town.put("ann", &with(&[&on(3, "Short review", &["ben", "cho"])]));
    town.news();
    let decision = town.edit("ann", &[("SUMMARY:Review", "SUMMARY:Long review")]).unwrap();
    assert_eq!(told(&decision), ["REQUEST ben, cho"]);
    assert_eq!(decision.messages[0].itip.components().count(), 2);
    town.news();
    assert_eq!(town.says("ben", 3, "SUMMARY").as_deref(), Some("Short review"));
    assert_eq!(town.says("ben", 4, "SUMMARY").as_deref(), Some("Long review"));
}

#[test]
fn an_override_taken_back_gives_the_instance_back_to_the_series() {
    let mut town = invited();
    town.put("ann", &with(&[&on(3, "Short review", &["ben", "cho"])]));
    town.news();
    let decision = town.put("ann", SERIES);
    assert_eq!(told(&decision), ["REQUEST ben, cho"]);
    town.news();
    assert_eq!(town.says("ben", 3, "SUMMARY").as_deref(), Some("Review"));
    assert!(town.copy("ben").overrides().next().is_none());
}

#[test]
fn an_organizer_who_has_not_seen_an_answer_to_an_instance_does_not_take_it_back() {
    // design rule 3; pitfalls 6b.22, S9
    let mut town = invited();
    town.answer_on("ben", 3, "DECLINED");
    town.news();
    let decision = town.put("ann", &SERIES.replace("SUMMARY:Review", "SUMMARY:Long review"));
    assert!(matches!(decision.stored, Stored::Rewritten(_)));
    town.news();
    assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
    assert_eq!(town.says("ann", 3, "SUMMARY").as_deref(), Some("Long review"));
    assert_eq!(town.comes("ben", "ben", 3), "DECLINED");
    assert_eq!(town.says("ben", 3, "SUMMARY").as_deref(), Some("Long review"));
}

#[test]
fn cancelling_an_instance_by_status_cancels_that_instance() {
    // pitfalls S8, 6a.5
    let mut town = invited();
    let cancelled = format!("{}\nSTATUS:CANCELLED", on(3, "Review", &["ben", "cho"]));
    let decision = town.put("ann", &with(&[&cancelled]));
    assert_eq!(told(&decision), ["CANCEL ben, cho"]);
    assert_eq!(town.news(), ["ben CANCEL 2", "cho CANCEL 2"]);
    assert_eq!(town.says("ben", 3, "STATUS").as_deref(), Some("CANCELLED"));
    assert_eq!(town.says("ben", 4, "STATUS"), None);
}

#[test]
fn asking_again_for_one_instance_asks_for_that_one() {
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.answer_on("ben", 3, "DECLINED");
    town.news();
    let text = town.text("ann");
    let declined = "PARTSTAT=DECLINED:mailto:ben";
    assert!(text.contains(declined), "{text}");
    let decision = town
        .edit_with("ann", &[(declined, "PARTSTAT=NEEDS-ACTION:mailto:ben")], intent(true))
        .unwrap();
    assert_eq!(told(&decision), ["REQUEST ben"]);
    assert!(decision.messages[0].itip.master().is_none());
    town.news();
    assert_eq!(town.comes("ben", "ben", 3), "NEEDS-ACTION");
    assert_eq!(town.comes("ben", "ben", 4), "ACCEPTED");
}

#[test]
fn an_override_that_comes_again_unchanged_stays() {
    // Two writes within a second: the second REQUEST names the override with the stamp of the first.
    let mut town = invited();
    let moved = on(3, "Moved", &["ben", "cho"]).replace(
        "DTSTART;TZID=Europe/Berlin:20260303T10",
        "DTSTART;TZID=Europe/Berlin:20260303T08",
    );
    town.put("ann", &with(&[&moved]));
    town.world.settle();
    let renamed = with(&[&moved]).replacen("SUMMARY:Review", "SUMMARY:Review of the year", 1);
    town.world.put(town.id("ann"), &event(&renamed), Intent::default()).unwrap().unwrap();
    town.world.settle();
    assert_eq!(town.says("ben", 3, "SUMMARY").as_deref(), Some("Moved"));
    assert_eq!(town.says("ben", 4, "SUMMARY").as_deref(), Some("Review of the year"));
}

#[test]
fn the_status_of_the_last_message_stands_on_all_his_lines() {
    // RFC 6638 section 7.3: it is about the most recent message to the attendee
    let mut town = invited();
    town.put("ann", &with(&[&on(3, "Moved", &["ben", "cho"])]));
    assert_eq!(town.param("ann", "ben", "SCHEDULE-STATUS").as_deref(), Some("1.2"));
    town.news();
    town.answer("ben", "ACCEPTED");
    town.world.settle();
    assert_eq!(town.param("ann", "ben", "SCHEDULE-STATUS").as_deref(), Some("2.0"));
    let without = SERIES.replace("ATTENDEE;RSVP=TRUE:mailto:cho@example.com\n", "");
    town.put("ann", &without);
    assert_eq!(
        town.param("ann", "ben", "SCHEDULE-STATUS").as_deref(),
        Some("1.2"),
        "the list changed"
    );
    // A client that leaves the parameter out does not take it from the attendee's copy either.
    let sent = town.text("ben").replace(";SCHEDULE-STATUS=1.2", "");
    town.world
        .put(
            town.id("ben"),
            &CalendarObject::parse(sent.as_bytes(), &Limits::default()).unwrap(),
            Intent::default(),
        )
        .unwrap()
        .unwrap();
    assert!(town.text("ben").contains("SCHEDULE-STATUS=1.2"), "{}", town.text("ben"));
}

#[test]
fn an_organizer_stores_the_whole_event() {
    // RFC 6638 section 3.2.4.3; pitfall 6b.16
    let refusal = town().put_with("ann", &on(3, "Alone", &["ben"]), Intent::default()).unwrap_err();
    assert!(refusal.to_string().contains("series"), "{refusal}");
    let silent = Intent { silent: true, ..Intent::default() };
    assert!(
        town().put_with("ann", &on(3, "Alone", &["ben"]), silent).is_ok(),
        "an import is left alone"
    );
}
