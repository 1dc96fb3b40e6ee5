-- Review packs: a month of an environment in sums, for a meeting or a file
-- (query/review.h). A member asks (model/insight/pack.h), a job fills the row in.
-- No ids of persons, no text of crashes: titles are read when a pack is shown.
CREATE TABLE review_packs (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  month          date NOT NULL CHECK (extract(day FROM month) = 1),
  team_id        uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  asked_by       uuid REFERENCES users ON DELETE SET NULL,
  asked_at       timestamptz NOT NULL DEFAULT now(),
  state          text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'done', 'failed')),
  made_at        timestamptz,
  pack           jsonb,                                -- NULL: not made yet, or not again since an erasure
  PRIMARY KEY (environment_id, month),
  CHECK (state <> 'done' OR pack IS NOT NULL)
);
CREATE INDEX review_packs_queued ON review_packs (asked_at) WHERE state = 'queued';
-- what goes with its team or its user
CREATE INDEX review_packs_team ON review_packs (team_id);
CREATE INDEX review_packs_user ON review_packs (asked_by) WHERE asked_by IS NOT NULL;

ALTER TABLE review_packs ENABLE ROW LEVEL SECURITY;
ALTER TABLE review_packs FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON review_packs TO tidemark_owner USING (true) WITH CHECK (true);
CREATE POLICY app_environment ON review_packs TO tidemark_app
  USING (environment_id = ctx_environment() AND team_id = ctx_team())
  WITH CHECK (environment_id = ctx_environment() AND team_id = ctx_team());
CREATE POLICY consumer_all ON review_packs TO tidemark_consumer USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE, UPDATE (asked_by, asked_at, state) ON review_packs TO tidemark_app;
GRANT SELECT, UPDATE, DELETE ON review_packs TO tidemark_consumer;
