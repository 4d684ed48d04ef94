//! What the commands about people, rooms and groups share.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal},
};

use anyhow::bail;
use clap::Args;
use serde::Serialize;
use store::{Principal, PrincipalId, PrincipalKind, Queries, Store};

use super::output::Output;
use crate::{
    accounts::{self, AccountName, NewAccount},
    clock,
    config::Config,
    database,
};

/// Accounts listed at a time; each page is one statement.
const PAGE: u32 = 500;

/// A room or a group that is to be made.
#[derive(Debug, Args)]
pub(super) struct New {
    /// Letters, digits and . _ - + @
    #[arg(value_parser = AccountName::parse)]
    name: AccountName,
    /// Mail address by which it is invited; the first one given is the preferred one
    #[arg(long, value_name = "ADDRESS", required = true)]
    email: Vec<String>,
    /// What others see
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
}

/// An account that is to go.
#[derive(Debug, Args)]
pub(super) struct Remove {
    /// Which
    pub(super) name: String,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
}

/// An account as every listing has it.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) display_name: Option<String>,
    pub(super) addresses: Vec<String>,
}

impl New {
    /// The account, which nobody logs in to.
    pub(super) fn into_account(self, kind: PrincipalKind) -> NewAccount {
        NewAccount {
            kind,
            display_name: self.display_name,
            emails: self.email,
            ..NewAccount::user(self.name, "")
        }
    }
}

impl Remove {
    /// Removes the account of this name, if whoever gave the command means it.
    pub(super) async fn run(
        &self,
        config: &Config,
        store: &Store,
        account: &Principal,
        mut out: Output,
    ) -> anyhow::Result<()> {
        let name = &account.name;
        if !self.yes {
            if !io::stdin().is_terminal() {
                bail!("This removes {name} with all its calendars. Say --yes if that is meant.");
            }
            out.text(&format!("Remove {name} with all its calendars? Type the name again: "))?;
            let mut typed = String::new();
            io::stdin().read_line(&mut typed)?;
            if !typed.trim().eq_ignore_ascii_case(name) {
                bail!("That is not the name. Nothing was removed.");
            }
        }
        let door = database::door(store, config)?;
        accounts::remove(store, &door, account, clock::now()).await?;
        out.line(&format!("{name} is removed."))
    }
}

/// All accounts of these kinds in order of name.
pub(super) async fn all(
    queries: &mut Queries,
    kinds: &[PrincipalKind],
) -> anyhow::Result<Vec<(Principal, Listed)>> {
    let mut all = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let mut page = queries.list_principals(after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = Some(last.name.clone());
        page.retain(|principal| kinds.contains(&principal.kind));
        let ids: Vec<PrincipalId> = page.iter().map(|principal| principal.id).collect();
        let mut addresses: BTreeMap<PrincipalId, Vec<String>> = BTreeMap::new();
        for (of, address) in queries.list_addresses_of(&ids).await? {
            addresses.entry(of).or_default().push(address);
        }
        all.extend(page.into_iter().map(|principal| {
            let listed = Listed {
                name: principal.name.clone(),
                kind: principal.kind.as_str(),
                display_name: principal.display_name.clone(),
                addresses: addresses.remove(&principal.id).unwrap_or_default(),
            };
            (principal, listed)
        }));
    }
}

impl Listed {
    /// By which it is invited, the preferred one first.
    pub(super) fn addresses(&self) -> String {
        listed(&self.addresses, " ")
    }
}

/// Addresses as people write them. The path of the principal, which each account has, goes without saying.
pub(super) fn listed(addresses: &[String], between: &str) -> String {
    let said = addresses.iter().filter(|address| !address.starts_with('/'));
    said.map(|address| address.strip_prefix("mailto:").unwrap_or(address))
        .collect::<Vec<_>>()
        .join(between)
}
