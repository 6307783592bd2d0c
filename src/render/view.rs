//! What a mail shows, as plain data. Everything here is text as people wrote it: escaping and cleaning is our part.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::words::direction_of;

/// What all mails of a newsletter in one language share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theme {
    /// A BCP 47 tag, such as `en` or `pt-BR`: picks the words.
    pub language: String,
    /// Which way the language runs.
    pub direction: Direction,
    /// `#rrggbb` for what can be pressed, on light paper.
    pub accent_light: String,
    /// The same on dark paper.
    pub accent_dark: String,
}

/// Which way a language runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// As English does.
    #[default]
    LeftToRight,
    /// As Arabic, Hebrew and Urdu do.
    RightToLeft,
}

impl Direction {
    /// As HTML says it.
    pub fn attribute(self) -> &'static str {
        match self {
            Direction::LeftToRight => "ltr",
            Direction::RightToLeft => "rtl",
        }
    }
}

impl Theme {
    /// A newsletter's theme in `language`, with its accents on light and on dark paper.
    pub fn of(language: &str, accent: &(String, String)) -> Theme {
        Theme {
            language: language.to_owned(),
            direction: direction_of(language),
            accent_light: accent.0.clone(),
            accent_dark: accent.1.clone(),
        }
    }
}

/// An issue, without its stories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueView {
    /// Language and colours.
    pub theme: Theme,
    /// The paper's name.
    pub paper_name: String,
    /// Where its name leads.
    pub paper_url: String,
    /// The newsletter's title.
    pub newsletter_title: String,
    /// The edition's day; an offer may have none.
    pub date: Option<Date>,
    /// A line beside the date.
    pub tagline: Option<String>,
    /// The editors' words, after the greeting; an empty line begins a new paragraph.
    pub note: Option<String>,
    /// Who wrote the note.
    pub signed: Option<String>,
    /// What an earlier issue had wrong.
    pub correction: Option<String>,
    /// Where the paper can be written to; the law asks for it.
    pub postal_address: String,
    /// For a stranger, who reads what was never a mail of theirs: what the foot's only link says, which leads to where it can
    /// be joined.
    #[serde(default)]
    pub join: Option<String>,
}

/// The head of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockView {
    /// The block's title.
    pub title: String,
    /// Whether to say that the reader follows this.
    pub followed: bool,
}

/// A story, as any reader of a tier may see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryView {
    /// Where it leads. What is no web link is left out, and the headline stands alone.
    pub url: String,
    /// The headline.
    pub headline: String,
    /// The sentence or two under it.
    pub standfirst: Option<String>,
    /// "Mirren Oake and Jonah Pellwick".
    pub authors: Option<String>,
    /// What else is worth knowing, such as "Six minutes".
    pub detail: Option<String>,
    /// Whether it says so before the headline.
    pub premium: bool,
    /// What that means for this reader.
    pub premium_note: Option<String>,
    /// A picture; nothing is missing without one.
    pub image: Option<Picture>,
    /// The language it is written in, where that is known; else it is the mail's.
    pub language: Option<String>,
}

/// A picture on the web.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// An http or https address; a picture with any other is left out.
    pub url: String,
    /// What it shows, for those who do not see it.
    pub alt: String,
}

/// An offer's alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferView {
    /// What is offered.
    pub title: String,
    /// What there is to say; an empty line begins a new paragraph.
    pub text: String,
    /// What it looks like.
    pub picture: Option<Picture>,
    /// Where to get it.
    pub link: String,
    /// What the button says.
    pub link_label: String,
    /// What opens it.
    pub code: Code,
    /// The window, as a table of times.
    pub rows: Vec<OfferRow>,
    /// The zone of those times, such as `Europe/London`.
    pub zone: Option<String>,
    /// The terms; an empty line begins a new paragraph.
    pub terms: String,
}

/// One line of an offer's window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferRow {
    /// "From now", "Fri 27, 10:00".
    pub when: String,
    /// What is so from then on.
    pub what: String,
}

/// What a reader types to take an offer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Code {
    /// Nothing: the link is enough.
    #[default]
    None,
    /// One for all.
    Shared(String),
    /// One for each reader, in [`super::Slot::Code`].
    Personal,
}
