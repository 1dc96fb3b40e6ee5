-- People, newest seen first. last_seen moves with every batch; an index on it
-- would make each of these updates a new index entry. The hour moves once an
-- hour, so the others stay in their page (HOT); within an hour the few rows
-- are sorted.
ALTER TABLE persons ADD COLUMN seen_hour timestamptz NOT NULL
  GENERATED ALWAYS AS (date_bin('1 hour', last_seen, timestamptz '2000-01-01 00:00:00+00')) STORED;
CREATE INDEX persons_seen ON persons (environment_id, seen_hour);

-- From a device to who used it; sessions without an SDK id have theirs.
CREATE INDEX sessions_device_sdk ON sessions (environment_id, device_no) WHERE session_id IS NOT NULL;
