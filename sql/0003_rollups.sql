-- Numbers that pages read. Changed only for items really inserted, in the
-- same transaction.

-- Additive counts. grain: 15 = UTC quarter-hour, 1440 = local day of the
-- environment's time zone (bucket = the UTC instant of its midnight).
-- dim: 0 all (value ''), 2 event name, 3 app version, 4 platform, 5 country,
-- 6 trace name.
CREATE TABLE rollup_counts (
  environment_id int4 NOT NULL,
  grain          int2 NOT NULL CHECK (grain IN (15, 60, 1440)),
  dim            int2 NOT NULL,
  bucket         timestamptz NOT NULL,
  value          text NOT NULL DEFAULT '',
  events         int8 NOT NULL DEFAULT 0,
  crashes        int8 NOT NULL DEFAULT 0,
  fatal_crashes  int8 NOT NULL DEFAULT 0,
  traces         int8 NOT NULL DEFAULT 0,
  sessions       int8 NOT NULL DEFAULT 0,            -- by the session's start
  PRIMARY KEY (environment_id, grain, dim, bucket, value)
) WITH (fillfactor = 70);

-- Who was active on a local day: rows written by the consumer (insert-only),
-- folded into chunks later. A reader takes the union of both tables, so the
-- answer is exact at every moment, folded or not.
-- dim: 0 all, 1 fatal (had a fatal crash), 2 name, 3 version, 4 platform, 5 country.
CREATE TABLE day_members (
  environment_id int4 NOT NULL,
  day            date NOT NULL,
  dim            int2 NOT NULL,
  value          text NOT NULL DEFAULT '',
  person_no      int4 NOT NULL,
  PRIMARY KEY (environment_id, dim, day, value, person_no)
);
-- person_no / 32768 = chunk; bit person_no % 32768 of bits, or the list.
CREATE TABLE day_chunks (
  environment_id int4 NOT NULL,
  day            date NOT NULL,
  dim            int2 NOT NULL,
  value          text NOT NULL DEFAULT '',
  chunk          int4 NOT NULL,
  bits           bit(32768),                         -- dense
  sparse         int4[],                             -- offsets 0..32767, ascending
  persons        int4 NOT NULL,
  PRIMARY KEY (environment_id, dim, day, value, chunk),
  CHECK ((bits IS NULL) <> (sparse IS NULL))
);
ALTER TABLE day_chunks ALTER COLUMN bits SET STORAGE EXTERNAL;

-- Durations per trace name and local day.
CREATE TABLE trace_digests (
  environment_id int4 NOT NULL,
  day            date NOT NULL,
  name           text NOT NULL,
  samples        int8 NOT NULL,
  digest         tdigest NOT NULL,
  PRIMARY KEY (environment_id, name, day)
);

-- Partitions -------------------------------------------------------------
-- Per table and class: years before month_from, months up to day_from, days
-- from there on. Class 0 = for ever (years from 2000 exist from the start).
CREATE TABLE partition_lines (
  parent     text NOT NULL,
  class      int2 NOT NULL,
  month_from date NOT NULL,
  day_from   date NOT NULL,
  PRIMARY KEY (parent, class)
);

CREATE FUNCTION partition_bounds(p_parent text, p_class int2, p_at timestamptz,
                                 OUT suffix text, OUT lo timestamptz, OUT hi timestamptz)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE l partition_lines;
BEGIN
  SELECT * INTO STRICT l FROM partition_lines WHERE parent = p_parent AND class = p_class;
  IF p_at >= l.day_from THEN
    lo := date_trunc('day', p_at);   hi := lo + interval '1 day';
    suffix := to_char(lo, '"d"YYYYMMDD');
  ELSIF p_at >= l.month_from THEN
    lo := date_trunc('month', p_at); hi := lo + interval '1 month';
    suffix := to_char(lo, '"m"YYYYMM');
  ELSE
    lo := date_trunc('year', p_at);  hi := lo + interval '1 year';
    suffix := to_char(lo, '"y"YYYY');
  END IF;
END $$;

-- Make the partition that holds p_at. Attaching takes only a SHARE UPDATE
-- EXCLUSIVE lock on the parent, so readers and writers go on.
CREATE FUNCTION partition_ensure(p_parent text, p_class int2, p_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE mid text; leaf text; b record; l partition_lines;
BEGIN
  IF p_parent NOT IN ('events', 'crashes', 'traces') OR p_class NOT IN (0, 30, 90, 400) THEN
    RAISE EXCEPTION 'partition_ensure: no such table or class: %/%', p_parent, p_class;
  END IF;
  IF p_at < timestamptz '2000-01-01 00:00Z' OR p_at > now() + interval '8 days' THEN
    RAISE EXCEPTION 'partition_ensure: % is out of range', p_at;
  END IF;
  PERFORM pg_advisory_xact_lock(7310, hashtext(p_parent) # p_class);
  mid := format('%s_c%s', p_parent, p_class);
  IF to_regclass(mid) IS NULL THEN
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (ts)', mid, p_parent);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES IN (%s)', p_parent, mid, p_class);
    PERFORM partition_guard(mid);
  END IF;
  INSERT INTO partition_lines (parent, class, month_from, day_from)
  VALUES (p_parent, p_class, date_trunc('year', now())::date - interval '1 year',
          (date_trunc('month', now() - interval '14 days'))::date)
  ON CONFLICT DO NOTHING;
  SELECT * INTO b FROM partition_bounds(p_parent, p_class, p_at);
  leaf := mid || '_' || b.suffix;
  IF to_regclass(leaf) IS NULL THEN
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', leaf, mid);
    PERFORM partition_guard(leaf);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', mid, leaf, b.lo, b.hi);
  END IF;
END $$;

-- Row-level security for a partition reached directly; same rule as its parent.
CREATE FUNCTION partition_guard(p_table text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', p_table);
  EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', p_table);
  -- no policy: only through the parent
END $$;

-- All partitions a class needs: back to its age, three days ahead.
CREATE FUNCTION partition_prepare(p_class int2) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE parent text; at timestamptz; b record; start timestamptz;
BEGIN
  FOREACH parent IN ARRAY ARRAY['events', 'crashes', 'traces'] LOOP
    start := CASE WHEN p_class = 0 THEN timestamptz '2000-01-01 00:00Z'
                  ELSE now() - make_interval(days => p_class + 1) END;
    at := start;
    WHILE at < now() + interval '4 days' LOOP
      PERFORM partition_ensure(parent, p_class, at);
      SELECT * INTO b FROM partition_bounds(parent, p_class, at);
      at := b.hi;
    END LOOP;
  END LOOP;
END $$;

CREATE FUNCTION batches_ensure(p_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE lo timestamptz := date_trunc('month', p_at); leaf text := 'batches_' || to_char(p_at, 'YYYYMM');
BEGIN
  PERFORM pg_advisory_xact_lock(7310, 1);
  IF to_regclass(leaf) IS NULL THEN
    EXECUTE format('CREATE TABLE %I (LIKE batches INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', leaf);
    PERFORM partition_guard(leaf);
    EXECUTE format('ALTER TABLE batches ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', leaf, lo, lo + interval '1 month');
  END IF;
END $$;

-- The partition class that a number of days falls in.
CREATE FUNCTION retention_class(p_days int4) RETURNS int2 LANGUAGE sql IMMUTABLE AS $$
  SELECT (CASE WHEN p_days = 0 OR p_days > 400 THEN 0 WHEN p_days <= 30 THEN 30
               WHEN p_days <= 90 THEN 90 ELSE 400 END)::int2 $$;

SELECT partition_prepare(90::int2);
SELECT partition_prepare(30::int2);
SELECT batches_ensure(now()), batches_ensure(now() + interval '1 month');
