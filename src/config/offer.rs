//! An offer's file, as `postrider offer add` reads it.

use std::fmt;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::check::{check_present, check_url};
use super::document::Document;
use super::newsletter::{Kind, Newsletter};
use super::problem::{Problem, Problems};
use super::value::{Refusal, as_text, is_slug};
use super::{Config, unreadable};

/// What a reader may open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Reads what is free, and some stories a month.
    #[default]
    Free = 0,
    /// Reads everything.
    Premium = 1,
}

as_text!(Tier);

impl Tier {
    /// The tier behind a number of the database.
    pub fn from_number(number: i16) -> Tier {
        if number == Tier::Premium as i16 {
            Tier::Premium
        } else {
            Tier::Free
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Tier::Free => "free",
            Tier::Premium => "premium",
        })
    }
}

impl FromStr for Tier {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Tier, Refusal> {
        match text.trim().to_lowercase().as_str() {
            "free" => Ok(Tier::Free),
            "premium" => Ok(Tier::Premium),
            _ => Err(Refusal::new(
                "is not a tier",
                "write free or premium".to_owned(),
            )),
        }
    }
}

/// An offer, as its file says and as its issue keeps it. Instants are UTC milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferDetail {
    /// Its name in commands and addresses.
    pub slug: String,
    /// The slug of the newsletter of kind `offers` whose readers may hear of it.
    pub newsletter: String,
    /// The subject, and the head of the mail.
    pub title: String,
    /// What an inbox shows after the subject.
    pub preheader: String,
    /// What it is.
    pub text: String,
    /// A picture's address, and what it shows.
    pub picture: Option<(String, String)>,
    /// Where it is to be had.
    pub link: String,
    /// What the button says.
    pub link_label: String,
    /// The terms, all of them.
    pub terms: String,
    /// The code, the same for all.
    pub code: Option<String>,
    /// Only readers of these tiers; none: all.
    pub tiers: Vec<Tier>,
    /// Only readers of one of these newsletters; none: all.
    pub newsletters: Vec<String>,
    /// When the early-access window opens.
    pub from: i64,
    /// What it brings until it is open to all.
    pub early: String,
    /// When it is open to all.
    pub all_from: i64,
    /// What it brings then.
    pub open: String,
    /// When it ends.
    pub until: i64,
    /// What ends then.
    pub end: String,
}

/// The file, before its instants are in a zone.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OfferFile {
    slug: String,
    newsletter: Option<String>,
    title: String,
    preheader: String,
    text: String,
    picture: Option<String>,
    picture_alt: String,
    link: String,
    link_label: String,
    terms: String,
    code: Option<String>,
    tiers: Vec<Tier>,
    newsletters: Vec<String>,
    from: String,
    early: String,
    all_from: String,
    open: String,
    until: String,
    end: String,
}

/// The most that an offer's words may take in a mail, in octets of HTML; the rest of 102,400 is for what stands around.
pub(crate) const MAX_SIZE: usize = 60 * 1024;

impl OfferFile {
    fn check_size(&self, document: &Document<'_>, problems: &mut Problems) {
        if self.size() > MAX_SIZE {
            document.at("text").say(
                problems,
                "and the terms are too long for a mail",
                "mailboxes cut a mail at 102 KB, and with it the way to leave; put the rest on the page it links to",
            );
        }
    }

    /// What its words take in a mail at most: quotes and the like are escaped, and each paragraph is an element.
    fn size(&self) -> usize {
        let said = [
            &self.text,
            &self.terms,
            &self.title,
            &self.link,
            &self.link_label,
            &self.picture_alt,
            &self.early,
            &self.open,
            &self.end,
        ];
        let optional = [&self.picture, &self.code].into_iter().flatten();
        said.into_iter()
            .chain(optional)
            .map(|text| size_of(text))
            .sum()
    }
}

fn size_of(text: &str) -> usize {
    const ELEMENT: usize = 200;
    let octets = text.chars().map(|c| match c {
        '&' | '<' | '>' | '"' | '\'' => 6,
        c => c.len_utf8(),
    });
    octets.sum::<usize>() + text.lines().count() * ELEMENT
}

impl Default for OfferFile {
    fn default() -> OfferFile {
        let text = String::new;
        OfferFile {
            slug: text(),
            newsletter: None,
            title: text(),
            preheader: text(),
            text: text(),
            picture: None,
            picture_alt: text(),
            link: text(),
            link_label: "See the offer".to_owned(),
            terms: text(),
            code: None,
            tiers: Vec::new(),
            newsletters: Vec::new(),
            from: text(),
            early: "Yours, before it is open to all".to_owned(),
            all_from: text(),
            open: "Open to all".to_owned(),
            until: text(),
            end: "It ends".to_owned(),
        }
    }
}

impl OfferDetail {
    /// Reads and checks `file`. Times without an offset are in the zone of the offers' newsletter.
    pub fn read(file: &Path, config: &Config) -> Result<OfferDetail, Problems> {
        let name = file.display().to_string();
        let text = fs::read_to_string(file)
            .map_err(|e| Problem::of(&*name, unreadable(&e), "name the offer's file"))?;
        OfferDetail::parse(&name, &text, config)
    }

    /// Reads and checks `text`, which problems call `name`.
    pub fn parse(name: &str, text: &str, config: &Config) -> Result<OfferDetail, Problems> {
        let mut problems = Problems::default();
        let Some(document) = Document::parse(name, text, &mut problems) else {
            return Err(problems);
        };
        let file: OfferFile = document.read(&mut problems);
        for (key, example) in [
            ("slug", "\"almanac-2027\""),
            ("title", "\"The Almanac, for a third less than on Friday\""),
            ("text", "\"Every tide, every moon, every market day.\""),
            ("link", "\"https://courier.example.org/shop/almanac\""),
            ("terms", "\"While stocks last.\""),
            ("from", "\"2026-11-24T10:00\""),
            ("all_from", "\"2026-11-27T10:00\""),
            ("until", "\"2026-11-29T23:59\""),
        ] {
            check_present(&document.at(key), None, example, &mut problems);
        }
        if !file.slug.is_empty() && !is_slug(&file.slug) {
            document.at("slug").say(
                &mut problems,
                "is not a short name",
                "use a-z, 0-9 and hyphens, as in almanac-2027",
            );
        }
        check_url(&file.link, &document.at("link"), &mut problems);
        if let Some(picture) = &file.picture {
            check_url(picture, &document.at("picture"), &mut problems);
            check_present(
                &document.at("picture_alt"),
                None,
                "\"A dark book with a lighthouse on it\"",
                &mut problems,
            );
        }
        for (i, slug) in file.newsletters.iter().enumerate() {
            if config.newsletter(slug).is_none() {
                document.at("newsletters").item(i).say(
                    &mut problems,
                    "is no newsletter of ours",
                    "write the name of a file in newsletters/, without .toml",
                );
            }
        }
        let newsletter =
            offers_newsletter(config, file.newsletter.as_deref(), &document, &mut problems);
        let instant = |key: &str, text: &str, problems: &mut Problems| {
            let zone = newsletter.map_or(jiff::tz::TimeZone::UTC, |n| n.zone.tz().clone());
            let at = text.parse::<Timestamp>().ok().or_else(|| {
                let local: DateTime = text.parse().ok()?;
                Some(
                    zone.to_ambiguous_zoned_datetime(local)
                        .compatible()
                        .ok()?
                        .timestamp(),
                )
            });
            if at.is_none() && !text.is_empty() {
                document.at(key).say(
                    problems,
                    "is not a day and a time",
                    "write 2026-11-24T10:00, in the newsletter's zone",
                );
            }
            at.map_or(0, Timestamp::as_millisecond)
        };
        let from = instant("from", &file.from, &mut problems);
        let all_from = instant("all_from", &file.all_from, &mut problems);
        let until = instant("until", &file.until, &mut problems);
        if problems.is_empty() && (all_from < from || until <= all_from) {
            let key = if all_from < from { "all_from" } else { "until" };
            document.at(key).say(
                &mut problems,
                "is too early",
                "the order is from, all_from, until",
            );
        }
        file.check_size(&document, &mut problems);
        problems.or(OfferDetail {
            newsletter: newsletter.map(|n| n.slug.clone()).unwrap_or_default(),
            picture: file.picture.map(|url| (url, file.picture_alt)),
            slug: file.slug,
            title: file.title,
            preheader: file.preheader,
            text: file.text,
            link: file.link,
            link_label: file.link_label,
            terms: file.terms,
            code: file.code,
            tiers: file.tiers,
            newsletters: file.newsletters,
            from,
            early: file.early,
            all_from,
            open: file.open,
            until,
            end: file.end,
        })
    }
}

/// The newsletter that carries offers: the one the file names, or the only one there is.
fn offers_newsletter<'c>(
    config: &'c Config,
    named: Option<&str>,
    document: &Document<'_>,
    problems: &mut Problems,
) -> Option<&'c Newsletter> {
    let offers: Vec<&Newsletter> = config
        .newsletters
        .iter()
        .filter(|n| n.kind == Kind::Offers)
        .collect();
    let found = match named {
        Some(slug) => offers.iter().find(|n| n.slug == slug).copied(),
        None if offers.len() == 1 => Some(offers[0]),
        None => None,
    };
    if found.is_none() {
        let hint = "name a newsletter whose file says kind = \"offers\"; without one nobody has asked to hear of offers";
        document
            .at("newsletter")
            .say(problems, "is not a newsletter that carries offers", hint);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{MAX_SIZE, OfferFile};

    #[test]
    fn an_offer_has_its_room() {
        let of = |text: &str| OfferFile {
            text: text.to_owned(),
            ..OfferFile::default()
        };
        assert!(of(&"Every tide, every moon, every market day.\n".repeat(100)).size() < MAX_SIZE);
        assert!(of(&"हर ज्वार। ".repeat(2_500)).size() > MAX_SIZE);
        assert!(of(&"x\n\n".repeat(200)).size() > MAX_SIZE);
        assert!(of(&"\"".repeat(10_240)).size() > MAX_SIZE);
    }
}
