//! `convene explain UID`: the story of an object.

use std::fmt::Write as _;

use clap::Args;
use scheduling::{
    Reason,
    intercept::{Delivered, Journal, JournalMessage},
    itip::SchedulingRole,
};
use serde::Serialize;
use store::{AuditRecord, Store};

use super::{output::Output, with_store};
use crate::config::Config;

/// Lines of the audit read at a time.
const PAGE: u32 = 200;

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The UID of the object, as in its calendar data
    uid: String,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// One event of the story, as JSON.
#[derive(Serialize)]
struct Event {
    at: String,
    actor: String,
    action: String,
    collection: String,
    object: String,
    client: String,
    request_id: String,
    detail: Option<Journal>,
}

impl Explain {
    pub(super) fn run(self, config: &Config, mut out: Output) -> anyhow::Result<()> {
        with_store(config, async |store| {
            let events = story(&store, &self.uid).await?;
            if self.json {
                return out.json(&events);
            }
            if events.is_empty() {
                anyhow::bail!("Nothing is recorded about an object with the UID {}.", self.uid);
            }
            events.iter().try_for_each(|event| out.text(&tell(event)))
        })
    }
}

async fn story(store: &Store, uid: &str) -> anyhow::Result<Vec<Event>> {
    let mut snapshot = store.read().await?;
    let mut events = Vec::new();
    let mut after = 0;
    loop {
        let page = snapshot.list_audit(uid, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(events) };
        after = last.id;
        events.extend(page.into_iter().map(to_event));
    }
}

fn to_event(record: AuditRecord) -> Event {
    Event {
        at: record.at.to_string(),
        // What another version wrote may not be readable; the rest of the line is.
        detail: serde_json::from_str(&record.detail).ok(),
        actor: record.actor,
        action: record.action,
        collection: record.collection,
        object: record.object,
        client: record.client,
        request_id: record.request_id,
    }
}

/// An event as text: what happened, what was said to whom, and why.
fn tell(event: &Event) -> String {
    let Event { at, actor, action, collection, object, client, request_id, detail } = event;
    let mut text = format!("{at}  {actor}: {action}");
    // A message from elsewhere is about no place.
    if !object.is_empty() {
        text.push_str(&format!(" {collection}/{object}"));
    }
    text.push('\n');
    let with = [("with", client), ("request", request_id)];
    let with: Vec<String> = with
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(word, value)| format!("{word} {value}"))
        .collect();
    if !with.is_empty() {
        line(&mut text, 1, &with.join(", "));
    }
    if let Some(journal) = detail {
        text.push_str(&tell_journal(journal));
    }
    text
}

/// What was decided, said and why, as text.
pub(super) fn tell_journal(journal: &Journal) -> String {
    let mut text = String::new();
    match journal.role {
        Some(SchedulingRole::Organizer) => line(&mut text, 1, "as its organizer"),
        Some(SchedulingRole::Attendee) => line(&mut text, 1, "as an attendee"),
        Some(SchedulingRole::Unscheduled) | None => {}
    }
    if journal.rewritten {
        line(&mut text, 1, "what is stored differs from what was sent");
    }
    for message in &journal.messages {
        tell_message(&mut text, message);
    }
    for reason in &journal.reasons {
        line(&mut text, 1, &tell_reason(reason));
    }
    text
}

fn tell_message(text: &mut String, message: &JournalMessage) {
    line(text, 1, &format!("{} from {}: {}", message.method, message.from, message.summary));
    for Delivered { to, status, inbox, merged, reasons, .. } in &message.deliveries {
        let meaning = meaning(status).map(|words| format!(" ({words})")).unwrap_or_default();
        let inbox = if *inbox { ", in the inbox" } else { "" };
        let merged = if *merged { ", in the calendar" } else { "" };
        line(text, 2, &format!("to {to}: {status}{meaning}{inbox}{merged}"));
        for reason in reasons {
            line(text, 3, &tell_reason(reason));
        }
    }
}

/// A delivery status in words (RFC 6638 3.2.9, RFC 5546 3.6).
fn meaning(status: &str) -> Option<&'static str> {
    Some(match status {
        "1.0" => "pending",
        "1.1" => "sent",
        "1.2" => "delivered",
        "3.7" => "no such calendar user",
        "3.8" => "not allowed",
        "5.1" => "could not be delivered",
        "5.2" => "not delivered now",
        "5.3" => "no account here, and no mail transport",
        _ => return None,
    })
}

fn tell_reason(reason: &Reason) -> String {
    let whom = reason.attendee.as_ref().map(|attendee| format!("{attendee}: ")).unwrap_or_default();
    let which = match reason.instance {
        calendar::InstanceId::Master => String::new(),
        calendar::InstanceId::Recurrence(start) => format!(" ({start})"),
    };
    format!("{whom}{}{which}: {}", reason.verdict, reason.text)
}

fn line(text: &mut String, depth: usize, words: &str) {
    let indent = depth * 4;
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{:indent$}{words}", "");
}
