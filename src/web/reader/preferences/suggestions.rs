//! What the paper has to follow, read from its stories.

use std::sync::Arc;

use crate::audience::suggest::{Suggestion, suggestions};
use crate::web::{Web, WebError};

/// What there is to follow.
pub(super) async fn known(web: &Web) -> Result<Arc<Vec<Suggestion>>, WebError> {
    let now = web.app.clock.now();
    let read = async || Ok(suggestions(&mut web.app.db.read().await?, now).await?);
    web.suggestions.get(now, read).await
}
