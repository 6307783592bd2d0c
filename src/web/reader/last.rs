//! Leaving a newsletter of which the paper has no file any more. It may be back one day, and would come again.

use axum::response::Response;
use serde_json::json;

use crate::audience::{Standing, edit};
use crate::issue;
use crate::secret::Token;
use crate::web::{Visit, Web, WebError, masked};

/// The page that asks whether to leave it, or says that it is left. `text` is the token as a form carries it.
pub(super) async fn last(
    web: &Web,
    visit: Visit,
    token: &Token,
    text: &str,
    slug: &str,
    standing: &Standing,
) -> Result<Response, WebError> {
    let mut conn = web.app.db.read().await?;
    let issue = issue::find(&mut conn, token.issue_id).await?;
    drop(conn);
    let title = issue.map_or_else(|| slug.to_owned(), |issue| issue.setting.title);
    let p = &standing.preferences;
    let visit = visit.speaking(web, p.language.as_deref());
    let words = web.pages.words(&visit.language);
    let args = [
        ("newsletter", title.into()),
        ("address", masked(&standing.email).into()),
    ];
    let asks = edit::is_active(p, slug);
    let (title, sentence) = if asks {
        ("leave_ask_title", "leave_ask_text")
    } else {
        ("leave_left_title", "leave_left_text")
    };
    let content = json!({
        "title": words.say(title, &args),
        "text": words.say(sentence, &args),
        "token": text,
        "button": asks.then(|| words.say("leave_button", &args)),
    });
    web.page(&visit, "leave_last", &content)
}
