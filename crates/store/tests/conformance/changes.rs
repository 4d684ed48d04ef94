//! The sync log (RFC 6578).

use std::collections::BTreeMap;

use jiff::SignedDuration;
use store::{Change, ChangedMember, CollectionId};

use crate::fixture::{Fixture, at, delete, provenance_at, put};

pub(crate) async fn changes_are_listed_in_order_and_in_pages(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    let id = alice.calendar.id;
    for name in ["c", "a", "b", "a", "d"] {
        fixture.put(id, name, "x").await;
    }
    fixture.delete(id, "b").await;
    fixture.put(alice.inbox.id, "elsewhere", "x").await;
    let expected = ["c=1", "a=4", "d=5", "-b=6"];
    assert_eq!(since(&fixture, id, None, 100).await, expected[..3], "no removals at first");
    assert_eq!(since(&fixture, id, 0, 100).await, expected);
    assert_eq!(since(&fixture, id, 1, 100).await, expected[1..]);
    assert_eq!(since(&fixture, id, 4, 1).await, expected[2..3]);
    assert_eq!(since(&fixture, id, 5, 1).await, expected[3..]);
    assert_eq!(since(&fixture, id, 6, 100).await, [""; 0]);
    assert_eq!(since(&fixture, id, 99, 100).await, [""; 0]);
}

pub(crate) async fn removed_and_made_again_is_changed_only(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    fixture.put(id, "a", "1").await;
    fixture.delete(id, "a").await;
    fixture.put(id, "a", "2").await;
    assert_eq!(since(&fixture, id, 1, 100).await, ["a=3"]);
    fixture.delete(id, "a").await;
    fixture.delete(id, "a").await;
    assert_eq!(since(&fixture, id, 1, 100).await, ["-a=4"]);
    fixture.assert_sound().await;
}

pub(crate) async fn made_and_removed_between_two_syncs_is_removed(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    fixture.put(id, "before", "1").await;
    fixture.put(id, "a", "1").await;
    fixture.delete(id, "a").await;
    assert_eq!(since(&fixture, id, 1, 100).await, ["-a=3"]);
}

pub(crate) async fn the_initial_sync_has_no_removals(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    for name in ["a", "b", "c"] {
        fixture.put(id, name, "1").await;
    }
    fixture.delete(id, "b").await;
    assert_eq!(since(&fixture, id, None, 100).await, ["a=1", "c=3"]);
    assert_eq!(since(&fixture, id, 0, 100).await, ["a=1", "c=3", "-b=4"]);
}

pub(crate) async fn syncing_from_any_token_gives_the_full_listing(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    // What a client has after each token, by the collection as it was then.
    let mut states: Vec<BTreeMap<String, i64>> = vec![BTreeMap::new()];
    let mut now = BTreeMap::new();
    let mut seed = 7_u32;
    for _ in 0..60 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let name = format!("{}", (seed >> 8) % 9);
        if seed >> 30 == 0 {
            fixture.delete(id, &name).await;
            now.remove(&name);
        } else {
            let change = fixture.put(id, &name, "x").await.change;
            now.insert(name, change);
        }
        states.push(now.clone());
    }
    let mut read = fixture.store.read().await.unwrap();
    for (token, state) in states.iter().enumerate() {
        let mut client = state.clone();
        let mut since = i64::try_from(token).unwrap();
        loop {
            let page = read.list_changes_since(id, Some(since), 4).await.unwrap();
            let Some(last) = page.last() else { break };
            since = last.change;
            for change in page {
                match change.member {
                    ChangedMember::Removed(name) => client.remove(&name),
                    ChangedMember::Changed(row) => client.insert(row.name, change.change),
                };
            }
        }
        assert_eq!(client, now, "from token {token}");
    }
}

pub(crate) async fn pruned_tombstones_raise_the_oldest_token(fixture: Fixture) {
    let alice = fixture.user("alice").await;
    let id = alice.calendar.id;
    for (second, name) in [(0, "a"), (100, "b"), (200, "c")] {
        let mut tx = fixture.writer.begin(&[]).await.unwrap();
        let provenance = provenance_at(at(second));
        tx.write_objects(&provenance, &[put(id, name, "x")]).await.unwrap();
        tx.write_objects(&provenance, &[delete(id, name)]).await.unwrap();
        tx.commit().await.unwrap();
    }
    let oldest = async || {
        let mut read = fixture.store.read().await.unwrap();
        read.find_collection("alice", "calendar").await.unwrap().unwrap().oldest_token
    };
    assert_eq!(oldest().await, 0);
    let nothing = fixture.store.prune(at(200), SignedDuration::from_secs(1_000)).await.unwrap();
    assert_eq!((nothing.tombstones, oldest().await), (0, 0));

    let pruned = fixture.store.prune(at(250), SignedDuration::from_secs(100)).await.unwrap();
    assert_eq!(pruned.tombstones, 2);
    assert_eq!(oldest().await, 4, "a client with token 4 knows that b is gone");
    assert_eq!(since(&fixture, id, 4, 100).await, ["-c=6"]);
    let again = fixture.store.prune(at(250), SignedDuration::from_secs(100)).await.unwrap();
    assert_eq!((again.tombstones, oldest().await), (0, 4));
    fixture.assert_sound().await;
}

/// What changed, as `name=change` or `-name=change`.
async fn since(
    fixture: &Fixture,
    id: CollectionId,
    since: impl Into<Option<i64>>,
    limit: u32,
) -> Vec<String> {
    let mut read = fixture.store.read().await.unwrap();
    let changes = read.list_changes_since(id, since.into(), limit).await.unwrap();
    let print = |Change { change, member }| match member {
        ChangedMember::Removed(name) => format!("-{name}={change}"),
        ChangedMember::Changed(row) => format!("{}={change}", row.name),
    };
    changes.into_iter().map(print).collect()
}
