-- CreateEnum
CREATE TYPE "WebhookEvent" AS ENUM ('RUN_STARTED', 'RUN_SUCCEEDED', 'RUN_FAILED', 'RUN_CANCELLED', 'RUN_TIMED_OUT', 'RUN_LOST', 'TICK_SKIPPED', 'TICK_MISSED', 'SCHEDULE_PAUSED', 'SERVICE_STARTED', 'SERVICE_STOPPED', 'SERVICE_RESTARTING', 'SERVICE_FAILED', 'TEST');

-- CreateEnum
CREATE TYPE "WebhookFormat" AS ENUM ('STANDARD', 'SLACK');

-- CreateEnum
CREATE TYPE "WebhookDisableReason" AS ENUM ('REQUESTED', 'GONE', 'FAILING');

-- CreateEnum
CREATE TYPE "WebhookDeliveryStatus" AS ENUM ('PENDING', 'DELIVERED', 'FAILED');

-- CreateTable
CREATE TABLE "Webhook" (
    "id" UUID NOT NULL,
    "projectId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "lockedUrl" TEXT NOT NULL,
    "lockedSecret" TEXT,
    "formerSecret" TEXT,
    "formerSecretEndsAt" TIMESTAMPTZ(3),
    "format" "WebhookFormat" NOT NULL DEFAULT 'STANDARD',
    "events" "WebhookEvent"[],
    "environmentIds" UUID[] DEFAULT ARRAY[]::UUID[],
    "jobIds" UUID[] DEFAULT ARRAY[]::UUID[],
    "isFinalOnly" BOOLEAN NOT NULL DEFAULT false,
    "isEnabled" BOOLEAN NOT NULL DEFAULT true,
    "disableReason" "WebhookDisableReason",
    "disabledAt" TIMESTAMPTZ(3),
    "failureCount" INTEGER NOT NULL DEFAULT 0,
    "failingSince" TIMESTAMPTZ(3),
    "resumesAt" TIMESTAMPTZ(3),
    "leaseId" UUID,
    "leasedUntil" TIMESTAMPTZ(3),
    "revision" INTEGER NOT NULL DEFAULT 1,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT statement_timestamp(),

    CONSTRAINT "Webhook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "WebhookDelivery" (
    "id" UUID NOT NULL,
    "webhookId" UUID NOT NULL,
    "event" "WebhookEvent" NOT NULL,
    "payload" JSON NOT NULL,
    "status" "WebhookDeliveryStatus" NOT NULL DEFAULT 'PENDING',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "nextAttemptAt" TIMESTAMPTZ(3),
    "lastAttemptAt" TIMESTAMPTZ(3),
    "statusCode" INTEGER,
    "durationMs" INTEGER,
    "response" TEXT,
    "error" TEXT,
    "endedAt" TIMESTAMPTZ(3),

    CONSTRAINT "WebhookDelivery_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Webhook_projectId_name_key" ON "Webhook"("projectId", "name");

-- CreateIndex
CREATE INDEX "Webhook_projectId_name_id_idx" ON "Webhook"("projectId", "name", "id");

-- CreateIndex
CREATE INDEX "WebhookDelivery_webhookId_id_idx" ON "WebhookDelivery"("webhookId", "id");

-- CreateIndex
CREATE INDEX "WebhookDelivery_webhookId_status_id_idx" ON "WebhookDelivery"("webhookId", "status", "id");

-- CreateIndex
CREATE INDEX "WebhookDelivery_webhookId_nextAttemptAt_idx" ON "WebhookDelivery"("webhookId", "nextAttemptAt") WHERE ("nextAttemptAt" IS NOT NULL);

-- CreateIndex
CREATE INDEX "WebhookDelivery_endedAt_idx" ON "WebhookDelivery"("endedAt") WHERE ("endedAt" IS NOT NULL);

-- AddForeignKey
ALTER TABLE "Webhook" ADD CONSTRAINT "Webhook_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What callers set, and whether it is enabled. Not how sending goes on.
CREATE TRIGGER "Webhook_countRevision" BEFORE UPDATE OF
    name, "lockedUrl", "lockedSecret", format, events, "environmentIds", "jobIds", "isFinalOnly", "isEnabled"
  ON "Webhook"
  FOR EACH ROW EXECUTE FUNCTION "countRevision"();

CREATE TRIGGER "Webhook_noteUpdate" BEFORE UPDATE OF
    name, "lockedUrl", "lockedSecret", format, events, "environmentIds", "jobIds", "isFinalOnly", "isEnabled"
  ON "Webhook"
  FOR EACH ROW EXECUTE FUNCTION "noteUpdate"();

-- A UUIDv7 by the clock of the database (RFC 9562, 6.2, method 3): milliseconds, and the rest of the microseconds.
CREATE FUNCTION "newRowId"() RETURNS uuid LANGUAGE sql VOLATILE AS
  'SELECT (lpad(to_hex(at / 1000), 12, ''0'') || ''7'' || lpad(to_hex((at % 1000) * 4), 3, ''0'')
     || substr(replace(gen_random_uuid()::text, ''-'', ''''), 17))::uuid
   FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS at) AS clock';

-- How the API writes ids and times, see src/domain/naming/global-id.ts.
CREATE FUNCTION "globalId"(type text, id uuid) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
  'SELECT rtrim(translate(encode(convert_to(type || '':'' || id, ''UTF8''), ''base64''), E''+/\n'', ''-_''), ''='')';
CREATE FUNCTION "timeText"(value timestamptz) RETURNS text LANGUAGE sql STABLE STRICT AS
  'SELECT to_char(value AT TIME ZONE ''UTC'', ''YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'')';

-- Whether any webhook of a project is told of an event. It is asked first: most projects have none.
CREATE FUNCTION "isHeard"(project uuid, happened "WebhookEvent") RETURNS boolean LANGUAGE sql STABLE AS
  'SELECT EXISTS (SELECT FROM "Webhook" AS w WHERE w."projectId" = project AND w."isEnabled" AND happened = ANY (w.events))';

-- Writes down what the webhooks of a project are told of an event, in the transaction of the event, whoever makes it. So
-- no event is forgotten and none is told that did not happen.
CREATE FUNCTION "tellWebhooks"(
  happened "WebhookEvent", project uuid, environment uuid, job uuid, retried boolean, what text, facts json
) RETURNS void LANGUAGE plpgsql AS E'BEGIN
  INSERT INTO "WebhookDelivery" (id, "webhookId", event, payload, "nextAttemptAt")
  SELECT "newRowId"(), w.id, happened, json_build_object(
      \'type\', regexp_replace(lower(happened::text), \'_\', \'.\'),
      \'timestamp\', "timeText"(statement_timestamp()),
      \'data\', json_build_object(
        \'project\', json_build_object(\'id\', "globalId"(\'Project\', p.id), \'path\', p.name),
        \'environment\', CASE WHEN e.id IS NOT NULL
          THEN json_build_object(\'id\', "globalId"(\'Environment\', e.id), \'path\', p.name || \'/\' || e.name) END,
        what, facts
      )
    ), statement_timestamp()
  FROM "Webhook" AS w JOIN "Project" AS p ON p.id = w."projectId" LEFT JOIN "Environment" AS e ON e.id = environment
  WHERE w."projectId" = project AND w."isEnabled" AND happened = ANY (w.events)
    AND (cardinality(w."environmentIds") = 0 OR environment = ANY (w."environmentIds"))
    AND (cardinality(w."jobIds") = 0 OR job = ANY (w."jobIds"))
    AND NOT (w."isFinalOnly" AND retried)\x3B
  IF FOUND THEN PERFORM pg_notify(\'meltano_graphql\', \'{"topic":"WEBHOOK"}\')\x3B END IF\x3B
END';

CREATE FUNCTION "tellOfRun"() RETURNS trigger LANGUAGE plpgsql AS E'DECLARE
  happened "WebhookEvent" := CASE WHEN NEW."endedAt" IS NULL THEN \'RUN_STARTED\' ELSE \'RUN_\' || NEW.status END\x3B
  retried boolean\x3B
BEGIN
  IF NOT "isHeard"(NEW."projectId", happened) THEN RETURN NULL\x3B END IF\x3B
  retried := EXISTS (SELECT FROM "Run" AS r WHERE r."retryOfId" = NEW.id)\x3B
  PERFORM "tellWebhooks"(happened, NEW."projectId", NEW."environmentId", NEW."jobId", retried, \'run\', json_build_object(
    \'id\', "globalId"(\'Run\', NEW.id),
    \'job\', (
      SELECT json_build_object(\'id\', "globalId"(\'Job\', j.id), \'path\', concat_ws(\'/\', p.name, e.name, j.name))
      FROM "Job" AS j JOIN "Environment" AS e ON e.id = j."environmentId" JOIN "Project" AS p ON p.id = e."projectId"
      WHERE j.id = NEW."jobId"
    ),
    \'schedule\', (
      SELECT json_build_object(\'id\', "globalId"(\'Schedule\', s.id), \'path\', concat_ws(\'/\', p.name, e.name, s.name))
      FROM "Schedule" AS s JOIN "Environment" AS e ON e.id = s."environmentId" JOIN "Project" AS p ON p.id = e."projectId"
      WHERE s.id = NEW."scheduleId"
    ),
    \'kind\', NEW.kind, \'command\', left(NEW.command, 1000), \'trigger\', NEW.trigger,
    \'scheduledFor\', "timeText"(NEW."scheduledFor"), \'status\', NEW.status,
    \'attempt\', NEW.attempt, \'isRetried\', retried,
    \'startedAt\', "timeText"(NEW."startedAt"), \'endedAt\', "timeText"(NEW."endedAt"), \'durationMs\', NEW."durationMs",
    \'endReason\', NEW."endReason", \'exitCode\', NEW."exitCode", \'signal\', NEW.signal,
    \'errorMessage\', left(NEW."errorMessage", 2000)
  ))\x3B
  RETURN NULL\x3B
END';

CREATE TRIGGER "Run_tellOfStart" AFTER UPDATE OF "startedAt" ON "Run"
  FOR EACH ROW WHEN (NEW."startedAt" IS NOT NULL AND OLD."startedAt" IS NULL AND NEW."endedAt" IS NULL AND NEW.kind <> 'SERVICE')
  EXECUTE FUNCTION "tellOfRun"();

-- At the end of the transaction: only then is it known whether a policy retries the run.
CREATE CONSTRAINT TRIGGER "Run_tellOfEnd" AFTER UPDATE OF "endedAt" ON "Run" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW."endedAt" IS NOT NULL AND OLD."endedAt" IS NULL AND NEW.kind <> 'SERVICE')
  EXECUTE FUNCTION "tellOfRun"();

CREATE FUNCTION "tellOfTick"() RETURNS trigger LANGUAGE plpgsql AS E'DECLARE
  happened "WebhookEvent" := \'TICK_\' || NEW.outcome\x3B
  schedule record\x3B
BEGIN
  SELECT s.id, s."environmentId", s."jobId", p.id AS "projectId", concat_ws(\'/\', p.name, e.name, s.name) AS path INTO schedule
  FROM "Schedule" AS s JOIN "Environment" AS e ON e.id = s."environmentId" JOIN "Project" AS p ON p.id = e."projectId"
  WHERE s.id = NEW."scheduleId"\x3B
  IF NOT "isHeard"(schedule."projectId", happened) THEN RETURN NULL\x3B END IF\x3B
  PERFORM "tellWebhooks"(happened, schedule."projectId", schedule."environmentId", schedule."jobId", false, \'tick\', json_build_object(
    \'schedule\', json_build_object(\'id\', "globalId"(\'Schedule\', schedule.id), \'path\', schedule.path),
    \'dueAt\', "timeText"(NEW."dueAt"), \'lastDueAt\', "timeText"(NEW."lastDueAt"), \'count\', NEW.count,
    \'outcome\', NEW.outcome, \'reason\', NEW.reason, \'message\', left(NEW.message, 2000)
  ))\x3B
  RETURN NULL\x3B
END';

CREATE TRIGGER "ScheduleTick_tell" AFTER INSERT ON "ScheduleTick"
  FOR EACH ROW WHEN (NEW.outcome <> 'RUN') EXECUTE FUNCTION "tellOfTick"();

CREATE FUNCTION "tellOfSchedule"() RETURNS trigger LANGUAGE plpgsql AS E'DECLARE
  place record\x3B
BEGIN
  SELECT p.id, concat_ws(\'/\', p.name, e.name, NEW.name) AS path INTO place
  FROM "Environment" AS e JOIN "Project" AS p ON p.id = e."projectId" WHERE e.id = NEW."environmentId"\x3B
  IF NOT "isHeard"(place.id, \'SCHEDULE_PAUSED\') THEN RETURN NULL\x3B END IF\x3B
  PERFORM "tellWebhooks"(\'SCHEDULE_PAUSED\', place.id, NEW."environmentId", NEW."jobId", false, \'schedule\', json_build_object(
    \'id\', "globalId"(\'Schedule\', NEW.id), \'path\', place.path,
    \'pauseReason\', NEW."pauseReason", \'pauseAfterFailures\', NEW."pauseAfterFailures"
  ))\x3B
  RETURN NULL\x3B
END';

CREATE TRIGGER "Schedule_tell" AFTER UPDATE OF "pauseReason" ON "Schedule"
  FOR EACH ROW WHEN (NEW."pauseReason" = 'FAILURES' AND OLD."pauseReason" IS DISTINCT FROM NEW."pauseReason")
  EXECUTE FUNCTION "tellOfSchedule"();

CREATE FUNCTION "tellOfService"() RETURNS trigger LANGUAGE plpgsql AS E'DECLARE
  happened "WebhookEvent" := \'SERVICE_\' || CASE NEW.status
    WHEN \'RUNNING\' THEN \'STARTED\' WHEN \'BACKING_OFF\' THEN \'RESTARTING\' ELSE NEW.status::text END\x3B
  place record\x3B
BEGIN
  SELECT p.id, concat_ws(\'/\', p.name, e.name, NEW.name) AS path INTO place
  FROM "Environment" AS e JOIN "Project" AS p ON p.id = e."projectId" WHERE e.id = NEW."environmentId"\x3B
  IF NOT "isHeard"(place.id, happened) THEN RETURN NULL\x3B END IF\x3B
  PERFORM "tellWebhooks"(happened, place.id, NEW."environmentId", NULL, false, \'service\', json_build_object(
    \'id\', "globalId"(\'Service\', NEW.id), \'path\', place.path, \'command\', left(NEW.command, 1000),
    \'status\', NEW.status, \'statusReason\', left(NEW."statusReason", 2000), \'restartCount\', NEW."restartCount"
  ))\x3B
  RETURN NULL\x3B
END';

CREATE TRIGGER "Service_tell" AFTER UPDATE OF status ON "Service"
  FOR EACH ROW WHEN (NEW.status <> OLD.status AND NEW.status IN ('RUNNING', 'STOPPED', 'BACKING_OFF', 'FAILED'))
  EXECUTE FUNCTION "tellOfService"();
