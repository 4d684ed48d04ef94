//! Bugs that other servers had, for which no other test here stands (docs/pitfalls.md has them all by number).

use calendar::{CalendarObject, InstanceId, Limits, Message, Method};

use super::series::{SERIES, id, invited, on, town, with};
use super::support::{Town, UID, address, component, event, told, unfolded};
use crate::Verdict;
use crate::itip::{Intent, SchedulingRole, Stored};
use crate::simulator::Parcel;

/// The series, with what every row changes in it.
fn changed(from: &str, to: &str) -> String {
    assert!(SERIES.contains(from), "{from}");
    SERIES.replace(from, to)
}

/// The text of a message under way, with another text in it, comes from its sender.
fn arrives_as(town: &mut Town, edits: &[(&str, &str)]) -> crate::inbound::Merge {
    let parcel = town.world.discard(0).unwrap();
    let mut text = unfolded(&parcel.message.octets());
    for (from, to) in edits {
        assert!(text.contains(from), "{from} in {text}");
        text = text.replace(from, to);
    }
    let message = Message::parse(text.as_bytes(), &Limits::default()).unwrap();
    town.world.hand_over(&Parcel { message, ..parcel }).unwrap()
}

#[test]
fn a_series_in_another_spelling_is_no_change() {
    // 6a.6
    let excluded = |lines: &str| changed("SUMMARY", &format!("{lines}\n    SUMMARY"));
    let first = "EXDATE;TZID=Europe/Berlin:20260303T100000,20260305T100000";
    for (before, after) in [
        (excluded(first), excluded("EXDATE:20260303T090000Z\nEXDATE:20260305T090000Z")),
        (
            excluded(first),
            excluded("EXDATE;TZID=Europe/Berlin:20260305T100000\nEXDATE:20260303T090000Z"),
        ),
        (SERIES.to_owned(), changed("FREQ=DAILY;COUNT=5", "COUNT=5;FREQ=DAILY")),
        (
            changed("COUNT=5", "UNTIL=20260306T090000Z"),
            changed("COUNT=5", "UNTIL=20260306T090000Z;INTERVAL=1"),
        ),
        (SERIES.to_owned(), format!("SUMMARY:Review{}", changed("    SUMMARY:Review", ""))),
        (SERIES.to_owned(), changed("DTEND;TZID=Europe/Berlin:20260302T110000", "DURATION:PT1H")),
    ] {
        let mut town = town();
        town.put("ann", &before);
        town.news();
        let decision = town.put("ann", &after);
        assert_eq!(told(&decision), [""; 0], "{after}");
        assert_eq!(town.copy("ann").master().unwrap().sequence(), 1, "{after}");
    }
}

#[test]
fn another_time_zone_is_told_where_it_means_another_time() {
    // 6a.7: Lagos shows the time of Berlin until the end of March
    for (zone, rule, expected) in [
        ("Africa/Lagos", "FREQ=WEEKLY;COUNT=8", &["REQUEST ben, cho"][..]),
        ("Africa/Lagos", "FREQ=DAILY;COUNT=5", &[]),
        ("America/New_York", "FREQ=DAILY;COUNT=5", &["REQUEST ben, cho"]),
    ] {
        let series = changed("FREQ=DAILY;COUNT=5", rule);
        let mut town = town();
        town.put("ann", &series);
        town.news();
        town.answer("ben", "ACCEPTED");
        town.news();
        let decision = town.put("ann", &series.replace("Europe/Berlin", zone));
        assert_eq!(told(&decision), expected, "{zone} {rule}");
        town.news();
        let asked_again = if expected.is_empty() { "ACCEPTED" } else { "NEEDS-ACTION" };
        assert_eq!(town.partstat("ann", "ben"), asked_again, "{zone} {rule}");
    }
}

#[test]
fn an_answer_is_mailed_to_no_outsider() {
    // 6a.8, S6
    let mut town = town();
    town.put("ann", &format!("{SERIES}\nATTENDEE:mailto:zoe@elsewhere.example"));
    town.news();
    assert_eq!(town.world.outgoing().len(), 1, "the invitation");
    for partstat in ["TENTATIVE", "ACCEPTED", "DECLINED"] {
        town.answer("ben", partstat);
        assert_eq!(town.news(), ["ann REPLY 1"], "{partstat}");
    }
    assert_eq!(town.world.outgoing().len(), 1);
}

#[test]
fn an_answer_to_the_series_reaches_the_instances_that_only_the_copy_tells_apart() {
    // S6: an alarm of his own on one day
    let mut town = invited();
    let alarm = "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDESCRIPTION:Go\nEND:VALARM\n";
    let part = unfolded(&town.copy("ben").derive_override(&id(3)).unwrap().to_octets());
    let part = part.replace("END:VEVENT", &format!("{alarm}END:VEVENT"));
    let text = town.text("ben").replace("END:VCALENDAR", &format!("{part}END:VCALENDAR"));
    town.store("ben", &CalendarObject::parse(text.as_bytes(), &Limits::default()).unwrap());
    town.answer("cho", "ACCEPTED");
    town.news();
    for day in [3, 4] {
        assert_eq!(town.comes("ben", "cho", day), "ACCEPTED", "{day}");
        assert_eq!(town.comes("ann", "cho", day), "ACCEPTED", "{day}");
    }
}

#[test]
fn a_first_copy_with_instances_left_out_is_no_answer() {
    // 6a.9
    let lines = "ORGANIZER:mailto:zoe@elsewhere.example\nATTENDEE:mailto:ben@example.com\n\
                 DTSTART:20260302T100000Z\nRRULE:FREQ=DAILY;COUNT=5\nEXDATE:20260303T100000Z";
    let decision = town().put("ben", lines);
    assert_eq!(decision.role, SchedulingRole::Attendee);
    assert!(decision.messages.is_empty(), "{:?}", decision.messages);
}

#[test]
fn a_journal_entry_is_never_a_meeting() {
    // 6a.15
    let lines = "ORGANIZER:mailto:ann@example.com\nATTENDEE:mailto:ben@example.com\nSUMMARY:Notes";
    let mut town = town();
    let sent = component("VJOURNAL", lines);
    let decision = town.world.put(1, &sent, Intent::default()).unwrap().unwrap();
    assert_eq!(decision.role, SchedulingRole::Unscheduled);
    assert!(decision.messages.is_empty());
}

#[test]
fn one_who_joins_the_series_does_not_see_the_instances_without_him() {
    // 6b.20
    let mut town = invited();
    town.put("ann", &with(&[&on(3, "Without dov", &["ben", "cho"])]));
    town.news();
    let series = changed("SUMMARY", "ATTENDEE;RSVP=TRUE:mailto:dov@example.com\n    SUMMARY");
    let without = on(3, "Without dov", &["ben", "cho"]);
    let decision = town.put("ann", &format!("{series}\n\n{without}"));
    assert!(told(&decision).contains(&"REQUEST dov".to_owned()), "{:?}", told(&decision));
    town.news();
    assert_eq!(town.says("dov", 2, "SUMMARY").as_deref(), Some("Review"));
    assert_eq!(town.comes("dov", "dov", 3), "no instance");
    assert!(!town.text("dov").contains("Without dov"));
    assert_eq!(town.comes("ben", "dov", 3), "not listed");
}

#[test]
fn an_override_of_the_organizers_is_the_attendees_in_what_is_his() {
    // 6b.21
    let mut town = invited();
    let alarm = |text: &str| {
        format!("BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDESCRIPTION:{text}\nEND:VALARM\n")
    };
    let own = format!("SUMMARY:Review\nTRANSP:TRANSPARENT\nCATEGORIES:Mine\n{}", alarm("His"));
    town.edit("ben", &[("SUMMARY:Review\n", &own)]).unwrap();
    town.answer("ben", "ACCEPTED");
    town.news();
    let theirs = format!(
        "{}\nTRANSP:OPAQUE\nCATEGORIES:Theirs\nCOLOR:red\n{}",
        on(3, "Short review", &["ben", "cho"]),
        alarm("Theirs")
    );
    town.put("ann", &with(&[&theirs]));
    town.news();
    let part = unfolded(&town.copy("ben").override_for(&id(3)).unwrap().to_octets());
    for line in ["SUMMARY:Short review", "TRANSP:TRANSPARENT", "CATEGORIES:Mine", "DESCRIPTION:His"]
    {
        assert!(part.contains(&format!("{line}\n")), "{line} in {part}");
    }
    for line in ["OPAQUE", "Theirs", "COLOR"] {
        assert!(!part.contains(line), "{line} in {part}");
    }
    assert_eq!(town.comes("ben", "ben", 3), "ACCEPTED", "the same time: RFC 6638 section 3.2.8");
}

#[test]
fn answers_find_their_instance_wherever_it_comes_from() {
    // 6b.22: RDATE, a second RRULE, far from the start
    for (lines, day) in [
        ("RRULE:FREQ=DAILY;COUNT=5\nRDATE;TZID=Europe/Berlin:20260310T100000", 10),
        ("RRULE:FREQ=DAILY;COUNT=2\nRRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=2", 4),
        ("RRULE:FREQ=DAILY", 28),
        ("RDATE;TZID=Europe/Berlin:20260310T100000,20260320T100000", 20),
    ] {
        let mut town = town();
        town.put("ann", &changed("RRULE:FREQ=DAILY;COUNT=5", lines));
        town.news();
        town.answer_on("ben", day, "DECLINED");
        assert_eq!(town.news(), ["ann REPLY 1"], "{lines}");
        assert_eq!(town.comes("ann", "ben", day), "DECLINED", "{lines}");
        assert_eq!(town.comes("ann", "ben", 2), "NEEDS-ACTION", "{lines}");
    }
}

#[test]
fn a_cancelled_instance_shows_what_it_was_last() {
    // 6b.23
    let mut town = invited();
    town.put("ann", &with(&[&on(3, "Short review", &["ben", "cho"])]));
    town.news();
    town.leave_out("ann", 3);
    town.news();
    assert_eq!(town.says("ben", 3, "STATUS").as_deref(), Some("CANCELLED"));
    assert_eq!(town.says("ben", 3, "SUMMARY").as_deref(), Some("Short review"));
}

#[test]
fn which_changes_of_a_series_ask_again() {
    // 6b.24, RFC 6638 section 3.2.8
    let single = changed("    RRULE:FREQ=DAILY;COUNT=5\n", "");
    let until = |value: &str| changed("COUNT=5", &format!("UNTIL={value}"));
    let early = on(3, "Review", &["ben", "cho"]).replace(
        "DTSTART;TZID=Europe/Berlin:20260303T10",
        "DTSTART;TZID=Europe/Berlin:20260303T09",
    );
    for (before, after, day, expected) in [
        (single.clone(), SERIES.to_owned(), 2, "NEEDS-ACTION"), // it comes to recur
        (until("20260306T090000Z"), until("20260304T090000Z"), 2, "ACCEPTED"), // cut short
        (until("20260306T090000Z"), until("20260306T225959Z"), 2, "ACCEPTED"), // the same instances
        (with(&[&early]), SERIES.to_owned(), 3, "NEEDS-ACTION"), // back to the time of the series
        (with(&[&early]), SERIES.to_owned(), 4, "ACCEPTED"),
    ] {
        let mut town = town();
        town.put("ann", &before);
        town.news();
        town.answer("ben", "ACCEPTED");
        town.news();
        town.put("ann", &after);
        town.news();
        for copy in ["ann", "ben"] {
            assert_eq!(town.comes(copy, "ben", day), expected, "{copy}: {before} to {after}");
        }
    }
}

#[test]
fn an_attendee_may_leave_out_what_the_organizer_cancelled() {
    // 6c.31
    let mut town = invited();
    town.leave_out("ann", 3);
    town.news();
    assert_eq!(town.says("ben", 3, "STATUS").as_deref(), Some("CANCELLED"));
    let decision = town.leave_out("ben", 3);
    assert_eq!(told(&decision), [""; 0]);
    assert_eq!(town.comes("ben", "ben", 3), "no instance");
    assert!(!decision.reasons.iter().any(|reason| reason.verdict == Verdict::PutBack));
}

#[test]
fn an_answer_may_name_an_instance_without_its_zone() {
    // S10: DATE, or a time without TZID, where the series has DATE-TIME with one
    for written in ["RECURRENCE-ID;VALUE=DATE:20260303", "RECURRENCE-ID:20260303T100000"] {
        let mut town = invited();
        town.answer_on("ben", 3, "DECLINED");
        let own = "RECURRENCE-ID;TZID=Europe/Berlin:20260303T100000";
        let merge = arrives_as(&mut town, &[(own, written)]);
        assert!(merge.stored.is_some(), "{written}");
        assert_eq!(town.comes("ann", "ben", 3), "DECLINED", "{written}");
        assert_eq!(town.comes("ann", "ben", 4), "NEEDS-ACTION", "{written}");
        let component = town.copy("ann").override_for(&id(3)).unwrap();
        let line = component.property("RECURRENCE-ID").unwrap();
        assert_eq!(line.value(), "20260303T100000", "as DTSTART has it");
        assert_eq!(line.param("TZID"), Some("Europe/Berlin"));
    }
}

#[test]
fn a_day_is_that_of_the_series_zone() {
    // S10: midnight in UTC of the day that is named is an instance too, of the day before
    let evening = SERIES.replace("Europe/Berlin", "America/New_York");
    let evening = evening.replace("T100000", "T190000").replace("T110000", "T200000");
    for written in ["RECURRENCE-ID;VALUE=DATE:20260304", "RECURRENCE-ID:20260304T190000"] {
        let mut town = town();
        town.put("ann", &evening);
        town.news();
        let mut tree = town.copy("ben").tree().clone();
        let on_the_fourth = InstanceId::Recurrence("2026-03-05T00:00:00Z".parse().unwrap());
        let mut part = town.copy("ben").derive_override(&on_the_fourth).unwrap();
        for line in part.properties_mut().filter(|line| line.value().contains("ben@")) {
            line.set_param("PARTSTAT", "DECLINED");
        }
        tree.push_component(part);
        town.store("ben", &CalendarObject::from_tree(tree).unwrap());
        let own = "RECURRENCE-ID;TZID=America/New_York:20260304T190000";
        arrives_as(&mut town, &[(own, written)]);
        let told_apart: Vec<InstanceId> =
            town.copy("ann").overrides().map(|part| town.copy("ann").instance_id(part)).collect();
        assert_eq!(told_apart, [on_the_fourth], "{written}");
    }
}

#[test]
fn an_organizer_may_name_an_instance_without_its_zone() {
    // S10, RFC 5546 section 3.2.5
    for written in ["RECURRENCE-ID;VALUE=DATE:20260303", "RECURRENCE-ID:20260303T100000"] {
        let mut town = invited();
        town.put("ann", &with(&[&on(3, "Guest", &["cho"])]));
        while town.world.under_way()[0].message.method() != Method::Cancel {
            town.world.discard(0);
        }
        let own = "RECURRENCE-ID;TZID=Europe/Berlin:20260303T100000";
        arrives_as(&mut town, &[(own, written)]);
        assert_eq!(town.says("ben", 3, "STATUS").as_deref(), Some("CANCELLED"), "{written}");
        assert_eq!(town.says("ben", 4, "STATUS"), None, "{written}");
    }
}

#[test]
fn a_time_zone_travels_with_every_message() {
    // 6j.66, S21
    let zone = "BEGIN:VTIMEZONE\r\nTZID:Hall Time\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n\
                TZOFFSETFROM:+0130\r\nTZOFFSETTO:+0130\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    let text = String::from_utf8(event(SERIES).octets()).unwrap();
    let text = text
        .replace("Europe/Berlin", "Hall Time")
        .replace("BEGIN:VEVENT", &format!("{zone}BEGIN:VEVENT"));
    let object = CalendarObject::parse(text.as_bytes(), &Limits::default()).unwrap();
    let mut town = town();
    let decision = town.store("ann", &object);
    let mut messages = decision.messages;
    town.news();
    assert!(town.text("ben").contains("TZID:Hall Time\n"), "{}", town.text("ben"));
    messages.extend(town.answer("ben", "ACCEPTED").messages);
    messages.extend(town.delete("ann").messages);
    let methods: Vec<Method> = messages.iter().map(|message| message.itip.method()).collect();
    assert_eq!(methods, [Method::Request, Method::Reply, Method::Cancel]);
    for message in messages {
        let text = unfolded(&message.itip.octets());
        assert!(text.contains("BEGIN:VTIMEZONE\nTZID:Hall Time\n"), "{text}");
    }
}

#[test]
fn updates_do_not_heap_up_alarms_and_comments() {
    // 6k.78
    let mut town = invited();
    let own = "SUMMARY:Review\nCOMMENT:Late\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDESCRIPTION:Go\nEND:VALARM\n";
    town.edit("ben", &[("SUMMARY:Review\n", own)]).unwrap();
    for round in 1..=3 {
        town.put("ann", &changed("SUMMARY:Review", &format!("SUMMARY:Review {round}")));
        town.answer("ben", if round == 2 { "TENTATIVE" } else { "ACCEPTED" });
        town.news();
        let text = town.text("ben");
        assert_eq!(text.matches("BEGIN:VALARM").count(), 1, "{text}");
        assert_eq!(text.matches("COMMENT:").count(), 1, "{text}");
    }
}

#[test]
fn a_meeting_in_somebody_elses_words_is_kept_as_it_is() {
    // S14: an ORGANIZER that is nobody's address
    for organizer in ["Ann", "mailto:Nextcloud", "invalid:nomail", "ann@nowhere", "urn:x:1"] {
        let lines = changed("ORGANIZER:mailto:ann@example.com", &format!("ORGANIZER:{organizer}"))
            .replace("    ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com\n", "");
        let mut town = town();
        let decision = town.put("ann", &lines);
        assert_eq!(decision.role, SchedulingRole::Unscheduled, "{organizer}");
        assert!(decision.messages.is_empty() && matches!(decision.stored, Stored::Verbatim));
        assert!(!decision.reasons.is_empty(), "{organizer}: it says why nobody is told");
    }
}

#[test]
fn an_answer_may_come_with_and_without_the_series() {
    // 6b.19
    for with_master in [true, false] {
        let mut town = invited();
        let reply = |parts: &[String]| {
            let text = format!(
                "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Client//EN\r\nMETHOD:REPLY\r\n{}END:VCALENDAR\r\n",
                parts.concat()
            );
            Message::parse(text.as_bytes(), &Limits::default()).unwrap()
        };
        let part = |more: &str, partstat: &str| {
            format!(
                "BEGIN:VEVENT\r\nUID:{UID}\r\nDTSTAMP:20260105T090000Z\r\nSEQUENCE:1\r\n{more}\
                 ORGANIZER:mailto:ann@example.com\r\nATTENDEE;PARTSTAT={partstat}:mailto:ben@example.com\r\nEND:VEVENT\r\n"
            )
        };
        let mut parts = vec![part("RECURRENCE-ID:20260303T090000Z\r\n", "TENTATIVE")];
        if with_master {
            parts.insert(0, part("", "ACCEPTED"));
        }
        let parcel = Parcel::new(address("ben"), 1, address("ann"), reply(&parts));
        town.world.hand_over(&parcel);
        assert_eq!(town.comes("ann", "ben", 3), "TENTATIVE", "{with_master}");
        let rest = if with_master { "ACCEPTED" } else { "NEEDS-ACTION" };
        assert_eq!(town.comes("ann", "ben", 4), rest, "{with_master}");
    }
}
