//! Words by which a paper says in the text itself that a story was corrected or withdrawn.

use super::Entry;
use crate::config::Collect;

/// Whether the source says that this version puts right an earlier one: by a flag of the feed, or by a word of
/// `collect.correction_words`.
pub(super) fn corrects(config: &Collect, entry: &Entry) -> bool {
    entry.correction || says_any(&config.correction_words, entry)
}

/// Whether the text says, by a word of `collect.retraction_words`, that the story is withdrawn.
pub(super) fn retracts(config: &Collect, entry: &Entry) -> bool {
    says_any(&config.retraction_words, entry)
}

fn says_any(words: &[String], entry: &Entry) -> bool {
    words
        .iter()
        .any(|word| says(&entry.headline, word) || says(&entry.standfirst, word))
}

/// Whether a sentence of `text`, or what stands in brackets, begins with `word`, whatever its case: "Corrected" alone
/// is not "a corrected bill".
fn says(text: &str, word: &str) -> bool {
    let (text, word) = (text.to_lowercase(), word.trim().to_lowercase());
    if word.is_empty() {
        return false;
    }
    text.match_indices(&word).any(|(at, found)| {
        let before = text[..at].trim_end().chars().next_back();
        let begins = before.is_none_or(|c| !c.is_alphanumeric() && !",;'’\"-".contains(c));
        let spaced = at == 0 || !text[..at].ends_with(char::is_alphanumeric);
        let after = text[at + found.len()..].chars().next();
        let whole =
            !word.ends_with(char::is_alphanumeric) || after.is_none_or(|c| !c.is_alphanumeric());
        begins && spaced && whole
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_where_a_sentence_begins() {
        for (text, word, expected) in [
            ("Correction: the wall costs £6m", "Correction:", true),
            ("CORRECTION: the wall costs £6m", "Correction:", true),
            ("The wall costs £6m (corrected)", "Corrected", true),
            (
                "The wall costs £6m. Corrected: it said £4m.",
                "Corrected",
                true,
            ),
            ("A corrected bill", "Corrected", false),
            ("The market corrected sharply", "Corrected", false),
            ("Corrections officers strike", "Correction", false),
            ("Uncorrected proofs", "corrected", false),
            (
                "Berichtigung: Die Mauer kostet 6 Millionen",
                "Berichtigung:",
                true,
            ),
            ("भूल सुधार: दीवार पर छह करोड़ खर्च होंगे", "भूल सुधार:", true),
            ("تصحیح: دیوار پر چھ کروڑ خرچ ہوں گے", "تصحیح:", true),
            ("دیوار پر خرچ۔ تصحیح: چھ کروڑ", "تصحیح:", true),
            ("Anything", " ", false),
        ] {
            assert_eq!(says(text, word), expected, "{text} / {word}");
        }
    }
}
