//! Files of any system, read as if their lines ended in LF.

use std::io::Read;

/// A text whose lines all end in LF, the last one too: the parser would tell a CR LF file's lines one too low.
pub(super) struct UnixLines<R> {
    from: R,
    /// The last octet given out, or a CR that may yet turn out to be half of a CR LF.
    last: u8,
}

impl<R: Read> UnixLines<R> {
    pub(super) fn new(from: R) -> UnixLines<R> {
        UnixLines { from, last: b'\n' }
    }
}

impl<R: Read> Read for UnixLines<R> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        // A CR held back goes out before what follows it, so there must be room for one octet more. The parser asks
        // for thousands.
        let mut next = vec![0; to.len().saturating_sub(1).clamp(1, 1 << 16)];
        let n = self.from.read(&mut next)?;
        if n == 0 {
            if self.last == b'\n' {
                return Ok(0);
            }
            self.last = b'\n';
            to[0] = b'\n';
            return Ok(1);
        }
        let mut given = 0;
        for &octet in &next[..n] {
            if self.last == b'\r' && octet != b'\n' {
                to[given] = b'\n';
                given += 1;
            }
            if octet != b'\r' {
                to[given] = octet;
                given += 1;
            }
            self.last = octet;
        }
        if given == 0 { self.read(to) } else { Ok(given) }
    }
}
