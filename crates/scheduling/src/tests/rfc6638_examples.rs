//! The examples of RFC 6638 appendix B, in their order. B.5 is a question to the outbox, told by `http::free_busy`; B.6
//! writes into another user's home, refused by `http::access_matrix`.
//!
//! Where ours differ: SEQUENCE is counted (design rule 7), and what can't be mailed has 5.3 at once.

use calendar::{CalendarAddress, CalendarObject, Limits};

use super::support::unfolded;
use crate::itip::{Decision, Intent};
use crate::simulator::World;
use crate::{LocalUser, UserKind};

const CYRUS: i64 = 1;
const WILFREDO: i64 = 2;
const BERNARD: i64 = 3;
const UID: &str = "9263504FD3AD";

const LUNCH: &str = "BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example Corp.//CalDAV Client//EN
BEGIN:VEVENT
UID:9263504FD3AD
SEQUENCE:0
DTSTAMP:20090602T185254Z
DTSTART:20090602T160000Z
DTEND:20090602T170000Z
TRANSP:OPAQUE
SUMMARY:Lunch
ORGANIZER;CN=\"Cyrus Daboo\":mailto:cyrus@example.com
ATTENDEE;CN=\"Cyrus Daboo\";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED:mailto:cyrus@example.com
ATTENDEE;CN=\"Wilfredo Sanchez Vega\";CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:wilfredo@example.com
ATTENDEE;CN=\"Bernard Desruisseaux\";CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:bernard@example.net
ATTENDEE;CN=\"Mike Douglass\";CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:mike@example.org
END:VEVENT
END:VCALENDAR
";

const REVIEW: &str = "BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example Corp.//CalDAV Client//EN
BEGIN:VTIMEZONE
TZID:America/Montreal
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZNAME:EST
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZNAME:EDT
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:9263504FD3AD
SEQUENCE:0
DTSTAMP:20090602T185254Z
DTSTART;TZID=America/Montreal:20090601T150000
DTEND;TZID=America/Montreal:20090601T160000
RRULE:FREQ=DAILY;INTERVAL=1;COUNT=5
TRANSP:OPAQUE
SUMMARY:Review Internet-Draft
ORGANIZER;CN=\"Cyrus Daboo\":mailto:cyrus@example.com
ATTENDEE;CN=\"Cyrus Daboo\";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED:mailto:cyrus@example.com
ATTENDEE;CN=\"Bernard Desruisseaux\";CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:bernard@example.net
END:VEVENT
END:VCALENDAR
";

/// What bernard's client of B.7 and B.8 has stored of the second instance.
const DECLINED: &str = "BEGIN:VEVENT
UID:9263504FD3AD
SEQUENCE:0
DTSTAMP:20090603T183823Z
RECURRENCE-ID;TZID=America/Montreal:20090602T150000
DTSTART;TZID=America/Montreal:20090602T150000
DTEND;TZID=America/Montreal:20090602T160000
TRANSP:TRANSPARENT
SUMMARY:Review Internet-Draft
ORGANIZER;CN=\"Cyrus Daboo\":mailto:cyrus@example.com
ATTENDEE;CN=\"Cyrus Daboo\";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED:mailto:cyrus@example.com
ATTENDEE;CN=\"Bernard Desruisseaux\";CUTYPE=INDIVIDUAL;PARTSTAT=DECLINED;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:bernard@example.net
END:VEVENT
";

fn world() -> World {
    let mut world = World::new("2009-06-02T18:52:54Z".parse().unwrap());
    for (principal, address) in [
        (CYRUS, "mailto:cyrus@example.com"),
        (WILFREDO, "mailto:wilfredo@example.com"),
        (BERNARD, "mailto:bernard@example.net"),
    ] {
        let addresses = vec![CalendarAddress::parse(address).unwrap()];
        world.add_user(LocalUser { principal, kind: UserKind::User, addresses });
    }
    world
}

fn put(world: &mut World, user: i64, text: &str) -> Decision {
    world.wait(60);
    let object = CalendarObject::parse(text.as_bytes(), &Limits::default()).unwrap();
    world.put(user, &object, Intent::default()).unwrap().unwrap()
}

fn copy(world: &World, user: i64) -> String {
    unfolded(&world.copy(user, UID).unwrap().octets())
}

/// The one message in somebody's inbox, which his client then deletes.
fn message(world: &mut World, user: i64) -> String {
    let [item] = world.inbox(user) else { panic!("{} messages", world.inbox(user).len()) };
    let text = unfolded(&item.message.octets());
    world.clear_inbox(user);
    text
}

fn assert_lines(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.contains(&format!("{line}\n")), "{line} in {text}");
    }
}

#[test]
fn b_1_to_b_4_an_invitation_and_an_answer() {
    let mut world = world();

    // B.1. "Organizer" Inviting Multiple "Attendees"
    put(&mut world, CYRUS, LUNCH);
    assert_lines(
        &copy(&world, CYRUS),
        &[
            "ATTENDEE;CN=\"Cyrus Daboo\";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED:mailto:cyrus@example.com",
            "ATTENDEE;CN=\"Wilfredo Sanchez Vega\";CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE;SCHEDULE-STATUS=1.2:mailto:wilfredo@example.com",
            "ATTENDEE;CN=\"Mike Douglass\";CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;SCHEDULE-STATUS=5.3:mailto:mike@example.org",
        ],
    );
    world.settle();

    // B.2. "Attendee" Receiving an Invitation
    let request = message(&mut world, WILFREDO);
    let invited: Vec<&str> = LUNCH
        .lines()
        .filter(|line| line.starts_with("ATTENDEE") || line.starts_with("ORGANIZER"))
        .collect();
    assert_lines(&request, &invited);
    assert_lines(&request, &["METHOD:REQUEST", "DTSTART:20090602T160000Z", "SUMMARY:Lunch"]);
    assert_lines(&copy(&world, WILFREDO), &invited);
    assert!(!copy(&world, WILFREDO).contains("METHOD"));
    message(&mut world, BERNARD);

    // B.3. "Attendee" Replying to an Invitation
    let alarm = "BEGIN:VALARM\nTRIGGER:-PT15M\nACTION:DISPLAY\nDESCRIPTION:Reminder\nEND:VALARM\n";
    let accepted = copy(&world, WILFREDO)
        .replace(
            "NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:wilfredo",
            "ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:wilfredo",
        )
        .replace("END:VEVENT", &format!("{alarm}END:VEVENT"));
    let tag = world.schedule_tag(WILFREDO, UID);
    put(&mut world, WILFREDO, &accepted);
    assert_ne!(world.schedule_tag(WILFREDO, UID), tag);
    let wilfredos = copy(&world, WILFREDO);
    assert_lines(
        &wilfredos,
        &[
            "ORGANIZER;CN=\"Cyrus Daboo\";SCHEDULE-STATUS=1.2:mailto:cyrus@example.com",
            "ATTENDEE;CN=\"Wilfredo Sanchez Vega\";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:wilfredo@example.com",
        ],
    );
    assert!(wilfredos.contains(alarm), "{wilfredos}");
    world.settle();

    // B.4. "Organizer" Receiving a Reply to an Invitation
    let reply = message(&mut world, CYRUS);
    assert_lines(
        &reply,
        &[
            "METHOD:REPLY",
            "UID:9263504FD3AD",
            "DTSTART:20090602T160000Z",
            "DTEND:20090602T170000Z",
            "ORGANIZER;CN=\"Cyrus Daboo\":mailto:cyrus@example.com",
            "REQUEST-STATUS:2.0;Success",
        ],
    );
    let answers: Vec<&str> = reply.lines().filter(|line| line.starts_with("ATTENDEE")).collect();
    assert!(
        matches!(answers[..], [line] if line.contains("PARTSTAT=ACCEPTED") && line.ends_with(":mailto:wilfredo@example.com")),
        "{reply}"
    );
    assert_lines(
        &copy(&world, CYRUS),
        &[
            "ATTENDEE;CN=\"Wilfredo Sanchez Vega\";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=TRUE;SCHEDULE-STATUS=2.0:mailto:wilfredo@example.com",
        ],
    );
    // "deliver an updated scheduling message to Bernard to share Wilfredo's updated participation status"
    assert_lines(
        &copy(&world, BERNARD),
        &[
            "ATTENDEE;CN=\"Wilfredo Sanchez Vega\";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:wilfredo@example.com",
        ],
    );
}

/// bernard has accepted the series of B.7.
fn accepted() -> World {
    let mut world = world();
    put(&mut world, CYRUS, REVIEW);
    world.settle();
    let accepted = copy(&world, BERNARD).replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED");
    put(&mut world, BERNARD, &accepted);
    world.settle();
    message(&mut world, CYRUS);
    world
}

fn assert_declines(reply: &str, instance: &str) {
    assert_lines(
        reply,
        &[
            "METHOD:REPLY",
            "TZID:America/Montreal",
            &format!("RECURRENCE-ID;TZID=America/Montreal:{instance}T150000"),
            &format!("DTSTART;TZID=America/Montreal:{instance}T150000"),
            &format!("DTEND;TZID=America/Montreal:{instance}T160000"),
            "SUMMARY:Review Internet-Draft",
            "ORGANIZER;CN=\"Cyrus Daboo\":mailto:cyrus@example.com",
            "REQUEST-STATUS:2.0;Success",
        ],
    );
    assert_eq!(reply.matches("BEGIN:VEVENT").count(), 1, "{reply}");
    assert_eq!(reply.matches("ATTENDEE").count(), 1, "{reply}");
    assert!(reply.contains("PARTSTAT=DECLINED") && !reply.contains("RRULE:FREQ=DAILY"), "{reply}");
}

#[test]
fn b_7_and_b_8_an_instance_declined_and_one_removed() {
    // B.7. "Attendee" Declining an Instance of a Recurring Event
    let mut world = accepted();
    let before = copy(&world, BERNARD);
    let declines = before.replace("END:VCALENDAR", &format!("{DECLINED}END:VCALENDAR"));
    put(&mut world, BERNARD, &declines);
    world.settle();
    assert_declines(&message(&mut world, CYRUS), "20090602");

    // B.8. "Attendee" Removing an Instance of a Recurring Event
    let exdate = "EXDATE;TZID=America/Montreal:20090603T150000\n";
    let removes =
        copy(&world, BERNARD).replacen("RRULE:FREQ=DAILY", &format!("{exdate}RRULE:FREQ=DAILY"), 1);
    put(&mut world, BERNARD, &removes);
    assert!(copy(&world, BERNARD).contains(exdate));
    world.settle();
    assert_declines(&message(&mut world, CYRUS), "20090603");

    let cyruss = world.copy(CYRUS, UID).unwrap();
    let answers = cyruss.overrides().map(|part| {
        let bernard = CalendarAddress::parse("mailto:bernard@example.net").unwrap();
        part.attendee(&bernard).unwrap().partstat().to_string()
    });
    assert_eq!(answers.collect::<Vec<_>>(), ["DECLINED", "DECLINED"]);
}
