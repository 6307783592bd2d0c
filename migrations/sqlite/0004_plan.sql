ALTER TABLE subscriber ADD COLUMN weekly_budget INTEGER;
ALTER TABLE subscriber ADD COLUMN quiet_from INTEGER;
ALTER TABLE subscriber ADD COLUMN quiet_to INTEGER;
-- What two planners must not both take: the place in this week's budget, and a story that one cadence brings.
ALTER TABLE subscriber ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscriber ADD COLUMN spent_week INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscriber ADD COLUMN spent INTEGER NOT NULL DEFAULT 0;

ALTER TABLE subscription ADD COLUMN served_at INTEGER;
ALTER TABLE subscription ADD COLUMN held_since INTEGER;
CREATE INDEX subscription_instant ON subscription (newsletter_id, id) WHERE cadence = 4;

-- Who is told at once of what bears a term: the follows of instant subscriptions alone, found by the term.
DROP TABLE follow;
CREATE TABLE follow (
    term_id INTEGER NOT NULL REFERENCES term,
    newsletter_id INTEGER NOT NULL REFERENCES newsletter,
    subscription_id INTEGER NOT NULL REFERENCES subscription,
    PRIMARY KEY (term_id, newsletter_id, subscription_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX follow_of_subscription ON follow (subscription_id);

CREATE INDEX term_head ON term (substr(folded, 1, instr(folded || ' ', ' ') - 1)) WHERE kind = 4;

-- Whether instant readers have been told of it.
ALTER TABLE article ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
UPDATE article SET told = 1;
CREATE INDEX article_untold ON article (id) WHERE NOT told;

-- The articles that planning chose from, in their order, kept to answer why a story was not carried.
CREATE TABLE pool (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    articles TEXT NOT NULL
) STRICT;
ALTER TABLE message ADD COLUMN pool_id INTEGER;
ALTER TABLE message ADD COLUMN since_at INTEGER;
ALTER TABLE cohort ADD COLUMN more INTEGER NOT NULL DEFAULT 0;
