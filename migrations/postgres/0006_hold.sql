-- What is held, by whom or for what reason: empty where a person held it. That an issue is held says its own state; its
-- row here says why.
CREATE TABLE hold (
    kind SMALLINT NOT NULL,
    name TEXT NOT NULL,
    at BIGINT NOT NULL,
    reason TEXT,
    PRIMARY KEY (kind, name)
);

-- Complaints of readers about its mails, since it was opened or resumed. A number here, since an index of messages by
-- their state would be touched by every mark.
ALTER TABLE issue ADD COLUMN complaints BIGINT NOT NULL DEFAULT 0;
