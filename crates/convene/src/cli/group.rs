//! `convene group`: several people under one address.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use serde::Serialize;
use store::{PrincipalId, PrincipalKind, Store};

use super::{account, output::Output, with_new_store, with_store};
use crate::{accounts, clock, config::Config};

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
    Remove(account::Remove),
    /// Who is in a group. Meetings that were made before follow when their organizers save them next
    #[command(subcommand)]
    Member(MemberCommand),
}

#[derive(Debug, Args)]
pub(super) struct Add {
    #[command(flatten)]
    new: account::New,
    /// An account that is in it, or another group
    #[arg(long, value_name = "NAME")]
    member: Vec<String>,
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
struct Group {
    #[serde(flatten)]
    account: account::Listed,
    members: Vec<String>,
}

impl GroupCommand {
    pub(super) fn run(self, config: &Config, mut out: Output) -> anyhow::Result<()> {
        match self {
            Self::Add(add) => with_new_store(config, async |store| {
                let account = add.new.into_account(PrincipalKind::Group);
                accounts::create_group(&store, &account, &add.member, clock::now()).await?;
                out.line(&format!("{} is made.", account.name))
            }),
            Self::List { json } => with_store(config, async |store| list(&store, json, out).await),
            Self::Remove(remove) => with_store(config, async |store| {
                let group = accounts::load_group(&mut *store.read().await?, &remove.name).await?;
                remove.run(config, &store, &group, out).await
            }),
            Self::Member(MemberCommand::Add(Members { group, members })) => {
                with_store(config, async |store| {
                    let all = accounts::add_members(&store, &group, &members).await?;
                    tell(&group, &all, out)
                })
            }
            Self::Member(MemberCommand::Remove(Members { group, members })) => {
                with_store(config, async |store| {
                    let left = accounts::remove_members(&store, &group, &members).await?;
                    tell(&group, &left, out)
                })
            }
        }
    }
}

fn tell(group: &str, members: &[String], mut out: Output) -> anyhow::Result<()> {
    match members {
        [] => out.line(&format!("Nobody is in {group} now.")),
        members => out.line(&format!("In {group} are now: {}.", members.join(", "))),
    }
}

async fn list(store: &Store, json: bool, mut out: Output) -> anyhow::Result<()> {
    let mut snapshot = store.read().await?;
    let groups = account::all(&mut snapshot, &[PrincipalKind::Group]).await?;
    let ids: Vec<PrincipalId> = groups.iter().map(|(group, _)| group.id).collect();
    let mut members: BTreeMap<PrincipalId, Vec<String>> = BTreeMap::new();
    for (group, member) in snapshot.list_group_members(&ids).await? {
        members.entry(group).or_default().push(member.name);
    }
    let groups: Vec<Group> = groups
        .into_iter()
        .map(|(group, account)| {
            let members = members.remove(&group.id).unwrap_or_default();
            Group { account, members }
        })
        .collect();
    out.listing(json, &groups, ["NAME", "ADDRESSES", "MEMBERS"], |Group { account, members }| {
        [account.name.clone(), account.addresses(), members.join(" ")]
    })
}
