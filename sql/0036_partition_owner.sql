-- The owner sees partitions reached directly, as pg_dump reaches them: a table
-- under forced row-level security without a policy is empty even to its owner.
-- Those made by 0003 had the policy from 0004, later ones had none.
CREATE OR REPLACE FUNCTION partition_guard(p_table text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', p_table);
  EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', p_table);
  EXECUTE format('CREATE POLICY owner_all ON %I TO tidemark_owner USING (true) WITH CHECK (true)', p_table);
  -- nobody else has one: only through the parent
END $$;

DO $$
DECLARE t text;
BEGIN
  FOR t IN SELECT c.relname FROM pg_class c
           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relispartition
             AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'owner_all') LOOP
    PERFORM partition_guard(t);
  END LOOP;
END $$;
