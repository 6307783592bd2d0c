//! What many pages show and little changes: read now and then, and kept meanwhile.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::WebError;

/// The newest of it, and when it was read.
pub(in crate::web) struct Kept<T> {
    /// How old it may be.
    age: SignedDuration,
    held: Mutex<Option<(Timestamp, Arc<T>)>>,
}

impl<T> Kept<T> {
    /// Nothing yet; what is read is kept for so many minutes.
    pub(in crate::web) fn for_minutes(minutes: i64) -> Kept<T> {
        Kept {
            age: SignedDuration::from_mins(minutes),
            held: Mutex::default(),
        }
    }

    /// What is kept, or what `read` gives now. While one request reads, the others go on with what was kept.
    pub(in crate::web) async fn get(
        &self,
        now: Timestamp,
        read: impl AsyncFnOnce() -> Result<T, WebError>,
    ) -> Result<Arc<T>, WebError> {
        let held = self.held.lock();
        if let Some((at, value)) = &mut *held.unwrap_or_else(PoisonError::into_inner) {
            // A clock that was set back makes none of it new.
            if now.duration_since(*at).abs() < self.age {
                return Ok(value.clone());
            }
            *at = now;
        }
        let value = Arc::new(read().await?);
        let held = self.held.lock();
        *held.unwrap_or_else(PoisonError::into_inner) = Some((now, value.clone()));
        Ok(value)
    }
}
