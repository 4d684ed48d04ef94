//! Versions, and what pruning leaves of them.

use jiff::SignedDuration;
use store::{CollectionId, ObjectId, PutObject};

use crate::fixture::{Fixture, at, delete, event, provenance_at, put_object};

pub(crate) async fn every_write_is_a_version(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    let object = write(&fixture, id, 0, Some("t1"), "one").await;
    write(&fixture, id, 10, Some("t1"), "two").await;
    remove(&fixture, id, 20).await;

    let mut read = fixture.store.read().await.unwrap();
    let versions = read.list_versions(object, 100).await.unwrap();
    let told: Vec<_> = versions
        .iter()
        .map(|version| (version.change, version.etag.clone(), version.written_at))
        .collect();
    let expected = [
        (3, None, at(20)),
        (2, Some(store::etag_of(b"two")), at(10)),
        (1, Some(store::etag_of(b"one")), at(0)),
    ];
    assert_eq!(told, expected);
    for version in &versions {
        assert_eq!((version.name.as_str(), version.uid.as_str()), ("a.ics", "uid"));
        assert_eq!((version.actor.as_str(), version.client.as_str()), ("alice", "conformance"));
        assert_eq!((version.request_id.as_str(), version.collection_id), ("1", id));
    }
    assert_eq!(read.list_versions(object, 2).await.unwrap(), versions[..2]);
    assert_eq!(read.find_version(object, 1).await.unwrap().unwrap(), b"one");
    assert_eq!(read.find_version(object, 3).await.unwrap(), None);
    assert_eq!(read.find_version(object, 4).await.unwrap(), None);
    drop(read);
    fixture.assert_sound().await;
}

pub(crate) async fn the_first_version_of_a_schedule_tag_is_found(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    let object = write(&fixture, id, 0, Some("t1"), "one").await;
    write(&fixture, id, 0, Some("t2"), "two").await;
    write(&fixture, id, 0, Some("t2"), "three").await;
    let mut read = fixture.store.read().await.unwrap();
    for (tag, expected) in [("t1", Some("one")), ("t2", Some("two")), ("t3", None)] {
        let found = read.find_version_by_schedule_tag(object, tag).await.unwrap();
        assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{tag}");
    }
}

pub(crate) async fn pruning_keeps_what_is_current(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    let object = write(&fixture, id, 0, Some("t1"), "one").await;
    for (second, text) in [(1, "two"), (2, "three"), (3, "four"), (4, "five")] {
        write(&fixture, id, second, Some("t2"), text).await;
    }
    let pruned = fixture.store.prune(at(1_000), SignedDuration::from_secs(100)).await.unwrap();
    assert_eq!(pruned.versions, 3);
    let mut read = fixture.store.read().await.unwrap();
    let left: Vec<_> =
        read.list_versions(object, 100).await.unwrap().iter().map(|one| one.change).collect();
    assert_eq!(left, [5, 2], "the current one, and the first with its Schedule-Tag");
    assert_eq!(
        read.find_object("alice", "calendar", "a.ics").await.unwrap().octets.unwrap(),
        b"five"
    );
    drop(read);
    let again = fixture.store.prune(at(1_000), SignedDuration::from_secs(100)).await.unwrap();
    assert_eq!(again.versions, 0);
    fixture.assert_sound().await;
}

pub(crate) async fn a_removed_object_keeps_its_versions_until_pruned(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    let object = write(&fixture, id, 0, None, "one").await;
    remove(&fixture, id, 10).await;
    let pruned = fixture.store.prune(at(50), SignedDuration::from_secs(45)).await.unwrap();
    assert_eq!(pruned.versions, 1);
    let pruned = fixture.store.prune(at(100), SignedDuration::from_secs(45)).await.unwrap();
    assert_eq!((pruned.versions, pruned.tombstones), (1, 1));
    assert_eq!(fixture.store.read().await.unwrap().list_versions(object, 9).await.unwrap(), []);
    fixture.assert_sound().await;
}

/// What many have is stored once, and goes with the last version that has it.
pub(crate) async fn octets_of_one_write_are_shared(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    let long = event("uid", &"one ".repeat(4 * 1024));
    let names = ["a.ics", "b.ics", "c.ics"];
    let put_all = |object: &PutObject| {
        let put =
            |name: &str| put_object(id, name, PutObject { uid: name.into(), ..object.clone() });
        names.map(put)
    };
    let mut tx = fixture.writer.begin(&[]).await.unwrap();
    let written = tx.write_objects(&provenance_at(at(0)), &put_all(&long)).await.unwrap();
    tx.commit().await.unwrap();
    fixture.assert_sound().await;
    let octets_of = async |name: &str| {
        let mut read = fixture.store.read().await.unwrap();
        read.find_object("alice", "calendar", name).await.unwrap().octets
    };
    for (name, written) in names.iter().zip(&written) {
        assert_eq!(octets_of(name).await.as_deref(), Some(&*long.octets), "{name}");
        let mut read = fixture.store.read().await.unwrap();
        let version = read.find_version(written.object.unwrap(), written.change).await.unwrap();
        assert_eq!(version.as_deref(), Some(&*long.octets), "{name}");
    }
    assert_eq!(fixture.count("shared_bodies").await, 1);

    for (second, name) in [(10, "a.ics"), (20, "b.ics")] {
        let mut tx = fixture.writer.begin(&[]).await.unwrap();
        let other = put_object(id, name, event(name, "two"));
        tx.write_objects(&provenance_at(at(second)), &[other]).await.unwrap();
        tx.commit().await.unwrap();
    }
    let pruned = fixture.store.prune(at(1_000), SignedDuration::from_secs(100)).await.unwrap();
    assert_eq!(pruned.versions, 2);
    assert_eq!(octets_of("a.ics").await.as_deref(), Some(b"two".as_slice()));
    assert_eq!(octets_of("c.ics").await.as_deref(), Some(&*long.octets), "the last that has them");
    fixture.delete(id, "c.ics").await;
    let pruned = fixture.store.prune(at(1_000), SignedDuration::from_secs(100)).await.unwrap();
    assert_eq!(pruned.versions, 2);
    assert_eq!(fixture.count("shared_bodies").await, 0);
    fixture.assert_sound().await;
}

async fn write(
    fixture: &Fixture,
    collection: CollectionId,
    second: i64,
    tag: Option<&str>,
    text: &str,
) -> ObjectId {
    let object = PutObject { schedule_tag: tag.map(str::to_owned), ..event("uid", text) };
    let mut tx = fixture.writer.begin(&[]).await.unwrap();
    let writes = [put_object(collection, "a.ics", object)];
    let written = tx.write_objects(&provenance_at(at(second)), &writes).await.unwrap();
    tx.commit().await.unwrap();
    written[0].object.unwrap()
}

async fn remove(fixture: &Fixture, collection: CollectionId, second: i64) {
    let mut tx = fixture.writer.begin(&[]).await.unwrap();
    let writes = [delete(collection, "a.ics")];
    tx.write_objects(&provenance_at(at(second)), &writes).await.unwrap();
    tx.commit().await.unwrap();
}
