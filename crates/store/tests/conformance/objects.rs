//! Calendar objects: writing batches, finding them again, transactions.

use std::collections::BTreeSet;
use std::sync::Arc;

use store::{
    ComponentKind, Copy, Error, InboxItem, Listed, Located, LockKey, ObjectPlace, ObjectRow,
    Outcome, PrincipalId, PutObject, Reindex,
};

use crate::fixture::{Fixture, at, delete, event, provenance, provenance_at, put, put_object};

pub(crate) async fn what_is_put_is_found_in_one_statement(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    let object = PutObject {
        schedule_tag: Some("tag-1".to_owned()),
        scheduled: true,
        participation: "-AD".to_owned(),
        ..event("uid-1", "BEGIN:VCALENDAR")
    };
    let writes = [put_object(alice.calendar.id, "a b/ü.ics", object.clone())];
    let locks = [
        LockKey::Uid("uid-1"),
        LockKey::Resource { home: "alice", collection: "calendar", name: "a b/ü.ics" },
    ];
    let mut tx = fixture.writer.begin(&locks).await.unwrap();
    let written = tx.write_objects(&provenance_at(at(5)), &writes).await.unwrap();
    // The writer itself sees it before the commit.
    assert!(tx.find_object("alice", "calendar", "a b/ü.ics").await.unwrap().object.is_some());
    tx.commit().await.unwrap();
    assert_eq!((written[0].change, written[0].outcome), (1, Outcome::Created));

    let mut read = fixture.store.read().await.unwrap();
    let located = read.find_object("Alice", "calendar", "a b/ü.ics").await.unwrap();
    assert_eq!(located.owner, Some(alice.principal.id));
    assert_eq!(located.collection.unwrap().change, 1);
    let row = located.object.unwrap();
    let expected = ObjectRow {
        id: written[0].object.unwrap(),
        collection_id: alice.calendar.id,
        name: "a b/ü.ics".to_owned(),
        uid: object.uid,
        kind: object.kind,
        etag: object.etag,
        schedule_tag: object.schedule_tag,
        scheduled: true,
        size: 15,
        participation: object.participation,
        indexed_until: None,
        change: 1,
        created_change: 1,
        created_at: at(5),
        modified_at: at(5),
    };
    assert_eq!(row, expected);
    assert_eq!(located.octets.as_deref(), Some(b"BEGIN:VCALENDAR".as_slice()));

    let narrow = read.find_object_without_octets("alice", "calendar", "a b/ü.ics").await.unwrap();
    assert_eq!((narrow.object.as_ref(), narrow.octets), (Some(&row), None));
    let found = read.find_object_row(alice.calendar.id, "a b/ü.ics").await.unwrap();
    assert_eq!(found, Some(row.clone()));
    assert_eq!(read.list_by_uid(alice.calendar.id, "uid-1").await.unwrap(), [row]);
    assert_eq!(read.list_by_uid(alice.inbox.id, "uid-1").await.unwrap(), []);
    fixture.assert_sound().await;
}

pub(crate) async fn a_path_leads_as_far_as_it_exists(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    let mut read = fixture.store.read().await.unwrap();
    assert_eq!(read.find_object("bob", "calendar", "a").await.unwrap(), Located::default());
    let home = read.find_object("alice", "work", "a").await.unwrap();
    let expected = Located { owner: Some(alice.principal.id), ..Located::default() };
    assert_eq!(home, expected);
    let collection = read.find_object("alice", "calendar", "a").await.unwrap();
    let expected = Located { collection: Some(alice.calendar), ..expected };
    assert_eq!(collection, expected);
}

pub(crate) async fn a_scene_is_what_is_there_and_who_has_to_do_with_it(fixture: Fixture) {
    let (alice, bob) = (fixture.user("alice").await, fixture.user("bob").await);
    fixture.put(alice.calendar.id, "there", "x").await;
    let (owner, guest) = (alice.principal.id, bob.principal.id);
    let addresses = ["mailto:alice@example.com", "mailto:bob@example.com", "mailto:x@example.com"];
    let mut tx = fixture.store.write(&[]).await.unwrap();
    tx.add_address(owner, addresses[0]).await.unwrap();
    tx.add_address(guest, addresses[1]).await.unwrap();
    tx.commit().await.unwrap();
    let mut read = fixture.store.read().await.unwrap();
    // Where; who organises; whose inboxes are known: everybody's when the owner makes a meeting of his own.
    let rows: [(_, _, &[PrincipalId]); 6] = [
        (("Alice", "calendar", "new"), Some(addresses[0]), &[owner, guest]),
        (("alice", "calendar", "new"), Some(addresses[1]), &[owner, guest]),
        (("alice", "calendar", "new"), None, &[owner]),
        (("alice", "calendar", "there"), Some(addresses[0]), &[owner]),
        (("alice", "work", "new"), Some(addresses[2]), &[owner]),
        (("nobody", "calendar", "new"), Some(addresses[1]), &[guest]),
    ];
    for ((home, collection, name), organizer, circle) in rows {
        let at = ObjectPlace { home, collection, name };
        let kind = ComponentKind::Event;
        let scene = read.find_scene(at, "uid", addresses, kind, organizer).await.unwrap();
        assert_eq!(scene.located, read.find_object(home, collection, name).await.unwrap());
        let known: BTreeSet<_> =
            scene.parties.known.iter().map(|party| (party.address.as_str(), party.id)).collect();
        assert_eq!(known, BTreeSet::from([(addresses[0], owner), (addresses[1], guest)]));
        let involved: Vec<_> = scene.parties.involvements.keys().copied().collect();
        assert_eq!(involved, circle, "{at:?} {organizer:?}");
    }
}

pub(crate) async fn replacing_keeps_id_and_creation(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    let first = fixture.put(alice.calendar.id, "a.ics", "one").await;
    let mut tx = fixture.writer.begin(&[]).await.unwrap();
    let writes = [put(alice.calendar.id, "a.ics", "two")];
    let second = tx.write_objects(&provenance_at(at(60)), &writes).await.unwrap()[0];
    tx.commit().await.unwrap();
    assert_eq!((second.object, second.outcome), (first.object, Outcome::Replaced));
    assert_eq!((first.change, second.change), (1, 2));

    let mut read = fixture.store.read().await.unwrap();
    let located = read.find_object("alice", "calendar", "a.ics").await.unwrap();
    let row = located.object.unwrap();
    assert_eq!((row.created_at, row.modified_at), (at(0), at(60)));
    assert_eq!((row.created_change, row.change), (1, 2));
    assert_eq!(located.octets.unwrap(), b"two");

    let gone = fixture.delete(alice.calendar.id, "a.ics").await;
    assert_eq!((gone.object, gone.outcome, gone.change), (first.object, Outcome::Removed, 3));
    let again = fixture.delete(alice.calendar.id, "a.ics").await;
    assert_eq!((again.object, again.outcome), (None, Outcome::Missing));
    let new = fixture.put(alice.calendar.id, "a.ics", "three").await;
    assert_eq!(new.outcome, Outcome::Created);
    assert_ne!(new.object, first.object, "ids are not used again");
    fixture.assert_sound().await;
}

pub(crate) async fn a_batch_over_many_collections_is_written_in_order(fixture: Fixture) {
    let mut writes = Vec::new();
    let mut users = Vec::new();
    for number in 0..20 {
        users.push(fixture.user(&format!("user{number}")).await);
    }
    fixture.put(users[0].calendar.id, "old.ics", "old").await;
    for user in users.iter().rev() {
        writes.push(put(user.calendar.id, "meeting.ics", &format!("of {}", user.principal.name)));
        writes.push(put(user.inbox.id, "request.ics", "request"));
    }
    writes.push(delete(users[0].calendar.id, "old.ics"));
    writes.push(delete(users[0].calendar.id, "missing.ics"));
    let written = fixture.write(&writes).await;
    assert_eq!(written.len(), writes.len());
    for (write, written) in writes.iter().zip(&written).take(40) {
        assert_eq!(written.outcome, Outcome::Created, "{}", write.name);
    }
    let last: Vec<_> = written[38..].iter().map(|one| (one.outcome, one.change)).collect();
    let expected = [
        (Outcome::Created, 2),
        (Outcome::Created, 1),
        (Outcome::Removed, 3),
        (Outcome::Missing, 4),
    ];
    assert_eq!(last, expected);

    let mut read = fixture.store.read().await.unwrap();
    for user in &users {
        let name = &user.principal.name;
        let located = read.find_object(name, "calendar", "meeting.ics").await.unwrap();
        assert_eq!(located.octets.unwrap(), format!("of {name}").into_bytes());
        assert_eq!(fixture.names(user.calendar.id).await, ["meeting.ics"]);
        assert_eq!(fixture.names(user.inbox.id).await, ["request.ics"]);
    }
    fixture.assert_sound().await;
}

pub(crate) async fn a_batch_that_contradicts_itself_is_refused(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    let id = alice.calendar.id;
    let keep = PutObject { index: Reindex::Keep, ..event("k", "k") };
    let gone = store::CollectionId::new(999_999);
    let batches = [
        vec![put(id, "a", "1"), delete(id, "a")],
        vec![put_object(id, "new", keep)],
        vec![put(id, "b", "1"), put(gone, "c", "1")],
    ];
    for batch in batches {
        let mut tx = fixture.writer.begin(&[]).await.unwrap();
        let refused = tx.write_objects(&provenance(), &batch).await;
        assert!(matches!(refused, Err(Error::Batch(_) | Error::Gone { .. })), "{refused:?}");
    }
    assert_eq!(fixture.names(id).await, [""; 0]);
    let mut tx = fixture.writer.begin(&[]).await.unwrap();
    assert_eq!(tx.write_objects(&provenance(), &[]).await.unwrap(), []);
}

pub(crate) async fn octets_are_kept_as_they_are(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    let many: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let octets: [&[u8]; 4] = [b"", b"\0\x01\xff\xfe", "SUMMARY:Grüße 🎉\r\n".as_bytes(), &many];
    let writes: Vec<_> = octets
        .iter()
        .enumerate()
        .map(|(number, octets)| {
            let object =
                PutObject { octets: Arc::from(*octets), ..event(&format!("{number}"), "") };
            put_object(alice.calendar.id, &format!("{number}"), object)
        })
        .collect();
    fixture.write(&writes).await;
    let mut read = fixture.store.read().await.unwrap();
    for (number, expected) in octets.iter().enumerate() {
        let found = read.find_object("alice", "calendar", &number.to_string()).await.unwrap();
        assert_eq!(found.object.unwrap().size, i64::try_from(expected.len()).unwrap());
        assert!(found.octets.unwrap() == *expected, "octets {number}");
    }
    fixture.assert_sound().await;
}

pub(crate) async fn members_are_listed_in_pages(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    // In order of octets, whatever the locale of the database.
    let names = ["A", "Z", "a", "b-1", "b1", "b_1", "z", "ä"];
    let writes: Vec<_> = names.iter().rev().map(|name| put(alice.calendar.id, name, "x")).collect();
    fixture.write(&writes).await;
    let mut read = fixture.store.read().await.unwrap();
    let mut found: Vec<String> = Vec::new();
    loop {
        let after = found.last().map(String::as_str);
        let page = read.list_members(alice.calendar.id, after, 3).await.unwrap();
        assert!(page.len() <= 3);
        if page.is_empty() {
            break;
        }
        found.extend(page.into_iter().map(|row| row.name));
    }
    assert_eq!(found, names);

    let mut tags: Vec<(String, String)> = Vec::new();
    let mut last = String::new();
    loop {
        let page = read.list_tags(alice.calendar.id, &last, 3).await.unwrap();
        assert!(page.iter().count() <= 3);
        tags.extend(page.iter().map(|(name, etag)| (name.to_owned(), etag.to_owned())));
        last = page.last().to_owned();
        if last.is_empty() {
            break;
        }
    }
    tags.sort();
    let members = read.list_members(alice.calendar.id, None, 10).await.unwrap();
    assert!(tags.into_iter().eq(members.into_iter().map(|row| (row.name, row.etag))));
}

pub(crate) async fn many_names_are_fetched_at_once(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    let names: Vec<String> = (0..300).map(|number| format!("{number}.ics")).collect();
    let writes: Vec<_> = names.iter().map(|name| put(alice.calendar.id, name, name)).collect();
    let written = fixture.write(&writes).await;
    let mut asked: Vec<&str> = names.iter().map(String::as_str).collect();
    asked.push("missing.ics");
    asked.push("1.ics");
    let mut read = fixture.store.read().await.unwrap();
    let found = read.list_objects_by_names(alice.calendar.id, &asked).await.unwrap();
    assert_eq!(found.len(), 300);
    for (row, octets) in &found {
        assert_eq!(row.name.as_bytes(), octets);
    }
    let rows = read.list_rows_by_names(alice.calendar.id, &asked).await.unwrap();
    assert!(rows.into_iter().eq(found.iter().map(|(row, _)| Listed::from(row.clone()))));
    assert_eq!(read.list_objects_by_names(alice.inbox.id, &asked).await.unwrap(), []);
    assert_eq!(read.list_objects_by_names(alice.calendar.id, &[]).await.unwrap(), []);

    let ids = [written[7].object.unwrap(), written[3].object.unwrap()];
    let found = read.list_objects_by_ids(&ids).await.unwrap();
    let names: Vec<_> = found.iter().map(|(row, _)| row.name.as_str()).collect();
    assert_eq!(names, ["3.ics", "7.ics"]);
}

pub(crate) async fn copies_are_found_in_calendars_only(fixture: Fixture) {
    let (alice, bob) = (fixture.user("alice").await, fixture.user("bob").await);
    let carol = fixture.user("carol").await;
    let scheduled = PutObject { scheduled: true, ..event("uid-1", "bob's") };
    fixture
        .write(&[
            put_object(alice.calendar.id, "1.ics", event("uid-1", "alice's")),
            put_object(bob.calendar.id, "x.ics", event("uid-1", "bob's other")),
            put_object(bob.calendar.id, "y.ics", scheduled),
            put_object(bob.inbox.id, "1.ics", event("uid-1", "in the inbox")),
            put_object(bob.calendar.id, "2.ics", event("uid-2", "other")),
            put_object(carol.calendar.id, "1.ics", event("uid-1", "not asked for")),
        ])
        .await;
    let mut read = fixture.store.read().await.unwrap();
    let owners = [bob.principal.id, alice.principal.id];
    let copies = read.list_copies("uid-1", &owners).await.unwrap();
    let found: Vec<_> = copies
        .iter()
        .map(|copy| (copy.owner_id, copy.collection_name.as_str(), copy.octets.as_slice()))
        .collect();
    let expected: [(_, _, &[u8]); 3] = [
        (alice.principal.id, "calendar", b"alice's"),
        (bob.principal.id, "calendar", b"bob's"),
        (bob.principal.id, "calendar", b"bob's other"),
    ];
    assert_eq!(found, expected, "in order of owner, the scheduled one first");

    let involvements =
        read.list_involvements("uid-1", &owners, ComponentKind::Event).await.unwrap();
    let found: Vec<Copy> =
        involvements.values().flat_map(|involvement| involvement.copies.clone()).collect();
    assert_eq!(found, copies, "the same in what is known of each");
    let items: Vec<_> =
        involvements.values().map(|involvement| involvement.items.clone()).collect();
    let item = InboxItem { collection_id: bob.inbox.id, name: "1.ics".to_owned() };
    assert_eq!(items, [vec![], vec![item]], "alice's inbox holds none");
    let others = read.list_involvements("uid-3", &owners, ComponentKind::Event).await.unwrap();
    assert!(
        others
            .values()
            .all(|involvement| involvement.copies.is_empty() && involvement.items.is_empty())
    );
}

pub(crate) async fn there_is_one_object_writer(fixture: Fixture) {
    assert!(fixture.store.object_writer().is_none());
    assert!(fixture.store.clone().object_writer().is_none());
}

pub(crate) async fn a_dropped_transaction_leaves_nothing(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    let mut tx = fixture.writer.begin(&[LockKey::Uid("a")]).await.unwrap();
    tx.write_objects(&provenance(), &[put(alice.calendar.id, "a", "a")]).await.unwrap();
    drop(tx);
    assert_eq!(fixture.names(alice.calendar.id).await, [""; 0]);
    assert_eq!(fixture.put(alice.calendar.id, "b", "b").await.change, 1, "no number was used up");
    assert_eq!(fixture.names(alice.calendar.id).await, ["b"]);
}

pub(crate) async fn a_failed_statement_ends_the_transaction(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    let mut tx = fixture.writer.begin(&[]).await.unwrap();
    tx.write_objects(&provenance(), &[put(alice.calendar.id, "a", "a")]).await.unwrap();
    let taken = tx.add_principal(&crate::fixture::new_user("alice"), at(0)).await;
    assert!(matches!(taken, Err(Error::Taken { .. })), "{taken:?}");
    let more = tx.find_principal("alice").await;
    assert!(matches!(more, Err(Error::Aborted)), "{more:?}");
    let committed = tx.commit().await;
    assert!(matches!(committed, Err(Error::Aborted)), "{committed:?}");
    assert_eq!(fixture.names(alice.calendar.id).await, [""; 0]);
}

pub(crate) async fn a_consistent_snapshot_does_not_move(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    let id = alice.calendar.id;
    fixture.put(id, "a", "a").await;
    let mut still = fixture.store.read_consistently().await.unwrap();
    let mut moving = fixture.store.read().await.unwrap();
    assert_eq!(still.list_members(id, None, 10).await.unwrap().len(), 1);
    assert_eq!(moving.list_members(id, None, 10).await.unwrap().len(), 1);
    fixture.put(id, "b", "b").await;
    assert_eq!(still.list_members(id, None, 10).await.unwrap().len(), 1);
    assert_eq!(moving.list_members(id, None, 10).await.unwrap().len(), 2);
    drop(still);
    for _ in 0..20 {
        let mut later = fixture.store.read_consistently().await.unwrap();
        assert_eq!(later.list_members(id, None, 10).await.unwrap().len(), 2);
    }
}
