//! What an attendee may do with his copy, and what becomes of it (RFC 6638 section 3.2.2).

use super::support::{Town, UID, component, event, told, unfolded};
use crate::Refusal;
use crate::itip::{Decision, Intent, SchedulingRole, Stored};

const TALK: &str = "
    ORGANIZER;CN=Ann:mailto:ann@example.com
    ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com
    ATTENDEE;RSVP=TRUE:mailto:ben@example.com
    ATTENDEE;RSVP=TRUE:mailto:cho@example.com
    DTSTART;TZID=Europe/Berlin:20260301T180000
    DTEND;TZID=Europe/Berlin:20260301T190000
    SUMMARY:Talk
    LOCATION:Hall
    DESCRIPTION:On bees\\, and more";

fn invited() -> Town {
    let mut town = Town::of(&["ann", "ben", "cho", "dov"]);
    town.put("ann", TALK);
    town.news();
    town
}

fn put_back(decision: &Decision) -> Vec<&str> {
    let reasons =
        decision.reasons.iter().filter(|reason| reason.verdict == crate::Verdict::PutBack);
    reasons.map(|reason| reason.text.split(' ').next().unwrap()).collect()
}

#[test]
fn answering_replies_to_the_organizer() {
    // RFC 6638 section 3.2.2.3 and appendix B.3; design rule 10; pitfall S24
    let mut town = invited();
    let edits = [
        (
            "ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:ben",
            "ATTENDEE;RSVP=TRUE;PARTSTAT=ACCEPTED:mailto:ben",
        ),
        (
            "SUMMARY:Talk\n",
            "SUMMARY:Talk\nCOMMENT:With joy\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDESCRIPTION:Go\nEND:VALARM\n",
        ),
    ];
    let decision = town.edit("ben", &edits).unwrap();
    assert_eq!(told(&decision), ["REPLY ann"]);
    assert!(put_back(&decision).is_empty());
    let reply = unfolded(&decision.messages[0].itip.octets());
    for line in [
        "METHOD:REPLY\n",
        "ORGANIZER;CN=Ann:mailto:ann@example.com\n",
        "ATTENDEE;RSVP=TRUE;PARTSTAT=ACCEPTED:mailto:ben@example.com\n",
        "DTSTART;TZID=Europe/Berlin:20260301T180000\n",
        "DTEND;TZID=Europe/Berlin:20260301T190000\n",
        "SUMMARY:Talk\n",
        "COMMENT:With joy\n",
        "SEQUENCE:1\n",
        "DTSTAMP:20260105T080002Z\n",
        "REQUEST-STATUS:2.0;Success\n",
    ] {
        assert!(reply.contains(line), "{line} in {reply}");
    }
    for left in ["cho@", "VALARM", "LOCATION", "DESCRIPTION", "TRANSP"] {
        assert!(!reply.contains(left), "{left} in {reply}");
    }
    // RFC 6638 section 3.2.9, appendix B.3
    assert!(
        town.text("ben").contains("ORGANIZER;CN=Ann;SCHEDULE-STATUS=1.2:mailto:ann@example.com\n")
    );
}

#[test]
fn a_reply_goes_out_only_when_the_answer_changed() {
    // pitfalls S34, 6a.9; RFC 6638 section 7.2
    let mut town = invited();
    assert_eq!(told(&town.answer("ben", "ACCEPTED")), ["REPLY ann"]);
    assert_eq!(told(&town.answer("ben", "ACCEPTED")), [""; 0]);
    let decision =
        town.edit("ben", &[("SUMMARY:Talk\n", "SUMMARY:Talk\nTRANSP:TRANSPARENT\n")]).unwrap();
    assert_eq!(told(&decision), [""; 0]);
    let forced = [("SCHEDULE-STATUS=1.2:mailto:ann", "SCHEDULE-FORCE-SEND=REPLY:mailto:ann")];
    assert_eq!(told(&town.edit("ben", &forced).unwrap()), ["REPLY ann"]);
    assert!(!town.text("ben").contains("SCHEDULE-FORCE-SEND"));
    // A MUST: "changes one or more PARTSTAT values on any component"
    assert_eq!(told(&town.answer("ben", "NEEDS-ACTION")), ["REPLY ann"]);
}

#[test]
fn what_is_an_attendees_own_is_kept_without_a_word() {
    // RFC 6638 section 3.2.2.1; design rule 20; pitfalls S32, Q12, Q18
    for line in [
        "TRANSP:TRANSPARENT",
        "CATEGORIES:Bees",
        "COLOR:yellow",
        "CLASS:PRIVATE",
        "COMMENT:Sit in front",
        "X-MOZ-LASTACK:20260301T175500Z",
        "CREATED:20260101T000000Z",
        "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDESCRIPTION:Go\nEND:VALARM",
    ] {
        let mut town = invited();
        let decision =
            town.edit("ben", &[("SUMMARY:Talk\n", &format!("SUMMARY:Talk\n{line}\n"))]).unwrap();
        assert!(matches!(decision.stored, Stored::Verbatim), "{line}: {:?}", decision.reasons);
        assert!(decision.messages.is_empty(), "{line}");
        assert!(town.text("ben").contains(line), "{line}");

        town.edit("ann", &[("SUMMARY:Talk", "SUMMARY:Long talk")]).unwrap();
        town.news();
        let text = town.text("ben");
        assert!(text.contains(line), "kept when the organizer changes something: {line} in {text}");
        assert!(text.contains("SUMMARY:Long talk\n"), "{text}");
    }
}

#[test]
fn what_is_the_organizers_is_put_back() {
    // design rule 20; pitfalls S32, Q10, 6c.27
    for (from, to, name) in [
        ("SUMMARY:Talk", "SUMMARY:My talk", "SUMMARY"),
        ("LOCATION:Hall", "LOCATION:Cellar", "LOCATION"),
        ("LOCATION:Hall\n", "", "LOCATION"),
        ("SUMMARY:Talk", "SUMMARY:Talk\nSTATUS:TENTATIVE", "STATUS"),
        ("SEQUENCE:1", "SEQUENCE:7", "SEQUENCE"),
        ("DTSTART;TZID=Europe/Berlin:20260301T180000", "DTSTART:20260301T170000Z", "DTSTART"),
        ("DTEND;TZID=Europe/Berlin:20260301T190000", "DURATION:PT1H", "DTEND"),
        ("ORGANIZER;CN=Ann", "ORGANIZER;CN=Anna", "ORGANIZER"),
        ("PARTSTAT=NEEDS-ACTION:mailto:cho", "PARTSTAT=DECLINED:mailto:cho", "ATTENDEE"),
        ("ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:cho@example.com\n", "", "ATTENDEE"),
        ("SUMMARY:Talk", "SUMMARY:Talk\nATTENDEE:mailto:dov@example.com", "ATTENDEE"),
    ] {
        let mut town = invited();
        let before = town.text("ben");
        let decision = town.edit("ben", &[(from, to)]).unwrap();
        assert!(matches!(decision.stored, Stored::Rewritten(_)), "{to}");
        assert!(put_back(&decision).contains(&name), "{to}: {:?}", put_back(&decision));
        let lines =
            |text: &str| text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(lines(&town.text("ben")), lines(&before), "{to}");
    }
}

#[test]
fn spelling_is_not_a_change() {
    for (from, to) in [
        ("DESCRIPTION:On bees\\, and more", "DESCRIPTION:On bees, and more"),
        ("SUMMARY:Talk", "summary:Talk"),
        ("ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:cho@", "ATTENDEE;RSVP=TRUE:MAILTO:Cho@"),
        ("ORGANIZER;CN=Ann:", "ORGANIZER;CN=\"Ann\":"),
    ] {
        let mut town = invited();
        let decision = town.edit("ben", &[(from, to)]).unwrap();
        assert!(matches!(decision.stored, Stored::Verbatim), "{to}: {:?}", decision.reasons);
    }
}

#[test]
fn what_cannot_be_put_back_is_refused_with_a_sentence() {
    // RFC 6638 section 3.2.4.4; design rule 20
    for (from, to, name) in [
        ("ORGANIZER;CN=Ann:mailto:ann@", "ORGANIZER:mailto:cho@", "ORGANIZER"),
        ("ORGANIZER;CN=Ann:mailto:ann@", "ORGANIZER:mailto:ben@", "ORGANIZER"),
        ("ORGANIZER;CN=Ann:mailto:ann@example.com\n", "", "ORGANIZER"),
        ("ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:ben@example.com\n", "", "ATTENDEE"),
        (
            "DTSTART;TZID=Europe/Berlin:20260301T180000",
            "DTSTART;TZID=Europe/Berlin:20260301T170000",
            "DTSTART",
        ),
        ("DTSTART;TZID=Europe/Berlin:20260301T180000", "DTSTART:20260301T180000Z", "DTSTART"),
        ("DTEND;TZID=Europe/Berlin:20260301T190000", "DURATION:PT2H", "DTEND"),
        ("SUMMARY:Talk", "SUMMARY:Talk\nRRULE:FREQ=DAILY", "RRULE"),
    ] {
        let mut town = invited();
        let refusal = town.edit("ben", &[(from, to)]).unwrap_err();
        let Refusal::AllowedAttendeeChange { property, .. } = &refusal else {
            panic!("{refusal:?}")
        };
        assert_eq!(*property, name, "{to}");
        assert!(refusal.to_string().contains(name), "{refusal}");
    }
}

#[test]
fn a_cancelled_copy_may_be_written_in_any_way_and_thrown_away() {
    // design rules 14 and 17; pitfall 6c.27
    let mut town = invited();
    town.delete("ann");
    town.news();
    for edits in [
        &[("SUMMARY:Talk", "SUMMARY:Gone")][..],
        &[("DTSTART;TZID=Europe/Berlin:20260301T18", "DTSTART;TZID=Europe/Berlin:20260301T17")],
        &[("ORGANIZER;CN=Ann:mailto:ann@example.com\n", "")],
        &[(
            "ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:ben",
            "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ben",
        )],
    ] {
        let mut town = invited();
        town.delete("ann");
        town.news();
        let decision = town.edit("ben", edits).unwrap();
        assert!(decision.messages.is_empty(), "{edits:?}");
        assert!(town.text("ben").contains("STATUS:CANCELLED\n"));
    }
    assert!(town.delete("ben").messages.is_empty());
}

#[test]
fn removing_declines_once() {
    // RFC 6638 sections 3.2.2.4 and 8.1; design rule 17
    for (partstat, expected) in [
        ("NEEDS-ACTION", &["REPLY ann"][..]),
        ("ACCEPTED", &["REPLY ann"]),
        ("DECLINED", &[]),
        ("DELEGATED", &[]),
    ] {
        let mut town = invited();
        town.answer("ben", partstat);
        town.news();
        let decision = town.delete("ben");
        assert_eq!(told(&decision), expected, "{partstat}");
        town.news();
        if let Some(message) = decision.messages.first() {
            assert!(unfolded(&message.itip.octets()).contains("PARTSTAT=DECLINED:mailto:ben"));
            assert_eq!(town.partstat("ann", "ben"), "DECLINED");
        }
    }
    let mut town = invited();
    let quietly = Intent { reply: false, ..Intent::default() };
    let decision = town.world.delete(2, UID, quietly).unwrap().unwrap();
    assert!(decision.messages.is_empty(), "Schedule-Reply: F");
}

#[test]
fn an_invitation_that_came_another_way_is_stored_by_who_organizes() {
    // RFC 6638 section 3.2.2.2; design rule 21; pitfalls 6c.30, 6a.9
    let from = |organizer: &str, partstat: &str| {
        format!(
            "ORGANIZER:mailto:{organizer}@example.com\nDTSTART:20260301T180000Z\nSUMMARY:Talk\n\
             ATTENDEE;PARTSTAT={partstat}:mailto:ben@example.com\nATTENDEE:mailto:cho@example.com"
        )
    };
    let mut town = Town::of(&["ann", "ben", "cho", "dov"]);
    let decision = town.put("ben", &from("zoe", "NEEDS-ACTION"));
    assert_eq!(decision.role, SchedulingRole::Attendee);
    assert!(matches!(decision.stored, Stored::Verbatim) && decision.messages.is_empty());

    let mut town = Town::of(&["ann", "ben", "cho", "dov"]);
    let decision = town.put("ben", &from("zoe", "ACCEPTED"));
    assert_eq!(told(&decision), ["REPLY zoe"], "the organizer is elsewhere");
    assert!(town.text("ben").contains("ORGANIZER;SCHEDULE-STATUS=5.3:mailto:zoe"));

    let refusal = town.put_with("cho", &from("ann", "ACCEPTED"), Intent::default()).unwrap_err();
    assert!(
        matches!(refusal, Refusal::AllowedAttendeeChange { .. }),
        "ann has no such event: {refusal:?}"
    );

    let decision = town.put_with("dov", &from("ann", "ACCEPTED"), Intent::default()).unwrap();
    assert_eq!(decision.role, SchedulingRole::Unscheduled, "it does not name him");
    assert!(matches!(decision.stored, Stored::Verbatim));
}

#[test]
fn an_invitation_thrown_away_can_be_taken_up_again() {
    // design rule 21: taken as a change of his invitation
    let mut town = invited();
    let kept = town.text("ben");
    town.delete("ben");
    town.news();
    assert_eq!(town.partstat("ann", "ben"), "DECLINED");
    let again = calendar::CalendarObject::parse(
        kept.replace("PARTSTAT=NEEDS-ACTION:mailto:ben", "PARTSTAT=ACCEPTED:mailto:ben")
            .replace("SUMMARY:Talk", "SUMMARY:My talk")
            .as_bytes(),
        &calendar::Limits::default(),
    )
    .unwrap();
    town.world.wait(1);
    let decision = town.world.put(2, &again, Intent::default()).unwrap().unwrap();
    assert_eq!(told(&decision), ["REPLY ann"]);
    assert_eq!(put_back(&decision), ["SUMMARY"]);
    town.news();
    assert_eq!(town.partstat("ann", "ben"), "ACCEPTED");
}

#[test]
fn a_delegation_needs_no_more_than_the_address() {
    // RFC 5546 section 4.2.5
    let mut town = invited();
    let own = "ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:ben@example.com";
    let sent = "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:dov@example.com\":mailto:ben@example.com";
    let decision = town.edit("ben", &[(own, sent)]).unwrap();
    assert_eq!(told(&decision), ["REPLY ann", "REQUEST dov"]);
    let request = decision
        .messages
        .iter()
        .find(|message| message.itip.method() == calendar::Method::Request)
        .unwrap();
    assert_eq!(request.sender.mail(), Some("ben@example.com"));
    assert_eq!(request.itip.master().unwrap().sequence(), 1, "RFC 5546 section 2.1.4");
    assert_eq!(town.news(), ["ann REPLY 1", "dov REQUEST 1"]);
    assert_eq!(town.partstat("ann", "dov"), "NEEDS-ACTION");
    assert_eq!(
        town.param("ann", "dov", "DELEGATED-FROM").as_deref(),
        Some("mailto:ben@example.com")
    );

    // Section 4.2.5, C: he says whether he wants to hear more.
    for (rsvp, news) in [
        ("", &["ben REQUEST 1", "cho REQUEST 1", "dov REQUEST 1"][..]),
        ("RSVP=TRUE;", &["ben REQUEST 1", "cho REQUEST 1", "dov REQUEST 1"]),
        ("RSVP=FALSE;", &["cho REQUEST 1", "dov REQUEST 1"]),
    ] {
        let mut town = invited();
        let sent = sent
            .replace("ATTENDEE;PARTSTAT=DELEGATED", &format!("ATTENDEE;{rsvp}PARTSTAT=DELEGATED"));
        town.edit("ben", &[(own, &sent)]).unwrap();
        town.news();
        town.edit("ann", &[("SUMMARY:", "SUMMARY:Long ")]).unwrap();
        assert_eq!(town.news(), news, "{rsvp}");
        assert!(town.text("ben").contains("SUMMARY:Long "), "{rsvp}");
    }

    // A delegate who was invited himself is asked anew.
    let mut town = invited();
    town.answer("cho", "ACCEPTED");
    town.news();
    let decision = town.edit("ben", &[(own, &sent.replace("dov", "cho"))]).unwrap();
    assert_eq!(told(&decision), ["REPLY ann", "REQUEST cho"]);
    town.news();
    assert_eq!(town.partstat("ann", "cho"), town.partstat("cho", "cho"));
}

#[test]
fn a_task_ticked_off_tells_the_organizer() {
    // RFC 5546 section 3.4.3; pitfall 6c.33
    let task = "ORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:ben@example.com\nDUE:20260301T180000Z\nSUMMARY:Sweep";
    let mut town = Town::of(&["ann", "ben"]);
    town.world.put(1, &component("VTODO", task), Intent::default()).unwrap().unwrap();
    assert_eq!(town.news(), ["ben REQUEST 1"]);
    for (lines, partstat) in [
        ("STATUS:IN-PROCESS\nPERCENT-COMPLETE:30", "IN-PROCESS"),
        ("STATUS:COMPLETED\nPERCENT-COMPLETE:100\nCOMPLETED:20260228T120000Z", "COMPLETED"),
    ] {
        let mut tree = town.copy("ben").tree().clone();
        for component in tree.components_mut() {
            for line in lines.lines() {
                let (name, value) = line.split_once(':').unwrap();
                component.set_property(calendar::Property::new(name, value));
            }
        }
        town.world.wait(1);
        let object = calendar::CalendarObject::from_tree(tree).unwrap();
        let decision = town.world.put(2, &object, Intent::default()).unwrap().unwrap();
        assert_eq!(told(&decision), ["REPLY ann"], "{partstat}");
        let reply = unfolded(&decision.messages[0].itip.octets());
        assert!(lines.lines().all(|line| reply.contains(line)), "{reply}");
        town.news();
        assert_eq!(town.partstat("ann", "ben"), partstat);
        assert_eq!(town.partstat("ben", "ben"), partstat);
    }
    town.edit("ann", &[("SUMMARY:Sweep", "SUMMARY:Sweep well")]).unwrap();
    town.news();
    assert!(town.text("ben").contains("STATUS:COMPLETED\n"), "{}", town.text("ben"));
    assert!(town.text("ben").contains("PERCENT-COMPLETE:100\n"));
}

#[test]
fn how_far_a_task_is_goes_both_ways() {
    // RFC 5546 sections 4.5.3 to 4.5.6
    let task = "ORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:ben@example.com\nATTENDEE:mailto:cho@example.com\n\
                DUE:20260301T180000Z\nSUMMARY:Sweep\nSTATUS:NEEDS-ACTION";
    let mut town = Town::of(&["ann", "ben", "cho"]);
    town.world.put(1, &component("VTODO", task), Intent::default()).unwrap().unwrap();
    town.news();
    // More of it is done: that alone is an answer.
    for (from, to) in [
        ("SUMMARY:Sweep\n", "SUMMARY:Sweep\nPERCENT-COMPLETE:30\n"),
        ("PERCENT-COMPLETE:30", "PERCENT-COMPLETE:75"),
    ] {
        town.world.wait(1);
        assert_eq!(told(&town.edit("ben", &[(from, to)]).unwrap()), ["REPLY ann"], "{to}");
        assert_eq!(town.news(), ["ann REPLY 1"], "{to}");
        assert_eq!(town.partstat("ann", "ben"), "IN-PROCESS");
    }
    // What the organizer says of the whole is told, and stands where the attendee says nothing of his own.
    for (from, to, sequence) in [
        ("STATUS:NEEDS-ACTION", "STATUS:IN-PROCESS", 2),
        ("SUMMARY:Sweep\n", "SUMMARY:Sweep\nPERCENT-COMPLETE:40\n", 2),
        ("PERCENT-COMPLETE:40", "PERCENT-COMPLETE:60", 2),
    ] {
        town.world.wait(1);
        town.edit("ann", &[(from, to)]).unwrap();
        let expected = ["ben", "cho"].map(|name| format!("{name} REQUEST {sequence}"));
        assert_eq!(town.news(), expected, "{to}");
        assert!(town.text("cho").contains(to), "{}", town.text("cho"));
        assert!(town.text("ben").contains("PERCENT-COMPLETE:75\n"), "{}", town.text("ben"));
    }
    // A client that accepts and ticks off at once: what he did is not undone by the next update.
    let own = "PARTSTAT=NEEDS-ACTION:mailto:cho";
    let accepted = (own, "PARTSTAT=ACCEPTED:mailto:cho");
    town.world.wait(1);
    town.edit("cho", &[accepted, ("STATUS:IN-PROCESS", "STATUS:COMPLETED")]).unwrap();
    town.news();
    assert_eq!(town.partstat("ann", "cho"), "COMPLETED");
    town.world.wait(1);
    town.edit("ann", &[("SUMMARY:Sweep", "SUMMARY:Sweep well")]).unwrap();
    town.news();
    assert!(town.text("cho").contains("STATUS:COMPLETED\n"), "{}", town.text("cho"));
    assert!(town.text("cho").contains("SUMMARY:Sweep well\n"));
}

#[test]
fn an_event_from_elsewhere_is_answered_with_the_address_that_was_invited() {
    // pitfall S2
    let lines = "ORGANIZER:mailto:zoe@elsewhere.example\nDTSTART:20260301T180000Z\n\
                 ATTENDEE;PARTSTAT=ACCEPTED:mailto:ben@alias.example.com";
    let decision = Town::of(&["ann", "ben"]).put("ben", lines);
    assert_eq!(decision.messages[0].sender.mail(), Some("ben@alias.example.com"));
    assert_eq!(event(lines).uid().as_str(), UID);
}
