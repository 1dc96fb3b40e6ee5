-- The event side. environment_id leads every key. Written by the consumer.

-- Number sources: blocks are taken outside the batch transaction, so two
-- consumers never wait for each other here; gaps are harmless.
CREATE TABLE env_counters (
  environment_id int4 PRIMARY KEY REFERENCES environments ON DELETE CASCADE,
  persons        int4 NOT NULL DEFAULT 0,
  identities     int4 NOT NULL DEFAULT 0,
  devices        int4 NOT NULL DEFAULT 0,
  contexts       int4 NOT NULL DEFAULT 0,
  crash_groups   int4 NOT NULL DEFAULT 0
);
CREATE SEQUENCE session_numbers AS int8 CACHE 64;

-- App + device combinations as sent (a dictionary; rows point to it).
CREATE TABLE contexts (
  environment_id int4 NOT NULL,
  context_no     int4 NOT NULL,
  hash           bytea NOT NULL,                     -- SHA-256 of the fields below
  bundle_id      text NOT NULL DEFAULT '',
  app_version    text NOT NULL DEFAULT '',
  app_build      text NOT NULL DEFAULT '',
  platform       text NOT NULL DEFAULT '',
  os_version     text NOT NULL DEFAULT '',
  model          text NOT NULL DEFAULT '',
  locale         text NOT NULL DEFAULT '',
  country        text NOT NULL DEFAULT '',
  first_seen     timestamptz NOT NULL,
  PRIMARY KEY (environment_id, context_no),
  UNIQUE (environment_id, hash)
);

CREATE TABLE persons (
  environment_id int4 NOT NULL,
  person_no      int4 NOT NULL,
  person_id      uuid NOT NULL DEFAULT gen_random_uuid(), -- public id
  user_id        text,                               -- as kept: plain or hashed
  user_id_hash   bytea,                              -- HMAC(environment secret, id)
  anonymous_id   text,                               -- the first one joined
  first_seen     timestamptz NOT NULL,
  last_seen      timestamptz NOT NULL,
  PRIMARY KEY (environment_id, person_no)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX persons_public ON persons (environment_id, person_id);

-- Every id a person was ever known by. kind: u user_id, a anonymous_id, d device.
CREATE TABLE person_ids (
  environment_id int4 NOT NULL,
  kind           "char" NOT NULL CHECK (kind IN ('u','a','d')),
  id             text NOT NULL,
  id_no          int4 NOT NULL,                      -- dense; events.anon_no
  person_no      int4 NOT NULL,
  joined         boolean NOT NULL DEFAULT false,     -- a: has joined a user (once)
  PRIMARY KEY (environment_id, kind, id)
);
CREATE UNIQUE INDEX person_ids_no ON person_ids (environment_id, id_no);
CREATE INDEX person_ids_person ON person_ids (environment_id, person_no);

-- Merged persons: rows keep the number they were written with; to_no is
-- always the final one (paths are kept one step long).
CREATE TABLE person_alias (
  environment_id int4 NOT NULL,
  from_no        int4 NOT NULL,
  to_no          int4 NOT NULL,
  merged_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (environment_id, from_no)
);
CREATE INDEX person_alias_to ON person_alias (environment_id, to_no);

CREATE TABLE devices (
  environment_id int4 NOT NULL,
  device_no      int4 NOT NULL,
  device_id      text NOT NULL,
  context_no     int4 NOT NULL,                      -- newest
  first_seen     timestamptz NOT NULL,
  last_seen      timestamptz NOT NULL,
  PRIMARY KEY (environment_id, device_no),
  UNIQUE (environment_id, device_id)
) WITH (fillfactor = 80);

CREATE TABLE sessions (
  environment_id int4 NOT NULL,
  session_no     int8 NOT NULL,
  id             uuid NOT NULL DEFAULT gen_random_uuid(), -- public id
  session_id     text,                               -- the SDK's; NULL = inferred
  person_no      int4,
  device_no      int4,
  context_no     int4 NOT NULL,                      -- of the first stored item; fixed
  started_at     timestamptz NOT NULL,               -- earliest item of any type
  ended_at       timestamptz NOT NULL,               -- last foreground item
  ended          boolean NOT NULL DEFAULT false,     -- a session_end came
  over_cap       boolean NOT NULL DEFAULT false,     -- an SDK session over the cap
  events         int4 NOT NULL DEFAULT 0,
  crashes        int4 NOT NULL DEFAULT 0,
  fatal_crashes  int4 NOT NULL DEFAULT 0,
  traces         int4 NOT NULL DEFAULT 0,
  entry_name     text NOT NULL DEFAULT '',
  entry_ts       timestamptz,
  PRIMARY KEY (environment_id, session_no)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX sessions_sdk ON sessions (environment_id, session_id) WHERE session_id IS NOT NULL;
CREATE UNIQUE INDEX sessions_public ON sessions (environment_id, id);
CREATE INDEX sessions_start ON sessions (environment_id, started_at);
CREATE INDEX sessions_device ON sessions (environment_id, device_no, started_at) WHERE session_id IS NULL;
CREATE INDEX sessions_person ON sessions (environment_id, person_no, started_at);

-- Exact dedupe: the one authority on "was this item stored?".
CREATE TABLE seen (
  environment_id int4 NOT NULL,
  event_id       uuid NOT NULL,
  kind           int2 NOT NULL,                      -- enum item_type
  class          int2 NOT NULL,                      -- where the row lies
  ts             timestamptz NOT NULL,
  PRIMARY KEY (environment_id, event_id)
) PARTITION BY HASH (environment_id, event_id);
DO $$ BEGIN
  FOR i IN 0..15 LOOP
    EXECUTE format('CREATE TABLE seen_%s PARTITION OF seen FOR VALUES WITH (MODULUS 16, REMAINDER %s)', i, i);
  END LOOP;
END $$;

CREATE TABLE events (
  session_no     int8,
  ts             timestamptz NOT NULL,               -- effective time
  received_at    timestamptz NOT NULL,
  seq            int8,
  event_id       uuid NOT NULL,
  environment_id int4 NOT NULL,
  person_no      int4,
  device_no      int4,
  anon_no        int4,                               -- person_ids.id_no of the anonymous id sent
  context_no     int4 NOT NULL,
  class          int2 NOT NULL,
  name           text NOT NULL,
  namespace      text NOT NULL DEFAULT 'product',
  original_id    text,                               -- a non-UUID id as sent
  properties     jsonb NOT NULL DEFAULT '{}',
  extra          jsonb
) PARTITION BY LIST (class);
CREATE INDEX events_time ON events (environment_id, ts, event_id);
CREATE INDEX events_person ON events (environment_id, person_no, ts);

CREATE TABLE crashes (
  session_no        int8,
  ts                timestamptz NOT NULL,
  received_at       timestamptz NOT NULL,
  seq               int8,
  event_id          uuid NOT NULL,
  environment_id    int4 NOT NULL,
  person_no         int4,
  device_no         int4,
  anon_no           int4,
  context_no        int4 NOT NULL,
  group_no          int4 NOT NULL,
  class             int2 NOT NULL,
  fatal             boolean NOT NULL,
  exception_type    text NOT NULL DEFAULT '',
  exception_message text NOT NULL DEFAULT '',
  stacktrace        text NOT NULL DEFAULT '',
  breadcrumbs       jsonb,
  properties        jsonb NOT NULL DEFAULT '{}',
  original_id       text
) PARTITION BY LIST (class);
CREATE INDEX crashes_time ON crashes (environment_id, ts, event_id);
CREATE INDEX crashes_group ON crashes (environment_id, group_no, ts);
CREATE INDEX crashes_person ON crashes (environment_id, person_no, ts);

CREATE TABLE traces (
  session_no     int8,
  ts             timestamptz NOT NULL,
  received_at    timestamptz NOT NULL,
  seq            int8,
  duration_ms    float8 NOT NULL,
  event_id       uuid NOT NULL,
  environment_id int4 NOT NULL,
  person_no      int4,
  device_no      int4,
  anon_no        int4,
  context_no     int4 NOT NULL,
  class          int2 NOT NULL,
  name           text NOT NULL,
  trace_id       text NOT NULL DEFAULT '',
  attributes     jsonb NOT NULL DEFAULT '{}',
  spans          jsonb,
  original_id    text
) PARTITION BY LIST (class);
CREATE INDEX traces_time ON traces (environment_id, ts, event_id);
CREATE INDEX traces_name ON traces (environment_id, name, ts);
CREATE INDEX traces_person ON traces (environment_id, person_no, ts);

CREATE TABLE crash_groups (
  environment_id   int4 NOT NULL,
  group_no         int4 NOT NULL,
  group_id         uuid NOT NULL DEFAULT gen_random_uuid(), -- public id
  fingerprint      text NOT NULL,
  rule_version     int2 NOT NULL DEFAULT 0,          -- 0 = the client's fingerprint
  title            text NOT NULL,
  culprit          text NOT NULL DEFAULT '',
  status           text NOT NULL DEFAULT 'open',
  first_seen       timestamptz NOT NULL,
  last_seen        timestamptz NOT NULL,
  first_context_no int4 NOT NULL,
  last_context_no  int4 NOT NULL,
  crashes          int8 NOT NULL DEFAULT 0,          -- all time
  PRIMARY KEY (environment_id, group_no),
  UNIQUE (environment_id, fingerprint),
  UNIQUE (environment_id, group_id)
) WITH (fillfactor = 80);

-- User properties: every operation, and the state they add up to.
CREATE TABLE property_changes (
  environment_id int4 NOT NULL,
  person_no      int4 NOT NULL,
  key            text NOT NULL,
  ts             timestamptz NOT NULL,
  event_id       uuid NOT NULL,
  position       int2 NOT NULL,                      -- inside the item
  op             text NOT NULL CHECK (op IN ('set','set_once','increment','unset')),
  value          jsonb,
  PRIMARY KEY (environment_id, person_no, key, ts, event_id, position)
);
CREATE TABLE person_properties (
  environment_id int4 NOT NULL,
  person_no      int4 NOT NULL,
  key            text NOT NULL,
  value          jsonb NOT NULL,
  ts             timestamptz NOT NULL,               -- of the change that decided it
  PRIMARY KEY (environment_id, person_no, key)
) WITH (fillfactor = 80);

CREATE TABLE client_reports (
  environment_id int4 NOT NULL,
  ts             timestamptz NOT NULL,
  event_id       uuid NOT NULL,
  body           jsonb NOT NULL,
  PRIMARY KEY (environment_id, ts, event_id)
);

-- The ledger: one row a batch, by month of receipt.
CREATE TABLE batches (
  environment_id int4 NOT NULL,
  batch_id       text NOT NULL,                      -- 'bat_' + stream id
  received_at    timestamptz NOT NULL,
  stored_at      timestamptz NOT NULL DEFAULT now(),
  key_id         uuid,
  status         text NOT NULL CHECK (status IN ('stored','failed')),
  source         text NOT NULL,
  sdk            text NOT NULL DEFAULT '',
  sdk_version    text NOT NULL DEFAULT '',
  schema_version text NOT NULL DEFAULT '',
  request_id     text NOT NULL DEFAULT '',
  items          int4 NOT NULL,                      -- accepted at the door
  inserted       int4 NOT NULL,                      -- really stored by this batch
  duplicates     int4 NOT NULL,                      -- repeats of stored items
  request_duplicates int4 NOT NULL DEFAULT 0,        -- repeats inside the request
  rejected       jsonb NOT NULL DEFAULT '{}',        -- at the door: {code: count}
  dropped        jsonb NOT NULL DEFAULT '{}',        -- later: {reason: count}
  dead           int4 NOT NULL DEFAULT 0,
  PRIMARY KEY (environment_id, batch_id, received_at)
) PARTITION BY RANGE (received_at);
CREATE INDEX batches_time ON batches (environment_id, received_at);

CREATE TABLE dead_letters (
  id             int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  environment_id int4 NOT NULL,
  batch_id       text NOT NULL,
  item_index     int4 NOT NULL,
  event_id       uuid,
  reason         text NOT NULL,
  sqlstate       text NOT NULL DEFAULT '',
  detail         text NOT NULL DEFAULT '',
  wire           bytea NOT NULL,                     -- a batch of this one item (ingest/wire)
  created_at     timestamptz NOT NULL DEFAULT now(),
  replays        int4 NOT NULL DEFAULT 0,
  resolved_at    timestamptz,                        -- replayed and stored, or dropped
  resolution     text CHECK (resolution IN ('replayed','dropped')),
  UNIQUE (environment_id, batch_id, item_index)
);
CREATE INDEX dead_letters_open ON dead_letters (environment_id, id) WHERE resolved_at IS NULL;
