//! `newsletters/SLUG.toml`: what a reader can join.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use super::check::{check_language, check_line, check_present, check_range};
use super::document::{Document, Spot};
use super::problem::Problems;
use super::quiet::Quiet;
use super::schedule::{EVERY_DAY, Schedule};
use super::settings::Paper;
use super::value::{Colour, Mailbox, Refusal, Zone, as_text};

as_text!(Cadence, Content);

/// What an accent is seen on: paper, wash and the text of a button, by day and by night.
const DAY: [Colour; 2] = [Colour([0xff, 0xff, 0xff]), Colour([0xe4, 0xef, 0xf1])];
const NIGHT: [Colour; 2] = [Colour([0x10, 0x15, 0x17]), Colour([0x12, 0x30, 0x3a])];

/// A product that readers join.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Newsletter {
    /// The name of its file, and its name in links and commands.
    #[serde(skip_deserializing)]
    pub slug: String,
    /// What it carries.
    pub kind: Kind,
    /// Its name.
    pub title: String,
    /// What a reader gets, in a sentence or two.
    pub description: String,
    /// Where it stands among the others on readers' pages, the lowest first. Those without one stand behind.
    pub order: Option<u32>,
    /// Whom its mails are from.
    pub from: Mailbox,
    /// Where answers go, if not there.
    pub reply_to: Option<Mailbox>,
    /// When its issues come out; every digest has one.
    pub schedule: Option<Schedule>,
    /// Where its clocks are: the paper's, unless it says otherwise.
    pub zone: Zone,
    /// How often readers can choose to get it.
    pub cadences: Vec<Cadence>,
    /// How many hours after its time a mail is still worth sending.
    pub lateness_hours: u32,
    /// How old the stories of a reader's first issue may be, where the schedule alone would say too little.
    pub lookback_hours: Option<u32>,
    /// Whether stories that come in after the issue is made up still get into it.
    pub content: Content,
    /// The most stories in one mail.
    pub max_stories: u32,
    /// The most of them that followed and latest blocks take from one section.
    pub max_per_section: Option<u32>,
    /// How long what an instant reader follows is gathered after a mail, in minutes, before the next one.
    pub burst_minutes: u32,
    /// When no mail is to come, on the reader's clocks, for readers who have not said so themselves.
    pub quiet_hours: Option<Quiet>,
    /// Its language: the paper's, unless it says otherwise.
    pub language: String,
    /// Its colour, by day.
    pub accent: Option<Colour>,
    /// Its colour where mail programs show light text on dark.
    pub accent_dark: Option<Colour>,
    /// What becomes of stories that a reader has not paid for.
    pub premium: Premium,
    /// Whether readers can join it by themselves.
    pub public: bool,
    /// A line under its name.
    pub tagline: Option<String>,
    /// Whether its issues stand on a page that anybody may read.
    pub archive: bool,
    /// Its parts, in order.
    #[serde(rename = "block")]
    pub blocks: Vec<Block>,
}

impl Default for Newsletter {
    fn default() -> Newsletter {
        Newsletter {
            slug: String::new(),
            kind: Kind::default(),
            title: String::new(),
            description: String::new(),
            order: None,
            from: Mailbox::default(),
            reply_to: None,
            schedule: None,
            zone: Zone::default(),
            cadences: vec![Cadence::Scheduled],
            lateness_hours: 4,
            lookback_hours: None,
            content: Content::default(),
            max_stories: 12,
            max_per_section: None,
            burst_minutes: 30,
            quiet_hours: None,
            language: "en".to_owned(),
            accent: None,
            accent_dark: None,
            premium: Premium::default(),
            public: true,
            tagline: None,
            archive: false,
            blocks: Vec::new(),
        }
    }
}

/// What a newsletter carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Stories, at set times.
    #[default]
    Digest,
    /// Early-access offers, whose times their editor sets.
    Offers,
}

/// How often a reader gets a newsletter. The numbers are kept in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cadence {
    /// As the newsletter's own schedule says.
    Scheduled,
    /// On days and at an hour of the reader's.
    Daily,
    /// On one day a week and at an hour of the reader's.
    Weekly,
    /// As soon as there is a story for them.
    Instant,
}

/// What may get into an issue that is made up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Content {
    /// Whatever was collected when a reader's mail is composed.
    #[default]
    Open,
}

/// What becomes of a story that a reader has not paid for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Premium {
    /// It is shown, with a mark.
    #[default]
    Mark,
    /// It is left out.
    Hide,
}

/// `[[block]]`: a part of an issue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Block {
    /// Which stories it takes.
    pub kind: BlockKind,
    /// Its heading.
    pub title: Option<String>,
    /// The most stories it takes; as many as fit, if nothing is said.
    pub limit: Option<u32>,
    /// The section, of a block of that kind.
    pub section: Option<String>,
    /// How its stories are shown.
    pub place: Place,
    /// Whether the first story of the mail, if it is in this block, is shown as its lead.
    pub lead: bool,
}

/// Which stories a block takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockKind {
    /// What editors pinned, then what sources mark as leading.
    MustRead,
    /// What the reader follows.
    Followed,
    /// What one section has.
    Section,
    /// The newest of everything.
    #[default]
    Latest,
}

/// How the stories of a block are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Headline, standfirst, byline.
    #[default]
    Row,
    /// The headline alone.
    Short,
}

impl Cadence {
    /// Every cadence.
    pub const ALL: [Cadence; 4] = [
        Cadence::Scheduled,
        Cadence::Daily,
        Cadence::Weekly,
        Cadence::Instant,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Cadence::Scheduled => "scheduled",
            Cadence::Daily => "daily",
            Cadence::Weekly => "weekly",
            Cadence::Instant => "instant",
        }
    }

    /// Its number in the database.
    pub fn as_i16(self) -> i16 {
        match self {
            Cadence::Scheduled => 1,
            Cadence::Daily => 2,
            Cadence::Weekly => 3,
            Cadence::Instant => 4,
        }
    }
}

impl TryFrom<i16> for Cadence {
    type Error = Refusal;

    fn try_from(number: i16) -> Result<Cadence, Refusal> {
        let found = Cadence::ALL
            .into_iter()
            .find(|cadence| cadence.as_i16() == number);
        found.ok_or_else(|| Refusal::new("is not the number of a cadence", None))
    }
}

impl FromStr for Cadence {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Cadence, Refusal> {
        let found = Cadence::ALL.into_iter().find(|c| c.word() == text);
        found.ok_or_else(|| {
            let meant = super::wording::meant(text, Cadence::ALL.map(Cadence::word));
            let hint = meant.map(|word| format!("did you mean {word:?}?"));
            Refusal::new("is not scheduled, daily, weekly or instant", hint)
        })
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Content {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Content, Refusal> {
        match text {
            "open" => Ok(Content::Open),
            "frozen" => Err(Refusal::new(
                "is not possible yet",
                "leave the line out, or write \"open\"".to_owned(),
            )),
            _ => Err(Refusal::new(
                "is not open",
                "leave the line out, or write \"open\"".to_owned(),
            )),
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("open")
    }
}

impl Newsletter {
    /// Whether it carries offers instead of stories.
    pub fn is_offers(&self) -> bool {
        self.kind == Kind::Offers
    }

    /// Whether readers can have each story at once.
    pub fn offers_instant(&self) -> bool {
        self.cadences.contains(&Cadence::Instant)
    }

    /// Whether its schedule comes due at most once on any day.
    pub fn runs_once_a_day(&self) -> bool {
        self.schedule.as_ref().is_none_or(Schedule::is_once_a_day)
    }

    /// The hour of readers who chose none: the schedule's first of a day, or 07:00 where there is no schedule.
    pub fn usual_time(&self) -> Time {
        self.schedule
            .as_ref()
            .map_or(Time::constant(7, 0, 0, 0), Schedule::usual_time)
    }

    /// The days it comes out on, as a mask (bit 0 is Monday): those of daily readers, the first that of weekly ones.
    pub fn usual_weekdays(&self) -> u8 {
        self.schedule
            .as_ref()
            .map_or(EVERY_DAY, Schedule::usual_weekdays)
    }

    /// When its schedule next comes due after `after`, on its own clocks.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        self.schedule.as_ref()?.next_after(after, self.zone.tz())
    }

    /// When its schedule last came due, at or before `now`, on its own clocks.
    pub fn last_by(&self, now: Timestamp) -> Option<Timestamp> {
        self.schedule.as_ref()?.last_by(now, self.zone.tz())
    }

    /// Fills in what the paper decides where the file does not.
    pub(super) fn inherit(&mut self, paper: &Paper, document: &Document<'_>) {
        if !document.at("zone").is_set() {
            self.zone = paper.zone.clone();
        }
        if !document.at("language").is_set() {
            self.language.clone_from(&paper.language);
        }
    }

    pub(super) fn check(&self, document: &Document<'_>, problems: &mut Problems) {
        let at = |key: &str| document.at(key);
        check_present(&at("title"), None, "\"Morning Tide\"", problems);
        check_present(
            &at("from"),
            None,
            "\"Morning Tide <tide@example.org>\"",
            problems,
        );
        check_line(&self.title, &at("title"), problems);
        check_line(
            self.tagline.as_deref().unwrap_or_default(),
            &at("tagline"),
            problems,
        );
        check_language(&self.language, &at("language"), problems);
        check_range(self.max_stories, 100, &at("max_stories"), problems);
        check_range(
            self.max_per_section.unwrap_or(1),
            100,
            &at("max_per_section"),
            problems,
        );
        if !(5..=24 * 60).contains(&self.burst_minutes) {
            let hint = "write for how many minutes after a mail the next one waits";
            at("burst_minutes").say(problems, "is not from 5 to 1440", hint);
        }
        check_range(self.lateness_hours, 168, &at("lateness_hours"), problems);
        check_range(
            self.lookback_hours.unwrap_or(1),
            24 * 60,
            &at("lookback_hours"),
            problems,
        );
        check_accent(self.accent, DAY, &at("accent"), problems);
        check_accent(self.accent_dark, NIGHT, &at("accent_dark"), problems);
        self.check_blocks(document, problems);
        match self.kind {
            _ if at("kind").is_refused(problems) => {}
            Kind::Digest => self.check_digest(document, problems),
            Kind::Offers => {
                for key in [
                    "schedule",
                    "cadences",
                    "block",
                    "max_per_section",
                    "burst_minutes",
                ] {
                    if at(key).is_set() {
                        at(key).say(
                            problems,
                            "is for digests",
                            "leave it out: an offer has a time and a text of its own",
                        );
                    }
                }
            }
        }
    }

    fn check_digest(&self, document: &Document<'_>, problems: &mut Problems) {
        let at = |key: &str| document.at(key);
        // Readers who get each story at once need no hour.
        if self.cadences != [Cadence::Instant] {
            check_present(
                &at("schedule"),
                None,
                "\"30 6 * * 1-5\", which is weekdays at 06:30",
                problems,
            );
        }
        let twice = |i: usize| self.cadences[..i].contains(&self.cadences[i]);
        if self.cadences.is_empty() {
            at("cadences").say(
                problems,
                "offers nothing",
                "write one or more of \"scheduled\", \"daily\", \"weekly\", \"instant\"",
            );
        } else if (0..self.cadences.len()).any(twice) {
            at("cadences").say(problems, "offers the same twice", "leave one out");
        }
        if self.blocks.is_empty() {
            let hint = "add [[block]] with a kind: must-read, followed, section or latest";
            at("block").say(problems, "is missing, so the mail would be empty", hint);
        }
    }

    fn check_blocks(&self, document: &Document<'_>, problems: &mut Problems) {
        for (i, block) in self.blocks.iter().enumerate() {
            let at = document.at("block").item(i);
            block.check(&at, problems);
            if block.lead && self.blocks[..i].iter().any(|other| other.lead) {
                at.key("lead").say(
                    problems,
                    "is set in another block too",
                    "a mail has one lead: keep one",
                );
            }
        }
    }
}

impl Block {
    fn check(&self, at: &Spot<'_, '_>, problems: &mut Problems) {
        let at = |key: &str| at.clone().key(key);
        check_present(&at("kind"), Some("[[block]]"), "\"latest\"", problems);
        check_line(
            self.title.as_deref().unwrap_or_default(),
            &at("title"),
            problems,
        );
        check_range(self.limit.unwrap_or(1), 100, &at("limit"), problems);
        match (self.kind, &self.section) {
            _ if at("kind").is_refused(problems) => {}
            (BlockKind::Section, _) => {
                check_present(&at("section"), Some("[[block]]"), "\"City hall\"", problems);
            }
            (_, Some(_)) => {
                at("section").say(
                    problems,
                    "is for blocks of kind \"section\"",
                    "leave it out, or change the kind",
                );
            }
            _ => {}
        }
    }
}

fn check_accent(
    accent: Option<Colour>,
    grounds: [Colour; 2],
    at: &Spot<'_, '_>,
    problems: &mut Problems,
) {
    const LEAST: f64 = 4.5;
    let Some(accent) = accent else { return };
    let worst = grounds
        .into_iter()
        .map(|ground| (accent.contrast(ground), ground))
        .min_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((contrast, ground)) = worst.filter(|(contrast, _)| *contrast < LEAST) {
        let predicate = format!(
            "is hard to read on {ground}: a contrast of {contrast:.1}, and {LEAST} is the least"
        );
        let towards = if grounds == DAY { "darker" } else { "lighter" };
        at.say(problems, &predicate, &format!("choose a {towards} one"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cadence_is_one_word_and_one_number() {
        for cadence in Cadence::ALL {
            assert_eq!(cadence.to_string().parse::<Cadence>().unwrap(), cadence);
            assert_eq!(Cadence::try_from(cadence.as_i16()).unwrap(), cadence);
            assert_eq!(
                serde_json::to_string(&cadence).unwrap(),
                format!("\"{cadence}\"")
            );
        }
        assert!(Cadence::try_from(5).is_err() && Cadence::try_from(0).is_err());
    }
}
