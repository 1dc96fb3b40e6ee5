-- Erasure and export of what is known of a person, and erasure of events that
-- should not have been sent. One row a request; what it asks for stays sealed
-- and is forgotten when it is done.
CREATE TABLE privacy_requests (
  id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  kind           text NOT NULL CHECK (kind IN ('erase', 'export')),
  target         text NOT NULL CHECK (target IN ('person', 'events')),
  mode           text NOT NULL CHECK (mode IN ('delete', 'pseudonymize', '')),
  law            text NOT NULL DEFAULT 'gdpr' CHECK (law IN ('gdpr', 'ccpa', 'other')),
  state          text NOT NULL DEFAULT 'received'
                 CHECK (state IN ('received', 'running', 'done', 'failed', 'cancelled')),
  step           text NOT NULL DEFAULT '' ,            -- of a running one, jobs/erase.h
  subject        bytea,                                -- AES-256-GCM, model/project/privacy.h; NULL: forgotten
  digests        text[] NOT NULL DEFAULT '{}',         -- keyed hashes of the ids asked for
  requested_by   text NOT NULL,                        -- actor, as in audit_entries
  requested_at   timestamptz NOT NULL DEFAULT now(),
  not_before     timestamptz NOT NULL DEFAULT now(),   -- may be cancelled until then
  due_at         timestamptz NOT NULL,
  started_at     timestamptz,
  erased_at      timestamptz,                          -- tombstones: items up to here are dropped
  finished_at    timestamptz,
  person_nos     int4[] NOT NULL DEFAULT '{}',
  device_nos     int4[] NOT NULL DEFAULT '{}',
  queue_mark     text NOT NULL DEFAULT '',             -- newest entry of the queue at erased_at
  counts         jsonb NOT NULL DEFAULT '{}',          -- rows, by table
  rounds         int4 NOT NULL DEFAULT 0,              -- verifications that found something
  error          text NOT NULL DEFAULT '',
  receipt        text,                                 -- JWS, compact
  file_bytes     int8 NOT NULL DEFAULT 0,              -- export: size and digest of the archive
  file_sha256    text NOT NULL DEFAULT '',
  file_until     timestamptz                           -- may be fetched until then
);
CREATE INDEX privacy_requests_list ON privacy_requests (environment_id, requested_at DESC, id);
CREATE INDEX privacy_requests_open ON privacy_requests (not_before) WHERE state IN ('received', 'running');

-- Who was erased: a keyed hash of the id, never the id. Items of theirs that
-- happened up to erased_at are dropped when they come.
CREATE TABLE erasure_tombstones (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  hash           bytea NOT NULL,                       -- ingest/tombstone.h
  erased_at      timestamptz NOT NULL,
  PRIMARY KEY (environment_id, hash)
);

-- Moves with every erasure: a consumer forgets what it remembers of ids.
ALTER TABLE environments ADD COLUMN erasures int8 NOT NULL DEFAULT 0;
GRANT UPDATE (erasures) ON environments TO tidemark_consumer;

-- Rows on their way out, filled and emptied inside one transaction.
-- kind: enum item_type; 7 a session's start, n = -1: one that came instead.
CREATE UNLOGGED TABLE erasure_rows (
  environment_id int4 NOT NULL,
  kind           int2 NOT NULL,
  n              int2 NOT NULL DEFAULT 1,
  ts             timestamptz NOT NULL,
  event_id       uuid,
  person_no      int4,
  device_no      int4,
  context_no     int4 NOT NULL,
  session_no     int8,
  name           text NOT NULL DEFAULT '',
  group_no       int4,
  fatal          boolean NOT NULL DEFAULT false,
  symbols_key    bytea
);
CREATE INDEX erasure_rows_env ON erasure_rows (environment_id);
-- Memberships of days that nothing supports any more; likewise.
CREATE UNLOGGED TABLE erasure_members (
  environment_id int4 NOT NULL,
  day            date NOT NULL,
  dim            int2 NOT NULL,
  value          text NOT NULL,
  person_no      int4 NOT NULL
);
CREATE INDEX erasure_members_env ON erasure_members (environment_id);
-- Digests that still hold what is gone, to be made again.
CREATE TABLE erasure_digests (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  day            date NOT NULL,
  name           text NOT NULL,
  PRIMARY KEY (environment_id, day, name)
);
-- How far the verification of an environment has come; its requests are those
-- in step 'scan' that began before it.
CREATE TABLE erasure_scans (
  environment_id int4 PRIMARY KEY REFERENCES environments ON DELETE CASCADE,
  requests       uuid[] NOT NULL,
  place          text NOT NULL DEFAULT '',             -- table being read
  pos            text NOT NULL DEFAULT '',
  seen           jsonb NOT NULL DEFAULT '{}',          -- rows looked at, by table
  found          int8[] NOT NULL DEFAULT '{}',         -- rows that hold an id, by request
  redacted       int8[] NOT NULL DEFAULT '{}',         -- rows it was taken out of
  found_in       text NOT NULL DEFAULT '',             -- the first place of these
  started_at     timestamptz NOT NULL DEFAULT now()
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['privacy_requests','erasure_tombstones','erasure_rows','erasure_members',
      'erasure_digests','erasure_scans'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO tidemark_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY app_environment ON %I TO tidemark_app USING (environment_id = ctx_environment()) WITH CHECK (environment_id = ctx_environment())', t);
    EXECUTE format('CREATE POLICY consumer_all ON %I TO tidemark_consumer USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tidemark_consumer', t);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE (state, finished_at, subject, not_before) ON privacy_requests TO tidemark_app;

-- Offsets 0..32767 as a bitmap of a chunk.
CREATE FUNCTION erasure_bits(p_offsets int4[]) RETURNS bit(32768)
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE b bit(32768) := repeat('0', 32768)::bit(32768); o int4;
BEGIN
  FOREACH o IN ARRAY p_offsets LOOP b := set_bit(b, o, 1); END LOOP;
  RETURN b;
END $$;

-- The verification reads every column that can hold text, of every table of
-- the event side, whatever tables there will be: those with environment_id.
CREATE FUNCTION erasure_columns(p_table text) RETURNS TABLE (col text, sort text)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT a.attname::text, format_type(a.atttypid, NULL) FROM pg_attribute a
   WHERE a.attrelid = to_regclass(p_table) AND a.attnum > 0 AND NOT a.attisdropped
     AND format_type(a.atttypid, NULL) IN ('text', 'jsonb', 'json', 'bytea', 'text[]', 'character varying')
   ORDER BY a.attnum $$;
CREATE FUNCTION erasure_tables() RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
     AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'environment_id' AND NOT a.attisdropped)
     AND EXISTS (SELECT FROM erasure_columns(c.relname::text))
     AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1 $$;
-- One piece of a table. pos: where to go on, NULL after the last piece; hay:
-- all text of a row. By time where the table is partitioned, else by place.
CREATE FUNCTION erasure_piece(p_env int4, p_table text, p_pos text, p_rows int4)
RETURNS TABLE (pos text, leaf oid, place text, person_no int4, first_us int8, hay text)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  text_of text; names text[]; at text; id text; sort text; who text; since text; parted boolean; lo int8; pages int8;
BEGIN
  parted := (SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(p_table));
  SELECT array_agg(a.attname::text) INTO names FROM pg_attribute a
   WHERE a.attrelid = to_regclass(p_table) AND a.attnum > 0 AND NOT a.attisdropped;
  SELECT string_agg(CASE WHEN c.sort = 'bytea' THEN format('encode(x.%I, ''escape'')', c.col)
                         ELSE format('x.%I::text', c.col) END, ', ') INTO text_of FROM erasure_columns(p_table) c;
  who := CASE WHEN 'person_no' = ANY(names) THEN 'x.person_no' ELSE 'NULL::int4' END;
  since := CASE WHEN 'first_seen' = ANY(names) THEN '(extract(epoch FROM x.first_seen) * 1000000)::int8' ELSE 'NULL::int8' END;
  at := CASE WHEN 'ts' = ANY(names) THEN 'ts' WHEN 'received_at' = ANY(names) THEN 'received_at' END;
  id := CASE WHEN 'event_id' = ANY(names) THEN 'event_id' WHEN 'batch_id' = ANY(names) THEN 'batch_id' END;
  IF parted AND at IS NOT NULL AND id IS NOT NULL THEN
    sort := CASE id WHEN 'event_id' THEN 'uuid' ELSE 'text' END;
    RETURN QUERY EXECUTE format(
      'SELECT x.%1$I::text || ''|'' || x.%2$I, x.tableoid, x.ctid::text, %3$s, %4$s, concat_ws(E''\n'', %5$s)'
      ' FROM %6$I x WHERE x.environment_id = $1 AND x.%1$I >= $2::timestamptz'
      ' AND (x.%1$I, x.%2$I) > ($2::timestamptz, $3::%7$s) ORDER BY x.%1$I, x.%2$I LIMIT $4',
      at, id, who, since, text_of, p_table, sort)
      USING p_env, coalesce(nullif(split_part(p_pos, '|', 1), ''), '-infinity'),
            CASE WHEN p_pos = '' AND sort = 'uuid' THEN '00000000-0000-0000-0000-000000000000'
                 ELSE split_part(p_pos, '|', 2) END, p_rows;
    RETURN;
  ELSIF parted THEN
    RETURN QUERY EXECUTE format('SELECT NULL::text, x.tableoid, x.ctid::text, %s, %s, concat_ws(E''\n'', %s)'
      ' FROM %I x WHERE x.environment_id = $1', who, since, text_of, p_table) USING p_env;
    RETURN;
  END IF;
  lo := coalesce(nullif(p_pos, ''), '0')::int8;
  pages := pg_relation_size(to_regclass(p_table)) / current_setting('block_size')::int8;
  RETURN QUERY EXECUTE format(
    'SELECT $3::text, x.tableoid, x.ctid::text, %1$s, %2$s, concat_ws(E''\n'', %3$s) FROM %4$I x'
    ' WHERE x.environment_id = $1 AND x.ctid >= $2::tid AND x.ctid < $4::tid', who, since, text_of, p_table)
    USING p_env, format('(%s,0)', lo), (lo + p_rows / 16)::text, format('(%s,0)', lo + p_rows / 16);
  IF lo + p_rows / 16 <= pages THEN -- an end that says: there is more
    RETURN QUERY SELECT (lo + p_rows / 16)::text, NULL::oid, NULL::text, NULL::int4, NULL::int8, NULL::text;
  END IF;
END $$;
-- Take a word out of one row: of all its text that is no key and no name.
CREATE FUNCTION erasure_redact(p_env int4, p_table text, p_leaf oid, p_place text, p_word text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  sets text; gone text; word text; n int8;
BEGIN
  -- bytes, and what a client said of its losses: the whole row
  IF p_table IN ('dead_letters', 'client_reports') THEN
    EXECUTE format('DELETE FROM %I WHERE environment_id = $1 AND tableoid = $3 AND ctid = $2::tid', p_table)
      USING p_env, p_place, p_leaf;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n > 0;
  END IF;
  gone := 'erased-' || left(md5(random()::text), 8);
  word := btrim(to_json(p_word)::text, '"');
  SELECT string_agg(CASE c.sort
      WHEN 'jsonb' THEN format('%1$I = replace(%1$I::text, $3, $4)::jsonb', c.col)
      WHEN 'json' THEN format('%1$I = replace(%1$I::text, $3, $4)::json', c.col)
      WHEN 'text[]' THEN format('%1$I = replace(%1$I::text, $3, $4)::text[]', c.col)
      ELSE format('%1$I = replace(%1$I, $5, $4)', c.col) END, ', ') INTO sets
    FROM erasure_columns(p_table) c
   WHERE c.sort <> 'bytea' AND c.col NOT IN ('name', 'namespace', 'fingerprint', 'value', 'key', 'status', 'actor', 'action', 'kind', 'op')
     AND (p_table <> 'person_properties' OR c.col = 'value');
  IF p_table IN ('person_properties', 'property_changes') THEN
    sets := 'value = replace(value::text, $3, $4)::jsonb';
  END IF;
  IF sets IS NULL OR NOT has_table_privilege(to_regclass(p_table), 'UPDATE') THEN RETURN false; END IF;
  EXECUTE format('UPDATE %I SET %s WHERE environment_id = $1 AND tableoid = $6 AND ctid = $2::tid', p_table, sets)
    USING p_env, p_place, word, gone, p_word, p_leaf;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n > 0;
END $$;
DO $$ DECLARE f text; BEGIN
  FOR f IN SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.proname LIKE 'erasure\_%' LOOP
    EXECUTE 'REVOKE ALL ON FUNCTION ' || f || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO tidemark_consumer';
  END LOOP;
END $$;
