-- What a reader agreed to and chose is added to, and never changed; it goes only with the reader's data.
CREATE FUNCTION record_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'a record in % is never changed', TG_TABLE_NAME;
    ELSIF EXISTS (SELECT 1 FROM subscriber WHERE id = old.subscriber_id AND email IS NOT NULL) THEN
        RAISE EXCEPTION 'a record in % goes only with the reader', TG_TABLE_NAME;
    END IF;
    RETURN old;
END
$$;
CREATE TRIGGER consent_stays BEFORE UPDATE OR DELETE ON consent
    FOR EACH ROW EXECUTE FUNCTION record_stays();
CREATE TRIGGER preference_stays BEFORE UPDATE OR DELETE ON preference
    FOR EACH ROW EXECUTE FUNCTION record_stays();
CREATE TRIGGER preference_act_stays BEFORE UPDATE OR DELETE ON preference_act
    FOR EACH ROW EXECUTE FUNCTION record_stays();
