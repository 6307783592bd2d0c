//! Links that the paper's own site signs for its members: one click, since the site knows the address.
//!
//! A link is `PAYLOAD.SIGNATURE`, both in base64url (RFC 4648, section 5) without `=`. The payload is a JSON object; the
//! signature is HMAC-SHA-256 (RFC 2104) of the text `join.PAYLOAD` with a key that the site and we share and that serves
//! nothing else.

use aws_lc_rs::digest;
use aws_lc_rs::hmac::{HMAC_SHA256, Key, verify};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::confirm::{add, begin, open, second, told, write};
use super::{On, Request, Way};
use crate::audience::standing::hold;
use crate::audience::{EmailAddress, Paper, known};
use crate::db::{self, Sql, Tx};

/// The longest that a link may be good for: so long its use is remembered.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The most characters of a link that are looked at.
const MOST: usize = 2048;

/// The keys that the site signs with: any of them verifies, so that one can follow another.
pub struct MemberKeys(Vec<Key>);

/// What the site says, in a link whose signature is right.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The member's address.
    pub email: EmailAddress,
    /// The slugs to join.
    pub newsletters: Vec<String>,
    /// The last instant at which the link is good.
    pub until: Timestamp,
    /// What tells this link from every other: a hash of what was signed.
    mark: Vec<u8>,
}

/// Why a link cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// None of our keys signed it, or it was changed or cut on the way.
    #[error("the link is not one that the site signed, or it was cut")]
    Unsigned,
    /// It is signed, and does not say what it must.
    #[error(
        "the signed link lacks address, newsletters, until or nonce, or has them in another form"
    )]
    Form,
    /// It is signed, and good for longer than a week.
    #[error("the signed link is good for longer than seven days")]
    Long,
    /// Its time has passed.
    #[error("the link's time has passed")]
    Expired,
}

/// What became of a member's click.
#[derive(Debug)]
pub enum Joined {
    /// The reader is on the link's newsletters.
    Yes(On),
    /// The link was used before; it does nothing twice.
    Used,
    /// The address is suppressed: only the button in a mail can tell whether it may come back.
    Mail(super::Mail),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    address: String,
    newsletters: Vec<String>,
    /// Seconds since 1970.
    until: i64,
    nonce: String,
}

impl MemberKeys {
    /// Keys from lines of text, which are used as they stand.
    pub fn new<'k>(lines: impl IntoIterator<Item = &'k str>) -> MemberKeys {
        let key = |line: &str| Key::new(HMAC_SHA256, line.as_bytes());
        MemberKeys(lines.into_iter().map(key).collect())
    }

    /// Reads a link.
    pub fn open(&self, link: &str, now: Timestamp) -> Result<Invitation, LinkError> {
        if link.len() > MOST {
            return Err(LinkError::Unsigned);
        }
        let (payload, signature) = link.split_once('.').ok_or(LinkError::Unsigned)?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| LinkError::Unsigned)?;
        let signed = format!("join.{payload}");
        let ours = |key: &Key| verify(key, signed.as_bytes(), &signature).is_ok();
        if !self.0.iter().any(ours) {
            return Err(LinkError::Unsigned);
        }
        let json = URL_SAFE_NO_PAD
            .decode(payload)
            .map_err(|_| LinkError::Form)?;
        let said: Payload = serde_json::from_slice(&json).map_err(|_| LinkError::Form)?;
        let email = EmailAddress::parse(said.address.trim()).map_err(|_| LinkError::Form)?;
        let until = Timestamp::from_second(said.until).map_err(|_| LinkError::Form)?;
        if said.newsletters.is_empty() || !(8..=128).contains(&said.nonce.len()) {
            return Err(LinkError::Form);
        }
        if until <= now {
            return Err(LinkError::Expired);
        }
        if until.duration_since(now) > LONGEST {
            return Err(LinkError::Long);
        }
        Ok(Invitation {
            email,
            newsletters: said.newsletters,
            until,
            mark: digest::digest(&digest::SHA256, payload.as_bytes())
                .as_ref()
                .to_vec(),
        })
    }
}

impl Invitation {
    /// A number that tells this link from every other.
    pub fn number(&self) -> i64 {
        let first = self.mark.first_chunk().copied().unwrap_or_default();
        i64::from_be_bytes(first)
    }

    /// The slugs of those that anybody may still join.
    pub fn open_newsletters(&self, paper: &Paper<'_>) -> Vec<String> {
        let open = open(paper, &self.newsletters).into_iter();
        open.map(|n| n.slug.clone()).collect()
    }
}

/// Whether the link was used before.
pub async fn is_used(sql: &mut impl Sql, invitation: &Invitation) -> db::Result<bool> {
    let found: Option<(i64,)> = sql
        .sql("SELECT ends_at FROM member_link WHERE mark = $1")
        .bind(&invitation.mark)
        .first()
        .await?;
    Ok(found.is_some())
}

/// Puts the member on the newsletters of the link, once. `request` is what was shown to them, and where.
pub async fn join(
    tx: &mut Tx,
    paper: &Paper<'_>,
    invitation: &Invitation,
    request: &Request,
    now: Timestamp,
) -> db::Result<Joined> {
    const USE: &str =
        "INSERT INTO member_link (mark, ends_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let first = tx
        .sql(USE)
        .bind(&invitation.mark)
        .bind(invitation.until.as_millisecond())
        .run()
        .await?;
    if first == 0 {
        return Ok(Joined::Used);
    }
    let key = paper.keys.address(&invitation.email.normal());
    hold(tx, &key).await?;
    let (there, suppressed) = known(tx, std::slice::from_ref(&key)).await?;
    if suppressed.contains_key(&key) {
        return Ok(Joined::Mail(super::ask(tx, paper, request, now).await?));
    }
    let newsletters = invitation.open_newsletters(paper);
    let evidence = format!(
        "pressed at {now} from {network} behind a link that the paper's site signed for the address{shown}",
        now = second(now),
        network = request.network,
        shown = told(&request.shown.words, &request.shown.version),
    );
    let old = there.get(&key);
    let mut change = begin(
        invitation.email.clone(),
        old,
        request.language.as_deref(),
        None,
    );
    for newsletter in open(paper, &newsletters) {
        add(
            &mut change,
            newsletter,
            &Way::Member.to_string(),
            &evidence,
            now,
        );
    }
    let preferences = change.preferences.clone();
    let subscriber_id = write(tx, paper, old, change, &key, now).await?;
    Ok(match subscriber_id {
        Some(subscriber_id) => Joined::Yes(On {
            subscriber_id,
            newsletters,
            preferences,
            at: now,
        }),
        // None of its newsletters can be joined any more.
        None => Joined::Used,
    })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac::sign;

    use super::*;

    const KEY: &str = "the-key-that-site-and-postrider-share-0123";

    fn now() -> Timestamp {
        "2026-11-24T09:00:00Z".parse().unwrap()
    }

    fn link(key: &str, prefix: &str, payload: &str) -> String {
        let payload = URL_SAFE_NO_PAD.encode(payload);
        let key = Key::new(HMAC_SHA256, key.as_bytes());
        let signature = sign(&key, format!("{prefix}{payload}").as_bytes());
        format!("{payload}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn payload(until: i64) -> String {
        format!(
            r#"{{"address":"asha@example.org","newsletters":["morning-tide"],"until":{until},"nonce":"4f1c29a07b"}}"#
        )
    }

    #[test]
    fn a_link_that_the_site_signed_opens() {
        let keys = MemberKeys::new(["an-older-key-of-the-site-00000000000000", KEY]);
        let until = now().as_second() + 600;
        let invitation = keys
            .open(&link(KEY, "join.", &payload(until)), now())
            .unwrap();
        assert_eq!(invitation.email.as_smtp(), "asha@example.org");
        assert_eq!(invitation.until.as_second(), until);
    }

    #[test]
    fn a_link_that_nobody_signed_or_that_is_old_or_malformed_does_not() {
        let keys = MemberKeys::new([KEY]);
        let soon = now().as_second() + 600;
        let good = link(KEY, "join.", &payload(soon));
        for (bad, why) in [
            (
                link(
                    "another-key-000000000000000000000000000",
                    "join.",
                    &payload(soon),
                ),
                LinkError::Unsigned,
            ),
            (link(KEY, "", &payload(soon)), LinkError::Unsigned),
            (link(KEY, "leave.", &payload(soon)), LinkError::Unsigned),
            (good.replacen('.', "", 1), LinkError::Unsigned),
            (
                good.split_once('.').unwrap().0.to_owned() + ".",
                LinkError::Unsigned,
            ),
            (String::new(), LinkError::Unsigned),
            ("x".repeat(3000), LinkError::Unsigned),
            (
                link(KEY, "join.", &payload(now().as_second())),
                LinkError::Expired,
            ),
            (
                link(KEY, "join.", &payload(soon + 8 * 86_400)),
                LinkError::Long,
            ),
            (link(KEY, "join.", &payload(i64::MAX)), LinkError::Form),
            (link(KEY, "join.", "{}"), LinkError::Form),
            (
                link(
                    KEY,
                    "join.",
                    &payload(soon).replace("asha@", "a\\r\\nBcc: b@"),
                ),
                LinkError::Form,
            ),
            (
                link(KEY, "join.", &payload(soon).replace("4f1c29a07b", "1")),
                LinkError::Form,
            ),
        ] {
            assert_eq!(keys.open(&bad, now()).err(), Some(why), "{bad}");
        }
    }

    #[test]
    fn a_link_with_any_letter_changed_does_not_open() {
        let keys = MemberKeys::new([KEY]);
        let good = link(KEY, "join.", &payload(now().as_second() + 600));
        for at in 0..good.len() {
            let mut bad = good.clone().into_bytes();
            bad[at] = if bad[at] == b'A' { b'B' } else { b'A' };
            let bad = String::from_utf8(bad).unwrap();
            assert!(keys.open(&bad, now()).is_err(), "{at}");
        }
    }
}
