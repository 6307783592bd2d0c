//! Where the newest issue of each newsletter can be read by anybody, so that who thinks of joining can look first.

use std::collections::HashMap;
use std::sync::Arc;

use crate::issue::public::editions;
use crate::web::{Web, WebError};

/// Paths by slug, of the newsletters whose files say `archive = true` and that have brought something.
pub(super) async fn samples(web: &Web) -> Result<Arc<HashMap<String, String>>, WebError> {
    let now = web.app.clock.now();
    let read = async || {
        let mut samples = HashMap::new();
        let mut conn = web.app.db.read().await?;
        for newsletter in web.app.config.newsletters.iter().filter(|n| n.archive) {
            let slug = &newsletter.slug;
            let id = web.app.newsletter_ids[slug];
            if let Some((edition, _)) = editions(&mut conn, id, now, 1).await?.pop() {
                let path = web.path(&format!("/archive/{slug}/{edition}"));
                samples.insert(slug.clone(), path);
            }
        }
        Ok(samples)
    };
    web.samples.get(now, read).await
}
