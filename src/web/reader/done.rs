//! The page of one who has joined, by the button in the mail or by a member's link.

use axum::response::Response;
use jiff::Timestamp;
use serde_json::json;

use super::asking::{fresh, titles};
use super::samples::samples;
use super::upcoming::{first_ones, zone};
use crate::audience::signup::On;
use crate::db::{self, Tx};
use crate::secret::Ticket;
use crate::web::{Visit, Web, WebError};

/// One who has joined, and what opens all their settings.
pub(super) struct Done {
    on: On,
    ticket: Ticket,
}

impl Done {
    /// Gives the reader a link to all their settings.
    pub(super) async fn of(tx: &mut Tx, on: On, now: Timestamp) -> db::Result<Done> {
        let ticket = fresh(tx, on.subscriber_id, now).await?;
        Ok(Done { on, ticket })
    }

    /// The page.
    pub(super) async fn page(&self, web: &Web, visit: &Visit) -> Result<Response, WebError> {
        let app = &web.app;
        let words = web.pages.words(&visit.language);
        let now = app.clock.now();
        let here = now.to_zoned_datetime(app.config.paper.zone.tz().clone());
        let token = app.keys.ticket(app.keys.newest(), &self.ticket);
        let heading = words.say("done_title", &[]);
        let On {
            newsletters,
            preferences,
            ..
        } = &self.on;
        let samples = samples(web).await?;
        let sample = newsletters.iter().find_map(|slug| {
            let title = app.newsletter(slug)?.title.clone();
            let args = [("newsletter", title.into())];
            Some(json!({
                "path": samples.get(slug)?,
                "text": words.say("signup_latest_of", &args),
            }))
        });
        let content = json!({
            "title": heading,
            "heading": heading,
            "count": titles(app, newsletters).len(),
            "newsletters": first_ones(web, words, newsletters, preferences, now),
            "zone": zone(web, words),
            "choose": web.path(&format!("/preferences/{token}")),
            "sample": sample,
            "date": words.date_short(here.date()),
            "time": words.time(here.hour() as u8, here.minute() as u8),
        });
        web.page(visit, "done", &content)
    }
}
