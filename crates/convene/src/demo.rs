//! Accounts to try a client with.

use jiff::Timestamp;
use store::{Booking, BookingMode, PrincipalKind, Store};

use crate::{
    accounts::{self, AccountError, AccountName, NewAccount},
    auth::{HashError, Passwords},
};

/// The people of the demo; each one's password is the name.
pub const PEOPLE: [(&str, &str); 3] =
    [("alice", "Alice Example"), ("bob", "Bob Example"), ("carol", "Carol Example")];
/// The room of the demo, which accepts invitations while it is free.
pub const ROOM: (&str, &str) = ("blue", "Blue Room");

/// Why the demo's accounts could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// One of them cannot be an account.
    #[error(transparent)]
    Name(#[from] accounts::InvalidName),
    /// A password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database has something against it.
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// The mail address of somebody in the demo.
pub fn email(name: &str) -> String {
    format!("{name}@example.com")
}

/// Makes those of the demo's accounts that are not there yet.
///
/// # Errors
/// [`DemoError`], for example when an address is somebody else's.
pub async fn prepare(
    store: &Store,
    passwords: &Passwords,
    now: Timestamp,
) -> Result<(), DemoError> {
    let mut missing = Vec::new();
    for (name, display_name) in PEOPLE.into_iter().chain([ROOM]) {
        if store
            .read()
            .await
            .map_err(AccountError::from)?
            .find_principal(name)
            .await
            .map_err(AccountError::from)?
            .is_some()
        {
            continue;
        }
        let mut account = NewAccount::user(AccountName::parse(name)?, &email(name));
        account.display_name = Some(display_name.to_owned());
        if name == ROOM.0 {
            account.kind = PrincipalKind::Room;
            account.booking = Booking::new(BookingMode::AcceptIfFree);
        } else {
            account.password_hash = Some(passwords.hash(name).await?);
        }
        missing.push(account);
    }
    accounts::create(store, &missing, now).await?;
    Ok(())
}
