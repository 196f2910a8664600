-- Prisma would fill in CURRENT_TIMESTAMP by the clock of its process.
ALTER TABLE "BulkOperation" ALTER COLUMN "updatedAt" SET DEFAULT statement_timestamp();
ALTER TABLE "Environment" ALTER COLUMN "updatedAt" SET DEFAULT statement_timestamp();
ALTER TABLE "Job" ALTER COLUMN "updatedAt" SET DEFAULT statement_timestamp();
ALTER TABLE "Plugin" ALTER COLUMN "updatedAt" SET DEFAULT statement_timestamp();
ALTER TABLE "Project" ALTER COLUMN "updatedAt" SET DEFAULT statement_timestamp();
ALTER TABLE "Run" ALTER COLUMN "updatedAt" SET DEFAULT statement_timestamp();
ALTER TABLE "Schedule" ALTER COLUMN "updatedAt" SET DEFAULT statement_timestamp();
ALTER TABLE "Service" ALTER COLUMN "updatedAt" SET DEFAULT statement_timestamp();
ALTER TABLE "Schedule" ALTER COLUMN "tickCursor" SET DEFAULT statement_timestamp();
