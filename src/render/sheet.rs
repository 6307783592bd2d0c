//! What the mails of one cohort have in common: a subject, and a body of pieces that other cohorts' mails share.

use std::sync::Arc;

use jiff::civil::Date;

use super::fill::{paragraphs, preheader};
use super::letter::Letter;
use super::mail::RenderError;
use super::mime::{self, MailView};
use super::press::{Kept, Press, ToStranger, issue_view, lock};
use super::revision::{revisions, term_names};
use super::view::{Code, OfferRow, OfferView, Picture};
use super::{BlockView, Fragment, Frame, Piece, Place, Slots};
use crate::app::App;
use crate::clock::from_millis;
use crate::config::{BlockKind, OfferDetail, Tier};
use crate::db;
use crate::issue::compose::Story;

/// All that one cohort's mails of a day have in common.
pub(super) struct Sheet {
    pub(super) body: Body,
    pub(super) subject: String,
    pub(super) preheader: String,
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

impl Press {
    /// What this letter shares with its cohort's others. Of those that go to strangers, and of previews, none is kept.
    pub(super) async fn sheet(
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

impl Body {
    pub(super) fn write(&self, view: &MailView<'_>, slots: &Slots<'_>, out: &mut Vec<u8>) {
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
