use super::*;

fn parse(octets: &[u8]) -> Component {
    Component::parse(octets, &Limits::default()).unwrap_or_else(|e| panic!("{e}"))
}

fn line(text: &str) -> Property {
    let octets = format!("BEGIN:VEVENT\r\n{text}\r\nEND:VEVENT\r\n");
    parse(octets.as_bytes()).properties().next().unwrap().clone()
}

fn printed(property: Property) -> String {
    let mut component = Component::new("VEVENT");
    component.push_property(property);
    let octets = String::from_utf8(component.to_octets()).unwrap();
    octets
        .strip_prefix("BEGIN:VEVENT\r\n")
        .unwrap()
        .strip_suffix("END:VEVENT\r\n")
        .unwrap()
        .to_owned()
}

#[test]
fn what_was_not_edited_prints_as_it_came() {
    for octets in [
        &b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"[..], // RFC 5545 3.4
        b"BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n",           // bare line feeds
        b"BEGIN:VCALENDAR\nVERSION:2.0\r\nEND:VCALENDAR",           // mixed, none at the end
        b"\xef\xbb\xbfBEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", // byte order mark
        b"\r\n\r\nBEGIN:VCALENDAR\r\n\r\nVERSION:2.0\r\n\r\n\r\nEND:VCALENDAR\r\n\r\n", // blank lines
        b"begin:vcalendar\r\nVersion:2.0\r\nEnd:vCalendar\r\n",      // RFC 5545 2: any letter case
        b"BEGIN:VCALENDAR \r\nVERSION:2.0\r\nEND:VCALENDAR  \r\n",
        b"BEGIN:VEVENT\r\nSUMMARY:one\r\n  two\r\n\tthree\r\nEND:VEVENT\r\n", // RFC 5545 3.1
        b"BEGIN:VEVENT\r\nSUM\r\n MARY:one\r\nEND:VEVENT\r\n",
        b"BEGIN:VEVENT\r\nSUMMARY:caf\xc3\r\n \xa9\r\nEND:VEVENT\r\n", // a fold within a character
        b"BEGIN:VEVENT\r\nSUMMARY:a\tb\r\nEND:VEVENT\r\n",
        b"BEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\n  \r\n",
        b"BEGIN:VEVENT\r\nBEGIN:VALARM\r\nEND:VALARM\r\nSUMMARY:after\r\nEND:VEVENT\r\n",
        b"BEGIN:VEVENT\r\nATTENDEE;CN=\"A:b;c,d\";X-Y=1,\"2\":mailto:a@example.com\r\nEND:VEVENT\r\n",
        b"BEGIN:VEVENT\r\nX-A;QUOTED-PRINTABLE;CN=a\"b\":x\r\nEND:VEVENT\r\n",
        b"BEGIN:VEVENT\r\nDTEND:19970701T2100000Z\r\nEND:VEVENT\r\n",
    ] {
        let printed = parse(octets).to_octets();
        assert_eq!(String::from_utf8_lossy(&printed), String::from_utf8_lossy(octets));
        assert_eq!(printed, octets);
    }
}

#[test]
fn folded_lines_are_read_unfolded() {
    for (octets, expected) in [
        (&b"BEGIN:VEVENT\r\nSUMMARY:one\r\n  two\r\n\tthree\r\nEND:VEVENT\r\n"[..], "one twothree"),
        (b"BEGIN:VEVENT\nSUM\n MARY:one\n two\nEND:VEVENT", "onetwo"),
        (b"BEGIN:VEVENT\r\nSUMMARY:caf\xc3\r\n \xa9\r\nEND:VEVENT\r\n", "caf\u{e9}"),
    ] {
        assert_eq!(parse(octets).property("summary").unwrap().value(), expected);
    }
}

#[test]
fn lines_are_taken_apart() {
    // RFC 5545 3.1, 3.2; RFC 6868 3
    for (text, name, params, value) in [
        ("SUMMARY:a:b;c", "SUMMARY", &[][..], "a:b;c"),
        ("summary:", "SUMMARY", &[], ""),
        (
            "DTSTART;TZID=Europe/Berlin:20260101T090000",
            "DTSTART",
            &[("TZID", &["Europe/Berlin"][..])],
            "20260101T090000",
        ),
        (
            "ATTENDEE;CN=\"A:b;c,d\":mailto:a@example.com",
            "ATTENDEE",
            &[("CN", &["A:b;c,d"])],
            "mailto:a@example.com",
        ),
        (
            "ATTENDEE;delegated-to=\"mailto:b@x\",\"mailto:c@x\";RSVP=TRUE:mailto:a@x",
            "ATTENDEE",
            &[("DELEGATED-TO", &["mailto:b@x", "mailto:c@x"]), ("RSVP", &["TRUE"])],
            "mailto:a@x",
        ),
        ("X-A;CN=a^'b^^c^nd^e:v", "X-A", &[("CN", &["a\"b^c\nd^e"])], "v"),
        ("X-A;CN=:v", "X-A", &[("CN", &[""])], "v"),
        ("X-A;CN=a,,b:v", "X-A", &[("CN", &["a", "", "b"])], "v"),
        ("X-A;BASE64:v", "X-A", &[("BASE64", &[])], "v"), // as vCalendar 1.0 writes it
        ("X-A;CN=a \"b\" c:v", "X-A", &[("CN", &["a \"b\" c"])], "v"),
        ("X-A;CN=\"a\"b;D=1:v", "X-A", &[("CN", &["ab"]), ("D", &["1"])], "v"),
        ("X-A;X=a=b:v", "X-A", &[("X", &["a=b"])], "v"),
        ("X-WR_ODD.NAME:v", "X-WR_ODD.NAME", &[], "v"),
    ] {
        let property = line(text);
        assert_eq!((property.name(), property.value()), (name, value), "{text}");
        let read: Vec<_> =
            property.params().iter().map(|p| (p.name(), p.values().collect::<Vec<_>>())).collect();
        let expected: Vec<_> =
            params.iter().map(|(name, values)| (*name, values.to_vec())).collect();
        assert_eq!(read, expected, "{text}");
    }
}

#[test]
fn octets_that_are_no_calendar_data_are_refused_with_their_line() {
    for (octets, expected) in [
        (&b""[..], "there is no calendar data"),
        (b"\r\n\r\n", "there is no calendar data"),
        (b"hello", "line 1: calendar data begins with BEGIN:VCALENDAR"),
        (b"<?xml version=\"1.0\"?>", "line 1: calendar data begins with BEGIN:VCALENDAR"),
        (b"VERSION:2.0\r\n", "line 1: calendar data begins with BEGIN:VCALENDAR"),
        (
            b" BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
            "line 1: calendar data begins with BEGIN:VCALENDAR",
        ),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\n", "END:VCALENDAR is missing"),
        (
            b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n",
            "line 3: END:VCALENDAR where END:VEVENT should be",
        ),
        (b"END:VCALENDAR\r\n", "line 1: END:VCALENDAR without its BEGIN"),
        (b"BEGIN:\r\nEND:\r\n", "line 1: BEGIN does not name a component"),
        (
            b"BEGIN:A\r\nEND:A\r\nBEGIN:A\r\nEND:A\r\n",
            "line 3: something follows the end of the first component",
        ),
        (b"BEGIN:A\r\nEND:A\r\n\r\nx", "line 4: something follows the end of the first component"),
        (b"BEGIN:A\r\nSUMMARY\r\nEND:A\r\n", "line 2: no colon in \"SUMMARY\""),
        (b"BEGIN:A\r\n:v\r\nEND:A\r\n", "line 2: \"\" is not the name of a property"),
        (b"BEGIN:A\r\nX Y:v\r\nEND:A\r\n", "line 2: \"X Y\" is not the name of a property"),
        (b"BEGIN:A\r\nX;Y\r\nEND:A\r\n", "line 2: no colon in \"X;Y\""),
        (b"BEGIN:A\r\nX;Y=1\r\nEND:A\r\n", "line 2: no colon after the parameters of X"),
        (b"BEGIN:A\r\nX;Y=\"1:v\r\nEND:A\r\n", "line 2: a quoted parameter value does not end"),
        (b"BEGIN:A\r\nX:a\x00b\r\nEND:A\r\n", "line 2: a control character"),
        (b"BEGIN:A\r\nX:a\x07b\r\nEND:A\r\n", "line 2: a control character"),
        (b"BEGIN:A\r\nX:a\x7fb\r\nEND:A\r\n", "line 2: a control character"),
        (b"BEGIN:A\r\nX:a\rb\r\nEND:A\r\n", "line 2: a control character"),
        (b"BEGIN:A\r\nX:1\r\nX:caf\xe9\r\nEND:A\r\n", "line 3: not valid UTF-8"),
        (b"BEGIN:A\r\nX:\xc3\r\n\xa9:x\r\nEND:A\r\n", "line 2: not valid UTF-8"),
        (b"BEGIN:A\r\nX:\xed\xa0\x80\r\nEND:A\r\n", "line 2: not valid UTF-8"), // a surrogate
    ] {
        let error = Component::parse(octets, &Limits::default()).unwrap_err();
        assert_eq!(error.detail(), expected, "{}", String::from_utf8_lossy(octets));
        assert!(matches!(error, ParseError::NotCalendarData { .. }));
    }
}

#[test]
fn each_limit_holds_at_its_number_and_one_past_it() {
    let nested = |depth: usize| "BEGIN:A\r\n".repeat(depth) + &"END:A\r\n".repeat(depth);
    let limits = Limits {
        max_resource_size: 200,
        max_components: 4,
        max_lines: 12,
        max_depth: 3,
        ..Limits::default()
    };
    let fails = |text: String| Component::parse(text.as_bytes(), &limits).err();
    let lines = |n: usize| format!("BEGIN:A\r\n{}END:A\r\n", "X:\r\n".repeat(n));
    let siblings = |n: usize| format!("BEGIN:A\r\n{}END:A\r\n", "BEGIN:A\r\nEND:A\r\n".repeat(n));
    let size = |n: usize| format!("BEGIN:A\r\nX:{}\r\nEND:A\r\n", "x".repeat(n));
    assert_eq!(fails(nested(3)), None);
    assert_eq!(
        fails(nested(4)),
        Some(ParseError::data_at(4, "components are nested more than 3 levels deep"))
    );
    assert_eq!(fails(siblings(3)), None);
    assert_eq!(fails(siblings(4)), Some(ParseError::TooLarge { unit: "components", limit: 4 }));
    assert_eq!(fails(lines(10)), None);
    assert_eq!(fails(lines(11)), Some(ParseError::TooLarge { unit: "lines", limit: 12 }));
    assert_eq!(size(180).len(), 200);
    assert_eq!(fails(size(180)), None);
    assert_eq!(fails(size(181)), Some(ParseError::TooLarge { unit: "octets", limit: 200 }));
}

#[test]
fn ten_thousand_levels_are_refused() {
    let deep = "BEGIN:A\r\n".repeat(10_000) + &"END:A\r\n".repeat(10_000);
    let error = Component::parse(deep.as_bytes(), &Limits::default()).unwrap_err();
    assert_eq!(error.detail(), "line 17: components are nested more than 16 levels deep");
}

#[test]
fn new_lines_are_folded_at_75_octets_between_characters() {
    // RFC 5545 3.1: lines of more than 75 octets, without the line break, are folded
    let text = "\u{e4}".repeat(60);
    let octets = printed(Property::new("SUMMARY", &text));
    let lines: Vec<_> = octets.strip_suffix("\r\n").unwrap().split("\r\n").collect();
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line.len() <= 75), "{lines:?}");
    assert_eq!(octets.replace("\r\n ", ""), format!("SUMMARY:{text}\r\n"));
    assert_eq!(printed(Property::new("X", &"a".repeat(73))), format!("X:{}\r\n", "a".repeat(73)));
    assert_eq!(
        printed(Property::new("X", &"a".repeat(74))),
        format!("X:{}\r\n a\r\n", "a".repeat(73))
    );
}

#[test]
fn refolded_lines_have_crlf_and_75_octets_and_say_the_same() {
    let long = "x".repeat(80);
    for (read, refolded) in [
        ("BEGIN:VEVENT\nUID:1\nEND:VEVENT\n", "BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\n".to_owned()),
        (
            "BEGIN:VEVENT\r\n\r\nUID:1\r\nEND:VEVENT",
            "BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\n".to_owned(),
        ),
        (
            "BEGIN:VEVENT\r\nBEGIN:VALARM\nx-a;Q;cn=a\"b\":1\nEND:VALARM\r\nEND:VEVENT\r\n",
            "BEGIN:VEVENT\r\nBEGIN:VALARM\r\nX-A;Q;cn=a\"b\":1\r\nEND:VALARM\r\nEND:VEVENT\r\n"
                .to_owned(),
        ),
        (
            &format!("BEGIN:VEVENT\r\nUID:{long}\r\nEND:VEVENT\r\n"),
            format!("BEGIN:VEVENT\r\nUID:{}\r\n {}\r\nEND:VEVENT\r\n", &long[..71], &long[71..]),
        ),
        // What is well folded stays as it was read.
        (
            "BEGIN:VEVENT\r\nSUM\r\n\tmary:one\r\nEND:VEVENT\r\n",
            "BEGIN:VEVENT\r\nSUM\r\n\tmary:one\r\nEND:VEVENT\r\n".to_owned(),
        ),
    ] {
        let mut component = parse(read.as_bytes());
        component.refold();
        assert_eq!(String::from_utf8(component.to_octets()).unwrap(), refolded, "{read}");
    }
}

#[test]
fn parameters_are_quoted_and_encoded_where_they_must_be() {
    // RFC 5545 3.2, RFC 6868 3.1
    for (value, expected) in [
        ("Ann", "X;CN=Ann:v\r\n"),
        ("Doe, Ann", "X;CN=\"Doe, Ann\":v\r\n"),
        ("mailto:a@x", "X;CN=\"mailto:a@x\":v\r\n"),
        ("a\"b^c\nd\x07", "X;CN=a^'b^^c^nd:v\r\n"),
        ("", "X;CN=:v\r\n"),
    ] {
        assert_eq!(printed(Property::new("X", "v").with_param("cn", value)), expected, "{value}");
    }
    let mut line = Property::new("X", "v");
    line.set_param_values("MEMBER", &["mailto:a@x", "b"]);
    assert_eq!(printed(line), "X;MEMBER=\"mailto:a@x\",b:v\r\n");
}

#[test]
fn editing_a_line_leaves_its_other_parameters_as_they_were_written() {
    let written = "ATTENDEE;cn=\"Bob\";PartStat=NEEDS-ACTION;X-A=1;X-A=2:MAILTO:bob@example.com";
    let mut attendee = line(written);
    attendee.set_param("PARTSTAT", "NEEDS-ACTION");
    attendee.remove_param("ROLE");
    attendee.set_value("MAILTO:bob@example.com");
    assert_eq!(printed(attendee.clone()), format!("{written}\r\n"), "nothing changed");
    attendee.set_param("PARTSTAT", "ACCEPTED");
    attendee.set_param("X-A", "3");
    attendee.set_param("RSVP", "TRUE");
    attendee.remove_param("X-NONE");
    assert_eq!(
        printed(attendee).replace("\r\n ", ""),
        "ATTENDEE;cn=\"Bob\";PARTSTAT=ACCEPTED;X-A=3;RSVP=TRUE:MAILTO:bob@example.com\r\n"
    );
}

#[test]
fn raw_values_cannot_break_out_of_their_line() {
    assert_eq!(printed(Property::new("X", "a\r\nATTENDEE:b\nc\x00")), "X:a\\nATTENDEE:b\\nc\r\n");
    assert_eq!(printed(Property::text("X", "a;b\nc")), "X:a\\;b\\nc\r\n");
}

#[test]
fn properties_are_replaced_in_place_and_added_before_the_components() {
    let mut event = parse(
        b"BEGIN:VEVENT\r\nA:1\r\nB:1\r\na:2\r\nC:1\r\nBEGIN:VALARM\r\nEND:VALARM\r\nEND:VEVENT\r\n",
    );
    event.set_property(Property::new("A", "3"));
    event.set_property(Property::new("D", "1"));
    event.remove_properties("b");
    event.push_component(Component::new("X-NEW"));
    event.retain_components(|c| c.name() != "VALARM");
    assert_eq!(
        String::from_utf8(event.to_octets()).unwrap(),
        "BEGIN:VEVENT\r\nA:3\r\nC:1\r\nD:1\r\nBEGIN:X-NEW\r\nEND:X-NEW\r\nEND:VEVENT\r\n"
    );
}

#[test]
fn a_line_follows_a_last_line_without_line_end() {
    let mut whole = Component::new("VCALENDAR");
    whole.push_component(parse(b"BEGIN:VEVENT\nEND:VEVENT"));
    assert_eq!(
        whole.to_octets(),
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
}
