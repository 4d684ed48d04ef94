//! Recurring meetings: who is told about which instance, and what that makes of the copies (RFC
//! 6638 sections 3.2.6 and 3.2.8, appendix B.7 and B.8; RFC 5546 section 3.2).

use calendar::{CalendarObject, InstanceId, Limits};

use super::support::{Town, UID, address, intent, told, unfolded};
use crate::itip::{Decision, Intent, Stored};

pub(super) const SERIES: &str = "
    ORGANIZER:mailto:ann@example.com
    ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com
    ATTENDEE;RSVP=TRUE:mailto:ben@example.com
    ATTENDEE;RSVP=TRUE:mailto:cho@example.com
    DTSTART;TZID=Europe/Berlin:20260302T100000
    DTEND;TZID=Europe/Berlin:20260302T110000
    RRULE:FREQ=DAILY;COUNT=5
    SUMMARY:Review";

/// An override of the series on a day of March, with these attendees beside ann.
pub(super) fn on(day: u32, summary: &str, attendees: &[&str]) -> String {
    let mut text = format!(
        "ORGANIZER:mailto:ann@example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com\n\
         RECURRENCE-ID;TZID=Europe/Berlin:202603{day:02}T100000\nDTSTART;TZID=Europe/Berlin:202603{day:02}T100000\n\
         DTEND;TZID=Europe/Berlin:202603{day:02}T110000\nSUMMARY:{summary}"
    );
    for attendee in attendees {
        text.push_str(&format!("\nATTENDEE;RSVP=TRUE:mailto:{attendee}@example.com"));
    }
    text
}

pub(super) fn id(day: u32) -> InstanceId {
    InstanceId::Recurrence(format!("2026-03-{day:02}T09:00:00Z").parse().unwrap())
}

pub(super) fn town() -> Town {
    Town::of(&["ann", "ben", "cho", "dov"])
}

pub(super) fn invited() -> Town {
    let mut town = town();
    town.put("ann", SERIES);
    assert_eq!(town.news(), ["ben REQUEST 1", "cho REQUEST 1"]);
    town
}

pub(super) fn with(parts: &[&str]) -> String {
    std::iter::once(SERIES).chain(parts.iter().copied()).collect::<Vec<_>>().join("\n\n")
}

impl Town {
    /// What an instance of somebody's copy says, by a property.
    pub(super) fn says(&self, name: &str, day: u32, property: &str) -> Option<String> {
        let copy = self.world.copy(self.id(name), UID)?;
        let component = copy.component_for(&id(day))?;
        Some(component.property(property)?.value().to_owned())
    }

    /// An attendee's PARTSTAT on a day, in somebody's copy.
    pub(super) fn comes(&self, copy_of: &str, attendee: &str, day: u32) -> String {
        let copy = self.copy(copy_of);
        let Some(component) = copy.component_for(&id(day)) else { return "no instance".to_owned() };
        let line = component.attendee(&address(attendee));
        line.map_or_else(|| "not listed".to_owned(), |line| line.partstat().to_string())
    }

    /// An attendee answers for one day, by a component of its own.
    pub(super) fn answer_on(&mut self, name: &str, day: u32, partstat: &str) -> Decision {
        let copy = self.copy(name);
        let mut component = copy
            .override_for(&id(day))
            .cloned()
            .or_else(|| copy.derive_override(&id(day)))
            .unwrap();
        for line in component.properties_mut().filter(|line| line.is("ATTENDEE")) {
            if line.value().ends_with(&format!("{name}@example.com")) {
                line.set_param("PARTSTAT", partstat);
            }
        }
        let mut tree = copy.tree().clone();
        let keep: Vec<bool> = tree
            .components()
            .map(|part| part.name() != "VEVENT" || copy.instance_id(part) != id(day))
            .collect();
        let mut keep = keep.into_iter();
        tree.retain_components(|_| keep.next().unwrap());
        tree.push_component(component);
        self.store(name, &CalendarObject::from_tree(tree).unwrap())
    }

    /// A user leaves out a day by EXDATE, and the component of that day.
    pub(super) fn leave_out(&mut self, name: &str, day: u32) -> Decision {
        let text = unfolded(&self.copy(name).octets());
        let mut parts: Vec<String> = text.split("BEGIN:VEVENT\n").map(str::to_owned).collect();
        parts.retain(|part| {
            !part.contains(&format!("RECURRENCE-ID;TZID=Europe/Berlin:202603{day:02}"))
        });
        let mut text = parts.join("BEGIN:VEVENT\n");
        text = text
            .replace("RRULE:", &format!("EXDATE;TZID=Europe/Berlin:202603{day:02}T100000\nRRULE:"));
        if !text.ends_with("END:VCALENDAR\n") {
            text.push_str("END:VCALENDAR\n");
        }
        self.store(name, &CalendarObject::parse(text.as_bytes(), &Limits::default()).unwrap())
    }

    pub(super) fn store(&mut self, name: &str, object: &CalendarObject) -> Decision {
        self.world.wait(1);
        self.world.put(self.id(name), object, Intent::default()).unwrap().unwrap()
    }
}

#[test]
fn declining_one_instance_replies_with_that_instance_alone() {
    // RFC 6638 appendix B.7; pitfalls S10, 6a.10
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.news();
    let decision = town.answer_on("ben", 3, "DECLINED");
    assert_eq!(told(&decision), ["REPLY ann"]);
    let reply = unfolded(&decision.messages[0].itip.octets());
    for line in [
        "RECURRENCE-ID;TZID=Europe/Berlin:20260303T100000\n",
        "DTSTART;TZID=Europe/Berlin:20260303T100000\n",
        "DTEND;TZID=Europe/Berlin:20260303T110000\n",
        "ATTENDEE;RSVP=TRUE;PARTSTAT=DECLINED:mailto:ben@example.com\n",
    ] {
        assert!(reply.contains(line), "{line} in {reply}");
    }
    assert_eq!(reply.matches("BEGIN:VEVENT").count(), 1);
    assert_eq!(town.news(), ["ann REPLY 1"]);
    assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
    assert_eq!(town.comes("ann", "ben", 4), "ACCEPTED");
    assert_eq!(town.comes("cho", "ben", 3), "DECLINED", "refreshed");
    assert_eq!(town.comes("cho", "cho", 3), "NEEDS-ACTION");
}

#[test]
fn leaving_out_an_instance_declines_it() {
    // RFC 6638 section 3.2.2.3 and appendix B.8
    let mut town = invited();
    let decision = town.leave_out("ben", 4);
    assert_eq!(told(&decision), ["REPLY ann"]);
    let reply = unfolded(&decision.messages[0].itip.octets());
    assert!(reply.contains("RECURRENCE-ID;TZID=Europe/Berlin:20260304T100000\n"), "{reply}");
    assert!(reply.contains("DTSTART;TZID=Europe/Berlin:20260304T100000\n"), "{reply}");
    assert!(reply.contains("PARTSTAT=DECLINED:mailto:ben"), "{reply}");
    town.news();
    assert_eq!(town.comes("ann", "ben", 4), "DECLINED");
    assert_eq!(town.comes("ben", "ben", 4), "no instance");

    // pitfall 6b.23: a declined one does not come back
    town.edit("ann", &[("SUMMARY:Review", "SUMMARY:Long review")]).unwrap();
    town.news();
    assert_eq!(town.comes("ben", "ben", 4), "no instance");
    assert_eq!(town.says("ben", 5, "SUMMARY").as_deref(), Some("Long review"));
    assert_eq!(town.comes("ann", "ben", 4), "DECLINED");

    // An instance declined before and thrown away now is no news.
    town.answer_on("ben", 5, "DECLINED");
    assert_eq!(told(&town.leave_out("ben", 5)), [""; 0]);
}

#[test]
fn an_answer_to_the_series_leaves_answers_to_instances_alone() {
    let mut town = invited();
    town.answer_on("ben", 3, "DECLINED");
    town.news();
    let before = town.text("ben");
    let (head, series) = before.split_once("BEGIN:VEVENT").unwrap();
    let series =
        series.replacen("PARTSTAT=NEEDS-ACTION:mailto:ben", "PARTSTAT=ACCEPTED:mailto:ben", 1);
    let object =
        CalendarObject::parse(format!("{head}BEGIN:VEVENT{series}").as_bytes(), &Limits::default())
            .unwrap();
    let decision = town.store("ben", &object);
    assert_eq!(told(&decision), ["REPLY ann"]);
    town.news();
    assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
    assert_eq!(town.comes("ann", "ben", 4), "ACCEPTED");
}

#[test]
fn a_new_override_goes_out_alone() {
    // design rule 5; pitfalls 6a.1, 6b.20
    let mut town = invited();
    let decision = town.put("ann", &with(&[&on(3, "Short review", &["ben", "cho", "dov"])]));
    assert_eq!(told(&decision), ["REQUEST ben, cho", "REQUEST dov"]);
    for message in &decision.messages {
        assert_eq!(message.itip.components().count(), 1);
        assert!(message.itip.master().is_none());
    }
    assert_eq!(town.news(), ["ben REQUEST 2", "cho REQUEST 2", "dov REQUEST 2"]);
    assert_eq!(town.says("ben", 3, "SUMMARY").as_deref(), Some("Short review"));
    assert_eq!(town.says("ben", 4, "SUMMARY").as_deref(), Some("Review"));
    // RFC 6638 section 3.2.6: dov sees one instance and no series
    assert!(town.copy("dov").master().is_none());
    assert_eq!(
        town.copy("ann").master().unwrap().sequence(),
        1,
        "only the component concerned counts"
    );
}

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
fn leaving_out_an_instance_as_organizer_is_one_cancel_and_one_request() {
    // design rule 5; pitfalls 6b.18
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.news();
    let decision = town.leave_out("ann", 3);
    assert_eq!(told(&decision), ["CANCEL ben, cho", "REQUEST ben, cho"]);
    assert_eq!(town.news(), ["ben CANCEL 2", "ben REQUEST 2", "cho CANCEL 2", "cho REQUEST 2"]);
    assert_eq!(town.says("ben", 3, "STATUS").as_deref(), Some("CANCELLED"));
    assert!(
        !town.text("ben").contains("EXDATE"),
        "shown as cancelled instead: {}",
        town.text("ben")
    );
    assert_eq!(
        town.comes("ben", "ben", 4),
        "ACCEPTED",
        "leaving out is no reschedule: section 3.2.8"
    );

    // A second one does not lose the first.
    town.leave_out("ann", 5);
    town.news();
    for day in [3, 5] {
        assert_eq!(town.says("ben", day, "STATUS").as_deref(), Some("CANCELLED"), "{day}");
    }
    // The organizer restores it: RFC 6638 section 3.2.8, EXDATE.
    town.edit("ann", &[("EXDATE;TZID=Europe/Berlin:20260303T100000\n", "")]).unwrap();
    town.news();
    assert_eq!(town.says("ben", 3, "STATUS"), None);
    assert_eq!(town.says("ben", 5, "STATUS").as_deref(), Some("CANCELLED"));
    assert_eq!(town.comes("ben", "ben", 3), "NEEDS-ACTION");
}

#[test]
fn several_instances_left_out_are_named_in_one_cancel() {
    let mut town = invited();
    let decision = town
        .edit(
            "ann",
            &[("RRULE:", "EXDATE;TZID=Europe/Berlin:20260303T100000,20260305T100000\nRRULE:")],
        )
        .unwrap();
    let cancels: Vec<_> = decision
        .messages
        .iter()
        .filter(|message| message.itip.method() == calendar::Method::Cancel)
        .collect();
    assert_eq!(cancels.len(), 1);
    assert_eq!(cancels[0].itip.components().count(), 2);
    assert_eq!(told(&decision), ["CANCEL ben, cho", "REQUEST ben, cho"]);
}

#[test]
fn a_change_of_the_series_carries_all_overrides_along() {
    // pitfall 6a.11
    let mut town = invited();
    town.put("ann", &with(&[&on(3, "Short review", &["ben", "cho"])]));
    town.news();
    let decision = town.edit("ann", &[("SUMMARY:Review", "SUMMARY:Long review")]).unwrap();
    assert_eq!(told(&decision), ["REQUEST ben, cho"]);
    assert_eq!(decision.messages[0].itip.components().count(), 2);
    town.news();
    assert_eq!(town.says("ben", 3, "SUMMARY").as_deref(), Some("Short review"));
    assert_eq!(town.says("ben", 4, "SUMMARY").as_deref(), Some("Long review"));
}

#[test]
fn an_override_taken_back_gives_the_instance_back_to_the_series() {
    let mut town = invited();
    town.put("ann", &with(&[&on(3, "Short review", &["ben", "cho"])]));
    town.news();
    let decision = town.put("ann", SERIES);
    assert_eq!(told(&decision), ["REQUEST ben, cho"]);
    town.news();
    assert_eq!(town.says("ben", 3, "SUMMARY").as_deref(), Some("Review"));
    assert!(town.copy("ben").overrides().next().is_none());
}

#[test]
fn a_moved_series_is_one_request_and_no_cancel() {
    // pitfalls 6a.12, 6b.24
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.answer_on("ben", 3, "DECLINED");
    town.news();
    let moved = SERIES.replace("T100000", "T140000").replace("T110000", "T150000");
    let decision = town.put("ann", &moved);
    assert_eq!(told(&decision), ["REQUEST ben, cho"]);
    town.news();
    assert!(
        town.copy("ben").overrides().next().is_none(),
        "pitfall 6a.11: absent from a reschedule, dropped"
    );
    assert_eq!(town.partstat("ann", "ben"), "NEEDS-ACTION");
    assert_eq!(town.partstat("ben", "ben"), "NEEDS-ACTION");
}

#[test]
fn which_rule_changes_ask_again() {
    // RFC 6638 section 3.2.8
    for (from, to, partstat) in [
        ("COUNT=5", "COUNT=8", "NEEDS-ACTION"),        // new instances
        ("COUNT=5", "COUNT=3", "ACCEPTED"),            // only fewer
        ("FREQ=DAILY", "FREQ=WEEKLY", "NEEDS-ACTION"), // others
        ("COUNT=5", "COUNT=5;INTERVAL=1", "ACCEPTED"), // pitfall 6a.6: spelling
        ("RRULE", "RDATE;TZID=Europe/Berlin:20260310T100000\nRRULE", "NEEDS-ACTION"),
        ("RRULE", "EXDATE;TZID=Europe/Berlin:20260303T100000\nRRULE", "ACCEPTED"),
    ] {
        let mut town = invited();
        town.answer("ben", "ACCEPTED");
        town.news();
        town.edit("ann", &[(from, to)]).unwrap();
        town.news();
        assert_eq!(town.partstat("ann", "ben"), partstat, "{to}");
        assert_eq!(town.partstat("ben", "ben"), partstat, "{to}");
    }
}

#[test]
fn a_moved_instance_asks_again_for_that_instance() {
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.news();
    let moved = on(3, "Review", &["ben", "cho"]).replace(
        "DTSTART;TZID=Europe/Berlin:20260303T10",
        "DTSTART;TZID=Europe/Berlin:20260303T09",
    );
    town.put("ann", &with(&[&moved]));
    town.news();
    for copy in ["ann", "ben", "cho"] {
        assert_eq!(town.comes(copy, "ben", 3), "NEEDS-ACTION", "{copy}");
        assert_eq!(town.comes(copy, "ben", 4), "ACCEPTED", "{copy}");
    }
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
    assert!(!town.copy("ben").override_for(&id(3)).unwrap().is_cancelled());
}

#[test]
fn an_organizer_who_has_not_seen_an_answer_to_an_instance_does_not_take_it_back() {
    // design rule 3; pitfalls 6b.22, S9
    let mut town = invited();
    town.answer_on("ben", 3, "DECLINED");
    town.news();
    let decision = town.put("ann", &SERIES.replace("SUMMARY:Review", "SUMMARY:Long review"));
    assert!(matches!(decision.stored, Stored::Rewritten(_)));
    town.news();
    assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
    assert_eq!(town.says("ann", 3, "SUMMARY").as_deref(), Some("Long review"));
    assert_eq!(town.comes("ben", "ben", 3), "DECLINED");
    assert_eq!(town.says("ben", 3, "SUMMARY").as_deref(), Some("Long review"));
}

#[test]
fn an_alarm_on_one_instance_survives_a_change_of_the_series() {
    let mut town = invited();
    let alarm = "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDESCRIPTION:Go\nEND:VALARM\n";
    let mut component = unfolded(&town.copy("ben").derive_override(&id(3)).unwrap().to_octets());
    component = component.replace("END:VEVENT", &format!("{alarm}END:VEVENT"));
    let text = town.text("ben").replace("END:VCALENDAR", &format!("{component}END:VCALENDAR"));
    let decision =
        town.store("ben", &CalendarObject::parse(text.as_bytes(), &Limits::default()).unwrap());
    assert!(decision.messages.is_empty(), "his own business");
    town.edit("ann", &[("SUMMARY:Review", "SUMMARY:Long review")]).unwrap();
    town.news();
    let on_day = town.copy("ben").override_for(&id(3)).unwrap();
    assert_eq!(on_day.components().count(), 1, "the alarm");
    assert_eq!(town.says("ben", 3, "SUMMARY").as_deref(), Some("Long review"));
}

#[test]
fn an_attendee_may_not_bring_in_or_back_instances() {
    // design rule 20; pitfall 6b.16
    let mut town = town();
    town.put("ann", &SERIES.replace("RRULE", "EXDATE;TZID=Europe/Berlin:20260303T100000\nRRULE"));
    town.news();
    let before = town.text("ben");
    let decision =
        town.edit("ben", &[("EXDATE;TZID=Europe/Berlin:20260303T100000\n", "")]).unwrap();
    assert!(matches!(decision.stored, Stored::Rewritten(_)) && decision.messages.is_empty());
    assert_eq!(town.comes("ben", "ben", 3), "no instance");
    let strange = on(3, "Mine", &["ben", "cho"]).replace('\n', "\r\n");
    let text = before.replace('\n', "\r\n").replace(
        "END:VCALENDAR",
        &format!("BEGIN:VEVENT\r\nUID:{UID}\r\nDTSTAMP:20260101T000000Z\r\n{strange}\r\nEND:VEVENT\r\nEND:VCALENDAR"),
    );
    if let Ok(object) = CalendarObject::parse(text.as_bytes(), &Limits::default()) {
        town.store("ben", &object);
        assert_eq!(town.comes("ben", "ben", 3), "no instance");
    }
}

#[test]
fn deleting_a_series_declines_all_that_was_not_declined() {
    let mut town = invited();
    town.answer_on("ben", 3, "ACCEPTED");
    town.answer_on("ben", 4, "DECLINED");
    town.news();
    let decision = town.delete("ben");
    assert_eq!(told(&decision), ["REPLY ann"]);
    assert_eq!(decision.messages[0].itip.components().count(), 2, "the series and the third");
    town.news();
    for day in 2..=6 {
        assert_eq!(town.comes("ann", "ben", day), "DECLINED", "{day}");
    }
}

#[test]
fn cancelling_an_instance_by_status_cancels_that_instance() {
    // pitfalls S8, 6a.5
    let mut town = invited();
    let cancelled = format!("{}\nSTATUS:CANCELLED", on(3, "Review", &["ben", "cho"]));
    let decision = town.put("ann", &with(&[&cancelled]));
    assert_eq!(told(&decision), ["CANCEL ben, cho"]);
    assert_eq!(town.news(), ["ben CANCEL 2", "cho CANCEL 2"]);
    assert_eq!(town.says("ben", 3, "STATUS").as_deref(), Some("CANCELLED"));
    assert_eq!(town.says("ben", 4, "STATUS"), None);
}

#[test]
fn an_answer_may_name_an_instance_in_utc() {
    // pitfalls S10, 6b.25
    let mut town = invited();
    town.answer_on("ben", 3, "DECLINED");
    let parcel = town.world.discard(0).unwrap();
    let text = unfolded(&parcel.message.octets()).replace(
        "RECURRENCE-ID;TZID=Europe/Berlin:20260303T100000",
        "RECURRENCE-ID:20260303T090000Z",
    );
    let message = calendar::Message::parse(text.as_bytes(), &Limits::default()).unwrap();
    town.world.hand_over(&crate::simulator::Parcel { message, ..parcel });
    assert_eq!(town.comes("ann", "ben", 3), "DECLINED");
    let recurrence_id =
        town.copy("ann").override_for(&id(3)).unwrap().property("RECURRENCE-ID").unwrap();
    assert_eq!(recurrence_id.param("TZID"), Some("Europe/Berlin"), "as DTSTART has it");
}

#[test]
fn an_answer_to_no_instance_is_kept_for_its_reader() {
    // pitfall S10
    let mut town = invited();
    town.answer_on("ben", 3, "DECLINED");
    let parcel = town.world.discard(0).unwrap();
    let text = unfolded(&parcel.message.octets()).replace("20260303T", "20260323T");
    let message = calendar::Message::parse(text.as_bytes(), &Limits::default()).unwrap();
    let before = town.text("ann");
    let merge = town.world.hand_over(&crate::simulator::Parcel { message, ..parcel }).unwrap();
    assert!(merge.stored.is_none() && merge.inbox);
    assert_eq!(town.text("ann"), before);
}

#[test]
fn cancel_and_request_of_one_write_may_change_places() {
    let mut straight = invited();
    straight.leave_out("ann", 3);
    straight.news();
    let mut crossed = invited();
    crossed.leave_out("ann", 3);
    let parcels: Vec<_> = crossed.world.under_way().to_vec();
    while crossed.world.discard(0).is_some() {}
    for parcel in parcels.iter().rev() {
        crossed.world.hand_over(parcel);
    }
    for day in 2..=6 {
        assert_eq!(
            straight.says("ben", day, "STATUS"),
            crossed.says("ben", day, "STATUS"),
            "{day}"
        );
    }
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
fn asking_again_for_one_instance_asks_for_that_one() {
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.answer_on("ben", 3, "DECLINED");
    town.news();
    let text = town.text("ann");
    let declined = "PARTSTAT=DECLINED:mailto:ben";
    assert!(text.contains(declined), "{text}");
    let decision = town
        .edit_with("ann", &[(declined, "PARTSTAT=NEEDS-ACTION:mailto:ben")], intent(true))
        .unwrap();
    assert_eq!(told(&decision), ["REQUEST ben"]);
    assert!(decision.messages[0].itip.master().is_none());
    town.news();
    assert_eq!(town.comes("ben", "ben", 3), "NEEDS-ACTION");
    assert_eq!(town.comes("ben", "ben", 4), "ACCEPTED");
}

#[test]
fn an_override_that_comes_again_unchanged_stays() {
    // Two writes within a second: the second REQUEST names the override with the stamp of the first.
    let mut town = invited();
    let moved = on(3, "Moved", &["ben", "cho"]).replace(
        "DTSTART;TZID=Europe/Berlin:20260303T10",
        "DTSTART;TZID=Europe/Berlin:20260303T08",
    );
    town.put("ann", &with(&[&moved]));
    town.world.settle();
    let renamed = with(&[&moved]).replacen("SUMMARY:Review", "SUMMARY:Review of the year", 1);
    town.world
        .put(town.id("ann"), &super::support::event(&renamed), Intent::default())
        .unwrap()
        .unwrap();
    town.world.settle();
    assert_eq!(town.says("ben", 3, "SUMMARY").as_deref(), Some("Moved"));
    assert_eq!(town.says("ben", 4, "SUMMARY").as_deref(), Some("Review of the year"));
}

#[test]
fn the_status_of_the_last_message_stands_on_all_his_lines() {
    // RFC 6638 section 7.3: it is about the most recent message to the attendee
    let mut town = invited();
    town.put("ann", &with(&[&on(3, "Moved", &["ben", "cho"])]));
    assert_eq!(town.param("ann", "ben", "SCHEDULE-STATUS").as_deref(), Some("1.2"));
    town.news();
    town.answer("ben", "ACCEPTED");
    town.world.settle();
    assert_eq!(town.param("ann", "ben", "SCHEDULE-STATUS").as_deref(), Some("2.0"));
    let without = SERIES.replace("ATTENDEE;RSVP=TRUE:mailto:cho@example.com\n", "");
    town.put("ann", &without);
    assert_eq!(
        town.param("ann", "ben", "SCHEDULE-STATUS").as_deref(),
        Some("1.2"),
        "the list changed"
    );
    // A client that leaves the parameter out does not take it from the attendee's copy either.
    let sent = town.text("ben").replace(";SCHEDULE-STATUS=1.2", "");
    town.world
        .put(
            town.id("ben"),
            &CalendarObject::parse(sent.as_bytes(), &Limits::default()).unwrap(),
            Intent::default(),
        )
        .unwrap()
        .unwrap();
    assert!(town.text("ben").contains("SCHEDULE-STATUS=1.2"), "{}", town.text("ben"));
}

#[test]
fn an_instance_that_is_left_out_waits_for_no_answer() {
    let mut town = invited();
    town.edit("ben", &[("SUMMARY", "EXDATE;TZID=Europe/Berlin:20260303T100000\nSUMMARY")]).unwrap();
    town.world.settle();
    let line = town.copy("ann").component_for(&id(3)).unwrap().attendee(&address("ben")).unwrap();
    assert_eq!((line.partstat().as_str(), line.rsvp()), ("DECLINED", false));
}

#[test]
fn an_organizer_stores_the_whole_event() {
    // RFC 6638 section 3.2.4.3; pitfall 6b.16
    let refusal = town().put_with("ann", &on(3, "Alone", &["ben"]), Intent::default()).unwrap_err();
    assert!(refusal.to_string().contains("series"), "{refusal}");
    let silent = Intent { silent: true, ..Intent::default() };
    assert!(
        town().put_with("ann", &on(3, "Alone", &["ben"]), silent).is_ok(),
        "an import is left alone"
    );
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
