//! The booking policy as a table: what a room says to which dates, and why.

use calendar::index::{index, pack, unpack};
use calendar::{CalendarAddress, CalendarObject, InstanceId, Limits, Zone};
use jiff::{SignedDuration, Timestamp};
use store::{Booking, BookingMode, PrincipalId};

use super::{Invitation, MAX_EXCEPTIONS, Statement, Taken, takes};
use crate::{LocalUser, UserKind};

const NOW: &str = "2026-03-01T00:00:00Z";
/// How far series are looked at where nothing else is set: 24 months.
const DAYS_AHEAD: i64 = 24 * 31;
const MODES: [(BookingMode, &str, &str); 7] = [
    // Mode, answer where it is free, answer where it is booked.
    (BookingMode::AcceptIfFree, "ACCEPTED", "DECLINED"),
    (BookingMode::AcceptAlways, "ACCEPTED", "ACCEPTED"),
    (BookingMode::DeclineAlways, "DECLINED", "DECLINED"),
    (BookingMode::DeclineIfBusyElseTentative, "TENTATIVE", "DECLINED"),
    (BookingMode::AcceptIfFreeElseManual, "ACCEPTED", ""),
    (BookingMode::DeclineIfBusyElseManual, "", "DECLINED"),
    (BookingMode::Manual, "", ""),
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn room() -> LocalUser {
    LocalUser {
        principal: 7,
        kind: UserKind::Room,
        addresses: vec![CalendarAddress::parse("mailto:blue@example.com").unwrap()],
    }
}

fn object(components: &[&str]) -> CalendarObject {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:t\r\n".to_owned();
    for component in components {
        text.push_str("BEGIN:VEVENT\r\nUID:m\r\nDTSTAMP:20260101T000000Z\r\n");
        text.push_str("ORGANIZER:mailto:alice@example.com\r\n");
        if !component.contains("ATTENDEE") {
            text.push_str("ATTENDEE;RSVP=TRUE:mailto:blue@example.com\r\n");
        }
        text.push_str(&component.replace(' ', "\r\n"));
        text.push_str("\r\nEND:VEVENT\r\n");
    }
    text.push_str("END:VCALENDAR\r\n");
    CalendarObject::parse(text.as_bytes(), &Limits::default()).unwrap()
}

fn statements(
    copy: &CalendarObject,
    booking: &Booking,
    zone: &Zone,
    bookings: &[(&str, &str)],
    may_book: bool,
) -> Vec<Statement> {
    answer(copy, booking, zone, bookings, may_book)
        .map_or_else(Vec::new, |answer| answer.statements)
}

fn answer(
    copy: &CalendarObject,
    booking: &Booking,
    zone: &Zone,
    bookings: &[(&str, &str)],
    may_book: bool,
) -> Option<super::Answer> {
    let now = at(NOW);
    let horizon = now + SignedDuration::from_hours(24 * DAYS_AHEAD);
    let room = room();
    let limits = Limits::default();
    let waiting = Invitation::waiting(copy, &room, booking, zone, now..horizon, &limits)?;
    let taken = bookings.iter().map(|(start, end)| at(start)..at(end));
    waiting.answer(&Taken::new(taken, booking.capacity), may_book)
}

/// The answers as `date PARTSTAT`, the series as `all`.
fn told(statements: &[Statement]) -> Vec<String> {
    let date = |id: InstanceId| match id {
        InstanceId::Master => "all".to_owned(),
        InstanceId::Recurrence(start) => start.strftime("%m-%d").to_string(),
    };
    statements.iter().map(|said| format!("{} {}", date(said.id), said.partstat)).collect()
}

const LUNCH: &str = "DTSTART:20260302T120000Z DTEND:20260302T130000Z";
const WEEK: &str = "DTSTART:20260302T120000Z DTEND:20260302T130000Z RRULE:FREQ=DAILY;COUNT=5";
const TUESDAY: (&str, &str) = ("2026-03-03T12:30:00Z", "2026-03-03T14:00:00Z");

#[test]
fn each_mode_answers_what_is_free_and_what_is_booked() {
    for (mode, free, booked) in MODES {
        let booking = Booking::new(mode);
        let taken = [("2026-03-02T11:00:00Z", "2026-03-02T12:01:00Z")];
        for (bookings, expected) in [(&[][..], free), (&taken[..], booked)] {
            let said = told(&statements(&object(&[LUNCH]), &booking, &Zone::utc(), bookings, true));
            let expected: Vec<String> = Some(expected)
                .filter(|it| !it.is_empty())
                .map(|it| format!("all {it}"))
                .into_iter()
                .collect();
            assert_eq!(said, expected, "{mode}");
        }
    }
}

#[test]
fn what_touches_does_not_collide() {
    for (from, to, expected) in [
        ("2026-03-02T11:00:00Z", "2026-03-02T12:00:00Z", "all ACCEPTED"),
        ("2026-03-02T13:00:00Z", "2026-03-02T14:00:00Z", "all ACCEPTED"),
        ("2026-03-02T12:59:59Z", "2026-03-02T14:00:00Z", "all DECLINED"),
        ("2026-03-02T12:15:00Z", "2026-03-02T12:15:00Z", "all ACCEPTED"), // lasts no time
        ("2026-03-01T00:00:00Z", "2026-03-05T00:00:00Z", "all DECLINED"),
    ] {
        let booking = Booking::new(BookingMode::AcceptIfFree);
        let said = statements(&object(&[LUNCH]), &booking, &Zone::utc(), &[(from, to)], true);
        assert_eq!(told(&said), [expected], "{from} {to}");
    }
}

#[test]
fn a_series_is_answered_date_by_date_or_as_a_whole() {
    let fortnight = "DTSTART:20260302T120000Z DURATION:PT1H RRULE:FREQ=DAILY;COUNT=4";
    let mostly = [("2026-03-02T00:00:00Z", "2026-03-05T00:00:00Z")];
    let all_or_nothing =
        Booking { all_or_nothing: true, ..Booking::new(BookingMode::AcceptIfFree) };
    let each = Booking::new(BookingMode::AcceptIfFree);
    let tentative = Booking::new(BookingMode::DeclineIfBusyElseTentative);
    let busy_waits = Booking::new(BookingMode::AcceptIfFreeElseManual);
    let free_waits = Booking::new(BookingMode::DeclineIfBusyElseManual);
    let waits_as_one = Booking { all_or_nothing: true, ..busy_waits };
    let a_week_ahead = Booking { window_days: Some(1), ..busy_waits };
    for (booking, series, bookings, expected) in [
        (&each, WEEK, &[TUESDAY][..], &["all ACCEPTED", "03-03 DECLINED"][..]),
        (&tentative, WEEK, &[TUESDAY][..], &["all TENTATIVE", "03-03 DECLINED"][..]),
        (&each, WEEK, &[][..], &["all ACCEPTED"][..]),
        // What waits for a person stands apart only where the rest does not.
        (&busy_waits, WEEK, &[TUESDAY][..], &["all ACCEPTED", "03-03 NEEDS-ACTION"][..]),
        (&busy_waits, fortnight, &mostly[..], &["03-05 ACCEPTED"][..]),
        (&free_waits, WEEK, &[TUESDAY][..], &["03-03 DECLINED"][..]),
        (&free_waits, WEEK, &[][..], &[][..]),
        (&waits_as_one, WEEK, &[TUESDAY][..], &[][..]),
        (&waits_as_one, WEEK, &[][..], &["all ACCEPTED"][..]),
        (&a_week_ahead, WEEK, &[][..], &["all DECLINED"][..]),
        // The series gets the answer of most dates, so that few need one of their own.
        (&each, fortnight, &mostly[..], &["all DECLINED", "03-05 ACCEPTED"][..]),
        (&all_or_nothing, WEEK, &[TUESDAY][..], &["all DECLINED"][..]),
        (&all_or_nothing, WEEK, &[][..], &["all ACCEPTED"][..]),
    ] {
        let said = statements(&object(&[series]), booking, &Zone::utc(), bookings, true);
        assert_eq!(told(&said), expected, "{series} {booking:?}");
    }
}

#[test]
fn overrides_are_dates_of_their_own() {
    let moved = "RECURRENCE-ID:20260303T120000Z DTSTART:20260303T180000Z DURATION:PT1H";
    let into = "RECURRENCE-ID:20260304T120000Z DTSTART:20260303T130000Z DURATION:PT1H";
    let cancelled = "RECURRENCE-ID:20260303T120000Z DTSTART:20260303T120000Z STATUS:CANCELLED";
    let booking = Booking::new(BookingMode::AcceptIfFree);
    for (parts, expected) in [
        (&[WEEK, moved][..], &["all ACCEPTED", "03-03 ACCEPTED"][..]),
        (&[WEEK, into][..], &["all ACCEPTED", "03-03 DECLINED", "03-04 DECLINED"][..]),
        (&[WEEK, cancelled][..], &["all ACCEPTED"][..]),
        // Invited to single dates only.
        (&[moved, into][..], &["03-03 ACCEPTED", "03-04 DECLINED"][..]),
    ] {
        let said = statements(&object(parts), &booking, &Zone::utc(), &[TUESDAY], true);
        assert_eq!(told(&said), expected, "{parts:?}");
    }
}

#[test]
fn only_what_needs_action_and_lies_ahead_is_answered() {
    let booking = Booking::new(BookingMode::AcceptIfFree);
    let past = "DTSTART:20260202T120000Z DURATION:PT1H";
    let answered = "ATTENDEE;PARTSTAT=DECLINED:mailto:blue@example.com";
    let series_since_february = "DTSTART:20260223T120000Z DURATION:PT1H RRULE:FREQ=WEEKLY;COUNT=3";
    let by_hand = format!("{LUNCH} {answered}");
    let override_by_hand =
        format!("RECURRENCE-ID:20260303T120000Z DTSTART:20260303T120000Z DURATION:PT1H {answered}");
    let cancelled = format!("{LUNCH} STATUS:CANCELLED");
    for (parts, expected) in [
        (&[past][..], &[][..]),
        (&[by_hand.as_str()][..], &[][..]),
        (&[cancelled.as_str()][..], &[][..]),
        (&[WEEK, override_by_hand.as_str()][..], &["all ACCEPTED"][..]),
        // What was booked in February is no reason any more.
        (&[series_since_february][..], &["all ACCEPTED"][..]),
    ] {
        let february = [("2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z")];
        let said = statements(&object(parts), &booking, &Zone::utc(), &february, true);
        assert_eq!(told(&said), expected, "{parts:?}");
    }
}

#[test]
fn capacity_counts_what_is_booked_at_one_moment() {
    let two = Booking { capacity: 2, ..Booking::new(BookingMode::AcceptIfFree) };
    let first = ("2026-03-02T12:00:00Z", "2026-03-02T12:30:00Z");
    let second = ("2026-03-02T12:30:00Z", "2026-03-02T13:00:00Z");
    let whole = ("2026-03-02T10:00:00Z", "2026-03-02T15:00:00Z");
    for (bookings, expected) in [
        (&[whole][..], "all ACCEPTED"),
        (&[first, second][..], "all ACCEPTED"),
        (&[first, second, whole][..], "all DECLINED"),
        (&[whole, first][..], "all DECLINED"),
    ] {
        let said = statements(&object(&[LUNCH]), &two, &Zone::utc(), bookings, true);
        assert_eq!(told(&said), [expected], "{bookings:?}");
    }
}

#[test]
fn a_booking_window_ends_some_days_ahead() {
    let week = Booking { window_days: Some(7), ..Booking::new(BookingMode::AcceptIfFree) };
    let far = "DTSTART:20310302T120000Z DURATION:PT1H";
    let endless = "DTSTART:20260302T120000Z DURATION:PT1H RRULE:FREQ=WEEKLY";
    let all = Booking { all_or_nothing: true, ..week };
    for (booking, event, expected) in [
        (&week, LUNCH, &["all ACCEPTED"][..]),
        (&week, "DTSTART:20260309T120000Z DURATION:PT1H", &["all DECLINED"][..]),
        (&week, far, &["all DECLINED"][..]),
        (&week, endless, &["all DECLINED", "03-02 ACCEPTED"][..]),
        (&all, endless, &["all DECLINED"][..]),
        (&Booking::new(BookingMode::AcceptIfFree), far, &["all ACCEPTED"][..]),
        (&Booking::new(BookingMode::AcceptIfFree), endless, &["all ACCEPTED"][..]),
    ] {
        let said = statements(&object(&[event]), booking, &Zone::utc(), &[], true);
        assert_eq!(told(&said), expected, "{event} {booking:?}");
    }
}

#[test]
fn who_may_not_book_is_declined_in_every_mode_but_manual() {
    for (mode, ..) in MODES {
        let booking = Booking { by: Some(PrincipalId::new(3)), ..Booking::new(mode) };
        let said = statements(&object(&[LUNCH]), &booking, &Zone::utc(), &[], false);
        let is_manual = mode == BookingMode::Manual;
        let expected: &[&str] = if is_manual { &[] } else { &["all DECLINED"] };
        assert_eq!(told(&said), expected, "{mode}");
    }
}

#[test]
fn all_day_and_floating_times_are_the_rooms_own() {
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let all_day = "DTSTART;VALUE=DATE:20260302";
    let booking = Booking::new(BookingMode::AcceptIfFree);
    // Midnight in Berlin is 23:00 UTC.
    for (from, to, expected) in [
        ("2026-03-01T22:00:00Z", "2026-03-01T23:00:00Z", "all ACCEPTED"),
        ("2026-03-01T22:30:00Z", "2026-03-01T23:30:00Z", "all DECLINED"),
        ("2026-03-02T23:00:00Z", "2026-03-03T00:00:00Z", "all ACCEPTED"),
    ] {
        let said = statements(&object(&[all_day]), &booking, &berlin, &[(from, to)], true);
        assert_eq!(told(&said), [expected], "{from}");
    }
}

#[test]
fn the_reason_says_when_and_nothing_else() {
    let window = Booking { window_days: Some(1), ..Booking::new(BookingMode::AcceptIfFree) };
    let each = Booking::new(BookingMode::AcceptIfFree);
    let all = Booking { all_or_nothing: true, ..each };
    for (booking, event, may_book, sentence) in [
        (&each, LUNCH, true, "Booked: it was free."),
        (&each, WEEK, true, "Booked: it was free."),
        (
            &all,
            WEEK,
            true,
            "Not possible on 1 of 5 dates. It is booked already from 2026-03-03 12:30 to 2026-03-03 14:00 UTC.",
        ),
        (&window, "DTSTART:20260309T120000Z", true, "It can be booked one day ahead."),
        (&each, LUNCH, false, "Only some people may book it."),
    ] {
        let said = statements(&object(&[event]), booking, &Zone::utc(), &[TUESDAY], may_book);
        assert_eq!(said[0].comment, sentence);
    }
}

#[test]
fn the_copy_says_what_was_said_and_no_more_than_that() {
    let copy = object(&[WEEK]);
    let booking = Booking::new(BookingMode::AcceptIfFree);
    let answered = answer(&copy, &booking, &Zone::utc(), &[TUESDAY], true).unwrap().copy;
    let line = |id| {
        let component = answered.override_for(&id).unwrap();
        component.attendees().next().unwrap().property().clone()
    };
    let tuesday = InstanceId::Recurrence(at("2026-03-03T12:00:00Z"));
    assert_eq!(line(InstanceId::Master).param("PARTSTAT"), Some("ACCEPTED"));
    assert_eq!(line(InstanceId::Master).param("RSVP"), None);
    assert_eq!(line(tuesday).param("PARTSTAT"), Some("DECLINED"));
    assert_eq!(answered.components().count(), 2);
    // Asked again, it has nothing to say.
    assert!(answer(&answered, &booking, &Zone::utc(), &[TUESDAY], true).is_none());
}

/// What a room says to an endless daily series where something else is booked every so many days.
fn said_to_daily(booked_every: usize) -> Vec<String> {
    let days = DAYS_AHEAD as usize;
    let booked: Vec<(String, String)> = (0..days)
        .step_by(booked_every)
        .map(|day| {
            let start = at("2026-03-02T12:00:00Z") + SignedDuration::from_hours(24 * day as i64);
            (start.to_string(), (start + SignedDuration::from_mins(5)).to_string())
        })
        .collect();
    let bookings: Vec<(&str, &str)> =
        booked.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    let booking = Booking::new(BookingMode::AcceptIfFree);
    let series = "DTSTART:20260302T120000Z DURATION:PT1H RRULE:FREQ=DAILY";
    told(&statements(&object(&[series]), &booking, &Zone::utc(), &bookings, true))
}

#[test]
fn one_conflict_a_week_is_declined_by_itself_for_as_long_as_is_looked_ahead() {
    let said = said_to_daily(7);
    assert_eq!(said.len(), 1 + (DAYS_AHEAD as usize).div_ceil(7));
    assert_eq!(said[0], "all ACCEPTED");
    assert!(said[1..].iter().all(|said| said.ends_with(" DECLINED")), "{said:?}");
}

#[test]
fn a_series_with_more_exceptions_than_one_can_read_is_declined() {
    assert!(DAYS_AHEAD as usize / 3 > MAX_EXCEPTIONS);
    assert_eq!(said_to_daily(3), ["all DECLINED"]);
}

#[test]
fn what_takes_a_room() {
    let with = |line: &str| object(&[&format!("{LUNCH} {line}")]);
    let partstat =
        |partstat: &str| with(&format!("ATTENDEE;PARTSTAT={partstat}:mailto:blue@example.com"));
    for (booked, expected) in [
        (partstat("ACCEPTED"), true),
        (partstat("TENTATIVE"), true),
        (partstat("NEEDS-ACTION"), false),
        (partstat("DECLINED"), false),
        (partstat("DELEGATED"), false),
        (with("ATTENDEE:mailto:carol@example.com"), true),
        (with("TRANSP:TRANSPARENT ATTENDEE;PARTSTAT=ACCEPTED:mailto:blue@example.com"), false),
        (with("STATUS:CANCELLED ATTENDEE;PARTSTAT=ACCEPTED:mailto:blue@example.com"), false),
    ] {
        let index = index(&booked, at("2027-03-01T00:00:00Z"), &Limits::default());
        let occurrences = unpack(&pack(&index.rows[0].occurrences)).unwrap();
        let room = room();
        let participation = calendar::freebusy::participation(&booked, |one| room.has(one));
        let found = takes(&occurrences[0], &participation);
        assert_eq!(found, expected, "{}", String::from_utf8(booked.octets()).unwrap());
    }
}
