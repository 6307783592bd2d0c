//! Freshness: what a server's headers say about when to come back.

use jiff::Timestamp;
use reqwest::header::{AGE, CACHE_CONTROL, DATE, HeaderMap, HeaderName, RETRY_AFTER};

use super::dates;

/// For how many seconds an answer stays good: the rest of its `max-age` (RFC 9111, section 5.2.2.1), or what
/// `Retry-After` asks for, which some servers send with a feed too.
pub(super) fn fresh_s(headers: &HeaderMap, now: Timestamp) -> u64 {
    let age = text(headers, &AGE).and_then(seconds).unwrap_or(0);
    let max_age = max_age_s(headers).unwrap_or(0).saturating_sub(age);
    max_age.max(retry_after_s(headers, now).unwrap_or(0))
}

fn max_age_s(headers: &HeaderMap) -> Option<u64> {
    let values = headers.get_all(CACHE_CONTROL).iter();
    let directives: Vec<&str> = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let is_stale = |directive: &&str| {
        directive.eq_ignore_ascii_case("no-cache") || directive.eq_ignore_ascii_case("no-store")
    };
    if directives.iter().any(is_stale) {
        return None;
    }
    directives.iter().find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("max-age")
            .then(|| seconds(value.trim().trim_matches('"')))?
    })
}

/// `Retry-After` (RFC 9110, section 10.2.3) in seconds. A date is measured against the server's own clock, where it
/// tells that.
pub(super) fn retry_after_s(headers: &HeaderMap, now: Timestamp) -> Option<u64> {
    let value = text(headers, &RETRY_AFTER)?.trim();
    if value.bytes().all(|b| b.is_ascii_digit()) {
        return seconds(value);
    }
    let theirs = text(headers, &DATE).and_then(dates::instant).unwrap_or(now);
    let pause = dates::instant(value)?.as_second() - theirs.as_second();
    Some(u64::try_from(pause).unwrap_or(0))
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Whole seconds; more than fit are as many as fit (RFC 9111, section 1.2.2).
fn seconds(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    const NOW: &str = "2026-11-24T10:00:00Z";

    fn headers(lines: &[&'static str]) -> HeaderMap {
        let pairs = lines.iter().map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.parse().unwrap(), HeaderValue::from_static(value))
        });
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append::<HeaderName>(name, value);
        }
        headers
    }

    #[test]
    fn an_answer_stays_good_as_long_as_its_headers_say() {
        for (lines, expected) in [
            (&[][..], 0),
            (&["cache-control: max-age=300"], 300),
            (&["cache-control: public, Max-Age = \"300\" "], 300),
            (
                &["cache-control: public", "cache-control: max-age=300"],
                300,
            ),
            (&["cache-control: max-age=300", "age: 100"], 200),
            (&["cache-control: max-age=300", "age: 400"], 0),
            (&["cache-control: max-age=300, no-cache"], 0),
            (&["cache-control: no-store, max-age=300"], 0),
            (&["cache-control: s-maxage=300"], 0),
            (&["cache-control: max-age=-1"], 0),
            (&["cache-control: max-age=99999999999999999999"], u64::MAX),
            (&["retry-after: 120", "cache-control: max-age=60"], 120),
        ] {
            let now = NOW.parse().unwrap();
            assert_eq!(fresh_s(&headers(lines), now), expected, "{lines:?}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        for (lines, expected) in [
            (&["retry-after: 120"][..], Some(120)),
            (&["retry-after:  0 "], Some(0)),
            (&["retry-after: Tue, 24 Nov 2026 10:02:00 GMT"], Some(120)),
            (
                &[
                    "retry-after: Tue, 24 Nov 2026 10:02:00 GMT",
                    "date: Tue, 24 Nov 2026 10:01:30 GMT",
                ],
                Some(30),
            ),
            (&["retry-after: Tue, 24 Nov 2026 09:00:00 GMT"], Some(0)),
            (&["retry-after: Tuesday, 24-Nov-26 10:02:00 GMT"], Some(120)),
            (&["retry-after: 99999999999999999999"], Some(u64::MAX)),
            (&["retry-after: soon"], None),
            (&["retry-after: -5"], None),
            (&["retry-after: 1.5"], None),
            (&[], None),
        ] {
            let now = NOW.parse().unwrap();
            assert_eq!(retry_after_s(&headers(lines), now), expected, "{lines:?}");
        }
    }
}
