//! Reader: what a reader finds behind a mail's links, and the way in.

use axum::Router;

use super::Web;

pub(super) use clicks::Clicks;

mod archive;
mod asking;
mod brake;
mod clicks;
mod confirm;
mod done;
mod embed;
mod form;
mod join;
mod languages;
mod last;
mod leave;
mod left;
mod preferences;
mod read;
mod samples;
mod signup;
mod upcoming;

/// The routes of all readers' pages.
pub(super) fn router() -> Router<Web> {
    Router::new()
        .merge(leave::router())
        .merge(signup::router())
        .merge(confirm::router())
        .merge(embed::router())
        .merge(join::router())
        .merge(archive::router())
        .merge(samples::router())
        .merge(preferences::router())
        .merge(read::router())
}
