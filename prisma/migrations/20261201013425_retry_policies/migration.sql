-- AlterTable
ALTER TABLE "Job" ADD COLUMN     "retryPolicy" JSONB;

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "lastAttempt" INTEGER,
ADD COLUMN     "retryPolicy" JSONB;

-- Whoever makes a run, in whatever way: it has the policy of its job, as it is then, unless it was given one.
CREATE FUNCTION "takeRetryPolicy"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  IF NEW."retryPolicy" IS NULL THEN
    SELECT j."retryPolicy" INTO NEW."retryPolicy" FROM "Job" AS j WHERE j.id = NEW."jobId"\x3B
  END IF\x3B
  IF NEW."lastAttempt" IS NULL AND NEW."retryPolicy" IS NOT NULL THEN
    NEW."lastAttempt" := NEW.attempt - 1 + (NEW."retryPolicy" ->> \'maxAttempts\')::int\x3B
  END IF\x3B
  RETURN NEW\x3B
END';
CREATE TRIGGER "Run_takeRetryPolicy" BEFORE INSERT ON "Run"
  FOR EACH ROW WHEN (NEW.kind = 'RUN' AND NEW."endedAt" IS NULL AND (NEW."jobId" IS NOT NULL OR NEW."retryPolicy" IS NOT NULL))
  EXECUTE FUNCTION "takeRetryPolicy"();
