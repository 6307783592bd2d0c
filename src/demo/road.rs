//! The demo's run: a real configuration in a folder, the sample readers in a real database, and one day of the road.
//!
//! The clock is set: it starts a day ago and goes from one due time to the next, so that every reader's hour comes round
//! while one watches. Everything else is what `serve` runs.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::paper::{OFFER_TOML, Paper, SampleReader, readers};
use super::relay::CatchingRelay;
use crate::app::{App, StartError};
use crate::audience::{
    Change, Consent, ConsentAct, EmailAddress, Preferences, Subscription, SubscriptionState, Term,
    store,
};
use crate::clock::{Clock, from_millis};
use crate::collect::{Collected, Collector, round};
use crate::config::{Cadence, Config, EVERY_DAY, OfferDetail, Problems};
use crate::daemon::{DaemonError, plan, send};
use crate::db::{self, Sql};
use crate::dispatch::Handle;
use crate::issue::plan::Planned;
use crate::offer::{self, OfferError};

/// Why the demo could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The folder, or a port.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Our own configuration; a defect.
    #[error(transparent)]
    Config(#[from] Problems),
    /// The database or the templates.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The database.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// A stage.
    #[error(transparent)]
    Stage(#[from] DaemonError),
    /// The web client.
    #[error(transparent)]
    Fetch(#[from] crate::collect::FetchError),
    /// Our own offer; a defect.
    #[error(transparent)]
    Offer(#[from] OfferError),
}

/// One moment at which something was due.
#[derive(Debug, Serialize)]
pub struct Moment {
    /// When, in UTC milliseconds.
    pub at: i64,
    /// What was planned.
    pub planned: Planned,
    /// What came of what was sent, by state.
    pub sent: BTreeMap<&'static str, u64>,
}

/// What a demo did, stage by stage.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// Where it all is.
    pub folder: PathBuf,
    /// Where the mails can be read.
    pub mailbox: String,
    /// Where the readers' pages are, while the demo goes on.
    pub pages: String,
    /// Sample readers.
    pub readers: usize,
    /// Collecting.
    pub collected: Collected,
    /// Planning and composing.
    pub planned: Planned,
    /// Messages by the state they are in at the end.
    pub sent: BTreeMap<String, i64>,
    /// The mails that the relay took.
    pub mails: usize,
    /// The moments of the day.
    pub moments: Vec<Moment>,
}

/// Writes the configuration of the sample paper into `folder`.
fn write_config(
    folder: &Path,
    paper: &Paper,
    relay: &CatchingRelay,
    pages: SocketAddr,
) -> io::Result<()> {
    let config = folder.join("config");
    std::fs::create_dir_all(config.join("newsletters"))?;
    let port = relay.address().port();
    let toml = format!(
        "[paper]\nname = \"The Harbour Courier\"\nurl = \"https://courier.example\"\nzone = \"Europe/London\"\n\
         postal_address = \"4 Quay Street, Harbour\"\n\n[web]\nlisten = \"{pages}\"\npublic_url = \"http://{pages}\"\n\n\
         [collect]\nprivate_addresses = true\n\n[[relay]]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n",
    );
    std::fs::write(config.join("postrider.toml"), toml)?;
    let names = ["news", "culture", "sport"];
    let feeds = paper.feeds();
    let sources = feeds
        .iter()
        .zip(names)
        .map(|(url, name)| format!("[[source]]\nname = \"{name}\"\nurl = \"{url}\"\n"));
    std::fs::write(
        config.join("sources.toml"),
        sources.collect::<Vec<_>>().join("\n"),
    )?;
    for (name, text) in [
        (
            "morning-tide.toml",
            include_str!("paper/newsletters/morning-tide.toml"),
        ),
        (
            "my-courier.toml",
            include_str!("paper/newsletters/my-courier.toml"),
        ),
        (
            "early-access.toml",
            include_str!("paper/newsletters/early-access.toml"),
        ),
    ] {
        std::fs::write(config.join("newsletters").join(name), text)?;
    }
    std::fs::write(
        config.join("postrider.key"),
        "a key for the sample paper alone, which has no secrets\n",
    )
}

/// Shows one day, from `now` minus a day to `now`, in `folder`, which must not hold a demo yet.
pub async fn show(
    folder: &Path,
    paper: &Paper,
    relay: &CatchingRelay,
    mailbox: &str,
    pages: SocketAddr,
    now: Timestamp,
) -> Result<Shown, DemoError> {
    write_config(folder, paper, relay, pages)?;
    let start = now - SignedDuration::from_hours(24);
    let clock = Clock::at(start);
    let config = Config::load(&folder.join("config"), &BTreeMap::new())?;
    let app = App::open(config, clock.clone()).await?;
    let sample = readers();
    add_readers(&app, &sample).await?;
    add_offer(&app, paper, start).await?;

    let collected = round(&app, &Collector::new(&app.config.collect)?).await?;
    let mut planned = Planned::default();
    let mut moments = Vec::new();
    loop {
        let some = plan(&app).await?;
        let sent = send(&app, Handle::default()).await?.by_state;
        if some != Planned::default() || !sent.is_empty() {
            moments.push(Moment {
                at: clock.now().as_millisecond(),
                planned: some.clone(),
                sent,
            });
            planned.add(some);
        }
        match next_moment(&app).await?.filter(|at| *at <= now) {
            Some(at) => clock.set(at),
            None => break,
        }
    }
    let sent = sent_by_state(&app).await?;
    app.db.close().await;
    Ok(Shown {
        folder: folder.to_path_buf(),
        mailbox: mailbox.to_owned(),
        pages: format!("http://{pages}"),
        readers: sample.len(),
        collected,
        planned,
        sent,
        mails: relay.count(),
        moments,
    })
}

/// When something is due next: a subscription, or a message that waits for another try.
async fn next_moment(app: &App) -> db::Result<Option<Timestamp>> {
    let mut conn = app.db.read().await?;
    let now = app.clock.now().as_millisecond();
    let due: Option<i64> = conn
        .sql("SELECT min(next_due_at) FROM subscription WHERE next_due_at > $1")
        .bind(now)
        .value()
        .await?;
    let retry: Option<i64> = conn
        .sql("SELECT min(due_at) FROM message WHERE due_at > $1")
        .bind(now)
        .value()
        .await?;
    Ok([due, retry].into_iter().flatten().min().map(from_millis))
}

async fn sent_by_state(app: &App) -> db::Result<BTreeMap<String, i64>> {
    let rows: Vec<(i16, i64)> = app
        .db
        .read()
        .await?
        .sql("SELECT state, count(*) FROM message GROUP BY state")
        .all()
        .await?;
    let word = |state| {
        crate::message::State::from_number(state).map_or("unknown", crate::message::State::word)
    };
    Ok(rows
        .into_iter()
        .map(|(state, n)| (word(state).to_owned(), n))
        .collect())
}

async fn add_readers(app: &App, sample: &[SampleReader]) -> Result<(), DemoError> {
    let now = app.clock.now();
    let changes: Vec<Change> = sample.iter().filter_map(|r| change(app, r, now)).collect();
    let mut tx = app.db.begin().await?;
    store(&mut tx, &app.paper(), &changes, now).await?;
    Ok(tx.commit().await?)
}

/// A sample reader as a change of nothing to something. Who leaves the hour to the newsletter gets the editors' letter,
/// the others their own.
fn change(app: &App, r: &SampleReader, joined: Timestamp) -> Option<Change> {
    let slug = if r.cadence == "newsletter" {
        "morning-tide"
    } else {
        "my-courier"
    };
    let mut s = Subscription::new(app.newsletter(slug)?, joined);
    s.state = SubscriptionState::Active;
    if r.cadence != "newsletter" {
        s.cadence = r.cadence.parse().unwrap_or(Cadence::Daily);
        s.at_minute = Some(r.local_minute as i16);
        // The demo lasts a day, so everyone's day is in it.
        s.days = Some(if s.cadence == Cadence::Weekly {
            day_in_demo(app, r)
        } else {
            EVERY_DAY
        });
    }
    let terms = |list: &[&str]| list.iter().filter_map(|t| t.parse::<Term>().ok()).collect();
    (s.follows, s.mutes) = (terms(r.follows), terms(r.mutes));
    let mut preferences = Preferences {
        name: r.name.to_owned(),
        zone: Some(r.zone.to_owned()),
        tier: r.tier.parse().unwrap_or_default(),
        ..Preferences::default()
    };
    preferences.subscriptions.insert(slug.to_owned(), s);
    if r.wants_offers {
        preferences.subscriptions.insert(
            "early-access".to_owned(),
            Subscription::new(app.newsletter("early-access")?, joined),
        );
    }
    let consents = preferences
        .subscriptions
        .keys()
        .map(|newsletter| Consent {
            newsletter: newsletter.clone(),
            act: ConsentAct::Joined,
            at: joined.as_millisecond(),
            source: "the sample paper's sign-up page".to_owned(),
            evidence: None,
        })
        .collect();
    Some(Change {
        email: EmailAddress::parse(r.address).ok()?,
        preferences,
        consents,
    })
}

/// The weekday on which this reader's hour falls into the demo's day, as a mask.
fn day_in_demo(app: &App, r: &SampleReader) -> u8 {
    let zone = TimeZone::get(r.zone).unwrap_or(TimeZone::UTC);
    let start = app.clock.now().to_zoned_datetime(zone);
    let minute = i32::from(start.hour()) * 60 + i32::from(start.minute());
    let first = start.weekday().to_monday_zero_offset();
    let tomorrow = minute >= i32::from(r.local_minute);
    1 << ((first + i8::from(tomorrow)) % 7)
}

async fn add_offer(app: &Arc<App>, paper: &Paper, start: Timestamp) -> Result<(), DemoError> {
    let at = |hours| (start + SignedDuration::from_hours(hours)).to_string();
    let text = OFFER_TOML
        .replace(
            "{picture}",
            &format!("{}/pictures/almanac.png", paper.url().trim_end_matches('/')),
        )
        .replace("{newsletter}", "my-courier\", \"morning-tide")
        .replace("{from}", &at(0))
        .replace("{all_from}", &at(24))
        .replace("{until}", &at(120));
    let detail = OfferDetail::parse("the sample offer", &text, &app.config)?;
    if let Some(newsletter) = app.newsletter(&detail.newsletter) {
        offer::add(app, newsletter, &detail).await?;
    }
    Ok(())
}
