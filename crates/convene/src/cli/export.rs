//! `convene export`: calendars as files that other programs read.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;
use store::{Collection, CollectionKind, Principal, PrincipalKind, Queries};

use super::{account, output::Output, with_store};
use crate::{accounts, config::Config, icalendar};

/// Objects read at a time.
const PAGE: u32 = 500;

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["user", "all"]))]
pub(super) struct Export {
    /// The account
    #[arg(value_name = "USER")]
    user: Option<String>,
    /// One of its calendars; else all of them, one after the other
    #[arg(long, value_name = "NAME", requires = "user")]
    calendar: Option<String>,
    /// All accounts: a folder for each, and a file for each calendar
    #[arg(long, requires = "to")]
    all: bool,
    /// The file to write, or the folder with --all; else standard output
    #[arg(long, value_name = "PATH")]
    to: Option<PathBuf>,
    /// List what was written, as JSON
    #[arg(long, requires = "to")]
    json: bool,
}

/// A calendar that was written.
#[derive(Serialize)]
struct Written {
    user: String,
    calendar: String,
    objects: usize,
    file: String,
}

impl Export {
    pub(super) fn run(self, config: &Config, mut out: Output) -> anyhow::Result<()> {
        with_store(config, async |store| {
            let mut snapshot = store.read().await?;
            let Some(name) = &self.user else {
                let folder = self.to.as_deref().unwrap_or(Path::new("."));
                return all(&mut snapshot, folder, self.json, out).await;
            };
            let account = accounts::load(&mut snapshot, name).await?;
            let calendars = calendars(&mut snapshot, &account, self.calendar.as_deref()).await?;
            let (mut text, mut written) = (String::new(), Vec::new());
            for calendar in calendars {
                let (part, objects) = export(&mut snapshot, &calendar).await?;
                text.push_str(&part);
                let file = self.to.as_deref().unwrap_or(Path::new("-")).display().to_string();
                written.push(Written {
                    user: account.name.clone(),
                    calendar: calendar.name,
                    objects,
                    file,
                });
            }
            match &self.to {
                None => out.text(&text),
                Some(file) => {
                    write(file, &text)?;
                    report(&written, self.json, out)
                }
            }
        })
    }
}

/// Every calendar of every account into a file of its own.
async fn all(queries: &mut Queries, folder: &Path, json: bool, out: Output) -> anyhow::Result<()> {
    let mut written = Vec::new();
    for (account, _) in account::all(queries, PrincipalKind::ALL).await? {
        let home = folder.join(&account.name);
        for calendar in calendars(queries, &account, None).await? {
            let (text, objects) = export(queries, &calendar).await?;
            fs::create_dir_all(&home)
                .with_context(|| format!("`{}` cannot be made", home.display()))?;
            let file = home.join(file_name(&calendar.name));
            write(&file, &text)?;
            written.push(Written {
                user: account.name.clone(),
                calendar: calendar.name,
                objects,
                file: file.display().to_string(),
            });
        }
    }
    report(&written, json, out)
}

async fn calendars(
    queries: &mut Queries,
    account: &Principal,
    only: Option<&str>,
) -> anyhow::Result<Vec<Collection>> {
    let mut calendars = queries.list_collections(account.id).await?;
    calendars.retain(|collection| collection.kind == CollectionKind::Calendar);
    if let Some(name) = only {
        calendars.retain(|collection| collection.name == name);
        if calendars.is_empty() {
            bail!("`{}` has no calendar `{name}`.", account.name);
        }
    }
    Ok(calendars)
}

/// A calendar as one VCALENDAR, and how many objects are in it.
async fn export(queries: &mut Queries, calendar: &Collection) -> anyhow::Result<(String, usize)> {
    let mut objects: Vec<String> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = queries.list_members(calendar.id, after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.name.clone());
        let names: Vec<&str> = page.iter().map(|row| row.name.as_str()).collect();
        let found = queries.list_objects_by_names(calendar.id, &names).await?;
        objects.extend(
            found.iter().map(|(_, octets)| String::from_utf8_lossy(octets.as_slice()).into_owned()),
        );
    }
    let text = icalendar::join(objects.iter().map(String::as_str));
    Ok((text, objects.len()))
}

/// A name for a file: a calendar may be called anything.
fn file_name(calendar: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "-_. ".contains(c) { c } else { '_' };
    format!("{}.ics", calendar.chars().map(safe).collect::<String>().trim_start_matches('.'))
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(file, text).with_context(|| format!("`{}` cannot be written", file.display()))
}

fn report(written: &[Written], json: bool, mut out: Output) -> anyhow::Result<()> {
    if json {
        return out.json(&written);
    }
    for Written { user, calendar, objects, file } in written {
        out.line(&format!("{user}/{calendar}: {objects} in {file}"))?;
    }
    Ok(())
}
