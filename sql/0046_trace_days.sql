-- Traces under a filter on the app or the device: instead of raw rows.

-- The traces of a UTC day that is over, by name: 20 bytes a trace, in order of
-- time: int8 microseconds since 1970, float8 duration_ms, int4 context_no;
-- 50,000 a part. Part -1 of name '' says that the day is there, traces or not.
-- A job makes them (jobs/trace_days.c); whatever changes a trace of the day
-- takes all its rows away in the same transaction, and raw rows are read again.
CREATE TABLE trace_days (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  day            date NOT NULL,
  name           text NOT NULL,
  part           int4 NOT NULL,
  keys           bytea NOT NULL,
  PRIMARY KEY (environment_id, day, name, part)
);
ALTER TABLE trace_days ALTER COLUMN keys SET STORAGE EXTERNAL;

ALTER TABLE trace_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE trace_days FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON trace_days TO tidemark_owner USING (true) WITH CHECK (true);
CREATE POLICY app_environment ON trace_days TO tidemark_app
  USING (environment_id = ctx_environment()) WITH CHECK (environment_id = ctx_environment());
CREATE POLICY consumer_all ON trace_days TO tidemark_consumer USING (true) WITH CHECK (true);
GRANT SELECT ON trace_days TO tidemark_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON trace_days TO tidemark_consumer;

-- The lock (7341, environment) keeps a day from being made while one of its
-- traces is being changed: shared by whoever changes, held alone by the job.
CREATE FUNCTION trace_day_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE env int4; at timestamptz;
BEGIN
  IF TG_OP = 'DELETE' THEN
    env := OLD.environment_id; at := OLD.ts;
  ELSE
    env := NEW.environment_id; at := NEW.ts;
  END IF;
  PERFORM pg_advisory_xact_lock_shared(7341, env);
  DELETE FROM trace_days WHERE environment_id = env AND day = (at AT TIME ZONE 'UTC')::date;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION trace_day_gone() FROM PUBLIC;
-- As of crashes: a day is made when it is over for 24 hours at least; fresh
-- traces cost no more than this comparison.
CREATE TRIGGER trace_day_put AFTER INSERT OR UPDATE OF name, context_no, duration_ms
  ON traces FOR EACH ROW WHEN (NEW.ts < now() - interval '20 hours')
  EXECUTE FUNCTION trace_day_gone();
CREATE TRIGGER trace_day_delete AFTER DELETE
  ON traces FOR EACH ROW WHEN (OLD.ts < now() - interval '20 hours')
  EXECUTE FUNCTION trace_day_gone();
