//! The tables and lists of RFC 6638 section 3.2.2, row by row: what an attendee may change, and what his server makes of
//! it, by the SCHEDULE-AGENT on ORGANIZER.

use super::series::{invited as invited_to_series, on, with};
use super::support::{Town, meeting_with, told, unfolded};
use crate::itip::Stored;

/// ben's invitation, by the SCHEDULE-AGENT he sets on ORGANIZER.
fn invited(agent: &str) -> Town {
    let mut town = Town::of(&["ann", "ben", "cho"]);
    let lines = "DTSTART:20260301T180000Z\nDTEND:20260301T190000Z\nSUMMARY:Talk";
    town.put("ann", &meeting_with(lines, &[":mailto:ben", ":mailto:cho"]));
    town.news();
    if !agent.is_empty() {
        let organizer = format!("ORGANIZER;SCHEDULE-AGENT={agent}:");
        town.edit("ben", &[("ORGANIZER:", &organizer)]).unwrap();
    }
    town
}

/// The rows of the three tables: the agent, and whether the server acts.
const AGENTS: [(&str, bool); 5] =
    [("", true), ("SERVER", true), ("CLIENT", false), ("NONE", false), ("X-PIGEON", false)];

#[test]
fn section_3_2_2_1_what_servers_must_allow() {
    const ALARM: &str = "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDESCRIPTION:Go\nEND:VALARM\n";
    let alarmed = format!("{ALARM}END:VEVENT");
    for (number, before, from, to, expected) in [
        (
            1,
            "",
            "PARTSTAT=NEEDS-ACTION:mailto:ben",
            "PARTSTAT=ACCEPTED:mailto:ben",
            &["REPLY ann"][..],
        ),
        (2, "", "SUMMARY:Talk", "TRANSP:TRANSPARENT\nSUMMARY:Talk", &[]),
        (2, "TRANSP:OPAQUE\n", "TRANSP:OPAQUE\n", "TRANSP:TRANSPARENT\n", &[]),
        (2, "TRANSP:OPAQUE\n", "TRANSP:OPAQUE\n", "", &[]),
        (3, "", "SUMMARY:Talk", "PERCENT-COMPLETE:50\nSUMMARY:Talk", &[]),
        (3, "PERCENT-COMPLETE:50\n", "PERCENT-COMPLETE:50\n", "PERCENT-COMPLETE:60\n", &[]),
        (3, "PERCENT-COMPLETE:50\n", "PERCENT-COMPLETE:50\n", "", &[]),
        (4, "", "SUMMARY:Talk", "COMPLETED:20260301T180000Z\nSUMMARY:Talk", &[]),
        (4, "COMPLETED:20260301T180000Z\n", "COMPLETED:20260301T180000Z\n", "", &[]),
        (5, "", "END:VEVENT", &alarmed, &[]),
        (5, ALARM, "TRIGGER:-PT5M", "TRIGGER:-PT9M", &[]),
        (5, ALARM, ALARM, "", &[]),
        (6, "", "VERSION:2.0", "CALSCALE:GREGORIAN\nVERSION:2.0", &[]),
        (7, "", "PRODID:", "PRODID:-//Another//Client//EN\nX-WAS:", &[]),
        (
            9,
            "",
            "SUMMARY:Talk",
            "CREATED:20260101T000000Z\nLAST-MODIFIED:20260102T000000Z\nSUMMARY:Talk",
            &[],
        ),
        (9, "", "DTSTAMP:20260105T080001Z", "DTSTAMP:20260105T080002Z", &[]),
    ] {
        let mut town = invited("");
        if !before.is_empty() {
            let at = if before == ALARM { "END:VEVENT" } else { "SUMMARY:Talk" };
            town.edit("ben", &[(at, &format!("{before}{at}"))]).unwrap();
        }
        let decision = town.edit("ben", &[(from, to)]).unwrap();
        assert_eq!(told(&decision), expected, "{number}. {to}");
        assert!(town.text("ben").contains(to), "{number}. {to} in {}", town.text("ben"));
        assert!(!to.is_empty() || !town.text("ben").contains(from), "{number}. {from} removed");
    }
}

#[test]
fn section_3_2_2_1_what_servers_must_allow_of_a_series() {
    // 8. "add EXDATE iCalendar properties and possibly remove components for overridden recurrence instances"
    let mut town = invited_to_series();
    town.put("ann", &with(&[&on(3, "Special", &["ben", "cho"])]));
    town.news();
    assert_eq!(told(&town.leave_out("ben", 3)), ["REPLY ann"]);
    assert_eq!(told(&town.leave_out("ben", 4)), ["REPLY ann"]);
    assert_eq!(town.copy("ben").overrides().count(), 0);

    // 11. "add new components to represent overridden recurrence instances"
    let mut town = invited_to_series();
    assert_eq!(told(&town.answer_on("ben", 3, "ACCEPTED")), ["REPLY ann"]);
    assert_eq!(town.copy("ben").overrides().count(), 1);
}

#[test]
fn section_3_2_2_1_a_status_on_a_line_that_the_client_schedules_is_the_clients() {
    // 10. SCHEDULE-STATUS "on ATTENDEE properties that have a SCHEDULE-AGENT parameter set to CLIENT"
    let mut town = invited("CLIENT");
    let status = "ATTENDEE;SCHEDULE-AGENT=CLIENT;SCHEDULE-STATUS=1.1;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:cho";
    let was = "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:cho";
    let text = town.text("ben");
    let was = text.lines().find(|line| line.ends_with("cho@example.com")).unwrap_or(was).to_owned();
    town.edit("ben", &[(&was, &format!("{status}@example.com"))]).unwrap();
    assert!(town.text("ben").contains(status), "{}", town.text("ben"));
}

#[test]
fn section_3_2_2_2_create() {
    for (agent, acts) in AGENTS {
        let organizer = match agent {
            "" => "ORGANIZER:".to_owned(),
            agent => format!("ORGANIZER;SCHEDULE-AGENT={agent}:"),
        };
        let mut town = Town::of(&["ann", "ben", "cho"]);
        let decision = town.put(
            "ben",
            &format!(
                "{organizer}mailto:zoe@elsewhere.example\nDTSTART:20260301T180000Z\nSUMMARY:Talk\n\
                 ATTENDEE;PARTSTAT=ACCEPTED:mailto:ben@example.com"
            ),
        );
        let expected: &[&str] = if acts { &["REPLY zoe"] } else { &[] };
        assert_eq!(told(&decision), expected, "{agent}");
        // "SCHEDULE-STATUS [...] added or changed on ORGANIZER"
        assert_eq!(town.text("ben").contains("SCHEDULE-STATUS"), acts, "{agent}");
        assert_eq!(matches!(decision.stored, Stored::Verbatim), !acts, "{agent}");
    }
}

#[test]
fn section_3_2_2_3_modify() {
    for (agent, acts) in AGENTS {
        let mut town = invited(agent);
        let decision = town.answer("ben", "ACCEPTED");
        let expected: &[&str] = if acts { &["REPLY ann"] } else { &[] };
        assert_eq!(told(&decision), expected, "{agent}");
        assert_eq!(town.text("ben").contains("SCHEDULE-STATUS=1.2:mailto:ann"), acts, "{agent}");
        // Where the client does it, the server does no special processing of the resource.
        let decision = town.edit("ben", &[("SUMMARY:Talk", "SUMMARY:My talk")]).unwrap();
        assert_eq!(matches!(decision.stored, Stored::Verbatim), !acts, "{agent}");
    }
}

#[test]
fn section_3_2_2_3_what_makes_a_reply() {
    // "changes one or more PARTSTAT iCalendar property values on any component"
    let mut town = invited_to_series();
    assert_eq!(told(&town.answer("ben", "TENTATIVE")), ["REPLY ann"]);
    // "adds an overridden component with a changed PARTSTAT property"
    assert_eq!(told(&town.answer_on("ben", 3, "ACCEPTED")), ["REPLY ann"]);
    assert_eq!(told(&town.answer_on("ben", 3, "DECLINED")), ["REPLY ann"], "on any component");
    assert_eq!(told(&town.answer_on("ben", 4, "TENTATIVE")), [""; 0], "not a changed one");
    // "adds an EXDATE property value to effectively remove a recurrence instance"
    let decision = town.leave_out("ben", 5);
    assert_eq!(told(&decision), ["REPLY ann"]);
    let reply = unfolded(&decision.messages[0].itip.octets());
    assert!(reply.contains("PARTSTAT=DECLINED:mailto:ben"), "{reply}");
    assert!(reply.contains("RECURRENCE-ID;TZID=Europe/Berlin:20260305T100000"), "{reply}");
}

#[test]
fn section_3_2_2_4_remove() {
    for (agent, acts) in AGENTS {
        let mut town = invited(agent);
        let decision = town.delete("ben");
        let expected: &[&str] = if acts { &["REPLY ann"] } else { &[] };
        assert_eq!(told(&decision), expected, "{agent}");
    }
}
