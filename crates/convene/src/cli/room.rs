//! `convene room`: accounts that answer for themselves.

use anyhow::bail;
use clap::{Args, Subcommand, builder::PossibleValuesParser};
use serde::Serialize;
use store::{Booking, BookingMode, Principal, PrincipalId, PrincipalKind, Queries, Store};

use super::{account, output::Output, with_new_store, with_store};
use crate::{
    accounts::{self, NewAccount},
    clock,
    config::Config,
};

#[derive(Debug, Subcommand)]
pub(super) enum RoomCommand {
    /// Make a room or a resource
    Add(Add),
    /// List all rooms and resources with how they answer
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Change how a room or a resource answers invitations; what is not named stays
    Set(Set),
    /// Remove a room or a resource with its bookings; nobody is told
    Remove(account::Remove),
}

#[derive(Debug, Args)]
pub(super) struct Add {
    #[command(flatten)]
    new: account::New,
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

/// A room as it is listed.
#[derive(Serialize)]
struct Room {
    #[serde(flatten)]
    account: account::Listed,
    #[serde(flatten)]
    answers: How,
}

/// How a room answers, with the names of its settings.
#[derive(Serialize)]
struct How {
    booking: &'static str,
    capacity: i32,
    window_days: Option<i32>,
    all_or_nothing: bool,
    who_may_book: Option<String>,
}

impl RoomCommand {
    pub(super) fn run(self, config: &Config, mut out: Output) -> anyhow::Result<()> {
        match self {
            Self::Add(add) => with_new_store(config, async |store| {
                let mut booking = Booking::new(BookingMode::AcceptIfFree);
                add.answers.settle(&store).await?.apply(&mut booking);
                let kind = PrincipalKind::parse(&add.kind).unwrap_or(PrincipalKind::Room);
                let account = NewAccount { booking, ..add.new.into_account(kind) };
                let name = account.name.to_string();
                accounts::create(&store, &[account], clock::now()).await?;
                out.line(&format!(
                    "{name} is made and answers so: {}.",
                    how(&store, &booking).await?
                ))
            }),
            Self::List { json } => with_store(config, async |store| list(&store, json, out).await),
            Self::Set(Set { name, answers }) => with_store(config, async |store| {
                let settled = answers.settle(&store).await?;
                let booking =
                    accounts::set_booking(&store, &name, |booking| settled.apply(booking)).await?;
                out.line(&format!("{name} answers so: {}.", how(&store, &booking).await?))
            }),
            Self::Remove(remove) => with_store(config, async |store| {
                let room = accounts::load_room(&mut *store.read().await?, &remove.name).await?;
                remove.run(config, &store, &room, out).await
            }),
        }
    }
}

async fn list(store: &Store, json: bool, mut out: Output) -> anyhow::Result<()> {
    let mut snapshot = store.read().await?;
    let kinds = [PrincipalKind::Room, PrincipalKind::Resource];
    let rooms = account::all(&mut snapshot, &kinds).await?;
    let bookings: Vec<Booking> = rooms.iter().map(|(room, _)| room.booking).collect();
    let rooms: Vec<Room> = rooms
        .into_iter()
        .zip(describe(&mut snapshot, &bookings).await?)
        .map(|((_, account), answers)| Room { account, answers })
        .collect();
    const HEADINGS: [&str; 8] = [
        "NAME",
        "KIND",
        "BOOKING",
        "CAPACITY",
        "DAYS AHEAD",
        "SERIES",
        "WHO MAY BOOK",
        "ADDRESSES",
    ];
    out.listing(json, &rooms, HEADINGS, |Room { account, answers }| {
        [
            account.name.clone(),
            account.kind.to_owned(),
            answers.booking.to_owned(),
            answers.capacity.to_string(),
            answers.window_days.map_or_else(|| "any".to_owned(), |days| days.to_string()),
            answers.series().to_owned(),
            answers.who().to_owned(),
            account.addresses(),
        ]
    })
}

/// How a room answers, in words.
async fn how(store: &Store, booking: &Booking) -> anyhow::Result<String> {
    let described = describe(&mut *store.read().await?, &[*booking]).await?;
    Ok(described.first().map(How::sentence).unwrap_or_default())
}

/// How rooms answer; the names of those who may book them are one statement.
async fn describe(queries: &mut Queries, bookings: &[Booking]) -> anyhow::Result<Vec<How>> {
    let ids: Vec<PrincipalId> = bookings.iter().filter_map(|booking| booking.by).collect();
    let bookers: Vec<Principal> = queries.list_principals_by_id(&ids).await?;
    let name = |id: PrincipalId| {
        bookers.iter().find(|booker| booker.id == id).map(|booker| booker.name.clone())
    };
    let how = |booking: &Booking| How {
        booking: booking.mode.as_str(),
        capacity: booking.capacity,
        window_days: booking.window_days,
        all_or_nothing: booking.all_or_nothing,
        who_may_book: booking.by.and_then(name),
    };
    Ok(bookings.iter().map(how).collect())
}

impl How {
    fn sentence(&self) -> String {
        let window = match self.window_days {
            None => "any time ahead".to_owned(),
            Some(1) => "up to one day ahead".to_owned(),
            Some(days) => format!("up to {days} days ahead"),
        };
        let (mode, who, series) = (self.booking, self.who(), self.series());
        format!("{mode}, {} at once, {window}, for {who}, a series {series}", self.capacity)
    }

    fn series(&self) -> &'static str {
        if self.all_or_nothing { "all or nothing" } else { "date by date" }
    }

    fn who(&self) -> &str {
        self.who_may_book.as_deref().unwrap_or("everybody")
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
