-- Roles and row-level security. app: FORCE RLS everywhere, tenant context by
-- SET LOCAL app.* ('' after COMMIT, hence NULLIF). consumer: event side only.
CREATE FUNCTION ctx_team() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT NULLIF(current_setting('app.team_id', true), '')::uuid $$;
CREATE FUNCTION ctx_user() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT NULLIF(current_setting('app.user_id', true), '')::uuid $$;
CREATE FUNCTION ctx_environment() RETURNS int4 LANGUAGE sql STABLE AS
$$ SELECT NULLIF(current_setting('app.environment_id', true), '')::int4 $$;

DO $$
DECLARE t text;
BEGIN
  -- every table is under RLS; the owner (migrations, tidemarkctl) sees all
  FOR t IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname <> 'schema_migrations' LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO tidemark_owner USING (true) WITH CHECK (true)', t);
  END LOOP;
  -- event side: environment alone
  FOREACH t IN ARRAY ARRAY['env_counters','contexts','persons','person_ids','person_alias','devices',
      'sessions','seen','events','crashes','traces','crash_groups','property_changes',
      'person_properties','client_reports','batches','dead_letters','rollup_counts',
      'day_members','day_chunks','trace_digests'] LOOP
    EXECUTE format('CREATE POLICY app_environment ON %I TO tidemark_app USING (environment_id = ctx_environment()) WITH CHECK (environment_id = ctx_environment())', t);
    EXECUTE format('CREATE POLICY consumer_all ON %I TO tidemark_consumer USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT ON %I TO tidemark_app', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tidemark_consumer', t);
  END LOOP;
END $$;
GRANT USAGE ON SEQUENCE session_numbers TO tidemark_consumer;

-- tenant side
CREATE POLICY app_self ON users TO tidemark_app
  USING (id = ctx_user() OR EXISTS (SELECT FROM members m WHERE m.user_id = users.id AND m.team_id = ctx_team()))
  WITH CHECK (id = ctx_user());
CREATE POLICY app_self ON user_sessions TO tidemark_app USING (user_id = ctx_user()) WITH CHECK (user_id = ctx_user());
CREATE POLICY app_member ON members TO tidemark_app
  USING (team_id = ctx_team() OR user_id = ctx_user()) WITH CHECK (team_id = ctx_team());
CREATE POLICY app_team ON teams TO tidemark_app
  USING (id = ctx_team() OR EXISTS (SELECT FROM members m WHERE m.team_id = teams.id AND m.user_id = ctx_user()))
  WITH CHECK (id = ctx_team());
CREATE POLICY app_team ON projects TO tidemark_app USING (team_id = ctx_team()) WITH CHECK (team_id = ctx_team());
CREATE POLICY app_team ON environments TO tidemark_app USING (team_id = ctx_team()) WITH CHECK (team_id = ctx_team());
CREATE POLICY app_team ON project_keys TO tidemark_app USING (team_id = ctx_team()) WITH CHECK (team_id = ctx_team());
CREATE POLICY app_team ON access_tokens TO tidemark_app USING (team_id = ctx_team()) WITH CHECK (team_id = ctx_team());
CREATE POLICY app_environment ON namespaces TO tidemark_app USING (environment_id = ctx_environment()) WITH CHECK (environment_id = ctx_environment());
CREATE POLICY app_team_read ON audit_entries FOR SELECT TO tidemark_app USING (team_id = ctx_team());
CREATE POLICY app_append ON audit_entries FOR INSERT TO tidemark_app WITH CHECK (team_id IS NULL OR team_id = ctx_team());
GRANT SELECT, UPDATE (name, theme, password_hash, email, email_key) ON users TO tidemark_app;
GRANT SELECT, DELETE ON user_sessions TO tidemark_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON members, teams, projects, environments, project_keys, access_tokens, namespaces TO tidemark_app;
GRANT SELECT, INSERT ON audit_entries TO tidemark_app;   -- append-only: no UPDATE, no DELETE
GRANT USAGE ON SEQUENCE environments_id_seq TO tidemark_app;

-- the consumer reads environments (zone, retention, session rules) and marks the first event
CREATE POLICY consumer_all ON environments TO tidemark_consumer USING (true) WITH CHECK (true);
CREATE POLICY consumer_all ON namespaces TO tidemark_consumer USING (true) WITH CHECK (true);
CREATE POLICY consumer_all ON system_state TO tidemark_consumer USING (true) WITH CHECK (true);
CREATE POLICY consumer_all ON project_keys TO tidemark_consumer USING (true);
GRANT SELECT, UPDATE (first_event_at, event_classes, crash_classes, trace_classes) ON environments TO tidemark_consumer;
GRANT SELECT, INSERT ON namespaces TO tidemark_consumer;
GRANT SELECT, INSERT, UPDATE ON system_state TO tidemark_consumer;
GRANT SELECT, UPDATE (last_seen_at) ON project_keys TO tidemark_consumer; -- mirror to Redis
GRANT SELECT ON projects, teams TO tidemark_consumer;
CREATE POLICY consumer_read ON projects TO tidemark_consumer USING (true);
CREATE POLICY consumer_read ON teams TO tidemark_consumer USING (true);
REVOKE ALL ON FUNCTION partition_ensure(text, int2, timestamptz), partition_prepare(int2), batches_ensure(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION partition_ensure(text, int2, timestamptz), partition_prepare(int2), batches_ensure(timestamptz) TO tidemark_consumer, tidemark_app;

-- Look-ups before the tenant is known. Fixed search_path, minimal rows.
CREATE FUNCTION auth_user_by_email(p_email_key text)
RETURNS TABLE (id uuid, email text, name text, password_hash text, verified boolean, system_admin boolean, disabled boolean, theme text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT id, email, name, password_hash, verified_at IS NOT NULL, system_admin, disabled_at IS NOT NULL, theme
  FROM users WHERE email_key = p_email_key $$;

CREATE FUNCTION auth_session_create(p_token_hash bytea, p_user uuid, p_csrf bytea, p_lifetime interval, p_addr text, p_agent text)
RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO user_sessions (token_hash, user_id, csrf_secret, expires_at, remote_addr, user_agent)
  VALUES (p_token_hash, p_user, p_csrf, now() + p_lifetime, p_addr, left(p_agent, 256)) $$;

CREATE FUNCTION auth_session(p_token_hash bytea)
RETURNS TABLE (user_id uuid, email text, name text, verified boolean, system_admin boolean, csrf_secret bytea, theme text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  -- idle 12 h, absolute expires_at; the touch is at most once a minute
  UPDATE user_sessions s SET seen_at = now()
   WHERE s.token_hash = p_token_hash AND s.seen_at < now() - interval '1 minute'
     AND s.seen_at > now() - interval '12 hours' AND s.expires_at > now();
  RETURN QUERY SELECT u.id, u.email, u.name, u.verified_at IS NOT NULL, u.system_admin, s.csrf_secret, u.theme
    FROM user_sessions s JOIN users u ON u.id = s.user_id
   WHERE s.token_hash = p_token_hash AND s.expires_at > now()
     AND s.seen_at > now() - interval '12 hours' AND u.disabled_at IS NULL;
END $$;

CREATE FUNCTION auth_session_delete(p_token_hash bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM user_sessions WHERE token_hash = p_token_hash $$;

CREATE FUNCTION auth_password_rehash(p_user uuid, p_hash text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE users SET password_hash = p_hash WHERE id = p_user $$;

CREATE FUNCTION auth_throttle(p_subject text, p_max int4, p_window interval) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN -- true = go on; counts this attempt
  DELETE FROM login_attempts WHERE subject = p_subject AND at < now() - p_window;
  IF (SELECT count(*) FROM login_attempts WHERE subject = p_subject) >= p_max THEN RETURN false; END IF;
  INSERT INTO login_attempts (subject) VALUES (p_subject);
  RETURN true;
END $$;
CREATE FUNCTION auth_throttle_clear(p_subject text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM login_attempts WHERE subject = p_subject $$;

CREATE FUNCTION auth_token(p_token_hash bytea)
RETURNS TABLE (token_id uuid, user_id uuid, team_id uuid, scopes text[], role text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE access_tokens t SET last_used_at = now()
   WHERE t.token_hash = p_token_hash AND (t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute');
  RETURN QUERY SELECT t.id, t.user_id, t.team_id, t.scopes, m.role
    FROM access_tokens t JOIN users u ON u.id = t.user_id
    JOIN members m ON m.team_id = t.team_id AND m.user_id = t.user_id
   WHERE t.token_hash = p_token_hash AND t.revoked_at IS NULL AND u.disabled_at IS NULL
     AND (t.expires_at IS NULL OR t.expires_at > now());
END $$;

-- Read or write key of an environment (write keys: batch status, config).
CREATE FUNCTION auth_key(p_token_hash bytea)
RETURNS TABLE (key_id uuid, environment_id int4, team_id uuid, project_id uuid, type text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT k.id, k.environment_id, k.team_id, e.project_id, k.type
  FROM project_keys k JOIN environments e ON e.id = k.environment_id
  WHERE k.token_hash = p_token_hash AND k.revoked_at IS NULL
    AND (k.expires_at IS NULL OR k.expires_at > now()) $$;

DO $$ DECLARE f text; BEGIN
  FOR f IN SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.proname LIKE 'auth\_%' LOOP
    EXECUTE 'REVOKE ALL ON FUNCTION ' || f || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO tidemark_app';
  END LOOP;
END $$;
