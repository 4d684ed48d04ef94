//! Application passwords: one for each program or device, so that one of them can be taken back alone.

use jiff::Timestamp;
use store::{ApplicationPassword, Store};

use super::{AccountError, load};

/// Gives an account another password, by its hash; one of the same label is replaced.
///
/// # Errors
/// [`AccountError::NoSuchAccount`] or [`AccountError::NoLabel`], or what the database says.
pub async fn set_application_password(
    store: &Store,
    name: &str,
    label: &str,
    hash: &str,
    now: Timestamp,
) -> Result<(), AccountError> {
    let label = label.trim();
    if label.is_empty() {
        return Err(AccountError::NoLabel);
    }
    let mut tx = store.write(&[]).await?;
    let principal = load(&mut tx, name).await?;
    tx.set_application_password(principal.id, label, hash, now).await?;
    Ok(tx.commit().await?)
}

/// The application passwords of an account, in order of label.
///
/// # Errors
/// [`AccountError::NoSuchAccount`], or what the database says.
pub async fn list_application_passwords(
    store: &Store,
    name: &str,
) -> Result<Vec<ApplicationPassword>, AccountError> {
    let mut snapshot = store.read().await?;
    let principal = load(&mut snapshot, name).await?;
    Ok(snapshot.list_application_passwords(principal.id).await?)
}

/// Takes an application password back.
///
/// # Errors
/// [`AccountError`] when there is no such account or no such password, or what the database says.
pub async fn remove_application_password(
    store: &Store,
    name: &str,
    label: &str,
) -> Result<(), AccountError> {
    let mut tx = store.write(&[]).await?;
    let principal = load(&mut tx, name).await?;
    let label = label.trim();
    // Without a label it would be the account's own.
    if label.is_empty() || !tx.remove_application_password(principal.id, label).await? {
        let (label, name) = (label.to_owned(), principal.name);
        return Err(AccountError::NoSuchPassword { label, name });
    }
    Ok(tx.commit().await?)
}
