//! The style sheet: one file for all pages, under a name that changes with what is in it, so that it is kept for a year.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;

use super::{Web, WebError};

/// All style sheets in one.
pub(super) struct Sheet {
    /// The name it is asked for by.
    pub(super) name: String,
    text: String,
}

impl Sheet {
    /// Joins the sheets: the tokens, the house, and then what pages add.
    pub(super) fn of(files: &BTreeMap<String, String>) -> Sheet {
        let rank = |name: &str| match name {
            "tokens.css" => 0,
            "house.css" => 1,
            _ => 2,
        };
        let mut sheets: Vec<_> = files
            .iter()
            .filter(|(name, _)| name.ends_with(".css"))
            .collect();
        sheets.sort_by_key(|(name, _)| rank(name));
        let text: String = sheets.into_iter().map(|(_, text)| text.as_str()).collect();
        let mark = HEXLOWER.encode(&digest(&SHA256, text.as_bytes()).as_ref()[..8]);
        Sheet {
            name: format!("{mark}.css"),
            text,
        }
    }
}

/// `GET /look/{name}`
pub(super) async fn sheet(
    State(web): State<Web>,
    Path(name): Path<String>,
) -> Result<Response, WebError> {
    let sheet = web.pages.sheet();
    if name != sheet.name {
        return Err(WebError::NotFound);
    }
    let headers = [
        (CONTENT_TYPE, "text/css; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, sheet.text.clone()).into_response())
}
