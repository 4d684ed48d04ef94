//! `convene queue`: messages to people who have no account here, and those of them that are held back.

use anyhow::bail;
use clap::{Args, Subcommand};
use serde::Serialize;
use store::{Outgoing, OutgoingState, Queries, Store};

use super::{output::Output, with_store};
use crate::{clock, config::Config};

/// Messages read at a time; each page is one statement.
const PAGE: u32 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum QueueCommand {
    /// List what waits: `queued` goes out as soon as something carries it, `held` waits to be released
    List {
        /// Only what is held
        #[arg(long)]
        held: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Let held messages go out
    Release(Chosen),
    /// Remove held messages unsent; nobody hears of them
    Drop(Chosen),
}

/// Which of the held messages.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Chosen {
    /// Those with these numbers
    #[arg(value_name = "NUMBER")]
    numbers: Vec<i64>,
    /// All from this address
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// All of them
    #[arg(long)]
    all: bool,
}

/// A message as it is listed.
#[derive(Serialize)]
struct Listed {
    number: i64,
    state: &'static str,
    at: String,
    method: String,
    from: String,
    to: String,
    uid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl QueueCommand {
    pub(super) fn run(self, config: &Config, mut out: Output) -> anyhow::Result<()> {
        with_store(config, async |store| match self {
            Self::List { held, json } => list(&store, held, json, out).await,
            Self::Release(chosen) => {
                let now = clock::now();
                let mut tx = store.write(&[]).await?;
                let messages = chosen.find(&mut tx).await?;
                for message in &messages {
                    tx.release_outgoing(message.id, now).await?;
                }
                tx.commit().await?;
                out.line(&format!("{} released.", of(messages.len())))
            }
            Self::Drop(chosen) => {
                let mut tx = store.write(&[]).await?;
                let messages = chosen.find(&mut tx).await?;
                for message in &messages {
                    tx.drop_outgoing(message.id).await?;
                }
                tx.commit().await?;
                out.line(&format!("{} dropped.", of(messages.len())))
            }
        })
    }
}

impl Chosen {
    /// The held messages that are meant; a number that is not held is a mistake.
    async fn find(&self, queries: &mut Queries) -> anyhow::Result<Vec<Outgoing>> {
        let mut held = all_in(queries, OutgoingState::Held).await?;
        for number in &self.numbers {
            if !held.iter().any(|message| message.id == *number) {
                bail!(
                    "No message with the number {number} is held. `convene queue list` shows which are."
                );
            }
        }
        let from = self.from.as_deref().map(bare);
        held.retain(|message| {
            self.all
                || self.numbers.contains(&message.id)
                || from.is_some_and(|from| bare(&message.sender).eq_ignore_ascii_case(from))
        });
        Ok(held)
    }
}

async fn list(store: &Store, only_held: bool, json: bool, mut out: Output) -> anyhow::Result<()> {
    let mut snapshot = store.read().await?;
    let mut listed: Vec<Listed> = Vec::new();
    let states: &[OutgoingState] = if only_held {
        &[OutgoingState::Held]
    } else {
        &[OutgoingState::Held, OutgoingState::Queued]
    };
    for state in states {
        listed.extend(all_in(&mut snapshot, *state).await?.into_iter().map(Listed::from));
    }
    const HEADINGS: [&str; 6] = ["NUMBER", "STATE", "SINCE", "WHAT", "FROM", "TO"];
    out.listing(json, &listed, HEADINGS, |message| {
        let (from, to) = (bare(&message.from).to_owned(), bare(&message.to).to_owned());
        let number = message.number.to_string();
        [number, message.state.to_owned(), message.at.clone(), message.method.clone(), from, to]
    })
}

async fn all_in(queries: &mut Queries, state: OutgoingState) -> anyhow::Result<Vec<Outgoing>> {
    let mut found: Vec<Outgoing> = Vec::new();
    loop {
        let after = found.last().map_or(0, |last| last.id);
        let page = queries.list_outgoing(state, after, PAGE).await?;
        let is_last = page.len() < PAGE as usize;
        found.extend(page);
        if is_last {
            return Ok(found);
        }
    }
}

impl From<Outgoing> for Listed {
    fn from(message: Outgoing) -> Self {
        Self {
            number: message.id,
            state: message.state.as_str(),
            at: message.created_at.to_string(),
            method: message.method,
            from: message.sender,
            to: message.recipient,
            uid: message.uid,
            error: message.error,
        }
    }
}

/// An address as people write it.
fn bare(address: &str) -> &str {
    address.strip_prefix("mailto:").unwrap_or(address)
}

fn of(messages: usize) -> String {
    if messages == 1 { "One message is".to_owned() } else { format!("{messages} messages are") }
}
