//! Durable work for later: put in the transaction that makes it necessary, claimed under a lease by any process,
//! coalesced by kind and key.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::postgres::PgListener;
use tokio::sync::watch;

use crate::connection::{Dialects, Queries, execute, run};
use crate::error::Error;
use crate::open::Store;
use crate::transaction::Tx;
use crate::values::Seconds;

/// A claimed job.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// What is to be done.
    pub kind: String,
    /// What with: work of one kind with one key is one job.
    pub key: String,
    /// What else has to be known.
    pub payload: String,
    /// When it was to run.
    #[sqlx(try_from = "Seconds")]
    pub run_at: Timestamp,
    /// How often it was claimed, this time included.
    pub attempts: i32,
    /// Counts how often it was put.
    revision: i64,
}

macro_rules! put {
    () => {
        "INSERT INTO jobs (kind, key, payload, run_at)
         VALUES ($1, $2, $3, $4)
             ON CONFLICT (kind, key) DO UPDATE
            SET payload = excluded.payload, revision = jobs.revision + 1, attempts = 0, error = NULL,
                run_at = CASE WHEN excluded.run_at < jobs.run_at THEN excluded.run_at ELSE jobs.run_at END"
    };
}

/// On Postgres it tells the other nodes, once for a transaction.
const PUT: Dialects = Dialects {
    sqlite: put!(),
    postgres: concat!("WITH job AS (", put!(), ") SELECT pg_notify('convene_jobs', '')"),
};
const FINISH: &str = "DELETE FROM jobs WHERE id = $1 AND revision = $2";
const RELEASE: &str = "UPDATE jobs SET lease_until = 0 WHERE id = $1";
const FAIL: &str = "
    UPDATE jobs
       SET lease_until = 0, run_at = $2, error = $3
     WHERE id = $1";

macro_rules! claim {
    ($skip_locked:literal) => {
        concat!(
            "UPDATE jobs
                SET lease_until = $2, attempts = attempts + 1
              WHERE id IN (SELECT id
                             FROM jobs
                            WHERE run_at <= $1 AND lease_until <= $1
                            ORDER BY run_at, id
                            LIMIT CAST($3 AS BIGINT) ",
            $skip_locked,
            ")
             RETURNING id, kind, key, payload, run_at, attempts, revision"
        )
    };
}

pub(crate) const CLAIM: Dialects =
    Dialects { sqlite: claim!(""), postgres: claim!("FOR UPDATE SKIP LOCKED") };
pub(crate) const NEXT: &str = "
    SELECT MIN(CASE WHEN run_at < lease_until THEN lease_until ELSE run_at END) FROM jobs";

impl Queries {
    /// When the next job is due; in the past if one is due now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_job_at(&mut self) -> Result<Option<Timestamp>, Error> {
        let next: Option<i64> = run!(self, c => sqlx::query_scalar(NEXT).fetch_one(c))?;
        Ok(next.and_then(|second| Timestamp::from_second(second).ok()))
    }
}

impl Tx {
    /// Puts a job. One of this kind and key that waits already gets this payload and the earlier of both times; one
    /// that runs just now will run once more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_job(
        &mut self,
        kind: &str,
        key: &str,
        payload: &str,
        run_at: Timestamp,
    ) -> Result<(), Error> {
        let (put, run_at) = (PUT.of(self), Seconds::from(run_at));
        execute!(self, sqlx::query(put).bind(kind).bind(key).bind(payload).bind(run_at))?;
        self.put_jobs = true;
        Ok(())
    }

    /// Claims jobs that are due, in order of time, until `now + lease`: nobody else gets them before. Commit at once
    /// and work outside the transaction.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_jobs(
        &mut self,
        now: Timestamp,
        lease: Duration,
        limit: u32,
    ) -> Result<Vec<Job>, Error> {
        let claim = CLAIM.of(self);
        let until = now.as_second().saturating_add_unsigned(lease.as_secs());
        let mut jobs: Vec<Job> = run!(self, c => sqlx::query_as(claim)
            .bind(Seconds::from(now))
            .bind(until)
            .bind(i64::from(limit))
            .fetch_all(c))?;
        jobs.sort_unstable_by_key(|job| (job.run_at, job.id));
        Ok(jobs)
    }

    /// A claimed job is done. If it was put again meanwhile it stays, to run once more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish_job(&mut self, job: &Job) -> Result<(), Error> {
        if execute!(self, sqlx::query(FINISH).bind(job.id).bind(job.revision))? == 0 {
            execute!(self, sqlx::query(RELEASE).bind(job.id))?;
        }
        Ok(())
    }

    /// A claimed job failed; it runs again at `retry_at`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fail_job(
        &mut self,
        job: &Job,
        retry_at: Timestamp,
        error: &str,
    ) -> Result<(), Error> {
        let retry_at = Seconds::from(retry_at);
        execute!(self, sqlx::query(FAIL).bind(job.id).bind(retry_at).bind(error)).map(drop)
    }
}

/// Tells when somebody put a job: this process, and on Postgres any other.
#[derive(Debug)]
pub struct JobSignal {
    local: watch::Receiver<u64>,
    listener: Option<PgListener>,
}

impl Store {
    /// Begins to listen for jobs. What was put before is not signalled: look first.
    ///
    /// # Errors
    /// When Postgres can't be reached.
    pub async fn job_signal(&self) -> Result<JobSignal, Error> {
        let listener = match self.postgres() {
            None => None,
            Some(connections) => {
                let mut listener = PgListener::connect_with(&connections.single()).await?;
                listener.listen("convene_jobs").await?;
                Some(listener)
            }
        };
        Ok(JobSignal { local: self.jobs(), listener })
    }
}

impl JobSignal {
    /// Waits until a job was put. May return without cause. A signal can be lost with a connection, so the caller
    /// looks from time to time all the same.
    ///
    /// # Errors
    /// When the connection is lost and can't be had again.
    pub async fn wait(&mut self) -> Result<(), Error> {
        match &mut self.listener {
            None => drop(self.local.changed().await),
            Some(listener) => drop(listener.recv().await?),
        }
        Ok(())
    }
}
