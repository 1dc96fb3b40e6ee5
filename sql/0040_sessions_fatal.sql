-- no-transaction
-- Sessions with a fatal crash by release: from the index alone. Takes the place
-- of sessions_fatal, which sql/0039_activity.sql dropped.
CREATE INDEX CONCURRENTLY IF NOT EXISTS sessions_fatal_context ON sessions (environment_id, started_at) INCLUDE (context_no) WHERE fatal_crashes > 0;
