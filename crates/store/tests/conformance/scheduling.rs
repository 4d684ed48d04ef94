//! Answers, audit, outgoing messages, jobs.

use std::time::Duration;

use store::{
    AnswerRecord, AuditEntry, Batch, ComponentKind, Job, NewOutgoing, ObjectTx, OutgoingState,
    PrincipalId, Remembered,
};

use crate::fixture::{Fixture, at, provenance};

pub(crate) async fn answers_are_kept_per_attendee_and_instance(fixture: Fixture) {
    let alice = fixture.user("alice").await.principal.id;
    let bob = fixture.user("bob").await.principal.id;
    let answer = |attendee: &str, recurrence_id, sequence| AnswerRecord {
        attendee: attendee.to_owned(),
        recurrence_id,
        sequence,
        dtstamp: at(sequence),
    };
    let of_alice = |attendee: &str, recurrence_id, sequence| {
        (alice, answer(attendee, recurrence_id, sequence))
    };
    let mut tx = fixture.writer.begin(&[]).await.unwrap();
    let first = [of_alice("mailto:b", None, 1), of_alice("mailto:b", Some(at(3600)), 1)];
    remember(&mut tx, &first).await;
    let second = [
        of_alice("mailto:b", None, 2),
        (bob, answer("mailto:b", None, 9)),
        of_alice("mailto:b", None, 3),
        of_alice("mailto:a", None, 1),
    ];
    remember(&mut tx, &second).await;
    remember(&mut tx, &[]).await;
    let found = answers(&mut tx, "uid", &[bob, alice]).await;
    let expected = [
        of_alice("mailto:a", None, 1),
        of_alice("mailto:b", None, 3),
        of_alice("mailto:b", Some(at(3600)), 1),
        (bob, answer("mailto:b", None, 9)),
    ];
    assert_eq!(found, expected);
    assert_eq!(answers(&mut tx, "uid", &[alice]).await, expected[..3]);
    assert_eq!(answers(&mut tx, "other", &[alice, bob]).await, []);
    tx.forget_answers(alice, "uid").await.unwrap();
    assert_eq!(answers(&mut tx, "uid", &[alice, bob]).await, expected[3..]);
    tx.commit().await.unwrap();
}

async fn remember(tx: &mut ObjectTx, answers: &[(PrincipalId, AnswerRecord)]) {
    let answers: Vec<_> = answers
        .iter()
        .map(|(owner, answer)| Remembered { owner: *owner, uid: "uid", answer })
        .collect();
    tx.write(&provenance(), &Batch { answers: &answers, ..Batch::default() }).await.unwrap();
}

/// What these principals remember, in order.
async fn answers(
    tx: &mut ObjectTx,
    uid: &str,
    owners: &[PrincipalId],
) -> Vec<(PrincipalId, AnswerRecord)> {
    let involvements = tx.list_involvements(uid, owners, ComponentKind::Event).await.unwrap();
    let mut answers: Vec<_> = involvements
        .into_iter()
        .flat_map(|(owner, found)| found.answers.into_iter().map(move |answer| (owner, answer)))
        .collect();
    answers.sort_by(|(a, one), (b, other)| {
        (a, &one.attendee, one.recurrence_id).cmp(&(b, &other.attendee, other.recurrence_id))
    });
    answers
}

pub(crate) async fn the_audit_tells_the_story_of_a_uid(fixture: Fixture) {
    let actions: Vec<String> = (0..30).map(|number| format!("step {number}")).collect();
    let entries: Vec<_> = actions
        .iter()
        .enumerate()
        .map(|(number, action)| AuditEntry {
            at: at(number.try_into().unwrap()),
            request_id: "r",
            actor: "alice",
            client: "phone",
            uid: if number % 3 == 0 { "other" } else { "uid" },
            collection: "/dav/calendars/alice/calendar/",
            object: "a.ics",
            action,
            detail: r#"[{"verdict":"sent"}]"#,
        })
        .collect();
    let mut tx = fixture.writer.begin(&[]).await.unwrap();
    tx.write(&provenance(), &Batch { audit: &entries, ..Batch::default() }).await.unwrap();
    tx.write(&provenance(), &Batch::default()).await.unwrap();
    tx.commit().await.unwrap();
    let mut read = fixture.store.read().await.unwrap();
    let mut told = Vec::new();
    loop {
        let after = told.last().map_or(0, |record: &store::AuditRecord| record.id);
        let page = read.list_audit("uid", after, 7).await.unwrap();
        if page.is_empty() {
            break;
        }
        told.extend(page);
    }
    let expected: Vec<_> = entries.iter().filter(|entry| entry.uid == "uid").collect();
    assert_eq!(told.len(), expected.len());
    for (record, entry) in told.iter().zip(expected) {
        assert_eq!((record.action.as_str(), record.at), (entry.action, entry.at));
        assert_eq!((record.detail.as_str(), record.client.as_str()), (entry.detail, "phone"));
    }
}

pub(crate) async fn outgoing_messages_wait_in_order(fixture: Fixture) {
    let message = |recipient, state| NewOutgoing {
        sender: "mailto:alice@example.com",
        recipient,
        uid: "uid",
        method: "REQUEST",
        state,
        octets: b"BEGIN:VCALENDAR\xff",
    };
    let messages = [
        message("mailto:z@example.org", OutgoingState::Queued),
        message("mailto:a@example.org", OutgoingState::Held),
        message("mailto:m@example.org", OutgoingState::Queued),
    ];
    let mut tx = fixture.store.write(&[]).await.unwrap();
    tx.enqueue_outgoing("r", at(5), &messages).await.unwrap();
    let queued = tx.list_outgoing(OutgoingState::Queued, 0, 10).await.unwrap();
    let recipients: Vec<_> = queued.iter().map(|one| one.recipient.as_str()).collect();
    assert_eq!(recipients, ["mailto:z@example.org", "mailto:m@example.org"]);
    assert_eq!((queued[0].octets.as_slice(), queued[0].created_at), (messages[0].octets, at(5)));
    let other = NewOutgoing { octets: b"another", uid: "other", ..messages[0].clone() };
    tx.enqueue_outgoing("r", at(6), &[messages[0].clone(), other.clone(), other]).await.unwrap();
    let others = tx.list_outgoing_about("other", 0, 10).await.unwrap();
    assert!(others.len() == 2 && others.iter().all(|other| other.octets == b"another"));
    for other in others {
        tx.drop_outgoing(other.id).await.unwrap();
    }
    let again = tx.list_outgoing_about("uid", queued[1].id, 10).await.unwrap();
    assert_eq!(again[0].octets, messages[0].octets);
    tx.drop_outgoing(again[0].id).await.unwrap();
    assert_eq!(tx.list_outgoing_about("uid", queued[0].id, 10).await.unwrap().len(), 2);
    let sender = messages[0].sender;
    assert_eq!(tx.count_outgoing(sender, at(5)).await.unwrap(), 3);
    assert_eq!(tx.count_outgoing(sender, at(6)).await.unwrap(), 0);

    let held = tx.list_outgoing(OutgoingState::Held, 0, 10).await.unwrap();
    tx.release_outgoing(held[0].id, at(7)).await.unwrap();
    tx.record_attempt(queued[0].id, OutgoingState::Failed, at(9), Some("550")).await.unwrap();
    tx.drop_outgoing(queued[1].id).await.unwrap();
    let released = tx.list_outgoing(OutgoingState::Queued, 0, 10).await.unwrap();
    assert_eq!((released.len(), released[0].attempts, released[0].next_at), (1, 0, at(7)));
    let failed = tx.list_outgoing(OutgoingState::Failed, 0, 10).await.unwrap();
    assert_eq!((failed[0].attempts, failed[0].error.as_deref()), (1, Some("550")));
    tx.commit().await.unwrap();
}

pub(crate) async fn a_job_is_coalesced_and_claimed_once(fixture: Fixture) {
    put(&fixture, "refresh", "uid-1", "old", 50).await;
    put(&fixture, "refresh", "uid-1", "new", 70).await;
    put(&fixture, "refresh", "uid-2", "other", 40).await;
    put(&fixture, "prune", "uid-1", "another", 90).await;
    let mut read = fixture.store.read().await.unwrap();
    assert_eq!(read.next_job_at().await.unwrap(), Some(at(40)));
    assert_eq!(claim(&fixture, 39).await, []);
    let jobs = claim(&fixture, 60).await;
    let told: Vec<_> =
        jobs.iter().map(|job| (job.key.as_str(), job.payload.as_str(), job.run_at)).collect();
    assert_eq!(told, [("uid-2", "other", at(40)), ("uid-1", "new", at(50))]);
    assert_eq!(claim(&fixture, 60).await, [], "under lease");

    let mut tx = fixture.store.write(&[]).await.unwrap();
    tx.finish_job(&jobs[0]).await.unwrap();
    tx.fail_job(&jobs[1], at(80), "no").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(claim(&fixture, 79).await, []);
    let again = claim(&fixture, 95).await;
    let told: Vec<_> = again.iter().map(|job| (job.kind.as_str(), job.attempts)).collect();
    assert_eq!(told, [("refresh", 2), ("prune", 1)]);
}

pub(crate) async fn a_job_put_while_it_runs_runs_again(fixture: Fixture) {
    put(&fixture, "refresh", "uid", "1", 0).await;
    let running = claim(&fixture, 0).await;
    put(&fixture, "refresh", "uid", "2", 0).await;
    assert_eq!(claim(&fixture, 0).await, [], "still one at a time");
    finish(&fixture, &running[0]).await;
    let again = claim(&fixture, 0).await;
    assert_eq!((again.len(), again[0].payload.as_str()), (1, "2"));
    finish(&fixture, &again[0]).await;
    assert_eq!(claim(&fixture, 1_000).await, []);
    assert_eq!(fixture.store.read().await.unwrap().next_job_at().await.unwrap(), None);
}

pub(crate) async fn a_lost_lease_is_claimed_again(fixture: Fixture) {
    put(&fixture, "refresh", "uid", "1", 0).await;
    assert_eq!(claim(&fixture, 0).await.len(), 1);
    let mut read = fixture.store.read().await.unwrap();
    assert_eq!(read.next_job_at().await.unwrap(), Some(at(30)));
    assert_eq!(claim(&fixture, 29).await, []);
    assert_eq!(claim(&fixture, 30).await[0].attempts, 2);
}

pub(crate) async fn putting_a_job_wakes_those_who_wait(fixture: Fixture) {
    let mut signal = fixture.store.job_signal().await.unwrap();
    let mut tx = fixture.store.write(&[]).await.unwrap();
    tx.put_job("refresh", "dropped", "", at(0)).await.unwrap();
    drop(tx);
    let early = tokio::time::timeout(Duration::from_millis(50), signal.wait()).await;
    assert!(early.is_err(), "only a commit wakes");
    put(&fixture, "refresh", "uid", "", 0).await;
    // Also if one did not wait at that moment.
    tokio::time::timeout(Duration::from_secs(20), signal.wait()).await.unwrap().unwrap();
}

async fn put(fixture: &Fixture, kind: &str, key: &str, payload: &str, second: i64) {
    let mut tx = fixture.store.write(&[]).await.unwrap();
    tx.put_job(kind, key, payload, at(second)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn claim(fixture: &Fixture, second: i64) -> Vec<Job> {
    let mut tx = fixture.store.write(&[]).await.unwrap();
    let jobs = tx.claim_jobs(at(second), Duration::from_secs(30), 10).await.unwrap();
    tx.commit().await.unwrap();
    jobs
}

async fn finish(fixture: &Fixture, job: &Job) {
    let mut tx = fixture.store.write(&[]).await.unwrap();
    tx.finish_job(job).await.unwrap();
    tx.commit().await.unwrap();
}
