//! Writing over a version one did not see (RFC 6638 section 3.2.10.1; design rule 19).

use calendar::{CalendarObject, Limits};

use super::support::{Town, UID, event, intent, told, unfolded, user};
use crate::merge_with_base;

const TALK: &str = "
    ORGANIZER:mailto:ann@example.com
    ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com
    ATTENDEE;RSVP=TRUE:mailto:ben@example.com
    ATTENDEE;RSVP=TRUE:mailto:cho@example.com
    DTSTART:20260301T180000Z
    SUMMARY:Talk";

fn edited(object: &CalendarObject, from: &str, to: &str) -> CalendarObject {
    let text = unfolded(&object.octets());
    assert!(text.contains(from), "{from} in {text}");
    CalendarObject::parse(text.replace(from, to).as_bytes(), &Limits::default()).unwrap()
}

#[test]
fn an_answer_that_came_in_between_is_not_lost() {
    // pitfalls S7, 6c.29
    let mut town = Town::of(&["ann", "ben", "cho", "dov"]);
    town.put("ann", TALK);
    town.news();
    let base = town.copy("ann").clone();
    town.answer("ben", "ACCEPTED");
    town.news();

    // Ann's client has not seen it and writes another title.
    let sent = edited(&base, "SUMMARY:Talk", "SUMMARY:Long talk");
    let merged = merge_with_base(&base, town.copy("ann"), &sent, &user(1, "ann")).unwrap();
    let text = unfolded(&merged.octets());
    assert!(text.contains("SUMMARY:Long talk\n"), "{text}");
    assert!(text.contains("SCHEDULE-STATUS=2.0;PARTSTAT=ACCEPTED:mailto:ben"), "{text}");
    let decision = town.world.put(1, &merged, intent(true)).unwrap().unwrap();
    assert_eq!(told(&decision), ["REQUEST ben, cho"]);
    town.news();
    assert_eq!(town.partstat("ann", "ben"), "ACCEPTED");
}

#[test]
fn a_delegate_who_came_in_between_stays_and_one_taken_off_goes() {
    let base = event(TALK);
    let own = "ATTENDEE;RSVP=TRUE:mailto:ben@example.com";
    let stored = edited(
        &base,
        own,
        "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:dov@example.com\":mailto:ben@example.com\n\
         ATTENDEE;DELEGATED-FROM=\"mailto:ben@example.com\":mailto:dov@example.com",
    );
    let sent = edited(&base, "ATTENDEE;RSVP=TRUE:mailto:cho@example.com\n", "");
    let text = unfolded(&merge_with_base(&base, &stored, &sent, &user(1, "ann")).unwrap().octets());
    assert!(text.contains("DELEGATED-TO=\"mailto:dov@example.com\""), "{text}");
    assert!(text.contains("mailto:dov@example.com\n"), "{text}");
    assert!(!text.contains("cho@"), "{text}");

    // The client took ben off: he does not come back by his answer.
    let sent = edited(&base, &format!("{own}\n"), "");
    let text = unfolded(&merge_with_base(&base, &stored, &sent, &user(1, "ann")).unwrap().octets());
    assert!(!text.contains("ATTENDEE;PARTSTAT=DELEGATED"), "{text}");
}

#[test]
fn what_the_client_changed_is_the_clients_and_the_rest_is_the_servers() {
    let base = event(&format!("{TALK}\nLOCATION:Hall\nPRIORITY:1"));
    let stored =
        edited(&edited(&base, "LOCATION:Hall", "LOCATION:Cellar"), "PRIORITY:1", "PRIORITY:2");
    let sent = edited(
        &edited(&base, "LOCATION:Hall", "LOCATION:Attic"),
        "SUMMARY:Talk",
        "SUMMARY:Long talk",
    );
    let text = unfolded(&merge_with_base(&base, &stored, &sent, &user(1, "ann")).unwrap().octets());
    for line in ["LOCATION:Attic\n", "PRIORITY:2\n", "SUMMARY:Long talk\n"] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn an_attendees_own_answer_is_his_and_the_others_are_the_servers() {
    let mut town = Town::of(&["ann", "ben", "cho"]);
    town.put("ann", TALK);
    town.news();
    let base = town.copy("ben").clone();
    town.answer("cho", "ACCEPTED");
    town.news();
    assert_ne!(base.octets(), town.copy("ben").octets());
    let sent = edited(&base, "PARTSTAT=NEEDS-ACTION:mailto:ben", "PARTSTAT=TENTATIVE:mailto:ben");
    let merged = merge_with_base(&base, town.copy("ben"), &sent, &user(2, "ben")).unwrap();
    let text = unfolded(&merged.octets());
    assert!(text.contains("PARTSTAT=TENTATIVE:mailto:ben"), "{text}");
    assert!(text.contains("PARTSTAT=ACCEPTED:mailto:cho"), "{text}");
    assert_eq!(base.uid().as_str(), UID);
}

#[test]
fn nothing_is_merged_where_nothing_came_in_between() {
    let base = event(TALK);
    let sent = edited(&base, "SUMMARY:Talk", "SUMMARY:Long talk");
    assert!(merge_with_base(&base, &base, &sent, &user(1, "ann")).is_none());
}

#[test]
fn who_asks_again_is_not_given_the_last_answer() {
    // RFC 6638 sections 3.2.8 and 7.2
    let base = event(TALK);
    let stored =
        edited(&base, "ATTENDEE;RSVP=TRUE:mailto:ben", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ben");
    let again = "ATTENDEE;SCHEDULE-FORCE-SEND=REQUEST;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:ben";
    let sent = edited(&base, "ATTENDEE;RSVP=TRUE:mailto:ben", again);
    assert!(merge_with_base(&base, &stored, &sent, &user(1, "ann")).is_none());
}

#[test]
fn what_came_in_between_of_an_instance_fits_what_is_sent() {
    let series = format!("{TALK}\nRRULE:FREQ=DAILY;COUNT=5");
    let base = event(&series);
    let declined = TALK
        .replace("DTSTART:20260301", "RECURRENCE-ID:20260304T180000Z\nDTSTART:20260304")
        .replace("ATTENDEE;RSVP=TRUE:mailto:cho", "ATTENDEE;PARTSTAT=DECLINED:mailto:cho");
    let stored = event(&format!("{series}\n\n{declined}"));
    // The series is cut short before the instance: its answer goes with it.
    let short = edited(&base, "COUNT=5", "COUNT=2");
    assert!(merge_with_base(&base, &stored, &short, &user(1, "ann")).is_none());
    // Ben, who saw no such instance, accepts the series: that holds for the instance too.
    let accepted = edited(&base, "RSVP=TRUE:mailto:ben", "PARTSTAT=ACCEPTED:mailto:ben");
    let merged = merge_with_base(&base, &stored, &accepted, &user(2, "ben")).unwrap();
    let text = unfolded(&merged.octets());
    assert_eq!(text.matches("ATTENDEE;PARTSTAT=ACCEPTED:mailto:ben").count(), 2, "{text}");
    assert_eq!(text.matches("ATTENDEE;PARTSTAT=DECLINED:mailto:cho").count(), 1, "{text}");
}
