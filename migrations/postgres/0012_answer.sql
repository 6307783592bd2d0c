-- Why a reader left a newsletter, if they cared to say: the last answer. It goes with the reader.
CREATE TABLE leaving_answer (
    subscriber_id BIGINT NOT NULL REFERENCES subscriber,
    newsletter_id BIGINT NOT NULL REFERENCES newsletter,
    at BIGINT NOT NULL,
    why SMALLINT,
    words TEXT NOT NULL,
    PRIMARY KEY (subscriber_id, newsletter_id)
);
