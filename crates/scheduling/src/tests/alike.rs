//! Those to whom a message says the same. That it makes the same of their copies is one of the laws.

use calendar::InstanceId;

use super::support::{address, event, meeting, user};
use crate::inbound::Asked;
use crate::{AnswerRecord, Answers};

#[test]
fn one_is_asked_as_others_are_where_every_line_of_his_only_asks() {
    let with_date = |series: &[&str], date: &[&str]| {
        let series = meeting(series).replace("SUMMARY", "RRULE:FREQ=DAILY;COUNT=3\nSUMMARY");
        let id = "RECURRENCE-ID:20260301T180000Z\nSUMMARY";
        format!("{series}\n\n{}", meeting(date).replace("SUMMARY", id))
    };
    let (asked, declined) = (":mailto:ben", ";PARTSTAT=DECLINED:mailto:ben");
    let sent = ";DELEGATED-FROM=\"mailto:cho@example.com\":mailto:ben";
    for (lines, expected) in [
        (meeting(&[asked, ";PARTSTAT=ACCEPTED:mailto:cho"]), true),
        (meeting(&[";PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:ben"]), true),
        (meeting(&[declined]), false),
        (meeting(&[";ROLE=NON-PARTICIPANT:mailto:ben"]), false),
        (meeting(&[sent]), false),
        (meeting(&[":mailto:cho"]), false),
        (with_date(&[asked], &[asked]), true),
        (with_date(&[asked], &[declined]), false),
        (with_date(&[asked], &[":mailto:cho"]), false),
        (with_date(&[":mailto:cho"], &[asked]), false),
    ] {
        let found = Asked::of(&event(&lines));
        assert_eq!(found.includes(&user(2, "ben"), &Answers::default()), expected, "{lines}");
    }
}

#[test]
fn who_has_said_something_is_not_asked_as_others_are() {
    let now = "2026-01-05T08:00:00Z".parse().unwrap();
    let said = AnswerRecord::now(Some(&address("ben")), InstanceId::Master, 1, now);
    let found = Asked::of(&event(&meeting(&[":mailto:ben"])));
    assert!(!found.includes(&user(2, "ben"), &Answers::new([said])));
}
