//! iCalendar files: what other programs write into one, object by object (RFC 5545 3.4), and a file made of objects.
//!
//! A file is split at its BEGIN and END lines, so that one damaged event does not take the others with it, and each
//! keeps its octets.

use std::collections::{BTreeMap, BTreeSet};

/// The components of one UID, as an object that can be stored (RFC 4791 4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where its first component begins in the file, counted from 1.
    pub line: usize,
    /// Its UID, if it has one.
    pub uid: Option<String>,
    /// What can be stored.
    pub octets: Vec<u8>,
}

/// What in a file cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub why: String,
}

/// A component directly within a VCALENDAR.
struct Part<'a> {
    name: String,
    line: usize,
    lines: Vec<&'a str>,
}

/// One VCALENDAR.
#[derive(Default)]
struct Calendar<'a> {
    version_and_so_on: Vec<&'a str>,
    parts: Vec<Part<'a>>,
}

/// Splits a file into one object for each UID of each VCALENDAR in it.
pub fn split(text: &str) -> (Vec<Piece>, Vec<Damage>) {
    let (calendars, damage) = read(text);
    (calendars.iter().flat_map(pieces).collect(), damage)
}

/// One VCALENDAR of the components of these objects, each zone described once, also one that is only named (RFC 7809
/// 3.1.4 lets clients leave out those that the server knows; in a file they must be, RFC 5545 3.6.5).
pub fn join<'a>(objects: impl IntoIterator<Item = &'a str>) -> String {
    let (mut zones, mut others) = (String::new(), String::new());
    let (mut described, mut named) = (BTreeSet::new(), BTreeSet::new());
    for object in objects {
        for part in read(object).0.iter().flat_map(|calendar| &calendar.parts) {
            if part.name != "VTIMEZONE" {
                write(&mut others, &part.lines);
                named.extend(unfold(&part.lines).iter().filter_map(|line| tzid(line)));
            } else if described.insert(value(&part.lines, "TZID")) {
                write(&mut zones, &part.lines);
            }
        }
    }
    let undescribed = named.into_iter().filter(|tzid| !described.contains(&Some(tzid.clone())));
    for zone in undescribed.filter_map(|tzid| calendar::zone::vtimezone(&tzid)) {
        zones.push_str(&String::from_utf8_lossy(&zone.to_octets()));
    }
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{}\r\n{zones}{others}END:VCALENDAR\r\n",
        calendar::PRODID
    )
}

fn read(text: &str) -> (Vec<Calendar<'_>>, Vec<Damage>) {
    let (mut calendars, mut damage) = (Vec::new(), Vec::new());
    let mut open: Option<Calendar<'_>> = None;
    let mut part: Option<Part<'_>> = None;
    let mut depth = 0_usize;
    for (line, raw) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let raw = raw.trim_end_matches('\r');
        let mark = raw.trim_end().to_ascii_uppercase();
        match (&mut open, &mut part) {
            (None, _) if mark == "BEGIN:VCALENDAR" => open = Some(Calendar::default()),
            (None, _) if mark.is_empty() => {}
            (None, _) => {
                damage.push(Damage { line, why: "it is outside of any VCALENDAR".to_owned() })
            }
            (Some(_), None) if mark == "END:VCALENDAR" => calendars.extend(open.take()),
            (Some(_), None) if mark.starts_with("BEGIN:") => {
                let name = mark.trim_start_matches("BEGIN:").to_owned();
                (part, depth) = (Some(Part { name, line, lines: vec![raw] }), 1);
            }
            (Some(calendar), None) => calendar.version_and_so_on.push(raw),
            (Some(calendar), Some(inner)) => {
                if mark == "END:VCALENDAR" {
                    let why = format!("the {} that begins here does not end", inner.name);
                    damage.push(Damage { line: inner.line, why });
                    part = None;
                    calendars.extend(open.take());
                    continue;
                }
                inner.lines.push(raw);
                depth = if mark.starts_with("BEGIN:") {
                    depth.saturating_add(1)
                } else if mark.starts_with("END:") {
                    depth.saturating_sub(1)
                } else {
                    depth
                };
                if depth == 0 {
                    calendar.parts.extend(part.take());
                }
            }
        }
    }
    if let Some(calendar) = open {
        let line = part.map_or_else(|| text.lines().count(), |part| part.line);
        damage.push(Damage { line, why: "the file ends within a VCALENDAR".to_owned() });
        calendars.push(calendar);
    }
    (calendars, damage)
}

fn pieces(calendar: &Calendar<'_>) -> Vec<Piece> {
    // Components without a UID are pieces of their own: each is told apart when it is refused.
    let mut by_uid: BTreeMap<(Option<String>, usize), Vec<&Part<'_>>> = BTreeMap::new();
    for part in calendar.parts.iter().filter(|part| part.name != "VTIMEZONE") {
        let uid = value(&part.lines, "UID");
        let apart = if uid.is_none() { part.line } else { 0 };
        by_uid.entry((uid, apart)).or_default().push(part);
    }
    let mut pieces: Vec<Piece> =
        by_uid.into_iter().map(|((uid, _), parts)| piece(calendar, uid, &parts)).collect();
    pieces.sort_by_key(|piece| piece.line);
    pieces
}

fn piece(calendar: &Calendar<'_>, uid: Option<String>, parts: &[&Part<'_>]) -> Piece {
    let named: BTreeSet<String> =
        parts.iter().flat_map(|part| unfold(&part.lines)).filter_map(|line| tzid(&line)).collect();
    let mut text = "BEGIN:VCALENDAR\r\n".to_owned();
    for line in unfold(&calendar.version_and_so_on) {
        let name = line.split([':', ';']).next().unwrap_or_default().to_ascii_uppercase();
        // RFC 4791 4.1: what is stored has no METHOD. What else stands here is about the file.
        if ["VERSION", "PRODID", "CALSCALE"].contains(&name.as_str()) {
            write(&mut text, &[&line]);
        }
    }
    let zones = calendar.parts.iter().filter(|part| {
        part.name == "VTIMEZONE"
            && value(&part.lines, "TZID").is_some_and(|tzid| named.contains(&tzid))
    });
    zones.for_each(|zone| write(&mut text, &zone.lines));
    parts.iter().for_each(|part| write(&mut text, &part.lines));
    text.push_str("END:VCALENDAR\r\n");
    let line = parts.iter().map(|part| part.line).min().unwrap_or_default();
    Piece { line, uid, octets: text.into_bytes() }
}

fn write(text: &mut String, lines: &[&str]) {
    for line in lines {
        text.push_str(line);
        text.push_str("\r\n");
    }
}

/// The content lines that these lines are folded from (RFC 5545 3.1).
fn unfold(lines: &[&str]) -> Vec<String> {
    let mut unfolded: Vec<String> = Vec::with_capacity(lines.len());
    for line in lines {
        match (line.strip_prefix([' ', '\t']), unfolded.last_mut()) {
            (Some(more), Some(last)) => last.push_str(more),
            _ => unfolded.push((*line).to_owned()),
        }
    }
    unfolded
}

/// The value of a property of a component itself, not of one within it.
fn value(lines: &[&str], property: &str) -> Option<String> {
    let mut depth = 0_usize;
    for line in unfold(lines) {
        let upper = line.to_ascii_uppercase();
        if upper.starts_with("BEGIN:") {
            depth = depth.saturating_add(1);
        } else if upper.starts_with("END:") {
            depth = depth.saturating_sub(1);
        } else if depth == 1
            && let Some(rest) = upper.strip_prefix(property)
            && rest.starts_with([':', ';'])
        {
            return line.split_once(':').map(|(_, value)| value.trim().to_owned());
        }
    }
    None
}

/// The TZID parameter of a content line.
fn tzid(line: &str) -> Option<String> {
    let at = line.to_ascii_uppercase().find(";TZID=")?;
    let rest = line.get(at..)?.get(";TZID=".len()..)?;
    let end = |text: &str| text.find([':', ';', ',']).unwrap_or(text.len());
    let value = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.get(..end(rest))?,
    };
    Some(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN\nMETHOD:PUBLISH\nX-WR-CALNAME:Mine\n\
        BEGIN:VTIMEZONE\nTZID:Here\nEND:VTIMEZONE\nBEGIN:VTIMEZONE\nTZID:There\nEND:VTIMEZONE\n\
        BEGIN:VEVENT\nUID:a\nDTSTART;TZID=\"Here\":20260101T090000\nBEGIN:VALARM\nUID:alarm\nEND:VALARM\nEND:VEVENT\n\
        BEGIN:VTODO\nU\n ID:b\nSUMMARY:folded\n  twice\nEND:VTODO\n\
        BEGIN:VEVENT\nSUMMARY:no uid\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:a\nRECURRENCE-ID;TZID=Here:20260102T090000\nEND:VEVENT\nEND:VCALENDAR\n";

    fn text(piece: &Piece) -> &str {
        std::str::from_utf8(&piece.octets).unwrap()
    }

    #[test]
    fn a_file_is_one_object_for_each_uid() {
        let (pieces, damage) = split(FILE);
        assert_eq!(damage, []);
        let found: Vec<_> = pieces.iter().map(|piece| (piece.line, piece.uid.as_deref())).collect();
        assert_eq!(found, [(12, Some("a")), (19, Some("b")), (25, None)]);
        let a = text(&pieces[0]);
        assert_eq!(a.matches("BEGIN:VEVENT").count(), 2, "{a}");
        assert!(a.contains("TZID:Here") && !a.contains("There"), "{a}");
        assert!(!a.contains("METHOD") && !a.contains("X-WR-CALNAME"), "{a}");
        assert!(
            text(&pieces[1]).contains("SUMMARY:folded\r\n  twice\r\n"),
            "lines stay as they are"
        );
    }

    #[test]
    fn damage_is_where_it_is_and_leaves_the_rest() {
        for (file, line, uids) in [
            (
                "hello\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nEND:VEVENT\nEND:VCALENDAR\n",
                1,
                vec!["a"],
            ),
            (
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nEND:VEVENT\nBEGIN:VEVENT\nUID:b\nEND:VCALENDAR",
                5,
                vec!["a"],
            ),
            (
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nEND:VEVENT\nBEGIN:VEVENT\nUID:b\n",
                5,
                vec!["a"],
            ),
        ] {
            let (pieces, damage) = split(file);
            assert_eq!(
                damage.iter().map(|damage| damage.line).collect::<Vec<_>>(),
                [line],
                "{file}"
            );
            let found: Vec<_> = pieces.iter().filter_map(|piece| piece.uid.as_deref()).collect();
            assert_eq!(found, uids, "{file}");
        }
    }

    #[test]
    fn joining_what_was_split_loses_nothing() {
        let (pieces, _) = split(FILE);
        let joined = join(pieces.iter().map(text));
        assert_eq!(joined.matches("TZID:Here\r\n").count(), 1);
        let (again, damage) = split(&joined);
        assert_eq!(damage, []);
        assert_eq!(again.len(), pieces.len());
        for (one, other) in pieces.iter().zip(&again) {
            assert_eq!(one.uid, other.uid);
            assert_eq!(text(one).matches("BEGIN:").count(), text(other).matches("BEGIN:").count());
        }
    }

    #[test]
    fn a_zone_that_was_left_to_the_server_is_described() {
        let event = |uid: &str, tzid: &str| {
            format!(
                "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
                 DTSTART;TZID={tzid}:20260101T090000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
            )
        };
        let objects =
            [event("a", "Europe/Berlin"), event("b", "Europe/Berlin"), event("c", "Nowhere")];
        let joined = join(objects.iter().map(String::as_str));
        assert_eq!(joined.matches("BEGIN:VTIMEZONE\r\n").count(), 1, "{joined}");
        assert_eq!(joined.matches("TZID:Europe/Berlin\r\n").count(), 1, "{joined}");
        assert!(joined.find("END:VTIMEZONE") < joined.find("BEGIN:VEVENT"), "{joined}");
        let (pieces, damage) = split(&joined);
        assert_eq!((pieces.len(), damage), (3, Vec::new()));
    }
}
