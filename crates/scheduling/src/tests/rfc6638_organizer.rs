//! The tables of RFC 6638 section 3.2.1, row by row: what the organizer's server sends to an attendee, by the
//! SCHEDULE-AGENT on his line.

use super::support::{Town, address, event, meeting, told};
use crate::itip::{Decision, Intent};

fn town() -> Town {
    Town::of(&["ann", "ben", "cho", "room1"])
}

/// His line, by what the tables call it.
fn line(agent: &str) -> Option<String> {
    match agent {
        "<Absent>" | "<Removed>" => None,
        "SERVER (default)" => Some(":mailto:ben".to_owned()),
        agent => Some(format!(";SCHEDULE-AGENT={agent}:mailto:ben")),
    }
}

/// What is sent to ben, as the tables call it.
fn method(decision: &Decision) -> String {
    let is_his = |line: &&String| line.contains("ben");
    let methods: Vec<String> = told(decision)
        .iter()
        .filter(is_his)
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect();
    if methods.is_empty() { "--".to_owned() } else { methods.join(" and ") }
}

#[test]
fn section_3_2_1_no_message_to_the_attendee_who_is_the_organizer() {
    for own in [":mailto:ann", ";RSVP=TRUE;SCHEDULE-FORCE-SEND=REQUEST:mailto:ann", ":MAILTO:Ann"] {
        let decision = town().put("ann", &meeting(&[own, ":mailto:ben"]));
        assert_eq!(told(&decision), ["REQUEST ben"], "{own}");
    }
    let alone = "DTSTART:20260301T180000Z\nORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:ann@alias.example.com";
    assert_eq!(told(&town().put("ann", alone)), [""; 0], "by another of her addresses");
}

#[test]
fn section_3_2_1_1_create() {
    for (agent, expected) in
        [("SERVER (default)", "REQUEST"), ("SERVER", "REQUEST"), ("CLIENT", "--"), ("NONE", "--")]
    {
        let mut town = town();
        let decision = town.put("ann", &meeting(&[&line(agent).unwrap()]));
        assert_eq!(method(&decision), expected, "{agent}");
        // "MUST NOT set the SCHEDULE-STATUS property parameter on [those] for which it did not attempt to deliver"
        let status = town.param("ann", "ben", "SCHEDULE-STATUS");
        assert_eq!(status.is_some(), expected != "--", "{agent}");
    }
}

#[test]
fn creating_tells_who_takes_part() {
    // section 7.1: an unknown agent is as NONE; design rule 1
    for (attendee, expected) in [
        (";SCHEDULE-AGENT=X-PIGEON:mailto:ben", &[][..]),
        (";ROLE=NON-PARTICIPANT:mailto:ben", &[]),
        (";ROLE=NON-PARTICIPANT;RSVP=TRUE:mailto:ben", &["REQUEST ben"]),
        (";ROLE=NON-PARTICIPANT;RSVP=FALSE:mailto:room1", &["REQUEST room1"]),
        (":BEN", &["REQUEST ben"]),
        (":mailto:zoe", &["REQUEST zoe"]),
        (":zoe", &[]),
    ] {
        let decision = town().put("ann", &meeting(&[attendee]));
        assert_eq!(told(&decision), expected, "{attendee}");
    }
}

/// Original, modified, and what is sent.
const MODIFY: [(&str, &str, &str); 16] = [
    ("<Absent>", "<Removed>", "--"),
    ("<Absent>", "SERVER (default)", "REQUEST"),
    ("<Absent>", "CLIENT", "--"),
    ("<Absent>", "NONE", "--"),
    ("SERVER (default)", "<Removed>", "CANCEL"),
    ("SERVER (default)", "SERVER (default)", "REQUEST"),
    ("SERVER (default)", "CLIENT", "CANCEL"),
    ("SERVER (default)", "NONE", "CANCEL"),
    ("CLIENT", "<Removed>", "--"),
    ("CLIENT", "SERVER (default)", "REQUEST"),
    ("CLIENT", "CLIENT", "--"),
    ("CLIENT", "NONE", "--"),
    ("NONE", "<Removed>", "--"),
    ("NONE", "SERVER (default)", "REQUEST"),
    ("NONE", "CLIENT", "--"),
    ("NONE", "NONE", "--"),
];

#[test]
fn section_3_2_1_2_modify() {
    let with = |agent: &str| {
        let his = line(agent);
        meeting(&his.iter().map(String::as_str).chain([":mailto:cho"]).collect::<Vec<_>>())
    };
    for (original, modified, expected) in MODIFY {
        let mut town = town();
        town.put("ann", &with(original));
        town.news();
        let decision = town.put("ann", &with(modified).replace("Talk", "Long talk"));
        assert_eq!(method(&decision), expected, "{original} to {modified}");
    }
}

#[test]
fn section_3_2_1_2_modify_on_a_per_instance_basis() {
    // The series is without him; he is, or is not, in one instance.
    let with = |agent: &str, title: &str| {
        let series =
            meeting(&[":mailto:cho"]).replacen("SUMMARY", "RRULE:FREQ=DAILY;COUNT=3\nSUMMARY", 1);
        let his = line(agent);
        let lines: Vec<&str> = his.iter().map(String::as_str).chain([":mailto:cho"]).collect();
        let instance = meeting(&lines)
            .replace("20260301", "20260302")
            .replace("SUMMARY:Talk", &format!("RECURRENCE-ID:20260302T180000Z\nSUMMARY:{title}"));
        format!("{series}\n\n{instance}")
    };
    for (original, modified, expected) in MODIFY {
        let mut town = town();
        town.put("ann", &with(original, "Talk"));
        town.news();
        let decision = town.put("ann", &with(modified, "Long talk"));
        assert_eq!(method(&decision), expected, "{original} to {modified}");
        for message in decision.messages.iter().filter(|sent| {
            sent.recipients.iter().any(|recipient| recipient.address == address("ben"))
        }) {
            assert!(message.itip.master().is_none(), "section 3.2.6: {original} to {modified}");
        }
    }
}

#[test]
fn section_3_2_1_3_remove() {
    for (agent, expected) in
        [("SERVER (default)", "CANCEL"), ("SERVER", "CANCEL"), ("CLIENT", "--"), ("NONE", "--")]
    {
        let mut town = town();
        town.put("ann", &meeting(&[&line(agent).unwrap()]));
        assert_eq!(method(&town.delete("ann")), expected, "{agent}");
    }
}

#[test]
fn section_3_2_7_a_message_is_forced_where_nothing_changed() {
    for (force, expected) in [("", "--"), (";SCHEDULE-FORCE-SEND=REQUEST", "REQUEST")] {
        let mut town = town();
        town.put("ann", &meeting(&[":mailto:ben"]));
        town.news();
        town.answer("ben", "DECLINED");
        town.news();
        let forced = meeting(&[&format!("{force};PARTSTAT=DECLINED:mailto:ben")]);
        let decision = town.world.put(1, &event(&forced), Intent::default()).unwrap().unwrap();
        assert_eq!(method(&decision), expected, "{force}");
    }
}
