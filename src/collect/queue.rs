//! The queue of one round: which source is asked next, so that no host is asked too much and none waits for another.
//!
//! Hosts take turns. No host has more than `per_host` sources asked at a time. Sources that were well go before those
//! that failed last time, which may well hang again. A host that did not answer one source is not asked for another
//! in this round: so whatever a dead host holds, it costs a round one timeout.

use std::collections::{HashMap, VecDeque};

use url::Url;

use super::source::Known;

/// The sources of a round that are still to be asked.
#[derive(Debug, Default)]
pub(super) struct Queue {
    per_host: u32,
    well: Turns,
    failing: Turns,
    hosts: HashMap<String, Standing>,
}

/// A host's sources, host after host.
type Turns = VecDeque<(String, VecDeque<Known>)>;

/// How a host does in this round.
#[derive(Debug, Default)]
struct Standing {
    busy: u32,
    away: Option<Away>,
}

/// A host that did not answer, or asked for patience.
#[derive(Clone, Copy, Debug)]
pub(super) struct Away {
    /// When it wants to be asked again, if it said so, in UTC milliseconds.
    pub(super) back_at: Option<i64>,
}

impl Queue {
    /// A queue of `due`, the most urgent first.
    pub(super) fn new(due: Vec<Known>, per_host: u32) -> Queue {
        let mut queue = Queue {
            per_host,
            ..Queue::default()
        };
        let mut places: HashMap<(bool, String), usize> = HashMap::new();
        for known in due {
            let (host, is_failing) = (host(&known.url), known.failures > 0);
            let turns = if is_failing {
                &mut queue.failing
            } else {
                &mut queue.well
            };
            let place = *places.entry((is_failing, host.clone())).or_insert_with(|| {
                turns.push_back((host, VecDeque::new()));
                turns.len() - 1
            });
            turns[place].1.push_back(known);
        }
        queue
    }

    /// The next source that may be asked now; [`Queue::answered`] must follow.
    pub(super) fn next(&mut self) -> Option<Known> {
        let (hosts, per_host) = (&mut self.hosts, self.per_host);
        let mut next = |turns: &mut Turns| {
            let may_be_asked = |host: &String| {
                let standing = hosts.get(host);
                standing.is_none_or(|s| s.away.is_none() && s.busy < per_host)
            };
            let place = turns.iter().position(|(host, _)| may_be_asked(host))?;
            let (host, mut waiting) = turns.remove(place)?;
            let known = waiting.pop_front();
            hosts.entry(host.clone()).or_default().busy += 1;
            if !waiting.is_empty() {
                turns.push_back((host, waiting));
            }
            known
        };
        next(&mut self.well).or_else(|| next(&mut self.failing))
    }

    /// A source of the queue has answered; if its host is away, the rest of that host waits for another round.
    pub(super) fn answered(&mut self, url: &str, away: Option<Away>) {
        let standing = self.hosts.entry(host(url)).or_default();
        standing.busy = standing.busy.saturating_sub(1);
        standing.away = standing.away.or(away);
    }

    /// What has not been asked, and when its host wants to be.
    pub(super) fn rest(self) -> impl Iterator<Item = (Known, Option<i64>)> {
        let Queue {
            well,
            failing,
            hosts,
            ..
        } = self;
        let turns = well.into_iter().chain(failing);
        turns.flat_map(move |(host, waiting)| {
            let away = hosts.get(&host).and_then(|standing| standing.away);
            let back_at = away.and_then(|away| away.back_at);
            waiting.into_iter().map(move |known| (known, back_at))
        })
    }
}

/// Who is asked for `url`.
fn host(url: &str) -> String {
    let url = Url::parse(url).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    host.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(sources: &[(&str, i64)]) -> Vec<Known> {
        let known = sources.iter().map(|(url, failures)| Known {
            url: format!("https://{url}"),
            failures: *failures,
            ..Known::default()
        });
        known.collect()
    }

    /// Takes what may be asked now.
    fn take(queue: &mut Queue) -> Vec<String> {
        let next = std::iter::from_fn(|| queue.next());
        next.map(|known| known.url["https://".len()..].to_owned())
            .collect()
    }

    #[test]
    fn hosts_take_turns_and_each_has_so_many_at_a_time() {
        let mut queue = Queue::new(
            due(&[
                ("a.example/1", 0),
                ("A.example./2", 0),
                ("a.example/3", 0),
                ("a.example:8080/4", 0),
                ("b.example/1", 0),
            ]),
            2,
        );
        assert_eq!(
            take(&mut queue),
            ["a.example/1", "b.example/1", "A.example./2"]
        );
        queue.answered("https://b.example/1", None);
        assert_eq!(take(&mut queue), [""; 0]);
        queue.answered("https://a.example/1", None);
        assert_eq!(take(&mut queue), ["a.example/3"]);
        queue.answered("https://a.example/2", None);
        assert_eq!(take(&mut queue), ["a.example:8080/4"]);
        assert_eq!(queue.rest().count(), 0);
    }

    #[test]
    fn what_failed_comes_last_and_a_host_that_is_away_is_left_alone() {
        let mut queue = Queue::new(
            due(&[
                ("dead.example/1", 3),
                ("dead.example/2", 0),
                ("dead.example/3", 0),
                ("well.example/1", 0),
                ("well.example/2", 0),
            ]),
            1,
        );
        assert_eq!(take(&mut queue), ["dead.example/2", "well.example/1"]);
        let away = Away { back_at: Some(7) };
        queue.answered("https://dead.example/2", Some(away));
        queue.answered("https://well.example/1", None);
        assert_eq!(take(&mut queue), ["well.example/2"]);
        queue.answered("https://well.example/2", None);
        assert_eq!(take(&mut queue), [""; 0]);
        let rest = queue.rest().map(|(known, back_at)| (known.url, back_at));
        let expected = ["https://dead.example/3", "https://dead.example/1"];
        assert!(rest.eq(expected.map(|url| (url.to_owned(), Some(7)))));
    }
}
