-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "RunKind" ADD VALUE 'TEST';
ALTER TYPE "RunKind" ADD VALUE 'PLUGIN_TEST';

-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "StateChange" ADD VALUE 'MERGE';
ALTER TYPE "StateChange" ADD VALUE 'CLEAR';
ALTER TYPE "StateChange" ADD VALUE 'RESTORE';
ALTER TYPE "StateChange" ADD VALUE 'EDIT';
ALTER TYPE "StateChange" ADD VALUE 'IMPORT';

-- DropIndex
DROP INDEX "Project_directory_key";

-- DropIndex
DROP INDEX "Project_name_key";

-- AlterTable
ALTER TABLE "ClientRequest" ADD COLUMN     "answer" JSONB;
UPDATE "ClientRequest" SET "answer" = to_jsonb("resultId");
ALTER TABLE "ClientRequest" ALTER COLUMN "answer" SET NOT NULL, DROP COLUMN "resultId";

-- AlterTable
ALTER TABLE "Environment" ADD COLUMN     "revision" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "Job" ADD COLUMN     "revision" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "Plugin" ADD COLUMN     "revision" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "Project" ADD COLUMN     "deleteTime" TIMESTAMPTZ(3),
ADD COLUMN     "revision" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "attempt" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "retryOfId" UUID;

-- AlterTable
ALTER TABLE "Schedule" ADD COLUMN     "enabled" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "revision" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "State" ADD COLUMN     "deleteTime" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "StateVersion" ADD COLUMN     "forced" BOOLEAN NOT NULL DEFAULT false;

-- CreateIndex
CREATE INDEX "Environment_deleteTime_idx" ON "Environment"("deleteTime") WHERE ("deleteTime" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Job_deleteTime_idx" ON "Job"("deleteTime") WHERE ("deleteTime" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Plugin_deleteTime_idx" ON "Plugin"("deleteTime") WHERE ("deleteTime" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Project_deleteTime_idx" ON "Project"("deleteTime") WHERE ("deleteTime" IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "Project_name_key" ON "Project"("name") WHERE ("deleteTime" IS NULL);

-- CreateIndex
CREATE UNIQUE INDEX "Project_directory_key" ON "Project"("directory") WHERE ("deleteTime" IS NULL);

-- CreateIndex
CREATE INDEX "Run_retryOfId_id_idx" ON "Run"("retryOfId", "id") WHERE ("retryOfId" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Schedule_deleteTime_idx" ON "Schedule"("deleteTime") WHERE ("deleteTime" IS NOT NULL);

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_retryOfId_fkey" FOREIGN KEY ("retryOfId") REFERENCES "Run"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- Every change of a row is counted, whoever makes it. The embedded database's adapter for Prisma cuts scripts at
-- every semicolon, so those of the body are written as \x3B.
CREATE FUNCTION "countRevision"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  NEW.revision := OLD.revision + 1\x3B
  RETURN NEW\x3B
END';

CREATE TRIGGER "Project_countRevision" BEFORE UPDATE ON "Project"
  FOR EACH ROW EXECUTE FUNCTION "countRevision"();

CREATE TRIGGER "Environment_countRevision" BEFORE UPDATE ON "Environment"
  FOR EACH ROW EXECUTE FUNCTION "countRevision"();

CREATE TRIGGER "Plugin_countRevision" BEFORE UPDATE ON "Plugin"
  FOR EACH ROW EXECUTE FUNCTION "countRevision"();

CREATE TRIGGER "Job_countRevision" BEFORE UPDATE ON "Job"
  FOR EACH ROW EXECUTE FUNCTION "countRevision"();

CREATE TRIGGER "Schedule_countRevision" BEFORE UPDATE ON "Schedule"
  FOR EACH ROW EXECUTE FUNCTION "countRevision"();
