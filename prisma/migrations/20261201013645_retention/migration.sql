-- AlterTable
ALTER TABLE "Project" ADD COLUMN     "retention" JSONB;

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "logRemovedAt" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "LogRemoval" (
    "runId" UUID NOT NULL,
    "nextLine" INTEGER NOT NULL DEFAULT 1,
    "lastLine" INTEGER NOT NULL,

    CONSTRAINT "LogRemoval_pkey" PRIMARY KEY ("runId")
);
