-- Projects that were deleted: hidden at once, their keys revoked; the rows go
-- at purge_at. Environments whose days are to be counted again in a new zone.
ALTER TABLE projects ADD COLUMN deleted_at timestamptz;
ALTER TABLE projects ADD COLUMN purge_at timestamptz;
ALTER TABLE environments ADD COLUMN rebuild_asked_at timestamptz;
GRANT UPDATE (rebuild_asked_at) ON environments TO tidemark_consumer;
