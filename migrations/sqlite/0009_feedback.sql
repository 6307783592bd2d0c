-- Through what an address came to be suppressed, and what was said.
ALTER TABLE suppression ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE suppression ADD COLUMN note TEXT;
CREATE INDEX suppression_at ON suppression (at, email_key);

-- What came back, by a hash of what tells one report from another. No address: an erased reader's rows name nobody.
-- left_at is when the relay had accepted the message.
CREATE TABLE feedback (
    event BLOB NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    source TEXT NOT NULL,
    issue_id INTEGER,
    subscriber_id INTEGER,
    n INTEGER,
    left_at INTEGER,
    reason TEXT NOT NULL,
    status TEXT,
    code INTEGER,
    said TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX feedback_of ON feedback (subscriber_id, issue_id, n, at) WHERE subscriber_id IS NOT NULL;
CREATE INDEX feedback_at ON feedback (at);

-- The instants of an address's soft bounces that count, the oldest first; until when accepted mails have let them fall.
CREATE TABLE soft_bounce (
    email_key BLOB NOT NULL PRIMARY KEY,
    times TEXT NOT NULL,
    last_at INTEGER NOT NULL,
    settled_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX soft_bounce_last ON soft_bounce (last_at);
