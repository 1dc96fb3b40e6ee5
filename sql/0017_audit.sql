-- Audit: one hash chain a team, and one for what belongs to no team. An entry
-- is written by audit_append() only. This file adds the columns; 0018 chains
-- the entries there are, without a lock; 0019 closes the table.
--
-- hash = SHA-256 of prev_hash (32 bytes; zeros before the first entry) and of
-- audit_text() in UTF-8: a JSON array without blanks,
--   [chain,id,seq,at,actor,action,target,detail,remote_addr,request_id]
-- chain: the team's id, or "system"; at: whole microseconds since 1970, UTC;
-- detail: the text of the object as PostgreSQL prints it, as a JSON string.
-- In strings only " \ and what is below U+0020 are escaped: \b \t \n \f \r by
-- these names, the rest as \u00xx. An export holds exactly these values.
ALTER TABLE audit_entries ADD COLUMN seq int8;
ALTER TABLE audit_entries ADD COLUMN prev_hash bytea;
ALTER TABLE audit_entries ADD COLUMN hash bytea;

CREATE FUNCTION audit_text(e audit_entries) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT '[' || concat_ws(',', to_json(coalesce(e.team_id::text, 'system')), e.id, e.seq,
    (extract(epoch from e.at) * 1000000)::int8, to_json(e.actor), to_json(e.action),
    to_json(e.target), to_json(e.detail::text), to_json(e.remote_addr), to_json(e.request_id))
    || ']' $$;
REVOKE ALL ON FUNCTION audit_text(audit_entries) FROM PUBLIC;

-- The newest entry of each chain; its lock puts the writers in a row.
CREATE TABLE audit_heads (
  chain uuid PRIMARY KEY,                              -- the team; zeros: the system
  seq   int8 NOT NULL DEFAULT 0,
  hash  bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
);
-- Acts that are told once an hour: "this token read rows of that environment".
CREATE TABLE audit_marks (
  team_id uuid NOT NULL,
  actor   text NOT NULL,
  action  text NOT NULL,
  target  text NOT NULL,
  hour    timestamptz NOT NULL,
  PRIMARY KEY (team_id, actor, action, target, hour)
);
CREATE INDEX audit_marks_hour ON audit_marks (hour);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['audit_heads', 'audit_marks'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO tidemark_owner USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;

-- Locks the chain until the transaction ends: make it the last act of one,
-- and write the team's entry before the system's.
CREATE FUNCTION audit_head(p_team uuid) RETURNS audit_heads
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  h audit_heads;
  c uuid := coalesce(p_team, '00000000-0000-0000-0000-000000000000');
BEGIN
  SELECT * INTO h FROM audit_heads WHERE chain = c FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO audit_heads (chain) VALUES (c) ON CONFLICT DO NOTHING;
    SELECT * INTO h FROM audit_heads WHERE chain = c FOR UPDATE;
  END IF;
  RETURN h;
END $$;
REVOKE ALL ON FUNCTION audit_head(uuid) FROM PUBLIC;

CREATE FUNCTION audit_append(p_team uuid, p_actor text, p_action text, p_target text,
                             p_detail jsonb, p_addr text, p_request text)
RETURNS int8 LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  h audit_heads;
  e audit_entries;
BEGIN
  -- the app tells of the team in scope or of none; the owner and jobs of any
  IF p_team IS NOT NULL AND p_team IS DISTINCT FROM ctx_team()
     AND NOT pg_has_role(session_user, 'tidemark_owner', 'MEMBER')
     AND NOT pg_has_role(session_user, 'tidemark_consumer', 'MEMBER') THEN
    RAISE insufficient_privilege USING MESSAGE = 'audit: this team is not in scope';
  END IF;
  h := audit_head(p_team);
  e.id := nextval('audit_entries_id_seq');
  e.at := clock_timestamp(); -- after the lock: in the order of the chain
  e.team_id := p_team;
  e.actor := p_actor;
  e.action := p_action;
  e.target := p_target;
  e.detail := p_detail;
  e.remote_addr := p_addr;
  e.request_id := p_request;
  e.seq := h.seq + 1;
  e.prev_hash := h.hash;
  e.hash := sha256(h.hash || convert_to(audit_text(e), 'UTF8'));
  INSERT INTO audit_entries OVERRIDING SYSTEM VALUE VALUES (e.*);
  UPDATE audit_heads SET seq = e.seq, hash = e.hash WHERE chain = h.chain;
  RETURN e.seq;
END $$;

-- The same, unless this hour has one like it. Returns whether it wrote.
CREATE FUNCTION audit_once(p_team uuid, p_actor text, p_action text, p_target text,
                           p_detail jsonb, p_addr text, p_request text)
RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO audit_marks VALUES (coalesce(p_team, '00000000-0000-0000-0000-000000000000'), p_actor,
    p_action, p_target, date_trunc('hour', now())) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM audit_marks WHERE hour < now() - interval '1 day';
  PERFORM audit_append(p_team, p_actor, p_action, p_target, p_detail, p_addr, p_request);
  RETURN true;
END $$;

REVOKE ALL ON FUNCTION audit_append(uuid, text, text, text, jsonb, text, text),
  audit_once(uuid, text, text, text, jsonb, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_append(uuid, text, text, text, jsonb, text, text)
  TO tidemark_app, tidemark_consumer;
GRANT EXECUTE ON FUNCTION audit_once(uuid, text, text, text, jsonb, text, text) TO tidemark_app;

-- Chain up to p_limit entries that are not yet, from p_after on; returns the
-- last id it saw, NULL at the end.
CREATE FUNCTION audit_chain_some(p_after int8, p_limit int4) RETURNS int8
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  e audit_entries;
  h audit_heads;
  last int8;
BEGIN
  FOR e IN SELECT * FROM audit_entries WHERE id > p_after AND seq IS NULL ORDER BY id LIMIT p_limit LOOP
    h := audit_head(e.team_id);
    e.seq := h.seq + 1;
    e.hash := sha256(h.hash || convert_to(audit_text(e), 'UTF8'));
    UPDATE audit_entries SET seq = e.seq, prev_hash = h.hash, hash = e.hash WHERE id = e.id;
    UPDATE audit_heads SET seq = e.seq, hash = e.hash WHERE chain = h.chain;
    last := e.id;
  END LOOP;
  RETURN last;
END $$;
REVOKE ALL ON FUNCTION audit_chain_some(int8, int4) FROM PUBLIC;

CREATE PROCEDURE audit_chain_all() LANGUAGE plpgsql AS $$
DECLARE last int8 := 0;
BEGIN
  LOOP
    last := audit_chain_some(last, 2000);
    COMMIT; -- heads are locked for one batch at a time
    EXIT WHEN last IS NULL;
  END LOOP;
END $$;
REVOKE ALL ON PROCEDURE audit_chain_all() FROM PUBLIC;
