//! What must hold whatever happened.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, OnceLock};

use mail_parser::MessageParser;
use postrider::db::Sql;

use super::world::World;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Ear;

impl io::Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Listens to all that this process logs.
pub(crate) fn listen() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        tracing_subscriber::fmt()
            .with_env_filter("postrider=trace,sqlx=warn")
            .with_writer(|| Ear)
            .with_ansi(false)
            .init();
    });
}

/// Panics where a log line holds an address.
pub(crate) fn no_address_in(log: &str) {
    for line in log.lines() {
        let bare = line.split_whitespace().find(|word| {
            word.split_once('@')
                .is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'))
        });
        assert!(bare.is_none(), "an address in the log: {line}");
    }
}

/// Looks at the whole world.
pub(crate) async fn hold(world: &World) {
    no_address_in(&String::from_utf8_lossy(&LOG.lock().unwrap()));
    let uncertain = nothing_is_in_hand(world).await;
    let mails = world.relay.mails();
    let mut seen: HashMap<(String, String), u32> = HashMap::new();
    for mail in &mails {
        assert!(
            mail.line_errors.is_empty(),
            "to {}: {:?}",
            mail.to,
            mail.line_errors
        );
        let parsed = MessageParser::default()
            .parse(&mail.bytes[..])
            .expect("a mail that parses");
        let count = |header: &str| {
            let named = |(name, _): &(&str, &str)| name.eq_ignore_ascii_case(header);
            parsed.headers_raw().filter(named).count()
        };
        // What answers a reader's own act is no list's.
        let is_notice = count("Auto-Submitted") == 1;
        for header in [
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "List-Id",
            "Message-ID",
            "Date",
            "From",
            "To",
            "Subject",
        ] {
            let wanted = usize::from(!(is_notice && header.starts_with("List-")));
            assert_eq!(count(header), wanted, "{header} in the mail to {}", mail.to);
        }
        assert_eq!(
            (parsed.text_body.len(), parsed.html_body.len()),
            (1, 1),
            "a text and an HTML part"
        );
        assert!(!parsed.body_text(0).unwrap_or_default().trim().is_empty());
        let id = parsed.message_id().unwrap_or_default().to_owned();
        *seen.entry((id, mail.to.clone())).or_default() += 1;
    }
    let twice: u32 = seen.values().map(|n| n - 1).sum();
    assert!(
        u64::from(twice) <= uncertain,
        "{twice} mails twice, and only {uncertain} were in doubt"
    );
}

/// No message is in anyone's hand, and none waits past its time; how many tries were in doubt.
async fn nothing_is_in_hand(world: &World) -> u64 {
    let mut conn = world.app.db.read().await.unwrap();
    let sending: i64 = conn
        .sql("SELECT count(*) FROM message WHERE state = 2")
        .value()
        .await
        .unwrap();
    assert_eq!(sending, 0, "messages are still sending");
    let finals: i64 = conn
        .sql("SELECT count(*) FROM message WHERE (due_at IS NULL) <> (state NOT IN (0, 1, 2, 4))")
        .value()
        .await
        .unwrap();
    assert_eq!(
        finals, 0,
        "a final message waits for something, or a waiting one for nothing"
    );
    let lost: i64 = conn
        .sql(
            "SELECT count(*) FROM subscription u WHERE u.next_due_at IS NULL AND u.state = 1 AND u.cadence <> 4
                 AND u.newsletter_id NOT IN (SELECT id FROM newsletter WHERE slug = 'offers')",
        )
        .value()
        .await
        .unwrap();
    assert_eq!(lost, 0, "active subscriptions that will never be due again");
    let doubted: i64 = conn
        .sql("SELECT count(*) FROM attempt WHERE state = 7")
        .value()
        .await
        .unwrap();
    let uncertain: i64 = conn
        .sql("SELECT count(*) FROM message WHERE state = 7")
        .value()
        .await
        .unwrap();
    (doubted + uncertain) as u64
}
