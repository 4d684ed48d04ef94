//! `convene schedule --dry-run`: what storing an object would tell whom.

use std::path::PathBuf;

use anyhow::{Context, bail};
use calendar::CalendarObject;
use clap::Args;
use scheduling::intercept::{Place, Writing};
use serde::Serialize;
use store::{ComponentKind, Principal, Queries};

use super::{explain, output::Output, with_store};
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
            .with_context(|| format!("{} cannot be read", self.file.display()))?;
        let object = CalendarObject::parse(&octets, &config.limits.calendar())
            .with_context(|| format!("{} is not a calendar object", self.file.display()))?;
        with_store(config, async |store| {
            let mut snapshot = store.read().await?;
            let writer = accounts::load(&mut snapshot, &self.user).await?;
            let place = place_of(&mut snapshot, &writer, &object).await?;
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

/// Where the object lies already, or else a new name in the default calendar of its kind.
async fn place_of(
    queries: &mut Queries,
    writer: &Principal,
    object: &CalendarObject,
) -> anyhow::Result<Place> {
    let home = writer.name.clone();
    let copies = queries.list_copies(object.uid().as_str(), &[writer.id]).await?;
    if let Some(copy) = copies.into_iter().next() {
        return Ok(Place { home, collection: copy.collection_name, name: copy.row.name });
    }
    let Some(kind) = ComponentKind::parse(object.kind().as_str()) else {
        bail!("{} cannot be scheduled", object.kind().as_str());
    };
    let defaults = queries.list_default_collections(&[writer.id], kind).await?;
    let Some((_, collection)) = defaults.into_iter().next() else {
        bail!("{} has no default calendar for {kind} components", writer.name);
    };
    Ok(Place { home, collection: collection.name, name: "dry-run.ics".to_owned() })
}
