-- Throttles with exact numbers, the second factor before sign-in is complete,
-- and teams that demand it.

-- One row a try and budget. subject: SHA-256 in hexadecimal; ticket: rows of
-- one try, so that a right one is given back.
DELETE FROM login_attempts;
CREATE SEQUENCE login_tickets;
ALTER TABLE login_attempts ADD COLUMN ticket int8 NOT NULL DEFAULT 0;
CREATE INDEX login_attempts_ticket ON login_attempts (ticket) WHERE ticket > 0;
CREATE INDEX login_attempts_at ON login_attempts (at);

-- Take one try from each budget, or from none. The locks make parallel tries
-- of a subject queue up; their order is fixed, so none waits in a circle.
CREATE FUNCTION auth_throttle_take(p_subject text[], p_max int4[], p_window_s int4[],
                                   OUT ticket int8, OUT wait_s int4, OUT tries_left int4)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  s text; used int4; oldest timestamptz;
  t timestamptz := clock_timestamp();
BEGIN
  FOR s IN SELECT x FROM unnest(p_subject) x ORDER BY x LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended(s, 13));
  END LOOP;
  IF random() < 0.01 THEN
    DELETE FROM login_attempts a WHERE a.at < t - interval '1 day';
  END IF;
  t := clock_timestamp();
  wait_s := 0;
  tries_left := 0;
  FOR i IN 1 .. cardinality(p_subject) LOOP
    -- the budget has room again when the p_max-th newest try is out of it
    SELECT count(*), min(b.at) INTO used, oldest FROM (
      SELECT a.at FROM login_attempts a
       WHERE a.subject = p_subject[i] AND a.at > t - make_interval(secs => p_window_s[i])
       ORDER BY a.at DESC LIMIT p_max[i]) b;
    IF used >= p_max[i] THEN
      wait_s := greatest(wait_s, 1, ceil(extract(epoch FROM
                oldest + make_interval(secs => p_window_s[i]) - t))::int4);
    END IF;
    IF i = 1 THEN tries_left := greatest(p_max[i] - used - 1, 0); END IF;
  END LOOP;
  ticket := 0;
  IF wait_s = 0 THEN
    ticket := nextval('login_tickets');
    INSERT INTO login_attempts (subject, at, ticket) SELECT x, t, auth_throttle_take.ticket
      FROM unnest(p_subject) x;
  END IF;
END $$;

CREATE FUNCTION auth_throttle_done(p_ticket int8, p_clear text[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM login_attempts WHERE ticket = p_ticket AND p_ticket > 0;
  DELETE FROM login_attempts WHERE subject = ANY (p_clear) $$;

-- The password that was checked is still the user's; the row stays locked
-- until the session is there, so a change of password ends it, or comes first.
CREATE FUNCTION auth_password_accept(p_user uuid, p_hash text, p_fresh text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM users u WHERE u.id = p_user AND u.password_hash = p_hash
    AND u.disabled_at IS NULL FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  IF p_fresh IS NOT NULL THEN
    UPDATE users u SET password_hash = p_fresh WHERE u.id = p_user;
  END IF;
  RETURN true;
END $$;

-- The second factor of a user who is not signed in yet.
CREATE FUNCTION auth_totp(p_user uuid) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT secret FROM user_totp WHERE user_id = p_user AND confirmed_at IS NOT NULL $$;
CREATE FUNCTION auth_totp_use(p_user uuid, p_step int8) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH used AS (UPDATE user_totp SET last_step = p_step
     WHERE user_id = p_user AND confirmed_at IS NOT NULL AND last_step < p_step RETURNING 1)
  SELECT EXISTS (SELECT FROM used) $$;
-- Codes left after this one; NULL: no such code, or used.
CREATE FUNCTION auth_recovery_use(p_user uuid, p_hash bytea) RETURNS int4
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE user_recovery_codes c SET used_at = now()
   WHERE c.user_id = p_user AND c.code_hash = p_hash AND c.used_at IS NULL
     AND EXISTS (SELECT FROM user_totp f WHERE f.user_id = p_user AND f.confirmed_at IS NOT NULL);
  IF NOT FOUND THEN RETURN NULL; END IF;
  RETURN (SELECT count(*) FROM user_recovery_codes c WHERE c.user_id = p_user AND c.used_at IS NULL);
END $$;

ALTER TABLE teams ADD COLUMN two_factor boolean NOT NULL DEFAULT false;
-- Members of the team in scope without a second factor; counts only.
CREATE FUNCTION auth_team_without_factor(p_team uuid) RETURNS int8
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT count(*) FROM members m WHERE m.team_id = p_team AND p_team = ctx_team()
    AND NOT EXISTS (SELECT FROM user_totp f
                     WHERE f.user_id = m.user_id AND f.confirmed_at IS NOT NULL) $$;

DO $$ DECLARE f text; BEGIN
  FOR f IN SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.proname IN ('auth_throttle_take',
      'auth_throttle_done','auth_password_accept','auth_totp','auth_totp_use','auth_recovery_use',
      'auth_team_without_factor') LOOP
    EXECUTE 'REVOKE ALL ON FUNCTION ' || f || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO tidemark_app';
  END LOOP;
END $$;
