//! What one line says of its reader's consent: whether it holds, since when, and what shows it.

use jiff::Timestamp;

use super::column::{Role, folded};
use super::instant::instant;
use super::line::{Line, Reject, shown};
use super::standing::{Standing, pays, standing, yes_or_no};
use crate::config::Tier;

/// What a line says.
pub(super) struct Word {
    pub(super) standing: Standing,
    /// When consent was given, as far as that is known.
    pub(super) at: Option<Timestamp>,
    /// When it ended, or mail began to come back.
    pub(super) ended_at: Option<Timestamp>,
    /// The columns that show it, as the file has them.
    pub(super) evidence: Option<String>,
    /// What a status column says of the tier.
    pub(super) tier: Option<Tier>,
    /// Which column decided, and what it says.
    pub(super) because: String,
}

/// What a column of the kind "yes, no, or since when" says.
enum Flag {
    Yes(Option<Timestamp>),
    No,
    Empty,
}

/// The most of a field, and of a whole record of evidence, that is kept.
const FIELD: usize = 120;
const RECORD: usize = 1000;

pub(super) fn read_consent(
    line: &Line<'_>,
    now: Timestamp,
    notes: &mut Vec<String>,
) -> Result<Word, Reject> {
    let mut word = Word {
        standing: Standing::Active,
        at: None,
        ended_at: None,
        evidence: None,
        tier: None,
        because: String::new(),
    };
    if let Some(standing) = line.options.everyone {
        word.settle(standing, || format!("--as {standing}"));
    }
    let (mut dates, mut ends) = (Vec::new(), Vec::new());
    for role in [
        Role::Status,
        Role::Subscribed,
        Role::Confirmed,
        Role::Unsubscribed,
        Role::Blocked,
        Role::Bounced,
        Role::Complained,
    ] {
        for at in line.columns.of(role) {
            let (standing, since) = line.standing(role, *at, &mut word.tier)?;
            if matches!(role, Role::Subscribed | Role::Confirmed) {
                dates.extend(since);
            } else {
                ends.extend(since.map(|at| (standing, at)));
            }
            word.settle(standing, || {
                format!("{} {}", line.columns.name(*at), shown(line.at(*at)))
            });
        }
    }
    word.at = line.given(&dates, now, notes)?;
    let end = ends
        .iter()
        .find(|(standing, at)| *standing == word.standing && *at <= now);
    word.ended_at = end.map(|(_, at)| *at);
    word.evidence = line.evidence();
    Ok(word)
}

impl Word {
    fn settle(&mut self, standing: Standing, because: impl FnOnce() -> String) {
        if standing > self.standing {
            self.standing = standing;
            self.because = because();
        }
    }
}

impl Line<'_> {
    /// What one column says, and since when. A column whose purpose is to say who gets mail must say it.
    fn standing(
        &self,
        role: Role,
        column: usize,
        tier: &mut Option<Tier>,
    ) -> Result<(Standing, Option<Timestamp>), Reject> {
        let text = self.at(column);
        // An empty field says something only in a column that must say something.
        let asked = !text.is_empty() || matches!(role, Role::Status | Role::Subscribed);
        let mut meant = self.options.statuses.iter().filter(|_| asked);
        if let Some((_, standing)) = meant.find(|(w, _)| folded(w) == folded(text)) {
            return Ok((*standing, None));
        }
        let yes = match role {
            Role::Status => {
                if let Some(standing) = standing(text) {
                    return Ok((standing, None));
                }
                // "free" and "paid" tell the tier of a reader who gets mail.
                let pays = pays(text).ok_or_else(|| self.ask(column, text))?;
                *tier = Some(if pays { Tier::Premium } else { Tier::Free });
                return Ok((Standing::Active, None));
            }
            Role::Subscribed | Role::Confirmed => Standing::Active,
            Role::Unsubscribed => Standing::Unsubscribed,
            Role::Blocked => Standing::Blocked,
            Role::Bounced => Standing::Bounced,
            _ => Standing::Complained,
        };
        let no = match role {
            Role::Subscribed => Standing::Unsubscribed,
            Role::Confirmed => Standing::Unconfirmed,
            _ => Standing::Active,
        };
        match flag(text) {
            Some(Flag::Yes(since)) => Ok((yes, since)),
            Some(Flag::Empty) if role == Role::Subscribed => Err(self.ask(column, text)),
            Some(Flag::No | Flag::Empty) => Ok((no, None)),
            None => match standing(text) {
                Some(standing) => Ok((standing, None)),
                None => Err(self.ask(column, text)),
            },
        }
    }

    /// Nobody but the paper can know.
    fn ask(&self, column: usize, text: &str) -> Reject {
        let reason = if text.is_empty() {
            "is empty, so whether this reader wants mail is not known; say what that means with --status =active or \
             --status =unsubscribed"
                .to_owned()
        } else {
            let word = shown(text);
            format!(
                "says {word}, which is no state we know; say what it means with --status {word}=unsubscribed, or \
                 active, unconfirmed, blocked, bounced, complained"
            )
        };
        self.bad(self.columns.name(column), reason)
    }

    /// When consent was given: confirmed, else asked for, else written down.
    fn given(
        &self,
        dates: &[Timestamp],
        now: Timestamp,
        notes: &mut Vec<String>,
    ) -> Result<Option<Timestamp>, Reject> {
        for at in self.columns.of(Role::ConsentAt) {
            let text = self.at(*at);
            if text.is_empty() {
                continue;
            }
            let read = instant(text).filter(|at| *at <= now);
            if read.is_none() {
                let reason =
                    "is not a past day or instant, as 2025-03-03 or 2025-03-03T10:15:00Z are";
                return Err(self.bad(self.columns.name(*at), reason));
            }
            return Ok(read);
        }
        let mut found = None;
        for role in [Role::ConfirmedAt, Role::JoinedAt, Role::CreatedAt] {
            for at in self.columns.of(role) {
                let (name, text) = (self.columns.name(*at), self.at(*at));
                match instant(text) {
                    Some(at) if at > now => {
                        notes.push(format!("{name} lies in the future, so it does not count"));
                    }
                    Some(at) => found = found.or(Some(at)),
                    None if text.is_empty() => {}
                    None => notes.push(format!(
                        "{name} is no day that can be told, so it does not count"
                    )),
                }
            }
            if role == Role::JoinedAt {
                found = found.or_else(|| dates.iter().copied().find(|at| *at <= now));
            }
        }
        Ok(found)
    }

    /// The columns that show the consent or its end, each with its name.
    fn evidence(&self) -> Option<String> {
        let mut all = String::new();
        for at in &self.columns.evidence {
            let text = self.at(*at);
            if text.is_empty() || all.len() > RECORD {
                continue;
            }
            if !all.is_empty() {
                all += "; ";
            }
            all += self.columns.name(*at);
            all.push(' ');
            all.extend(text.chars().filter(|c| !c.is_control()).take(FIELD));
        }
        Some(all).filter(|all| !all.is_empty())
    }
}

/// None where it says something else.
fn flag(text: &str) -> Option<Flag> {
    // What databases write for a day that is not there.
    if text.is_empty() || text.starts_with("0000-00-00") {
        return Some(Flag::Empty);
    }
    if matches!(folded(text).as_str(), "" | "null" | "none" | "na" | "never") {
        return Some(Flag::Empty);
    }
    match yes_or_no(text) {
        Some(true) => Some(Flag::Yes(None)),
        Some(false) => Some(Flag::No),
        None => instant(text).map(|at| Flag::Yes(Some(at))),
    }
}
