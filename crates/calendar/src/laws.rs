//! Laws of lines, values and addresses, tried with generated ones. What holds of whole objects, damaged ones among
//! them, is in `tests/fuzz`.

use proptest::prelude::*;

use crate::{
    CalendarAddress, CalendarDuration, CalendarTime, Component, Limits, Partstat, Property,
};

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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

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
