//! How long a reply asks us to wait, where it says so in words: greylists do ("come back in 00:05:00").

use jiff::SignedDuration;

/// What is believed at most: a mail is not put off for a week because somebody wrote a large number.
const LONGEST: SignedDuration = SignedDuration::from_hours(4);

/// What comes before a span of time that is meant for us. Others are not: "too many messages in 60 minutes".
const INVITING: [&str; 13] = [
    "again",
    "back",
    "graylisted",
    "graylisting",
    "greylisted",
    "greylisting",
    "later",
    "reconnect",
    "resend",
    "retry",
    "retrying",
    "try",
    "wait",
];

/// What may stand between.
const BETWEEN: [&str; 12] = [
    "about",
    "after",
    "another",
    "approximately",
    "at",
    "for",
    "in",
    "least",
    "minimum",
    "next",
    "of",
    "the",
];

/// The pause that a reply for now asks for, at most four hours; none if it names none.
pub(super) fn asked(text: &str) -> Option<SignedDuration> {
    let text = text.to_lowercase();
    let words = words(&text);
    let is_invited = |at: usize| {
        let before = &words[..at];
        let invites = before.iter().rfind(|word| !BETWEEN.contains(word));
        // "At 10:30" is a time of day.
        before.last() != Some(&"at") && invites.is_some_and(|word| INVITING.contains(word))
    };
    let seconds = (0..words.len())
        .filter(|at| is_invited(*at))
        .find_map(|at| clock(words[at]).or_else(|| spans(&words[at..])))?;
    Some(SignedDuration::from_secs(seconds).min(LONGEST))
}

/// Words, numbers and units, each by itself: "retry-after 5m30s" has six. A clock such as 00:05:00 is one.
fn words(text: &str) -> Vec<&str> {
    let edge = |c: char| !c.is_ascii_alphanumeric() && c != ':';
    let whole = text.split(edge).map(|word| word.trim_matches(':'));
    let mut words = Vec::new();
    for mut word in whole.filter(|word| !word.is_empty()) {
        if clock(word).is_some() {
            words.push(word);
            continue;
        }
        while let Some(first) = word.chars().next() {
            let is_number = first.is_ascii_digit();
            let end = word.find(|c: char| c.is_ascii_digit() != is_number);
            let (run, rest) = word.split_at(end.unwrap_or(word.len()));
            words.push(run);
            word = rest;
        }
    }
    words
}

/// Hours, minutes and seconds, or minutes and seconds, in seconds.
fn clock(word: &str) -> Option<i64> {
    let parts: Vec<&str> = word.split(':').collect();
    if !(2..=3).contains(&parts.len()) || !parts.iter().all(|part| (1..=2).contains(&part.len())) {
        return None;
    }
    let part = |sum: i64, part: &&str| Some(sum * 60 + part.parse::<u8>().map(i64::from).ok()?);
    parts.iter().try_fold(0, part).filter(|n| *n > 0)
}

/// The seconds in the spans with which this begins: "4 minutes and 30 seconds".
fn spans(words: &[&str]) -> Option<i64> {
    let mut sum = 0;
    let mut rest = words;
    while let [number, unit, ..] = rest
        && let (Some(number), Some(unit)) = (count(number), seconds(unit))
    {
        sum += number * unit;
        rest = &rest[2..];
        if let ["and", more @ ..] = rest {
            rest = more;
        }
    }
    (sum > 0).then_some(sum)
}

fn count(word: &str) -> Option<i64> {
    match word {
        "a" | "an" | "one" => Some(1),
        _ => word.parse::<u32>().ok().map(i64::from),
    }
}

fn seconds(unit: &str) -> Option<i64> {
    match unit {
        "s" | "sec" | "secs" | "second" | "seconds" => Some(1),
        "m" | "min" | "mins" | "minute" | "minutes" => Some(60),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some(60 * 60),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_that_is_asked_for_is_understood() {
        for (said, wanted) in [
            ("4.7.1 Greylisted, please try again in 300 seconds", 300),
            (
                "4.2.0 <…>: Recipient address rejected: Greylisted for 5 minutes",
                300,
            ),
            (
                "4.7.1 Greylisting in action, please come back in 00:05:00",
                300,
            ),
            ("greylisted, retry in 00:05:00", 300),
            ("Greylisted (come back in 4 mins 30 secs.)", 270),
            ("greylisted, try again in a minute", 60),
            (
                "please wait at least an hour and 5 minutes, then resend",
                3900,
            ),
            ("Retry-After: 90s", 90),
            ("Retry after 5m30s", 330),
            ("try again in 29:57", 1797),
            ("4.7.0 too many connections, wait another 10min", 600),
            ("TRY AGAIN IN 2 HOURS", 7200),
            ("try later, in about 15 minute(s)", 900),
            ("try again in 9 hours", 4 * 3600),
            ("try again in 4294967295 hours", 4 * 3600),
        ] {
            let asked = asked(said).map(|pause| pause.as_secs());
            assert_eq!(asked, Some(wanted), "{said}");
        }
    }

    #[test]
    fn what_is_no_pause_for_us_is_none() {
        for said in [
            "",
            "4.7.1 Greylisting in action, please come back later",
            "4.7.0 more than 100 messages in 60 minutes, try again later",
            "Greylisted, see https://postgrey.example/help/300s/example.org.html",
            "4.7.650 192.0.2.1 has been rate limited for 24 hours. Try again.",
            "try again in a few minutes",
            "try again in 0 seconds",
            "try again in 99999999999999999999 seconds",
            "try again at 10:30",
            "try again in 10:30:00:00",
            "try again in 3 weeks",
            "retry 4.7.1",
            "greylisted 300",
            "try again in half an hour",
            "wait: 00:00:00",
            "try again in ٣ minutes",
        ] {
            assert_eq!(asked(said), None, "{said}");
        }
    }
}
