//! Web: the pages that readers see, server-rendered, without a script.
//!
//! In: requests. Out: pages, each with headers that let nothing else in. Flow: `serve` listens and puts the layers around
//! `reader`'s handlers; `visit` says who asks, `session` what link they came by; `layout` renders, `error` says what to do
//! where there is no page, `headers` goes on every answer. Handlers only parse, call, and render.
//! A GET or HEAD changes nothing: scanners follow every link of every mail.

use std::collections::HashMap;
use std::sync::Arc;

use self::domains::MailDomains;
use self::kept::Kept;
use self::reader::Clicks;
use crate::app::App;
use crate::audience::EmailAddress;
use crate::audience::signup::MemberKeys;
use crate::audience::suggest::Suggestion;
use crate::config::Secret;
use crate::render::mail::Renderer;

pub mod error;
pub mod hooks;
pub mod layout;
pub mod reader;
pub mod serve;
pub mod session;
pub mod visit;

mod asset;
mod domains;
mod headers;
mod kept;
mod mask;
mod patience;

pub use error::WebError;
pub use layout::Pages;
pub use mask::masked;
pub use serve::{Server, WebStartError};
pub use session::{Mode, Reader};
pub use visit::Visit;

/// What every handler is given.
#[derive(Clone)]
pub struct Web {
    /// The program.
    pub app: Arc<App>,
    /// The templates and the words of the pages.
    pub pages: Arc<Pages>,
    /// Makes a mail again, to be read in the browser.
    pub renderer: Arc<Renderer>,
    /// What the paper's own site signs links for its members with, if it does.
    pub member_keys: Option<Arc<MemberKeys>>,
    mail_domains: Option<Arc<MailDomains>>,
    clicks: Clicks,
    /// What there is to follow.
    pub(in crate::web) suggestions: Arc<Kept<Vec<Suggestion>>>,
    /// Where newest issues can be read, by slug.
    pub(in crate::web) samples: Arc<Kept<HashMap<String, String>>>,
}

impl Web {
    /// Reads and tries the templates, and reads the key for members' links.
    pub fn new(app: Arc<App>) -> Result<Web, WebStartError> {
        let pages = Pages::load(&app.config)?;
        let keys = app.config.web.member_keys()?;
        let lines = || keys.iter().map(Secret::expose);
        Ok(Web {
            member_keys: (!keys.is_empty()).then(|| Arc::new(MemberKeys::new(lines()))),
            mail_domains: MailDomains::of(&app.config).map(Arc::new),
            renderer: Arc::new(Renderer::new(app.clone())),
            pages: Arc::new(pages),
            suggestions: Arc::new(Kept::for_minutes(10)),
            samples: Arc::new(Kept::for_minutes(1)),
            clicks: Clicks::start(&app),
            app,
        })
    }

    /// Whether DNS says that the address's domain takes no mail, where that is asked at all.
    pub async fn takes_no_mail(&self, email: &EmailAddress) -> bool {
        match &self.mail_domains {
            Some(domains) => domains.take_no_mail(email).await,
            None => false,
        }
    }

    /// A path of ours, as a browser must ask for it.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.app.config.web.base())
    }
}
