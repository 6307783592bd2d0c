//! The sample paper's readers: all invented, at addresses that can never be anyone's (RFC 2606).

use jiff::civil::Weekday::{self, Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};

/// A reader of the sample paper, in the words of an import file.
#[derive(Clone, Debug)]
pub struct SampleReader {
    /// Full name, as the reader writes it.
    pub name: &'static str,
    /// Where the mail goes; the beginning of it picks what the catching relay answers.
    pub address: &'static str,
    /// IANA name of the reader's zone.
    pub zone: &'static str,
    /// When the mail should come, in minutes after local midnight.
    pub local_minute: u16,
    /// "daily", "weekly", or "newsletter" for the newsletter's own.
    pub cadence: &'static str,
    /// The days on which it should come. Empty: the newsletter's own.
    pub days: &'static [Weekday],
    /// "section:…", "author:…", "topic:…" or "keyword:…".
    pub follows: &'static [&'static str],
    /// The same, for what the reader would rather not see.
    pub mutes: &'static [&'static str],
    /// "free" or "premium".
    pub tier: &'static str,
    /// Whether the reader asked to hear of offers before they are open to all.
    pub wants_offers: bool,
}

const WEEKDAYS: &[Weekday] = &[Monday, Tuesday, Wednesday, Thursday, Friday];
const EVERY_DAY: &[Weekday] = &[
    Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday,
];

/// A reader who takes what the newsletter offers, when it offers it.
const PLAIN: SampleReader = SampleReader {
    name: "",
    address: "",
    zone: "Europe/London",
    local_minute: 6 * 60 + 30,
    cadence: "newsletter",
    days: &[],
    follows: &[],
    mutes: &[],
    tier: "free",
    wants_offers: false,
};

/// Twelve readers. Among them a mailbox that is full, one that is gone, one greylisted at the first try, and a reader who
/// follows only what has no story today.
pub fn readers() -> Vec<SampleReader> {
    READERS.to_vec()
}

const READERS: [SampleReader; 12] = [
    SampleReader {
        name: "Asha Verrow",
        address: "asha.verrow@example.org",
        cadence: "daily",
        days: WEEKDAYS,
        follows: &["section:Schools", "topic:Ferries", "author:Mirren Oake"],
        mutes: &["section:Sport"],
        tier: "premium",
        wants_offers: true,
        ..PLAIN
    },
    SampleReader {
        name: "Tomasz Wiśniowy",
        address: "t.wisniowy@example.net",
        zone: "Europe/Warsaw",
        local_minute: 7 * 60,
        cadence: "daily",
        days: EVERY_DAY,
        follows: &["section:Port and shipping", "topic:Work"],
        ..PLAIN
    },
    SampleReader {
        name: "Ifeoma Adeleke-Brandt",
        address: "ifeoma@example.com",
        zone: "Africa/Lagos",
        local_minute: 6 * 60,
        cadence: "daily",
        days: WEEKDAYS,
        follows: &["keyword:flood wall", "section:City hall"],
        tier: "premium",
        wants_offers: true,
        ..PLAIN
    },
    SampleReader {
        name: "Rohan Kulkarni-Shah",
        address: "rohan.ks@example.org",
        zone: "Asia/Kolkata",
        local_minute: 8 * 60 + 15,
        cadence: "daily",
        days: EVERY_DAY,
        follows: &["section:Sport", "topic:Chess"],
        mutes: &["topic:Football"],
        ..PLAIN
    },
    SampleReader {
        name: "Marisol Quenby",
        address: "marisol.quenby@example.net",
        zone: "America/New_York",
        local_minute: 5 * 60 + 45,
        follows: &["section:Culture", "author:Odile Marrant"],
        tier: "premium",
        ..PLAIN
    },
    SampleReader {
        name: "Wiremu Tapsell-Rae",
        address: "wiremu@example.com",
        zone: "Pacific/Auckland",
        local_minute: 18 * 60,
        cadence: "weekly",
        days: &[Sunday],
        follows: &["section:Port and shipping", "section:Sport", "topic:Rowing"],
        wants_offers: true,
        ..PLAIN
    },
    SampleReader {
        name: "浅井 みどり",
        address: "midori.asai@example.org",
        zone: "Asia/Tokyo",
        local_minute: 7 * 60 + 30,
        cadence: "daily",
        days: WEEKDAYS,
        follows: &["topic:Music", "section:Food"],
        ..PLAIN
    },
    SampleReader {
        name: "Seán Ó Dubhagáin",
        address: "sean.od@example.net",
        zone: "Europe/Dublin",
        cadence: "weekly",
        days: &[Saturday],
        follows: &["section:Food", "topic:Books", "section:Culture"],
        mutes: &["keyword:herring"],
        ..PLAIN
    },
    SampleReader {
        name: "Leila Farahmand-Holt",
        address: "full.inbox@example.org",
        follows: &["section:City hall", "topic:Buses"],
        tier: "premium",
        wants_offers: true,
        ..PLAIN
    },
    SampleReader {
        name: "Casimir O’Toole & Daughters",
        address: "gone.fishing@example.com",
        cadence: "daily",
        days: EVERY_DAY,
        follows: &["section:Port and shipping"],
        ..PLAIN
    },
    SampleReader {
        name: "Nguyễn Thị Hoa",
        address: "later.hoa@example.net",
        zone: "Asia/Ho_Chi_Minh",
        local_minute: 6 * 60 + 45,
        cadence: "daily",
        days: EVERY_DAY,
        follows: &["section:Schools", "topic:Night work"],
        ..PLAIN
    },
    SampleReader {
        name: "Bartholomew Inkpen",
        address: "b.inkpen@example.com",
        cadence: "daily",
        days: EVERY_DAY,
        follows: &["topic:Allotments"],
        ..PLAIN
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reader_can_be_imported() {
        for reader in readers() {
            let (_, domain) = reader.address.split_once('@').unwrap();
            assert!(
                ["example.org", "example.net", "example.com"].contains(&domain),
                "{reader:?}"
            );
            assert!(jiff::tz::TimeZone::get(reader.zone).is_ok(), "{reader:?}");
            assert!(
                reader.local_minute < 24 * 60 && ["free", "premium"].contains(&reader.tier),
                "{reader:?}"
            );
            assert!(
                ["daily", "weekly", "newsletter"].contains(&reader.cadence),
                "{reader:?}"
            );
            for term in reader.follows.iter().chain(reader.mutes) {
                let kind = term.split_once(':').unwrap().0;
                assert!(
                    ["section", "author", "topic", "keyword"].contains(&kind),
                    "{term}"
                );
            }
        }
    }
}
