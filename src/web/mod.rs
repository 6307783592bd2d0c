//! Web: the pages that readers see, server-rendered, without a script.
//!
//! In: requests. Out: pages, each with headers that let nothing else in. Flow: `serve` listens and puts the layers around
//! `reader`'s handlers; `visit` says who asks, `session` what link they came by; `layout` renders, `error` says what to do
//! where there is no page, `headers` goes on every answer. Handlers only parse, call, and render.
//! A GET or HEAD changes nothing: scanners follow every link of every mail.

use std::sync::Arc;

use crate::app::App;
use crate::render::TemplateError;
use crate::render::mail::Renderer;

pub mod error;
pub mod layout;
pub mod reader;
pub mod serve;
pub mod session;
pub mod visit;

mod asset;
mod headers;
mod mask;

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
}

impl Web {
    /// Reads and tries the templates.
    pub fn new(app: Arc<App>) -> Result<Web, TemplateError> {
        let pages = Pages::load(&app.config)?;
        Ok(Web {
            renderer: Arc::new(Renderer::new(app.clone())),
            pages: Arc::new(pages),
            app,
        })
    }

    /// A path of ours, as a browser must ask for it.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.app.config.web.base())
    }
}
