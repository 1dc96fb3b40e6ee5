-- Retention: partitions that are over go, `seen` follows them, and what each
-- environment keeps beside its rows ages. Classes, exact days: DATA.

-- redact: after so many days a crash keeps what groups and numbers need and
-- nothing a person wrote; 0 = never. classes_at: last change of a class, so
-- that whoever read the list before it has ended when rows begin to move.
-- rollup_*_to: before it, quarter-hours are hours, and hours are days.
ALTER TABLE environments ADD COLUMN crash_redact_days int4 NOT NULL DEFAULT 0 CHECK (crash_redact_days >= 0);
ALTER TABLE environments ADD COLUMN classes_at timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE environments ADD COLUMN rollup_hours_to timestamptz;
ALTER TABLE environments ADD COLUMN rollup_days_to timestamptz;
GRANT UPDATE (rollup_hours_to, rollup_days_to) ON environments TO tidemark_consumer;

-- Partitions that were taken off: on their way to nothing. Rows of `seen` that
-- point into one are removed before its line is `swept`.
CREATE TABLE retention_drops (
  id          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parent      text NOT NULL,
  class       int2 NOT NULL,
  leaf        text NOT NULL,
  lo          timestamptz NOT NULL,
  hi          timestamptz NOT NULL,
  bytes       int8 NOT NULL,
  detached_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  dropped_at  timestamptz,
  swept_at    timestamptz
);
CREATE INDEX retention_drops_open ON retention_drops (id) WHERE dropped_at IS NULL OR swept_at IS NULL;

-- Where the pass over `seen` is; one row while a pass is under way.
CREATE TABLE retention_sweep (
  one     boolean PRIMARY KEY DEFAULT true CHECK (one),
  part    int4 NOT NULL DEFAULT 0,
  page    int8 NOT NULL DEFAULT 0,
  upto    int8 NOT NULL                                -- retention_drops.id
);

-- Per environment: when its turn was, and what was removed on which day (UTC).
CREATE TABLE retention_turns (
  environment_id int4 PRIMARY KEY REFERENCES environments ON DELETE CASCADE,
  ran_at         timestamptz,                          -- NULL = as soon as possible
  ok             boolean NOT NULL DEFAULT true,
  error          text NOT NULL DEFAULT '',
  daily_on       date                                  -- what looks at every row is done once a day
);
CREATE TABLE retention_removed (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  day            date NOT NULL,
  what           text NOT NULL,                        -- 'events', 'sessions', …
  rows           int8 NOT NULL,
  PRIMARY KEY (environment_id, day, what)
);
-- Bytes of one row with its indexes, for estimates; of all tenants together.
CREATE TABLE retention_sizes (
  parent text NOT NULL,
  class  int2 NOT NULL,
  rows   int8 NOT NULL,
  bytes  int8 NOT NULL,
  at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (parent, class)
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['retention_drops','retention_sweep','retention_turns','retention_removed',
      'retention_sizes'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO tidemark_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY consumer_all ON %I TO tidemark_consumer USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tidemark_consumer', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['retention_turns','retention_removed'] LOOP
    EXECUTE format('CREATE POLICY app_environment ON %I TO tidemark_app USING (environment_id = ctx_environment()) WITH CHECK (environment_id = ctx_environment())', t);
    EXECUTE format('GRANT SELECT ON %I TO tidemark_app', t);
  END LOOP;
END $$;
GRANT UPDATE (ran_at) ON retention_turns TO tidemark_app;      -- settings changed: soon
CREATE POLICY consumer_read ON partition_lines FOR SELECT TO tidemark_consumer USING (true);
GRANT SELECT ON partition_lines TO tidemark_consumer;
CREATE POLICY app_read ON retention_sizes FOR SELECT TO tidemark_app USING (true);
GRANT SELECT ON retention_sizes TO tidemark_app;
-- when the job last ran, and how it ended: one line, nothing of any tenant
CREATE POLICY app_retention ON system_state FOR SELECT TO tidemark_app USING (key = 'job:retention');
GRANT SELECT ON system_state TO tidemark_app;

-- Every partition with its bounds, which its name says (partition_bounds).
CREATE FUNCTION partition_list() RETURNS TABLE (parent text, class int2, leaf text, lo timestamptz, hi timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
  SELECT p.relname::text, substr(m.relname, length(p.relname) + 3)::int2, c.relname::text, b.lo, b.lo + b.step
    FROM pg_class p JOIN pg_inherits i ON i.inhparent = p.oid JOIN pg_class m ON m.oid = i.inhrelid
    JOIN pg_inherits j ON j.inhparent = m.oid JOIN pg_class c ON c.oid = j.inhrelid
    CROSS JOIN LATERAL (SELECT substr(c.relname, length(m.relname) + 2) AS s) x
    CROSS JOIN LATERAL (SELECT to_timestamp(substr(x.s, 2) || CASE left(x.s, 1)
        WHEN 'y' THEN '0101' WHEN 'm' THEN '01' ELSE '' END, 'YYYYMMDD') AS lo,
      CASE left(x.s, 1) WHEN 'y' THEN interval '1 year' WHEN 'm' THEN interval '1 month'
        ELSE interval '1 day' END AS step) b
   WHERE p.relname IN ('events', 'crashes', 'traces') AND p.relnamespace = 'public'::regnamespace
     AND x.s ~ '^[ymd][0-9]+$' $$;

-- Whether a partition is over: no row in it can be shown to anybody. One day
-- more than the class, so that partition_prepare() does not make it again.
-- An environment whose rows still wait to be moved to a longer class holds it.
CREATE FUNCTION partition_is_over(p_parent text, p_class int2, p_hi timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p_class > 0 AND p_hi <= now() - make_interval(days => p_class + 1) AND NOT EXISTS (
    SELECT FROM environments e CROSS JOIN LATERAL (SELECT
        CASE p_parent WHEN 'events' THEN e.event_classes WHEN 'crashes' THEN e.crash_classes ELSE e.trace_classes END,
        CASE p_parent WHEN 'events' THEN e.retention_raw_days WHEN 'crashes' THEN e.retention_crash_days
          ELSE e.retention_trace_days END) k (classes, days)
     WHERE p_class = ANY (k.classes) AND (k.days = 0 OR p_hi > now() - make_interval(days => k.days))) $$;

CREATE FUNCTION retention_over() RETURNS TABLE (parent text, class int2, leaf text, lo timestamptz, hi timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT l.parent, l.class, l.leaf, l.lo, l.hi FROM partition_list() l
   WHERE partition_is_over(l.parent, l.class, l.hi) ORDER BY l.hi, l.parent, l.class $$;

-- Take one off. The class's table must be had alone for that: not longer than
-- 40 ms, since all that read it would wait behind. False: not now.
CREATE FUNCTION retention_detach(p_leaf text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '40ms' AS $$
DECLARE l record; n int8;
BEGIN
  SELECT * INTO l FROM retention_over() o WHERE o.leaf = p_leaf;
  IF NOT FOUND THEN RETURN false; END IF;
  n := pg_total_relation_size(p_leaf::regclass);
  BEGIN
    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', format('%s_c%s', l.parent, l.class), l.leaf);
  EXCEPTION WHEN lock_not_available THEN RETURN false;
  END;
  INSERT INTO retention_drops (parent, class, leaf, lo, hi, bytes)
  VALUES (l.parent, l.class, l.leaf, l.lo, l.hi, n);
  RETURN true;
END $$;

-- Nobody reads what was taken off: files go without anybody waiting.
CREATE FUNCTION retention_drop(p_id int8) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE d retention_drops;
BEGIN
  SELECT * INTO d FROM retention_drops WHERE id = p_id AND dropped_at IS NULL FOR UPDATE;
  IF NOT FOUND OR EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(d.leaf)) THEN RETURN false; END IF;
  EXECUTE format('DROP TABLE IF EXISTS %I', d.leaf);
  UPDATE retention_drops SET dropped_at = clock_timestamp() WHERE id = p_id;
  RETURN true;
END $$;

-- Some pages of `seen`: rows that point into what is gone, and those of items
-- without a row of their own (properties, identities, sessions' ends, reports)
-- whose class is over. NULL = nothing to do; else rows removed. What is done
-- and where it stands are one transaction.
CREATE FUNCTION retention_seen_step(p_pages int4) RETURNS int8
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE s retention_sweep; n int8; size int8;
BEGIN
  SELECT * INTO s FROM retention_sweep FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO retention_sweep (upto) SELECT max(id) FROM retention_drops WHERE swept_at IS NULL
      HAVING max(id) IS NOT NULL RETURNING * INTO s;
    IF NOT FOUND THEN RETURN NULL; END IF;
  END IF;
  EXECUTE format($q$
    WITH gone AS (DELETE FROM seen_%s s USING environments e
      WHERE s.ctid >= $1 AND s.ctid < $2 AND e.id = s.environment_id AND (
        (s.kind IN (1, 5, 6) AND EXISTS (SELECT FROM retention_drops d
          WHERE d.swept_at IS NULL AND d.id <= $3 AND d.class = s.class AND s.ts >= d.lo AND s.ts < d.hi
          AND d.parent = CASE s.kind WHEN 1 THEN 'events' WHEN 5 THEN 'crashes' ELSE 'traces' END))
        OR (s.kind NOT IN (1, 5, 6) AND retention_class(e.retention_raw_days) > 0
          AND s.ts < date_trunc('day', now()) - make_interval(days => retention_class(e.retention_raw_days) + 1)))
      RETURNING s.environment_id, s.kind),
    told AS (INSERT INTO retention_removed AS r (environment_id, day, what, rows)
      SELECT environment_id, now()::date, CASE kind WHEN 1 THEN 'events' WHEN 5 THEN 'crashes'
        WHEN 6 THEN 'traces' ELSE 'others' END, count(*) FROM gone GROUP BY 1, 3 ORDER BY 1, 3
      ON CONFLICT (environment_id, day, what) DO UPDATE SET rows = r.rows + excluded.rows)
    SELECT count(*) FROM gone $q$, s.part)
    INTO n USING format('(%s,0)', s.page)::tid, format('(%s,0)', s.page + p_pages)::tid, s.upto;
  s.page := s.page + p_pages;
  size := pg_relation_size(format('seen_%s', s.part)::regclass) / current_setting('block_size')::int8;
  IF s.page < size THEN
    UPDATE retention_sweep SET page = s.page;
  ELSIF s.part < 15 THEN
    UPDATE retention_sweep SET part = s.part + 1, page = 0;
  ELSE
    UPDATE retention_drops SET swept_at = clock_timestamp() WHERE swept_at IS NULL AND id <= s.upto;
    DELETE FROM retention_sweep;
  END IF;
  RETURN n;
END $$;

-- Rows and bytes of every class, from the statistics of its partitions.
CREATE FUNCTION retention_measure() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE q record;
BEGIN
  -- too few rows for autovacuum to look at them
  FOR q IN SELECT p.leaf FROM partition_list() p JOIN pg_class c ON c.oid = to_regclass(p.leaf)
            WHERE c.reltuples < 0 AND pg_relation_size(c.oid) BETWEEN 1 AND 8388608 LIMIT 20 LOOP
    EXECUTE format('ANALYZE %I', q.leaf);
  END LOOP;
  INSERT INTO retention_sizes (parent, class, rows, bytes)
  SELECT l.parent, l.class, sum(greatest(c.reltuples, 0)), sum(pg_total_relation_size(c.oid))
    FROM partition_list() l JOIN pg_class c ON c.relname = l.leaf AND c.relnamespace = 'public'::regnamespace
   WHERE c.reltuples > 0 GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (parent, class) DO UPDATE SET rows = excluded.rows, bytes = excluded.bytes, at = now();
END $$;

-- The ledger of batches, by month of receipt.
CREATE FUNCTION retention_ledger(p_days int4) RETURNS int4
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '40ms' AS $$
DECLARE l record; n int4 := 0;
BEGIN
  IF p_days < 62 THEN RAISE EXCEPTION 'retention_ledger: % days are too few', p_days; END IF;
  FOR l IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'batches'::regclass AND c.relname ~ '^batches_[0-9]{6}$'
              AND to_date(substr(c.relname, 9), 'YYYYMM') + interval '1 month' <= now() - make_interval(days => p_days)
            ORDER BY 1 LIMIT 3 LOOP
    BEGIN
      EXECUTE format('ALTER TABLE batches DETACH PARTITION %I', l.relname);
      EXECUTE format('DROP TABLE %I', l.relname);
      n := n + 1;
    EXCEPTION WHEN lock_not_available THEN RETURN n;
    END;
  END LOOP;
  RETURN n;
END $$;

-- The oldest month that is still days becomes one partition, when it ended 14
-- days ago and its days are few rows (large ones are worth a partition each).
-- Only for classes that keep hundreds of days; the others drop days one by
-- one. Rows that arrive late for it wait as long as the copy takes; readers
-- only for the exchange, at most 40 ms for its lock. NULL = nothing to do.
CREATE FUNCTION retention_merge(p_parent text, p_class int2, p_rows int8) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '40ms' AS $$
DECLARE
  l partition_lines; m date; mid text := format('%s_c%s', p_parent, p_class); leaf text; d record;
  days text[]; n int8; there int8;
BEGIN
  IF p_parent NOT IN ('events', 'crashes', 'traces') OR p_class NOT IN (0, 400) THEN RETURN NULL; END IF;
  PERFORM pg_advisory_xact_lock(7310, hashtext(p_parent) # p_class);
  SELECT * INTO l FROM partition_lines WHERE parent = p_parent AND class = p_class;
  m := l.day_from;
  IF m IS NULL OR m <> date_trunc('month', m) OR m + interval '1 month' > now() - interval '14 days' THEN RETURN NULL; END IF;
  leaf := mid || to_char(m, '"_m"YYYYMM');
  SELECT array_agg(p.leaf ORDER BY p.lo), coalesce(sum(greatest(c.reltuples, 0)), 0) INTO days, n
    FROM partition_list() p JOIN pg_class c ON c.relname = p.leaf AND c.relnamespace = 'public'::regnamespace
   WHERE p.parent = p_parent AND p.class = p_class AND p.lo >= m AND p.lo < m + interval '1 month';
  IF n > p_rows THEN RETURN NULL; END IF;
  IF days IS NOT NULL THEN
    EXECUTE (SELECT 'LOCK TABLE ' || string_agg(quote_ident(x), ', ' ORDER BY x) || ' IN SHARE ROW EXCLUSIVE MODE'
               FROM unnest(days) x);
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', leaf, mid);
    PERFORM partition_guard(leaf);
    EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', leaf);
    -- from the top: the partitions' own guard hides them from everybody
    EXECUTE format('INSERT INTO %I SELECT * FROM %I WHERE class = %s AND ts >= %L AND ts < %L', leaf, p_parent,
                   p_class, m::timestamptz, (m + interval '1 month')::timestamptz);
    GET DIAGNOSTICS n = ROW_COUNT;
    EXECUTE format('SELECT count(*) FROM %I WHERE class = %s AND ts >= %L AND ts < %L', p_parent,
                   p_class, m::timestamptz, (m + interval '1 month')::timestamptz) INTO there;
    IF n <> there THEN RAISE EXCEPTION 'retention_merge: % of % rows in %', n, there, leaf; END IF;
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', leaf);
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT month_only CHECK (ts >= %L AND ts < %L)', leaf,
                   m::timestamptz, (m + interval '1 month')::timestamptz);
    FOR d IN SELECT x FROM unnest(days) x ORDER BY 1 LOOP
      EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', mid, d.x);
      EXECUTE format('DROP TABLE %I', d.x);
    END LOOP;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', mid, leaf,
                   m::timestamptz, (m + interval '1 month')::timestamptz);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT month_only', leaf);
  END IF;
  UPDATE partition_lines SET day_from = m + interval '1 month' WHERE parent = p_parent AND class = p_class;
  RETURN true;
EXCEPTION WHEN lock_not_available THEN RETURN false;
END $$;

DO $$ DECLARE f text; BEGIN
  FOR f IN SELECT p.oid::regprocedure::text FROM pg_proc p
            WHERE p.proname LIKE 'retention\_%' AND p.proname <> 'retention_class'
               OR p.proname IN ('partition_list', 'partition_is_over') LOOP
    EXECUTE 'REVOKE ALL ON FUNCTION ' || f || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO tidemark_consumer';
  END LOOP;
END $$;
