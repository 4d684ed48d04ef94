//! What an organizer's write makes others be told (RFC 6638 sections 3.2.1 and 3.2.8).

use calendar::{CalendarObject, Limits};

use super::support::{Town, address, event, intent, meeting, meeting_with, told, unfolded};
use crate::Refusal;
use crate::itip::{Decision, Intent, SchedulingRole, Stored};

fn town() -> Town {
    Town::of(&["ann", "ben", "cho", "room1"])
}

fn stored(decision: &Decision) -> String {
    match &decision.stored {
        Stored::Rewritten(object) => unfolded(&object.octets()),
        other => panic!("not rewritten: {other:?}"),
    }
}

#[test]
fn nothing_is_told_when_nothing_changed_in_meaning() {
    // design rule 4; pitfall 6a.6
    for (from, to) in [
        ("SUMMARY:Talk", "CREATED:20260101T000000Z\nSUMMARY:Talk"),
        ("SUMMARY:Talk", "SUMMARY:Talk\nLAST-MODIFIED:20260102T000000Z"),
        ("SUMMARY:Talk", "SUMMARY:Talk\nCOLOR:red"),
        ("SUMMARY:Talk", "SUMMARY:Talk\nX-MOZ-GENERATION:3"),
        ("DTEND:20260301T190000Z", "DURATION:PT1H"),
        ("DTSTART:20260301T180000Z", "DTSTART;VALUE=DATE-TIME:20260301T180000Z"),
        ("SUMMARY:Talk", "SUMMARY:Talk\nTRANSP:TRANSPARENT"),
        ("RSVP=TRUE", "RSVP=FALSE"),
    ] {
        let mut town = town();
        town.put("ann", &meeting(&[";RSVP=TRUE:mailto:ben"]));
        town.news();
        let decision = town.edit("ann", &[(from, to)]).unwrap();
        assert_eq!(told(&decision), [""; 0], "{to}");
    }
}

#[test]
fn a_change_is_told_to_all_and_counted_when_it_matters() {
    // design rules 4 and 7; RFC 5546 section 2.1.4
    for (from, to, sequence) in [
        ("DTSTART:20260301T18", "DTSTART:20260301T17", 2),
        ("SUMMARY:Talk", "STATUS:TENTATIVE\nSUMMARY:Talk", 2),
        ("SUMMARY:Talk", "LOCATION:Hall\nSUMMARY:Talk", 2),
        ("SUMMARY:Talk", "ATTENDEE:mailto:cho@example.com\nSUMMARY:Talk", 2),
        ("SUMMARY:Talk", "SUMMARY:Long talk", 1),
        ("SUMMARY:Talk", "DESCRIPTION:On bees\nSUMMARY:Talk", 1),
        ("SUMMARY:Talk", "ATTACH:https://example.com/bees\nSUMMARY:Talk", 1), // pitfall 6a.7
        ("SUMMARY:Talk", "URL:https://example.com/talk\nSUMMARY:Talk", 1),
    ] {
        let mut town = town();
        town.put("ann", &meeting(&[":mailto:ben"]));
        town.news();
        town.edit("ann", &[(from, to)]).unwrap();
        let news = town.news();
        assert!(news.contains(&format!("ben REQUEST {sequence}")), "{to}: {news:?}");
        assert!(town.text("ann").contains(&format!("SEQUENCE:{sequence}\n")), "{to}");
    }
}

#[test]
fn the_larger_of_the_stored_and_the_sent_number_is_counted_and_none_sinks() {
    // design rule 7; pitfall 6c.28
    for (sent, is_moved, expected) in
        [("0", true, 6), ("4", true, 6), ("8", true, 9), ("0", false, 5), ("8", false, 8)]
    {
        let mut town = town();
        town.put("ann", &format!("{}\nSEQUENCE:4", meeting(&[":mailto:ben"])));
        let start = if is_moved { "DTSTART:20260301T17" } else { "DTSTART:20260301T18" };
        town.edit(
            "ann",
            &[("SEQUENCE:5", &format!("SEQUENCE:{sent}")), ("DTSTART:20260301T18", start)],
        )
        .unwrap();
        assert_eq!(town.copy("ann").master().unwrap().sequence(), expected, "{sent} {is_moved}");
    }
}

#[test]
fn an_organizer_never_sets_anothers_answer() {
    // RFC 6638 section 3.2.1; design rule 3; pitfall 6c.28
    for (partstat, sent, expected) in [
        ("ACCEPTED", "DECLINED", "ACCEPTED"),
        ("ACCEPTED", "NEEDS-ACTION", "ACCEPTED"),
        ("NEEDS-ACTION", "ACCEPTED", "NEEDS-ACTION"),
    ] {
        let mut town = town();
        town.put(
            "ann",
            &meeting(&[";PARTSTAT=ACCEPTED:mailto:ben", ";PARTSTAT=ACCEPTED:mailto:zoe"]),
        );
        assert_eq!(town.partstat("ann", "ben"), "NEEDS-ACTION", "new, and here");
        assert_eq!(town.partstat("ann", "zoe"), "ACCEPTED", "new, and elsewhere: as written");
        town.news();
        if partstat != "NEEDS-ACTION" {
            town.answer("ben", partstat);
            town.news();
        }
        town.put(
            "ann",
            &meeting(&[&format!(";PARTSTAT={sent}:mailto:ben"), ";PARTSTAT=ACCEPTED:mailto:zoe"]),
        );
        assert_eq!(town.partstat("ann", "ben"), expected, "{partstat} {sent}");
    }
}

#[test]
fn one_who_declined_hears_no_more_but_his_copy_is_kept_up_to_date() {
    // design rule 2; pitfall S19
    let mut town = town();
    town.put("ann", &meeting(&[":mailto:ben", ":mailto:cho"]));
    town.news();
    town.answer("ben", "DECLINED");
    town.news();
    assert_eq!(told(&town.edit("ann", &[("Talk", "Long talk")]).unwrap()), ["REQUEST cho"]);
    assert_eq!(town.news(), ["cho REQUEST 1"]);
    assert!(town.text("ben").contains("SUMMARY:Long talk\n"));
    assert_eq!(town.partstat("ben", "ben"), "DECLINED");

    assert_eq!(told(&town.edit("ann", &[("T180000Z", "T170000Z")]).unwrap()), ["REQUEST ben, cho"]);
    assert_eq!(town.news(), ["ben REQUEST 2", "cho REQUEST 2"]);
    assert_eq!(town.partstat("ben", "ben"), "NEEDS-ACTION");

    town.answer("ben", "DECLINED");
    town.news();
    assert_eq!(told(&town.delete("ann")), ["CANCEL cho"]);
    assert_eq!(town.news(), ["cho CANCEL 3"]);
    assert!(town.text("ben").contains("STATUS:CANCELLED\n"));
}

#[test]
fn one_who_declined_and_threw_it_away_does_not_get_it_back_by_an_update() {
    let mut town = town();
    town.put("ann", &meeting(&[":mailto:ben", ":mailto:cho"]));
    town.news();
    assert_eq!(told(&town.delete("ben")), ["REPLY ann"]);
    town.news();
    town.edit("ann", &[("Talk", "Long talk")]).unwrap();
    assert_eq!(town.news(), ["cho REQUEST 1"]);
    assert!(town.world.copy(2, super::support::UID).is_none());
}

#[test]
fn an_organizer_may_ask_again() {
    // design rule 3, RFC 6638 sections 3.2.7 and 7.2
    let declined = "ATTENDEE;RSVP=TRUE;SCHEDULE-STATUS=2.0;PARTSTAT=DECLINED:mailto:ben";
    for (line, matched, expected, partstat) in [
        (
            "ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:ben",
            true,
            &["REQUEST ben"][..],
            "NEEDS-ACTION",
        ),
        ("ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:ben", false, &[], "DECLINED"),
        ("ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ben", true, &[], "DECLINED"),
        ("ATTENDEE;RSVP=TRUE:mailto:ben", true, &[], "DECLINED"),
        (
            "ATTENDEE;PARTSTAT=NEEDS-ACTION;SCHEDULE-FORCE-SEND=REQUEST:mailto:ben",
            true,
            &["REQUEST ben"],
            "NEEDS-ACTION",
        ),
        (
            "ATTENDEE;PARTSTAT=DECLINED;SCHEDULE-FORCE-SEND=REQUEST:mailto:ben",
            false,
            &["REQUEST ben"],
            "DECLINED",
        ),
    ] {
        let mut town = town();
        town.put("ann", &meeting(&[";RSVP=TRUE:mailto:ben"]));
        town.news();
        town.answer("ben", "DECLINED");
        town.news();
        let decision = town.edit_with("ann", &[(declined, line)], intent(matched)).unwrap();
        assert_eq!(told(&decision), expected, "{line} {matched}");
        town.news();
        assert_eq!(town.partstat("ann", "ben"), partstat, "{line} {matched}");
        assert_eq!(town.partstat("ben", "ben"), partstat, "{line} {matched}");
        assert!(!town.text("ann").contains("SCHEDULE-FORCE-SEND"), "RFC 6638 section 7.2");
    }
}

#[test]
fn a_force_send_nobody_knows_is_answered_by_2_3() {
    // RFC 6638 section 7.2
    let decision = town().put("ann", &meeting(&[";SCHEDULE-FORCE-SEND=X-SHOUT:mailto:ben"]));
    assert!(
        stored(&decision)
            .contains("ATTENDEE;SCHEDULE-STATUS=2.3;RSVP=TRUE:mailto:ben@example.com\n")
    );
}

#[test]
fn delivery_is_written_where_it_was_tried() {
    // RFC 6638 section 3.2.9; pitfall 6c.34
    let mut town = town();
    let agents = [
        ":mailto:ben",
        ":mailto:zoe",
        ":yan",
        ";SCHEDULE-AGENT=NONE:mailto:cho",
        ";ROLE=NON-PARTICIPANT:mailto:cho",
    ];
    let decision = town.put("ann", &meeting(&agents[..4]));
    // That nobody tells her, and why, is there to be explained.
    let cho = Some(address("cho"));
    let reason = decision.reasons.iter().find(|reason| reason.attendee == cho).expect("a reason");
    assert_eq!(reason.verdict, crate::Verdict::NotTold);
    assert!(reason.text.contains("SCHEDULE-AGENT=NONE"), "{reason:?}");
    let text = stored(&decision);
    for line in [
        "ATTENDEE;SCHEDULE-STATUS=1.2;RSVP=TRUE:mailto:ben@example.com\n",
        "ATTENDEE;SCHEDULE-STATUS=5.3;RSVP=TRUE:mailto:zoe@example.com\n",
        "ATTENDEE;SCHEDULE-STATUS=3.7;RSVP=TRUE:yan@example.com\n",
        "ATTENDEE;SCHEDULE-AGENT=NONE:mailto:cho@example.com\n",
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
    assert_eq!(town.world.outgoing().len(), 1);
}

#[test]
fn an_organizers_cancelled_status_is_a_cancel() {
    // pitfall 6a.5
    let mut town = town();
    town.put("ann", &meeting(&[":mailto:ben", ":mailto:cho"]));
    town.news();
    let decision = town.edit("ann", &[("SUMMARY:Talk", "SUMMARY:Talk\nSTATUS:CANCELLED")]).unwrap();
    assert_eq!(told(&decision), ["CANCEL ben, cho"]);
    assert_eq!(decision.messages[0].itip.master().unwrap().attendees().count(), 3, "all of them");
    assert_eq!(town.news(), ["ben CANCEL 2", "cho CANCEL 2"]);
    assert_eq!(town.copy("ann").master().unwrap().sequence(), 2);

    assert_eq!(told(&town.answer("ben", "ACCEPTED")), [""; 0], "nobody asks any more");
    assert_eq!(told(&town.edit("ann", &[("Talk", "Long talk")]).unwrap()), [""; 0]);
    assert_eq!(
        told(&town.edit("ann", &[("STATUS:CANCELLED", "STATUS:CONFIRMED")]).unwrap()),
        ["REQUEST ben, cho"]
    );
    assert_eq!(town.news(), ["ben REQUEST 3", "cho REQUEST 3"]);
    assert!(town.text("ben").contains("STATUS:CONFIRMED\n"));
    town.edit("ann", &[("STATUS:CONFIRMED", "STATUS:CANCELLED")]).unwrap();
    town.news();
    // RFC 6638 section 3.2.1.3: whoever has a line hears when it is removed, though he knows that it does not take place.
    assert_eq!(told(&town.delete("ann")), ["CANCEL ben, cho"]);
    assert_eq!(town.news(), ["ben CANCEL 5", "cho CANCEL 5"]);
}

#[test]
fn by_mail_a_cancellation_is_said_once() {
    // RFC 5546 section 3.2.5: a CANCEL is of "an existing event request"; docs/scheduling-rules.md, rule 11
    let mut town = town();
    town.put("ann", &meeting(&[":mailto:ben", ":mailto:zoe"]));
    town.edit("ann", &[("SUMMARY:Talk", "SUMMARY:Talk\nSTATUS:CANCELLED")]).unwrap();
    let mailed: Vec<_> =
        town.world.outgoing().iter().map(|mail| mail.message.method().as_str()).collect();
    assert_eq!(mailed, ["REQUEST", "CANCEL"]);
    let decision = town.delete("ann");
    assert_eq!(told(&decision), ["CANCEL ben"]);
    assert_eq!(town.world.outgoing().len(), 2);
    let why = decision.reasons.iter().find(|why| why.attendee == Some(address("zoe"))).unwrap();
    assert_eq!(why.verdict, crate::Verdict::NotTold);
    // One that takes place is cancelled by mail as well.
    town.put("ann", &meeting(&[":mailto:zoe"]));
    assert_eq!(told(&town.delete("ann")), ["CANCEL zoe"]);
}

#[test]
fn a_plain_event_becomes_a_meeting_and_one_again() {
    // pitfall 6a.15
    let mut town = town();
    let plain = "DTSTART:20260301T180000Z\nSUMMARY:Talk\nSEQUENCE:3";
    let decision = town.put("ann", plain);
    assert_eq!(decision.role, SchedulingRole::Unscheduled);
    assert!(matches!(decision.stored, Stored::Verbatim));
    let decision = town.put("ann", &meeting_with(plain, &[":mailto:ben"]));
    assert_eq!(decision.role, SchedulingRole::Organizer);
    assert_eq!(town.news(), ["ben REQUEST 4"]);
    let decision = town.put("ann", plain);
    assert_eq!(told(&decision), ["CANCEL ben"]);
    assert_eq!(decision.role, SchedulingRole::Unscheduled);
    assert_eq!(town.news(), ["ben CANCEL 5"]);
}

#[test]
fn objects_without_organizer_or_attendee_are_plain() {
    // pitfalls 6a.15 and 6d.39
    for lines in [
        "DTSTART:20260301T180000Z\nATTENDEE:mailto:ben@example.com",
        "DTSTART:20260301T180000Z\nORGANIZER:mailto:ann@example.com",
        "DTSTART:20260301T180000Z\nORGANIZER:\nATTENDEE:",
    ] {
        let decision = town().put("ann", lines);
        assert_eq!(decision.role, SchedulingRole::Unscheduled, "{lines}");
        assert!(matches!(decision.stored, Stored::Verbatim), "{lines}");
        assert!(decision.messages.is_empty(), "{lines}");
    }
}

#[test]
fn what_an_organizer_may_not_do_is_refused_with_a_sentence() {
    // RFC 6638 sections 3.2.4.2 and 3.2.4.3; pitfalls S13, 6a.13
    for (from, to, expected) in [
        (
            "ORGANIZER:mailto:ann@example.com",
            "ORGANIZER:mailto:ben@example.com",
            "ORGANIZER can't be changed",
        ),
        ("ORGANIZER:mailto:ann@example.com\n", "", "ORGANIZER can't be removed"),
    ] {
        let mut town = town();
        town.put("ann", &meeting(&[":mailto:ben"]));
        let refusal = town.edit("ann", &[(from, to)]).unwrap_err();
        assert!(
            matches!(refusal, Refusal::AllowedOrganizerChange { property: "ORGANIZER", .. }),
            "{refusal:?}"
        );
        assert!(refusal.to_string().starts_with(expected), "{refusal}");
    }
    let both = format!(
        "{}\nRRULE:FREQ=DAILY\n\n{}",
        meeting(&[":mailto:ben"]),
        meeting(&[":mailto:ben"]).replace(
            "ORGANIZER:mailto:ann",
            "RECURRENCE-ID:20260302T180000Z\nORGANIZER:mailto:cho",
        )
    );
    let refusal = town().put_with("ann", &both, Intent::default()).unwrap_err();
    assert!(matches!(refusal, Refusal::SameOrganizerInAllComponents { .. }), "{refusal:?}");
}

#[test]
fn imports_tell_nobody_and_keep_every_octet() {
    // design rule 6; pitfall S4
    let silent = Intent { silent: true, ..Intent::default() };
    let decision =
        town().put_with("ann", &meeting(&[";PARTSTAT=ACCEPTED:mailto:ben"]), silent).unwrap();
    assert!(decision.messages.is_empty());
    assert!(matches!(decision.stored, Stored::Verbatim));
    assert_eq!(decision.role, SchedulingRole::Organizer, "it has a Schedule-Tag all the same");
}

#[test]
fn a_request_leaves_at_home_what_is_the_organizers_own() {
    // design rule 9; RFC 6638 sections 7.1 to 7.3; pitfall S20
    let mut town = town();
    let lines = "DTSTART:20260301T180000Z\nSUMMARY:Talk\nTRANSP:OPAQUE\nX-HALL:blue\nREQUEST-STATUS:2.0;Success
        BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDESCRIPTION:Go\nEND:VALARM";
    let attendees = [
        ";SCHEDULE-AGENT=SERVER;RSVP=TRUE:mailto:ben",
        ";RSVP=FALSE:mailto:cho",
        ";SCHEDULE-AGENT=NONE:mailto:zoe",
    ];
    let lines =
        lines.replace("BEGIN:VALARM", &format!("{}\nBEGIN:VALARM", meeting_with("", &attendees)));
    let decision = town.put("ann", &lines);
    let text = unfolded(&decision.messages[0].itip.octets());
    for left in ["TRANSP", "VALARM", "REQUEST-STATUS", "SCHEDULE-AGENT", "SCHEDULE-STATUS"] {
        assert!(!text.contains(left), "{left} in {text}");
    }
    for line in [
        "X-HALL:blue\n",
        "ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:ben@example.com\n",
        "ATTENDEE;RSVP=FALSE:mailto:cho@example.com\n",
        "DTSTAMP:20260105T080001Z\n", // RFC 6638 section 3.2.5
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(stored(&decision).contains("TRANSP:OPAQUE\n"));
    assert!(stored(&decision).contains("DTSTAMP:20260101T000000Z\n"), "only messages are stamped");
}

#[test]
fn a_cancel_says_what_and_for_whom() {
    // RFC 5546 section 3.2.5; design rule 11; pitfall 6a.4
    let mut town = town();
    let lines = "DTSTART:20260301T180000Z\nDURATION:PT1H\nSUMMARY:Talk\nLOCATION:Hall\nDESCRIPTION:Bees\nX-HALL:blue";
    town.put("ann", &meeting_with(lines, &[":mailto:ben", ":mailto:cho"]));
    let decision = town.take_off("ann", "ben");
    let text = unfolded(&decision.messages[0].itip.octets());
    for line in [
        "METHOD:CANCEL",
        "DURATION:PT1H",
        "SUMMARY:Talk",
        "LOCATION:Hall",
        "STATUS:CANCELLED",
        "SEQUENCE:2",
    ] {
        assert!(text.contains(&format!("{line}\n")), "{line} in {text}");
    }
    for left in ["DESCRIPTION", "X-HALL", "SCHEDULE-STATUS", "cho@"] {
        assert!(!text.contains(left), "{left} in {text}");
    }
}

#[test]
fn the_clients_octets_stay_where_the_server_changes_nothing() {
    let lines = meeting(&[":mailto:ben"]).replace("SUMMARY:", "summary;x-a=b:");
    let sent = event(&lines).octets();
    let folded = String::from_utf8(sent).unwrap().replace("x-a=b:Talk\r\n", "x-a=b:Ta\r\n lk\r\n");
    let mut town = town();
    let sent = CalendarObject::parse(folded.as_bytes(), &Limits::default()).unwrap();
    let decision = town.world.put(1, &sent, Intent::default()).unwrap().unwrap();
    let Stored::Rewritten(object) = &decision.stored else { panic!("statuses are written") };
    let octets = String::from_utf8(object.octets()).unwrap();
    assert!(octets.contains("summary;x-a=b:Ta\r\n lk\r\n"), "{octets}");
    let message = String::from_utf8(decision.messages[0].itip.octets()).unwrap();
    assert!(message.contains("summary;x-a=b:Ta\r\n lk\r\n"), "{message}");
}

#[test]
fn an_attendee_known_by_another_address_is_the_same_person() {
    // pitfalls S2, 6d.35, 6d.36, 6a.1
    let mut town = town();
    town.put("ann", &meeting(&[":MAILTO:Ben"]));
    assert_eq!(town.news(), ["ben REQUEST 1"]);
    town.put(
        "ann",
        &meeting(&[":mailto:ben@alias.example.com,"])
            .replace(",@example.com", "")
            .replace("Talk", "Long talk"),
    );
    assert_eq!(town.news().len(), 1, "an update, no CANCEL");
    let twice =
        meeting(&[":mailto:ben", ":mailto:ben@alias.example.com,"]).replace(",@example.com", "");
    let mut fresh = self::town();
    fresh.put("ann", &twice);
    assert_eq!(fresh.news(), ["ben REQUEST 1"], "once, however often he is listed");
    let own = meeting(&[":mailto:ann@alias.example.com,"]).replace(",@example.com", "");
    assert!(
        self::town().put("ann", &own).messages.is_empty(),
        "pitfall S38: nobody invites himself"
    );
}

#[test]
fn fifty_attendees_share_one_body() {
    let names: Vec<String> = (0..51).map(|at| format!("p{at}")).collect();
    let mut town = Town::of(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let attendees: Vec<String> = names[1..].iter().map(|name| format!(":mailto:{name}")).collect();
    let lines =
        meeting(&attendees.iter().map(String::as_str).collect::<Vec<_>>()).replace("ann@", "p0@");
    let decision = town.put("p0", &lines);
    assert_eq!(decision.messages.len(), 1);
    assert_eq!(decision.messages[0].recipients.len(), 50);
    assert_eq!(town.news().len(), 50);
}

#[test]
fn a_status_is_replaced_where_delivery_turned_out_otherwise() {
    // RFC 6638 section 3.2.9
    let mut town = town();
    town.put("ann", &meeting(&[":mailto:ben", ";SCHEDULE-AGENT=NONE:mailto:cho"]));
    let copy: &CalendarObject = town.copy("ann");
    let outcomes = [
        (address("ben"), crate::Delivery::NoPrivilege),
        (address("cho"), crate::Delivery::NoPrivilege),
    ];
    let recorded = unfolded(&crate::status::record(copy, &outcomes).unwrap().octets());
    assert!(
        recorded.contains("ATTENDEE;SCHEDULE-STATUS=3.8;RSVP=TRUE:mailto:ben@example.com\n"),
        "{recorded}"
    );
    assert!(
        recorded.contains("ATTENDEE;SCHEDULE-AGENT=NONE:mailto:cho@example.com\n"),
        "{recorded}"
    );
    assert!(crate::status::record(copy, &[(address("ben"), crate::Delivery::Delivered)]).is_none());
}

#[test]
fn who_has_not_answered_is_asked_to() {
    // pitfalls S19 and Q11: clients offer an answer where RSVP=TRUE says so
    let mut town = town();
    let lines =
        [":mailto:ben", ";RSVP=FALSE:mailto:zoe", ";ROLE=NON-PARTICIPANT;RSVP=FALSE:mailto:cho"];
    town.put("ann", &meeting(&lines));
    for (attendee, expected) in
        [("ben", Some("TRUE")), ("zoe", Some("FALSE")), ("cho", Some("FALSE"))]
    {
        assert_eq!(town.param("ann", attendee, "RSVP").as_deref(), expected, "{attendee}");
    }
    town.news();
    let mut accepted = town.text("ben").replace(";RSVP=TRUE", "");
    accepted = accepted.replace("PARTSTAT=NEEDS-ACTION:mailto:ben", "PARTSTAT=ACCEPTED:mailto:ben");
    let accepted =
        CalendarObject::parse(accepted.as_bytes(), &calendar::Limits::default()).unwrap();
    town.world.put(town.id("ben"), &accepted, Intent::default()).unwrap().unwrap();
    town.world.settle();
    assert_eq!(town.param("ann", "ben", "RSVP"), None, "he answered");
    town.edit("ann", &[("DTEND:20260301T190000Z", "DTEND:20260301T200000Z")]).unwrap();
    assert_eq!(town.param("ann", "ben", "RSVP").as_deref(), Some("TRUE"), "another time");
}

#[test]
fn who_is_listed_twice_stays_once() {
    // pitfall S16
    let mut town = town();
    town.put("ann", &meeting(&[":mailto:ben", ";RSVP=TRUE:MAILTO:ben"]));
    assert_eq!(town.text("ann").matches("ben@example.com").count(), 1);
    assert_eq!(town.news(), ["ben REQUEST 1"]);
}
