-- AlterEnum
ALTER TYPE "RunEndReason" ADD VALUE 'EXPIRED';

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "expiresAfterSeconds" INTEGER,
ADD COLUMN     "expiresAt" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "Run_queued_expiresAt_idx" ON "Run"("expiresAt") WHERE ((status = 'QUEUED'::"RunStatus") AND ("expiresAt" IS NOT NULL));

-- Whoever makes a run, also as a further attempt: its time to start begins with its request, or with its `runAt`.
CREATE FUNCTION "setExpiry"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  NEW."expiresAt" := greatest(statement_timestamp(), NEW."runAt") + make_interval(secs => NEW."expiresAfterSeconds")\x3B
  RETURN NEW\x3B
END';
CREATE TRIGGER "Run_setExpiry" BEFORE INSERT ON "Run"
  FOR EACH ROW WHEN (NEW."expiresAfterSeconds" IS NOT NULL AND NEW."expiresAt" IS NULL) EXECUTE FUNCTION "setExpiry"();
