-- By which act a revision of preferences came about, from where, and what the reader had before their eyes. Rows are
-- never changed, and go only with the reader.
CREATE TABLE preference_act (
    subscriber_id INTEGER NOT NULL REFERENCES subscriber,
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL,
    act INTEGER NOT NULL,
    newsletter_id INTEGER REFERENCES newsletter,
    detail TEXT,
    source TEXT NOT NULL,
    network TEXT,
    shown TEXT,
    undoes INTEGER,
    PRIMARY KEY (subscriber_id, revision)
) STRICT, WITHOUT ROWID;

-- When a reader who asked to be forgotten is.
ALTER TABLE subscriber ADD COLUMN erase_at INTEGER;
CREATE INDEX subscriber_erase ON subscriber (erase_at) WHERE erase_at IS NOT NULL;

-- Goes up when the address changes: fresh links that went to the old one open nothing from then on.
ALTER TABLE subscriber ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;

-- A reader's way from one address to another: asked for, confirmed at the new one, and perhaps undone by the old one.
CREATE TABLE address_change (
    id INTEGER PRIMARY KEY,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber,
    state INTEGER NOT NULL,
    old_email TEXT NOT NULL,
    new_email TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    changed_at INTEGER,
    ends_at INTEGER NOT NULL,
    source TEXT NOT NULL,
    network TEXT
) STRICT;
CREATE INDEX address_change_of ON address_change (subscriber_id, id);
