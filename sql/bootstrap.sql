-- bootstrap.sql: run once as a superuser, before the first `migrate up`.
-- Three roles (DATA: owner migrates, app serves pages and API, consumer
-- writes the event side), one database, one extension. Idempotent.
-- psql variables: none. Passwords are not used: peer/socket authentication.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidemark_owner') THEN
    CREATE ROLE tidemark_owner LOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidemark_app') THEN
    CREATE ROLE tidemark_app LOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidemark_consumer') THEN
    CREATE ROLE tidemark_consumer LOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
END $$;
-- For one thing, which server_data_directory() hands on: where PostgreSQL's
-- files lie, so that a disk that fills is noticed. Where this may not be granted
-- (rented servers), that disk is somebody else's.
DO $$
BEGIN
  GRANT pg_read_all_settings TO tidemark_owner;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'tidemark_owner may not read all settings';
END $$;
SELECT 'CREATE DATABASE tidemark OWNER tidemark_owner ENCODING ''UTF8'' LC_COLLATE ''C'' LC_CTYPE ''C.UTF-8'' TEMPLATE template0'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'tidemark')\gexec
\connect tidemark
CREATE EXTENSION IF NOT EXISTS tdigest;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO tidemark_owner;
REVOKE TEMPORARY ON DATABASE tidemark FROM PUBLIC;
GRANT TEMPORARY ON DATABASE tidemark TO tidemark_consumer, tidemark_owner;
