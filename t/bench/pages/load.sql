-- Fast loader for the page benchmarks: rows and the rollups that follow from
-- them, straight by SQL. Run as tidemark_owner in an empty, migrated database.
--   psql -v events=1000000 -v days=90 -f load.sql
-- Shape: 20 events a session, one cold_start trace a session, a further trace
-- in every tenth, a crash in two of five (one in 32 of them fatal), events/100
-- persons with skewed activity, 40 names, 8 versions, 4 platforms, 20
-- countries, 200 crash groups. The last day ends now.
\set ON_ERROR_STOP 1

\timing off
SET synchronous_commit = off;
SET work_mem = '256MB';
SET maintenance_work_mem = '256MB';
SET max_parallel_workers_per_gather = 2;
SELECT setseed(0.42);

INSERT INTO teams (id, slug, name) VALUES ('00000000-0000-4000-8000-000000000001', 'bench', 'Bench');
INSERT INTO projects (id, team_id, slug, name)
VALUES ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', 'bench', 'Bench');
INSERT INTO environments (project_id, team_id, name, retention_trace_days, trace_classes, first_event_at)
VALUES ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', 'prod', 90, '{90}', now())
RETURNING id AS env \gset

INSERT INTO contexts (environment_id, context_no, hash, bundle_id, app_version, app_build, platform,
                      os_version, model, locale, country, first_seen)
SELECT :env, v * 80 + p * 20 + c + 1, decode(md5(format('%s-%s-%s', v, p, c)), 'hex'), 'com.example.shop',
       (ARRAY['2.0.0','2.1.0','2.1.1','2.2.0','2.3.0','2.3.1','2.4.0','2.10.0'])[v + 1], (100 + v)::text,
       (ARRAY['android','ios','web','macos'])[p + 1], '14', (ARRAY['Pixel 8','iPhone 15','Chrome','Mac'])[p + 1],
       'en-GB', (ARRAY['DE','FR','GB','US','PL','IT','ES','NL','SE','NO','DK','FI','AT','CH','BE','CZ','PT','IE','JP','BR'])[c + 1],
       now() - interval '91 days' + v * interval '11 days'
FROM generate_series(0, 7) v, generate_series(0, 3) p, generate_series(0, 19) c;

INSERT INTO persons (environment_id, person_no, user_id, first_seen, last_seen)
SELECT :env, n, 'user-' || n, now() - interval '90 days', now() FROM generate_series(1, :events / 100) n;
INSERT INTO person_ids (environment_id, kind, id, id_no, person_no)
SELECT :env, 'u', 'user-' || n, n, n FROM generate_series(1, :events / 100) n;
INSERT INTO devices (environment_id, device_no, device_id, context_no, first_seen, last_seen)
SELECT :env, n, 'device-' || n, 1, now() - interval '90 days', now() FROM generate_series(1, :events / 100) n;

INSERT INTO crash_groups (environment_id, group_no, fingerprint, title, culprit, status, first_seen, last_seen,
                          first_context_no, last_context_no)
SELECT :env, g, 'fp' || g, 'StateError: bad state ' || g, 'cart.dart:' || g,
       (ARRAY['open','open','regressed','resolved'])[1 + g % 4],
       now() - (g % 45) * interval '2 days', now(), 1 + (g % 8) * 80, 561
FROM generate_series(1, 200) g;

INSERT INTO sessions (environment_id, session_no, session_id, person_no, device_no, context_no, started_at,
                      ended_at, events, crashes, fatal_crashes, traces, entry_name)
SELECT :env, i, 's-' || i, p, p,
       least(7, greatest(0, (90 * i / (:events / 20) - (p % 5) * 2) / 11)) * 80 + (p % 4) * 20 + p % 20 + 1,
       at, at + interval '6 minutes', 20, (i % 5 < 2)::int, (i % 80 = 0)::int, 1 + (i % 10 = 0)::int, 'app_open'
FROM (SELECT i, 1 + floor((:events / 100) * power(random(), 2))::int AS p,
             now() - make_interval(days => :days) - interval '8 minutes'
             + make_interval(days => :days) * (i::float8 / (:events / 20)) AS at
      FROM generate_series(1, :events / 20) i) x;

UPDATE persons p SET first_seen = s.lo, last_seen = s.hi FROM (SELECT person_no, min(started_at) AS lo, max(ended_at) AS hi
  FROM sessions WHERE environment_id = :env GROUP BY 1) s WHERE p.environment_id = :env AND p.person_no = s.person_no;

\echo events
-- this one is built faster at once
SELECT replace(pg_get_indexdef('events_person'::regclass), ' ON ONLY ', ' ON ') AS again \gset
DROP INDEX events_person;
INSERT INTO events (session_no, ts, received_at, event_id, environment_id, person_no, device_no, context_no, class,
                    name, properties)
SELECT s.session_no, s.started_at + k * interval '18 seconds', s.started_at + k * interval '18 seconds' + interval '1 second',
       gen_random_uuid(), :env, s.person_no, s.device_no, s.context_no, 90,
       CASE k WHEN 0 THEN 'app_open'
              ELSE (ARRAY['screen_view','product_viewed','add_to_cart','search','checkout_started','payment_done','push_opened',
                          'login','logout','share'])[1 + floor(10 * power(random(), 2))::int] ||
                   CASE WHEN random() < 0.8 THEN '' ELSE '_' || floor(3 * random())::int END END,
       jsonb_build_object('price', (k * 37 % 100)::int, 'plan', CASE WHEN s.person_no % 7 = 0 THEN 'pro' ELSE 'free' END)
FROM sessions s, generate_series(0, 19) k WHERE s.environment_id = :env;

:again;
\echo traces and crashes
INSERT INTO traces (session_no, ts, received_at, duration_ms, event_id, environment_id, person_no, device_no, context_no,
                    class, name)
SELECT session_no, started_at + interval '1 second', started_at + interval '2 seconds',
       round((500 + 100 * -ln(1 - random()))::numeric, 1), gen_random_uuid(), :env, person_no, device_no, context_no, 90, 'cold_start'
FROM sessions WHERE environment_id = :env
UNION ALL
SELECT session_no, started_at + interval '9 seconds', started_at + interval '10 seconds',
       round((80 + 60 * -ln(1 - random()))::numeric, 1), gen_random_uuid(), :env, person_no, device_no, context_no, 90, 'http_get'
FROM sessions WHERE environment_id = :env AND session_no % 10 = 0;
INSERT INTO crashes (session_no, ts, received_at, event_id, environment_id, person_no, device_no, context_no, group_no,
                     class, fatal, exception_type)
SELECT session_no, started_at + interval '4 minutes', started_at + interval '5 minutes', gen_random_uuid(), :env,
       person_no, device_no, context_no, 1 + floor(200 * power(random(), 3))::int, 90, session_no % 80 = 0, 'StateError'
FROM sessions WHERE environment_id = :env AND session_no % 5 < 2;

\echo counts
-- by context, and by name: together they would be nearly as many as the rows
CREATE TEMP TABLE by_context AS
SELECT date_bin('15 minutes', ts, 'epoch') AS bucket, context_no, count(*) AS e, 0::int8 AS c, 0::int8 AS f, 0::int8 AS t, 0::int8 AS s
FROM events WHERE environment_id = :env AND class = 90 GROUP BY 1, 2;
INSERT INTO by_context
SELECT date_bin('15 minutes', ts, 'epoch'), context_no, 0, count(*), count(*) FILTER (WHERE fatal), 0, 0
FROM crashes WHERE environment_id = :env AND class = 90 GROUP BY 1, 2
UNION ALL SELECT date_bin('15 minutes', ts, 'epoch'), context_no, 0, 0, 0, count(*), 0
FROM traces WHERE environment_id = :env AND class = 90 GROUP BY 1, 2
UNION ALL SELECT date_bin('15 minutes', started_at, 'epoch'), context_no, 0, 0, 0, 0, count(*)
FROM sessions WHERE environment_id = :env GROUP BY 1, 2;
INSERT INTO rollup_counts
SELECT :env, 15, d.dim, g.bucket, d.value, sum(e), sum(g.c), sum(f), sum(t), sum(s)
FROM by_context g JOIN contexts c ON c.environment_id = :env AND c.context_no = g.context_no,
LATERAL (VALUES (0, ''), (3, c.app_version), (4, c.platform), (5, c.country)) d (dim, value)
GROUP BY d.dim, g.bucket, d.value;
INSERT INTO rollup_counts
SELECT :env, 15, 2, date_bin('15 minutes', ts, 'epoch'), name, count(*), 0, 0, 0, 0
FROM events WHERE environment_id = :env AND class = 90 GROUP BY 4, 5
UNION ALL SELECT :env, 15, 6, date_bin('15 minutes', ts, 'epoch'), name, 0, 0, 0, count(*), 0
FROM traces WHERE environment_id = :env AND class = 90 GROUP BY 4, 5;
INSERT INTO rollup_counts
SELECT environment_id, 1440, dim, date_trunc('day', bucket, 'UTC'), value, sum(events), sum(crashes), sum(fatal_crashes),
       sum(traces), sum(sessions)
FROM rollup_counts WHERE environment_id = :env AND grain = 15
GROUP BY 1, 3, 4, 5;

\echo members
CREATE TEMP TABLE active AS
SELECT DISTINCT (ts AT TIME ZONE 'UTC')::date AS day, person_no, context_no, false AS fatal
FROM events WHERE environment_id = :env AND class = 90;
INSERT INTO active
SELECT DISTINCT (ts AT TIME ZONE 'UTC')::date, person_no, context_no, fatal FROM crashes WHERE environment_id = :env AND class = 90
UNION SELECT DISTINCT (ts AT TIME ZONE 'UTC')::date, person_no, context_no, false FROM traces WHERE environment_id = :env AND class = 90;
CREATE TEMP TABLE members AS
SELECT DISTINCT a.day, d.dim::int2 AS dim, d.value, a.person_no
FROM active a JOIN contexts c ON c.environment_id = :env AND c.context_no = a.context_no,
LATERAL (VALUES (0, ''), (CASE WHEN fatal THEN 1 END, ''), (3, c.app_version), (4, c.platform), (5, c.country)) d (dim, value)
WHERE d.dim IS NOT NULL;
CREATE TEMP TABLE named AS
SELECT DISTINCT (ts AT TIME ZONE 'UTC')::date AS day, 2::int2 AS dim, name AS value, person_no
FROM events WHERE environment_id = :env AND class = 90;
INSERT INTO members SELECT * FROM named;
CREATE FUNCTION pg_temp.dense(v int4[]) RETURNS bit(32768) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE b bytea := decode(repeat('00', 4096), 'hex'); n int4;
BEGIN
  FOREACH n IN ARRAY v LOOP b := set_bit(b, (n / 8) * 8 + 7 - n % 8, 1); END LOOP;
  RETURN ('x' || encode(b, 'hex'))::bit(32768);
END $$;
INSERT INTO day_chunks (environment_id, day, dim, value, chunk, bits, sparse, persons)
SELECT :env, day, dim, value, chunk, CASE WHEN n >= 512 THEN pg_temp.dense(v) END, CASE WHEN n < 512 THEN v END, n
FROM (SELECT day, dim, value, person_no / 32768 AS chunk, array_agg(person_no % 32768 ORDER BY person_no) AS v, count(*) AS n
      FROM members WHERE day < (now() AT TIME ZONE 'UTC')::date GROUP BY 1, 2, 3, 4) x;
INSERT INTO day_members SELECT :env, day, dim, value, person_no FROM members WHERE day >= (now() AT TIME ZONE 'UTC')::date;
INSERT INTO trace_digests
SELECT :env, (ts AT TIME ZONE 'UTC')::date, name, count(*), tdigest(duration_ms, 100)
FROM traces WHERE environment_id = :env AND class = 90 GROUP BY 2, 3;

UPDATE crash_groups g SET crashes = x.n, last_seen = x.last FROM
  (SELECT group_no, count(*) AS n, max(ts) AS last FROM crashes WHERE environment_id = :env AND class = 90 GROUP BY 1) x
WHERE g.environment_id = :env AND g.group_no = x.group_no;
-- sums by release, hours and days of crashes: by the jobs that make them
INSERT INTO release_days (environment_id) VALUES (:env);
INSERT INTO activity_fill (environment_id, since) VALUES (:env, '-infinity');
INSERT INTO batches (environment_id, batch_id, received_at, status, source, items, inserted, duplicates)
VALUES (:env, 'bat_bench', now(), 'stored', 'import', 0, 0, 0);
\echo :env
