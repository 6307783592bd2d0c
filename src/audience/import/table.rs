//! A file as a table: how its fields are parted, and what each of its columns says.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder};

use super::column::{COLUMNS, Role, folded};
use super::fields::Fields;
use super::text::Encoded;
use super::{ImportError, Options};
use crate::audience::EmailAddress;
use crate::audience::spreadsheet::undefuse;

/// How many octets of a file are looked at to find out how it is made.
const SAMPLE: usize = 1 << 16;

/// A file that has been looked through: it is text, its quotation marks are closed, and its columns are known.
pub(super) struct Table {
    encoded: Encoded,
    delimiter: u8,
    /// Records before the first reader's.
    skip: usize,
    pub(super) columns: Columns,
}

/// What each column says.
pub(super) struct Columns {
    by_role: BTreeMap<Role, Vec<usize>>,
    /// Each column as the file calls it, or its number where there is no header.
    names: Vec<String>,
    /// Whether they all are of our own format, so that a field that cannot be read is a mistake and not another
    /// program's way to write.
    pub(super) ours: bool,
    /// Every column that belongs into the record of consent, in the file's order; none in our own format.
    pub(super) evidence: Vec<usize>,
}

impl Columns {
    /// The columns that say this.
    pub(super) fn of(&self, role: Role) -> &[usize] {
        self.by_role.get(&role).map_or(&[], Vec::as_slice)
    }

    /// Whether any column says this.
    pub(super) fn has(&self, role: Role) -> bool {
        self.by_role.contains_key(&role)
    }

    /// Whether any column tells who may be mailed.
    pub(super) fn tell_standing(&self) -> bool {
        self.by_role.keys().any(|role| role.is_standing())
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// A column as the file calls it.
    pub(super) fn name(&self, at: usize) -> &str {
        &self.names[at]
    }

    /// What each column was taken for, in the file's order; none for one that is not used.
    pub(super) fn told(&self) -> Vec<(String, Option<Role>)> {
        let role = |at| self.by_role.iter().find(|(_, all)| all.contains(&at));
        let all = self.names.iter().enumerate();
        all.map(|(at, name)| (name.clone(), role(at).map(|(role, _)| *role)))
            .collect()
    }
}

impl Table {
    /// Looks through the whole file, so that what is wrong with it is told before anything is written.
    pub(super) fn look(file: &mut File, options: &Options) -> Result<Table, ImportError> {
        let encoded = Encoded::of(file, options.encoding).map_err(unreadable)?;
        let mut sample = Vec::new();
        encoded
            .open(file)?
            .take(SAMPLE as u64)
            .read_to_end(&mut sample)?;
        if sample.len() == SAMPLE {
            let whole = sample.iter().rposition(|b| *b == b'\n');
            sample.truncate(whole.map_or(SAMPLE, |at| at + 1));
        }
        let said = sample.strip_prefix(b"sep=").and_then(|rest| rest.first());
        let skip = usize::from(said.is_some());
        let delimiter = options
            .delimiter
            .or(said.copied())
            .unwrap_or_else(|| delimiter(&sample));
        let mut records = Vec::new();
        for record in reader(sample.as_slice(), delimiter)
            .into_byte_records()
            .skip(skip)
            .take(50)
        {
            match record {
                Ok(record) => records.push(texts(&record)),
                // The sample may end within a field; the whole file is looked through below.
                Err(_) => break,
            }
        }
        let Some(first) = records.first() else {
            return Err(ImportError::Header("the file is empty".into()));
        };
        let headless = first.iter().any(|f| is_address(f));
        let columns = columns(first, headless, &records, options)?;
        let mut all = Fields::new(encoded.open(file)?, delimiter);
        io::copy(&mut all, &mut io::sink()).map_err(unreadable)?;
        Ok(Table {
            encoded,
            delimiter,
            skip: skip + usize::from(!headless),
            columns,
        })
    }

    /// The readers' records.
    pub(super) fn records<'f>(
        &self,
        file: &'f mut File,
    ) -> Result<csv::Reader<impl Read + use<'f>>, ImportError> {
        let mut reader = reader(self.encoded.open(file)?, self.delimiter);
        let mut record = ByteRecord::new();
        for _ in 0..self.skip {
            reader
                .read_byte_record(&mut record)
                .map_err(io::Error::from)?;
        }
        Ok(reader)
    }

    /// The encoding's name, as its standard has it.
    pub(super) fn encoding(&self) -> &'static str {
        self.encoded.encoding.name()
    }

    /// What parts the fields.
    pub(super) fn delimiter(&self) -> char {
        char::from(self.delimiter)
    }
}

/// What `Encoded` and `Fields` find wrong is the file's; anything else is the system's.
fn unreadable(error: io::Error) -> ImportError {
    if error.kind() == io::ErrorKind::InvalidData {
        ImportError::Header(error.to_string())
    } else {
        ImportError::File(error)
    }
}

fn reader<R: Read>(from: R, delimiter: u8) -> csv::Reader<Fields<R>> {
    ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(Fields::new(from, delimiter))
}

fn texts(record: &ByteRecord) -> Vec<String> {
    let texts = record.iter().map(|f| String::from_utf8_lossy(f));
    texts.map(|t| tidy(&t).to_owned()).collect()
}

/// A field without what nobody sees at its edges.
pub(super) fn tidy(field: &str) -> &str {
    field.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\0'))
}

fn is_address(field: &str) -> bool {
    EmailAddress::parse_mailbox(undefuse(field)).is_ok()
}

/// The delimiter by which the first line has most names we know; else most fields.
fn delimiter(sample: &[u8]) -> u8 {
    let score = |delimiter: &u8| {
        let mut records = reader(sample, *delimiter).into_byte_records();
        let first = records.next().and_then(Result::ok).unwrap_or_default();
        let fields = texts(&first);
        let known = fields
            .iter()
            .filter(|f| Role::of_header(f).is_some() || is_address(f));
        (known.count(), fields.len())
    };
    let mut best = (b',', score(&b','));
    for other in [b';', b'\t', b'|'] {
        let score = score(&other);
        if score > best.1 {
            best = (other, score);
        }
    }
    best.0
}

fn columns(
    first: &[String],
    headless: bool,
    records: &[Vec<String>],
    options: &Options,
) -> Result<Columns, ImportError> {
    let names: Vec<String> = first
        .iter()
        .enumerate()
        .map(|(at, name)| {
            if headless || name.is_empty() {
                format!("column {}", at + 1)
            } else {
                name.clone()
            }
        })
        .collect();
    let mut by_role: BTreeMap<Role, Vec<usize>> = BTreeMap::new();
    if !headless {
        for (at, name) in names.iter().enumerate() {
            if let Some(role) = Role::of_header(name) {
                by_role.entry(role).or_default().push(at);
            }
        }
    }
    mapped(&mut by_role, &names, options)?;
    if let Entry::Vacant(email) = by_role.entry(Role::Email) {
        email.insert(by_content(records, &names)?);
    }
    for (role, at) in &by_role {
        if role.is_single() && at.len() > 1 {
            let all: Vec<String> = at.iter().map(|at| format!("{:?}", names[*at])).collect();
            let word = role.word();
            return Err(ImportError::Header(format!(
                "line 1: {} can each be the column {word}\nhint: say which with --map {word}={}",
                all.join(" and "),
                all[0]
            )));
        }
    }
    let used: usize = by_role.values().map(Vec::len).sum();
    let ours = by_role.keys().all(|role| COLUMNS.contains(&role.word()));
    let ours = ours && used == names.len() && !headless;
    let shows = by_role.iter().filter(|(role, _)| role.is_evidence());
    let mut evidence: Vec<usize> = shows.flat_map(|(_, at)| at.iter().copied()).collect();
    evidence.sort_unstable();
    Ok(Columns {
        by_role,
        names,
        ours,
        evidence,
    })
}

/// Lays what the flags say over what the header says.
fn mapped(
    by_role: &mut BTreeMap<Role, Vec<usize>>,
    names: &[String],
    options: &Options,
) -> Result<(), ImportError> {
    for (role, _) in &options.map {
        by_role.remove(role);
    }
    for (role, column) in options.map.iter().filter(|(_, column)| !column.is_empty()) {
        let same = names.iter().position(|n| n == column);
        let alike = || names.iter().position(|n| folded(n) == folded(column));
        let number = || {
            column
                .parse::<usize>()
                .ok()?
                .checked_sub(1)
                .filter(|at| *at < names.len())
        };
        let Some(at) = same.or_else(alike).or_else(number) else {
            return Err(ImportError::Header(format!(
                "--map {}={column:?}: there is no such column; line 1 has {}",
                role.word(),
                quoted(names)
            )));
        };
        by_role.retain(|_, all| {
            all.retain(|other| *other != at);
            !all.is_empty()
        });
        by_role.entry(*role).or_default().push(at);
    }
    Ok(())
}

/// The one column in which most fields are addresses.
fn by_content(records: &[Vec<String>], names: &[String]) -> Result<Vec<usize>, ImportError> {
    let mostly = |at: &usize| {
        let filled = || {
            records
                .iter()
                .filter_map(|r| r.get(*at))
                .filter(|f| !f.is_empty())
        };
        let addresses = filled().filter(|f| is_address(f)).count();
        // The header is one of the fields.
        addresses > 0 && addresses * 2 + 1 >= filled().count()
    };
    let found: Vec<usize> = (0..names.len()).filter(mostly).collect();
    let why = match found.len() {
        1 => return Ok(found),
        0 => format!(
            "line 1: there is no column email, and none that holds addresses; there are {}",
            quoted(names)
        ),
        _ => {
            let names: Vec<String> = found.iter().map(|at| names[*at].clone()).collect();
            format!("line 1: {} each hold addresses", quoted(&names))
        }
    };
    Err(ImportError::Header(format!(
        "{why}\nhint: say which it is with --map email=COLUMN, by its name or its number"
    )))
}

fn quoted(names: &[String]) -> String {
    let all: Vec<String> = names.iter().map(|n| format!("{n:?}")).collect();
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use super::*;

    fn look(text: &str, options: &Options) -> Result<(char, Vec<String>, usize), String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.rewind().unwrap();
        let table = Table::look(&mut file, options).map_err(|e| e.to_string())?;
        let told = table
            .columns
            .told()
            .into_iter()
            .map(|(name, role)| match role {
                Some(role) => format!("{name}={}", role.word()),
                None => name,
            });
        let told = told.collect();
        let records = table.records(&mut file).unwrap().into_records().count();
        Ok((table.delimiter(), told, records))
    }

    #[test]
    fn tables_as_programs_write_them() {
        let plain = Options::default();
        for (text, delimiter, told, records) in [
            (
                "email,name\na@x.example,A\n",
                ',',
                vec!["email=email", "name=name"],
                1,
            ),
            (
                "\"E-Mail\";Vorname;Nachname;Firma\na@x.example;A;B;\"C, D\"\n",
                ';',
                vec![
                    "E-Mail=email",
                    "Vorname=first-name",
                    "Nachname=last-name",
                    "Firma",
                ],
                1,
            ),
            (
                "sep=;\nEmail;Name\na@x.example;A\n",
                ';',
                vec!["Email=email", "Name=name"],
                1,
            ),
            (
                "Name\tEmail Address\nA, B\ta@x.example\n",
                '\t',
                vec!["Name=name", "Email Address=email"],
                1,
            ),
            (
                "name|email\nA|a@x.example\n",
                '|',
                vec!["name=name", "email=email"],
                1,
            ),
            ("a@x.example\nb@x.example\n", ',', vec!["column 1=email"], 2),
            ("Ann <a@x.example>\n", ',', vec!["column 1=email"], 1),
            (
                "A;a@x.example\nB;b@x.example\n",
                ';',
                vec!["column 1", "column 2=email"],
                2,
            ),
            (
                "wohin,wer\na@x.example,A\nb@x.example,B\n",
                ',',
                vec!["wohin=email", "wer"],
                2,
            ),
        ] {
            let told = told.into_iter().map(str::to_owned).collect();
            assert_eq!(look(text, &plain), Ok((delimiter, told, records)), "{text}");
        }
    }

    #[test]
    fn flags_say_what_a_header_does_not() {
        let map = |pairs: &[(Role, &str)]| Options {
            map: pairs.iter().map(|(r, c)| (*r, (*c).to_owned())).collect(),
            ..Options::default()
        };
        let two = "Email,E-mail address,status,x\na@x.example,b@x.example,on,\n";
        let said = look(two, &Options::default()).unwrap_err();
        assert!(
            said.contains("\"Email\" and \"E-mail address\"")
                && said.contains("--map email=\"Email\""),
            "{said}"
        );
        let (_, told, _) = look(
            two,
            &map(&[
                (Role::Email, "e-mail address"),
                (Role::Status, ""),
                (Role::Name, "4"),
            ]),
        )
        .unwrap();
        assert_eq!(told, ["Email", "E-mail address=email", "status", "x=name"]);
        let said = look(two, &map(&[(Role::Email, "Post")])).unwrap_err();
        assert!(
            said.contains("--map email=\"Post\"") && said.contains("\"x\""),
            "{said}"
        );
        for (text, says) in [
            ("", "the file is empty"),
            ("name,phone\nA,1\n", "no column email"),
            ("a@x.example,b@x.example\n", "each hold addresses"),
            (
                "email,name\na@x.example,\"A\nb@x.example,B\n",
                "line 2: a quotation mark",
            ),
        ] {
            let said = look(text, &Options::default()).unwrap_err();
            assert!(said.contains(says), "{said}");
        }
    }
}
