//! What the mails of one issue share, and one mail made of it.
//!
//! In: an issue, and letters of it. Out: mails. Stories, heads and frames are rendered once, when a letter first needs
//! them, and kept; what is personal is spliced in for each letter.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use lettre::Address;

use super::fill::{paragraphs, preheader};
use super::letter::Letter;
use super::mail::{Mail, RenderError};
use super::mime::{self, MailView};
use super::revision::{StoryText, revisions, term_names};
use super::view::{Code, IssueView, OfferRow, OfferView, Picture, Theme};
use super::{BlockView, Fragment, Frame, Piece, Place, Slot, Slots, Templates, date};
use crate::app::App;
use crate::audience::Subscription;
use crate::clock::from_millis;
use crate::config::{BlockKind, Cadence, OfferDetail, Tier};
use crate::db::{self, Sql};
use crate::issue::compose::Story;
use crate::issue::{Issue, Setting};
use crate::message::{MessageId, envelope};
use crate::secret::{Purpose, Token};

/// All that the mails of one issue share.
pub(super) struct Press {
    pub(super) issue: Issue,
    pub(super) templates: Arc<Templates>,
    pub(super) zone: TimeZone,
    list_id: String,
    from: Address,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    stories: HashMap<(i64, i64), Arc<StoryText>>,
    terms: HashMap<i64, String>,
    frames: HashMap<(String, Option<Date>), Arc<Frame>>,
    heads: HashMap<(u8, i64, String), Arc<Fragment>>,
    mores: HashMap<(u32, String), Arc<Fragment>>,
    pieces: HashMap<(i64, i64, Place, String, Tier), Arc<Fragment>>,
    offers: HashMap<String, Arc<Fragment>>,
    sheets: HashMap<(i64, Date), Arc<Sheet>>,
    whys: HashMap<(String, Option<Date>), String>,
    schedules: HashMap<String, String>,
}

/// All that one cohort's mails of a day have in common.
struct Sheet {
    body: Body,
    subject: String,
    preheader: String,
}

/// The most sheets that are kept: where nearly each reader has a cohort of their own, there is no use in more.
const MOST_SHEETS: usize = 1000;

/// What stands around and in one cohort's mail.
pub(super) enum Body {
    Digest {
        frame: Arc<Frame>,
        parts: Vec<Arc<Fragment>>,
    },
    Whole(Arc<Fragment>),
}

/// What an inbox shows beside an offer's title: its own words for it, or how its text begins.
fn preheader_of(offer: &OfferDetail) -> String {
    if offer.preheader.is_empty() {
        let first = paragraphs(&offer.text).into_iter().next();
        preheader(&first.unwrap_or_default())
    } else {
        preheader(&offer.preheader)
    }
}

pub(super) fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is kept is only ever added to, so a panic elsewhere leaves nothing half done.
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What stands around an issue's stories; without a date, as wide as any date.
pub(super) fn issue_view(setting: &Setting, theme: Theme, date: Option<Date>) -> IssueView {
    IssueView {
        theme,
        paper_name: setting.paper_name.clone(),
        paper_url: setting.paper_url.clone(),
        newsletter_title: setting.title.clone(),
        date,
        tagline: setting.tagline.clone(),
        note: None,
        signed: None,
        correction: None,
        postal_address: setting.postal_address.clone(),
        join: None,
    }
}

/// What is said at the foot to a stranger, who reads an issue that was never a mail of theirs.
#[derive(Clone, Debug)]
pub struct ToStranger {
    /// What this is.
    pub why: String,
    /// What the link to the sign-up page says.
    pub join: String,
}

impl Press {
    pub(super) async fn new(
        app: &App,
        sql: &mut impl Sql,
        issue: Issue,
    ) -> Result<Press, RenderError> {
        let templates = app.scales.templates(sql, issue.template_id).await?;
        let setting = &issue.setting;
        let host = url::Url::parse(&setting.paper_url)
            .ok()
            .and_then(|u| u.host_str().map(str::to_owned));
        Ok(Press {
            templates,
            zone: TimeZone::get(&setting.zone).unwrap_or(TimeZone::UTC),
            list_id: format!(
                "{}.{}",
                setting.newsletter,
                host.as_deref().unwrap_or("localhost")
            ),
            from: setting.from.1.parse().map_err(|_| RenderError::Sender)?,
            kept: Mutex::new(Kept::default()),
            issue,
        })
    }

    pub(super) async fn mail(&self, app: &App, letter: &Letter) -> Result<Mail, RenderError> {
        if let Some(notice) = &letter.notice {
            return self.notice(app, letter, notice);
        }
        self.mail_with(app, letter, self.links(app, &letter.id), None)
            .await
    }

    /// The same as anybody may see it: its links open nothing of the reader's. What was never anybody's mail, as in the
    /// archive, leads to where it can be joined.
    pub(super) async fn public(
        &self,
        app: &App,
        letter: &Letter,
        to: Option<&ToStranger>,
    ) -> Result<Mail, RenderError> {
        let base = &self.issue.setting.public_url;
        let (settings, browser) = match to {
            Some(_) => ("signup", "signup"),
            None => ("preferences", "read"),
        };
        let preferences = format!("{base}/{settings}");
        let links = Links {
            pause: preferences.clone(),
            leave: preferences.clone(),
            one_click: preferences.clone(),
            preferences,
            browser: format!("{base}/{browser}"),
        };
        self.mail_with(app, letter, links, to).await
    }

    async fn mail_with(
        &self,
        app: &App,
        letter: &Letter,
        links: Links,
        to: Option<&ToStranger>,
    ) -> Result<Mail, RenderError> {
        let subscription = letter
            .preferences
            .subscriptions
            .get(&self.issue.setting.newsletter);
        let clock = self.clock_of(letter, subscription);
        let scheduled = from_millis(letter.scheduled_at).to_zoned_datetime(clock.clone());
        let language = letter.cohort.language.as_str();
        let sheet = self.sheet(app, letter, scheduled.date(), to).await?;
        let name = Some(letter.preferences.name.as_str()).filter(|n| !n.is_empty());
        let greeting = self
            .templates
            .words(language)
            .greeting(name, scheduled.hour());
        let why = match to {
            Some(to) => to.why.clone(),
            None => self.why(language, subscription, &clock),
        };
        let slots = Slots::default()
            .with(Slot::Subject, &sheet.subject)
            .with(Slot::Preheader, &sheet.preheader)
            .with(Slot::Greeting, &greeting)
            .with(Slot::Why, &why)
            .with(Slot::PreferencesLink, &links.preferences)
            .with(Slot::PauseLink, &links.pause)
            .with(Slot::LeaveLink, &links.leave)
            .with(Slot::BrowserLink, &links.browser);
        let (subject, body) = (&sheet.subject, &sheet.body);
        Ok(self.written(app, letter, name, subject, Some(&links), body, &slots))
    }

    /// What this letter shares with its cohort's others. Of those that go to strangers, and of previews, none is kept.
    async fn sheet(
        &self,
        app: &App,
        letter: &Letter,
        date: Date,
        to: Option<&ToStranger>,
    ) -> Result<Arc<Sheet>, RenderError> {
        let key = (letter.cohort_id, date);
        let is_shared = to.is_none() && letter.cohort_id != 0;
        if is_shared && let Some(sheet) = lock(&self.kept).sheets.get(&key) {
            return Ok(sheet.clone());
        }
        self.fetch(app, &letter.cohort.stories).await?;
        let language = letter.cohort.language.as_str();
        let sheet = match &self.issue.setting.offer {
            None => {
                let body = self.digest(letter, date, letter.cohort.more, to)?;
                let (subject, preheader) = self.headlines(language, &letter.cohort.stories);
                Sheet {
                    body,
                    subject,
                    preheader,
                }
            }
            Some(offer) => Sheet {
                body: self.offer(language, offer)?,
                subject: offer.title.clone(),
                preheader: preheader_of(offer),
            },
        };
        let sheet = Arc::new(sheet);
        if is_shared {
            let sheets = &mut lock(&self.kept).sheets;
            if sheets.len() >= MOST_SHEETS {
                sheets.clear();
            }
            sheets.insert(key, sheet.clone());
        }
        Ok(sheet)
    }

    /// The mail of a body. Without `links` it is no list's, and answers what its reader has done.
    #[expect(clippy::too_many_arguments, reason = "each is a part of the one mail")]
    pub(super) fn written(
        &self,
        app: &App,
        letter: &Letter,
        name: Option<&str>,
        subject: &str,
        links: Option<&Links>,
        body: &Body,
        slots: &Slots<'_>,
    ) -> Mail {
        let own = app
            .keys
            .message(letter.id.issue_id, letter.id.subscriber_id, letter.id.n);
        let setting = &self.issue.setting;
        let message_id = format!("{own}@{}", self.from.domain());
        let feedback_id = format!(
            "{}:{}:{}:postrider",
            self.issue.edition, setting.newsletter, self.issue.stream
        );
        let bounces = app.config.feedback.bounce_domain.as_deref();
        let returns = bounces.and_then(|domain| {
            envelope::sender(&app.keys, self.issue.key_number, &letter.id, domain)
        });
        let by_mail = returns.as_ref().map(ToString::to_string);
        let view = MailView {
            from: (&setting.from.0, &setting.from.1),
            reply_to: setting.reply_to.as_deref(),
            to: (name, letter.email.as_smtp()),
            subject,
            date: from_millis(letter.scheduled_at),
            message_id: &message_id,
            boundary: &format!("postrider{own}"),
            list_id: links.map(|_| (setting.title.as_str(), self.list_id.as_str())),
            list_unsubscribe: links.map(|links| links.one_click.as_str()),
            // Where a bounce names its message, so does a mail that asks to leave.
            unsubscribe_by_mail: links.and(by_mail.as_deref()),
            feedback_id: Some(&feedback_id),
            automatic: links.is_none(),
        };
        let mut out = Vec::new();
        body.write(&view, slots, &mut out);
        out.extend_from_slice(b".\r\n");
        let bytes = String::from_utf8(out).expect("headers and quoted-printable are text");
        Mail {
            from: returns.unwrap_or_else(|| self.from.clone()),
            author: self.from.clone(),
            stream: self.issue.stream,
            subject: subject.to_owned(),
            bytes,
        }
    }

    /// The zone that this reader's dates are in: their own, where they chose the hour.
    fn clock_of(&self, letter: &Letter, subscription: Option<&Subscription>) -> TimeZone {
        let own = subscription.is_some_and(|s| s.cadence != Cadence::Scheduled);
        let zone = letter
            .preferences
            .zone
            .as_deref()
            .filter(|_| own && self.issue.setting.offer.is_none());
        zone.and_then(|z| TimeZone::get(z).ok())
            .unwrap_or_else(|| self.zone.clone())
    }

    /// Why this reader gets it. Those who joined on one day share a sentence, and those who chose one hour.
    fn why(&self, language: &str, subscription: Option<&Subscription>, clock: &TimeZone) -> String {
        let words = self.templates.words(language);
        let setting = &self.issue.setting;
        let since = subscription.map(|s| {
            from_millis(s.joined_at)
                .to_zoned_datetime(clock.clone())
                .date()
        });
        let mut kept = lock(&self.kept);
        let key = (language.to_owned(), since);
        let why = kept.whys.entry(key).or_insert_with(|| match setting.offer {
            Some(_) => words.why_offer(since),
            None => words.why(&setting.title, since),
        });
        let why = why.clone();
        let Some(subscription) = subscription.filter(|_| setting.offer.is_none()) else {
            return why;
        };
        let schedule = match subscription.cadence {
            Cadence::Scheduled => date::Schedule::WhenItComesOut,
            Cadence::Instant => date::Schedule::Instant,
            cadence => {
                let days = subscription.days.filter(|d| *d != 0);
                let days = days.unwrap_or(setting.usual.1);
                let one = days & days.wrapping_neg();
                date::Schedule::At {
                    days: if cadence == Cadence::Weekly {
                        one
                    } else {
                        days
                    },
                    minutes: subscription.at_minute.unwrap_or(setting.usual.0) as u16,
                    zone: clock.iana_name().unwrap_or("UTC"),
                }
            }
        };
        let said = kept
            .schedules
            .entry(format!("{language} {schedule:?}"))
            .or_insert_with(|| words.schedule(schedule));
        format!("{why} {said}")
    }

    fn links(&self, app: &App, id: &MessageId) -> Links {
        let url = |path: &str, purpose, n| {
            let token = Token {
                purpose,
                newsletter_id: self.issue.newsletter_id,
                issue_id: id.issue_id,
                subscriber_id: id.subscriber_id,
                n,
            };
            format!(
                "{}/{path}/{}",
                self.issue.setting.public_url,
                app.keys.token(self.issue.key_number, &token)
            )
        };
        let preferences = url("preferences", Purpose::Preferences, 0);
        Links {
            pause: format!("{preferences}#pause"),
            preferences,
            leave: url("leave", Purpose::AskToLeave, 0),
            one_click: url("leave", Purpose::Leave, 0),
            browser: url("read", Purpose::Read, id.n),
        }
    }

    pub(super) fn theme(&self, language: &str) -> Theme {
        Theme::of(language, &self.issue.setting.accent)
    }

    /// The subject is the first headline; what an inbox shows beside it, the next ones.
    fn headlines(&self, language: &str, stories: &[Story]) -> (String, String) {
        let kept = lock(&self.kept);
        let headline = |s: &Story| {
            kept.stories
                .get(&(s.article_id, s.revision))
                .map(|t| t.headline.clone())
        };
        let mut headlines = stories.iter().filter_map(headline);
        let subject = headlines
            .next()
            .unwrap_or_else(|| self.issue.setting.title.clone());
        let words = self.templates.words(language);
        let next: Vec<String> = headlines.take(3).map(|h| words.stop(&h)).collect();
        (subject, preheader(&next.join(" ")))
    }

    fn digest(
        &self,
        letter: &Letter,
        date: Date,
        more: u32,
        to: Option<&ToStranger>,
    ) -> Result<Body, RenderError> {
        let language = letter.cohort.language.as_str();
        let mut kept = lock(&self.kept);
        let key = (language.to_owned(), Some(date));
        let known = kept.frames.get(&key).filter(|_| to.is_none()).cloned();
        let frame = if let Some(frame) = known {
            frame
        } else {
            let theme = self.theme(language);
            let mut view = issue_view(&self.issue.setting, theme, Some(date));
            view.join = to.map(|to| to.join.clone());
            let frame = Arc::new(self.templates.frame(&view)?);
            if to.is_none() {
                kept.frames.insert(key, frame.clone());
            }
            frame
        };
        let mut parts = Vec::with_capacity(letter.cohort.stories.len() * 2);
        let mut above: Option<&Story> = None;
        for (at, story) in letter.cohort.stories.iter().enumerate() {
            let block = &self.issue.setting.rules.blocks
                [usize::from(story.block).min(self.issue.setting.rules.blocks.len() - 1)];
            let new = above.is_none_or(|a| (a.block, a.term_id) != (story.block, story.term_id));
            let head = if new {
                self.head(&mut kept, story, language)?
            } else {
                None
            };
            let headed = head.is_some();
            parts.extend(head);
            let place = match (at == 0 && block.lead, block.short, headed) {
                (true, _, true) => Place::LeadBelow,
                (true, _, false) => Place::Lead,
                (_, false, true) => Place::Row,
                (_, false, false) => Place::RowAfter,
                (_, true, true) => Place::Short,
                (_, true, false) => Place::ShortAfter,
            };
            parts.push(self.piece(&mut kept, story, place, language, letter.cohort.tier)?);
            above = Some(story);
        }
        if more > 0 {
            parts.push(self.more(&mut kept, more, language)?);
        }
        Ok(Body::Digest { frame, parts })
    }

    /// The head above a story: the followed term's name, or its block's title.
    fn head(
        &self,
        kept: &mut Kept,
        story: &Story,
        language: &str,
    ) -> Result<Option<Arc<Fragment>>, RenderError> {
        let block = &self.issue.setting.rules.blocks
            [usize::from(story.block).min(self.issue.setting.rules.blocks.len() - 1)];
        let followed = block.kind == BlockKind::Followed && story.term_id != 0;
        let title = if followed {
            kept.terms.get(&story.term_id).cloned()
        } else {
            None
        };
        let Some(title) = title.or_else(|| block.title.clone()) else {
            return Ok(None);
        };
        let key = (story.block, story.term_id, language.to_owned());
        if let Some(head) = kept.heads.get(&key) {
            return Ok(Some(head.clone()));
        }
        let head = Arc::new(
            self.templates
                .block(&self.theme(language), &BlockView { title, followed })?,
        );
        kept.heads.insert(key, head.clone());
        Ok(Some(head))
    }

    /// How many stories there are besides.
    fn more(
        &self,
        kept: &mut Kept,
        count: u32,
        language: &str,
    ) -> Result<Arc<Fragment>, RenderError> {
        let key = (count, language.to_owned());
        if let Some(more) = kept.mores.get(&key) {
            return Ok(more.clone());
        }
        let (theme, url) = (self.theme(language), &self.issue.setting.paper_url);
        let more = Arc::new(self.templates.more(&theme, count, url)?);
        kept.mores.insert(key, more.clone());
        Ok(more)
    }

    fn piece(
        &self,
        kept: &mut Kept,
        story: &Story,
        place: Place,
        language: &str,
        tier: Tier,
    ) -> Result<Arc<Fragment>, RenderError> {
        let key = (
            story.article_id,
            story.revision,
            place,
            language.to_owned(),
            tier,
        );
        if let Some(piece) = kept.pieces.get(&key) {
            return Ok(piece.clone());
        }
        let text = kept
            .stories
            .get(&(story.article_id, story.revision))
            .ok_or(db::Error::Missing)?;
        // A short item has no line below its headline.
        let is_short = matches!(place, Place::Short | Place::ShortAfter);
        let view = text.view(self.templates.words(language), tier, is_short);
        let piece = Arc::new(self.templates.story(&self.theme(language), place, &view)?);
        kept.pieces.insert(key, piece.clone());
        Ok(piece)
    }

    fn offer(&self, language: &str, offer: &OfferDetail) -> Result<Body, RenderError> {
        let mut kept = lock(&self.kept);
        if let Some(body) = kept.offers.get(language) {
            return Ok(Body::Whole(body.clone()));
        }
        let words = self.templates.words(language);
        let when = |at: i64| {
            let at = from_millis(at).to_zoned_datetime(self.zone.clone());
            words.moment(at.datetime())
        };
        let row = |when: String, what: &str| OfferRow {
            when,
            what: what.to_owned(),
        };
        let mut rows = vec![row(words.say("from_now", &[]), &offer.early)];
        if offer.all_from > offer.from {
            rows.push(row(when(offer.all_from), &offer.open));
        }
        rows.push(row(when(offer.until), &offer.end));
        let view = OfferView {
            title: offer.title.clone(),
            text: offer.text.clone(),
            picture: offer.picture.as_ref().map(|(url, alt)| Picture {
                url: url.clone(),
                alt: alt.clone(),
            }),
            link: offer.link.clone(),
            link_label: offer.link_label.clone(),
            code: offer.code.clone().map_or(Code::None, Code::Shared),
            rows,
            zone: self.zone.iana_name().map(str::to_owned),
            terms: offer.terms.clone(),
        };
        let body = Arc::new(self.templates.offer(
            &issue_view(&self.issue.setting, self.theme(language), None),
            &view,
        )?);
        kept.offers.insert(language.to_owned(), body.clone());
        Ok(Body::Whole(body))
    }

    /// Reads the revisions and the terms' names that are not at hand.
    async fn fetch(&self, app: &App, stories: &[Story]) -> Result<(), RenderError> {
        let (missing, terms) = {
            let kept = lock(&self.kept);
            let missing: Vec<(i64, i64)> = stories
                .iter()
                .map(|s| (s.article_id, s.revision))
                .filter(|key| !kept.stories.contains_key(key))
                .collect();
            let terms = stories
                .iter()
                .map(|s| s.term_id)
                .filter(|t| *t != 0 && !kept.terms.contains_key(t));
            (missing, terms.collect::<Vec<i64>>())
        };
        if !missing.is_empty() {
            let texts = revisions(&mut app.db.read().await?, &missing).await?;
            lock(&self.kept).stories.extend(texts);
        }
        if !terms.is_empty() {
            let names = term_names(&mut app.db.read().await?, &terms).await?;
            lock(&self.kept).terms.extend(names);
        }
        Ok(())
    }
}

/// The links at a mail's head and foot.
pub(super) struct Links {
    preferences: String,
    pause: String,
    leave: String,
    /// The button of a mail program.
    one_click: String,
    browser: String,
}

impl Body {
    fn write(&self, view: &MailView<'_>, slots: &Slots<'_>, out: &mut Vec<u8>) {
        match self {
            Body::Digest { frame, parts } => {
                let html: Vec<&[Piece]> = std::iter::once(&frame.html_top[..])
                    .chain(parts.iter().map(|p| &p.html[..]))
                    .chain([&frame.html_bottom[..]])
                    .collect();
                let text: Vec<&[Piece]> = std::iter::once(&frame.text_top[..])
                    .chain(parts.iter().map(|p| &p.text[..]))
                    .chain([&frame.text_bottom[..]])
                    .collect();
                mime::write(view, &html, &text, slots, out);
            }
            Body::Whole(body) => {
                mime::write(view, &[&body.html[..]], &[&body.text[..]], slots, out);
            }
        }
    }
}
