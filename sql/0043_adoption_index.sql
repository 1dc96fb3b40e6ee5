-- no-transaction
-- Has this team a signal of this milestone in the window? One probe, instead of
-- a hash of all signals (sql/0044).
CREATE INDEX CONCURRENTLY IF NOT EXISTS product_usage_events_reach
  ON product_usage_events (team_id, event, occurred_at);
