//! The page's sentences: when a newsletter comes, what was just saved, what is to be mended.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::form::Form;
use super::save::Bad;
use crate::audience::edit::{days_of, is_active, is_idle, minute_of, zone_name};
use crate::audience::record::Told;
use crate::audience::signup::Way;
use crate::audience::source::{
    BY_COMMAND, BY_COMPLAINT, BY_FILE, BY_FRESH_LINK, BY_MAIL, BY_ONE_CLICK, BY_PAGE,
    BY_PREFERENCES, BY_UNDO,
};
use crate::audience::{Act, Standing};
use crate::audience::{Preferences, Refusal, Subscription, Term, TermKind};
use crate::clock::from_millis;
use crate::config::{Cadence, Newsletter};
use crate::render::{Arg, Words};
use crate::web::Web;

/// "on weekdays at 06:30", within a sentence.
pub(in crate::web::reader) fn comes(
    words: &Words<'_>,
    newsletter: &Newsletter,
    s: &Subscription,
    p: &Preferences,
) -> String {
    if newsletter.is_offers() {
        return words.say("prefs_comes_offers", &[]);
    }
    if is_idle(newsletter, p) {
        return words.say("prefs_comes_unfollowed", &[]);
    }
    let when = rhythm(words, newsletter, s, p);
    if s.only_followed {
        words.say("prefs_comes_followed", &[("when", when.into())])
    } else {
        when
    }
}

fn rhythm(words: &Words<'_>, newsletter: &Newsletter, s: &Subscription, p: &Preferences) -> String {
    let (days, minute, zone) = match s.cadence {
        Cadence::Instant => return words.say("prefs_comes_instant", &[]),
        Cadence::Scheduled if !newsletter.runs_once_a_day() => {
            return words.say("prefs_comes_own", &[]);
        }
        Cadence::Scheduled => {
            let usual = newsletter.usual_time();
            let days = days_of(newsletter, s) & newsletter.usual_weekdays();
            let zone = newsletter.zone.tz().iana_name().unwrap_or("UTC").to_owned();
            let minute = i16::from(usual.hour()) * 60 + i16::from(usual.minute());
            (days, minute, zone)
        }
        Cadence::Daily | Cadence::Weekly => (
            days_of(newsletter, s),
            minute_of(newsletter, s),
            zone_name(newsletter, p),
        ),
    };
    let time = words.time((minute / 60) as u8, (minute % 60) as u8);
    let args = [
        ("days", words.days(days).into()),
        ("time", time.into()),
        ("zone", words.zone(&zone).into()),
    ];
    words.say("prefs_comes_at", &args)
}

/// A day, with its weekday where it is near.
pub(super) fn day(words: &Words<'_>, at: i64, zone: &TimeZone) -> String {
    let at = from_millis(at).to_zoned_datetime(zone.clone());
    words.date_short(at.date())
}

/// "09:12".
pub(super) fn time(words: &Words<'_>, at: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_zoned_datetime(zone.clone());
    words.time(at.hour() as u8, at.minute() as u8)
}

/// Through what something was done, by the record's word for it; what a file of the paper's said stays as it is.
pub(super) fn by(words: &Words<'_>, source: &str) -> String {
    let is_network = |(_, network): &(&str, &str)| network.contains('/');
    let (source, network) = match source.rsplit_once(", from ").filter(is_network) {
        Some((source, network)) => (source, Some(network)),
        None => (source, None),
    };
    let named = [
        (BY_PAGE, "leave"),
        (BY_PREFERENCES, "mail"),
        (BY_FRESH_LINK, "fresh"),
        (BY_UNDO, "undo"),
        (BY_ONE_CLICK, "click"),
        (BY_MAIL, "letter"),
        (BY_COMPLAINT, "complaint"),
        (BY_COMMAND, "paper"),
    ];
    let ways = [
        (Way::Page, "signup"),
        (Way::Embed, "embed"),
        (Way::Site, "site"),
        (Way::Member, "member"),
    ];
    // Behind some stands by which inlet a mail came in.
    let bare = source.split_once(" (").map_or(source, |(bare, _)| bare);
    let named = named.iter().find(|(by, _)| *by == source || *by == bare);
    let way = ways.iter().find(|(way, _)| way.to_string() == source);
    let word = named.map(|(_, word)| word).or(way.map(|(_, word)| word));
    let by = match (word, source.strip_prefix(BY_FILE)) {
        (Some(word), _) => words.say(&format!("prefs_data_by_{word}"), &[]),
        (None, Some(file)) => words.say("prefs_data_by_file", &[("file", file.trim().into())]),
        (None, None) => source.to_owned(),
    };
    match network {
        Some(network) => {
            let args = [("by", by.into()), ("network", network.into())];
            words.say("prefs_data_from", &args)
        }
        None => by,
    }
}

/// What shows that it was the reader: the button they pressed, or the record as it stands.
pub(super) fn proof(words: &Words<'_>, shown: &str) -> String {
    // Behind the button's words stands the language of its page.
    let button = shown.rsplit_once(", ").map(|(button, _)| button);
    match button.filter(|button| button.starts_with('“') && !button.contains(';')) {
        Some(button) => words.say("prefs_data_shown", &[("words", button.into())]),
        None => words.say("prefs_data_proof", &[("record", shown.into())]),
    }
}

/// What kind of thing is followed: "Section".
pub(super) fn kind(words: &Words<'_>, kind: TermKind) -> String {
    let id = match kind {
        TermKind::Section => "prefs_kind_section",
        TermKind::Topic => "prefs_kind_topic",
        TermKind::Author => "prefs_kind_author",
        TermKind::Keyword => "prefs_kind_keyword",
    };
    words.say(id, &[])
}

/// What is followed, as it is named: a word stands in quotation marks.
pub(in crate::web::reader) fn name(words: &Words<'_>, term: &Term) -> String {
    match term.kind {
        TermKind::Keyword => words.say("prefs_quoted", &[("word", term.name.clone().into())]),
        _ => term.name.clone(),
    }
}

/// What is true now that this act was done.
pub(super) fn saved(
    web: &Web,
    words: &Words<'_>,
    standing: &Standing,
    told: &Told,
    zone: &TimeZone,
) -> String {
    let p = &standing.preferences;
    let newsletters = &web.app.config.newsletters;
    let of = |n: &&Newsletter| Some(web.app.newsletter_ids[&n.slug]) == told.newsletter_id;
    let newsletter = newsletters.iter().find(of);
    let s = newsletter.and_then(|n| p.subscriptions.get(&n.slug));
    let title = newsletter.map(|n| n.title.clone()).unwrap_or_default();
    let when = newsletter.zip(s).map(|(n, s)| comes(words, n, s, p));
    let what = told.detail.as_ref().and_then(|d| d.parse::<Term>().ok());
    let what = what.map(|term| name(words, &term)).unwrap_or_default();
    let until = s.and_then(|s| s.paused_until).or_else(|| {
        p.subscriptions
            .values()
            .filter_map(|s| s.paused_until)
            .max()
    });
    let until = until.map(|at| day(words, at, zone)).unwrap_or_default();
    let erased = standing
        .erase_at
        .map(|at| day(words, at, zone))
        .unwrap_or_default();
    let args: [(&str, Arg<'_>); 5] = [
        ("newsletter", title.into()),
        ("when", when.unwrap_or_default().into()),
        ("what", what.into()),
        ("until", until.into()),
        ("date", erased.into()),
    ];
    let say = |id: &str| words.say(id, &args);
    match told.act {
        Act::Joined => say("prefs_did_join"),
        Act::Left => say("prefs_did_leave"),
        Act::When => say("prefs_did_when"),
        Act::Followed => say("prefs_did_follow"),
        Act::Muted => say("prefs_did_mute"),
        Act::Forgot => say("prefs_did_forget"),
        Act::OnlyFollowed if s.is_some_and(|s| s.only_followed) => say("prefs_did_only"),
        Act::OnlyFollowed => say("prefs_did_not_only"),
        Act::Budget => match p.weekly_budget {
            None => say("prefs_did_no_limit"),
            Some(most) => words.say("prefs_did_limit", &[("count", most.into())]),
        },
        Act::Paused if newsletter.is_some() => say("prefs_did_pause"),
        Act::Paused => say("prefs_did_pause_all"),
        Act::Resumed if newsletter.is_some() => say("prefs_did_resume"),
        Act::Resumed => say("prefs_did_resume_all"),
        Act::Offers => {
            let any = newsletters
                .iter()
                .any(|n| n.is_offers() && is_active(p, &n.slug));
            say(if any {
                "prefs_did_offers"
            } else {
                "prefs_did_no_offers"
            })
        }
        Act::Notices => say("prefs_did_notices"),
        Act::Language => say("prefs_did_language"),
        Act::Name => match p.name.as_str() {
            "" => say("prefs_did_no_name"),
            name => words.say("prefs_did_name", &[("name", name.to_owned().into())]),
        },
        Act::LeftAll => say("prefs_did_leave_all"),
        Act::Erase => say("prefs_did_erase"),
        Act::Undid => say("prefs_did_undo"),
        Act::Set | Act::Imported => say("prefs_did_set"),
    }
}

/// A field that is to be mended: its id, and the sentence under it. A newsletter that `p` does not get has no fields on the
/// page.
pub(super) fn mend(words: &Words<'_>, bad: Bad, form: &Form, p: &Preferences) -> (String, String) {
    let slug = form.get("newsletter");
    let of = |field: &str| {
        if is_active(p, slug) {
            format!("{field}-{slug}")
        } else {
            "yours".to_owned()
        }
    };
    let (id, text) = match bad {
        Bad::Address => ("newaddr".to_owned(), "address"),
        Bad::LongByMail => ("pause-date".to_owned(), "pause_by_mail"),
        Bad::Refused(refusal) => match refusal {
            Refusal::Newsletter if form.get("do") == "pause" => {
                ("pause-what".to_owned(), "newsletter")
            }
            Refusal::Newsletter => ("yours".to_owned(), "newsletter"),
            Refusal::Cadence => (of("cadence"), "cadence"),
            Refusal::NoDay => (of("days"), "no_day"),
            Refusal::ManyDays => (of("days"), "many_days"),
            Refusal::Hour => (of("hour"), "hour"),
            Refusal::Zone => (of("zone"), "zone"),
            Refusal::Term => (of("add"), "term"),
            Refusal::NothingFollowed => (of("add"), "nothing_followed"),
            Refusal::ManyTerms => (of("add"), "many_terms"),
            Refusal::Budget => ("budget".to_owned(), "budget"),
            Refusal::PausePast => ("pause-date".to_owned(), "pause_past"),
            Refusal::PauseLong => ("pause-date".to_owned(), "pause_long"),
            Refusal::SameAddress => ("newaddr".to_owned(), "same_address"),
            Refusal::ManyMoves => ("newaddr".to_owned(), "many_moves"),
            Refusal::Language => ("language".to_owned(), "language"),
            Refusal::Name => ("name".to_owned(), "name"),
        },
    };
    (id, words.say(&format!("prefs_error_{text}"), &[]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::layout::tests::pages;

    #[test]
    fn the_record_is_told_in_words() {
        let pages = pages();
        let words = pages.words("de");
        for (source, told) in [
            (
                "sign-up page",
                "Über die Anmeldeseite und den Knopf in der Mail danach",
            ),
            (
                "leaving page, by a link in a mail, from 192.0.2.0/24",
                "Auf der Seite hinter dem Link zum Abbestellen in einer Mail, aus dem Netz 192.0.2.0/24",
            ),
            (
                "one click in a mail program (RFC 8058), from 2001:db8:7::/48",
                "Über den Knopf Ihres Mailprogramms, aus dem Netz 2001:db8:7::/48",
            ),
            (
                "complaint (pipe)",
                "Weil eine Mail in Ihrem Postfach Spam genannt wurde",
            ),
            (
                "mail to leave (imap)",
                "Durch eine Mail, die abbestellen wollte",
            ),
            (
                "import old list.csv",
                "Von der Zeitung aus einer Datei übernommen: old list.csv",
            ),
            ("the summer fair", "the summer fair"),
        ] {
            assert_eq!(by(&words, source), told);
        }
        let shown = "“Leave Morning Tide”, en";
        assert_eq!(
            proof(&words, shown),
            "Sie haben “Leave Morning Tide” gedrückt."
        );
        let record = "asked at 2026-11-24T05:30:00Z by sign-up page, shown: “yes”; confirmed";
        assert!(proof(&words, record).ends_with(record));
    }
}
