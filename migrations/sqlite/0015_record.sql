-- What a reader agreed to and chose is added to, and never changed; it goes only with the reader's data.
CREATE TRIGGER consent_stays BEFORE UPDATE ON consent
BEGIN SELECT RAISE(ABORT, 'a record of consent is never changed'); END;
CREATE TRIGGER preference_stays BEFORE UPDATE ON preference
BEGIN SELECT RAISE(ABORT, 'a record of preferences is never changed'); END;
CREATE TRIGGER preference_act_stays BEFORE UPDATE ON preference_act
BEGIN SELECT RAISE(ABORT, 'a record of an act is never changed'); END;

CREATE TRIGGER consent_goes BEFORE DELETE ON consent
WHEN EXISTS (SELECT 1 FROM subscriber WHERE id = old.subscriber_id AND email IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'a record of consent goes only with the reader'); END;
CREATE TRIGGER preference_goes BEFORE DELETE ON preference
WHEN EXISTS (SELECT 1 FROM subscriber WHERE id = old.subscriber_id AND email IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'a record of preferences goes only with the reader'); END;
CREATE TRIGGER preference_act_goes BEFORE DELETE ON preference_act
WHEN EXISTS (SELECT 1 FROM subscriber WHERE id = old.subscriber_id AND email IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'a record of an act goes only with the reader'); END;
