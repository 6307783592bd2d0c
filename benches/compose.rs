//! Picking stories: readers a second on one core, for 200 articles of 3 terms each and readers of 5 follows out of 300.
//!
//! `cargo bench --bench compose`

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use postrider::audience::pack;
use postrider::config::{Block, BlockKind, Newsletter, Tier};
use postrider::issue::compose::{Cohort, compose};
use postrider::issue::pool::{Bits, Candidate, Pool};

const ARTICLES: usize = 200;
const TERMS: i64 = 300;
const READERS: usize = 10_000;

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
        TERMS / (1 + self.below(TERMS as u64) as i64)
    }
}

fn pool(random: &mut Random) -> Pool {
    let mut pool = Pool {
        within: std::array::from_fn(|_| Bits::none(ARTICLES)),
        leading: Bits::none(ARTICLES),
        premium: Bits::none(ARTICLES),
        ..Pool::default()
    };
    for rank in 0..ARTICLES {
        let terms: Vec<i64> = (0..3).map(|_| random.below(TERMS as u64) as i64).collect();
        for term in &terms {
            pool.by_term
                .entry(*term)
                .or_insert_with(|| Bits::none(ARTICLES))
                .set(rank);
        }
        pool.within[1].set(rank);
        pool.rank_of.insert(rank as i64, rank);
        pool.candidates.push(Candidate {
            article_id: rank as i64,
            revision: 1,
            terms,
        });
    }
    pool
}

fn newsletter() -> Newsletter {
    let block = |kind, limit| Block {
        kind,
        limit: Some(limit),
        ..Block::default()
    };
    Newsletter {
        blocks: vec![
            block(BlockKind::MustRead, 2),
            block(BlockKind::Followed, 8),
            block(BlockKind::Latest, 5),
        ],
        ..Newsletter::default()
    }
}

fn bench(c: &mut Criterion) {
    let mut random = Random(1);
    let pool = pool(&mut random);
    let newsletter = newsletter();
    let readers: Vec<Vec<u8>> = (0..READERS)
        .map(|_| pack(&(0..5).map(|_| random.term()).collect::<Vec<_>>(), &[]))
        .collect();
    let mut group = c.benchmark_group("compose");
    group.throughput(Throughput::Elements(READERS as u64));
    group.bench_function("stories", |b| {
        b.iter(|| {
            readers
                .iter()
                .map(|r| compose(&newsletter, &pool, 1, r, &[], Tier::Free).len())
                .sum::<usize>()
        });
    });
    group.bench_function("stories and the cohort's mark", |b| {
        b.iter(|| {
            let mark = |r: &Vec<u8>| {
                let stories = compose(&newsletter, &pool, 1, r, &[], Tier::Free);
                Cohort {
                    language: "en".into(),
                    tier: Tier::Free,
                    stories,
                }
                .mark()
                .len()
            };
            readers.iter().map(mark).sum::<usize>()
        });
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
