//! What is said to one reader: a greeting, and why this mail came.

use jiff::civil::Date;

use super::fill::clean;
use super::words::Words;

/// The longest name we greet by, in characters: what is longer is no name, and weighs on the mail.
const LONGEST_NAME: usize = 60;

impl Words<'_> {
    /// A greeting for `name` at `hour` of the reader's day, for [`super::Slot::Greeting`].
    pub fn greeting(&self, name: Option<&str>, hour: i8) -> String {
        let (named, plain) = match hour {
            3..12 => ("greeting_morning", "greeting_morning_plain"),
            12..18 => ("greeting_day", "greeting_day_plain"),
            _ => ("greeting_evening", "greeting_evening_plain"),
        };
        let name = name.map(clean).unwrap_or_default();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return self.say(plain, &[]);
        }
        self.say(named, &[("name", name.into())])
    }

    /// Why a reader gets `newsletter`, for [`super::Slot::Why`]; [`Words::schedule`] follows it.
    pub fn why(&self, newsletter: &str, since: Option<Date>) -> String {
        let newsletter = ("newsletter", clean(newsletter).into());
        match since {
            Some(since) => {
                let since = ("since", self.date_short(since).into());
                self.say("why_since", &[newsletter, since])
            }
            None => self.say("why", &[newsletter]),
        }
    }

    /// Why a reader gets offers, for [`super::Slot::Why`].
    pub fn why_offer(&self, since: Option<Date>) -> String {
        match since {
            Some(since) => {
                let since = self.date_short(since);
                self.say("offer_why_since", &[("since", since.into())])
            }
            None => self.say("offer_why", &[]),
        }
    }
}
