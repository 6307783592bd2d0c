//! What is an address and what is not, by our own tables and by those of two other parsers.

use std::collections::BTreeMap;

use lettre::Address;

use super::*;
use crate::corpora::part;

fn smtp(text: &str) -> Result<String, String> {
    EmailAddress::parse(text)
        .map(|a| a.as_smtp().to_owned())
        .map_err(|e| e.to_string())
}

#[test]
fn what_is_an_address() {
    for (text, want) in [
        (
            "Asha.Raghunathan@Example.ORG",
            "Asha.Raghunathan@example.org",
        ),
        ("a+tag@example.co.uk", "a+tag@example.co.uk"),
        ("o'neil!x=y@a-b.example", "o'neil!x=y@a-b.example"),
        ("jörg@bücher.example", "jörg@xn--bcher-kva.example"),
        (
            "jo\u{308}rg@BU\u{308}CHER.example",
            "jörg@xn--bcher-kva.example",
        ),
        ("आशा@उदाहरण.भारत", "आशा@xn--p1b6ci4b4b3a.xn--h2brj9c"),
        ("asha@paper．example", "asha@paper.example"),
    ] {
        assert_eq!(smtp(text).as_deref(), Ok(want), "{text:?}");
        assert!(want.parse::<Address>().is_ok(), "the dispatcher's too");
    }
}

#[test]
fn what_is_none_says_why() {
    for (text, want) in [
        ("", "is empty"),
        ("   ", "is empty"),
        ("asha", "has no @"),
        ("asha＠example.org", "has ＠ (U+FF20) where an @ belongs"),
        ("asha@home@example.org", "has more than one @"),
        ("@example.org", "has nothing before the @"),
        ("asha@", "has nothing after the @"),
        (".asha@example.org", "begins with a dot"),
        ("asha.@example.org", "has a dot right before the @"),
        ("as..ha@example.org", "has two dots in a row before the @"),
        ("\"asha w\"@example.org", "has quotation marks before the @"),
        ("as ha@example.org", "has a blank before the @"),
        (" asha@example.org", "has a blank before the @"),
        ("as,ha@example.org", "has the character , before the @"),
        (
            "as\u{200b}ha@example.org",
            "has an invisible character (U+200B) before the @",
        ),
        ("asha@[192.0.2.7]", "has a number in brackets after the @"),
        ("asha@localhost", "has no dot after the @"),
        ("asha@.example.org", "has a dot right after the @"),
        ("asha@example.org.", "has a dot at its end"),
        (
            "asha@example..org",
            "has two dots in a row after the @: its domain's second label is empty",
        ),
        (
            "asha@-a.example",
            "has a hyphen at the edge of its domain's first label",
        ),
        ("asha@example.org ", "has a blank in its domain"),
        ("asha@exa_mple.org", "has the character _ in its domain"),
        (
            "asha@example.org\r\nBcc: b@example.org",
            "has more than one @",
        ),
        (
            "asha@example.org\n",
            "has an invisible character (U+000A) in its domain",
        ),
        (
            "asha@example.org\u{fffd}",
            "has a letter that was lost when the file was saved (U+FFFD) in its domain",
        ),
        ("asha@192.0.2.7", "ends with a digit"),
        ("asha@xn--0.example", "has a domain that cannot exist"),
        ("Asha <asha@example.org>", "has a blank before the @"),
        ("<asha@example.org>", "has < or > around it"),
    ] {
        let said = smtp(text).unwrap_err();
        assert!(said.starts_with(want), "{text:?}: {said}");
    }
    let long = |local: usize, domain: &str| smtp(&format!("{}@{domain}", "a".repeat(local)));
    assert!(long(64, "example.org").is_ok());
    assert!(long(65, "example.org").unwrap_err().contains("65 octets"));
    let label = "b".repeat(63);
    assert!(long(1, &format!("{label}.example")).is_ok());
    assert!(
        long(1, &format!("{label}b.example"))
            .unwrap_err()
            .contains("first label")
    );
    let domain = format!("{label}.{label}.{label}.example");
    assert!(long(54, &domain).is_ok());
    assert!(long(55, &domain).unwrap_err().contains("255 octets"));
}

#[test]
fn two_spellings_of_one_mailbox_are_one() {
    let normal = |text: &str| EmailAddress::parse(text).unwrap().normal();
    for (one, other) in [
        ("ASHA@Example.org", "asha@example.ORG"),
        ("JÖRG@Bücher.example", "jo\u{308}rg@xn--bcher-kva.example"),
        ("ΟΔΟΣ@example.org", "οδος@example.org"),
        ("οδοσ@example.org", "οδος@example.org"),
    ] {
        assert_eq!(normal(one), normal(other), "{one} {other}");
    }
    assert_ne!(normal("ılk@example.org"), normal("ilk@example.org"));
    assert_ne!(normal("a.b@example.org"), normal("ab@example.org"));
}

#[test]
fn only_the_part_before_the_at_asks_for_smtputf8() {
    for (text, needs) in [
        ("asha@example.org", false),
        ("asha@bücher.example", false),
        ("jörg@example.org", true),
    ] {
        assert_eq!(EmailAddress::parse(text).unwrap().needs_smtputf8(), needs);
    }
}

#[test]
fn a_mailbox_has_a_name_beside_it() {
    let parsed = |text: &str| {
        EmailAddress::parse_mailbox(text).map(|(name, a)| (name, a.as_smtp().to_owned()))
    };
    let asha = "asha@example.org".to_owned();
    for (text, name) in [
        ("asha@example.org", ""),
        ("<asha@example.org>", ""),
        (" Asha Verrow <asha@example.org> ", "Asha Verrow"),
        (
            "\"Verrow, \\\"Ash\\\"\" <asha@example.org>",
            "Verrow, \"Ash\"",
        ),
    ] {
        assert_eq!(parsed(text), Ok((name.to_owned(), asha.clone())), "{text}");
    }
    assert!(parsed("Asha <asha@example.org").is_err());
    assert!(parsed("Asha <asha@example.org> !").is_err());
}

#[test]
fn a_masked_address_shows_its_ends_and_debug_nothing() {
    let asha = EmailAddress::parse("asha.w@example.org").unwrap();
    assert_eq!(asha.masked(), "a…w@example.org");
    assert_eq!(
        EmailAddress::parse("a@example.org").unwrap().masked(),
        "…@example.org"
    );
    assert_eq!(format!("{asha:?}"), "EmailAddress(…)");
}

/// The tables of two other parsers, where they are at hand.
fn table(name: &str) -> Option<Vec<Vec<String>>> {
    let text = std::fs::read_to_string(part(&format!("addresses/{name}"))?).ok()?;
    let rows = text.lines().skip(1);
    Some(
        rows.map(|l| l.split('\t').map(str::to_owned).collect())
            .collect(),
    )
}

/// Prints how many rows of each kind came out as expected, and each that did not.
#[expect(clippy::print_stderr, reason = "the table is for people")]
fn demand(name: &str, rows: &[(String, bool, String)]) {
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (kind, held, what) in rows {
        let count = kinds.entry(kind).or_default();
        count.0 += usize::from(*held);
        count.1 += 1;
        if !held {
            eprintln!("{name}: {what}");
        }
    }
    for (kind, (held, all)) in &kinds {
        eprintln!("{name}  {kind:<16} {held:>3} of {all:>3}");
    }
    let held = rows.iter().filter(|r| r.1).count();
    eprintln!("{name}  {held} of {}", rows.len());
    assert!(held * 100 >= rows.len() * 98, "{name}");
}

#[test]
fn the_addresses_of_isemail() {
    let Some(table) = table("isemail.tsv") else {
        return;
    };
    let rows: Vec<_> = table
        .iter()
        .map(|row| {
            let text: String = serde_json::from_str(&row[1]).unwrap();
            let want = matches!(row[2].as_str(), "VALID_CATEGORY" | "DNSWARN");
            let got = smtp(&text);
            let dispatched = got.as_ref().is_ok_and(|a| a.parse::<Address>().is_err());
            let what = format!("{} {}: {got:?}", row[0], row[3]);
            (row[2].clone(), got.is_ok() == want && !dispatched, what)
        })
        .collect();
    demand("isemail.tsv", &rows);
}

#[test]
fn the_addresses_of_email_validator() {
    let Some(table) = table("international.tsv") else {
        return;
    };
    let rows: Vec<_> = table
        .iter()
        .map(|row| {
            let text: String = serde_json::from_str(&row[0]).unwrap();
            let (valid, named) = (row[1] == "valid", text.contains('<'));
            let got = if valid && named {
                EmailAddress::parse_mailbox(&text).map(|(_, address)| address)
            } else {
                EmailAddress::parse(&text)
            };
            let kind = match (valid, named, text.contains('"')) {
                (true, true, _) => "with a name",
                // Valid where the caller allows it, which we do not.
                (true, _, true) => "quoted",
                (true, ..) => "valid",
                _ => "invalid",
            };
            let held = match &got {
                Ok(a) if valid => {
                    let normal: String = serde_json::from_str(&row[2]).unwrap();
                    let (local, domain) = a.as_smtp().rsplit_once('@').unwrap();
                    local == normal.rsplit_once('@').unwrap().0
                        && domain == row[4]
                        && a.needs_smtputf8() == (row[3] == "yes")
                        && (a.needs_smtputf8() || a.as_smtp() == row[5])
                        && a.as_smtp().parse::<Address>().is_ok()
                }
                Err(e) if valid => {
                    *e == AddressError::Quoted && row[2].contains('"') || kind == "quoted"
                }
                got => got.is_err(),
            };
            (kind.to_owned(), held, format!("{}: {got:?}", row[0]))
        })
        .collect();
    demand("international.tsv", &rows);
}
