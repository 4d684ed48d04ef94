//! `convene group`: several people under one address.

use anyhow::bail;
use clap::{Args, Subcommand};
use serde::Serialize;
use store::{PrincipalId, PrincipalKind, Store};

use super::{output::Output, user, with_store};
use crate::{
    accounts::{self, AccountName, NewAccount},
    clock,
    config::Config,
};

#[derive(Debug, Subcommand)]
pub(super) enum GroupCommand {
    /// Make a group: inviting its address invites its members
    Add(Add),
    /// List all groups with their members
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove a group; its members stay, and stay invited
    Remove {
        /// The group
        name: String,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
    /// Who is in a group. Meetings that were made before follow when their organizers save them next
    #[command(subcommand)]
    Member(MemberCommand),
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// Letters, digits and . _ - + @
    #[arg(value_parser = AccountName::parse)]
    name: AccountName,
    /// Mail address by which it is invited; the first one given is the preferred one
    #[arg(long, value_name = "ADDRESS", required = true)]
    email: Vec<String>,
    /// An account that is in it, or another group
    #[arg(long, value_name = "NAME")]
    member: Vec<String>,
    /// What others see
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum MemberCommand {
    /// Take accounts or groups into a group
    Add(Members),
    /// Take them out of it
    Remove(Members),
}

#[derive(Debug, Args)]
pub(super) struct Members {
    /// The group
    group: String,
    /// The accounts or groups
    #[arg(required = true)]
    members: Vec<String>,
}

/// A group as it is listed.
#[derive(Serialize)]
struct Listed {
    name: String,
    display_name: Option<String>,
    addresses: Vec<String>,
    members: Vec<String>,
}

impl GroupCommand {
    pub(super) fn run(self, config: &Config, mut out: Output) -> anyhow::Result<()> {
        with_store(config, async |store| match self {
            Self::Add(add) => {
                let members = find(&store, &add.member).await?;
                let name = add.name.to_string();
                let account = NewAccount {
                    kind: PrincipalKind::Group,
                    display_name: add.display_name,
                    emails: add.email,
                    ..NewAccount::user(add.name, "")
                };
                accounts::create(&store, &[account], clock::now()).await?;
                accounts::set_members(&store, &name, |all| all.extend(members)).await?;
                out.line(&format!("{name} is made."))
            }
            Self::List { json } => list(&store, json, out).await,
            Self::Remove { name, yes } => {
                let group = accounts::load(&mut *store.read().await?, &name).await?;
                if group.kind != PrincipalKind::Group {
                    bail!(
                        "`{}` is no group. `convene user remove` removes other accounts.",
                        group.name
                    );
                }
                user::remove(config, store, &name, yes, out).await
            }
            Self::Member(MemberCommand::Add(Members { group, members })) => {
                let members = find(&store, &members).await?;
                Ok(accounts::set_members(&store, &group, |all| all.extend(members)).await?)
            }
            Self::Member(MemberCommand::Remove(Members { group, members })) => {
                let members = find(&store, &members).await?;
                Ok(accounts::set_members(&store, &group, |all| {
                    all.retain(|member| !members.contains(member));
                })
                .await?)
            }
        })
    }
}

async fn find(store: &Store, names: &[String]) -> anyhow::Result<Vec<PrincipalId>> {
    let mut snapshot = store.read().await?;
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        found.push(accounts::load(&mut snapshot, name).await?.id);
    }
    Ok(found)
}

async fn list(store: &Store, json: bool, mut out: Output) -> anyhow::Result<()> {
    let mut snapshot = store.read().await?;
    let mut listed = Vec::new();
    for account in user::all(&mut snapshot).await? {
        let (group, addresses) = account;
        if group.kind != PrincipalKind::Group {
            continue;
        }
        let members = snapshot.list_group_members(group.id).await?;
        listed.push(Listed {
            name: group.name,
            display_name: group.display_name,
            addresses,
            members: members.into_iter().map(|member| member.name).collect(),
        });
    }
    if json {
        return out.json(&listed);
    }
    let rows: Vec<[String; 3]> = listed
        .into_iter()
        .map(|group| {
            let mails = group.addresses.iter().filter_map(|a| a.strip_prefix("mailto:"));
            [group.name, mails.collect::<Vec<_>>().join(" "), group.members.join(" ")]
        })
        .collect();
    out.table(["NAME", "MAIL", "MEMBERS"], &rows)
}
