//! Accounts: a principal with its addresses, its password and the collections of its calendar home.
//!
//! Invariant: an account is made as a whole or not at all. Whoever can log in has a default calendar
//! for events and one for tasks, an inbox and an outbox, and an address that invitations reach.

mod application;
mod groups;
mod list_file;
mod name;
mod removal;
mod secret;

pub use application::{
    list_application_passwords, remove_application_password, set_application_password,
};
pub use groups::{add_members, create_group, load_group, remove_members};
pub use list_file::{ListFileError, Row, read_list_file};
pub use name::{AccountName, InvalidName};
pub use removal::remove;
pub use secret::generate_password;

use calendar::CalendarAddress;
use jiff::Timestamp;
use scheduling::intercept::DoorError;
use store::{
    Booking, BookingMode, CollectionId, CollectionKind, ComponentKind, ComponentSet, NewCollection,
    NewPrincipal, Principal, PrincipalId, PrincipalKind, PrincipalUpdate, PropertyTarget,
    PropertyWrite, Queries, Store, Tx,
};

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// What the person logs in with.
    pub name: AccountName,
    /// Whose account it is.
    pub kind: PrincipalKind,
    /// What others see; the name when there is none.
    pub display_name: Option<String>,
    /// Mail addresses, the preferred one first.
    pub emails: Vec<String>,
    /// Whether it administers the server.
    pub admin: bool,
    /// How invitations to a room or resource are answered.
    pub booking: Booking,
    /// The hash of its password; without one, nobody can log in.
    pub password_hash: Option<String>,
}

impl NewAccount {
    /// A person with this name and mail address, and nothing else yet.
    pub fn user(name: AccountName, email: &str) -> Self {
        Self {
            name,
            kind: PrincipalKind::User,
            display_name: None,
            emails: vec![email.to_owned()],
            admin: false,
            booking: Booking::new(BookingMode::Manual),
            password_hash: None,
        }
    }
}

/// What keeps an account from being made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Somebody else has the name.
    #[error(
        "There is an account `{0}` already (names are compared without regard to case). Choose another name, or change that one with `convene user`."
    )]
    NameTaken(String),
    /// Somebody else has the address.
    #[error(
        "The address {address} belongs to the account `{owner}`. An address belongs to one account: take it from that one first with `convene user address remove {owner} {address}`, or use another."
    )]
    AddressTaken {
        /// The address.
        address: String,
        /// Whose it is.
        owner: String,
    },
    /// That is no address.
    #[error("`{0}` is not a mail address. Write it as NAME@DOMAIN.")]
    NotMail(String),
    /// Nor is that.
    #[error(
        "`{0}` is not an address by which anybody is invited. Write it as NAME@DOMAIN or urn:uuid:…."
    )]
    NotAnAddress(String),
    /// The account would be left without an address.
    #[error(
        "The address {address} is the only mail address of `{name}`, and nobody could invite an account without one. Add another one first."
    )]
    LastAddress {
        /// The address.
        address: String,
        /// Whose it is.
        name: String,
    },
    /// The account does not have that address.
    #[error("`{name}` does not have the address {address}.")]
    NoSuchAddress {
        /// The address.
        address: String,
        /// The account.
        name: String,
    },
    /// There is no such account.
    #[error("There is no account `{0}`. `convene user list` shows all of them.")]
    NoSuchAccount(String),
    /// A password for nothing in particular.
    #[error("Say what the password is for, such as phone.")]
    NoLabel,
    /// There is no application password of this label.
    #[error(
        "`{name}` has no password for `{label}`. `convene user app-password list {name}` shows all of them."
    )]
    NoSuchPassword {
        /// What it was for.
        label: String,
        /// The account.
        name: String,
    },
    /// It has no members.
    #[error("`{0}` is no group. `convene group list` shows all of them.")]
    NoGroup(String),
    /// A group is not one of its own members.
    #[error("`{0}` cannot be in itself.")]
    InItself(String),
    /// Somebody was to leave a group that he is not in.
    #[error("`{member}` is not in `{group}`. `convene group list` shows who is.")]
    NotAMember {
        /// The account.
        member: String,
        /// The group.
        group: String,
    },
    /// People and groups are not booked.
    #[error(
        "`{0}` is neither a room nor a resource, and answers for itself. `convene room list` shows what can be booked."
    )]
    NotBooked(String),
    /// A room is for the people of this account, and would be for everybody without it.
    #[error(
        "Only `{name}` may book `{room}`; without that account everybody could. First say who may: `convene room set {room} --who-may-book NAME`."
    )]
    MayBook {
        /// The account.
        name: String,
        /// The room.
        room: String,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The account's calendars could not be emptied.
    #[error("The calendars of the account cannot be removed: {0}")]
    Door(#[from] DoorError),
}

/// Makes accounts, all of them or none.
///
/// # Errors
/// [`AccountError`] for the first one that cannot be made.
pub async fn create(
    store: &Store,
    accounts: &[NewAccount],
    now: Timestamp,
) -> Result<Vec<Principal>, AccountError> {
    let mut tx = store.write(&[]).await?;
    let mut made = Vec::with_capacity(accounts.len());
    for account in accounts {
        made.push(create_in(&mut tx, account, now).await?);
    }
    tx.commit().await?;
    Ok(made)
}

async fn create_in(
    tx: &mut Tx,
    account: &NewAccount,
    now: Timestamp,
) -> Result<Principal, AccountError> {
    let name = account.name.as_str();
    if tx.find_principal(name).await?.is_some() {
        return Err(AccountError::NameTaken(name.to_owned()));
    }
    let new = NewPrincipal {
        name,
        kind: account.kind,
        display_name: account.display_name.as_deref(),
        admin: account.admin,
        booking: account.booking,
    };
    let principal = tx.add_principal(&new, now).await?;
    for email in &account.emails {
        attach(tx, principal.id, mail_address(email)?).await?;
    }
    // Some clients name people by the address of their principal (RFC 6638 2.4.1).
    if let Ok(own) = CalendarAddress::parse(&format!("/dav/principals/{name}/")) {
        attach(tx, principal.id, own).await?;
    }
    if let Some(hash) = &account.password_hash {
        tx.set_password(principal.id, hash, now).await?;
    }
    make_home(tx, principal.id, now).await?;
    Ok(principal)
}

/// The collections that every account starts with.
async fn make_home(tx: &mut Tx, owner: PrincipalId, now: Timestamp) -> Result<(), AccountError> {
    for (name, display_name, component) in [
        ("calendar", "<D:displayname>Calendar</D:displayname>", ComponentKind::Event),
        ("tasks", "<D:displayname>Tasks</D:displayname>", ComponentKind::Todo),
    ] {
        let components = ComponentSet::from_iter([component]);
        let id = add_collection(tx, owner, name, CollectionKind::Calendar, components, now).await?;
        tx.set_default_collection(owner, component, id).await?;
        let property =
            PropertyWrite { namespace: "DAV:", name: "displayname", value: Some(display_name) };
        tx.set_properties(PropertyTarget::Collection(id), &[property]).await?;
    }
    for (name, kind) in [("inbox", CollectionKind::Inbox), ("outbox", CollectionKind::Outbox)] {
        add_collection(tx, owner, name, kind, ComponentSet::all(), now).await?;
    }
    Ok(())
}

async fn add_collection(
    tx: &mut Tx,
    owner: PrincipalId,
    name: &str,
    kind: CollectionKind,
    components: ComponentSet,
    now: Timestamp,
) -> Result<CollectionId, AccountError> {
    let new = NewCollection { owner, name, kind, components, timezone: None, transparent: false };
    Ok(tx.add_collection(&new, now).await?.id)
}

/// Changes how a room or resource answers; how it answers then.
///
/// # Errors
/// [`AccountError`] when it is neither, or what the database says.
pub async fn set_booking(
    store: &Store,
    name: &str,
    change: impl FnOnce(&mut Booking),
) -> Result<Booking, AccountError> {
    let mut tx = store.write(&[]).await?;
    let principal = load_room(&mut tx, name).await?;
    let mut booking = principal.booking;
    change(&mut booking);
    let update = PrincipalUpdate {
        display_name: principal.display_name.as_deref(),
        admin: principal.admin,
        booking,
    };
    tx.update_principal(principal.id, &update).await?;
    tx.commit().await?;
    Ok(booking)
}

/// Gives an address to an account; all its addresses.
///
/// # Errors
/// [`AccountError`] when it is no address, or somebody else's.
pub async fn add_address(
    store: &Store,
    name: &str,
    email: &str,
) -> Result<Vec<String>, AccountError> {
    let address = any_address(email)?;
    let mut tx = store.write(&[]).await?;
    let principal = load(&mut tx, name).await?;
    attach(&mut tx, principal.id, address).await?;
    let addresses = tx.list_addresses(principal.id).await?;
    tx.commit().await?;
    Ok(addresses)
}

/// Takes an address from an account; the addresses that it keeps.
///
/// # Errors
/// [`AccountError`] when the account does not have it, or has no other.
pub async fn remove_address(
    store: &Store,
    name: &str,
    email: &str,
) -> Result<Vec<String>, AccountError> {
    let address = any_address(email)?;
    let mut tx = store.write(&[]).await?;
    let principal = load(&mut tx, name).await?;
    let mut addresses = tx.list_addresses(principal.id).await?;
    let (address, name) = (address.as_str().to_owned(), principal.name);
    if !addresses.contains(&address) {
        return Err(AccountError::NoSuchAddress { address: email.to_owned(), name });
    }
    let mails = addresses.iter().filter(|address| address.starts_with("mailto:")).count();
    if address.starts_with("mailto:") && mails == 1 {
        return Err(AccountError::LastAddress { address: email.to_owned(), name });
    }
    tx.remove_address(principal.id, &address).await?;
    tx.commit().await?;
    addresses.retain(|kept| *kept != address);
    Ok(addresses)
}

/// Gives an account a new password, by its hash.
///
/// # Errors
/// [`AccountError::NoSuchAccount`], or what the database says.
pub async fn set_password(
    store: &Store,
    name: &str,
    hash: &str,
    now: Timestamp,
) -> Result<(), AccountError> {
    let mut tx = store.write(&[]).await?;
    let principal = load(&mut tx, name).await?;
    tx.set_password(principal.id, hash, now).await?;
    Ok(tx.commit().await?)
}

/// The account with this name.
///
/// # Errors
/// [`AccountError::NoSuchAccount`], or what the database says.
pub async fn load(queries: &mut Queries, name: &str) -> Result<Principal, AccountError> {
    let found = queries.find_principal(name).await?;
    found.ok_or_else(|| AccountError::NoSuchAccount(name.to_owned()))
}

/// The room or resource with this name.
///
/// # Errors
/// [`AccountError`] when there is none or it is something else, or what the database says.
pub async fn load_room(queries: &mut Queries, name: &str) -> Result<Principal, AccountError> {
    let principal = load(queries, name).await?;
    if matches!(principal.kind, PrincipalKind::Room | PrincipalKind::Resource) {
        Ok(principal)
    } else {
        Err(AccountError::NotBooked(principal.name))
    }
}

/// Adds an address that nobody has yet; one that the account has already stays.
async fn attach(
    tx: &mut Tx,
    id: PrincipalId,
    address: CalendarAddress,
) -> Result<(), AccountError> {
    let owners = tx.resolve_addresses(&[address.as_str()]).await?;
    match owners.into_iter().next() {
        None => Ok(tx.add_address(id, address.as_str()).await?),
        Some((_, owner)) if owner.id == id => Ok(()),
        Some((_, owner)) => Err(AccountError::AddressTaken {
            address: address.mail().unwrap_or(address.as_str()).to_owned(),
            owner: owner.name,
        }),
    }
}

fn mail_address(email: &str) -> Result<CalendarAddress, AccountError> {
    let address = CalendarAddress::parse(email).ok();
    let has_domain = |mail: &str| {
        mail.rsplit_once('@').is_some_and(|(user, domain)| !user.is_empty() && !domain.is_empty())
    };
    address
        .filter(|address| address.mail().is_some_and(has_domain))
        .ok_or_else(|| AccountError::NotMail(email.to_owned()))
}

/// A mail address, or a URN such as programs of other servers name people by. The path of its principal is an account's
/// for good.
fn any_address(text: &str) -> Result<CalendarAddress, AccountError> {
    let urn = CalendarAddress::parse(text).ok().filter(|urn| urn.as_str().starts_with("urn:"));
    urn.map_or_else(|| mail_address(text), Ok)
        .map_err(|_| AccountError::NotAnAddress(text.to_owned()))
}
