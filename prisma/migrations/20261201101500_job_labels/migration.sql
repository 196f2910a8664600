-- AlterTable
ALTER TABLE "Job" ADD COLUMN     "labels" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- Whoever makes a run, in whatever way: it asks for the labels of its job, as they are then, unless it was given some.
CREATE FUNCTION "takeLabels"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  NEW.labels := coalesce((SELECT j.labels FROM "Job" AS j WHERE j.id = NEW."jobId"), \'{}\')\x3B
  RETURN NEW\x3B
END';
CREATE TRIGGER "Run_takeLabels" BEFORE INSERT ON "Run"
  FOR EACH ROW WHEN (NEW.labels IS NULL) EXECUTE FUNCTION "takeLabels"();
