use super::*;
use crate::occurrence::Status;
use crate::zone::Zone;

fn object(kind: &str, components: &[&str]) -> CalendarObject {
    let components: String = components
        .iter()
        .map(|lines| format!("BEGIN:{kind}\nUID:1\n{lines}\nEND:{kind}\n"))
        .collect();
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{components}END:VCALENDAR\n");
    CalendarObject::parse_stored(text.replace('\n', "\r\n").as_bytes()).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn far() -> Timestamp {
    at("2030-01-01T00:00:00Z")
}

/// Whether the index says that a time range matches; the object itself must say the same.
fn matches(object: &CalendarObject, range: &Range<Timestamp>) -> bool {
    let index = index(object, far(), &Limits::default());
    let touched = buckets(range);
    let rows = index.rows.iter().filter(|r| r.bucket == ALWAYS || touched.contains(&r.bucket));
    let occurrences = rows.flat_map(|row| unpack(&row.pack()).unwrap());
    let found = occurrences.into_iter().any(|o| o.overlaps(range, &Zone::utc()));
    let mut instances = object.instances(range.clone(), &Zone::utc(), &Limits::default());
    assert_eq!(instances.next().is_some(), found, "{range:?}");
    found
}

/// Lines of a component, and the ranges on 1 June 2026 by their minutes that match it and that do
/// not.
type Row = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, &'static str)],
);

/// RFC 4791 §9.9: the table for VEVENT, row by row.
const EVENTS: &[Row] = &[
    // DTEND: start < DTEND and end > DTSTART
    (
        "DTSTART:20260601T100000Z\nDTEND:20260601T110000Z",
        &[("09:00", "10:01"), ("10:59", "12:00"), ("10:20", "10:30"), ("08:00", "13:00")],
        &[("09:00", "10:00"), ("11:00", "12:00")],
    ),
    // DURATION above zero: the same with DTSTART+DURATION
    (
        "DTSTART:20260601T100000Z\nDURATION:PT1H",
        &[("09:00", "10:01"), ("10:59", "12:00")],
        &[("09:00", "10:00"), ("11:00", "12:00")],
    ),
    // DURATION of zero: start <= DTSTART and end > DTSTART
    (
        "DTSTART:20260601T100000Z\nDURATION:PT0S",
        &[("10:00", "10:01"), ("09:00", "10:01")],
        &[("09:00", "10:00"), ("10:01", "11:00")],
    ),
    // neither, DTSTART a DATE-TIME: likewise
    ("DTSTART:20260601T100000Z", &[("10:00", "10:01")], &[("09:00", "10:00"), ("10:01", "11:00")]),
    // neither, DTSTART a DATE: start < DTSTART+P1D and end > DTSTART
    ("DTSTART;VALUE=DATE:20260601", &[("00:00", "00:01"), ("23:58", "23:59")], &[]),
    ("DTSTART;VALUE=DATE:20260531", &[], &[("00:00", "23:59")]),
    // an all-day event that ends when it starts lasts the day
    ("DTSTART;VALUE=DATE:20260601\nDTEND;VALUE=DATE:20260601", &[("12:00", "12:01")], &[]),
];

/// RFC 4791 §9.9: the table for VTODO, row by row.
const TODOS: &[Row] = &[
    // DTSTART and DURATION: start <= DTSTART+DURATION, and end > DTSTART or end >= DTSTART+DURATION
    (
        "DTSTART:20260601T100000Z\nDURATION:PT1H",
        &[("11:00", "12:00"), ("09:00", "10:01")],
        &[("09:00", "10:00"), ("11:01", "12:00")],
    ),
    (
        "DTSTART:20260601T100000Z\nDURATION:PT0S",
        &[("09:00", "10:00"), ("10:00", "10:01")],
        &[("10:01", "11:00")],
    ),
    // DTSTART and DUE: start < DUE or start <= DTSTART, and end > DTSTART or end >= DUE
    (
        "DTSTART:20260601T100000Z\nDUE:20260601T110000Z",
        &[("09:00", "10:01"), ("10:59", "12:00")],
        &[("09:00", "10:00"), ("11:00", "12:00")],
    ),
    (
        "DTSTART:20260601T100000Z\nDUE:20260601T100000Z",
        &[("10:00", "10:01"), ("09:00", "10:00")],
        &[("10:01", "11:00"), ("09:00", "09:59")],
    ),
    // DTSTART alone: start <= DTSTART and end > DTSTART
    ("DTSTART:20260601T100000Z", &[("10:00", "10:01")], &[("09:00", "10:00"), ("10:01", "11:00")]),
    // DUE alone: start < DUE and end >= DUE
    (
        "DUE:20260601T100000Z",
        &[("09:00", "10:00"), ("09:59", "11:00")],
        &[("10:00", "11:00"), ("09:00", "09:59")],
    ),
    // COMPLETED and CREATED
    (
        "CREATED:20260601T100000Z\nCOMPLETED:20260601T110000Z",
        &[("09:00", "10:00"), ("10:20", "10:30"), ("11:00", "12:00")],
        &[("09:00", "09:59"), ("11:01", "12:00")],
    ),
    // COMPLETED alone: start <= COMPLETED and end >= COMPLETED
    (
        "COMPLETED:20260601T100000Z",
        &[("09:00", "10:00"), ("10:00", "11:00")],
        &[("09:00", "09:59"), ("10:01", "11:00")],
    ),
    // CREATED alone: end > CREATED
    ("CREATED:20260601T100000Z", &[("10:00", "10:01"), ("23:00", "23:59")], &[("09:00", "10:00")]),
    // none: TRUE
    ("SUMMARY:some day", &[("00:00", "00:01"), ("23:00", "23:59")], &[]),
];

/// RFC 4791 §9.9: the tables for VJOURNAL and VFREEBUSY.
const JOURNALS: &[Row] = &[
    ("DTSTART:20260601T100000Z", &[("10:00", "10:01")], &[("09:00", "10:00"), ("10:01", "11:00")]),
    ("DTSTART;VALUE=DATE:20260601", &[("00:00", "00:01"), ("23:58", "23:59")], &[]),
    ("SUMMARY:never", &[], &[("00:00", "23:59")]),
];
const FREE_BUSY: &[Row] = &[
    // DTSTART and DTEND: start <= DTEND and end > DTSTART, whatever DURATION says
    (
        "DTSTART:20260601T100000Z\nDTEND:20260601T110000Z\nDURATION:PT5M\nFREEBUSY:20260601T200000Z/PT1H",
        &[("11:00", "12:00"), ("09:00", "10:01")],
        &[("09:00", "10:00"), ("11:01", "12:00"), ("20:00", "21:00")],
    ),
    // FREEBUSY alone: each period by itself, of any type
    (
        "FREEBUSY;FBTYPE=FREE:20260601T100000Z/PT1H\nFREEBUSY:20260601T130000Z/20260601T140000Z,20260601T160000Z/PT1H",
        &[("10:30", "10:31"), ("13:30", "13:31"), ("16:30", "16:31")],
        &[("11:00", "13:00"), ("09:00", "10:00"), ("14:00", "16:00")],
    ),
    ("SUMMARY:never", &[], &[("00:00", "23:59")]),
];

#[test]
fn time_ranges_match_as_the_tables_of_rfc_4791_9_9_say() {
    for (kind, rows) in
        [("VEVENT", EVENTS), ("VTODO", TODOS), ("VJOURNAL", JOURNALS), ("VFREEBUSY", FREE_BUSY)]
    {
        for (lines, inside, outside) in rows {
            let object = object(kind, &[lines]);
            let ranges = inside.iter().map(|r| (r, true)).chain(outside.iter().map(|r| (r, false)));
            for ((start, end), expected) in ranges {
                let time = |text: &str| at(&format!("2026-06-01T{text}:00Z"));
                let range = time(start)..time(end);
                assert_eq!(matches(&object, &range), expected, "{kind}: {lines}: {start} to {end}");
            }
        }
    }
}

#[test]
fn ranges_open_at_one_end_reach_everything_on_their_side() {
    let object = object("VEVENT", &["DTSTART:20260601T100000Z"]);
    assert!(matches(&object, &(Timestamp::MIN..at("2026-06-01T10:00:01Z"))));
    assert!(matches(&object, &(at("2026-06-01T10:00:00Z")..Timestamp::MAX)));
    assert!(!matches(&object, &(Timestamp::MIN..at("2026-06-01T10:00:00Z"))));
}

#[test]
fn an_index_is_complete_up_to_the_horizon_or_beyond_all() {
    let until = |lines: &str, horizon: &str| {
        index(&object("VEVENT", &[lines]), at(horizon), &Limits::default()).indexed_until
    };
    assert_eq!(
        until("DTSTART:20260601T100000Z", "2026-01-01T00:00:00Z"),
        Some(at("2026-06-01T10:00:00Z"))
    );
    assert_eq!(until("DTSTART:20260601T100000Z", "2027-01-01T00:00:00Z"), None);
    assert_eq!(
        until("DTSTART:20260601T100000Z\nRRULE:FREQ=DAILY;COUNT=3", "2027-01-01T00:00:00Z"),
        None
    );
    assert_eq!(
        until("DTSTART:20260601T100000Z\nRRULE:FREQ=DAILY", "2027-01-01T00:00:00Z"),
        Some(at("2027-01-01T10:00:00Z"))
    );
    // What has no zone may lie a day from where it is kept.
    assert_eq!(
        until("DTSTART:20260601T100000\nRRULE:FREQ=DAILY", "2027-01-01T00:00:00Z"),
        Some(at("2026-12-31T10:00:00Z"))
    );
}

#[test]
fn rows_and_occurrences_are_bounded_whatever_the_rule() {
    for lines in [
        "DTSTART:16010101T000000Z\nRRULE:FREQ=YEARLY",
        "DTSTART:20200101T000000Z\nRRULE:FREQ=SECONDLY",
        "DTSTART:20200101T000000Z\nDURATION:P1000D\nRRULE:FREQ=MINUTELY",
        "DTSTART:00010101T000000Z\nDTEND:99991231T000000Z",
        "DTSTART:20200101T000000Z\nRRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
    ] {
        let index = index(&object("VEVENT", &[lines]), far(), &Limits::default());
        let occurrences: usize = index.rows.iter().map(|row| row.occurrences.len()).sum();
        assert!(index.rows.len() <= MAX_ROWS + 40, "{lines}: {} rows", index.rows.len());
        assert!(occurrences <= Limits::default().max_instances + 40, "{lines}: {occurrences}");
    }
}

#[test]
fn a_rule_that_matches_nothing_is_complete_as_far_as_it_was_looked_at() {
    let never = "DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY;BYMONTHDAY=30;BYYEARDAY=1";
    let index = index(&object("VEVENT", &[never]), far(), &Limits::default());
    assert!(index.indexed_until.is_some_and(|until| until > at("2500-01-01T00:00:00Z")));
}

#[test]
fn what_lasts_long_or_has_no_end_stands_in_the_row_of_every_query() {
    for (kind, lines) in [
        ("VTODO", "SUMMARY:some day"),
        ("VTODO", "CREATED:20260601T100000Z"),
        ("VEVENT", "DTSTART:20200101T000000Z\nDTEND:20300101T000000Z"),
    ] {
        let index = index(&object(kind, &[lines]), far(), &Limits::default());
        let rows: Vec<_> = index.rows.iter().map(|row| row.bucket).collect();
        assert_eq!(rows, [ALWAYS], "{lines}");
    }
}

#[test]
fn occurrences_carry_what_free_busy_asks() {
    let object = object(
        "VEVENT",
        &[
            "DTSTART:20260601T100000Z\nRRULE:FREQ=DAILY;COUNT=3\nTRANSP:TRANSPARENT\nSTATUS:confirmed",
            "RECURRENCE-ID:20260602T100000Z\nDTSTART:20260602T100000Z\nSTATUS:CANCELLED",
            "RECURRENCE-ID:20260603T100000Z\nDTSTART:20260603T100000Z\nSTATUS:X-ODD",
        ],
    );
    let index = index(&object, far(), &Limits::default());
    let all: Vec<_> = index
        .rows
        .iter()
        .flat_map(|row| &row.occurrences)
        .map(|o| (o.component, o.transparent, o.status))
        .collect();
    assert_eq!(
        all,
        [(0, true, Status::Confirmed), (1, false, Status::Cancelled), (2, false, Status::Other)]
    );
}

#[test]
fn an_occurrence_on_the_edge_of_two_buckets_stands_in_both() {
    let edge = Timestamp::from_second(735 * BUCKET).unwrap();
    let lines = format!(
        "DTSTART:{}\nDURATION:PT2H",
        (edge - jiff::SignedDuration::from_hours(1)).strftime("%Y%m%dT%H%M%SZ")
    );
    let index = index(&object("VEVENT", &[&lines]), far(), &Limits::default());
    let rows: Vec<_> = index.rows.iter().map(|row| row.bucket).collect();
    assert_eq!(rows, [734, 735]);
    assert_eq!(buckets(&(edge..edge)), 734..=735);
}

#[test]
fn an_index_is_kept_where_nothing_that_it_is_made_of_was_touched() {
    const START: &str = "DTSTART;TZID=Europe/Berlin:20260601T100000";
    let series = |start: &str, more: &str, instance: &str| {
        let master = format!("{start}\nRRULE:FREQ=DAILY;COUNT=5\n{more}");
        object("VEVENT", &[&master, instance])
    };
    let moved = "RECURRENCE-ID:20260603T080000Z\nDTSTART:20260603T110000Z";
    let guest = "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bob@example.com";
    let before = series(START, guest, moved);
    for (after, expected) in [
        (series(START, &guest.replace("NEEDS-ACTION", "ACCEPTED"), moved), true),
        (series(START, "SUMMARY:A title\nSEQUENCE:1\nDTSTAMP:20260101T000000Z", moved), true),
        (series(START, guest, &format!("{moved}\nBEGIN:VALARM\nTRIGGER:-PT5M\nEND:VALARM")), true),
        (series(&START.replace("T10", "T11"), guest, moved), false),
        (series(&START.replace("Berlin", "London"), guest, moved), false),
        (series(START, "EXDATE:20260602T080000Z", moved), false),
        (series(START, "TRANSP:TRANSPARENT", moved), false),
        (series(START, "STATUS:CANCELLED", moved), false),
        (series(START, guest, &moved.replace("T11", "T12")), false),
        (series(START, guest, &format!("{moved}\nDURATION:PT1H")), false),
        // RFC 5545 3.2.13: it moves all that come later too
        (series(START, guest, &moved.replace("-ID:", "-ID;RANGE=THISANDFUTURE:")), false),
        (object("VEVENT", &[&format!("{START}\nRRULE:FREQ=DAILY;COUNT=5\n{guest}")]), false),
        (object("VTODO", &[&format!("{START}\nRRULE:FREQ=DAILY;COUNT=5"), moved]), false),
    ] {
        assert_eq!(is_unchanged(&before, &after), expected, "{after:?}");
        let [old, new] = [&before, &after].map(|object| index(object, far(), &Limits::default()));
        assert!(!expected || old == new, "the index is another: {after:?}");
    }
}
