//! Scenario files in the outside language: `> put`, `> expect`, `> send`, `> get`, `> delete` with whole iCalendar
//! objects. They name their accounts by mail address only; each becomes an account of the address's local part.

use std::collections::BTreeSet;

use super::audit;
use super::stage::{Arrived, Stage};
use crate::harness::{Engine, Person};
use crate::icalendar::compare::{ScheduleStatus, difference, forget_what_a_cancelled_copy_keeps};
use crate::icalendar::{Component, Property};

#[derive(Debug)]
struct Step {
    line: usize,
    verb: String,
    arguments: Vec<String>,
    body: String,
}

/// One message of an `expect`.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    /// `summary…` lines, as name and value.
    pub(super) summary: Vec<(String, String)>,
    pub(super) calendar: Component,
}

pub(crate) fn play(engine: Engine, text: &str) {
    let steps = parse(text);
    let people: Vec<Person> = addresses(&steps)
        .iter()
        .map(|address| Person { name: account(address), addresses: vec![address.clone()] })
        .collect();
    let mut stage = Stage::set(engine, &people);
    // The UID that was written last, and the lines that the audit had about it before.
    let mut written = (String::new(), 0);
    for step in &steps {
        let place = format!("line {}: > {} {}", step.line, step.verb, step.arguments.join(" "));
        match (step.verb.as_str(), &step.arguments[..]) {
            ("put", [user, uid]) => {
                stage.expect_nothing_more();
                written = (uid.clone(), stage.world.audit(uid).len());
                let path = stage.resource_for(&account(user), uid, "VEVENT");
                stage.client(&account(user)).put(&path, &step.body).expect_any(&[201, 204]);
                stage.look_into_inboxes();
            }
            ("delete", [user, uid]) => {
                stage.expect_nothing_more();
                written = (uid.clone(), stage.world.audit(uid).len());
                let copy = stage
                    .find(&account(user), uid)
                    .unwrap_or_else(|| panic!("{place}: there is nothing to delete"));
                stage.client(&account(user)).delete(&copy.href).expect(204);
                stage.look_into_inboxes();
            }
            ("expect", []) => {
                let expected = messages(&step.body);
                expect(&mut stage, &place, &expected);
                let audit = stage.world.audit(&written.0);
                audit::expect_messages(&audit[written.1..], &place, &expected);
            }
            ("get", [user, uid]) => get(&stage, &place, user, uid, &step.body),
            // Over HTTP it has happened when the write was answered.
            ("send", []) => {}
            _ => panic!("{place}: no step of this language"),
        }
    }
    stage.expect_nothing_more();
}

fn parse(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if let Some(head) = line.strip_prefix("> ") {
            let mut words = head.split_whitespace().map(str::to_owned);
            let verb = words.next().unwrap_or_default();
            steps.push(Step {
                line: number + 1,
                verb,
                arguments: words.collect(),
                body: String::new(),
            });
        } else if line.starts_with("# ") {
            continue;
        } else if let Some(step) = steps.last_mut() {
            step.body.push_str(line);
            step.body.push_str("\r\n");
        }
    }
    steps
}

/// The messages of an `expect`, which a line of `=` sets apart.
fn messages(body: &str) -> Vec<Expected> {
    let mut texts = vec![String::new()];
    for line in body.lines() {
        if line.starts_with("==") {
            texts.push(String::new());
        } else if let Some(text) = texts.last_mut() {
            text.push_str(line);
            text.push_str("\r\n");
        }
    }
    texts.iter().filter(|text| !text.trim().is_empty()).map(|text| message(text)).collect()
}

fn message(text: &str) -> Expected {
    let begin = text.find("BEGIN:VCALENDAR").expect("a message holds an iTIP object");
    let mut expected = Expected {
        from: String::new(),
        to: Vec::new(),
        summary: Vec::new(),
        calendar: Component::parse(&text[begin..]).expect("the iTIP object can be read"),
    };
    for line in text[..begin].lines().filter(|line| !line.trim().is_empty()) {
        match line.split_once(": ").expect("a line before the object is `key: value`") {
            ("from", address) => expected.from = address.trim().to_owned(),
            ("to", list) => expected.to = list.split(',').map(|to| to.trim().to_owned()).collect(),
            (key, value) => expected.summary.push((key.to_owned(), value.to_owned())),
        }
    }
    expected
}

fn addresses(steps: &[Step]) -> BTreeSet<String> {
    let mut addresses = BTreeSet::new();
    for step in steps {
        match step.verb.as_str() {
            "put" | "get" | "delete" => addresses.extend(step.arguments.first().cloned()),
            "expect" => {
                for message in messages(&step.body) {
                    addresses.insert(message.from);
                    addresses.extend(message.to);
                }
            }
            _ => {}
        }
    }
    addresses
}

/// Each recipient has exactly one new inbox item with that content; whatever is left over was not expected.
fn expect(stage: &mut Stage, place: &str, expected: &[Expected]) {
    for message in expected {
        for recipient in &message.to {
            let mut items = stage.take_arrived(&account(recipient));
            drop_notice_of_a_delegate_who_declined(&mut items, expected);
            let [item] = &items[..] else {
                panic!("{place}: {recipient} should have one new inbox item, not {items:#?}");
            };
            if let Some(difference) =
                difference(&message.calendar, &item.calendar, ScheduleStatus::Ignored)
            {
                panic!(
                    "{place}: what {recipient} received differs\n{difference}\nin\n{}",
                    item.calendar
                );
            }
        }
    }
}

/// RFC 5546 4.2.5 has the organizer tell the delegator; the files do not show it and are compared without.
fn drop_notice_of_a_delegate_who_declined(items: &mut Vec<Arrived>, expected: &[Expected]) {
    let declined_for: Vec<String> = expected
        .iter()
        .filter(|message| message.calendar.value("METHOD") == Some("REPLY"))
        .flat_map(|message| message.calendar.items())
        .flat_map(|item| item.properties_named("ATTENDEE"))
        .filter(|attendee| attendee.parameter("PARTSTAT").as_deref() == Some("DECLINED"))
        .filter_map(|attendee| attendee.parameter("DELEGATED-FROM"))
        .collect();
    items.retain(|item| {
        let delegator = declined_for
            .iter()
            .any(|delegator| account(delegator.trim_start_matches("mailto:")) == item.account);
        !(delegator && item.method == "REQUEST")
    });
}

fn get(stage: &Stage, place: &str, user: &str, uid: &str, body: &str) {
    let mut expected = Component::parse(body)
        .unwrap_or_else(|error| panic!("{place}: the body cannot be read: {error}"));
    let copy = stage
        .find(&account(user), uid)
        .unwrap_or_else(|| panic!("{place}: {user} has no such object"));
    let mut got = copy.calendar;
    if expected.item().value("STATUS") == Some("CANCELLED") {
        forget_what_a_cancelled_copy_keeps(&mut expected, &mut got);
    }
    accept_fresher_answers(stage, uid, user, &mut expected, &got);
    if let Some(difference) = difference(&expected, &got, ScheduleStatus::AnswersOnly) {
        panic!("{place}: it differs\n{difference}\nin\n{}", copy.octets);
    }
}

/// The answers of other attendees on an attendee's copy may be newer than the file shows: then they are what the
/// organizer's object says.
fn accept_fresher_answers(
    stage: &Stage,
    uid: &str,
    user: &str,
    expected: &mut Component,
    got: &Component,
) {
    let organizer = got.item().value("ORGANIZER").unwrap_or_default().to_owned();
    let own = format!("mailto:{user}");
    if organizer == own {
        return;
    }
    let organizers = stage.find(&account(organizer.trim_start_matches("mailto:")), uid);
    let Some(organizers) = organizers else { return };
    for line in expected.items_mut().flat_map(|item| item.properties.iter_mut()) {
        let others = line.name == "ATTENDEE" && !line.is_address(&own);
        let shown = got.item().attendee(&line.value).and_then(partstat);
        let fresh = organizers.calendar.item().attendee(&line.value).and_then(partstat);
        if others && shown == fresh {
            line.set_parameter("PARTSTAT", shown.as_deref());
        }
    }
}

fn partstat(attendee: &Property) -> Option<String> {
    attendee.parameter("PARTSTAT")
}

/// `a@example.com` logs in as `a`.
pub(super) fn account(address: &str) -> String {
    address.split('@').next().unwrap_or_default().to_owned()
}
