//! The relay's record beside the log: what one has and the other does not know.

use std::collections::{HashMap, HashSet};

use postrider::db::Sql;

use super::World;
use super::recorder::Recorder;

/// What the two come to.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) messages: u64,
    pub(crate) accepted: u64,
    /// Tries that the log marks as in doubt.
    pub(crate) doubted: u64,
    /// Messages that stay in doubt, as alerts do.
    pub(crate) uncertain: u64,
    /// Of those, the ones that the relay never had.
    pub(crate) never_came: u64,
    /// Mails that came a second time.
    pub(crate) doubles: u64,
    /// Tries that the relay put off.
    pub(crate) deferred: u64,
}

#[derive(sqlx::FromRow)]
struct Logged {
    email: String,
    scheduled_at: i64,
    state: i16,
    doubted: i64,
    deferred: i64,
}

/// Looks at every message: it is final; accepted, the relay has it; and the relay has it no more often than the log says
/// that it may. A reader must be of one newsletter alone: address and date then tell a message.
pub(crate) async fn compare(world: &World, relay: &Recorder) -> Totals {
    const SQL: &str = "
        SELECT s.email, m.scheduled_at, m.state,
               (SELECT count(*) FROM attempt a WHERE a.issue_id = m.issue_id AND a.subscriber_id = m.subscriber_id
                   AND a.n = m.n AND a.state = 7) AS doubted,
               (SELECT count(*) FROM attempt a WHERE a.issue_id = m.issue_id AND a.subscriber_id = m.subscriber_id
                   AND a.n = m.n AND a.state = 4) AS deferred
          FROM message m JOIN subscriber s ON s.id = m.subscriber_id ORDER BY m.issue_id, m.subscriber_id, m.n";
    relay.until_alone().await;
    let mut came: HashMap<(String, i64), u64> = HashMap::new();
    let mut ids: HashMap<(String, i64), HashSet<String>> = HashMap::new();
    for mail in relay.mails() {
        let key = (mail.to, mail.date_s);
        ids.entry(key.clone()).or_default().insert(mail.message_id);
        *came.entry(key).or_default() += 1;
    }
    let twisted = ids.values().filter(|ids| ids.len() != 1).count();
    assert_eq!(
        twisted, 0,
        "a mail that comes again has the same Message-ID"
    );
    let mut conn = world.app.db.read().await.unwrap();
    let logged: Vec<Logged> = conn.sql(SQL).all().await.unwrap();
    let mut totals = Totals::default();
    for m in logged {
        let count = came
            .remove(&(m.email.clone(), m.scheduled_at / 1000))
            .unwrap_or(0);
        let of = format!("{} of {}", m.email, m.scheduled_at);
        let is_accepted = m.state == 3;
        assert!(
            ![0, 1, 2, 4].contains(&m.state),
            "{of} is not final: {}",
            m.state
        );
        assert!(
            count > 0 || !is_accepted,
            "{of} is lost: accepted, and the relay has nothing"
        );
        // A try that ended in doubt may have come, and so does the one that was accepted.
        let may = m.doubted as u64 + u64::from(is_accepted);
        assert!(
            count <= may,
            "{of} came {count} times, and the log knows of {may}"
        );
        totals.messages += 1;
        totals.accepted += u64::from(is_accepted);
        totals.doubted += m.doubted as u64;
        totals.uncertain += u64::from(m.state == 7);
        totals.never_came += u64::from(m.state == 7 && count == 0);
        totals.doubles += count.saturating_sub(1);
        totals.deferred += m.deferred as u64;
    }
    assert!(
        came.is_empty(),
        "mails that the log does not know: {came:?}"
    );
    totals
}
