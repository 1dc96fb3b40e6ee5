-- What became of every item: counts by outcome, and the SDKs' own numbering.
-- Written by the consumer.

-- Quarter-hours of receipt. Outcomes of items of accepted requests: stored;
-- duplicate (code stored: an id stored before; request: twice in one request);
-- rejected and dropped (by code). Reported: what SDKs say
-- they threw away (by reason). Missing: numbers that never came and are past
-- waiting for (seq_gaps are those that are not). Refused: whole requests
-- turned away at the door, of which the items are not known. Dead letters are
-- counted in dead_letters, since a replay ends them.
CREATE TABLE pipeline_counts (
  environment_id int4 NOT NULL,
  bucket         timestamptz NOT NULL,
  outcome        text NOT NULL CHECK (outcome IN ('stored','duplicate','rejected','dropped',
                   'reported','missing','refused')),
  code           text NOT NULL DEFAULT '',
  sdk            text NOT NULL DEFAULT '',
  sdk_version    text NOT NULL DEFAULT '',
  key_id         text NOT NULL DEFAULT '',           -- '' = not known
  items          int8 NOT NULL DEFAULT 0,
  requests       int8 NOT NULL DEFAULT 0,
  PRIMARY KEY (environment_id, bucket, outcome, code, sdk, sdk_version, key_id)
) WITH (fillfactor = 80);

-- Numbers as they arrive, insert-only; a job takes them into runs and gaps.
-- install: keyed hash of the device's or the anonymous id.
CREATE TABLE seq_arrivals (
  id             int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  environment_id int4 NOT NULL,
  install        int8 NOT NULL,
  lo             int8,                               -- lo..hi came; NULL = a report alone
  hi             int8,
  lo_at          timestamptz,                        -- effective times of their items
  hi_at          timestamptz,
  received_at    timestamptz NOT NULL,
  reported       int8 NOT NULL DEFAULT 0,            -- items the SDK says it threw away
  CHECK ((lo IS NULL) = (hi IS NULL) AND (lo IS NULL OR lo <= hi) AND reported >= 0)
);
CREATE INDEX seq_arrivals_environment ON seq_arrivals (environment_id, id);

-- One numbering of one install; a new run begins when the SDK counts anew.
CREATE TABLE seq_runs (
  environment_id int4 NOT NULL,
  install        int8 NOT NULL,
  run            int4 NOT NULL,
  lo             int8 NOT NULL,
  hi             int8 NOT NULL,
  first_at       timestamptz NOT NULL,               -- earliest and latest effective time
  last_at        timestamptz NOT NULL,
  credit         int8 NOT NULL DEFAULT 0,            -- reported, and no gap for it yet (run 0)
  touched_at     timestamptz NOT NULL,
  PRIMARY KEY (environment_id, install, run)
) WITH (fillfactor = 80);
CREATE INDEX seq_runs_touched ON seq_runs (touched_at);

-- Numbers inside a run that have not come.
CREATE TABLE seq_gaps (
  environment_id int4 NOT NULL,
  install        int8 NOT NULL,
  run            int4 NOT NULL,
  lo             int8 NOT NULL,
  hi             int8 NOT NULL,
  opened_at      timestamptz NOT NULL,               -- receipt of the number behind it
  explained      int8 NOT NULL DEFAULT 0,            -- of them, by client reports
  PRIMARY KEY (environment_id, install, run, lo),
  CHECK (lo <= hi AND explained BETWEEN 0 AND hi - lo + 1)
);
CREATE INDEX seq_gaps_opened ON seq_gaps (environment_id, opened_at);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['pipeline_counts','seq_arrivals','seq_runs','seq_gaps'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO tidemark_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY consumer_all ON %I TO tidemark_consumer USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY app_environment ON %I TO tidemark_app USING (environment_id = ctx_environment()) WITH CHECK (environment_id = ctx_environment())', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tidemark_consumer', t);
  END LOOP;
END $$;
GRANT SELECT ON pipeline_counts, seq_gaps TO tidemark_app;

-- What the ledger knows from before.
INSERT INTO pipeline_counts (environment_id, bucket, outcome, code, sdk, sdk_version, key_id, items, requests)
SELECT b.environment_id, date_bin('15 minutes', b.received_at, timestamptz 'epoch'), p.outcome, p.code,
       b.sdk, b.sdk_version, coalesce(b.key_id::text, ''), sum(p.items), sum(p.requests)
FROM batches b CROSS JOIN LATERAL (
  SELECT 'stored', '', b.inserted::int8, 1::int8
  UNION ALL SELECT 'duplicate', 'stored', b.duplicates, 0
  UNION ALL SELECT 'duplicate', 'request', b.request_duplicates, 0
  UNION ALL SELECT 'rejected', key, value::int8, 0 FROM jsonb_each_text(b.rejected)
  UNION ALL SELECT 'dropped', key, value::int8, 0 FROM jsonb_each_text(b.dropped)
) AS p (outcome, code, items, requests)
WHERE p.items > 0 OR p.requests > 0
GROUP BY 1, 2, 3, 4, 5, 6, 7;
