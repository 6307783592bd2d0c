//! Folding: articles that tell one story become one, shown as such, and a newsroom can part them.
//!
//! In: articles that were collected just now. Out: for each that tells what another of the last days tells, that other's
//! id. They find each other by a few hashes of their words (MinHash: two texts share one as often as they share words), so
//! the cost grows with what is new; whether they are one is for `alike` to say. A fold is always into the first that was
//! collected, never into one that is folded itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use sqlx::types::Json;

use super::alike::{RICH, Telling, Word, content, why_same};
use super::change::{move_on, told_with};
use super::store::ArticleDetail;
use crate::db::{self, Db, Sql, Tx, either};

/// How far back a copy is looked for.
const WINDOW: SignedDuration = SignedDuration::from_hours(72);

/// Hashes of a text, and how many of them make a band: texts that share half of their words share a band in nine cases
/// of ten, those that share nine tenths practically always.
const BANDS: u64 = 8;
const HASHES: u64 = 2;

/// A headline of fewer words finds nothing.
const HEADLINE_WORDS: usize = 3;
/// Papers cut a text where they like: only its first words are hashed.
const FIRST_WORDS: usize = 20;
/// What so many share is a teaser, and no story.
const COMMON: usize = 20;

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    url: String,
    language: Option<String>,
    published_at: i64,
    headline: String,
    detail: Json<ArticleDetail>,
}

impl Row {
    fn telling(&self) -> Telling {
        Telling::new(
            self.language.as_deref(),
            &self.url,
            self.published_at,
            &self.headline,
            &self.detail.standfirst,
        )
    }
}

/// Folds these new articles into those of the last days, and into each other; how many were folded.
///
/// Waits for other nodes that do the same, so that of two copies collected at once the second finds the first.
pub(super) async fn fold_new(tx: &mut Tx, new: &[i64], now: Timestamp) -> db::Result<u64> {
    if new.is_empty() {
        return Ok(0);
    }
    wait_for_others(tx).await?;
    tx.sql("DELETE FROM article_band WHERE at < $1")
        .bind((now - WINDOW).as_millisecond())
        .run()
        .await?;
    let fresh: BTreeMap<i64, Telling> = tellings(tx, new).await?.into_iter().collect();
    let bands: BTreeMap<i64, BTreeSet<i64>> = fresh.iter().map(|(id, t)| (*id, bands(t))).collect();
    let all: BTreeSet<i64> = bands.values().flatten().copied().collect();
    let mut by_band: HashMap<i64, Vec<i64>> = HashMap::new();
    for (band, article_id) in roots_of(tx, &all).await? {
        by_band.entry(band).or_default().push(article_id);
    }
    let there: BTreeSet<i64> = by_band.values().flatten().copied().collect();
    let there: Vec<i64> = there.into_iter().collect();
    let mut roots: BTreeMap<i64, Telling> = tellings(tx, &there).await?.into_iter().collect();
    let mut folded = Vec::new();
    let mut kept = Vec::new();
    for (id, telling) in &fresh {
        let near: BTreeSet<i64> = bands[id]
            .iter()
            .filter_map(|band| by_band.get(band))
            .flatten()
            .copied()
            .collect();
        let found = near
            .into_iter()
            .find_map(|root| Some((root, why_same(roots.get(&root)?, telling)?)));
        if let Some((root, why)) = found {
            folded.push((*id, root, why));
            continue;
        }
        for band in &bands[id] {
            let there = by_band.entry(*band).or_default();
            if there.len() < COMMON {
                there.push(*id);
                kept.push((*band, *id));
            }
        }
        roots.insert(*id, telling.clone());
    }
    write_bands(tx, &kept, now).await?;
    write_folds(tx, &folded).await?;
    Ok(folded.len() as u64)
}

/// Until `tx` ends, nobody else folds.
async fn wait_for_others(tx: &mut Tx) -> db::Result<()> {
    let text = either(
        "SELECT id FROM article_generation WHERE id = 2",
        "SELECT id FROM article_generation WHERE id = 2 FOR UPDATE",
    );
    tx.sql(text).first::<(i16,)>().await?;
    Ok(())
}

async fn tellings(tx: &mut Tx, ids: &[i64]) -> db::Result<Vec<(i64, Telling)>> {
    let text = either(
        "SELECT a.id, a.url, a.language, a.published_at, r.headline, r.detail FROM json_each($1) o
          CROSS JOIN article a ON a.id = o.value
           JOIN article_revision r ON r.article_id = a.id AND r.revision = a.revision
          WHERE a.state = 1 AND a.same_as IS NULL ORDER BY a.id",
        "SELECT a.id, a.url, a.language, a.published_at, r.headline, r.detail FROM jsonb_array_elements($1) o
           JOIN article a ON a.id = (o #>> '{}')::int8
           JOIN article_revision r ON r.article_id = a.id AND r.revision = a.revision
          WHERE a.state = 1 AND a.same_as IS NULL ORDER BY a.id",
    );
    let rows: Vec<Row> = tx.sql(text).bind(Json(ids)).all().await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.telling()))
        .collect())
}

/// The articles under these bands, as (band, article), the first collected first.
async fn roots_of(tx: &mut Tx, bands: &BTreeSet<i64>) -> db::Result<Vec<(i64, i64)>> {
    tx.sql(either(
        "SELECT b.band, b.article_id FROM json_each($1) o CROSS JOIN article_band b ON b.band = o.value
          ORDER BY b.article_id, b.band",
        "SELECT b.band, b.article_id FROM jsonb_array_elements($1) o
           JOIN article_band b ON b.band = (o #>> '{}')::int8 ORDER BY b.article_id, b.band",
    ))
    .bind(Json(bands))
    .all()
    .await
}

async fn write_bands(tx: &mut Tx, bands: &[(i64, i64)], now: Timestamp) -> db::Result<()> {
    let text = either(
        "INSERT INTO article_band (band, article_id, at) SELECT o.value->>0, o.value->>1, $2 FROM jsonb_each($1) o",
        "INSERT INTO article_band (band, article_id, at)
         SELECT (o->>0)::int8, (o->>1)::int8, $2 FROM jsonb_array_elements($1) o",
    );
    tx.sql(text)
        .bind(Json(bands))
        .bind(now.as_millisecond())
        .run()
        .await?;
    Ok(())
}

async fn write_folds(tx: &mut Tx, folded: &[(i64, i64, String)]) -> db::Result<()> {
    tx.sql(either(
        "UPDATE article SET same_as = o.value->>1, same_why = o.value->>2 FROM jsonb_each($1) o
          WHERE article.id = o.value->>0",
        "UPDATE article SET same_as = (o->>1)::int8, same_why = o->>2 FROM jsonb_array_elements($1) o
          WHERE article.id = (o->>0)::int8",
    ))
    .bind(Json(folded))
    .run()
    .await?;
    Ok(())
}

/// Makes one story of two by command, and of whatever is folded with either; the id of its root.
pub async fn fold(db: &Db, one: i64, other: i64) -> db::Result<i64> {
    db::again(async || {
        let mut tx = db.begin().await?;
        wait_for_others(&mut tx).await?;
        move_on(&mut tx).await?;
        let mut all = told_with(&mut tx, one).await?;
        all.extend(told_with(&mut tx, other).await?);
        let root = all
            .iter()
            .copied()
            .min()
            .expect("at least the two themselves");
        let why = "by command";
        let folded: Vec<(i64, i64, String)> = all
            .into_iter()
            .filter(|id| *id != root)
            .map(|id| (id, root, why.to_owned()))
            .collect();
        tx.sql("UPDATE article SET same_as = NULL, same_why = NULL WHERE id = $1")
            .bind(root)
            .run()
            .await?;
        write_folds(&mut tx, &folded).await?;
        tx.commit().await?;
        Ok(root)
    })
    .await
}

/// Parts an article from those it is folded with, for good: only new articles are ever folded by themselves. A root is
/// parted from all of them. How many stand alone now that did not.
pub async fn unfold(db: &Db, article_id: i64) -> db::Result<u64> {
    db::again(async || {
        let mut tx = db.begin().await?;
        wait_for_others(&mut tx).await?;
        move_on(&mut tx).await?;
        let parted = tx
            .sql("UPDATE article SET same_as = NULL, same_why = 'parted by command' WHERE same_as IS NOT NULL AND (id = $1 OR same_as = $1)")
            .bind(article_id)
            .run()
            .await?;
        tx.commit().await?;
        Ok(parted)
    })
    .await
}

/// The bands of an article: of its headline, and of how its standfirst begins.
fn bands(telling: &Telling) -> BTreeSet<i64> {
    let mut found = BTreeSet::new();
    if content(&telling.headline) >= HEADLINE_WORDS {
        found.extend(bands_of(&telling.headline, 0));
    }
    if content(&telling.standfirst) >= RICH {
        let first = &telling.standfirst[..telling.standfirst.len().min(FIRST_WORDS)];
        found.extend(bands_of(first, BANDS));
    }
    found
}

fn bands_of(words: &[Word], from: u64) -> impl Iterator<Item = i64> {
    let smallest = |seed: u64| {
        let hashes = words.iter().map(move |w| hash(seed, w.text.as_bytes()));
        hashes.min().unwrap_or_default()
    };
    (from..from + BANDS).map(move |band| {
        let mut bytes = band.to_le_bytes().to_vec();
        for n in 0..HASHES {
            bytes.extend(smallest(band * HASHES + n).to_le_bytes());
        }
        hash(u64::MAX, &bytes).cast_signed()
    })
}

/// FNV-1a over seed and bytes, its bits spread by the end of splitmix64. Kept in the database: it must not change.
fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let seeded = seed.to_le_bytes();
    let mut h = 0xcbf2_9ce4_8422_2325_u64;
    for byte in seeded.iter().chain(bytes) {
        h = (h ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    h ^ (h >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::{key, parse};
    use crate::corpora::part;

    fn telling(headline: &str, standfirst: &str) -> Telling {
        Telling::new(
            Some("en"),
            "https://paper.example/a",
            0,
            headline,
            standfirst,
        )
    }

    #[test]
    fn copies_share_a_band_and_strangers_do_not() {
        let text = "Councillors voted by eleven to nine on Monday night to build a six-metre wall along the east quay, ending \
                    a dispute that had split the harbour since the storm";
        let one = bands(&telling("Council approves flood wall after row", text));
        for (headline, standfirst, near) in [
            ("Eleven to nine: the east quay gets its wall", text, true),
            ("Wall", &text[..110], true),
            ("Council approves flood wall after long row", "", true),
            (
                "Herring quota cut by a third",
                "Ministers meeting in Lund agreed to cut it from January, deeper than ever",
                false,
            ),
        ] {
            let other = bands(&telling(headline, standfirst));
            assert_eq!(!one.is_disjoint(&other), near, "{headline}");
        }
        assert!(bands(&telling("Weather", "Rain.")).is_empty());
        // They are in databases: other numbers would find nothing there.
        assert_eq!(hash(1, b"quay"), 6_186_431_518_714_472_009);
    }

    /// Real feeds, where they are at hand. Says what would fold.
    #[test]
    #[expect(clippy::print_stdout, reason = "what folds is for a person to look at")]
    fn in_real_feeds_few_stories_fold() {
        let Some(root) = part("feeds") else { return };
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let mut all: Vec<(String, Telling, String)> = Vec::new();
        let mut seen = BTreeSet::new();
        for folder in ["publishers", "large", "sitemaps", "series", "text"] {
            let Ok(files) = std::fs::read_dir(root.join(folder)) else {
                continue;
            };
            for file in files {
                let path = file.unwrap().path();
                let Ok(feed) = parse(
                    &std::fs::read(&path).unwrap(),
                    None,
                    "https://paper.example/",
                    now,
                ) else {
                    continue;
                };
                for e in feed.entries {
                    let key = key(&e.url).unwrap();
                    if !seen.insert(key.clone()) {
                        continue;
                    }
                    let language = e.language.as_deref().or(feed.language.as_deref());
                    let at = e.published_at.or(e.updated_at).unwrap_or(now);
                    let telling = Telling::new(
                        language,
                        &key,
                        at.as_millisecond(),
                        &e.headline,
                        &e.standfirst,
                    );
                    all.push((key, telling, format!("{} | {}", e.headline, e.standfirst)));
                }
            }
        }
        let mut by_band: HashMap<i64, Vec<usize>> = HashMap::new();
        let mut folded = 0;
        for (at, (key, telling, text)) in all.iter().enumerate() {
            let bands = bands(telling);
            let near: BTreeSet<usize> = bands
                .iter()
                .filter_map(|b| by_band.get(b))
                .flatten()
                .copied()
                .collect();
            let found = near
                .into_iter()
                .find_map(|n| Some((n, why_same(&all[n].1, telling)?)));
            if let Some((n, why)) = found {
                folded += 1;
                println!("{why}\n  {} {}\n  {key} {text}", all[n].0, all[n].2);
                continue;
            }
            for band in bands {
                let there = by_band.entry(band).or_default();
                if there.len() < COMMON {
                    there.push(at);
                }
            }
        }
        println!("{folded} of {} fold", all.len());
        assert!(folded * 50 <= all.len(), "{folded} of {} fold", all.len());
    }
}
