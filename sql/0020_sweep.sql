-- What has lost its use is removed: sessions and links that have expired,
-- attempts that no throttle counts any more, ended invitations and grants.
-- One bounded pass; the consumer runs it once an hour and sees none of it.
CREATE INDEX user_sessions_expires ON user_sessions (expires_at);
CREATE INDEX user_tokens_expires ON user_tokens (expires_at);

CREATE FUNCTION sweep_expired(p_limit int) RETURNS int8
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  total int8 := 0;
  n int8;
  rule record;
BEGIN
  FOR rule IN SELECT * FROM (VALUES
    -- the idle limit of a session that is not remembered is that of auth_session()
    ('user_sessions', 'expires_at < now() OR (NOT remember AND seen_at < now() - interval ''12 hours'')'),
    -- a used link says so for a week
    ('user_tokens', 'expires_at < now() - interval ''7 days'' OR used_at < now() - interval ''7 days'''),
    ('user_totp', 'confirmed_at IS NULL AND created_at < now() - interval ''1 day'''),
    ('login_attempts', 'at < now() - interval ''1 day'''),
    -- the audit keeps what became of them
    ('invitations', 'coalesce(accepted_at, revoked_at, expires_at) < now() - interval ''30 days'''),
    -- a code or token that comes again within a day still ends its grant
    ('oauth_codes', 'expires_at < now() - interval ''1 day'''),
    ('oauth_refresh', 'expires_at < now() - interval ''1 day'''),
    ('oauth_grants', 'least(expires_at, coalesce(revoked_at, expires_at)) < now() - interval ''30 days''')
    ) AS r (tab, cond)
  LOOP
    EXECUTE format('DELETE FROM %I WHERE ctid = ANY (ARRAY(SELECT ctid FROM %I WHERE %s LIMIT $1))',
                   rule.tab, rule.tab, rule.cond) USING p_limit;
    GET DIAGNOSTICS n = ROW_COUNT;
    total := total + n;
  END LOOP;
  RETURN total;
END $$;
REVOKE ALL ON FUNCTION sweep_expired(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sweep_expired(int) TO tidemark_consumer;
