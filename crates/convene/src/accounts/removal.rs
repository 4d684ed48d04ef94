//! Taking an account away.

use jiff::Timestamp;
use scheduling::intercept::{Conditions, DeleteOptions, Door, DoorError, Place, Writing};
use store::{Principal, Queries, Store};

use super::AccountError;

/// Objects removed between two looks at the database.
const PAGE: u32 = 500;
/// How often it is looked again for objects that came while others were removed.
const ROUNDS: usize = 3;

/// Removes an account with everything in its calendars. Nobody is told: the organizers of its
/// meetings see it as it last answered.
///
/// What was removed before a failure stays removed; the same call goes on from there.
///
/// # Errors
/// [`AccountError::MayBook`] before anything is removed, or what the database says.
pub async fn remove(
    store: &Store,
    door: &Door,
    principal: &Principal,
    now: Timestamp,
) -> Result<(), AccountError> {
    check_bookings(&mut *store.read().await?, principal).await?;
    let mut round = 0;
    loop {
        round += 1;
        empty(store, door, principal, now).await?;
        let mut tx = store.write(&[]).await?;
        check_bookings(&mut tx, principal).await?;
        match tx.remove_principal(principal.id).await {
            Ok(_) => return Ok(tx.commit().await?),
            // An invitation came meanwhile.
            Err(store::Error::NotEmpty) if round < ROUNDS => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// A room that only this account may book must not be left to everybody.
async fn check_bookings(queries: &mut Queries, principal: &Principal) -> Result<(), AccountError> {
    let rooms = queries.list_rooms_for(principal.id).await?;
    match rooms.into_iter().find(|room| room.id != principal.id) {
        Some(room) => Err(AccountError::MayBook { name: principal.name.clone(), room: room.name }),
        None => Ok(()),
    }
}

async fn empty(
    store: &Store,
    door: &Door,
    principal: &Principal,
    now: Timestamp,
) -> Result<(), AccountError> {
    let writing = Writing {
        principal: principal.id,
        caller: &principal.name,
        client: "convene user remove",
        request_id: "",
        now,
    };
    let options = DeleteOptions { reply: false, silent: true, declines_counter: false };
    let collections = store.read().await?.list_collections(principal.id).await?;
    for collection in &collections {
        loop {
            let members = store.read().await?.list_members(collection.id, None, PAGE).await?;
            if members.is_empty() {
                break;
            }
            for member in &members {
                let at = Place {
                    home: principal.name.clone(),
                    collection: collection.name.clone(),
                    name: member.name.clone(),
                };
                match door.delete(&writing, &at, &Conditions::default(), options).await {
                    Ok(_) | Err(DoorError::NotFound) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
    Ok(())
}
