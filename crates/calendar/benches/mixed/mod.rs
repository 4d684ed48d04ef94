//! The objects that the benchmarks read.

/// Objects of a large calendar.
pub(crate) const OBJECTS: usize = 10_000;

/// Of ten objects five are meetings, two recur for ever, one has an alarm and overrides, two are tasks.
pub(crate) fn octets(number: usize) -> Vec<u8> {
    let day = 1 + number % 28;
    let month = 1 + number / 28 % 12;
    let date = format!("2026{month:02}{day:02}");
    let (kind, lines) = match number % 10 {
        0..5 => (
            "VEVENT",
            format!(
                "DTSTART;TZID=Europe/Berlin:{date}T090000|DURATION:PT1H|ATTENDEE:mailto:a@example.com"
            ),
        ),
        5 => ("VEVENT", format!("DTSTART:{date}T090000Z|DURATION:PT1H|RRULE:FREQ=WEEKLY")),
        6 => (
            "VEVENT",
            format!(
                "DTSTART;TZID=Europe/Berlin:{date}T090000|DURATION:PT1H|RRULE:FREQ=DAILY;BYDAY=MO,WE"
            ),
        ),
        7 => (
            "VEVENT",
            format!(
                "DTSTART:{date}T090000Z|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=20|\
                 BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT15M|END:VALARM|END:VEVENT|BEGIN:VEVENT|UID:{number}|\
                 RECURRENCE-ID:{date}T090000Z|DTSTART:{date}T120000Z|DURATION:PT1H"
            ),
        ),
        8 => ("VTODO", format!("DUE;VALUE=DATE:{date}|STATUS:NEEDS-ACTION")),
        _ => ("VTODO", format!("COMPLETED:{date}T120000Z|STATUS:COMPLETED")),
    };
    let text = format!(
        "BEGIN:VCALENDAR|VERSION:2.0|BEGIN:{kind}|UID:{number}|SUMMARY:Meeting number {number}|\
         DESCRIPTION:Nobody knows why we meet\\, but we do|{lines}|END:{kind}|END:VCALENDAR|"
    );
    text.replace('|', "\r\n").into_bytes()
}
