//! Partial retrieval, expansion and the limits (RFC 4791 §9.6).

use calendar::select::{
    CalendarDataRequest, CompSelection, ExpandError, PropSelection, Recurrence, Selection,
};
use calendar::{CalendarObject, Limits, Zone};

use crate::support::{bounds, lines_of, object, objects, stored};

const TIMES: [&str; 9] =
    ["DTSTART", "DTEND", "DUE", "DURATION", "RECURRENCE-ID", "RRULE", "RDATE", "EXDATE", "EXRULE"];

fn expanded_in(object: &CalendarObject, range: &str, floating: &Zone) -> String {
    let recurrence = Recurrence::Expand(bounds(range));
    let request = CalendarDataRequest { recurrence, ..CalendarDataRequest::default() };
    String::from_utf8(request.select(object, floating, &Limits::default()).unwrap()).unwrap()
}

/// The times in an expansion, a line of text for each instance.
fn expanded(object: &CalendarObject, range: &str) -> Vec<String> {
    let text = expanded_in(object, range, &Zone::utc());
    let kind = format!("BEGIN:{}\r\n", object.kind());
    let components = text.split(&kind).skip(1);
    components.map(|lines| lines_of(lines.as_bytes(), &TIMES).join("|")).collect()
}

#[test]
fn instances_are_written_in_utc_with_their_identity() {
    let berlin = "DTSTART;TZID=Europe/Berlin:20260328T100000";
    for (components, range, expected) in [
        (
            // 9.6.5; clocks go forward on 29 March
            vec![format!("{berlin}|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=3|EXDATE:20260328T090000Z")],
            "20260301T000000Z/20260401T000000Z",
            vec![
                "DTSTART:20260329T080000Z|DURATION:PT1H|RECURRENCE-ID:20260329T080000Z",
                "DTSTART:20260330T080000Z|DURATION:PT1H|RECURRENCE-ID:20260330T080000Z",
            ],
        ),
        (
            // the initial instance has an identity too
            vec![format!("{berlin}|DTEND;TZID=Europe/Berlin:20260328T113000|RRULE:FREQ=DAILY;COUNT=3")],
            "20260328T000000Z/20260329T000000Z",
            vec!["DTSTART:20260328T090000Z|DTEND:20260328T103000Z|RECURRENCE-ID:20260328T090000Z"],
        ),
        (
            // RFC 5545 3.3.6: a day of 23 hours cannot be told as P1D in UTC
            vec![format!("{berlin}|DURATION:P1D|RRULE:FREQ=DAILY;COUNT=2")],
            "20260328T000000Z/20260401T000000Z",
            vec![
                "DTSTART:20260328T090000Z|RECURRENCE-ID:20260328T090000Z|DTEND:20260329T080000Z",
                "DTSTART:20260329T080000Z|DURATION:P1D|RECURRENCE-ID:20260329T080000Z",
            ],
        ),
        (
            // days stay days
            vec!["DTSTART;VALUE=DATE:20260105|RRULE:FREQ=DAILY;COUNT=2".into()],
            "20260106T000000Z/20260110T000000Z",
            vec!["DTSTART;VALUE=DATE:20260106|RECURRENCE-ID;VALUE=DATE:20260106"],
        ),
        (
            // local times stay local
            vec!["DTSTART:20260105T090000|DTEND:20260105T100000|RRULE:FREQ=DAILY;COUNT=2".into()],
            "20260106T000000Z/20260110T000000Z",
            vec!["DTSTART:20260106T090000|DTEND:20260106T100000|RECURRENCE-ID:20260106T090000"],
        ),
        (
            // RFC 5545 3.8.5.2: the period says how long it lasts
            vec![
                "DTSTART:20260105T090000Z|DURATION:PT1H|RDATE;VALUE=PERIOD:20260106T090000Z/PT3H"
                    .into(),
            ],
            "20260106T000000Z/20260107T000000Z",
            vec!["DTSTART:20260106T090000Z|RECURRENCE-ID:20260106T090000Z|DTEND:20260106T120000Z"],
        ),
        (
            // an override is the instance it stands for, wherever it was moved
            vec![
                "DTSTART:20260105T090000Z|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=5".into(),
                "RECURRENCE-ID;TZID=Europe/Berlin:20260107T100000|\
                 DTSTART;TZID=Europe/Berlin:20260120T100000|DURATION:PT2H"
                    .into(),
                "RECURRENCE-ID:20260106T090000Z|DTSTART:20260121T090000Z".into(),
            ],
            "20260107T000000Z/20260120T100000Z",
            vec![
                "RECURRENCE-ID:20260107T090000Z|DTSTART:20260120T090000Z|DURATION:PT2H",
                "DTSTART:20260108T090000Z|DURATION:PT1H|RECURRENCE-ID:20260108T090000Z",
                "DTSTART:20260109T090000Z|DURATION:PT1H|RECURRENCE-ID:20260109T090000Z",
            ],
        ),
        (
            // RFC 5545 3.2.13: each instance by itself, RANGE gone
            vec![
                "DTSTART:20260105T090000Z|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=4".into(),
                "RECURRENCE-ID;RANGE=THISANDFUTURE:20260107T090000Z|DTSTART:20260107T140000Z|DURATION:PT2H"
                    .into(),
            ],
            "20260106T000000Z/20260110T000000Z",
            vec![
                "DTSTART:20260106T090000Z|DURATION:PT1H|RECURRENCE-ID:20260106T090000Z",
                "RECURRENCE-ID:20260107T090000Z|DTSTART:20260107T140000Z|DURATION:PT2H",
                "RECURRENCE-ID:20260108T090000Z|DTSTART:20260108T140000Z|DURATION:PT2H",
            ],
        ),
        (
            // what does not recur has no identity
            vec![format!("{berlin}|DURATION:PT1H")],
            "20260328T000000Z/20260329T000000Z",
            vec!["DTSTART:20260328T090000Z|DURATION:PT1H"],
        ),
        (vec![format!("{berlin}|DURATION:PT1H")], "20260401T000000Z/20260402T000000Z", vec![]),
    ] {
        let components: Vec<&str> = components.iter().map(String::as_str).collect();
        assert_eq!(expanded(&objects("VEVENT", &components), range), expected, "{components:?}");
    }
}

#[test]
fn tasks_and_journal_entries_are_expanded() {
    for (kind, lines, expected) in [
        (
            "VTODO",
            "DTSTART:20260105T090000Z|DUE:20260105T100000Z|RRULE:FREQ=WEEKLY;COUNT=2",
            vec!["DTSTART:20260112T090000Z|DUE:20260112T100000Z|RECURRENCE-ID:20260112T090000Z"],
        ),
        (
            "VTODO",
            "DUE;TZID=Europe/Berlin:20260105T100000|RRULE:FREQ=WEEKLY;COUNT=2",
            vec!["DUE:20260112T090000Z|RECURRENCE-ID:20260112T090000Z"],
        ),
        ("VTODO", "SUMMARY:some day", vec![""]),
        ("VTODO", "COMPLETED:20260112T090000Z", vec![""]),
        (
            "VJOURNAL",
            "DTSTART;VALUE=DATE:20260105|RRULE:FREQ=WEEKLY;COUNT=2",
            vec!["DTSTART;VALUE=DATE:20260112|RECURRENCE-ID;VALUE=DATE:20260112"],
        ),
        ("VFREEBUSY", "FREEBUSY:20260112T090000Z/PT1H,20260112T120000Z/PT1H", vec![""]),
    ] {
        let object = object(kind, lines);
        assert_eq!(expanded(&object, "20260112T000000Z/20260113T000000Z"), expected, "{lines}");
    }
}

#[test]
fn no_reference_to_a_time_zone_remains() {
    // 9.6.5
    let object = stored(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:Here\r\nBEGIN:STANDARD\r\n\
         DTSTART:20000101T000000\r\nTZOFFSETFROM:+0130\r\nTZOFFSETTO:+0130\r\nEND:STANDARD\r\n\
         END:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Here;X-KEPT=1:20260105T100000\r\n\
         X-TIMES;TZID=Here:20260105T100000,20260106T100000/20260106T110000\r\n\
         X-TEXT;TZID=Here:no time\r\nSUMMARY:Un\r\n touched\r\nBEGIN:VALARM\r\n\
         TRIGGER;VALUE=DATE-TIME:20260105T080000Z\r\nACKNOWLEDGED;TZID=Here:20260105T100000\r\n\
         END:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    );
    let expected = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n\
         DTSTART;X-KEPT=1:20260105T083000Z\r\n\
         X-TIMES:20260105T083000Z,20260106T083000Z/20260106T093000Z\r\n\
         X-TEXT:no time\r\nSUMMARY:Un\r\n touched\r\nBEGIN:VALARM\r\n\
         TRIGGER;VALUE=DATE-TIME:20260105T080000Z\r\nACKNOWLEDGED:20260105T083000Z\r\n\
         END:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let range = "20260101T000000Z/20270101T000000Z";
    assert_eq!(expanded_in(&object, range, &Zone::utc()), expected);
}

#[test]
fn days_are_placed_by_the_zone_of_the_query() {
    let day = object("VEVENT", "DTSTART;VALUE=DATE:20260105|RRULE:FREQ=DAILY;COUNT=2");
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let range = "20260106T230000Z/20260107T000000Z";
    assert_eq!(lines_of(expanded_in(&day, range, &Zone::utc()).as_bytes(), &["DTSTART"]).len(), 1);
    assert!(lines_of(expanded_in(&day, range, &berlin).as_bytes(), &["DTSTART"]).is_empty());
}

#[test]
fn expansions_are_bounded() {
    let daily = object("VEVENT", "DTSTART:20260105T090000Z|RRULE:FREQ=DAILY;COUNT=10");
    let expand = |limits: Limits| {
        let recurrence = Recurrence::Expand(bounds("20260101T000000Z/20270101T000000Z"));
        let request = CalendarDataRequest { recurrence, ..CalendarDataRequest::default() };
        request.select(&daily, &Zone::utc(), &limits).map(|octets| octets.len())
    };
    let limits = Limits::default();
    assert!(expand(Limits { max_instances: 10, ..limits }).is_ok());
    assert_eq!(
        expand(Limits { max_instances: 9, ..limits }),
        Err(ExpandError::TooManyInstances { limit: 9 })
    );
    let one = daily.master().unwrap().to_octets().len();
    assert!(expand(Limits { max_resource_size: 10 * one, ..limits }).is_ok());
    let limit = 10 * one - 1;
    assert_eq!(
        expand(Limits { max_resource_size: limit, ..limits }),
        Err(ExpandError::TooLarge { limit })
    );
}

#[test]
fn overrides_that_do_not_impact_the_range_are_left_out() {
    // 9.6.6
    let master = "DTSTART:20260105T090000Z|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=20";
    let moved = "RECURRENCE-ID:20260107T090000Z|DTSTART:20260120T090000Z|DURATION:PT1H";
    let future =
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20260110T090000Z|DTSTART:20260110T140000Z|DURATION:PT1H";
    let shifted = "RECURRENCE-ID:20260112T090000Z|DTSTART:20260130T090000Z|DURATION:PT1H";
    let excluded = "EXDATE:20260107T090000Z";
    for (extra, overrides, range, expected) in [
        ("", vec![moved], "20260120T000000Z/20260121T000000Z", vec![moved]), // moved in
        ("", vec![moved], "20260107T000000Z/20260108T000000Z", vec![moved]), // moved out
        ("", vec![moved], "20260108T000000Z/20260109T000000Z", vec![]),
        ("", vec![moved], "20260107T100000Z/20260108T000000Z", vec![]), // just ended
        (excluded, vec![moved], "20260107T000000Z/20260121T000000Z", vec![moved]),
        (excluded, vec![moved], "20260120T000000Z/20260121T000000Z", vec![]), // is no instance
        ("", vec![future], "20260115T143000Z/20260115T143100Z", vec![future]),
        ("", vec![future], "20260115T093000Z/20260115T093100Z", vec![future]), // taken away
        ("", vec![future], "20260105T000000Z/20260110T000000Z", vec![]),
        ("", vec![future], "20260201T000000Z/20260202T000000Z", vec![]),
        ("", vec![future, shifted], "20260112T143000Z/20260112T144000Z", vec![shifted]),
        ("", vec![future, shifted], "20260130T000000Z/20260131T000000Z", vec![shifted]),
        ("", vec![future, shifted], "20260112T093000Z/20260112T094000Z", vec![shifted]), // by itself
        ("", vec![future, shifted], "20260113T143000Z/20260113T144000Z", vec![future]),
        ("", vec![future, shifted], "20260111T000000Z/20260113T000000Z", vec![future, shifted]),
    ] {
        let master = format!("{master}|{extra}");
        let object = |overrides: &[&str]| {
            let components: Vec<&str> =
                std::iter::once(master.as_str()).chain(overrides.iter().copied()).collect();
            objects("VEVENT", &components)
        };
        let recurrence = Recurrence::LimitSet(bounds(range));
        let request = CalendarDataRequest { recurrence, ..CalendarDataRequest::default() };
        let octets = request.select(&object(&overrides), &Zone::utc(), &Limits::default()).unwrap();
        let expected = object(&expected).octets();
        let (found, expected) =
            (String::from_utf8(octets).unwrap(), String::from_utf8(expected).unwrap());
        assert_eq!(found, expected, "{overrides:?} {range}");
    }
}

#[test]
fn free_busy_periods_are_limited() {
    // 9.6.7, and RFC 5545 3.3.9 for the two forms of a period
    let object = object(
        "VFREEBUSY",
        "DTSTART:20260105T000000Z|DTEND:20260108T000000Z|\
         FREEBUSY:20260105T090000Z/20260105T100000Z,20260106T090000Z/PT1H|\
         FREEBUSY;FBTYPE=FREE:20260106T120000Z/PT1H|FREEBUSY:20260107T090000Z/PT1H,nonsense",
    );
    let limited = |range| {
        let request = CalendarDataRequest {
            limit_freebusy_set: Some(bounds(range)),
            ..CalendarDataRequest::default()
        };
        let octets = request.select(&object, &Zone::utc(), &Limits::default()).unwrap();
        lines_of(&octets, &["FREEBUSY"])
    };
    assert_eq!(
        limited("20260106T095900Z/20260107T000000Z"),
        ["FREEBUSY:20260106T090000Z/PT1H", "FREEBUSY;FBTYPE=FREE:20260106T120000Z/PT1H"]
    );
    assert!(limited("20260106T100000Z/20260106T120000Z").is_empty());
}

fn selection(
    name: &str,
    props: Option<&[(&str, bool)]>,
    comps: Option<Vec<CompSelection>>,
) -> CompSelection {
    let prop = |&(name, novalue): &(&str, bool)| PropSelection { name: name.into(), novalue };
    CompSelection {
        name: name.to_owned(),
        props: props
            .map_or(Selection::All, |props| Selection::Named(props.iter().map(prop).collect())),
        comps: comps.map_or(Selection::All, Selection::Named),
    }
}

#[test]
fn components_and_properties_are_selected() {
    // 9.6.1 to 9.6.4
    let object = object(
        "VEVENT",
        "dtstart;tzid=Europe/Berlin:20260105T090000|Summary;LANGUAGE=de:Mit\u{2028}tag|X-Foo:bar|\
         BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT5M|END:VALARM|BEGIN:X-PART|X-A:1|END:X-PART",
    );
    let head = "BEGIN:VCALENDAR|VERSION:2.0|BEGIN:VEVENT|";
    let tail = "END:VEVENT|END:VCALENDAR|";
    let alarm = "BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT5M|END:VALARM|";
    let none = || Some(Vec::new());
    let event = |props, comps| Some(vec![selection("VEVENT", props, comps)]);
    for (comps, expected) in [
        (event(Some(&[]), none()), format!("{head}{tail}")),
        (
            event(Some(&[("SUMMARY", true), ("DTSTART", false)]), none()),
            format!("{head}dtstart;tzid=Europe/Berlin:20260105T090000|SUMMARY;LANGUAGE=de:|{tail}"),
        ),
        (event(Some(&[("X-FOO", false)]), none()), format!("{head}X-Foo:bar|{tail}")),
        (
            event(Some(&[]), Some(vec![selection("VALARM", None, None)])),
            format!("{head}{alarm}{tail}"),
        ),
        (
            event(Some(&[]), Some(vec![selection("X-PART", Some(&[("X-A", true)]), None)])),
            format!("{head}BEGIN:X-PART|X-A:|END:X-PART|{tail}"),
        ),
        (
            event(Some(&[("UID", false), ("NOT-THERE", false)]), None),
            format!("{head}UID:1|{alarm}BEGIN:X-PART|X-A:1|END:X-PART|{tail}"),
        ),
        (
            Some(vec![selection("VTODO", None, None)]),
            "BEGIN:VCALENDAR|VERSION:2.0|END:VCALENDAR|".into(),
        ),
        (none(), "BEGIN:VCALENDAR|VERSION:2.0|END:VCALENDAR|".into()),
    ] {
        let comp = Some(selection("VCALENDAR", None, comps));
        let request = CalendarDataRequest { comp, ..CalendarDataRequest::default() };
        let octets = request.select(&object, &Zone::utc(), &Limits::default()).unwrap();
        assert_eq!(String::from_utf8(octets).unwrap().replace("\r\n", "|"), expected);
    }
}

#[test]
fn what_is_expanded_is_selected_from() {
    let series = object("VEVENT", "DTSTART:20260105T090000Z|RRULE:FREQ=DAILY;COUNT=2|SUMMARY:a");
    let event = selection(
        "VEVENT",
        Some(&[("SUMMARY", false), ("RECURRENCE-ID", false), ("RRULE", false)]),
        None,
    );
    let request = CalendarDataRequest {
        comp: Some(selection("VCALENDAR", Some(&[]), Some(vec![event]))),
        recurrence: Recurrence::Expand(bounds("20260106T000000Z/20260107T000000Z")),
        limit_freebusy_set: None,
    };
    let octets = request.select(&series, &Zone::utc(), &Limits::default()).unwrap();
    let expected = "BEGIN:VCALENDAR|BEGIN:VEVENT|SUMMARY:a|RECURRENCE-ID:20260106T090000Z|\
        END:VEVENT|END:VCALENDAR|";
    assert_eq!(String::from_utf8(octets).unwrap().replace("\r\n", "|"), expected);
}
