-- Remember items, and say which were new. Nearly always all are, and a plain
-- INSERT costs half of one that asks for conflicts: it is tried first, inside
-- a block, so that a repeat undoes only that and writes no line into the
-- server's log. NULL = all were new; else the ids that were, in the order of
-- the question. p_careful: repeats are likely, do not try.
CREATE FUNCTION seen_add(p_env int4[], p_id uuid[], p_kind int2[], p_class int2[], p_us int8[],
                         p_careful boolean)
RETURNS uuid[] LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE fresh uuid[];
BEGIN
  IF NOT p_careful THEN
    BEGIN
      INSERT INTO seen (environment_id, event_id, kind, class, ts)
      SELECT env, id, kind, class, timestamptz 'epoch' + us * interval '1 microsecond'
      FROM unnest(p_env, p_id, p_kind, p_class, p_us) AS k (env, id, kind, class, us);
      RETURN NULL;
    EXCEPTION WHEN unique_violation THEN
      NULL;
    END;
  END IF;
  WITH put AS (
    INSERT INTO seen (environment_id, event_id, kind, class, ts)
    SELECT env, id, kind, class, timestamptz 'epoch' + us * interval '1 microsecond'
    FROM unnest(p_env, p_id, p_kind, p_class, p_us) AS k (env, id, kind, class, us)
    ON CONFLICT DO NOTHING RETURNING event_id)
  SELECT coalesce(array_agg(event_id), '{}') INTO fresh FROM put;
  RETURN fresh;
END $$;
REVOKE ALL ON FUNCTION seen_add(int4[], uuid[], int2[], int2[], int8[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION seen_add(int4[], uuid[], int2[], int2[], int8[], boolean)
  TO tidemark_consumer;
