-- Plugins have paths, too. Those of services were forgotten.
CREATE TRIGGER "Plugin_deleteFormerNames" AFTER DELETE ON "Plugin"
  REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION "deleteFormerNames"();

CREATE TRIGGER "Service_deleteFormerNames" AFTER DELETE ON "Service"
  REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION "deleteFormerNames"();
