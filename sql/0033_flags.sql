-- Feature flags: rules, the most specific one counts (user, project, team,
-- system; else the flag's own default, which is code). percent: 100 = on,
-- 0 = off, else a stable share: of teams for a system rule, of projects for a
-- team's, of users for a project's.
CREATE TABLE flag_rules (
  flag       text NOT NULL,
  scope      text NOT NULL CHECK (scope IN ('system','team','project','user')),
  subject    uuid NOT NULL,                          -- zeros: the system
  team_id    uuid REFERENCES teams ON DELETE CASCADE, -- of a team or project
  project_id uuid REFERENCES projects ON DELETE CASCADE,
  user_id    uuid REFERENCES users ON DELETE CASCADE,
  percent    int2 NOT NULL CHECK (percent BETWEEN 0 AND 100),
  set_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (flag, scope, subject),
  CHECK (subject = coalesce(project_id, team_id, user_id, '00000000-0000-0000-0000-000000000000'))
);
CREATE INDEX flag_rules_team ON flag_rules (team_id);
CREATE INDEX flag_rules_project ON flag_rules (project_id);
CREATE INDEX flag_rules_user ON flag_rules (user_id);
ALTER TABLE flag_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE flag_rules FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON flag_rules TO tidemark_owner USING (true) WITH CHECK (true);
CREATE POLICY consumer_all ON flag_rules TO tidemark_consumer USING (true);
CREATE POLICY app_reach ON flag_rules TO tidemark_app
  USING (scope = 'system' OR team_id = ctx_team() OR user_id = ctx_user());
GRANT SELECT ON flag_rules TO tidemark_app, tidemark_consumer;

-- known false: there is no such team, project or user. before NULL: no rule.
CREATE FUNCTION system_flag_put(p_flag text, p_scope text, p_subject uuid, p_percent int4)
RETURNS TABLE (known boolean, team uuid, before int4)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  t uuid; p uuid; u uuid;
BEGIN
  PERFORM system_admin_check();
  known := true;
  IF p_scope = 'team' THEN
    SELECT x.id INTO t FROM teams x WHERE x.id = p_subject;
    known := FOUND;
  ELSIF p_scope = 'project' THEN
    SELECT x.id, x.team_id INTO p, t FROM projects x WHERE x.id = p_subject;
    known := FOUND;
  ELSIF p_scope = 'user' THEN
    SELECT x.id INTO u FROM users x WHERE x.id = p_subject;
    known := FOUND;
  END IF;
  team := t;
  PERFORM pg_advisory_xact_lock(7321, 0); -- the door's copy is written under it
  SELECT r.percent INTO before FROM flag_rules r
   WHERE r.flag = p_flag AND r.scope = p_scope AND r.subject = p_subject;
  IF known AND p_percent IS NULL THEN
    DELETE FROM flag_rules r WHERE r.flag = p_flag AND r.scope = p_scope AND r.subject = p_subject;
  ELSIF known THEN
    INSERT INTO flag_rules AS r (flag, scope, subject, team_id, project_id, user_id, percent)
    VALUES (p_flag, p_scope, p_subject, t, p, u, p_percent)
    ON CONFLICT (flag, scope, subject) DO UPDATE SET percent = excluded.percent, set_at = now();
  END IF;
  RETURN NEXT;
END $$;
-- All rules with the name of their subject.
CREATE FUNCTION system_flag_rules(p_limit int4)
RETURNS TABLE (flag text, scope text, subject uuid, percent int4, name text, set_us int8)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM system_admin_check();
  RETURN QUERY SELECT r.flag, r.scope, r.subject, r.percent::int4,
      coalesce(p.name || ' (' || pt.slug || ')', t.slug, u.email, '')::text,
      (extract(epoch FROM r.set_at) * 1000000)::int8
    FROM flag_rules r LEFT JOIN projects p ON p.id = r.project_id LEFT JOIN teams pt ON pt.id = p.team_id
    LEFT JOIN teams t ON t.id = r.team_id LEFT JOIN users u ON u.id = r.user_id
    ORDER BY r.flag, array_position(ARRAY['system','team','project','user'], r.scope), 5 LIMIT p_limit;
END $$;
-- A subject as people write it: a team's slug, team/project, a mail address.
CREATE FUNCTION system_flag_subject(p_scope text, p_text text) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE id uuid;
BEGIN
  PERFORM system_admin_check();
  IF p_scope = 'system' THEN RETURN '00000000-0000-0000-0000-000000000000'; END IF;
  IF p_scope = 'team' THEN
    SELECT t.id INTO id FROM teams t WHERE t.slug = p_text OR t.id::text = p_text;
  ELSIF p_scope = 'project' THEN
    SELECT p.id INTO id FROM projects p JOIN teams t ON t.id = p.team_id
     WHERE t.slug || '/' || p.slug = p_text OR p.id::text = p_text;
  ELSIF p_scope = 'user' THEN
    SELECT u.id INTO id FROM users u WHERE u.email_key = lower(p_text) OR u.id::text = p_text;
  END IF;
  RETURN id;
END $$;
DO $$ DECLARE f text; BEGIN
  FOR f IN SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.proname LIKE 'system\_flag%' LOOP
    EXECUTE 'REVOKE ALL ON FUNCTION ' || f || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO tidemark_app';
  END LOOP;
END $$;

-- What SDKs of an environment are told: shares to send, and who shall stop.
ALTER TABLE environments ADD COLUMN sample_events float8 NOT NULL DEFAULT 1 CHECK (sample_events BETWEEN 0 AND 1);
ALTER TABLE environments ADD COLUMN sample_traces float8 NOT NULL DEFAULT 1 CHECK (sample_traces BETWEEN 0 AND 1);
ALTER TABLE environments ADD COLUMN killed_sdks text[] NOT NULL DEFAULT '{}'; -- '*' = every one
