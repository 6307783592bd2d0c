-- What is one story, and what became of it: near-duplicates, corrections, retractions.
-- same_as: the first collected of the articles that tell the same story; never itself folded into another.
-- corrected: the newest revision that is a correction. retracted_at stays when the story is restored.
ALTER TABLE article ADD COLUMN same_as BIGINT REFERENCES article;
ALTER TABLE article ADD COLUMN same_why TEXT;
ALTER TABLE article ADD COLUMN corrected BIGINT;
ALTER TABLE article ADD COLUMN retracted_at BIGINT;
ALTER TABLE article ADD COLUMN retraction TEXT;
CREATE INDEX article_same_as ON article (same_as) WHERE same_as IS NOT NULL;

-- By which near-duplicates find each other: hashes of the words of stories of the last days.
CREATE TABLE article_band (
    band BIGINT NOT NULL,
    article_id BIGINT NOT NULL REFERENCES article,
    at BIGINT NOT NULL,
    PRIMARY KEY (band, article_id)
);
CREATE INDEX article_band_at ON article_band (at);

-- Changes that what is queued may not have yet: the oldest revision that may still leave, or none at all. A row goes
-- when no open message needs it; until then the fence reads it.
CREATE TABLE article_change (
    article_id BIGINT NOT NULL PRIMARY KEY REFERENCES article,
    revision BIGINT,
    generation BIGINT NOT NULL
);

-- Row 1 goes up with every change: who composed before it went up composes again. Row 2 is held while new stories are
-- compared with those there are, so that two nodes that collect two copies at once do so one after the other.
CREATE TABLE article_generation (
    id SMALLINT NOT NULL PRIMARY KEY,
    generation BIGINT NOT NULL
);
INSERT INTO article_generation VALUES (1, 0), (2, 0);

-- The address that readers open is pinned with the text; the article's own is only what tells stories apart.
UPDATE article_revision SET detail = jsonb_set(detail, '{link}',
       (SELECT to_jsonb(a.url) FROM article a WHERE a.id = article_revision.article_id));
