-- OAuth 2: clients of a team, codes, grants with their refresh tokens, and the
-- keys that sign access tokens. Secrets are kept as SHA-256 or sealed.
CREATE TABLE signing_keys (
  kid        text PRIMARY KEY,                         -- RFC 7638 thumbprint
  public     text NOT NULL,                            -- JWK
  private    bytea,                                    -- AES-256-GCM, 'signing_keys|<kid>|private'
  state      text NOT NULL CHECK (state IN ('next','active','retired')),
  created_at timestamptz NOT NULL DEFAULT now(),
  active_at  timestamptz,
  retired_at timestamptz,
  trusted    boolean NOT NULL DEFAULT true,            -- false: its tokens are refused at once
  CHECK (private IS NOT NULL OR state = 'retired')
);
CREATE UNIQUE INDEX signing_keys_one ON signing_keys (state) WHERE state <> 'retired';

CREATE TABLE oauth_clients (
  id            text PRIMARY KEY CHECK (id LIKE 'tm\_cl\_%'),
  team_id       uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  name          text NOT NULL,
  secret_hash   bytea,                                 -- SHA-256; NULL: a public client
  secret_hint   text NOT NULL DEFAULT '',              -- last 4 characters
  redirect_uris text[] NOT NULL DEFAULT '{}',
  grants        text[] NOT NULL,                       -- authorization_code, client_credentials
  scopes        text[] NOT NULL,
  created_by    uuid REFERENCES users ON DELETE SET NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  secret_at     timestamptz NOT NULL DEFAULT now(),
  revoked_at    timestamptz
);
CREATE INDEX oauth_clients_team ON oauth_clients (team_id);

-- The family: what one consent, one sign-in of an app or one request with a
-- client's own secret gave. Everything issued for it dies with it.
CREATE TABLE oauth_grants (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  client_id    text REFERENCES oauth_clients ON DELETE CASCADE,  -- NULL: first-party sign-in
  user_id      uuid REFERENCES users ON DELETE CASCADE,          -- NULL: client credentials
  team_id      uuid REFERENCES teams ON DELETE CASCADE,          -- NULL: all teams of the user
  scopes       text[] NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  used_at      timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,                             -- absolute
  revoked_at   timestamptz,
  reason       text NOT NULL DEFAULT '',
  CHECK (client_id IS NOT NULL OR user_id IS NOT NULL),
  CHECK (client_id IS NULL OR team_id IS NOT NULL)
);
CREATE INDEX oauth_grants_client ON oauth_grants (client_id) WHERE revoked_at IS NULL;
CREATE INDEX oauth_grants_user ON oauth_grants (user_id) WHERE revoked_at IS NULL;
CREATE INDEX oauth_grants_end ON oauth_grants (expires_at);

CREATE TABLE oauth_codes (
  code_hash    bytea PRIMARY KEY,
  client_id    text NOT NULL REFERENCES oauth_clients ON DELETE CASCADE,
  user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  team_id      uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  scopes       text[] NOT NULL,
  redirect_uri text NOT NULL,
  given        boolean NOT NULL,                       -- the request named the redirect
  challenge    text NOT NULL,                          -- S256
  expires_at   timestamptz NOT NULL DEFAULT now() + interval '60 seconds',
  used_at      timestamptz,
  grant_id     uuid REFERENCES oauth_grants ON DELETE CASCADE
);
CREATE INDEX oauth_codes_end ON oauth_codes (expires_at);

-- Refresh tokens, and (bearer) the ids of first-party access tokens, which
-- /api/auth/refresh takes instead. Used rows stay: a second use is an alarm.
CREATE TABLE oauth_refresh (
  token_hash bytea PRIMARY KEY,
  grant_id   uuid NOT NULL REFERENCES oauth_grants ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,                     -- sliding
  used_at    timestamptz
);
CREATE INDEX oauth_refresh_grant ON oauth_refresh (grant_id);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['signing_keys','oauth_clients','oauth_grants','oauth_codes','oauth_refresh'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO tidemark_owner USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
CREATE POLICY app_all ON signing_keys TO tidemark_app USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON signing_keys TO tidemark_app;
CREATE POLICY app_team ON oauth_clients TO tidemark_app USING (team_id = ctx_team()) WITH CHECK (team_id = ctx_team());
CREATE POLICY app_granted ON oauth_clients FOR SELECT TO tidemark_app
  USING (EXISTS (SELECT FROM oauth_grants g WHERE g.client_id = oauth_clients.id AND g.user_id = ctx_user()));
GRANT SELECT, INSERT, UPDATE ON oauth_clients TO tidemark_app;
CREATE POLICY app_team ON oauth_grants TO tidemark_app
  USING (team_id = ctx_team() OR user_id = ctx_user()) WITH CHECK (team_id = ctx_team() OR user_id = ctx_user());
GRANT SELECT, UPDATE (revoked_at, reason) ON oauth_grants TO tidemark_app;
CREATE POLICY app_put ON oauth_codes FOR INSERT TO tidemark_app
  WITH CHECK (user_id = ctx_user() AND team_id = ctx_team());
GRANT INSERT (code_hash, client_id, user_id, team_id, scopes, redirect_uri, given, challenge) ON oauth_codes TO tidemark_app;

-- A client by its id; what a revoked one or a deleted team's had is not told.
CREATE FUNCTION auth_oauth_client(p_id text)
RETURNS TABLE (id text, team_id uuid, name text, secret_hash bytea, redirect_uris text[],
               grants text[], scopes text[], team_name text, team_slug text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT c.id, c.team_id, c.name, c.secret_hash, c.redirect_uris, c.grants, c.scopes, t.name, t.slug
  FROM oauth_clients c JOIN teams t ON t.id = c.team_id
  WHERE c.id = p_id AND c.revoked_at IS NULL AND t.deleted_at IS NULL $$;

-- May a grant be made or go on: user enabled, still a member, team alive.
CREATE FUNCTION auth_oauth_stands(p_user uuid, p_team uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT (p_user IS NULL OR EXISTS (SELECT FROM users u WHERE u.id = p_user AND u.disabled_at IS NULL))
     AND (p_team IS NULL OR EXISTS (SELECT FROM teams t WHERE t.id = p_team AND t.deleted_at IS NULL))
     AND (p_user IS NULL OR p_team IS NULL
          OR EXISTS (SELECT FROM members m WHERE m.user_id = p_user AND m.team_id = p_team)) $$;

CREATE FUNCTION auth_oauth_revoke(p_grant uuid, p_reason text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE oauth_grants SET revoked_at = now(), reason = p_reason
   WHERE id = p_grant AND revoked_at IS NULL $$;

-- A new grant; p_refresh (may be NULL) and p_bearer (may be NULL): digests.
CREATE FUNCTION auth_oauth_grant(p_client text, p_user uuid, p_team uuid, p_scopes text[],
  p_absolute interval, p_refresh bytea, p_bearer bytea, p_sliding interval) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE g uuid;
BEGIN
  DELETE FROM oauth_grants WHERE id IN
    (SELECT x.id FROM oauth_grants x WHERE x.expires_at < now() - interval '7 days' LIMIT 100);
  DELETE FROM oauth_codes WHERE code_hash IN
    (SELECT x.code_hash FROM oauth_codes x WHERE x.expires_at < now() - interval '1 day' LIMIT 100);
  IF NOT auth_oauth_stands(p_user, p_team) THEN RETURN NULL; END IF;
  INSERT INTO oauth_grants (client_id, user_id, team_id, scopes, expires_at)
  VALUES (p_client, p_user, p_team, p_scopes, now() + p_absolute) RETURNING id INTO g;
  INSERT INTO oauth_refresh (token_hash, grant_id, expires_at)
  SELECT h, g, now() + least(p_sliding, p_absolute) FROM unnest(ARRAY[p_refresh, p_bearer]) h
  WHERE h IS NOT NULL;
  RETURN g;
END $$;

-- Redeem a code once. Whoever names the client and the code uses it up, also
-- with a wrong redirect or verifier; a second use ends what the first gave.
CREATE FUNCTION auth_oauth_code_redeem(p_hash bytea, p_client text, p_redirect text,
  p_challenge text, p_absolute interval, p_refresh bytea, p_sliding interval)
RETURNS TABLE (outcome text, grant_id uuid, user_id uuid, team_id uuid, scopes text[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  c oauth_codes%ROWTYPE;
  g uuid;
BEGIN
  UPDATE oauth_codes x SET used_at = now()
   WHERE x.code_hash = p_hash AND x.client_id = p_client AND x.used_at IS NULL AND x.expires_at > now()
  RETURNING * INTO c;
  IF NOT FOUND THEN
    SELECT * INTO c FROM oauth_codes x WHERE x.code_hash = p_hash AND x.client_id = p_client AND x.used_at IS NOT NULL;
    IF FOUND THEN
      PERFORM auth_oauth_revoke(c.grant_id, 'code_reuse');
      RETURN QUERY SELECT 'reused'::text, c.grant_id, c.user_id, c.team_id, c.scopes;
    END IF;
    RETURN;
  END IF;
  IF p_redirect IS DISTINCT FROM (CASE WHEN c.given OR p_redirect IS NOT NULL THEN c.redirect_uri END) THEN
    RETURN QUERY SELECT 'redirect'::text, NULL::uuid, c.user_id, c.team_id, c.scopes; RETURN;
  END IF;
  IF c.challenge <> p_challenge THEN
    RETURN QUERY SELECT 'verifier'::text, NULL::uuid, c.user_id, c.team_id, c.scopes; RETURN;
  END IF;
  g := auth_oauth_grant(p_client, c.user_id, c.team_id, c.scopes, p_absolute, p_refresh, NULL, p_sliding);
  IF g IS NULL THEN
    RETURN QUERY SELECT 'gone'::text, NULL::uuid, c.user_id, c.team_id, c.scopes; RETURN;
  END IF;
  UPDATE oauth_codes x SET grant_id = g WHERE x.code_hash = p_hash;
  RETURN QUERY SELECT 'ok'::text, g, c.user_id, c.team_id, c.scopes;
END $$;

-- Exchange a refresh token (p_client NULL: first-party) for the next one. A
-- second use revokes the family.
CREATE FUNCTION auth_oauth_refresh(p_hash bytea, p_client text, p_refresh bytea, p_bearer bytea,
                                   p_sliding interval)
RETURNS TABLE (outcome text, grant_id uuid, user_id uuid, team_id uuid, scopes text[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  g oauth_grants%ROWTYPE;
BEGIN
  -- one at a time for a family: a used and a new token cannot race
  SELECT x.* INTO g FROM oauth_grants x JOIN oauth_refresh r ON r.grant_id = x.id
   WHERE r.token_hash = p_hash AND x.client_id IS NOT DISTINCT FROM p_client FOR UPDATE OF x;
  IF NOT FOUND THEN RETURN; END IF;
  UPDATE oauth_refresh r SET used_at = now()
   WHERE r.token_hash = p_hash AND r.used_at IS NULL AND r.expires_at > now();
  IF NOT FOUND THEN
    IF g.revoked_at IS NULL AND EXISTS (SELECT FROM oauth_refresh r WHERE r.token_hash = p_hash AND r.used_at IS NOT NULL) THEN
      PERFORM auth_oauth_revoke(g.id, 'refresh_reuse');
      RETURN QUERY SELECT 'reused'::text, g.id, g.user_id, g.team_id, g.scopes;
    END IF;
    RETURN;
  END IF;
  IF g.revoked_at IS NOT NULL OR g.expires_at <= now() THEN RETURN; END IF;
  IF NOT auth_oauth_stands(g.user_id, g.team_id) THEN
    PERFORM auth_oauth_revoke(g.id, 'membership');
    RETURN;
  END IF;
  UPDATE oauth_refresh r SET used_at = now() WHERE r.grant_id = g.id AND r.used_at IS NULL;
  INSERT INTO oauth_refresh (token_hash, grant_id, expires_at)
  SELECT h, g.id, least(now() + p_sliding, g.expires_at) FROM unnest(ARRAY[p_refresh, p_bearer]) h
  WHERE h IS NOT NULL;
  UPDATE oauth_grants x SET used_at = now() WHERE x.id = g.id;
  RETURN QUERY SELECT 'ok'::text, g.id, g.user_id, g.team_id, g.scopes;
END $$;

-- Whose refresh token it is, used up or not: for revocation and introspection.
CREATE FUNCTION auth_oauth_refresh_find(p_hash bytea)
RETURNS TABLE (grant_id uuid, client_id text, user_id uuid, team_id uuid, scopes text[], live boolean,
               expires_us int8, created_us int8)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT g.id, g.client_id, g.user_id, g.team_id, g.scopes,
         r.used_at IS NULL AND r.expires_at > now() AND g.revoked_at IS NULL AND g.expires_at > now()
           AND auth_oauth_stands(g.user_id, g.team_id),
         (extract(epoch from r.expires_at) * 1e6)::int8, (extract(epoch from r.created_at) * 1e6)::int8
  FROM oauth_refresh r JOIN oauth_grants g ON g.id = r.grant_id WHERE r.token_hash = p_hash $$;

-- What an access token of this grant may do now; no row when nothing. A
-- first-party grant acts in the team of the project asked for, else in the
-- user's first one.
CREATE FUNCTION auth_oauth_access(p_grant uuid, p_kid text, p_project uuid)
RETURNS TABLE (client_id text, user_id uuid, team_id uuid, scopes text[], role text, verified boolean,
               email text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  g oauth_grants%ROWTYPE;
  team uuid;
BEGIN
  SELECT x.* INTO g FROM oauth_grants x
   WHERE x.id = p_grant AND x.revoked_at IS NULL AND x.expires_at > now()
     AND (p_kid IS NULL OR EXISTS (SELECT FROM signing_keys k WHERE k.kid = p_kid AND k.trusted))
     AND (x.client_id IS NULL OR EXISTS (SELECT FROM oauth_clients c WHERE c.id = x.client_id AND c.revoked_at IS NULL));
  IF NOT FOUND OR NOT auth_oauth_stands(g.user_id, g.team_id) THEN RETURN; END IF;
  IF g.used_at < now() - interval '1 minute' THEN
    UPDATE oauth_grants x SET used_at = now() WHERE x.id = g.id;
  END IF;
  team := g.team_id;
  IF team IS NULL THEN
    SELECT m.team_id INTO team FROM members m JOIN teams t ON t.id = m.team_id AND t.deleted_at IS NULL
      LEFT JOIN projects p ON p.team_id = m.team_id AND p.id = p_project
     WHERE m.user_id = g.user_id ORDER BY p.id IS NULL, m.created_at, m.team_id LIMIT 1;
  END IF;
  RETURN QUERY SELECT g.client_id, g.user_id, team, g.scopes,
      CASE WHEN g.user_id IS NULL THEN 'admin' ELSE m.role END,
      g.user_id IS NULL OR u.verified_at IS NOT NULL, coalesce(u.email, '')
    FROM (SELECT 1) one LEFT JOIN users u ON u.id = g.user_id
    LEFT JOIN members m ON m.user_id = g.user_id AND m.team_id = team;
END $$;

-- Whoever sets a new password, by whatever way, ends what apps may do in the
-- user's name. (A rehash at sign-in leaves password_at alone.)
CREATE FUNCTION oauth_password_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE oauth_grants SET revoked_at = now(), reason = 'password'
   WHERE user_id = NEW.id AND revoked_at IS NULL;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION oauth_password_changed() FROM PUBLIC;
CREATE TRIGGER oauth_password_changed AFTER UPDATE OF password_at ON users FOR EACH ROW
  WHEN (NEW.password_at IS DISTINCT FROM OLD.password_at) EXECUTE FUNCTION oauth_password_changed();

-- The lock under which keys are made and rotated.
CREATE FUNCTION auth_signing_lock() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT pg_advisory_xact_lock(hashtext('signing_keys')) $$;

DO $$ DECLARE f text; BEGIN
  FOR f IN SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.proname LIKE 'auth\_oauth\_%' OR p.proname = 'auth_signing_lock' LOOP
    EXECUTE 'REVOKE ALL ON FUNCTION ' || f || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO tidemark_app';
  END LOOP;
END $$;
