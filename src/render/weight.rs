//! What a digest's parts weigh, so that composing can stop before a mailbox cuts the mail.
//!
//! All in octets of the HTML as a mailbox sees it, decoded; each an upper bound whatever the neighbours and the reader.

use super::TemplateError;
use super::fill::{MAX_PREHEADER, escape_html};
use super::piece::{Piece, Slot};
use super::template::{Place, Templates};
use super::view::{BlockView, IssueView, StoryView, Theme};

/// Gmail cuts a mail's HTML at 102 KB, and its foot with the way to leave.
pub const MAX_HTML: usize = 102_400;

/// The longest headline there is (`collect`), in octets when each of its characters is escaped.
const SUBJECT: usize = 300 * ESCAPED;
/// What the longest escape takes: `&quot;`. No character has more octets.
const ESCAPED: usize = 6;
/// Greeting, with the longest name that is greeted.
const GREETING: usize = 600;
/// Why: what stands in it beside the newsletter's title.
const WHY: usize = 1_500;
/// A link of ours: the paper's public address, and a token.
const LINK: usize = 600;
/// An offer's code.
const CODE: usize = 200;

impl Templates {
    /// What `story` takes in a place; `Row` and `RowAfter`, and their like, weigh the same: the heavier of both.
    pub fn weight(
        &self,
        theme: &Theme,
        place: Place,
        story: &StoryView,
    ) -> Result<usize, TemplateError> {
        let mut heaviest = 0;
        for place in place.neighbours() {
            let html = self.story_html(theme, place, story)?;
            heaviest = heaviest.max(octets(&html, 0));
        }
        Ok(heaviest)
    }

    /// What a block's head takes.
    pub fn head_weight(&self, theme: &Theme, block: &BlockView) -> Result<usize, TemplateError> {
        Ok(octets(&self.render_block(theme, block)?.html, 0))
    }

    /// What stands around the blocks: masthead, note, foot, what is personal in them, and the line that says how many
    /// stories there are besides.
    pub fn frame_weight(&self, issue: &IssueView) -> Result<usize, TemplateError> {
        let title = escape_html(&issue.newsletter_title).len();
        let frame = octets(&self.render_frame(issue)?.html, title);
        let more = self.render_more(&issue.theme, u32::MAX, &issue.paper_url)?;
        Ok(frame + octets(&more.html, title))
    }
}

/// What `html` takes with the widest values in its slots, `title` being what the newsletter's title takes.
fn octets(html: &str, title: usize) -> usize {
    let slots = Piece::slots_in(html).map(|slot| match slot {
        Slot::Subject => SUBJECT,
        Slot::Preheader => MAX_PREHEADER * ESCAPED,
        Slot::Greeting => GREETING,
        Slot::Why => WHY + title,
        Slot::PreferencesLink | Slot::PauseLink | Slot::LeaveLink | Slot::BrowserLink => LINK,
        Slot::Code => CODE,
    });
    html.len() + slots.sum::<usize>()
}
