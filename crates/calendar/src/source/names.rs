//! Names in one spelling: upper case, and without an allocation for those that the RFCs define.

use std::borrow::Cow;

/// Component, property and parameter names, sorted: RFC 5545 §3.2, §3.6, §3.8; RFC 6638 §7;
/// RFC 7986 §5, §6; and those that clients write most.
const KNOWN: &[&str] = &[
    "ACKNOWLEDGED",
    "ACTION",
    "ALTREP",
    "ATTACH",
    "ATTENDEE",
    "CALSCALE",
    "CATEGORIES",
    "CLASS",
    "CN",
    "COLOR",
    "COMMENT",
    "COMPLETED",
    "CONFERENCE",
    "CONTACT",
    "CREATED",
    "CUTYPE",
    "DAYLIGHT",
    "DELEGATED-FROM",
    "DELEGATED-TO",
    "DESCRIPTION",
    "DIR",
    "DTEND",
    "DTSTAMP",
    "DTSTART",
    "DUE",
    "DURATION",
    "EMAIL",
    "ENCODING",
    "EXDATE",
    "EXRULE",
    "FBTYPE",
    "FMTTYPE",
    "FREEBUSY",
    "GEO",
    "IMAGE",
    "LANGUAGE",
    "LAST-MODIFIED",
    "LOCATION",
    "MEMBER",
    "METHOD",
    "NAME",
    "ORGANIZER",
    "PARTSTAT",
    "PERCENT-COMPLETE",
    "PRIORITY",
    "PRODID",
    "RANGE",
    "RDATE",
    "RECURRENCE-ID",
    "RELATED",
    "RELATED-TO",
    "RELTYPE",
    "REPEAT",
    "REQUEST-STATUS",
    "RESOURCES",
    "ROLE",
    "RRULE",
    "RSVP",
    "SCHEDULE-AGENT",
    "SCHEDULE-FORCE-SEND",
    "SCHEDULE-STATUS",
    "SENT-BY",
    "SEQUENCE",
    "SOURCE",
    "STANDARD",
    "STATUS",
    "SUMMARY",
    "TRANSP",
    "TRIGGER",
    "TZID",
    "TZNAME",
    "TZOFFSETFROM",
    "TZOFFSETTO",
    "TZURL",
    "UID",
    "URL",
    "VALARM",
    "VALUE",
    "VCALENDAR",
    "VERSION",
    "VEVENT",
    "VFREEBUSY",
    "VJOURNAL",
    "VTIMEZONE",
    "VTODO",
];

/// The name in upper case; names are case-insensitive (RFC 5545 §2).
pub(super) fn canonical(name: &str) -> Cow<'static, str> {
    let found = KNOWN
        .binary_search_by(|known| known.bytes().cmp(name.bytes().map(|b| b.to_ascii_uppercase())));
    match found.ok().and_then(|i| KNOWN.get(i)) {
        Some(known) => Cow::Borrowed(known),
        None => Cow::Owned(name.to_ascii_uppercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_names_is_sorted() {
        assert!(KNOWN.is_sorted());
    }

    #[test]
    fn names_come_out_in_upper_case() {
        for (written, expected) in
            [("dtstart", "DTSTART"), ("VEvent", "VEVENT"), ("x-Foo", "X-FOO")]
        {
            assert_eq!(canonical(written), expected, "{written}");
        }
        assert!(matches!(canonical("Attendee"), Cow::Borrowed(_)));
    }
}
