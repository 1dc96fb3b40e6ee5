-- The console's sums in two passes over the one index instead of a sort of all
-- signals: signals by step, each step a range of the index, and teams by event,
-- which needs no step. The same rows as before (sql/0034), but teams are
-- counted for the whole window only: nobody reads them by step.
CREATE OR REPLACE FUNCTION system_adoption(p_from timestamptz, p_to timestamptz, p_step interval)
RETURNS TABLE (event text, at timestamptz, signals int8, teams int8)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM system_admin_check();
  RETURN QUERY WITH s AS MATERIALIZED (
      SELECT c.event, b.at, c.n
      FROM generate_series(p_from, p_to - interval '1 microsecond', p_step) b (at),
        LATERAL (SELECT u.event, count(*) AS n FROM product_usage_events u
          WHERE u.occurred_at >= b.at AND u.occurred_at < least(b.at + p_step, p_to)
          GROUP BY u.event) c),
    t AS MATERIALIZED (
      SELECT u.event, u.team_id FROM product_usage_events u
      WHERE u.occurred_at >= p_from AND u.occurred_at < p_to GROUP BY 1, 2)
    SELECT s.event, s.at, s.n, NULL::int8 FROM s
    UNION ALL
    SELECT n.event, NULL, n.signals, m.teams
      FROM (SELECT s.event, sum(s.n)::int8 AS signals FROM s GROUP BY 1) n
      JOIN (SELECT t.event, count(*) AS teams FROM t GROUP BY 1) m ON m.event = n.event
    UNION ALL
    SELECT NULL, NULL, (SELECT coalesce(sum(s.n), 0)::int8 FROM s),
      (SELECT count(*) FROM (SELECT DISTINCT t.team_id FROM t) d);
END $$;
