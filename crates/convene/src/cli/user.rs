//! `convene user`: accounts of people.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal},
    path::PathBuf,
};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde::Serialize;
use store::{Booking, BookingMode, Principal, PrincipalId, PrincipalKind, Queries, Store};

use super::{output::Output, with_store};
use crate::{
    accounts::{self, AccountName, NewAccount, generate_password, read_list_file},
    auth::Passwords,
    clock,
    config::Config,
    database,
};

/// Accounts listed at a time; each page is one statement.
const PAGE: u32 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Make an account, or those of a file
    Add(Add),
    /// List all accounts, rooms and resources included
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove an account with all its calendars; nobody is told
    Remove {
        /// The account
        name: String,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
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
    /// Mail addresses of an account, by which others invite it
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
        /// The address
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
    name: String,
    kind: &'static str,
    display_name: Option<String>,
    admin: bool,
    addresses: Vec<String>,
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
            Self::Remove { name, yes } => {
                with_store(config, async |store| remove(config, store, &name, yes, out).await)
            }
            Self::Passwd { name, source, json } => with_store(config, async |store| {
                accounts::load(&mut *store.read().await?, &name).await?;
                let password = source.read(&name)?;
                let hash = Passwords::new(&config.passwords)?.hash(&password.text).await?;
                accounts::set_password(&store, &name, &hash, clock::now()).await?;
                report(vec![Made::with(name, password)], "has a new password", json, out)
            }),
            Self::Address(AddressCommand::Add { name, address }) => {
                with_store(config, async |store| {
                    accounts::add_address(&store, &name, &address).await?;
                    Ok(())
                })
            }
            Self::Address(AddressCommand::Remove { name, address }) => {
                with_store(config, async |store| {
                    accounts::remove_address(&store, &name, &address).await?;
                    Ok(())
                })
            }
        }
    }
}

impl Add {
    fn run(self, config: &Config, out: Output) -> anyhow::Result<()> {
        let json = self.json;
        let accounts = self.accounts()?;
        with_store(config, async |store| {
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
                .with_context(|| format!("{} cannot be used", file.display()))?;
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

/// All accounts in order of name, each with its addresses.
pub(super) async fn all(queries: &mut Queries) -> anyhow::Result<Vec<(Principal, Vec<String>)>> {
    let mut all: Vec<(Principal, Vec<String>)> = Vec::new();
    loop {
        let after = all.last().map(|(last, _)| last.name.clone());
        let page = queries.list_principals(after.as_deref(), PAGE).await?;
        let ids: Vec<PrincipalId> = page.iter().map(|principal| principal.id).collect();
        let mut addresses: BTreeMap<PrincipalId, Vec<String>> = BTreeMap::new();
        for (of, address) in queries.list_addresses_of(&ids).await? {
            addresses.entry(of).or_default().push(address);
        }
        let is_last = page.len() < PAGE as usize;
        all.extend(page.into_iter().map(|principal| {
            let own = addresses.remove(&principal.id).unwrap_or_default();
            (principal, own)
        }));
        if is_last {
            return Ok(all);
        }
    }
}

async fn list(store: &Store, json: bool, mut out: Output) -> anyhow::Result<()> {
    let all = all(&mut *store.read().await?).await?;
    let listed: Vec<Listed> =
        all.into_iter().map(|(principal, addresses)| to_listed(principal, addresses)).collect();
    if json {
        return out.json(&listed);
    }
    let rows: Vec<[String; 4]> = listed
        .into_iter()
        .map(|account| {
            let mails = account.addresses.iter().filter_map(|a| a.strip_prefix("mailto:"));
            let mails = mails.collect::<Vec<_>>().join(" ");
            let kind = if account.admin { "admin" } else { account.kind };
            [account.name, kind.to_owned(), account.display_name.unwrap_or_default(), mails]
        })
        .collect();
    out.table(["NAME", "KIND", "DISPLAY NAME", "MAIL"], &rows)
}

fn to_listed(principal: Principal, addresses: Vec<String>) -> Listed {
    let is_bookable = matches!(principal.kind, PrincipalKind::Room | PrincipalKind::Resource);
    Listed {
        kind: principal.kind.as_str(),
        addresses,
        booking: is_bookable.then(|| principal.booking.mode.as_str()),
        name: principal.name,
        display_name: principal.display_name,
        admin: principal.admin,
    }
}

/// Removes an account, if whoever gave the command means it.
pub(super) async fn remove(
    config: &Config,
    store: Store,
    name: &str,
    yes: bool,
    mut out: Output,
) -> anyhow::Result<()> {
    let principal = accounts::load(&mut *store.read().await?, name).await?;
    if !yes {
        if !io::stdin().is_terminal() {
            bail!(
                "This removes {} with all its calendars. Say --yes if that is meant.",
                principal.name
            );
        }
        out.text(&format!(
            "Remove {} with all its calendars? Type the name again: ",
            principal.name
        ))?;
        let mut typed = String::new();
        io::stdin().read_line(&mut typed)?;
        if !typed.trim().eq_ignore_ascii_case(&principal.name) {
            bail!("That is not the name. Nothing was removed.");
        }
    }
    let door = database::door(&store, config)?;
    accounts::remove(&store, &door, &principal, clock::now()).await?;
    out.line(&format!("{} is removed.", principal.name))
}
