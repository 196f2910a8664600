-- CreateTable
CREATE TABLE "FormerName" (
    "type" TEXT NOT NULL,
    "parentId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "objectId" UUID NOT NULL,
    "movedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "FormerName_pkey" PRIMARY KEY ("type","parentId","name")
);

-- CreateIndex
CREATE INDEX "FormerName_objectId_idx" ON "FormerName"("objectId");

-- CreateIndex
CREATE INDEX "FormerName_movedAt_idx" ON "FormerName"("movedAt");

-- Former names go with their object, whoever removes it. The embedded database's adapter for Prisma cuts scripts at
-- every semicolon, so those of the body are written as \x3B.
CREATE FUNCTION "deleteFormerNames"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  DELETE FROM "FormerName" USING gone WHERE "objectId" = gone.id\x3B
  RETURN NULL\x3B
END';

CREATE TRIGGER "Project_deleteFormerNames" AFTER DELETE ON "Project"
  REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION "deleteFormerNames"();

CREATE TRIGGER "Environment_deleteFormerNames" AFTER DELETE ON "Environment"
  REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION "deleteFormerNames"();

CREATE TRIGGER "Job_deleteFormerNames" AFTER DELETE ON "Job"
  REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION "deleteFormerNames"();

CREATE TRIGGER "Schedule_deleteFormerNames" AFTER DELETE ON "Schedule"
  REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION "deleteFormerNames"();

CREATE TRIGGER "State_deleteFormerNames" AFTER DELETE ON "State"
  REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION "deleteFormerNames"();
