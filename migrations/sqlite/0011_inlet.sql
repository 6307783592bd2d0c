-- What came in by each way (Maildir, IMAP, hooks), and what is wrong with it.
CREATE TABLE inlet (
    name TEXT NOT NULL PRIMARY KEY,
    taken INTEGER NOT NULL DEFAULT 0,
    taken_at INTEGER,
    refused INTEGER NOT NULL DEFAULT 0,
    refused_at INTEGER,
    refusal TEXT,
    trouble TEXT,
    trouble_at INTEGER
) STRICT, WITHOUT ROWID;

-- Signatures that do not cover what they come with: each counts for the one body it came with first.
CREATE TABLE hook_token (
    token BLOB NOT NULL PRIMARY KEY,
    body BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX hook_token_at ON hook_token (at);
