-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "commit" TEXT;

-- CreateTable
CREATE TABLE "ProjectSource" (
    "id" UUID NOT NULL,
    "projectId" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "ref" TEXT NOT NULL,
    "subdirectory" TEXT NOT NULL DEFAULT '',
    "credential" TEXT,
    "pollSeconds" INTEGER,
    "commit" TEXT,
    "syncedAt" TIMESTAMPTZ(3),
    "checkedAt" TIMESTAMPTZ(3),
    "problem" TEXT,
    "requestedAt" TIMESTAMPTZ(3),
    "nextSyncAt" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "leaseId" UUID,

    CONSTRAINT "ProjectSource_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "ProjectSource_projectId_key" ON "ProjectSource"("projectId");

-- CreateIndex
CREATE INDEX "ProjectSource_nextSyncAt_idx" ON "ProjectSource"("nextSyncAt") WHERE ("nextSyncAt" IS NOT NULL);

-- AddForeignKey
ALTER TABLE "ProjectSource" ADD CONSTRAINT "ProjectSource_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A run executes in the files of the commit by which it was checked, whoever stores it, also a gateway one version older.
CREATE FUNCTION "noteCommit"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  NEW.commit := (SELECT s.commit FROM "ProjectSource" AS s WHERE s."projectId" = NEW."projectId")\x3B
  RETURN NEW\x3B
END';

CREATE TRIGGER "Run_noteCommit" BEFORE INSERT ON "Run"
  FOR EACH ROW WHEN (NEW.commit IS NULL AND NEW."importedAt" IS NULL) EXECUTE FUNCTION "noteCommit"();
