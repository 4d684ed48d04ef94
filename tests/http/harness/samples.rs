//! Calendar objects that the tests store.

/// Calendar data as content lines: XML may carry another line end than was stored (XML 1.0 2.11).
pub(crate) fn lines(calendar: &str) -> Vec<&str> {
    calendar.trim().lines().collect()
}

/// An event of one hour on 2 March 2026 without people.
pub(crate) fn event(uid: &str, summary: &str) -> String {
    event_at(uid, summary, "20260302T100000Z", "20260302T110000Z")
}

pub(crate) fn event_at(uid: &str, summary: &str, start: &str, end: &str) -> String {
    event_with(
        uid,
        &[&format!("DTSTART:{start}"), &format!("DTEND:{end}"), &format!("SUMMARY:{summary}")],
    )
}

/// An event of these content lines.
pub(crate) fn event_with(uid: &str, lines: &[&str]) -> String {
    object("VEVENT", uid, lines)
}

pub(crate) fn task(uid: &str, summary: &str) -> String {
    object("VTODO", uid, &["DUE:20260302T110000Z", &format!("SUMMARY:{summary}")])
}

/// A meeting of a local organizer with local attendees, named by account.
pub(crate) fn meeting(uid: &str, summary: &str, organizer: &str, attendees: &[&str]) -> String {
    let mut lines = vec![
        "DTSTART:20260302T100000Z".to_owned(),
        "DTEND:20260302T110000Z".to_owned(),
        format!("SUMMARY:{summary}"),
        format!("ORGANIZER:mailto:{organizer}@example.com"),
        format!("ATTENDEE;PARTSTAT=ACCEPTED:mailto:{organizer}@example.com"),
    ];
    lines.extend(
        attendees.iter().map(|name| format!("ATTENDEE;RSVP=TRUE:mailto:{name}@example.com")),
    );
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    event_with(uid, &lines)
}

pub(crate) fn object(kind: &str, uid: &str, lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//tests//EN\r\nBEGIN:{kind}\r\nUID:{uid}\r\n\
         DTSTAMP:20260101T000000Z\r\n{lines}END:{kind}\r\nEND:VCALENDAR\r\n"
    )
}
