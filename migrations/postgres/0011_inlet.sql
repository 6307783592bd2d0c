-- What came in by each way (Maildir, IMAP, hooks), and what is wrong with it.
CREATE TABLE inlet (
    name TEXT NOT NULL PRIMARY KEY,
    taken BIGINT NOT NULL DEFAULT 0,
    taken_at BIGINT,
    refused BIGINT NOT NULL DEFAULT 0,
    refused_at BIGINT,
    refusal TEXT,
    trouble TEXT,
    trouble_at BIGINT
);

-- Signatures that do not cover what they come with: each counts for the one body it came with first.
CREATE TABLE hook_token (
    token BYTEA NOT NULL PRIMARY KEY,
    body BYTEA NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX hook_token_at ON hook_token (at);
