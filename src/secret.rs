//! What only this paper can make: hashes of addresses, names of messages, and the tokens in links.
//!
//! In: the key file's lines. Out: HMAC-SHA-256 (RFC 2104) of what we sign. Nothing here is drawn at random, so the
//! same message always gets the same Message-ID, boundary and links.

use std::fmt;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, Tag, sign, verify};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::BASE32_NOPAD_NOCASE;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The paper's keys. The last one signs, every one verifies, and the first also keys the hashes of addresses.
pub struct Keys {
    address: Key,
    messages: [Key; 1],
    links: Vec<Key>,
    returns: Vec<Key>,
    sessions: Vec<Key>,
    marks: Key,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// What a link in a mail is for; a token made for one purpose opens nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Purpose {
    /// Leave the newsletter at once, by the button of a mail program (RFC 8058).
    Leave = 1,
    /// Open the preferences, in the limited mode that a mailed link gives.
    Preferences = 2,
    /// Read this mail in the browser.
    Read = 3,
    /// Confirm a sign-up.
    Confirm = 4,
    /// Open the preferences in full: the fresh link that goes to the reader's own address.
    Manage = 5,
    /// Take back what was done.
    Undo = 6,
    /// Confirm a new address.
    Address = 7,
    /// Open the page that asks before the newsletter is left: the link in a mail's text, which goes along where the mail is
    /// forwarded.
    AskToLeave = 8,
}

impl Purpose {
    fn from_number(number: u8) -> Option<Purpose> {
        Some(match number {
            1 => Purpose::Leave,
            2 => Purpose::Preferences,
            3 => Purpose::Read,
            4 => Purpose::Confirm,
            5 => Purpose::Manage,
            6 => Purpose::Undo,
            7 => Purpose::Address,
            8 => Purpose::AskToLeave,
            _ => return None,
        })
    }

    /// Whether such a token names a mail; the others are tickets.
    fn is_of_a_mail(self) -> bool {
        matches!(
            self,
            Purpose::Leave | Purpose::AskToLeave | Purpose::Preferences | Purpose::Read
        )
    }
}

/// Which reader, which newsletter and which issue's mail a link came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it opens.
    pub purpose: Purpose,
    /// The newsletter, which stays known when its issues are long gone.
    pub newsletter_id: i64,
    /// The issue whose mail carries the link. Its id begins with its day, so the link's age can be told.
    pub issue_id: i64,
    /// The reader.
    pub subscriber_id: i64,
    /// Which of the issue's mails to this reader, where the link is to read it; else 0.
    pub n: i16,
}

/// A token that stands in a notice: valid for a while, and only as long as what it was made of is still so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ticket {
    /// What it opens: [`Purpose::Confirm`], [`Purpose::Manage`], [`Purpose::Undo`] or [`Purpose::Address`].
    pub purpose: Purpose,
    /// Whom or what it is for: a subscriber's number, or a request's.
    pub of: i64,
    /// The number that this had when the ticket was made. Once it is another one (the data are erased, the address is
    /// changed, the thing is done), the ticket opens nothing.
    pub epoch: i64,
    /// The last minute in which it is valid, counted from 1970 in UTC.
    pub until_minute: i64,
}

impl Ticket {
    /// A ticket that is valid until `until`, to the minute.
    pub fn new(purpose: Purpose, of: i64, epoch: i64, until: Timestamp) -> Ticket {
        Ticket {
            purpose,
            of,
            epoch,
            until_minute: until.as_second().div_euclid(60),
        }
    }

    /// The end of its last minute.
    pub fn ends_at(&self) -> Timestamp {
        let second = self.until_minute.saturating_add(1).saturating_mul(60);
        Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
    }

    /// Whether its time is not over.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        now < self.ends_at()
    }
}

const MAC_BYTES: usize = 16;

impl Keys {
    /// Keys from the lines of the key file; there is at least one.
    ///
    /// # Panics
    /// Without a line: the configuration refuses that.
    pub fn new(lines: &[String]) -> Keys {
        let derive = |line: &String, purpose: &str| {
            let parent = Key::new(HMAC_SHA256, line.as_bytes());
            Key::new(HMAC_SHA256, sign(&parent, purpose.as_bytes()).as_ref())
        };
        let derive_all = |purpose| lines.iter().map(|line| derive(line, purpose)).collect();
        let first = lines
            .first()
            .expect("the configuration holds at least one key");
        Keys {
            address: derive(first, "postrider address"),
            messages: [derive(first, "postrider message")],
            links: derive_all("postrider link"),
            returns: derive_all("postrider return"),
            sessions: derive_all("postrider session"),
            marks: derive(first, "postrider mark"),
        }
    }

    /// The number of the key that signs now. An issue keeps it, so that its mails stay the same when a key is added.
    pub fn newest(&self) -> i16 {
        self.links.len() as i16
    }

    /// The hash that stands for an address: unique, and nothing can be read back from it.
    pub fn address(&self, normal_address: &str) -> Vec<u8> {
        sign(&self.address, normal_address.as_bytes())
            .as_ref()
            .to_vec()
    }

    /// The part of a Message-ID before the `@`, and of a boundary, that only this message has: its three numbers, and 128 bits
    /// of an HMAC over them. It does not change when a key is added.
    pub fn message(&self, issue_id: i64, subscriber_id: i64, n: i16) -> String {
        URL_SAFE_NO_PAD.encode(named(&self.messages, 1, issue_id, subscriber_id, n))
    }

    /// Issue, subscriber and `n` of the message whose Message-ID begins like this; `None` if our first key did not make just
    /// this.
    pub fn open_message(&self, text: &str) -> Option<(i64, i64, i16)> {
        names(&self.messages, &URL_SAFE_NO_PAD.decode(text).ok()?)
    }

    /// The text of a token: purpose, key number, three numbers and, if it is not 0, `n`, and 128 bits of an HMAC over all
    /// that.
    pub fn token(&self, key_number: i16, token: &Token) -> String {
        let numbers = [token.newsletter_id, token.issue_id, token.subscriber_id];
        let n = (token.n != 0).then_some(i64::from(token.n));
        self.signed(key_number, token.purpose, numbers.into_iter().chain(n))
    }

    /// The text of a ticket, in the same form. None of its numbers may be negative.
    pub fn ticket(&self, key_number: i16, ticket: &Ticket) -> String {
        let numbers = [ticket.of, ticket.epoch, ticket.until_minute];
        self.signed(key_number, ticket.purpose, numbers)
    }

    fn signed(
        &self,
        key_number: i16,
        purpose: Purpose,
        numbers: impl IntoIterator<Item = i64>,
    ) -> String {
        let mut bytes = vec![purpose as u8, key_number as u8];
        for number in numbers {
            put(&mut bytes, number);
        }
        seal(&self.links, key_number, &mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token back; `None` if one of our keys did not make just this, or if it is a ticket.
    pub fn open(&self, text: &str) -> Option<Token> {
        let (purpose, [newsletter_id, issue_id, subscriber_id], n) = self.read(text)?;
        let n = i16::try_from(n.unwrap_or_default()).ok()?;
        purpose.is_of_a_mail().then_some(Token {
            purpose,
            newsletter_id,
            issue_id,
            subscriber_id,
            n,
        })
    }

    /// Reads a ticket back; `None` if one of our keys did not make just this, or if it is made for another purpose.
    /// Whether its time is over, and whether its epoch still is, the caller looks at.
    pub fn open_ticket(&self, purpose: Purpose, text: &str) -> Option<Ticket> {
        let (made_for, [of, epoch, until_minute], more) = self.read(text)?;
        let is_one = made_for == purpose && !purpose.is_of_a_mail() && more.is_none();
        is_one.then_some(Ticket {
            purpose,
            of,
            epoch,
            until_minute,
        })
    }

    /// The purpose, the three numbers, and the fourth if there is one.
    fn read(&self, text: &str) -> Option<(Purpose, [i64; 3], Option<i64>)> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let said = unseal(&self.links, 1, &bytes)?;
        let purpose = Purpose::from_number(said[0])?;
        let mut rest = &said[2..];
        let numbers = [take(&mut rest)?, take(&mut rest)?, take(&mut rest)?];
        let fourth = if rest.is_empty() {
            None
        } else {
            Some(take(&mut rest)?)
        };
        rest.is_empty().then_some((purpose, numbers, fourth))
    }

    /// What a cookie keeps of a link that was followed: its purpose, its three numbers, and the minute since 1970 until which
    /// it is good. Sealed with a key of its own, so that a cookie is no link and a link no cookie.
    pub fn session(&self, purpose: u8, numbers: [i64; 3], until_minute: i64) -> String {
        let key_number = self.newest();
        let mut bytes = vec![purpose, key_number as u8];
        for number in numbers.into_iter().chain([until_minute]) {
            put(&mut bytes, number);
        }
        seal(&self.sessions, key_number, &mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a session back: purpose, numbers and last minute; `None` if one of our keys did not make just this.
    pub fn open_session(&self, text: &str) -> Option<(u8, [i64; 3], i64)> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let said = unseal(&self.sessions, 1, &bytes)?;
        let mut rest = &said[2..];
        let numbers = [take(&mut rest)?, take(&mut rest)?, take(&mut rest)?];
        let until_minute = take(&mut rest)?;
        rest.is_empty().then_some((said[0], numbers, until_minute))
    }

    /// What the forms of a page carry, so that they are not taken for those of another: made of the numbers the page is about.
    /// It opens nothing.
    pub fn mark(&self, of: &[i64]) -> String {
        let of: Vec<u8> = of.iter().flat_map(|number| number.to_be_bytes()).collect();
        URL_SAFE_NO_PAD.encode(&sign(&self.marks, &of).as_ref()[..9])
    }

    /// What names a message to whom it comes back: key number, issue, subscriber and `n`, and 128 bits of an HMAC over all
    /// that. Letters and digits whose case does not matter, at most 61.
    pub fn return_token(
        &self,
        key_number: i16,
        issue_id: i64,
        subscriber_id: i64,
        n: i16,
    ) -> String {
        let bytes = named(&self.returns, key_number, issue_id, subscriber_id, n);
        BASE32_NOPAD_NOCASE.encode(&bytes).to_ascii_lowercase()
    }

    /// Issue, subscriber and `n` of the message that comes back; `None` if one of our keys did not make just this.
    pub fn open_return(&self, text: &str) -> Option<(i64, i64, i16)> {
        names(
            &self.returns,
            &BASE32_NOPAD_NOCASE.decode(text.as_bytes()).ok()?,
        )
    }
}

/// A message's numbers, sealed.
fn named(keys: &[Key], key_number: i16, issue_id: i64, subscriber_id: i64, n: i16) -> Vec<u8> {
    let mut bytes = vec![key_number as u8];
    for number in [issue_id, subscriber_id, i64::from(n)] {
        put(&mut bytes, number);
    }
    seal(keys, key_number, &mut bytes);
    bytes
}

fn names(keys: &[Key], bytes: &[u8]) -> Option<(i64, i64, i16)> {
    let mut rest = &unseal(keys, 0, bytes)?[1..];
    let (issue_id, subscriber_id) = (take(&mut rest)?, take(&mut rest)?);
    let n = i16::try_from(take(&mut rest)?).ok()?;
    rest.is_empty().then_some((issue_id, subscriber_id, n))
}

/// Puts behind `bytes` what only the key of this number can.
fn seal(keys: &[Key], number: i16, bytes: &mut Vec<u8>) {
    let key = &keys[(number.max(1) as usize).min(keys.len()) - 1];
    let tag: Tag = sign(key, bytes);
    bytes.extend(&tag.as_ref()[..MAC_BYTES]);
}

/// What stands before the seal, if the key whose number is at `at` made it.
fn unseal<'b>(keys: &[Key], at: usize, bytes: &'b [u8]) -> Option<&'b [u8]> {
    let (said, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC_BYTES)?)?;
    if said.len() <= at + 1 || bytes.len() >= 64 {
        return None;
    }
    let key = keys.get(usize::from(said[at]).checked_sub(1)?)?;
    let whole = sign(key, said);
    // Compared through a second HMAC, whose equality takes the same time wherever the first difference is.
    let blind = sign(key, &whole.as_ref()[..MAC_BYTES]);
    verify(key, mac, blind.as_ref()).ok()?;
    Some(said)
}

/// Seven bits a byte, the lowest first; the high bit says that more follow.
fn put(out: &mut Vec<u8>, number: i64) {
    let mut left = number as u64;
    while left >= 0x80 {
        out.push(left as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
}

fn take(from: &mut &[u8]) -> Option<i64> {
    let mut number = 0u64;
    for shift in (0..63).step_by(7) {
        let (first, rest) = from.split_first()?;
        *from = rest;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(number as i64);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(n: usize) -> Keys {
        Keys::new(&(0..n).map(|i| format!("{i:0>40}")).collect::<Vec<_>>())
    }

    const TOKEN: Token = Token {
        purpose: Purpose::Leave,
        newsletter_id: 3,
        issue_id: (20_781 << 20) + 96,
        subscriber_id: 1_234_567,
        n: 0,
    };

    #[test]
    fn a_token_survives_the_road_and_a_new_key() {
        let old = keys(1).token(1, &TOKEN);
        assert!(old.len() < 50, "{old}");
        assert_eq!(keys(2).open(&old), Some(TOKEN));
        assert_eq!(keys(1).open(&keys(2).token(2, &TOKEN)), None);
        for n in [1, 300, i16::MAX] {
            let token = Token { n, ..TOKEN };
            assert_eq!(keys(1).open(&keys(1).token(1, &token)), Some(token));
        }
    }

    #[test]
    fn a_token_with_any_bit_changed_opens_nothing() {
        let keys = keys(1);
        let good = URL_SAFE_NO_PAD.decode(keys.token(1, &TOKEN)).unwrap();
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(keys.open(&URL_SAFE_NO_PAD.encode(bad)), None, "bit {bit}");
        }
        assert_eq!(keys.open(""), None);
        assert_eq!(keys.open("not a token"), None);
    }

    #[test]
    fn a_message_id_names_its_message_and_is_no_sender_of_an_envelope() {
        let (issue_id, subscriber_id, n) = ((20_781 << 20) + 96, 1_234_567, 390);
        let text = keys(1).message(issue_id, subscriber_id, n);
        // With what stands around it, it is a boundary of at most 70 characters (RFC 2046, section 5.1.1).
        assert!(text.len() <= 40, "{text}");
        let told = Some((issue_id, subscriber_id, n));
        assert_eq!(keys(1).open_message(&text), told);
        assert_eq!(keys(3).message(issue_id, subscriber_id, n), text);
        assert_eq!(keys(3).open_message(&text), told);
        let good = URL_SAFE_NO_PAD.decode(&text).unwrap();
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let bad = URL_SAFE_NO_PAD.encode(bad);
            assert_eq!(keys(1).open_message(&bad), None, "bit {bit}");
        }
        assert_eq!(
            keys(1).open_return(&BASE32_NOPAD_NOCASE.encode(&good)),
            None
        );
        assert_eq!(keys(1).open_message(""), None);
    }

    const PURPOSES: [Purpose; 8] = [
        Purpose::Leave,
        Purpose::Preferences,
        Purpose::Read,
        Purpose::Confirm,
        Purpose::Manage,
        Purpose::Undo,
        Purpose::Address,
        Purpose::AskToLeave,
    ];

    proptest! {
        #[test]
        fn a_ticket_opens_what_it_was_made_for_and_nothing_else(
            purpose in 3..7_usize, of in 0..i64::MAX, epoch in 0..i64::MAX, until_minute in 0..i64::MAX,
            at in 0..60_usize, with in 1..=255_u8,
        ) {
            let purpose = PURPOSES[purpose];
            let ticket = Ticket { purpose, of, epoch, until_minute };
            let old = keys(1).ticket(1, &ticket);
            for keys in [keys(1), keys(3)] {
                prop_assert_eq!(keys.open_ticket(purpose, &old), Some(ticket));
                prop_assert_eq!(keys.open(&old), None);
                for other in PURPOSES.into_iter().filter(|p| *p != purpose) {
                    prop_assert_eq!(keys.open_ticket(other, &old), None);
                }
                for cut in 0..old.len() {
                    prop_assert_eq!(keys.open_ticket(purpose, &old[..cut]), None);
                }
                let mut forged = URL_SAFE_NO_PAD.decode(&old).unwrap();
                let at = at % forged.len();
                forged[at] ^= with;
                prop_assert_eq!(keys.open_ticket(purpose, &URL_SAFE_NO_PAD.encode(forged)), None);
                // The same numbers as a mail's link.
                let token = Token { purpose: Purpose::Leave, newsletter_id: of, issue_id: epoch, subscriber_id: until_minute, n: 0 };
                prop_assert_eq!(keys.open_ticket(purpose, &keys.token(1, &token)), None);
                prop_assert_eq!(keys.open(&keys.token(1, &token)), Some(token));
            }
            let new = keys(2).ticket(2, &ticket);
            prop_assert_eq!(keys(1).open_ticket(purpose, &new), None, "a key that is not there yet");
        }
    }

    #[test]
    fn a_ticket_is_valid_to_the_end_of_its_last_minute() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let ticket = Ticket::new(Purpose::Manage, 1, 1, at("2026-11-24T06:30:10Z"));
        assert!(ticket.is_valid_at(at("2026-11-24T06:30:59.999Z")));
        assert!(!ticket.is_valid_at(at("2026-11-24T06:31:00Z")));
        let for_ever = Ticket {
            until_minute: i64::MAX,
            ..ticket
        };
        assert!(for_ever.is_valid_at(at("9999-01-01T00:00:00Z")));
    }
}
