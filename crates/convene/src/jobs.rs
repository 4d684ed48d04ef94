//! Work beside the requests: what they left to be done, and forgetting what is old.
//!
//! Jobs are rows in the database, claimed under a lease: of several servers on one database, one does
//! each. A server that dies in the middle loses its lease, and another one goes on.

use std::{pin::pin, sync::Arc, time::Duration};

use dav::Clock;
use futures_util::poll;
use jiff::{SignedDuration, Timestamp};
use scheduling::intercept::{Door, HORIZON_JOB, REFRESH_JOB, Writing};
use store::{Job, JobSignal, Pruned, Store};
use tokio::time::sleep;
use tracing::{error, info, warn};

use crate::{config, stop::Stop};

/// How long a job may take before another server may take it over.
const LEASE: Duration = Duration::from_secs(120);
/// Jobs claimed at a time.
const CLAIMED: u32 = 16;
/// The kind of the job that forgets what is older than the retention.
const PRUNE_JOB: &str = "prune";
/// How often that is done, and how often the horizon of the index moves on.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// A job that failed is tried again after this time, then after twice that, and so on.
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(10);
/// The longest time between two tries.
const LONGEST_RETRY: SignedDuration = SignedDuration::from_hours(1);

/// The worker.
#[derive(Debug)]
pub(crate) struct Jobs {
    store: Store,
    door: Arc<Door>,
    clock: Clock,
    settings: config::Jobs,
}

impl Jobs {
    pub(crate) fn new(store: Store, door: Arc<Door>, clock: Clock, settings: config::Jobs) -> Self {
        Self { store, door, clock, settings }
    }

    /// Works until it is to stop; a job under way is finished.
    pub(crate) async fn run(self, mut stop: Stop) {
        while !stop.is_requested() {
            if let Err(error) = self.work(&stop).await {
                error!(%error, "jobs cannot be worked on");
            }
            tokio::select! {
                () = sleep(self.poll_pause()) => {}
                () = stop.requested() => return,
            }
        }
    }

    /// Works until it is stopped, or the database fails.
    async fn work(&self, stop: &Stop) -> Result<(), store::Error> {
        let mut stopping = stop.clone();
        let mut signal: JobSignal = self.store.job_signal().await?;
        let mut tx = self.store.write(&[]).await?;
        for kind in [PRUNE_JOB, HORIZON_JOB] {
            tx.put_job(kind, "", "", self.clock.now()).await?;
        }
        tx.commit().await?;
        loop {
            // Listening starts before looking: a job put in between is not missed.
            let mut wakeup = pin!(signal.wait());
            let is_awake = poll!(wakeup.as_mut()).is_ready();
            let pause = self.run_due(stop).await?;
            if is_awake {
                continue;
            }
            tokio::select! {
                woken = wakeup => woken?,
                () = sleep(pause) => {}
                () = stopping.requested() => return Ok(()),
            }
        }
    }

    /// Runs the jobs that are due; how long there is nothing to do then.
    async fn run_due(&self, stop: &Stop) -> Result<Duration, store::Error> {
        loop {
            let next = self.store.read().await?.next_job_at().await?;
            let until_next = next.map(|at| at.duration_since(self.clock.now()));
            if stop.is_requested() || until_next.is_none_or(|pause| pause.is_positive()) {
                let until_next = until_next.and_then(|pause| Duration::try_from(pause).ok());
                return Ok(until_next.unwrap_or(Duration::MAX).min(self.poll_pause()));
            }
            let mut tx = self.store.write(&[]).await?;
            let jobs = tx.claim_jobs(self.clock.now(), LEASE, CLAIMED).await?;
            tx.commit().await?;
            for job in &jobs {
                // What is not begun is done when its lease has run out, by whoever serves then.
                if !stop.is_requested() {
                    self.run_and_record(job).await?;
                }
            }
        }
    }

    async fn run_and_record(&self, job: &Job) -> Result<(), store::Error> {
        let begun = self.clock.now();
        let outcome = self.run_job(job).await;
        let mut tx = self.store.write(&[]).await?;
        match outcome {
            Ok(again) => {
                tx.finish_job(job).await?;
                if let Some(Again { payload, pause }) = again {
                    // Counted from when it looked at the clock: what comes due while it runs waits no longer than the rest.
                    let at = begun.saturating_add(pause).unwrap_or(Timestamp::MAX);
                    tx.put_job(&job.kind, &job.key, &payload, at).await?;
                }
            }
            Err(error) => {
                warn!(kind = job.kind, key = job.key, attempts = job.attempts, %error, "a job failed");
                tx.fail_job(job, retry_at(job, self.clock.now()), &error.to_string()).await?;
            }
        }
        tx.commit().await
    }

    async fn run_job(&self, job: &Job) -> anyhow::Result<Option<Again>> {
        let writing = Writing {
            principal: store::PrincipalId::new(0),
            caller: "convene",
            client: "convene job",
            request_id: &format!("job-{}", job.id),
            now: self.clock.now(),
        };
        match job.kind.as_str() {
            REFRESH_JOB => {
                self.door.refresh(&writing, &job.payload).await?;
                Ok(None)
            }
            HORIZON_JOB => {
                let rest = self.door.move_horizon(writing.now, &job.payload).await?;
                Ok(Some(match rest {
                    Some(payload) => Again { payload, pause: SignedDuration::ZERO },
                    None => Again::tomorrow(),
                }))
            }
            PRUNE_JOB => {
                self.prune(&writing).await?;
                Ok(Some(Again::tomorrow()))
            }
            other => anyhow::bail!("nobody here knows jobs of kind {other}"),
        }
    }

    async fn prune(&self, writing: &Writing<'_>) -> anyhow::Result<()> {
        let retention = SignedDuration::from_hours(24 * i64::from(self.settings.retention_days));
        let pruned = self.store.prune(self.clock.now(), retention).await?;
        if pruned != Pruned::default() {
            let Pruned { tombstones, versions, audit } = pruned;
            info!(tombstones, versions, audit, "forgot what is older than the retention");
        }
        if self.settings.inbox_days > 0 {
            let age = SignedDuration::from_hours(24 * i64::from(self.settings.inbox_days));
            let before = writing.now.saturating_sub(age)?;
            let removed = self.door.clear_inboxes(writing, before).await?;
            if removed > 0 {
                info!(removed, "removed old messages from the inboxes");
            }
        }
        Ok(())
    }

    fn poll_pause(&self) -> Duration {
        Duration::from_secs(self.settings.poll_seconds)
    }
}

/// What a job that is done leaves to be done.
struct Again {
    payload: String,
    pause: SignedDuration,
}

impl Again {
    fn tomorrow() -> Self {
        Self { payload: String::new(), pause: DAY }
    }
}

fn retry_at(job: &Job, now: Timestamp) -> Timestamp {
    let doublings = u32::try_from(job.attempts.saturating_sub(1)).unwrap_or_default().min(16);
    let pause = FIRST_RETRY.saturating_mul(1 << doublings).min(LONGEST_RETRY);
    now.saturating_add(pause).unwrap_or(Timestamp::MAX)
}
