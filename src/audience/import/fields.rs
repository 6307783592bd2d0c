//! A text as fields that the parser reads as people meant them.

use std::io::{self, Read};

use super::text::not_text;

/// The longest record, in octets: beyond it a quotation mark was forgotten, or this is no table.
const LONGEST: usize = 1 << 20;

/// A table without blanks before its fields, which would keep a quotation mark from opening one. A mark that nothing
/// closes is an error that names its line: the parser would take the rest of the file for one field.
pub(super) struct Fields<R> {
    from: R,
    delimiter: u8,
    state: State,
    line: u64,
    opened: u64,
    length: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Start,
    Plain,
    Quoted,
    Closing,
}

impl<R: Read> Fields<R> {
    pub(super) fn new(from: R, delimiter: u8) -> Fields<R> {
        Fields {
            from,
            delimiter,
            state: State::Start,
            line: 1,
            opened: 0,
            length: 0,
        }
    }

    fn step(&mut self, octet: u8) -> State {
        match (self.state, octet) {
            (State::Quoted, b'"') => State::Closing,
            (State::Quoted, _) => State::Quoted,
            (State::Start | State::Closing, b'"') => {
                if self.state == State::Start {
                    self.opened = self.line;
                }
                State::Quoted
            }
            (_, b'\n') => State::Start,
            (_, other) if other == self.delimiter => State::Start,
            (State::Start, b' ' | b'\t') => State::Start,
            _ => State::Plain,
        }
    }

    fn broken(&self) -> io::Error {
        let line = if self.state == State::Quoted {
            self.opened
        } else {
            self.line
        };
        not_text(&if self.state == State::Quoted {
            format!("line {line}: a quotation mark opens a field here, and nothing closes it")
        } else {
            format!("line {line}: is longer than a megabyte, which no line of a table is")
        })
    }
}

impl<R: Read> Read for Fields<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        loop {
            let n = self.from.read(to)?;
            if n == 0 {
                return if self.state == State::Quoted {
                    Err(self.broken())
                } else {
                    Ok(0)
                };
            }
            let mut kept = 0;
            for at in 0..n {
                let octet = to[at];
                let before = self.state;
                self.state = self.step(octet);
                if octet == b'\n' {
                    self.line += 1;
                    if self.state != State::Quoted {
                        self.length = 0;
                    }
                }
                self.length += 1;
                if self.length > LONGEST {
                    return Err(self.broken());
                }
                let blank = octet == b' ' || octet == b'\t';
                if !(before == State::Start
                    && self.state == State::Start
                    && blank
                    && octet != self.delimiter)
                {
                    to[kept] = octet;
                    kept += 1;
                }
            }
            if kept > 0 {
                return Ok(kept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(text: &str, delimiter: u8) -> io::Result<String> {
        let mut out = String::new();
        Fields::new(text.as_bytes(), delimiter).read_to_string(&mut out)?;
        Ok(out)
    }

    #[test]
    fn a_blank_does_not_keep_a_quotation_mark_from_opening() {
        for (text, delimiter, want) in [
            ("a, \"b, c\" ,d\n", b',', "a,\"b, c\" ,d\n"),
            (" a;  b\n\tc", b';', "a;b\nc"),
            ("a\t \"b\"\t\tc\n", b'\t', "a\t\"b\"\t\tc\n"),
            ("\"a \"\" , b\",  c", b',', "\"a \"\" , b\",c"),
            ("a \"b\" c, d", b',', "a \"b\" c,d"),
            ("\" \n \", x", b',', "\" \n \",x"),
        ] {
            assert_eq!(fields(text, delimiter).unwrap(), want);
        }
    }

    #[test]
    fn a_quotation_mark_that_nothing_closes_is_named() {
        let said = fields("a,b\n\"c\nd\",\"e\nf\ng", b',')
            .unwrap_err()
            .to_string();
        assert!(said.starts_with("line 3: a quotation mark"), "{said}");
        let said = fields(&"x".repeat(LONGEST + 1), b',')
            .unwrap_err()
            .to_string();
        assert!(said.starts_with("line 1: is longer"), "{said}");
    }

    proptest! {
        #[test]
        fn what_the_parser_makes_of_a_table_stays(rows in proptest::collection::vec(
            proptest::collection::vec("[a-z \",;\n]{0,6}", 3), 1..6,
        )) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let read: Vec<Vec<String>> = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All)
                .from_reader(Fields::new(text.as_bytes(), b','))
                .into_records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
            let want: Vec<Vec<String>> = rows.iter()
                .map(|row| row.iter().map(|f| f.trim_matches([' ', '\n']).to_owned()).collect()).collect();
            prop_assert_eq!(read, want);
        }
    }
}
