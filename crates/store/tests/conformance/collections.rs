//! Collections, their settings, and the home's ctag.

use store::{
    CollectionKind, CollectionUpdate, ComponentKind, ComponentSet, Error, Involvement,
    NewCollection, PropertyTarget, PropertyWrite,
};

use crate::fixture::{Fixture, at};

pub(crate) async fn a_name_is_taken_once_in_a_home(fixture: Fixture) {
    let (alice, bob) = (fixture.user("alice").await, fixture.user("bob").await);
    let mut read = fixture.store.read().await.unwrap();
    assert_eq!(read.find_collection("ALICE", "calendar").await.unwrap(), Some(alice.calendar));
    assert_eq!(read.find_collection("bob", "calendar").await.unwrap(), Some(bob.calendar));
    assert_eq!(read.find_collection("bob", "Calendar").await.unwrap(), None);

    let mut tx = fixture.store.write(&[]).await.unwrap();
    let again = NewCollection {
        owner: bob.principal.id,
        name: "calendar",
        kind: CollectionKind::Plain,
        components: ComponentSet::default(),
        timezone: None,
        transparent: false,
    };
    let taken = tx.add_collection(&again, at(0)).await;
    assert!(matches!(taken, Err(Error::Taken { what: "name" })), "{taken:?}");
}

pub(crate) async fn the_home_changes_with_everything_below_it(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    let owner = alice.principal.id;
    let mut seen = vec![fixture.store.read().await.unwrap().home_change(owner).await.unwrap()];
    let mut note = async || {
        let change = fixture.store.read().await.unwrap().home_change(owner).await.unwrap();
        assert!(change > *seen.last().unwrap(), "{change} after {seen:?}");
        seen.push(change);
    };

    fixture.put(alice.calendar.id, "a.ics", "A").await;
    note().await;
    fixture.delete(alice.calendar.id, "a.ics").await;
    note().await;

    let mut tx = fixture.store.write(&[]).await.unwrap();
    let write = PropertyWrite { namespace: "DAV:", name: "displayname", value: Some("<x/>") };
    tx.set_properties(PropertyTarget::Collection(alice.calendar.id), &[write]).await.unwrap();
    tx.commit().await.unwrap();
    note().await;

    let mut tx = fixture.store.write(&[]).await.unwrap();
    tx.set_properties(PropertyTarget::Principal(owner), &[write]).await.unwrap();
    tx.commit().await.unwrap();
    note().await;

    let mut tx = fixture.store.write(&[]).await.unwrap();
    let update =
        CollectionUpdate { components: ComponentSet::all(), timezone: None, transparent: true };
    tx.update_collection(alice.calendar.id, &update).await.unwrap();
    tx.commit().await.unwrap();
    note().await;

    let mut tx = fixture.store.write(&[]).await.unwrap();
    assert!(tx.remove_collection_row(alice.calendar.id).await.unwrap());
    tx.commit().await.unwrap();
    note().await;
}

pub(crate) async fn a_collection_with_objects_is_not_removed(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    fixture.put(alice.calendar.id, "a.ics", "A").await;
    let mut tx = fixture.store.write(&[]).await.unwrap();
    let kept = tx.remove_collection_row(alice.calendar.id).await;
    assert!(matches!(kept, Err(Error::NotEmpty)), "{kept:?}");
    drop(tx);

    fixture.delete(alice.calendar.id, "a.ics").await;
    let mut tx = fixture.store.write(&[]).await.unwrap();
    assert!(tx.remove_collection_row(alice.calendar.id).await.unwrap());
    assert!(!tx.remove_collection_row(alice.calendar.id).await.unwrap());
    tx.commit().await.unwrap();
    let mut read = fixture.store.read().await.unwrap();
    let left = read.list_collections(alice.principal.id).await.unwrap();
    assert_eq!(left, [alice.inbox]);
    fixture.assert_sound().await;
}

pub(crate) async fn places_are_found_for_many(fixture: Fixture) {
    let users = [fixture.user("alice").await, fixture.user("bob").await, fixture.user("c").await];
    let ids: Vec<_> = users.iter().map(|user| user.principal.id).collect();
    let mut tx = fixture.store.write(&[]).await.unwrap();
    for user in &users[..2] {
        let (id, calendar) = (user.principal.id, user.calendar.id);
        tx.set_default_collection(id, ComponentKind::Event, calendar).await.unwrap();
        tx.set_default_collection(id, ComponentKind::Event, calendar).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut read = fixture.store.read().await.unwrap();
    let defaults = read.list_default_collections(&ids, ComponentKind::Event).await.unwrap();
    let expected = users[..2]
        .iter()
        .map(|user| (user.principal.id, user.calendar.clone()))
        .collect::<Vec<_>>();
    assert_eq!(defaults, expected);
    assert_eq!(read.list_default_collections(&ids, ComponentKind::Todo).await.unwrap(), []);

    let involvements = read.list_involvements("uid", &ids, ComponentKind::Event).await.unwrap();
    let expected = users.iter().enumerate().map(|(number, user)| {
        let default = (number < 2).then_some(user.calendar.id);
        (
            user.principal.id,
            Involvement { inbox: Some(user.inbox.id), default, ..Involvement::default() },
        )
    });
    assert_eq!(involvements, expected.collect());
    assert_eq!(read.list_timezones_of(&ids).await.unwrap(), []);
    fixture.assert_sound().await;
}

pub(crate) async fn settings_are_replaced(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    let update = CollectionUpdate {
        components: ComponentSet::from_iter([ComponentKind::Todo, ComponentKind::Journal]),
        timezone: Some("BEGIN:VCALENDAR\r\n"),
        transparent: true,
    };
    let mut tx = fixture.store.write(&[]).await.unwrap();
    assert!(tx.update_collection(alice.calendar.id, &update).await.unwrap());
    tx.commit().await.unwrap();
    let mut read = fixture.store.read().await.unwrap();
    let found = read.find_collection("alice", "calendar").await.unwrap().unwrap();
    assert_eq!(found.components, update.components);
    assert_eq!(found.timezone.as_deref(), update.timezone);
    assert!(found.transparent);
    assert!(found.change > alice.calendar.change);
}

pub(crate) async fn a_renamed_collection_keeps_what_is_in_it(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    fixture.put(alice.calendar.id, "a.ics", "A").await;
    let before = fixture.store.read().await.unwrap().home_change(alice.principal.id).await.unwrap();
    let mut tx = fixture.store.write(&[]).await.unwrap();
    let taken = tx.rename_collection(alice.calendar.id, "inbox").await;
    assert!(matches!(taken, Err(Error::Taken { .. })), "{taken:?}");
    drop(tx);

    let mut tx = fixture.store.write(&[]).await.unwrap();
    assert!(tx.rename_collection(alice.calendar.id, "work").await.unwrap());
    tx.commit().await.unwrap();
    let mut read = fixture.store.read().await.unwrap();
    assert!(read.find_collection("alice", "calendar").await.unwrap().is_none());
    let work = read.find_collection("alice", "work").await.unwrap().unwrap();
    assert_eq!(work.id, alice.calendar.id);
    assert_eq!(read.list_members(work.id, None, 10).await.unwrap().len(), 1);
    assert!(read.home_change(alice.principal.id).await.unwrap() > before);
    fixture.assert_sound().await;
}
