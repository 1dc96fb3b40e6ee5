-- Accounts, teams, projects, environments, keys, tokens, audit.
CREATE TABLE users (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email         text NOT NULL,                       -- as typed
  email_key     text NOT NULL UNIQUE,                -- lower case, trimmed
  name          text NOT NULL DEFAULT '',
  password_hash text,                                -- argon2id, PHC string
  verified_at   timestamptz,
  system_admin  boolean NOT NULL DEFAULT false,
  theme         text NOT NULL DEFAULT 'system' CHECK (theme IN ('system','light','dark')),
  created_at    timestamptz NOT NULL DEFAULT now(),
  disabled_at   timestamptz
);

CREATE TABLE user_sessions (
  token_hash  bytea PRIMARY KEY,                     -- SHA-256 of the cookie
  user_id     uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  csrf_secret bytea NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  seen_at     timestamptz NOT NULL DEFAULT now(),
  expires_at  timestamptz NOT NULL,                  -- absolute, 30 days
  remote_addr text NOT NULL DEFAULT '',
  user_agent  text NOT NULL DEFAULT ''
);
CREATE INDEX user_sessions_user ON user_sessions (user_id);

CREATE TABLE login_attempts (                        -- throttle (S5)
  subject  text NOT NULL,                            -- 'email:…' or 'ip:…'
  at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_attempts_subject ON login_attempts (subject, at);

CREATE TABLE teams (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  slug       text NOT NULL UNIQUE,
  name       text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE members (
  team_id    uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  role       text NOT NULL CHECK (role IN ('owner','admin','analyst','viewer')),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (team_id, user_id)
);
CREATE INDEX members_user ON members (user_id);

CREATE TABLE projects (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team_id    uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  slug       text NOT NULL,
  name       text NOT NULL,
  platform   text NOT NULL DEFAULT 'flutter',
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (team_id, slug)
);

CREATE TABLE environments (
  id                    int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project_id            uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
  team_id               uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  name                  text NOT NULL,               -- prod, staging, dev
  timezone              text NOT NULL DEFAULT 'UTC',
  -- retention in days, 0 = keep for ever; class = the partition class it falls in
  retention_raw_days    int4 NOT NULL DEFAULT 90  CHECK (retention_raw_days >= 0),
  retention_crash_days  int4 NOT NULL DEFAULT 90  CHECK (retention_crash_days >= 0),
  retention_trace_days  int4 NOT NULL DEFAULT 30  CHECK (retention_trace_days >= 0),
  retention_agg_days    int4 NOT NULL DEFAULT 396 CHECK (retention_agg_days >= 0),
  -- classes that may still hold rows of a kind (first = where new rows go)
  event_classes         int2[] NOT NULL DEFAULT '{90}',
  crash_classes         int2[] NOT NULL DEFAULT '{90}',
  trace_classes         int2[] NOT NULL DEFAULT '{30}',
  pii_mode              text NOT NULL DEFAULT 'deny' CHECK (pii_mode IN ('off','deny','allow')),
  pii_keys              text[] NOT NULL DEFAULT '{password,passwd,secret,token,authorization,cookie,credit_card,card_number,cvv,ssn,iban}',
  ip_mode               text NOT NULL DEFAULT 'truncate' CHECK (ip_mode IN ('truncate','drop','keep')),
  user_id_mode          text NOT NULL DEFAULT 'plain' CHECK (user_id_mode IN ('plain','hash')),
  allowed_origins       text[] NOT NULL DEFAULT '{}',
  allowed_bundles       text[] NOT NULL DEFAULT '{}',
  session_idle_s        int4 NOT NULL DEFAULT 1800,
  session_cap_s         int4 NOT NULL DEFAULT 86400,
  created_at            timestamptz NOT NULL DEFAULT now(),
  first_event_at        timestamptz,                 -- onboarding turns live
  UNIQUE (project_id, name)
);
CREATE INDEX environments_team ON environments (team_id);

CREATE TABLE namespaces (
  environment_id int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  name           text NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (environment_id, name)
);

CREATE TABLE project_keys (
  id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  environment_id  int4 NOT NULL REFERENCES environments ON DELETE CASCADE,
  team_id         uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  type            text NOT NULL CHECK (type IN ('write','read')),
  token_hash      bytea NOT NULL UNIQUE,             -- SHA-256
  token_encrypted bytea,                             -- write keys: AES-256-GCM
  token_hint      text NOT NULL,                     -- last 4 characters
  rate_limit      int4 NOT NULL DEFAULT 10000,       -- requests a minute
  created_at      timestamptz NOT NULL DEFAULT now(),
  expires_at      timestamptz,
  revoked_at      timestamptz,
  last_seen_at    timestamptz
);
CREATE INDEX project_keys_env ON project_keys (environment_id, type);

CREATE TABLE access_tokens (                         -- personal access tokens
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  team_id      uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  name         text NOT NULL DEFAULT '',
  token_hash   bytea NOT NULL UNIQUE,
  token_hint   text NOT NULL,
  scopes       text[] NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz,
  revoked_at   timestamptz,
  last_used_at timestamptz
);
CREATE INDEX access_tokens_team ON access_tokens (team_id);

CREATE TABLE audit_entries (                         -- append-only
  id         int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz NOT NULL DEFAULT now(),
  team_id    uuid,
  actor      text NOT NULL,                          -- 'user:<id>', 'ctl:<login>', 'system'
  action     text NOT NULL,                          -- 'key.revoke', …
  target     text NOT NULL DEFAULT '',
  detail     jsonb NOT NULL DEFAULT '{}',
  remote_addr text NOT NULL DEFAULT '',
  request_id text NOT NULL DEFAULT ''
);
CREATE INDEX audit_entries_team ON audit_entries (team_id, id);

CREATE TABLE system_state (                          -- last job runs, switches
  key   text PRIMARY KEY,
  value jsonb NOT NULL,
  at    timestamptz NOT NULL DEFAULT now()
);
