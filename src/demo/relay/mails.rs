//! The mails that were caught, shared by the relay that fills it and the pages that show it.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use super::lock;

/// A mail as one recipient would have got it.
#[derive(Clone, PartialEq, Eq)]
pub struct Caught {
    /// Its place among all mails of this relay, from 1; its file bears the same number.
    pub number: u64,
    /// Envelope sender; empty for the null sender of a bounce.
    pub from: String,
    /// Envelope recipient.
    pub to: String,
    /// The mail, with the dots that SMTP doubles taken out again (RFC 5321, section 4.5.2).
    pub bytes: Arc<[u8]>,
    /// Which connection brought it, from 1 in the order of their coming.
    pub connection: u64,
    /// What the strict reader found: bare CR or LF, a line over 998 octets, 8-bit in the header. At most 20 are told.
    pub line_errors: Vec<String>,
}

impl fmt::Debug for Caught {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caught")
            .field("number", &self.number)
            .field("size_bytes", &self.bytes.len())
            .field("connection", &self.connection)
            .field("line_errors", &self.line_errors)
            .finish_non_exhaustive()
    }
}

/// What a connection knows of a mail when the final dot has come.
pub(super) struct Arrived {
    pub from: String,
    pub to: Vec<String>,
    pub bytes: Arc<[u8]>,
    pub connection: u64,
    pub line_errors: Vec<String>,
    pub line_error_count: usize,
}

/// All mails of a relay. Cloning it shares it.
#[derive(Clone)]
pub struct Mails(Arc<Inner>);

struct Inner {
    keep: bool,
    folder: Option<PathBuf>,
    kept: Mutex<Vec<Caught>>,
    numbered: AtomicU64,
    line_errors: AtomicUsize,
    count: watch::Sender<usize>,
}

impl Mails {
    pub(super) fn new(keep: bool, folder: Option<PathBuf>) -> Mails {
        Mails(Arc::new(Inner {
            keep,
            folder,
            kept: Mutex::default(),
            numbered: AtomicU64::new(0),
            line_errors: AtomicUsize::new(0),
            count: watch::Sender::new(0),
        }))
    }

    /// The mails kept in memory, in the order in which they came.
    pub fn all(&self) -> Vec<Caught> {
        lock(&self.0.kept).clone()
    }

    /// The newest mails with a number under `before`, at most `limit`, the newest first.
    pub fn newest(&self, before: u64, limit: usize) -> Vec<Caught> {
        let kept = lock(&self.0.kept);
        kept.iter()
            .rev()
            .filter(|mail| mail.number < before)
            .take(limit)
            .cloned()
            .collect()
    }

    /// The mail with this number.
    pub fn get(&self, number: u64) -> Option<Caught> {
        lock(&self.0.kept)
            .iter()
            .find(|mail| mail.number == number)
            .cloned()
    }

    /// How many mails came, kept or not.
    pub fn count(&self) -> usize {
        *self.0.count.borrow()
    }

    /// How many faults were found in all mails together.
    pub fn line_error_count(&self) -> usize {
        self.0.line_errors.load(Ordering::Relaxed)
    }

    /// Returns when `n` mails have come.
    pub async fn until_count(&self, n: usize) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.0.count.subscribe().wait_for(|count| *count >= n).await;
    }

    /// Takes a mail in, once for each of its recipients, and tells the last number it gave. An error means that a file
    /// could not be written.
    pub(super) async fn add(&self, arrived: Arrived) -> io::Result<u64> {
        let mut last = 0;
        self.0
            .line_errors
            .fetch_add(arrived.line_error_count, Ordering::Relaxed);
        for to in arrived.to {
            let number = self.0.numbered.fetch_add(1, Ordering::Relaxed) + 1;
            if let Some(folder) = &self.0.folder {
                tokio::fs::write(folder.join(file_name(number, &to)), &arrived.bytes).await?;
            }
            if self.0.keep {
                let mut kept = lock(&self.0.kept);
                // While a file was written, a later one may have come.
                let place = kept.partition_point(|mail| mail.number < number);
                kept.insert(
                    place,
                    Caught {
                        number,
                        to,
                        from: arrived.from.clone(),
                        bytes: Arc::clone(&arrived.bytes),
                        connection: arrived.connection,
                        line_errors: arrived.line_errors.clone(),
                    },
                );
            }
            self.0.count.send_modify(|count| *count += 1);
            last = number;
        }
        Ok(last)
    }
}

impl fmt::Debug for Mails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mails")
            .field("count", &self.count())
            .finish_non_exhaustive()
    }
}

/// A recipient may hold a slash or a quote; what is not plainly harmless becomes an underscore.
fn file_name(number: u64, recipient: &str) -> String {
    let harmless = |c: char| {
        if c.is_ascii_alphanumeric() || "@.-_+".contains(c) {
            c
        } else {
            '_'
        }
    };
    let recipient: String = recipient.chars().map(harmless).take(120).collect();
    format!("{number:04}-{recipient}.eml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_cannot_leave_the_folder() {
        assert_eq!(
            file_name(7, "asha.verrow@example.org"),
            "0007-asha.verrow@example.org.eml"
        );
        assert_eq!(
            file_name(12_345, "\"../../etc\"@x.example"),
            "12345-_.._.._etc_@x.example.eml"
        );
    }
}
