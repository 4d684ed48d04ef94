//! Recurrence sets and instances (RFC 5545 §3.8.4.4, §3.8.5): dates, exclusions, overrides,
//! durations, time zones. The first part holds one by one what other implementations get wrong.

use calendar::recur::RuleError;
use calendar::zone::Zone;
use calendar::{CalendarObject, Component, InstanceId, Limits, ParseError, availability};
use jiff::Timestamp;

/// An object of these components, each given by the lines between BEGIN:VEVENT, UID and END:VEVENT.
fn event(components: &[&str]) -> CalendarObject {
    object("VEVENT", "", components)
}

fn object(kind: &str, zone: &str, components: &[&str]) -> CalendarObject {
    let components: String = components
        .iter()
        .map(|lines| format!("BEGIN:{kind}\nUID:1\n{lines}\nEND:{kind}\n"))
        .collect();
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{zone}{components}END:VCALENDAR\n");
    CalendarObject::parse_stored(text.replace('\n', "\r\n").as_bytes()).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// `start+length summary` of the first instances: the start as told in a zone, the length in minutes.
fn told(object: &CalendarObject, floating: &str, number: usize) -> Vec<String> {
    let zone = Zone::named(floating).unwrap();
    object
        .all_instances(&zone, &Limits::default())
        .take(number)
        .map(|instance| {
            let minutes = instance.end.duration_since(instance.start).as_mins();
            let start = zone.local(instance.start).strftime("%m-%dT%H:%M").to_string();
            let summary = instance.component.property("SUMMARY").map_or("", |p| p.value());
            format!("{start}+{minutes} {summary}").trim_end().to_owned()
        })
        .collect()
}

// What "should be", row by row.

#[test]
fn a_start_in_utc_recurs_in_utc_wherever_one_is() {
    let object =
        event(&["DTSTART:20260327T090000Z\nDTEND:20260327T100000Z\nRRULE:FREQ=DAILY;COUNT=4"]);
    // Paris puts its clocks forward on the 29th.
    assert_eq!(
        told(&object, "Europe/Paris", 9),
        ["03-27T10:00+60", "03-28T10:00+60", "03-29T11:00+60", "03-30T11:00+60"]
    );
}

#[test]
fn an_override_named_in_utc_replaces_its_instance() {
    for recurrence_id in [
        "RECURRENCE-ID:20260602T080000Z",
        "RECURRENCE-ID;TZID=Europe/Berlin:20260602T100000",
        "RECURRENCE-ID;TZID=America/New_York:20260602T040000",
        "RECURRENCE-ID:20260602T100000",
        "RECURRENCE-ID;VALUE=DATE:20260602",
    ] {
        let object = event(&[
            "DTSTART;TZID=Europe/Berlin:20260601T100000\nRRULE:FREQ=DAILY;COUNT=3",
            &format!("{recurrence_id}\nDTSTART;TZID=Europe/Berlin:20260602T150000\nSUMMARY:moved"),
        ]);
        assert_eq!(
            told(&object, "Europe/Berlin", 9),
            ["06-01T10:00+0", "06-02T15:00+0 moved", "06-03T10:00+0"],
            "{recurrence_id}"
        );
    }
    let utc = event(&[
        "DTSTART:20260601T100000Z\nRRULE:FREQ=DAILY;COUNT=2",
        "RECURRENCE-ID:20260602T100000Z\nDTSTART:20260602T110000Z\nSUMMARY:moved",
    ]);
    assert_eq!(told(&utc, "UTC", 9), ["06-01T10:00+0", "06-02T11:00+0 moved"]);
}

#[test]
fn an_override_of_another_sequence_replaces_its_instance() {
    let object = event(&[
        "DTSTART:20260601T100000\nSEQUENCE:4\nRRULE:FREQ=DAILY;COUNT=2",
        "RECURRENCE-ID:20260602T100000\nSEQUENCE:1\nDTSTART:20260602T110000\nSUMMARY:moved",
    ]);
    assert_eq!(told(&object, "UTC", 9), ["06-01T10:00+0", "06-02T11:00+0 moved"]);
}

#[test]
fn this_and_future_gives_later_instances_its_shift_and_its_duration() {
    let object = event(&[
        "DTSTART;TZID=Europe/Berlin:20261020T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=8\n\
         EXDATE;TZID=Europe/Berlin:20261024T100000\nSUMMARY:old",
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261022T100000\n\
         DTSTART;TZID=Europe/Berlin:20261022T113000\nDURATION:PT2H\nSUMMARY:new",
        "RECURRENCE-ID;TZID=Europe/Berlin:20261023T100000\n\
         DTSTART;TZID=Europe/Berlin:20261023T180000\nDURATION:PT15M\nSUMMARY:single",
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261026T100000\n\
         DTSTART;TZID=Europe/Berlin:20261025T090000\nDURATION:PT30M\nSUMMARY:newest",
    ]);
    assert_eq!(
        told(&object, "Europe/Berlin", 9),
        [
            "10-20T10:00+60 old",
            "10-21T10:00+60 old",
            "10-22T11:30+120 new",
            "10-23T18:00+15 single",
            "10-25T11:30+120 new", // the 24th is excluded; the clocks go back on the 25th
            "10-25T09:00+30 newest",
            "10-26T09:00+30 newest",
        ]
    );
}

#[test]
fn dates_without_a_rule_take_overrides_and_exclusions() {
    let object = event(&[
        "DTSTART:20260601T100000\nRDATE:20260603T100000,20260605T100000\nRDATE:20260607T100000\n\
         EXDATE:20260605T100000",
        "RECURRENCE-ID:20260603T100000\nDTSTART:20260603T120000\nSUMMARY:moved",
    ]);
    assert_eq!(told(&object, "UTC", 9), ["06-01T10:00+0", "06-03T12:00+0 moved", "06-07T10:00+0"]);
}

#[test]
fn a_date_that_the_rule_gives_as_well_is_one_instance() {
    let object = event(&["DTSTART;TZID=Europe/Berlin:20260601T100000\nRRULE:FREQ=DAILY;COUNT=2\n\
         RDATE;TZID=Europe/Berlin:20260602T100000\nRDATE:20260601T080000Z"]);
    assert_eq!(told(&object, "Europe/Berlin", 9), ["06-01T10:00+0", "06-02T10:00+0"]);
}

#[test]
fn exclusions_apply_to_dates_and_by_day() {
    let object = event(&["DTSTART;TZID=Europe/Berlin:20260601T100000\nRRULE:FREQ=DAILY;COUNT=6\n\
         RDATE;TZID=Europe/Berlin:20260701T100000\nEXDATE:20260701T080000Z\n\
         EXDATE;VALUE=DATE:20260602,20260603\nEXDATE;TZID=America/New_York:20260604T040000\n\
         EXDATE:20260605T100000\nEXDATE;TZID=Europe/Berlin:20260501T100000"]);
    assert_eq!(told(&object, "Europe/Berlin", 9), ["06-01T10:00+0", "06-06T10:00+0"]);
    let days = event(&[
        "DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE:20260602T000000Z\n\
         EXDATE;TZID=Europe/Berlin:20260603T000000",
    ]);
    assert_eq!(told(&days, "UTC", 9), ["06-01T00:00+1440", "06-04T00:00+1440"]);
}

#[test]
fn all_rules_count_and_exrule_takes_away() {
    let object = event(&[
        "DTSTART:20260601T100000\nRRULE:FREQ=WEEKLY;COUNT=3\nRRULE:FREQ=MONTHLY;BYMONTHDAY=10;COUNT=2\n\
         EXRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=2",
    ]);
    // 1 and 15 June are excluded; COUNT counts DTSTART in each rule (RFC 5545 §3.3.10).
    assert_eq!(told(&object, "UTC", 9), ["06-08T10:00+0", "06-10T10:00+0"]);
}

#[test]
fn gaps_and_folds_within_a_series_follow_rfc_5545_3_3_5() {
    let gap = event(&["DTSTART;TZID=America/New_York:20260307T023000\nRRULE:FREQ=DAILY;COUNT=3"]);
    let starts: Vec<_> =
        gap.all_instances(&Zone::utc(), &Limits::default()).map(|i| i.start.to_string()).collect();
    assert_eq!(starts, ["2026-03-07T07:30:00Z", "2026-03-08T07:30:00Z", "2026-03-09T06:30:00Z"]);
    let fold = event(&["DTSTART;TZID=America/New_York:20261031T013000\nRRULE:FREQ=DAILY;COUNT=3"]);
    let starts: Vec<_> =
        fold.all_instances(&Zone::utc(), &Limits::default()).map(|i| i.start.to_string()).collect();
    assert_eq!(starts, ["2026-10-31T05:30:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]);
}

#[test]
fn gaps_and_folds_of_a_single_event_follow_rfc_5545_3_3_5() {
    for (local, instant) in
        [("20260308T023000", "2026-03-08T07:30:00Z"), ("20261101T013000", "2026-11-01T05:30:00Z")]
    {
        let object = event(&[&format!("DTSTART;TZID=America/New_York:{local}")]);
        let instance = object.all_instances(&Zone::utc(), &Limits::default()).next().unwrap();
        assert_eq!((instance.id, instance.start), (InstanceId::Master, at(instant)));
    }
}

#[test]
fn times_that_a_gap_makes_equal_are_one_instance_and_stay_in_order() {
    // RFC 5545 §3.8.5.3: duplicate instances are ignored.
    let object = event(&[
        "DTSTART;TZID=America/New_York:20260308T010000\nRRULE:FREQ=MINUTELY;INTERVAL=30;COUNT=8",
    ]);
    assert_eq!(
        told(&object, "America/New_York", 9),
        [
            "03-08T01:00+0",
            "03-08T01:30+0",
            "03-08T03:00+0",
            "03-08T03:30+0",
            "03-08T04:00+0",
            "03-08T04:30+0"
        ]
    );
}

#[test]
fn an_event_without_end_takes_no_time_or_a_day() {
    assert_eq!(told(&event(&["DTSTART:20260601T100000"]), "UTC", 2), ["06-01T10:00+0"]);
    assert_eq!(told(&event(&["DTSTART;VALUE=DATE:20260601"]), "UTC", 2), ["06-01T00:00+1440"]);
}

#[test]
fn durations_in_days_are_nominal_and_ends_are_exact() {
    // RFC 5545 §3.8.5.3; the clocks go forward on 29 March.
    let nominal = event(&[
        "DTSTART;TZID=Europe/Berlin:20260327T220000\nDURATION:P1D\nRRULE:FREQ=DAILY;COUNT=3",
    ]);
    assert_eq!(
        told(&nominal, "Europe/Berlin", 9),
        ["03-27T22:00+1440", "03-28T22:00+1380", "03-29T22:00+1440"]
    );
    let exact = event(&[
        "DTSTART;TZID=Europe/Berlin:20260327T220000\nDTEND;TZID=Europe/Berlin:20260328T220000\n\
         RRULE:FREQ=DAILY;COUNT=3",
    ]);
    assert_eq!(
        told(&exact, "Europe/Berlin", 9),
        ["03-27T22:00+1440", "03-28T22:00+1440", "03-29T22:00+1440"]
    );
    let hours = event(&["DTSTART;TZID=Europe/Berlin:20260328T220000\nDURATION:PT24H"]);
    assert_eq!(told(&hours, "Europe/Berlin", 9), ["03-28T22:00+1440"]);
}

#[test]
fn start_and_end_may_be_in_different_zones() {
    let object = event(&[
        "DTSTART;TZID=America/New_York:20260601T090000\nDTEND:20260601T140000Z\nRRULE:FREQ=DAILY;COUNT=2",
    ]);
    assert_eq!(told(&object, "America/New_York", 9), ["06-01T09:00+60", "06-02T09:00+60"]);
}

#[test]
fn an_until_before_the_start_leaves_the_start() {
    let object = event(&["DTSTART:20260601T100000Z\nRRULE:FREQ=DAILY;UNTIL=20250101T000000Z"]);
    assert_eq!(told(&object, "UTC", 9), ["06-01T10:00+0"]);
}

const HOUSE_TIME: &str = "BEGIN:VTIMEZONE\nTZID:House Time\n\
    BEGIN:STANDARD\nDTSTART:20001001T020000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=1\n\
    TZOFFSETFROM:+0345\nTZOFFSETTO:+0215\nEND:STANDARD\n\
    BEGIN:DAYLIGHT\nDTSTART:20000401T020000\nRRULE:FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=1\n\
    TZOFFSETFROM:+0215\nTZOFFSETTO:+0345\nEND:DAYLIGHT\nEND:VTIMEZONE\n";

#[test]
fn a_zone_that_nobody_knows_keeps_its_own_offsets() {
    let object = object(
        "VEVENT",
        HOUSE_TIME,
        &["DTSTART;TZID=House Time:20260331T120000\nRRULE:FREQ=DAILY;COUNT=2"],
    );
    let starts: Vec<_> = object
        .all_instances(&Zone::utc(), &Limits::default())
        .map(|i| i.start.to_string())
        .collect();
    assert_eq!(starts, ["2026-03-31T09:45:00Z", "2026-04-01T08:15:00Z"]);
}

#[test]
fn other_calendars_than_the_gregorian_are_refused_by_name() {
    let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20130210\r\n\
        RRULE:RSCALE=CHINESE;FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let refused = CalendarObject::parse(text.as_bytes(), &Limits::default()).unwrap_err();
    assert_eq!(refused, ParseError::UnsupportedRscale { rscale: "CHINESE".to_owned() });
    assert_eq!(
        calendar::recur::RecurrenceRule::parse("FREQ=YEARLY;RSCALE=HEBREW"),
        Err(RuleError::UnsupportedRscale("HEBREW".to_owned()))
    );
}

#[test]
fn a_leap_second_is_the_second_before() {
    let object = event(&["DTSTART:20261231T235960Z"]);
    let start = object.all_instances(&Zone::utc(), &Limits::default()).next().unwrap().start;
    assert_eq!(start, at("2026-12-31T23:59:59Z"));
}

#[test]
fn availability_expands_as_events_do() {
    let text = "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VAVAILABILITY\nUID:1\n\
        BEGIN:AVAILABLE\nUID:a\nDTSTART;TZID=Europe/Berlin:20260601T090000\n\
        DTEND;TZID=Europe/Berlin:20260601T170000\nRRULE:FREQ=DAILY;COUNT=3\nEND:AVAILABLE\n\
        BEGIN:AVAILABLE\nUID:a\nRECURRENCE-ID;TZID=Europe/Berlin:20260602T090000\n\
        DTSTART;TZID=Europe/Berlin:20260602T130000\nDTEND;TZID=Europe/Berlin:20260602T170000\nEND:AVAILABLE\n\
        BEGIN:AVAILABLE\nUID:b\nDTSTART:20260701T090000Z\nDTEND:20260701T100000Z\nEND:AVAILABLE\n\
        END:VAVAILABILITY\nEND:VCALENDAR\n";
    let tree = Component::parse(text.replace('\n', "\r\n").as_bytes(), &Limits::default()).unwrap();
    let zones = calendar::zone::ZoneSet::from_tree(&tree);
    let window = at("2026-06-02T00:00:00Z")..at("2026-08-01T00:00:00Z");
    let availability = tree.components().next().unwrap();
    let found =
        availability::available(availability, &zones, &window, &Zone::utc(), &Limits::default());
    let times: Vec<_> = found.iter().map(|i| (i.start.to_string(), i.end.to_string())).collect();
    let expected = [
        ("2026-06-02T11:00:00Z", "2026-06-02T15:00:00Z"),
        ("2026-06-03T07:00:00Z", "2026-06-03T15:00:00Z"),
        ("2026-07-01T09:00:00Z", "2026-07-01T10:00:00Z"),
    ];
    assert_eq!(times, expected.map(|(start, end)| (start.to_owned(), end.to_owned())));
}

#[test]
fn a_window_far_from_the_start_is_found_without_walking_there() {
    // Some 250 million seconds, and as many instances, lie between DTSTART and the window.
    for rule in ["FREQ=SECONDLY", "FREQ=SECONDLY;COUNT=4000000000", "FREQ=DAILY;BYMONTH=8;BYDAY=SU"]
    {
        let object = event(&[&format!("DTSTART:20180101T000000Z\nRRULE:{rule}")]);
        let window = at("2026-08-02T00:00:00Z")..at("2026-08-02T00:00:02Z");
        let found = object.instances(window, &Zone::utc(), &Limits::default()).count();
        assert_eq!(found, if rule.starts_with("FREQ=DAILY") { 1 } else { 2 }, "{rule}");
    }
}

// Further cases.

#[test]
fn a_period_lasts_as_it_says() {
    let object = event(&["DTSTART:20260601T100000Z\nDURATION:PT1H\n\
         RDATE;VALUE=PERIOD:20260602T100000Z/PT3H,20260603T100000Z/20260603T104500Z"]);
    assert_eq!(told(&object, "UTC", 9), ["06-01T10:00+60", "06-02T10:00+180", "06-03T10:00+45"]);
}

#[test]
fn an_excluded_instance_stays_excluded_where_an_override_is_left_behind() {
    let object = event(&[
        "DTSTART:20260601T100000\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20260602T100000",
        "RECURRENCE-ID:20260602T100000\nDTSTART:20260602T110000",
    ]);
    assert_eq!(told(&object, "UTC", 9), ["06-01T10:00+0"]);
}

#[test]
fn an_override_of_no_instance_stands_for_itself() {
    let object = event(&[
        "DTSTART:20260601T100000\nRRULE:FREQ=DAILY;COUNT=2",
        "RECURRENCE-ID:20260701T100000\nDTSTART:20260702T110000\nSUMMARY:left over",
    ]);
    assert_eq!(
        told(&object, "UTC", 9),
        ["06-01T10:00+0", "06-02T10:00+0", "07-02T11:00+0 left over"]
    );
}

#[test]
fn overrides_without_a_master_are_all_there_is() {
    let object = event(&[
        "RECURRENCE-ID;TZID=Europe/Berlin:20260602T100000\nDTSTART;TZID=Europe/Berlin:20260602T110000",
        "RECURRENCE-ID:20260601T080000Z\nDTSTART;TZID=Europe/Berlin:20260601T100000",
    ]);
    assert_eq!(told(&object, "Europe/Berlin", 9), ["06-01T10:00+0", "06-02T11:00+0"]);
    let has = |id| object.component_for(&id).is_some();
    assert!(!has(InstanceId::Master));
    assert!(has(InstanceId::Recurrence(at("2026-06-02T08:00:00Z"))));
    assert!(!has(InstanceId::Recurrence(at("2026-06-02T09:00:00Z"))));
}

#[test]
fn an_override_moved_into_a_window_from_far_away_is_found_there() {
    let object = event(&[
        "DTSTART:20260601T100000Z\nRRULE:FREQ=WEEKLY",
        "RECURRENCE-ID:20991228T100000Z\nDTSTART:20260603T100000Z\nSUMMARY:moved",
    ]);
    let window = at("2026-06-02T00:00:00Z")..at("2026-06-08T00:00:00Z");
    let ids: Vec<_> = object
        .instances(window, &Zone::utc(), &Limits::default())
        .map(|i| (i.id, i.start))
        .collect();
    let moved = InstanceId::Recurrence(at("2099-12-28T10:00:00Z"));
    assert_eq!(ids, [(moved, at("2026-06-03T10:00:00Z"))]);
}

#[test]
fn floating_times_and_days_are_where_one_is() {
    let object = event(&["DTSTART;VALUE=DATE:20260601"]);
    let tokyo = Zone::named("Asia/Tokyo").unwrap();
    let instance = object.all_instances(&tokyo, &Limits::default()).next().unwrap();
    assert_eq!(instance.start, at("2026-05-31T15:00:00Z"));
    let before_dawn = at("2026-05-31T15:00:00Z")..at("2026-05-31T16:00:00Z");
    assert_eq!(object.instances(before_dawn.clone(), &tokyo, &Limits::default()).count(), 1);
    assert_eq!(object.instances(before_dawn, &Zone::utc(), &Limits::default()).count(), 0);
}

#[test]
fn expanded_values_keep_their_type() {
    // RFC 4791 §9.6.5: zoned times become UTC, days stay days.
    for (lines, start, end, id) in [
        (
            "DTSTART;TZID=Europe/Berlin:20260601T100000\nDURATION:PT1H",
            "20260601T080000Z",
            "20260601T090000Z",
            "20260601T080000Z",
        ),
        (
            "DTSTART:20260601T100000\nDURATION:PT1H",
            "20260601T100000",
            "20260601T110000",
            "20260601T100000",
        ),
        ("DTSTART;VALUE=DATE:20260601", "20260601", "20260602", "20260601"),
    ] {
        let object = event(&[&format!("{lines}\nRRULE:FREQ=DAILY")]);
        let instance = object.all_instances(&Zone::utc(), &Limits::default()).next().unwrap();
        let values = [
            Some(instance.start_value()),
            Some(instance.end_value()),
            instance.recurrence_id(&object),
        ];
        assert_eq!(values.map(|value| value.unwrap().to_value()), [start, end, id], "{lines}");
    }
}

#[test]
fn a_derived_override_says_what_holds_anyway() {
    let object = event(&[
        "DTSTART;TZID=Europe/Berlin:20260327T100000\nDTEND;TZID=America/New_York:20260327T060000\n\
         RRULE:FREQ=DAILY\nEXDATE:20260330T080000Z\nSUMMARY:old",
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20260402T080000Z\nDTSTART;TZID=Europe/Berlin:20260402T113000\n\
         DURATION:PT2H\nSUMMARY:new",
    ]);
    let derive = |id: &str| {
        let derived = object.derive_override(&InstanceId::Recurrence(at(id)))?;
        Some(String::from_utf8(derived.to_octets()).unwrap().replace("\r\n", "\n"))
    };
    assert_eq!(
        derive("2026-03-29T08:00:00Z").unwrap(),
        "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Berlin:20260329T100000\n\
         DTEND;TZID=America/New_York:20260329T050000\nSUMMARY:old\n\
         RECURRENCE-ID;TZID=Europe/Berlin:20260329T100000\nEND:VEVENT\n"
    );
    assert_eq!(
        derive("2026-04-05T08:00:00Z").unwrap(),
        "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID;TZID=Europe/Berlin:20260405T100000\n\
         DTSTART;TZID=Europe/Berlin:20260405T113000\nDURATION:PT2H\nSUMMARY:new\nEND:VEVENT\n"
    );
    assert_eq!(derive("2026-03-30T08:00:00Z"), None, "excluded");
    assert_eq!(derive("2026-03-30T09:00:00Z"), None, "no instance");
    let single = event(&["DTSTART:20260601T100000Z"]);
    assert!(single.derive_override(&InstanceId::Recurrence(at("2026-06-01T10:00:00Z"))).is_none());
}

#[test]
fn a_derived_override_of_a_period_lasts_as_the_period() {
    let object = event(&[
        "DTSTART:20260601T100000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20260602T100000Z/PT3H",
    ]);
    let derived =
        object.derive_override(&InstanceId::Recurrence(at("2026-06-02T10:00:00Z"))).unwrap();
    assert!(derived.property("DURATION").is_none());
    assert_eq!(derived.property("DTEND").unwrap().value(), "20260602T130000Z");
    assert_eq!(derived.property("RECURRENCE-ID").unwrap().value(), "20260602T100000Z");
}

#[test]
fn tasks_recur_by_their_start_or_by_what_is_due() {
    let started = object(
        "VTODO",
        "",
        &["DTSTART:20260601T100000Z\nDUE:20260601T120000Z\nRRULE:FREQ=DAILY;COUNT=2"],
    );
    assert_eq!(told(&started, "UTC", 9), ["06-01T10:00+120", "06-02T10:00+120"]);
    let due = object("VTODO", "", &["DUE;VALUE=DATE:20260601\nRRULE:FREQ=DAILY;COUNT=2"]);
    assert_eq!(told(&due, "UTC", 9), ["06-01T00:00+0", "06-02T00:00+0"]);
    let timeless = object("VTODO", "", &["SUMMARY:some day"]);
    let instance = timeless.all_instances(&Zone::utc(), &Limits::default()).next().unwrap();
    assert_eq!(instance.id, InstanceId::Master);
}

#[test]
fn journal_entries_without_a_date_have_no_instances() {
    assert!(told(&object("VJOURNAL", "", &["SUMMARY:x"]), "UTC", 9).is_empty());
    assert_eq!(
        told(&object("VJOURNAL", "", &["DTSTART;VALUE=DATE:20260601"]), "UTC", 9),
        ["06-01T00:00+1440"]
    );
}

#[test]
fn limits_end_an_expansion_and_say_so() {
    let object = event(&["DTSTART:20260601T100000Z\nRRULE:FREQ=DAILY"]);
    let limits = Limits { max_instances: 5, ..Limits::default() };
    let mut instances = object.all_instances(&Zone::utc(), &limits);
    assert_eq!(instances.by_ref().count(), 5);
    assert!(instances.is_truncated());
    let mut all = event(&["DTSTART:20260601T100000Z\nRRULE:FREQ=DAILY;COUNT=4"]);
    let mut instances = all.all_instances(&Zone::utc(), &limits);
    assert_eq!(instances.by_ref().count(), 4);
    assert!(!instances.is_truncated());
    all = event(&["DTSTART:20260601T100000Z\nRRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"]);
    assert_eq!(all.all_instances(&Zone::utc(), &limits).count(), 1);
}
