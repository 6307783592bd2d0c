//! What a reader had before their eyes as they pressed, for the record: the words on the button, and beside it those that it
//! is about. What they chose stands in the preferences of that revision.

use super::form::Asked;
use super::said::name;
use crate::audience::edit::can_join;
use crate::audience::{Edit, Standing};
use crate::web::{Visit, Web};

/// Those words, in quotation marks, and the language of the page; none where what was pressed changes no preference.
pub(super) fn shown(
    web: &Web,
    visit: &Visit,
    standing: &Standing,
    asked: &Asked,
) -> Option<String> {
    let words = web.pages.words(&visit.language);
    let say = |id: &str| words.say(id, &[]);
    let titled = |slug: &str, button: &str, of: &str| {
        let title = web.app.newsletter(slug).map(|n| n.title.clone())?;
        let of = words.say(of, &[("newsletter", title.into())]);
        Some(say(button) + &of)
    };
    let plain = |slug: &str, button: &str| {
        let title = &web.app.newsletter(slug)?.title;
        Some(format!("{} {title}", say(button)))
    };
    let boxes = |legend: &str, of: Vec<String>, save: &str| {
        let (legend, of) = (say(legend), of.join(", "));
        format!("{legend}: {of}. {}{}", say("prefs_save"), say(save))
    };
    let text = match asked {
        Asked::Edit(edit) => match edit {
            Edit::Join(slug) => plain(slug, "prefs_join")?,
            Edit::Leave(slug) => plain(slug, "prefs_leave")?,
            Edit::When(slug, _) => titled(slug, "prefs_save", "prefs_save_when")?,
            Edit::Follow(slug, _) => titled(slug, "prefs_follow", "prefs_in")?,
            Edit::Mute(slug, _) => titled(slug, "prefs_mute", "prefs_in")?,
            Edit::Forget(slug, term) => {
                let remove = format!("{} {}", say("prefs_remove"), name(&words, term));
                format!("{}: {remove}", web.app.newsletter(slug)?.title)
            }
            Edit::OnlyFollowed(slug, _) => titled(slug, "prefs_save", "prefs_save_only")?,
            Edit::Budget(_) => say("prefs_save") + &say("prefs_save_limit"),
            Edit::Pause(..) => say("prefs_pause"),
            Edit::Resume(Some(slug)) => plain(slug, "prefs_resume")?,
            Edit::Resume(None) => say("prefs_resume"),
            Edit::Offers(_) => {
                let shelf = web.app.config.shelf().into_iter();
                let offers = shelf.filter(|n| n.is_offers() && can_join(n, &standing.preferences));
                let titles = offers.map(|n| n.title.clone()).collect();
                boxes("prefs_offers_legend", titles, "prefs_save_offers")
            }
            Edit::Notices(shown, _) => {
                let of = shown
                    .iter()
                    .map(|w| say(&format!("prefs_notice_{}", w.word())));
                boxes("prefs_notices_legend", of.collect(), "prefs_save_notices")
            }
            Edit::Language(_) => say("prefs_save") + &say("prefs_save_language"),
            Edit::Name(_) => say("prefs_save") + &say("prefs_save_name"),
            Edit::LeaveAll => say("prefs_leave_all"),
            Edit::Erase => say("prefs_forget_button"),
        },
        Asked::Undo(_) => say("prefs_undo"),
        Asked::Keep(_) => say("prefs_erasing_keep"),
        Asked::Link | Asked::Move(_) => return None,
    };
    Some(format!("“{text}”, {}", visit.language))
}
