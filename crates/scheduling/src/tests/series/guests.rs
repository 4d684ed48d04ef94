//! Who is in some instances and not in others (RFC 6638 section 3.2.6).

use calendar::{CalendarObject, Limits};

use super::super::support::{told, unfolded};
use super::{SERIES, id, invited, on, town, with};
use crate::itip::Stored;

#[test]
fn one_left_out_of_an_instance_hears_a_cancel_of_that_instance() {
    // RFC 6638 section 3.2.6; design rule 5; pitfalls 6a.3, S8
    let mut town = invited();
    let decision = town.put("ann", &with(&[&on(3, "Review", &["cho"])]));
    assert_eq!(told(&decision), ["CANCEL ben", "REQUEST cho"]);
    town.news();
    assert_eq!(town.says("ben", 3, "STATUS").as_deref(), Some("CANCELLED"));
    assert_eq!(town.says("ben", 4, "STATUS"), None);
    // What ben is sent later does not say what happens on that day.
    town.edit("ann", &[("SUMMARY:Review", "SUMMARY:Long review")]).unwrap();
    let sent = unfolded(&town.world.under_way()[0].message.octets());
    assert!(sent.contains("EXDATE;TZID=Europe/Berlin:20260303T100000\n"), "{sent}");
    town.news();
    assert_eq!(town.says("ben", 3, "STATUS").as_deref(), Some("CANCELLED"));
    assert_eq!(town.says("ben", 4, "SUMMARY").as_deref(), Some("Long review"));

    // He is let in again.
    town.put(
        "ann",
        &with(&[&on(3, "Review", &["ben", "cho"])])
            .replace("SUMMARY:Review\n\n", "SUMMARY:Long review\n\n"),
    );
    town.news();
    assert_eq!(town.says("ben", 3, "STATUS"), None);
    assert_eq!(town.comes("ben", "ben", 3), "NEEDS-ACTION");
}

#[test]
fn one_in_single_instances_only_sees_no_more_and_hears_when_they_go() {
    // RFC 6638 section 3.2.6; pitfalls 6a.3, 6b.19, Q9
    let mut town = town();
    let both = [on(3, "Guest", &["ben", "cho", "dov"]), on(5, "Guest", &["ben", "cho", "dov"])];
    town.put("ann", &with(&[&both[0], &both[1]]));
    assert_eq!(town.news(), ["ben REQUEST 1", "cho REQUEST 1", "dov REQUEST 1"]);
    assert_eq!(town.copy("dov").components().count(), 2);

    // He answers one, as his client writes it: without RECURRENCE-ID, and without the other.
    let decision = town.answer_on("dov", 3, "ACCEPTED");
    assert_eq!(told(&decision), ["REPLY ann"]);
    town.news();
    assert_eq!(town.comes("ann", "dov", 3), "ACCEPTED");
    assert_eq!(town.comes("ann", "dov", 5), "NEEDS-ACTION");

    // A change of the series is not his.
    let decision = town.edit("ann", &[("SUMMARY:Review", "SUMMARY:Long review")]).unwrap();
    assert_eq!(told(&decision), ["REQUEST ben, cho"]);
    town.news();
    // One of his instances goes.
    let decision = town.leave_out("ann", 5);
    assert!(told(&decision).contains(&"CANCEL dov".to_owned()), "{:?}", told(&decision));
    town.news();
    assert!(town.copy("dov").override_for(&id(5)).unwrap().is_cancelled());
    assert!(!town.copy("dov").override_for(&id(3)).unwrap().is_cancelled());
    // All goes.
    let decision = town.delete("ann");
    assert_eq!(told(&decision), ["CANCEL ben, cho", "CANCEL dov"]);
    town.news();
    assert!(town.copy("dov").components().all(calendar::Component::is_cancelled));
}

#[test]
fn one_who_leaves_out_one_of_his_single_instances_declines_it() {
    let mut town = town();
    let both = [on(3, "Guest", &["dov"]), on(5, "Guest", &["dov"])];
    town.put("ann", &with(&[&both[0], &both[1]]));
    town.news();
    let text = town.text("dov");
    let parts: Vec<&str> = text.split("BEGIN:VEVENT\n").collect();
    let last = parts
        .iter()
        .find(|part| part.contains("RECURRENCE-ID;TZID=Europe/Berlin:20260305"))
        .unwrap();
    let text = format!("{}BEGIN:VEVENT\n{}", parts[0], last);
    let text =
        if text.ends_with("END:VCALENDAR\n") { text } else { format!("{text}END:VCALENDAR\n") };
    let decision =
        town.store("dov", &CalendarObject::parse(text.as_bytes(), &Limits::default()).unwrap());
    assert_eq!(told(&decision), ["REPLY ann"]);
    town.news();
    assert_eq!(town.comes("ann", "dov", 3), "DECLINED");
    assert_eq!(town.comes("ann", "dov", 5), "NEEDS-ACTION");
}

#[test]
fn a_client_may_write_its_only_instance_as_a_whole_event() {
    // pitfall Q9
    let mut town = town();
    town.put("ann", &with(&[&on(3, "Guest", &["dov"])]));
    town.news();
    let text = town.text("dov").replace("RECURRENCE-ID;TZID=Europe/Berlin:20260303T100000\n", "");
    let text = text.replace("PARTSTAT=NEEDS-ACTION:mailto:dov", "PARTSTAT=ACCEPTED:mailto:dov");
    let decision =
        town.store("dov", &CalendarObject::parse(text.as_bytes(), &Limits::default()).unwrap());
    assert_eq!(told(&decision), ["REPLY ann"]);
    assert!(matches!(decision.stored, Stored::Rewritten(_)));
    town.news();
    assert_eq!(town.comes("ann", "dov", 3), "ACCEPTED");
    assert!(town.copy("dov").master().is_none());
}

#[test]
fn one_taken_off_the_series_but_not_off_an_instance_keeps_that_one() {
    let mut town = invited();
    town.put("ann", &with(&[&on(3, "Review", &["ben", "cho"])]));
    town.news();
    let decision = town.put(
        "ann",
        &with(&[&on(3, "Review", &["ben", "cho"])]).replacen(
            "    ATTENDEE;RSVP=TRUE:mailto:ben@example.com\n",
            "",
            1,
        ),
    );
    assert!(told(&decision).contains(&"CANCEL ben".to_owned()), "{:?}", told(&decision));
    town.news();
    assert!(town.copy("ben").master().unwrap().is_cancelled());
    let kept = town.copy("ben").override_for(&id(3)).unwrap();
    assert!(!kept.is_cancelled());
    // RFC 5546 section 2.1.5: who gets both, in any order, must not take the REQUEST for the older one.
    let cancelled = town.copy("ben").master().unwrap().sequence();
    assert!(kept.sequence() >= cancelled, "{} {cancelled}", kept.sequence());
}

#[test]
fn a_first_told_attendee_of_a_series_sees_what_is_his() {
    // RFC 6638 section 3.2.6
    let mut town = town();
    let decision = town.put("ann", &with(&[&on(3, "Without ben", &["cho"])]));
    let mut told = told(&decision);
    told.sort();
    assert_eq!(told, ["REQUEST ben", "REQUEST cho"]);
    town.news();
    assert_eq!(town.says("ben", 3, "SUMMARY"), None);
    assert!(!town.text("ben").contains("Without ben"));
    assert_eq!(town.says("cho", 3, "SUMMARY").as_deref(), Some("Without ben"));
}

#[test]
fn one_of_single_instances_who_writes_none_of_them_changes_nothing() {
    // pitfall 6c.27: what is cancelled may be written in any way
    let mut town = town();
    town.put(
        "ann",
        &[
            &SERIES.replace("ATTENDEE;RSVP=TRUE:mailto:ben@example.com\n", ""),
            &*on(3, "Here", &["ben"]),
        ]
        .join("\n\n"),
    );
    town.news();
    let decision = town.put("ben", &on(4, "Elsewhere", &["ben"]));
    assert_eq!(told(&decision), [""; 0]);
    assert_eq!(town.says("ben", 3, "SUMMARY").as_deref(), Some("Here"));
    assert_eq!(town.copy("ben").components().count(), 1);
}
