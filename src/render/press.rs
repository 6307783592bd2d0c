//! What the mails of one issue share, and one mail made of it.
//!
//! In: an issue, and letters of it. Out: mails. Stories, heads and frames are rendered once, when a letter first needs
//! them, and kept; what is personal is spliced in for each letter.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use lettre::Address;

use super::letter::Letter;
use super::mail::{Mail, RenderError};
use super::mime::MailView;
use super::revision::StoryText;
use super::sheet::{Body, Sheet};
use super::view::{IssueView, Theme};
use super::{Fragment, Frame, Place, Slot, Slots, Templates, date};
use crate::app::App;
use crate::audience::Subscription;
use crate::clock::from_millis;
use crate::config::{Cadence, Tier};
use crate::db::Sql;
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
    pub(super) kept: Mutex<Kept>,
}

/// What is kept once some letter has needed it.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) stories: HashMap<(i64, i64), Arc<StoryText>>,
    pub(super) terms: HashMap<i64, String>,
    pub(super) frames: HashMap<(String, Option<Date>), Arc<Frame>>,
    pub(super) heads: HashMap<(u8, i64, String), Arc<Fragment>>,
    pub(super) mores: HashMap<(u32, String), Arc<Fragment>>,
    pub(super) pieces: HashMap<(i64, i64, Place, String, Tier), Arc<Fragment>>,
    pub(super) offers: HashMap<String, Arc<Fragment>>,
    pub(super) sheets: HashMap<(i64, Date), Arc<Sheet>>,
    pub(super) whys: HashMap<(String, Option<Date>), String>,
    pub(super) schedules: HashMap<String, String>,
}

pub(super) fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change to what is kept is whole, so a panic elsewhere leaves nothing half done.
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
