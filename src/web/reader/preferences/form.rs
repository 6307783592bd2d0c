//! What a form of the preferences page says, before it is known to make sense.

use std::collections::BTreeSet;

use axum::extract::{FromRequest, Request};
use jiff::civil::Date;
use jiff::{Span, Timestamp, ToSpan, ZonedDateTime};

use crate::audience::suggest::{Suggestion, meant};
use crate::audience::{Edit, EmailAddress, Refusal, When, minute_of};
use crate::config::Wanted;
use crate::web::{Web, WebError};

/// The most fields a form has.
const MOST_FIELDS: usize = 100;

/// The fields of a posted form, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl FromRequest<Web> for Form {
    type Rejection = WebError;

    async fn from_request(request: Request, web: &Web) -> Result<Form, WebError> {
        let fields = axum::extract::Form::<Vec<(String, String)>>::from_request(request, web);
        match fields.await {
            Ok(axum::extract::Form(fields)) if fields.len() <= MOST_FIELDS => Ok(Form(fields)),
            Ok(_) => Err(WebError::BadForm),
            Err(refused) => Err(WebError::of_status(refused.status())),
        }
    }
}

/// What a form asks for.
pub(super) enum Asked {
    /// Another wish.
    Edit(Edit),
    /// To take back what this revision changed.
    Undo(i64),
    /// The same of what asked for everything to be erased.
    Keep(i64),
    /// A fresh link.
    Link,
    /// Mail at another address.
    Move(EmailAddress),
}

/// Why a form asks for nothing.
pub(super) enum Unread {
    /// A field cannot be meant.
    Refused(Refusal),
    /// The address is none.
    Address,
    /// The form is none of ours.
    Strange,
}

impl From<Refusal> for Unread {
    fn from(refusal: Refusal) -> Unread {
        Unread::Refused(refusal)
    }
}

impl Form {
    /// The value of a field; empty where there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(n, _)| n == name);
        found.map_or("", |(_, value)| value)
    }

    /// Every value of a field.
    pub(super) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        let fields = self.0.iter().filter(move |(n, _)| n == name);
        fields.map(|(_, value)| value.as_str())
    }

    /// The revision that the page showed.
    pub(super) fn seen(&self) -> Option<i64> {
        self.get("revision").parse().ok()
    }

    /// What is asked for. `now` is on the reader's clocks, and `known` what the paper has to follow.
    pub(super) fn asked(&self, now: &ZonedDateTime, known: &[Suggestion]) -> Result<Asked, Unread> {
        let slug = || self.get("newsletter").to_owned();
        let some_slug = || Some(slug()).filter(|slug| !slug.is_empty());
        let term = || meant(self.get("what"), known).ok_or(Refusal::Term);
        let exact = || self.get("term").parse().map_err(|_| Refusal::Term);
        Ok(Asked::Edit(match self.get("do") {
            "join" => Edit::Join(slug()),
            "leave" => Edit::Leave(slug()),
            "when" => Edit::When(slug(), self.when()?),
            "add" if self.get("act") == "mute" => Edit::Mute(slug(), term()?),
            "add" => Edit::Follow(slug(), term()?),
            "forget" => Edit::Forget(slug(), exact()?),
            "only-followed" => Edit::OnlyFollowed(slug(), self.get("only_followed") == "yes"),
            "limit" => Edit::Budget(match self.get("budget") {
                "" => None,
                most => Some(most.parse().map_err(|_| Refusal::Budget)?),
            }),
            "pause" => Edit::Pause(some_slug(), self.until(now)?),
            "resume" => Edit::Resume(some_slug()),
            "offers" => Edit::Offers(self.all("offers").map(str::to_owned).collect()),
            "notices" => {
                let of =
                    |name| -> BTreeSet<Wanted> { self.all(name).filter_map(Wanted::of).collect() };
                Edit::Notices(of("shown"), of("wanted"))
            }
            "language" => {
                let language = self.get("language");
                Edit::Language(Some(language.to_owned()).filter(|l| !l.is_empty()))
            }
            "name" => Edit::Name(self.get("name").to_owned()),
            "leave-all" => Edit::LeaveAll,
            "erase" => Edit::Erase,
            "undo" => return Ok(Asked::Undo(self.of()?)),
            "keep" => return Ok(Asked::Keep(self.of()?)),
            "link" => return Ok(Asked::Link),
            "address" => {
                let address = EmailAddress::parse(self.get("address").trim());
                return Ok(Asked::Move(address.map_err(|_| Unread::Address)?));
            }
            _ => return Err(Unread::Strange),
        }))
    }

    /// The revision that is to be taken back.
    fn of(&self) -> Result<i64, Unread> {
        self.get("of").parse().map_err(|_| Unread::Strange)
    }

    fn when(&self) -> Result<When, Unread> {
        let cadence = self.get("cadence").parse().map_err(|_| Refusal::Cadence)?;
        let at_minute = match self.get("hour") {
            "" => None,
            hour => Some(minute_of(hour).ok_or(Refusal::Hour)?),
        };
        // A browser sends nothing for boxes that are all empty: the form says that it has some.
        let days = (self.get("days") == "shown").then(|| {
            let ticked = self.all("day").filter_map(|day| day.parse::<u8>().ok());
            ticked
                .filter(|day| (1..=7).contains(day))
                .fold(0, |mask, day| mask | 1 << (day - 1))
        });
        let zone = Some(self.get("zone").to_owned()).filter(|zone| !zone.is_empty());
        Ok(When {
            cadence,
            at_minute,
            days,
            zone,
        })
    }

    /// A pause ends as a day begins.
    fn until(&self, now: &ZonedDateTime) -> Result<Timestamp, Refusal> {
        let in_a = |span: Span| now.date().checked_add(span).ok();
        let day = match self.get("until") {
            "week" => in_a(7.days()),
            "month" => in_a(1.month()),
            _ => self.get("date").parse::<Date>().ok(),
        };
        let begins = day.and_then(|day| day.to_zoned_datetime(now.time_zone().clone()).ok());
        begins
            .map(|begins| begins.timestamp())
            .ok_or(Refusal::PausePast)
    }
}
