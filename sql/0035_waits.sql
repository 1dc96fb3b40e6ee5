-- What a worker did in the background before its session opened: rows that
-- have no session yet and get theirs when it opens (ingest/persist_wait.c).
CREATE TABLE session_waits (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  event_id       uuid NOT NULL,
  ts             timestamptz NOT NULL,
  session_id     text,                                 -- the SDK's; NULL = inferred, by time
  of_device      boolean NOT NULL,                     -- whose: device_no, else person_no
  owner_no       int4 NOT NULL,
  since          timestamptz NOT NULL DEFAULT now(),   -- 30 days are enough (jobs/sweep.c)
  PRIMARY KEY (environment_id, event_id)
);
CREATE INDEX session_waits_sdk ON session_waits (environment_id, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX session_waits_owner ON session_waits (environment_id, owner_no, ts) WHERE session_id IS NULL;
CREATE INDEX session_waits_since ON session_waits (since);
ALTER TABLE session_waits ENABLE ROW LEVEL SECURITY;
ALTER TABLE session_waits FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON session_waits TO tidemark_owner USING (true) WITH CHECK (true);
CREATE POLICY consumer_all ON session_waits TO tidemark_consumer USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON session_waits TO tidemark_consumer;

-- Sent as history ("historical": true, imports): no part of what comes in now.
ALTER TABLE batches ADD COLUMN historical boolean NOT NULL DEFAULT false;
UPDATE batches SET historical = true WHERE source = 'import' AND received_at > now() - interval '1 hour';

-- Stacks that no symbol file has named yet, newest first: the page of symbols.
CREATE INDEX symbol_results_missing ON symbol_results (environment_id, first_at DESC) WHERE frames IS NULL;

-- The last use and the word of the end, kept apart: whether the word holds can
-- only be said when all use before it came. NULL: inferred, or stored before.
ALTER TABLE sessions ADD COLUMN used_at timestamptz;
ALTER TABLE sessions ADD COLUMN told_at timestamptz;
