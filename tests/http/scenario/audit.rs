//! What the server wrote down about the messages of a write: who sent them, to whom, and what each says in a sentence.
//! The notation of the outside files is another program's; the facts in it are compared.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::outside::{Expected, account};

/// Each expected message stands among the journals of the audit, with its sender, recipients and facts.
pub(super) fn expect_messages(journals: &[Value], place: &str, expected: &[Expected]) {
    let messages: Vec<&Value> =
        journals.iter().flat_map(|journal| list(&journal["messages"])).collect();
    for wanted in expected {
        let told: Vec<&Value> = messages
            .iter()
            .copied()
            .filter(|message| is_of(message, wanted) && !reached(message).is_disjoint(&to(wanted)))
            .collect();
        let all: BTreeSet<String> = told.iter().flat_map(|message| reached(message)).collect();
        assert!(
            all.is_superset(&to(wanted)),
            "{place}: the audit has no message from {} to {:?}\n{}",
            wanted.from,
            wanted.to,
            serde_json::to_string_pretty(&messages).unwrap_or_default()
        );
        told.iter().for_each(|message| expect_facts(message, place, wanted));
    }
}

fn expect_facts(told: &Value, place: &str, wanted: &Expected) {
    let facts = &told["facts"];
    for (key, value) in &wanted.summary {
        let problem = match key.as_str() {
            "summary" => unlike_kind(facts, value),
            "summary.attendee" => unlike_participants(facts, value),
            "summary.dtstart" => unlike_start(facts, value),
            "summary.summary" => unlike(facts["title"].as_str(), &text(value)),
            "~summary.attendee" => unlike_old(facts, "participants", &old_participants(value)),
            "~summary.dtstart" => unlike_old(facts, "start", &written(seconds(value))),
            "~summary.summary" => unlike_old(facts, "title", &text(value)),
            "~summary.location" => unlike_old(facts, "place", &text(value)),
            "~summary.description" => unlike_old(facts, "description", &text(value)),
            "~summary.rrule" => unchanged(facts, "recurrence"),
            // What else a message says is read in the message itself.
            _ => None,
        };
        if let Some(problem) = problem {
            panic!("{place}: the audit should say {key}: {value}\n{problem}\n{facts:#}");
        }
    }
    assert!(
        told["summary"].as_str().is_some_and(|sentence| sentence.split_whitespace().count() >= 3),
        "{place}: the audit should say it in a sentence: {told:#}"
    );
}

fn is_of(message: &Value, wanted: &Expected) -> bool {
    message["method"].as_str() == wanted.calendar.value("METHOD")
        && message["from"].as_str().map(account).as_deref() == Some(wanted.from.as_str())
}

/// For whom the message made an inbox item.
fn reached(message: &Value) -> BTreeSet<String> {
    list(&message["deliveries"])
        .iter()
        .filter(|delivery| delivery["inbox"] == Value::Bool(true))
        .filter_map(|delivery| delivery["to"].as_str())
        .map(account)
        .collect()
}

fn to(wanted: &Expected) -> BTreeSet<String> {
    wanted.to.iter().cloned().collect()
}

/// `invite`, `update REQUEST`, `rsvp PARTSTAT`, `cancel`.
fn unlike_kind(facts: &Value, value: &str) -> Option<String> {
    let kind = &facts["kind"];
    let matches = match value.split_whitespace().collect::<Vec<_>>()[..] {
        ["invite"] => kind == "invitation",
        ["update", "CANCEL"] | ["cancel"] => kind == "cancellation",
        ["update", _] => kind.get("update").is_some(),
        ["rsvp", partstat] => kind["answer"]["partstat"].as_str() == Some(partstat),
        _ => false,
    };
    (!matches).then(|| format!("the kind is {kind}"))
}

fn unlike_participants(facts: &Value, value: &str) -> Option<String> {
    let said: BTreeSet<(String, Option<String>, bool)> = list(&facts["participants"])
        .iter()
        .map(|participant| {
            (
                account(participant["address"].as_str().unwrap_or_default()),
                participant["name"].as_str().map(str::to_owned),
                participant["is_organizer"].as_bool().unwrap_or_default(),
            )
        })
        .collect();
    // A name that the other program does not know is no other fact.
    let wanted = participants(value);
    let agrees = said.len() == wanted.len()
        && wanted.iter().all(|(address, name, is_organizer)| {
            said.iter().any(|(said_address, said_name, said_organizer)| {
                said_address == address
                    && said_organizer == is_organizer
                    && (name.is_none() || said_name == name)
            })
        });
    (!agrees).then(|| format!("the participants are {said:?}"))
}

fn unlike_start(facts: &Value, value: &str) -> Option<String> {
    let said = facts["start"]["text"].as_str().unwrap_or_default();
    let instant = &facts["start"]["instant"];
    let is_it = said == written(seconds(value)) && instant_of(instant) == Some(seconds(value));
    (!is_it).then(|| format!("the start is {said}, {instant}"))
}

fn unlike(said: Option<&str>, wanted: &str) -> Option<String> {
    (said != Some(wanted)).then(|| format!("it is {said:?}"))
}

/// The old value of a fact that changed.
fn unlike_old(facts: &Value, what: &str, wanted: &str) -> Option<String> {
    let changes = list(&facts["kind"]["update"]["changes"]);
    let change = changes.iter().find(|change| change["what"] == what);
    unlike(change.and_then(|change| change["from"].as_str()), wanted)
}

/// Says so when this did not change.
fn unchanged(facts: &Value, what: &str) -> Option<String> {
    let changes = list(&facts["kind"]["update"]["changes"]);
    let changed = changes.iter().any(|change| change["what"] == what);
    (!changed).then(|| format!("the {what} did not change"))
}

/// `Participants([ItipParticipant { email: "a@example.com", name: Some("A"), is_organizer: true }, …])`
fn participants(value: &str) -> BTreeSet<(String, Option<String>, bool)> {
    value
        .split("ItipParticipant { ")
        .skip(1)
        .map(|part| {
            let field = |name: &str| {
                let rest = part.split(name).nth(1).unwrap_or_default();
                rest.split([',', '}']).next().unwrap_or_default().trim().to_owned()
            };
            let name = field("name: ");
            let name = name.strip_prefix("Some(\"").and_then(|name| name.strip_suffix("\")"));
            let is_organizer = field("is_organizer: ") == "true";
            (field("email: ").trim_matches('"').to_owned(), name.map(str::to_owned), is_organizer)
        })
        .collect()
}

fn old_participants(value: &str) -> String {
    let mut addresses: Vec<String> =
        participants(value).into_iter().map(|(address, ..)| address).collect();
    addresses.sort();
    addresses.join(", ")
}

/// `Time(ItipTime { start: 867787200, tz_id: 32768 })`
fn seconds(value: &str) -> i64 {
    let digits = value.split("start: ").nth(1).and_then(|rest| rest.split(',').next());
    digits.and_then(|digits| digits.parse().ok()).expect("a start in seconds")
}

/// An instant as the audit writes a UTC time for people.
fn written(seconds: i64) -> String {
    let instant = Timestamp::from_second(seconds).expect("a moment");
    instant.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn instant_of(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse::<Timestamp>().ok().map(Timestamp::as_second))
}

/// `Text("Conference")`
fn text(value: &str) -> String {
    value.trim_start_matches("Text(\"").trim_end_matches("\")").to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The last write in the audit's own words, for the message of a failed test.
pub(super) fn tell(journals: &[Value]) -> String {
    let Some(journal) = journals.last() else { return "The audit holds nothing.".to_owned() };
    let mut story = "The audit says of the last write:".to_owned();
    for message in list(&journal["messages"]) {
        story.push_str(&format!("\n  {} from {}", message["method"], message["from"]));
        for delivery in list(&message["deliveries"]) {
            story.push_str(&format!(
                "\n    to {}: {}, inbox {}, merged {}",
                delivery["to"], delivery["status"], delivery["inbox"], delivery["merged"]
            ));
            for reason in list(&delivery["reasons"]) {
                story.push_str(&format!("\n      {}", reason["text"]));
            }
        }
    }
    for reason in list(&journal["reasons"]) {
        story.push_str(&format!("\n  {}: {}", reason["attendee"], reason["text"]));
    }
    story
}
