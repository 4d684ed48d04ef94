//! Password hashes: argon2id, computed off the request threads and a few at a time.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::config;

/// Makes and checks password hashes at the configured cost.
#[derive(Clone, Debug)]
pub struct Passwords {
    argon2: Argon2<'static>,
    /// A hash takes its memory for some 30 ms; more of them at once than processors gain nothing.
    permits: Arc<Semaphore>,
    /// What a password is held against when there is no account, so that the answer takes as long.
    stand_in: Arc<str>,
}

/// A hash that could not be made.
#[derive(Debug, thiserror::Error)]
#[error("The password could not be hashed: {0}.")]
pub struct HashError(String);

impl Passwords {
    /// Hashes at this cost.
    ///
    /// # Errors
    /// [`HashError`] when argon2 takes no such cost.
    pub fn new(cost: &config::Passwords) -> Result<Self, HashError> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None)
            .map_err(|error| HashError(error.to_string()))?;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let parallel = if cost.parallel == 0 { processors.min(4) } else { cost.parallel };
        let (memory, passes) = (cost.memory_kib, cost.passes);
        // No password is known to have this hash: both its salt and its output are zeros.
        let stand_in = format!(
            "$argon2id$v=19$m={memory},t={passes},p=1${salt}${output}",
            salt = "A".repeat(22),
            output = "A".repeat(43),
        );
        Ok(Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            permits: Arc::new(Semaphore::new(parallel)),
            stand_in: stand_in.into(),
        })
    }

    /// The hash of a new password, as a PHC string with a salt of its own.
    ///
    /// # Errors
    /// [`HashError`] when the password is longer than argon2 takes or no randomness is to be had.
    pub async fn hash(&self, password: &str) -> Result<String, HashError> {
        let (argon2, password) = (self.argon2.clone(), password.to_owned());
        self.compute(move || {
            argon2.hash_password(password.as_bytes()).map(|hash: PasswordHash| hash.to_string())
        })
        .await?
        .map_err(|error| HashError(error.to_string()))
    }

    /// Whether this is the password of that hash. Takes as long when there is no hash.
    pub(crate) async fn verify(&self, password: &str, hash: Option<&str>) -> bool {
        let (argon2, password) = (self.argon2.clone(), password.to_owned());
        let is_known = hash.is_some();
        let hash = hash.unwrap_or(&self.stand_in).to_owned();
        let is_right = self
            .compute(move || {
                PasswordHash::new(&hash)
                    .is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok())
            })
            .await;
        is_known && is_right.unwrap_or(false)
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashError> {
        // Held by the work itself: a client that goes away must not let another hash start beside it.
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|error| HashError(error.to_string()))?;
        spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        })
        .await
        .map_err(|error| HashError(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_matches_a_hash() {
        let passwords = Passwords::new(&config::Passwords::cheap()).unwrap();
        let hash = passwords.hash("pa:ß word").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        assert_ne!(hash, passwords.hash("pa:ß word").await.unwrap(), "each hash has its own salt");
        for (password, stored, expected) in [
            ("pa:ß word", Some(hash.as_str()), true),
            ("pa:ß Word", Some(hash.as_str()), false),
            ("", Some(hash.as_str()), false),
            ("pa:ß word", None, false),
            ("pa:ß word", Some("not a hash"), false),
        ] {
            assert_eq!(passwords.verify(password, stored).await, expected, "{password} {stored:?}");
        }
    }

    #[tokio::test]
    async fn a_hash_made_at_another_cost_still_matches() {
        let before =
            Passwords::new(&config::Passwords { passes: 3, ..config::Passwords::cheap() }).unwrap();
        let hash = before.hash("secret").await.unwrap();
        let now = Passwords::new(&config::Passwords::cheap()).unwrap();
        assert!(now.verify("secret", Some(&hash)).await);
    }

    #[tokio::test]
    async fn the_stand_in_is_a_hash_that_is_really_computed() {
        let passwords = Passwords::new(&config::Passwords::cheap()).unwrap();
        let stand_in = PasswordHash::new(&passwords.stand_in).unwrap();
        assert_eq!(
            passwords.argon2.verify_password(b"x", &stand_in),
            Err(argon2::password_hash::Error::PasswordInvalid),
            "not refused for its form, but after hashing"
        );
    }
}
