//! A place for new invitations, where the recipient's default calendar is gone: another calendar of his, or a new one.
//! An invitation is never lost for want of a calendar (RFC 6638 section 4.3).

use jiff::Timestamp;
use store::{
    Collection, CollectionId, CollectionKind, ComponentKind, ComponentSet, NewCollection,
    PrincipalId, Tx,
};

use super::DoorError;

/// The default calendar that somebody has from now on for components of this kind.
pub(super) async fn settle(
    tx: &mut Tx,
    owner: PrincipalId,
    kind: ComponentKind,
    now: Timestamp,
) -> Result<CollectionId, DoorError> {
    let home = tx.list_collections(owner).await?;
    // The oldest, so that it is the same one each time.
    let fitting = home.iter().filter(|one| takes(one, kind)).map(|one| one.id).min();
    let default = match fitting {
        Some(default) => default,
        None => make(tx, owner, &home, kind, now).await?,
    };
    tx.set_default_collection(owner, kind, default).await?;
    Ok(default)
}

fn takes(collection: &Collection, kind: ComponentKind) -> bool {
    collection.kind == CollectionKind::Calendar && collection.components.contains(kind)
}

async fn make(
    tx: &mut Tx,
    owner: PrincipalId,
    home: &[Collection],
    kind: ComponentKind,
    now: Timestamp,
) -> Result<CollectionId, DoorError> {
    let base = if kind == ComponentKind::Todo { "tasks" } else { "calendar" };
    let names = std::iter::once(base.to_owned()).chain((2_u32..).map(|n| format!("{base}-{n}")));
    let is_free = |name: &String| home.iter().all(|one| one.name != *name);
    let name = { names }.find(is_free).unwrap_or_else(|| base.to_owned());
    let new = NewCollection {
        owner,
        name: &name,
        kind: CollectionKind::Calendar,
        components: ComponentSet::from_iter([kind]),
        timezone: None,
        transparent: false,
    };
    Ok(tx.add_collection(&new, now).await?.id)
}
