-- Identity: what an account holds besides its password. Tables, sessions and
-- the look-ups before anybody is known; the acts are in the files after it.
ALTER TABLE users ADD COLUMN verified_email text;      -- what was verified, for the audit
ALTER TABLE users ADD COLUMN password_at timestamptz;  -- last change
ALTER TABLE users ADD COLUMN last_sign_in_at timestamptz;
UPDATE users SET verified_email = email WHERE verified_at IS NOT NULL;

-- Browser sessions: a public id for the list, how it was opened, when the user
-- last proved to be there, and whether the second factor is still owed.
ALTER TABLE user_sessions ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid();
ALTER TABLE user_sessions ADD COLUMN method text NOT NULL DEFAULT 'password';
ALTER TABLE user_sessions ADD COLUMN confirmed_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE user_sessions ADD COLUMN remember boolean NOT NULL DEFAULT true;
ALTER TABLE user_sessions ADD COLUMN awaiting boolean NOT NULL DEFAULT false;
CREATE UNIQUE INDEX user_sessions_id ON user_sessions (id);

-- Links sent by mail: single use, bound to one address and, for a
-- registration, to the browser that asked.
CREATE TABLE user_tokens (
  token_hash bytea PRIMARY KEY,                        -- SHA-256
  user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  kind       text NOT NULL CHECK (kind IN ('verify','reset','email')),
  email      text NOT NULL,                            -- the address it went to
  binding    bytea,                                    -- SHA-256 of the browser's cookie
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at    timestamptz
);
CREATE INDEX user_tokens_user ON user_tokens (user_id, kind);

-- Second factor. secret: AES-256-GCM, bound to 'user_totp|<user>|secret'.
CREATE TABLE user_totp (
  user_id      uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  secret       bytea NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  confirmed_at timestamptz,                            -- NULL: being set up
  last_step    int8 NOT NULL DEFAULT 0                 -- newest 30 s step used
);
CREATE TABLE user_recovery_codes (
  user_id   uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  code_hash bytea NOT NULL,                            -- SHA-256
  used_at   timestamptz,
  PRIMARY KEY (user_id, code_hash)
);

-- Accounts elsewhere. The key is (provider, subject), never the mail address.
CREATE TABLE user_identities (
  provider     text NOT NULL,
  subject      text NOT NULL,
  user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  email        text NOT NULL DEFAULT '',
  login        text NOT NULL DEFAULT '',               -- name at the provider
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz,
  PRIMARY KEY (provider, subject)
);
CREATE INDEX user_identities_user ON user_identities (user_id);

CREATE TABLE user_avatars (
  user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  png     bytea NOT NULL,                              -- re-encoded by us
  hash    text NOT NULL,                               -- for the address and ETag
  at      timestamptz NOT NULL DEFAULT now()
);

-- Mails waiting to be sent. sealed: AES-256-GCM over the whole message, bound
-- to 'mails|<id>|sealed'; removed when it was handed over.
CREATE TABLE mails (
  id           uuid PRIMARY KEY,
  kind         text NOT NULL,
  sealed       bytea,
  created_at   timestamptz NOT NULL DEFAULT now(),
  next_at      timestamptz NOT NULL DEFAULT now(),
  attempts     int4 NOT NULL DEFAULT 0,
  sent_at      timestamptz,
  failed_at    timestamptz,                            -- given up
  error        text NOT NULL DEFAULT ''
);
CREATE INDEX mails_waiting ON mails (next_at) WHERE sent_at IS NULL AND failed_at IS NULL;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['user_tokens','user_totp','user_recovery_codes','user_identities',
      'user_avatars','mails'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO tidemark_owner USING (true) WITH CHECK (true)', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['user_tokens','user_totp','user_recovery_codes','user_identities','user_avatars'] LOOP
    EXECUTE format('CREATE POLICY app_self ON %I TO tidemark_app USING (user_id = ctx_user()) WITH CHECK (user_id = ctx_user())', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tidemark_app', t);
  END LOOP;
END $$;
-- the app puts mails in and never sees one again; the consumer sends them
CREATE POLICY app_put ON mails FOR INSERT TO tidemark_app WITH CHECK (true);
CREATE POLICY consumer_all ON mails TO tidemark_consumer USING (true) WITH CHECK (true);
GRANT INSERT (id, kind, sealed) ON mails TO tidemark_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON mails TO tidemark_consumer;
-- faces of the members of the team in scope
CREATE POLICY app_member_read ON user_avatars FOR SELECT TO tidemark_app
  USING (EXISTS (SELECT FROM members m WHERE m.user_id = user_avatars.user_id AND m.team_id = ctx_team()));
GRANT UPDATE (method, confirmed_at) ON user_sessions TO tidemark_app;

DROP FUNCTION auth_user_by_email(text);
CREATE FUNCTION auth_user_by_email(p_email_key text)
RETURNS TABLE (id uuid, email text, name text, password_hash text, verified boolean,
               system_admin boolean, disabled boolean, theme text, two_factor boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.id, u.email, u.name, u.password_hash, u.verified_at IS NOT NULL, u.system_admin,
         u.disabled_at IS NOT NULL, u.theme,
         EXISTS (SELECT FROM user_totp f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL)
  FROM users u WHERE u.email_key = p_email_key $$;

DROP FUNCTION auth_session_create(bytea, uuid, bytea, interval, text, text);
-- awaiting: the second factor is owed; lives ten minutes and opens nothing else
CREATE FUNCTION auth_session_create(p_token_hash bytea, p_user uuid, p_csrf bytea, p_addr text,
                                    p_agent text, p_method text, p_remember boolean, p_awaiting boolean)
RETURNS uuid LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE users SET last_sign_in_at = now() WHERE id = p_user AND NOT p_awaiting;
  INSERT INTO user_sessions (token_hash, user_id, csrf_secret, expires_at, remote_addr, user_agent,
                             method, remember, awaiting)
  VALUES (p_token_hash, p_user, p_csrf,
          now() + CASE WHEN p_awaiting THEN interval '10 minutes' ELSE interval '30 days' END,
          p_addr, left(p_agent, 256), p_method, p_remember, p_awaiting) RETURNING id $$;

-- The live session of a cookie. Idle limit 12 h, or 30 days when the user asked
-- to be remembered; expires_at is absolute.
DROP FUNCTION auth_session(bytea);
CREATE FUNCTION auth_session(p_token_hash bytea)
RETURNS TABLE (user_id uuid, email text, name text, verified boolean, system_admin boolean,
               csrf_secret bytea, theme text, id uuid, confirmed_us int8, awaiting boolean,
               remember boolean, method text, has_password boolean, two_factor boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  s user_sessions%ROWTYPE;
BEGIN
  SELECT * INTO s FROM user_sessions x
   WHERE x.token_hash = p_token_hash AND x.expires_at > now()
     AND (x.remember OR x.seen_at > now() - interval '12 hours');
  IF NOT FOUND THEN RETURN; END IF;
  IF s.seen_at < now() - interval '1 minute' THEN -- the touch is at most once a minute
    UPDATE user_sessions x SET seen_at = now() WHERE x.token_hash = p_token_hash;
  END IF;
  RETURN QUERY SELECT u.id, u.email, u.name, u.verified_at IS NOT NULL, u.system_admin,
      s.csrf_secret, u.theme, s.id, (extract(epoch from s.confirmed_at) * 1e6)::int8, s.awaiting,
      s.remember, s.method, u.password_hash IS NOT NULL,
      EXISTS (SELECT FROM user_totp f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL)
    FROM users u WHERE u.id = s.user_id AND u.disabled_at IS NULL;
END $$;

DO $$ DECLARE f text; BEGIN
  FOR f IN SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.proname LIKE 'auth\_%' LOOP
    EXECUTE 'REVOKE ALL ON FUNCTION ' || f || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO tidemark_app';
  END LOOP;
END $$;
