-- CreateEnum
CREATE TYPE "ChangeKind" AS ENUM ('CREATED', 'UPDATED', 'DELETED');

-- CreateTable
CREATE TABLE "ObjectChange" (
    "sequence" BIGSERIAL NOT NULL,
    "transaction" BIGINT NOT NULL,
    "madeAt" TIMESTAMPTZ(3) NOT NULL,
    "type" TEXT NOT NULL,
    "objectId" UUID NOT NULL,
    "kind" "ChangeKind",
    "projectId" UUID NOT NULL,
    "environmentId" UUID,
    "jobId" UUID,
    "revision" INTEGER,
    "status" TEXT,

    CONSTRAINT "ObjectChange_pkey" PRIMARY KEY ("sequence")
);

-- CreateTable
CREATE TABLE "ChangeHorizon" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "transaction" BIGINT NOT NULL,

    CONSTRAINT "ChangeHorizon_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "ObjectChange_transaction_idx" ON "ObjectChange"("transaction");

-- Nothing is forgotten yet.
INSERT INTO "ChangeHorizon" ("transaction") VALUES (0);

-- Each change of an object is written down in its own transaction, whoever makes it. Followers are woken when that commits.
-- An object that leaves its place is written down there, too.
CREATE FUNCTION "noteChange"() RETURNS trigger LANGUAGE plpgsql AS E'
DECLARE
  present record\x3B
  happened "ChangeKind"\x3B
  project uuid\x3B
  environment uuid\x3B
  job uuid\x3B
  counted int\x3B
  said text\x3B
  wasThere boolean := TG_OP <> ''INSERT''\x3B
  isThere boolean := TG_OP <> ''DELETE''\x3B
BEGIN
  IF isThere THEN present := NEW\x3B ELSE present := OLD\x3B END IF\x3B
  IF TG_TABLE_NAME <> ''Run'' THEN
    IF wasThere THEN wasThere := OLD."deletedAt" IS NULL\x3B END IF\x3B
    IF isThere THEN isThere := NEW."deletedAt" IS NULL\x3B END IF\x3B
  END IF\x3B
  happened := CASE WHEN wasThere AND isThere THEN ''UPDATED'' WHEN isThere THEN ''CREATED'' WHEN wasThere THEN ''DELETED'' END\x3B

  IF TG_TABLE_NAME = ''Run'' THEN
    project := present."projectId"\x3B environment := present."environmentId"\x3B job := present."jobId"\x3B
    said := concat_ws('' '', present.status, present."waitingForRunId", present."waitingForKey")\x3B
    IF TG_OP = ''DELETE'' THEN
      said := NULL\x3B
    ELSIF TG_OP = ''UPDATE'' THEN
      IF said = concat_ws('' '', OLD.status, OLD."waitingForRunId", OLD."waitingForKey") THEN said := NULL\x3B END IF\x3B
    END IF\x3B
  ELSIF TG_TABLE_NAME = ''Project'' THEN
    project := present.id\x3B counted := present.revision\x3B
  ELSIF TG_TABLE_NAME = ''Environment'' THEN
    project := present."projectId"\x3B environment := present.id\x3B counted := present.revision\x3B
  ELSIF TG_TABLE_NAME = ''Plugin'' THEN
    project := present."projectId"\x3B counted := present.revision\x3B
  ELSE
    environment := present."environmentId"\x3B
    SELECT e."projectId" INTO project FROM "Environment" AS e WHERE e.id = environment\x3B
    IF TG_TABLE_NAME = ''State'' THEN counted := present.version\x3B ELSE counted := present.revision\x3B END IF\x3B
  END IF\x3B

  IF TG_OP = ''UPDATE'' AND TG_TABLE_NAME <> ''Project'' THEN
    IF TG_TABLE_NAME = ''Environment'' OR TG_TABLE_NAME = ''Plugin'' THEN
      IF OLD."projectId" <> NEW."projectId" THEN
        INSERT INTO "ObjectChange" ("transaction", "madeAt", type, "objectId", kind, "projectId", "environmentId", revision)
        VALUES (pg_current_xact_id()::text::bigint, statement_timestamp(), TG_TABLE_NAME, NEW.id, happened, OLD."projectId", environment, counted)\x3B
      END IF\x3B
    ELSIF OLD."environmentId" <> NEW."environmentId" THEN
      INSERT INTO "ObjectChange" ("transaction", "madeAt", type, "objectId", kind, "projectId", "environmentId", "jobId", revision)
      SELECT pg_current_xact_id()::text::bigint, statement_timestamp(), TG_TABLE_NAME, NEW.id, happened, e."projectId", e.id, job, counted
      FROM "Environment" AS e WHERE e.id = OLD."environmentId"\x3B
    END IF\x3B
  END IF\x3B
  INSERT INTO "ObjectChange" ("transaction", "madeAt", type, "objectId", kind, "projectId", "environmentId", "jobId", revision, status)
  VALUES (pg_current_xact_id()::text::bigint, statement_timestamp(), TG_TABLE_NAME, present.id, happened, project, environment, job, counted, said)\x3B
  IF happened IS NOT NULL THEN PERFORM pg_notify(''meltano_graphql'', ''{"topic":"OBJECT"}'')\x3B END IF\x3B
  RETURN NULL\x3B
END';

CREATE TRIGGER "Project_noteLife" AFTER INSERT OR DELETE ON "Project"
  FOR EACH ROW EXECUTE FUNCTION "noteChange"();

CREATE TRIGGER "Project_noteChange" AFTER UPDATE ON "Project"
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "noteChange"();

CREATE TRIGGER "Environment_noteLife" AFTER INSERT OR DELETE ON "Environment"
  FOR EACH ROW EXECUTE FUNCTION "noteChange"();

CREATE TRIGGER "Environment_noteChange" AFTER UPDATE ON "Environment"
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "noteChange"();

CREATE TRIGGER "Plugin_noteLife" AFTER INSERT OR DELETE ON "Plugin"
  FOR EACH ROW EXECUTE FUNCTION "noteChange"();

CREATE TRIGGER "Plugin_noteChange" AFTER UPDATE ON "Plugin"
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "noteChange"();

CREATE TRIGGER "Job_noteLife" AFTER INSERT OR DELETE ON "Job"
  FOR EACH ROW EXECUTE FUNCTION "noteChange"();

CREATE TRIGGER "Job_noteChange" AFTER UPDATE ON "Job"
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "noteChange"();

CREATE TRIGGER "Schedule_noteLife" AFTER INSERT OR DELETE ON "Schedule"
  FOR EACH ROW EXECUTE FUNCTION "noteChange"();

CREATE TRIGGER "Schedule_noteChange" AFTER UPDATE ON "Schedule"
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "noteChange"();

CREATE TRIGGER "Service_noteLife" AFTER INSERT OR DELETE ON "Service"
  FOR EACH ROW EXECUTE FUNCTION "noteChange"();

CREATE TRIGGER "Service_noteChange" AFTER UPDATE ON "Service"
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "noteChange"();

CREATE TRIGGER "State_noteLife" AFTER INSERT OR DELETE ON "State"
  FOR EACH ROW EXECUTE FUNCTION "noteChange"();

-- Its documents cannot be compared. Its version counts their changes.
CREATE TRIGGER "State_noteChange" AFTER UPDATE ON "State"
  FOR EACH ROW WHEN (
    (OLD.version, OLD."stateId", OLD."environmentId", OLD."deletedAt", OLD."updatedAt")
    IS DISTINCT FROM (NEW.version, NEW."stateId", NEW."environmentId", NEW."deletedAt", NEW."updatedAt")
  ) EXECUTE FUNCTION "noteChange"();

CREATE TRIGGER "Run_noteLife" AFTER INSERT OR DELETE ON "Run"
  FOR EACH ROW EXECUTE FUNCTION "noteChange"();

-- Not what a worker writes all the time: its sign of life, and the number of lines.
CREATE TRIGGER "Run_noteChange" AFTER UPDATE OF
    "projectId", "environmentId", "jobId", "serviceId", "scheduleId", "retryOfId", status, "startedAt", "endedAt",
    "workerId", "waitingForRunId", "waitingForKey", "endReason", "exitCode", signal, "errorMessage"
  ON "Run"
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "noteChange"();
