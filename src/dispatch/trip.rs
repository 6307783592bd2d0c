//! What a run does with the breaker: it counts each outcome, holds what must be held, and tells the operator.

use std::collections::{BTreeMap, HashMap};
use std::sync::{MutexGuard, PoisonError};

use jiff::SignedDuration;

use super::Run;
use super::breaker::{Breaker, Came, Counted};
use super::desk::Job;
use super::hold::{self, Held};
use super::line::{Fate, Reply, Step};
use super::reply::{Class, is_of_us};
use crate::db::{self, Sql};
use crate::message::{Reason, State, Stream};

impl Run {
    pub(super) fn breaker(&self) -> MutexGuard<'_, Breaker> {
        // Each change is whole before anything could panic.
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this message is to stay where it is. One whose time is over is let through to the fence, which ends it.
    pub(super) fn is_held(&self, job: &Job) -> bool {
        let breaker = self.breaker();
        (breaker.holds_provider(job.provider_id) || breaker.holds_domain(&job.domain))
            && job.letter.expires_at > self.app.clock.now().as_millisecond()
    }

    /// Counts how a try ended, for the issue and for the recipients' provider or domain.
    ///
    /// A notice counts for neither: what strangers type into a form must hold nothing.
    pub(super) async fn count(&self, job: &Job, fate: &Fate) {
        if job.stream == Stream::Notice {
            return;
        }
        let (counted, step, reply) = match fate {
            Fate::Accepted(_) => (Counted::Harmless, Step::Data, None),
            Fate::Refused(reply, step) if reply.code >= 500 => {
                (harm(reply, *step), *step, Some(reply))
            }
            _ => return,
        };
        let issue_id = job.letter.id.issue_id;
        let (tripped, is_news) = {
            let mut breaker = self.breaker();
            // MAIL is refused for what the relay thinks of us, whoever the recipient is.
            let is_theirs = step != Step::Mail;
            let recipient = is_theirs.then(|| breaker.recipient(job.provider_id, &job.domain));
            let tripped = breaker.count(issue_id, recipient.as_ref(), counted);
            // Of a relay that takes nobody's mails without a login, `heed` tells.
            let is_told = |class| (class, step) == (Class::Stranger, Step::Mail);
            let of_us = reply.is_some_and(|r| {
                let text = r.text();
                is_of_us(r.code, &text, step) && !is_told(Class::of(r.code, &text))
            });
            (tripped, of_us && breaker.is_first_of_us(issue_id))
        };
        // An issue may have too few mails for the breaker.
        if let (true, Some(reply)) = (is_news, reply) {
            let reply = format!("{} {}", reply.code, reply.text());
            tracing::warn!(
                issue.id = issue_id,
                reply = reply.trim_end(),
                "the relay refuses mails because of who sends them; they are tried later"
            );
        }
        if let Some((part, why)) = tripped {
            let said = reply.map_or_else(String::new, |r| {
                let text: String = r.text().chars().take(200).collect();
                format!("; the last reply: {} {text}", r.code)
            });
            self.trip(part, format!("{why}{}", said.trim_end())).await;
        }
    }

    async fn trip(&self, part: Held, why: String) {
        let now = self.app.clock.now();
        match hold::put(&self.app.db, &part, Some(&why), now).await {
            Ok(news) => {
                self.breaker().hold(part.clone());
                if news {
                    self.tell(&part, &why).await;
                }
            }
            // It trips again at the next outcome of this kind.
            Err(error) => {
                tracing::error!(held = %part, why, %error, "this must be held, and could not be");
            }
        }
    }

    async fn tell(&self, part: &Held, why: &str) {
        let found = async {
            let all = hold::all(&mut self.app.db.read().await?).await?;
            db::Result::Ok(all.into_iter().find(|hold| hold.what == *part))
        };
        let hold = found.await.ok().flatten();
        let (name, resume) = hold.map_or_else(
            || (part.to_string(), "postrider resume".to_owned()),
            |hold| (format!("{} {}", hold.kind, hold.name), hold.resume),
        );
        tracing::error!(
            held = name,
            why,
            "held: what has not left stays queued, and everything else goes on; find out why, then: {resume}"
        );
    }

    /// Holds open issues of which too much comes back, and providers of whose part too much does.
    ///
    /// Of bounces the issue has only what the providers share, as of refusals: what one of them alone sends back is its own.
    pub(super) async fn weigh_what_came_back(&self) -> db::Result<()> {
        const CAME: &str = "SELECT id, complaints, no_mailbox, not_wanted FROM issue
                             WHERE state = 1 AND complaints + no_mailbox + not_wanted > 0 AND stream <> 1 ORDER BY id";
        let mut conn = self.app.db.read().await?;
        let issues: Vec<(i64, i64, i64, i64)> = conn.sql(CAME).all().await?;
        let all = issues.iter().map(|(_, a, b, c)| a + b + c).sum();
        if !self.breaker().is_news(all) {
            return Ok(());
        }
        let apart = self.weigh_providers(&mut conn).await?;
        for (id, complaints, no_mailbox, not_wanted) in issues {
            let of = |came| apart.get(&(came, id)).copied().unwrap_or_default();
            for (came, n) in [
                (Came::Complaint, complaints),
                (Came::NoMailbox, no_mailbox - of(Came::NoMailbox)),
                (Came::NotWanted, not_wanted - of(Came::NotWanted)),
            ] {
                self.weigh(&mut conn, came, id, 0, n).await?;
            }
        }
        self.breaker().weighed(all);
        Ok(())
    }

    /// Holds an issue, or where it is not 0 a provider, if so much that came back of what it accepted is too much.
    async fn weigh(
        &self,
        conn: &mut db::Conn,
        came: Came,
        issue_id: i64,
        provider_id: i64,
        n: i64,
    ) -> db::Result<()> {
        const ACCEPTED: &str = "SELECT count(*) FROM (SELECT 1 FROM message
                                 WHERE issue_id = $1 AND ($2 = 0 OR provider_id = $2) AND state IN (3, 8, 9) LIMIT $3) AS counted";
        let Some(enough) = self.breaker().asks(came, issue_id, provider_id, n) else {
            return Ok(());
        };
        let accepted: i64 = conn
            .sql(ACCEPTED)
            .bind(issue_id)
            .bind(provider_id)
            .bind(enough)
            .value()
            .await?;
        let tripped = self.breaker().came_back(came, n, accepted);
        if let Some(why) = tripped {
            let part = match provider_id {
                0 => Held::Issue(issue_id),
                _ => self.breaker().recipient(provider_id, ""),
            };
            self.trip(part, why).await;
        }
        Ok(())
    }

    /// Holds providers of whose part of one issue too much comes back: others may never tell us of any complaint, and would
    /// hide theirs in the whole. How much of each issue is the matter of a single provider: of those that are held, and of the
    /// one with the most.
    async fn weigh_providers(&self, conn: &mut db::Conn) -> db::Result<HashMap<(Came, i64), i64>> {
        const CAME: &str = "
            SELECT m.issue_id, m.provider_id, m.state, m.reason, max(f.at) FROM feedback f
              JOIN message m ON m.issue_id = f.issue_id AND m.subscriber_id = f.subscriber_id AND m.n = f.n
              JOIN issue i ON i.id = m.issue_id
             WHERE f.at >= $1 AND (f.kind = 4 AND m.state = 9 OR f.kind IN (1, 2) AND m.state = 8 AND m.reason IN (19, 21))
               AND m.provider_id > 0 AND i.state = 1 AND i.stream <> 1
             GROUP BY m.issue_id, m.subscriber_id, m.n, m.provider_id, m.state, m.reason";
        let day_ago = self.app.clock.now() - SignedDuration::from_hours(24);
        let rows: Vec<(i64, i64, i16, Option<i16>, i64)> =
            conn.sql(CAME).bind(day_ago.as_millisecond()).all().await?;
        // All of it, and what counts against the provider.
        let mut parts: BTreeMap<(i64, i64, u8), (Came, i64, i64)> = BTreeMap::new();
        for (issue_id, provider_id, state, reason, at) in rows {
            let came = match (
                State::from_number(state),
                reason.and_then(Reason::from_number),
            ) {
                (Some(State::Complained), _) => Came::Complaint,
                (_, Some(Reason::NoMailbox)) => Came::NoMailbox,
                _ => Came::NotWanted,
            };
            let part = parts.entry((issue_id, provider_id, came as u8));
            let (_, all, counted) = part.or_insert((came, 0, 0));
            *all += i64::from(at >= self.breaker().issue_since(issue_id));
            *counted += i64::from(at >= self.breaker().since(provider_id));
        }
        let (mut apart, mut worst) = (HashMap::new(), HashMap::new());
        for ((issue_id, provider_id, _), (came, all, counted)) in parts {
            if !self.breaker().holds_provider(provider_id) {
                self.weigh(conn, came, issue_id, provider_id, counted)
                    .await?;
            }
            if self.breaker().holds_provider(provider_id) {
                *apart.entry((came, issue_id)).or_default() += all;
            } else {
                let most: &mut i64 = worst.entry((came, issue_id)).or_default();
                *most = all.max(*most);
            }
        }
        for (of, most) in worst {
            *apart.entry(of).or_default() += most;
        }
        Ok(apart)
    }
}

fn harm(reply: &Reply, step: Step) -> Counted {
    match Class::of(reply.code, &reply.text()) {
        _ if is_of_us(reply.code, &reply.text(), step) => Counted::Blocked,
        Class::Blocked => Counted::Blocked,
        Class::NoSuchMailbox => Counted::Hard,
        _ => Counted::Harmless,
    }
}
