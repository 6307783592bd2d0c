//! Turns what serde says about a value into a sentence for the person who wrote it.

/// What the deserializer found wrong.
pub(super) enum Fault<'e> {
    /// No such setting; these are the ones that may stand there.
    Unknown(Vec<&'e str>),
    /// The value is refused: how the sentence goes on after key and value, and what to do.
    Refused(String, Option<String>),
}

/// Reads serde's own sentence, or one that [`super::value::Refusal`] made.
pub(super) fn fault<'e>(error: &'e str, key: &str, value: &str) -> Fault<'e> {
    let quoted = || error.split('`').skip(3).step_by(2).collect::<Vec<_>>();
    if error.starts_with("unknown field") {
        return Fault::Unknown(quoted());
    }
    if error.starts_with("unknown variant") {
        let hint =
            meant(value.trim_matches('"'), quoted()).map(|word| format!("did you mean {word:?}?"));
        return Fault::Refused(format!("is not {}", list(&quoted(), "or")), hint);
    }
    if (error.starts_with("invalid type") || error.starts_with("invalid value"))
        && let Some((_, expected)) = error.rsplit_once(", expected ")
    {
        let (noun, hint) = noun(expected, key);
        return Fault::Refused(format!("is not {noun}"), hint.map(str::to_owned));
    }
    match error.split_once("\nhint: ") {
        Some((says, hint)) => Fault::Refused(says.to_owned(), Some(hint.to_owned())),
        None if error.starts_with("invalid socket address") => {
            let (noun, hint) = noun("socket address", key);
            Fault::Refused(format!("is not {noun}"), hint.map(str::to_owned))
        }
        None if error.starts_with("wanted string") => {
            Fault::Refused("is not text in quotes".to_owned(), None)
        }
        None => Fault::Refused(error.to_owned(), None),
    }
}

/// Serde's name of a type in words an operator uses, with a hint where one helps.
fn noun<'a>(expected: &'a str, key: &str) -> (&'a str, Option<&'a str>) {
    match expected {
        "u16" if key.ends_with("port") => (
            "a port number",
            Some("write a number such as 465, or leave it out for the usual one"),
        ),
        "u8" | "u16" | "u32" | "u64" | "usize" => (
            "a whole number",
            Some("write digits only, without quotes or a unit"),
        ),
        "a boolean" => ("true or false", Some("write true or false, without quotes")),
        "a string" | "path string" => ("text in quotes", None),
        "a sequence" if key == "relay" => (
            "a list of tables",
            Some("write [[relay]], with two brackets"),
        ),
        "a sequence" if key == "block" => (
            "a list of tables",
            Some("write [[block]], with two brackets"),
        ),
        "a sequence" if key == "source" => (
            "a list of tables",
            Some("write [[source]], with two brackets"),
        ),
        "a sequence" => (
            "a list",
            Some("write the values in brackets, with commas between them"),
        ),
        "socket address" => (
            "an IP address with a port",
            Some("write both, such as \"127.0.0.1:8025\""),
        ),
        other if other.starts_with("struct") => ("a table", None),
        other => (other, None),
    }
}

/// "a, b or c", with `join` before the last.
pub(super) fn list(words: &[&str], join: &str) -> String {
    match words {
        [most @ .., last] if !most.is_empty() => format!("{} {join} {last}", most.join(", ")),
        _ => words.concat(),
    }
}

/// The word that was probably meant.
pub(super) fn meant<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let near = |other: &&str| {
        let other = other.to_lowercase();
        strsim::damerau_levenshtein(&word, &other) <= (word.chars().count() / 3).max(1)
            || strsim::jaro_winkler(&word, &other) > 0.87
    };
    words
        .into_iter()
        .filter(near)
        .min_by_key(|other| strsim::damerau_levenshtein(&word, &other.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant() {
        let tls = ["none", "starttls", "implicit"];
        for (word, expected) in [
            ("startls", Some("starttls")),
            ("STARTTLS", Some("starttls")),
            ("implict", Some("implicit")),
            ("non", Some("none")),
            ("ssl", None),
        ] {
            assert_eq!(meant(word, tls), expected, "{word}");
        }
        assert_eq!(
            meant("password", ["name", "password_file"]),
            Some("password_file")
        );
    }
}
