//! Images: the one picture to show with a story, from the places where papers put them.

use feed_rs::model::MediaObject;
use url::Url;

use super::entry::absolute;
use super::feed::Image;
use super::text;

const MAX_ALT_CHARS: usize = 300;
const MAX_URL_BYTES: usize = 2048;

/// Smaller ones count readers.
const MIN_PIXELS: u32 = 10;

/// The largest picture that `item` carries, `named` being one it names outside its media; of equals or unknowns the
/// first.
pub(super) fn image(
    item: &feed_rs::model::Entry,
    named: Option<&str>,
    base: Option<&Url>,
) -> Option<Image> {
    let enclosed = item.links.iter().filter(|link| {
        link.media_type
            .as_deref()
            .is_some_and(|kind| kind.starts_with("image/"))
    });
    let enclosed = enclosed.map(|link| link.href.as_str()).chain(named);
    let others = enclosed.map(|url| Image {
        url: url.to_owned(),
        ..Image::default()
    });
    let found = item.media.iter().flat_map(pictures).chain(others);
    let shown: Vec<Image> = found.filter_map(|image| shown(image, base)).collect();
    // The last of equals is the greatest, so we look from the end.
    shown
        .into_iter()
        .rev()
        .max_by_key(|image| image.width.unwrap_or(0))
}

fn pictures(media: &MediaObject) -> Vec<Image> {
    let alt = media.description.as_ref().or(media.title.as_ref());
    let alt = alt
        .map(|alt| text::plain(&alt.content, MAX_ALT_CHARS))
        .unwrap_or_default();
    let contents = media.content.iter().filter_map(|content| {
        let url = content.url.as_ref()?;
        let is_picture = match &content.content_type {
            Some(kind) => kind.ty() == "image",
            None => is_picture(url),
        };
        is_picture.then(|| (url.to_string(), content.width, content.height))
    });
    let thumbnails = media.thumbnails.iter().map(|thumbnail| {
        let image = &thumbnail.image;
        (image.uri.clone(), image.width, image.height)
    });
    let all = contents.chain(thumbnails);
    all.map(|(url, width, height)| Image {
        url,
        alt: alt.clone(),
        width,
        height,
    })
    .collect()
}

/// `image` with its address made absolute, if a mail can show it.
fn shown(image: Image, base: Option<&Url>) -> Option<Image> {
    let url = Url::parse(&absolute(&image.url, base)?).ok()?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none();
    let is_pixel = [image.width, image.height]
        .into_iter()
        .flatten()
        .any(|side| side < MIN_PIXELS);
    let url = String::from(url);
    (is_plain && !is_pixel && url.len() <= MAX_URL_BYTES).then_some(Image { url, ..image })
}

/// Whether media of no declared kind may be a picture.
fn is_picture(url: &Url) -> bool {
    let name = url.path().rsplit('/').next().unwrap_or_default();
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
