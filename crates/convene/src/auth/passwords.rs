//! Password hashes: argon2id, computed off the request threads and a few at a time.

use std::sync::Arc;

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::config;

/// Reserved for a hash, of which it touches only what it needs. glibc keeps for itself what is freed, unless it
/// was more than 32 MiB: without this, each thread that ever hashed would go on holding the memory of one hash.
const RESERVATION: usize = 33 * 1024 * 1024;

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
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(HashError::new)?;
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
        let hash = self.compute(move || new_hash(&argon2, password.as_bytes())).await??;
        Ok(hash.to_string())
    }

    /// Whether this is the password of that hash. Takes as long when there is no hash.
    pub(crate) async fn verify(&self, password: &str, hash: Option<&str>) -> bool {
        let password = password.to_owned();
        let is_known = hash.is_some();
        let hash = hash.unwrap_or(&self.stand_in).to_owned();
        let is_right = self.compute(move || is_hash_of(&hash, password.as_bytes())).await;
        is_known && is_right.is_ok_and(|is_right| is_right.unwrap_or(false))
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashError> {
        // Held by the work itself: a client that goes away must not let another hash start beside it.
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(HashError::new)?;
        spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        })
        .await
        .map_err(HashError::new)
    }
}

fn new_hash(argon2: &Argon2<'_>, password: &[u8]) -> Result<PasswordHash, HashError> {
    let salt = Salt::generate();
    Ok(PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(argon2.params()).map_err(HashError::new)?,
        salt: Some(salt),
        hash: Some(output(argon2, password, &salt, Params::DEFAULT_OUTPUT_LEN)?),
    })
}

/// Computes the hash of `password` as `hash` was computed, and compares in constant time.
fn is_hash_of(hash: &str, password: &[u8]) -> Result<bool, HashError> {
    let hash = PasswordHash::new(hash).map_err(HashError::new)?;
    let (Some(salt), Some(expected)) = (hash.salt, hash.hash) else { return Ok(false) };
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).map_err(HashError::new)?;
    let version = hash.version.map_or(Ok(Version::V0x13), Version::try_from);
    let params = Params::try_from(&hash).map_err(HashError::new)?;
    let argon2 = Argon2::new(algorithm, version.map_err(HashError::new)?, params);
    Ok(output(&argon2, password, &salt, expected.len())? == expected)
}

fn output(
    argon2: &Argon2<'_>,
    password: &[u8],
    salt: &Salt,
    length: usize,
) -> Result<Output, HashError> {
    let blocks = argon2.params().block_count();
    let mut memory = Vec::with_capacity(blocks.max(RESERVATION / Block::SIZE));
    memory.resize(blocks, Block::default());
    let mut output = vec![0; length];
    argon2
        .hash_password_into_with_memory(password, salt, &mut output, &mut memory)
        .map_err(HashError::new)?;
    Output::new(&output).map_err(HashError::new)
}

impl HashError {
    #[expect(clippy::needless_pass_by_value, reason = "used with map_err")]
    fn new(error: impl ToString) -> Self {
        Self(error.to_string())
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

    #[test]
    fn the_stand_in_is_a_hash_that_is_really_computed() {
        let passwords = Passwords::new(&config::Passwords::cheap()).unwrap();
        // An error would mean that it was refused for its form, at no cost.
        assert_eq!(is_hash_of(&passwords.stand_in, b"x").ok(), Some(false));
    }

    // Made by argon2-cffi, which is the reference implementation with a Python face.
    #[test]
    fn hashes_of_other_programs_match() {
        let hash = "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQ$Bo1ismRVk2qm6+YAYLCmWHDb+j3fjUH3";
        assert_eq!(is_hash_of(hash, b"password").ok(), Some(true));
        assert_eq!(is_hash_of(hash, b"Password").ok(), Some(false));
    }
}
