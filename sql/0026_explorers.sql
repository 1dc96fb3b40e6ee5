-- What the explorers of releases and crashes read instead of raw rows.

-- Rollups get a dimension: 7 release, value platform, version and build by the
-- byte 0x1f (ingest/fold.h). Counts by local day only (grain 1440), members
-- and chunks as of the others. Consumers write it from now on; an
-- environment that was here before is gone through day by day, oldest first
-- (jobs/release_days.c). Days before `day` are done; no row: all are.
CREATE TABLE release_days (
  environment_id int4 PRIMARY KEY REFERENCES environments ON DELETE CASCADE,
  day            date NOT NULL DEFAULT '-infinity'
);
INSERT INTO release_days (environment_id) SELECT id FROM environments;

-- The crashes of a UTC day that is over, as one value: 28 bytes a crash, in
-- order of group and person: group_no, context_no, person_no (the final one,
-- 0 = none) as int4, then as int8 microseconds since 1970, doubled, + 1 when
-- fatal, and session_no (0 = none). A job makes them (jobs/crash_days.c); whatever changes a crash of the
-- day takes the row away in the same transaction, and raw rows are read again.
CREATE TABLE crash_days (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  day            date NOT NULL,
  keys           bytea NOT NULL,
  PRIMARY KEY (environment_id, day)
);
ALTER TABLE crash_days ALTER COLUMN keys SET STORAGE EXTERNAL;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['release_days', 'crash_days'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO tidemark_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY app_environment ON %I TO tidemark_app USING (environment_id = ctx_environment()) WITH CHECK (environment_id = ctx_environment())', t);
    EXECUTE format('CREATE POLICY consumer_all ON %I TO tidemark_consumer USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT ON %I TO tidemark_app', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tidemark_consumer', t);
  END LOOP;
END $$;

-- The lock (7340, environment) keeps a day from being made while one of its
-- crashes is being changed: shared by whoever changes, held alone by the job.
CREATE FUNCTION crash_day_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE env int4; at timestamptz;
BEGIN
  IF TG_OP = 'DELETE' THEN
    env := OLD.environment_id; at := OLD.ts;
  ELSE
    env := NEW.environment_id; at := NEW.ts;
  END IF;
  PERFORM pg_advisory_xact_lock_shared(7340, env);
  DELETE FROM crash_days WHERE environment_id = env AND day = (at AT TIME ZONE 'UTC')::date;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crash_day_gone() FROM PUBLIC;
-- A day is made when it is over for 24 hours at least; fresh crashes, nearly
-- all there are, cost no more than this comparison.
CREATE TRIGGER crash_day_put AFTER INSERT OR UPDATE OF group_no, context_no, person_no, session_no, fatal
  ON crashes FOR EACH ROW WHEN (NEW.ts < now() - interval '20 hours')
  EXECUTE FUNCTION crash_day_gone();
CREATE TRIGGER crash_day_delete AFTER DELETE
  ON crashes FOR EACH ROW WHEN (OLD.ts < now() - interval '20 hours')
  EXECUTE FUNCTION crash_day_gone();
