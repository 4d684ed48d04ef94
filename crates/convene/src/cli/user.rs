//! `convene user`: accounts of people, and what holds for all accounts.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde::Serialize;
use store::{Booking, BookingMode, Principal, PrincipalKind, Store};

use super::{account, application::AppPasswordCommand, output::Output, with_new_store, with_store};
use crate::{
    accounts::{self, AccountName, NewAccount, generate_password, read_list_file},
    auth::Passwords,
    clock,
    config::Config,
};

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Make an account, or those of a file
    Add(Add),
    /// List all accounts, with rooms, resources and groups
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove an account with all its calendars; nobody is told
    Remove(account::Remove),
    /// Give an account a new password
    Passwd {
        /// The account
        name: String,
        #[command(flatten)]
        source: PasswordSource,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// More passwords of an account: one for each program or device
    #[command(subcommand)]
    AppPassword(AppPasswordCommand),
    /// Addresses of an account, by which others invite it
    #[command(subcommand)]
    Address(AddressCommand),
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// What the person logs in with: letters, digits and . _ - + @
    #[arg(value_parser = AccountName::parse, required_unless_present = "from")]
    name: Option<AccountName>,
    /// Mail address; the first one given is the preferred one
    #[arg(long, value_name = "ADDRESS", required_unless_present = "from")]
    email: Vec<String>,
    /// What others see
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
    /// The account administers the server
    #[arg(long)]
    admin: bool,
    #[command(flatten)]
    source: PasswordSource,
    /// CSV file with the columns name,email,display name,password,kind
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "email", "display_name", "admin", "password_stdin", "generate"])]
    from: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct PasswordSource {
    /// Read the password from standard input: one line
    #[arg(long)]
    password_stdin: bool,
    /// Make a password and show it once, without asking for one
    #[arg(long, conflicts_with = "password_stdin")]
    generate: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum AddressCommand {
    /// Give an address to an account
    Add {
        /// The account
        name: String,
        /// A mail address, or urn:uuid:…
        address: String,
    },
    /// Take an address from an account
    Remove {
        /// The account
        name: String,
        /// The address
        address: String,
    },
}

/// A password, and whether the person has yet to be told.
struct Password {
    text: String,
    is_generated: bool,
}

/// An account as it is listed.
#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    account: account::Listed,
    admin: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    booking: Option<&'static str>,
}

/// An account that was made, or has a new password.
#[derive(Serialize)]
struct Made {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

impl UserCommand {
    pub(super) fn run(self, config: &Config, out: Output) -> anyhow::Result<()> {
        match self {
            Self::Add(add) => add.run(config, out),
            Self::List { json } => with_store(config, async |store| list(&store, json, out).await),
            Self::Remove(remove) => with_store(config, async |store| {
                let account = accounts::load(&mut *store.read().await?, &remove.name).await?;
                remove.run(config, &store, &account, out).await
            }),
            Self::Passwd { name, source, json } => with_store(config, async |store| {
                accounts::load(&mut *store.read().await?, &name).await?;
                let password = source.read(&name)?;
                let hash = Passwords::new(&config.passwords)?.hash(&password.text).await?;
                accounts::set_password(&store, &name, &hash, clock::now()).await?;
                report(vec![Made::with(name, password)], "has a new password", json, out)
            }),
            Self::AppPassword(command) => command.run(config, out),
            Self::Address(AddressCommand::Add { name, address }) => {
                with_store(config, async |store| {
                    let all = accounts::add_address(&store, &name, &address).await?;
                    tell_addresses(&name, &all, out)
                })
            }
            Self::Address(AddressCommand::Remove { name, address }) => {
                with_store(config, async |store| {
                    let kept = accounts::remove_address(&store, &name, &address).await?;
                    tell_addresses(&name, &kept, out)
                })
            }
        }
    }
}

impl Add {
    fn run(self, config: &Config, out: Output) -> anyhow::Result<()> {
        let json = self.json;
        let accounts = self.accounts()?;
        with_new_store(config, async |store| {
            let passwords = Passwords::new(&config.passwords)?;
            let mut new = Vec::with_capacity(accounts.len());
            let mut made = Vec::with_capacity(accounts.len());
            for (mut account, password) in accounts {
                let name = account.name.to_string();
                match password {
                    Some(password) => {
                        account.password_hash = Some(passwords.hash(&password.text).await?);
                        made.push(Made::with(name, password));
                    }
                    None => made.push(Made { name, password: None }),
                }
                new.push(account);
            }
            accounts::create(&store, &new, clock::now()).await?;
            report(made, "is made", json, out)
        })
    }

    /// What is to be made: the one account of the flags, or those of the file.
    fn accounts(self) -> anyhow::Result<Vec<(NewAccount, Option<Password>)>> {
        if let Some(file) = &self.from {
            let rows = read_list_file(file)
                .with_context(|| format!("`{}` cannot be used", file.display()))?;
            return Ok(rows.into_iter().map(from_row).collect());
        }
        let Some(name) = self.name else { bail!("The name is missing.") };
        let password = self.source.read(name.as_str())?;
        let account = NewAccount {
            display_name: self.display_name,
            emails: self.email,
            admin: self.admin,
            ..NewAccount::user(name, "")
        };
        Ok(vec![(account, Some(password))])
    }
}

fn from_row(row: accounts::Row) -> (NewAccount, Option<Password>) {
    let is_user = row.kind == PrincipalKind::User;
    let password = match row.password {
        Some(text) => Some(Password { text, is_generated: false }),
        // A room answers for itself; nobody needs to log in as one.
        None => is_user.then(Password::generated),
    };
    let account = NewAccount {
        kind: row.kind,
        display_name: row.display_name,
        emails: row.emails,
        booking: Booking::new(if is_user {
            BookingMode::Manual
        } else {
            BookingMode::AcceptIfFree
        }),
        ..NewAccount::user(row.name, "")
    };
    (account, password)
}

impl PasswordSource {
    /// The password for an account: from standard input, generated, or asked for.
    fn read(&self, name: &str) -> anyhow::Result<Password> {
        let text = if self.password_stdin {
            let mut line = String::new();
            io::stdin().read_line(&mut line).context("No password comes on standard input")?;
            line.trim_end_matches(['\r', '\n']).to_owned()
        } else if self.generate || !io::stdin().is_terminal() {
            return Ok(Password::generated());
        } else {
            let first =
                rpassword::prompt_password(format!("Password for {name} (empty: make one): "))?;
            if first.is_empty() {
                return Ok(Password::generated());
            }
            if first != rpassword::prompt_password("The same again: ")? {
                bail!("The two passwords are not the same. Nothing was changed.");
            }
            first
        };
        if text.is_empty() {
            bail!("The password is empty. Nothing was changed.");
        }
        Ok(Password { text, is_generated: false })
    }
}

impl Password {
    fn generated() -> Self {
        Self { text: generate_password(), is_generated: true }
    }
}

impl Made {
    fn with(name: String, password: Password) -> Self {
        Self { name, password: password.is_generated.then_some(password.text) }
    }
}

fn report(made: Vec<Made>, what: &str, json: bool, mut out: Output) -> anyhow::Result<()> {
    if json {
        return out.json(&made);
    }
    for Made { name, password } in made {
        match password {
            Some(password) => {
                out.line(&format!("{name} {what}. Password, shown only now: {password}"))?
            }
            None => out.line(&format!("{name} {what}."))?,
        }
    }
    Ok(())
}

fn tell_addresses(name: &str, addresses: &[String], mut out: Output) -> anyhow::Result<()> {
    out.line(&format!("The addresses of {name} are now: {}.", account::listed(addresses, ", ")))
}

async fn list(store: &Store, json: bool, mut out: Output) -> anyhow::Result<()> {
    let all = account::all(&mut *store.read().await?, PrincipalKind::ALL).await?;
    let listed: Vec<Listed> = all.into_iter().map(to_listed).collect();
    out.listing(json, &listed, ["NAME", "KIND", "DISPLAY NAME", "ADDRESSES"], |listed| {
        let account::Listed { name, kind, display_name, .. } = &listed.account;
        let kind = if listed.admin { "admin" } else { kind };
        let display_name = display_name.clone().unwrap_or_default();
        [name.clone(), kind.to_owned(), display_name, listed.account.addresses()]
    })
}

fn to_listed((principal, account): (Principal, account::Listed)) -> Listed {
    let is_bookable = matches!(principal.kind, PrincipalKind::Room | PrincipalKind::Resource);
    let booking = is_bookable.then(|| principal.booking.mode.as_str());
    Listed { account, admin: principal.admin, booking }
}
