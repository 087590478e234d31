//! argon2id with the parameters of the [OWASP cheat sheet](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html):
//! 19 MiB, two passes, one lane.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use async_trait::async_trait;
use hallway_domain::ports::{HashError, PasswordHasher};
use hallway_domain::{Password, PasswordHash};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes on blocking threads, at most `parallel` at once; memory is bounded by 19 MiB times that.
pub struct Argon2Hasher {
    argon2: Argon2<'static>,
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
    /// What a password is checked against when there is no account, so that it takes as long.
    nobody: String,
}

impl Argon2Hasher {
    /// `parallel` (at least 1) hashes at once, `queue` more may wait; beyond that [`HashError::Busy`].
    ///
    /// # Errors
    /// When hashing does not work at all.
    pub fn new(parallel: usize, queue: usize) -> Result<Self, HashError> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(internal)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hash(&argon2, "nobody")?;
        let slots = Arc::new(Semaphore::new(parallel.max(1)));
        Ok(Self { argon2, slots, waiting: AtomicUsize::new(0), queue, nobody })
    }

    async fn slot(&self) -> Result<OwnedSemaphorePermit, HashError> {
        if let Ok(permit) = Arc::clone(&self.slots).try_acquire_owned() {
            return Ok(permit);
        }
        let place = Place::take(&self.waiting, self.queue).ok_or(HashError::Busy)?;
        let permit = Arc::clone(&self.slots).acquire_owned().await.map_err(internal)?;
        drop(place);
        Ok(permit)
    }

    /// Runs `work` on a blocking thread. The permit goes with it: a caller that gives up frees the slot only when the
    /// hash is done, so that impatient clients cannot pile up work.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let permit = self.slot().await?;
        let argon2 = self.argon2.clone();
        let outcome = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&argon2)
        });
        outcome.await.map_err(internal)?
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        let password = password.clone();
        self.run(move |argon2| hash(argon2, password.expose()).map(PasswordHash)).await
    }

    async fn verify(&self, password: &Password, stored: Option<PasswordHash>) -> Result<bool, HashError> {
        let password = password.clone();
        let known = stored.is_some();
        let phc = stored.map_or_else(|| self.nobody.clone(), |hash| hash.0);
        let matches = self.run(move |argon2| verify(argon2, password.expose(), &phc)).await?;
        Ok(matches && known)
    }
}

/// A place in the queue, given back on drop (a caller may go away while it waits).
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, most: usize) -> Option<Self> {
        let free = |count| (count < most).then_some(count + 1);
        waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, free).ok().map(|_| Self(waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn hash(argon2: &Argon2<'_>, password: &str) -> Result<String, HashError> {
    Ok(argon2.hash_password(password.as_bytes()).map_err(internal)?.to_string())
}

fn verify(argon2: &Argon2<'_>, password: &str, phc: &str) -> Result<bool, HashError> {
    use argon2::password_hash::Error;
    let parsed = Phc::new(phc).map_err(internal)?;
    match argon2.verify_password(password.as_bytes(), &parsed) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(internal(error)),
    }
}

fn internal(error: impl std::fmt::Display) -> HashError {
    HashError::Internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::attempt(text.to_owned()).expect("short enough")
    }

    #[tokio::test]
    async fn the_right_password_is_accepted_and_no_other() {
        let hasher = Argon2Hasher::new(2, 8).expect("hashing works");
        let long = "é".repeat(400);
        for text in ["correct horse", "  spaces  ", "nul \0 inside", "😀😀😀😀", long.as_str()] {
            let stored = hasher.hash(&password(text)).await.expect("hashes");
            assert!(stored.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", stored.0);
            assert!(hasher.verify(&password(text), Some(stored.clone())).await.expect("verifies"));
            assert!(!hasher.verify(&password(&format!("{text}x")), Some(stored)).await.expect("verifies"));
        }
    }

    #[tokio::test]
    async fn bytes_beyond_the_72nd_count() {
        let hasher = Argon2Hasher::new(1, 8).expect("hashing works");
        let base = "a".repeat(72);
        let stored = hasher.hash(&password(&format!("{base}1"))).await.expect("hashes");
        assert!(!hasher.verify(&password(&format!("{base}2")), Some(stored)).await.expect("verifies"));
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        let hasher = Argon2Hasher::new(1, 8).expect("hashing works");
        assert!(!hasher.verify(&password("nobody"), None).await.expect("verifies"));
    }

    #[tokio::test]
    async fn a_full_queue_is_busy_and_recovers() {
        let hasher = Arc::new(Argon2Hasher::new(1, 1).expect("hashing works"));
        let held = hasher.slot().await.expect("free");
        let mut waiting = tokio::task::JoinSet::new();
        waiting.spawn({
            let hasher = Arc::clone(&hasher);
            async move { hasher.hash(&password("waits its turn")).await }
        });
        while hasher.waiting.load(Ordering::Acquire) == 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(hasher.hash(&password("one too many")).await, Err(HashError::Busy)));
        drop(held);
        waiting.join_next().await.expect("one").expect("no panic").expect("hashed");
        hasher.hash(&password("room again")).await.expect("hashed");
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_frees_its_place() {
        let hasher = Argon2Hasher::new(1, 1).expect("hashing works");
        let held = hasher.slot().await.expect("free");
        let gone = tokio::time::timeout(std::time::Duration::from_millis(1), hasher.slot()).await;
        assert!(gone.is_err());
        assert_eq!(hasher.waiting.load(Ordering::Acquire), 0);
        drop(held);
    }
}
