//! Sitemaps: what a paper lists for search engines (sitemaps.org). Only one for news says what its stories are called.

use super::feed::{Image, ParseError};
use super::item::{Category, Document, Item, Kind, Prose};
use super::syndication::resolved;
use super::xml::{Cursor, Space};

/// Reads the addresses that the open element lists; whether one of them was cut off.
pub(super) fn urls(cursor: &mut Cursor<'_>, document: &mut Document) -> bool {
    while let Some(tag) = cursor.child() {
        if !matches!(tag.name.as_str(), "url" | "sitemap") {
            cursor.skip();
            continue;
        }
        let item = url(cursor, document);
        if cursor.is_over() {
            return true;
        }
        document.push(item);
    }
    false
}

/// Why a sitemap that was read is no source of stories; `None` if it is one.
pub(super) fn refusal(document: &Document) -> Option<ParseError> {
    let has_no_headline = document.items.iter().all(|item| item.title.is_blank());
    if document.items.is_empty() || !has_no_headline {
        return None;
    }
    match document.kind {
        Kind::Sitemap => Some(ParseError::Sitemap {
            count: document.count,
        }),
        Kind::SitemapIndex => {
            let links = || {
                document
                    .items
                    .iter()
                    .filter_map(|item| item.link.as_deref())
            };
            let news = links().find(|link| link.to_ascii_lowercase().contains("news"));
            Some(ParseError::SitemapIndex {
                count: document.count,
                example: news
                    .or_else(|| links().next())
                    .unwrap_or_default()
                    .to_owned(),
            })
        }
        Kind::Rss | Kind::Atom | Kind::Json => None,
    }
}

fn url(cursor: &mut Cursor<'_>, document: &mut Document) -> Item {
    let mut item = Item::default();
    while let Some(tag) = cursor.child() {
        match (tag.space, tag.name.as_str()) {
            (Space::Core, "loc") => {
                let base = cursor.base();
                let link = cursor.inner().text.trim().to_owned();
                item.id = Some(link.clone()).filter(|link| !link.is_empty());
                item.set_link(resolved(Some(link), base));
            }
            (Space::Core, "lastmod") => item.updated.take(&cursor.inner().text),
            (Space::News, "news") => news(cursor, &mut item, document),
            (Space::SitemapImage, "image") => picture(cursor, &mut item),
            _ => cursor.skip(),
        }
    }
    item
}

/// `news:news`: title, date, publication, and in older ones what it is about and who may read it.
fn news(cursor: &mut Cursor<'_>, item: &mut Item, document: &mut Document) {
    while let Some(tag) = cursor.child() {
        match tag.name.as_str() {
            "title" => item.title.or(Prose::html(cursor.inner().words())),
            "publication_date" => item.published.take(&cursor.inner().text),
            "keywords" => {
                let text = cursor.inner().words();
                for keyword in text.split([',', ';', '،', '、']) {
                    item.add_category(Category::named(keyword));
                }
            }
            // A free account is no subscription.
            "access" => {
                let access = cursor.inner().text;
                item.premium |= access.trim().eq_ignore_ascii_case("subscription");
            }
            "publication" => publication(cursor, item, document),
            _ => cursor.skip(),
        }
    }
}

fn publication(cursor: &mut Cursor<'_>, item: &mut Item, document: &mut Document) {
    while let Some(tag) = cursor.child() {
        match tag.name.as_str() {
            "name" => {
                let name = Prose::html(cursor.inner().words()).plain(300);
                if document.title.is_empty() {
                    document.title = name;
                }
            }
            "language" => item.language = Some(cursor.inner().text),
            _ => cursor.skip(),
        }
    }
}

fn picture(cursor: &mut Cursor<'_>, item: &mut Item) {
    let mut image = Image::default();
    while let Some(tag) = cursor.child() {
        match tag.name.as_str() {
            "loc" => {
                let base = cursor.base();
                image.url = resolved(Some(cursor.inner().text), base).unwrap_or_default();
            }
            "caption" => image.alt = Prose::html(cursor.inner().words()).plain(300),
            "title" if image.alt.is_empty() => {
                image.alt = Prose::html(cursor.inner().words()).plain(300);
            }
            _ => cursor.skip(),
        }
    }
    item.add_image(image);
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::feed::{Dated, Entry, Image, parse};

    const BASE: &str = "https://paper.example/sitemap.xml";

    fn sitemap(urls: &str) -> String {
        format!(
            "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:x='http://www.w3.org/1999/xhtml' \
             xmlns:n='http://www.google.com/schemas/sitemap-news/0.9' xmlns:image='http://www.google.com/schemas/sitemap-image/1.1'>{urls}</urlset>"
        )
    }

    #[test]
    fn a_news_sitemap_becomes_entries() {
        let xml = sitemap(
            "<url><loc> http://paper.example/harbour?utm_source=x </loc><x:link rel='alternate' hreflang='de' href='/de'/>\
             <lastmod>2026-11-24T11:00:00Z</lastmod><n:news><n:publication><n:name>The Paper</n:name><n:language>en</n:language></n:publication>\
             <n:access>Subscription</n:access><n:publication_date>2026-11-24T10:00:00+00:00</n:publication_date>\
             <n:title>Harbour &amp;amp; bay</n:title><n:keywords>City, Weather,, weather</n:keywords></n:news>\
             <image:image><image:loc>/h.jpg</image:loc><image:caption>A boat</image:caption></image:image></url>\
             <url><loc>https://paper.example/about</loc></url>",
        );
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(xml.as_bytes()).unwrap();
        for bytes in [xml.into_bytes(), packed.finish().unwrap()] {
            let feed = parse(&bytes, None, BASE, "2026-11-24T12:00:00Z".parse().unwrap()).unwrap();
            let expected = Entry {
                url: "http://paper.example/harbour".to_owned(),
                guid: Some("http://paper.example/harbour?utm_source=x".to_owned()),
                headline: "Harbour & bay".to_owned(),
                section: Some("City".to_owned()),
                topics: vec!["Weather".to_owned()],
                language: Some("en".to_owned()),
                image: Some(Image {
                    url: "https://paper.example/h.jpg".to_owned(),
                    alt: "A boat".to_owned(),
                    ..Image::default()
                }),
                published_at: Some("2026-11-24T10:00:00Z".parse().unwrap()),
                updated_at: Some("2026-11-24T11:00:00Z".parse().unwrap()),
                premium: true,
                dated: Dated::Published,
                ..Entry::default()
            };
            assert_eq!(feed.entries, [expected]);
            assert_eq!(feed.title.as_deref(), Some("The Paper"));
            assert_eq!(
                feed.warnings,
                ["entry 2 was left out: https://paper.example/about has no headline"]
            );
        }
    }

    #[test]
    fn what_lists_no_news_says_what_to_use_instead() {
        let index = |names: &[&str]| {
            let maps = names
                .iter()
                .map(|name| format!("<sitemap><loc>/{name}.xml</loc></sitemap>"));
            format!("<sitemapindex>{}</sitemapindex>", maps.collect::<String>())
        };
        for (xml, expected) in [
            (
                sitemap("<url><loc>/a</loc></url><url><loc>/b</loc></url>"),
                "the address is a sitemap of 2 pages without headlines, not a news sitemap; use the paper's feed or its news sitemap",
            ),
            (
                index(&["pages", "News-2026"]),
                "the address is an index of 2 sitemaps; use the one for news instead, such as https://paper.example/News-2026.xml",
            ),
            (
                index(&["pages"]),
                "the address is an index of 1 sitemaps; use the one for news instead, such as https://paper.example/pages.xml",
            ),
        ] {
            let error = parse(
                xml.as_bytes(),
                None,
                BASE,
                "2026-11-24T12:00:00Z".parse().unwrap(),
            )
            .unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        // A news sitemap at an hour when there is none.
        let quiet = parse(
            sitemap("").as_bytes(),
            None,
            BASE,
            "2026-11-24T12:00:00Z".parse().unwrap(),
        )
        .unwrap();
        assert_eq!(quiet.warnings, ["it has no entries"]);
    }
}
