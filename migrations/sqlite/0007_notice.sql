-- Mails that answer what a reader did. Their issues are of the newsletter 0, whose name none can have.
INSERT INTO newsletter (id, slug) VALUES (0, '@notice');

-- What stands beside a notice's message. Address and what it says go when the message is final; the hash stays for some
-- days, by which a bounce finds it and by which notices to one address are counted.
CREATE TABLE notice (
    issue_id INTEGER NOT NULL,
    subscriber_id INTEGER NOT NULL,
    n INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    at INTEGER NOT NULL,
    email_key BLOB NOT NULL,
    email TEXT,
    document TEXT,
    PRIMARY KEY (issue_id, subscriber_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_to ON notice (email_key, kind, at);
CREATE INDEX notice_at ON notice (at);
CREATE INDEX notice_open ON notice (issue_id, subscriber_id, n) WHERE email IS NOT NULL;

-- Counts notices, and is held by whoever writes one, so that two at once do not pass one limit.
CREATE TABLE notice_number (
    id INTEGER PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;
INSERT INTO notice_number (id, last) VALUES (1, 0);
