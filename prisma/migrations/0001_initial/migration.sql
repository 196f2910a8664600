-- CreateEnum
CREATE TYPE "ManifestMode" AS ENUM ('READ_ONLY', 'MANAGED');

-- CreateEnum
CREATE TYPE "PluginType" AS ENUM ('EXTRACTOR', 'LOADER', 'TRANSFORM', 'ORCHESTRATOR', 'TRANSFORMER', 'FILE', 'UTILITY', 'MAPPER');

-- CreateEnum
CREATE TYPE "PluginDefinition" AS ENUM ('CUSTOM', 'LOCKED', 'INHERITED', 'UNKNOWN');

-- CreateEnum
CREATE TYPE "RunKind" AS ENUM ('RUN', 'INSTALL');

-- CreateEnum
CREATE TYPE "RunStatus" AS ENUM ('QUEUED', 'RUNNING', 'CANCELLING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT', 'LOST');

-- CreateEnum
CREATE TYPE "RunEndReason" AS ENUM ('COMPLETED', 'EXITED', 'NOT_STARTED', 'KILLED', 'CANCEL_REQUESTED', 'TIMEOUT', 'SHUTDOWN', 'WORKER_LOST');

-- CreateEnum
CREATE TYPE "StateStrategy" AS ENUM ('AUTO', 'MERGE', 'OVERWRITE');

-- CreateEnum
CREATE TYPE "RunBlockKind" AS ENUM ('EXTRACT_LOAD', 'COMMAND');

-- CreateEnum
CREATE TYPE "RunBlockStatus" AS ENUM ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'ABANDONED');

-- CreateEnum
CREATE TYPE "LogLevel" AS ENUM ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL');

-- CreateEnum
CREATE TYPE "StateChange" AS ENUM ('RUN', 'SET', 'COPY', 'MOVE');

-- CreateTable
CREATE TABLE "Project" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "directory" TEXT NOT NULL,
    "manifest" "ManifestMode" NOT NULL DEFAULT 'READ_ONLY',
    "manifestDigest" TEXT,
    "meltanoProjectId" TEXT,
    "defaultEnvironment" TEXT,
    "requiresMeltano" TEXT,
    "envNames" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "dotEnvNames" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "importWarnings" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "importedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Project_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Environment" (
    "id" UUID NOT NULL,
    "projectId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "stateIdSuffix" TEXT,
    "envNames" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "pluginConfig" JSONB NOT NULL DEFAULT '{}',
    "manifestKey" TEXT,
    "manifestDigest" TEXT,
    "deleteTime" TIMESTAMPTZ(3),

    CONSTRAINT "Environment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Plugin" (
    "id" UUID NOT NULL,
    "projectId" UUID NOT NULL,
    "type" "PluginType" NOT NULL,
    "name" TEXT NOT NULL,
    "inheritFrom" TEXT,
    "variant" TEXT,
    "pipUrl" TEXT,
    "executable" TEXT,
    "namespace" TEXT,
    "label" TEXT,
    "description" TEXT,
    "docs" TEXT,
    "repository" TEXT,
    "capabilities" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "definition" "PluginDefinition" NOT NULL,
    "settings" JSONB NOT NULL DEFAULT '[]',
    "commands" JSONB NOT NULL DEFAULT '[]',
    "mappings" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "extras" JSONB NOT NULL DEFAULT '{}',
    "manifestKey" TEXT,
    "manifestDigest" TEXT,
    "deleteTime" TIMESTAMPTZ(3),

    CONSTRAINT "Plugin_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Job" (
    "id" UUID NOT NULL,
    "environmentId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "tasks" JSONB NOT NULL,
    "pairs" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "manifestKey" TEXT,
    "manifestDigest" TEXT,
    "deleteTime" TIMESTAMPTZ(3),

    CONSTRAINT "Job_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Schedule" (
    "id" UUID NOT NULL,
    "environmentId" UUID NOT NULL,
    "jobId" UUID,
    "name" TEXT NOT NULL,
    "interval" TEXT NOT NULL,
    "cron" TEXT,
    "timeZone" TEXT NOT NULL DEFAULT 'UTC',
    "env" JSONB NOT NULL DEFAULT '[]',
    "extractor" TEXT,
    "loader" TEXT,
    "transform" TEXT,
    "manifestKey" TEXT,
    "manifestDigest" TEXT,
    "deleteTime" TIMESTAMPTZ(3),

    CONSTRAINT "Schedule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Run" (
    "id" UUID NOT NULL,
    "projectId" UUID NOT NULL,
    "environmentId" UUID,
    "jobId" UUID,
    "kind" "RunKind" NOT NULL,
    "status" "RunStatus" NOT NULL,
    "command" TEXT NOT NULL,
    "fullRefresh" BOOLEAN NOT NULL DEFAULT false,
    "refreshCatalog" BOOLEAN NOT NULL DEFAULT false,
    "noStateUpdate" BOOLEAN NOT NULL DEFAULT false,
    "stateIdSuffix" TEXT,
    "stateStrategy" "StateStrategy" NOT NULL DEFAULT 'AUTO',
    "env" JSONB NOT NULL DEFAULT '[]',
    "timeoutSeconds" INTEGER,
    "lockKeys" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "waitingForRunId" UUID,
    "waitingForKey" TEXT,
    "startedAt" TIMESTAMPTZ(3),
    "endedAt" TIMESTAMPTZ(3),
    "heartbeatAt" TIMESTAMPTZ(3),
    "workerId" TEXT,
    "processId" INTEGER,
    "endReason" "RunEndReason",
    "exitCode" INTEGER,
    "signal" TEXT,
    "errorMessage" TEXT,
    "logCount" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "Run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RunBlock" (
    "id" UUID NOT NULL,
    "runId" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "kind" "RunBlockKind" NOT NULL,
    "command" TEXT NOT NULL,
    "extractor" TEXT,
    "loader" TEXT,
    "stateId" TEXT,
    "status" "RunBlockStatus" NOT NULL DEFAULT 'PENDING',
    "exitCodes" JSONB,
    "errorMessage" TEXT,
    "startedAt" TIMESTAMPTZ(3),
    "endedAt" TIMESTAMPTZ(3),
    "durationSeconds" DOUBLE PRECISION,

    CONSTRAINT "RunBlock_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RunLog" (
    "runId" UUID NOT NULL,
    "sequence" INTEGER NOT NULL,
    "timestamp" TIMESTAMPTZ(6) NOT NULL,
    "level" "LogLevel" NOT NULL,
    "plugin" TEXT,
    "message" TEXT NOT NULL,
    "fields" JSONB,

    CONSTRAINT "RunLog_pkey" PRIMARY KEY ("runId","sequence")
);

-- CreateTable
CREATE TABLE "RunMetric" (
    "runId" UUID NOT NULL,
    "plugin" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "stream" TEXT NOT NULL,
    "value" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "RunMetric_pkey" PRIMARY KEY ("runId","plugin","stream","name")
);

-- CreateTable
CREATE TABLE "State" (
    "id" UUID NOT NULL,
    "environmentId" UUID NOT NULL,
    "stateId" TEXT NOT NULL,
    "pair" TEXT,
    "completed" JSONB NOT NULL,
    "partial" JSONB NOT NULL,
    "version" INTEGER NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "State_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "StateVersion" (
    "id" UUID NOT NULL,
    "stateRowId" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "change" "StateChange" NOT NULL,
    "runId" UUID,
    "stateId" TEXT NOT NULL,
    "completed" JSONB NOT NULL,
    "partial" JSONB NOT NULL,
    "changedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "StateVersion_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RunLock" (
    "projectId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "runId" UUID,

    CONSTRAINT "RunLock_pkey" PRIMARY KEY ("projectId","key")
);

-- CreateTable
CREATE TABLE "ClientRequest" (
    "clientRequestId" TEXT NOT NULL,
    "mutation" TEXT NOT NULL,
    "inputDigest" TEXT NOT NULL,
    "resultId" UUID NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ClientRequest_pkey" PRIMARY KEY ("clientRequestId")
);

-- CreateIndex
CREATE UNIQUE INDEX "Project_name_key" ON "Project"("name");

-- CreateIndex
CREATE UNIQUE INDEX "Project_directory_key" ON "Project"("directory");

-- CreateIndex
CREATE INDEX "Environment_projectId_name_id_idx" ON "Environment"("projectId", "name", "id");

-- CreateIndex
CREATE INDEX "Environment_projectId_id_idx" ON "Environment"("projectId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Environment_projectId_name_key" ON "Environment"("projectId", "name") WHERE ("deleteTime" IS NULL);

-- CreateIndex
CREATE INDEX "Plugin_projectId_name_id_idx" ON "Plugin"("projectId", "name", "id");

-- CreateIndex
CREATE INDEX "Plugin_projectId_id_idx" ON "Plugin"("projectId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Plugin_projectId_type_name_key" ON "Plugin"("projectId", "type", "name") WHERE ("deleteTime" IS NULL);

-- CreateIndex
CREATE INDEX "Job_environmentId_name_id_idx" ON "Job"("environmentId", "name", "id");

-- CreateIndex
CREATE INDEX "Job_environmentId_id_idx" ON "Job"("environmentId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Job_environmentId_name_key" ON "Job"("environmentId", "name") WHERE ("deleteTime" IS NULL);

-- CreateIndex
CREATE INDEX "Schedule_environmentId_name_id_idx" ON "Schedule"("environmentId", "name", "id");

-- CreateIndex
CREATE INDEX "Schedule_environmentId_id_idx" ON "Schedule"("environmentId", "id");

-- CreateIndex
CREATE INDEX "Schedule_jobId_name_id_idx" ON "Schedule"("jobId", "name", "id");

-- CreateIndex
CREATE INDEX "Schedule_jobId_id_idx" ON "Schedule"("jobId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Schedule_environmentId_name_key" ON "Schedule"("environmentId", "name") WHERE ("deleteTime" IS NULL);

-- CreateIndex
CREATE INDEX "Run_projectId_id_idx" ON "Run"("projectId", "id");

-- CreateIndex
CREATE INDEX "Run_projectId_status_id_idx" ON "Run"("projectId", "status", "id");

-- CreateIndex
CREATE INDEX "Run_environmentId_id_idx" ON "Run"("environmentId", "id");

-- CreateIndex
CREATE INDEX "Run_environmentId_status_id_idx" ON "Run"("environmentId", "status", "id");

-- CreateIndex
CREATE INDEX "Run_jobId_id_idx" ON "Run"("jobId", "id");

-- CreateIndex
CREATE INDEX "Run_jobId_status_id_idx" ON "Run"("jobId", "status", "id");

-- CreateIndex
CREATE INDEX "Run_status_id_idx" ON "Run"("status", "id") WHERE ("endedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Run_waitingForRunId_idx" ON "Run"("waitingForRunId") WHERE ("waitingForRunId" IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "RunBlock_runId_position_key" ON "RunBlock"("runId", "position");

-- CreateIndex
CREATE INDEX "RunLog_runId_level_sequence_idx" ON "RunLog"("runId", "level", "sequence") WHERE (level = ANY (ARRAY['WARNING'::"LogLevel", 'ERROR'::"LogLevel", 'CRITICAL'::"LogLevel"]));

-- CreateIndex
CREATE INDEX "State_environmentId_stateId_id_idx" ON "State"("environmentId", "stateId", "id");

-- CreateIndex
CREATE INDEX "State_environmentId_updatedAt_id_idx" ON "State"("environmentId", "updatedAt", "id");

-- CreateIndex
CREATE INDEX "State_environmentId_pair_stateId_id_idx" ON "State"("environmentId", "pair", "stateId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "State_environmentId_stateId_key" ON "State"("environmentId", "stateId");

-- CreateIndex
CREATE INDEX "StateVersion_runId_id_idx" ON "StateVersion"("runId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "StateVersion_stateRowId_version_key" ON "StateVersion"("stateRowId", "version");

-- CreateIndex
CREATE INDEX "RunLock_runId_idx" ON "RunLock"("runId");

-- CreateIndex
CREATE INDEX "ClientRequest_createdAt_idx" ON "ClientRequest"("createdAt");

-- AddForeignKey
ALTER TABLE "Environment" ADD CONSTRAINT "Environment_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Plugin" ADD CONSTRAINT "Plugin_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Job" ADD CONSTRAINT "Job_environmentId_fkey" FOREIGN KEY ("environmentId") REFERENCES "Environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Schedule" ADD CONSTRAINT "Schedule_environmentId_fkey" FOREIGN KEY ("environmentId") REFERENCES "Environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Schedule" ADD CONSTRAINT "Schedule_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "Job"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_environmentId_fkey" FOREIGN KEY ("environmentId") REFERENCES "Environment"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "Job"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RunBlock" ADD CONSTRAINT "RunBlock_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RunLog" ADD CONSTRAINT "RunLog_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RunMetric" ADD CONSTRAINT "RunMetric_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "State" ADD CONSTRAINT "State_environmentId_fkey" FOREIGN KEY ("environmentId") REFERENCES "Environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "StateVersion" ADD CONSTRAINT "StateVersion_stateRowId_fkey" FOREIGN KEY ("stateRowId") REFERENCES "State"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "StateVersion" ADD CONSTRAINT "StateVersion_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RunLock" ADD CONSTRAINT "RunLock_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RunLock" ADD CONSTRAINT "RunLock_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;
