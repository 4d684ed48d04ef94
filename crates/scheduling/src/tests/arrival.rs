//! What arriving messages make of a copy, in whatever order they come (RFC 5546 section 2.1.5, RFC
//! 6638 section 4).

use calendar::{CalendarAddress, Limits, Message};

use super::support::{Town, UID, address, told, user};
use crate::itip::Notice;
use crate::simulator::Parcel;
use crate::{Answers, Delivery, Refresh, ScheduleTag};

const TALK: &str = "
    ORGANIZER:mailto:ann@example.com
    ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com
    ATTENDEE;RSVP=TRUE:mailto:ben@example.com
    ATTENDEE;RSVP=TRUE:mailto:cho@example.com
    DTSTART:20260301T180000Z
    DTEND:20260301T190000Z
    SUMMARY:Talk";

fn town() -> Town {
    Town::of(&["ann", "ben", "cho", "dov", "eve"])
}

fn invited() -> Town {
    let mut town = town();
    town.put("ann", TALK);
    town.news();
    town
}

fn parse(text: &str) -> Message {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let text =
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}\r\nEND:VCALENDAR\r\n", lines.join("\r\n"));
    Message::parse(text.as_bytes(), &Limits::default())
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

impl Town {
    /// A message from outside the decisions of this world.
    fn arrive(&mut self, from: &CalendarAddress, to: &str, text: &str) -> crate::inbound::Merge {
        let parcel = Parcel::new(from.clone(), self.id(to), address(to), parse(text));
        self.world.hand_over(&parcel).unwrap()
    }
}

fn reply(sequence: u32, dtstamp: &str, attendee: &str) -> String {
    format!(
        "METHOD:REPLY\nBEGIN:VEVENT\nUID:{UID}\nDTSTAMP:{dtstamp}\nSEQUENCE:{sequence}\n\
         ORGANIZER:mailto:ann@example.com\nATTENDEE{attendee}\nEND:VEVENT"
    )
}

#[test]
fn a_message_that_comes_twice_counts_once() {
    // RFC 5546 section 2.1.5
    let mut town = invited();
    town.edit("ann", &[("SUMMARY:Talk", "SUMMARY:Long talk")]).unwrap();
    town.answer("ben", "ACCEPTED");
    town.deliver(&[0, 0, 2, 2]);
    assert_eq!(town.world.inbox(2).len(), 1);
    assert_eq!(town.world.inbox(1).len(), 1);
    assert_eq!(town.partstat("ann", "ben"), "ACCEPTED");
    assert!(town.text("ben").contains("SUMMARY:Long talk\n"));
}

#[test]
fn an_older_request_does_not_undo_a_newer_one() {
    for order in [&[0, 1, 2][..], &[2, 1, 0], &[1, 2, 0, 1], &[2, 2, 1, 1, 0, 0]] {
        let mut town = town();
        let one = TALK.replace("    ATTENDEE;RSVP=TRUE:mailto:cho@example.com\n", "");
        town.put("ann", &one);
        town.put("ann", &one.replace("T180000Z", "T170000Z"));
        town.put("ann", &one.replace("T180000Z", "T170000Z").replace("Talk", "Long talk"));
        town.deliver(order);
        let copy = town.text("ben");
        assert!(
            copy.contains("SUMMARY:Long talk\n") && copy.contains("DTSTART:20260301T170000Z\n"),
            "{order:?}"
        );
        assert!(copy.contains("SEQUENCE:2\n"), "{order:?} {copy}");
    }
}

#[test]
fn a_cancel_that_overtakes_the_invitation_stands() {
    let mut town = town();
    town.put("ann", TALK);
    town.delete("ann");
    // 0 and 1: the REQUESTs, 2 and 3: the CANCELs
    town.deliver(&[2, 0, 1, 3]);
    assert!(town.world.copy(2, UID).is_none(), "never came to life");
    assert!(town.text("cho").contains("STATUS:CANCELLED\n"));
}

#[test]
fn one_who_is_invited_again_gets_it_back() {
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.news();
    town.take_off("ann", "ben");
    assert_eq!(town.news(), ["ben CANCEL 2", "cho REQUEST 2"]);
    town.edit(
        "ann",
        &[("SUMMARY:Talk\n", "SUMMARY:Talk\nATTENDEE;RSVP=TRUE:mailto:ben@example.com\n")],
    )
    .unwrap();
    assert_eq!(town.news(), ["ben REQUEST 3", "cho REQUEST 3"]);
    assert!(!town.text("ben").contains("CANCELLED"));
    assert_eq!(town.partstat("ben", "ben"), "NEEDS-ACTION");
    assert_eq!(town.partstat("ann", "ben"), "NEEDS-ACTION");
}

#[test]
fn answers_of_different_people_may_come_in_any_order() {
    for order in [[0, 1], [1, 0]] {
        let mut town = invited();
        town.answer("ben", "ACCEPTED");
        town.answer("cho", "TENTATIVE");
        town.deliver(&order);
        assert_eq!(town.partstat("ann", "ben"), "ACCEPTED");
        assert_eq!(town.partstat("ann", "cho"), "TENTATIVE");
    }
}

#[test]
fn of_two_answers_of_one_person_the_later_stands() {
    for order in [[0, 1], [1, 0]] {
        let mut town = invited();
        town.answer("ben", "ACCEPTED");
        town.answer("ben", "DECLINED");
        town.deliver(&order);
        assert_eq!(town.partstat("ann", "ben"), "DECLINED", "{order:?}");
    }
}

#[test]
fn an_answer_to_an_older_revision_counts_unless_the_time_changed() {
    // design rule 13
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.edit("ann", &[("SUMMARY:Talk", "LOCATION:Hall\nSUMMARY:Talk")]).unwrap();
    town.news();
    assert_eq!(town.partstat("ann", "ben"), "ACCEPTED", "another place");
    assert_eq!(town.partstat("ben", "ben"), "ACCEPTED", "his answer was under way");

    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.edit("ann", &[("T180000Z", "T170000Z")]).unwrap();
    town.world.settle();
    assert_eq!(town.partstat("ann", "ben"), "NEEDS-ACTION", "another time");
    assert_eq!(town.partstat("ben", "ben"), "NEEDS-ACTION");
    assert_eq!(town.world.inbox(1).len(), 1, "she can read it");
}

#[test]
fn an_update_made_before_an_answer_arrived_does_not_undo_it() {
    let mut town = invited();
    town.edit("ann", &[("SUMMARY:Talk", "SUMMARY:Long talk")]).unwrap();
    town.answer("ben", "ACCEPTED");
    town.news();
    assert_eq!(town.partstat("ben", "ben"), "ACCEPTED");
    assert_eq!(town.partstat("ann", "ben"), "ACCEPTED");
    assert!(town.text("ben").contains("SUMMARY:Long talk\n"));
}

#[test]
fn a_stranger_changes_nothing_but_is_heard_in_his_own_name() {
    // design rule 13; pitfall S17
    let mut town = invited();
    let before = town.text("ann");
    let eve = address("eve");
    let merge = town.arrive(
        &eve,
        "ann",
        &reply(1, "20260105T090000Z", ";PARTSTAT=ACCEPTED:mailto:eve@example.com"),
    );
    assert!(merge.stored.is_none() && merge.inbox);
    let posing = reply(1, "20260105T090000Z", ";PARTSTAT=DECLINED:mailto:ben@example.com");
    assert!(town.arrive(&eve, "ann", &posing).stored.is_none(), "eve is not ben");
    assert_eq!(town.text("ann"), before);
    assert_eq!(town.world.inbox(1).len(), 1, "nobody shows her an answer of ben's that is none");
}

#[test]
fn a_delegates_answer_may_overtake_the_delegation() {
    // RFC 5546 section 4.2.5; design rule 13
    for order in [&[0, 1, 2, 3][..], &[1, 2, 0, 3]] {
        let mut town = invited();
        let own = "ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:ben@example.com";
        let sent = "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:dov@example.com\":mailto:ben@example.com";
        town.edit("ben", &[(own, sent)]).unwrap();
        let request = town.world.under_way()[1].clone();
        town.world.hand_over(&request);
        town.answer("dov", "ACCEPTED");
        assert_eq!(town.world.under_way().len(), 4);
        town.deliver(order);
        assert_eq!(town.partstat("ann", "dov"), "ACCEPTED", "{order:?}");
        assert_eq!(town.partstat("ann", "ben"), "DELEGATED", "{order:?}");
        assert_eq!(town.partstat("ben", "dov"), "ACCEPTED", "{order:?}");
    }
}

#[test]
fn only_the_organizer_speaks_for_the_organizer() {
    // RFC 6638 section 11.2; pitfalls S13, S18
    let request = |organizer: &str| {
        format!(
            "METHOD:REQUEST\nBEGIN:VEVENT\nUID:{UID}\nDTSTAMP:20260201T000000Z\nSEQUENCE:9\nSUMMARY:Taken over\n\
             ORGANIZER{organizer}\nATTENDEE:mailto:ben@example.com\nDTSTART:20260301T180000Z\nEND:VEVENT"
        )
    };
    for (from, organizer) in [
        ("eve", ":mailto:ann@example.com"), // in her name
        ("eve", ":mailto:eve@example.com"), // in her place
        ("ann", ":mailto:ben@example.com"), // he would be his own organizer
    ] {
        let mut town = invited();
        let merge = town.arrive(&address(from), "ben", &request(organizer));
        assert!(merge.stored.is_none() && !merge.inbox, "{from} {organizer}");
        assert_eq!(merge.delivery, Delivery::NoPrivilege);
        let cancel = request(organizer).replace("REQUEST", "CANCEL");
        assert!(town.arrive(&address(from), "ben", &cancel).stored.is_none(), "{from} {organizer}");
    }
    let mut town = invited();
    let merge = town.arrive(
        &address("eve"),
        "ben",
        &request(";SENT-BY=\"mailto:eve@example.com\":mailto:ann@example.com"),
    );
    assert!(merge.stored.is_some(), "RFC 5546 section 3.2.2.5");
    let merge = town.arrive(&address("cho"), "ann", &request(":mailto:cho@example.com"));
    assert!(merge.stored.is_none(), "an organizer's object is not an invitation");
}

#[test]
fn participation_alone_leaves_the_schedule_tag() {
    // RFC 6638 section 3.2.10
    let mut town = invited();
    let request = |lines: &str| {
        format!(
            "METHOD:REQUEST\nBEGIN:VEVENT\nUID:{UID}\nDTSTAMP:20260201T000000Z\nSEQUENCE:1\nSUMMARY:Talk\n\
             ORGANIZER:mailto:ann@example.com\nDTSTART:20260301T180000Z\nDTEND:20260301T190000Z\n{lines}\nEND:VEVENT"
        )
    };
    let lines = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com\nATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:ben@example.com";
    let same = format!("{lines}\nATTENDEE;RSVP=TRUE;PARTSTAT=TENTATIVE:mailto:cho@example.com");
    let ann = address("ann");
    assert_eq!(town.arrive(&ann, "ben", &request(&same)).schedule_tag, ScheduleTag::Keep);
    assert_eq!(town.partstat("ben", "cho"), "TENTATIVE");
    let more = request(&format!("{same}\nLOCATION:Hall")).replace("T000000Z", "T000001Z");
    assert_eq!(town.arrive(&ann, "ben", &more).schedule_tag, ScheduleTag::Change);
}

#[test]
fn an_update_keeps_the_recipients_own_things() {
    // design rule 12; pitfalls S20, 6c.32
    let mut town = invited();
    let own = "TRANSP:TRANSPARENT\nCATEGORIES:Bees\nX-MINE:1\nCOMMENT:Nice\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDESCRIPTION:Go\nEND:VALARM\n";
    town.edit("ben", &[("SUMMARY:Talk\n", &format!("SUMMARY:Talk\n{own}"))]).unwrap();
    town.edit(
        "ann",
        &[(
            "SUMMARY:Talk",
            "SUMMARY:Long talk\nCATEGORIES:Work\nTRANSP:OPAQUE\nX-HERS:2\nX-MINE:2",
        )],
    )
    .unwrap();
    town.news();
    let copy = town.text("ben");
    for line in own.lines().chain(["X-HERS:2", "SUMMARY:Long talk"]) {
        assert!(copy.contains(&format!("{line}\n")), "{line} in {copy}");
    }
    for line in ["CATEGORIES:Work", "TRANSP:OPAQUE", "X-MINE:2"] {
        assert!(!copy.contains(line), "{line} in {copy}");
    }
}

#[test]
fn a_plain_object_with_the_same_uid_is_taken_over() {
    // design rule 21; pitfall 6f.51
    let mut town = town();
    town.put("ben", "DTSTART:20260301T180000Z\nSUMMARY:Saved from a mail\nX-MINE:1");
    town.put("ann", TALK);
    assert_eq!(town.news(), ["ben REQUEST 1", "cho REQUEST 1"]);
    let copy = town.text("ben");
    assert!(copy.contains("SUMMARY:Talk\n") && copy.contains("X-MINE:1\n"), "{copy}");
}

#[test]
fn a_first_copy_has_no_transparency_and_no_alarms() {
    // design rule 12; pitfalls S20, 6j.71
    let mut town = town();
    let text = format!(
        "METHOD:REQUEST\nBEGIN:VEVENT\nUID:{UID}\nDTSTAMP:20260201T000000Z\nSUMMARY:Talk\nTRANSP:OPAQUE\nCOLOR:red\n\
         ORGANIZER;SCHEDULE-AGENT=SERVER:mailto:zoe@elsewhere.example\nATTENDEE;SCHEDULE-STATUS=1.2:mailto:ben@example.com\n\
         DTSTART:20260301T180000Z\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDESCRIPTION:Go\nEND:VALARM\nEND:VEVENT"
    );
    let zoe = CalendarAddress::parse("mailto:zoe@elsewhere.example").unwrap();
    let merge = town.arrive(&zoe, "ben", &text);
    assert!(merge.inbox && merge.schedule_tag == ScheduleTag::Change);
    let copy = town.text("ben");
    for left in ["TRANSP", "VALARM", "COLOR", "SCHEDULE-", "METHOD"] {
        assert!(!copy.contains(left), "{left} in {copy}");
    }
    let not_his = text.replace("ben@", "dov@");
    let merge = town.arrive(&zoe, "cho", &not_his);
    assert!(merge.stored.is_none(), "it does not name her");
}

#[test]
fn the_status_of_a_reply_is_written_down() {
    // RFC 6638 section 4.2
    let mut town = invited();
    let ben = address("ben");
    let text = reply(1, "20260105T090000Z", ";PARTSTAT=ACCEPTED:mailto:ben@example.com");
    town.arrive(&ben, "ann", &text);
    assert_eq!(town.param("ann", "ben", "SCHEDULE-STATUS").as_deref(), Some("2.0"));
    let coded = text
        .replace("090000Z", "100000Z")
        .replace("END:VEVENT", "REQUEST-STATUS:2.8;Success, repeating ignored\nREQUEST-STATUS:2.4;Unknown property\nEND:VEVENT");
    town.arrive(&ben, "ann", &coded);
    assert!(town.text("ann").contains("SCHEDULE-STATUS=\"2.8,2.4\""), "{}", town.text("ann"));
}

#[test]
fn answers_to_what_is_cancelled_or_unknown_are_ignored() {
    // RFC 6638 section 4.2; pitfall 6a.5
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.edit("ann", &[("SUMMARY:Talk", "SUMMARY:Talk\nSTATUS:CANCELLED")]).unwrap();
    town.deliver(&[0]);
    assert_eq!(town.partstat("ann", "ben"), "NEEDS-ACTION");
    let mut town = self::town();
    let text = reply(1, "20260105T090000Z", ";PARTSTAT=ACCEPTED:mailto:ben@example.com");
    let merge = town.arrive(&address("ben"), "ann", &text);
    assert!(merge.stored.is_none() && !merge.inbox);
}

#[test]
fn the_others_are_refreshed_and_the_one_who_answered_is_not() {
    // design rule 15; pitfalls S6, 6a.8
    let mut town = invited();
    let decision = town.answer("ben", "ACCEPTED");
    assert_eq!(told(&decision), ["REPLY ann"]);
    town.news();
    assert_eq!(town.partstat("cho", "ben"), "ACCEPTED");
    assert_eq!(town.world.schedule_tag(3, UID), Some(1));
    assert_eq!(town.world.inbox(3).len(), 0);
    let nothing = Answers::default();
    let refresh = Refresh {
        meeting: town.copy("ann"),
        heard: &nothing,
        copy: town.copy("cho"),
        said: &nothing,
        recipient: &user(3, "cho"),
    };
    assert!(refresh.apply().is_none(), "twice equals once");
}

#[test]
fn a_refresh_leaves_an_answer_that_is_on_its_way() {
    // RFC 6638 section 4.2: what he has not decided any more is an answer as well; design rule 15
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.news();
    town.answer("ben", "NEEDS-ACTION");
    town.answer("cho", "TENTATIVE");
    town.world.deliver(1).unwrap();
    town.world.refresh_copies();
    assert_eq!(town.partstat("ben", "cho"), "TENTATIVE");
    assert_eq!(town.partstat("ben", "ben"), "NEEDS-ACTION", "the organizer has not heard it");
    town.news();
    assert_eq!(town.partstat("ann", "ben"), "NEEDS-ACTION");
    assert_eq!(town.partstat("cho", "ben"), "NEEDS-ACTION");
}

#[test]
fn a_quiet_request_that_brings_a_copy_lies_in_the_inbox() {
    // RFC 6638 section 4.1, RFC 5546 section 2.1.5; design rule 2
    for (partstat, comes) in [("NEEDS-ACTION", true), ("DECLINED", false)] {
        let mut town = town();
        let text = format!(
            "METHOD:REQUEST\nBEGIN:VEVENT\nUID:{UID}\nDTSTAMP:20260201T000000Z\nSEQUENCE:2\nSUMMARY:Talk\n\
             ORGANIZER:mailto:ann@example.com\nATTENDEE;PARTSTAT={partstat}:mailto:ben@example.com\n\
             DTSTART:20260301T180000Z\nEND:VEVENT"
        );
        let mut quiet = Parcel::new(address("ann"), town.id("ben"), address("ben"), parse(&text));
        quiet.notice = Notice::Quiet;
        let merge = town.world.hand_over(&quiet).unwrap();
        assert_eq!((merge.stored.is_some(), merge.inbox), (comes, comes), "{partstat}");
        // What it has overtaken says nothing new.
        let older = text.replace("20260201", "20260131").replace("SEQUENCE:2", "SEQUENCE:1");
        let merge = town.arrive(&address("ann"), "ben", &older);
        assert!(merge.stored.is_none() && !merge.inbox, "{partstat}");
    }
}

#[test]
fn an_unreadable_copy_does_not_stop_the_rest() {
    // design invariant 2; pitfalls 6e.47, 6k.77
    let merge = crate::inbound::unusable_copy(&address("ben"), "line 3: no colon");
    assert_eq!(merge.delivery, Delivery::Failed);
    assert!(merge.stored.is_none() && merge.inbox);
}
