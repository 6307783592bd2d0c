//! One line of a file of subscribers, understood or refused.

use std::collections::BTreeSet;

use csv::StringRecord;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::column::{Role, folded};
use super::consent::{Word, read_consent};
use super::instant::instant;
use super::standing::{Standing, pays, yes_or_no};
use super::table::{Columns, tidy};
use super::{Meaning, Options};
use crate::audience::EmailAddress;
use crate::audience::follow::{Term, TermError};
use crate::audience::preference::{Subscription, parse_days};
use crate::audience::spreadsheet::undefuse;
use crate::audience::store::Paper;
use crate::audience::words::turns_writing;
use crate::config::{Cadence, Quiet, Tier};

/// A line that could not be taken.
#[derive(Debug)]
pub(super) struct Reject {
    pub(super) line: u64,
    pub(super) field: String,
    pub(super) reason: String,
}

/// One line, understood. What it does not say stays as it is.
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) email: EmailAddress,
    pub(super) key: Vec<u8>,
    pub(super) name: Option<String>,
    pub(super) language: Option<String>,
    pub(super) zone: Option<String>,
    pub(super) tier: Option<Tier>,
    pub(super) quiet: Option<Quiet>,
    pub(super) weekly_budget: Option<u8>,
    /// Its place on each newsletter it names, by the newsletter's number in the paper's list.
    pub(super) places: Vec<(usize, Subscription)>,
    pub(super) consent: Word,
    /// What is worth telling of a line that was taken.
    pub(super) notes: Vec<String>,
}

/// One line as the file has it.
pub(super) struct Line<'a> {
    pub(super) columns: &'a Columns,
    pub(super) options: &'a Options,
    pub(super) record: &'a StringRecord,
    pub(super) number: u64,
}

impl Line<'_> {
    /// What a column says, as it was before a spreadsheet was kept from running it.
    pub(super) fn at(&self, column: usize) -> &str {
        let field = undefuse(tidy(self.record.get(column).unwrap_or("")));
        // What is left where an opening quotation mark did not open.
        let inner = field.strip_prefix('"').and_then(|f| f.strip_suffix('"'));
        inner.filter(|f| !f.contains('"')).unwrap_or(field)
    }

    fn field(&self, role: Role) -> &str {
        self.columns.of(role).first().map_or("", |at| self.at(*at))
    }

    pub(super) fn bad(&self, field: &str, reason: impl Into<String>) -> Reject {
        Reject {
            line: self.number,
            field: field.to_owned(),
            reason: reason.into(),
        }
    }

    fn bad_role(&self, role: Role, reason: impl Into<String>) -> Reject {
        let column = self.columns.of(role).first();
        self.bad(
            column.map_or(role.word(), |at| self.columns.name(*at)),
            reason,
        )
    }

    /// What a field says, if it says anything; `reason` goes on after the field's name. In another program's file what
    /// cannot be read is left out.
    fn read<T>(
        &self,
        role: Role,
        parse: impl FnOnce(&str) -> Option<T>,
        reason: &str,
    ) -> Result<Option<T>, Reject> {
        match self.field(role) {
            "" => Ok(None),
            text => match parse(text) {
                None if self.columns.ours => Err(self.bad_role(role, reason)),
                read => Ok(read),
            },
        }
    }

    pub(super) fn understand(&self, paper: &Paper<'_>, now: Timestamp) -> Result<Row, Reject> {
        let (fields, columns) = (self.record.len(), self.columns.len());
        // Some programs end each line with a delimiter more.
        if (columns..fields).any(|at| !self.at(at).is_empty()) {
            return Err(self.bad(
                "line",
                format!("has {fields} fields where the header has {columns}"),
            ));
        }
        let (beside, email) = EmailAddress::parse_mailbox(self.field(Role::Email))
            .map_err(|e| self.bad_role(Role::Email, e.to_string()))?;
        let mut notes = Vec::new();
        let consent = read_consent(self, now, &mut notes)?;
        let places = self.places(paper, consent.at, now)?;
        let name = one_line(&self.name(&beside));
        if name.chars().count() > LONGEST_NAME {
            notes.push(format!(
                "the name has more than {LONGEST_NAME} characters, so it is cut"
            ));
        }
        let name: String = name.chars().take(LONGEST_NAME).collect();
        Ok(Row {
            line: self.number,
            key: paper.keys.address(&email.normal()),
            email,
            name: Some(name).filter(|n| !n.is_empty()),
            language: self.read(
                Role::Language,
                |l| language(&l.replace('_', "-")),
                "is not a language tag",
            )?,
            zone: self.read(
                Role::Zone,
                |text| TimeZone::get(text).ok().map(|_| text.to_owned()),
                "is not a zone of the IANA list, as Europe/London is",
            )?,
            tier: match self.tier(consent.tier, now, &mut notes) {
                // Who gets no mail more gets none, whatever they paid.
                Err(_) if consent.standing != Standing::Active => None,
                tier => tier?,
            },
            quiet: self.read(
                Role::QuietHours,
                |text| text.parse().ok(),
                "are not quiet hours, as 22:00-07:00 are",
            )?,
            weekly_budget: self.read(
                Role::WeeklyBudget,
                |text| text.parse().ok().filter(|n| *n > 0),
                "is not a number of mails a week, from 1 to 255",
            )?,
            places,
            consent,
            notes,
        })
    }

    /// The name, from one column or two, or from beside the address.
    fn name(&self, beside: &str) -> String {
        let (whole, first, last) = (
            self.field(Role::Name),
            self.field(Role::FirstName),
            self.field(Role::LastName),
        );
        let given = if whole.is_empty() { first } else { whole };
        let family = if whole.is_empty() || !self.columns.has(Role::FirstName) {
            last
        } else {
            ""
        };
        let both = format!("{} {}", given.trim(), family.trim());
        if both.trim().is_empty() {
            beside.to_owned()
        } else {
            both
        }
    }

    /// What the reader may open: as if paid where any column says so, and its time is not over.
    fn tier(
        &self,
        said: Option<Tier>,
        now: Timestamp,
        notes: &mut Vec<String>,
    ) -> Result<Option<Tier>, Reject> {
        let mut all: Vec<Tier> = said.into_iter().collect();
        for at in self.columns.of(Role::Tier) {
            for word in self
                .at(*at)
                .split(',')
                .map(str::trim)
                .filter(|w| !w.is_empty())
            {
                all.push(self.tier_of(word).ok_or_else(|| {
                    let name = self.columns.name(*at);
                    if self.columns.ours {
                        return self.bad(name, "is not a tier: free or premium");
                    }
                    let word = shown(word);
                    let reason = format!("says {word}, which is no tier we know; say what it means with --tier {word}=premium or --tier {word}=free");
                    self.bad(name, reason)
                })?);
            }
        }
        for at in self.columns.of(Role::Paid) {
            match (self.at(*at), yes_or_no(self.at(*at))) {
                ("", _) => {}
                (_, Some(true)) => all.push(Tier::Premium),
                (_, Some(false)) => all.push(Tier::Free),
                (text, None) => {
                    let reason = format!("says {}, which is neither yes nor no", shown(text));
                    return Err(self.bad(self.columns.name(*at), reason));
                }
            }
        }
        let mut tier = all.iter().copied().max_by_key(|t| *t == Tier::Premium);
        for at in self.columns.of(Role::PaidUntil) {
            if tier == Some(Tier::Premium)
                && instant(self.at(*at)).is_some_and(|until| until <= now)
            {
                notes.push(format!(
                    "{} is past, so the tier is free",
                    self.columns.name(*at)
                ));
                tier = Some(Tier::Free);
            }
        }
        Ok(tier)
    }

    fn tier_of(&self, word: &str) -> Option<Tier> {
        let said = self
            .options
            .tiers
            .iter()
            .find(|(w, _)| folded(w) == folded(word));
        let known = || pays(word).or_else(|| yes_or_no(word).filter(|_| !self.columns.ours));
        said.map(|(_, tier)| *tier)
            .or_else(|| word.parse().ok())
            .or_else(|| {
                known()
                    .filter(|_| !self.columns.ours)
                    .map(|pays| if pays { Tier::Premium } else { Tier::Free })
            })
    }

    /// The newsletters the line names, or else those the flags name, and those its tags mean.
    fn places(
        &self,
        paper: &Paper<'_>,
        joined_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Vec<(usize, Subscription)>, Reject> {
        let minute = self.read(Role::Hour, minute_of, "is not a time of day, as 06:30 is")?;
        let days = self.read(
            Role::Days,
            parse_days,
            "are not days, as mon;wed or weekdays are",
        )?;
        let only_followed = self.read(Role::OnlyFollowed, yes_or_no, "is neither yes nor no")?;
        let (mut follows, mutes) = (self.terms(Role::Follows)?, self.terms(Role::Mutes)?);
        let named = self.field(Role::Newsletters).split(';').map(str::trim);
        let mut slugs: Vec<&str> = named.filter(|s| !s.is_empty()).collect();
        if slugs.is_empty() {
            slugs.extend(self.options.newsletters.iter().map(String::as_str));
        }
        for meaning in self.tags() {
            match meaning {
                Meaning::Newsletter(slug) => slugs.push(slug),
                Meaning::Follow(term) => {
                    follows.insert(term.clone());
                }
            }
        }
        let mut places: Vec<(usize, Subscription)> = Vec::with_capacity(slugs.len());
        for slug in slugs {
            let found = paper.newsletters.iter().position(|n| n.slug == slug);
            let at = found.ok_or_else(|| {
                self.bad_role(
                    Role::Newsletters,
                    format!("{} is no newsletter of ours", shown(slug)),
                )
            })?;
            if places.iter().any(|(other, _)| *other == at) {
                continue;
            }
            let newsletter = &paper.newsletters[at];
            let offered = |text: &str| {
                let cadence = text.parse().ok();
                cadence.filter(|c: &Cadence| newsletter.cadences.contains(c))
            };
            let cadence = self.read(
                Role::Cadence,
                offered,
                &format!("is not one that {slug} offers"),
            )?;
            let mut s = Subscription::new(newsletter, joined_at.unwrap_or(now));
            s.cadence = cadence.unwrap_or(s.cadence);
            (s.at_minute, s.days) = (minute, days);
            s.only_followed = only_followed.unwrap_or_default();
            (s.follows, s.mutes) = (follows.clone(), mutes.clone());
            places.push((at, s));
        }
        Ok(places)
    }

    /// What the line's tags were said to mean.
    fn tags(&self) -> Vec<&Meaning> {
        if self.options.tags.is_empty() {
            return Vec::new();
        }
        let fields = self
            .columns
            .of(Role::Tags)
            .iter()
            .map(|at| self.record.get(*at).unwrap_or(""));
        let tags: Vec<String> = fields.flat_map(tags_of).collect();
        let meant = self.options.tags.iter();
        meant
            .filter(|(tag, _)| tags.iter().any(|t| t.to_lowercase() == tag.to_lowercase()))
            .map(|(_, meaning)| meaning)
            .collect()
    }

    /// Terms parted by `;`, where `;;` stands for one that belongs to a name.
    fn terms(&self, role: Role) -> Result<BTreeSet<Term>, Reject> {
        let field = self.field(role).replace(";;", "\u{1}");
        let terms = field.split(';').filter(|t| !t.trim().is_empty());
        let terms = terms.map(|t| t.replace('\u{1}', ";").parse());
        terms
            .collect::<Result<_, _>>()
            .map_err(|e: TermError| self.bad_role(role, e.to_string()))
    }
}

/// Tags parted by `,`, `;` or `|`, each perhaps in quotation marks of its own.
fn tags_of(field: &str) -> Vec<String> {
    let (mut all, mut tag, mut quoted) = (Vec::new(), String::new(), false);
    for c in field.chars().chain([',']) {
        match c {
            '"' => quoted = !quoted,
            ',' | ';' | '|' if !quoted => {
                let one = std::mem::take(&mut tag);
                all.extend(Some(one.trim().to_owned()).filter(|t| !t.is_empty()));
            }
            _ => tag.push(c),
        }
    }
    all
}

/// A value as a message may repeat it: short, and no address that slipped into another column.
pub(super) fn shown(text: &str) -> String {
    if text.contains('@') || text.chars().count() > 40 {
        "something else".into()
    } else {
        format!("{text:?}")
    }
}

/// The longest name that is kept, in characters.
pub const LONGEST_NAME: usize = 100;

/// A text on one line, which leaves what stands around it as it is.
pub fn one_line(text: &str) -> String {
    let line = text.replace(turns_writing, "");
    let line = line.replace(char::is_control, " ");
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A language tag of the simple kind: `en`, `pt-BR`.
pub fn language(text: &str) -> Option<String> {
    let good = (2..=12).contains(&text.len())
        && text.split('-').all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
        && text.split('-').next().is_some_and(|first| first.len() <= 3);
    good.then(|| text.to_owned())
}

/// The minute of the day that `HH:MM` names.
pub fn minute_of(text: &str) -> Option<i16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (i16, i16) = (hour.parse().ok()?, minute.parse().ok()?);
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_in_their_own_quotation_marks() {
        for (field, want) in [
            (
                "\"Editors, and friends\",\"City\"",
                &["Editors, and friends", "City"][..],
            ),
            (
                "Multiple Tags,Example, More tags",
                &["Multiple Tags", "Example", "More tags"],
            ),
            ("Lorem | Ipsum; ", &["Lorem", "Ipsum"]),
            ("", &[]),
        ] {
            assert_eq!(tags_of(field), want);
        }
        assert_eq!(shown("Gold"), "\"Gold\"");
        assert_eq!(shown("a@x.example"), "something else");
    }
}
