-- A column that tells what something is has a name that begins with `is`, as in the API.
ALTER TABLE "Schedule" RENAME COLUMN "enabled" TO "isEnabled";
ALTER TABLE "StateVersion" RENAME COLUMN "forced" TO "isForced";
