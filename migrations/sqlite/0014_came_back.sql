-- How many of an issue's mails came back after they had been accepted: for want of a mailbox, and as not wanted.
ALTER TABLE issue ADD COLUMN no_mailbox INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue ADD COLUMN not_wanted INTEGER NOT NULL DEFAULT 0;
