-- Where PostgreSQL's files lie, for the alarm about full disks. Only who may read
-- all settings is shown this one: sql/bootstrap.sql lets the owner. NULL where it
-- has not been run again since.
CREATE FUNCTION server_data_directory() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT setting FROM pg_catalog.pg_settings WHERE name = 'data_directory' $$;

REVOKE ALL ON FUNCTION server_data_directory() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION server_data_directory() TO tidemark_consumer;
