-- Teams: personal ones, a grace period before one is gone, invitations, and
-- members who see only some of the projects.
ALTER TABLE teams ADD COLUMN personal boolean NOT NULL DEFAULT false;
ALTER TABLE teams ADD COLUMN deleted_at timestamptz;   -- NULL: it lives
CREATE INDEX teams_deleted ON teams (deleted_at) WHERE deleted_at IS NOT NULL;
-- The same, on the row that key look-ups and the mirror of keys lock anyway.
ALTER TABLE environments ADD COLUMN closed_at timestamptz;
ALTER TABLE projects ADD UNIQUE (team_id, id);

-- An environment made while its team is being deleted is born closed.
CREATE FUNCTION environment_born() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  SELECT t.deleted_at INTO NEW.closed_at FROM teams t WHERE t.id = NEW.team_id FOR KEY SHARE;
  RETURN NEW;
END $$;
CREATE TRIGGER environment_born BEFORE INSERT ON environments FOR EACH ROW EXECUTE FUNCTION environment_born();

-- Owners and admins see every project; others may be held to some.
ALTER TABLE members ADD COLUMN all_projects boolean NOT NULL DEFAULT true;
ALTER TABLE members ADD CHECK (all_projects OR role IN ('analyst', 'viewer'));
CREATE TABLE member_projects (
  team_id    uuid NOT NULL,
  user_id    uuid NOT NULL,
  project_id uuid NOT NULL,
  PRIMARY KEY (team_id, user_id, project_id),
  FOREIGN KEY (team_id, user_id) REFERENCES members ON DELETE CASCADE,
  FOREIGN KEY (team_id, project_id) REFERENCES projects (team_id, id) ON DELETE CASCADE
);
CREATE INDEX member_projects_project ON member_projects (team_id, project_id);

CREATE TABLE invitations (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team_id      uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  email        text NOT NULL,                        -- as typed
  email_key    text NOT NULL,                        -- lower case, trimmed
  role         text NOT NULL CHECK (role IN ('owner','admin','analyst','viewer')),
  all_projects boolean NOT NULL DEFAULT true,
  projects     uuid[] NOT NULL DEFAULT '{}',
  token_hash   bytea NOT NULL UNIQUE,                -- SHA-256
  invited_by   uuid REFERENCES users ON DELETE SET NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL DEFAULT now() + interval '7 days',
  accepted_at  timestamptz,
  accepted_by  uuid REFERENCES users ON DELETE SET NULL,
  revoked_at   timestamptz,
  CHECK (all_projects OR role IN ('analyst', 'viewer'))
);
-- one open invitation of an address
CREATE UNIQUE INDEX invitations_open ON invitations (team_id, email_key)
  WHERE accepted_at IS NULL AND revoked_at IS NULL;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['member_projects','invitations'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO tidemark_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY app_team ON %I TO tidemark_app USING (team_id = ctx_team()) WITH CHECK (team_id = ctx_team())', t);
  END LOOP;
END $$;
GRANT SELECT, INSERT, DELETE ON member_projects TO tidemark_app;
GRANT SELECT, INSERT, UPDATE ON invitations TO tidemark_app;
CREATE POLICY consumer_all ON invitations TO tidemark_consumer USING (true);
GRANT SELECT, DELETE ON invitations TO tidemark_consumer; -- closed ones, after a while

-- The projects that the user in scope is held to; NULL: all of the team in
-- scope (also when nobody is in scope: read keys, clients without a user).
-- A user who is no member of the team gets none.
-- plpgsql keeps its plans; the same in SQL costs 0.1 ms more at each call.
CREATE FUNCTION ctx_projects() RETURNS uuid[] LANGUAGE plpgsql STABLE AS $$
DECLARE
  every boolean;
BEGIN
  IF ctx_user() IS NULL THEN RETURN NULL; END IF;
  SELECT m.all_projects INTO every FROM public.members m WHERE m.team_id = ctx_team() AND m.user_id = ctx_user();
  IF every THEN RETURN NULL; END IF;
  IF every IS NULL THEN RETURN '{}'; END IF;
  RETURN ARRAY(SELECT p.project_id FROM public.member_projects p WHERE p.team_id = ctx_team() AND p.user_id = ctx_user());
END $$;
-- Asked once a statement (an initplan), not once a row. The event side keeps
-- its policies on the environment alone: its id is known only through here.
ALTER POLICY app_team ON projects
  USING (team_id = ctx_team() AND coalesce(id = ANY ((SELECT ctx_projects())::uuid[]), true));
ALTER POLICY app_team ON environments
  USING (team_id = ctx_team() AND coalesce(project_id = ANY ((SELECT ctx_projects())::uuid[]), true));
ALTER POLICY app_team ON project_keys
  USING (team_id = ctx_team() AND EXISTS (SELECT FROM environments e WHERE e.id = project_keys.environment_id));

-- Credentials of a deleted team are refused.
CREATE OR REPLACE FUNCTION auth_token(p_token_hash bytea)
RETURNS TABLE (token_id uuid, user_id uuid, team_id uuid, scopes text[], role text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE access_tokens t SET last_used_at = now()
   WHERE t.token_hash = p_token_hash AND (t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute');
  RETURN QUERY SELECT t.id, t.user_id, t.team_id, t.scopes, m.role
    FROM access_tokens t JOIN users u ON u.id = t.user_id
    JOIN teams g ON g.id = t.team_id AND g.deleted_at IS NULL
    JOIN members m ON m.team_id = t.team_id AND m.user_id = t.user_id
   WHERE t.token_hash = p_token_hash AND t.revoked_at IS NULL AND u.disabled_at IS NULL
     AND (t.expires_at IS NULL OR t.expires_at > now());
END $$;
CREATE OR REPLACE FUNCTION auth_key(p_token_hash bytea)
RETURNS TABLE (key_id uuid, environment_id int4, team_id uuid, project_id uuid, type text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT k.id, k.environment_id, k.team_id, e.project_id, k.type
  FROM project_keys k JOIN environments e ON e.id = k.environment_id AND e.closed_at IS NULL
  WHERE k.token_hash = p_token_hash AND k.revoked_at IS NULL
    AND (k.expires_at IS NULL OR k.expires_at > now()) $$;

-- Teams that would be left without an owner, with how many people are in them.
CREATE FUNCTION auth_team_sole_owner(p_user uuid)
RETURNS TABLE (id uuid, slug text, name text, created_us int8, personal boolean, members int8)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.id, t.slug, t.name, (extract(epoch from t.created_at)*1e6)::int8, t.personal,
         (SELECT count(*) FROM members x WHERE x.team_id = t.id)
  FROM members m JOIN teams t ON t.id = m.team_id AND t.deleted_at IS NULL
  WHERE m.user_id = p_user AND m.role = 'owner'
    AND NOT EXISTS (SELECT FROM members o WHERE o.team_id = t.id AND o.role = 'owner' AND o.user_id <> p_user)
  ORDER BY lower(t.name), t.slug $$;
-- Members of the team in scope who have a second factor.
CREATE FUNCTION auth_team_two_factor()
RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT m.user_id FROM members m JOIN user_totp f ON f.user_id = m.user_id AND f.confirmed_at IS NOT NULL
  WHERE m.team_id = ctx_team() $$;

CREATE FUNCTION auth_invitation(p_token_hash bytea)
RETURNS TABLE (team_id uuid, team_name text, team_slug text, email text, email_key text,
               invited_by text, role text, expires_us int8)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.id, t.name, t.slug, i.email, i.email_key,
         coalesce(nullif(u.name, ''), u.email, ''), i.role, (extract(epoch from i.expires_at)*1e6)::int8
  FROM invitations i JOIN teams t ON t.id = i.team_id AND t.deleted_at IS NULL
  LEFT JOIN users u ON u.id = i.invited_by
  WHERE i.token_hash = p_token_hash AND i.accepted_at IS NULL AND i.revoked_at IS NULL
    AND i.expires_at > now() $$;
-- Single use and bound to the address in one statement: of any number at once
-- one gets a row. Who is a member already stays what they are.
CREATE FUNCTION auth_invitation_accept(p_token_hash bytea, p_user uuid)
RETURNS TABLE (id uuid, team_id uuid, team_slug text, team_name text, role text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH taken AS (
    UPDATE invitations i SET accepted_at = now(), accepted_by = u.id
    FROM users u, teams t
    WHERE i.token_hash = p_token_hash AND i.accepted_at IS NULL AND i.revoked_at IS NULL
      AND i.expires_at > now() AND t.id = i.team_id AND t.deleted_at IS NULL
      AND u.id = p_user AND u.email_key = i.email_key AND u.verified_at IS NOT NULL AND u.disabled_at IS NULL
    RETURNING i.id, i.team_id, t.slug, t.name, i.role, i.all_projects, i.projects
  ), joined AS (
    INSERT INTO members (team_id, user_id, role, all_projects)
    SELECT k.team_id, p_user, k.role, k.all_projects FROM taken k
    ON CONFLICT DO NOTHING RETURNING members.team_id, members.role
  ), seen AS (
    INSERT INTO member_projects (team_id, user_id, project_id)
    SELECT k.team_id, p_user, p.id FROM taken k JOIN joined j ON j.team_id = k.team_id
    JOIN projects p ON p.team_id = k.team_id AND p.id = ANY (k.projects)
    WHERE NOT k.all_projects
  )
  SELECT k.id, k.team_id, k.slug, k.name,
         coalesce(j.role, (SELECT m.role FROM members m WHERE m.team_id = k.team_id AND m.user_id = p_user))
  FROM taken k LEFT JOIN joined j ON j.team_id = k.team_id $$;

-- The last step of a purge: the team's row and all that hangs on it. False:
-- it lives, or its grace period lasts.
CREATE FUNCTION purge_team(p_team uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM teams t WHERE t.id = p_team AND t.deleted_at < now() - interval '7 days';
  RETURN FOUND;
END $$;
CREATE FUNCTION purge_project(p_project uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM projects p WHERE p.id = p_project AND p.purge_at < now();
  RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION purge_team(uuid), purge_project(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION purge_team(uuid), purge_project(uuid) TO tidemark_consumer;

DO $$ DECLARE f text; BEGIN
  FOR f IN SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.proname LIKE 'auth\_%' LOOP
    EXECUTE 'REVOKE ALL ON FUNCTION ' || f || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO tidemark_app';
  END LOOP;
END $$;
