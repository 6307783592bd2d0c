//! Reader: what a reader finds behind a mail's links, and the way in.

use axum::Router;

use super::Web;

mod leave;

/// The routes of all readers' pages.
pub(super) fn router() -> Router<Web> {
    Router::new().merge(leave::router())
}
