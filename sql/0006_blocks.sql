-- Persons of 4 and of 16 local days at once, so that a long window reads a
-- dozen sets a value instead of one a day. A block is day / width, days
-- counted from 1970-01-01. Its rows count only while its mark says so: every
-- change of a day takes the mark away in the same transaction, and a job
-- (query/blocks.h) builds the block anew.
CREATE TABLE block_marks (
  environment_id int4 NOT NULL,
  width          int2 NOT NULL CHECK (width IN (4, 16)),
  block          int4 NOT NULL,
  built          boolean NOT NULL,
  PRIMARY KEY (environment_id, width, block)
);
-- Values with fewer than 128 persons in a chunk are kept as a list.
CREATE TABLE block_chunks (
  environment_id int4 NOT NULL,
  width          int2 NOT NULL,
  block          int4 NOT NULL,
  dim            int2 NOT NULL,
  value          text NOT NULL DEFAULT '',
  chunk          int4 NOT NULL,
  bits           bit(32768),
  sparse         int4[],
  PRIMARY KEY (environment_id, dim, value, width, block, chunk),
  CHECK ((bits IS NULL) <> (sparse IS NULL))
) WITH (toast_tuple_target = 8160);
-- In the row, not beside it: one page instead of three TOAST look-ups.
ALTER TABLE block_chunks ALTER COLUMN bits SET STORAGE PLAIN;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['block_marks', 'block_chunks'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO tidemark_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY app_environment ON %I TO tidemark_app USING (environment_id = ctx_environment()) WITH CHECK (environment_id = ctx_environment())', t);
    EXECUTE format('CREATE POLICY consumer_all ON %I TO tidemark_consumer USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT ON %I TO tidemark_app', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tidemark_consumer', t);
  END LOOP;
END $$;

-- A mark is written even where none was: a builder that has taken its own,
-- not yet committed one makes the writer wait, and is undone by it.
CREATE FUNCTION block_unmark() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO block_marks (environment_id, width, block, built)
  SELECT DISTINCT c.environment_id, w, (c.day - date '1970-01-01') / w, false
  FROM changed c CROSS JOIN (VALUES (4), (16)) v (w)
  ORDER BY 1, 2, 3
  ON CONFLICT (environment_id, width, block) DO UPDATE SET built = false;
  RETURN NULL;
END $$;
CREATE TRIGGER block_insert AFTER INSERT ON day_chunks REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION block_unmark();
CREATE TRIGGER block_update AFTER UPDATE ON day_chunks REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION block_unmark();
CREATE TRIGGER block_delete AFTER DELETE ON day_chunks REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION block_unmark();
