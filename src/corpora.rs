//! What the world sends, for tests where it is at hand: in `POSTRIDER_CORPORA`, or in a folder beside the project.

use std::io::Write;
use std::path::PathBuf;

/// This file or folder of it. Where it is not there the test ends, and says so past the harness, which keeps to itself what a
/// test prints that passes.
pub(crate) fn part(name: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora");
    let root = std::env::var_os("POSTRIDER_CORPORA").map_or(beside, PathBuf::from);
    let part = root.join(name);
    if part.exists() {
        return Some(part);
    }
    let thread = std::thread::current();
    let test = thread.name().unwrap_or_default();
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {test} needs {name} in POSTRIDER_CORPORA"
    );
    None
}
