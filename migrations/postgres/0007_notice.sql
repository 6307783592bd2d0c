-- Mails that answer what a reader did. Their issues are of the newsletter 0, whose name none can have.
INSERT INTO newsletter (id, slug) VALUES (0, '@notice');

-- What stands beside a notice's message. Address and what it says go when the message is final; the hash stays for some
-- days, by which a bounce finds it and by which notices to one address are counted.
CREATE TABLE notice (
    issue_id BIGINT NOT NULL,
    subscriber_id BIGINT NOT NULL,
    n SMALLINT NOT NULL,
    kind SMALLINT NOT NULL,
    at BIGINT NOT NULL,
    email_key BYTEA NOT NULL,
    email TEXT,
    document JSONB,
    PRIMARY KEY (issue_id, subscriber_id, n)
);
CREATE INDEX notice_to ON notice (email_key, kind, at);
CREATE INDEX notice_at ON notice (at);
CREATE INDEX notice_open ON notice (issue_id, subscriber_id, n) WHERE email IS NOT NULL;

-- Counts notices, and is held by whoever writes one, so that two at once do not pass one limit.
CREATE TABLE notice_number (
    id SMALLINT NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL
);
INSERT INTO notice_number (id, last) VALUES (1, 0);
