//! Reader: what a reader finds behind a mail's links, and the way in.

use axum::Router;

use super::Web;

mod archive;
mod leave;
mod left;
pub(in crate::web) mod preferences;
mod read;

/// The routes of all readers' pages.
pub(super) fn router() -> Router<Web> {
    Router::new()
        .merge(archive::router())
        .merge(leave::router())
        .merge(preferences::router())
        .merge(read::router())
}
