//! The statements that stand in the program's own source.

use std::fs;
use std::path::Path;

/// A statement, and on which databases it is to run.
pub(crate) struct Statement {
    /// File and line.
    pub(crate) place: String,
    pub(crate) sql: String,
    pub(crate) sqlite: bool,
    pub(crate) postgres: bool,
}

/// Every string literal under this folder that begins as a statement does.
pub(crate) fn statements(folder: &Path) -> Vec<Statement> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(statements(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let before = found.len();
            let (mut was_sqlite, name) = (false, path.display());
            for literal in literals(&text) {
                // `either` takes SQLite's text and then PostgreSQL's; what names a system table is for its own only.
                // Either may be the beginning of a `concat!`.
                let before = literal.before.strip_suffix("concat!(");
                let before = before.unwrap_or(&literal.before);
                let sqlite = before.ends_with("either(");
                let postgres = was_sqlite && before.ends_with(',');
                was_sqlite = sqlite;
                let first = literal.text.split_ascii_whitespace().next();
                let verbs = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];
                if first.is_some_and(|word| verbs.contains(&word)) {
                    found.push(Statement {
                        place: format!("{name}:{}", literal.line),
                        sqlite: !postgres && !literal.text.contains("pg_"),
                        postgres: !sqlite,
                        sql: literal.text,
                    });
                }
            }
            assert!(
                found.len() > before || !text.contains(".sql("),
                "{name} runs SQL, and no statement was found in it"
            );
        }
    }
    found
}

struct Literal {
    line: usize,
    /// The code between the literal before and this one, without comments and space.
    before: String,
    text: String,
}

/// The string literals of a Rust source, as far as our own sources need it.
fn literals(source: &str) -> Vec<Literal> {
    let mut found = Vec::new();
    let mut before = String::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let line = || source[..source.len() - rest.len()].matches('\n').count() + 1;
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if let Some((raw, fence)) = raw_string(rest) {
            let end = raw.find(&fence).expect("a raw string that ends");
            let (line, before) = (line(), std::mem::take(&mut before));
            let text = raw[..end].to_owned();
            found.push(Literal { line, before, text });
            rest = &raw[end + fence.len()..];
        } else if c == '"' {
            let (line, before) = (line(), std::mem::take(&mut before));
            let (text, after) = plain_string(&rest[1..]);
            found.push(Literal { line, before, text });
            rest = after;
        } else if let Some(after) = character(rest) {
            rest = after;
        } else {
            if !c.is_whitespace() {
                before.push(c);
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    found
}

/// What follows `r#"`, and what ends it.
fn raw_string(rest: &str) -> Option<(&str, String)> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let text = after[hashes..].strip_prefix('"')?;
    Some((text, format!("\"{}", "#".repeat(hashes))))
}

/// A string up to its closing quote, and what follows it.
fn plain_string(rest: &str) -> (String, &str) {
    let mut text = String::new();
    let mut chars = rest.chars();
    loop {
        match chars.next().expect("a string that ends") {
            '"' => return (text, chars.as_str()),
            '\\' => match chars.next().expect("an escape that ends") {
                '\n' => chars = chars.as_str().trim_start().chars(),
                'n' => text.push('\n'),
                other => text.push(other),
            },
            c => text.push(c),
        }
    }
}

/// What follows a character literal; a lifetime is none.
fn character(rest: &str) -> Option<&str> {
    let after = rest.strip_prefix('\'')?;
    if let Some(escaped) = after.strip_prefix('\\') {
        let skipped = &escaped[escaped.chars().next()?.len_utf8()..];
        return Some(&skipped[skipped.find('\'')? + 1..]);
    }
    after[after.chars().next()?.len_utf8()..].strip_prefix('\'')
}
