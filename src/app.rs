//! What every stage is given: the configuration, the database, the keys and the clock.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::audience::{self, newsletter};
use crate::clock::{Clock, from_millis};
use crate::config::{Config, Newsletter, Problems};
use crate::db::{self, Db};
use crate::dispatch::dkim::Signers;
use crate::dispatch::provider;
use crate::feedback::inlet::Inlets;
use crate::render::{Scales, TemplateError, store};
use crate::secret::Keys;

/// A started program, before any stage runs.
pub struct App {
    /// What the operator set.
    pub config: Config,
    /// The database, its schema up to date.
    pub db: Db,
    /// The paper's keys.
    pub keys: Keys,
    /// The keys that mails are signed with.
    pub signers: Signers,
    /// What time it is.
    pub clock: Clock,
    /// The number of each newsletter, by slug.
    pub newsletter_ids: HashMap<String, i64>,
    /// The version of the templates that new issues take.
    pub template_id: i64,
    /// What stories weigh in a mail.
    pub scales: Scales,
    /// What came in since it was last written down.
    pub inlets: Inlets,
    /// Something may be due that was not, for whoever sends.
    pub due: Notify,
    stamped: AtomicI64,
}

/// Why the program could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] Problems),
    /// The database.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// The templates.
    #[error(transparent)]
    Templates(#[from] TemplateError),
}

impl App {
    /// Opens the database and writes down which newsletters and templates there are now.
    pub async fn open(config: Config, clock: Clock) -> Result<Arc<App>, StartError> {
        let lines: Vec<String> = config
            .secrets
            .keys()?
            .iter()
            .map(|key| key.expose().to_owned())
            .collect();
        let db = Db::open(&config.database.url).await?;
        App::with_database(config, &lines, db, clock).await
    }

    async fn with_database(
        config: Config,
        lines: &[String],
        db: Db,
        clock: Clock,
    ) -> Result<Arc<App>, StartError> {
        let slugs: Vec<&str> = config.newsletters.iter().map(|n| n.slug.as_str()).collect();
        let newsletter_ids = newsletter::ids(&db, &slugs).await?;
        provider::keep(&db, &config.provider).await?;
        let template_id = store::keep(&db, config.mail.templates.as_deref()).await?;
        let signers = Signers::new(&config.dkim)?;
        Ok(Arc::new(App {
            keys: Keys::new(lines),
            signers,
            config,
            db,
            clock,
            newsletter_ids,
            template_id,
            scales: Scales::default(),
            inlets: Inlets::default(),
            due: Notify::new(),
            stamped: AtomicI64::new(i64::MIN),
        }))
    }

    /// Now, or a moment later where that instant was given out before: what is planned one after the other can be told
    /// apart by it for ever.
    pub fn stamp(&self) -> Timestamp {
        let now = self.clock.now().as_millisecond();
        let later = |last: i64| Some(now.max(last.saturating_add(1)));
        let last = self
            .stamped
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, later);
        let last = last.expect("`later` always gives one");
        from_millis(now.max(last.saturating_add(1)))
    }

    /// What the audience's functions need of it.
    pub fn paper(&self) -> audience::Paper<'_> {
        audience::Paper {
            keys: &self.keys,
            newsletters: &self.config.newsletters,
            newsletter_ids: &self.newsletter_ids,
        }
    }

    /// The newsletter of this slug.
    pub fn newsletter(&self, slug: &str) -> Option<&Newsletter> {
        self.config.newsletters.iter().find(|n| n.slug == slug)
    }
}
