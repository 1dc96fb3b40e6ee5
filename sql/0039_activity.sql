-- Who did what in each hour, by context: what windows shorter than a day and
-- filters on the app or the device are counted from, instead of raw rows.

-- The consumer adds a part an hour and transaction, of the rows it really
-- inserted; a job joins parts (jobs/activity.c). A part holds 26 bytes for each
-- quarter-hour, context and person, sorted by them: context_no int4, person_no
-- int4 (as written, 0 = none), quarter int2 (0 to 3), then events, crashes,
-- traces and sessions that began as int4. Sessions are counted under person 0.
-- A number may be negative: it takes back what another part of the hour says.
CREATE SEQUENCE activity_part;
CREATE TABLE activity_hours (
  environment_id int4 NOT NULL,
  hour           timestamptz NOT NULL,
  part           int8 NOT NULL DEFAULT nextval('activity_part'),
  joined         boolean NOT NULL DEFAULT false,     -- by the job
  keys           bytea NOT NULL,
  PRIMARY KEY (environment_id, hour, part)
);
ALTER TABLE activity_hours ALTER COLUMN keys SET STORAGE EXTERNAL;
CREATE INDEX activity_hours_loose ON activity_hours (environment_id, hour) WHERE NOT joined;

-- Hours from here on are complete; retention moves it forward.
ALTER TABLE environments ADD COLUMN activity_from timestamptz NOT NULL DEFAULT 'epoch';
GRANT UPDATE (activity_from) ON environments TO tidemark_consumer;
-- Environments that were here before are gone through, oldest hour first, some
-- minutes after this: then no consumer that adds no parts is at work any more.
-- Hours before `hour` are done; no row: all are.
CREATE TABLE activity_fill (
  environment_id int4 PRIMARY KEY REFERENCES environments ON DELETE CASCADE,
  hour           timestamptz,
  since          timestamptz NOT NULL DEFAULT now()
);
INSERT INTO activity_fill (environment_id) SELECT id FROM environments;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['activity_hours', 'activity_fill'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO tidemark_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY app_environment ON %I TO tidemark_app USING (environment_id = ctx_environment()) WITH CHECK (environment_id = ctx_environment())', t);
    EXECUTE format('CREATE POLICY consumer_all ON %I TO tidemark_consumer USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT ON %I TO tidemark_app', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tidemark_consumer', t);
  END LOOP;
END $$;
GRANT USAGE ON SEQUENCE activity_part TO tidemark_consumer;

-- When two persons became one: rows of the first number are older than that.
ALTER TABLE person_alias ADD COLUMN at timestamptz NOT NULL DEFAULT now();
CREATE INDEX person_alias_at ON person_alias (environment_id, at);

-- The next migration builds its successor without holding up who writes.
DROP INDEX sessions_fatal;
