//! Dead properties.

use store::{Error, Property, PropertyTarget, PropertyWrite};

use crate::fixture::Fixture;

pub(crate) async fn properties_are_set_replaced_and_removed(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    let target = PropertyTarget::Collection(alice.calendar.id);
    set(
        &fixture,
        target,
        &[("urn:b", "color", Some("<c>1</c>")), ("urn:a", "order", Some("<o/>"))],
    )
    .await;
    set(
        &fixture,
        target,
        &[
            ("urn:b", "color", Some("<c>2</c>")),
            ("urn:a", "order", None),
            ("urn:a", "missing", None),
            ("urn:a", "both", Some("<x/>")),
            ("urn:a", "both", None),
            ("urn:c", "both", None),
            ("urn:c", "both", Some("<y/>")),
        ],
    )
    .await;
    let mut read = fixture.store.read().await.unwrap();
    let expected = [property("urn:b", "color", "<c>2</c>"), property("urn:c", "both", "<y/>")];
    assert_eq!(read.list_properties(target).await.unwrap(), expected);
    let of_home = read.list_properties_of_collections(alice.principal.id).await.unwrap();
    let expected: Vec<_> =
        expected.into_iter().map(|property| (alice.calendar.id, property)).collect();
    assert_eq!(of_home, expected);
    let other = PropertyTarget::Principal(alice.principal.id);
    assert_eq!(read.list_properties(other).await.unwrap(), []);
    drop(read);
    fixture.assert_sound().await;

    let mut tx = fixture.store.write(&[]).await.unwrap();
    let nowhere = PropertyTarget::Object(store::ObjectId::new(404));
    let gone = tx.set_properties(nowhere, &[]).await;
    assert!(matches!(gone, Err(Error::Gone { what: "object" })), "{gone:?}");
}

pub(crate) async fn properties_move_the_token(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    let object = fixture.put(alice.calendar.id, "a.ics", "A").await.object.unwrap();
    let change = async || {
        let mut read = fixture.store.read().await.unwrap();
        read.find_collection("alice", "calendar").await.unwrap().unwrap().change
    };
    assert_eq!(change().await, 1);
    let write = [("urn:a", "p", Some("<p/>"))];
    set(&fixture, PropertyTarget::Collection(alice.calendar.id), &write).await;
    assert_eq!(change().await, 2);
    set(&fixture, PropertyTarget::Object(object), &write).await;
    assert_eq!(change().await, 3);
    set(&fixture, PropertyTarget::Principal(alice.principal.id), &write).await;
    assert_eq!(change().await, 3);
    fixture.assert_sound().await;
}

pub(crate) async fn properties_go_with_their_target_and_are_copied(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    let from = fixture.put(alice.calendar.id, "a.ics", "A").await.object.unwrap();
    let to = fixture.put(alice.calendar.id, "b.ics", "B").await.object.unwrap();
    let write = [("urn:a", "p", Some("<p/>")), ("urn:a", "q", Some("<q/>"))];
    set(&fixture, PropertyTarget::Object(from), &write).await;
    set(&fixture, PropertyTarget::Object(to), &[("urn:a", "p", Some("<old/>"))]).await;
    let mut tx = fixture.writer.begin(&[]).await.unwrap();
    tx.copy_properties(from, to).await.unwrap();
    tx.commit().await.unwrap();
    fixture.delete(alice.calendar.id, "a.ics").await;

    let mut read = fixture.store.read().await.unwrap();
    let left = read.list_properties_of_objects(&[from, to]).await.unwrap();
    let expected = [(to, property("urn:a", "p", "<p/>")), (to, property("urn:a", "q", "<q/>"))];
    assert_eq!(left, expected);
    drop(read);
    fixture.assert_sound().await;
}

async fn set(fixture: &Fixture, target: PropertyTarget, writes: &[(&str, &str, Option<&str>)]) {
    let writes: Vec<_> = writes
        .iter()
        .map(|&(namespace, name, value)| PropertyWrite { namespace, name, value })
        .collect();
    let mut tx = fixture.store.write(&[]).await.unwrap();
    tx.set_properties(target, &writes).await.unwrap();
    tx.commit().await.unwrap();
}

fn property(namespace: &str, name: &str, value: &str) -> Property {
    Property { namespace: namespace.into(), name: name.into(), value: value.into() }
}
