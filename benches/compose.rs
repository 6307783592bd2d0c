//! Picking stories and grouping readers: a million readers of five follows each out of 300 terms, 200 new stories of
//! three terms each, on one core. Readers come by the page, as planning reads them.
//!
//! `cargo bench --bench compose` (another number of readers: `cargo bench --bench compose -- 100000`)

use std::collections::HashMap;
use std::fs;
use std::hint::black_box;
use std::io::Write;

use postrider::audience::pack;
use postrider::config::{Block, BlockKind, Newsletter, Tier};

use postrider::issue::Rules;
use postrider::issue::compose::{Cohort, Composer, Weights, Wish};
use postrider::issue::pool::{Candidate, Pool};

const STORIES: usize = 200;
const TERMS: u64 = 300;
const FOLLOWS: usize = 5;
/// Readers that planning reads at once.
const PAGE: usize = 1000;

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    /// A term, the first ones far more often than the last.
    fn term(&mut self) -> i64 {
        (TERMS / (1 + self.below(TERMS))) as i64
    }
}

fn pool(random: &mut Random) -> Pool {
    let story = |rank| Candidate {
        article_id: rank as i64 + 1,
        revision: 1,
        leads: rank < 5,
        sections: vec![format!("section {}", rank % 12)],
        collected_at: 1,
        published_at: 1,
        ..Candidate::default()
    };
    let mut pool = Pool::of((0..STORIES).map(story).collect());
    for rank in 0..STORIES {
        for _ in 0..3 {
            pool.mark(random.below(TERMS) as i64 + 1, rank);
        }
    }
    pool
}

fn newsletter(blocks: &[(BlockKind, u32)]) -> Newsletter {
    let block = |(kind, limit): &(BlockKind, u32)| Block {
        kind: *kind,
        limit: Some(*limit),
        ..Block::default()
    };
    Newsletter {
        max_per_section: Some(4),
        blocks: blocks.iter().map(block).collect(),
        ..Newsletter::default()
    }
}

/// This thread's time on a core, in seconds, and the most memory this process had, in kilobytes.
fn cost() -> (f64, u64) {
    let spent = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds: u64 = spent
        .split(' ')
        .next()
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|kb| kb.trim().trim_end_matches(" kB").parse().ok());
    (nanoseconds as f64 / 1e9, peak.unwrap_or(0))
}

fn run(what: &str, newsletter: &Newsletter, readers: usize) {
    let mut random = Random(1);
    let pool = pool(&mut random);
    let rules = Rules::of(newsletter);
    let weights = Weights::none(&pool, &rules);
    let (mut spent, mut cohorts, mut stories) = (0.0, 0, 0);
    let mut composer = Composer::new(&rules, &pool);
    let mut peak_at_a_tenth = 0;
    for page in 0..readers / PAGE {
        let follows: Vec<Vec<u8>> = (0..PAGE)
            .map(|_| {
                pack(
                    &(0..FOLLOWS).map(|_| random.term()).collect::<Vec<_>>(),
                    &[],
                )
            })
            .collect();
        let (begun, _) = cost();
        let mut groups: HashMap<Cohort, u32> = HashMap::new();
        for follows in &follows {
            let digest = composer.compose(&Wish {
                since: 0,
                published_since: 0,
                follows,
                only_followed: false,
                had: &[],
                tier: Tier::Free,
                weights: &weights,
            });
            stories += digest.stories.len();
            let cohort = Cohort {
                language: "en".to_owned(),
                tier: Tier::Free,
                stories: digest.stories,
                more: digest.more,
            };
            *groups.entry(cohort).or_default() += 1;
        }
        // A page writes each of its cohorts once, by its mark; the database folds those of several pages.
        black_box(groups.keys().map(Cohort::mark).collect::<Vec<_>>());
        cohorts += groups.len();
        spent += cost().0 - begun;
        if page == readers / PAGE / 10 {
            peak_at_a_tenth = cost().1;
        }
    }
    writeln!(
        std::io::stdout().lock(),
        "{what}: {readers} readers in {spent:.2} s of one core, {:.2} million a second; {:.1} stories each, {cohorts} cohorts \
         of pages; peak memory {} kB, {peak_at_a_tenth} kB at a tenth of them",
        readers as f64 / spent / 1e6,
        stories as f64 / readers as f64,
        cost().1,
    )
    .expect("stdout");
}

fn main() {
    let readers = std::env::args()
        .find_map(|a| a.parse().ok())
        .unwrap_or(1_000_000);
    let own = newsletter(&[(BlockKind::Followed, 10)]);
    run("followed", &own, readers);
    let mixed = newsletter(&[
        (BlockKind::MustRead, 3),
        (BlockKind::Followed, 5),
        (BlockKind::Latest, 4),
    ]);
    run("must-read, followed, latest", &mixed, readers);
}
