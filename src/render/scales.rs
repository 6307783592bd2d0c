//! What the stories of a pool weigh, so that composing stops before a mailbox would cut the mail.
//!
//! Each story is weighed once per version of the templates and language, and kept as long as pools list it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use super::mail::RenderError;
use super::press::{issue_view, lock};
use super::revision::{StoryText, revisions, term_names};
use super::{BlockView, MAX_HTML, Place, TemplateError, Templates, Theme, store};
use crate::config::{BlockKind, Tier};
use crate::db::Sql;
use crate::issue::Issue;
use crate::issue::compose::Weights;
use crate::issue::pool::{Listed, Pool};

/// What the stories of all issues weigh, and the templates that are in use, each version compiled once.
#[derive(Default)]
pub struct Scales {
    templates: Mutex<HashMap<i64, Arc<OnceCell<Arc<Templates>>>>>,
    stories: Mutex<HashMap<(i64, String), Stories>>,
}

/// By article and revision: as a lead, in a row, as a short item.
type Stories = HashMap<(i64, i64), [u32; 3]>;

impl Scales {
    /// What the stories of this list, and what stands around them, weigh in this issue's mails of this language.
    pub async fn weights(
        &self,
        sql: &mut impl Sql,
        issue: &Issue,
        language: &str,
        listed: &[Listed],
        pool: &Pool,
    ) -> Result<Weights, RenderError> {
        let templates = self.templates(sql, issue.template_id).await?;
        let theme = Theme::of(language, &issue.setting.accent);
        let key = (issue.template_id, language.to_owned());
        let mut known = lock(&self.stories).remove(&key).unwrap_or_default();
        let shown = |l: &Listed| (l.article_id, l.revision);
        let new: Vec<(i64, i64)> = listed
            .iter()
            .map(shown)
            .filter(|key| !known.contains_key(key))
            .collect();
        for (key, text) in revisions(sql, &new).await? {
            known.insert(key, story(&templates, &theme, &text)?);
        }
        let stories = listed
            .iter()
            .map(|l| known.get(&shown(l)).copied().unwrap_or_default());
        let stories = stories.collect();
        let listed: std::collections::HashSet<(i64, i64)> = listed.iter().map(shown).collect();
        known.retain(|key, _| listed.contains(key));
        lock(&self.stories).insert(key, known);

        let head = |title: &str, followed| {
            let title = title.to_owned();
            templates.head_weight(&theme, &BlockView { title, followed })
        };
        let mut heads = Vec::new();
        for block in &issue.setting.rules.blocks {
            let followed = block.kind == BlockKind::Followed;
            heads.push(match &block.title {
                Some(title) => head(title, followed)? as u32,
                None => 0,
            });
        }
        let mut terms = HashMap::new();
        if issue
            .setting
            .rules
            .blocks
            .iter()
            .any(|b| b.kind == BlockKind::Followed)
        {
            // Escaping is by the letter, so what one more letter adds is what each adds.
            let (one, two) = (head("x", true)?, head("xx", true)?);
            for (id, name) in term_names(sql, &pool.terms()).await? {
                let octets = super::fill::escape_html(&name).len();
                terms.insert(id, (one + (two - one) * octets) as u32);
            }
        }
        Ok(Weights {
            most: MAX_HTML as u32,
            frame: templates.frame_weight(&issue_view(&issue.setting, theme.clone(), None))? as u32,
            heads,
            terms,
            stories,
        })
    }

    /// The templates of this number; who comes while they are compiled waits for that.
    pub(super) async fn templates(
        &self,
        sql: &mut impl Sql,
        id: i64,
    ) -> Result<Arc<Templates>, RenderError> {
        let cell = lock(&self.templates).entry(id).or_default().clone();
        let compiled = async || Ok::<_, RenderError>(Arc::new(store::compiled(sql, id).await??));
        Ok(cell.get_or_try_init(compiled).await?.clone())
    }
}

/// As whoever has not paid sees it: that takes more.
fn story(
    templates: &Templates,
    theme: &Theme,
    text: &StoryText,
) -> Result<[u32; 3], TemplateError> {
    let words = templates.words(&theme.language);
    let long = text.view(words, Tier::Free, false);
    let short = text.view(words, Tier::Free, true);
    Ok([
        templates.weight(theme, Place::Lead, &long)? as u32,
        templates.weight(theme, Place::Row, &long)? as u32,
        templates.weight(theme, Place::Short, &short)? as u32,
    ])
}
