-- Identity again: links of one account are used in turn and cannot be voided by
-- others, invitations go with who gave them, a team that asks for
-- the second factor asks it of its members' programs too, and what each
-- request with an access token runs keeps its plans.

-- Use a link up. The user's row comes first: who holds another link of the
-- same account waits here, and two never wait for each other.
CREATE OR REPLACE FUNCTION account_link_use(p_kind text, p_token_hash bytea) RETURNS users
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  k user_tokens%ROWTYPE;
  u users%ROWTYPE;
BEGIN
  SELECT * INTO u FROM users x WHERE x.disabled_at IS NULL AND x.id =
    (SELECT o.user_id FROM user_tokens o WHERE o.token_hash = p_token_hash AND o.kind = p_kind) FOR UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  UPDATE user_tokens x SET used_at = now()
   WHERE x.token_hash = p_token_hash AND x.kind = p_kind AND x.used_at IS NULL
     AND x.expires_at > now()
  RETURNING * INTO k;
  IF NOT FOUND OR (p_kind <> 'email' AND u.email_key <> k.email) THEN RETURN NULL; END IF;
  RETURN u;
END $$;

-- As in 0015; plpgsql keeps its plans, SQL makes them anew at each call.
CREATE OR REPLACE FUNCTION auth_oauth_stands(p_user uuid, p_team uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (p_user IS NULL OR EXISTS (SELECT FROM users u WHERE u.id = p_user AND u.disabled_at IS NULL))
     AND (p_team IS NULL OR EXISTS (SELECT FROM teams t WHERE t.id = p_team AND t.deleted_at IS NULL))
     AND (p_user IS NULL OR p_team IS NULL
          OR EXISTS (SELECT FROM members m WHERE m.user_id = p_user AND m.team_id = p_team));
END $$;

-- factor_owed: the team asks for the second factor, and the user has none.
DROP FUNCTION auth_token(bytea);
CREATE FUNCTION auth_token(p_token_hash bytea)
RETURNS TABLE (token_id uuid, user_id uuid, team_id uuid, scopes text[], role text, factor_owed boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE access_tokens t SET last_used_at = now()
   WHERE t.token_hash = p_token_hash AND (t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute');
  RETURN QUERY SELECT t.id, t.user_id, t.team_id, t.scopes, m.role, g.two_factor AND NOT EXISTS
      (SELECT FROM user_totp f WHERE f.user_id = t.user_id AND f.confirmed_at IS NOT NULL)
    FROM access_tokens t JOIN users u ON u.id = t.user_id
    JOIN teams g ON g.id = t.team_id AND g.deleted_at IS NULL
    JOIN members m ON m.team_id = t.team_id AND m.user_id = t.user_id
   WHERE t.token_hash = p_token_hash AND t.revoked_at IS NULL AND u.disabled_at IS NULL
     AND (t.expires_at IS NULL OR t.expires_at > now());
END $$;

-- What an access token of this grant may do now; no row when nothing. A
-- first-party grant acts in the team of the project asked for, else in the
-- user's first one. A client of its own owes no factor.
DROP FUNCTION auth_oauth_access(uuid, text, uuid);
CREATE FUNCTION auth_oauth_access(p_grant uuid, p_kid text, p_project uuid)
RETURNS TABLE (client_id text, user_id uuid, team_id uuid, scopes text[], role text, verified boolean,
               email text, factor_owed boolean)
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
  IF g.user_id IS NULL THEN
    RETURN QUERY SELECT g.client_id, g.user_id, team, g.scopes, 'admin', true, '', false;
    RETURN;
  END IF;
  RETURN QUERY SELECT g.client_id, g.user_id, team, g.scopes, m.role, u.verified_at IS NOT NULL, u.email,
      coalesce(t.two_factor, false) AND NOT EXISTS
        (SELECT FROM user_totp f WHERE f.user_id = g.user_id AND f.confirmed_at IS NOT NULL)
    FROM users u LEFT JOIN members m ON m.user_id = u.id AND m.team_id = team
    LEFT JOIN teams t ON t.id = team WHERE u.id = g.user_id;
END $$;

-- A link that was sent stays good when others ask for one too: who keeps asking
-- must not be able to void what the owner got. Using one voids the others.
CREATE OR REPLACE FUNCTION auth_reset_request(p_email_key text, p_token_hash bytea)
RETURNS TABLE (user_id uuid, email text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  u users%ROWTYPE;
BEGIN
  SELECT * INTO u FROM users x WHERE x.email_key = p_email_key AND x.disabled_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  DELETE FROM user_tokens k WHERE k.user_id = u.id AND k.expires_at < now() - interval '7 days';
  INSERT INTO user_tokens (token_hash, user_id, kind, email, expires_at)
  VALUES (p_token_hash, u.id, 'reset', p_email_key, now() + interval '30 minutes');
  RETURN QUERY SELECT u.id, u.email;
END $$;

-- Invitations go with who gave them, as they do when one leaves a team: else
-- they would be a way back in.
CREATE OR REPLACE FUNCTION auth_user_delete(p_user uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF p_user IS DISTINCT FROM ctx_user() THEN RETURN false; END IF;
  PERFORM FROM teams t WHERE t.id IN (SELECT m.team_id FROM members m WHERE m.user_id = p_user)
    ORDER BY t.id FOR UPDATE;
  IF EXISTS (SELECT FROM auth_team_sole_owner(p_user)) THEN RETURN false; END IF;
  UPDATE invitations i SET revoked_at = now()
   WHERE i.invited_by = p_user AND i.accepted_at IS NULL AND i.revoked_at IS NULL;
  DELETE FROM users u WHERE u.id = p_user;
  RETURN FOUND;
END $$;

-- A mail tells of a new browser, but not of the first one.
CREATE FUNCTION auth_signed_in_before(p_user uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM users u WHERE u.id = p_user AND u.last_sign_in_at IS NOT NULL) $$;

REVOKE ALL ON FUNCTION auth_token(bytea), auth_oauth_access(uuid, text, uuid), auth_signed_in_before(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth_token(bytea), auth_oauth_access(uuid, text, uuid), auth_signed_in_before(uuid) TO tidemark_app;
