//! A small paper with readers, a clock that stands where a story sets it, and all that Postrider needs to run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use postrider::app::App;
use postrider::audience::leaving::leave;
use postrider::audience::minute_of;
use postrider::audience::{
    self, Change, Consent, ConsentAct, EmailAddress, How, Preferences, Subscription,
    SubscriptionState, Term,
};
use postrider::clock::Clock;
use postrider::collect::{Collected, Collector, article, round};
use postrider::config::{Cadence, Config, Tier};
use postrider::daemon;
use postrider::db::Sql;
use postrider::demo::relay::{CatchingRelay, Caught, Hold, RelayOptions};
use postrider::dispatch::{Handle, Sent};
use postrider::issue::plan::Planned;
use postrider::issue::verdict::{Verdict, asked, verdicts};
use postrider::message::why::{Answer, Life, why};
use tempfile::TempDir;

use super::database::{Fresh, Kind};
use super::feed::{Feed, Item};
use super::invariants;
use super::program;
use super::server::Server;

/// Where the story happens.
pub(crate) struct World {
    pub(crate) kind: Kind,
    pub(crate) clock: Clock,
    pub(crate) app: Arc<App>,
    pub(crate) relay: CatchingRelay,
    pub(crate) feed: Feed,
    pub(crate) folder: TempDir,
    pub(crate) url: String,
    /// The database's server, where the story has one of its own.
    pub(crate) server: Option<Server>,
}

/// When every story begins, unless it says otherwise: a Tuesday, half past five in London.
pub(crate) const BEGIN: &str = "2026-11-24T05:30:00Z";

/// How long a story waits for a thing before it says that it does not come.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

pub(crate) const NEWSLETTERS: [(&str, &str); 3] = [
    (
        "morning",
        r#"
title = "Morning Tide"
from = "Morning Tide <tide@courier.example>"
schedule = "30 6 * * *"
cadences = ["scheduled", "daily", "weekly"]
[[block]]
kind = "must-read"
limit = 2
lead = true
[[block]]
kind = "followed"
limit = 5
[[block]]
kind = "latest"
title = "Also this morning"
limit = 5
place = "short"
"#,
    ),
    (
        "mine",
        r#"
title = "My Courier"
from = "The Harbour Courier <mine@courier.example>"
schedule = "0 7 * * *"
cadences = ["daily", "weekly"]
max_stories = 3
[[block]]
kind = "followed"
"#,
    ),
    (
        "offers",
        r#"
kind = "offers"
title = "Early access"
from = "The Harbour Courier <offers@courier.example>"
"#,
    ),
];

/// Tells a story from beginning to end, on a runtime of its own.
pub(crate) fn tell(kind: Kind, story: impl AsyncFnOnce(&mut World)) {
    invariants::listen();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut world = Box::pin(World::begin(kind)).await;
        let fresh = world.1;
        story(&mut world.0).await;
        invariants::hold(&world.0).await;
        world.0.app.db.close().await;
        fresh.drop_it().await;
    });
}

/// Someone who reads the paper.
#[derive(Clone)]
pub(crate) struct Reader {
    address: &'static str,
    slug: &'static str,
    preferences: Preferences,
    subscription: Subscription,
}

impl World {
    async fn begin(kind: Kind) -> (World, Fresh) {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config");
        let clock = Clock::at(BEGIN.parse().unwrap());
        let first_start = async |url: &str| {
            write_config(&config, url, 1, "http://127.0.0.1:1/");
            open(&config, clock.clone()).await.db.close().await;
        };
        let fresh = Box::pin(Fresh::started(kind, folder.path(), first_start)).await;
        let relay = CatchingRelay::start(RelayOptions::default()).await.unwrap();
        let feed = Feed::start().await;
        write_config(&config, &fresh.url, relay.address().port(), &feed.url());
        let app = open(&config, clock.clone()).await;
        let url = fresh.url.clone();
        (
            World {
                kind,
                clock,
                app,
                relay,
                feed,
                folder,
                url,
                server: None,
            },
            fresh,
        )
    }

    /// The folder of the configuration.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    /// Reads the configuration again, as a restart does.
    pub(crate) async fn restart(&mut self) {
        self.app.db.close().await;
        self.app = open(&self.config(), self.clock.clone()).await;
    }

    /// Goes on with another database, a fresh one unless it is there.
    pub(crate) async fn move_to(&mut self, url: &str) {
        let file = self.config().join("postrider.toml");
        let before = fs::read_to_string(&file).unwrap();
        fs::write(file, before.replace(&self.url, url)).unwrap();
        url.clone_into(&mut self.url);
        self.restart().await;
    }

    /// Writes a file of the configuration.
    pub(crate) fn configure(&self, file: &str, text: &str) {
        fs::write(self.config().join(file), text).unwrap();
    }

    /// Adds to `postrider.toml`.
    pub(crate) fn add_setting(&self, text: &str) {
        let file = self.config().join("postrider.toml");
        let before = fs::read_to_string(&file).unwrap();
        fs::write(file, format!("{before}\n{text}\n")).unwrap();
    }

    /// Adds to `[web]`.
    pub(crate) fn configure_web(&self, text: &str) {
        let file = self.config().join("postrider.toml");
        let before = fs::read_to_string(&file).unwrap();
        fs::write(
            file,
            before.replacen("[web]\n", &format!("[web]\n{text}\n"), 1),
        )
        .unwrap();
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sets the clock.
    pub(crate) fn at(&self, instant: &str) {
        self.clock.set(instant.parse().unwrap());
    }

    /// Moves the clock on.
    pub(crate) fn later(&self, minutes: i64) {
        self.clock
            .set(self.now() + SignedDuration::from_mins(minutes));
    }

    /// Publishes a story an hour old, and collects it.
    pub(crate) async fn publish(&self, slug: &str, section: &str, headline: &str) {
        self.feed.publish(self.item(slug, section, headline));
        self.collect().await;
    }

    /// A story an hour old.
    pub(crate) fn item(&self, slug: &str, section: &str, headline: &str) -> Item {
        Item {
            slug: slug.to_owned(),
            guid: slug.to_owned(),
            headline: headline.to_owned(),
            standfirst: "What there is to say of it.".to_owned(),
            section: section.to_owned(),
            topics: Vec::new(),
            author: "Mirren Oake".to_owned(),
            at: self.now() - SignedDuration::from_hours(1),
        }
    }

    /// Asks the sources now, whenever they were asked last.
    pub(crate) async fn collect(&self) -> Collected {
        let mut tx = self.app.db.begin().await.unwrap();
        tx.sql("UPDATE source SET next_check_at = 0")
            .run()
            .await
            .unwrap();
        tx.commit().await.unwrap();
        round(
            &self.app,
            &Collector::new(&self.app.config.collect).unwrap(),
        )
        .await
        .unwrap()
    }

    /// Asks the sources whose time has come.
    pub(crate) async fn collect_what_is_due(&self) -> Collected {
        let collector = Collector::new(&self.app.config.collect).unwrap();
        round(&self.app, &collector).await.unwrap()
    }

    /// Puts another relay in the place of the one there is, with these settings in `[[relay]]`; `{port}` is its port.
    pub(crate) async fn relay_is(&mut self, options: RelayOptions, settings: &str) {
        self.relay = CatchingRelay::start(options).await.unwrap();
        let port = self.relay.address().port().to_string();
        self.set_relay(&settings.replace("{port}", &port)).await;
    }

    /// Writes these settings into `[[relay]]`, which must be the last section.
    pub(crate) async fn set_relay(&mut self, settings: &str) {
        let file = self.config().join("postrider.toml");
        let before = fs::read_to_string(&file).unwrap();
        let (rest, _) = before.split_once("[[relay]]").unwrap();
        fs::write(file, format!("{rest}[[relay]]\n{settings}\n")).unwrap();
        self.restart().await;
    }

    pub(crate) async fn plan(&self) -> Planned {
        daemon::plan(&self.app).await.unwrap()
    }

    pub(crate) async fn send(&self) -> Sent {
        daemon::send(&self.app, Handle::default()).await.unwrap()
    }

    /// Plans and sends what is due now.
    pub(crate) async fn run(&self) {
        self.plan().await;
        self.send().await;
    }

    /// A reader of this newsletter, not yet there.
    pub(crate) fn reader(&self, address: &'static str, slug: &'static str) -> Reader {
        let subscription = Subscription::new(self.app.newsletter(slug).unwrap(), self.now());
        Reader {
            address,
            slug,
            preferences: Preferences::default(),
            subscription,
        }
    }

    /// Puts these readers there, or gives those who are what they ask for now.
    pub(crate) async fn join(&self, readers: &[Reader]) {
        let mut changes: Vec<Change> = Vec::new();
        for r in readers {
            let email = EmailAddress::parse(r.address).unwrap();
            let mut preferences = r.preferences.clone();
            if let Some(known) = audience::find(
                &mut self.app.db.read().await.unwrap(),
                &self.app.keys,
                &email,
            )
            .await
            .unwrap()
            {
                preferences.subscriptions = known.preferences.subscriptions;
            }
            preferences
                .subscriptions
                .insert(r.slug.to_owned(), r.subscription.clone());
            let consent = Consent {
                newsletter: r.slug.to_owned(),
                act: ConsentAct::Joined,
                at: self.now().as_millisecond(),
                source: "a story".to_owned(),
                evidence: None,
            };
            changes.push(Change {
                email,
                preferences,
                consents: vec![consent],
            });
        }
        let mut tx = self.app.db.begin().await.unwrap();
        audience::store(&mut tx, &self.app.paper(), &changes, self.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Puts so many readers of this newsletter there; their addresses.
    pub(crate) async fn crowd(&self, n: usize, slug: &str) -> Vec<String> {
        self.crowd_named(n, slug, "reader", &[]).await
    }

    /// The same, with addresses that begin so, and these follows.
    pub(crate) async fn crowd_named(
        &self,
        n: usize,
        slug: &str,
        name: &str,
        follows: &[&str],
    ) -> Vec<String> {
        let addresses: Vec<String> = (0..n).map(|i| format!("{name}{i}@example.org")).collect();
        self.join_with(&addresses, slug, follows).await;
        addresses
    }

    /// Puts a reader of this newsletter there for each address.
    pub(crate) async fn join_all(&self, addresses: &[String], slug: &str) {
        self.join_with(addresses, slug, &[]).await;
    }

    async fn join_with(&self, addresses: &[String], slug: &str, follows: &[&str]) {
        let mut subscription = Subscription::new(self.app.newsletter(slug).unwrap(), self.now());
        subscription.follows = follows.iter().map(|t| t.parse::<Term>().unwrap()).collect();
        for some in addresses.chunks(1000) {
            let changes: Vec<Change> = some
                .iter()
                .map(|address| Change {
                    email: EmailAddress::parse(address).unwrap(),
                    preferences: Preferences {
                        subscriptions: [(slug.to_owned(), subscription.clone())].into(),
                        ..Preferences::default()
                    },
                    consents: vec![Consent {
                        newsletter: slug.to_owned(),
                        act: ConsentAct::Joined,
                        at: self.now().as_millisecond(),
                        source: "a story".to_owned(),
                        evidence: None,
                    }],
                })
                .collect();
            let mut tx = self.app.db.begin().await.unwrap();
            audience::store(&mut tx, &self.app.paper(), &changes, self.now())
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
    }

    /// Adds an offer by the command, to everyone who asked for offers, whose window opens at ten.
    pub(crate) fn add_offer(&self, slug: &str) {
        let file = self.folder.path().join(format!("{slug}.toml"));
        let text = format!(
            "slug = \"{slug}\"\ntitle = \"The Almanac, for a third less\"\ntext = \"Every tide.\"\n\
             link = \"https://courier.example/almanac\"\nterms = \"While stocks last.\"\n\
             from = \"2026-11-24T10:00\"\nall_from = \"2026-11-27T10:00\"\nuntil = \"2026-11-29T23:59\"\n"
        );
        fs::write(&file, text).unwrap();
        program::ok(self, &["offer", "add", file.to_str().unwrap()]);
    }

    /// The one number that this statement gives.
    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        let mut conn = self.app.db.read().await.unwrap();
        conn.sql(sql).value().await.unwrap()
    }

    /// Changes rows as something outside the program would.
    pub(crate) async fn change(&self, sql: &'static str) -> u64 {
        let mut tx = self.app.db.begin().await.unwrap();
        let changed = tx.sql(sql).run().await.unwrap();
        tx.commit().await.unwrap();
        changed
    }

    /// Returns when `is_so` is satisfied with the one number that this statement gives.
    pub(crate) async fn until(&self, sql: &'static str, is_so: impl Fn(i64) -> bool) {
        let looked = async {
            while !is_so(self.number(sql).await) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let seen = tokio::time::timeout(DEADLINE, looked).await;
        assert!(seen.is_ok(), "it did not come to this: {sql}");
    }

    /// Returns when a transaction waits for another one. SQLite does not tell: there it gets a moment to come so far, and
    /// where it does not, a story says less, and nothing wrong.
    pub(crate) async fn until_somebody_waits(&self) {
        const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
                                WHERE datname = current_database() AND wait_event_type = 'Lock'";
        match self.kind {
            Kind::Sqlite => tokio::time::sleep(Duration::from_millis(300)).await,
            Kind::Postgres => self.until(WAITING, |n| n > 0).await,
        }
    }

    /// Returns when one of two messages is past the fence and at the relay, which keeps back its answer to RCPT, and the
    /// other was picked up with it and waits for the one connection.
    pub(crate) async fn until_one_is_past_the_fence(&self, hold: &Hold) {
        self.until_reached(hold).await;
        self.until("SELECT count(*) FROM message WHERE state = 2", |n| n == 1)
            .await;
    }

    /// Returns when the relay keeps this reply back.
    pub(crate) async fn until_reached(&self, hold: &Hold) {
        let seen = tokio::time::timeout(DEADLINE, hold.reached()).await;
        assert!(seen.is_ok(), "no mail came to where it is held");
    }

    /// Returns when the relay has caught so many mails.
    pub(crate) async fn until_mails(&self, n: usize) {
        let seen = tokio::time::timeout(DEADLINE, self.relay.until_count(n)).await;
        assert!(
            seen.is_ok(),
            "{} of {n} mails have come",
            self.relay.count()
        );
    }

    /// Mails at the relay by address.
    pub(crate) fn mails_by_address(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for mail in self.relay.mails() {
            *counts.entry(mail.to).or_default() += 1;
        }
        counts
    }

    /// The reader leaves this newsletter.
    pub(crate) async fn leave(&self, address: &str, slug: &str) {
        let email = EmailAddress::parse(address).unwrap();
        let known = audience::find(
            &mut self.app.db.read().await.unwrap(),
            &self.app.keys,
            &email,
        )
        .await
        .unwrap()
        .unwrap();
        let how = How {
            source: "a story",
            network: None,
            shown: None,
        };
        let (paper, now) = (self.app.paper(), self.now());
        let mut tx = self.app.db.begin().await.unwrap();
        let left = leave(&mut tx, &paper, known.id, slug, &how, now).await;
        left.unwrap().expect("there is something to leave");
        tx.commit().await.unwrap();
    }

    /// The mails that the relay took for this address, in order.
    pub(crate) fn mails_to(&self, address: &str) -> Vec<Caught> {
        self.relay
            .mails()
            .into_iter()
            .filter(|m| m.to == address)
            .collect()
    }

    /// The answer of `why` for this reader.
    pub(crate) async fn why(&self, address: &str) -> Answer {
        let key = self
            .app
            .keys
            .address(&EmailAddress::parse(address).unwrap().normal());
        why(&mut self.app.db.read().await.unwrap(), &key, None, 50)
            .await
            .unwrap()
    }

    /// What is said of this story and this reader: reason and sentence, by newsletter and edition, in the order of time.
    pub(crate) async fn verdicts(&self, address: &str, slug: &str) -> Vec<Verdict> {
        let mut conn = self.app.db.read().await.unwrap();
        let email = EmailAddress::parse(address).unwrap();
        let reader = audience::find(&mut conn, &self.app.keys, &email);
        let reader = reader.await.unwrap().expect("a reader of this address");
        let url = format!("https://courier.example/{slug}");
        let id = article::find(&mut conn, &url).await.unwrap();
        let id = id.expect("a story of this address");
        let story = asked(&mut conn, id).await.unwrap().unwrap();
        verdicts(&self.app, &mut conn, reader.id, &story, None)
            .await
            .unwrap()
    }

    /// The newest message of this newsletter to this reader.
    pub(crate) async fn newest(&self, address: &str, slug: &str) -> Option<Life> {
        self.why(address)
            .await
            .messages
            .into_iter()
            .find(|m| m.newsletter == slug)
    }

    /// The state of that message.
    pub(crate) async fn state_of(&self, address: &str, slug: &str) -> &'static str {
        self.newest(address, slug).await.map_or("none", |m| m.state)
    }
}

impl Reader {
    pub(crate) fn named(mut self, name: &str) -> Reader {
        name.clone_into(&mut self.preferences.name);
        self
    }

    pub(crate) fn follows(mut self, terms: &[&str]) -> Reader {
        self.subscription.follows = terms.iter().map(|t| t.parse::<Term>().unwrap()).collect();
        self
    }

    pub(crate) fn only_followed(mut self) -> Reader {
        self.subscription.only_followed = true;
        self
    }

    pub(crate) fn mutes(mut self, terms: &[&str]) -> Reader {
        self.subscription.mutes = terms.iter().map(|t| t.parse::<Term>().unwrap()).collect();
        self
    }

    pub(crate) fn at(mut self, cadence: Cadence, hour: &str, zone: &str) -> Reader {
        self.subscription.cadence = cadence;
        self.subscription.at_minute = minute_of(hour);
        self.preferences.zone = Some(zone.to_owned());
        self
    }

    pub(crate) fn paused_until(mut self, at: &str) -> Reader {
        self.subscription.paused_until = Some(at.parse::<Timestamp>().unwrap().as_millisecond());
        self
    }

    pub(crate) fn days(mut self, days: &str) -> Reader {
        self.subscription.days = audience::parse_days(days);
        self
    }

    pub(crate) fn speaks(mut self, language: &str) -> Reader {
        self.preferences.language = Some(language.to_owned());
        self
    }

    pub(crate) fn quiet(mut self, hours: &str) -> Reader {
        self.preferences.quiet = Some(hours.parse().unwrap());
        self
    }

    pub(crate) fn at_most(mut self, mails_a_week: u8) -> Reader {
        self.preferences.weekly_budget = Some(mails_a_week);
        self
    }

    pub(crate) fn tier(mut self, tier: Tier) -> Reader {
        self.preferences.tier = tier;
        self
    }

    pub(crate) fn left(mut self) -> Reader {
        self.subscription.state = SubscriptionState::Left;
        self
    }
}

/// Writes the paper's configuration.
fn write_config(config: &Path, database: &str, relay_port: u16, feed: &str) {
    fs::create_dir_all(config.join("newsletters")).unwrap();
    let postrider = format!(
        "[paper]\nname = \"The Harbour Courier\"\nurl = \"https://courier.example\"\nzone = \"Europe/London\"\n\
         postal_address = \"4 Quay Street, Harbour\"\n[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://mail.courier.example\"\n\
         [database]\nurl = \"{database}\"\n[collect]\nprivate_addresses = true\n\
         [[relay]]\nhost = \"127.0.0.1\"\nport = {relay_port}\ntls = \"none\"\n",
    );
    let sources = format!("[[source]]\nname = \"courier\"\nurl = \"{feed}\"\n");
    let key = "a key that only these stories have, and long enough\n";
    fs::write(config.join("postrider.toml"), postrider).unwrap();
    fs::write(config.join("sources.toml"), sources).unwrap();
    fs::write(config.join("postrider.key"), key).unwrap();
    for (slug, text) in NEWSLETTERS {
        fs::write(config.join(format!("newsletters/{slug}.toml")), text).unwrap();
    }
}

/// Opens the program on this configuration.
pub(crate) async fn open(config: &Path, clock: Clock) -> Arc<App> {
    let config =
        Config::load(config, &BTreeMap::new()).unwrap_or_else(|problems| panic!("{problems}"));
    App::open(config, clock).await.unwrap()
}
