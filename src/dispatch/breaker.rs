//! The circuit breaker: counts what comes of the mails of each issue and to each provider or domain, and says when too
//! large a part of them does harm. It only counts; holding is for whoever asked.
//!
//! Each node counts its own, in memory, over about the last two thousand of each; so it begins anew with every start. What
//! is held, or was until just now, begins anew too.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::hold::{Held, Holds};
use crate::config;

/// What a try says of a list, or of what others think of us. Tries that are to be repeated say nothing yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// Accepted, or refused for a reason that is nobody's fault.
    Harmless,
    /// There is no such mailbox.
    Hard,
    /// They do not want it.
    Blocked,
}

/// What comes back of a mail that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Came {
    /// The reader calls it spam.
    Complaint,
    /// There is no such mailbox after all.
    NoMailbox,
    /// They do not want it after all.
    NotWanted,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    all: u32,
    hard: u32,
    blocked: u32,
}

impl Counts {
    fn add(self, other: Counts) -> Counts {
        Counts {
            all: self.all + other.all,
            hard: self.hard + other.hard,
            blocked: self.blocked + other.blocked,
        }
    }

    fn is_harm(self) -> bool {
        self.hard + self.blocked > 0
    }

    /// The sentence that says which threshold is passed, if one is.
    fn passed(self, limits: &config::Breaker) -> Option<String> {
        let hard = "were refused because there is no such mailbox";
        let blocked = "were refused because they are not wanted (5.7)";
        [
            (self.hard, limits.hard_percent, hard, "hard_percent"),
            (
                self.blocked,
                limits.blocked_percent,
                blocked,
                "blocked_percent",
            ),
        ]
        .into_iter()
        .filter(|_| self.all >= limits.after)
        .find_map(|(n, most, what, key)| over(n.into(), self.all.into(), most, what, key))
    }
}

impl From<Counted> for Counts {
    fn from(counted: Counted) -> Counts {
        Counts {
            all: 1,
            hard: u32::from(counted == Counted::Hard),
            blocked: u32::from(counted == Counted::Blocked),
        }
    }
}

/// So many outcomes, and how many of an issue's were harmful by whom they were for.
#[derive(Debug, Default)]
struct Span {
    counts: Counts,
    harm: HashMap<Held, Counts>,
}

/// The last outcomes: those of this span, and those of the one before.
#[derive(Debug, Default)]
struct Window {
    now: Span,
    before: Span,
}

impl Window {
    fn count(&mut self, span: u32, recipient: Option<&Held>, one: Counts) {
        if self.now.counts.all >= span {
            self.before = std::mem::take(&mut self.now);
        }
        self.now.counts = self.now.counts.add(one);
        if let Some(recipient) = recipient
            && one.is_harm()
        {
            let sum = self.now.harm.entry(recipient.clone()).or_default();
            *sum = sum.add(one);
        }
    }

    fn sum(&self) -> Counts {
        self.now.counts.add(self.before.counts)
    }

    /// What is not the matter of those that are held, nor of any single one that is not held yet: as long as one
    /// recipient's host alone refuses us, an issue can go on without it.
    fn shared(&self, held: &Holds) -> Counts {
        let mut parts: HashMap<&Held, Counts> = HashMap::new();
        for (part, counts) in self.now.harm.iter().chain(&self.before.harm) {
            let sum = parts.entry(part).or_default();
            *sum = sum.add(*counts);
        }
        let (mut sum, mut worst) = (self.sum(), Counts::default());
        for (part, counts) in parts {
            if held.contains(part) {
                sum.hard -= counts.hard;
                sum.blocked -= counts.blocked;
            } else {
                worst.hard = worst.hard.max(counts.hard);
                worst.blocked = worst.blocked.max(counts.blocked);
            }
        }
        sum.hard -= worst.hard;
        sum.blocked -= worst.blocked;
        sum
    }
}

/// Outcomes in a span.
const SPAN: u32 = 1000;

/// Windows that are kept at most; those without harm go first.
const MOST: usize = 20_000;

/// See the module.
#[derive(Debug)]
pub(super) struct Breaker {
    limits: config::Breaker,
    windows: HashMap<Held, Window>,
    /// With how much that came back each issue, and each provider's part of it, was looked at last; provider 0 is all of it.
    came: HashMap<(Came, i64, i64), i64>,
    /// From when on what comes back of a provider's mails counts, in UTC milliseconds.
    since: HashMap<i64, i64>,
    /// The same of an issue, where it was held.
    issue_since: HashMap<i64, i64>,
    begun_at: i64,
    all_came: i64,
    /// Issues of which a mail was refused because of us.
    of_us: HashSet<i64>,
    held: Holds,
    /// The names of providers by their numbers.
    providers: HashMap<i64, String>,
}

impl Breaker {
    /// From `now` on.
    pub(super) fn new(
        limits: config::Breaker,
        numbers: &HashMap<String, i64>,
        now: Timestamp,
    ) -> Breaker {
        let named =
            |(name, number): (&String, &i64)| (*number != 0).then(|| (*number, name.clone()));
        Breaker {
            limits,
            windows: HashMap::new(),
            came: HashMap::new(),
            since: HashMap::new(),
            issue_since: HashMap::new(),
            begun_at: now.as_millisecond(),
            all_came: 0,
            of_us: HashSet::new(),
            held: Holds::new(),
            providers: numbers.iter().filter_map(named).collect(),
        }
    }

    /// The part that a recipient counts for: the provider, or the domain where there is none.
    pub(super) fn recipient(&self, provider_id: i64, domain: &str) -> Held {
        match self.providers.get(&provider_id) {
            Some(name) => Held::Provider(name.clone()),
            None => Held::Domain(domain.to_owned()),
        }
    }

    /// What is held now, as the database has it.
    pub(super) fn see(&mut self, held: Holds, now: Timestamp) {
        for what in self.held.symmetric_difference(&held) {
            self.windows.remove(what);
            match what {
                Held::Issue(id) => {
                    self.came.retain(|(_, issue, _), _| issue != id);
                    self.issue_since.insert(*id, now.as_millisecond());
                }
                Held::Provider(name) => {
                    let named = |id: i64| self.providers.get(&id) == Some(name);
                    self.came.retain(|(_, _, provider), _| !named(*provider));
                    let numbers = self.providers.keys().filter(|id| named(**id));
                    let since = numbers.map(|id| (*id, now.as_millisecond()));
                    self.since.extend(since);
                }
                Held::Relay(_) | Held::Domain(_) => {}
            }
        }
        self.held = held;
    }

    /// From when on what comes back of mails to this provider counts, in UTC milliseconds.
    pub(super) fn since(&self, provider_id: i64) -> i64 {
        self.since
            .get(&provider_id)
            .copied()
            .unwrap_or(self.begun_at)
    }

    /// From when on what comes back of this issue counts, in UTC milliseconds.
    pub(super) fn issue_since(&self, issue_id: i64) -> i64 {
        self.issue_since.get(&issue_id).copied().unwrap_or_default()
    }

    /// This part is held from now on.
    pub(super) fn hold(&mut self, what: Held) {
        self.windows.remove(&what);
        self.held.insert(what);
    }

    /// Whether the provider is held.
    pub(super) fn holds_provider(&self, provider_id: i64) -> bool {
        !self.held.is_empty()
            && self
                .providers
                .get(&provider_id)
                .is_some_and(|name| self.held.contains(&Held::Provider(name.clone())))
    }

    /// Whether the domain is held.
    pub(super) fn holds_domain(&self, domain: &str) -> bool {
        !self.held.is_empty() && self.held.contains(&Held::Domain(domain.to_owned()))
    }

    /// Whether the relay is held.
    pub(super) fn holds_relay(&self, name: &str) -> bool {
        self.held.contains(&Held::Relay(name.to_owned()))
    }

    /// Counts one outcome for the recipient's provider or domain, if it is theirs, and for the issue; what must be held,
    /// if something must, and the sentence that says why. What still comes of those that are held counts for nobody.
    pub(super) fn count(
        &mut self,
        issue_id: i64,
        recipient: Option<&Held>,
        counted: Counted,
    ) -> Option<(Held, String)> {
        if recipient.is_some_and(|r| self.held.contains(r)) {
            return None;
        }
        if let Some(recipient) = recipient
            && let Some(why) = self.count_for(recipient, None, counted)
        {
            return Some((recipient.clone(), why));
        }
        let issue = Held::Issue(issue_id);
        let why = self.count_for(&issue, recipient, counted)?;
        Some((issue, why))
    }

    fn count_for(
        &mut self,
        what: &Held,
        recipient: Option<&Held>,
        counted: Counted,
    ) -> Option<String> {
        if self.held.contains(what) {
            return None;
        }
        if self.windows.len() >= MOST && !self.windows.contains_key(what) {
            self.windows.retain(|_, window| window.sum().is_harm());
            if self.windows.len() >= MOST {
                self.windows.clear();
            }
        }
        let one = Counts::from(counted);
        let span = SPAN.max(self.limits.after);
        let window = self.windows.entry(what.clone()).or_default();
        window.count(span, recipient, one);
        if !one.is_harm() {
            return None;
        }
        let why = window.sum().passed(&self.limits)?;
        window.shared(&self.held).passed(&self.limits).map(|_| why)
    }

    /// Whether this is the first mail of an issue that is refused because of us.
    pub(super) fn is_first_of_us(&mut self, issue_id: i64) -> bool {
        if self.of_us.len() >= MOST {
            self.of_us.clear();
        }
        self.of_us.insert(issue_id)
    }

    /// The most of it that may come back, from how many accepted mails on, what it is, and the threshold's key.
    fn most(&self, came: Came) -> (f64, u32, &'static str, &'static str) {
        let limits = &self.limits;
        match came {
            Came::Complaint => (
                limits.complained_percent,
                limits.complained_after,
                "were called spam by their readers",
                "complained_percent",
            ),
            Came::NoMailbox => (
                limits.hard_percent,
                limits.after,
                "came back because there is no such mailbox",
                "hard_percent",
            ),
            Came::NotWanted => (
                limits.blocked_percent,
                limits.after,
                "came back because they are not wanted",
                "blocked_percent",
            ),
        }
    }

    /// How many accepted messages are to be counted to know whether so much that came back of an issue, or of a provider's
    /// part of it, is too much; none if it need not be asked, since it cannot be, or is hardly more than when it was
    /// asked last. Provider 0 is the whole issue.
    pub(super) fn asks(
        &mut self,
        came: Came,
        issue_id: i64,
        provider_id: i64,
        n: i64,
    ) -> Option<i64> {
        let (most, after, ..) = self.most(came);
        if most == 0.0 {
            return None;
        }
        let enough = (n as f64 * 100.0 / most).ceil() as i64;
        let key = (came, issue_id, provider_id);
        let last = self.came.get(&key).copied().unwrap_or_default();
        let more = n > last + last / 10;
        (enough > i64::from(after) && more).then(|| {
            self.came.insert(key, n);
            enough
        })
    }

    /// Whether another number has come back in all than when all of it was weighed last.
    pub(super) fn is_news(&self, all: i64) -> bool {
        self.all_came != all
    }

    /// All of it was weighed.
    pub(super) fn weighed(&mut self, all: i64) {
        self.all_came = all;
    }

    /// Why an issue, or a provider, must be held when so many of so many accepted messages came back, if it must.
    pub(super) fn came_back(&self, came: Came, n: i64, accepted: i64) -> Option<String> {
        let (most, after, what, key) = self.most(came);
        if accepted < i64::from(after) {
            return None;
        }
        over(n, accepted, most, what, key)
    }
}

fn over(n: i64, all: i64, most: f64, what: &str, key: &str) -> Option<String> {
    let percent = n as f64 * 100.0 / all as f64;
    (most > 0.0 && percent > most).then(|| {
        format!("{n} of its last {all} mails {what}: {percent:.1} %, and breaker.{key} is {most}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Breaker {
        let numbers = HashMap::from([(String::new(), 0), ("google".to_owned(), 3)]);
        Breaker::new(config::Breaker::default(), &numbers, Timestamp::UNIX_EPOCH)
    }

    fn domain() -> Held {
        Held::Domain("a.example".to_owned())
    }

    /// Counts so many of each, mixed evenly; after how many it tripped, and why.
    fn counted(breaker: &mut Breaker, all: u32, every: u32, bad: Counted) -> Option<(u32, String)> {
        (1..=all).find_map(|n| {
            let one = if n % every == 0 {
                bad
            } else {
                Counted::Harmless
            };
            let (what, why) = breaker.count(1, Some(&domain()), one)?;
            assert_eq!(what, domain());
            Some((n, why))
        })
    }

    #[test]
    fn a_share_over_the_threshold_trips_when_enough_is_known() {
        let (n, why) = counted(&mut breaker(), 1000, 9, Counted::Hard).unwrap();
        assert_eq!(n, 108, "the first bad one from the hundredth on");
        assert_eq!(
            why,
            "12 of its last 108 mails were refused because there is no such mailbox: 11.1 %, and breaker.hard_percent is 10"
        );
        assert!(counted(&mut breaker(), 1000, 9, Counted::Blocked).is_some());
        assert_eq!(counted(&mut breaker(), 10_000, 10, Counted::Hard), None);
        assert!(counted(&mut breaker(), 10_000, 20, Counted::Blocked).is_none());
        assert!(counted(&mut breaker(), 10_000, 19, Counted::Blocked).is_some());
        assert_eq!(counted(&mut breaker(), 99, 1, Counted::Blocked), None);
    }

    #[test]
    fn what_was_long_ago_does_not_hide_what_is_now() {
        let mut breaker = breaker();
        assert_eq!(
            counted(&mut breaker, 1_000_000, u32::MAX, Counted::Hard),
            None
        );
        let (n, _) = counted(&mut breaker, 10_000, 1, Counted::Blocked).unwrap();
        assert!(n <= 2 * SPAN / 20 + 1, "{n}");
    }

    /// The outcomes of one issue: `n % 10` says for which of ten domains, and which of these refuse.
    fn issue_counted(breaker: &mut Breaker, all: u32, refuses: impl Fn(u32) -> bool) -> Vec<Held> {
        let mut held = Vec::new();
        for n in 0..all {
            let recipient = Held::Domain(format!("d{}.example", n % 10));
            let one = if refuses(n % 10) {
                Counted::Blocked
            } else {
                Counted::Harmless
            };
            if let Some((what, _)) = breaker.count(1, Some(&recipient), one) {
                breaker.hold(what.clone());
                held.push(what);
            }
        }
        held
    }

    #[test]
    fn one_that_refuses_is_held_alone_and_several_are_the_issues_matter() {
        let mut one = breaker();
        let d = |n| Held::Domain(format!("d{n}.example"));
        assert_eq!(issue_counted(&mut one, 5000, |n| n == 3), [d(3)]);
        // The next one is held alone, too, since the first has no part any more.
        assert_eq!(issue_counted(&mut one, 5000, |n| n == 4 || n == 3), [d(4)]);
        let several = issue_counted(&mut breaker(), 5000, |n| n < 2);
        assert_eq!(several[0], Held::Issue(1));
        let mut of_relay = breaker();
        let relay = (0..100).find_map(|_| of_relay.count(1, None, Counted::Blocked));
        assert_eq!(relay.map(|(what, _)| what), Some(Held::Issue(1)));
    }

    #[test]
    fn nought_switches_a_threshold_off() {
        let mut breaker = breaker();
        breaker.limits.blocked_percent = 0.0;
        assert_eq!(counted(&mut breaker, 1000, 1, Counted::Blocked), None);
        breaker.limits.complained_percent = 0.0;
        assert_eq!(
            (
                breaker.asks(Came::Complaint, 1, 0, 500),
                breaker.came_back(Came::Complaint, 500, 1000)
            ),
            (None, None)
        );
    }

    #[test]
    fn what_is_held_and_resumed_begins_anew() {
        let mut breaker = breaker();
        assert!(counted(&mut breaker, 1000, 1, Counted::Blocked).is_some());
        breaker.hold(domain());
        assert!(breaker.holds_domain("a.example") && !breaker.holds_domain("b.example"));
        assert_eq!(counted(&mut breaker, 1000, 1, Counted::Blocked), None);
        breaker.see(Holds::new(), Timestamp::UNIX_EPOCH);
        let (n, _) = counted(&mut breaker, 1000, 1, Counted::Blocked).unwrap();
        assert_eq!(n, 100);
        // Another node held it meanwhile, and it was resumed.
        breaker.see(Holds::from([domain()]), Timestamp::UNIX_EPOCH);
        breaker.see(Holds::new(), Timestamp::UNIX_EPOCH);
        assert_eq!(counted(&mut breaker, 99, 1, Counted::Blocked), None);
    }

    #[test]
    fn a_recipient_counts_for_the_provider_or_for_the_domain() {
        let mut breaker = breaker();
        let google = Held::Provider("google".to_owned());
        assert_eq!(breaker.recipient(3, "gmail.com"), google);
        assert_eq!(breaker.recipient(0, "a.example"), domain());
        breaker.see(
            Holds::from([google, Held::Relay("main".to_owned())]),
            Timestamp::UNIX_EPOCH,
        );
        assert!(breaker.holds_provider(3) && !breaker.holds_provider(0));
        assert!(breaker.holds_relay("main") && !breaker.holds_relay("other"));
    }

    #[test]
    fn complaints_are_weighed_when_there_are_enough_and_more_than_before() {
        let mut breaker = breaker();
        assert_eq!(
            breaker.asks(Came::Complaint, 1, 0, 3),
            None,
            "three are 0.3 % of a thousand, and not more"
        );
        assert_eq!(breaker.asks(Came::Complaint, 1, 0, 4), Some(1334));
        assert_eq!(breaker.came_back(Came::Complaint, 4, 999), None);
        assert!(breaker.came_back(Came::Complaint, 4, 1000).is_some());
        assert_eq!(breaker.came_back(Came::Complaint, 4, 1334), None);
        assert_eq!(
            (
                breaker.asks(Came::Complaint, 1, 0, 4),
                breaker.asks(Came::Complaint, 1, 0, 5)
            ),
            (None, Some(1667))
        );
        assert_eq!(
            (
                breaker.asks(Came::Complaint, 2, 0, 100).is_some(),
                breaker.asks(Came::Complaint, 2, 0, 110)
            ),
            (true, None)
        );
    }

    #[test]
    fn complaints_about_a_providers_mails_count_from_when_it_is_resumed() {
        let mut breaker = breaker();
        let google = || Holds::from([Held::Provider("google".to_owned())]);
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        assert!(
            breaker.asks(Came::Complaint, 1, 3, 50).is_some()
                && breaker.asks(Came::Complaint, 1, 0, 60).is_some()
        );
        assert_eq!(
            (breaker.asks(Came::Complaint, 1, 3, 51), breaker.since(3)),
            (None, 0)
        );
        breaker.see(google(), at(5));
        breaker.see(Holds::new(), at(9));
        assert_eq!((breaker.since(3), breaker.since(4)), (9, 0));
        assert!(breaker.asks(Came::Complaint, 1, 3, 51).is_some());
        assert_eq!(
            breaker.asks(Came::Complaint, 1, 0, 61),
            None,
            "the issue goes on"
        );
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let mut breaker = breaker();
        for n in 0..MOST * 2 {
            let domain = Held::Domain(format!("d{n}.example"));
            breaker.count(1, Some(&domain), Counted::Harmless);
        }
        assert!(breaker.windows.len() <= MOST);
    }
}
