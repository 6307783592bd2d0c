//! Identity: the one address under which a story is known, however it was linked.
//!
//! In: a link as a feed, a CMS or an editor wrote it. Out: two addresses. `canonical` is what readers open: the address as
//! it was published, without what only tells where a reader came from. `key` tells stories apart: it is the same for every
//! variant that surely is the same story, and nobody opens it. When in doubt two addresses stay two: a story told twice
//! is a nuisance, a story lost is a fault.

use url::{Host, Url};

/// Longer addresses are no stories, and some mail programs cut them.
const MAX_URL_BYTES: usize = 2048;

/// Parameters whose whole family only says where a reader came from.
const TRACKING_PREFIXES: [&str; 19] = [
    "utm_",
    "at_",
    "pk_",
    "mtm_",
    "piwik_",
    "matomo_",
    "hsa_",
    "guce_",
    "fb_action_",
    "__hs",
    "_hs",
    "gaa_",
    "gad_",
    "itm_",
    "ns_",
    "oly_",
    "sfmc_",
    "vero_",
    "wt.",
];

/// Single parameters of the same kind, in lower case.
const TRACKING: [&str; 83] = [
    "__s",
    "__twitter_impression",
    "_branch_match_id",
    "_branch_referrer",
    "_ga",
    "_gl",
    "_kx",
    "_openstat",
    "ck_subscriber_id",
    "cmp",
    "cmpid",
    "cn-track",
    "cx_testid",
    "cx_testvariant",
    "dclid",
    "dicbo",
    "dm_i",
    "elqtrack",
    "elqtrackid",
    "emc",
    "epik",
    "fb_comment_id",
    "fb_ref",
    "fb_source",
    "fbclid",
    "ftag",
    "gbraid",
    "gclid",
    "gclsrc",
    "guccounter",
    "icid",
    "icmp",
    "igsh",
    "igshid",
    "int_source",
    "intcid",
    "intcmp",
    "irclickid",
    "irgwc",
    "ito",
    "jsessionid",
    "li_fat_id",
    "mbid",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "msockid",
    "ncid",
    "ocid",
    "phpsessid",
    "rb_clickid",
    "ref",
    "ref_src",
    "ref_url",
    "referer",
    "referrer",
    "s_cid",
    "s_kwcid",
    "sc_campaign",
    "sc_cid",
    "smid",
    "smtyp",
    "sr_share",
    "sref",
    "srnd",
    "srsltid",
    "taid",
    "tpcc",
    "trk",
    "ttclid",
    "twclid",
    "wbraid",
    "wickedid",
    "wprov",
    "wt_mc",
    "wt_zmc",
    "xtor",
    "yclid",
    "ysclid",
    "zanpid",
    "xnpe_tifc",
    "hsctatracking",
];

/// Where a link can say that it was followed from, in a parameter that otherwise may be a story's own.
const ORIGINS: [&str; 8] = [
    "facebook",
    "feed",
    "linkedin",
    "newsletter",
    "rss",
    "twitter",
    "whatsapp",
    "email",
];

/// The file that a folder's own address leads to.
const INDEX_FILES: [&str; 8] = [
    "index.html",
    "index.htm",
    "index.php",
    "index.asp",
    "index.aspx",
    "index.jsp",
    "default.aspx",
    "default.htm",
];

/// The address that readers open, or `None` if `url` is no web address.
///
/// As it was published, without user name, fragment (but `#!`, which is a page of its own) and tracking parameters.
/// Lower-case scheme and host, no default port, dot segments resolved, `%7E` becomes `~` (RFC 3986, section 6.2.2): no
/// server may tell these apart.
pub fn canonical(url: &str) -> Option<String> {
    let mut url = Url::parse(url.trim())
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))?;
    if !url.fragment().is_some_and(|f| f.starts_with('!')) {
        url.set_fragment(None);
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    if url
        .host_str()?
        .trim_end_matches('.')
        .split('.')
        .any(str::is_empty)
    {
        return None;
    }
    url.set_path(&unescape(url.path()));
    let query = url.query().map(unescape);
    let query = query.and_then(|query| kept(&query, |pair| !is_tracking(pair)));
    url.set_query(query.as_deref());
    let url = String::from(url);
    (url.len() <= MAX_URL_BYTES).then_some(url)
}

/// What tells the story at `url` from others, or `None` if it is no web address.
///
/// [`canonical`], and the same for http and https, with `www.` and without, on the phone's host and on AMP's, with a slash
/// at the end or `index.html`, and in whatever order its parameters stand.
pub fn key(url: &str) -> Option<String> {
    let mut url = Url::parse(&canonical(url)?).ok()?;
    // A cache of a cache is nobody's address.
    for _ in 0..2 {
        if let Some(inner) = in_cache(&url) {
            url = Url::parse(&canonical(&inner)?).ok()?;
        }
    }
    let host = site(&url)?;
    if host != url.host_str()? {
        url.set_host(Some(&host)).ok()?;
    }
    // With a port of its own it is a test server or an intranet, which may not speak TLS at all.
    if url.port().is_none() {
        url.set_scheme("https").ok()?;
    }
    url.set_path(&path(url.path()));
    let query = url.query().and_then(|query| {
        let mut pairs: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.is_empty() && !is_amp(pair))
            .collect();
        pairs.sort_unstable();
        (!pairs.is_empty()).then(|| pairs.join("&"))
    });
    url.set_query(query.as_deref());
    let url = String::from(url);
    (url.len() <= MAX_URL_BYTES).then_some(url)
}

/// The address inside that of an AMP cache: `www.google.com/amp/s/…`, `….cdn.ampproject.org/c/s/…`.
fn in_cache(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    let segments: Vec<&str> = url.path_segments()?.collect();
    let google = host.strip_prefix("www.").unwrap_or(host);
    let is_google = google
        .strip_prefix("google.")
        .is_some_and(|country| country.len() <= 6);
    let is_cache = ["ampproject.org", "ampproject.net", "bing-amp.com"]
        .iter()
        .any(|cache| {
            host.strip_suffix(cache)
                .is_some_and(|own| own.ends_with('.'))
        });
    let rest = match segments.as_slice() {
        ["amp", rest @ ..] if is_google => rest,
        ["c" | "v" | "wp", rest @ ..] if is_cache => rest,
        _ => return None,
    };
    let (scheme, rest) = match rest {
        ["s", rest @ ..] => ("https", rest),
        rest => ("http", rest),
    };
    // The inner address has a host with a dot and a path of its own.
    let inner = rest.first().filter(|host| host.contains('.'))?;
    let mut address = format!("{scheme}://{inner}/{}", rest[1..].join("/"));
    if let Some(query) = url.query() {
        address = format!("{address}?{query}");
    }
    Some(address)
}

/// The host that the paper itself is: `www.`, `amp.` and `m.` belong to what reads it, not to the story.
fn site(url: &Url) -> Option<String> {
    let Some(Host::Domain(host)) = url.host() else {
        return url.host_str().map(str::to_owned);
    };
    let labels: Vec<&str> = host.trim_end_matches('.').split('.').collect();
    let mut paper = device(&labels);
    // `en.m.paper.example` is the phone's `en.paper.example`.
    let mut language = None;
    if let [first, mobile @ ..] = paper
        && first.len() == 2
    {
        let shorter = device(mobile);
        if shorter.len() < mobile.len() {
            language = Some(*first);
            paper = shorter;
        }
    }
    let paper = paper.join(".");
    Some(language.map_or_else(|| paper.clone(), |language| format!("{language}.{paper}")))
}

/// A host without the labels that only say what reads it. `m.co.uk` and `m.paper` could be anybody's own name.
fn device<'a>(labels: &'a [&'a str]) -> &'a [&'a str] {
    let mut rest = labels;
    while let ["amp" | "m" | "mobile" | "www", shorter @ ..] = rest
        && shorter.len() > 1
        && !is_suffix(shorter)
    {
        rest = shorter;
    }
    rest
}

/// Whether these two labels are one under which papers register theirs, such as `co.uk` or `com.au`.
fn is_suffix(labels: &[&str]) -> bool {
    matches!(labels, ["ac" | "co" | "com" | "edu" | "gov" | "ne" | "net" | "or" | "org", country] if country.len() == 2)
}

/// The path without empty segments, a session, an index file, and AMP's mark at its end.
fn path(path: &str) -> String {
    let mut segments: Vec<&str> = path
        .split('/')
        .map(
            |segment| match segment.to_ascii_lowercase().find(";jsessionid=") {
                Some(at) => &segment[..at],
                None => segment,
            },
        )
        .filter(|segment| !segment.is_empty())
        .collect();
    while let [first @ .., last] = segments.as_slice() {
        // `story.amp`, `story.amp.html`; the first is the story's own name, the second its AMP page's.
        let story = last
            .strip_suffix(".amp.html")
            .or_else(|| last.strip_suffix(".amp"))
            .unwrap_or_default();
        let is_index = INDEX_FILES.contains(&last.to_ascii_lowercase().as_str());
        if is_index || (!first.is_empty() && matches!(*last, "amp" | "amp.html")) {
            segments.pop();
        } else if story.trim_matches('.').is_empty() {
            break;
        } else {
            segments.splice(first.len().., [story]);
        }
    }
    format!("/{}", segments.join("/"))
}

/// The parameters to keep, in their order.
fn kept(query: &str, keep: impl Fn(&str) -> bool) -> Option<String> {
    let pairs: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && keep(pair))
        .collect();
    (!pairs.is_empty()).then(|| pairs.join("&"))
}

fn named(pair: &str) -> (String, String) {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    (name.to_ascii_lowercase(), value.to_ascii_lowercase())
}

fn is_tracking(pair: &str) -> bool {
    let (name, value) = named(pair);
    let says_origin = matches!(
        name.as_str(),
        "source" | "src" | "from" | "partner" | "feed" | "medium" | "origin" | "via"
    );
    TRACKING_PREFIXES
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || TRACKING.contains(&name.as_str())
        || (says_origin && (ORIGINS.contains(&value.as_str()) || value.starts_with("rss-")))
}

fn is_amp(pair: &str) -> bool {
    let (name, value) = named(pair);
    matches!(name.as_str(), "amp" | "usqp")
        || name.starts_with("amp_")
        || (value == "amp"
            && matches!(
                name.as_str(),
                "output" | "outputtype" | "format" | "view" | "source" | "partner"
            ))
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

    /// An address as it was linked, the one that readers open, and the one that tells the story apart.
    const VARIANTS: &str = "
https://Paper.Example/Story                      | https://paper.example/Story            | https://paper.example/Story
HTTP://paper.example:80/a                        | http://paper.example/a                 | https://paper.example/a
https://paper.example:443/a                      | https://paper.example/a                | https://paper.example/a
http://paper.example:8080/a                      | http://paper.example:8080/a            | http://paper.example:8080/a
https://paper.example:8443/a                     | https://paper.example:8443/a           | https://paper.example:8443/a
http://[::1]:4000/a                              | http://[::1]:4000/a                    | http://[::1]:4000/a
https://paper.example./a                         | https://paper.example./a               | https://paper.example/a
https://www.paper.example/a                      | https://www.paper.example/a            | https://paper.example/a
https://www.co.uk/a                              | https://www.co.uk/a                    | https://www.co.uk/a
https://paper.example/a#comments                 | https://paper.example/a                | https://paper.example/a
https://paper.example/a#                         | https://paper.example/a                | https://paper.example/a
https://paper.example/#!/a                       | https://paper.example/#!/a             | https://paper.example/#!/a
https://me:secret@paper.example/a                | https://paper.example/a                | https://paper.example/a
https://bücher.example/a                         | https://xn--bcher-kva.example/a        | https://xn--bcher-kva.example/a
https://paper.example                            | https://paper.example/                 | https://paper.example/
https://paper.example/a/                         | https://paper.example/a/               | https://paper.example/a
https://paper.example//a///b//                   | https://paper.example//a///b//         | https://paper.example/a/b
https://paper.example/a/./b/../c                 | https://paper.example/a/c              | https://paper.example/a/c
https://paper.example/%2e%2e/a                   | https://paper.example/a                | https://paper.example/a
https://paper.example/%7Ejo/%41                  | https://paper.example/~jo/A            | https://paper.example/~jo/A
https://paper.example/%c3%a9t%c3%a9              | https://paper.example/%C3%A9t%C3%A9    | https://paper.example/%C3%A9t%C3%A9
https://paper.example/été                        | https://paper.example/%C3%A9t%C3%A9    | https://paper.example/%C3%A9t%C3%A9
https://paper.example/a%2fb                      | https://paper.example/a%2Fb            | https://paper.example/a%2Fb
https://paper.example/100%                       | https://paper.example/100%             | https://paper.example/100%
https://paper.example/a%2                        | https://paper.example/a%2              | https://paper.example/a%2
https://paper.example/a b                        | https://paper.example/a%20b            | https://paper.example/a%20b
https://paper.example/index.html                 | https://paper.example/index.html       | https://paper.example/
https://paper.example/a/index.php                | https://paper.example/a/index.php      | https://paper.example/a
https://paper.example/a/Default.aspx             | https://paper.example/a/Default.aspx   | https://paper.example/a
https://paper.example/index.php?p=12             | https://paper.example/index.php?p=12   | https://paper.example/?p=12
https://paper.example/a-index.html               | https://paper.example/a-index.html     | https://paper.example/a-index.html
https://paper.example/a;jsessionid=1F?id=2       | https://paper.example/a;jsessionid=1F?id=2 | https://paper.example/a?id=2
https://paper.example/a?                         | https://paper.example/a                | https://paper.example/a
https://paper.example/a?&                        | https://paper.example/a                | https://paper.example/a
https://paper.example/?p=12                      | https://paper.example/?p=12            | https://paper.example/?p=12
https://paper.example/a?b=2&a=1                  | https://paper.example/a?b=2&a=1        | https://paper.example/a?a=1&b=2
https://paper.example/a?utm_source=rss&utm_id=1  | https://paper.example/a                | https://paper.example/a
https://paper.example/a?id=7&UTM_Source=x&page=2 | https://paper.example/a?id=7&page=2    | https://paper.example/a?id=7&page=2
https://paper.example/a?fbclid=x&gclid=y&mc_cid=1&mc_eid=2 | https://paper.example/a      | https://paper.example/a
https://paper.example/a?at_medium=RSS&at_campaign=K | https://paper.example/a             | https://paper.example/a
https://paper.example/a?CMP=share_btn_tw         | https://paper.example/a                | https://paper.example/a
https://paper.example/a?wt_mc=rss.ho&ref=home    | https://paper.example/a                | https://paper.example/a
https://paper.example/a?wt.mc_id=x&srsltid=1     | https://paper.example/a                | https://paper.example/a
https://paper.example/a?_hsenc=p&_hsmi=1&gad_source=1 | https://paper.example/a           | https://paper.example/a
https://paper.example/a?source=rss----d12c4-food | https://paper.example/a                | https://paper.example/a
https://paper.example/a?from=newsletter          | https://paper.example/a                | https://paper.example/a
https://paper.example/a?source=wire              | https://paper.example/a?source=wire    | https://paper.example/a?source=wire
https://paper.example/a?from=2026-11-24          | https://paper.example/a?from=2026-11-24 | https://paper.example/a?from=2026-11-24
https://paper.example/a?reference=7              | https://paper.example/a?reference=7    | https://paper.example/a?reference=7
https://paper.example/a?utm%5Fsource=x           | https://paper.example/a                | https://paper.example/a
https://amp.paper.example/a                      | https://amp.paper.example/a            | https://paper.example/a
https://m.paper.example/a                        | https://m.paper.example/a              | https://paper.example/a
https://mobile.paper.co.uk/a                     | https://mobile.paper.co.uk/a           | https://paper.co.uk/a
https://www.m.sport.paper.example/a              | https://www.m.sport.paper.example/a    | https://sport.paper.example/a
https://en.m.paper.example/a                     | https://en.m.paper.example/a           | https://en.paper.example/a
https://m.example/a                              | https://m.example/a                    | https://m.example/a
https://m.co.uk/a                                | https://m.co.uk/a                      | https://m.co.uk/a
https://m.paper.example:8080/a                   | https://m.paper.example:8080/a         | https://paper.example:8080/a
https://paper.example/a/amp                      | https://paper.example/a/amp            | https://paper.example/a
https://paper.example/a/amp/                     | https://paper.example/a/amp/           | https://paper.example/a
https://paper.example/a/amp/amp.html             | https://paper.example/a/amp/amp.html   | https://paper.example/a
https://paper.example/news-12.amp                | https://paper.example/news-12.amp      | https://paper.example/news-12
https://paper.example/news-12.amp.html           | https://paper.example/news-12.amp.html | https://paper.example/news-12
https://paper.example/amp                        | https://paper.example/amp              | https://paper.example/amp
https://paper.example/ampere                     | https://paper.example/ampere           | https://paper.example/ampere
https://paper.example/a?amp=1                    | https://paper.example/a?amp=1          | https://paper.example/a
https://paper.example/a?amp                      | https://paper.example/a?amp            | https://paper.example/a
https://paper.example/a?outputType=amp&id=3      | https://paper.example/a?outputType=amp&id=3 | https://paper.example/a?id=3
https://www.google.com/amp/s/www.paper.example/a/amp/ | https://www.google.com/amp/s/www.paper.example/a/amp/ | https://paper.example/a
https://www.google.co.uk/amp/paper.example/a?id=1 | https://www.google.co.uk/amp/paper.example/a?id=1 | https://paper.example/a?id=1
https://www.google.com/amp/                      | https://www.google.com/amp/            | https://google.com/amp
https://paper-example.cdn.ampproject.org/c/s/paper.example/a.amp?amp_js_v=0.1 | https://paper-example.cdn.ampproject.org/c/s/paper.example/a.amp?amp_js_v=0.1 | https://paper.example/a
https://cdn.ampproject.example/c/s/paper.example/a | https://cdn.ampproject.example/c/s/paper.example/a | https://cdn.ampproject.example/c/s/paper.example/a
";

    #[test]
    fn variants_of_a_story_have_one_key_and_a_link_that_works() {
        for line in VARIANTS.trim().lines() {
            let [given, link, own] = line.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
                panic!("{line}");
            };
            assert_eq!(canonical(given).as_deref(), Some(link), "{given}");
            assert_eq!(key(given).as_deref(), Some(own), "{given}");
        }
        assert_eq!(
            canonical("  https://paper.example/a\n").as_deref(),
            Some("https://paper.example/a")
        );
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
            assert_eq!(key(given), None, "{given}");
        }
    }

    proptest! {
        #[test]
        fn canonical_is_idempotent(
            host in "(m\\.|amp\\.|en\\.m\\.|www\\.){0,3}[a-z]{1,3}(\\.co)?\\.[a-z]{2,3}\\.?",
            rest in "(/|//|\\.|\\.\\.|amp|\\.amp|%7[eE]|%2[eE]|%25|%|a|é|\\\\){0,12}(\\?([a-c]|utm_x|=|&|%26|%|amp|;){0,8})?(#x)?",
            port in "(:80|:443|:8080)?",
        ) {
            let given = format!("http://{host}{port}/{rest}");
            if let Some(link) = canonical(&given) {
                prop_assert!(link.is_ascii());
                prop_assert_eq!(canonical(&link), Some(link.clone()));
                let own = key(&given);
                prop_assert_eq!(key(&link), own.clone());
                if let Some(own) = own {
                    prop_assert_eq!(key(&own), Some(own.clone()));
                }
            }
        }

        #[test]
        fn canonical_takes_anything(text in "(https?://)?\\PC{0,40}") {
            if let Some(link) = canonical(&text) {
                prop_assert_eq!(canonical(&link), Some(link.clone()));
                prop_assert_eq!(key(&link), key(&text));
            }
        }
    }
}
