//! JSON: JSON Feed, and RSS written as JSON. What is of another type than it should be counts as missing; it loses no feed.

use serde_json::Value;
use url::Url;

use super::feed::{Image, ParseError};
use super::image;
use super::item::{Category, Document, Item, Kind, Prose};
use super::syndication::{person, resolved};

/// Reads `json`, whose addresses stand against `base`.
pub(super) fn read(
    json: &str,
    base: Option<&Url>,
    warnings: &mut Vec<String>,
) -> Result<Document, ParseError> {
    let json: Value =
        serde_json::from_str(json).map_err(|error| ParseError::Broken(error.to_string()))?;
    let version = json["version"].as_str().unwrap_or_default();
    let (items, document) = if json["rss"]["channel"].is_object() {
        let channel = &json["rss"]["channel"];
        (list(&channel["item"]), document(channel))
    } else if matches!(version, "1" | "1.0" | "1.1") || version.contains("jsonfeed.org") {
        if !json["items"].is_array() {
            return Err(ParseError::Broken("it has no list of items".to_owned()));
        }
        (list(&json["items"]), document(&json))
    } else {
        return Err(ParseError::Other("another kind of JSON".to_owned()));
    };
    let mut document = document;
    let is_rss = json["rss"].is_object();
    let others = items.iter().filter(|item| !item.is_object()).count();
    if others > 0 {
        warnings.push(format!(
            "{others} of the items are not objects and were left out"
        ));
    }
    for value in items.into_iter().filter(|item| item.is_object()) {
        let read = if is_rss { rss_item } else { item };
        document.push(read(value, base));
    }
    Ok(document)
}

fn document(of: &Value) -> Document {
    Document {
        kind: Kind::Json,
        has_channel: true,
        title: Prose::html(text(&of["title"]).unwrap_or_default()).plain(300),
        language: text(&of["language"]),
        authors: authors(of),
        ..Document::default()
    }
}

fn item(value: &Value, base: Option<&Url>) -> Item {
    let field = |key: &str| text(&value[key]);
    let link = |key: &str| resolved(field(key), base.cloned());
    let mut item = Item {
        id: field("id"),
        title: Prose::text(field("title").unwrap_or_default()),
        summary: Prose::text(field("summary").unwrap_or_default()),
        authors: authors(value),
        language: field("language"),
        // When in doubt it is not for everyone.
        premium: !matches!(value["_paper"]["premium"], Value::Null | Value::Bool(false)),
        leading: value["_paper"]["leading"] == true,
        correction: value["_paper"]["correction"] == true,
        ..Item::default()
    };
    item.set_link(link("url").or_else(|| link("external_url")));
    for key in ["content_html", "content_text"] {
        let text = field(key).unwrap_or_default();
        let is_html = key == "content_html";
        item.body.or(Prose { text, is_html });
    }
    item.published
        .take(&field("date_published").unwrap_or_default());
    item.updated
        .take(&field("date_modified").unwrap_or_default());
    for tag in list(&value["tags"]).into_iter().filter_map(Value::as_str) {
        item.add_category(Category::named(tag));
    }
    for file in list(&value["attachments"]) {
        let kind = file["mime_type"].as_str().unwrap_or_default();
        if kind.starts_with("image/") {
            item.add_image(picture(&file["url"], base));
        }
    }
    for key in ["image", "banner_image"] {
        item.add_image(picture(&value[key], base));
    }
    if item.body.is_html {
        item.inner_image = image::first_within(&item.body.text, base);
    }
    item
}

/// An item of RSS as it comes out of converters: attributes beside `#value`, one thing in place of a list of one.
fn rss_item(value: &Value, base: Option<&Url>) -> Item {
    let field = |key: &str| text(&value[key]);
    let html = |key: &str| Prose::html(field(key).unwrap_or_default());
    let mut item = Item {
        id: field("guid"),
        title: html("title"),
        summary: html("description"),
        body: html("content:encoded"),
        ..Item::default()
    };
    item.set_link(resolved(field("link"), base.cloned()));
    let guid = &value["guid"];
    let is_permalink = |is: &Value| *is != false && is.as_str() != Some("false");
    if is_permalink(&guid["isPermaLink"]) && is_permalink(&guid["@isPermaLink"]) {
        item.set_link(field("guid"));
    }
    item.published.take(&field("pubDate").unwrap_or_default());
    item.updated.take(&field("dc:date").unwrap_or_default());
    for key in ["author", "dc:creator"] {
        let names = list(&value[key]).into_iter().filter_map(text);
        item.add_authors(names.filter_map(|name| person(&name)).collect());
    }
    for key in ["category", "dc:subject"] {
        for category in list(&value[key]) {
            item.add_category(Category {
                scheme: text(&category["domain"]).or_else(|| text(&category["@domain"])),
                ..Category::named(text(category).unwrap_or_default())
            });
        }
    }
    for file in list(&value["enclosure"]) {
        let file = if file["@url"].is_string() {
            [&file["@url"], &file["@type"]]
        } else {
            [&file["url"], &file["type"]]
        };
        if file[1]
            .as_str()
            .is_some_and(|kind| kind.starts_with("image/"))
        {
            item.add_image(picture(file[0], base));
        }
    }
    item.inner_image = image::first_within(&item.summary.text, base)
        .or_else(|| image::first_within(&item.body.text, base));
    item
}

fn picture(url: &Value, base: Option<&Url>) -> Image {
    Image {
        url: resolved(text(url), base.cloned()).unwrap_or_default(),
        ..Image::default()
    }
}

fn authors(of: &Value) -> Vec<String> {
    let single = [&of["author"]].into_iter();
    let people = list(&of["authors"]).into_iter().chain(single);
    people
        .filter_map(|person| person["name"].as_str().map(str::to_owned))
        .collect()
}

/// One or several of something, as a list.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    }
}

/// A text, a number as text, or what stands beside attributes.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(_) => ["#value", "#text", "$t", "_"]
            .iter()
            .find_map(|key| text(value.get(key)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rss_written_as_json_says_what_rss_does() {
        let json = r##"{"rss": {"version": "2.0", "channel": {"title": "The Paper", "language": "en", "item": [
            {"title": "Rain &amp; sun", "link": "/rain", "pubDate": "Tue, 24 Nov 2026 10:00:00 GMT", "description": "<p>Wet</p>",
             "guid": {"isPermaLink": "false", "#value": "7"}, "author": "desk@paper.example (Jo Lind)",
             "category": ["City", {"domain": "section", "#value": "Weather"}, 3],
             "enclosure": {"url": "/r.jpg", "type": "image/jpeg"}},
            {"description": "No title", "guid": "https://paper.example/b"}]}}}"##;
        let base = Url::parse("https://paper.example/feeds/rss.json").unwrap();
        let document = read(json, Some(&base), &mut Vec::new()).unwrap();
        assert_eq!((document.title.as_str(), document.count), ("The Paper", 2));
        let [first, second] = document.items.as_slice() else {
            panic!("{document:?}")
        };
        assert_eq!(first.title.plain(300), "Rain & sun");
        assert_eq!(first.link.as_deref(), Some("https://paper.example/rain"));
        assert_eq!(first.id.as_deref(), Some("7"));
        assert_eq!(first.authors, ["Jo Lind"]);
        assert_eq!(first.categories[1].scheme.as_deref(), Some("section"));
        assert_eq!(first.images[0].url, "https://paper.example/r.jpg");
        assert!(first.published.at.is_some());
        assert_eq!(second.link.as_deref(), Some("https://paper.example/b"));
        let single = r#"{"rss": {"channel": {"item": {"link": "/a"}}}}"#;
        assert_eq!(read(single, Some(&base), &mut Vec::new()).unwrap().count, 1);
    }
}
