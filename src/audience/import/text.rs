//! Files of any system as one kind of text: UTF-8, with lines that end in LF.

use std::fs::File;
use std::io::{self, Read, Seek};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// A file's encoding, and how many octets of mark stand before its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::audience) struct Encoded {
    pub(super) encoding: &'static Encoding,
    mark: u64,
}

impl Encoded {
    /// Finds it out from the whole file, or takes the one that was said. The error is a clause for people.
    pub(in crate::audience) fn of(
        file: &mut File,
        said: Option<&'static Encoding>,
    ) -> io::Result<Encoded> {
        let mut head = [0; 4096];
        let n = read_full(file, &mut head)?;
        let head = &head[..n];
        file.rewind()?;
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"\xd0\xcf\x11\xe0") {
            return Err(not_text(
                "is a workbook or an archive, not a table of text; save it as CSV, or unpack it",
            ));
        }
        let first = head.iter().find(|b| !b.is_ascii_whitespace());
        if matches!(first, Some(b'[' | b'{')) {
            return Err(not_text("is JSON, not a table of text; save it as CSV"));
        }
        if head.starts_with(&[0xff, 0xfe, 0, 0]) || head.starts_with(&[0, 0, 0xfe, 0xff]) {
            return Err(not_text("is UTF-32; save it as UTF-8"));
        }
        if let Some((encoding, mark)) = Encoding::for_bom(head) {
            let mark = mark as u64;
            return Ok(Encoded { encoding, mark });
        }
        let encoding = match said {
            Some(encoding) => encoding,
            None if head.contains(&0) => without_mark(head)
                .ok_or_else(|| not_text("is no text: there are zero octets in it"))?,
            None => guess(file)?,
        };
        Ok(Encoded { encoding, mark: 0 })
    }

    /// The file from its beginning, as UTF-8 with LF at the end of each line. UTF-8 is passed as it is, so that a line
    /// with a broken letter can be refused alone.
    pub(in crate::audience) fn open(self, file: &mut File) -> io::Result<impl Read + use<'_>> {
        file.seek(io::SeekFrom::Start(self.mark))?;
        let decoder =
            (self.encoding != UTF_8).then(|| self.encoding.new_decoder_without_bom_handling());
        Ok(UnixLines::new(Decoded {
            from: file,
            decoder,
            raw: Vec::new(),
            at: 0,
            ended: false,
            done: false,
        }))
    }
}

pub(super) fn not_text(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn read_full(from: &mut impl Read, to: &mut [u8]) -> io::Result<usize> {
    let mut n = 0;
    while n < to.len() {
        match from.read(&mut to[n..])? {
            0 => break,
            more => n += more,
        }
    }
    Ok(n)
}

/// UTF-16 without its mark: in Latin text every other octet is zero.
fn without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let zeros = |at: usize| head.iter().skip(at).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if odd > 2 * even && odd * 4 > head.len() {
        Some(UTF_16LE)
    } else if even > 2 * odd && even * 4 > head.len() {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// UTF-8 where that is what most letters beyond ASCII are: by accident nothing else looks like it. Otherwise the likeliest
/// of the old encodings.
fn guess(file: &mut File) -> io::Result<&'static Encoding> {
    let (mut good, mut bad) = (0_u64, 0_u64);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    let mut buffer = vec![0; 1 << 16];
    let mut kept = 0;
    loop {
        let n = file.read(&mut buffer[kept..])?;
        let end = kept + n;
        let mut rest = &buffer[..end];
        kept = 0;
        loop {
            match str::from_utf8(rest) {
                Ok(text) => {
                    good += letters_beyond_ascii(text);
                    break;
                }
                Err(e) => {
                    let (valid, after) = rest.split_at(e.valid_up_to());
                    good += letters_beyond_ascii(str::from_utf8(valid).unwrap_or_default());
                    match e.error_len() {
                        None if n > 0 => {
                            kept = after.len();
                            break;
                        }
                        length => {
                            bad += 1;
                            rest = &after[length.unwrap_or(after.len())..];
                        }
                    }
                }
            }
        }
        buffer.copy_within(end - kept..end, 0);
        if n == 0 {
            break;
        }
    }
    file.rewind()?;
    if bad == 0 || good > bad {
        return Ok(UTF_8);
    }
    loop {
        let n = file.read(&mut buffer)?;
        detector.feed(&buffer[..n], n == 0);
        if n == 0 {
            break;
        }
    }
    file.rewind()?;
    Ok(detector.guess(None, Utf8Detection::Deny))
}

fn letters_beyond_ascii(text: &str) -> u64 {
    if text.is_ascii() {
        0
    } else {
        text.chars().filter(|c| !c.is_ascii()).count() as u64
    }
}

/// A file's octets as UTF-8. What its encoding does not know becomes U+FFFD.
struct Decoded<R> {
    from: R,
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    at: usize,
    ended: bool,
    /// The decoder has given all it has, and must not be asked again.
    done: bool,
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let Some(decoder) = &mut self.decoder else {
            return self.from.read(to);
        };
        while !self.done {
            if self.at == self.raw.len() && !self.ended {
                self.raw.resize(1 << 16, 0);
                let n = self.from.read(&mut self.raw)?;
                self.raw.truncate(n);
                self.at = 0;
                self.ended = n == 0;
            }
            let (result, read, written, _) =
                decoder.decode_to_utf8(&self.raw[self.at..], to, self.ended);
            self.at += read;
            self.done = self.ended && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

/// A text whose lines all end in LF, the last one too: the parser would tell a CR LF file's lines one too low.
struct UnixLines<R> {
    from: R,
    /// The last octet read, which may be a CR that turns out to be half of a CR LF.
    last: u8,
    raw: Vec<u8>,
    ready: Vec<u8>,
    given: usize,
}

impl<R: Read> UnixLines<R> {
    fn new(from: R) -> UnixLines<R> {
        UnixLines {
            from,
            last: b'\n',
            raw: vec![0; 1 << 16],
            ready: Vec::new(),
            given: 0,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.given = 0;
        while self.ready.is_empty() {
            let n = self.from.read(&mut self.raw)?;
            for &octet in &self.raw[..n] {
                if self.last == b'\r' && octet != b'\n' {
                    self.ready.push(b'\n');
                }
                if octet != b'\r' {
                    self.ready.push(octet);
                }
                self.last = octet;
            }
            if n == 0 {
                if self.last != b'\n' {
                    self.ready.push(b'\n');
                }
                self.last = b'\n';
                break;
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for UnixLines<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() {
            self.refill()?;
        }
        let n = (&self.ready[self.given..]).read(to)?;
        self.given += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(bytes: &[u8]) -> io::Result<(&'static str, String)> {
        let mut file = tempfile::tempfile()?;
        file.write_all(bytes)?;
        file.rewind()?;
        let encoded = Encoded::of(&mut file, None)?;
        let mut text = Vec::new();
        let mut from = encoded.open(&mut file)?;
        from.read_to_end(&mut text)?;
        assert_eq!(from.read(&mut [0; 9])?, 0, "the end stays the end");
        drop(from);
        Ok((
            encoded.encoding.name(),
            String::from_utf8_lossy(&text).into_owned(),
        ))
    }

    #[test]
    fn files_of_any_system_are_one_text() {
        let text = "email,name\nasha@example.org,J\u{f6}rg \u{dc}tz\n";
        let utf16 = |unit: fn(u16) -> [u8; 2], mark: bool| -> Vec<u8> {
            let mark = mark.then_some(0xfeff);
            mark.into_iter()
                .chain(text.encode_utf16())
                .flat_map(unit)
                .collect()
        };
        let latin: Vec<u8> = text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap())
            .collect();
        for (bytes, name) in [
            (text.as_bytes().to_vec(), "UTF-8"),
            (
                format!("\u{feff}{}", text.replace('\n', "\r\n")).into_bytes(),
                "UTF-8",
            ),
            (text.replace('\n', "\r").into_bytes(), "UTF-8"),
            (text.trim_end().as_bytes().to_vec(), "UTF-8"),
            (utf16(u16::to_le_bytes, true), "UTF-16LE"),
            (utf16(u16::to_be_bytes, true), "UTF-16BE"),
            (utf16(u16::to_le_bytes, false), "UTF-16LE"),
            (latin.clone(), "windows-1252"),
            (
                latin
                    .iter()
                    .map(|b| if *b == b'\n' { b'\r' } else { *b })
                    .collect(),
                "windows-1252",
            ),
        ] {
            assert_eq!(read(&bytes).unwrap(), (name, text.to_owned()), "{name}");
        }
        let russian = "email,name\nasha@example.org,\u{410}\u{43d}\u{43d}\u{430} \u{418}\u{432}\u{430}\u{43d}\u{43e}\u{432}\u{430}\n";
        let (bytes, ..) = encoding_rs::WINDOWS_1251.encode(russian);
        assert_eq!(read(&bytes).unwrap(), ("windows-1251", russian.to_owned()));
    }

    #[test]
    fn one_broken_line_does_not_make_a_file_latin() {
        let mut bytes = "a@example.org,J\u{f6}rg\nb@example.org,\u{dc}tz\n"
            .as_bytes()
            .to_vec();
        bytes.extend(b"c@example.org,J\xf6rg\n");
        let (name, text) = read(&bytes).unwrap();
        assert_eq!(name, "UTF-8");
        assert!(text.contains("J\u{f6}rg") && text.contains('\u{fffd}'));
    }

    #[test]
    fn what_is_no_text_is_named() {
        for (bytes, says) in [
            (&b"PK\x03\x04rest"[..], "workbook"),
            (&b"\xff\xfe\0\0a\0\0\0"[..], "UTF-32"),
            (&b"ab\0cdefgh\0ijkl"[..], "zero octets"),
        ] {
            assert!(read(bytes).unwrap_err().to_string().contains(says));
        }
    }
}
