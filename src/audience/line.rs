//! One line of a file of subscribers, understood or refused.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use csv::StringRecord;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::EmailAddress;
use super::follow::{Term, TermError};
use super::preference::{Subscription, parse_days};
use super::store::Paper;
use crate::config::{Cadence, Tier};

/// A line that could not be taken.
pub(super) struct Reject {
    pub(super) line: u64,
    pub(super) field: &'static str,
    pub(super) reason: String,
}

/// What a line says of its reader; what it does not say stays as it is.
pub(super) struct Profile {
    pub(super) name: Option<String>,
    pub(super) language: Option<String>,
    pub(super) zone: Option<String>,
    pub(super) tier: Option<Tier>,
    pub(super) subscriptions: BTreeMap<String, Subscription>,
}

/// One line, understood.
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) email: EmailAddress,
    pub(super) profile: Profile,
}

/// One line as the file has it.
pub(super) struct Line<'a> {
    pub(super) columns: &'a HashMap<&'static str, usize>,
    pub(super) record: &'a StringRecord,
    pub(super) number: u64,
}

impl Line<'_> {
    fn field(&self, name: &str) -> &str {
        self.columns
            .get(name)
            .and_then(|at| self.record.get(*at))
            .unwrap_or("")
    }

    fn bad(&self, field: &'static str, reason: impl Into<String>) -> Reject {
        Reject {
            line: self.number,
            field,
            reason: reason.into(),
        }
    }

    /// What a field says, if it says anything; `reason` goes on after the field's name.
    fn read<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
        reason: &str,
    ) -> Result<Option<T>, Reject> {
        match self.field(name) {
            "" => Ok(None),
            text => parse(text).map(Some).ok_or_else(|| self.bad(name, reason)),
        }
    }

    pub(super) fn understand(&self, paper: &Paper<'_>, now: Timestamp) -> Result<Row, Reject> {
        let (fields, columns) = (self.record.len(), self.columns.len());
        if fields > columns {
            return Err(self.bad(
                "line",
                format!("has {fields} fields where the header has {columns}"),
            ));
        }
        let email = EmailAddress::parse(self.field("email"))
            .map_err(|e| self.bad("email", e.to_string()))?;
        let mut profile = Profile {
            name: self.read("name", |text| Some(tidy_name(text)), "")?,
            language: self.read("language", language, "is not a language tag")?,
            zone: self.read(
                "zone",
                |text| TimeZone::get(text).ok().map(|_| text.to_owned()),
                "is not a zone of the IANA list, as Europe/London is",
            )?,
            tier: self.read(
                "tier",
                |text| text.parse().ok(),
                "is not a tier: free or premium",
            )?,
            subscriptions: BTreeMap::new(),
        };
        profile.subscriptions = self.subscriptions(paper, now)?;
        Ok(Row {
            line: self.number,
            email,
            profile,
        })
    }

    fn subscriptions(
        &self,
        paper: &Paper<'_>,
        now: Timestamp,
    ) -> Result<BTreeMap<String, Subscription>, Reject> {
        let joined_at = self.read(
            "consent_at",
            |text| instant(text).filter(|at| *at <= now),
            "is not a past day or instant, as 2025-03-03 or 2025-03-03T10:15:00Z are",
        )?;
        let minute = self.read("hour", minute_of, "is not a time of day, as 06:30 is")?;
        let days = self.read(
            "days",
            parse_days,
            "are not days, as mon;wed or weekdays are",
        )?;
        let (follows, mutes) = (self.terms("follows")?, self.terms("mutes")?);
        let slugs = self
            .field("newsletters")
            .split(';')
            .map(str::trim)
            .filter(|s| !s.is_empty());
        slugs
            .map(|slug| {
                let newsletter = paper.newsletter(slug).ok_or_else(|| {
                    self.bad("newsletters", format!("{slug:?} is no newsletter of ours"))
                })?;
                let offered = |text: &str| {
                    text.parse()
                        .ok()
                        .filter(|c: &Cadence| newsletter.cadences.contains(c))
                };
                let cadence = self.read(
                    "cadence",
                    offered,
                    &format!("is not one that {slug} offers"),
                )?;
                let mut s = Subscription::new(newsletter, joined_at.unwrap_or(now));
                s.cadence = cadence.unwrap_or(s.cadence);
                (s.at_minute, s.days) = (minute, days);
                (s.follows, s.mutes) = (follows.clone(), mutes.clone());
                Ok((slug.to_owned(), s))
            })
            .collect()
    }

    /// Terms parted by `;`, where `;;` stands for one that belongs to a name.
    fn terms(&self, name: &'static str) -> Result<BTreeSet<Term>, Reject> {
        let field = self.field(name).replace(";;", "\u{1}");
        let terms = field.split(';').filter(|t| !t.trim().is_empty());
        let terms = terms.map(|t| t.replace('\u{1}', ";").parse());
        terms
            .collect::<Result<_, _>>()
            .map_err(|e: TermError| self.bad(name, e.to_string()))
    }
}

/// A name as it is kept: one line of at most a hundred characters.
pub fn tidy_name(text: &str) -> String {
    let line = text.replace(char::is_control, " ");
    line.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(100)
        .collect()
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

fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let day: jiff::civil::Date = text.get(..10)?.parse().ok()?;
        day.to_zoned_datetime(TimeZone::UTC)
            .ok()
            .map(|at| at.timestamp())
    })
}
