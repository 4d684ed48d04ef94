//! `convene user app-password`: a password for each program or device.

use clap::Subcommand;
use serde::Serialize;

use super::{output::Output, with_store};
use crate::{
    accounts::{self, generate_password},
    auth::Passwords,
    clock,
    config::Config,
};

#[derive(Debug, Subcommand)]
pub(super) enum AppPasswordCommand {
    /// Make a password for a program or device, and show it once; one of the same label is replaced
    Add {
        /// The account
        name: String,
        /// What it is for, such as phone
        label: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// List what an account has such passwords for
    List {
        /// The account
        name: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Take one back; the account's other passwords go on
    Remove {
        /// The account
        name: String,
        /// What it was for
        label: String,
    },
}

/// A password that was made.
#[derive(Serialize)]
struct Made<'a> {
    name: &'a str,
    label: &'a str,
    password: String,
}

/// A password as it is listed.
#[derive(Serialize)]
struct Listed {
    label: String,
    since: String,
}

impl AppPasswordCommand {
    pub(super) fn run(self, config: &Config, mut out: Output) -> anyhow::Result<()> {
        with_store(config, async |store| match self {
            Self::Add { name, label, json } => {
                let password = generate_password();
                let hash = Passwords::new(&config.passwords)?.hash(&password).await?;
                accounts::set_application_password(&store, &name, &label, &hash, clock::now())
                    .await?;
                if json {
                    return out.json(&Made { name: &name, label: &label, password });
                }
                out.line(&format!("{name} has a password for {label}, shown only now: {password}"))
            }
            Self::List { name, json } => {
                let found = accounts::list_application_passwords(&store, &name).await?;
                let listed: Vec<Listed> = found
                    .into_iter()
                    .map(|one| Listed { label: one.label, since: one.created_at.to_string() })
                    .collect();
                out.listing(json, &listed, ["LABEL", "SINCE"], |one| {
                    [one.label.clone(), one.since.clone()]
                })
            }
            Self::Remove { name, label } => {
                accounts::remove_application_password(&store, &name, &label).await?;
                out.line(&format!("{name} has no password for {label} any more."))
            }
        })
    }
}
