//! What the paper has to follow, read from its stories now and then and kept meanwhile: every page shows it.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::audience::suggest::{Suggestion, suggestions};
use crate::web::{Web, WebError};

/// How old it may be.
const KEPT: SignedDuration = SignedDuration::from_mins(10);

/// The newest suggestions, and when they were read.
#[derive(Default)]
pub(in crate::web) struct Suggestions(Mutex<Option<(Timestamp, Arc<Vec<Suggestion>>)>>);

impl Suggestions {
    /// What there is to follow.
    pub(in crate::web) async fn get(&self, web: &Web) -> Result<Arc<Vec<Suggestion>>, WebError> {
        let now = web.app.clock.now();
        let kept = |held: &Option<(Timestamp, Arc<Vec<Suggestion>>)>| {
            let (at, known) = held.as_ref()?;
            // A clock that was set back makes none of it new.
            (now.duration_since(*at).abs() < KEPT).then(|| known.clone())
        };
        if let Some(known) = kept(&self.0.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(known);
        }
        let known = Arc::new(suggestions(&mut web.app.db.read().await?, now).await?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, known.clone()));
        Ok(known)
    }
}
