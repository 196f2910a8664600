-- An update that leaves a row as it was is no change of it: its etag stays.
CREATE OR REPLACE FUNCTION "countRevision"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  IF NEW IS DISTINCT FROM OLD THEN NEW.revision := OLD.revision + 1\x3B END IF\x3B
  RETURN NEW\x3B
END';
