-- Of this newsletter, only the stories that the reader follows.
ALTER TABLE subscription ADD COLUMN only_followed INTEGER NOT NULL DEFAULT 0;
