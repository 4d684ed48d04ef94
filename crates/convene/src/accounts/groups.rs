//! Who is in a group.

use std::collections::BTreeMap;

use jiff::Timestamp;
use store::{Principal, PrincipalId, PrincipalKind, Queries, Store, Tx};

use super::{AccountError, NewAccount, create_in, load};

/// Makes a group with its members, or nothing.
///
/// # Errors
/// [`AccountError`] when it cannot be made, or when one of the members is nobody.
pub async fn create_group(
    store: &Store,
    group: &NewAccount,
    members: &[String],
    now: Timestamp,
) -> Result<Principal, AccountError> {
    let mut tx = store.write(&[]).await?;
    let members = find(&mut tx, members).await?;
    let made = create_in(&mut tx, group, now).await?;
    set(&mut tx, &made, &members).await?;
    tx.commit().await?;
    Ok(made)
}

/// Takes accounts into a group; who is in it then.
///
/// # Errors
/// [`AccountError`] when it is no group or one of them is nobody, or what the database says.
pub async fn add_members(
    store: &Store,
    group: &str,
    members: &[String],
) -> Result<Vec<String>, AccountError> {
    change(store, group, members, |group, all, named| {
        if named.contains_key(&group.id) {
            return Err(AccountError::InItself(group.name.clone()));
        }
        all.extend(named);
        Ok(())
    })
    .await
}

/// Takes accounts out of a group; who is in it then.
///
/// # Errors
/// [`AccountError`] when it is no group or one of them is not in it, or what the database says.
pub async fn remove_members(
    store: &Store,
    group: &str,
    members: &[String],
) -> Result<Vec<String>, AccountError> {
    change(store, group, members, |group, all, named| {
        for (id, member) in named {
            if all.remove(&id).is_none() {
                return Err(AccountError::NotAMember { member, group: group.name.clone() });
            }
        }
        Ok(())
    })
    .await
}

/// Changes who is in a group by the accounts that are named; the names of all that are in it then.
async fn change(
    store: &Store,
    group: &str,
    named: &[String],
    change: impl FnOnce(&Principal, &mut Members, Members) -> Result<(), AccountError>,
) -> Result<Vec<String>, AccountError> {
    let mut tx = store.write(&[]).await?;
    let group = load_group(&mut tx, group).await?;
    let mut all: Members = tx
        .list_group_members(&[group.id])
        .await?
        .into_iter()
        .map(|(_, member)| (member.id, member.name))
        .collect();
    let named = find(&mut tx, named).await?;
    change(&group, &mut all, named)?;
    set(&mut tx, &group, &all).await?;
    tx.commit().await?;
    let mut names: Vec<String> = all.into_values().collect();
    names.sort_unstable_by_key(|name| name.to_lowercase());
    Ok(names)
}

/// The group with this name.
///
/// # Errors
/// [`AccountError`] when there is none or it is no group, or what the database says.
pub async fn load_group(queries: &mut Queries, name: &str) -> Result<Principal, AccountError> {
    let principal = load(queries, name).await?;
    if principal.kind == PrincipalKind::Group {
        Ok(principal)
    } else {
        Err(AccountError::NoGroup(principal.name))
    }
}

/// Accounts, with their names.
type Members = BTreeMap<PrincipalId, String>;

async fn find(tx: &mut Tx, names: &[String]) -> Result<Members, AccountError> {
    let mut found = Members::new();
    for name in names {
        let principal = load(tx, name).await?;
        found.insert(principal.id, principal.name);
    }
    Ok(found)
}

async fn set(tx: &mut Tx, group: &Principal, members: &Members) -> Result<(), AccountError> {
    let ids: Vec<PrincipalId> = members.keys().copied().collect();
    Ok(tx.set_group_members(group.id, &ids).await?)
}
