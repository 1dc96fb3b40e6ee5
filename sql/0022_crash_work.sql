-- Crash groups as work: status, who does it, merges, what was said; releases
-- in their order.
CREATE TABLE releases (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  platform       text NOT NULL,
  version        text NOT NULL,
  build          text NOT NULL,
  sort_key       text COLLATE "C",                     -- model/project/release.h; NULL = no place in the order
  keyed          boolean NOT NULL DEFAULT false,       -- sort_key was made
  first_seen     timestamptz NOT NULL,
  PRIMARY KEY (environment_id, platform, version, build)
);
CREATE INDEX releases_order ON releases (environment_id, platform, sort_key);
CREATE INDEX releases_unkeyed ON releases (environment_id) WHERE NOT keyed;
INSERT INTO releases (environment_id, platform, version, build, first_seen)
SELECT c.environment_id, c.platform, c.app_version, c.app_build, min(c.first_seen)
  FROM contexts c JOIN environments e ON e.id = c.environment_id
 WHERE c.app_version <> '' AND c.first_seen < timestamptz '9999-01-01 00:00Z' GROUP BY 1, 2, 3, 4;

-- status 'ignored' ends at ignored_until (looked at when read) or when crashes
-- reaches ignored_crashes (set to 'open' by the consumer).
UPDATE crash_groups SET status = 'open' WHERE status NOT IN ('open', 'resolved', 'ignored', 'regressed');
ALTER TABLE crash_groups ADD CONSTRAINT crash_groups_status
  CHECK (status IN ('open', 'resolved', 'ignored', 'regressed')) NOT VALID;
ALTER TABLE crash_groups VALIDATE CONSTRAINT crash_groups_status;
ALTER TABLE crash_groups ADD COLUMN status_at timestamptz;
ALTER TABLE crash_groups ADD COLUMN ignored_until timestamptz;
ALTER TABLE crash_groups ADD COLUMN ignored_crashes int8;
ALTER TABLE crash_groups ADD COLUMN assignee uuid;           -- users.id; a member when it was set
ALTER TABLE crash_groups ADD COLUMN regressed_at timestamptz;
ALTER TABLE crash_groups ADD COLUMN regressed_context_no int4;
-- Told apart more finely: wanted by people, done by jobs/regroup.c.
ALTER TABLE crash_groups ADD COLUMN split_frames int2 NOT NULL DEFAULT 0; -- 0 = the rule's own number
ALTER TABLE crash_groups ADD COLUMN split_done int2 NOT NULL DEFAULT 0;
ALTER TABLE crash_groups ADD COLUMN split_of int4;           -- the group it was told apart from
CREATE INDEX crash_groups_split ON crash_groups (environment_id, group_no) WHERE split_frames <> split_done;
CREATE INDEX crash_groups_split_of ON crash_groups (environment_id, split_of) WHERE split_of IS NOT NULL;
CREATE INDEX crash_groups_rule ON crash_groups (environment_id, rule_version) WHERE rule_version > 0;

-- Further texts that lead to a group: the share of a split that stayed, and
-- what crashes say whose symbols came later.
CREATE TABLE crash_group_texts (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  fingerprint    text NOT NULL,
  group_no       int4 NOT NULL,
  PRIMARY KEY (environment_id, fingerprint)
);
CREATE INDEX crash_group_texts_group ON crash_group_texts (environment_id, group_no);

-- Groups whose stored crashes are being gone through; done up to here.
CREATE TABLE crash_regroup (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  group_no       int4 NOT NULL,
  into_no        int4,                                 -- all of them move there
  ts             timestamptz NOT NULL DEFAULT '-infinity',
  event_id       uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  PRIMARY KEY (environment_id, group_no)
);

-- Resolved up to where: per platform, the release after which (inclusive: from
-- which on) a crash is a regression.
CREATE TABLE crash_group_resolutions (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  group_no       int4 NOT NULL,
  platform       text NOT NULL,
  version        text NOT NULL,
  build          text NOT NULL,
  sort_key       text COLLATE "C",
  inclusive      boolean NOT NULL DEFAULT false,
  PRIMARY KEY (environment_id, group_no, platform)
);

-- Merged groups, one step long, resolved on reading; undo deletes the row.
CREATE TABLE crash_group_alias (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  from_no        int4 NOT NULL,
  to_no          int4 NOT NULL,
  at             timestamptz NOT NULL DEFAULT now(),
  why            text NOT NULL DEFAULT 'merge' CHECK (why IN ('merge', 'regroup')), -- 'regroup': from_no is empty for good
  PRIMARY KEY (environment_id, from_no),
  CHECK (from_no <> to_no)
);
CREATE INDEX crash_group_alias_to ON crash_group_alias (environment_id, to_no);

-- What people did and said, and what undoing needs.
CREATE TABLE crash_group_log (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  id             int8 GENERATED ALWAYS AS IDENTITY,
  group_no       int4 NOT NULL,
  at             timestamptz NOT NULL DEFAULT now(),
  actor          text NOT NULL,                        -- 'user:<id>', 'token:<id>', 'consumer'
  action         text NOT NULL,                        -- 'comment', 'resolve', 'merge' …
  detail         jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (environment_id, id)
);
CREATE INDEX crash_group_log_group ON crash_group_log (environment_id, group_no, id);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['releases','crash_group_resolutions','crash_group_alias',
      'crash_group_texts','crash_regroup','crash_group_log'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO tidemark_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY app_environment ON %I TO tidemark_app USING (environment_id = ctx_environment()) WITH CHECK (environment_id = ctx_environment())', t);
    EXECUTE format('CREATE POLICY consumer_all ON %I TO tidemark_consumer USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tidemark_consumer', t);
  END LOOP;
END $$;
GRANT SELECT ON releases, crash_group_texts, crash_regroup TO tidemark_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON crash_group_resolutions, crash_group_alias TO tidemark_app;
GRANT SELECT, INSERT ON crash_group_log TO tidemark_app;
GRANT UPDATE (status, status_at, ignored_until, ignored_crashes, assignee, split_frames) ON crash_groups TO tidemark_app;
