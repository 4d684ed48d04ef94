//! `convene room`: accounts that answer for themselves.

use anyhow::bail;
use clap::{Args, Subcommand, builder::PossibleValuesParser};
use store::{Booking, BookingMode, PrincipalId, PrincipalKind, Store};

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
    /// Change how a room or a resource answers invitations; what is not named stays
    Set(Set),
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
    #[command(flatten)]
    answers: Answers,
}

#[derive(Debug, Args)]
pub(super) struct Set {
    /// The room or resource
    name: String,
    #[command(flatten)]
    answers: Answers,
}

/// How it answers. What is not given stays, in a new room at what is named as the default.
#[derive(Debug, Args)]
struct Answers {
    /// How it answers invitations; a new room: accept-if-free
    #[arg(long, value_parser = PossibleValuesParser::new(BookingMode::ALL.iter().map(|mode| mode.as_str())))]
    booking: Option<String>,
    /// Bookings that it takes at one moment; a new room: 1
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(i32).range(1..))]
    capacity: Option<i32>,
    /// Days ahead that it can be booked, 0 for any; a new room: any
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i32).range(0..))]
    window_days: Option<i32>,
    /// Whether a series is declined when one of its dates is; a new room: false
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    all_or_nothing: Option<bool>,
    /// The user or group who may book it, or `everybody`; a new room: everybody
    #[arg(long, value_name = "NAME")]
    who_may_book: Option<String>,
}

impl RoomCommand {
    pub(super) fn run(self, config: &Config, mut out: Output) -> anyhow::Result<()> {
        with_store(config, async |store| match self {
            Self::Add(add) => {
                let name = add.name.to_string();
                let mut booking = Booking::new(BookingMode::AcceptIfFree);
                add.answers.settle(&store).await?.apply(&mut booking);
                let account = NewAccount {
                    kind: PrincipalKind::parse(&add.kind).unwrap_or(PrincipalKind::Room),
                    display_name: add.display_name,
                    emails: add.email,
                    booking,
                    ..NewAccount::user(add.name, "")
                };
                accounts::create(&store, &[account], clock::now()).await?;
                out.line(&format!("{name} is made."))
            }
            Self::Set(set) => {
                let settled = set.answers.settle(&store).await?;
                accounts::set_booking(&store, &set.name, |booking| settled.apply(booking)).await?;
                out.line(&format!("{} answers so from now on.", set.name))
            }
        })
    }
}

/// The same with the name of who may book looked up.
struct Settled {
    answers: Answers,
    by: Option<Option<PrincipalId>>,
}

impl Answers {
    async fn settle(self, store: &Store) -> anyhow::Result<Settled> {
        let by = match self.who_may_book.as_deref() {
            None => None,
            Some("everybody") => Some(None),
            Some(name) => {
                let principal = accounts::load(&mut *store.read().await?, name).await?;
                if matches!(principal.kind, PrincipalKind::Room | PrincipalKind::Resource) {
                    bail!("`{name}` is no user and no group, and books nothing.");
                }
                Some(Some(principal.id))
            }
        };
        Ok(Settled { answers: self, by })
    }
}

impl Settled {
    fn apply(self, booking: &mut Booking) {
        let Self { answers, by } = self;
        let mode = answers.booking.as_deref().and_then(BookingMode::parse);
        booking.mode = mode.unwrap_or(booking.mode);
        booking.capacity = answers.capacity.unwrap_or(booking.capacity);
        if let Some(days) = answers.window_days {
            booking.window_days = Some(days).filter(|days| *days > 0);
        }
        booking.all_or_nothing = answers.all_or_nothing.unwrap_or(booking.all_or_nothing);
        booking.by = by.unwrap_or(booking.by);
    }
}
