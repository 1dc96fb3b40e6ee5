-- Plans: what a team may use. A plan is a row for each entitlement (NULL =
-- unlimited; exports: 0 or 1); a team may have values of its own. Months are
-- calendar months in UTC, the same for everybody.
CREATE TABLE plans (
  id         text PRIMARY KEY,
  rank       int2 NOT NULL UNIQUE,                   -- order of the lists
  name       text NOT NULL,
  about      text NOT NULL DEFAULT '',
  price      int4,                                   -- whole units a month; NULL = by agreement
  trial_days int4 NOT NULL DEFAULT 0
);
CREATE TABLE plan_entitlements (
  plan_id text NOT NULL REFERENCES plans ON DELETE CASCADE,
  name    text NOT NULL CHECK (name IN ('events','crash_reserve','persons','storage_bytes',
            'api_calls','projects','members','retention_days','exports')),
  value   int8 CHECK (value >= 0),
  PRIMARY KEY (plan_id, name)
);
INSERT INTO plans (id, rank, name, about, price, trial_days) VALUES
  ('free', 1, 'Free', 'For a first app.', 0, 0),
  ('trial', 2, 'Trial', 'Everything of Pro for two weeks.', 0, 14),
  ('pro', 3, 'Pro', 'For apps with users.', 29, 14),
  ('business', 4, 'Business', 'For several teams'' worth of apps.', 149, 0),
  ('enterprise', 5, 'Enterprise', 'No limits.', NULL, 0);
INSERT INTO plan_entitlements (plan_id, name, value)
SELECT p, n, v FROM unnest(
  ARRAY['events','crash_reserve','persons','storage_bytes','api_calls','projects','members','retention_days','exports'],
  ARRAY[  50000,    5000,   5000,   1073741824,   10000,    2,    3,   30, 0],
  ARRAY[1000000,  100000, 100000,  21474836480,  200000,   10,   10,   90, 1],
  ARRAY[5000000,  500000, 500000,  53687091200, 1000000,   20,   25,  400, 1],
  ARRAY[50000000, 5000000, NULL,  536870912000, 10000000, 100,  100, NULL, 1],
  ARRAY[NULL::int8, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL])
  AS e (n, free, trial, pro, business, enterprise),
  LATERAL (VALUES ('free', free), ('trial', trial), ('pro', pro), ('business', business),
                  ('enterprise', enterprise)) AS c (p, v);

-- One a team; a team without a row is on the server's default plan.
CREATE TABLE subscriptions (
  team_id       uuid PRIMARY KEY REFERENCES teams ON DELETE CASCADE,
  id            uuid NOT NULL DEFAULT gen_random_uuid(),
  plan_id       text NOT NULL REFERENCES plans,
  status        text NOT NULL CHECK (status IN ('trialing','active','past_due','canceled')),
  provider      text NOT NULL DEFAULT 'manual',
  provider_ref  text NOT NULL DEFAULT '',            -- the provider's own id
  period_start  timestamptz NOT NULL,
  period_end    timestamptz NOT NULL,
  trial_ends_at timestamptz,
  canceled_at   timestamptz,                         -- it ends with the period
  next_plan_id  text REFERENCES plans,               -- scheduled change
  next_at       timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  CHECK ((next_plan_id IS NULL) = (next_at IS NULL)),
  CHECK (period_end > period_start)
);
CREATE INDEX subscriptions_due ON subscriptions (least(period_end, trial_ends_at, next_at));
CREATE TABLE team_entitlements (                     -- instead of the plan's
  team_id uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  name    text NOT NULL CHECK (name IN ('events','crash_reserve','persons','storage_bytes',
            'api_calls','projects','members','retention_days','exports')),
  value   int8 CHECK (value >= 0),
  PRIMARY KEY (team_id, name)
);

-- What a team used in a month. events, crashes, traces: rows really inserted,
-- written in the transaction that inserts them. offered: items of these kinds
-- that the door took, whether new or not; the door's own count less this is
-- what still waits in the queue. dropped: refused for the quota.
CREATE TABLE team_usage (
  team_id       uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  month         date NOT NULL,
  events        int8 NOT NULL DEFAULT 0,
  crashes       int8 NOT NULL DEFAULT 0,
  traces        int8 NOT NULL DEFAULT 0,
  offered       int8 NOT NULL DEFAULT 0,
  dropped       int8 NOT NULL DEFAULT 0,
  api_calls     int8 NOT NULL DEFAULT 0,
  persons       int8 NOT NULL DEFAULT 0,             -- seen in the month
  storage_bytes int8 NOT NULL DEFAULT 0,             -- estimate, newest of the month
  measured_at   timestamptz,                         -- persons and storage
  PRIMARY KEY (team_id, month)
) WITH (fillfactor = 70);
CREATE INDEX team_usage_month ON team_usage (month);
-- Said once a month, meter and level.
CREATE TABLE usage_warnings (
  team_id uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  month   date NOT NULL,
  meter   text NOT NULL,
  level   int2 NOT NULL CHECK (level IN (80, 100)),
  used    int8 NOT NULL,
  allowed int8 NOT NULL,
  at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (team_id, month, meter, level)
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['plans','plan_entitlements','subscriptions','team_entitlements','team_usage','usage_warnings'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO tidemark_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY consumer_all ON %I TO tidemark_consumer USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT ON %I TO tidemark_app, tidemark_consumer', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['subscriptions','team_entitlements','team_usage','usage_warnings'] LOOP
    EXECUTE format('CREATE POLICY app_team ON %I TO tidemark_app USING (team_id = ctx_team())', t);
  END LOOP;
END $$;
CREATE POLICY app_read ON plans TO tidemark_app USING (true);
CREATE POLICY app_read ON plan_entitlements TO tidemark_app USING (true);
GRANT UPDATE ON subscriptions TO tidemark_consumer;
GRANT INSERT, UPDATE ON team_usage TO tidemark_consumer;
GRANT INSERT ON usage_warnings TO tidemark_consumer;

-- The plan that counts at a moment, before any job has noted that it changed.
CREATE FUNCTION plan_at(s subscriptions, p_now timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN s.status = 'canceled' AND s.period_end <= p_now THEN 'free'
    WHEN s.next_at <= p_now THEN s.next_plan_id
    WHEN s.status = 'trialing' AND s.trial_ends_at <= p_now THEN 'free'
    ELSE s.plan_id END $$;
CREATE FUNCTION plan_of(p_team uuid, p_default text, p_now timestamptz) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT coalesce((SELECT plan_at(s, p_now) FROM subscriptions s WHERE s.team_id = p_team), p_default) $$;
CREATE FUNCTION entitlements_of(p_team uuid, p_default text, p_now timestamptz)
RETURNS TABLE (name text, value int8, own boolean)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT e.name, CASE WHEN o.name IS NULL THEN e.value ELSE o.value END, o.name IS NOT NULL
  FROM plan_entitlements e LEFT JOIN team_entitlements o ON o.team_id = p_team AND o.name = e.name
  WHERE e.plan_id = plan_of(p_team, p_default, p_now) $$;

-- Acts and views of a system administrator (or of the owner: tidemarkctl).
CREATE FUNCTION system_admin_check() RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF pg_has_role(session_user, 'tidemark_owner', 'MEMBER') THEN RETURN; END IF;
  IF NOT EXISTS (SELECT FROM users WHERE id = ctx_user() AND system_admin AND disabled_at IS NULL) THEN
    RAISE insufficient_privilege USING MESSAGE = 'not a system administrator';
  END IF;
END $$;
CREATE FUNCTION system_subscription_put(p_team uuid, p_row jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE r subscriptions := jsonb_populate_record(NULL::subscriptions, p_row);
BEGIN
  PERFORM system_admin_check();
  INSERT INTO subscriptions AS s (team_id, plan_id, status, provider, provider_ref, period_start,
    period_end, trial_ends_at, canceled_at, next_plan_id, next_at)
  VALUES (p_team, r.plan_id, r.status, r.provider, coalesce(r.provider_ref, ''), r.period_start,
    r.period_end, r.trial_ends_at, r.canceled_at, r.next_plan_id, r.next_at)
  ON CONFLICT (team_id) DO UPDATE SET plan_id = excluded.plan_id, status = excluded.status,
    provider = excluded.provider, provider_ref = excluded.provider_ref,
    period_start = excluded.period_start, period_end = excluded.period_end,
    trial_ends_at = excluded.trial_ends_at, canceled_at = excluded.canceled_at,
    next_plan_id = excluded.next_plan_id, next_at = excluded.next_at, updated_at = now();
END $$;
CREATE FUNCTION system_subscription_delete(p_team uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM system_admin_check();
  DELETE FROM team_entitlements WHERE team_id = p_team;
  DELETE FROM subscriptions WHERE team_id = p_team;
END $$;
-- p_own false: back to the plan's value.
CREATE FUNCTION system_entitlement_put(p_team uuid, p_name text, p_own boolean, p_value int8) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM system_admin_check();
  DELETE FROM team_entitlements WHERE team_id = p_team AND name = p_name;
  IF p_own THEN INSERT INTO team_entitlements VALUES (p_team, p_name, p_value); END IF;
END $$;
CREATE FUNCTION system_teams(p_default text, p_now timestamptz, p_like text, p_limit int4)
RETURNS TABLE (id uuid, slug text, name text, plan_id text, status text, events int8, crashes int8,
               traces int8, dropped int8, allowed int8)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM system_admin_check();
  RETURN QUERY SELECT t.id, t.slug, t.name, plan_of(t.id, p_default, p_now), coalesce(s.status, ''),
      coalesce(u.events, 0), coalesce(u.crashes, 0), coalesce(u.traces, 0), coalesce(u.dropped, 0),
      (SELECT e.value FROM entitlements_of(t.id, p_default, p_now) e WHERE e.name = 'events')
    FROM teams t LEFT JOIN subscriptions s ON s.team_id = t.id
    LEFT JOIN team_usage u ON u.team_id = t.id AND u.month = date_trunc('month', p_now AT TIME ZONE 'UTC')::date
    WHERE t.deleted_at IS NULL AND (p_like = '' OR strpos(t.slug, p_like) > 0 OR strpos(lower(t.name), p_like) > 0)
    ORDER BY (s.team_id IS NULL), coalesce(u.events, 0) DESC, t.slug LIMIT p_limit;
END $$;
CREATE FUNCTION system_team(p_slug text) RETURNS TABLE (id uuid, name text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM system_admin_check();
  RETURN QUERY SELECT t.id, t.name FROM teams t WHERE t.slug = p_slug AND t.deleted_at IS NULL;
END $$;
-- Whom a job tells of a team's limits.
CREATE FUNCTION job_team_admins(p_team uuid) RETURNS TABLE (email text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.email, u.name FROM members m JOIN users u ON u.id = m.user_id
   WHERE m.team_id = p_team AND m.role IN ('owner', 'admin') AND u.disabled_at IS NULL
     AND u.verified_at IS NOT NULL ORDER BY u.email_key LIMIT 50 $$;
REVOKE ALL ON FUNCTION job_team_admins(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION job_team_admins(uuid) TO tidemark_consumer;
DO $$ DECLARE f text; BEGIN
  FOR f IN SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.proname LIKE 'system\_%' LOOP
    EXECUTE 'REVOKE ALL ON FUNCTION ' || f || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO tidemark_app';
  END LOOP;
END $$;
