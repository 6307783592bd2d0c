//! Files that a verb writes.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::Failure;

/// A file that nobody else on the machine can read, and that takes the place of what was there when it is whole.
pub(super) struct PrivateFile {
    to: PathBuf,
    into: Place,
}

enum Place {
    /// A file beside it, which goes if it is not kept.
    Beside(NamedTempFile),
    /// A device or a pipe, which takes what comes.
    As(File),
}

impl PrivateFile {
    pub(super) fn create(to: &Path) -> io::Result<PrivateFile> {
        // What a link leads to is replaced, and not the link.
        let to = to.canonicalize().unwrap_or_else(|_| to.to_owned());
        let into = if to.exists() && !to.is_file() {
            Place::As(File::options().write(true).open(&to)?)
        } else {
            let folder = to.parent().filter(|p| !p.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new("."));
            Place::Beside(Builder::new().prefix(".postrider-").tempfile_in(folder)?)
        };
        Ok(PrivateFile { to, into })
    }

    /// Where to write.
    pub(super) fn file(&self) -> &File {
        match &self.into {
            Place::Beside(file) => file.as_file(),
            Place::As(file) => file,
        }
    }

    /// It is whole.
    pub(super) fn keep(self) -> io::Result<()> {
        if let Place::Beside(file) = self.into {
            file.as_file().sync_all()?;
            file.persist(&self.to)?;
        }
        Ok(())
    }
}

/// Whether a list goes to standard output, where nothing else can be told.
pub(super) fn is_stdout(to: &Path, json: bool) -> Result<bool, Failure> {
    let is_stdout = to == Path::new("-");
    if is_stdout && json {
        return Err(Failure::Start(
            "--json would tell of the file, and there is none\nhint: name a file, or leave --json out".to_owned(),
        ));
    }
    Ok(is_stdout)
}
