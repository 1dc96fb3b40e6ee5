-- What the server knows of its own work: runs of jobs, minutes of the queue,
-- alarms, webhooks. Rows of the system, seen by system administrators only;
-- webhooks of a team by the team.

-- True for a system administrator; one look a statement as (SELECT ctx_system()).
CREATE FUNCTION ctx_system() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT EXISTS (SELECT FROM users u WHERE u.id = ctx_user() AND u.system_admin AND u.disabled_at IS NULL) $$;

-- Runs that did something, failed, were asked for, or come seldom.
CREATE TABLE job_runs (
  id       int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job      text NOT NULL,
  began_at timestamptz NOT NULL,
  ms       int8 NOT NULL,
  ok       boolean NOT NULL,
  steps    int8 NOT NULL,
  asked    boolean NOT NULL DEFAULT false,             -- "run now"
  error    text NOT NULL DEFAULT '',
  consumer text NOT NULL DEFAULT ''
);
CREATE INDEX job_runs_job ON job_runs (job, id);
CREATE INDEX job_runs_time ON job_runs (began_at);

-- Work by kind and minute (grain 1), folded into hours (grain 60) after a day.
-- kind: 'ingest' = transactions that store batches, else the name of a job.
-- hist[i]: runs that took up to 0.25 ms * 2^(i/4) (queue/runtime.h).
CREATE TABLE queue_minutes (
  grain      int2 NOT NULL CHECK (grain IN (1, 60)),
  at         timestamptz NOT NULL,
  kind       text NOT NULL,
  runs       int8 NOT NULL DEFAULT 0,
  failures   int8 NOT NULL DEFAULT 0,
  retries    int8 NOT NULL DEFAULT 0,                  -- batches that came again
  batches    int8 NOT NULL DEFAULT 0,
  items      int8 NOT NULL DEFAULT 0,
  dead       int8 NOT NULL DEFAULT 0,
  busy_us    int8 NOT NULL DEFAULT 0,
  lag_max_ms int8 NOT NULL DEFAULT 0,
  hist       int4[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (grain, at, kind)
) WITH (fillfactor = 70);

-- Element by element; the longer one decides the length.
CREATE FUNCTION hist_add(a int4[], b int4[]) RETURNS int4[]
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT coalesce(array_agg(coalesce(x, 0) + coalesce(y, 0) ORDER BY i), '{}')
  FROM unnest(a, b) WITH ORDINALITY AS u (x, y, i) $$;
CREATE AGGREGATE hist_sum(int4[]) (SFUNC = hist_add, STYPE = int4[], INITCOND = '{}');

-- One row an alarm of model/system/alarm_rule.c, written when its state moves.
CREATE TABLE alarms (
  name           text PRIMARY KEY,
  state          text NOT NULL DEFAULT 'ok' CHECK (state IN ('ok', 'pending', 'firing')),
  since          timestamptz NOT NULL DEFAULT now(),   -- of the state
  beyond_at      timestamptz,                          -- last reading beyond the threshold
  looked_at      timestamptz NOT NULL DEFAULT now(),
  value          float8,                               -- last reading; NULL = none
  threshold      float8 NOT NULL DEFAULT 0,
  detail         text NOT NULL DEFAULT '',
  event_id       int8,                                 -- while firing
  silenced_until timestamptz,
  silenced_by    text NOT NULL DEFAULT ''
);
CREATE TABLE alarm_events (                            -- a firing, from begin to end
  id              int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name            text NOT NULL,
  severity        text NOT NULL,
  fired_at        timestamptz NOT NULL DEFAULT now(),
  resolved_at     timestamptz,
  value           float8,                              -- when it fired
  peak            float8,
  threshold       float8 NOT NULL,
  detail          text NOT NULL DEFAULT '',
  silenced        boolean NOT NULL DEFAULT false,      -- nobody was told
  acknowledged_at timestamptz,
  acknowledged_by text NOT NULL DEFAULT '',
  note            text NOT NULL DEFAULT ''
);
CREATE INDEX alarm_events_time ON alarm_events (fired_at);

-- Where news goes: of the system, or of one team. Secrets are sealed, bound to
-- 'webhooks|<id>|secret'; during a rotation the old one signs as well.
CREATE TABLE webhooks (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  scope        text NOT NULL CHECK (scope IN ('system', 'team')),
  team_id      uuid REFERENCES teams ON DELETE CASCADE,
  url          text NOT NULL,
  name         text NOT NULL DEFAULT '',
  secret       bytea NOT NULL,
  secret_old   bytea,
  old_until    timestamptz,
  created_at   timestamptz NOT NULL DEFAULT now(),
  created_by   uuid,
  disabled_at  timestamptz,
  disabled_why text NOT NULL DEFAULT '',
  CHECK ((scope = 'team') = (team_id IS NOT NULL))
);
CREATE INDEX webhooks_team ON webhooks (team_id) WHERE team_id IS NOT NULL;
CREATE TABLE webhook_deliveries (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(), -- webhook-id
  webhook_id   uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
  event        text NOT NULL,                          -- 'alarm.fired'
  body         text NOT NULL,                          -- to the byte as it is signed
  created_at   timestamptz NOT NULL DEFAULT now(),
  next_at      timestamptz NOT NULL DEFAULT now(),
  attempts     int4 NOT NULL DEFAULT 0,
  status       int4,                                   -- HTTP, of the last attempt
  ms           int8,
  error        text NOT NULL DEFAULT '',
  delivered_at timestamptz,
  failed_at    timestamptz                             -- given up
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at)
  WHERE delivered_at IS NULL AND failed_at IS NULL;
CREATE INDEX webhook_deliveries_hook ON webhook_deliveries (webhook_id, created_at);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['job_runs', 'queue_minutes', 'alarms', 'alarm_events', 'webhooks',
      'webhook_deliveries'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO tidemark_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY consumer_all ON %I TO tidemark_consumer USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tidemark_consumer', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['job_runs', 'queue_minutes', 'system_state', 'alarms', 'alarm_events'] LOOP
    EXECUTE format('CREATE POLICY app_system ON %I TO tidemark_app USING ((SELECT ctx_system()))', t);
    EXECUTE format('GRANT SELECT ON %I TO tidemark_app', t);
  END LOOP;
END $$;
GRANT UPDATE (silenced_until, silenced_by) ON alarms TO tidemark_app;
GRANT UPDATE (acknowledged_at, acknowledged_by, note) ON alarm_events TO tidemark_app;
CREATE POLICY app_owner ON webhooks TO tidemark_app
  USING (CASE scope WHEN 'system' THEN (SELECT ctx_system()) ELSE team_id = ctx_team() END)
  WITH CHECK (CASE scope WHEN 'system' THEN (SELECT ctx_system()) ELSE team_id = ctx_team() END);
-- as far as the webhook itself can be seen
CREATE POLICY app_owner ON webhook_deliveries TO tidemark_app
  USING (EXISTS (SELECT FROM webhooks w WHERE w.id = webhook_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON webhooks TO tidemark_app;
GRANT SELECT, INSERT, UPDATE (next_at, failed_at) ON webhook_deliveries TO tidemark_app;

-- Dead letters: how often the batch was delivered, and what was done since:
-- [{"at","act","by","batch_id"}].
ALTER TABLE dead_letters ADD COLUMN deliveries int4 NOT NULL DEFAULT 1;
ALTER TABLE dead_letters ADD COLUMN history jsonb NOT NULL DEFAULT '[]';
CREATE INDEX dead_letters_newest ON dead_letters (created_at);
CREATE INDEX dead_letters_event ON dead_letters (environment_id, event_id) WHERE event_id IS NOT NULL;
-- tenants read their own; only the system acts
DROP POLICY app_environment ON dead_letters;
CREATE POLICY app_environment ON dead_letters FOR SELECT TO tidemark_app
  USING (environment_id = ctx_environment());
CREATE POLICY app_system ON dead_letters TO tidemark_app USING ((SELECT ctx_system()));
GRANT UPDATE (wire, replays, resolved_at, resolution, history) ON dead_letters TO tidemark_app;
-- what became of a replay
CREATE POLICY app_system ON batches FOR SELECT TO tidemark_app USING ((SELECT ctx_system()));

-- Names of environments for system administrators.
CREATE FUNCTION auth_environments(p_ids int4[])
RETURNS TABLE (id int4, name text, project text, project_slug text, team text, team_slug text,
  retention_days int4, pii_mode text, pii_keys text, ip_mode text, user_id_mode text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT e.id, e.name, p.name, p.slug, t.name, t.slug, e.retention_raw_days, e.pii_mode,
    array_to_string(e.pii_keys, E'\n'), e.ip_mode, e.user_id_mode
  FROM environments e JOIN projects p ON p.id = e.project_id JOIN teams t ON t.id = e.team_id
  WHERE e.id = ANY (p_ids) AND ctx_system() $$;

-- Who is told of alarms.
CREATE FUNCTION system_addresses() RETURNS TABLE (email text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.email FROM users u
  WHERE u.system_admin AND u.verified_at IS NOT NULL AND u.disabled_at IS NULL ORDER BY u.created_at LIMIT 50 $$;

-- Figures of /metrics, which nobody signs in for: sums only.
CREATE FUNCTION system_figures() RETURNS TABLE (name text, label text, value float8)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT 'dead_letters_open', '', count(*)::float8 FROM dead_letters WHERE resolved_at IS NULL
  UNION ALL
  SELECT 'job_last_run_seconds', substr(key, 5), extract(epoch from now() - at)::float8
  FROM system_state WHERE key LIKE 'job:%'
  UNION ALL
  SELECT 'job_last_ok', substr(key, 5), ((value ->> 'ok')::boolean)::int::float8
  FROM system_state WHERE key LIKE 'job:%'
  UNION ALL
  SELECT 'job_last_ms', substr(key, 5), (value ->> 'ms')::float8
  FROM system_state WHERE key LIKE 'job:%'
  UNION ALL
  SELECT 'alarm_firing', a.name, (state = 'firing')::int::float8 FROM alarms a
  UNION ALL
  SELECT 'alarm_value', a.name, a.value FROM alarms a WHERE a.value IS NOT NULL
  UNION ALL
  SELECT 'webhooks_waiting', '', count(*)::float8 FROM webhook_deliveries
  WHERE delivered_at IS NULL AND failed_at IS NULL
  ORDER BY 1, 2 $$;

REVOKE ALL ON FUNCTION auth_environments(int4[]), system_addresses(), system_figures() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth_environments(int4[]), system_figures() TO tidemark_app;
GRANT EXECUTE ON FUNCTION system_addresses() TO tidemark_consumer;
