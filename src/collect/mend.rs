//! Mending: what makes broken XML readable again. Nothing here is done to a feed that is whole.

/// How far into an answer a feed may begin: before it stand a server's complaints.
const MAX_BEFORE: usize = 64 * 1024;

/// Where in `answer` the feed begins that something was put before; `None` for a web page, and where there is none.
pub(super) fn feed_within(answer: &str) -> Option<usize> {
    let head = &answer[..answer.floor_char_boundary(MAX_BEFORE)];
    let lower = head.to_ascii_lowercase();
    let roots = ["<rss", "<rdf:rdf", "<feed", "<urlset", "<?xml"];
    let start = roots
        .iter()
        .filter_map(|root| lower.find(root))
        .filter(|at| *at > 0)
        .min()?;
    let is_page = ["<html", "<body", "<head"]
        .iter()
        .any(|tag| lower.contains(tag));
    (!is_page).then_some(start)
}

/// `xml` with each `<` that begins nothing escaped, and what breaks off within itself closed. Characters that XML forbids,
/// and instructions to programs, are left out. What it looks at for one `<` ends at the next, so that this stays linear.
pub(super) fn mended(xml: &str) -> String {
    let mut out = String::with_capacity(xml.len() + xml.len() / 16);
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        push(&mut out, &rest[..at]);
        rest = &rest[at..];
        rest = if let Some(data) = rest.strip_prefix("<![CDATA[") {
            let (inside, after) = data.split_once("]]>").unwrap_or((data, ""));
            out.push_str("<![CDATA[");
            push(&mut out, inside);
            out.push_str("]]>");
            after
        } else if let Some(comment) = rest.strip_prefix("<!--") {
            comment.split_once("-->").map_or("", |(_, after)| after)
        } else if rest.starts_with("<?") {
            rest.split_once('>').map_or("", |(_, after)| after)
        } else if rest.starts_with("<!") {
            after_declaration(rest)
        } else {
            let length = tag(rest, &mut out);
            &rest[length..]
        };
    }
    push(&mut out, rest);
    out
}

fn push(out: &mut String, text: &str) {
    out.extend(text.chars().filter(|c| !is_forbidden(*c)));
}

/// What XML 1.0, section 2.2, does not allow even escaped.
fn is_forbidden(character: char) -> bool {
    matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// What follows a `<!DOCTYPE`, with its own declarations in brackets or without.
fn after_declaration(rest: &str) -> &str {
    let end = match rest.find(['>', '[']) {
        Some(at) if rest[at..].starts_with('[') => rest[at..].find("]>").map(|end| at + end + 2),
        at => at.map(|at| at + 1),
    };
    end.map_or("", |end| &rest[end..])
}

/// Writes the tag at the start of `rest`, or the `<` that only looks like one, and tells how much of `rest` that was.
fn tag(rest: &str, out: &mut String) -> usize {
    let name = rest[1..].trim_start_matches('/');
    let is_one = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let next = rest[1..].find('<').map_or(rest.len(), |at| at + 1);
    let within = &rest[..next];
    let Some(end) = within.find('>').filter(|_| is_one) else {
        out.push_str("&lt;");
        return 1;
    };
    if let Some(whole) = closes(within) {
        push(out, &within[..whole]);
        return whole;
    }
    // A quote in it never ends, and with it would go all that follows: rather lose its attributes.
    let end_of_name = within
        .find(|c: char| c.is_whitespace() || c == '>')
        .unwrap_or(end)
        .min(end);
    push(out, &within[..end_of_name]);
    let is_empty = within[..end].ends_with('/') && !within[..end_of_name].ends_with('/');
    out.push_str(if is_empty { "/>" } else { ">" });
    end + 1
}

/// The length of the tag that `within` begins with, `>` in quotes not counted.
fn closes(within: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in within.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_nothing_is_a_sign() {
        let cases = [
            ("<t>a < b</t>", "<t>a &lt; b</t>"),
            ("<t>a <b</t>", "<t>a &lt;b</t>"),
            ("<t>5<6 <3</t>", "<t>5&lt;6 &lt;3</t>"),
            ("<t a='>'>b</t>", "<t a='>'>b</t>"),
            ("<t a=\"b>c</t>", "<t>c</t>"),
            ("<t a='b/>c", "<t/>c"),
            ("<t>a\u{8}b\u{0}\u{ffff}</t>", "<t>ab</t>"),
            ("<t><![CDATA[a < b\u{1}]]></t>", "<t><![CDATA[a < b]]></t>"),
            ("<t><![CDATA[never closed", "<t><![CDATA[never closed]]>"),
            ("<?xml?xml ??><!-- < --><t/>", "<t/>"),
            ("<!DOCTYPE t [<!ENTITY a '<b>'>]><t>a</t>", "<t>a</t>"),
            ("<t>a</t><!-- never closed", "<t>a</t>"),
            ("</t", "&lt;/t"),
        ];
        for (xml, expected) in cases {
            assert_eq!(mended(xml), expected, "{xml}");
        }
    }

    #[test]
    fn a_feed_is_found_behind_what_a_server_had_to_say() {
        let cases = [
            ("Warning: line 7<rss/>", Some(15)),
            (
                "<br /><b>Notice</b>: x\n<?xml version='1.0'?><feed/>",
                Some(23),
            ),
            ("<html><body><rss/>", None),
            ("<rss/>", None),
            ("words", None),
        ];
        for (answer, expected) in cases {
            assert_eq!(feed_within(answer), expected, "{answer}");
        }
    }
}
