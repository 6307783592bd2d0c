//! One reader's digest: which stories, in which blocks, and why not the others. The same stories in the same language
//! make one cohort.
//!
//! The order is the same everywhere: what must be read, then what is about more of what the reader follows, then what
//! is newer. A story stands in the first block that takes it.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::Rules;
use super::bits::Bits;
use super::pool::Pool;
use crate::audience::{fold, unpack};
use crate::config::{BlockKind, Premium, Tier};

/// A story in its place: `[block, article, revision, term]`, the term being what the reader follows, or 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cohort {
    /// The language of its words.
    pub language: String,
    /// What its readers may open.
    pub tier: Tier,
    /// Its stories, in the order of the mail.
    pub stories: Vec<Story>,
    /// How many more there would have been, had the mail not grown too long.
    #[serde(default, skip_serializing_if = "is_none")]
    pub more: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_none(more: &u32) -> bool {
    *more == 0
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

/// Whom a digest is for.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Stories that came in after this, in UTC milliseconds.
    pub since: i64,
    /// Stories that are not older than this.
    pub published_since: i64,
    /// What the reader follows and mutes, packed.
    pub follows: &'a [u8],
    /// Whether they want nothing else than what they follow, whatever block would take it.
    pub only_followed: bool,
    /// What the reader had, by rank.
    pub had: &'a [usize],
    /// What the reader may open.
    pub tier: Tier,
    /// What stories take in the reader's language.
    pub weights: &'a Weights,
}

/// Why a story is not in a digest. What stands first here is what is told where several hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Miss {
    /// It is too old for this digest.
    Old,
    /// The reader had it.
    Had,
    /// The reader mutes these terms of it.
    Muted(Vec<i64>),
    /// The reader wants only what they follow, and it is about none of that.
    NotFollowed,
    /// The reader may not open it, and the newsletter shows none that they may not.
    Premium,
    /// No block takes it: it is not about what the reader follows, and not of a section that has a block.
    Unmatched,
    /// Others stood before it: where it stood in its block, and how many of the block were carried.
    Ranked {
        /// Which block.
        block: usize,
        /// Its place among all that the block could have taken, from 1.
        place: usize,
        /// How many the block took.
        carried: usize,
    },
    /// The mail had its fill of this section.
    Section {
        /// Which block would have taken it.
        block: usize,
        /// How many stories of one section a mail carries.
        most: u32,
    },
    /// The mail had grown as long as a mail may.
    TooLong,
}

/// What the parts of a mail take, in octets of its HTML; each an upper bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    /// What a mail may take.
    pub most: u32,
    /// What stands around the stories.
    pub frame: u32,
    /// By block, its head.
    pub heads: Vec<u32>,
    /// By term, the head above stories that it brought.
    pub terms: HashMap<i64, u32>,
    /// By rank: as a lead, in a row, as a short item.
    pub stories: Vec<[u32; 3]>,
}

impl Weights {
    /// Where nothing weighs anything, and no mail is too long.
    pub fn none(pool: &Pool, rules: &Rules) -> Weights {
        Weights {
            most: u32::MAX,
            frame: 0,
            heads: vec![0; rules.blocks.len()],
            terms: HashMap::new(),
            stories: vec![[0; 3]; pool.candidates.len()],
        }
    }
}

/// How strong a match can be: stories about so many or more of what a reader follows are alike.
const STRONGEST: usize = 3;

/// Composes digests by one issue's rules from one pool, one reader after the other, without taking memory for each.
pub struct Composer<'a> {
    rules: &'a Rules,
    pool: &'a Pool,
    /// By block, the stories of its section.
    sections: Vec<Option<&'a Bits>>,
    fresh: HashMap<(i64, i64), Bits>,
    open: Bits,
    muted: Bits,
    /// About one, two, or three and more of what the reader follows.
    about: [Bits; STRONGEST],
    level: Bits,
    followed: Vec<i64>,
    /// By rank.
    section_of: Vec<Option<usize>>,
    /// How many stories of each section the mail has.
    of_section: Vec<u32>,
}

/// What a digest came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// Its stories, in the order of the mail.
    pub stories: Vec<Story>,
    /// How many more there would have been, had the mail not grown too long.
    pub more: u32,
}

impl<'a> Composer<'a> {
    /// Sets up for these rules and this pool.
    pub fn new(rules: &'a Rules, pool: &'a Pool) -> Composer<'a> {
        let none = Bits::none(pool.candidates.len());
        let sections = rules.blocks.iter().map(|block| {
            let name = fold(block.section.as_deref()?);
            pool.sections.get(&name).map(|(_, bits)| bits)
        });
        Composer {
            rules,
            pool,
            sections: sections.collect(),
            fresh: HashMap::new(),
            open: none.clone(),
            muted: none.clone(),
            about: std::array::from_fn(|_| none.clone()),
            level: none,
            followed: Vec::new(),
            section_of: (0..pool.candidates.len())
                .map(|rank| pool.section(rank))
                .collect(),
            of_section: vec![0; pool.sections.len()],
        }
    }

    /// Picks for one reader: what they follow, minus what they mute, have had, or may not see.
    pub fn compose(&mut self, wish: &Wish<'_>) -> Digest {
        self.read(wish);
        self.lay_out(wish.weights, None).0
    }

    /// Why the story of this rank is not in what [`Composer::compose`] gives; none if it is.
    pub fn miss(&mut self, wish: &Wish<'_>, rank: usize) -> Option<Miss> {
        self.read(wish);
        if !self.open.has(rank) {
            return Some(self.closed(wish, rank));
        }
        let (digest, misses) = self.lay_out(wish.weights, Some(rank));
        let carried = |s: &Story| self.pool.rank_of.get(&s.article_id) == Some(&rank);
        if digest.stories.iter().any(carried) {
            return None;
        }
        // The block that came nearest to taking it is the one that a newsroom would ask about.
        Some(misses.into_iter().next().unwrap_or(Miss::Unmatched))
    }

    /// Why a story cannot be picked at all.
    fn closed(&self, wish: &Wish<'_>, rank: usize) -> Miss {
        let c = &self.pool.candidates[rank];
        if c.collected_at <= wish.since || c.published_at <= wish.published_since {
            return Miss::Old;
        }
        if wish.had.contains(&rank) {
            return Miss::Had;
        }
        if self.muted.has(rank) {
            let mutes = unpack(wish.follows).filter(|(_, muted)| *muted);
            let these = mutes.map(|(term, _)| term).filter(|t| c.terms.contains(t));
            return Miss::Muted(these.collect());
        }
        if wish.only_followed && !self.about[0].has(rank) {
            return Miss::NotFollowed;
        }
        Miss::Premium
    }

    /// Works out which stories are open to the reader, and how strongly each matches.
    fn read(&mut self, wish: &Wish<'_>) {
        if self.fresh.len() > 256 {
            self.fresh.clear();
        }
        let fresh = self
            .fresh
            .entry((wish.since, wish.published_since))
            .or_insert_with(|| self.pool.fresh(wish.since, wish.published_since));
        self.open.copy(fresh);
        self.about.iter_mut().for_each(Bits::clear);
        self.muted.clear();
        self.followed.clear();
        for (term_id, muted) in unpack(wish.follows) {
            let Some(bits) = self.pool.by_term.get(&term_id) else {
                continue;
            };
            if muted {
                self.muted.add(bits);
            } else {
                let [one, two, three] = &mut self.about;
                three.add_both(two, bits);
                two.add_both(one, bits);
                one.add(bits);
                self.followed.push(term_id);
            }
        }
        self.open.remove(&self.muted);
        if wish.only_followed {
            self.open.keep(&self.about[0]);
        }
        if wish.tier == Tier::Free && self.rules.premium == Premium::Hide {
            self.open.remove(&self.pool.premium);
        }
        for rank in wish.had {
            self.open.unset(*rank);
        }
    }

    /// Goes through the blocks. What is watched is looked for beyond where a block is full.
    fn lay_out(&mut self, weights: &Weights, watched: Option<usize>) -> (Digest, Vec<Miss>) {
        let rules = self.rules;
        let mut digest = Digest {
            stories: Vec::with_capacity(16),
            more: 0,
        };
        let mut misses = Vec::new();
        self.of_section.fill(0);
        let mut left = rules.max_stories as usize;
        let mut weight = weights.frame;
        let mut too_long = false;
        for (at, block) in rules.blocks.iter().enumerate() {
            let limit = block.limit.map_or(left, |l| left.min(l as usize));
            let mut place = 0;
            let (mut picked, mut cut) = (0, 0);
            let begun = digest.stories.len();
            let capped = matches!(block.kind, BlockKind::Followed | BlockKind::Latest);
            let cap = rules.max_per_section.filter(|_| capped);
            let mut missed = None;
            for level in 0..levels(block.kind) {
                self.take_level(at, block.kind, level);
                let ranks = std::mem::take(&mut self.level);
                for rank in ranks.ranks() {
                    place += 1;
                    let is_watched = watched == Some(rank);
                    if picked + cut == limit {
                        if watched.is_none() {
                            break;
                        }
                        if is_watched {
                            missed = Some(Miss::Ranked {
                                block: at,
                                place,
                                carried: 0,
                            });
                        }
                        continue;
                    }
                    let section = self.section_of[rank];
                    if let (Some(most), Some(section)) = (cap, section)
                        && self.of_section[section] >= most
                    {
                        if is_watched {
                            missed = Some(Miss::Section { block: at, most });
                        }
                        continue;
                    }
                    if let Some(section) = section {
                        self.of_section[section] += 1;
                    }
                    self.open.unset(rank);
                    let story = self.story(at, block.kind, rank);
                    weight += self.takes(weights, rank, &story, &digest.stories);
                    too_long = too_long || weight > weights.most;
                    if too_long {
                        cut += 1;
                        if is_watched {
                            missed = Some(Miss::TooLong);
                        }
                        continue;
                    }
                    picked += 1;
                    digest.stories.push(story);
                }
                self.level = ranks;
                if picked + cut == limit && watched.is_none() {
                    break;
                }
            }
            left -= picked + cut;
            digest.more += cut as u32;
            if block.kind == BlockKind::Followed {
                together(&mut digest.stories[begun..]);
            }
            match missed {
                Some(Miss::Ranked { block, place, .. }) => misses.push(Miss::Ranked {
                    block,
                    place,
                    carried: picked,
                }),
                Some(other) => misses.push(other),
                None => {}
            }
        }
        (digest, misses)
    }

    /// Makes `level` the open stories that the block takes at this level.
    fn take_level(&mut self, at: usize, kind: BlockKind, level: usize) {
        self.level.copy(&self.open);
        match kind {
            BlockKind::MustRead => self.level.keep(&self.pool.leading),
            BlockKind::Followed => {
                // What must be read comes first, then by strength; both from the strongest down.
                let strength = STRONGEST - 1 - level % STRONGEST;
                self.level.keep(&self.about[strength]);
                if let Some(stronger) = self.about.get(strength + 1) {
                    self.level.remove(stronger);
                }
                if level < STRONGEST {
                    self.level.keep(&self.pool.leading);
                } else {
                    self.level.remove(&self.pool.leading);
                }
            }
            BlockKind::Section => match self.sections[at] {
                Some(section) => self.level.keep(section),
                None => self.level.clear(),
            },
            BlockKind::Latest => {}
        }
    }

    /// What the story takes after these, with the head above it if it begins a block or is the first of its term.
    fn takes(&self, weights: &Weights, rank: usize, story: &Story, before: &[Story]) -> u32 {
        let at = usize::from(story.block);
        let block = &self.rules.blocks[at];
        let place = match (before.is_empty() && block.lead, block.short) {
            (true, _) => 0,
            (false, false) => 1,
            (false, true) => 2,
        };
        let here = before.iter().rev().take_while(|s| s.block == story.block);
        let headed = here.clone().any(|s| s.term_id == story.term_id);
        let head = match weights.terms.get(&story.term_id) {
            _ if headed => 0,
            Some(head) => *head,
            None => weights.heads[at],
        };
        weights.stories[rank][place] + head
    }

    fn story(&self, block: usize, kind: BlockKind, rank: usize) -> Story {
        let c = &self.pool.candidates[rank];
        let brought = || c.terms.iter().copied().find(|t| self.followed.contains(t));
        Story {
            block: block as u8,
            article_id: c.article_id,
            revision: c.revision,
            term_id: match kind {
                BlockKind::Followed => brought().unwrap_or(0),
                _ => 0,
            },
        }
    }
}

fn levels(kind: BlockKind) -> usize {
    match kind {
        BlockKind::Followed => 2 * STRONGEST,
        _ => 1,
    }
}

/// Stories of a followed block stand together by what brought them, in the order of their first.
fn together(stories: &mut [Story]) {
    let first = |term: i64, among: &[Story]| among.iter().position(|s| s.term_id == term);
    let order = stories.to_vec();
    stories.sort_by_key(|s| first(s.term_id, &order));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stories_stand_together_by_what_brought_them() {
        let story = |(article_id, term_id)| Story {
            block: 0,
            article_id,
            revision: 1,
            term_id,
        };
        let mut stories: Vec<Story> = [(1, 7), (2, 9), (3, 7), (4, 8), (5, 9)].map(story).into();
        together(&mut stories);
        let order: Vec<i64> = stories.iter().map(|s| s.article_id).collect();
        assert_eq!(order, [1, 3, 2, 5, 4]);
    }
}
