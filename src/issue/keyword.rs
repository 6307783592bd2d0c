//! Which keywords that readers follow or mute stand in which articles: whole words, in any script.

use std::collections::HashMap;

use sqlx::types::Json;

use crate::audience::fold_words;
use crate::db::{self, Sql, either};

/// The words of some articles.
#[derive(Default)]
pub(super) struct Words {
    /// By rank: headline and standfirst, each as ` its folded words `, so that no phrase runs from one into the other.
    texts: Vec<String>,
    /// In which articles a word stands.
    ranks: HashMap<String, Vec<usize>>,
}

impl Words {
    /// Adds the texts of the article of this rank; ranks come in order, and one may come again.
    pub(super) fn add(&mut self, rank: usize, texts: [&str; 2]) {
        self.texts.resize(rank + 1, String::new());
        for text in texts {
            let folded = fold_words(text);
            for word in folded.split(' ').filter(|word| !word.is_empty()) {
                let ranks = self.ranks.entry(word.to_owned()).or_default();
                if ranks.last() != Some(&rank) {
                    ranks.push(rank);
                }
            }
            self.texts[rank].push_str(&format!(" {folded} \n"));
        }
    }

    /// The articles in which this folded phrase stands.
    fn hold(&self, phrase: &str) -> impl Iterator<Item = usize> {
        let head = phrase.split(' ').next().unwrap_or_default();
        let ranks = self.ranks.get(head).map_or(&[][..], Vec::as_slice);
        let wanted = format!(" {phrase} ");
        ranks
            .iter()
            .copied()
            .filter(move |rank| self.texts[*rank].contains(&wanted))
    }

    /// Every keyword that stands in one of the articles, as (term, rank). The cost grows with the articles' words and
    /// the keywords that begin with one of them, not with all that readers have.
    pub(super) async fn keywords(&self, sql: &mut impl Sql) -> db::Result<Vec<(i64, usize)>> {
        let words: Vec<&String> = self.ranks.keys().collect();
        let mut found = Vec::new();
        for some in words.chunks(5000) {
            // Kind 4 is a keyword. Without statistics SQLite would go through all keywords for every word.
            let text = either(
                "SELECT t.id, t.folded FROM json_each($1) o CROSS JOIN term t INDEXED BY term_head
                  ON t.kind = 4 AND substr(t.folded, 1, instr(t.folded || ' ', ' ') - 1) = o.value ORDER BY t.id",
                "SELECT t.id, t.folded FROM jsonb_array_elements($1) o
                   JOIN term t ON t.kind = 4 AND split_part(t.folded, ' ', 1) = o #>> '{}' ORDER BY t.id",
            );
            let rows: Vec<(i64, String)> = sql.sql(text).bind(Json(some)).all().await?;
            for (term_id, phrase) in rows {
                found.extend(self.hold(&phrase).map(|rank| (term_id, rank)));
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::Term;

    fn holds(headline: &str, standfirst: &str, keyword: &str) -> bool {
        let mut words = Words::default();
        words.add(0, [headline, standfirst]);
        let term: Term = format!("keyword:{keyword}").parse().unwrap();
        words.hold(&term.folded()).next().is_some()
    }

    #[test]
    fn a_keyword_is_found_as_it_is_spoken_of() {
        for (headline, keyword) in [
            ("Council votes on the flood-wall", "Flood wall"),
            ("London’s mayor to stand again", "london"),
            ("Neue Straßen für die Altstadt", "neue strassen"),
            ("GROSSE FLUT AN DER ELBE", "große Flut"),
            ("हिन्दी दिवस पर बड़ा ऐलान", "हिंदी दिवस"),
            ("भारत-पाकिस्तान मैच रद्द", "पाकिस्तान"),
            ("کراچی میں پانی کا بحران", "كراچي"),
            ("لاہور: پانی کا بحران۔", "پانی کا بحران"),
            (
                "a very long phrase of eight words here stands",
                "very long phrase of eight words here",
            ),
        ] {
            assert!(holds(headline, "", keyword), "{keyword} in {headline}");
            assert!(
                holds("Nothing", headline, keyword),
                "{keyword} in a standfirst"
            );
        }
    }

    #[test]
    fn a_keyword_is_not_found_inside_words_or_across_texts() {
        for (headline, standfirst, keyword) in [
            ("Scarborough opens its pier", "", "car"),
            ("Hochwasserschutz wird teurer", "", "Hochwasser"),
            ("Ein Land der Schulen", "", "Schule"),
            ("पानीपत में नई सड़क", "", "पानी"),
            ("کرکٹر انعام ملا", "", "کرکٹ"),
            ("The flood", "wall falls", "flood wall"),
            ("Trams are back", "", "tram"),
        ] {
            assert!(
                !holds(headline, standfirst, keyword),
                "{keyword} in {headline}"
            );
        }
    }
}
