//! Identity: the one address under which a story is known, however it was linked.
//!
//! In: a link as a feed, a CMS or an editor wrote it. Out: its canonical form, which is ASCII, absolute, and the same
//! for every variant that surely is the same story. When in doubt two addresses stay two: a story told twice is a
//! nuisance, a story lost is a fault.

use url::{Host, Url};

/// Longer addresses are no stories, and some mail programs cut them.
const MAX_URL_BYTES: usize = 2048;

/// Parameters whose whole family only says where a reader came from.
const TRACKING_PREFIXES: [&str; 9] = [
    "utm_",
    "at_",
    "pk_",
    "mtm_",
    "piwik_",
    "matomo_",
    "hsa_",
    "guce_",
    "fb_action_",
];

/// Single parameters of the same kind, in lower case.
const TRACKING: [&str; 65] = [
    "__twitter_impression",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "amp",
    "cmp",
    "cmpid",
    "cn-track",
    "dclid",
    "dicbo",
    "emc",
    "fb_comment_id",
    "fb_ref",
    "fb_source",
    "fbclid",
    "ftag",
    "gaa_at",
    "gaa_n",
    "gaa_sig",
    "gaa_ts",
    "gbraid",
    "gclid",
    "gclsrc",
    "guccounter",
    "icid",
    "igsh",
    "igshid",
    "ito",
    "li_fat_id",
    "mbid",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "ncid",
    "ns_campaign",
    "ns_fee",
    "ns_linkname",
    "ns_mchannel",
    "ns_source",
    "ocid",
    "oly_anon_id",
    "oly_enc_id",
    "ref",
    "ref_src",
    "ref_url",
    "referer",
    "referrer",
    "s_cid",
    "sc_campaign",
    "smid",
    "smtyp",
    "sr_share",
    "sref",
    "srnd",
    "taid",
    "tpcc",
    "ttclid",
    "twclid",
    "vero_id",
    "wbraid",
    "wt_mc",
    "wt_zmc",
    "xtor",
];

/// The address that `url` is a variant of, or `None` if it is no web address a reader could open.
///
/// Lower-case scheme and host; no default port, user name, fragment or tracking parameter; `%7E` becomes `~`; slashes
/// and dots mended; no trailing slash but the root's; https for http; the phone's and AMP's address the paper's own.
pub fn canonical(url: &str) -> Option<String> {
    let mut url = Url::parse(url.trim())
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.set_fragment(None);
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let host = site(&url)?;
    if host != url.host_str()? {
        url.set_host(Some(&host)).ok()?;
    }
    // With a port of its own it is a test server or an intranet, which may not speak TLS at all.
    if url.port().is_none() {
        url.set_scheme("https").ok()?;
    }
    let path = path(url.path());
    url.set_path(&path);
    let query = url.query().and_then(query);
    url.set_query(query.as_deref());
    let url = String::from(url);
    (url.len() <= MAX_URL_BYTES).then_some(url)
}

/// The host that the paper itself uses: `amp.` and `m.` belong to what reads it, not to the story.
fn site(url: &Url) -> Option<String> {
    let Some(Host::Domain(host)) = url.host() else {
        return url.host_str().map(str::to_owned);
    };
    let host = host.trim_end_matches('.');
    let labels: Vec<&str> = host.split('.').collect();
    if labels.iter().any(|label| label.is_empty()) {
        return None;
    }
    let mut rest = labels.as_slice();
    let mut lead = "";
    // `m.co.uk` and `m.paper` could be anybody's own name.
    while let ["amp" | "m" | "mobile", shorter @ ..] = rest
        && shorter.len() > 1
        && !is_suffix(shorter)
    {
        rest = shorter;
        lead = if rest.len() == 2 || is_suffix(&rest[1..]) {
            "www."
        } else {
            ""
        };
    }
    if let [language, mobile @ ..] = rest
        && language.len() == 2
    {
        let mut paper = mobile;
        while let ["m", shorter @ ..] = paper
            && shorter.len() > 1
            && !is_suffix(shorter)
        {
            paper = shorter;
        }
        if paper.len() < mobile.len() {
            return Some(format!("{language}.{}", paper.join(".")));
        }
    }
    Some(format!("{lead}{}", rest.join(".")))
}

/// Whether these two labels are one under which papers register theirs, such as `co.uk` or `com.au`.
fn is_suffix(labels: &[&str]) -> bool {
    matches!(labels, ["ac" | "co" | "com" | "edu" | "gov" | "ne" | "net" | "or" | "org", country] if country.len() == 2)
}

/// The path without empty segments and AMP's mark at its end. Dot segments went as the address was parsed.
fn path(path: &str) -> String {
    let path = unescape(path);
    let mut segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    while let [first @ .., last] = segments.as_slice() {
        let story = last.strip_suffix(".amp").unwrap_or_default();
        if !first.is_empty() && matches!(*last, "amp" | "amp.html") {
            segments.pop();
        } else if story.trim_matches('.').is_empty() {
            break;
        } else {
            segments.splice(first.len().., [story]);
        }
    }
    format!("/{}", segments.join("/"))
}

/// The parameters that say which story it is, in their order.
fn query(query: &str) -> Option<String> {
    let query = unescape(query);
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !is_tracking(pair))
        .collect();
    (!kept.is_empty()).then(|| kept.join("&"))
}

fn is_tracking(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let (name, value) = (name.to_ascii_lowercase(), value.to_ascii_lowercase());
    TRACKING_PREFIXES
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || TRACKING.contains(&name.as_str())
        || matches!(
            (name.as_str(), value.as_str()),
            (
                "source" | "partner" | "feed" | "output" | "outputtype",
                "rss" | "amp"
            )
        )
        || (name == "source" && value.starts_with("rss-"))
}

/// Escapes in capitals, and none for what needs none (RFC 3986, section 6.2.2.2).
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let digits = rest
            .get(at + 1..at + 3)
            .filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
            out.push('%');
            rest = &rest[at + 1..];
            continue;
        };
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&rest[at..at + 3].to_ascii_uppercase());
        }
        rest = &rest[at + 3..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As it was linked, and its one address.
    const VARIANTS: &[(&str, &str)] = &[
        // Scheme, host, port, fragment, user.
        (
            "HTTPS://WWW.Paper.Example/Story",
            "https://www.paper.example/Story",
        ),
        ("http://paper.example/a", "https://paper.example/a"),
        ("http://paper.example:80/a", "https://paper.example/a"),
        ("https://paper.example:443/a", "https://paper.example/a"),
        ("http://paper.example:8080/a", "http://paper.example:8080/a"),
        (
            "https://paper.example:8443/a",
            "https://paper.example:8443/a",
        ),
        ("http://127.0.0.1:4000/a", "http://127.0.0.1:4000/a"),
        ("http://[::1]:4000/a", "http://[::1]:4000/a"),
        ("https://paper.example./a", "https://paper.example/a"),
        (
            "https://paper.example/a#comments",
            "https://paper.example/a",
        ),
        ("https://paper.example/a#", "https://paper.example/a"),
        (
            "https://me:secret@paper.example/a",
            "https://paper.example/a",
        ),
        (
            "https://bücher.example/a",
            "https://xn--bcher-kva.example/a",
        ),
        ("  https://paper.example/a\n", "https://paper.example/a"),
        // Path.
        ("https://paper.example", "https://paper.example/"),
        ("https://paper.example/", "https://paper.example/"),
        ("https://paper.example/a/", "https://paper.example/a"),
        (
            "https://paper.example//a///b//",
            "https://paper.example/a/b",
        ),
        (
            "https://paper.example/a/./b/../c",
            "https://paper.example/a/c",
        ),
        ("https://paper.example/%2e%2e/a", "https://paper.example/a"),
        (
            "https://paper.example/%7Ejo/%41",
            "https://paper.example/~jo/A",
        ),
        (
            "https://paper.example/%c3%a9t%c3%a9",
            "https://paper.example/%C3%A9t%C3%A9",
        ),
        (
            "https://paper.example/été",
            "https://paper.example/%C3%A9t%C3%A9",
        ),
        ("https://paper.example/a%2fb", "https://paper.example/a%2Fb"),
        ("https://paper.example/100%", "https://paper.example/100%"),
        ("https://paper.example/a%2", "https://paper.example/a%2"),
        ("https://paper.example/a b", "https://paper.example/a%20b"),
        // Query.
        ("https://paper.example/a?", "https://paper.example/a"),
        ("https://paper.example/a?&", "https://paper.example/a"),
        ("https://paper.example/?p=12", "https://paper.example/?p=12"),
        (
            "https://paper.example/a?b=2&a=1",
            "https://paper.example/a?b=2&a=1",
        ),
        (
            "https://paper.example/a?utm_source=rss&utm_medium=feed",
            "https://paper.example/a",
        ),
        (
            "https://paper.example/a?id=7&UTM_Source=x&page=2",
            "https://paper.example/a?id=7&page=2",
        ),
        (
            "https://paper.example/a?fbclid=x&gclid=y&mc_cid=1&mc_eid=2",
            "https://paper.example/a",
        ),
        (
            "https://paper.example/a?at_medium=RSS&at_campaign=KARANGA",
            "https://paper.example/a",
        ),
        (
            "https://paper.example/a?CMP=share_btn_tw",
            "https://paper.example/a",
        ),
        (
            "https://paper.example/a?partner=rss&emc=rss",
            "https://paper.example/a",
        ),
        (
            "https://paper.example/a?ref=home&wt_mc=rss.ho",
            "https://paper.example/a",
        ),
        (
            "https://paper.example/a?source=rss----d12c403d4976--food",
            "https://paper.example/a",
        ),
        (
            "https://paper.example/a?source=wire",
            "https://paper.example/a?source=wire",
        ),
        (
            "https://paper.example/a?reference=7",
            "https://paper.example/a?reference=7",
        ),
        (
            "https://paper.example/a?utm%5Fsource=x",
            "https://paper.example/a",
        ),
        // AMP and the phone.
        ("https://amp.paper.example/a", "https://www.paper.example/a"),
        ("https://m.paper.example/a", "https://www.paper.example/a"),
        ("https://m.paper.co.uk/a", "https://www.paper.co.uk/a"),
        (
            "https://m.sport.paper.example/a",
            "https://sport.paper.example/a",
        ),
        ("https://en.m.paper.example/a", "https://en.paper.example/a"),
        ("https://m.example/a", "https://m.example/a"),
        ("https://m.co.uk/a", "https://m.co.uk/a"),
        (
            "https://m.paper.example:8080/a",
            "https://www.paper.example:8080/a",
        ),
        ("https://paper.example/a/amp", "https://paper.example/a"),
        ("https://paper.example/a/amp/", "https://paper.example/a"),
        (
            "https://paper.example/a/amp/amp.html",
            "https://paper.example/a",
        ),
        (
            "https://paper.example/news-12.amp",
            "https://paper.example/news-12",
        ),
        ("https://paper.example/amp", "https://paper.example/amp"),
        (
            "https://paper.example/ampere",
            "https://paper.example/ampere",
        ),
        ("https://paper.example/a?amp=1", "https://paper.example/a"),
        ("https://paper.example/a?amp", "https://paper.example/a"),
        (
            "https://paper.example/a?outputType=amp",
            "https://paper.example/a",
        ),
    ];

    #[test]
    fn variants_of_a_story_have_one_address() {
        for (given, expected) in VARIANTS {
            assert_eq!(canonical(given).as_deref(), Some(*expected), "{given}");
        }
    }

    #[test]
    fn what_a_reader_cannot_open_has_no_address() {
        let long = format!("https://paper.example/{}", "a".repeat(MAX_URL_BYTES));
        let cases = [
            "",
            "story",
            "/story",
            "//paper.example/a",
            "mailto:desk@paper.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://paper.example/a",
            "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            "tag:paper.example,2026:1",
            "http://",
            "https://paper..example/a",
            "https://pa per.example/",
            "https://paper.example:99999/",
            &long,
        ];
        for given in cases {
            assert_eq!(canonical(given), None, "{given}");
        }
    }

    proptest! {
        #[test]
        fn canonical_is_idempotent(
            host in "(m\\.|amp\\.|en\\.m\\.|www\\.){0,3}[a-z]{1,3}(\\.co)?\\.[a-z]{2,3}\\.?",
            rest in "(/|//|\\.|\\.\\.|amp|\\.amp|%7[eE]|%2[eE]|%25|%|a|é|\\\\){0,12}(\\?([a-c]|utm_x|=|&|%26|%|amp|;){0,8})?(#x)?",
            port in "(:80|:443|:8080)?",
        ) {
            if let Some(once) = canonical(&format!("http://{host}{port}/{rest}")) {
                prop_assert!(once.is_ascii());
                prop_assert_eq!(canonical(&once), Some(once.clone()));
            }
        }

        #[test]
        fn canonical_takes_anything(text in "(https?://)?\\PC{0,40}") {
            if let Some(once) = canonical(&text) {
                prop_assert_eq!(canonical(&once), Some(once.clone()));
            }
        }
    }
}
