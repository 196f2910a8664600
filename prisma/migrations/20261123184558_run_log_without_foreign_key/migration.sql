-- DropForeignKey
ALTER TABLE "RunLog" DROP CONSTRAINT "RunLog_runId_fkey";

-- Lines go with their run, as the foreign key had it. The embedded database's adapter for Prisma cuts scripts at
-- every semicolon, so those of the body are written as \x3B.
CREATE FUNCTION "deleteLogOfRuns"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  DELETE FROM "RunLog" USING gone WHERE "runId" = gone.id\x3B
  RETURN NULL\x3B
END';

CREATE TRIGGER "Run_deleteLog" AFTER DELETE ON "Run"
  REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION "deleteLogOfRuns"();
