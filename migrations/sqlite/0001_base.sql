-- Instants are UTC milliseconds. The small numbers behind `state`, `kind`, `cadence`, `tier`, `stream` and `reason`
-- are the Rust enums of the same name.

CREATE TABLE schema_floor (
    oldest_version INTEGER NOT NULL PRIMARY KEY
) STRICT;
INSERT INTO schema_floor VALUES (1);

CREATE TABLE newsletter (
    id INTEGER PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE term (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    folded TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (kind, folded)
) STRICT;

CREATE TABLE subscriber (
    id INTEGER PRIMARY KEY,
    email TEXT,
    email_key BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    language TEXT,
    zone TEXT,
    tier INTEGER NOT NULL,
    state INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE subscription (
    id INTEGER PRIMARY KEY,
    newsletter_id INTEGER NOT NULL REFERENCES newsletter,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber,
    state INTEGER NOT NULL,
    cadence INTEGER NOT NULL,
    at_minute INTEGER,
    days INTEGER,
    paused_until INTEGER,
    joined_at INTEGER NOT NULL,
    next_due_at INTEGER,
    follows BLOB NOT NULL,
    UNIQUE (subscriber_id, newsletter_id)
) STRICT;
CREATE INDEX subscription_due ON subscription (newsletter_id, next_due_at, id) WHERE next_due_at IS NOT NULL;
CREATE INDEX subscription_of_newsletter ON subscription (newsletter_id, id);

CREATE TABLE follow (
    subscription_id INTEGER NOT NULL REFERENCES subscription,
    term_id INTEGER NOT NULL REFERENCES term,
    muted INTEGER NOT NULL,
    PRIMARY KEY (subscription_id, term_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX follow_of_term ON follow (term_id, subscription_id);

CREATE TABLE preference (
    subscriber_id INTEGER NOT NULL REFERENCES subscriber,
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (subscriber_id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE consent (
    id INTEGER PRIMARY KEY,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber,
    newsletter_id INTEGER REFERENCES newsletter,
    at INTEGER NOT NULL,
    act INTEGER NOT NULL,
    source TEXT NOT NULL,
    evidence TEXT
) STRICT;
CREATE INDEX consent_of ON consent (subscriber_id, id);

CREATE TABLE suppression (
    email_key BLOB NOT NULL PRIMARY KEY,
    reason INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT,
    checked_at INTEGER,
    changed_at INTEGER,
    next_check_at INTEGER NOT NULL,
    failing_since INTEGER,
    failures INTEGER NOT NULL,
    error TEXT
) STRICT;

CREATE TABLE article (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    guid TEXT,
    source_id INTEGER NOT NULL REFERENCES source,
    language TEXT,
    premium INTEGER NOT NULL,
    leads INTEGER NOT NULL,
    state INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    collected_at INTEGER NOT NULL
) STRICT;
CREATE INDEX article_collected ON article (collected_at);
CREATE INDEX article_guid ON article (source_id, guid) WHERE guid IS NOT NULL;

CREATE TABLE article_revision (
    article_id INTEGER NOT NULL REFERENCES article,
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL,
    headline TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (article_id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE article_term (
    article_id INTEGER NOT NULL REFERENCES article,
    term_id INTEGER NOT NULL REFERENCES term,
    PRIMARY KEY (article_id, term_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE offer (
    id INTEGER PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    newsletter_id INTEGER NOT NULL REFERENCES newsletter,
    issue_id INTEGER NOT NULL,
    from_at INTEGER NOT NULL,
    all_from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    planned_to INTEGER,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX offer_unplanned ON offer (from_at) WHERE planned_to IS NOT NULL;

-- What a mail was made from, kept so that a message always renders to the same bytes.
CREATE TABLE template (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    files TEXT NOT NULL
) STRICT;

-- id is the issue's day since 1970 shifted left by 20 bits, plus what tells the issues of one day apart.
CREATE TABLE issue (
    id INTEGER PRIMARY KEY,
    newsletter_id INTEGER NOT NULL REFERENCES newsletter,
    edition TEXT NOT NULL,
    stream INTEGER NOT NULL,
    state INTEGER NOT NULL,
    template_id INTEGER NOT NULL REFERENCES template,
    key_number INTEGER NOT NULL,
    setting TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    closes_at INTEGER NOT NULL,
    lateness_ms INTEGER NOT NULL,
    UNIQUE (newsletter_id, edition)
) STRICT;
CREATE INDEX issue_live ON issue (stream, id) WHERE state IN (1, 2);

CREATE TABLE cohort (
    id INTEGER PRIMARY KEY,
    issue_id INTEGER NOT NULL REFERENCES issue,
    mark TEXT NOT NULL,
    language TEXT NOT NULL,
    tier INTEGER NOT NULL,
    stories TEXT NOT NULL,
    UNIQUE (issue_id, mark)
) STRICT;

CREATE TABLE message (
    issue_id INTEGER NOT NULL,
    subscriber_id INTEGER NOT NULL,
    n INTEGER NOT NULL,
    cohort_id INTEGER,
    preference_revision INTEGER NOT NULL,
    scheduled_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    planned_at INTEGER NOT NULL,
    due_at INTEGER,
    at INTEGER NOT NULL,
    owner INTEGER,
    state INTEGER NOT NULL,
    reason INTEGER,
    attempts INTEGER NOT NULL,
    code INTEGER,
    reply TEXT,
    PRIMARY KEY (issue_id, subscriber_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_due ON message (issue_id, due_at) WHERE due_at IS NOT NULL AND owner IS NULL;
CREATE INDEX message_owner ON message (owner) WHERE owner IS NOT NULL;

CREATE TABLE attempt (
    issue_id INTEGER NOT NULL,
    subscriber_id INTEGER NOT NULL,
    n INTEGER NOT NULL,
    try INTEGER NOT NULL,
    at INTEGER NOT NULL,
    state INTEGER NOT NULL,
    code INTEGER,
    reply TEXT,
    PRIMARY KEY (issue_id, subscriber_id, n, try)
) STRICT, WITHOUT ROWID;

CREATE TABLE node (
    owner INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    heartbeat_at INTEGER NOT NULL,
    relay_error TEXT,
    relay_error_at INTEGER
) STRICT;
