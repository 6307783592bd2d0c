//! Samples: the newest issue of each newsletter that anybody may join, so that who thinks of joining can look first.
//!
//! As in the archive, an issue is shown as a reader who follows nothing and pays nothing would have got it; where that is
//! nothing, as one who follows every section. Here there is one for each newsletter, at an address that does not change,
//! whether or not it has an archive, and never an older one.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;

use super::archive::show;
use crate::audience::signup::is_open;
use crate::issue::public::newest;
use crate::web::{Web, WebError};

pub(super) fn router() -> Router<Web> {
    Router::new().route("/sample/{slug}", get(sample))
}

/// `GET /sample/{slug}`
async fn sample(State(web): State<Web>, Path(slug): Path<String>) -> Result<Response, WebError> {
    let newsletter = web.app.newsletter(&slug).filter(|n| is_open(n));
    let newsletter = newsletter.ok_or(WebError::NotFound)?;
    let found = newest(&web.app, web.app.newsletter_ids[&newsletter.slug]).await?;
    show(&web, newsletter, found.ok_or(WebError::NotFound)?).await
}

/// The samples' paths by slug, of the newsletters that have brought something.
pub(super) async fn samples(web: &Web) -> Result<Arc<HashMap<String, String>>, WebError> {
    let read = async || {
        let mut samples = HashMap::new();
        for newsletter in web.app.config.newsletters.iter().filter(|n| is_open(n)) {
            let slug = &newsletter.slug;
            if newest(&web.app, web.app.newsletter_ids[slug])
                .await?
                .is_some()
            {
                samples.insert(slug.clone(), web.path(&format!("/sample/{slug}")));
            }
        }
        Ok(samples)
    };
    web.samples.get(web.app.clock.now(), read).await
}
