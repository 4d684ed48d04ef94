//! The calendar /bernard/work/ of RFC 4791's appendix B, with what the answers of §7.8 show beyond it:
//! a second override of Event #2, and X-ABC-GUID in Event #3.

use calendar::CalendarObject;

use crate::support::stored;

const FILES: [(&str, &str); 8] = [
    ("abcd1", include_str!("../../../../tests/appendix-b/abcd1.ics")),
    ("abcd2", include_str!("../../../../tests/appendix-b/abcd2.ics")),
    ("abcd3", include_str!("../../../../tests/appendix-b/abcd3.ics")),
    ("abcd4", include_str!("../../../../tests/appendix-b/abcd4.ics")),
    ("abcd5", include_str!("../../../../tests/appendix-b/abcd5.ics")),
    ("abcd6", include_str!("../../../../tests/appendix-b/abcd6.ics")),
    ("abcd7", include_str!("../../../../tests/appendix-b/abcd7.ics")),
    ("abcd8", include_str!("../../../../tests/appendix-b/abcd8.ics")),
];

/// The objects with their names.
pub(crate) fn collection() -> Vec<(&'static str, CalendarObject)> {
    FILES.into_iter().map(|(name, text)| (name, calendar(text))).collect()
}

pub(crate) fn find(name: &str) -> CalendarObject {
    collection().into_iter().find(|(other, _)| *other == name).unwrap().1
}

/// abcd5 as the answer of §7.8.5 shows it.
pub(crate) fn task_due_at_noon() -> CalendarObject {
    let [_, _, _, _, (_, task), ..] = FILES;
    calendar(&task.replace("DUE;VALUE=DATE:20060106", "DUE;TZID=US/Eastern:20060106T120000"))
}

fn calendar(text: &str) -> CalendarObject {
    stored(&text.replace('\n', "\r\n"))
}
