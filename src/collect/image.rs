//! Images: the one picture to show with a story, from the places where papers put them.

use url::Url;

use super::feed::Image;
use super::item::Item;
use super::syndication::resolved;
use super::text;

const MAX_ALT_CHARS: usize = 300;
const MAX_URL_BYTES: usize = 2048;

/// Smaller ones count readers.
const MIN_PIXELS: u32 = 10;

/// Within a text, how many pictures are looked at before one is shown.
const MAX_TRIES: usize = 10;

/// In the addresses of pictures that count readers, share a story, or are the same in each: not one of them is news.
const NOT_NEWS: [&str; 12] = [
    "/~ff/",
    "/~r/",
    "/pixel",
    "1x1",
    "avatar",
    "blank.gif",
    "count",
    "doubleclick",
    "emoji",
    "smilies",
    "spacer",
    "track",
];

/// The largest picture that `item` carries; of equals or unknowns the first. The first one in the text, if there is no
/// other; that of a paid text stays in it.
pub(super) fn image(item: &Item, premium: bool) -> Option<Image> {
    let shown = item.images.iter().filter(|image| is_shown(image));
    // The last of equals is the greatest, so we look from the end.
    let own = shown.rev().max_by_key(|image| image.width.unwrap_or(0));
    let inner = item.inner_image.as_ref().filter(|_| !premium);
    own.or(inner).map(|image| Image {
        alt: text::plain(&image.alt, MAX_ALT_CHARS),
        ..image.clone()
    })
}

/// The first picture in `html` that may belong to the story.
pub(super) fn first_within(html: &str, base: Option<&Url>) -> Option<Image> {
    let tags = html.match_indices('<').map(|(at, _)| &html[at..]);
    let tags = tags.filter(|rest| {
        let start = rest.as_bytes().get(..4);
        start.is_some_and(|start| start.eq_ignore_ascii_case(b"<img"))
    });
    let mut images = tags.take(MAX_TRIES).filter_map(|rest| {
        let tag = &rest[..=rest.find('>')?];
        let side = |name| {
            let side = text::attribute(tag, name)?;
            side.trim_end_matches("px").parse().ok()
        };
        Some(Image {
            url: resolved(text::attribute(tag, "src"), base.cloned())?,
            alt: text::attribute(tag, "alt").unwrap_or_default(),
            width: side("width"),
            height: side("height"),
        })
    });
    images.find(|image| {
        let lower = image.url.to_ascii_lowercase();
        is_shown(image) && !NOT_NEWS.iter().any(|part| lower.contains(part))
    })
}

/// Whether a mail can show it.
fn is_shown(image: &Image) -> bool {
    let Ok(url) = Url::parse(&image.url) else {
        return false;
    };
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none();
    let is_pixel = [image.width, image.height]
        .into_iter()
        .flatten()
        .any(|side| side < MIN_PIXELS);
    is_plain && !is_pixel && image.url.len() <= MAX_URL_BYTES
}

/// Whether media of no declared kind may be a picture.
pub(super) fn has_a_pictures_name(url: &str) -> bool {
    let path = &url[..url.find(['?', '#']).unwrap_or(url.len())];
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some((_, kind)) = name.rsplit_once('.') else {
        return true;
    };
    !matches!(
        kind.to_ascii_lowercase().as_str(),
        "aac"
            | "avi"
            | "htm"
            | "html"
            | "m3u8"
            | "m4a"
            | "m4v"
            | "mov"
            | "mp3"
            | "mp4"
            | "mpd"
            | "ogg"
            | "pdf"
            | "swf"
            | "wav"
            | "webm"
    )
}
