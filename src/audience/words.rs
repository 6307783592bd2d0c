//! Words, so that two spellings of one word are found to be one, and no word is found inside another.

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// One spelling for every way of writing a text: compatibility forms composed (Unicode Standard Annex 15, NFKC), case
/// folded in full (`ß` is `ss`), and what writers of Arabic and Devanagari script put down or leave out at will made
/// alike. Blanks and punctuation stay.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let folded: String = CaseMapper::new().fold_string(text).nfkc().collect();
    alike(&folded)
}

/// Whether a character only turns the way in which text is written: in a name or an answer it would turn what a page or a
/// terminal shows after it (Unicode Standard Annex 9, sections 2.1 to 2.5).
pub(super) fn turns_writing(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The words of a text (Unicode Standard Annex 29), each folded, one blank between. An English possessive is its noun.
pub fn fold_words(text: &str) -> String {
    let folded = fold(text);
    let mut words = String::with_capacity(folded.len());
    for word in folded.unicode_words() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(&noun_of(word));
    }
    words
}

fn noun_of(word: &str) -> Cow<'_, str> {
    if !word.contains(['\'', '’']) {
        return Cow::Borrowed(word);
    }
    let word = word.replace('’', "'");
    Cow::Owned(word.strip_suffix("'s").unwrap_or(&word).to_owned())
}

/// Takes out what does not tell one word from another, and gives each letter one form.
fn alike(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // Soft hyphen; joiners, which only shape letters; Arabic vowel signs and the bar that stretches a word.
            '\u{ad}' | '\u{200c}' | '\u{200d}' | '\u{640}' | '\u{64b}'..='\u{652}' | '\u{670}' => {}
            // Arabic keyboards write yeh and kaf with other code points than Urdu ones.
            '\u{64a}' | '\u{649}' => out.push('\u{6cc}'),
            '\u{643}' => out.push('\u{6a9}'),
            '\u{647}' | '\u{6d5}' | '\u{6c0}' | '\u{6c2}' => out.push('\u{6c1}'),
            // The dot of borrowed sounds, which newspapers put or leave out; that of flapped letters stays.
            '\u{93c}' if out.ends_with(['क', 'ख', 'ग', 'ज', 'फ']) => {}
            'ँ' => out.push('ं'),
            'ङ' | 'ञ' | 'ण' | 'न' | 'म' if chars.peek() == Some(&'\u{94d}') => {
                let mut ahead = chars.clone();
                ahead.next();
                if ahead.peek().is_some_and(|next| is_of_row(c, *next)) {
                    chars.next();
                    out.push('ं');
                } else {
                    out.push(c);
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// Whether `consonant` is one of the four that `nasal` ends the row of: before these it is also written as a dot, so
/// that हिन्दी and हिंदी are one word.
fn is_of_row(nasal: char, consonant: char) -> bool {
    let nasal = nasal as u32;
    (nasal - 4..nasal).contains(&(consonant as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_one_word_are_one() {
        for (one, other) in [
            ("Straße", "STRASSE"),
            ("Mu\u{308}nchen", "MÜNCHEN"),
            ("Hoch\u{ad}wasser", "hochwasser"),
            ("London’s", "london"),
            ("Macy's", "MACY’S"),
            ("हिन्दी", "हिंदी"),
            ("पाँच", "पांच"),
            ("ज़मीन", "जमीन"),
            ("क\u{94d}\u{200d}या", "क्या"),
            ("كراچي", "کراچی"),
            ("پاکِستان", "پاکستان"),
            ("ﷲ", "اللہ"),
            ("ﬁnance", "FINANCE"),
            ("Ｔｏｋｙｏ", "tokyo"),
        ] {
            assert_eq!(fold_words(one), fold_words(other), "{one}");
        }
    }

    #[test]
    fn two_words_stay_two() {
        for (one, other) in [
            ("पड़ना", "पडना"),
            ("अन्न", "अंन"),
            ("Müller", "Muller"),
            ("schon", "schön"),
            ("its", "it"),
        ] {
            assert_ne!(fold_words(one), fold_words(other), "{one}");
        }
    }

    #[test]
    fn a_text_is_its_words() {
        for (text, words) in [
            ("Flood-wall vote!", "flood wall vote"),
            ("भारत ने मैच जीता।", "भारत ने मैच जीता"),
            ("پانی کا بحران۔ کیا ہوگا؟", "پانی کا بحران کیا ہوگا"),
            ("„Grüße“, sagte sie.", "grüsse sagte sie"),
            ("1,000 at 07:30", "1,000 at 07 30"),
            ("", ""),
        ] {
            assert_eq!(fold_words(text), words);
        }
    }
}
