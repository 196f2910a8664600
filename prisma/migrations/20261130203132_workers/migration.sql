-- AlterTable
ALTER TABLE "Project" ADD COLUMN     "filesDigest" TEXT,
ADD COLUMN     "importedHost" TEXT;

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "labels" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- CreateTable
CREATE TABLE "Worker" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "bootId" TEXT,
    "pidNamespace" TEXT,
    "processId" INTEGER NOT NULL,
    "version" TEXT NOT NULL,
    "labels" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "slots" INTEGER NOT NULL,
    "serviceSlots" INTEGER NOT NULL,
    "heartbeatAt" TIMESTAMPTZ(3) NOT NULL,
    "drainingAt" TIMESTAMPTZ(3),
    "isStopping" BOOLEAN NOT NULL DEFAULT false,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT statement_timestamp(),

    CONSTRAINT "Worker_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "WorkerProject" (
    "workerId" UUID NOT NULL,
    "projectId" UUID NOT NULL,
    "directory" TEXT NOT NULL,
    "filesDigest" TEXT,

    CONSTRAINT "WorkerProject_pkey" PRIMARY KEY ("workerId","projectId")
);

-- CreateIndex
CREATE UNIQUE INDEX "Worker_name_key" ON "Worker"("name");

-- CreateIndex
CREATE INDEX "Worker_heartbeatAt_idx" ON "Worker"("heartbeatAt");

-- CreateIndex
CREATE INDEX "WorkerProject_projectId_idx" ON "WorkerProject"("projectId");

-- CreateIndex
CREATE INDEX "Run_workerId_id_idx" ON "Run"("workerId", "id") WHERE (("workerId" IS NOT NULL) AND ("endedAt" IS NULL));

-- AddForeignKey
ALTER TABLE "WorkerProject" ADD CONSTRAINT "WorkerProject_workerId_fkey" FOREIGN KEY ("workerId") REFERENCES "Worker"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "WorkerProject" ADD CONSTRAINT "WorkerProject_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What callers ask of a worker, and what it says of itself. Not its sign of life.
CREATE TRIGGER "Worker_countRevision" BEFORE UPDATE OF labels, slots, "serviceSlots", "drainingAt", "isStopping" ON "Worker"
  FOR EACH ROW EXECUTE FUNCTION "countRevision"();

CREATE TRIGGER "Worker_noteUpdate" BEFORE UPDATE OF labels, slots, "serviceSlots", "drainingAt", "isStopping" ON "Worker"
  FOR EACH ROW EXECUTE FUNCTION "noteUpdate"();
