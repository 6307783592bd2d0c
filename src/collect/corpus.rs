//! Feeds from the wild, where they are at hand. Each file comes with facts that other readers, or whoever wrote it, found in
//! it.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::Timestamp;
use url::Url;

use super::feed::{Entry, document, parse};
use super::item::{Document, Item};
use super::{dates, entry, identity, text};
use crate::corpora::part;

/// Stands for the address that a file came from; what it leaves relative is resolved against it on both sides.
const BASE: &str = "https://paper.example/feeds/news.xml";

/// Of what is stated about feeds and about dates, how much must hold.
const ENOUGH_PERCENT: usize = 98;

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// One line of the table, by the names in its first.
fn rows(table: &str) -> Vec<BTreeMap<&str, &str>> {
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let row = |line: &'static str| names.iter().copied().zip(line.split('\t')).collect();
    lines.map(|line| row(line.to_owned().leak())).collect()
}

/// What we made of a file.
struct Read {
    document: Option<Document>,
    /// The entry that the first item became, if it has what an entry needs.
    first: Option<Entry>,
    answer: String,
}

fn read(bytes: &[u8], header: &str) -> Read {
    let content_type = header
        .split_once(':')
        .filter(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .map(|(_, value)| value.trim());
    let answer = match parse(bytes, content_type, BASE, now()) {
        Ok(feed) => feed.warnings.join("; "),
        Err(error) => error.to_string(),
    };
    let document = document(bytes, content_type, BASE, &mut Vec::new()).ok();
    let first = document.as_ref().and_then(|document| {
        let context = entry::Context {
            collected_at: now(),
            authors: &[],
            kind: document.kind,
        };
        entry::entry(document.items.first()?, &context).ok()
    });
    Read {
        document,
        first,
        answer,
    }
}

/// Every fact of a row: its name, what is stated, and what we say.
fn facts(row: &BTreeMap<&str, &str>, read: &Read) -> Vec<(&'static str, String, String)> {
    let stated = |name: &str| row.get(name).copied().unwrap_or_default();
    let outcome = match (&read.document, stated("outcome")) {
        (_, "hostile") => "hostile",
        (Some(_), "repair") => "repair",
        (Some(_), _) => "feed",
        (None, _) => "notfeed",
    };
    let mut facts = vec![("outcome", stated("outcome").to_owned(), outcome.to_owned())];
    let is_feed = matches!(stated("outcome"), "feed" | "repair");
    let Some(document) = read.document.as_ref().filter(|_| is_feed) else {
        return facts;
    };
    let mut fact = |name: &'static str, stated: String, ours: String| {
        facts.push((name, stated, ours));
    };
    if !stated("items").is_empty() {
        fact(
            "items",
            stated("items").to_owned(),
            document.count.to_string(),
        );
    }
    let nothing = Item::default();
    let item = document.items.first().unwrap_or(&nothing);
    if !stated("feed_title").is_empty() {
        let ours = document.title.clone();
        fact("feed_title", same_text(stated("feed_title"), &ours), ours);
    }
    if !stated("first_id").is_empty() {
        let ours = read.first.as_ref().map_or(&item.id, |entry| &entry.guid);
        fact(
            "first_id",
            stated("first_id").to_owned(),
            ours.clone().unwrap_or_default(),
        );
    }
    if !stated("first_title").is_empty() {
        let plain = || item.title.plain(text::MAX_HEADLINE_CHARS);
        let ours = read
            .first
            .as_ref()
            .map_or_else(plain, |entry| entry.headline.clone());
        fact("first_title", same_text(stated("first_title"), &ours), ours);
    }
    if !stated("first_link").is_empty() {
        let ours = match (&read.first, &item.original) {
            // Where a link only counts clicks we keep what it leads to; the fact is about the link.
            (Some(entry), None) => entry.url.clone(),
            _ => canonical(item.link.as_deref().unwrap_or_default()),
        };
        fact("first_link", canonical(stated("first_link")), ours);
    }
    if !stated("first_date").is_empty() {
        let published = item.published.at.or(item.updated.at);
        let ours = read
            .first
            .as_ref()
            .map_or(published, |entry| entry.published_at);
        fact("first_date", stated("first_date").to_owned(), second(ours));
    }
    facts
}

/// `ours`, if `stated` means the same; else how we would say it. Some state a text as it is shown, some as its markup.
fn same_text(stated: &str, ours: &str) -> String {
    let shown = text::headline(&text::escaped(stated));
    if shown == ours {
        shown
    } else {
        text::headline(stated)
    }
}

/// A link as a source may have written it, as we write it.
fn canonical(link: &str) -> String {
    let link = Url::parse(BASE)
        .unwrap()
        .join(link)
        .map_or(link.to_owned(), String::from);
    identity::canonical(&link).unwrap_or(link)
}

fn second(at: Option<Timestamp>) -> String {
    let at = at.and_then(|at| Timestamp::from_second(at.as_second()).ok());
    at.map(|at| at.to_string()).unwrap_or_default()
}

/// Why a fact does not hold with us, where that follows from what is stated and what we say.
fn reason(name: &str, stated: &str, ours: &str) -> &'static str {
    let accented = |c: &char| ('\u{a0}'..='\u{ff}').contains(c);
    let is_garbled =
        stated.chars().filter(accented).count() > ours.chars().filter(accented).count();
    match name {
        "items" if ours.parse::<usize>().unwrap_or(0) > stated.parse().unwrap_or(0) => {
            "we read on where the other reader stopped"
        }
        "first_title" | "feed_title" if ours.contains("&copy=") => {
            "in an address an ampersand is not the begin of a sign"
        }
        "first_title" | "feed_title" if is_garbled => {
            "letters encoded twice, or not as declared, are put right by design"
        }
        "first_date" if half_a_day(stated, ours) => {
            "the file says PM, which the other reader passed over"
        }
        _ => "unexplained",
    }
}

fn half_a_day(stated: &str, ours: &str) -> bool {
    let [stated, ours] = [stated, ours].map(|at| at.parse::<Timestamp>().unwrap_or_default());
    ours.duration_since(stated).as_hours() == 12
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "the table is for whoever runs it with --nocapture"
)]
fn what_is_stated_about_real_feeds_holds() {
    let Some(root) = part("feeds") else { return };
    let table = std::fs::read_to_string(root.join("expected.tsv")).unwrap();
    let mut tallies: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    let mut wrong = String::new();
    let mut aside = String::new();
    for row in rows(&table) {
        let file = row["file"];
        let bytes = std::fs::read(root.join(file)).unwrap();
        let read = read(&bytes, row.get("http_header").unwrap_or(&""));
        let disputed = row.get("disputed").copied().unwrap_or_default();
        let (folder, _) = file.split_once('/').unwrap_or(("", file));
        let tally = tallies.entry(folder.to_owned()).or_default();
        tally[0] += 1;
        for (name, stated, ours) in facts(&row, &read) {
            let holds = stated == ours;
            if !holds && !disputed.is_empty() {
                writeln!(
                    aside,
                    "{file}: {name}: {stated:?}, we say {ours:?} ({disputed})"
                )
                .unwrap();
                continue;
            }
            tally[1] += 1;
            tally[2] += usize::from(holds);
            if !holds {
                let why = reason(name, &stated, &ours);
                writeln!(
                    wrong,
                    "{file}: {name}: {stated:?}, we say {ours:?} [{why}] ({})",
                    read.answer
                )
                .unwrap();
            }
        }
    }
    let all = tallies
        .values()
        .fold([0; 3], |sum, tally| [0, 1, 2].map(|n| sum[n] + tally[n]));
    tallies.insert("all".to_owned(), all);
    let percent = |tally: &[usize; 3]| 100.0 * tally[2] as f64 / tally[1].max(1) as f64;
    let mut shown = format!("{:16} files facts  hold percent\n", "");
    for (folder, tally) in &tallies {
        let [files, facts, hold] = tally;
        writeln!(
            shown,
            "{folder:16} {files:5} {facts:5} {hold:5} {:7.1}",
            percent(tally)
        )
        .unwrap();
    }
    eprintln!("{shown}\nnot as stated:\n{wrong}\ndisputed:\n{aside}");
    assert!(all[2] * 100 >= all[1] * ENOUGH_PERCENT, "{shown}\n{wrong}");
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "the table is for whoever runs it with --nocapture"
)]
fn what_is_stated_about_dates_holds() {
    let Some(root) = part("feeds") else { return };
    let table = std::fs::read_to_string(root.join("dates.tsv")).unwrap();
    let (mut all, mut right) = (0, 0);
    let mut wrong = String::new();
    for row in rows(&table) {
        let ours =
            dates::instant(row["input"]).map_or_else(|| "none".to_owned(), |at| second(Some(at)));
        // The table writes the year 99 without its zeros.
        let holds = ours.trim_start_matches('0') == row["utc"].trim_start_matches('0');
        all += 1;
        right += usize::from(holds);
        if !holds {
            writeln!(wrong, "{:?} is {}, we say {ours}", row["input"], row["utc"]).unwrap();
        }
    }
    eprintln!("{right} of {all} dates\n{wrong}");
    assert!(right * 100 >= all * ENOUGH_PERCENT, "{wrong}");
}

/// `text` as other servers would send it: each must be read as the same.
fn dressed(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let without_declaration = match text.trim_start().split_once("?>") {
        Some((declaration, rest)) if declaration.starts_with("<?xml") => rest,
        _ => text,
    };
    let wide = |mark: u16, to_bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let units = std::iter::once(mark).chain(without_declaration.encode_utf16());
        units.flat_map(to_bytes).collect()
    };
    let bom = format!("\u{feff}{without_declaration}");
    let lines = without_declaration
        .replace("\r\n", "\n")
        .replace('\n', "\r\n");
    let late = format!("\n \n<?xml version='1.0' encoding='utf-8'?>{without_declaration}");
    let described = format!(
        "<?xml version='1.0'?><?xml-stylesheet href='/a.xsl'?><!-- made > by <hand> -->{without_declaration}"
    );
    let followed = format!("{without_declaration}\n<!-- served in 3 ms -->\n");
    vec![
        ("UTF-16LE", wide(0xfeff, u16::to_le_bytes)),
        ("UTF-16BE", wide(0xfeff, u16::to_be_bytes)),
        ("UTF-8 with a mark", bom.into_bytes()),
        ("CRLF", lines.into_bytes()),
        ("blank lines first", late.into_bytes()),
        ("a stylesheet first", described.into_bytes()),
        ("a comment last", followed.into_bytes()),
    ]
}

#[test]
fn what_a_real_feed_says_does_not_depend_on_its_dress() {
    let Some(root) = part("feeds") else { return };
    let table = std::fs::read_to_string(root.join("expected.tsv")).unwrap();
    let mut wrong = String::new();
    for row in rows(&table) {
        let file = row["file"];
        let Ok(text) = String::from_utf8(std::fs::read(root.join(file)).unwrap()) else {
            continue;
        };
        let is_xml = text
            .trim_start_matches('\u{feff}')
            .trim_start()
            .starts_with('<');
        if row["outcome"] != "feed" || !is_xml || text.len() > 200_000 {
            continue;
        }
        let text = text.trim_start_matches('\u{feff}');
        let plain = said(text.as_bytes());
        for (dress, bytes) in dressed(text) {
            let ours = said(&bytes);
            if ours != plain {
                writeln!(
                    wrong,
                    "{file} as {dress}: {ours:.300}\n    not {plain:.300}"
                )
                .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What a feed says, without what was remarked about how it was written.
fn said(bytes: &[u8]) -> String {
    match parse(bytes, None, BASE, now()) {
        Ok(feed) => format!("{:?} {:?} {:?}", feed.title, feed.language, feed.entries),
        Err(error) => error.to_string(),
    }
}
