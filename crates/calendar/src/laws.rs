//! Laws that hold for any input, tried with generated and with damaged calendar data.

use proptest::prelude::*;

use crate::diff::{DiffKind, diff};
use crate::{
    CalendarAddress, CalendarDuration, CalendarObject, CalendarTime, Component, Limits, Message,
    Partstat, Property,
};

/// What clients send: zones, overrides, attendees, quoted and folded parameters, tasks, alarms.
const SAMPLES: [&str; 4] = [
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//X//EN\r\nBEGIN:VTIMEZONE\r\nTZID:Somewhere\r\n\
     BEGIN:STANDARD\r\nDTSTART:20001026T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n\
     TZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:1\r\n\
     DTSTART;TZID=Somewhere:20260105T090000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=9\r\n\
     EXDATE;TZID=Somewhere:20260106T090000,20260112T090000\r\nORGANIZER;CN=\"Doe, Ann\":mailto:ann@example.com\r\n\
     ATTENDEE;PARTSTAT=ACCEPTED;CN=Bob;X-NUM=\"1;2\":mailto:bob@ex\r\n ample.com\r\nSUMMARY:Caf\u{e9}\\, lunch\r\n\
     BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:1\r\n\
     RECURRENCE-ID:20260113T140000Z\r\nDTSTART:20260113T150000Z\r\nDTEND:20260113T160000Z\r\nEND:VEVENT\r\n\
     END:VCALENDAR\r\n",
    "begin:vcalendar\nversion:2.0\nbegin:vtodo\nuid:2\ndue;value=date:20260105\nstatus:needs-action\n\
     attendee;delegated-to=\"mailto:a@x\",\"mailto:b@x\":c@x\nx-odd;foo:bar\nend:vtodo\nend:vcalendar",
    "\u{feff}BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REPLY\r\n\r\nBEGIN:VEVENT\r\nUID:3\r\nDTSTART;VALUE=DATE:20260105\r\n\
     RDATE;VALUE=PERIOD:20260106T090000Z/PT1H,20260107T090000Z/20260107T100000Z\r\nSEQUENCE:4\r\n\
     ATTENDEE;CN=a^'b^n:mailto:c@x\r\nREQUEST-STATUS:2.0;Success\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VFREEBUSY\r\nUID:4\r\nDTSTART:20260105T000000Z\r\nDTEND:20260106T000000Z\r\n\
     FREEBUSY;FBTYPE=BUSY:20260105T090000Z/PT1H\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n",
];

/// A sample with some of it gone, doubled, or replaced by what often hurts.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let splinter = prop::sample::select(vec![
        "",
        "\r\n",
        "\n ",
        ":",
        ";",
        "\"",
        ",",
        "\\",
        "^",
        "=",
        "\u{e9}",
        "\0",
        "BEGIN:VEVENT\r\n",
        "END:VEVENT\r\n",
        "99999999999",
        "-",
        "T",
        "Z",
        "DTSTART:",
        "RRULE:FREQ=SECONDLY\r\n",
        "P9999999999W",
        "00010101T000000Z",
        "99991231T235959Z",
        "TZID=",
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20260113\r\n",
    ]);
    let wound = (any::<prop::sample::Index>(), 0..40_usize, splinter, any::<bool>());
    (prop::sample::select(SAMPLES.to_vec()), prop::collection::vec(wound, 0..6)).prop_map(
        |(sample, wounds)| {
            let mut octets = sample.as_bytes().to_vec();
            for (at, length, splinter, doubles) in wounds {
                let start = at.index(octets.len() + 1);
                let end = (start + length).min(octets.len());
                let mut inserted = splinter.as_bytes().to_vec();
                if doubles {
                    inserted.extend_from_slice(&octets[start..end].repeat(2));
                }
                octets.splice(start..end, inserted);
            }
            octets
        },
    )
}

/// A line as somebody may write it: any parameters, folded anywhere, ended in either way.
fn written_line() -> impl Strategy<Value = Vec<u8>> {
    let param = "[A-Za-z-]{1,6}=([^\\x00-\\x1f\\x7f\":;,]{0,6}|\"[^\\x00-\\x1f\\x7f\"]{0,6}\")";
    let line =
        format!("[A-Z][A-Z-]{{0,5}}(;{param}){{0,3}}:[^\\x00-\\x08\\x0a-\\x1f\\x7f]{{0,30}}");
    let line = prop::string::string_regex(&line).unwrap();
    (line, prop::collection::vec(any::<prop::sample::Index>(), 0..3), any::<bool>(), any::<bool>())
        .prop_filter("delimits a component", |(line, ..)| {
            !line.starts_with("BEGIN") && !line.starts_with("END")
        })
        .prop_map(|(line, folds, bare, tab)| {
            let mut octets = line.into_bytes();
            let end: &[u8] = if bare { b"\n" } else { b"\r\n" };
            let fold = [end, if tab { b"\t" } else { b" " }].concat();
            let mut folds: Vec<_> =
                folds.into_iter().map(|at| 1 + at.index(octets.len())).collect();
            folds.sort_unstable();
            for at in folds.into_iter().rev() {
                octets.splice(at..at, fold.iter().copied());
            }
            octets.extend_from_slice(end);
            octets
        })
}

fn event_of(lines: &[Vec<u8>]) -> Vec<u8> {
    [b"BEGIN:VEVENT\r\n", lines.concat().as_slice(), b"END:VEVENT\r\n"].concat()
}

fn parse(octets: &[u8]) -> Component {
    Component::parse(octets, &Limits::default()).unwrap_or_else(|e| panic!("{e}: {octets:?}"))
}

/// Everything that reads an object or a message.
fn read_all(octets: &[u8]) {
    let limits = Limits::default();
    for object in [CalendarObject::parse(octets, &limits), CalendarObject::parse_stored(octets)]
        .into_iter()
        .chain([Message::parse(octets, &limits).map(|message| message.content().clone())])
        .flatten()
    {
        assert_eq!(object.octets(), octets);
        assert!(diff(&object, &object).is_empty());
        for sample in SAMPLES {
            if let Ok(sample) = CalendarObject::parse_stored(sample.as_bytes()) {
                let kinds = |old, new, as_seen: fn(DiffKind) -> DiffKind| -> Vec<_> {
                    let entries = diff(old, new).instances.into_iter();
                    entries.map(|entry| (entry.id, as_seen(entry.kind))).collect()
                };
                let there = kinds(&sample, &object, |kind| kind);
                assert_eq!(there, kinds(&object, &sample, swapped), "and back");
            }
        }
        for component in object.components() {
            component.organizer().and_then(|organizer| organizer.address());
            component.attendees().for_each(|a| drop((a.address(), a.partstat(), a.common_name())));
            let mut edited = component.clone();
            let instant = "2026-01-06T14:00:00Z".parse().unwrap();
            edited.exclude(&[instant], object.zones());
            if edited.start().is_some_and(|start| !start.is_date()) {
                assert!(edited.excluded(object.zones()).contains(&instant));
            }
            edited.reinstate(instant, object.zones());
            assert!(!edited.excluded(object.zones()).contains(&instant));
        }
    }
}

fn swapped(kind: DiffKind) -> DiffKind {
    match kind {
        DiffKind::Added => DiffKind::Removed,
        DiffKind::Removed => DiffKind::Added,
        DiffKind::Changed => DiffKind::Changed,
    }
}

#[test]
fn the_samples_are_read() {
    for sample in SAMPLES {
        read_all(sample.as_bytes());
        assert_eq!(parse(sample.as_bytes()).to_octets(), sample.as_bytes());
    }
    let read = SAMPLES.map(|sample| CalendarObject::parse(sample.as_bytes(), &Limits::default()));
    assert_eq!(
        read.map(|object| object.is_ok()),
        [true, true, false, true],
        "the third is a message"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn damaged_data_is_refused_or_read_and_printed_as_it_came(octets in damaged()) {
        if let Ok(tree) = Component::parse(&octets, &Limits::default()) {
            prop_assert_eq!(tree.to_octets(), octets.clone());
        }
        read_all(&octets);
    }

    #[test]
    fn any_address_normalises_to_itself(text in "\\PC{0,30}|(mailto:|MAILTO:|/|https?://|urn:){0,3}[a-zA-Z0-9%@:/?#.+ -]{0,30}") {
        if let Ok(address) = CalendarAddress::parse(&text) {
            prop_assert_eq!(CalendarAddress::parse(address.as_str()), Ok(address));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_was_parsed_prints_as_it_was_written(lines in prop::collection::vec(written_line(), 0..8)) {
        let octets = event_of(&lines);
        prop_assert_eq!(parse(&octets).to_octets(), octets);
    }

    #[test]
    fn an_edited_line_leaves_all_others_alone(
        lines in prop::collection::vec(written_line(), 1..8),
        which in any::<prop::sample::Index>(),
        value in "\\PC{0,100}",
    ) {
        let which = which.index(lines.len());
        let mut event = parse(&event_of(&lines));
        let before: Vec<String> = event.properties().map(|p| p.value().to_owned()).collect();
        let line = event.properties_mut().nth(which).unwrap();
        line.set_param("X-SET", &value);
        line.set_partstat(&Partstat::Tentative);
        let octets = event.to_octets();

        let head = event_of(&lines[..which]);
        let head = head.strip_suffix(b"END:VEVENT\r\n").unwrap();
        let tail = event_of(&lines[which + 1..]);
        let tail = tail.strip_prefix(b"BEGIN:VEVENT\r\n").unwrap();
        prop_assert!(octets.starts_with(head), "the lines before");
        prop_assert!(octets.ends_with(tail), "the lines after");

        let again = parse(&octets);
        let after: Vec<String> = again.properties().map(|p| p.value().to_owned()).collect();
        prop_assert_eq!(after, before);
        let line = again.properties().nth(which).unwrap();
        prop_assert_eq!(line.param("X-SET"), Some(value.as_str()));
        prop_assert_eq!(line.param("PARTSTAT"), Some("TENTATIVE"));
    }

    #[test]
    fn what_is_set_reads_back(text in "(\\PC|\n|\t){0,200}", value in "(\\PC|\n|\t){0,100}") {
        let mut event = Component::new("VEVENT");
        event.push_property(Property::text("SUMMARY", &text).with_param("ALTREP", &value));
        let octets = event.to_octets();
        prop_assert!(octets.split(|b| *b == b'\n').all(|line| line.len() <= 76));
        let again = parse(&octets);
        let property = again.property("SUMMARY").unwrap();
        prop_assert_eq!(property.to_text(), text);
        prop_assert_eq!(property.param("ALTREP"), Some(value.as_str()));
    }

    #[test]
    fn durations_print_and_read_back(days in -100_000..100_000_i64, seconds in 0..10_000_000_i64) {
        let seconds = if days < 0 { -seconds } else { seconds };
        let duration = CalendarDuration { days, seconds };
        prop_assert_eq!(CalendarDuration::parse(&duration.to_string()), Ok(duration));
    }

    #[test]
    fn any_text_is_a_time_or_none(text in "[0-9TZtz+-]{0,20}") {
        if let Ok(time) = CalendarTime::parse(&text, Some("Europe/Berlin")) {
            let property = time.to_property("DTSTART");
            prop_assert_eq!(CalendarTime::from_property(&property), Ok(time));
        }
    }
}
