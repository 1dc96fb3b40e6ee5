-- Symbols: the files that turn what a shipped build prints back into names and
-- lines, and the stacks they were applied to. The files themselves lie in
-- SYMBOL_DIR under their SHA-256; a row says whose they are.
CREATE TABLE symbol_files (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team_id     uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  project_id  uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
  kind        text NOT NULL CHECK (kind IN ('elf','proguard','sourcemap','obfuscation')),
  build_id    text NOT NULL DEFAULT '',                -- elf: GNU build id, lower-case hex
  platform    text NOT NULL DEFAULT '',                -- the others: of this release; '' = any
  version     text NOT NULL DEFAULT '',
  build       text NOT NULL DEFAULT '',
  name        text NOT NULL,                           -- as uploaded; sourcemap: the bundle it is for
  arch        text NOT NULL DEFAULT '',                -- elf
  bytes       int8 NOT NULL,
  sha256      bytea NOT NULL,
  uploaded_by text NOT NULL,                           -- actor, as in audit_entries
  at          timestamptz NOT NULL DEFAULT now(),
  applied_at  timestamptz                              -- older crashes were looked at again
);
CREATE UNIQUE INDEX symbol_files_key ON symbol_files (project_id, kind, build_id, platform, version, build,
  (CASE WHEN kind = 'sourcemap' THEN name ELSE '' END));
CREATE INDEX symbol_files_sha256 ON symbol_files (sha256);
CREATE INDEX symbol_files_new ON symbol_files (at) WHERE applied_at IS NULL;

-- Stacks that need symbols, once each, and what came of them. What was sent
-- stays in crashes. The key: SHA-256 of type and stack, with the release where
-- the stack does not name its build (ingest/symbolized.h).
CREATE TABLE symbol_results (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  symbols_key    bytea NOT NULL,
  kind           text NOT NULL,                        -- of the files that fit
  build_ids      text[] NOT NULL DEFAULT '{}',
  platform       text NOT NULL DEFAULT '',
  version        text NOT NULL DEFAULT '',
  build          text NOT NULL DEFAULT '',
  first_at       timestamptz NOT NULL DEFAULT now(),
  due            boolean NOT NULL DEFAULT true,        -- to be looked at by the consumer's job
  tried_at       timestamptz,
  frames         jsonb,                                -- NULL: no symbols yet
  exception_type text NOT NULL DEFAULT '',             -- '' = as sent
  complete       boolean NOT NULL DEFAULT false,       -- every frame that needs it has a name
  files          text NOT NULL DEFAULT '',             -- what they were made with
  PRIMARY KEY (environment_id, symbols_key)
);
CREATE INDEX symbol_results_due ON symbol_results (first_at DESC) WHERE due;
CREATE INDEX symbol_results_build ON symbol_results USING gin (build_ids);
CREATE INDEX symbol_results_release ON symbol_results (environment_id, kind, version) WHERE kind <> 'elf';

ALTER TABLE crashes ADD COLUMN symbols_key bytea;      -- NULL: needs no symbols
CREATE INDEX crashes_symbols ON crashes (environment_id, symbols_key, ts) WHERE symbols_key IS NOT NULL;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['symbol_files','symbol_results'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO tidemark_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY consumer_all ON %I TO tidemark_consumer USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
CREATE POLICY app_team ON symbol_files TO tidemark_app USING (team_id = ctx_team()) WITH CHECK (team_id = ctx_team());
CREATE POLICY app_environment ON symbol_results TO tidemark_app
  USING (environment_id = ctx_environment()) WITH CHECK (environment_id = ctx_environment());
GRANT SELECT, INSERT, UPDATE, DELETE ON symbol_files TO tidemark_app;
GRANT SELECT ON symbol_results TO tidemark_app;
GRANT SELECT, UPDATE (applied_at) ON symbol_files TO tidemark_consumer;
GRANT SELECT, INSERT, UPDATE, DELETE ON symbol_results TO tidemark_consumer;
