//! What a sign-up form sends, from our page, a frame, a site's own form or program; and what can be wrong with it.

use axum::http::HeaderMap;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use crate::audience::signup::{Hint, hint, is_open};
use crate::audience::{AddressError, EmailAddress};
use crate::render::Words;
use crate::web::error::{is_json, minutes};
use crate::web::{Web, WebError};

/// More newsletters than a paper has are not looked at.
const MOST: usize = 64;
/// The longest of the small fields.
const LONGEST: usize = 64;

/// A sign-up form as it was filled in; none of it looked at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    pub(super) address: String,
    #[serde(rename = "newsletters")]
    pub(super) newsletters: Vec<String>,
    /// What no person sees, and so none fills in.
    pub(super) website: String,
    /// The version of the words that the form showed.
    pub(super) words: String,
    /// The language of the form.
    pub(super) language: String,
    pub(super) zone: String,
}

impl Form {
    /// Reads a form, or the same as JSON.
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Form, WebError> {
        if is_json(headers) {
            return serde_json::from_slice(body).map_err(|_| WebError::BadForm);
        }
        let mut form = Form::default();
        for (name, value) in form_urlencoded::parse(body) {
            let value = value.into_owned();
            match &*name {
                "newsletter" if form.newsletters.len() < MOST => form.newsletters.push(value),
                "address" => form.address = value,
                "website" => form.website = value,
                "words" => form.words = value,
                "language" => form.language = value,
                "zone" => form.zone = value,
                _ => {}
            }
        }
        Ok(form)
    }

    /// The zone it names, if there is such a one.
    pub(super) fn zone(&self) -> Option<String> {
        let zone = Some(&self.zone).filter(|zone| (1..=LONGEST).contains(&zone.len()));
        let zone = TimeZone::get(zone?).ok()?;
        zone.iana_name().map(str::to_owned)
    }

    /// The version of words it names, as far as it is one.
    pub(super) fn words_version(&self) -> &str {
        let is_one =
            self.words.len() <= LONGEST && self.words.bytes().all(|b| b.is_ascii_alphanumeric());
        if is_one && !self.words.is_empty() {
            &self.words
        } else {
            "of another page"
        }
    }

    /// The newsletters it asks for that anybody may join, in the order of the shelf.
    pub(super) fn open_newsletters(&self, web: &Web) -> Vec<String> {
        let newsletters = web.app.config.shelf().into_iter();
        let asked = newsletters.filter(|n| is_open(n) && self.newsletters.contains(&n.slug));
        asked.map(|n| n.slug.clone()).take(MOST).collect()
    }

    /// What is wrong with the newsletters: that there are none, or one that nobody can join here.
    pub(super) fn newsletters_wrong(&self, web: &Web, words: Words<'_>) -> Option<Mistake> {
        let is_there = |slug: &String| web.app.newsletter(slug).is_some_and(is_open);
        let says = match self.newsletters.iter().find(|slug| !is_there(slug)) {
            Some(unknown) => {
                let slug: String = unknown.chars().take(LONGEST).collect();
                words.say("signup_unknown", &[("newsletter", slug.into())])
            }
            None if self.newsletters.is_empty() => words.say("signup_none", &[]),
            None => return None,
        };
        Some(Mistake {
            field: "newsletters",
            says,
            at: String::new(),
        })
    }

    /// The address, or what is wrong with it.
    pub(super) fn address(&self, words: Words<'_>) -> Result<EmailAddress, Mistake> {
        let (_, email) = EmailAddress::parse_mailbox(&self.address).map_err(|error| {
            let says = match error {
                AddressError::Empty => "signup_address_empty",
                AddressError::NoAt | AddressError::LikeAt(_) => "signup_address_at",
                AddressError::NoDomain
                | AddressError::NoDot
                | AddressError::DigitLast
                | AddressError::EmptyLabel(..) => "signup_address_domain",
                _ => "signup_address_wrong",
            };
            Mistake::of_address(words.say(says, &[]))
        })?;
        Ok(email)
    }
}

/// Something to mend: where, and what to do.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Mistake {
    /// The field's name in the form.
    pub(super) field: &'static str,
    /// What to do, for the reader.
    pub(super) says: String,
    /// What the summary's link leads to, on a page.
    #[serde(skip)]
    pub(super) at: String,
}

impl Mistake {
    pub(super) fn of_address(says: String) -> Mistake {
        Mistake {
            field: "address",
            says,
            at: "address".to_owned(),
        }
    }

    /// That this network asked too often, and when it may again.
    pub(super) fn often(words: Words<'_>, seconds: u32) -> Mistake {
        let count = ("count", minutes(seconds).into());
        Mistake {
            field: "",
            says: words.say("error_too_many_text", &[count]),
            at: String::new(),
        }
    }

    /// Whether no field is to be mended for it.
    pub(super) fn is_no_field(&self) -> bool {
        self.field.is_empty()
    }

    /// That nobody takes mail at the address's domain.
    pub(super) fn no_mail(words: Words<'_>, email: &EmailAddress) -> Mistake {
        let (_, domain) = email.as_smtp().rsplit_once('@').unwrap_or_default();
        let mut says = words.say("signup_address_mail", &[("domain", domain.into())]);
        if let Some(Hint::Typo(meant)) = hint(email) {
            let meant = words.say("signup_meant", &[("address", meant.as_smtp().into())]);
            says = format!("{}. {meant}", says.trim_end_matches('.'));
        }
        Mistake::of_address(says)
    }
}
