//! `convene import`: calendar files into an account. Nobody is told (design rule 6).

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use calendar::CalendarObject;
use clap::Args;
use scheduling::intercept::{Conditions, Door, DoorError, PutOptions, Writing};
use serde::Serialize;
use store::{Principal, Store};

use super::{output::Output, place, with_store};
use crate::{
    accounts, clock,
    config::Config,
    database,
    icalendar::{self, Piece},
};

#[derive(Debug, Args)]
pub(super) struct Import {
    /// A file, or a folder with .ics files in it
    path: PathBuf,
    /// The account that gets them
    #[arg(long = "as", value_name = "USER")]
    user: String,
    /// The calendar; else each goes to the account's default one for its kind. What is there already is replaced
    /// where it is
    #[arg(long, value_name = "NAME")]
    calendar: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// What became of the files.
#[derive(Default, Serialize)]
struct Report {
    new: usize,
    replaced: usize,
    skipped: Vec<Skipped>,
}

/// What was not taken, and why.
#[derive(Serialize)]
struct Skipped {
    file: String,
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<String>,
    why: String,
}

/// Where everything goes.
struct Importer<'a> {
    config: &'a Config,
    store: Store,
    door: Door,
    user: Principal,
    calendar: Option<String>,
    report: Report,
}

impl Import {
    pub(super) fn run(self, config: &Config, mut out: Output) -> anyhow::Result<()> {
        let files = files(&self.path)?;
        with_store(config, async |store| {
            let mut snapshot = store.read().await?;
            let user = accounts::load(&mut snapshot, &self.user).await?;
            if let Some(name) = &self.calendar
                && snapshot.find_collection(&user.name, name).await?.is_none()
            {
                bail!("`{}` has no calendar `{name}`.", user.name);
            }
            drop(snapshot);
            let door = database::door(&store, config)?;
            let (calendar, report) = (self.calendar, Report::default());
            let mut importer = Importer { config, store, door, user, calendar, report };
            for file in &files {
                importer.take(file).await?;
            }
            importer.report.print(self.json, &mut out)
        })
    }
}

/// The files that are meant, in order of name.
fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable = || format!("`{}` cannot be read", path.display());
    if !fs::metadata(path).with_context(unreadable)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).with_context(unreadable)? {
        let file = entry.with_context(unreadable)?.path();
        if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("ics")) {
            files.push(file);
        }
    }
    if files.is_empty() {
        bail!(
            "There is no .ics file in `{}`; folders within it are not looked into.",
            path.display()
        );
    }
    files.sort();
    Ok(files)
}

impl Importer<'_> {
    async fn take(&mut self, file: &Path) -> anyhow::Result<()> {
        let octets =
            fs::read(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
        let name = file.display().to_string();
        let Ok(text) = std::str::from_utf8(&octets) else {
            let why = "the file is not UTF-8 (RFC 5545 3.1.4)".to_owned();
            self.report.skipped.push(Skipped { file: name, line: 1, uid: None, why });
            return Ok(());
        };
        let (pieces, damage) = icalendar::split(text);
        self.report.skipped.extend(damage.into_iter().map(|damage| Skipped {
            file: name.clone(),
            line: damage.line,
            uid: None,
            why: damage.why,
        }));
        for piece in pieces {
            if let Err(why) = self.put(&piece).await? {
                let (file, line, uid) = (name.clone(), piece.line, piece.uid);
                self.report.skipped.push(Skipped { file, line, uid, why });
            }
        }
        Ok(())
    }

    /// Stores one object; why not, if it can't be.
    async fn put(&mut self, piece: &Piece) -> anyhow::Result<Result<(), String>> {
        let limits = self.config.limits.calendar();
        let object = match CalendarObject::parse_imported(&piece.octets, &limits) {
            Ok(object) => object,
            Err(error) => return Ok(Err(error.detail())),
        };
        let mut snapshot = self.store.read().await?;
        let found = place::of(&mut snapshot, &self.user, &object, self.calendar.as_deref()).await;
        drop(snapshot);
        let place = match found {
            Ok(place) => place,
            Err(error) if error.is::<store::Error>() => return Err(error),
            Err(error) => return Ok(Err(error.to_string())),
        };
        let writing = Writing {
            principal: self.user.id,
            caller: &self.user.name,
            client: "convene import",
            request_id: "import",
            now: clock::now(),
        };
        let (conditions, options) = (Conditions::default(), PutOptions { silent: true });
        match self.door.put(&writing, &place, &object, &conditions, options).await {
            Ok(stored) if stored.created => self.report.new += 1,
            Ok(_) => self.report.replaced += 1,
            Err(DoorError::Store(error)) => return Err(error.into()),
            Err(refusal) => return Ok(Err(refusal.to_string())),
        }
        Ok(Ok(()))
    }
}

impl Report {
    fn print(self, json: bool, out: &mut Output) -> anyhow::Result<()> {
        let skipped = self.skipped.len();
        if json {
            out.json(&self)?;
        } else {
            for Skipped { file, line, uid, why } in &self.skipped {
                let uid = uid.as_deref().map(|uid| format!(" ({uid})")).unwrap_or_default();
                out.line(&format!("{file}:{line}{uid}: {why}"))?;
            }
            out.line(&format!("{} new, {} replaced, {skipped} skipped.", self.new, self.replaced))?;
        }
        if skipped > 0 {
            bail!("Not everything could be imported.");
        }
        Ok(())
    }
}
