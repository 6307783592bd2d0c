//! Decoding: a feed's bytes as text, whatever encoding they are in and whatever they say about it.

use std::borrow::Cow;
use std::io::Read;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use flate2::read::MultiGzDecoder;

/// Where an XML declaration has to have ended.
const MAX_DECLARATION_BYTES: usize = 256;

/// As much as a fetch takes by default: a file that was packed on disk is no way around the limit.
const MAX_UNPACKED_BYTES: u64 = 10 * 1024 * 1024;

/// A feed as text, without BOM and XML declaration, and what had to be guessed.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) warnings: Vec<String>,
}

/// `bytes`, unpacked if they are a gzip file that was served as it lies on the disk. What is broken or too big in it is
/// cut off.
pub(super) fn unpacked(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::new();
    // What was read before a fault is in `out`, and the parser says what is missing.
    let _ = MultiGzDecoder::new(bytes)
        .take(MAX_UNPACKED_BYTES)
        .read_to_end(&mut out);
    Cow::Owned(out)
}

/// Reads `bytes` by, in this order, their BOM, the `charset` of `content_type`, their XML declaration, and their looks.
pub(super) fn decode(bytes: &[u8], content_type: Option<&str>) -> Decoded {
    if let Some(text) = utf32(bytes) {
        return Decoded {
            text: without_declaration(&text),
            warnings: Vec::new(),
        };
    }
    let (encoding, bytes, mut warnings) = encoding(bytes, content_type);
    let (text, had_errors) = encoding.decode_without_bom_handling(bytes);
    let text = if had_errors && encoding == UTF_8 {
        warnings.push(
            "some letters could not be read as UTF-8 and were taken for windows-1252".to_owned(),
        );
        patched(bytes).into()
    } else if had_errors {
        warnings.push(format!(
            "some letters could not be read as {} and were replaced",
            encoding.name()
        ));
        text
    } else {
        text
    };
    let text = match encoded_once(&text) {
        Some(once) => {
            warnings.push("its letters were encoded twice".to_owned());
            Cow::Owned(once)
        }
        None => text,
    };
    Decoded {
        text: without_declaration(&text),
        warnings,
    }
}

/// UTF-8 with bytes in it that somebody pasted from an older text. What is left of a longer letter is no such byte.
fn patched(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        match chunk.invalid() {
            [] => {}
            [_] => out.push_str(&WINDOWS_1252.decode(chunk.invalid()).0),
            _ => out.push(char::REPLACEMENT_CHARACTER),
        }
    }
    out
}

/// `bytes` as UTF-32, which the web has no decoder for, if they have its BOM or begin as markup in it does.
fn utf32(bytes: &[u8]) -> Option<String> {
    let to_code: fn([u8; 4]) -> u32 = match bytes {
        [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, b'<' | b'{', ..] => u32::from_be_bytes,
        [0xff, 0xfe, 0, 0, ..] | [b'<' | b'{', 0, 0, 0, ..] => u32::from_le_bytes,
        _ => return None,
    };
    let letters = bytes.as_chunks::<4>().0.iter().map(|letter| {
        let code = char::from_u32(to_code(*letter));
        code.unwrap_or(char::REPLACEMENT_CHARACTER)
    });
    Some(letters.collect())
}

/// What `text` was before somebody took its UTF-8 for Windows-1252 and encoded it again. A single letter in it that was
/// not treated so is proof to the contrary.
fn encoded_once(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let (bytes, _, is_unmappable) = WINDOWS_1252.encode(text);
    String::from_utf8(bytes.into_owned())
        .ok()
        .filter(|_| !is_unmappable)
}

fn encoding<'a>(
    bytes: &'a [u8],
    content_type: Option<&str>,
) -> (&'static Encoding, &'a [u8], Vec<String>) {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return (encoding, &bytes[length..], Vec::new());
    }
    match bytes {
        [b'<' | b'{', 0, ..] => return (UTF_16LE, bytes, Vec::new()),
        [0, b'<' | b'{', ..] => return (UTF_16BE, bytes, Vec::new()),
        _ => {}
    }
    let is_utf8 = std::str::from_utf8(bytes).is_ok();
    let told = content_type.and_then(charset).or_else(|| declared(bytes));
    let (encoding, warning) = match told.and_then(Encoding::for_label) {
        // Text of one byte a letter is never UTF-8 by chance: the label is left over from an older server.
        Some(told) if told.is_single_byte() && is_utf8 && !bytes.is_ascii() => (UTF_8, Some(told)),
        // Bytes that are ASCII so far, since we got to read the declaration.
        Some(told) if told == UTF_16LE || told == UTF_16BE => {
            (if is_utf8 { UTF_8 } else { WINDOWS_1252 }, Some(told))
        }
        Some(told) if told == UTF_8 && !is_utf8 && !is_mostly_utf8(bytes) => {
            (WINDOWS_1252, Some(told))
        }
        Some(told) => (told, None),
        None if is_utf8 || is_mostly_utf8(bytes) => (UTF_8, None),
        None => (WINDOWS_1252, None),
    };
    let warning = warning.map(|told| {
        format!(
            "it says that it is {}, but is {}",
            told.name(),
            encoding.name()
        )
    });
    (encoding, bytes, warning.into_iter().collect())
}

fn charset(content_type: &str) -> Option<&[u8]> {
    let parameters = content_type.split(';').skip(1);
    let mut pairs = parameters.filter_map(|parameter| parameter.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Some(value.trim().trim_matches(['"', '\'']).as_bytes())
}

fn declared(bytes: &[u8]) -> Option<&[u8]> {
    let head = bytes.trim_ascii_start();
    let head = &head[..head.len().min(MAX_DECLARATION_BYTES)];
    let declaration = head.strip_prefix(b"<?xml")?;
    let declaration = &declaration[..declaration.iter().position(|byte| *byte == b'>')?];
    let at = declaration
        .windows(8)
        .position(|window| window == b"encoding")?;
    let value = declaration[at + 8..]
        .trim_ascii_start()
        .strip_prefix(b"=")?
        .trim_ascii_start();
    let (quote, value) = value
        .split_first()
        .filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
    Some(&value[..value.iter().position(|byte| byte == quote)?])
}

/// Whether more letters of several bytes are whole than broken: then a few were damaged on the way.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk
            .valid()
            .chars()
            .filter(|letter| !letter.is_ascii())
            .count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    whole > broken
}

/// The declaration has done its work, and a reader that believes it would decode the text a second time.
fn without_declaration(text: &str) -> String {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let body = text
        .strip_prefix("<?xml")
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_whitespace()));
    let body = body
        .and_then(|rest| rest.split_once("?>"))
        .map_or(text, |(_, body)| body.trim_start());
    // Another one further down would be believed as well.
    body.replace("<?xml", "<?was-xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    fn utf32(text: &str, to_bytes: fn(u32) -> [u8; 4]) -> Vec<u8> {
        text.chars().flat_map(|c| to_bytes(u32::from(c))).collect()
    }

    #[test]
    fn bytes_become_the_text_that_was_meant() {
        let with_bom = |bytes: Vec<u8>| [vec![0xef, 0xbb, 0xbf], bytes].concat();
        let cases: [(Vec<u8>, Option<&str>, &str); 16] = [
            ("<r>é</r>".into(), None, "<r>é</r>"),
            (
                with_bom("<r>é</r>".into()),
                Some("text/xml; charset=iso-8859-1"),
                "<r>é</r>",
            ),
            (
                b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<r>\xe9</r>".into(),
                None,
                "<r>é</r>",
            ),
            (
                b"<?xml version='1.0' encoding = 'windows-1251' ?><r>\xcd</r>".into(),
                None,
                "<r>Н</r>",
            ),
            (
                b"<?xml version='1.0' encoding='koi8-r'?><r>\xee</r>".into(),
                None,
                "<r>Н</r>",
            ),
            (
                b"<?xml version='1.0' encoding='euc-kr'?><r>\xb3\xe2</r>".into(),
                None,
                "<r>년</r>",
            ),
            (
                b"<r>\xe9</r>".into(),
                Some("text/xml; charset=\"ISO-8859-1\""),
                "<r>é</r>",
            ),
            (
                b"<?xml version='1.0' encoding='utf-8'?><r>\xcd</r>".into(),
                Some("text/xml;charset=windows-1251"),
                "<r>Н</r>",
            ),
            // Wrong, missing and unknown labels.
            (
                "<?xml version='1.0' encoding='iso-8859-1'?><r>é</r>".into(),
                None,
                "<r>é</r>",
            ),
            (
                b"<?xml version='1.0' encoding='utf-8'?><r>\xe9</r>".into(),
                None,
                "<r>é</r>",
            ),
            (
                b"<?xml version='1.0' encoding='utf-16'?><r>a</r>".into(),
                None,
                "<r>a</r>",
            ),
            (
                b"<?xml version='1.0' encoding='martian'?><r>\x80</r>".into(),
                None,
                "<r>€</r>",
            ),
            (
                [b"<r>\xff".as_slice(), "éèà</r>".as_bytes()].concat(),
                None,
                "<r>ÿéèà</r>",
            ),
            (
                [b"<r>\xe2\x82".as_slice(), "éèà</r>".as_bytes()].concat(),
                None,
                "<r>\u{fffd}éèà</r>",
            ),
            (
                b"<?xml version='1.0' encoding='euc-jp'?><r>\xc6\xfc</r>".into(),
                None,
                "<r>日</r>",
            ),
            (
                b"\n <?xml version='1.0'?>\n<?xml-stylesheet?><r/>".into(),
                None,
                "<?was-xml-stylesheet?><r/>",
            ),
        ];
        for (bytes, content_type, expected) in cases {
            assert_eq!(
                decode(&bytes, content_type).text,
                expected,
                "{}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }

    #[test]
    fn wide_letters_are_known_by_their_looks() {
        let cases: [(Vec<u8>, Option<&str>, &str); 8] = [
            (
                utf16("\u{feff}<r>é</r>", u16::to_le_bytes),
                None,
                "<r>é</r>",
            ),
            (
                utf16("\u{feff}<r>é</r>", u16::to_be_bytes),
                None,
                "<r>é</r>",
            ),
            (
                utf16(
                    "<?xml version='1.0' encoding='utf-16'?><r>é</r>",
                    u16::to_be_bytes,
                ),
                None,
                "<r>é</r>",
            ),
            (utf16("<r>é</r>", u16::to_le_bytes), None, "<r>é</r>"),
            (
                utf32("\u{feff}<r>é</r>", u32::to_be_bytes),
                None,
                "<r>é</r>",
            ),
            (
                utf32("\u{feff}<r>é</r>", u32::to_le_bytes),
                None,
                "<r>é</r>",
            ),
            (
                utf32(
                    "<?xml version='1.0' encoding='ucs-4'?><r>😀</r>",
                    u32::to_le_bytes,
                ),
                Some("text/xml; charset=utf-32"),
                "<r>😀</r>",
            ),
            (utf16("{\"é\": 1}", u16::to_le_bytes), None, "{\"é\": 1}"),
        ];
        for (bytes, content_type, expected) in cases {
            assert_eq!(decode(&bytes, content_type).text, expected);
        }
    }

    #[test]
    fn a_wrong_label_is_told() {
        let decoded = decode(
            "<?xml version='1.0' encoding='iso-8859-1'?><r>é</r>".as_bytes(),
            None,
        );
        assert_eq!(
            decoded.warnings,
            ["it says that it is windows-1252, but is UTF-8"]
        );
        assert_eq!(
            decode(b"<r/>", Some("text/xml; charset=utf-8")).warnings,
            [""; 0]
        );
        let doubled = decode("<r>KÃ¤lte â€“ Ã©tÃ©</r>".as_bytes(), None);
        assert_eq!(doubled.text, "<r>Kälte – été</r>");
        let quoted = decode("<r>KÃ¤lte, été</r>".as_bytes(), None);
        assert_eq!(quoted.text, "<r>KÃ¤lte, été</r>");
    }

    #[test]
    fn a_packed_file_is_unpacked_up_to_the_limit() {
        let pack = |bytes: &[u8]| {
            let mut out = Vec::new();
            let mut encoder = flate2::read::GzEncoder::new(bytes, flate2::Compression::best());
            encoder.read_to_end(&mut out).unwrap();
            out
        };
        assert_eq!(*unpacked(&pack(b"<r/>")), *b"<r/>");
        assert_eq!(*unpacked(b"<r/>"), *b"<r/>");
        assert!(unpacked(&[0x1f, 0x8b, 8]).is_empty());
        let bomb = pack(&vec![b' '; 11 * 1024 * 1024]);
        assert_eq!(unpacked(&bomb).len() as u64, MAX_UNPACKED_BYTES);
    }
}
