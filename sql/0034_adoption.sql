-- Tidemark's own adoption ledger: five milestones that a user reached in a
-- team, written in the transaction of the act (model/team/adoption.c, the only
-- writer). Teams cannot read it; system administrators read sums.

-- Metadata: few keys; enumerations, booleans, small integers. Never free text.
CREATE FUNCTION product_usage_metadata_ok(p jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT jsonb_typeof(p) = 'object' AND (SELECT count(*) <= 6 AND coalesce(bool_and(
      key ~ '^[a-z][a-z_]{0,31}$' AND CASE jsonb_typeof(value)
        WHEN 'boolean' THEN true
        WHEN 'number' THEN value::numeric = trunc(value::numeric)
          AND value::numeric BETWEEN -32768 AND 32767
        WHEN 'string' THEN value #>> '{}' ~ '^[a-z][a-z0-9_]{0,31}$'
        ELSE false END), true)
    FROM jsonb_each(CASE jsonb_typeof(p) WHEN 'object' THEN p ELSE '{}' END)) $$;

CREATE TABLE product_usage_events (
  id             int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  occurred_at    timestamptz NOT NULL DEFAULT now(),
  event          text NOT NULL CHECK (event IN ('onboarding_checkpoint_completed',
    'support_diagnostics_opened', 'operation_started', 'saved_report_created',
    'review_pack_requested')),
  area           text NOT NULL CHECK (area ~ '^[a-z][a-z_]{0,31}$'),
  -- no row before there is a team, none that nobody started
  team_id        uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  user_id        uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  project_id     uuid REFERENCES projects ON DELETE CASCADE,
  environment_id int4 REFERENCES environments ON DELETE CASCADE,
  subject        text NOT NULL DEFAULT '' CHECK (subject ~ '^([a-z_]{1,20}:[a-z0-9-]{1,40})?$'),
  metadata       jsonb NOT NULL DEFAULT '{}' CHECK (product_usage_metadata_ok(metadata)),
  CHECK (environment_id IS NULL OR project_id IS NOT NULL)
);
-- the console's sums and the prune
CREATE INDEX product_usage_events_time ON product_usage_events (occurred_at)
  INCLUDE (event, team_id);
-- a project is set up once
CREATE UNIQUE INDEX product_usage_events_onboarded ON product_usage_events (project_id)
  WHERE event = 'onboarding_checkpoint_completed';
-- what goes with its team, user, project or environment
CREATE INDEX product_usage_events_team ON product_usage_events (team_id);
CREATE INDEX product_usage_events_user ON product_usage_events (user_id);
CREATE INDEX product_usage_events_project ON product_usage_events (project_id)
  WHERE project_id IS NOT NULL;
CREATE INDEX product_usage_events_environment ON product_usage_events (environment_id)
  WHERE environment_id IS NOT NULL;

ALTER TABLE product_usage_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE product_usage_events FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON product_usage_events TO tidemark_owner USING (true) WITH CHECK (true);
CREATE POLICY consumer_all ON product_usage_events TO tidemark_consumer USING (true);
CREATE POLICY app_write ON product_usage_events FOR INSERT TO tidemark_app
  WITH CHECK (user_id = ctx_user() AND (team_id = ctx_team() OR (SELECT ctx_system())));
GRANT SELECT, DELETE ON product_usage_events TO tidemark_consumer;
GRANT INSERT (event, area, team_id, user_id, project_id, environment_id, subject, metadata)
  ON product_usage_events TO tidemark_app;

-- Where a system administrator's act on an environment belongs.
CREATE FUNCTION adoption_place(p_environment int4)
RETURNS TABLE (team_id uuid, project_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT e.team_id, e.project_id FROM environments e
  WHERE e.id = p_environment AND ctx_system() $$;

-- Signals and teams by event and step, by event, and of all (NULL = all). One
-- pass over one index; step 0 of p_from is the first.
CREATE FUNCTION system_adoption(p_from timestamptz, p_to timestamptz, p_step interval)
RETURNS TABLE (event text, at timestamptz, signals int8, teams int8)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM system_admin_check();
  RETURN QUERY SELECT u.event, date_bin(p_step, u.occurred_at, p_from), count(*),
      count(DISTINCT u.team_id)
    FROM product_usage_events u
    WHERE u.occurred_at >= p_from AND u.occurred_at < p_to
    GROUP BY GROUPING SETS ((1, 2), (1), ());
END $$;
-- Teams that could have left a signal.
CREATE FUNCTION system_adoption_teams() RETURNS int8
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM system_admin_check();
  RETURN (SELECT count(*) FROM teams WHERE deleted_at IS NULL);
END $$;
REVOKE ALL ON FUNCTION product_usage_metadata_ok(jsonb), adoption_place(int4),
  system_adoption(timestamptz, timestamptz, interval), system_adoption_teams() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION product_usage_metadata_ok(jsonb), adoption_place(int4),
  system_adoption(timestamptz, timestamptz, interval), system_adoption_teams() TO tidemark_app;

-- Saved views: a page of an environment with its query, of one's own or for
-- the whole team.
CREATE TABLE saved_views (
  id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  team_id        uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  user_id        uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  name           text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  page           text NOT NULL,                      -- "events"
  query          text NOT NULL CHECK (length(query) <= 2000),
  shared         boolean NOT NULL DEFAULT false,
  created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX saved_views_environment ON saved_views (environment_id, created_at);
CREATE INDEX saved_views_team ON saved_views (team_id);
CREATE INDEX saved_views_user ON saved_views (user_id);
ALTER TABLE saved_views ENABLE ROW LEVEL SECURITY;
ALTER TABLE saved_views FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON saved_views TO tidemark_owner USING (true) WITH CHECK (true);
-- one's own, and what others of the team share
CREATE POLICY app_see ON saved_views FOR SELECT TO tidemark_app
  USING (team_id = ctx_team() AND (shared OR user_id = ctx_user()));
CREATE POLICY app_make ON saved_views FOR INSERT TO tidemark_app
  WITH CHECK (team_id = ctx_team() AND user_id = ctx_user());
-- whose it is, or who runs the team's projects (web/page/reports.c asks)
CREATE POLICY app_change ON saved_views FOR UPDATE TO tidemark_app
  USING (team_id = ctx_team() AND (shared OR user_id = ctx_user()));
CREATE POLICY app_drop ON saved_views FOR DELETE TO tidemark_app
  USING (team_id = ctx_team() AND (shared OR user_id = ctx_user()));
GRANT SELECT, INSERT, DELETE, UPDATE (name, shared) ON saved_views TO tidemark_app;
