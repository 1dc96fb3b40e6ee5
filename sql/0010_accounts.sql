-- Accounts: registering, proving an address, choosing a new password, leaving.
-- Each act is one function, so that its races are settled by row locks here;
-- what may be called before anybody is known is named auth_*.
GRANT UPDATE (password_at) ON users TO tidemark_app;

-- Everything an account holds but its memberships. Called when the owner of an
-- address arrives at an account that somebody else may have prepared. Any table
-- with a user_id that goes with its user is meant, also later ones.
CREATE FUNCTION account_wipe(p_user uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE t regclass;
BEGIN
  FOR t IN SELECT c.conrelid::regclass FROM pg_constraint c
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
           WHERE c.contype = 'f' AND c.confrelid = 'users'::regclass AND c.confdeltype = 'c'
             AND array_length(c.conkey, 1) = 1 AND a.attname = 'user_id'
             AND c.conrelid NOT IN (SELECT r.oid FROM pg_class r WHERE r.relname LIKE 'member%') LOOP
    EXECUTE format('DELETE FROM %s WHERE user_id = $1', t) USING p_user;
  END LOOP;
  UPDATE users SET name = '', password_hash = NULL, password_at = NULL, theme = 'system',
         last_sign_in_at = NULL WHERE id = p_user;
END $$;
REVOKE ALL ON FUNCTION account_wipe(uuid) FROM PUBLIC;

-- What an account is when it was just registered: nothing but this.
CREATE FUNCTION account_begin(p_user uuid, p_email text, p_email_key text, p_name text, p_hash text,
                              p_token_hash bytea, p_binding bytea) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM account_wipe(p_user);
  UPDATE users SET email = p_email, name = p_name, password_hash = p_hash, password_at = now()
   WHERE id = p_user;
  INSERT INTO user_tokens (token_hash, user_id, kind, email, binding, expires_at)
  VALUES (p_token_hash, p_user, 'verify', p_email_key, p_binding, now() + interval '24 hours');
END $$;
REVOKE ALL ON FUNCTION account_begin(uuid, text, text, text, text, bytea, bytea) FROM PUBLIC;

-- Register. 'new': the account is there, unverified, with this password only;
-- 'exists': a verified account has the address, nothing is changed. With
-- p_invited a new account needs an open invitation, else it is 'uninvited'.
-- Where nothing is made, the work is done all the same and taken back, so that
-- the time of the reply does not tell.
CREATE FUNCTION auth_register(p_email text, p_email_key text, p_name text, p_hash text,
                              p_token_hash bytea, p_binding bytea, p_invited boolean)
RETURNS TABLE (outcome text, user_id uuid, email text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  u users%ROWTYPE;
  decoy uuid;
BEGIN
  IF NOT p_invited OR EXISTS (SELECT FROM invitations i WHERE i.email_key = p_email_key
       AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()) THEN
    INSERT INTO users (email, email_key) VALUES (p_email, p_email_key)
      ON CONFLICT (email_key) DO NOTHING;
  END IF;
  SELECT * INTO u FROM users x WHERE x.email_key = p_email_key FOR UPDATE;
  IF u.id IS NOT NULL AND u.verified_at IS NULL AND u.disabled_at IS NULL THEN
    PERFORM account_begin(u.id, p_email, p_email_key, p_name, p_hash, p_token_hash, p_binding);
    RETURN QUERY SELECT 'new', u.id, p_email;
    RETURN;
  END IF;
  BEGIN
    INSERT INTO users (email, email_key) VALUES (p_email, gen_random_uuid()::text)
      RETURNING id INTO decoy;
    PERFORM account_begin(decoy, p_email, p_email_key, p_name, p_hash, p_token_hash, p_binding);
    RAISE SQLSTATE 'TM001';
  EXCEPTION WHEN SQLSTATE 'TM001' THEN NULL;
  END;
  RETURN QUERY SELECT CASE WHEN u.id IS NULL THEN 'uninvited' ELSE 'exists' END, u.id,
                      coalesce(u.email, p_email);
END $$;

-- Another link. The binding stays with the browser that registered: whoever
-- asks here need not be the one who chose the password.
CREATE FUNCTION auth_verify_again(p_email_key text, p_token_hash bytea)
RETURNS TABLE (user_id uuid, email text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  u users%ROWTYPE;
BEGIN
  SELECT * INTO u FROM users x WHERE x.email_key = p_email_key AND x.verified_at IS NULL
     AND x.disabled_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  INSERT INTO user_tokens (token_hash, user_id, kind, email, binding, expires_at)
  VALUES (p_token_hash, u.id, 'verify', p_email_key,
          (SELECT k.binding FROM user_tokens k WHERE k.user_id = u.id AND k.kind = 'verify'
            ORDER BY k.created_at DESC LIMIT 1), now() + interval '24 hours');
  RETURN QUERY SELECT u.id, u.email;
END $$;

-- A link that could be used now, and whose it is. binding_ok: same browser.
CREATE FUNCTION auth_link(p_kind text, p_token_hash bytea, p_binding bytea)
RETURNS TABLE (id uuid, email text, name text, theme text, verified boolean, system_admin boolean,
               disabled boolean, two_factor boolean, sent_to text, has_password boolean,
               binding_ok boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.id, u.email, u.name, u.theme, u.verified_at IS NOT NULL, u.system_admin,
         u.disabled_at IS NOT NULL,
         EXISTS (SELECT FROM user_totp f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL),
         k.email, u.password_hash IS NOT NULL, coalesce(k.binding = p_binding, false)
  FROM user_tokens k JOIN users u ON u.id = k.user_id
  WHERE k.token_hash = p_token_hash AND k.kind = p_kind AND k.used_at IS NULL
    AND k.expires_at > now() AND u.disabled_at IS NULL
    AND (k.kind = 'email' OR k.email = u.email_key) $$;

-- Use a link up: the one statement that decides who is first. NULL: not him.
CREATE FUNCTION account_link_use(p_kind text, p_token_hash bytea) RETURNS users
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  k user_tokens%ROWTYPE;
  u users%ROWTYPE;
BEGIN
  UPDATE user_tokens x SET used_at = now()
   WHERE x.token_hash = p_token_hash AND x.kind = p_kind AND x.used_at IS NULL
     AND x.expires_at > now()
  RETURNING * INTO k;
  IF NOT FOUND THEN RETURN NULL; END IF;
  SELECT * INTO u FROM users x WHERE x.id = k.user_id AND x.disabled_at IS NULL FOR UPDATE;
  IF NOT FOUND OR (p_kind <> 'email' AND u.email_key <> k.email) THEN RETURN NULL; END IF;
  RETURN u;
END $$;
REVOKE ALL ON FUNCTION account_link_use(text, bytea) FROM PUBLIC;

-- The address is proved. Sessions from before end: the new one is opened after.
CREATE FUNCTION auth_verify(p_token_hash bytea)
RETURNS TABLE (id uuid, email text, name text, theme text, verified boolean, system_admin boolean,
               disabled boolean, two_factor boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  u users;
BEGIN
  u := account_link_use('verify', p_token_hash);
  IF u.id IS NULL THEN RETURN; END IF;
  UPDATE users x SET verified_at = coalesce(x.verified_at, now()), verified_email = x.email
   WHERE x.id = u.id;
  UPDATE user_tokens k SET used_at = now() WHERE k.user_id = u.id AND k.used_at IS NULL;
  DELETE FROM user_sessions s WHERE s.user_id = u.id;
  RETURN QUERY SELECT u.id, u.email, u.name, u.theme, true, u.system_admin, false,
    EXISTS (SELECT FROM user_totp f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL);
END $$;

CREATE FUNCTION auth_reset_request(p_email_key text, p_token_hash bytea)
RETURNS TABLE (user_id uuid, email text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  u users%ROWTYPE;
BEGIN
  SELECT * INTO u FROM users x WHERE x.email_key = p_email_key AND x.disabled_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  DELETE FROM user_tokens k WHERE k.user_id = u.id AND k.expires_at < now() - interval '7 days';
  -- the newest link is the one that works
  UPDATE user_tokens k SET used_at = now()
   WHERE k.user_id = u.id AND k.kind = 'reset' AND k.used_at IS NULL;
  INSERT INTO user_tokens (token_hash, user_id, kind, email, expires_at)
  VALUES (p_token_hash, u.id, 'reset', p_email_key, now() + interval '30 minutes');
  RETURN QUERY SELECT u.id, u.email;
END $$;

-- A new password by mail link. The second factor stays on. fresh: nobody had
-- proved the address, so nothing that was there is kept.
CREATE FUNCTION auth_reset(p_token_hash bytea, p_hash text)
RETURNS TABLE (id uuid, email text, name text, theme text, verified boolean, system_admin boolean,
               disabled boolean, two_factor boolean, fresh boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  u users;
BEGIN
  u := account_link_use('reset', p_token_hash);
  IF u.id IS NULL THEN RETURN; END IF;
  IF u.verified_at IS NULL THEN
    PERFORM account_wipe(u.id);
    u.name := '';
  END IF;
  UPDATE users x SET password_hash = p_hash, password_at = now(),
         verified_at = coalesce(x.verified_at, now()), verified_email = x.email WHERE x.id = u.id;
  UPDATE user_tokens k SET used_at = now() WHERE k.user_id = u.id AND k.used_at IS NULL;
  DELETE FROM user_sessions s WHERE s.user_id = u.id;
  RETURN QUERY SELECT u.id, u.email, u.name, u.theme, true, u.system_admin, false,
    EXISTS (SELECT FROM user_totp f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL),
    u.verified_at IS NULL;
END $$;

-- The signed-in user takes the address that the link went to. 'taken': another
-- account has it by now.
CREATE FUNCTION auth_email_change(p_user uuid, p_token_hash bytea)
RETURNS TABLE (outcome text, old_email text, new_email text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  u users;
  k user_tokens%ROWTYPE;
BEGIN
  SELECT * INTO k FROM user_tokens x WHERE x.token_hash = p_token_hash AND x.kind = 'email'
     AND x.user_id = p_user AND p_user = ctx_user();
  IF NOT FOUND THEN RETURN; END IF;
  u := account_link_use('email', p_token_hash);
  IF u.id IS NULL OR u.verified_at IS NULL THEN RETURN; END IF;
  BEGIN
    UPDATE users x SET email = k.email, email_key = lower(k.email COLLATE "C"),
           verified_email = k.email, verified_at = now() WHERE x.id = u.id;
  EXCEPTION WHEN unique_violation THEN
    RETURN QUERY SELECT 'taken', u.email, k.email;
    RETURN;
  END;
  UPDATE user_tokens x SET used_at = now() WHERE x.user_id = u.id AND x.used_at IS NULL;
  RETURN QUERY SELECT 'done', u.email, k.email;
END $$;

-- The account goes. false: a living team would be left without an owner. The
-- locks make two owners who leave at once wait for each other.
CREATE FUNCTION auth_user_delete(p_user uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF p_user IS DISTINCT FROM ctx_user() THEN RETURN false; END IF;
  PERFORM FROM teams t WHERE t.id IN (SELECT m.team_id FROM members m WHERE m.user_id = p_user)
    ORDER BY t.id FOR UPDATE;
  IF EXISTS (SELECT FROM auth_team_sole_owner(p_user)) THEN RETURN false; END IF;
  DELETE FROM users u WHERE u.id = p_user;
  RETURN FOUND;
END $$;

-- Everything held about the signed-in user, as one JSON object: the account,
-- its audit entries, and each table with a user_id, also later ones. What
-- would open something (digests, secrets) is left out.
CREATE FUNCTION auth_user_holdings(p_user uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  tab record;
  part jsonb;
  whole jsonb;
BEGIN
  IF p_user IS DISTINCT FROM ctx_user() THEN RETURN NULL; END IF;
  SELECT jsonb_build_object('account', to_jsonb(u) - 'password_hash'
           || jsonb_build_object('has_password', u.password_hash IS NOT NULL)) INTO whole
    FROM users u WHERE u.id = p_user;
  FOR tab IN SELECT c.relname,
             array_agg(a.attname::text) FILTER (WHERE a.atttypid = 'bytea'::regtype
                OR a.attname ~ '(hash|secret|token_hint)') AS hidden
           FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
                AND NOT a.attisdropped
          WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
            AND EXISTS (SELECT FROM pg_attribute x WHERE x.attrelid = c.oid
                        AND x.attname = 'user_id' AND x.atttypid = 'uuid'::regtype)
          GROUP BY c.relname ORDER BY c.relname LOOP
    EXECUTE format('SELECT coalesce(jsonb_agg(to_jsonb(r) - $2), ''[]'') FROM %I r WHERE r.user_id = $1',
                   tab.relname) USING p_user, coalesce(tab.hidden, '{}') INTO part;
    whole := whole || jsonb_build_object(tab.relname, part);
  END LOOP;
  SELECT whole || jsonb_build_object('teams', coalesce(jsonb_agg(jsonb_build_object(
           'id', t.id, 'slug', t.slug, 'name', t.name, 'role', m.role)), '[]')) INTO whole
    FROM members m JOIN teams t ON t.id = m.team_id WHERE m.user_id = p_user;
  SELECT whole || jsonb_build_object('avatar_png', (SELECT encode(a.png, 'base64')
           FROM user_avatars a WHERE a.user_id = p_user)) INTO whole;
  SELECT whole || jsonb_build_object('audit_entries', coalesce(jsonb_agg(jsonb_build_object(
           'at', e.at, 'team_id', e.team_id, 'actor', e.actor, 'action', e.action,
           'target', e.target, 'detail', e.detail, 'remote_addr', e.remote_addr) ORDER BY e.id), '[]'))
    INTO whole FROM audit_entries e
   WHERE e.actor = 'user:' || p_user OR e.target = 'user:' || p_user;
  RETURN whole;
END $$;

-- A face, to its owner and to members of a team of both.
CREATE FUNCTION auth_avatar(p_viewer uuid, p_user uuid)
RETURNS TABLE (png bytea, hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT a.png, a.hash FROM user_avatars a
  WHERE a.user_id = p_user AND p_viewer = ctx_user()
    AND (p_viewer = p_user OR EXISTS (SELECT FROM members x JOIN members y USING (team_id)
         WHERE x.user_id = p_viewer AND y.user_id = p_user)) $$;

DO $$ DECLARE f text; BEGIN
  FOR f IN SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.proname LIKE 'auth\_%' LOOP
    EXECUTE 'REVOKE ALL ON FUNCTION ' || f || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO tidemark_app';
  END LOOP;
END $$;
