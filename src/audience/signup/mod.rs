//! Sign-up: what someone asked for at an address, until the owner of the address says yes.
//!
//! In: an address, newsletters, and what was shown. Out: which mail the address gets, if any; and, once the button in it is
//! pressed, a subscriber with the consent that both acts make. Flow: `limit` counts → [`ask`] keeps the request →
//! [`confirm`] makes it last. `member` opens the links of the paper's own site, `hint` guesses at slips of the pen.
//!
//! Whoever asks learns nothing about the address: the answer is the same for one who reads us, one who left, and one
//! whom we must not mail.

use std::fmt;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sqlx::types::Json;

use super::{EmailAddress, Paper, Preferences, known};
use crate::config::Newsletter;
use crate::db::{self, Db, Sql, Tx};

mod confirm;
mod hint;
mod limit;
mod member;

pub use confirm::{Confirmed, Offer, Offered, Yes, confirm, offered};
pub use hint::{Hint, hint};
pub use limit::{count, is_within};
pub use member::{Invitation, Joined, LinkError, MemberKeys, is_used, join};

/// How long a request waits for the button in the mail.
pub const WAITS: SignedDuration = SignedDuration::from_hours(72);

/// The shortest time between two mails to one address because somebody typed it.
const BETWEEN_MAILS: SignedDuration = SignedDuration::from_hours(1);

/// The most requests that wait for one address; more would only make rows.
const PER_ADDRESS: usize = 8;

/// One who has joined, now or by an earlier press.
#[derive(Debug)]
pub struct On {
    /// The reader.
    pub subscriber_id: i64,
    /// The slugs of what was joined.
    pub newsletters: Vec<String>,
    /// All that the reader asks for now.
    pub preferences: Preferences,
    /// When they said yes.
    pub at: Timestamp,
}

/// By which way somebody asked. The numbers are kept in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Our own page.
    Page = 1,
    /// Our form in a frame of another page.
    Embed = 2,
    /// A form or a program of a site that posts to us.
    Site = 3,
    /// A link that the paper's own site signed.
    Member = 4,
}

impl Way {
    fn from_number(number: i16) -> Way {
        match number {
            1 => Way::Page,
            2 => Way::Embed,
            4 => Way::Member,
            _ => Way::Site,
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Way::Page => "sign-up page",
            Way::Embed => "embedded form",
            Way::Site => "form of a site",
            Way::Member => "member link",
        })
    }
}

/// The words somebody had before their eyes when they pressed a button.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The words; empty where only their version is known.
    pub words: String,
    /// What tells these words from others: a hash of them, or the word for a text of somebody else's.
    pub version: String,
}

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The address typed.
    pub email: EmailAddress,
    /// The slugs of what they ticked: newsletters that [`is_open`], at least one.
    pub newsletters: Vec<String>,
    /// The language of the page, where it is not the paper's own.
    pub language: Option<String>,
    /// The reader's zone, where the form told it.
    pub zone: Option<String>,
    /// By which way.
    pub way: Way,
    /// The site that the form stood on, as its browser named it.
    pub origin: Option<String>,
    /// What was shown.
    pub shown: Shown,
    /// Where it came from, by [`network`].
    pub network: String,
}

/// The mail that an address is to get because somebody typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mail {
    /// None: it had one within the hour, or it must not be mailed.
    None,
    /// One with the button that confirms the request of this number, good until then.
    Confirm {
        /// The request's number.
        signup_id: i64,
        /// From when on the button does nothing.
        ends_at: Timestamp,
    },
    /// One with a fresh link to the preferences: this reader gets all that was asked for.
    Link {
        /// The reader.
        subscriber_id: i64,
    },
}

/// Whether anybody may join this newsletter by themselves.
pub fn is_open(newsletter: &Newsletter) -> bool {
    newsletter.public
}

/// The part of an address of the net that is kept: the first 24 bits of four bytes, the first 48 of sixteen. It tells a
/// provider and a town, not a reader.
pub fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            let kept = std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0);
            format!("{kept}/48")
        }
    }
}

/// Keeps the request, and says what its address is to be mailed. The same work is done for every address.
///
/// An address that complained or was stopped by the paper is never mailed: only the paper takes that back. One that bounced
/// or was erased can come back by the button, and gets one mail for as long as a request waits.
pub async fn ask(
    tx: &mut Tx,
    paper: &Paper<'_>,
    request: &Request,
    now: Timestamp,
) -> db::Result<Mail> {
    let key = paper.keys.address(&request.email.normal());
    let (there, suppressed) = known(tx, std::slice::from_ref(&key)).await?;
    let ends_at = now + WAITS;
    let signup_id = keep(tx, &key, request, now, ends_at).await?;
    let suppressed = suppressed.get(&key).copied();
    let between = if suppressed.is_none() {
        BETWEEN_MAILS
    } else {
        WAITS
    };
    if !claim_mail(tx, &key, now, between).await? {
        return Ok(Mail::None);
    }
    let gets_all = |known: &&super::Known| {
        let mut asked = request.newsletters.iter();
        asked.all(|slug| confirm::is_on(&known.preferences, slug))
    };
    Ok(match (suppressed, there.get(&key).filter(gets_all)) {
        (Some(reason), _) if !reason.can_be_lifted() => Mail::None,
        (None, Some(reader)) => Mail::Link {
            subscriber_id: reader.id,
        },
        _ => Mail::Confirm { signup_id, ends_at },
    })
}

/// The number of the request, which is that of one that waits already if it asks for the same.
async fn keep(
    tx: &mut Tx,
    key: &[u8],
    request: &Request,
    now: Timestamp,
    ends_at: Timestamp,
) -> db::Result<i64> {
    const WAITING: &str = "SELECT id, newsletters FROM signup
        WHERE email_key = $1 AND ends_at > $2 AND confirmed_at IS NULL ORDER BY id";
    const KEEP: &str =
        "INSERT INTO signup (email, email_key, newsletters, language, zone, way, origin, words,
               words_version, network, asked_at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id";
    let mut wanted = request.newsletters.clone();
    wanted.sort();
    wanted.dedup();
    let waiting: Vec<(i64, Json<Vec<String>>)> = tx
        .sql(WAITING)
        .bind(key)
        .bind(now.as_millisecond())
        .all()
        .await?;
    let same = waiting.iter().find(|(_, Json(asked))| *asked == wanted);
    let full = waiting.last().filter(|_| waiting.len() >= PER_ADDRESS);
    if let Some((id, _)) = same.or(full) {
        return Ok(*id);
    }
    tx.sql(KEEP)
        .bind(request.email.as_smtp())
        .bind(key)
        .bind(Json(&wanted))
        .bind(request.language.as_deref())
        .bind(request.zone.as_deref())
        .bind(request.way as i16)
        .bind(request.origin.as_deref())
        .bind(&request.shown.words)
        .bind(&request.shown.version)
        .bind(&request.network)
        .bind(now.as_millisecond())
        .bind(ends_at.as_millisecond())
        .value()
        .await
}

/// Whether this address may get a mail now; if so, nobody else may send it one for that long. One row decides, so it
/// holds for all nodes.
async fn claim_mail(
    tx: &mut Tx,
    key: &[u8],
    now: Timestamp,
    between: SignedDuration,
) -> db::Result<bool> {
    const CLAIM: &str = "INSERT INTO signup_mail (email_key, mailed_at) VALUES ($1, $2)
        ON CONFLICT (email_key) DO UPDATE SET mailed_at = excluded.mailed_at WHERE signup_mail.mailed_at <= $3";
    let claimed = tx
        .sql(CLAIM)
        .bind(key)
        .bind(now.as_millisecond())
        .bind((now - between).as_millisecond());
    Ok(claimed.run().await? > 0)
}

/// What was asked for at an address and is not confirmed, as the reader is told of it.
#[derive(Debug, Serialize, sqlx::FromRow)]
pub struct Waiting {
    /// The slugs of what was ticked.
    #[sqlx(json)]
    pub newsletters: Vec<String>,
    /// When it was asked for, in UTC milliseconds.
    pub asked_at: i64,
    /// When it is forgotten, in UTC milliseconds.
    pub ends_at: i64,
    /// The network it was asked for from.
    pub network: String,
}

/// What waits for a yes from this address, the oldest first.
pub async fn waiting(sql: &mut impl Sql, email_key: &[u8]) -> db::Result<Vec<Waiting>> {
    const SQL: &str = "SELECT newsletters, asked_at, ends_at, network FROM signup
                        WHERE email_key = $1 AND confirmed_at IS NULL ORDER BY id";
    sql.sql(SQL).bind(email_key).all().await
}

/// The language of the page that asked with this number, where it is not the paper's own.
pub async fn language_of(sql: &mut impl Sql, signup_id: i64) -> db::Result<Option<String>> {
    let found: Option<(Option<String>,)> = sql
        .sql("SELECT language FROM signup WHERE id = $1")
        .bind(signup_id)
        .first()
        .await?;
    Ok(found.and_then(|(language,)| language))
}

/// Forgets what was asked for at this address, as when its reader is erased; whether anything was.
pub async fn forget(tx: &mut Tx, key: &[u8]) -> db::Result<bool> {
    let mut forgotten = 0;
    for text in [
        "DELETE FROM signup WHERE email_key = $1",
        "DELETE FROM signup_mail WHERE email_key = $1",
    ] {
        forgotten += tx.sql(text).bind(key).run().await?;
    }
    Ok(forgotten > 0)
}

/// Forgets requests and counts whose time has passed; how many requests. Looks before it writes.
pub async fn sweep(db: &Db, now: Timestamp) -> db::Result<u64> {
    const ANY: &str = "SELECT EXISTS (SELECT 1 FROM signup WHERE ends_at <= $1)
                           OR EXISTS (SELECT 1 FROM signup_mail WHERE mailed_at <= $2)
                           OR EXISTS (SELECT 1 FROM signup_network WHERE hour < $3)
                           OR EXISTS (SELECT 1 FROM member_link WHERE ends_at <= $1)";
    let (ended, mailed, hour) = (
        now.as_millisecond(),
        (now - WAITS).as_millisecond(),
        limit::hour(now),
    );
    let any = db
        .read()
        .await?
        .sql(ANY)
        .bind(ended)
        .bind(mailed)
        .bind(hour)
        .value::<bool>()
        .await?;
    if !any {
        return Ok(0);
    }
    db::again(async || {
        let mut tx = db.begin().await?;
        let forgotten = tx
            .sql("DELETE FROM signup WHERE ends_at <= $1")
            .bind(ended)
            .run()
            .await?;
        for (text, until) in [
            ("DELETE FROM signup_mail WHERE mailed_at <= $1", mailed),
            ("DELETE FROM signup_network WHERE hour < $1", hour),
            ("DELETE FROM member_link WHERE ends_at <= $1", ended),
        ] {
            tx.sql(text).bind(until).run().await?;
        }
        tx.commit().await?;
        Ok(forgotten)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_no_address() {
        for (ip, kept) in [
            ("192.0.2.77", "192.0.2.0/24"),
            ("::ffff:192.0.2.77", "192.0.2.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
            ("::1", "::/48"),
        ] {
            assert_eq!(network(ip.parse().unwrap()), kept);
        }
    }
}
