//! Scenario files in the outside language: `> put`, `> expect`, `> send`, `> get`, `> delete` with whole iCalendar
//! objects. They name their accounts by mail address only, and so each logs in.

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
                let kind = if step.body.contains("BEGIN:VTODO") { "VTODO" } else { "VEVENT" };
                let path = stage.resource_for(&account(user), uid, kind);
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
    let mut in_body = false;
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
            in_body = true;
        } else if line.starts_with('#') {
            in_body = false;
        } else if let Some(step) = steps.last_mut()
            && !line.trim().is_empty()
        {
            assert!(in_body, "line {}: it belongs to no step", number + 1);
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
        if line.starts_with('=') {
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
            ("from", address) => expected.from = account(address),
            ("to", list) => expected.to = list.split(',').map(account).collect(),
            (key, value) => expected.summary.push((key.to_owned(), value.to_owned())),
        }
    }
    expected
}

fn addresses(steps: &[Step]) -> BTreeSet<String> {
    let mut addresses = BTreeSet::new();
    for step in steps {
        match step.verb.as_str() {
            "put" | "get" | "delete" => {
                addresses.extend(step.arguments.first().map(|user| account(user)));
            }
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

/// Each recipient has a new inbox item with that content for each message; whatever is left over was not expected.
fn expect(stage: &mut Stage, place: &str, expected: &[Expected]) {
    for message in expected {
        for recipient in &message.to {
            let items = stage.arrived.iter().enumerate();
            let mut differences = Vec::new();
            let found = items.filter(|(_, item)| item.account == *recipient).find(|(_, item)| {
                match difference(&message.calendar, &item.calendar, ScheduleStatus::Ignored) {
                    None => true,
                    Some(difference) => {
                        differences.push(format!("{difference}in\n{}", item.calendar));
                        false
                    }
                }
            });
            let Some((position, _)) = found else {
                panic!(
                    "{place}: {recipient} received no {} as told, but {} others\n{}",
                    message.calendar.value("METHOD").unwrap_or_default(),
                    differences.len(),
                    differences.join("\n")
                );
            };
            stage.arrived.remove(position);
        }
    }
    drop_notice_of_a_delegate_who_declined(&mut stage.arrived, expected);
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
        .map(|delegator| account(&delegator))
        .collect();
    items.retain(|item| !(item.method == "REQUEST" && declined_for.contains(&item.account)));
}

/// What the user has; a step without a body says that he has nothing.
fn get(stage: &Stage, place: &str, user: &str, uid: &str, body: &str) {
    let copy = stage.find(&account(user), uid);
    if body.is_empty() {
        assert!(copy.is_none(), "{place}: there should be none, not\n{}", copy.unwrap().octets);
        return;
    }
    let mut expected = Component::parse(body)
        .unwrap_or_else(|error| panic!("{place}: the body cannot be read: {error}"));
    let copy = copy.unwrap_or_else(|| panic!("{place}: {user} has no such object"));
    let mut got = copy.calendar;
    let organizer = got.items().find_map(|item| item.value("ORGANIZER")).map(account);
    if let Some(organizer) = organizer.filter(|organizer| *organizer != account(user)) {
        forget_what_a_cancelled_copy_keeps(&mut expected, &mut got);
        if let Some(organizers) = stage.find(&organizer, uid) {
            accept_fresher_answers(user, &organizers.calendar, &mut expected, &got);
        }
    }
    if let Some(difference) = difference(&expected, &got, ScheduleStatus::AnswersOnly) {
        panic!("{place}: it differs\n{difference}\nin\n{}", copy.octets);
    }
}

/// The answers of other attendees on an attendee's copy may be newer than the file shows: then they are what the
/// organizer's object says.
fn accept_fresher_answers(
    user: &str,
    organizers: &Component,
    expected: &mut Component,
    got: &Component,
) {
    for item in expected.items_mut() {
        let id = item.value("RECURRENCE-ID").map(str::to_owned);
        let (Some(shown), Some(fresh)) = (
            got.instance(id.as_deref()),
            organizers.instance(id.as_deref()).or(organizers.instance(None)),
        ) else {
            continue;
        };
        for line in item
            .properties
            .iter_mut()
            .filter(|line| line.name == "ATTENDEE" && account(&line.value) != account(user))
        {
            let shown = shown.attendee(&line.value).and_then(partstat);
            if shown == fresh.attendee(&line.value).and_then(partstat) {
                line.set_parameter("PARTSTAT", shown.as_deref());
            }
        }
    }
}

/// Absent means NEEDS-ACTION (RFC 5545 3.2.12).
fn partstat(attendee: &Property) -> Option<String> {
    attendee.parameter("PARTSTAT").filter(|partstat| partstat != "NEEDS-ACTION")
}

/// `mailto:A@example.com` logs in as `a@example.com`.
pub(super) fn account(address: &str) -> String {
    let address = address.trim().to_ascii_lowercase();
    address.strip_prefix("mailto:").unwrap_or(&address).to_owned()
}

pub(crate) mod checks {
    //! The language itself, held to what its files may contain.

    use super::{Expected, account, messages, parse};

    const FILE: &str = "# A task\n> put A@example.com 1\nBEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nEND:VTODO\n\
        END:VCALENDAR\n\n> expect\nfrom: a@example.com\nto: b@example.com, c@other.example\nsummary: invite\n\
        BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR\n=\nfrom: a@example.com\nto: b@example.com\n\
        BEGIN:VCALENDAR\nMETHOD:CANCEL\nEND:VCALENDAR\n#\n> send\n> get b@example.com 1\n\n> expect\n";

    pub(crate) fn steps_and_messages_are_read() {
        let steps = parse(FILE);
        let verbs: Vec<&str> = steps.iter().map(|step| step.verb.as_str()).collect();
        assert_eq!(verbs, ["put", "expect", "send", "get", "expect"]);
        let told: Vec<(String, Vec<String>)> = messages(&steps[1].body)
            .into_iter()
            .map(|Expected { calendar, to, .. }| (calendar.value("METHOD").unwrap().into(), to))
            .collect();
        let (b, c) = ("b@example.com".to_owned(), "c@other.example".to_owned());
        assert_eq!(told, [("REQUEST".into(), vec![b.clone(), c]), ("CANCEL".into(), vec![b])]);
        assert_eq!(steps[3].body, "", "nothing is there");
        assert!(messages(&steps[4].body).is_empty(), "nobody is told");
        assert_eq!(account(&steps[0].arguments[0]), "a@example.com");
    }
}
