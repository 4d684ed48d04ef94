//! Principals, addresses, passwords, groups.

use store::{Booking, BookingMode, Error, NewPrincipal, PrincipalKind, PrincipalUpdate};

use crate::fixture::{Fixture, at, new_user};

pub(crate) async fn names_are_found_in_any_case_and_taken_once(fixture: Fixture) {
    let alice = fixture.user("Alice").await.principal;
    let mut read = fixture.store.read().await.unwrap();
    for name in ["alice", "ALICE", "Alice"] {
        assert_eq!(read.find_principal(name).await.unwrap().as_ref(), Some(&alice), "{name}");
    }
    assert_eq!(alice.name, "Alice", "kept as it was written");
    assert_eq!(read.find_principal_by_id(alice.id).await.unwrap(), Some(alice));
    assert_eq!(read.find_principal("alic").await.unwrap(), None);

    let mut tx = fixture.store.write(&[]).await.unwrap();
    let taken = tx.add_principal(&new_user("aLICE"), at(0)).await;
    assert!(matches!(taken, Err(Error::Taken { what: "name" })), "{taken:?}");
}

pub(crate) async fn addresses_belong_to_one_principal(fixture: Fixture) {
    let alice = fixture.user("alice").await.principal.id;
    let bob = fixture.user("bob").await.principal.id;
    let mut tx = fixture.store.write(&[]).await.unwrap();
    for address in ["mailto:z@example.com", "mailto:alice@example.com", "mailto:m@example.com"] {
        tx.add_address(alice, address).await.unwrap();
    }
    assert!(tx.remove_address(alice, "mailto:m@example.com").await.unwrap());
    assert!(!tx.remove_address(bob, "mailto:alice@example.com").await.unwrap());
    tx.commit().await.unwrap();

    let addresses = fixture.store.read().await.unwrap().list_addresses(alice).await.unwrap();
    assert_eq!(addresses, ["mailto:z@example.com", "mailto:alice@example.com"], "preferred first");

    let mut tx = fixture.store.write(&[]).await.unwrap();
    let taken = tx.add_address(bob, "mailto:alice@example.com").await;
    assert!(matches!(taken, Err(Error::Taken { what: "address" })), "{taken:?}");
    drop(tx);

    let mut tx = fixture.store.write(&[]).await.unwrap();
    let gone = tx.add_address(store::PrincipalId::new(999), "mailto:x@example.com").await;
    assert!(matches!(gone, Err(Error::Gone { what: "principal" })), "{gone:?}");
}

pub(crate) async fn many_addresses_are_resolved_at_once(fixture: Fixture) {
    let mut asked = vec!["mailto:nobody@example.com".to_owned()];
    for number in 0..60 {
        let user = fixture.user(&format!("user{number}")).await.principal;
        let address = format!("mailto:user{number}@example.com");
        let mut tx = fixture.store.write(&[]).await.unwrap();
        tx.add_address(user.id, &address).await.unwrap();
        tx.commit().await.unwrap();
        asked.push(address.clone());
        asked.push(address);
    }
    let resolved = fixture.store.read().await.unwrap().resolve_addresses(&asked).await.unwrap();
    assert_eq!(resolved.len(), 60, "each once, nobody left out");
    for (address, principal) in resolved {
        assert_eq!(address, format!("mailto:{}@example.com", principal.name));
    }
}

pub(crate) async fn passwords_are_replaced_and_listed_with_the_principal(fixture: Fixture) {
    let alice = fixture.user("alice").await.principal;
    let mut read = fixture.store.read().await.unwrap();
    let none = read.find_credentials("alice").await.unwrap().unwrap();
    assert_eq!((none.principal, none.hashes), (alice.clone(), vec![]));

    let mut tx = fixture.store.write(&[]).await.unwrap();
    tx.set_application_password(alice.id, "phone", "hash of phone", at(0)).await.unwrap();
    tx.set_application_password(alice.id, "tablet", "hash of tablet", at(0)).await.unwrap();
    tx.set_password(alice.id, "old", at(0)).await.unwrap();
    tx.set_password(alice.id, "new", at(1)).await.unwrap();
    let listed = tx.list_application_passwords(alice.id).await.unwrap();
    let labels: Vec<&str> = listed.iter().map(|one| one.label.as_str()).collect();
    assert_eq!(labels, ["phone", "tablet"], "without the account's own");
    assert!(tx.remove_application_password(alice.id, "tablet").await.unwrap());
    tx.commit().await.unwrap();

    let credentials = read.find_credentials("ALICE").await.unwrap().unwrap();
    assert_eq!(credentials.hashes, ["new", "hash of phone"]);
    assert!(!format!("{credentials:?}").contains("hash of"), "hashes are not printed");
    assert!(read.find_credentials("bob").await.unwrap().is_none());
}

pub(crate) async fn booking_settings_are_kept(fixture: Fixture) {
    let bookers = fixture.user("bookers").await.principal.id;
    let booking = Booking {
        mode: BookingMode::AcceptIfFree,
        capacity: 3,
        window_days: Some(90),
        all_or_nothing: true,
        by: Some(bookers),
    };
    let mut tx = fixture.store.write(&[]).await.unwrap();
    let new = NewPrincipal { kind: PrincipalKind::Room, booking, ..new_user("room") };
    let room = tx.add_principal(&new, at(7)).await.unwrap();
    assert_eq!((room.booking, room.kind, room.created_at), (booking, PrincipalKind::Room, at(7)));

    let booking = Booking::new(BookingMode::DeclineIfBusyElseTentative);
    let update = PrincipalUpdate { display_name: Some("Big room"), admin: false, booking };
    assert!(tx.update_principal(room.id, &update).await.unwrap());
    tx.commit().await.unwrap();
    let room = fixture.store.read().await.unwrap().find_principal("room").await.unwrap().unwrap();
    assert_eq!((room.booking, room.display_name.as_deref()), (booking, Some("Big room")));
}

pub(crate) async fn groups_have_members(fixture: Fixture) {
    let (alice, bob) = (fixture.user("alice").await.principal, fixture.user("bob").await.principal);
    let mut tx = fixture.store.write(&[]).await.unwrap();
    let group = |name| NewPrincipal { kind: PrincipalKind::Group, ..new_user(name) };
    let staff = tx.add_principal(&group("staff"), at(0)).await.unwrap();
    let choir = tx.add_principal(&group("choir"), at(0)).await.unwrap();
    tx.set_group_members(staff.id, &[alice.id]).await.unwrap();
    tx.set_group_members(staff.id, &[bob.id, alice.id]).await.unwrap();
    tx.set_group_members(choir.id, &[bob.id]).await.unwrap();
    tx.commit().await.unwrap();
    let mut read = fixture.store.read().await.unwrap();
    assert_eq!(
        read.list_group_members(&[choir.id, staff.id]).await.unwrap(),
        [(staff.id, alice.clone()), (staff.id, bob.clone()), (choir.id, bob.clone())]
    );
    assert_eq!(
        read.list_groups_of(&[bob.id, alice.id]).await.unwrap(),
        [(alice.id, staff.clone()), (bob.id, choir), (bob.id, staff)]
    );
}

pub(crate) async fn groups_in_one_another_have_people(fixture: Fixture) {
    let (alice, bob) = (fixture.user("alice").await.principal, fixture.user("bob").await.principal);
    let mut tx = fixture.store.write(&[]).await.unwrap();
    let group = |name| NewPrincipal { kind: PrincipalKind::Group, ..new_user(name) };
    let staff = tx.add_principal(&group("staff"), at(0)).await.unwrap();
    let choir = tx.add_principal(&group("choir"), at(0)).await.unwrap();
    tx.set_group_members(staff.id, &[choir.id, bob.id]).await.unwrap();
    tx.set_group_members(choir.id, &[alice.id, bob.id, staff.id]).await.unwrap();
    tx.commit().await.unwrap();
    let mut read = fixture.store.read().await.unwrap();
    assert_eq!(
        read.list_people_of(&[staff.id, choir.id, alice.id]).await.unwrap(),
        [
            (alice.id, alice.clone()),
            (staff.id, alice.clone()),
            (staff.id, bob.clone()),
            (choir.id, alice),
            (choir.id, bob),
        ]
    );
}

pub(crate) async fn a_principal_with_objects_is_not_removed(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    fixture.put(alice.calendar.id, "a.ics", "A").await;
    let mut tx = fixture.store.write(&[]).await.unwrap();
    let kept = tx.remove_principal(alice.principal.id).await;
    assert!(matches!(kept, Err(Error::NotEmpty)), "{kept:?}");
    drop(tx);

    fixture.delete(alice.calendar.id, "a.ics").await;
    let mut tx = fixture.store.write(&[]).await.unwrap();
    assert!(tx.remove_principal(alice.principal.id).await.unwrap());
    assert!(!tx.remove_principal(alice.principal.id).await.unwrap());
    tx.commit().await.unwrap();
    let mut read = fixture.store.read().await.unwrap();
    assert_eq!(read.find_principal("alice").await.unwrap(), None);
    assert_eq!(read.find_collection("alice", "calendar").await.unwrap(), None);
    fixture.assert_sound().await;
}

pub(crate) async fn listing_goes_on_after_a_name(fixture: Fixture) {
    for name in ["bob", "Alice", "carol", "Ärzte", "alice2"] {
        fixture.user(name).await;
    }
    let mut read = fixture.store.read().await.unwrap();
    let mut names: Vec<String> = Vec::new();
    loop {
        let page = read.list_principals(names.last().map(String::as_str), 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        names.extend(page.into_iter().map(|principal| principal.name));
    }
    assert_eq!(names, ["Alice", "alice2", "bob", "carol", "Ärzte"]);
}
