-- Indexes that only pages and API read by.

-- Crash-free sessions: few rows, found by start.
CREATE INDEX sessions_fatal ON sessions (environment_id, started_at) WHERE fatal_crashes > 0;
