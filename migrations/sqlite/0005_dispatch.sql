-- Mailbox providers whose limits are shared, by the configuration; 0 is everyone else.
CREATE TABLE provider (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO provider (id, name) VALUES (0, '');

CREATE TABLE provider_domain (
    domain TEXT PRIMARY KEY,
    provider_id INTEGER NOT NULL REFERENCES provider
) STRICT, WITHOUT ROWID;

-- What a new relay or a new sender's domain has been given, by the paper's day.
CREATE TABLE warmed (
    name TEXT NOT NULL,
    day INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (name, day)
) STRICT, WITHOUT ROWID;

-- Only what is being handed over has an owner; it stays in the index of what is due until its outcome is written.
ALTER TABLE message ADD COLUMN provider_id INTEGER NOT NULL DEFAULT 0;
-- What an older version had leased is only queued.
UPDATE message SET owner = NULL WHERE owner IS NOT NULL AND state <> 2;
DROP INDEX message_due;
DROP INDEX message_owner;
CREATE INDEX message_due ON message (issue_id, provider_id, due_at, subscriber_id) WHERE due_at IS NOT NULL;
