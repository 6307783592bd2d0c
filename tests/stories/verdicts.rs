//! Random worlds: for every reader and every story, what `why --story` answers is what was sent.
//!
//! A model of what the matching page promises, written from that page and with none of the program's code, says for each
//! mail which stories it carries and why it does not carry the others.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::SignedDuration;
use postrider::audience::{
    self, Change, EmailAddress, Preferences, Subscription, SubscriptionState, Term, TermKind,
};
use postrider::config::Tier;
use postrider::db::Sql;
use postrider::issue::IssueState;
use postrider::issue::control::{end_cancelled, of_edition, set_state};
use sqlx::types::Json;

use crate::support::World;

const PAPERS: [(&str, &str); 3] = [
    (
        "morning",
        r#"
title = "Morning Tide"
from = "Morning Tide <tide@courier.example>"
schedule = "30 6 * * *"
cadences = ["scheduled", "daily"]
max_stories = 7
max_per_section = 3
[[block]]
kind = "must-read"
limit = 2
[[block]]
kind = "followed"
limit = 3
[[block]]
kind = "section"
section = "Port"
limit = 1
[[block]]
kind = "latest"
limit = 3
"#,
    ),
    (
        "mine",
        r#"
title = "My Courier"
from = "The Harbour Courier <mine@courier.example>"
schedule = "0 18 * * *"
cadences = ["daily"]
max_stories = 3
premium = "hide"
[[block]]
kind = "followed"
"#,
    ),
    (
        "flash",
        r#"
title = "As It Happens"
from = "The Harbour Courier <flash@courier.example>"
cadences = ["instant"]
burst_minutes = 60
max_stories = 2
[[block]]
kind = "followed"
"#,
    ),
];

const SECTIONS: [&str; 4] = ["Port", "Schools", "Sport", "City hall"];
const TOPICS: [&str; 5] = ["cricket", "budget", "tides", "music", "ferry"];
const AUTHORS: [&str; 3] = ["Mirren Oake", "Tam Reid", "Ines Vale"];
const WORDS: [&str; 5] = ["flood", "wall", "strike", "record", "vote"];
const HOUR: i64 = 3_600_000;

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn term(&mut self) -> Term {
        let text = match self.below(5) {
            0 => format!("section:{}", self.of(&SECTIONS)),
            1 | 2 => format!("topic:{}", self.of(&TOPICS)),
            3 => format!("author:{}", self.of(&AUTHORS)),
            _ if self.one_in(2) => format!("keyword:{} {}", self.of(&WORDS), self.of(&WORDS)),
            _ => format!("keyword:{}", self.of(&WORDS)),
        };
        text.parse().unwrap()
    }

    fn terms(&mut self, most: usize) -> BTreeSet<Term> {
        (0..self.below(most + 1)).map(|_| self.term()).collect()
    }
}

struct Story {
    slug: String,
    headline: String,
    section: &'static str,
    topics: Vec<&'static str>,
    author: &'static str,
    premium: bool,
    leads: bool,
    published_at: i64,
    collected_at: i64,
}

impl Story {
    fn is_about(&self, term: &Term) -> bool {
        let padded = |text: &str| format!(" {} ", text.to_lowercase());
        match term.kind {
            TermKind::Section => self.section == term.name,
            TermKind::Topic => self.topics.contains(&term.name.as_str()),
            TermKind::Author => self.author == term.name,
            TermKind::Keyword => padded(&self.headline).contains(&padded(&term.name)),
        }
    }

    /// How many of these it is about; three count as much as more.
    fn strength(&self, follows: &BTreeSet<Term>) -> usize {
        follows.iter().filter(|t| self.is_about(t)).count().min(3)
    }
}

struct Reader {
    address: &'static str,
    now: Preferences,
    /// What was asked for, since when.
    history: Vec<(i64, Preferences)>,
}

impl Reader {
    fn at(&self, at: i64) -> &Preferences {
        &self
            .history
            .iter()
            .rfind(|(since, _)| *since <= at)
            .unwrap()
            .1
    }
}

/// A mail, or the record that there was none.
struct Message {
    newsletter: &'static str,
    edition: String,
    planned_at: i64,
    since_at: i64,
    skipped: Option<i16>,
    /// When it was called off.
    cancelled_at: Option<i64>,
    stories: Vec<String>,
}

async fn set(world: &World, reader: &mut Reader) {
    let change = Change {
        email: EmailAddress::parse(reader.address).unwrap(),
        preferences: reader.now.clone(),
        consents: Vec::new(),
    };
    let mut tx = world.app.db.begin().await.unwrap();
    audience::store(&mut tx, &world.app.paper(), &[change], world.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    reader
        .history
        .push((world.now().as_millisecond(), reader.now.clone()));
}

fn join(world: &World, slug: &str, random: &mut Random) -> Subscription {
    let mut s = Subscription::new(world.app.newsletter(slug).unwrap(), world.now());
    s.follows = random.terms(4);
    s.mutes = random.terms(1);
    s.only_followed = random.one_in(3);
    if slug == "mine" {
        s.at_minute = Some(60 * random.of(&[6, 9, 18]));
    }
    s
}

/// Someone changes their mind.
fn change(world: &World, reader: &mut Reader, random: &mut Random) {
    let slugs: Vec<String> = reader.now.subscriptions.keys().cloned().collect();
    let slug = &slugs[random.below(slugs.len())];
    let s = reader.now.subscriptions.get_mut(slug).unwrap();
    match random.below(9) {
        0 | 1 => {
            s.follows.insert(random.term());
        }
        2 => {
            s.mutes.insert(random.term());
        }
        3 => {
            s.mutes.clear();
        }
        4 => {
            s.state = match s.state {
                SubscriptionState::Active => SubscriptionState::Left,
                SubscriptionState::Left => SubscriptionState::Active,
            };
        }
        5 => {
            let until = world.now() + SignedDuration::from_hours(random.below(30) as i64);
            s.paused_until = Some(until.as_millisecond());
        }
        6 => s.only_followed = !s.only_followed,
        7 => reader.now.weekly_budget = random.of(&[None, Some(2), Some(5)]),
        _ => {
            reader.now.quiet = random
                .of(&[None, Some("21:00-08:00")])
                .map(|q| q.parse().unwrap());
        }
    }
}

async fn publish(world: &World, stories: &mut Vec<Story>, random: &mut Random) {
    let n = random.below(4);
    for _ in 0..n {
        let now = world.now().as_millisecond();
        let age = if random.one_in(8) {
            80
        } else {
            random.below(4) as i64
        };
        let words: Vec<&str> = (0..random.below(4)).map(|_| random.of(&WORDS)).collect();
        let story = Story {
            slug: format!("story{}", stories.len()),
            // No two headlines are alike, so that none is taken for a copy of another.
            headline: format!(
                "{} number {} {}",
                words.join(" "),
                stories.len(),
                marker(stories.len())
            ),
            section: random.of(&SECTIONS),
            topics: (0..random.below(3)).map(|_| random.of(&TOPICS)).collect(),
            author: random.of(&AUTHORS),
            premium: random.one_in(4),
            leads: random.one_in(5),
            published_at: now - age * HOUR - stories.len() as i64 * 1000,
            collected_at: now,
        };
        let mut item = world.item(&story.slug, story.section, &story.headline);
        story.author.clone_into(&mut item.author);
        item.topics = story.topics.iter().map(|t| (*t).to_owned()).collect();
        if story.premium {
            item.topics.push("premium".into());
        }
        if story.leads {
            item.topics.push("must-read".into());
        }
        item.at = jiff::Timestamp::from_millisecond(story.published_at).unwrap();
        world.feed.publish(item);
        stories.push(story);
    }
    if n > 0 {
        let done = world.collect().await;
        assert_eq!(done.articles.new, n as u64, "{done:?}");
    }
}

/// Words that no other headline has.
fn marker(n: usize) -> String {
    let letter = |i: usize| char::from(b'a' + (i % 26) as u8);
    let word = |k: usize| -> String { (0..6).map(|i| letter(n * 7 + i * (k + 3) + k)).collect() };
    (0..6).map(word).collect::<Vec<_>>().join(" ")
}

/// Newsletter, edition, when planned, since when, state, when in it, reason, cohort.
type Row = (
    String,
    String,
    i64,
    Option<i64>,
    i16,
    i64,
    Option<i16>,
    Option<i64>,
);

async fn messages(world: &World, reader: &Reader) -> Vec<Message> {
    let mut conn = world.app.db.read().await.unwrap();
    let key = world
        .app
        .keys
        .address(&EmailAddress::parse(reader.address).unwrap().normal());
    let rows: Vec<Row> = conn
        .sql(
            "SELECT l.slug, i.edition, m.planned_at, m.since_at, m.state, m.at, m.reason, m.cohort_id
               FROM message m JOIN issue i ON i.id = m.issue_id JOIN newsletter l ON l.id = i.newsletter_id
               JOIN subscriber s ON s.id = m.subscriber_id WHERE s.email_key = $1 ORDER BY m.planned_at",
        )
        .bind(&key)
        .all()
        .await
        .unwrap();
    let mut messages = Vec::new();
    for (slug, edition, planned_at, since_at, state, at, reason, cohort_id) in rows {
        let mut stories = Vec::new();
        if let Some(id) = cohort_id {
            let ids: Json<Vec<(u8, i64, i64, i64)>> = conn
                .sql("SELECT stories FROM cohort WHERE id = $1")
                .bind(id)
                .value()
                .await
                .unwrap();
            for (_, article_id, ..) in ids.0 {
                let url: String = conn
                    .sql("SELECT url FROM article WHERE id = $1")
                    .bind(article_id)
                    .value()
                    .await
                    .unwrap();
                stories.push(url.rsplit('/').next().unwrap().to_owned());
            }
        }
        messages.push(Message {
            newsletter: PAPERS.iter().find(|(s, _)| *s == slug).unwrap().0,
            edition,
            planned_at,
            since_at: since_at.unwrap_or_default(),
            skipped: reason.filter(|_| cohort_id.is_none()),
            cancelled_at: (state == 10).then_some(at),
            stories,
        });
    }
    messages
}

/// What the mail should be: its stories, and for each other story the reason.
fn model(
    m: &Message,
    reader: &Reader,
    stories: &[Story],
    had: &HashSet<String>,
) -> (BTreeSet<String>, BTreeMap<String, &'static str>) {
    let preferences = reader.at(m.planned_at);
    let s = &preferences.subscriptions[m.newsletter];
    // (takes it, limit, whether it obeys the cap)
    let (blocks, most, cap, hides): (&[(&str, usize)], usize, usize, bool) = match m.newsletter {
        "morning" => (
            &[
                ("must-read", 2),
                ("followed", 3),
                ("Port", 1),
                ("latest", 3),
            ],
            7,
            3,
            false,
        ),
        "mine" => (&[("followed", 99)], 3, 99, true),
        _ => (&[("followed", 99)], 2, 99, false),
    };
    let old_since = m.since_at
        - if m.newsletter == "flash" {
            36 * HOUR
        } else {
            0
        };
    let strength = |story: &Story| story.strength(&s.follows);
    let mut reasons = BTreeMap::new();
    let mut open: Vec<&Story> = Vec::new();
    for story in stories {
        let old = story.collected_at <= m.since_at
            || story.published_at.min(story.collected_at) <= old_since;
        let reason = if story.collected_at > m.planned_at {
            "collected-later"
        } else if old {
            "old"
        } else if had.contains(&story.slug) {
            "had"
        } else if s.mutes.iter().any(|t| story.is_about(t)) {
            "muted"
        } else if s.only_followed && strength(story) == 0 {
            "not-followed"
        } else if hides && story.premium && preferences.tier == Tier::Free {
            "premium"
        } else {
            open.push(story);
            continue;
        };
        reasons.insert(story.slug.clone(), reason);
    }
    let mut carried: Vec<&Story> = Vec::new();
    for (kind, limit) in blocks {
        let mut fit: Vec<&Story> = open
            .iter()
            .copied()
            .filter(|story| !carried.iter().any(|c| c.slug == story.slug))
            .filter(|story| match *kind {
                "must-read" => story.leads,
                "followed" => strength(story) > 0,
                "latest" => true,
                section => story.section == section,
            })
            .collect();
        let by_match = |story: &Story| {
            if *kind == "followed" {
                strength(story)
            } else {
                0
            }
        };
        fit.sort_by_key(|story| {
            (
                !story.leads,
                std::cmp::Reverse(by_match(story)),
                std::cmp::Reverse(story.published_at),
            )
        });
        let mut taken = 0;
        for story in fit {
            let of_section = carried
                .iter()
                .filter(|c| c.section == story.section)
                .count();
            if taken == *limit || carried.len() == most {
                reasons.entry(story.slug.clone()).or_insert("ranked");
            } else if ["followed", "latest"].contains(kind) && of_section >= cap {
                reasons.entry(story.slug.clone()).or_insert("section-full");
            } else {
                carried.push(story);
                taken += 1;
            }
        }
    }
    for story in &open {
        reasons.entry(story.slug.clone()).or_insert("unmatched");
    }
    let carried: BTreeSet<String> = carried.iter().map(|story| story.slug.clone()).collect();
    reasons.retain(|slug, _| !carried.contains(slug));
    (carried, reasons)
}

/// What of a reader's mails counts as had by one of them: its own newsletter's, and those of another cadence.
fn had(of: &Message, messages: &[Message], reader: &Reader) -> HashSet<String> {
    let preferences = reader.at(of.planned_at);
    let cadence = |slug: &str| preferences.subscriptions.get(slug).map(|s| s.cadence);
    let counts = |m: &&Message| {
        m.planned_at < of.planned_at
            && m.cancelled_at.is_none_or(|at| at > of.planned_at)
            && (m.newsletter == of.newsletter || cadence(m.newsletter) != cadence(of.newsletter))
    };
    let before = messages.iter().filter(counts);
    before.flat_map(|m| m.stories.iter().cloned()).collect()
}

async fn check(
    world: &World,
    reader: &Reader,
    stories: &[Story],
    told: &mut HashMap<String, usize>,
) {
    let messages = messages(world, reader).await;
    let mut expected: HashMap<(&str, i64), BTreeMap<String, &'static str>> = HashMap::new();
    for m in &messages {
        let who = format!("{} {} {}", reader.address, m.newsletter, m.edition);
        let (carried, mut reasons) = model(m, reader, stories, &had(m, &messages, reader));
        match m.skipped {
            None => assert_eq!(carried, m.stories.iter().cloned().collect(), "{who}"),
            Some(nothing @ (1 | 23)) => {
                assert!(carried.is_empty(), "{who}: {carried:?}");
                let s = &reader.at(m.planned_at).subscriptions[m.newsletter];
                assert_eq!(s.only_followed, nothing == 23, "{who}");
            }
            Some(_) => stories.iter().for_each(|story| {
                reasons.insert(story.slug.clone(), "no-mail");
            }),
        }
        if m.skipped.is_none() {
            m.stories.iter().for_each(|slug| {
                reasons.insert(slug.clone(), "carried");
            });
        }
        expected.insert((m.newsletter, m.planned_at), reasons);
    }
    for story in stories {
        let verdicts = world.verdicts(reader.address, &story.slug).await;
        for (newsletter, _) in PAPERS {
            let of: Vec<_> = verdicts
                .iter()
                .filter(|v| v.newsletter == newsletter)
                .collect();
            // More than one where an earlier mail was called off.
            let carry = messages
                .iter()
                .filter(|m| m.newsletter == newsletter && m.stories.contains(&story.slug));
            assert_eq!(
                of.iter().filter(|v| v.carried).count(),
                carry.count(),
                "{} {newsletter} {}: {of:#?}",
                reader.address,
                story.slug
            );
            assert_eq!(
                of.is_empty(),
                !reader.now.subscriptions.contains_key(newsletter)
            );
            for v in of {
                *told.entry(v.reason.to_owned()).or_default() += 1;
                let Some(at) = v.composed_at else {
                    let none = messages
                        .iter()
                        .all(|m| m.newsletter != newsletter || m.planned_at < story.collected_at);
                    assert!(none, "{v:?}");
                    continue;
                };
                let should = expected[&(newsletter, at)][&story.slug];
                assert_eq!(
                    v.reason, should,
                    "{} {newsletter} {:?} {}: {}",
                    reader.address, v.edition, story.slug, v.says
                );
            }
        }
    }
}

async fn random_world(world: &mut World, seed: u64) {
    let mut random = Random(seed);
    for (slug, text) in PAPERS {
        world.configure(&format!("newsletters/{slug}.toml"), text);
    }
    world.restart().await;
    let mut readers = Vec::new();
    for address in [
        "asha@example.org",
        "ben@example.org",
        "cleo@example.org",
        "dev@example.org",
    ] {
        let mut preferences = Preferences {
            tier: random.of(&[Tier::Free, Tier::Premium]),
            ..Preferences::default()
        };
        for (slug, _) in PAPERS {
            if !random.one_in(3) || slug == "morning" {
                let s = join(world, slug, &mut random);
                preferences.subscriptions.insert(slug.to_owned(), s);
            }
        }
        let mut reader = Reader {
            address,
            now: preferences,
            history: Vec::new(),
        };
        set(world, &mut reader).await;
        readers.push(reader);
    }
    let mut stories = Vec::new();
    for _ in 0..20 {
        world.later(3 * 60 + random.below(60) as i64);
        publish(world, &mut stories, &mut random).await;
        if random.one_in(2) {
            let who = random.below(readers.len());
            change(world, &mut readers[who], &mut random);
            set(world, &mut readers[who]).await;
        }
        world.plan().await;
        if random.one_in(4) {
            // An editor calls an issue off before it leaves.
            world.later(1);
            let newsletter = world.app.newsletter_ids[PAPERS[random.below(3)].0];
            let mut conn = world.app.db.read().await.unwrap();
            let newest = of_edition(&mut conn, newsletter, None).await.unwrap();
            drop(conn);
            if let Some(issue) = newest {
                let open = [IssueState::Open];
                set_state(&world.app.db, issue.id, &open, IssueState::Cancelled)
                    .await
                    .unwrap();
                end_cancelled(&world.app, issue.id).await.unwrap();
            }
        }
        world.send().await;
    }
    let mut told = HashMap::new();
    for reader in &readers {
        check(world, reader, &stories, &mut told).await;
    }
    assert!(
        told["carried"] > 10,
        "a world in which much happens: {told:?}"
    );
}

story!(
    in_random_worlds_why_answers_what_was_sent,
    async |world: &mut World| {
        random_world(world, 11).await;
    }
);

story!(in_another_random_world_too, async |world: &mut World| {
    let seed = std::env::var("POSTRIDER_TEST_SEED").map_or(4, |seed| seed.parse().unwrap());
    random_world(world, seed).await;
});
