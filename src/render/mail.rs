//! From a letter to its bytes: gathers what the mail shows, in pieces that many letters share, and splices in what is
//! personal.
//!
//! The same letter always comes out the same: everything it shows was pinned when it was planned, and what looks random
//! (Message-ID, boundary, tokens) is derived from its number and the paper's keys.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use lettre::Address;
use mail_parser::MessageParser;
use tokio::sync::OnceCell;

use super::TemplateError;
use super::letter::Letter;
use super::press::{Press, ToStranger, lock};
use crate::app::App;
use crate::db;
use crate::issue::{self, Issue};
use crate::message::Stream;

/// Why a letter could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// What it shows could not be read.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// A template of its issue.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The configuration that its issue keeps.
    #[error("the sender of its issue is not an address")]
    Sender,
}

/// A mail, ready for DATA.
#[derive(Debug)]
pub struct Mail {
    /// The sender of its envelope, to whom a bounce goes.
    pub from: Address,
    /// The address of its From, whose domain signs it.
    pub author: Address,
    /// What it shares a priority with.
    pub stream: Stream,
    /// What the mailbox shows first.
    pub subject: String,
    /// The message, and after it the final dot (RFC 5321, section 4.1.1.4). No line begins with another dot.
    pub bytes: String,
}

impl Mail {
    /// The message without the final dot: what a reader gets.
    pub fn message(&self) -> &str {
        self.bytes.strip_suffix(".\r\n").unwrap_or(&self.bytes)
    }
}

/// A press that is set up once, by whoever needs it first.
type Shared = Arc<OnceCell<Arc<Press>>>;

/// Makes mails; keeps what the issues at hand share.
pub struct Renderer {
    app: Arc<App>,
    presses: Mutex<VecDeque<(i64, Shared)>>,
}

/// Issues whose pieces are kept: more are seldom sent at once, and their stories bound the memory.
const KEPT: usize = 16;

impl Renderer {
    /// Renders for this paper.
    pub fn new(app: Arc<App>) -> Renderer {
        Renderer {
            app,
            presses: Mutex::new(VecDeque::new()),
        }
    }

    /// The bytes of this letter.
    pub async fn mail(&self, letter: &Letter) -> Result<Mail, RenderError> {
        let press = self.press_of(letter.id.issue_id).await?;
        press.mail(&self.app, letter).await
    }

    /// The HTML of this letter as anybody may see it: its links open nothing of the reader's. What was never anybody's mail
    /// says so at its foot.
    pub async fn public_html(
        &self,
        letter: &Letter,
        to: Option<&ToStranger>,
    ) -> Result<String, RenderError> {
        let press = self.press_of(letter.id.issue_id).await?;
        let mail = press.public(&self.app, letter, to).await?;
        let parsed = MessageParser::default().parse(mail.message().as_bytes());
        let html = parsed.as_ref().and_then(|parsed| parsed.body_html(0));
        Ok(html.map(Cow::into_owned).unwrap_or_default())
    }

    async fn press_of(&self, issue_id: i64) -> Result<Arc<Press>, RenderError> {
        let press = {
            let mut presses = lock(&self.presses);
            let known = presses.iter().find(|(id, _)| *id == issue_id);
            if let Some((_, press)) = known {
                press.clone()
            } else {
                presses.truncate(KEPT - 1);
                presses.push_front((issue_id, Arc::default()));
                presses[0].1.clone()
            }
        };
        let press = press.get_or_try_init(|| self.press(issue_id)).await?;
        Ok(press.clone())
    }

    async fn press(&self, issue_id: i64) -> Result<Arc<Press>, RenderError> {
        let mut conn = self.app.db.read().await?;
        let issue = issue::find(&mut conn, issue_id)
            .await?
            .ok_or(db::Error::Missing)?;
        Ok(Arc::new(Press::new(&self.app, &mut conn, issue).await?))
    }

    /// The bytes of a letter of an issue that may not be open yet.
    pub async fn preview(&self, issue: Issue, letter: &Letter) -> Result<Mail, RenderError> {
        let press = Press::new(&self.app, &mut self.app.db.read().await?, issue).await?;
        press.mail(&self.app, letter).await
    }
}
