//! `convene room`: accounts that answer for themselves.

use clap::{Args, Subcommand, builder::PossibleValuesParser};
use store::{BookingMode, PrincipalKind};

use super::{output::Output, with_store};
use crate::{
    accounts::{self, AccountName, NewAccount},
    clock,
    config::Config,
};

#[derive(Debug, Subcommand)]
pub(super) enum RoomCommand {
    /// Make a room or a resource
    Add(Add),
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// Letters, digits and . _ - + @
    #[arg(value_parser = AccountName::parse)]
    name: AccountName,
    /// Mail address by which it is invited; the first one given is the preferred one
    #[arg(long, value_name = "ADDRESS", required = true)]
    email: Vec<String>,
    /// What others see
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
    /// What it is
    #[arg(long, default_value = "room", value_parser = PossibleValuesParser::new(["room", "resource"]))]
    kind: String,
    /// How it answers invitations
    #[arg(long, default_value = "accept-if-free", value_parser = PossibleValuesParser::new(BookingMode::ALL.iter().map(|mode| mode.as_str())))]
    booking: String,
}

impl RoomCommand {
    pub(super) fn run(self, config: &Config, mut out: Output) -> anyhow::Result<()> {
        let Self::Add(add) = self;
        let name = add.name.to_string();
        let account = NewAccount {
            kind: PrincipalKind::parse(&add.kind).unwrap_or(PrincipalKind::Room),
            display_name: add.display_name,
            emails: add.email,
            booking: BookingMode::parse(&add.booking).unwrap_or(BookingMode::AcceptIfFree),
            ..NewAccount::user(add.name, "")
        };
        with_store(config, async |store| {
            accounts::create(&store, &[account], clock::now()).await?;
            out.line(&format!("{name} is made."))
        })
    }
}
