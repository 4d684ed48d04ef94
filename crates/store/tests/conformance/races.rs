//! Many at once, and things that end in the middle.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use store::{Error, LockKey, OpenOptions, Outcome, Store};

use crate::fixture::{Fixture, at, new_user, provenance, put};

pub(crate) async fn fifty_writers_of_one_collection_lose_nothing(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    let fixture = Arc::new(fixture);
    let changes = all(50, |number| {
        let fixture = Arc::clone(&fixture);
        async move {
            let mut changes = Vec::new();
            for round in 0..4 {
                let uid = format!("{number}-{round}");
                let mut tx = fixture.writer.begin(&[LockKey::Uid(&uid)]).await.unwrap();
                let writes = [put(id, &uid, &uid)];
                let written = tx.write_objects(&provenance(), &writes).await.unwrap();
                tx.commit().await.unwrap();
                assert_eq!(written[0].outcome, Outcome::Created);
                // What was answered is there for everybody.
                let mut read = fixture.store.read().await.unwrap();
                assert!(read.find_object_row(id, &uid).await.unwrap().is_some(), "{uid}");
                changes.push(written[0].change);
            }
            changes
        }
    })
    .await;
    let changes: Vec<i64> = changes.into_iter().flatten().collect();
    let distinct: BTreeSet<i64> = changes.iter().copied().collect();
    assert!(distinct.into_iter().eq(1..=200), "each number once, none lost: {changes:?}");
    assert_eq!(fixture.names(id).await.len(), 200);
    fixture.assert_sound().await;
}

pub(crate) async fn writers_in_a_group_fail_alone(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    let fixture = Arc::new(fixture);
    let done = all(60, |number| {
        let fixture = Arc::clone(&fixture);
        async move {
            let name = format!("{number:02}");
            let mut tx = fixture.writer.begin(&[LockKey::Uid(&name)]).await.unwrap();
            tx.write_objects(&provenance(), &[put(id, &name, "x")]).await.unwrap();
            match number % 3 {
                0 => {
                    tx.commit().await.unwrap();
                    Some(name)
                }
                1 => {
                    let taken = tx.add_principal(&new_user("alice"), at(0)).await;
                    assert!(matches!(taken, Err(Error::Taken { .. })), "{taken:?}");
                    let aborted = tx.commit().await;
                    assert!(matches!(aborted, Err(Error::Aborted)), "{aborted:?}");
                    None
                }
                _ => None,
            }
        }
    })
    .await;
    let done: Vec<String> = done.into_iter().flatten().collect();
    assert_eq!(fixture.names(id).await, done);
    fixture.assert_sound().await;
}

pub(crate) async fn transactions_dropped_in_mid_statement_harm_nobody(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    let fixture = Arc::new(fixture);
    let ends = all(120, |number| {
        let fixture = Arc::clone(&fixture);
        async move {
            let name = format!("{number:03}");
            let mut committing = false;
            let work = async {
                let mut tx = fixture.writer.begin(&[LockKey::Uid(&name)]).await.unwrap();
                tx.write_objects(&provenance(), &[put(id, &name, "x")]).await.unwrap();
                committing = true;
                tx.commit().await.unwrap();
            };
            // From hardly begun to surely done.
            let patience = Duration::from_micros(u64::from(number) * u64::from(number) * 20);
            let finished = match number % 2 {
                0 => tokio::time::timeout(patience, work).await.is_ok(),
                _ => {
                    work.await;
                    true
                }
            };
            (name, finished, committing)
        }
    })
    .await;
    let names: BTreeSet<String> = eventually(async || {
        fixture.put(id, "last", "x").await;
        fixture.names(id).await.into_iter().collect()
    })
    .await;
    for (name, finished, committing) in ends {
        match (finished, committing) {
            (true, _) => assert!(names.contains(&name), "{name} was answered"),
            (false, false) => assert!(!names.contains(&name), "{name} never came to its commit"),
            (false, true) => {}
        }
    }
    fixture.assert_sound().await;
}

pub(crate) async fn commits_finish_though_nobody_waits(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    let mut tx = fixture.writer.begin(&[]).await.unwrap();
    tx.write_objects(&provenance(), &[put(id, "a", "x")]).await.unwrap();
    let mut commit = Box::pin(tx.commit());
    let _ = futures_util::poll!(&mut commit);
    drop(commit);
    let names: Vec<String> = eventually(async || fixture.names(id).await).await;
    // Postgres may have heard of the COMMIT or not; a half is impossible on either.
    assert!(
        names == ["a"] || (names.is_empty() && fixture.url.starts_with("postgres")),
        "{names:?}"
    );
    fixture.put(id, "b", "x").await;
    fixture.assert_sound().await;
}

pub(crate) async fn what_was_committed_survives_without_close(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    fixture.put(id, "committed", "x").await;
    let mut tx = fixture.writer.begin(&[]).await.unwrap();
    tx.write_objects(&provenance(), &[put(id, "open", "x")]).await.unwrap();

    // The files as they are at this moment: what a machine has after the power came back.
    let folder = tempfile::tempdir().unwrap();
    let url = match fixture.url.strip_prefix("sqlite:") {
        None => fixture.url.clone(),
        Some(path) => {
            for suffix in ["", "-wal"] {
                let copy = folder.path().join(format!("store.db{suffix}"));
                std::fs::copy(format!("{path}{suffix}"), copy).unwrap();
            }
            format!("sqlite:{}", folder.path().join("store.db").display())
        }
    };
    let store = Store::open(&url, OpenOptions::default()).await.unwrap();
    assert_eq!(store.id(), fixture.store.id());
    let mut read = store.read().await.unwrap();
    let members = read.list_members(id, None, 10).await.unwrap();
    let names: Vec<_> = members.into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["committed"]);
    assert_eq!(store.check().await.unwrap(), []);
    drop(tx);
}

pub(crate) async fn writers_with_crossing_locks_all_finish(fixture: Fixture) {
    let users = [fixture.user("alice").await, fixture.user("bob").await, fixture.user("c").await];
    let ids = users.map(|user| user.calendar.id);
    let fixture = Arc::new(fixture);
    all(24, |number| {
        let fixture = Arc::clone(&fixture);
        async move {
            let mut order = [0, 1, 2];
            order.rotate_left(number as usize % 3);
            if number % 2 == 0 {
                order.reverse();
            }
            let uids = ["uid-0", "uid-1", "uid-2"];
            let locks = order.map(|index| LockKey::Uid(uids[index]));
            let name = format!("{number:02}");
            for attempt in 0.. {
                assert!(attempt < 5, "deadlocks that never end");
                let mut tx = fixture.writer.begin(&locks[..2]).await.unwrap();
                let writes = order.map(|index| put(ids[index], &name, "x"));
                let done = tx.write_objects(&provenance(), &writes).await;
                match done {
                    Ok(_) => {
                        tx.commit().await.unwrap();
                        return;
                    }
                    Err(error) => assert!(error.is_retryable(), "{error}"),
                }
            }
        }
    })
    .await;
    for id in ids {
        assert_eq!(fixture.names(id).await.len(), 24);
    }
    fixture.assert_sound().await;
}

/// Nobody holds a lock on the name: on Postgres two may find that it is free, and the second is told that it is not.
pub(crate) async fn a_name_that_many_make_is_made_once(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    let fixture = Arc::new(fixture);
    for round in 0..6 {
        let name = format!("{round}");
        let made = all(8, |number| {
            let (fixture, name) = (Arc::clone(&fixture), name.clone());
            async move {
                let octets = format!("by {number}");
                for attempt in 0.. {
                    assert!(attempt < 8, "a race that never ends");
                    let mut tx = fixture.writer.begin(&[]).await.unwrap();
                    let done = tx.write_objects(&provenance(), &[put(id, &name, &octets)]).await;
                    match done {
                        Ok(written) => {
                            tx.commit().await.unwrap();
                            return written[0];
                        }
                        Err(error) => assert!(error.is_retryable(), "{error}"),
                    }
                }
                unreachable!("it was made or the race never ended");
            }
        })
        .await;
        let created = made.iter().filter(|written| written.outcome == Outcome::Created);
        assert_eq!(created.count(), 1, "{made:?}");
        assert!(made.iter().all(|written| written.object == made[0].object), "{made:?}");
        let mut read = fixture.store.read().await.unwrap();
        let object = made[0].object.unwrap();
        assert_eq!(read.list_versions(object, 10).await.unwrap().len(), 8);
    }
    fixture.assert_sound().await;
}

pub(crate) async fn jobs_are_claimed_once_by_many(fixture: Fixture) {
    let mut tx = fixture.store.write(&[]).await.unwrap();
    for number in 0..40 {
        tx.put_job("refresh", &format!("{number}"), "", at(0)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let fixture = Arc::new(fixture);
    let claimed = all(8, |_| {
        let fixture = Arc::clone(&fixture);
        async move {
            let mut claimed = Vec::new();
            loop {
                let mut tx = fixture.store.write(&[]).await.unwrap();
                let jobs = tx.claim_jobs(at(1), Duration::from_secs(60), 3).await.unwrap();
                tx.commit().await.unwrap();
                if jobs.is_empty() {
                    return claimed;
                }
                claimed.extend(jobs.into_iter().map(|job| job.id));
            }
        }
    })
    .await;
    let claimed: Vec<i64> = claimed.into_iter().flatten().collect();
    assert_eq!(claimed.len(), 40);
    assert_eq!(claimed.into_iter().collect::<BTreeSet<_>>().len(), 40);
}

pub(crate) async fn readers_do_not_wait_for_the_writer(fixture: Fixture) {
    let id = fixture.user("alice").await.calendar.id;
    let mut tx = fixture.writer.begin(&[]).await.unwrap();
    tx.write_objects(&provenance(), &[put(id, "a", "x")]).await.unwrap();
    let names = tokio::time::timeout(Duration::from_secs(20), fixture.names(id)).await.unwrap();
    assert_eq!(names, [""; 0]);
    tx.commit().await.unwrap();
    assert_eq!(fixture.names(id).await, ["a"]);
}

/// Runs so many tasks at once; what they return, in order.
async fn all<T, F>(count: u32, task: impl Fn(u32) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|number| tokio::spawn(task(number))).collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

/// What it is when it has been the same for a while: what goes on without us has ended then.
async fn eventually<T: PartialEq>(mut look: impl AsyncFnMut() -> T) -> T {
    let mut seen = look().await;
    let mut same = 0;
    while same < 5 {
        tokio::time::sleep(Duration::from_millis(40)).await;
        let now = look().await;
        same = if now == seen { same + 1 } else { 0 };
        seen = now;
    }
    seen
}
