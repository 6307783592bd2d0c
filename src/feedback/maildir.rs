//! A Maildir: mails that another program lays down in `new`, as files of their own.
//!
//! In: a folder with `new`, `cur` and `tmp`. Out: reports, acted upon. A mail leaves `new` only when its reports are
//! written down, so that a crash reads it again and loses nothing. Files that begin with a dot, links, folders and pipes
//! are left where they are; `tmp` is for who is still writing.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::inlet;
use crate::app::App;
use crate::config::WhenRead;
use crate::db;

/// The name under which `status` tells of it.
pub const WAY: &str = "maildir";

/// How much of a mail is read, in bytes. A report says what it has to say at its beginning; what follows is the mail that
/// came back.
pub const MAX_MAIL_BYTES: u64 = 4 << 20;

/// How many names are looked at in one pass.
const MAX_NAMES: usize = 10_000;

/// What a pass did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// Mails that were read.
    pub mails: u64,
    /// Reports that were in them.
    pub reports: u64,
}

/// Reads what is new in the Maildir that is configured, if one is; what is wrong goes to `status`, too.
pub async fn pass(app: &App) -> db::Result<Passed> {
    let feedback = &app.config.feedback;
    let Some(folder) = &feedback.maildir else {
        return Ok(Passed::default());
    };
    let mut passed = Passed::default();
    let mut trouble = None;
    let names = match names(folder).await {
        Ok(names) => names,
        Err(error) => {
            trouble = Some(format!(
                "{} cannot be read: {error}",
                folder.join("new").display()
            ));
            Vec::new()
        }
    };
    for name in names {
        let file = folder.join("new").join(&name);
        let mail = match bytes(&file).await {
            Ok(Some(mail)) => mail,
            Ok(None) => continue,
            Err(error) => {
                trouble = Some(format!(
                    "a mail in {} cannot be read: {error}",
                    folder.display()
                ));
                continue;
            }
        };
        let reports = inlet::read(mail).await;
        super::act::take(app, &reports, WAY).await?;
        let told = app.inlets.took(WAY, &reports, app.clock.now());
        passed.mails += 1;
        passed.reports += told;
        if let Err(error) = done(folder, &name, feedback.maildir_when_read).await {
            // It will be read again, and known again.
            trouble = Some(format!(
                "a mail in {} cannot be put away: {error}",
                folder.display()
            ));
        }
    }
    match trouble {
        Some(why) => {
            tracing::warn!(why, "the Maildir is not read, or not all of it");
            app.inlets.trouble(WAY, &why, app.clock.now());
        }
        None => app.inlets.well(WAY),
    }
    Ok(passed)
}

/// Whether a folder can be read as a Maildir; why not.
pub fn look(folder: &Path) -> Result<(), String> {
    for part in ["new", "cur"] {
        let part = folder.join(part);
        fs::read_dir(&part)
            .map_err(|error| format!("{} cannot be read: {error}", part.display()))?;
    }
    Ok(())
}

/// The files in `new`, the oldest names first: a name begins with the second at which it was written.
async fn names(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let new = folder.join("new");
    blocking(move || {
        let mut names: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(new)? {
            let entry = entry?;
            let name = entry.file_name();
            let is_hidden = name.as_encoded_bytes().starts_with(b".");
            if !is_hidden && entry.file_type()?.is_file() {
                names.push(name.into());
            }
            if names.len() == MAX_NAMES {
                break;
            }
        }
        names.sort();
        Ok(names)
    })
    .await
}

/// A mail, or as much of it as we read; nothing if it is gone, or is no file of its own.
async fn bytes(file: &Path) -> io::Result<Option<Vec<u8>>> {
    use std::os::unix::fs::MetadataExt;
    let file = file.to_owned();
    blocking(move || {
        let opened = fs::symlink_metadata(&file).and_then(|seen| {
            if !seen.is_file() {
                return Ok(None);
            }
            let opened = fs::File::open(&file)?;
            let is = opened.metadata()?;
            // Somebody may have laid a link in its place meanwhile.
            Ok(((is.dev(), is.ino()) == (seen.dev(), seen.ino())).then_some(opened))
        });
        let opened = match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let Some(opened) = opened else {
            return Ok(None);
        };
        let mut mail = Vec::new();
        opened.take(MAX_MAIL_BYTES).read_to_end(&mut mail)?;
        Ok(Some(mail))
    })
    .await
}

/// Puts a mail away that was read: into `cur`, with the flag for "seen", or out of the world.
async fn done(folder: &Path, name: &Path, when_read: WhenRead) -> io::Result<()> {
    let from = folder.join("new").join(name);
    let to = match when_read {
        WhenRead::Delete => None,
        WhenRead::Keep => {
            let mut name = name.as_os_str().to_owned();
            let is_flagged = name
                .as_encoded_bytes()
                .windows(3)
                .any(|part| part == b":2,");
            if !is_flagged {
                name.push(":2,S");
            }
            Some(folder.join("cur").join(name))
        }
    };
    let done = blocking(move || match to {
        Some(to) => fs::rename(from, to),
        None => fs::remove_file(from),
    });
    match done.await {
        // Another node was quicker.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

async fn blocking<T: Send + 'static>(
    step: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    match tokio::task::spawn_blocking(step).await {
        Ok(done) => done,
        Err(error) => Err(io::Error::other(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn maildir() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for part in ["new", "cur", "tmp"] {
            fs::create_dir(folder.path().join(part)).unwrap();
        }
        folder
    }

    fn lay(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
        let file = folder.join(name);
        fs::write(&file, bytes).unwrap();
        file
    }

    fn names_in(folder: &Path, part: &str) -> Vec<String> {
        let entries = fs::read_dir(folder.join(part)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn only_files_of_their_own_in_new_are_mails() {
        let folder = maildir();
        let folder = folder.path();
        let secret = lay(folder, "tmp/3.a.host", b"half");
        lay(folder, "new/2.b.host", b"second");
        lay(folder, "new/1.a.host", b"first");
        lay(folder, "new/.hidden", b"");
        lay(folder, "cur/0.z.host:2,S", b"old");
        fs::create_dir(folder.join("new/4.folder")).unwrap();
        symlink(&secret, folder.join("new/5.link")).unwrap();
        assert_eq!(
            names(folder).await.unwrap(),
            [Path::new("1.a.host"), Path::new("2.b.host")]
        );
        let read = async |name: &str| bytes(&folder.join("new").join(name)).await.unwrap();
        assert_eq!(read("1.a.host").await.as_deref(), Some(&b"first"[..]));
        for name in ["5.link", "4.folder", "none"] {
            assert_eq!(read(name).await, None, "{name}");
        }
    }

    #[tokio::test]
    async fn of_a_huge_mail_only_the_beginning_is_read() {
        let folder = maildir();
        let file = folder.path().join("new/1.a.host");
        let huge = fs::File::create(&file).unwrap();
        huge.set_len(1 << 40).unwrap();
        let read = bytes(&file).await.unwrap().unwrap();
        assert_eq!(read.len() as u64, MAX_MAIL_BYTES);
    }

    #[tokio::test]
    async fn what_was_read_is_put_away() {
        let folder = maildir();
        let folder = folder.path();
        for name in ["1.a.host", "2.b.host,S=4:2,", "3.c.host"] {
            lay(folder, &format!("new/{name}"), b"mail");
        }
        let put = |name: &'static str, when| done(folder, Path::new(name), when);
        put("1.a.host", WhenRead::Keep).await.unwrap();
        put("2.b.host,S=4:2,", WhenRead::Keep).await.unwrap();
        put("3.c.host", WhenRead::Delete).await.unwrap();
        put("gone", WhenRead::Delete).await.unwrap();
        put("gone", WhenRead::Keep).await.unwrap();
        assert_eq!(names_in(folder, "new"), [""; 0]);
        assert_eq!(names_in(folder, "cur"), ["1.a.host:2,S", "2.b.host,S=4:2,"]);
    }
}
