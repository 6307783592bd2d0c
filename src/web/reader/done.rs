//! The page of one who has joined, by the button in the mail or by a member's link.

use axum::response::Response;
use jiff::Timestamp;
use serde_json::json;

use super::asking::{fresh, titles};
use super::samples::samples;
use super::upcoming::{first_ones, zone};
use crate::app::App;
use crate::audience::signup::On;
use crate::db::{self, Tx};
use crate::secret::{Purpose, Ticket, Token};
use crate::web::{Visit, Web, WebError};

/// One who has joined.
pub(super) struct Done {
    on: Box<On>,
    /// What opens all their settings, for one who has just pressed a button. A GET gives none: a scanner may have sent it.
    ticket: Option<Ticket>,
}

impl Done {
    /// By a press just now: gives the reader a link to all their settings.
    pub(super) async fn of(tx: &mut Tx, on: On, now: Timestamp) -> db::Result<Done> {
        let ticket = Some(fresh(tx, on.subscriber_id, now).await?);
        let on = Box::new(on);
        Ok(Done { on, ticket })
    }

    /// By an earlier press.
    pub(super) fn before(on: On) -> Done {
        let on = Box::new(on);
        Done { on, ticket: None }
    }

    /// What opens the settings: all of them, or what a mail's own link opens.
    fn token(&self, app: &App) -> String {
        let newest = app.keys.newest();
        if let Some(ticket) = &self.ticket {
            return app.keys.ticket(newest, ticket);
        }
        let token = Token {
            purpose: Purpose::Preferences,
            newsletter_id: app.newsletter_ids[&self.on.newsletters[0]],
            issue_id: 0,
            subscriber_id: self.on.subscriber_id,
            n: 0,
        };
        app.keys.token(newest, &token)
    }

    /// The page.
    pub(super) async fn page(&self, web: &Web, visit: &Visit) -> Result<Response, WebError> {
        let app = &web.app;
        let On {
            newsletters,
            preferences,
            at,
            ..
        } = &*self.on;
        let own = preferences.language.as_deref();
        let visit = visit.clone().speaking(web, own);
        let words = web.pages.words(&visit.language);
        let said = at.to_zoned_datetime(app.config.paper.zone.tz().clone());
        let heading = words.say("done_title", &[]);
        let count = titles(app, newsletters).len();
        let zone = zone(web, words);
        let args = [("count", count.into()), ("zone", zone.into())];
        let text = match self.ticket {
            Some(_) => "done_text",
            None => "done_before_text",
        };
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
            "text": words.say(text, &args),
            "newsletters": first_ones(web, words, newsletters, preferences, app.clock.now()),
            "choose": web.path(&format!("/preferences/{}", self.token(app))),
            "all": self.ticket.is_some(),
            "sample": sample,
            "date": words.date_short(said.date()),
            "time": words.time(said.hour() as u8, said.minute() as u8),
        });
        web.page(&visit, "done", &content)
    }
}
