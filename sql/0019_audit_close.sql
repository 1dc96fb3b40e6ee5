-- The last entries that came without a chain; from here on all have one.
LOCK TABLE audit_entries IN SHARE ROW EXCLUSIVE MODE;
SELECT audit_chain_some(0, 2147483647);
DROP PROCEDURE audit_chain_all();
DROP FUNCTION audit_chain_some(int8, int4);
ALTER TABLE audit_entries ALTER COLUMN seq SET NOT NULL;
ALTER TABLE audit_entries ALTER COLUMN prev_hash SET NOT NULL;
ALTER TABLE audit_entries ALTER COLUMN hash SET NOT NULL;
CREATE UNIQUE INDEX audit_entries_chain ON audit_entries (team_id, seq) NULLS NOT DISTINCT;
DROP INDEX audit_entries_team;

REVOKE ALL ON audit_entries FROM tidemark_app, tidemark_consumer;
GRANT SELECT ON audit_entries, audit_heads TO tidemark_app;
DROP POLICY app_append ON audit_entries;
-- the system's chain: its administrators, and users as far as it is about them
CREATE POLICY app_system_read ON audit_entries FOR SELECT TO tidemark_app
  USING (team_id IS NULL AND EXISTS (SELECT FROM users u WHERE u.id = ctx_user() AND u.system_admin));
CREATE POLICY app_self_read ON audit_entries FOR SELECT TO tidemark_app
  USING (team_id IS NULL AND (actor = 'user:' || ctx_user() OR target = 'user:' || ctx_user()));
CREATE POLICY app_read ON audit_heads FOR SELECT TO tidemark_app
  USING (chain = ctx_team() OR (chain = '00000000-0000-0000-0000-000000000000'
    AND EXISTS (SELECT FROM users u WHERE u.id = ctx_user() AND u.system_admin)));
-- "about me" without reading the whole chain
CREATE INDEX audit_entries_about ON audit_entries (target, seq) WHERE team_id IS NULL;

-- Kept: also from the owner, who would have to drop the trigger first, and
-- even then the chain tells.
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE insufficient_privilege USING MESSAGE = 'audit entries are kept: ' || TG_OP || ' is refused';
END $$;
CREATE TRIGGER audit_entries_kept BEFORE UPDATE OR DELETE ON audit_entries
  FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_entries_kept_all BEFORE TRUNCATE ON audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_heads_kept BEFORE DELETE ON audit_heads
  FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_heads_kept_all BEFORE TRUNCATE ON audit_heads
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

-- Names of the users in the system's entries, for its administrators.
CREATE FUNCTION auth_user_names(p_ids uuid[])
RETURNS TABLE (id uuid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.id, coalesce(nullif(u.name, ''), u.email) FROM users u
  WHERE u.id = ANY (p_ids)
    AND EXISTS (SELECT FROM users a WHERE a.id = ctx_user() AND a.system_admin) $$;
REVOKE ALL ON FUNCTION auth_user_names(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth_user_names(uuid[]) TO tidemark_app;
