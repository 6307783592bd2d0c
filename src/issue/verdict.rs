//! "Did she get this story, and if not, why?": answered from what was in force when each mail was composed.
//!
//! A "no" is not stored. The message keeps the pool it was picked from, the instant it looked back to and the revision of
//! the preferences; articles and preferences keep their revisions; the issue keeps its settings. So the digest is composed
//! anew, with an eye on the one story.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use sqlx::types::Json;

use super::compose::{Composer, Miss, Story, Wish};
use super::had::{Readers, had};
use super::plan::weigh;
use super::pool::{self, Listed};
use super::turn::published_since;
use super::{Issue, find};
use crate::app::App;
use crate::audience::{Preferences, Term, TermKind, pack, term_keys};
use crate::clock::from_millis;
use crate::config::{Cadence, Newsletter};
use crate::db::{self, Sql, either};
use crate::message::{Reason, State};

/// A story that is asked about.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Asked {
    /// Its number.
    #[serde(rename = "article_id")]
    pub id: i64,
    /// Its address.
    pub url: String,
    /// Its headline now.
    pub headline: String,
    /// When it was collected, in UTC milliseconds.
    pub collected_at: i64,
    /// When it was published.
    pub published_at: i64,
    /// Its language, if it says so.
    pub language: Option<String>,
    /// Whether it still stands.
    #[serde(skip)]
    pub state: i16,
    /// When it was last retracted, even if it stands again.
    #[serde(skip)]
    pub retracted_at: Option<i64>,
}

/// What became of the story in one mail, or why there was none.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// The newsletter's slug.
    pub newsletter: String,
    /// The issue's edition; none where no mail was planned.
    pub edition: Option<String>,
    /// When that mail was composed, in UTC milliseconds.
    pub composed_at: Option<i64>,
    /// Whether the mail carries the story.
    pub carried: bool,
    /// What became of the mail.
    pub state: Option<&'static str>,
    /// The reason in one word, the same for ever.
    pub reason: &'static str,
    /// The reason in a sentence.
    pub says: String,
}

/// The article of this number.
pub async fn asked(sql: &mut impl Sql, article_id: i64) -> db::Result<Option<Asked>> {
    const SQL: &str = "SELECT a.id, a.url, r.headline, a.collected_at, a.published_at, a.language, a.state,
                              a.retracted_at
                         FROM article a JOIN article_revision r ON r.article_id = a.id AND r.revision = a.revision
                        WHERE a.id = $1";
    sql.sql(SQL).bind(article_id).first().await
}

/// What became of the story with this reader, in the order of time; of one newsletter or of all that the reader joined.
pub async fn verdicts(
    app: &App,
    sql: &mut impl Sql,
    subscriber_id: i64,
    story: &Asked,
    newsletter: Option<&str>,
) -> db::Result<Vec<Verdict>> {
    let mut all = Vec::new();
    for n in app.config.newsletters.iter().filter(|n| !n.is_offers()) {
        if newsletter.is_some_and(|slug| slug != n.slug) {
            continue;
        }
        let court = Court {
            app,
            newsletter: n,
            newsletter_id: app.newsletter_ids[&n.slug],
            zone: app.config.paper.zone.tz(),
            subscriber_id,
            story,
        };
        all.extend(court.verdicts(sql).await?);
    }
    all.sort_by_key(|v| v.composed_at.unwrap_or(i64::MAX));
    Ok(all)
}

/// One newsletter, one reader, one story.
struct Court<'a> {
    app: &'a App,
    newsletter: &'a Newsletter,
    newsletter_id: i64,
    zone: &'a TimeZone,
    subscriber_id: i64,
    story: &'a Asked,
}

#[derive(sqlx::FromRow)]
struct Message {
    issue_id: i64,
    n: i16,
    state: i16,
    reason: Option<i16>,
    planned_at: i64,
    since_at: Option<i64>,
    pool_id: Option<i64>,
    preference_revision: i64,
    cohort_id: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct Standing {
    state: i16,
    cadence: i16,
    joined_at: i64,
    next_due_at: Option<i64>,
    held_since: Option<i64>,
}

/// A reason and its sentence.
type Said = (&'static str, String);

impl Court<'_> {
    async fn verdicts(&self, sql: &mut impl Sql) -> db::Result<Vec<Verdict>> {
        const STANDING: &str =
            "SELECT state, cadence, joined_at, next_due_at, held_since FROM subscription
                                 WHERE newsletter_id = $1 AND subscriber_id = $2";
        let standing: Option<Standing> = sql
            .sql(STANDING)
            .bind(self.newsletter_id)
            .bind(self.subscriber_id)
            .first()
            .await?;
        let Some(standing) = standing else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        let messages = self.messages(sql).await?;
        let later = messages
            .iter()
            .any(|m| m.planned_at >= self.story.collected_at);
        for m in &messages {
            let issue = find(sql, m.issue_id).await?.ok_or(db::Error::Missing)?;
            let carried = self.carried(sql, m, &issue).await?;
            let (is_carried, (reason, says)) = match carried {
                Some(said) => (true, said),
                None => (false, self.missed(sql, m, &issue).await?),
            };
            all.push(Verdict {
                newsletter: self.newsletter.slug.clone(),
                edition: Some(issue.edition),
                composed_at: Some(m.planned_at),
                carried: is_carried,
                state: State::from_number(m.state).map(State::word),
                reason,
                says,
            });
            // What comes after it was had, or after it grew old, says only that. A mail that never left was not had.
            let never_left = State::from_number(m.state).is_some_and(State::never_left);
            if (is_carried && !never_left) || reason == "old" {
                break;
            }
        }
        if !later {
            let (reason, says) = self.no_mail(sql, &standing).await?;
            all.push(Verdict {
                newsletter: self.newsletter.slug.clone(),
                edition: None,
                composed_at: None,
                carried: false,
                state: None,
                reason,
                says,
            });
        }
        Ok(all)
    }

    /// The mails to this reader that could have carried the story: the last one composed before it was collected, within
    /// a day, and those after.
    async fn messages(&self, sql: &mut impl Sql) -> db::Result<Vec<Message>> {
        const BEFORE: &str = "
            SELECT m.issue_id, m.n, m.state, m.reason, m.planned_at, m.since_at, m.pool_id, m.preference_revision,
                   m.cohort_id
              FROM issue i JOIN message m ON m.issue_id = i.id AND m.subscriber_id = $2
             WHERE i.newsletter_id = $1 AND i.closes_at > $3 AND m.planned_at > $3 AND m.planned_at < $4
             ORDER BY m.planned_at DESC, m.n DESC LIMIT 1";
        const SINCE: &str = "
            SELECT m.issue_id, m.n, m.state, m.reason, m.planned_at, m.since_at, m.pool_id, m.preference_revision,
                   m.cohort_id
              FROM issue i JOIN message m ON m.issue_id = i.id AND m.subscriber_id = $2
             WHERE i.newsletter_id = $1 AND i.closes_at > $3 AND m.planned_at >= $3
             ORDER BY m.planned_at, m.n LIMIT 100";
        let (newsletter_id, at) = (self.newsletter_id, self.story.collected_at);
        let day = 24 * 60 * 60 * 1000;
        let before = sql.sql(BEFORE).bind(newsletter_id).bind(self.subscriber_id);
        let mut messages: Vec<Message> = before.bind(at - day).bind(at).all().await?;
        let since = sql.sql(SINCE).bind(newsletter_id).bind(self.subscriber_id);
        messages.extend(since.bind(at).all::<Message>().await?);
        Ok(messages)
    }

    /// What brought the story, if the mail carries it.
    async fn carried(
        &self,
        sql: &mut impl Sql,
        m: &Message,
        issue: &Issue,
    ) -> db::Result<Option<Said>> {
        let Some(cohort_id) = m.cohort_id else {
            return Ok(None);
        };
        let stories: Json<Vec<Story>> = sql
            .sql("SELECT stories FROM cohort WHERE id = $1")
            .bind(cohort_id)
            .value()
            .await?;
        let copies = match m.pool_id {
            Some(id) => copies(&pool::kept(sql, id).await?, self.story.id),
            None => vec![self.story.id],
        };
        let Some(story) = stories.0.iter().find(|s| copies.contains(&s.article_id)) else {
            return Ok(None);
        };
        let place = stories.0.iter().position(|s| s == story).unwrap_or(0) + 1;
        let because = match story.term_id {
            0 => in_block(issue, usize::from(story.block)),
            term => format!("the reader follows {}", self.named(sql, &[term]).await?),
        };
        let copy = if story.article_id == self.story.id {
            ""
        } else {
            ", by another article that says the same"
        };
        let said = format!(
            "it is the {} story of the mail: {because}{copy}",
            nth(place)
        );
        Ok(Some(("carried", said)))
    }

    /// Why the mail does not carry it.
    async fn missed(&self, sql: &mut impl Sql, m: &Message, issue: &Issue) -> db::Result<Said> {
        let reason = m.reason.and_then(Reason::from_number);
        let unfit = [Reason::NoStories, Reason::NothingFollowed];
        if let (None, Some(reason)) = (m.cohort_id, reason.filter(|r| !unfit.contains(r))) {
            return Ok(("no-mail", format!("no mail was composed: {reason}")));
        }
        let (Some(pool_id), Some(since)) = (m.pool_id, m.since_at) else {
            return Ok((
                "unknown",
                "an earlier version composed it, which kept no record of what it chose from".into(),
            ));
        };
        let listed = pool::kept(sql, pool_id).await?;
        let preferences = self.preferences(sql, m.preference_revision).await?;
        let cadence = self.cadence(&preferences);
        let Some(rank) = listed
            .iter()
            .position(|l| l.articles().any(|id| id == self.story.id))
        else {
            return Ok(self.not_in_pool(m, since));
        };
        let pool = pool::build(sql, &listed).await?;
        let follows = self.packed(sql, &preferences).await?;
        let readers = [(self.subscriber_id, cadence)];
        let asked = Readers {
            newsletter_id: self.newsletter_id,
            who: &readers,
            but: (m.issue_id, m.n),
            from: pool.had_since(from_millis(since)),
            as_of: m.planned_at,
        };
        let had = had(sql, &pool, &asked, &self.elsewhere(&preferences, cadence)).await?;
        let had: Vec<_> = had.into_values().flatten().collect();
        let ranks: Vec<usize> = had.iter().map(|h| h.rank).collect();
        let language = preferences.language.as_deref();
        let language = language.unwrap_or(&issue.setting.language);
        let weights = weigh(self.app, sql, issue, language, &listed, &pool).await?;
        let wish = Wish {
            since,
            published_since: published_since(cadence, from_millis(since)).as_millisecond(),
            follows: &follows,
            only_followed: self.only_followed(&preferences),
            had: &ranks,
            tier: preferences.tier,
            weights: &weights,
        };
        let miss = Composer::new(&issue.setting.rules, &pool).miss(&wish, rank);
        let in_issue = had.iter().find(|h| h.rank == rank).map(|h| h.issue_id);
        self.miss(sql, m, issue, miss, in_issue).await
    }

    async fn miss(
        &self,
        sql: &mut impl Sql,
        m: &Message,
        issue: &Issue,
        miss: Option<Miss>,
        had_in: Option<i64>,
    ) -> db::Result<Said> {
        Ok(match miss {
            // It would have been in it, and was taken out afterwards.
            None => ("retracted", "it was retracted before the mail left".into()),
            Some(Miss::Old) => ("old", self.old(m)),
            Some(Miss::Had) => ("had", self.had(sql, had_in).await?),
            Some(Miss::Muted(terms)) => ("muted", self.muted(sql, m, &terms).await?),
            Some(Miss::NotFollowed) => (
                "not-followed",
                "the reader wanted only what they follow of this newsletter, and nothing of that is in it".into(),
            ),
            Some(Miss::Premium) => (
                "premium",
                "it is premium, the reader reads as a free member, and this newsletter leaves such stories out"
                    .into(),
            ),
            Some(Miss::Unmatched) => (
                "unmatched",
                "nothing that the reader followed is in it, and no other part of this newsletter takes it".into(),
            ),
            Some(Miss::Ranked { block, place, carried }) => (
                "ranked",
                format!(
                    "it ranked {} {}; this digest carries {carried} there",
                    nth(place),
                    in_block(issue, block)
                ),
            ),
            Some(Miss::Section { block, most }) => (
                "section-full",
                format!(
                    "{} it came after {most} others of its section, and this newsletter carries no more of one",
                    in_block(issue, block)
                ),
            ),
            Some(Miss::TooLong) => (
                "too-long",
                "the mail had grown as long as mail programs show; it was counted among those on the site".into(),
            ),
        })
    }

    fn not_in_pool(&self, m: &Message, since: i64) -> Said {
        let (collected, composed) = (self.story.collected_at, m.planned_at);
        if collected > composed {
            let minutes = (collected - composed + 59_999) / 60_000;
            let after = match (minutes, minutes / 60) {
                (1, _) => "a minute".to_owned(),
                (minutes, 0 | 1) => format!("{minutes} minutes"),
                (_, hours) => format!("{hours} hours"),
            };
            return (
                "collected-later",
                format!(
                    "it was collected at {}, {after} after the digest was composed",
                    self.time(collected)
                ),
            );
        }
        if !pool::reads(self.newsletter, self.story.language.as_deref()) {
            let language = self.story.language.as_deref().unwrap_or_default();
            return (
                "language",
                format!(
                    "it is in another language ({language}) than the newsletter ({})",
                    self.newsletter.language
                ),
            );
        }
        if self.story.published_at.min(collected) <= since {
            return ("old", self.old(m));
        }
        if self.story.retracted_at.is_some_and(|at| at <= composed) {
            return ("retracted", "it had been retracted".into());
        }
        (
            "collected-later",
            format!(
                "it was still being collected at {}, when the digest was composed",
                self.time(composed)
            ),
        )
    }

    fn old(&self, m: &Message) -> String {
        format!(
            "it is from {}; this digest looked back to {}",
            self.time(self.story.published_at.min(self.story.collected_at)),
            self.time(m.since_at.unwrap_or(m.planned_at))
        )
    }

    async fn had(&self, sql: &mut impl Sql, issue_id: Option<i64>) -> db::Result<String> {
        let issue = match issue_id {
            Some(id) => find(sql, id).await?,
            None => None,
        };
        Ok(issue.map_or_else(
            || "the reader had it already".to_owned(),
            |i| {
                format!(
                    "the reader had it in {} of {}",
                    i.setting.title,
                    day_of(&i.edition)
                )
            },
        ))
    }

    /// Since when: the first of the revisions, one after the other, in which the term is muted.
    async fn muted(&self, sql: &mut impl Sql, m: &Message, terms: &[i64]) -> db::Result<String> {
        const SQL: &str =
            "SELECT at, document FROM preference WHERE subscriber_id = $1 AND revision <= $2
                            ORDER BY revision DESC";
        let names = self.named(sql, terms).await?;
        let revisions: Vec<(i64, Json<Preferences>)> = sql
            .sql(SQL)
            .bind(self.subscriber_id)
            .bind(m.preference_revision)
            .all()
            .await?;
        let folded = term_keys(sql, terms).await?;
        let mutes = |p: &Preferences| {
            p.subscriptions.get(&self.newsletter.slug).is_some_and(|s| {
                let muted = |t: &Term| folded.contains(&(t.kind as i16, t.folded()));
                s.mutes.iter().any(muted)
            })
        };
        let since = revisions.iter().take_while(|(_, Json(p))| mutes(p)).last();
        Ok(match since {
            Some((at, _)) => format!("the reader muted {names} on {}", self.date(*at)),
            None => format!("the reader mutes {names}"),
        })
    }

    /// Why there was no mail since the story was collected.
    async fn no_mail(&self, sql: &mut impl Sql, standing: &Standing) -> db::Result<Said> {
        const PENDING: &str = "SELECT count(*) FROM article WHERE id = $1 AND NOT told";
        if standing.state != 1 {
            return Ok(("left", "the reader has left this newsletter".into()));
        }
        if self.story.state != 1 {
            return Ok(("retracted", "it was retracted before a mail was due".into()));
        }
        if let Some(due) = standing.next_due_at {
            return Ok((
                "not-yet",
                format!(
                    "the next mail is due at {}, and looks at it then",
                    self.time(due)
                ),
            ));
        }
        if standing.joined_at > self.story.collected_at {
            return Ok((
                "joined-later",
                format!(
                    "the reader joined on {}, after it",
                    self.date(standing.joined_at)
                ),
            ));
        }
        let pending: i64 = sql.sql(PENDING).bind(self.story.id).value().await?;
        if pending > 0 || standing.held_since.is_some() {
            return Ok((
                "not-yet",
                "instant readers are told of it in a moment".into(),
            ));
        }
        if self.was_paused(sql).await? {
            return Ok((
                "no-mail",
                "no mail was composed: the reader had paused this newsletter".into(),
            ));
        }
        if standing.cadence == Cadence::Instant.as_i16() {
            return Ok((
                "unmatched",
                "nothing that the reader followed when it was collected is in it".into(),
            ));
        }
        Ok(("not-yet", "no mail is due".into()))
    }

    /// Whether the reader had paused when the story was collected.
    async fn was_paused(&self, sql: &mut impl Sql) -> db::Result<bool> {
        const SQL: &str = "SELECT document FROM preference WHERE subscriber_id = $1 AND at <= $2
                            ORDER BY revision DESC LIMIT 1";
        let at = self.story.collected_at;
        let found: Option<(Json<Preferences>,)> = sql
            .sql(SQL)
            .bind(self.subscriber_id)
            .bind(at)
            .first()
            .await?;
        Ok(found.is_some_and(|(Json(p),)| {
            let s = p.subscriptions.get(&self.newsletter.slug);
            s.and_then(|s| s.paused_until)
                .is_some_and(|until| until > at)
        }))
    }

    async fn preferences(&self, sql: &mut impl Sql, revision: i64) -> db::Result<Preferences> {
        let found: Json<Preferences> = sql
            .sql("SELECT document FROM preference WHERE subscriber_id = $1 AND revision = $2")
            .bind(self.subscriber_id)
            .bind(revision)
            .value()
            .await?;
        Ok(found.0)
    }

    /// The other newsletters that the reader had at another cadence then.
    fn elsewhere(&self, preferences: &Preferences, cadence: Cadence) -> HashMap<i64, Vec<i64>> {
        let others = preferences.subscriptions.iter().filter(|(slug, s)| {
            let digest = self.app.newsletter(slug).is_some_and(|n| !n.is_offers());
            digest && **slug != self.newsletter.slug && s.cadence != cadence
        });
        let id = |slug: &String| (self.app.newsletter_ids[slug], vec![self.subscriber_id]);
        others.map(|(slug, _)| id(slug)).collect()
    }

    fn cadence(&self, preferences: &Preferences) -> Cadence {
        let s = preferences.subscriptions.get(&self.newsletter.slug);
        s.map_or(Cadence::Scheduled, |s| s.cadence)
    }

    fn only_followed(&self, preferences: &Preferences) -> bool {
        let s = preferences.subscriptions.get(&self.newsletter.slug);
        s.is_some_and(|s| s.only_followed)
    }

    /// What the reader followed and muted then, packed as planning had it.
    async fn packed(&self, sql: &mut impl Sql, preferences: &Preferences) -> db::Result<Vec<u8>> {
        let Some(s) = preferences.subscriptions.get(&self.newsletter.slug) else {
            return Ok(Vec::new());
        };
        let text = either(
            "SELECT t.id FROM jsonb_each($1) o CROSS JOIN term t ON t.kind = o.value->>0 AND t.folded = o.value->>1
              ORDER BY o.id",
            "SELECT t.id FROM jsonb_array_elements($1) WITH ORDINALITY AS o(value, id)
               JOIN term t ON t.kind = (o.value->>0)::int2 AND t.folded = o.value->>1 ORDER BY o.id",
        );
        let mut ids = Vec::new();
        for terms in [&s.follows, &s.mutes] {
            let names: Vec<(i16, String)> =
                terms.iter().map(|t| (t.kind as i16, t.folded())).collect();
            let rows: Vec<(i64,)> = sql.sql(text).bind(Json(names)).all().await?;
            ids.push(rows.into_iter().map(|(id,)| id).collect::<Vec<_>>());
        }
        Ok(pack(&ids[0], &ids[1]))
    }

    /// The terms as people write them.
    async fn named(&self, sql: &mut impl Sql, terms: &[i64]) -> db::Result<String> {
        let rows: Vec<(i16, String)> = sql
            .sql(either(
                "SELECT kind, name FROM term WHERE id IN (SELECT o.value FROM json_each($1) o) ORDER BY id",
                "SELECT kind, name FROM term WHERE id IN (SELECT (o #>> '{}')::int8 FROM jsonb_array_elements($1) o)
                  ORDER BY id",
            ))
            .bind(Json(terms))
            .all()
            .await?;
        let name = |(kind, name): (i16, String)| {
            let word = TermKind::ALL.into_iter().find(|k| *k as i16 == kind);
            match word {
                Some(TermKind::Keyword) => format!("the word \u{201c}{name}\u{201d}"),
                _ => name,
            }
        };
        Ok(rows.into_iter().map(name).collect::<Vec<_>>().join(" and "))
    }

    fn time(&self, at: i64) -> String {
        let at = from_millis(at).to_zoned_datetime(self.zone.clone());
        at.strftime("%H:%M on %-d %B").to_string()
    }

    fn date(&self, at: i64) -> String {
        let at: Timestamp = from_millis(at);
        at.to_zoned_datetime(self.zone.clone())
            .strftime("%-d %B %Y")
            .to_string()
    }
}

/// A block as a newsroom speaks of it.
fn in_block(issue: &Issue, at: usize) -> String {
    use crate::config::BlockKind::{Followed, Latest, MustRead, Section};
    let Some(block) = issue.setting.rules.blocks.get(at) else {
        return "in it".to_owned();
    };
    match (&block.title, block.kind) {
        (Some(title), _) => format!("in \u{201c}{title}\u{201d}"),
        (None, MustRead) => "among the stories that everyone must read".to_owned(),
        (None, Followed) => "among the stories that the reader follows".to_owned(),
        (None, Section) => format!(
            "among those of {}",
            block.section.as_deref().unwrap_or("its section")
        ),
        (None, Latest) => "among the latest".to_owned(),
    }
}

/// The articles that are one story with this one.
fn copies(listed: &[Listed], article_id: i64) -> Vec<i64> {
    let found = listed
        .iter()
        .find(|l| l.articles().any(|id| id == article_id));
    found.map_or_else(|| vec![article_id], |l| l.articles().collect())
}

/// An edition in words: the day with its weekday, or the name as it is.
fn day_of(edition: &str) -> String {
    let day = edition
        .get(..10)
        .and_then(|day| day.parse::<jiff::civil::Date>().ok());
    day.map_or_else(
        || edition.to_owned(),
        |day| day.strftime("%A %-d %B").to_string(),
    )
}

fn nth(n: usize) -> String {
    let ending = match (n % 10, n % 100) {
        (1, r) if r != 11 => "st",
        (2, r) if r != 12 => "nd",
        (3, r) if r != 13 => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_days_in_words() {
        let said: Vec<String> = [1, 2, 3, 4, 11, 12, 13, 21, 112, 123]
            .into_iter()
            .map(nth)
            .collect();
        assert_eq!(
            said,
            [
                "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th", "123rd"
            ]
        );
        assert_eq!(day_of("2026-11-24"), "Tuesday 24 November");
        assert_eq!(day_of("2026-11-24-instant"), "Tuesday 24 November");
        assert_eq!(day_of("2026-W48"), "2026-W48");
    }
}
