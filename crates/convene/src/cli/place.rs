//! Where a command stores an object of an account.

use anyhow::bail;
use calendar::CalendarObject;
use scheduling::intercept::Place;
use store::{ComponentKind, Principal, Queries};
use uuid::Uuid;

/// Where the object lies already, or else a new name in the named calendar, or in the default one of its kind.
pub(super) async fn of(
    queries: &mut Queries,
    writer: &Principal,
    object: &CalendarObject,
    calendar: Option<&str>,
) -> anyhow::Result<Place> {
    let home = writer.name.clone();
    let copies = queries.list_copies(object.uid().as_str(), &[writer.id]).await?;
    if let Some(copy) = copies.into_iter().next() {
        return Ok(Place { home, collection: copy.collection_name, name: copy.row.name });
    }
    let name = format!("{}.ics", Uuid::new_v4());
    if let Some(calendar) = calendar {
        return Ok(Place { home, collection: calendar.to_owned(), name });
    }
    let Some(kind) = ComponentKind::parse(object.kind().as_str()) else {
        bail!("`{}` cannot be stored", object.kind().as_str());
    };
    let defaults = queries.list_default_collections(&[writer.id], kind).await?;
    let Some((_, collection)) = defaults.into_iter().next() else {
        bail!("`{}` has no default calendar for {kind} components; name one", writer.name);
    };
    Ok(Place { home, collection: collection.name, name })
}
