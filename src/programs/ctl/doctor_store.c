/* doctor_store.c - doctor's checks of PostgreSQL and Redis: see doctor.h. */
#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "programs/ctl/doctor.h"
#include "store/migrate.h"
#include "view/format.h"

#define CLOCK_WARN US_PER_S
#define PG_VERSION_MIN 150000
#define LOCKS_MIN 128
#define BEHIND_MAX ((int64_t)64 << 20)
#define RETENTION_LATE (15 * US_PER_MIN) /* it runs every minute */

static const struct stmt pg_facts = { "doctor_facts",
	"SELECT current_setting('server_version_num')::int4, current_setting('server_version'),"
	" (extract(epoch from clock_timestamp())*1e6)::int8,"
	" (SELECT count(*) FROM pg_roles WHERE rolname IN"
	"   ('tidemark_owner', 'tidemark_app', 'tidemark_consumer')"
	"   AND NOT rolsuper AND NOT rolbypassrls),"
	" EXISTS (SELECT FROM pg_extension WHERE extname = 'tdigest')" };
/* What the promise "stored means on disk" rests on. */
static const struct stmt pg_settings_wrong = { "doctor_settings",
	"SELECT COALESCE(string_agg(name || ' is ' || setting, ', ' ORDER BY name), ''),"
	" current_setting('max_locks_per_transaction')::int4, current_setting('data_checksums')::bool"
	" FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')"
	" AND setting = 'off'" };
static const struct stmt jobs_failed = { "doctor_jobs",
	"SELECT count(*), COALESCE(string_agg(substr(key, 5), ', ' ORDER BY key)"
	" FILTER (WHERE value->>'ok' = 'false'), '') FROM system_state WHERE key LIKE 'job:%'" };
static const struct stmt retention_ran = { "doctor_retention",
	"SELECT (extract(epoch from at)*1e6)::int8, value->>'ok' IS DISTINCT FROM 'false'"
	" FROM system_state WHERE key = 'job:retention'" };
static const struct stmt written = { "doctor_written", "SELECT pg_current_wal_lsn()::text" };
static const struct stmt behind = { "doctor_behind",
	"SELECT pg_is_in_recovery(), coalesce(greatest($1::pg_lsn - pg_last_wal_replay_lsn(), 0), 0)::int8,"
	" CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END" };
static const struct stmt *const all[] = { &pg_facts, &pg_settings_wrong, &jobs_failed,
	&retention_ran, &written, &behind };
const struct stmt_list ctl_doctor_statements = STMT_LIST("ctl_doctor", all);

static void
check_migrations(struct doctor *d, struct pg *pg)
{
	struct migrations m;
	if (migrate_status(d->c->t, pg, conf_text(d->c->conf, CONF_SQL_DIR), &m) != E_OK ||
	    migrate_check(d->c->t, &m) != E_OK) {
		doctor_report_task(d, "migrations", "Restore the files of this release, then migrate verify.");
		return;
	}
	struct str seen = arena_printf(d->c->t->arena, "%zu applied, %zu pending",
	                               m.n - m.pending, m.pending);
	doctor_report(d, "migrations", m.pending == 0 ? DOCTOR_OK : DOCTOR_FAIL, seen, "Run: tidemarkctl migrate up");
}

static void
check_settings(struct doctor *d, struct pg *pg)
{
	struct rows *r;
	if (pg_one(d->c->t, pg, &pg_settings_wrong, NULL, &r) != E_OK) {
		doctor_report_task(d, "postgresql-settings", "Look at PostgreSQL's log.");
		return;
	}
	struct str off = row_str(r, 0, 0);
	int64_t locks = row_i64(r, 0, 1);
	if (off.n > 0)
		doctor_report(d, "postgresql-settings", DOCTOR_FAIL, off,
		    "Set it to on: what is stored must be on disk.");
	else
		doctor_report(d, "postgresql-settings", locks < LOCKS_MIN ? DOCTOR_WARN : DOCTOR_OK,
		    arena_printf(d->c->t->arena, "durable, %lld locks a transaction%s", (long long)locks,
		        row_bool(r, 0, 2) ? ", checksums" : ""),
		    "Set max_locks_per_transaction = 256: a query over years touches many partitions.");
}

/* Jobs of the consumers leave their last result. */
static void
check_jobs(struct doctor *d, struct pg *pg)
{
	struct rows *r;
	if (pg_one(d->c->t, pg, &jobs_failed, NULL, &r) != E_OK) {
		task_clear(d->c->t); /* no schema yet: the row of migrations says so */
		return;
	}
	struct str failed = row_str(r, 0, 1);
	doctor_report(d, "jobs", failed.n > 0 ? DOCTOR_WARN : DOCTOR_OK, failed.n > 0 ?
	    arena_printf(d->c->t->arena, "failed at their last run: %.*s", STRF(failed)) :
	    arena_printf(d->c->t->arena, "%lld kinds, none failed", (long long)row_i64(r, 0, 0)),
	    "Look at the consumers' log; tidemark-runbook(7), A job failed.");
}

static void
check_retention(struct doctor *d, struct pg *pg)
{
	static const char next[] = "Are the consumers running? tidemark-runbook(7), Retention did not"
	                           " run.";
	struct rows *r;
	if (pg_run(d->c->t, pg, &retention_ran, NULL, &r) != E_OK) {
		task_clear(d->c->t);
		return;
	}
	if (rows_count(r) == 0) {
		doctor_report(d, "retention", DOCTOR_WARN, STR("has not run yet"), next);
		return;
	}
	int64_t age = clock_now_us() - row_time(r, 0, 0);
	bool ok = row_bool(r, 0, 1);
	doctor_report(d, "retention", ok && age < RETENTION_LATE ? DOCTOR_OK : DOCTOR_WARN,
	    arena_printf(d->c->t->arena, "%s %lld %s ago", ok ? "ran" : "failed",
	        (long long)(age / (age < 2 * US_PER_HOUR ? US_PER_MIN : US_PER_HOUR)),
	        age < 2 * US_PER_HOUR ? "min" : "h"), next);
}

static void
check_role(struct doctor *d, const char *check, enum conf_key key)
{
	struct pg *pg = pg_open(conf_text(d->c->conf, key), "tidemarkctl");
	if (conf_text(d->c->conf, key)[0] != '\0') {
		if (pg_connect(d->c->t, pg) != E_OK)
			doctor_report_task(d, check, "Check the connection string and pg_hba.conf.");
		else
			doctor_report(d, check, DOCTOR_OK, STR("connects"), NULL);
	}
	pg_close(pg);
}

/* Pages go on without it: never worse than a warning. */
static void
check_replica(struct doctor *d, struct pg *primary)
{
	static const char next[] = "The primary serves meanwhile; tidemark-runbook(7), Read replicas.";
	struct task *t = d->c->t;
	struct pg *pg;
	struct rows *p, *r;
	struct bind b = { 0 };
	if (conf_text(d->c->conf, CONF_DB_READ)[0] == '\0')
		return;
	pg = pg_open(conf_text(d->c->conf, CONF_DB_READ), "tidemarkctl");
	enum err e = pg_one(t, primary, &written, NULL, &p);
	if (e == E_OK) {
		bind_str(t, &b, row_str(p, 0, 0));
		e = pg_one(t, pg, &behind, &b, &r);
	}
	if (e != E_OK) {
		struct str seen = arena_str(t->arena, str_of(t->detail));
		task_clear(t);
		doctor_report(d, "replica", DOCTOR_WARN, seen, next);
	} else if (!row_bool(r, 0, 0)) {
		doctor_report(d, "replica", DOCTOR_WARN, STR("is no replica, or not any more"), next);
	} else {
		int64_t bytes = row_i64(r, 0, 1);
		bool paused = row_bool(r, 0, 2);
		doctor_report(d, "replica", paused || bytes > BEHIND_MAX ? DOCTOR_WARN : DOCTOR_OK,
		    arena_printf(t->arena, "%lld bytes of log behind%s", (long long)bytes,
		        paused ? ", and paused" : ""), next);
	}
	pg_close(pg);
}

void
doctor_postgres(struct doctor *d)
{
	struct arena *a = d->c->t->arena;
	struct pg *pg;
	struct rows *r;
	int64_t before = clock_now_us();
	if (ctl_pg(d->c, &pg) != E_OK || pg_one(d->c->t, pg, &pg_facts, NULL, &r) != E_OK) {
		doctor_report_task(d, "postgresql", "Start PostgreSQL, or correct TIDEMARK_DB_OWNER.");
		return;
	}
	doctor_report(d, "postgresql", row_i64(r, 0, 0) >= PG_VERSION_MIN ? DOCTOR_OK : DOCTOR_FAIL,
	       arena_printf(a, "version %.*s", STRF(row_str(r, 0, 1))),
	       "PostgreSQL 15 or later is needed.");
	int64_t off = row_time(r, 0, 2) - before;
	if (off < 0)
		off = -off;
	doctor_report(d, "clock", off < CLOCK_WARN && before > clock_days(2024, 1, 1) * US_PER_DAY ? DOCTOR_OK : DOCTOR_WARN,
	       arena_printf(a, "%lld ms from the database's clock", (long long)(off / US_PER_MS)),
	       "Synchronise the clocks (chrony, systemd-timesyncd).");
	doctor_report(d, "roles", row_i64(r, 0, 3) == 3 ? DOCTOR_OK : DOCTOR_FAIL,
	       arena_printf(a, "%lld of 3 without superuser and BYPASSRLS",
	                    (long long)row_i64(r, 0, 3)),
	       "Run sql/bootstrap.sql as a superuser.");
	doctor_report(d, "extension", row_bool(r, 0, 4) ? DOCTOR_OK : DOCTOR_FAIL,
	       row_bool(r, 0, 4) ? STR("tdigest") : STR("tdigest is missing"),
	       "Install postgresql-NN-tdigest and run sql/bootstrap.sql.");
	check_migrations(d, pg);
	check_settings(d, pg);
	check_jobs(d, pg);
	check_retention(d, pg);
	check_role(d, "role-app", CONF_DB_APP);
	check_role(d, "role-consumer", CONF_DB_CONSUMER);
	check_replica(d, pg);
}

/* CONFIG GET name; "" when the ACL user may not ask. */
static struct str
redis_setting(struct doctor *d, struct redis *r, const char *name)
{
	const struct str argv[] = { STR("CONFIG"), STR("GET"), str_of(name) };
	struct reply reply;
	if (redis_run(d->c->t, r, NELEM(argv), argv, &reply) != E_OK) {
		task_clear(d->c->t);
		return STR("");
	}
	return reply.type == REPLY_ARRAY && reply.n == 2 ? reply.item[1].s : STR("");
}

static void
check_setting(struct doctor *d, struct redis *r, const char *name, const char *want)
{
	struct str v = redis_setting(d, r, name);
	struct str check = arena_printf(d->c->t->arena, "redis-%s", name);
	struct str next = arena_printf(d->c->t->arena, "Set in redis.conf: %s %s", name, want);
	if (v.n == 0)
		doctor_report(d, check.p, DOCTOR_WARN, STR("this Redis user may not read it"), next.p);
	else
		doctor_report(d, check.p, str_is(v, want) ? DOCTOR_OK : DOCTOR_FAIL, v, next.p);
}

/* "redis_version:7.0.15" of INFO. */
static struct str
redis_version(struct str info)
{
	while (info.p != NULL) {
		struct str line = str_trim(str_cut(&info, '\n'));
		if (str_starts(line, STR("redis_version:")))
			return str_slice(line, 14, line.n);
	}
	return STR("");
}

/* The queue and the idempotent replies must fit, or Redis refuses before we do. */
static void
check_memory(struct doctor *d, struct redis *r)
{
	struct arena *a = d->c->t->arena;
	struct str v = redis_setting(d, r, "maxmemory");
	int64_t have, need = conf_int(d->c->conf, CONF_QUEUE_MAX_BYTES) +
	                     conf_int(d->c->conf, CONF_IDEMPOTENCY_BYTES);
	if (!num_i64(v, &have))
		return; /* the rows above say that it may not be read */
	if (have == 0)
		doctor_report(d, "redis-maxmemory", DOCTOR_WARN, STR("no bound"),
		    "Set maxmemory, so that a full queue cannot take the machine's memory.");
	else
		doctor_report(d, "redis-maxmemory", have > need + need / 8 ? DOCTOR_OK : DOCTOR_FAIL,
		    arena_printf(a, "%.*s for %.*s of queue and replies",
		        STRF(format_bytes(d->c->t, have)), STRF(format_bytes(d->c->t, need))),
		    "Set maxmemory to one and a half times TIDEMARK_QUEUE_MAX_BYTES plus"
		    " TIDEMARK_IDEMPOTENCY_BYTES.");
}

/* Nobody gets in without a password; and Redis, which replays its file as
 * "default", has that user's rights. */
static void
check_users(struct doctor *d)
{
	const struct str ping[] = { STR("PING") };
	struct redis *bare = redis_open(conf_text(d->c->conf, CONF_REDIS_SOCKET), "", "");
	struct reply reply;
	bool open = redis_run(d->c->t, bare, NELEM(ping), ping, &reply) == E_OK;
	const char *path = doctor_path(d, TM_SYSCONFDIR "/redis.acl");
	char line[1024];
	bool some = false, replays = false;
	redis_close(bare);
	task_clear(d->c->t);
	FILE *f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		some = true;
		replays = replays || (strncmp(line, "user default ", 13) == 0 &&
		                      strstr(line, "+@all") != NULL && strstr(line, "~*") != NULL);
	}
	if (f != NULL)
		fclose(f);
	if (some && !replays)
		doctor_report(d, "redis-users", DOCTOR_FAIL, STR("\"default\" has no rights"),
		    "Write into redis.acl: user default off ~* &* +@all. Redis replays its file as that"
		    " user; without rights, accepted batches are gone after a restart.");
	else
		doctor_report(d, "redis-users", open ? DOCTOR_WARN : DOCTOR_OK,
		    open ? STR("anybody who reaches the socket gets in") : STR("a password is needed"),
		    "Give each program a user: redis.acl of the package, tidemark(7).");
}

void
doctor_redis(struct doctor *d)
{
	const struct str argv[] = { STR("INFO"), STR("server") };
	struct redis *r;
	struct reply reply;
	int64_t major = 0;
	if (ctl_redis(d->c, &r) != E_OK ||
	    redis_run(d->c->t, r, NELEM(argv), argv, &reply) != E_OK) {
		doctor_report_task(d, "redis", "Start Redis, or correct TIDEMARK_REDIS_SOCKET.");
		return;
	}
	struct str version = redis_version(reply.s), rest = version;
	bool ok = num_range(str_cut(&rest, '.'), 0, 1000, &major) && major >= 7;
	doctor_report(d, "redis", ok ? DOCTOR_OK : DOCTOR_FAIL,
	       arena_printf(d->c->t->arena, "version %.*s", STRF(version)),
	       "Redis 7.0 or later is needed.");
	check_setting(d, r, "appendonly", "yes");
	check_setting(d, r, "appendfsync", "always");
	check_setting(d, r, "maxmemory-policy", "noeviction");
	check_memory(d, r);
	check_users(d);
}
