/* support.c - see support.h. */
#include "query/support.h"

#include "base/json.h"
#include "base/jw.h"
#include "base/str.h"
#include "model/project/environment.h"
#include "model/project/key.h"
#include "model/system/job_run.h"
#include "queue/keys.h"
#include "queue/stream.h"
#include "queue/worker.h"

#define REJECTS 50

static const struct stmt facts = { "support_facts",
	"SELECT current_setting('server_version_num')::int8, pg_database_size(current_database()),"
	" (SELECT count(*) FROM schema_migrations), (SELECT max(number) FROM schema_migrations)" };
static const struct stmt failed = { "support_failed",
	"SELECT job, count(*) FROM job_runs WHERE began_at > now() - interval '24 hours' AND NOT ok"
	" GROUP BY 1 ORDER BY 1" };
static const struct stmt alarms = { "support_alarms",
	"SELECT name, state, (extract(epoch FROM since) * 1000000)::int8 FROM alarms ORDER BY name" };
/* A sender's own reasons (reported) may be any text. */
static const struct stmt items = { "support_items",
	"SELECT outcome, CASE outcome WHEN 'reported' THEN '' ELSE code END, sum(items)::int8,"
	" sum(requests)::int8 FROM pipeline_counts WHERE environment_id = $1::int4"
	" AND bucket > now() - interval '7 days' GROUP BY 1, 2 ORDER BY 1, 3 DESC LIMIT 100" };
static const struct stmt letters = { "support_letters",
	"SELECT sqlstate, count(*) FROM dead_letters WHERE environment_id = $1::int4"
	" AND resolved_at IS NULL GROUP BY 1 ORDER BY 2 DESC LIMIT 50" };
static const struct stmt *const all[] = { &facts, &failed, &alarms, &items, &letters };
const struct stmt_list support_statements = STMT_LIST("support", all);

/* 0 = never: null */
static void
put_time(struct jw *j, const char *key, int64_t us)
{
	if (us > 0) {
		jw_ktime(j, key, us);
	} else {
		jw_key(j, key);
		jw_null(j);
	}
}

/* --- the server --- */

static void
put_conf(void *ctx, const struct conf_row *row, const char *shown, const char *source)
{
	struct jw *j = ctx;
	bool plain = row->type == CONF_INT || row->type == CONF_BOOL;
	jw_object_begin(j);
	jw_kstr(j, "key", str_of(row->name));
	jw_kstr(j, "source", str_of(source));
	if (plain)
		jw_kstr(j, "value", str_of(shown));
	else
		jw_kbool(j, "is_set", shown[0] != '\0');
	jw_object_end(j);
}

static void
put_queue(struct task *t, const struct support *s, struct jw *j)
{
	struct stream_stats q;
	struct workers w;
	jw_key(j, "queue");
	if (stream_stats(t, s->redis, &q) != E_OK || worker_list(t, s->redis, &w) != E_OK) {
		task_clear(t);
		jw_null(j);
		return;
	}
	jw_object_begin(j);
	jw_ki64(j, "batches", q.entries);
	jw_ki64(j, "delivered", q.pending);
	jw_ki64(j, "items", q.items);
	jw_ki64(j, "bytes", q.bytes);
	jw_ki64(j, "oldest_age_ms", q.oldest_age_ms);
	jw_kbool(j, "full", q.full);
	jw_kbool(j, "paused", q.paused);
	jw_ki64(j, "lost_consumers", (int64_t)w.lost_consumers);
	jw_key(j, "workers");
	jw_array_begin(j);
	for (size_t i = 0; i < w.n; i++) {
		jw_object_begin(j);
		jw_kstr(j, "kind", w.row[i].kind);
		jw_ki64(j, "pss_bytes", w.row[i].pss_bytes);
		jw_ki64(j, "done", w.row[i].done);
		put_time(j, "started_at", w.row[i].started_us);
		jw_object_end(j);
	}
	jw_array_end(j);
	jw_object_end(j);
}

static enum err
put_jobs(struct task *t, struct pg *pg, struct jw *j)
{
	struct job_run *run = NULL;
	struct rows *r;
	size_t n = 0;
	enum err e = job_last(t, pg, &run, &n);
	if (e == E_OK)
		e = pg_run(t, pg, &failed, NULL, &r);
	if (e != E_OK)
		return e;
	jw_key(j, "jobs");
	jw_array_begin(j);
	for (size_t i = 0; i < n; i++) {
		jw_object_begin(j);
		jw_kstr(j, "job", run[i].job);
		jw_kbool(j, "ok", run[i].ok);
		jw_ki64(j, "ms", run[i].ms);
		jw_ki64(j, "steps", run[i].steps);
		put_time(j, "ended_at", run[i].ended_us);
		jw_object_end(j);
	}
	jw_array_end(j);
	jw_key(j, "failed_runs_24h");
	jw_object_begin(j);
	for (size_t i = 0; i < rows_count(r); i++) {
		jw_key_str(j, row_str(r, i, 0));
		jw_i64(j, row_i64(r, i, 1));
	}
	jw_object_end(j);
	return E_OK;
}

static enum err
put_alarms(struct task *t, struct pg *pg, struct jw *j)
{
	struct rows *r;
	enum err e = pg_run(t, pg, &alarms, NULL, &r);
	if (e != E_OK)
		return e;
	jw_key(j, "alarms");
	jw_array_begin(j);
	for (size_t i = 0; i < rows_count(r); i++) {
		jw_object_begin(j);
		jw_kstr(j, "name", row_str(r, i, 0));
		jw_kstr(j, "state", row_str(r, i, 1));
		put_time(j, "since", row_i64(r, i, 2));
		jw_object_end(j);
	}
	jw_array_end(j);
	return E_OK;
}

static enum err
put_server(struct task *t, struct pg *pg, const struct support *s, struct jw *j)
{
	struct rows *r;
	enum err e = pg_one(t, pg, &facts, NULL, &r);
	if (e != E_OK)
		return e;
	jw_key(j, "server");
	jw_object_begin(j);
	jw_ki64(j, "postgresql", row_i64(r, 0, 0));
	jw_ki64(j, "database_bytes", row_i64(r, 0, 1));
	jw_ki64(j, "migrations", row_i64(r, 0, 2));
	jw_ki64(j, "migration_last", row_i64(r, 0, 3));
	jw_key(j, "configuration");
	jw_array_begin(j);
	conf_each(s->conf, put_conf, j);
	jw_array_end(j);
	put_queue(t, s, j);
	e = put_jobs(t, pg, j);
	if (e == E_OK)
		e = put_alarms(t, pg, j);
	jw_object_end(j);
	return e;
}

/* --- an environment --- */

struct str
support_path(struct task *t, struct str path)
{
	static const char *const NAMED[] = { "properties.", "attributes.", "set.", "set_once.",
		"increment.", "unset.", "contexts.", "breadcrumbs." };
	for (size_t at = 0; at < path.n; at++) {
		struct str rest = str_slice(path, at, path.n);
		for (size_t i = 0; i < NELEM(NAMED); i++)
			if (str_starts(rest, str_of(NAMED[i])) && (at == 0 || path.p[at - 1] == '.'))
				return arena_printf(t->arena, "%.*s%s*", (int)at, path.p, NAMED[i]);
	}
	return path;
}

static void
put_rejects(struct task *t, const struct support *s, struct jw *j)
{
	const struct str argv[] = { STR("LRANGE"), key_of_rejects(t, s->environment_id), STR("0"),
		arena_printf(t->arena, "%d", REJECTS - 1) };
	struct reply reply = { 0 };
	const struct json *one;
	jw_key(j, "refusals");
	if (redis_run(t, s->redis, NELEM(argv), argv, &reply) != E_OK) {
		task_clear(t);
		jw_null(j);
		return;
	}
	jw_array_begin(j);
	for (size_t i = 0; reply.type == REPLY_ARRAY && i < reply.n; i++) {
		if (json_parse(t, reply.item[i].s, &one) != E_OK) {
			task_clear(t);
			continue;
		}
		jw_object_begin(j);
		jw_kstr(j, "at", json_get_str(one, "at"));
		jw_kstr(j, "code", json_get_str(one, "code"));
		jw_kstr(j, "path", support_path(t, json_get_str(one, "path")));
		jw_object_end(j);
	}
	jw_array_end(j);
}

static void
put_settings(const struct environment *env, struct jw *j)
{
	jw_ki64(j, "id", env->id);
	jw_kstr(j, "timezone", env->timezone);
	jw_ki64(j, "retention_raw_days", env->retention_raw_days);
	jw_ki64(j, "retention_crash_days", env->retention_crash_days);
	jw_ki64(j, "retention_trace_days", env->retention_trace_days);
	jw_kstr(j, "pii_mode", env->pii_mode);
	jw_kstr(j, "ip_mode", env->ip_mode);
	jw_kstr(j, "user_id_mode", env->user_id_mode);
	jw_ki64(j, "allowed_origins", (int64_t)env->allowed_origins.n);
	jw_ki64(j, "allowed_bundles", (int64_t)env->allowed_bundles.n);
	jw_ki64(j, "session_idle_s", env->session_idle_s);
	jw_ki64(j, "session_cap_s", env->session_cap_s);
	put_time(j, "created_at", env->created_us);
	put_time(j, "first_event_at", env->first_event_us);
}

static enum err
put_keys(struct task *t, struct pg *pg, int32_t environment_id, struct jw *j)
{
	struct key *k = NULL;
	size_t n = 0;
	enum err e = key_list(t, pg, environment_id, &k, &n);
	if (e != E_OK)
		return e;
	jw_key(j, "keys");
	jw_array_begin(j);
	for (size_t i = 0; i < n; i++) {
		bool over = k[i].revoked_us > 0 || (k[i].expires_us > 0 && k[i].expires_us <= t->now_us);
		jw_object_begin(j);
		jw_kstr(j, "type", str_of(key_type_name(k[i].type)));
		jw_kbool(j, "live", !over);
		jw_ki64(j, "rate_limit", k[i].rate_limit);
		put_time(j, "last_seen_at", k[i].last_seen_us);
		jw_object_end(j);
	}
	jw_array_end(j);
	return E_OK;
}

static enum err
put_items(struct task *t, struct pg *pg, const struct bind *b, struct jw *j)
{
	struct rows *r;
	enum err e = pg_run(t, pg, &items, b, &r);
	if (e != E_OK)
		return e;
	jw_key(j, "items_7d");
	jw_array_begin(j);
	for (size_t i = 0; i < rows_count(r); i++) {
		jw_object_begin(j);
		jw_kstr(j, "outcome", row_str(r, i, 0));
		jw_kstr(j, "code", row_str(r, i, 1));
		jw_ki64(j, "items", row_i64(r, i, 2));
		jw_ki64(j, "requests", row_i64(r, i, 3));
		jw_object_end(j);
	}
	jw_array_end(j);
	if ((e = pg_run(t, pg, &letters, b, &r)) != E_OK)
		return e;
	jw_key(j, "dead_letters_by_sqlstate");
	jw_object_begin(j);
	for (size_t i = 0; i < rows_count(r); i++) {
		jw_key_str(j, row_str(r, i, 0));
		jw_i64(j, row_i64(r, i, 1));
	}
	jw_object_end(j);
	return E_OK;
}

static enum err
put_environment(struct task *t, struct pg *pg, const struct support *s, struct jw *j)
{
	struct environment env;
	struct bind b = { 0 };
	bind_i64(t, &b, s->environment_id);
	enum err e = environment_get(t, pg, s->environment_id, &env);
	if (e != E_OK)
		return e;
	jw_key(j, "environment");
	jw_object_begin(j);
	put_settings(&env, j);
	e = put_keys(t, pg, env.id, j);
	if (e == E_OK)
		e = put_items(t, pg, &b, j);
	if (e == E_OK)
		put_rejects(t, s, j);
	jw_object_end(j);
	return e;
}

enum err
support_bundle(struct task *t, struct pg *pg, const struct support *s, struct buf *out)
{
	struct jw j;
	enum err e = E_OK;
	jw_init(&j, out);
	jw_object_begin(&j);
	jw_kstr(&j, "tidemark", STR(TM_VERSION));
	jw_ktime(&j, "made_at", t->now_us);
	if (s->environment_id > 0)
		e = put_environment(t, pg, s, &j);
	if (e == E_OK && s->server)
		e = put_server(t, pg, s, &j);
	jw_object_end(&j);
	return e;
}
