//! The table of RFC 6638 section 3.2.8, row by row: which changes by the organizer make every answer void, and which
//! leave them.

use super::series::{SERIES, invited, on, with};
use super::support::{Town, component, meeting_with};

const RESET: &str = "NEEDS-ACTION";
const STANDS: &str = "ACCEPTED";

#[test]
fn section_3_2_8_dtstart_dtend_duration_due() {
    const EVENT: &str = "DTSTART:20260301T180000Z\nDTEND:20260301T190000Z\nSUMMARY:Talk";
    const LASTING: &str = "DTSTART:20260301T180000Z\nDURATION:PT1H\nSUMMARY:Talk";
    const TASK: &str = "DTSTART:20260301T180000Z\nDUE:20260302T180000Z\nSUMMARY:Report";
    for (kind, lines, from, to, expected) in [
        // "Any change to these properties results in PARTSTAT being set to NEEDS-ACTION."
        ("VEVENT", EVENT, "DTSTART:20260301T18", "DTSTART:20260301T17", RESET),
        ("VEVENT", EVENT, "DTEND:20260301T19", "DTEND:20260301T20", RESET),
        ("VEVENT", EVENT, "DTEND:20260301T190000Z\n", "", RESET),
        ("VEVENT", LASTING, "DURATION:PT1H", "DURATION:PT2H", RESET),
        ("VTODO", TASK, "DUE:20260302T18", "DUE:20260303T18", RESET),
        ("VTODO", TASK, "DTSTART:20260301T18", "DTSTART:20260301T17", RESET),
        // The same times in other words are no change.
        ("VEVENT", EVENT, "DTEND:20260301T190000Z", "DURATION:PT1H", STANDS),
        ("VEVENT", LASTING, "DURATION:PT1H", "DURATION:PT60M", STANDS),
        // What is not in the table.
        ("VEVENT", EVENT, "SUMMARY:Talk", "SUMMARY:Long talk", STANDS),
        ("VEVENT", EVENT, "SUMMARY:Talk", "LOCATION:Hall\nSUMMARY:Talk", STANDS),
        ("VEVENT", EVENT, "SUMMARY:Talk", "DESCRIPTION:On bees\nSUMMARY:Talk", STANDS),
        ("VEVENT", EVENT, "SUMMARY:Talk", "STATUS:TENTATIVE\nSUMMARY:Talk", STANDS),
        ("VEVENT", EVENT, "SUMMARY:Talk", "ATTENDEE:mailto:dov@example.com\nSUMMARY:Talk", STANDS),
    ] {
        let mut town = Town::of(&["ann", "ben", "cho", "dov"]);
        // pitfall S11: those whom the server does not schedule are not its concern.
        let cho = ";SCHEDULE-AGENT=CLIENT;PARTSTAT=TENTATIVE:mailto:cho";
        let meeting = component(kind, &meeting_with(lines, &[":mailto:ben", cho]));
        town.store("ann", &meeting);
        town.news();
        town.answer("ben", "ACCEPTED");
        town.news();
        town.edit("ann", &[(from, to)]).unwrap();
        town.news();
        assert_eq!(town.partstat("ann", "ben"), expected, "{kind} {to}");
        assert_eq!(town.partstat("ben", "ben"), expected, "{kind} {to}");
        assert_eq!(town.partstat("ann", "ann"), "ACCEPTED", "not the Organizer: {kind} {to}");
        assert_eq!(town.partstat("ann", "cho"), "TENTATIVE", "{kind} {to}");
    }
}

/// ben has accepted the series; then the organizer's client changes its lines.
fn answers_after(before: &str, changes: &[(&str, &str)]) -> (String, String) {
    let mut town = Town::of(&["ann", "ben", "cho", "dov"]);
    town.put("ann", before);
    town.news();
    town.answer("ben", "ACCEPTED");
    town.news();
    town.edit("ann", changes).unwrap();
    town.news();
    (town.partstat("ann", "ben"), town.partstat("ben", "ben"))
}

#[test]
fn section_3_2_8_rrule() {
    let once = SERIES.replace("    RRULE:FREQ=DAILY;COUNT=5\n", "");
    for (before, from, to, expected) in [
        // "A change to or addition of this property that results in the addition of new recurring instances"
        (SERIES, "COUNT=5", "COUNT=8", RESET),
        (SERIES, "FREQ=DAILY;COUNT=5", "FREQ=DAILY", RESET),
        (&*once, "SUMMARY:Review", "RRULE:FREQ=DAILY;COUNT=5\nSUMMARY:Review", RESET),
        // "or a change in time for existing recurring instances"
        (SERIES, "FREQ=DAILY", "FREQ=WEEKLY", RESET),
        (SERIES, "FREQ=DAILY", "FREQ=DAILY;INTERVAL=2", RESET),
        // Fewer instances, or the same in other words.
        (SERIES, "COUNT=5", "COUNT=3", STANDS),
        (SERIES, "FREQ=DAILY;COUNT=5", "UNTIL=20260304T090000Z;FREQ=DAILY", STANDS),
        (SERIES, "FREQ=DAILY;COUNT=5", "COUNT=5;FREQ=DAILY;INTERVAL=1", STANDS),
        (SERIES, "RRULE:FREQ=DAILY;COUNT=5\n", "", STANDS),
    ] {
        let (organizers, own) = answers_after(before, &[(from, to)]);
        assert_eq!((&*organizers, &*own), (expected, expected), "{from} to {to}");
    }
}

#[test]
fn section_3_2_8_rdate() {
    let date = |day: u32| format!("RDATE;TZID=Europe/Berlin:202603{day:02}T100000\n");
    let dated = SERIES.replace("SUMMARY", &format!("{}    SUMMARY", date(20)));
    let with_date = format!("{}SUMMARY", date(20));
    let in_the_rule = format!("{}SUMMARY", date(3));
    for (before, from, to, expected) in [
        // "A change to or addition of this property that results in the addition of new recurring instances"
        (SERIES, "SUMMARY", &*with_date, RESET),
        (&*dated, &*date(20), &*date(21), RESET),
        // An instance that is there already, or one less.
        (SERIES, "SUMMARY", &*in_the_rule, STANDS),
        (&*dated, &*date(20), "", STANDS),
    ] {
        let (organizers, own) = answers_after(before, &[(from, to)]);
        assert_eq!((&*organizers, &*own), (expected, expected), "{from} to {to}");
    }
}

#[test]
fn section_3_2_8_exdate() {
    let left_out = |days: &str| format!("EXDATE;TZID=Europe/Berlin:{days}\n");
    let (one, other) = (left_out("20260303T100000"), left_out("20260304T100000"));
    let both = left_out("20260303T100000,20260304T100000");
    let before = |exdate: &str| SERIES.replace("SUMMARY", &format!("{exdate}    SUMMARY"));
    let (with_one, with_both) = (before(&one), before(&both));
    let added = format!("{one}SUMMARY");
    for (before, from, to, expected) in [
        // "A change to or removal of this property that results in the reinstatement of recurring instances"
        (&*with_one, &*one, "", RESET),
        (&*with_one, &*one, &*other, RESET),
        (&*with_both, &*both, &*one, RESET),
        // One more that does not take place.
        (SERIES, "SUMMARY", &*added, STANDS),
        (&*with_one, &*one, &*both, STANDS),
    ] {
        let (organizers, own) = answers_after(before, &[(from, to)]);
        assert_eq!((&*organizers, &*own), (expected, expected), "{from} to {to}");
    }
}

#[test]
fn section_3_2_8_on_each_affected_component() {
    // The series gets new instances: one that has a component of its own is where it was.
    let mut town = invited();
    town.put("ann", &with(&[&on(3, "Special", &["ben", "cho"])]));
    town.news();
    town.answer("ben", "ACCEPTED");
    town.news();
    town.edit("ann", &[("COUNT=5", "COUNT=8")]).unwrap();
    town.news();
    assert_eq!(town.comes("ann", "ben", 3), STANDS);
    assert_eq!(town.comes("ann", "ben", 4), RESET);

    // One instance is at another time: the others are where they were.
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.news();
    let earlier = on(3, "Review", &["ben", "cho"]).replace(
        "DTSTART;TZID=Europe/Berlin:20260303T10",
        "DTSTART;TZID=Europe/Berlin:20260303T09",
    );
    town.put("ann", &with(&[&earlier]));
    town.news();
    for copy in ["ann", "ben", "cho"] {
        assert_eq!(town.comes(copy, "ben", 3), RESET, "{copy}");
        assert_eq!(town.comes(copy, "ben", 4), STANDS, "{copy}");
    }
}

#[test]
fn section_3_2_8_the_organizers_client_may_ask_again_at_any_other_time() {
    // "e.g., when the LOCATION property value changes"
    let mut town = invited();
    town.answer("ben", "ACCEPTED");
    town.news();
    let text = town.text("ann");
    let his = text.lines().find(|line| line.ends_with("mailto:ben@example.com")).unwrap();
    let asked = [
        ("SUMMARY:Review", "LOCATION:Hall\nSUMMARY:Review"),
        (his, "ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:ben@example.com"),
    ];
    town.edit("ann", &asked).unwrap();
    town.news();
    assert_eq!(town.partstat("ann", "ben"), RESET);
    assert_eq!(town.partstat("ben", "ben"), RESET);
}
