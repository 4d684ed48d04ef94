//! Each method of RFC 5546 at each state of its recipient's copy, for events (section 3.2) and tasks (section 3.4) alike.

use calendar::{CalendarObject, Limits, Message};

use super::support::{Town, UID, address, component};
use crate::itip::Intent;
use crate::simulator::Parcel;

/// What the recipient has under the UID.
#[derive(Clone, Copy, Debug)]
enum State {
    Nothing,
    /// Something of his own without ORGANIZER.
    Plain,
    /// The meeting, as its organizer or as one who is in it.
    Current,
    /// The same, cancelled.
    Cancelled,
    /// Of a series, one date that he is in.
    OneDate,
    /// The meeting, to which ben has sent dov in his place.
    Sent,
}

use State::{Cancelled, Current, Nothing, OneDate, Plain, Sent};

/// What comes of a message.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    /// What is in his calendar then, in a word.
    copy: &'static str,
    inbox: bool,
    sends: Vec<String>,
}

fn meeting(kind: &str) -> String {
    let end = if kind == "VTODO" { "DUE" } else { "DTEND" };
    format!(
        "ORGANIZER:mailto:ann@example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com\n\
         ATTENDEE;RSVP=TRUE:mailto:ben@example.com\nATTENDEE;RSVP=TRUE:mailto:cho@example.com\n\
         DTSTART:20260302T090000Z\n{end}:20260302T100000Z\nSUMMARY:Old"
    )
}

/// A town in which the recipient has this.
fn town(kind: &str, to: &str, state: State) -> Town {
    let mut town = Town::of(&["ann", "ben", "cho", "dov"]);
    let mut put = |name: &str, lines: &str| {
        let id = town.id(name);
        town.world.put(id, &component(kind, lines), Intent::default()).unwrap().unwrap();
        town.world.wait(1);
        town.news();
    };
    let whole = meeting(kind);
    match state {
        Nothing => {}
        Plain => put(to, "DTSTART:20260302T090000Z\nSUMMARY:Old"),
        Current => put("ann", &whole),
        Cancelled => {
            put("ann", &whole);
            put("ann", &format!("{whole}\nSTATUS:CANCELLED"));
        }
        Sent => {
            put("ann", &whole);
            let (lines, _) = DELEGATES.split_once("\nDTSTART").unwrap();
            put("ben", &whole.replace("ATTENDEE;RSVP=TRUE:mailto:ben@example.com", lines));
        }
        OneDate => {
            let series = whole.replace("\nATTENDEE;RSVP=TRUE:mailto:ben@example.com", "");
            let one = whole.replace("SUMMARY", "RECURRENCE-ID:20260302T090000Z\nSUMMARY");
            put("ann", &format!("{series}\nRRULE:FREQ=DAILY;COUNT=3\n\n{one}"));
        }
    }
    town
}

impl Town {
    fn outcome_of(
        &mut self,
        kind: &str,
        method: &str,
        from: &str,
        to: &str,
        lines: &str,
    ) -> Outcome {
        let text = format!(
            "BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:{method}\nBEGIN:{kind}\nUID:{UID}\nDTSTAMP:20270101T000000Z\n\
             SEQUENCE:5\nORGANIZER:mailto:ann@example.com\n{lines}\nEND:{kind}\nEND:VCALENDAR\n"
        );
        let message = Message::parse(text.as_bytes(), &Limits::default()).unwrap();
        let id = self.id(to);
        let before = self.world.copy(id, UID).map(CalendarObject::octets);
        let parcel = Parcel::new(address(from), id, address(to), message);
        let merge = self.world.hand_over(&parcel).unwrap();
        let sends = merge.messages.iter().flat_map(|sent| {
            let method = sent.itip.method();
            let name = |address: &calendar::CalendarAddress| {
                address.mail().unwrap().split('@').next().unwrap().to_owned()
            };
            sent.recipients.iter().map(move |to| format!("{method} {}", name(&to.address)))
        });
        let sends = sends.collect();
        let copy = self.world.copy(id, UID);
        let is_cancelled =
            |copy: &CalendarObject| copy.components().all(calendar::Component::is_cancelled);
        let copy = match copy {
            None => "none",
            Some(copy) if Some(copy.octets()) == before => "same",
            Some(copy) if is_cancelled(copy) => "cancelled",
            Some(_) => "merged",
        };
        let once = self.world.copy(id, UID).map(CalendarObject::octets);
        self.world.hand_over(&parcel).unwrap();
        let twice = self.world.copy(id, UID).map(CalendarObject::octets);
        assert!(once == twice, "{method} from {from} to {to}: twice equals once");
        Outcome { copy, inbox: merge.inbox, sends }
    }
}

const ASKED: &str =
    "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ben@example.com\nDTSTART:20260302T110000Z\nSUMMARY:New";
const OTHER: &str =
    "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:cho@example.com\nDTSTART:20260302T110000Z\nSUMMARY:New";
const ONE_DATE: &str = "RECURRENCE-ID:20260302T090000Z\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ben@example.com\nDTSTART:20260302T110000Z\nSUMMARY:New";
const DELEGATES: &str = "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:dov@example.com\":mailto:ben@example.com\n\
    ATTENDEE;PARTSTAT=NEEDS-ACTION;DELEGATED-FROM=\"mailto:ben@example.com\":mailto:dov@example.com\nDTSTART:20260302T090000Z\nSUMMARY:New";
const COMES: &str = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ben@example.com";
const DELEGATE_COMES: &str = "ATTENDEE;PARTSTAT=ACCEPTED;DELEGATED-FROM=\"mailto:ben@example.com\":mailto:dov@example.com\nDTSTART:20260302T090000Z\nSUMMARY:Old";
const DELEGATE_DECLINES: &str = "ATTENDEE;PARTSTAT=DECLINED;DELEGATED-FROM=\"mailto:ben@example.com\":mailto:dov@example.com\nDTSTART:20260302T090000Z\nSUMMARY:Old";
const LATER: &str = "ATTENDEE:mailto:ben@example.com\nDTSTART:20260304T090000Z\nSUMMARY:New";

type Row = (
    &'static str,
    &'static str,
    State,
    &'static str,
    &'static str,
    &'static str,
    (&'static str, bool, &'static [&'static str]),
);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // 3.2.2 and 3.4.2
    ("REQUEST: a new one", "REQUEST", Nothing, "ann", "ben", ASKED, ("merged", true, &[])),
    ("REQUEST: an update", "REQUEST", Current, "ann", "ben", ASKED, ("merged", true, &[])),
    ("REQUEST: revived", "REQUEST", Cancelled, "ann", "ben", ASKED, ("merged", true, &[])),
    ("REQUEST: takes over what he noted himself", "REQUEST", Plain, "ann", "ben", ASKED, ("merged", true, &[])),
    ("REQUEST: of the date he is in", "REQUEST", OneDate, "ann", "ben", ONE_DATE, ("merged", true, &[])),
    ("REQUEST: of one date of what he does not have", "REQUEST", Nothing, "ann", "ben", ONE_DATE, ("merged", true, &[])),
    ("REQUEST: the series after one date", "REQUEST", OneDate, "ann", "ben", "RRULE:FREQ=DAILY;COUNT=3\nATTENDEE:mailto:ben@example.com\nDTSTART:20260302T090000Z\nSUMMARY:New", ("merged", true, &[])),
    ("REQUEST: forwarded to somebody uninvited (3.2.2.6, 3.4.2.4)", "REQUEST", Nothing, "ben", "dov", ASKED, ("none", true, &[])),
    ("REQUEST: forwarded by its organizer", "REQUEST", Nothing, "ann", "dov", ASKED, ("none", true, &[])),
    ("REQUEST: of another attendee", "REQUEST", Current, "cho", "ben", ASKED, ("same", false, &[])),
    ("REQUEST: to its organizer", "REQUEST", Current, "ben", "ann", ASKED, ("same", false, &[])),
    ("REQUEST: delegated (3.2.2.3, 3.4.2.3)", "REQUEST", Nothing, "ben", "dov", DELEGATES, ("merged", true, &[])),
    ("REQUEST: delegated by who is not in it", "REQUEST", Nothing, "cho", "dov", DELEGATES, ("none", false, &[])),
    ("REQUEST: takes over a delegate's own note", "REQUEST", Plain, "ben", "dov", DELEGATES, ("merged", true, &[])),
    // 3.2.3 and 3.4.3
    ("REPLY", "REPLY", Current, "ben", "ann", COMES, ("merged", true, &[])),
    ("REPLY: to what is not there", "REPLY", Nothing, "ben", "ann", COMES, ("none", false, &[])),
    ("REPLY: to what is cancelled", "REPLY", Cancelled, "ben", "ann", COMES, ("same", false, &[])),
    ("REPLY: to what is no meeting", "REPLY", Plain, "ben", "ann", COMES, ("same", false, &[])),
    ("REPLY: of an attendee to another", "REPLY", Current, "ben", "cho", COMES, ("same", false, &[])),
    ("REPLY: delegates (4.2.5)", "REPLY", Current, "ben", "ann", DELEGATES, ("merged", true, &["REQUEST dov"])),
    ("REPLY: in somebody else's name", "REPLY", Current, "cho", "ann", COMES, ("same", false, &[])),
    ("REPLY: to one date", "REPLY", OneDate, "ben", "ann", "RECURRENCE-ID:20260302T090000Z\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ben@example.com", ("merged", true, &[])),
    ("REPLY: to a series he is not in", "REPLY", OneDate, "ben", "ann", COMES, ("same", true, &[])),
    ("REPLY: of a delegate to his delegator (4.2.5)", "REPLY", Sent, "dov", "ben", DELEGATE_COMES, ("merged", true, &[])),
    ("REPLY: of a delegate to the organizer", "REPLY", Sent, "dov", "ann", DELEGATE_COMES, ("merged", true, &[])),
    ("REPLY: of a delegate who declines", "REPLY", Sent, "dov", "ann", DELEGATE_DECLINES, ("merged", true, &["REQUEST ben"])),
    ("REPLY: of a delegate to another attendee", "REPLY", Sent, "dov", "cho", DELEGATE_COMES, ("same", false, &[])),
    // 3.2.4 and 3.4.4
    ("ADD", "ADD", Current, "ann", "ben", LATER, ("merged", true, &[])),
    ("ADD: to what is not there", "ADD", Nothing, "ann", "ben", LATER, ("none", true, &["REFRESH ann"])),
    ("ADD: to what is cancelled", "ADD", Cancelled, "ann", "ben", LATER, ("same", true, &["REFRESH ann"])),
    ("ADD: to what he noted himself", "ADD", Plain, "ann", "ben", LATER, ("same", true, &["REFRESH ann"])),
    ("ADD: to one date", "ADD", OneDate, "ann", "ben", LATER, ("same", true, &["REFRESH ann"])),
    ("ADD: of another attendee", "ADD", Current, "cho", "ben", LATER, ("same", false, &[])),
    ("ADD: of another attendee to what is not there", "ADD", Nothing, "cho", "ben", LATER, ("none", false, &[])),
    ("ADD: to a delegate", "ADD", Sent, "ann", "dov", "ATTENDEE:mailto:dov@example.com\nDTSTART:20260304T090000Z\nSUMMARY:New", ("merged", true, &[])),
    // 3.2.5 and 3.4.5
    ("CANCEL", "CANCEL", Current, "ann", "ben", ASKED, ("cancelled", true, &[])),
    ("CANCEL: of what is not there", "CANCEL", Nothing, "ann", "ben", ASKED, ("none", true, &[])),
    ("CANCEL: of what he noted himself", "CANCEL", Plain, "ann", "ben", ASKED, ("same", true, &[])),
    ("CANCEL: twice", "CANCEL", Cancelled, "ann", "ben", ASKED, ("cancelled", true, &[])),
    ("CANCEL: of the date he is in", "CANCEL", OneDate, "ann", "ben", ONE_DATE, ("cancelled", true, &[])),
    ("CANCEL: of another attendee", "CANCEL", Current, "cho", "ben", ASKED, ("same", false, &[])),
    ("CANCEL: to a delegate", "CANCEL", Sent, "ann", "dov", DELEGATE_COMES, ("cancelled", true, &[])),
    ("CANCEL: to a delegator", "CANCEL", Sent, "ann", "ben", ASKED, ("cancelled", true, &[])),
    ("CANCEL: of a delegator to his delegate", "CANCEL", Sent, "ben", "dov", DELEGATE_COMES, ("same", false, &[])),
    // 3.2.6 and 3.4.6
    ("REFRESH: of a delegate", "REFRESH", Sent, "dov", "ann", DELEGATE_COMES, ("same", false, &["REQUEST dov"])),
    ("REFRESH", "REFRESH", Current, "ben", "ann", COMES, ("same", false, &["REQUEST ben"])),
    ("REFRESH: of one date", "REFRESH", OneDate, "ben", "ann", COMES, ("same", false, &["REQUEST ben"])),
    ("REFRESH: of what is cancelled", "REFRESH", Cancelled, "ben", "ann", COMES, ("same", false, &["CANCEL ben"])),
    ("REFRESH: of what is not there", "REFRESH", Nothing, "ben", "ann", COMES, ("none", false, &[])),
    ("REFRESH: asked of an attendee", "REFRESH", Current, "ben", "cho", COMES, ("same", false, &[])),
    // 3.2.7 and 3.4.7
    ("COUNTER", "COUNTER", Current, "ben", "ann", ASKED, ("same", true, &[])),
    ("COUNTER: for what is not there", "COUNTER", Nothing, "ben", "ann", ASKED, ("none", false, &[])),
    ("COUNTER: for the date he is in", "COUNTER", OneDate, "ben", "ann", ONE_DATE, ("same", true, &[])),
    ("COUNTER: of a delegate", "COUNTER", Sent, "dov", "ann", DELEGATE_COMES, ("same", true, &[])),
    // 3.2.8 and 3.4.8
    ("DECLINECOUNTER", "DECLINECOUNTER", Current, "ann", "ben", OTHER, ("same", true, &[])),
    ("DECLINECOUNTER: about what is not there", "DECLINECOUNTER", Nothing, "ann", "ben", OTHER, ("none", false, &[])),
    ("DECLINECOUNTER: of one date", "DECLINECOUNTER", OneDate, "ann", "ben", ONE_DATE, ("same", true, &[])),
];

#[test]
fn each_method_does_what_is_right_for_what_its_recipient_has() {
    let mut wrong = Vec::new();
    for kind in ["VEVENT", "VTODO"] {
        for (what, method, state, from, to, lines, (copy, inbox, sends)) in ROWS.iter().copied() {
            let sends = sends.iter().map(|sent| (*sent).to_owned()).collect();
            let expected = Outcome { copy, inbox, sends };
            let outcome = town(kind, to, state).outcome_of(kind, method, from, to, lines);
            if outcome != expected {
                wrong.push(format!("{kind} {what}: {outcome:?}, not {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
