use super::fence::write;
use super::*;
use crate::db::Sql;
use crate::db::tests::HiddenLog;

const ID: MessageId = MessageId {
    issue_id: 1,
    subscriber_id: 1,
    n: 0,
};
const ROWS: [&str; 8] = [
    "INSERT INTO newsletter (id, slug) VALUES (1, 'morning')",
    "INSERT INTO template (id, digest, files) VALUES (1, $1, '{}')",
    "INSERT INTO subscriber (id, email, email_key, name, tier, state, revision, created_at)
     VALUES (1, 'a@example.org', $1, '', 0, 1, 1, 0)",
    "INSERT INTO subscription (newsletter_id, subscriber_id, state, cadence, joined_at, follows) VALUES (1, 1, 1, 1, 0, $1)",
    "INSERT INTO issue (id, newsletter_id, edition, stream, state, template_id, key_number, setting, opened_at, closes_at,
                        lateness_ms) VALUES (1, 1, '2026-11-24', 3, 1, 1, 1, '{}', 0, 0, 0)",
    "INSERT INTO cohort (id, issue_id, mark, language, tier, stories) VALUES (1, 1, '', 'en', 0, '[]')",
    "INSERT INTO message (issue_id, subscriber_id, n, cohort_id, preference_revision, scheduled_at, expires_at, planned_at,
                          due_at, at, state, attempts) VALUES (1, 1, 0, 1, 1, 0, 9999, 0, 0, 0, 1, 0)",
    "UPDATE node SET heartbeat_at = 0",
];

async fn one_message(folder: &std::path::Path) -> Db {
    let file = folder.join("postrider.sqlite");
    let db = Db::open(&format!("sqlite:{}", file.display()))
        .await
        .unwrap();
    for row in ROWS {
        let mut conn = db.write().await.unwrap();
        let statement = conn.sql(row);
        let statement = if row.contains("$1") {
            statement.bind(vec![1_u8])
        } else {
            statement
        };
        statement.run().await.unwrap();
    }
    db
}

/// Whether the message passes, picked up after so many tries.
async fn passes(db: &Db, owner: i64, attempts: i16) -> bool {
    let wanted = Wanted {
        id: ID,
        cohort_id: 1,
        attempts,
        warmed: Vec::new(),
        is_bounded: true,
    };
    let mut conn = db.write().await.unwrap();
    let passed = write(&mut conn, owner, &[wanted], &[], 10).await.unwrap();
    passed.contains(&ID)
}

fn outcome(state: State, due_at: Option<i64>) -> Outcome {
    Outcome {
        id: ID,
        state,
        reason: None,
        due_at,
        code: None,
        reply: None,
        attempt: None,
        bounce: None,
        is_untried: false,
    }
}

#[tokio::test]
async fn a_message_that_is_being_sent_passes_as_this_try_only() {
    let folder = tempfile::tempdir().unwrap();
    let db = one_message(folder.path()).await;
    assert!(passes(&db, 7, 0).await);
    assert!(passes(&db, 7, 0).await, "the answer to its mark was lost");
    assert!(
        !passes(&db, 7, 1).await,
        "it was picked up while it was sent"
    );
    assert!(!passes(&db, 8, 0).await, "another node has it");
}

#[tokio::test]
async fn a_message_that_was_put_off_since_does_not_pass_before_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let db = one_message(folder.path()).await;
    assert!(passes(&db, 7, 0).await);
    let mut conn = db.write().await.unwrap();
    let deferred = [outcome(State::Deferred, Some(60))];
    write(&mut conn, 7, &[], &deferred, 10).await.unwrap();
    drop(conn);
    assert!(!passes(&db, 7, 0).await, "it was tried since");
    assert!(!passes(&db, 7, 1).await, "it is not due");
    let mut conn = db.write().await.unwrap();
    let due = "UPDATE message SET due_at = 10";
    conn.sql(due).run().await.unwrap();
    drop(conn);
    assert!(
        !passes(&db, 7, 0).await,
        "its time has come, but not to a try that is over"
    );
    assert!(passes(&db, 7, 1).await);
}

#[tokio::test]
async fn a_commit_waits_for_who_is_ready_while_mails_are_under_way() {
    let (sender, mut entries) = mpsc::channel(BATCH);
    let late = tokio::spawn(async move {
        for _ in 0..TURNS / 2 {
            tokio::task::yield_now().await;
        }
        let late = Entry::Outcome(outcome(State::Accepted, None));
        assert!(sender.send(late).await.is_ok());
    });
    let other = MessageId { n: 1, ..ID };
    let mut batch = Vec::new();
    gather(&mut entries, &mut batch, &HashSet::new()).await;
    assert_eq!(batch.len(), 0, "nobody is under way");
    gather(&mut entries, &mut batch, &HashSet::from([ID, other])).await;
    assert_eq!(batch.len(), 1);
    late.await.unwrap();
}

#[tokio::test]
async fn a_mark_lasts_when_the_disk_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let db = one_message(folder.path()).await;
    let hidden = HiddenLog::of(&folder.path().join("postrider.sqlite"));
    let (tell, told) = oneshot::channel();
    let mut settled = Settled(Some(told));
    let mut settling = Box::pin(settle(&db, vec![tell]));
    assert!(futures_util::poll!(&mut settling).is_pending());
    assert!(futures_util::poll!(Box::pin(settled.wait())).is_pending());
    drop(hidden);
    settling.await;
    assert!(settled.wait().await && settled.wait().await);
}

#[tokio::test]
async fn an_outcome_is_written_by_whoever_has_the_message() {
    let folder = tempfile::tempdir().unwrap();
    let db = one_message(folder.path()).await;
    assert!(passes(&db, 7, 0).await);
    for (owner, state) in [(8, 2), (7, 3)] {
        let mut conn = db.write().await.unwrap();
        let accepted = [outcome(State::Accepted, None)];
        write(&mut conn, owner, &[], &accepted, 10).await.unwrap();
        let now: i64 = conn.sql("SELECT state FROM message").value().await.unwrap();
        assert_eq!(now, state, "{owner}");
    }
}

#[tokio::test]
async fn what_was_not_tried_keeps_what_the_try_before_left() {
    let folder = tempfile::tempdir().unwrap();
    let db = one_message(folder.path()).await;
    assert!(passes(&db, 7, 0).await);
    let tried = Outcome {
        reason: Some(Reason::NoReply),
        code: Some(450),
        reply: Some("later".to_owned()),
        ..outcome(State::Deferred, Some(60))
    };
    let waits = Outcome {
        is_untried: true,
        ..outcome(State::Deferred, Some(90))
    };
    let ends = Outcome {
        reason: Some(Reason::Expired),
        is_untried: true,
        ..outcome(State::Expired, None)
    };
    for (one, left) in [
        (tried, (4, Some(Reason::NoReply), Some(60))),
        (waits, (4, Some(Reason::NoReply), Some(90))),
        (ends, (12, Some(Reason::Expired), None)),
    ] {
        let mut conn = db.write().await.unwrap();
        write(&mut conn, 7, &[], &[one], 10).await.unwrap();
        let kept = "SELECT state, reason, due_at, code, reply FROM message";
        let kept: (i16, Option<i16>, Option<i64>, i16, String) =
            conn.sql(kept).one().await.unwrap();
        let (state, reason, due_at) = left;
        let reason = reason.map(|r| r as i16);
        assert_eq!(kept, (state, reason, due_at, 450, "later".to_owned()));
    }
}
