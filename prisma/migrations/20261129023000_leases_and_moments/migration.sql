-- One word for one thing: what a run holds while it lives is a lease, and every moment is called …At.

ALTER TABLE "Project" RENAME COLUMN "deleteTime" TO "deletedAt";
ALTER TABLE "Environment" RENAME COLUMN "deleteTime" TO "deletedAt";
ALTER TABLE "Plugin" RENAME COLUMN "deleteTime" TO "deletedAt";
ALTER TABLE "Job" RENAME COLUMN "deleteTime" TO "deletedAt";
ALTER TABLE "Schedule" RENAME COLUMN "deleteTime" TO "deletedAt";
ALTER TABLE "Service" RENAME COLUMN "deleteTime" TO "deletedAt";
ALTER TABLE "State" RENAME COLUMN "deleteTime" TO "deletedAt";
ALTER INDEX "Project_deleteTime_idx" RENAME TO "Project_deletedAt_idx";
ALTER INDEX "Environment_deleteTime_idx" RENAME TO "Environment_deletedAt_idx";
ALTER INDEX "Plugin_deleteTime_idx" RENAME TO "Plugin_deletedAt_idx";
ALTER INDEX "Job_deleteTime_idx" RENAME TO "Job_deletedAt_idx";
ALTER INDEX "Schedule_deleteTime_idx" RENAME TO "Schedule_deletedAt_idx";
ALTER INDEX "Service_deleteTime_idx" RENAME TO "Service_deletedAt_idx";
ALTER TABLE "Service" RENAME COLUMN "nextStartTime" TO "nextStartAt";
ALTER INDEX "Service_nextStartTime_idx" RENAME TO "Service_nextStartAt_idx";
ALTER TABLE "Run" RENAME COLUMN "lockKeys" TO "leaseKeys";
ALTER TABLE "RunLock" RENAME TO "RunLease";
ALTER TABLE "RunLease" RENAME CONSTRAINT "RunLock_pkey" TO "RunLease_pkey";
ALTER TABLE "RunLease" RENAME CONSTRAINT "RunLock_projectId_fkey" TO "RunLease_projectId_fkey";
ALTER TABLE "RunLease" RENAME CONSTRAINT "RunLock_runId_fkey" TO "RunLease_runId_fkey";
ALTER INDEX "RunLock_runId_idx" RENAME TO "RunLease_runId_idx";
