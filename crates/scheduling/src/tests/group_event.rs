//! The flow that this engine was built for: a group is invited, one answers, the time moves, one
//! sends somebody else, the delegate changes his mind, one is taken off, all is called off.

use super::support::{Town, told};

const ORCHESTRA: &str = "
    ORGANIZER:mailto:ann@example.com
    ATTENDEE;ROLE=CHAIR;PARTSTAT=ACCEPTED;CN=Ann:mailto:ann@example.com
    ATTENDEE;RSVP=TRUE;CN=Ben:mailto:ben@example.com
    ATTENDEE;RSVP=TRUE;CN=Cho:mailto:cho@example.com
    ATTENDEE;RSVP=TRUE;CN=Dov:mailto:dov@example.com
    ATTENDEE;RSVP=FALSE;CUTYPE=ROOM:great_hall@example.com
    ATTENDEE;ROLE=NON-PARTICIPANT;RSVP=FALSE:mailto:eve@example.com
    DTSTART:20260301T180000Z
    DTEND:20260301T2000000Z
    SUMMARY:Rehearsal
    SEQUENCE:0
    STATUS:CONFIRMED";

fn invited() -> Town {
    let mut town = Town::of(&["ann", "ben", "cho", "dov", "eve"]);
    let decision = town.put("ann", ORCHESTRA);
    assert_eq!(told(&decision), ["REQUEST ben, cho, dov"]);
    assert_eq!(decision.messages.len(), 1, "one body for all");
    assert_eq!(town.news(), ["ben REQUEST 1", "cho REQUEST 1", "dov REQUEST 1"]);
    town
}

fn moved() -> Town {
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.news();
    let moved =
        [("T180000Z", "T160000Z"), ("T2000000Z", "T170000Z"), ("Rehearsal", "Short rehearsal")];
    let decision = town.edit("ann", &moved).unwrap();
    assert_eq!(told(&decision), ["REQUEST ben, cho, dov"]);
    assert_eq!(town.news(), ["ben REQUEST 2", "cho REQUEST 2", "dov REQUEST 2"]);
    town
}

fn delegated() -> Town {
    let mut town = moved();
    let own = "ATTENDEE;RSVP=TRUE;CN=Cho;PARTSTAT=NEEDS-ACTION:mailto:cho@example.com";
    let listed = "ATTENDEE;ROLE=NON-PARTICIPANT;RSVP=FALSE:mailto:eve@example.com";
    let decision = town
        .edit(
            "cho",
            &[
                (own, "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:eve@example.com\":mailto:cho@example.com"),
                (listed, "ATTENDEE;RSVP=TRUE;DELEGATED-FROM=\"mailto:cho@example.com\":mailto:eve@example.com"),
            ],
        )
        .unwrap();
    assert_eq!(told(&decision), ["REPLY ann", "REQUEST eve"]);
    assert_eq!(town.news(), ["ann REPLY 2", "eve REQUEST 2"]);
    town
}

#[test]
fn an_invitation_reaches_everybody_who_takes_part() {
    let town = invited();
    let copy = town.text("ben");
    assert!(copy.contains("SEQUENCE:1\n"), "{copy}");
    assert!(copy.contains("DTEND:20260301T2000000Z\n"), "an unusable value is passed on: {copy}");
    assert!(copy.contains("ATTENDEE;RSVP=FALSE;CUTYPE=ROOM:great_hall@example.com\n"), "{copy}");
    assert!(!copy.contains("METHOD") && !copy.contains("SCHEDULE-STATUS"), "{copy}");
    // RFC 6638 section 3.2.9
    assert_eq!(town.param("ann", "ben", "SCHEDULE-STATUS").as_deref(), Some("1.2"));
    assert!(town.text("ann").contains("CUTYPE=ROOM;SCHEDULE-STATUS=3.7:great_hall@example.com\n"));
    assert_eq!(town.param("ann", "eve", "SCHEDULE-STATUS"), None, "nothing was tried for her");
    assert!(town.world.copy(town.id("eve"), super::support::UID).is_none(), "listed, never told");
}

#[test]
fn an_answer_shows_on_the_organizers_line_and_then_with_everybody() {
    let mut town = invited();
    let tag = town.world.schedule_tag(1, super::support::UID);
    let decision = town.answer("ben", "ACCEPTED");
    assert_eq!(told(&decision), ["REPLY ann"]);
    assert_eq!(town.news(), ["ann REPLY 1"]);
    assert_eq!(town.partstat("ann", "ben"), "ACCEPTED");
    assert_eq!(town.param("ann", "ben", "SCHEDULE-STATUS").as_deref(), Some("2.0"));
    assert_eq!(town.param("ann", "ben", "CN").as_deref(), Some("Ben"));
    assert_eq!(town.partstat("dov", "ben"), "ACCEPTED", "refreshed");
    // RFC 6638 section 3.2.10
    assert_eq!(town.world.schedule_tag(1, super::support::UID), tag);
    assert_eq!(town.world.schedule_tag(4, super::support::UID), Some(1));
}

#[test]
fn a_new_time_asks_everybody_again() {
    let town = moved();
    assert_eq!(town.partstat("ann", "ben"), "NEEDS-ACTION");
    assert_eq!(town.partstat("ben", "ben"), "NEEDS-ACTION");
    assert!(town.text("cho").contains("SUMMARY:Short rehearsal\n"));
}

#[test]
fn a_delegate_takes_the_place_of_who_sent_him() {
    let town = delegated();
    assert_eq!(town.partstat("ann", "cho"), "DELEGATED");
    assert_eq!(town.param("ann", "cho", "RSVP"), None, "removed, since the answer has none");
    assert_eq!(town.param("ann", "cho", "CN").as_deref(), Some("Cho"), "kept");
    assert_eq!(town.param("ann", "eve", "ROLE"), None, "her line was replaced as a whole");
    assert_eq!(town.partstat("eve", "eve"), "NEEDS-ACTION");
    assert_eq!(town.partstat("dov", "cho"), "DELEGATED", "refreshed");
}

#[test]
fn a_delegates_answers_go_to_the_organizer_and_to_who_sent_him() {
    let mut town = delegated();
    let decision = town.answer("eve", "ACCEPTED");
    assert_eq!(told(&decision), ["REPLY ann, cho"]);
    assert_eq!(town.news(), ["ann REPLY 2", "cho REPLY 2"]);
    assert_eq!(town.partstat("ann", "eve"), "ACCEPTED");
    assert_eq!(town.partstat("cho", "eve"), "ACCEPTED");
    assert_eq!(town.partstat("ann", "cho"), "DELEGATED");

    let decision = town.answer("eve", "DECLINED");
    assert_eq!(told(&decision), ["REPLY ann, cho"]);
    // RFC 5546 section 4.2.5: the delegator is told, so that he may come himself.
    assert_eq!(town.news(), ["ann REPLY 2", "cho REPLY 2", "cho REQUEST 2"]);
    assert_eq!(town.partstat("cho", "eve"), "DECLINED");
    assert_eq!(town.partstat("cho", "cho"), "DELEGATED");
}

#[test]
fn one_is_taken_off_and_then_all_is_called_off() {
    let mut town = delegated();
    town.answer("eve", "DECLINED");
    town.news();
    let decision = town.take_off("ann", "ben");
    assert_eq!(told(&decision), ["CANCEL ben", "REQUEST cho, dov"]);
    let cancel = &decision.messages[0].itip;
    let lines: Vec<_> = cancel.master().unwrap().attendees().collect();
    assert_eq!(lines.len(), 1, "only those taken off");
    assert_eq!(town.news(), ["ben CANCEL 3", "cho REQUEST 3", "dov REQUEST 3"]);
    assert!(town.text("ben").contains("STATUS:CANCELLED\n"));
    assert!(!town.text("eve").contains("ben@example.com"), "kept up to date though she declined");

    let decision = town.delete("ann");
    assert_eq!(told(&decision), ["CANCEL cho, dov"]);
    assert_eq!(town.news(), ["cho CANCEL 4", "dov CANCEL 4"]);
    assert!(town.text("eve").contains("STATUS:CANCELLED\n"), "without a message");
}

#[test]
fn messages_say_in_a_sentence_what_a_person_wants_to_know() {
    let mut town = invited();
    let said = |decision: &crate::itip::Decision| -> Vec<String> {
        decision.messages.iter().map(|message| message.summary.to_string()).collect()
    };
    assert_eq!(
        said(&town.answer("ben", "ACCEPTED")),
        [
            "ben@example.com answers ACCEPTED to “Rehearsal”, 2026-03-01 18:00 UTC, with Ann, Ben, Cho, Dov, eve@example.com, great_hall@example.com."
        ]
    );
    town.news();
    assert_eq!(
        said(&town.edit("ann", &[("Rehearsal", "Concert"), ("T180000Z", "T190000Z")]).unwrap()),
        [
            "“Concert” has changed, 2026-03-01 19:00 UTC, with Ann, Ben, Cho, Dov, eve@example.com, great_hall@example.com: title from Rehearsal to Concert; start from 2026-03-01 18:00 UTC to 2026-03-01 19:00 UTC."
        ]
    );
    assert_eq!(
        said(&town.delete("ann")),
        [
            "“Concert” is cancelled, 2026-03-01 19:00 UTC, with Ann, Ben, Cho, Dov, eve@example.com, great_hall@example.com."
        ]
    );
}
