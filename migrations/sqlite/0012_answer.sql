-- Why a reader left a newsletter, if they cared to say: the last answer. It goes with the reader.
CREATE TABLE leaving_answer (
    subscriber_id INTEGER NOT NULL REFERENCES subscriber,
    newsletter_id INTEGER NOT NULL REFERENCES newsletter,
    at INTEGER NOT NULL,
    why INTEGER,
    words TEXT NOT NULL,
    PRIMARY KEY (subscriber_id, newsletter_id)
) STRICT, WITHOUT ROWID;
