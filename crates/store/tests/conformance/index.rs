//! The instance index: hits, busy time, the horizon.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use store::{
    ALWAYS, Busy, CollectionId, CollectionUpdate, ComponentKind, ComponentSet, IndexHit,
    IndexQuery, IndexSpan, ObjectId, PutObject, Reindex, StoredIndex, StoredIndexRow,
};

use crate::fixture::{Fixture, User, at, event, indexed, put_object, span};

pub(crate) async fn hits_are_the_buckets_in_the_span(fixture: Fixture) {
    let alice = calendar_with_objects(&fixture).await;
    let id = alice.calendar.id;
    let spans: [(_, &[&str]); 5] = [
        (5..=5, &["always [-2147483648]", "five [5]", "series [5]"]),
        (6..=7, &["always [-2147483648]", "series [6, 7]"]),
        (5..=7, &["always [-2147483648]", "five [5]", "series [5, 6, 7]"]),
        (8..=1_000, &["always [-2147483648]"]),
        (-100..=-1, &["always [-2147483648]", "early [-1]"]),
    ];
    for (buckets, expected) in spans {
        assert_eq!(hits(&fixture, id, buckets.clone(), &[]).await, expected, "{buckets:?}");
    }
    let none = hits(&fixture, alice.inbox.id, -1_000..=1_000, &[]).await;
    assert_eq!(none, [""; 0]);
    let todos = hits(&fixture, id, 5..=7, &[ComponentKind::Todo]).await;
    assert_eq!(todos, ["always [-2147483648]"]);
    let both = hits(&fixture, id, 5..=7, &[ComponentKind::Todo, ComponentKind::Event]).await;
    assert_eq!(both.len(), 3);
    fixture.delete(id, "five").await;
    assert_eq!(hits(&fixture, id, 5..=5, &[]).await.len(), 2);
    fixture.assert_sound().await;
}

pub(crate) async fn objects_beyond_the_index_are_hits_before_it(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    let endless = PutObject { index: indexed(&[1, 2], Some(at(1_000))), ..event("endless", "x") };
    fixture.write(&[put_object(id, "endless", endless)]).await;
    let mut read = fixture.store.read().await.unwrap();
    for (buckets, end, expected) in [
        (1..=1, at(1_000), &[true][..]),
        (3..=9, at(1_000), &[]),
        (3..=9, at(1_001), &[false]),
        (2..=9, at(1_001), &[false, true]),
    ] {
        let query = IndexQuery { span: &span(buckets, end), kinds: &[], after: None, limit: 10 };
        let found = read.list_hits(id, &query).await.unwrap();
        let found: Vec<_> = found.iter().map(|hit| hit.packed.is_some()).collect();
        assert_eq!(found, expected, "{query:?}");
        let query = IndexQuery { kinds: &[ComponentKind::Todo], ..query };
        assert_eq!(read.list_hits(id, &query).await.unwrap(), []);
    }
}

pub(crate) async fn hits_lie_in_the_seconds_of_the_span(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    let row = |starts, ends| StoredIndexRow { bucket: 5, starts, ends, packed: vec![1] };
    for (name, starts, ends) in
        [("early", 5_000, 5_100), ("middle", 5_400, 5_500), ("old", i64::MIN + 1, i64::MAX)]
    {
        let index = StoredIndex { rows: vec![row(starts, ends)], indexed_until: None };
        let index = Reindex::Replace(Arc::new(index));
        fixture.write(&[put_object(id, name, PutObject { index, ..event(name, name) })]).await;
    }
    let mut read = fixture.store.read().await.unwrap();
    let owner = read.find_collection("alice", "calendar").await.unwrap().unwrap().owner;
    for (seconds, expected) in [
        (4_000..=4_999, 1),
        (4_000..=5_000, 2),
        (5_100..=5_399, 2),
        (5_100..=5_400, 3),
        (5_101..=5_399, 1),
        (5_500..=6_000, 2),
        (5_501..=6_000, 1),
    ] {
        let span = IndexSpan { seconds, ..span(5..=5, at(0)) };
        let query = IndexQuery { span: &span, kinds: &[], after: None, limit: 10 };
        assert_eq!(read.list_hits(id, &query).await.unwrap().len(), expected, "{span:?}");
        let busy = read.list_busy(&[owner], &span, 10).await.unwrap();
        assert_eq!(busy.rows.len(), expected, "{span:?}");
    }
}

pub(crate) async fn pages_of_hits_follow_one_another(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    let writes: Vec<_> = (0..25)
        .map(|number| {
            let name = format!("{number:02}");
            let index = indexed(&[ALWAYS, 1, 2, 3], Some(at(5)));
            put_object(id, &name, PutObject { index, ..event(&name, "") })
        })
        .collect();
    fixture.write(&writes).await;
    let mut read = fixture.store.read().await.unwrap();
    for kinds in [&[][..], &[ComponentKind::Event]] {
        for limit in [1, 7, 25, 1_000] {
            let mut after: Option<(i32, ObjectId)> = None;
            let mut found: Vec<(i32, ObjectId)> = Vec::new();
            loop {
                let query = IndexQuery { span: &span(1..=3, at(9)), kinds, after, limit };
                let page = read.list_hits(id, &query).await.unwrap();
                assert!(page.len() <= limit as usize);
                let Some(last) = page.last() else { break };
                after = Some((last.place, last.object_id));
                found.extend(page.iter().map(|hit| (hit.place, hit.object_id)));
            }
            assert!(found.is_sorted(), "{found:?}");
            let places: Vec<_> = found.chunks(25).map(|chunk| chunk[0].0).collect();
            assert_eq!(places, [i32::MIN, i32::MIN + 1, 1, 2, 3], "pages of {limit}");
            found.dedup();
            assert_eq!(found.len(), 125, "each once");
        }
    }
}

/// A search reads page after page while the job moves the horizon on.
pub(crate) async fn no_hit_is_missed_while_the_horizon_moves(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    let writes: Vec<_> = ["a", "b", "c"]
        .map(|name| {
            let index = indexed(&[2], Some(at(5)));
            put_object(id, name, PutObject { index, ..event(name, name) })
        })
        .into();
    fixture.write(&writes).await;
    let mut read = fixture.store.read().await.unwrap();
    for moved in 0..6 {
        let mut after = None;
        let mut found = BTreeSet::new();
        for page in 0.. {
            if page == moved {
                let beginning = (at(0), ObjectId::new(0));
                for (row, _) in read.list_ending(at(100), beginning, 10).await.unwrap() {
                    let Reindex::Replace(index) = indexed(&[3], Some(at(1_000))) else {
                        panic!("an index replaces another");
                    };
                    let mut tx = fixture.store.write(&[]).await.unwrap();
                    assert!(tx.reindex(&row, &index).await.unwrap());
                    tx.commit().await.unwrap();
                }
            }
            let query = IndexQuery { span: &span(3..=4, at(9)), kinds: &[], after, limit: 1 };
            let hits = read.list_hits(id, &query).await.unwrap();
            let Some(last) = hits.last() else { break };
            after = Some((last.place, last.object_id));
            found.extend(hits.iter().map(|hit| hit.object_id));
        }
        assert_eq!(found.len(), 3, "moved before page {moved}");
        fixture.write(&writes).await;
    }
}

pub(crate) async fn keeping_the_index_keeps_rows_and_horizon(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    let object = PutObject { index: indexed(&[1], Some(at(9))), ..event("a", "1") };
    fixture.write(&[put_object(id, "a", object)]).await;
    let object = PutObject { index: Reindex::Keep, ..event("a", "2") };
    fixture.write(&[put_object(id, "a", object)]).await;
    let mut read = fixture.store.read().await.unwrap();
    let row = read.find_object_row(id, "a").await.unwrap().unwrap();
    assert_eq!(row.indexed_until, Some(at(9)));
    assert_eq!(hits(&fixture, id, 1..=1, &[]).await, ["a [1]"]);

    let object = PutObject { index: indexed(&[4], None), ..event("a", "3") };
    fixture.write(&[put_object(id, "a", object)]).await;
    let row = read.find_object_row(id, "a").await.unwrap().unwrap();
    assert_eq!(row.indexed_until, None);
    assert_eq!(hits(&fixture, id, 1..=1, &[]).await, [""; 0]);
    assert_eq!(hits(&fixture, id, 4..=4, &[]).await, ["a [4]"]);
}

pub(crate) async fn busy_time_of_many_is_one_list(fixture: Fixture) {
    let (alice, bob) = (calendar_with_objects(&fixture).await, fixture.user("bob").await);
    let carol = fixture.user("carol").await;
    let endless = PutObject {
        index: indexed(&[5], Some(at(0))),
        participation: "A".to_owned(),
        ..event("bob's", "x")
    };
    let busy = |uid| PutObject { index: indexed(&[5], None), ..event(uid, "x") };
    fixture
        .write(&[
            put_object(bob.calendar.id, "b", endless),
            put_object(bob.inbox.id, "i", busy("in the inbox")),
            put_object(carol.calendar.id, "c", busy("transparent")),
        ])
        .await;
    let update =
        CollectionUpdate { components: ComponentSet::all(), timezone: None, transparent: true };
    let mut tx = fixture.store.write(&[]).await.unwrap();
    tx.update_collection(carol.calendar.id, &update).await.unwrap();
    for who in [&alice, &bob] {
        let address = format!("mailto:{}@example.com", who.principal.name);
        tx.add_address(who.principal.id, &address).await.unwrap();
    }
    tx.commit().await.unwrap();

    let mut read = fixture.store.read().await.unwrap();
    let owners = [alice.principal.id, bob.principal.id, carol.principal.id];
    let busy = read.list_busy(&owners, &span(5..=6, at(1)), 100).await.unwrap();
    let mut told: Vec<_> = busy
        .rows
        .iter()
        .map(|row| {
            let packed = row.packed.as_deref().map(bucket);
            (row.owner_id, row.uid.as_str(), row.participation.as_str(), packed)
        })
        .collect();
    told.sort_unstable();
    let expected = [
        (alice.principal.id, "five", "-", Some(5)),
        (alice.principal.id, "series", "-", Some(5)),
        (alice.principal.id, "series", "-", Some(6)),
        (bob.principal.id, "bob's", "A", None),
        (bob.principal.id, "bob's", "A", Some(5)),
    ];
    assert_eq!(told, expected, "no todo, no inbox, no transparent calendar");
    assert_eq!(read.list_busy(&owners, &span(5..=6, at(1)), 2).await.unwrap().rows.len(), 2);
    let nobody = read.list_busy(&[], &span(5..=6, at(1)), 100).await.unwrap();
    assert_eq!(nobody, Busy::default());

    // By address: of whose time is asked for, and who the others are.
    let addresses = [("mailto:alice@example.com", false), ("mailto:bob@example.com", true)];
    let addresses = addresses.map(|(address, asked)| (address.to_owned(), asked));
    let more = BTreeMap::from_iter(addresses.into_iter().chain([("mailto:x@y".to_owned(), true)]));
    let busy = read.list_busy_addressees(&more, &span(5..=6, at(1)), 100).await.unwrap();
    assert_eq!(busy.rows.len(), 2);
    assert!(busy.rows.iter().all(|row| row.owner_id == bob.principal.id));
    let told: Vec<_> = busy.addressees.values().map(|who| (who.id, who.name.as_str())).collect();
    assert_eq!(told, [(alice.principal.id, "alice"), (bob.principal.id, "bob")]);
    let cut = read.list_busy_addressees(&more, &span(5..=6, at(1)), 0).await.unwrap();
    assert_eq!(cut.addressees, busy.addressees, "the limit is one of rows");
}

pub(crate) async fn the_horizon_moves_only_on_what_was_read(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    for (name, until) in [("later", 500), ("first", 100), ("second", 200)] {
        let index = indexed(&[1], Some(at(until)));
        fixture.write(&[put_object(id, name, PutObject { index, ..event(name, name) })]).await;
    }
    let mut read = fixture.store.read().await.unwrap();
    let beginning = (at(0), ObjectId::new(0));
    let ending = read.list_ending(at(300), beginning, 10).await.unwrap();
    let names: Vec<_> = ending.iter().map(|(row, _)| row.name.as_str()).collect();
    assert_eq!(names, ["first", "second"]);
    assert_eq!(ending[0].1, b"first");
    assert_eq!(read.list_ending(at(300), beginning, 1).await.unwrap(), ending[..1]);
    let after_first = (at(100), ending[0].0.id);
    assert_eq!(read.list_ending(at(300), after_first, 10).await.unwrap(), ending[1..]);

    let index = StoredIndex {
        rows: vec![StoredIndexRow {
            bucket: 7,
            starts: 7_000,
            ends: 7_999,
            packed: vec![0, 0, 0, 7],
        }],
        indexed_until: Some(at(900)),
    };
    fixture.put(id, "second", "written meanwhile").await;
    let mut tx = fixture.store.write(&[]).await.unwrap();
    assert!(tx.reindex(&ending[0].0, &index).await.unwrap());
    assert!(!tx.reindex(&ending[1].0, &index).await.unwrap());
    tx.commit().await.unwrap();
    let row = read.find_object_row(id, "first").await.unwrap().unwrap();
    assert_eq!((row.indexed_until, row.change), (Some(at(900)), ending[0].0.change));
    assert_eq!(hits(&fixture, id, 7..=7, &[]).await, ["first [7]"]);
    assert_eq!(read.load_index(&row).await.unwrap(), index);
    fixture.assert_sound().await;
}

async fn calendar_with_objects(fixture: &Fixture) -> User {
    let alice = fixture.user("alice").await;
    let update =
        CollectionUpdate { components: ComponentSet::all(), timezone: None, transparent: false };
    let mut tx = fixture.store.write(&[]).await.unwrap();
    tx.update_collection(alice.calendar.id, &update).await.unwrap();
    tx.commit().await.unwrap();
    for (name, kind, buckets) in [
        ("always", ComponentKind::Todo, &[ALWAYS][..]),
        ("early", ComponentKind::Event, &[-1]),
        ("five", ComponentKind::Event, &[5]),
        ("never", ComponentKind::Event, &[]),
        ("series", ComponentKind::Event, &[5, 6, 7]),
    ] {
        let object = PutObject { kind, index: indexed(buckets, None), ..event(name, name) };
        fixture.write(&[put_object(alice.calendar.id, name, object)]).await;
    }
    alice
}

/// Hits as `name [buckets]`, in order of name.
async fn hits(
    fixture: &Fixture,
    id: CollectionId,
    buckets: RangeInclusive<i32>,
    kinds: &[ComponentKind],
) -> Vec<String> {
    let query = IndexQuery { span: &span(buckets, at(0)), kinds, after: None, limit: 100 };
    let mut read = fixture.store.read().await.unwrap();
    let mut by_object: BTreeMap<ObjectId, Vec<i32>> = BTreeMap::new();
    for IndexHit { object_id, packed, .. } in read.list_hits(id, &query).await.unwrap() {
        by_object.entry(object_id).or_default().push(bucket(&packed.unwrap()));
    }
    let ids: Vec<ObjectId> = by_object.keys().copied().collect();
    let rows = read.list_rows_by_ids(&ids).await.unwrap();
    let mut found: Vec<_> =
        rows.iter().map(|row| format!("{} {:?}", row.name, by_object[&row.id])).collect();
    found.sort_unstable();
    found
}

fn bucket(packed: &[u8]) -> i32 {
    i32::from_be_bytes(packed.try_into().unwrap())
}
