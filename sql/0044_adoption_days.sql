-- Closed days of the adoption ledger as sums, so that the console's window of 90
-- days reads 90 days' sums instead of every signal. The rows stay the truth: a day
-- whose rows change in any way loses its sums in the same transaction, is read
-- from the rows again, and is summed anew by the job. Recording a signal stays
-- one insert.

DO $$
BEGIN
  IF NOT (SELECT indisvalid FROM pg_index WHERE indexrelid = 'product_usage_events_reach'::regclass) THEN
    RAISE EXCEPTION 'product_usage_events_reach was not built to its end'
      USING HINT = 'REINDEX INDEX CONCURRENTLY product_usage_events_reach, then migrate up';
  END IF;
END $$;
DROP INDEX product_usage_events_team; -- product_usage_events_reach begins with it

-- A day (UTC) that has its sums has a line with event '' (all of them).
CREATE TABLE adoption_days (
  day     date NOT NULL,
  event   text NOT NULL,
  signals int8 NOT NULL,
  PRIMARY KEY (day, event)
);
ALTER TABLE adoption_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE adoption_days FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON adoption_days TO tidemark_owner USING (true) WITH CHECK (true);
-- nobody else: the functions below

CREATE FUNCTION adoption_unfold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_LEVEL = 'ROW' THEN
    DELETE FROM adoption_days d WHERE d.day = (NEW.occurred_at AT TIME ZONE 'UTC')::date;
  ELSE
    DELETE FROM adoption_days d
    WHERE d.day IN (SELECT (c.occurred_at AT TIME ZONE 'UTC')::date FROM changed c);
  END IF;
  RETURN NULL;
END $$;
-- the prune, and what goes with a team, user, project or environment
CREATE TRIGGER adoption_deleted AFTER DELETE ON product_usage_events
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION adoption_unfold();
-- nothing of ours updates; whoever does by hand gets right sums too
CREATE TRIGGER adoption_moved_from AFTER UPDATE ON product_usage_events
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION adoption_unfold();
CREATE TRIGGER adoption_moved_to AFTER UPDATE ON product_usage_events
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION adoption_unfold();
-- a transaction that began before midnight; on all other inserts only the
-- comparison is made
CREATE TRIGGER adoption_late AFTER INSERT ON product_usage_events
  FOR EACH ROW WHEN (NEW.occurred_at < date_trunc('day', clock_timestamp(), 'UTC'))
  EXECUTE FUNCTION adoption_unfold();

-- Sums of the days that closed an hour ago or earlier and have none. The lock
-- waits for who is inserting: after it every signal of these days is there to
-- count, or comes later and takes the sums away. Not to be had at once: later.
CREATE FUNCTION adoption_fold() RETURNS int8
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
  oldest date;
  n int8;
BEGIN
  LOCK TABLE product_usage_events IN SHARE MODE;
  oldest := (SELECT (min(occurred_at) AT TIME ZONE 'UTC')::date FROM product_usage_events);
  DELETE FROM adoption_days WHERE oldest IS NULL OR day < oldest;
  WITH want AS MATERIALIZED (
      SELECT d.at, (d.at AT TIME ZONE 'UTC')::date AS day
      FROM generate_series(oldest::timestamp AT TIME ZONE 'UTC',
        date_trunc('day', now() - interval '1 hour', 'UTC') - interval '24 hours', interval '24 hours') d (at)
      WHERE NOT EXISTS (SELECT FROM adoption_days a
        WHERE a.day = (d.at AT TIME ZONE 'UTC')::date AND a.event = '')),
    sums AS (
      SELECT w.day, coalesce(u.event, '') AS event, count(u.event) AS signals
      FROM want w LEFT JOIN LATERAL (SELECT e.event FROM product_usage_events e
        WHERE e.occurred_at >= w.at AND e.occurred_at < w.at + interval '24 hours') u ON true
      GROUP BY GROUPING SETS ((w.day, u.event), (w.day))
      HAVING GROUPING(u.event) = 1 OR u.event IS NOT NULL),
    made AS (INSERT INTO adoption_days (day, event, signals)
      SELECT s.day, s.event, s.signals FROM sums s RETURNING event)
  SELECT count(*) FILTER (WHERE event = '') INTO n FROM made;
  RETURN n;
EXCEPTION WHEN lock_not_available THEN
  RETURN 0;
END $$;

-- As sql/0038, by whole days from their sums where they have some. A step is cut
-- at the midnights in it, so any window and step is right; those of the page are
-- whole days or of one day.
CREATE OR REPLACE FUNCTION system_adoption(p_from timestamptz, p_to timestamptz, p_step interval)
RETURNS TABLE (event text, at timestamptz, signals int8, teams int8)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM system_admin_check();
  RETURN QUERY WITH step AS (
      SELECT b.at, least(b.at + p_step, p_to) AS till
      FROM generate_series(p_from, p_to - interval '1 microsecond', p_step) b (at)),
    midnight AS (
      SELECT d.at, d.at + interval '24 hours' AS till, (d.at AT TIME ZONE 'UTC')::date AS day
      FROM generate_series(date_trunc('day', p_from, 'UTC'), p_to, interval '24 hours') d (at)),
    piece AS MATERIALIZED (
      SELECT s.at, greatest(s.at, m.at) AS lo, least(s.till, m.till) AS hi, m.day,
        s.at <= m.at AND m.till <= s.till AND EXISTS (SELECT FROM adoption_days a
          WHERE a.day = m.day AND a.event = '') AS summed
      FROM step s JOIN midnight m ON m.at < s.till AND m.till > s.at),
    s AS MATERIALIZED (
      SELECT c.event, p.at, sum(c.n)::int8 AS n FROM piece p, LATERAL (
        SELECT a.event, a.signals AS n FROM adoption_days a
        WHERE p.summed AND a.day = p.day AND a.event <> ''
        UNION ALL
        SELECT u.event, count(*) FROM product_usage_events u
        WHERE NOT p.summed AND u.occurred_at >= p.lo AND u.occurred_at < p.hi
        GROUP BY u.event) c GROUP BY 1, 2),
    -- teams and milestones are few: a probe for each, whatever there is of signals
    t AS MATERIALIZED (
      SELECT e.event, x.id FROM (SELECT DISTINCT s.event FROM s) e, teams x, LATERAL (
        SELECT FROM product_usage_events u WHERE u.team_id = x.id AND u.event = e.event
          AND u.occurred_at >= p_from AND u.occurred_at < p_to LIMIT 1) u)
    SELECT s.event, s.at, s.n, NULL::int8 FROM s
    UNION ALL
    SELECT n.event, NULL, n.signals, m.teams
      FROM (SELECT s.event, sum(s.n)::int8 AS signals FROM s GROUP BY 1) n
      JOIN (SELECT t.event, count(*) AS teams FROM t GROUP BY 1) m ON m.event = n.event
    UNION ALL
    SELECT NULL, NULL, (SELECT coalesce(sum(s.n), 0)::int8 FROM s),
      (SELECT count(*) FROM (SELECT DISTINCT t.id FROM t) d);
END $$;

REVOKE ALL ON FUNCTION adoption_unfold(), adoption_fold() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION adoption_fold() TO tidemark_consumer;
