-- What is held, by whom or for what reason: empty where a person held it. That an issue is held says its own state; its
-- row here says why.
CREATE TABLE hold (
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- Complaints of readers about its mails, since it was opened or resumed. A number here, since an index of messages by
-- their state would be touched by every mark.
ALTER TABLE issue ADD COLUMN complaints INTEGER NOT NULL DEFAULT 0;
