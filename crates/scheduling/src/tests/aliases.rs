//! One attendee, listed by several of his addresses (RFC 6638 section 2.4.1): he is asked once, and what he says is on
//! each of his lines.

use super::support::{Town, intent, meeting, told};

fn town() -> Town {
    Town::of(&["ann", "ben", "cho"])
}

/// A town in which ann invited ben by two of his addresses.
fn listed_twice() -> Town {
    let mut town = town();
    let twice =
        meeting(&[":mailto:ben", ":mailto:ben@alias.example.com,"]).replace(",@example.com", "");
    town.put("ann", &twice);
    assert_eq!(town.news(), ["ben REQUEST 1"], "he is asked once");
    town
}

/// What stands on ben's lines.
fn answers_of_ben(town: &Town, copy_of: &str) -> Vec<String> {
    let meeting = town.copy(copy_of).master().unwrap();
    let lines = meeting.attendees().filter(|line| line.address().unwrap().as_str().contains("ben"));
    lines.map(|line| line.partstat().to_string()).collect()
}

#[test]
fn who_is_listed_by_two_of_his_addresses_answers_on_both() {
    // RFC 6638 sections 2.4.1 and 3.2.5: whichever line his client writes
    for line in ["mailto:ben@example.com", "mailto:ben@alias.example.com"] {
        let mut town = listed_twice();
        let text = town.text("ben");
        let own = text.lines().find(|text| text.ends_with(&format!(":{line}"))).unwrap().to_owned();
        let said = own.replace("NEEDS-ACTION", "ACCEPTED");
        let decision = town.edit("ben", &[(&own, &said)]).unwrap();
        assert_eq!(told(&decision), ["REPLY ann"], "{line}");
        town.news();
        for copy in ["ann", "ben"] {
            assert_eq!(answers_of_ben(&town, copy), ["ACCEPTED", "ACCEPTED"], "{line} in {copy}");
        }
        let more = town.edit("ann", &[("SUMMARY:Talk", "SUMMARY:Long talk")]).unwrap();
        assert_eq!(told(&more), ["REQUEST ben"], "{line}: once");
        town.news();
        for copy in ["ann", "ben"] {
            assert_eq!(answers_of_ben(&town, copy), ["ACCEPTED", "ACCEPTED"], "{line} in {copy}");
        }
        let decision = town.delete("ben");
        assert_eq!(told(&decision), ["REPLY ann"], "{line}");
        town.news();
        assert_eq!(answers_of_ben(&town, "ann"), ["DECLINED", "DECLINED"], "{line}");
    }
}

#[test]
fn who_is_listed_by_two_of_his_addresses_is_asked_again_on_both() {
    // design rule 3
    let mut town = listed_twice();
    town.answer("ben", "ACCEPTED");
    town.news();
    let text = town.text("ann");
    let own = text.lines().find(|text| text.ends_with(":mailto:ben@alias.example.com")).unwrap();
    let asked = own.replace("PARTSTAT=ACCEPTED", "PARTSTAT=NEEDS-ACTION;RSVP=TRUE");
    town.edit_with("ann", &[(own, &asked)], intent(true)).unwrap();
    assert_eq!(town.news(), ["ben REQUEST 1"]);
    for copy in ["ann", "ben"] {
        assert_eq!(answers_of_ben(&town, copy), ["NEEDS-ACTION", "NEEDS-ACTION"], "{copy}");
    }
}

#[test]
fn one_line_for_information_does_not_silence_the_other() {
    // design rule 1
    let mut town = town();
    let lines =
        meeting(&[";ROLE=NON-PARTICIPANT;RSVP=FALSE:mailto:ben", ":mailto:ben@alias.example.com,"]);
    let decision = town.put("ann", &lines.replace(",@example.com", ""));
    assert_eq!(told(&decision), ["REQUEST ben"]);
}
