//! `convene schedule --dry-run`: what storing an object would tell whom.

use std::path::PathBuf;

use anyhow::Context;
use calendar::CalendarObject;
use clap::Args;
use scheduling::intercept::Writing;
use serde::Serialize;
use store::{Principal, Queries};

use super::{explain, output::Output, place, with_store};
use crate::{accounts, clock, config::Config, database};

#[derive(Debug, Args)]
pub(super) struct Schedule {
    /// Only say what would happen; nothing is stored and nobody is told
    #[arg(long, required = true)]
    dry_run: bool,
    /// File with the calendar object
    file: PathBuf,
    /// The account that would store it
    #[arg(long = "as", value_name = "USER")]
    user: String,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// What would happen, as JSON.
#[derive(Serialize)]
struct Outcome<'a> {
    collection: &'a str,
    object: &'a str,
    created: bool,
    detail: &'a scheduling::intercept::Journal,
}

impl Schedule {
    pub(super) fn run(self, config: &Config, mut out: Output) -> anyhow::Result<()> {
        let octets = std::fs::read(&self.file)
            .with_context(|| format!("`{}` cannot be read", self.file.display()))?;
        let what = || format!("`{}` is not a calendar object", self.file.display());
        with_store(config, async |store| {
            let mut snapshot = store.read().await?;
            let writer = accounts::load(&mut snapshot, &self.user).await?;
            let object = read(&mut snapshot, &writer, &octets, config).await.with_context(what)?;
            let place = place::of(&mut snapshot, &writer, &object, None).await?;
            drop(snapshot);
            let writing = Writing {
                principal: writer.id,
                caller: &writer.name,
                client: "convene schedule",
                request_id: "dry run",
                now: clock::now(),
            };
            let door = database::door(&store, config)?;
            let would = door.dry_run(&writing, &place, &object).await?;
            if self.json {
                return out.json(&Outcome {
                    collection: &place.collection,
                    object: &place.name,
                    created: would.created,
                    detail: &would.journal,
                });
            }
            let what = if would.created { "would be new" } else { "would be replaced" };
            out.line(&format!("{}/{} {what}", place.collection, place.name))?;
            out.text(&explain::tell_journal(&would.journal))
        })
    }
}

/// What a PUT would read: what the account has of it already it may keep.
async fn read(
    queries: &mut Queries,
    writer: &Principal,
    octets: &[u8],
    config: &Config,
) -> anyhow::Result<CalendarObject> {
    let limits = config.limits.calendar();
    let error = match CalendarObject::parse(octets, &limits) {
        Ok(object) => return Ok(object),
        Err(error) => error,
    };
    let uid = CalendarObject::parse_stored(octets)?.uid().clone();
    match queries.list_copies(uid.as_str(), &[writer.id]).await?.first() {
        Some(copy) => Ok(CalendarObject::parse_over(&copy.octets, octets, &limits)?),
        None => Err(error.into()),
    }
}
