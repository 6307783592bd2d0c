//! Issues: one dated run of a newsletter each. What is due, and what each reader is to get in it.
//!
//! In: due subscriptions and collected articles. Out: issues, cohorts and messages, ready for `render` and `dispatch`.
//! Flow: `plan` pages through what is due → `edition` names the issue → `pool` holds the articles it may carry →
//! `compose` picks and lays out for one reader → `write` puts cohorts and messages down in one short
//! transaction. `instant` wakes who is told at once; `verdict` says why a story was carried, or not.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

pub mod carried;
pub mod compose;
pub mod control;
pub mod plan;
pub mod pool;
pub mod public;
pub mod withdraw;

mod bits;
mod edition;
mod had;
mod instant;
mod keyword;
mod turn;
pub mod verdict;
pub(crate) mod write;

pub use edition::{
    Edition, NOTICES, NOTICES_SLUG, first_issue_of, first_offer_issue, notice_issue,
};

use crate::app::App;
use crate::config::{Block, BlockKind, Newsletter, OfferDetail, Place, Premium};
use crate::db::{self, Sql, ensure_partition};
use crate::message::Stream;

/// Where an issue is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueState {
    /// Its messages leave when they are due.
    Open = 1,
    /// Its messages stay where they are until it is resumed.
    Held = 2,
    /// Every message is final, and no more will come.
    Done = 3,
    /// Called off: what had not left never will.
    Cancelled = 4,
}

impl IssueState {
    /// The state behind a number of the database.
    pub fn from_number(number: i16) -> IssueState {
        match number {
            1 => IssueState::Open,
            2 => IssueState::Held,
            3 => IssueState::Done,
            _ => IssueState::Cancelled,
        }
    }

    /// The word that people read.
    pub fn word(self) -> &'static str {
        match self {
            IssueState::Open => "open",
            IssueState::Held => "held",
            IssueState::Done => "done",
            IssueState::Cancelled => "cancelled",
        }
    }
}

/// A block as its issue keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlockSetting {
    /// Its rule.
    pub kind: BlockKind,
    /// The most stories it takes; none: as many as there is room for.
    #[serde(default)]
    pub limit: Option<u32>,
    /// The section, of a block of that kind.
    #[serde(default)]
    pub section: Option<String>,
    /// The head above it, if any.
    pub title: Option<String>,
    /// Whether its stories are short items.
    pub short: bool,
    /// Whether its first story leads the mail.
    pub lead: bool,
}

/// What a digest is composed by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// Its blocks, in order.
    pub blocks: Vec<BlockSetting>,
    /// The most stories in one mail.
    #[serde(default = "stories_of_old")]
    pub max_stories: u32,
    /// The most of them that followed and latest blocks take from one section.
    #[serde(default)]
    pub max_per_section: Option<u32>,
    /// What becomes of stories that a reader has not paid for.
    #[serde(default)]
    pub premium: Premium,
}

impl Rules {
    /// What `newsletter` says now.
    pub fn of(newsletter: &Newsletter) -> Rules {
        Rules {
            blocks: newsletter.blocks.iter().map(block_setting).collect(),
            max_stories: newsletter.max_stories,
            max_per_section: newsletter.max_per_section,
            premium: newsletter.premium,
        }
    }
}

/// All that an issue takes from the configuration, pinned when it is opened: an edit of a file next week changes no
/// mail of this week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// The paper's name.
    pub paper_name: String,
    /// Its address on the web.
    pub paper_url: String,
    /// Its postal address, for the foot.
    pub postal_address: String,
    /// Where readers' pages are.
    pub public_url: String,
    /// The newsletter's slug.
    pub newsletter: String,
    /// Its title.
    pub title: String,
    /// The From header: name and address.
    pub from: (String, String),
    /// The Reply-To header.
    pub reply_to: Option<String>,
    /// The newsletter's zone, for its dates.
    pub zone: String,
    /// Its language.
    pub language: String,
    /// A line beside the date.
    pub tagline: Option<String>,
    /// The accents, light and dark.
    pub accent: (String, String),
    /// When the newsletter usually comes, as a minute of the day and a mask of days.
    pub usual: (i16, u8),
    /// How long after its time a message may still leave, in milliseconds.
    pub lateness_ms: i64,
    /// What its digests are composed by.
    #[serde(flatten)]
    pub rules: Rules,
    /// The offer, where the issue is one's alert.
    pub offer: Option<OfferDetail>,
}

impl Setting {
    /// What `newsletter` and the paper say now.
    pub fn of(app: &App, newsletter: &Newsletter, offer: Option<OfferDetail>) -> Setting {
        let paper = &app.config.paper;
        let usual = newsletter.usual_time();
        Setting {
            paper_name: paper.name.clone(),
            paper_url: paper.url.clone(),
            postal_address: paper.postal_address.clone(),
            public_url: app.config.web.public_url.trim_end_matches('/').to_owned(),
            newsletter: newsletter.slug.clone(),
            title: newsletter.title.clone(),
            from: (
                newsletter
                    .from
                    .name
                    .clone()
                    .unwrap_or_else(|| paper.name.clone()),
                newsletter.from.address.to_string(),
            ),
            reply_to: newsletter.reply_to.as_ref().map(|m| m.address.to_string()),
            zone: newsletter.zone.to_string(),
            language: newsletter.language.clone(),
            tagline: newsletter.tagline.clone(),
            accent: (
                newsletter
                    .accent
                    .map_or_else(|| "#00566a".to_owned(), |c| c.to_string()),
                newsletter
                    .accent_dark
                    .map_or_else(|| "#83cbdb".to_owned(), |c| c.to_string()),
            ),
            usual: (
                i16::from(usual.hour()) * 60 + i16::from(usual.minute()),
                newsletter.usual_weekdays(),
            ),
            lateness_ms: match &offer {
                Some(offer) => offer.until - offer.from,
                None => i64::from(newsletter.lateness_hours) * 3_600_000,
            },
            rules: Rules::of(newsletter),
            offer,
        }
    }
}

/// Issues that the first version opened kept no limits.
fn stories_of_old() -> u32 {
    Newsletter::default().max_stories
}

fn block_setting(block: &Block) -> BlockSetting {
    BlockSetting {
        kind: block.kind,
        limit: block.limit,
        section: block.section.clone(),
        title: block.title.clone(),
        short: block.place == Place::Short,
        lead: block.lead,
    }
}

/// An issue as it stands.
#[derive(Clone, Debug)]
pub struct Issue {
    /// Its number; begins with its day.
    pub id: i64,
    /// Its newsletter's number.
    pub newsletter_id: i64,
    /// What it stands for.
    pub edition: String,
    /// What it shares a priority with.
    pub stream: Stream,
    /// Whether its messages leave.
    pub state: IssueState,
    /// The version of the templates.
    pub template_id: i64,
    /// The key that signs its links.
    pub key_number: i16,
    /// What it took from the configuration.
    pub setting: Setting,
}

#[derive(sqlx::FromRow)]
struct IssueRow {
    id: i64,
    newsletter_id: i64,
    edition: String,
    stream: i16,
    state: i16,
    template_id: i64,
    key_number: i16,
    setting: Json<Setting>,
}

impl From<IssueRow> for Issue {
    fn from(row: IssueRow) -> Issue {
        Issue {
            id: row.id,
            newsletter_id: row.newsletter_id,
            edition: row.edition,
            stream: Stream::from_number(row.stream).unwrap_or(Stream::Digest),
            state: IssueState::from_number(row.state),
            template_id: row.template_id,
            key_number: row.key_number,
            setting: row.setting.0,
        }
    }
}

/// The issue of this number, if it has been opened.
pub async fn find(sql: &mut impl Sql, id: i64) -> db::Result<Option<Issue>> {
    const SQL: &str =
        "SELECT id, newsletter_id, edition, stream, state, template_id, key_number, setting
                         FROM issue WHERE id = $1";
    Ok(sql
        .sql(SQL)
        .bind(id)
        .first::<IssueRow>()
        .await?
        .map(Issue::from))
}

/// An issue of this newsletter as it would be opened now.
pub fn draft(app: &App, newsletter: &Newsletter, edition: &Edition) -> Issue {
    let newsletter_id = app.newsletter_ids[&newsletter.slug];
    Issue {
        id: edition.issue_id(newsletter_id),
        newsletter_id,
        edition: edition.name.clone(),
        stream: Stream::Digest,
        state: IssueState::Open,
        template_id: app.template_id,
        key_number: app.keys.newest(),
        setting: Setting::of(app, newsletter, None),
    }
}

/// Opens `draft`, or finds that it is open: unique per newsletter and edition. One that was done is open again.
pub async fn open(
    app: &App,
    draft: &Issue,
    closes_at: Timestamp,
    now: Timestamp,
) -> db::Result<Issue> {
    if let Some(there) = find(&mut app.db.read().await?, draft.id).await?
        && there.state != IssueState::Done
    {
        return Ok(there);
    }
    let mut tx = app.db.begin().await?;
    ensure_partition(&mut tx, draft.id).await?;
    insert(&mut tx, draft, closes_at, now).await?;
    tx.sql("UPDATE issue SET state = 1 WHERE id = $1 AND state = 3")
        .bind(draft.id)
        .run()
        .await?;
    let there = find(&mut tx, draft.id).await?.ok_or(db::Error::Missing)?;
    tx.commit().await?;
    Ok(there)
}

/// Writes the issue's row, if it is not there.
pub(crate) async fn insert(
    tx: &mut db::Tx,
    issue: &Issue,
    closes_at: Timestamp,
    now: Timestamp,
) -> db::Result<()> {
    const SQL: &str = "INSERT INTO issue (id, newsletter_id, edition, stream, state, template_id, key_number, setting,
                                          opened_at, closes_at, lateness_ms)
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
    tx.sql(SQL)
        .bind(issue.id)
        .bind(issue.newsletter_id)
        .bind(&issue.edition)
        .bind(issue.stream as i16)
        .bind(issue.state as i16)
        .bind(issue.template_id)
        .bind(issue.key_number)
        .bind(Json(&issue.setting))
        .bind(now.as_millisecond())
        .bind(closes_at.as_millisecond())
        .bind(issue.setting.lateness_ms)
        .run()
        .await?;
    Ok(())
}
