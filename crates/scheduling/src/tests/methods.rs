//! What each method of RFC 5546 makes of the recipient's copy and inbox, and what it makes necessary.

use calendar::{CalendarObject, Limits, Message, Method};

use super::support::{Town, UID, address, component, meeting, unfolded};
use crate::Answers;
use crate::inbound::Merge;
use crate::itip::{Intent, Proposal, decline_counter};
use crate::simulator::Parcel;

const TALK: &str = "
    ORGANIZER:mailto:ann@example.com
    ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com
    ATTENDEE;RSVP=TRUE:mailto:ben@example.com
    ATTENDEE;RSVP=TRUE:mailto:cho@example.com
    DTSTART:20260302T090000Z
    DTEND:20260302T100000Z
    RRULE:FREQ=WEEKLY;COUNT=3
    SUMMARY:Talk";

fn invited() -> Town {
    let mut town = Town::of(&["ann", "ben", "cho", "dov"]);
    town.put("ann", TALK);
    town.news();
    town
}

fn message(method: &str, kind: &str, lines: &str) -> Message {
    let mut text =
        format!("BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:{method}\nBEGIN:{kind}\n{lines}\n");
    for (name, value) in [("UID:", UID), ("DTSTAMP:", "20260101T000000Z")] {
        if !lines.contains(name) {
            text.push_str(&format!("{name}{value}\n"));
        }
    }
    text.push_str(&format!("END:{kind}\nEND:VCALENDAR\n"));
    Message::parse(text.as_bytes(), &Limits::default())
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

impl Town {
    fn receive(&mut self, from: &str, to: &str, message: &Message) -> Merge {
        let parcel = Parcel::new(address(from), self.id(to), address(to), message.clone());
        self.world.wait(1);
        self.world.hand_over(&parcel).unwrap()
    }
}

/// What is expected of a message: who sends it to whom, and what comes of it.
struct Row {
    section: &'static str,
    method: &'static str,
    kind: &'static str,
    from: &'static str,
    to: &'static str,
    lines: &'static str,
    /// Lines that the copy has afterwards; none: it stays as it was.
    shows: &'static [&'static str],
    is_kept: bool,
    /// What is sent because of it.
    sends: &'static [&'static str],
}

const ROWS: [Row; 19] = [
    Row {
        section: "3.2.1 PUBLISH of an event that is not his",
        method: "PUBLISH",
        kind: "VEVENT",
        from: "ann",
        to: "dov",
        lines: "UID:other\nORGANIZER:mailto:ann@example.com\nDTSTART:20260302T090000Z\nSUMMARY:Fair",
        shows: &[],
        is_kept: true,
        sends: &[],
    },
    Row {
        section: "3.2.1 PUBLISH does not take the place of a REQUEST",
        method: "PUBLISH",
        kind: "VEVENT",
        from: "ann",
        to: "ben",
        lines: "SEQUENCE:9\nORGANIZER:mailto:ann@example.com\nDTSTART:20260302T090000Z\nSUMMARY:Fair",
        shows: &[],
        is_kept: true,
        sends: &[],
    },
    Row {
        section: "3.2.2 REQUEST: an update",
        method: "REQUEST",
        kind: "VEVENT",
        from: "ann",
        to: "ben",
        lines: "SEQUENCE:2\nDTSTAMP:20270101T000000Z\nORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:ben@example.com\nDTSTART:20260302T090000Z\nSUMMARY:Lecture",
        shows: &["SUMMARY:Lecture", "SEQUENCE:2"],
        is_kept: true,
        sends: &[],
    },
    Row {
        section: "3.2.3 REPLY",
        method: "REPLY",
        kind: "VEVENT",
        from: "ben",
        to: "ann",
        lines: "SEQUENCE:1\nDTSTAMP:20270101T000000Z\nORGANIZER:mailto:ann@example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ben@example.com",
        shows: &["SCHEDULE-STATUS=2.0;PARTSTAT=ACCEPTED:mailto:ben@example.com"],
        is_kept: true,
        sends: &[],
    },
    Row {
        section: "4.4.10 REPLY with an error is no answer",
        method: "REPLY",
        kind: "VEVENT",
        from: "ben",
        to: "ann",
        lines: "SEQUENCE:1\nDTSTAMP:20270101T000000Z\nORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:ben@example.com\nREQUEST-STATUS:3.0;Invalid Property Name;FOO",
        shows: &["ATTENDEE;RSVP=TRUE;SCHEDULE-STATUS=3.0:mailto:ben@example.com"],
        is_kept: true,
        sends: &[],
    },
    Row {
        section: "3.2.3 REPLY of somebody who is not invited",
        method: "REPLY",
        kind: "VEVENT",
        from: "dov",
        to: "ann",
        lines: "SEQUENCE:1\nORGANIZER:mailto:ann@example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:dov@example.com",
        shows: &[],
        is_kept: true,
        sends: &[],
    },
    Row {
        section: "3.2.4 ADD: one more date",
        method: "ADD",
        kind: "VEVENT",
        from: "ann",
        to: "ben",
        lines: "SEQUENCE:2\nDTSTAMP:20270101T000000Z\nORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:ben@example.com\nDTSTART:20260304T090000Z\nDTEND:20260304T100000Z\nSUMMARY:Extra",
        shows: &[
            "RDATE:20260304T090000Z",
            "RECURRENCE-ID:20260304T090000Z",
            "SUMMARY:Extra",
            "SUMMARY:Talk",
        ],
        is_kept: true,
        sends: &[],
    },
    Row {
        section: "3.2.4 ADD to what he does not have: he asks for all of it",
        method: "ADD",
        kind: "VEVENT",
        from: "ann",
        to: "dov",
        lines: "SEQUENCE:2\nDTSTAMP:20270101T000000Z\nORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:dov@example.com\nDTSTART:20260304T090000Z\nSUMMARY:Extra",
        shows: &[],
        is_kept: true,
        sends: &["REFRESH to ann"],
    },
    Row {
        section: "3.2.5 CANCEL",
        method: "CANCEL",
        kind: "VEVENT",
        from: "ann",
        to: "ben",
        lines: "SEQUENCE:2\nDTSTAMP:20270101T000000Z\nORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:ben@example.com",
        shows: &["STATUS:CANCELLED"],
        is_kept: true,
        sends: &[],
    },
    Row {
        section: "3.2.6 REFRESH is answered with a REQUEST to its sender alone",
        method: "REFRESH",
        kind: "VEVENT",
        from: "ben",
        to: "ann",
        lines: "ORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:ben@example.com",
        shows: &[],
        is_kept: false,
        sends: &["REQUEST to ben"],
    },
    Row {
        section: "3.2.6 REFRESH of somebody who is not invited",
        method: "REFRESH",
        kind: "VEVENT",
        from: "dov",
        to: "ann",
        lines: "ORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:dov@example.com",
        shows: &[],
        is_kept: false,
        sends: &[],
    },
    Row {
        section: "3.2.7 COUNTER is for the organizer to read",
        method: "COUNTER",
        kind: "VEVENT",
        from: "ben",
        to: "ann",
        lines: "SEQUENCE:1\nORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:ben@example.com\nDTSTART:20260302T140000Z\nSUMMARY:Talk",
        shows: &[],
        is_kept: true,
        sends: &[],
    },
    Row {
        section: "3.2.8 DECLINECOUNTER: all stays as it is",
        method: "DECLINECOUNTER",
        kind: "VEVENT",
        from: "ann",
        to: "ben",
        lines: "SEQUENCE:1\nORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:ben@example.com\nDTSTART:20260302T140000Z",
        shows: &[],
        is_kept: true,
        sends: &[],
    },
    Row {
        section: "3.2.8 DECLINECOUNTER of somebody else than the organizer",
        method: "DECLINECOUNTER",
        kind: "VEVENT",
        from: "cho",
        to: "ben",
        lines: "SEQUENCE:1\nORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:ben@example.com\nDTSTART:20260302T140000Z",
        shows: &[],
        is_kept: false,
        sends: &[],
    },
    Row {
        section: "3.3.1 PUBLISH of free-busy time",
        method: "PUBLISH",
        kind: "VFREEBUSY",
        from: "ben",
        to: "ann",
        lines: "ORGANIZER:mailto:ben@example.com\nDTSTART:20260302T000000Z\nDTEND:20260303T000000Z\nFREEBUSY:20260302T090000Z/PT1H",
        shows: &[],
        is_kept: true,
        sends: &[],
    },
    Row {
        section: "3.3.2 REQUEST of free-busy time by a message is not answered",
        method: "REQUEST",
        kind: "VFREEBUSY",
        from: "ben",
        to: "ann",
        lines: "ORGANIZER:mailto:ben@example.com\nATTENDEE:mailto:ann@example.com\nDTSTART:20260302T000000Z\nDTEND:20260303T000000Z",
        shows: &[],
        is_kept: true,
        sends: &[],
    },
    Row {
        section: "3.3.3 REPLY with free-busy time",
        method: "REPLY",
        kind: "VFREEBUSY",
        from: "ben",
        to: "ann",
        lines: "ORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:ben@example.com\nDTSTART:20260302T000000Z\nDTEND:20260303T000000Z",
        shows: &[],
        is_kept: true,
        sends: &[],
    },
    Row {
        section: "3.5.1 PUBLISH of a journal entry that is not his",
        method: "PUBLISH",
        kind: "VJOURNAL",
        from: "ann",
        to: "dov",
        lines: "UID:journal\nORGANIZER:mailto:ann@example.com\nDTSTART:20260302T090000Z\nSUMMARY:Minutes",
        shows: &[],
        is_kept: true,
        sends: &[],
    },
    Row {
        section: "3.5.3 CANCEL of a journal entry that he does not have",
        method: "CANCEL",
        kind: "VJOURNAL",
        from: "ann",
        to: "dov",
        lines: "UID:journal\nSEQUENCE:1\nORGANIZER:mailto:ann@example.com",
        shows: &[],
        is_kept: true,
        sends: &[],
    },
];

#[test]
fn each_method_does_what_its_section_says() {
    for row in ROWS {
        let mut town = invited();
        let message = message(row.method, row.kind, row.lines);
        let before = town.world.copy(town.id(row.to), UID).map(CalendarObject::octets);
        let merge = town.receive(row.from, row.to, &message);
        let after = town.world.copy(town.id(row.to), UID).map(CalendarObject::octets);
        let text = unfolded(&after.clone().unwrap_or_default());
        assert_eq!(before != after, !row.shows.is_empty(), "{}\n{text}", row.section);
        for line in row.shows {
            assert!(text.contains(line), "{}: {line} in {text}", row.section);
        }
        assert_eq!(merge.inbox, row.is_kept, "{}: {:?}", row.section, merge.reasons);
        let sends: Vec<String> = merge
            .messages
            .iter()
            .flat_map(|sent| sent.recipients.iter().map(move |to| (sent.itip.method(), to)))
            .map(|(method, to)| {
                format!("{method} to {}", to.address.mail().unwrap().split('@').next().unwrap())
            })
            .collect();
        assert_eq!(sends, row.sends, "{}", row.section);
    }
}

#[test]
fn what_was_taken_into_the_calendar_follows_a_publication() {
    // RFC 5546 sections 3.2.1, 3.2.5, 3.4.1, 3.5.1 to 3.5.3
    for kind in ["VEVENT", "VTODO", "VJOURNAL"] {
        let mut town = Town::of(&["ann", "ben"]);
        let published =
            "ORGANIZER:mailto:ann@example.com\nDTSTART:20260302T090000Z\nRRULE:FREQ=WEEKLY;COUNT=3";
        let his = format!("{published}\nSUMMARY:Club\nCATEGORIES:Mine");
        town.world.put(2, &component(kind, &his), Intent::default()).unwrap().unwrap();
        let news = format!("{published}\nSUMMARY:Book club\nSEQUENCE:1\nDTSTAMP:20270101T000000Z");
        town.receive("ann", "ben", &message("PUBLISH", kind, &news));
        let text = town.text("ben");
        assert!(
            text.contains("SUMMARY:Book club\n") && text.contains("CATEGORIES:Mine\n"),
            "{text}"
        );

        let stranger = news.replace("Book club", "Spam").replace("2027", "2028");
        town.receive("ben", "ben", &message("PUBLISH", kind, &stranger));
        assert!(!town.text("ben").contains("Spam"), "{kind}: only from its organizer");

        let cancel = "ORGANIZER:mailto:ann@example.com\nSEQUENCE:2\nDTSTAMP:20290101T000000Z\nDTSTART:20260302T090000Z";
        town.receive("ann", "ben", &message("CANCEL", kind, cancel));
        assert!(town.text("ben").contains("STATUS:CANCELLED\n"), "{kind}");
    }
}

#[test]
fn a_refresh_brings_the_whole_series_as_its_sender_may_see_it() {
    // RFC 5546 section 3.2.6, RFC 6638 section 3.2.6
    let mut town = invited();
    let without_ben = "
        ORGANIZER:mailto:ann@example.com
        ATTENDEE:mailto:cho@example.com
        RECURRENCE-ID:20260309T090000Z
        DTSTART:20260309T090000Z
        SUMMARY:Secret";
    town.put("ann", &format!("{TALK}\n\n{without_ben}"));
    town.news();
    let asks = "ORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:ben@example.com";
    let merge = town.receive("ben", "ann", &message("REFRESH", "VEVENT", asks));
    let sent = unfolded(&merge.messages[0].itip.octets());
    assert!(sent.contains("RRULE:") && sent.contains("EXDATE:20260309T090000Z"), "{sent}");
    assert!(!sent.contains("Secret"), "{sent}");
    // He asked, so he is told, though his copy says so already.
    assert_eq!(town.news(), ["ben REQUEST 1"]);
}

#[test]
fn a_refresh_of_what_is_cancelled_is_answered_with_the_number_it_was_cancelled_with() {
    // RFC 5546 section 2.1.4: nothing changes by it.
    for number in [0, 3] {
        let mut town = Town::of(&["ann", "ben"]);
        let cancelled =
            meeting(&[":mailto:ben"]) + &format!("\nSTATUS:CANCELLED\nSEQUENCE:{number}");
        let import = Intent { silent: true, ..Intent::default() };
        town.put_with("ann", &cancelled, import).unwrap();
        let asks = "ORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:ben@example.com";
        let merge = town.receive("ben", "ann", &message("REFRESH", "VEVENT", asks));
        let sent = &merge.messages[0].itip;
        assert_eq!(sent.method(), Method::Cancel);
        assert_eq!(sent.components().next().unwrap().sequence(), number);
    }
}

#[test]
fn an_added_date_asks_for_an_answer_of_its_own() {
    // RFC 5546 section 3.2.4
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.news();
    let added = "SEQUENCE:2\nDTSTAMP:20270101T000000Z\nORGANIZER:mailto:ann@example.com\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ben@example.com\nDTSTART:20260304T090000Z\nSUMMARY:Extra";
    town.receive("ann", "ben", &message("ADD", "VEVENT", added));
    let copy = town.copy("ben");
    let starts: Vec<String> = copy
        .all_instances(&calendar::Zone::utc(), &Limits::default())
        .map(|instance| {
            let own = instance.component.attendee(&address("ben")).unwrap();
            format!("{} {}", instance.start, own.partstat())
        })
        .collect();
    assert_eq!(
        starts,
        [
            "2026-03-02T09:00:00Z ACCEPTED",
            "2026-03-04T09:00:00Z NEEDS-ACTION",
            "2026-03-09T09:00:00Z ACCEPTED",
            "2026-03-16T09:00:00Z ACCEPTED",
        ]
    );
}

#[test]
fn a_proposal_is_declined_while_nothing_was_changed_since() {
    // RFC 5546 sections 3.2.8 and 4.4
    let counter = message(
        "COUNTER",
        "VEVENT",
        "SEQUENCE:1\nORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:cho@example.com\nATTENDEE:mailto:ben@example.com\nDTSTART:20260302T140000Z\nCOMMENT:Later?",
    );
    let decline = |town: &Town, heard: &Answers| {
        let directory = crate::Directory::new([super::support::user(2, "ben")]);
        let meeting = town.copy("ann");
        let now = town.world.now();
        decline_counter(Proposal { counter: &counter, meeting, heard, directory: &directory, now })
    };
    let mut town = invited();
    let merge = town.receive("ben", "ann", &counter);
    let heard = Answers::new(merge.answers);
    let declined = decline(&town, &heard).unwrap();
    assert_eq!(declined.itip.method(), Method::DeclineCounter);
    assert_eq!(declined.sender, address("ann"));
    assert_eq!(declined.recipients[0].address, address("ben"), "who proposed, of those it lists");
    let text = unfolded(&declined.itip.octets());
    for line in
        ["SEQUENCE:1\n", "COMMENT:Later?\n", "mailto:cho@example.com\n", "METHOD:DECLINECOUNTER\n"]
    {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!town.receive("ben", "ann", &counter).inbox, "the same proposal again");

    // He is told otherwise when the organizer writes it anew.
    town.put("ann", &TALK.replace("T100000Z", "T160000Z").replace("T090000Z", "T150000Z"));
    assert!(decline(&town, &heard).is_none());
    assert!(decline(&invited(), &Answers::default()).is_none(), "nobody knows who proposed");
}

#[test]
fn a_task_is_answered_by_how_far_it_is() {
    // RFC 5546 section 3.4.3
    let task = "
        ORGANIZER:mailto:ann@example.com
        ATTENDEE:mailto:ben@example.com
        DUE:20260305T170000Z
        SUMMARY:Report";
    for (partstat, lines) in [
        ("IN-PROCESS", "STATUS:IN-PROCESS\nPERCENT-COMPLETE:40"),
        ("COMPLETED", "STATUS:COMPLETED\nPERCENT-COMPLETE:100\nCOMPLETED:20260304T100000Z"),
        ("DECLINED", ""),
    ] {
        let mut town = Town::of(&["ann", "ben"]);
        town.world.put(1, &component("VTODO", task), Intent::default()).unwrap().unwrap();
        town.news();
        let reply = format!(
            "SEQUENCE:1\nDTSTAMP:20270101T000000Z\nORGANIZER:mailto:ann@example.com\nATTENDEE;PARTSTAT={partstat}:mailto:ben@example.com\n{lines}"
        );
        let merge = town.receive("ben", "ann", &message("REPLY", "VTODO", &reply));
        assert!(merge.inbox, "{partstat}");
        assert_eq!(town.partstat("ann", "ben"), partstat);
        assert!(!town.text("ann").contains("PERCENT-COMPLETE"), "{partstat}: it is his line alone");
    }
}
