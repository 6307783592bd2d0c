//! JSON Feed: what the parser would refuse the whole feed for is mended, what it would lose is kept aside.

use serde_json::Value;

use super::feed::ParseError;

/// More names than a byline has; the parser compares each with all before it.
const MAX_AUTHORS: usize = 100;

/// Text fields of an item; with anything else in them the parser refuses the feed.
const TEXTS: [&str; 9] = [
    "id",
    "url",
    "external_url",
    "title",
    "content_html",
    "content_text",
    "summary",
    "date_published",
    "date_modified",
];

/// What a JSON item says that the parser has no place for.
#[derive(Debug, Default)]
pub(super) struct Extra {
    pub(super) premium: bool,
    pub(super) leading: bool,
    pub(super) image: Option<String>,
    pub(super) language: Option<String>,
}

/// `json` as the parser takes it, and for each of its items what else it says.
pub(super) fn loosened(
    json: &str,
    warnings: &mut Vec<String>,
) -> Result<(String, Vec<Extra>), ParseError> {
    let mut json: Value =
        serde_json::from_str(json).map_err(|error| ParseError::Broken(error.to_string()))?;
    let version = json["version"].as_str().unwrap_or_default();
    if !matches!(version, "1" | "1.0" | "1.1") && !version.contains("jsonfeed.org/version/1") {
        return Err(ParseError::Other("another kind of JSON".to_owned()));
    }
    json["version"] = "https://jsonfeed.org/version/1.1".into();
    if !json["title"].is_string() {
        json["title"] = "".into();
    }
    for key in [
        "home_page_url",
        "feed_url",
        "language",
        "description",
        "icon",
        "favicon",
    ] {
        if !json[key].is_string() {
            json[key] = Value::Null;
        }
    }
    loosen_authors(&mut json);
    let Some(items) = json["items"].as_array_mut() else {
        return Err(ParseError::Broken("it has no list of items".to_owned()));
    };
    let before = items.len();
    items.retain(Value::is_object);
    if items.len() < before {
        warnings.push(format!(
            "{} of the items are not objects and were left out",
            before - items.len()
        ));
    }
    let extras = items.iter_mut().map(loosen).collect();
    Ok((json.to_string(), extras))
}

fn loosen(item: &mut Value) -> Extra {
    if item["id"].is_number() {
        item["id"] = item["id"].to_string().into();
    }
    for key in TEXTS {
        if !item[key].is_string() {
            item[key] = Value::Null;
        }
    }
    loosen_authors(item);
    keep(item, "tags", Value::is_string);
    keep(item, "attachments", |file| {
        let is_size = |size: &Value| size.is_null() || size.is_u64();
        let is_title = |title: &Value| title.is_null() || title.is_string();
        file["url"].is_string()
            && file["mime_type"].is_string()
            && is_title(&file["title"])
            && is_size(&file["size_in_bytes"])
    });
    let image = item["image"]
        .as_str()
        .or(item["banner_image"].as_str())
        .map(str::to_owned);
    Extra {
        // When in doubt it is not for everyone.
        premium: !matches!(item["_paper"]["premium"], Value::Null | Value::Bool(false)),
        leading: item["_paper"]["leading"] == true,
        image,
        language: item["language"].as_str().map(str::to_owned),
    }
}

fn loosen_authors(of: &mut Value) {
    keep(of, "authors", is_author);
    if let Some(authors) = of["authors"].as_array_mut() {
        authors.truncate(MAX_AUTHORS);
    }
    if !is_author(&of["author"]) {
        of["author"] = Value::Null;
    }
}

/// Only what `is_right` of the list under `key`; nothing if it is no list.
fn keep(of: &mut Value, key: &str, is_right: fn(&Value) -> bool) {
    match of[key].as_array_mut() {
        Some(list) => {
            list.retain(is_right);
        }
        None => of[key] = Value::Null,
    }
}

fn is_author(author: &Value) -> bool {
    let is_text = |key: &str| author[key].is_null() || author[key].is_string();
    author.is_object() && is_text("name") && is_text("url")
}
