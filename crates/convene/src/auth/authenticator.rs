//! From a name and a password to the caller, at the cost of one hash in five minutes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use dav::Caller;
use moka::sync::Cache;
use store::Store;
use tokio::{sync::Semaphore, time::sleep};

use super::{
    Passwords,
    basic::Credentials,
    throttle::{Origin, Throttle, Verdict},
};

/// How long credentials found right are believed.
const BELIEVED: Duration = Duration::from_secs(300);
/// How long they are believed without a look at whether the account still has that password.
const UNCHECKED: Duration = Duration::from_secs(2);
/// Credentials remembered; the least used go first.
const REMEMBERED: u64 = 10_000;
/// Answers to wrong passwords held back at the same time; any more get 429 at once.
const HELD_BACK: usize = 256;

/// Why nobody is let in.
#[derive(Debug)]
pub(crate) enum Denied {
    /// No such account, or not its password: which of the two, the answer does not say.
    Wrong,
    /// Too many failures; try again after so many seconds.
    Wait(u64),
    /// The database does not answer.
    Unavailable(store::Error),
}

/// Checks credentials.
#[derive(Clone, Debug)]
pub(crate) struct Authenticator {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    passwords: Passwords,
    throttle: Throttle,
    held_back: Semaphore,
    verified: Cache<blake3::Hash, Arc<Verified>>,
    /// Known to this process only, so that the cache's keys are of no use to who reads its memory later.
    key: [u8; blake3::KEY_LEN],
    started: Instant,
}

/// Credentials that were right.
#[derive(Debug)]
struct Verified {
    caller: Caller,
    /// The stored hash that they matched.
    hash: String,
    /// When the account was last seen to have that hash, in milliseconds since the start.
    checked: AtomicU64,
}

impl Authenticator {
    pub(crate) fn new(store: Store, passwords: Passwords) -> Self {
        let mut key = [0; blake3::KEY_LEN];
        let (left, right) = key.split_at_mut(blake3::KEY_LEN / 2);
        left.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        right.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        Self {
            shared: Arc::new(Shared {
                store,
                passwords,
                throttle: Throttle::new(),
                held_back: Semaphore::new(HELD_BACK),
                verified: Cache::builder().max_capacity(REMEMBERED).time_to_live(BELIEVED).build(),
                key,
                started: Instant::now(),
            }),
        }
    }

    /// The caller with these credentials.
    pub(crate) async fn authenticate(
        &self,
        credentials: &Credentials,
        origin: Origin,
    ) -> Result<Caller, Denied> {
        let shared = &*self.shared;
        let account = credentials.name.to_lowercase();
        let key = shared.cache_key(&account, &credentials.password);
        if let Some(caller) = shared.remembered(&key, &account).await? {
            return Ok(caller);
        }
        if let Verdict::Wait(seconds) = shared.throttle.check(origin, &account, Instant::now()) {
            return Err(Denied::Wait(seconds));
        }
        let Some((caller, hash)) = shared.verify(&account, &credentials.password).await? else {
            return Err(shared.refuse(origin, &account).await);
        };
        shared.throttle.succeeded(origin, &account);
        let checked = AtomicU64::new(shared.now());
        let verified = Verified { caller: caller.clone(), hash, checked };
        shared.verified.insert(key, Arc::new(verified));
        Ok(caller)
    }
}

impl Shared {
    /// The caller, when these credentials were right lately and still are: no hash, and a lookup only
    /// when the last one is some seconds ago.
    async fn remembered(
        &self,
        key: &blake3::Hash,
        account: &str,
    ) -> Result<Option<Caller>, Denied> {
        let Some(verified) = self.verified.get(key) else { return Ok(None) };
        let now = self.now();
        let unchecked = now.saturating_sub(verified.checked.load(Ordering::Relaxed));
        if u128::from(unchecked) < UNCHECKED.as_millis() {
            return Ok(Some(verified.caller.clone()));
        }
        // An account made anew under an old name has another id.
        match self.find(account).await? {
            Some((caller, hashes))
                if caller == verified.caller && hashes.contains(&verified.hash) =>
            {
                verified.checked.store(now, Ordering::Relaxed);
                Ok(Some(caller))
            }
            _ => {
                self.verified.invalidate(key);
                Ok(None)
            }
        }
    }

    /// The caller with this password, and the stored hash that it matches.
    async fn verify(
        &self,
        account: &str,
        password: &str,
    ) -> Result<Option<(Caller, String)>, Denied> {
        let Some((caller, hashes)) = self.find(account).await?.filter(|(_, h)| !h.is_empty())
        else {
            // As long as for an account that is there.
            self.passwords.verify(password, None).await;
            return Ok(None);
        };
        for hash in hashes {
            if self.passwords.verify(password, Some(&hash)).await {
                return Ok(Some((caller, hash)));
            }
        }
        Ok(None)
    }

    async fn find(&self, account: &str) -> Result<Option<(Caller, Vec<String>)>, Denied> {
        let found = async { self.store.read().await?.find_credentials(account).await }.await;
        Ok(found.map_err(Denied::Unavailable)?.map(|found| {
            let store::Principal { id, name, admin, .. } = found.principal;
            (Caller { principal: id, name, admin }, found.hashes)
        }))
    }

    /// Counts the failure and holds its answer back.
    async fn refuse(&self, origin: Origin, account: &str) -> Denied {
        let delay = self.throttle.failed(origin, account, Instant::now());
        tracing::info!(address = %origin.address, "a login failed");
        if delay.is_zero() {
            return Denied::Wrong;
        }
        let Ok(_place) = self.held_back.try_acquire() else {
            return Denied::Wait(delay.as_secs() + 1);
        };
        sleep(delay).await;
        Denied::Wrong
    }

    fn cache_key(&self, account: &str, password: &str) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        // With the length in front, no other pair of name and password runs together to the same octets.
        hasher.update(&(account.len() as u64).to_le_bytes());
        hasher.update(account.as_bytes());
        hasher.update(password.as_bytes());
        hasher.finalize()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
