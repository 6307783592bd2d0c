-- What someone asked for at an address, and whether the button in the mail was pressed. Rows go when `ends_at` has come.
CREATE TABLE signup (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL,
    email_key BLOB NOT NULL,
    newsletters TEXT NOT NULL,
    language TEXT,
    zone TEXT,
    way INTEGER NOT NULL,
    origin TEXT,
    words TEXT NOT NULL,
    words_version TEXT NOT NULL,
    network TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    confirmed_at INTEGER
) STRICT;
CREATE INDEX signup_of ON signup (email_key, id);
CREATE INDEX signup_end ON signup (ends_at);

-- When an address was last mailed because somebody typed it.
CREATE TABLE signup_mail (
    email_key BLOB NOT NULL PRIMARY KEY,
    mailed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX signup_mail_end ON signup_mail (mailed_at);

-- How often a network asked, by the hour since 1970.
CREATE TABLE signup_network (
    hour INTEGER NOT NULL,
    network TEXT NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY (hour, network)
) STRICT, WITHOUT ROWID;

-- Signed links of the paper's own site that were used.
CREATE TABLE member_link (
    mark BLOB NOT NULL PRIMARY KEY,
    ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX member_link_end ON member_link (ends_at);
