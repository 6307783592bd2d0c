//! One reader's digest: which stories, in which blocks. The same stories in the same language make one cohort.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::pool::{Bits, LONGEST_PAUSE, Pool};
use crate::audience::unpack;
use crate::config::{BlockKind, Newsletter, Premium, Tier};

/// A story in its place: `[block, article, revision, term]`, the term being what the reader follows, or 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u8, i64, i64, i64)", into = "(u8, i64, i64, i64)")]
pub struct Story {
    /// Which of the blocks.
    pub block: u8,
    /// The article.
    pub article_id: i64,
    /// The revision that is shown.
    pub revision: i64,
    /// The followed term that brought it, or 0.
    pub term_id: i64,
}

impl From<(u8, i64, i64, i64)> for Story {
    fn from((block, article_id, revision, term_id): (u8, i64, i64, i64)) -> Story {
        Story {
            block,
            article_id,
            revision,
            term_id,
        }
    }
}

impl From<Story> for (u8, i64, i64, i64) {
    fn from(s: Story) -> (u8, i64, i64, i64) {
        (s.block, s.article_id, s.revision, s.term_id)
    }
}

/// A digest before it is rendered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohort {
    /// The language of its words.
    pub language: String,
    /// What its readers may open.
    pub tier: Tier,
    /// Its stories, in the order of the mail.
    pub stories: Vec<Story>,
}

impl Cohort {
    /// What makes it this cohort and no other: 132 bits of a SHA-256.
    pub fn mark(&self) -> String {
        let said = serde_json::to_vec(self).expect("a cohort is plain data");
        let mut mark = URL_SAFE_NO_PAD.encode(digest(&SHA256, &said));
        mark.truncate(22);
        mark
    }
}

/// Picks for one reader: what they follow (`packed`), minus what they mute, have had, or may not see. `days` is how long
/// ago their last digest was.
pub fn compose(
    newsletter: &Newsletter,
    pool: &Pool,
    days: usize,
    packed: &[u8],
    had: &[usize],
    tier: Tier,
) -> Vec<Story> {
    let mut open = pool.within[days.clamp(1, LONGEST_PAUSE)].clone();
    let mut followed = Bits::none(pool.candidates.len());
    let mut terms = Vec::new();
    for (term_id, muted) in unpack(packed) {
        let Some(bits) = pool.by_term.get(&term_id) else {
            continue;
        };
        if muted {
            open.remove(bits);
        } else {
            followed.add(bits);
            terms.push(term_id);
        }
    }
    if tier == Tier::Free && newsletter.premium == Premium::Hide {
        open.remove(&pool.premium);
    }
    let mut gone = Bits::none(pool.candidates.len());
    for rank in had {
        gone.set(*rank);
    }
    open.remove(&gone);

    let mut left = newsletter.max_stories as usize;
    let mut stories = Vec::new();
    for (at, block) in newsletter.blocks.iter().enumerate() {
        let mut fit = open.clone();
        match block.kind {
            BlockKind::MustRead => fit.keep(&pool.leading),
            BlockKind::Followed => fit.keep(&followed),
            BlockKind::Section => {
                let name = block.section.as_deref().unwrap_or_default().to_lowercase();
                match pool.sections.get(&name) {
                    Some(section) => fit.keep(section),
                    None => continue,
                }
            }
            BlockKind::Latest => {}
        }
        let limit = block.limit.map_or(left, |l| left.min(l as usize));
        let picked: Vec<usize> = fit.ranks().take(limit).collect();
        let mut taken = Bits::none(pool.candidates.len());
        for rank in &picked {
            taken.set(*rank);
        }
        open.remove(&taken);
        left -= picked.len();
        lay_out(pool, at as u8, block.kind, &picked, &terms, &mut stories);
    }
    stories
}

/// Stories of a followed block stand together by what brought them, in the order of their first; others as they come.
fn lay_out(
    pool: &Pool,
    block: u8,
    kind: BlockKind,
    picked: &[usize],
    followed: &[i64],
    out: &mut Vec<Story>,
) {
    let mut groups: Vec<(i64, Vec<Story>)> = Vec::new();
    let mut place: HashMap<i64, usize> = HashMap::new();
    for rank in picked {
        let c = &pool.candidates[*rank];
        let term_id = match kind {
            BlockKind::Followed => c
                .terms
                .iter()
                .copied()
                .find(|t| followed.contains(t))
                .unwrap_or(0),
            _ => 0,
        };
        let at = *place.entry(term_id).or_insert_with(|| {
            groups.push((term_id, Vec::new()));
            groups.len() - 1
        });
        groups[at].1.push(Story {
            block,
            article_id: c.article_id,
            revision: c.revision,
            term_id,
        });
    }
    out.extend(groups.into_iter().flat_map(|(_, stories)| stories));
}
