-- What may pass the door: rules for personal data and schemas of namespaces.
-- And the tracking plan: what is known of the events by name.
ALTER TABLE environments ADD COLUMN pii_rules text NOT NULL DEFAULT '';       -- model/governance/policy.h
ALTER TABLE environments ADD COLUMN rules_version int8 NOT NULL DEFAULT 0;    -- grows with every change of rules and schemas; 0 = there never were any

CREATE TABLE namespace_schemas (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  namespace      text NOT NULL,
  event          text NOT NULL DEFAULT '',           -- '' = every event of the namespace without a row of its own
  mode           text NOT NULL CHECK (mode IN ('off','warn','reject')),
  schema         text NOT NULL,                      -- JSON as written; model/governance/schema.h
  updated_at     timestamptz NOT NULL DEFAULT now(),
  updated_by     text NOT NULL,                      -- actor, as in audit_entries
  PRIMARY KEY (environment_id, namespace, event)
);

-- What people say of an event, and what the job "plan" saw of it (jobs/plan.c).
CREATE TABLE plan_events (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  name           text NOT NULL,
  status         text NOT NULL DEFAULT 'unexpected' CHECK (status IN ('planned','live','deprecated','unexpected')),
  owner          text NOT NULL DEFAULT '',
  description    text NOT NULL DEFAULT '',
  namespaces     text[] NOT NULL DEFAULT '{}',
  releases       text[] NOT NULL DEFAULT '{}',       -- 'platform version'
  first_seen     timestamptz,                        -- NULL = planned, not sent yet
  last_seen      timestamptz,
  sampled        int8 NOT NULL DEFAULT 0,            -- rows that were looked into
  violations     int8 NOT NULL DEFAULT 0,            -- of them, not as their schema says
  updated_at     timestamptz,
  updated_by     text NOT NULL DEFAULT '',
  PRIMARY KEY (environment_id, name)
);
CREATE TABLE plan_properties (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  name           text NOT NULL,
  key            text NOT NULL,
  type           text NOT NULL,                      -- boolean integer number string null array object
  seen           int8 NOT NULL DEFAULT 0,            -- of plan_events.sampled
  first_seen     timestamptz NOT NULL,
  last_seen      timestamptz NOT NULL,
  PRIMARY KEY (environment_id, name, key, type)
);
-- Up to where the rows of an environment were looked into.
CREATE TABLE plan_marks (
  environment_id int4 PRIMARY KEY REFERENCES environments ON DELETE CASCADE,
  ts             timestamptz NOT NULL,
  event_id       uuid NOT NULL,
  names_at       timestamptz NOT NULL DEFAULT '-infinity', -- last time all names were read
  at             timestamptz NOT NULL DEFAULT now()
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['namespace_schemas','plan_events','plan_properties','plan_marks'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO tidemark_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY app_environment ON %I TO tidemark_app USING (environment_id = ctx_environment()) WITH CHECK (environment_id = ctx_environment())', t);
    EXECUTE format('CREATE POLICY consumer_all ON %I TO tidemark_consumer USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT ON %I TO tidemark_app', t);
  END LOOP;
END $$;
GRANT INSERT, UPDATE, DELETE ON namespace_schemas TO tidemark_app;
GRANT INSERT, UPDATE (status, owner, description, updated_at, updated_by) ON plan_events TO tidemark_app;
GRANT SELECT ON namespace_schemas TO tidemark_consumer;
GRANT SELECT, INSERT, UPDATE, DELETE ON plan_events, plan_properties, plan_marks TO tidemark_consumer;
