-- Sign in with GitHub and Google: the look-ups and acts before anybody is
-- known. The key of an identity is (provider, subject), never an address.

CREATE FUNCTION auth_identity(p_provider text, p_subject text)
RETURNS TABLE (id uuid, email text, name text, theme text, verified boolean,
               system_admin boolean, disabled boolean, two_factor boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.id, u.email, u.name, u.theme, u.verified_at IS NOT NULL, u.system_admin,
         u.disabled_at IS NOT NULL,
         EXISTS (SELECT FROM user_totp f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL)
  FROM user_identities i JOIN users u ON u.id = i.user_id
  WHERE i.provider = p_provider AND i.subject = p_subject $$;

CREATE FUNCTION auth_identity_used(p_provider text, p_subject text, p_email text, p_login text)
RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE user_identities SET last_used_at = now(), email = p_email, login = p_login
   WHERE provider = p_provider AND subject = p_subject $$;

-- A new account without a password. The provider vouches for the address
-- (p_verified), or a link is sent, bound to this browser. 'exists': the address
-- or the identity is somebody's; 'uninvited': see auth_register.
CREATE FUNCTION auth_identity_create(p_provider text, p_subject text, p_email text, p_login text,
                                     p_email_key text, p_name text, p_verified boolean,
                                     p_invited boolean, p_token_hash bytea, p_binding bytea)
RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_user uuid;
BEGIN
  IF EXISTS (SELECT FROM user_identities WHERE provider = p_provider AND subject = p_subject) THEN
    RETURN 'exists';
  END IF;
  IF p_invited AND NOT EXISTS (SELECT FROM invitations i WHERE i.email_key = p_email_key
       AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()) THEN
    RETURN 'uninvited';
  END IF;
  INSERT INTO users (email, email_key, name, verified_at, verified_email)
  VALUES (p_email, p_email_key, p_name, CASE WHEN p_verified THEN now() END,
          CASE WHEN p_verified THEN p_email END)
  ON CONFLICT (email_key) DO NOTHING RETURNING id INTO v_user;
  IF v_user IS NULL THEN RETURN 'exists'; END IF;
  INSERT INTO user_identities (provider, subject, user_id, email, login, last_used_at)
  VALUES (p_provider, p_subject, v_user, p_email, p_login, now());
  IF NOT p_verified THEN
    INSERT INTO user_tokens (token_hash, user_id, kind, email, binding, expires_at)
    VALUES (p_token_hash, v_user, 'verify', p_email_key, p_binding, now() + interval '24 hours');
  END IF;
  RETURN 'new';
END $$;

-- The true owner of an address takes an account that was never verified:
-- account_wipe() leaves nothing of it but memberships. False: it was verified
-- meanwhile, or has another address.
CREATE FUNCTION auth_identity_claim(p_user uuid, p_provider text, p_subject text, p_email text,
                                    p_login text, p_email_key text, p_name text)
RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM users WHERE id = p_user AND email_key = p_email_key AND verified_at IS NULL
     AND disabled_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  IF EXISTS (SELECT FROM user_identities i WHERE i.provider = p_provider
              AND i.subject = p_subject AND i.user_id <> p_user) THEN
    RETURN false;
  END IF;
  PERFORM account_wipe(p_user);
  UPDATE users SET name = p_name, email = p_email, verified_email = p_email, verified_at = now()
   WHERE id = p_user;
  INSERT INTO user_identities (provider, subject, user_id, email, login, last_used_at)
  VALUES (p_provider, p_subject, p_user, p_email, p_login, now());
  RETURN true;
END $$;

DO $$ DECLARE f text; BEGIN
  FOR f IN SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.proname LIKE 'auth\_identity%' LOOP
    EXECUTE 'REVOKE ALL ON FUNCTION ' || f || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO tidemark_app';
  END LOOP;
END $$;
