//! A notice's mail: one page of its own, with what it says in the reader's language, and a link made from its ticket.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fill::{clean, preheader, web_link};
use super::letter::Letter;
use super::mail::{Mail, RenderError};
use super::press::{Press, issue_view};
use super::sheet::Body;
use super::words::{Arg, Words};
use super::{Slot, Slots};
use crate::app::App;
use crate::clock::from_millis;
use crate::message::NoticeKind;
use crate::secret::{Purpose, Ticket};

/// What a notice says, as it is kept until it has left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Says {
    /// The language it is in.
    pub language: String,
    /// Titles of the newsletters that it speaks of.
    pub newsletters: Vec<String>,
    /// The network that the act came from.
    pub network: Option<String>,
    /// An address that it tells of, masked.
    pub address: Option<String>,
    /// What its button opens.
    pub ticket: Option<Ticket>,
}

/// A notice as its letter has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is for.
    pub kind: NoticeKind,
    /// What it says.
    pub says: Says,
}

/// The longest text that came from elsewhere and is repeated, in characters.
const LONGEST: usize = 200;

/// The beginning of the names of a kind's messages in the catalogs.
fn words_of(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Confirm => "notice_confirm",
        NoticeKind::Link => "notice_link",
        NoticeKind::AddressConfirm => "notice_address",
        NoticeKind::AddressChanged => "notice_changed",
        NoticeKind::Left => "notice_left",
        NoticeKind::Erasing => "notice_erasing",
    }
}

/// The path of the page that a ticket opens.
fn path_of(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Confirm => "confirm",
        Purpose::Manage | Purpose::Preferences => "preferences",
        Purpose::Undo => "undo",
        Purpose::Address => "address",
        Purpose::Leave | Purpose::AskToLeave => "leave",
        Purpose::Read => "read",
    }
}

/// What the page shows: its subject, and what the template calls `notice`.
pub(super) fn texts(
    words: Words<'_>,
    notice: &Notice,
    paper: &str,
    link: Option<&str>,
    until: Option<&str>,
) -> (String, Value) {
    let says = &notice.says;
    let short = |text: &str| clean(text).chars().take(LONGEST).collect::<String>();
    let titles: Vec<String> = says.newsletters.iter().map(|title| short(title)).collect();
    let newsletters = words.list(&titles).unwrap_or_else(|| words.isolate(paper));
    let address = says.address.as_deref().map(short).unwrap_or_default();
    let args: [(&str, Arg<'_>); 4] = [
        ("newsletters", newsletters.into()),
        ("count", titles.len().into()),
        ("paper", clean(paper).into()),
        ("address", address.into()),
    ];
    let kind = words_of(notice.kind);
    let say = |part: &str| words.say(&format!("{kind}_{part}"), &args);
    // Only who can take it back is told to.
    let not = match (notice.kind, link) {
        (NoticeKind::AddressChanged, None) => say("write"),
        _ => say("not"),
    };
    let network = says.network.as_deref().map(|network| {
        let network = short(network);
        words.say("notice_from", &[("network", network.into())])
    });
    let until = until.map(|until| words.say("notice_until", &[("until", until.into())]));
    let value = json!({
        "head": say("head"),
        "text": say("text"),
        "link": link.and_then(web_link),
        "button": say("go"),
        "not": not,
        "until": until,
        "network": network,
        "why": words.say("notice_why", &args),
    });
    (say("subject"), value)
}

/// What templates are tried on: each kind, with all there can be and with as little.
pub(super) fn samples(words: Words<'_>) -> Vec<Value> {
    let of = |kind: NoticeKind, is_full: bool| {
        let some = |text: &str| is_full.then(|| text.to_owned());
        let notice = Notice {
            kind,
            says: Says {
                language: "en".to_owned(),
                newsletters: some("Morning Tide").into_iter().collect(),
                network: some("192.0.2.0/24"),
                address: some("a…w@example.org"),
                ticket: None,
            },
        };
        let link = is_full.then_some("https://mail.courier.example/confirm/x");
        let until = is_full.then_some("Fri 27, 05:30, London time");
        texts(words, &notice, "The Harbour Courier", link, until).1
    };
    let kinds = NoticeKind::ALL.iter();
    kinds
        .flat_map(|kind| [of(*kind, true), of(*kind, false)])
        .collect()
}

impl Press {
    /// The mail of a notice.
    pub(super) fn notice(
        &self,
        app: &App,
        letter: &Letter,
        notice: &Notice,
    ) -> Result<Mail, RenderError> {
        let language = notice.says.language.as_str();
        let words = self.templates.words(language);
        let setting = &self.issue.setting;
        let link = notice.says.ticket.map(|ticket| {
            let token = app.keys.ticket(self.issue.key_number, &ticket);
            let path = path_of(ticket.purpose);
            format!("{}/{path}/{token}", setting.public_url)
        });
        let at = from_millis(letter.scheduled_at).to_zoned_datetime(self.zone.clone());
        let until = notice.says.ticket;
        let until = until.map(|ticket| self.until(words, ticket, at.date()));
        let (subject, texts) = texts(
            words,
            notice,
            &setting.paper_name,
            link.as_deref(),
            until.as_deref(),
        );
        let mut view = issue_view(setting, self.theme(language), Some(at.date()));
        let head = texts["head"].as_str().unwrap_or_default();
        head.clone_into(&mut view.newsletter_title);
        let preheader = preheader(texts["text"].as_str().unwrap_or_default());
        let body = Body::Whole(Arc::new(self.templates.notice(&view, texts)?));
        let slots = Slots::default()
            .with(Slot::Subject, &subject)
            .with(Slot::Preheader, &preheader);
        Ok(self.written(app, letter, None, &subject, None, &body, &slots))
    }

    /// "Tue 24, 14:35, London time": the ticket's last minute by the paper's clock; with month and year where a reader of
    /// `today` would ask which.
    fn until(&self, words: Words<'_>, ticket: Ticket, today: Date) -> String {
        let last = ticket.ends_at() - SignedDuration::from_mins(1);
        let at = last.to_zoned_datetime(self.zone.clone());
        let zone = words.zone(self.zone.iana_name().unwrap_or("UTC"));
        if today
            .checked_add(6.days())
            .is_ok_and(|near| at.date() <= near)
        {
            return words.row_of(&[words.moment(at.datetime()), zone]);
        }
        let time = words.time(at.hour() as u8, at.minute() as u8);
        words.row_of(&[words.date_long(at.date()), time, zone])
    }
}
