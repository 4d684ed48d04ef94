//! The command line.

mod account;
mod application;
mod check;
mod deliver;
mod explain;
mod export;
mod group;
mod health;
mod import;
mod output;
mod place;
mod queue;
mod room;
mod schedule;
mod serve;
mod simulate;
mod user;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use tokio::runtime;

use crate::{
    config::{self, Config, DatabaseUrl, Flags},
    database::{self, Missing},
    logs,
};
use output::Output;

/// A CalDAV server whose invitations arrive.
///
/// Without a command it serves, with its data in ./convene-data.
#[derive(Debug, Parser)]
#[command(name = "convene", version)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Where settings come from. The environment has the same ones as CONVENE_CONFIG, CONVENE_DATABASE, ….
#[derive(Debug, Args)]
struct Settings {
    /// TOML file with settings; `convene config` prints one
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME
    #[arg(long, global = true, value_name = "URL", value_parser = DatabaseUrl::parse)]
    database: Option<DatabaseUrl>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve calendars
    Serve(serve::Serve),
    /// Accounts of people
    #[command(subcommand)]
    User(user::UserCommand),
    /// Rooms and resources
    #[command(subcommand)]
    Room(room::RoomCommand),
    /// Several people under one address
    #[command(subcommand)]
    Group(group::GroupCommand),
    /// Tell what happened to the object with this UID: each write, each message or why there was none
    Explain(explain::Explain),
    /// Say what storing an object would tell whom
    Schedule(schedule::Schedule),
    /// Play a story of a meeting: who is told what when messages cross, without a server
    Simulate(simulate::Simulate),
    /// Deliver a scheduling message that came another way, such as by mail
    Deliver(deliver::Deliver),
    /// Store calendar files in an account; nobody is told
    Import(import::Import),
    /// Write calendars into files
    Export(export::Export),
    /// Messages to people elsewhere, and those of them that are held back
    #[command(subcommand)]
    Queue(queue::QueueCommand),
    /// Look for contradictions in the database
    Check(check::Check),
    /// Print the settings in force, as a configuration file
    Config(ShowConfig),
    /// Ask the server of these settings whether it serves; for container health checks
    Health,
}

#[derive(Debug, Args)]
struct ShowConfig {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// The program: does what its command line says, and tells why it could not.
pub fn main() -> ExitCode {
    // clap ends the program with 2 when the command line is not valid.
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("convene: {}", message(&error));
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes, as a sentence; what one says of the next is not said again.
fn message(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        let bare = cause.trim_end_matches('.').to_lowercase();
        if message.to_lowercase().contains(&bare) {
            continue;
        }
        if !message.is_empty() {
            message.truncate(message.trim_end_matches('.').len());
            message.push_str(": ");
        }
        message.push_str(&cause);
    }
    sentence(&message)
}

/// As a sentence begins and ends.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(char::to_uppercase).into_iter().flatten();
    let stop = if text.ends_with(['.', '!', '?', '\n']) { "" } else { "." };
    first.chain(characters).chain(stop.chars()).collect()
}

impl Cli {
    /// Does what the command line says.
    ///
    /// # Errors
    /// With a message for the person who gave the command.
    pub fn run(self) -> anyhow::Result<()> {
        let command = self.command.unwrap_or_else(|| Command::Serve(serve::Serve::default()));
        let mut flags = Flags {
            config: self.settings.config,
            database: self.settings.database,
            ..Flags::default()
        };
        if let Command::Serve(serve) = &command {
            flags.listen.clone_from(&serve.listen);
        }
        let config = config::load(&flags, |name| std::env::var(name).ok())?;
        let out = Output::standard();
        match command {
            Command::Serve(serve) => serve.run(config, out),
            Command::User(command) => command.run(&config, out),
            Command::Room(command) => command.run(&config, out),
            Command::Group(command) => command.run(&config, out),
            Command::Explain(explain) => explain.run(&config, out),
            Command::Schedule(schedule) => schedule.run(&config, out),
            Command::Simulate(simulate) => simulate.run(out),
            Command::Deliver(deliver) => deliver.run(&config, out),
            Command::Import(import) => import.run(&config, out),
            Command::Export(export) => export.run(&config, out),
            Command::Queue(command) => command.run(&config, out),
            Command::Check(check) => check.run(&config, out),
            Command::Config(show) => show.run(&config, out),
            Command::Health => health::run(&config, out),
        }
    }
}

impl ShowConfig {
    fn run(&self, config: &Config, mut out: Output) -> anyhow::Result<()> {
        if self.json {
            return out.json(config);
        }
        if !config.is_tls() {
            out.line("# Plain HTTP: tls_cert and tls_key, the names of PEM files, are not set.")?;
        }
        out.text(&toml::to_string(config).context("The settings cannot be printed")?)
    }
}

/// Runs a command that works on the database that is there, and ends: one thread, a quiet log.
fn with_store<F, Fut>(config: &Config, work: F) -> anyhow::Result<()>
where
    F: FnOnce(store::Store) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    with_database(config, Missing::Fail, work)
}

/// The same for what can be the first thing that somebody does: a database that is not there is made.
fn with_new_store<F, Fut>(config: &Config, work: F) -> anyhow::Result<()>
where
    F: FnOnce(store::Store) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    with_database(config, Missing::Make, work)
}

fn with_database<F, Fut>(config: &Config, missing: Missing, work: F) -> anyhow::Result<()>
where
    F: FnOnce(store::Store) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    logs::start("warn", config.log_format)?;
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let store = database::open(&config.database, config.database_connections, missing).await?;
        work(store).await
    })
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_message_says_each_cause_once_and_is_a_sentence() {
        for (error, expected) in [
            (anyhow!("it is gone"), "It is gone."),
            (
                anyhow!("refused").context("No server answers at x"),
                "No server answers at x: refused.",
            ),
            (
                anyhow!("refused").context("It cannot be reached: refused. Look at it."),
                "It cannot be reached: refused. Look at it.",
            ),
            (anyhow!("the file is away.").context("The file is away."), "The file is away."),
            (anyhow!("c").context("B.").context("A."), "A: B: c."),
            (anyhow!("as written\n"), "As written\n"),
        ] {
            assert_eq!(message(&error), expected);
        }
    }
}
